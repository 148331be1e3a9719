//! Pages as browsers ask for them: headers, sessions, forms from elsewhere, hostile words, and what each page shows.

mod browser;
mod matrix;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, PASSWORD, World};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};

use crate::academy::one_learner;
use crate::blueprints::{on_a_page, released, section};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.on(Database::Sqlite, "pages::every_answer_carries_its_headers", every_answer_carries_its_headers);
    suite.each("pages::a_session_is_an_opaque_cookie", a_session_is_an_opaque_cookie);
    suite.on(Database::Sqlite, "pages::forms_from_elsewhere_are_refused", forms_from_elsewhere_are_refused);
    suite.on(Database::Sqlite, "pages::hostile_words_are_only_words", hostile_words_are_only_words);
    suite.on(Database::Sqlite, "pages::hidden_is_like_absent", hidden_is_like_absent);
    suite.each("pages::every_state_of_a_search_is_in_its_address", every_state_of_a_search_is_in_its_address);
    suite.each("pages::a_follower_adopts_and_asks", a_follower_adopts_and_asks);
    suite.each("pages::a_lead_writes_and_nothing_typed_is_lost", a_lead_writes_and_nothing_typed_is_lost);
    suite.each("pages::a_draft_goes_the_whole_way", a_draft_goes_the_whole_way);
    suite.each("pages::an_administrator_invites", an_administrator_invites);
    suite.each("pages::staff_paste_marks", staff_paste_marks);
    suite.on(Database::Sqlite, "pages::every_page_by_every_caller", matrix::every_page_by_every_caller);
    browser::tests(suite);
}

/// A browser without a screen: it keeps a cookie and says where forms come from.
pub(super) struct Reader {
    client: reqwest::Client,
    address: String,
    cookie: String,
}

/// An answer read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first field of this name.
    fn field(&self, name: &str) -> String {
        let rest = self.text.split_once(&format!("name=\"{name}\" value=\"")).expect("a field").1;
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Reader {
    pub(super) fn new(world: &World) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { client, address: world.address.clone(), cookie: String::new() }
    }

    /// Somebody who has these roles and signs in by the form.
    pub(super) async fn signed_in(world: &World, actor: &Actor) -> Self {
        let mut reader = Self::new(world);
        let answer = reader.sign_in(&email(actor).await, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/home"), "{}", answer.text);
        reader
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let answer = self.post("/sign-in", &[("email", email), ("password", password)]).await;
        if let Some(set) = answer.headers.get(SET_COOKIE) {
            set.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Some("http://elsewhere.example")).await
    }

    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let ours = self.address.clone();
        self.send(Method::POST, path, Some(form), Some(&ours)).await
    }

    async fn send(&self, method: Method, path: &str, form: Option<&[(&str, &str)]>, origin: Option<&str>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        if !self.cookie.is_empty() {
            request = request.header(COOKIE, &self.cookie);
        }
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        if let Some(form) = form {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.unwrap() }
    }
}

async fn email(actor: &Actor) -> String {
    person(actor).await.email
}

pub(super) async fn person(actor: &Actor) -> directory::Person {
    let me = actor.sessions().who_am_i(directory::WhoAmIRequest {}).await.unwrap().into_inner();
    me.person.unwrap()
}

/// A public blueprint of RGT that says who can be asked.
async fn shown(world: &World, title: &str, approach: &str) -> String {
    let lead = world.at("RGT", Role::Lead).await;
    let contact = pb::Contact {
        display_name: "Sample Nurse".to_owned(),
        role: "led it".to_owned(),
        willing: pb::Willing::Question.into(),
        ..Default::default()
    };
    let content = pb::Content { contacts: vec![contact], ..on_a_page(title, approach) };
    let made = released(&lead, "RGT", pb::Visibility::Public, content).await;
    let wait = pb::SearchRequest { min_sequence: made.sequence, ..Default::default() };
    world.anonymous().await.searches().search(wait).await.unwrap();
    made.blueprint.unwrap().name
}

async fn every_answer_carries_its_headers(database: Database) {
    let world = World::new(database).await;
    let reader = Reader::new(&world);
    for (method, path, status) in [
        (Method::GET, "/", 200),
        (Method::GET, "/search?q=epma", 200),
        (Method::GET, "/assets/favicon.svg", 200),
        (Method::GET, "/assets/base.css", 406),
        (Method::GET, "/blueprints/nothing", 404),
        (Method::GET, "/search?sort=nonsense", 400),
        (Method::DELETE, "/search", 403),
        (Method::HEAD, "/network", 200),
        (Method::GET, "/home", 303),
        (Method::OPTIONS, "/", 405),
    ] {
        let answer = reader.send(method.clone(), path, None, None).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text);
        let said = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let policy = said("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{method} {path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        assert_eq!(said("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(said("x-frame-options"), "DENY", "{path}");
        assert_eq!(said("referrer-policy"), "same-origin", "{path}");
        assert_eq!(said("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!said("strict-transport-security").is_empty() && !said("permissions-policy").is_empty(), "{path}");
        assert!(!said("x-request-id").is_empty() && !said("cache-control").is_empty(), "{path}");
        assert!(!answer.text.contains("<script") && !answer.text.contains(" style="), "{path}");
    }
    let styled = reader.client.get(format!("{}/assets/base.css", world.address)).header("accept-encoding", "br, gzip");
    let styled = styled.send().await.unwrap();
    assert_eq!((styled.status(), styled.headers()["content-encoding"].to_str().unwrap()), (StatusCode::OK, "gzip"));
    let length = styled.bytes().await.unwrap().len();
    assert!((500..100_000).contains(&length), "{length}");
}

async fn a_session_is_an_opaque_cookie(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let actor = world.at("RGT", Role::Lead).await;
    let address = email(&actor).await;
    let mut reader = Reader::new(&world);
    let asked = reader.get("/people").await;
    assert_eq!((asked.status.as_u16(), asked.location()), (303, "/sign-in?then=%2Fpeople"));
    for (email, password, said) in [
        ("", "", "Enter your e-mail address"),
        (address.as_str(), "wrong", "error-summary"),
        ("nobody@sample.example", "wrong", "error-summary"),
    ] {
        let refused = reader.sign_in(email, password).await;
        assert_eq!(refused.status.as_u16(), 400);
        assert!(refused.text.contains(said) && refused.text.contains("<title>Error: "), "{}", refused.text);
        assert!(refused.headers.get(SET_COOKIE).is_none());
    }
    let answer = reader.sign_in(&address, PASSWORD).await;
    let set = answer.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.starts_with("__Host-exemplar="), "{set}");
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200"), "{set}");
    assert_eq!(reader.cookie.len(), "__Host-exemplar=".len() + 43, "{set}");
    let page = reader.get("/people").await;
    assert!(
        page.status.is_success() && page.text.contains(&address) && page.text.contains("Sign out"),
        "{}",
        page.text
    );

    // Signing in again makes another cookie and ends the session before.
    let first = reader.cookie.clone();
    reader.sign_in(&address, PASSWORD).await;
    assert_ne!(reader.cookie, first);
    let second = std::mem::replace(&mut reader.cookie, first.clone());
    assert_eq!(reader.get("/people").await.status.as_u16(), 303, "the session before has ended");
    reader.cookie = second;
    assert_eq!(reader.get("/people").await.status.as_u16(), 200);

    // A link leads back only to ourselves.
    let form = [("email", address.as_str()), ("password", PASSWORD), ("then", "https://elsewhere.example/")];
    assert_eq!(reader.post("/sign-in", &form).await.location(), "/home");
    let form = [("email", address.as_str()), ("password", PASSWORD), ("then", "//elsewhere.example/")];
    assert_eq!(reader.post("/sign-in", &form).await.location(), "/home");

    // Signing out ends it on the server, too. The last sign-in's cookie is not kept by this reader: sign in once more.
    reader.cookie = String::new();
    reader.sign_in(&address, PASSWORD).await;
    let kept = reader.cookie.clone();
    let out = reader.post("/sign-out", &[]).await;
    assert!(out.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(reader.get("/people").await.status.as_u16(), 303);

    // Twelve hours later a session has ended; an account that ends takes its cookies along at once.
    reader.cookie = String::new();
    reader.sign_in(&address, PASSWORD).await;
    assert_ne!(reader.cookie, kept);
    world.clock.advance(std::time::Duration::from_hours(12));
    assert_eq!(reader.get("/people").await.status.as_u16(), 303);
    reader.sign_in(&address, PASSWORD).await;
    assert_eq!(reader.get("/people").await.status.as_u16(), 200);
    let programme = world.programme().await;
    let end = directory::DeactivatePersonRequest { person: actor.id.to_string(), ..Default::default() };
    programme.people().deactivate_person(end).await.unwrap();
    assert_eq!(reader.get("/people").await.status.as_u16(), 303);
    // A cookie that nobody gave is nobody's, and no refusal.
    "__Host-exemplar=AAAA".clone_into(&mut reader.cookie);
    assert_eq!(reader.get("/").await.status.as_u16(), 200);
}

async fn forms_from_elsewhere_are_refused(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let reader = Reader::signed_in(&world, &lead).await;
    let form: &[(&str, &str)] = &[("organisation", "RGT"), ("title", "Made elsewhere"), ("summary", "So")];
    for origin in [Some("https://elsewhere.example"), Some("null"), None] {
        let refused = reader.send(Method::POST, "/drafts", Some(form), origin).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{origin:?}");
        assert!(refused.text.contains("did not come from a page of this service"), "{}", refused.text);
    }
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("none", 403), ("same-origin", 303)] {
        let request = reader.client.post(format!("{}/sign-out", world.address)).header("sec-fetch-site", site);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{site}");
    }
    let work = reader.get("/home").await;
    assert!(work.status.is_success() && !work.text.contains("Made elsewhere"), "{}", work.text);
    assert_eq!(reader.post("/drafts", form).await.status.as_u16(), 303);
    assert!(reader.get("/home").await.text.contains("Made elsewhere"));
}

async fn hostile_words_are_only_words(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    let body =
        format!("{hostile}\n\n[a](javascript:alert(3)) ![b](https://elsewhere.example/p.png) <svg/onload=alert(4)>");
    let name = shown(&world, &format!("What {hostile}"), &body).await;
    let lead = world.at("RGT", Role::Lead).await;
    let reader = Reader::signed_in(&world, &lead).await;
    let id = name.split('/').next_back().unwrap();
    let query = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>();
    for path in [
        format!("/{name}"),
        format!("/{name}/ask"),
        format!("/{name}/adopt"),
        format!("/{name}/draft"),
        format!("/{name}/draft/approach"),
        "/".to_owned(),
        "/organisations/RGT".to_owned(),
        "/search?q=what".to_owned(),
        format!("/search?q={query}"),
        format!("/search?region={query}"),
        format!("/compare?with={id}&with={id}"),
        format!("/organisations?region={query}"),
        format!("/sign-in?then={query}"),
        format!("/%3Cscript%3Ealert(5)%3C/script%3E?{query}"),
    ] {
        let page = reader.get(&path).await;
        let text = page.text.to_lowercase();
        for bad in ["<script", "<img", "<svg/onload", "href=\"javascript:"] {
            assert!(!text.contains(bad), "{path} has {bad}: {}", page.text);
        }
    }
}

async fn hidden_is_like_absent(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let content = on_a_page("Ours alone", "so");
    let internal = released(&lead, "RGT", pb::Visibility::Organisation, content).await.blueprint.unwrap().name;
    let absent = "blueprints/0198f0f0-0000-7000-8000-000000000000";
    let (anyone, stranger) = (Reader::new(&world), Reader::signed_in(&world, &world.at("RRV", Role::Lead).await).await);
    for reader in [&anyone, &stranger] {
        for below in ["", "/revisions/1", "/draft", "/ask", "/adopt"] {
            let (hidden, none) =
                (reader.get(&format!("/{internal}{below}")).await, reader.get(&format!("/{absent}{below}")).await);
            assert_eq!(hidden.status, none.status, "{below}");
            assert!(
                hidden.status == 404 || reader.cookie.is_empty() && hidden.status == 303,
                "{below}: {}",
                hidden.status
            );
            let plain = |text: &str| text.replace("%2F", "/").replace(&internal, "X").replace(absent, "X");
            assert_eq!(plain(&hidden.text), plain(&none.text), "{below}");
        }
        assert!(!reader.get("/search?q=ours").await.text.contains("Ours alone"));
        assert!(!reader.get("/organisations/RGT").await.text.contains("Ours alone"));
    }
    let own = Reader::signed_in(&world, &lead).await;
    assert!(own.get(&format!("/{internal}")).await.text.contains("Ours alone"));
}

async fn every_state_of_a_search_is_in_its_address(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let mut last = String::new();
    for number in 1..=12 {
        last = shown(&world, &format!("Zebrafinch number {number}"), "About *zebrafinch* care.").await;
    }
    let reader = Reader::new(&world);
    let first = reader.get("/search?q=zebrafinch").await.text;
    assert!(first.contains("12 blueprints") && first.contains("<mark>"), "{first}");
    assert!(first.contains("Sample Nurse") && first.contains("Next page"), "{first}");
    assert_eq!(first.matches("class=\"x-hit\"").count(), 10, "{first}");
    let next = first.split("href=\"").map(|rest| rest.split('"').next().unwrap()).find(|href| href.contains("after="));
    let next = next.expect("the next page").replace("&#38;", "&").replace("&amp;", "&");
    let second = reader.get(&next).await.text;
    assert_eq!(second.matches("class=\"x-hit\"").count(), 2, "{second}");
    let narrowed = reader.get("/search?q=zebrafinch&care_setting=Acute&sort=newest").await.text;
    assert!(narrowed.contains("Remove </span>Care setting: Acute"), "{narrowed}");
    assert!(narrowed.contains("<strong aria-current=\"true\">Newest first</strong>"), "{narrowed}");
    assert!(narrowed.contains("12 blueprints") && narrowed.contains("Zebrafinch number"), "{narrowed}");
    let none = reader.get("/search?q=xylophone").await.text;
    assert!(none.contains("Nothing found") && none.contains("Ask Sample Nurse"), "{none}");
    let meant = reader.get("/search?q=zebrafnch").await.text;
    assert!(meant.contains("also looked for as") || meant.contains("Did you mean"), "{meant}");
    let page = reader.get(&format!("/{last}")).await.text;
    assert!(page.contains("At a glance") && page.contains("Ask the people who did it"), "{page}");
    assert!(page.contains("revision 1 of 6 August 2018") && page.contains("<em>zebrafinch</em>"), "{page}");
    assert!(page.len() < 100_000 && first.len() < 100_000);
}

async fn a_follower_adopts_and_asks(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV", "RBL"]).await;
    let name = shown(&world, "Worth adopting", "So.").await;
    let lead = world.at("RRV", Role::Lead).await;
    let reader = Reader::signed_in(&world, &lead).await;
    let form = reader.get(&format!("/{name}/adopt")).await;
    let (id, revision) = (form.field("form"), form.field("revision"));
    let path = format!("/{name}/adopt");
    let wrong = [
        ("form", id.as_str()),
        ("revision", "1"),
        ("organisation", "RRV"),
        ("state", "live"),
        ("date", "soon"),
        ("plan", "Ours"),
    ];
    let refused = reader.post(&path, &wrong).await;
    assert_eq!(refused.status.as_u16(), 400);
    assert!(
        refused.text.contains("There is a problem") && refused.text.contains(">Ours</textarea>"),
        "{}",
        refused.text
    );
    let right = [
        ("form", id.as_str()),
        ("revision", revision.as_str()),
        ("organisation", "RRV"),
        ("state", "planned"),
        ("willing", "yes"),
    ];
    for _ in 0..2 {
        let done = reader.post(&path, &right).await;
        assert_eq!(
            (done.status.as_u16(), done.location()),
            (303, format!("/{name}?done=adopted").as_str()),
            "{}",
            done.text
        );
    }
    let page = reader.get(&format!("/{name}?done=adopted")).await.text;
    assert!(page.contains("Your adoption is recorded.") && page.contains("1 adoption<"), "{page}");
    assert!(page.contains("Trust RRV") && page.contains("planned, revision 1"), "{page}");
    assert!(
        !Reader::new(&world).get(&format!("/{name}")).await.text.contains("Trust RRV"),
        "adopters are told to members"
    );

    let asked_lead = Reader::signed_in(&world, &world.at("RGT", Role::Lead).await).await;
    let set = pb::SetHourBudgetRequest { organisation: "organisations/RGT".into(), hours: 4, ..Default::default() };
    world.at("RGT", Role::Lead).await.introductions().set_hour_budget(set).await.unwrap();
    let form = reader.get(&format!("/{name}/ask")).await;
    let id = form.field("form");
    let ask = [
        ("form", id.as_str()),
        ("organisation", "RRV"),
        ("asked", "RGT"),
        ("kind", "question"),
        ("question", "How did you train the nights?"),
    ];
    let done = reader.post(&format!("/{name}/ask"), &ask).await;
    let asked = done.location().split('?').next().unwrap().to_owned();
    assert!(asked.starts_with("/introductions/"), "{} {}", done.status, done.text);
    assert!(reader.get("/home").await.text.contains("RRV asks RGT: How did you train the nights?"));
    // Those who were asked find it in their inbox, and answer.
    let told = async {
        loop {
            let inbox = asked_lead.get("/inbox").await.text;
            if inbox.contains(&format!("href=\"{asked}\"")) {
                return inbox;
            }
        }
    };
    let inbox = tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("an item");
    assert!(inbox.contains("Waits for you") && inbox.contains("6 August 2018, for RGT"), "{inbox}");
    let empty = asked_lead.post(&format!("{asked}/answer"), &[("answer", "")]).await;
    assert!(empty.status.as_u16() == 400 && empty.text.contains("There is a problem"), "{}", empty.text);
    let answered = asked_lead.post(&format!("{asked}/answer"), &[("answer", "In pairs, before the switch.")]).await;
    assert_eq!(answered.location(), format!("{asked}?done=answered"), "{}", answered.text);
    assert!(reader.get(&asked).await.text.contains("In pairs, before the switch."));
    let outsider = Reader::signed_in(&world, &world.at("RBL", Role::Lead).await).await;
    assert_eq!(outsider.get(&asked).await.status.as_u16(), 404);
}

async fn a_lead_writes_and_nothing_typed_is_lost(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let reader = Reader::signed_in(&world, &lead).await;
    let id = reader.get("/drafts").await.field("form");
    let begin =
        [("form", id.as_str()), ("organisation", "RGT"), ("title", "How we left paper"), ("summary", "Ward by ward.")];
    let made = reader.post("/drafts", &begin).await;
    let draft = made.location().split('?').next().unwrap().to_owned();
    assert!(draft.ends_with("/draft"), "{draft} {}", made.text);
    let tasks = reader.get(&draft).await.text;
    assert!(tasks.contains("1 of 12 written") && tasks.contains("Needed before it can be published"), "{tasks}");
    let form = reader.get(&format!("{draft}/approach")).await;
    let (etag, id) = (form.field("etag"), form.field("form"));
    // Somebody else saves meanwhile.
    let name = draft.trim_start_matches('/').trim_end_matches("/draft");
    let theirs =
        pb::Content { sections: vec![section(pb::SectionKind::Approach, "Their text.")], ..Default::default() };
    let update = crate::blueprints::update(name, &["sections"], theirs);
    world.at("RGT", Role::Contributor).await.blueprints().update_draft(update).await.unwrap();
    let mine = [("etag", etag.as_str()), ("form", id.as_str()), ("body", "My text.\r\n\r\nTwo paragraphs.")];
    let conflict = reader.post(&format!("{draft}/approach"), &mine).await;
    assert_eq!(conflict.status.as_u16(), 409, "{}", conflict.text);
    assert!(conflict.text.contains("My text.\n\nTwo paragraphs.</textarea>"), "{}", conflict.text);
    assert!(
        conflict.text.contains("Their text.") && conflict.text.contains("Your text is kept below"),
        "{}",
        conflict.text
    );
    let (etag, id) = (conflict.field("etag"), conflict.field("form"));
    let mine = [("etag", etag.as_str()), ("form", id.as_str()), ("body", "My text, and theirs.")];
    assert_eq!(reader.post(&format!("{draft}/approach"), &mine).await.location(), format!("{draft}?done=saved"));
    let tasks = reader.get(&format!("{draft}?done=saved")).await.text;
    assert!(tasks.contains("2 of 12 written") && tasks.contains("Your changes are saved."), "{tasks}");
    assert!(reader.get(&format!("{draft}/approach")).await.text.contains("<p>My text, and theirs.</p>"));
    assert_eq!(reader.get(&format!("{draft}/nonsense")).await.status.as_u16(), 404);
}

/// Each step by whose turn it is, with what is said beside the sections; nobody is offered another's step.
async fn a_draft_goes_the_whole_way(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let author = world.at("RGT", Role::Contributor).await;
    let content = on_a_page("Sepsis alerts at the bedside", "Ward by ward.");
    let request = crate::blueprints::create("RGT", pb::Visibility::Public, content);
    let name = author.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
    let writer = Reader::signed_in(&world, &author).await;
    let approver = Reader::signed_in(&world, &world.at("RGT", Role::Approver).await).await;
    let lead = Reader::signed_in(&world, &world.at("RGT", Role::Lead).await).await;
    let reviewer = world.person(&[("RJ1", Role::Member)], &[exemplar_kernel::NetworkRole::Reviewer]).await;
    let reviewer = Reader::signed_in(&world, &reviewer).await;

    let draft = writer.get(&format!("/{name}/draft")).await;
    assert!(draft.text.contains("Submit for review") && !draft.text.contains("/publish"), "{}", draft.text);
    let form = draft.field("form");
    let submitted = writer.post(&format!("/{name}/submit"), &[("form", form.as_str()), ("note", "First")]).await;
    let review = submitted.location().split('?').next().unwrap().to_owned();
    assert!(review.starts_with("/reviews/"), "{} {}", submitted.status, submitted.text);
    let again = writer.post(&format!("/{name}/submit"), &[("note", "Typed twice")]).await;
    assert_eq!(again.status.as_u16(), 409);
    assert!(again.text.contains("There is a problem") && again.text.contains("Open the review"), "{}", again.text);
    // What is typed into a draft that stands still is shown again with why, and not taken for somebody else's change.
    let still = writer.post(&format!("/{name}/draft/approach"), &[("body", "Typed too late")]).await;
    assert_eq!(still.status.as_u16(), 409);
    assert!(still.text.contains("Typed too late</textarea>") && !still.text.contains("Theirs"), "{}", still.text);

    // Who can do what now.
    let offers = async |reader: &Reader, steps: &[&str]| {
        let page = reader.get(&review).await;
        for step in ["sign-off", "assign", "assure", "return", "reject", "retract", "conflict", "publish"] {
            let offered = page.text.contains(&format!("/{step}\" method=\"post\""));
            assert_eq!(offered, steps.contains(&step), "{step}: {}", page.text);
        }
        page
    };
    offers(&writer, &["retract"]).await;
    assert_eq!(reviewer.get(&review).await.status.as_u16(), 404);
    offers(&lead, &["retract"]).await;
    let page = offers(&approver, &["sign-off", "return", "reject"]).await;
    assert!(page.text.contains("With the approver") && page.text.contains("<p>Ward by ward.</p>"), "{}", page.text);
    let empty = approver.post(&format!("{review}/return"), &[("reason", "")]).await;
    assert_eq!(empty.status.as_u16(), 400, "{}", empty.text);
    let (etag, form) = (page.field("etag"), page.field("form"));
    let sign = [("etag", etag.as_str()), ("form", form.as_str())];
    for _ in 0..2 {
        let signed = approver.post(&format!("{review}/sign-off"), &sign).await;
        assert_eq!(signed.location(), format!("{review}?done=signed-off"), "{}", signed.text);
    }

    assert!(reviewer.get("/reviews").await.text.contains(&review));
    offers(&reviewer, &["assign", "conflict"]).await;
    assert_eq!(reviewer.post(&format!("{review}/assign"), &[]).await.location(), format!("{review}?done=taken-on"));
    offers(&reviewer, &["assure", "return", "reject", "conflict"]).await;
    let say = [("section", "approach"), ("comment", "How many wards?"), ("then", review.as_str())];
    let said = reviewer.post(&format!("/{name}/comments"), &say).await;
    assert_eq!(said.location(), format!("{review}?done=commented"), "{}", said.text);
    let beside = writer.get(&format!("/{name}/draft/approach")).await;
    assert!(
        beside.text.contains("How many wards?") && beside.text.contains("A reviewer, 6 August 2018"),
        "{}",
        beside.text
    );
    assert!(writer.get(&format!("/{name}/draft")).await.text.contains("1 comment<"));
    let comment = beside.text.split_once("/comments/").unwrap().1.split('"').next().unwrap();
    let dealt = writer.post(&format!("/{name}/comments/{comment}"), &[("then", review.as_str())]).await;
    assert_eq!(dealt.location(), format!("{review}?done=resolved"), "{}", dealt.text);
    assert!(writer.get(&review).await.text.contains("Dealt with</strong>"));
    let assured = reviewer.post(&format!("{review}/assure"), &[("note", "It holds.")]).await;
    assert_eq!(assured.location(), format!("{review}?done=assured"), "{}", assured.text);

    let page = offers(&lead, &["retract", "publish"]).await;
    assert!(page.text.contains("assured it on 6 August 2018: It holds."), "{}", page.text);
    let published = lead.post(&format!("/{name}/publish"), &[]).await;
    assert_eq!(published.location(), format!("/{name}?done=published"), "{}", published.text);
    assert!(Reader::new(&world).get(&format!("/{name}")).await.text.contains("Sepsis alerts at the bedside"));
    let closed = offers(&lead, &[]).await;
    assert!(closed.text.contains("Read revision 1"), "{}", closed.text);
}

async fn an_administrator_invites(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let admin = Reader::signed_in(&world, &world.at("RGT", Role::Admin).await).await;
    let member = Reader::signed_in(&world, &world.at("RGT", Role::Member).await).await;
    assert!(!member.get("/people").await.text.contains("Invite somebody"));
    let form = [("organisation", "RGT"), ("email", "new.person@sample.example"), ("role", "member")];
    assert_eq!(member.post("/people/invite", &form).await.status.as_u16(), 403);
    let wrong = admin.post("/people/invite", &[("organisation", "RGT"), ("email", "no address")]).await;
    assert!(wrong.status.as_u16() == 400 && wrong.text.contains("value=\"no address\""), "{}", wrong.text);
    let invited = admin.post("/people/invite", &form).await;
    let token = invited.text.split_once("x-token\">").expect("a token").1.split('<').next().unwrap();

    let mut newcomer = Reader::new(&world);
    let none = newcomer.post("/invitation", &[("token", "none"), ("name", "Sample Newcomer")]).await;
    assert_eq!(none.status.as_u16(), 400, "{}", none.text);
    let form = [("token", token), ("name", "Sample Newcomer"), ("password", PASSWORD)];
    let joined = newcomer.post("/invitation", &form).await;
    assert_eq!(joined.location(), "/sign-in?done=joined", "{}", joined.text);
    let signed_in = newcomer.sign_in("new.person@sample.example", PASSWORD).await;
    assert_eq!(signed_in.location(), "/home", "{}", signed_in.text);

    // The administrator gives them more to do.
    let people = admin.get("/people").await.text;
    let row = people.split_once("Sample Newcomer").unwrap().1;
    let field = |name: &str| row.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1.split('"').next().unwrap();
    let roles = [
        ("organisation", "RGT"),
        ("person", field("person")),
        ("etag", field("etag")),
        ("role", "member"),
        ("role", "contributor"),
    ];
    let saved = admin.post("/people/roles", &roles).await;
    assert_eq!(saved.location(), "/people?of=RGT&done=saved", "{}", saved.text);
    assert!(admin.get("/people").await.text.contains("Member, contributor"));
    let stale = admin.post("/people/roles", &roles[..4]).await;
    assert!(stale.status.as_u16() == 409 && stale.text.contains("There is a problem"), "{}", stale.text);
    assert!(newcomer.get("/drafts").await.text.contains("<option>RGT"), "rights count at once");
}

async fn staff_paste_marks(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let learner = world.person(&[], &[]).await;
    let name = person(&learner).await.display_name;
    let (cohort, _) = one_learner(&world, &learner).await;
    let staff = world.academy().await;
    let own = Reader::signed_in(&world, &learner).await;
    let reader = Reader::signed_in(&world, &staff).await;
    let board = reader.get(&format!("/{cohort}")).await.text;
    assert!(board.contains("Where every learner stands") && board.contains(&name), "{board}");
    let path = format!("/{cohort}/marks");
    let form = reader.get(&path).await;
    assert_eq!(form.field("module"), "M1");
    let (good, many) = (format!("{name}\t64"), format!("{name}\tmany"));
    for (text, said) in
        [("", "Type or paste at least one mark"), ("Nobody\t50", "Line 1, "), (many.as_str(), "Line 1, M1: ")]
    {
        let refused = reader.post(&path, &[("module", "M1"), ("date", "2018-08-06"), ("paste", text)]).await;
        assert_eq!(refused.status.as_u16(), 400, "{text}");
        assert!(refused.text.contains(said), "{text}: {}", refused.text);
    }
    let checked = reader.post(&path, &[("module", "M1"), ("date", "2018-08-06"), ("paste", good.as_str())]).await;
    assert!(checked.status.is_success() && checked.text.contains("Check before you save"), "{}", checked.text);
    assert!(checked.text.contains("<strong>64</strong>") && checked.text.contains("New"), "{}", checked.text);
    assert!(!reader.get(&format!("/{cohort}")).await.text.contains("✓ 64"), "showing records nothing");
    let form = checked.field("form");
    let sheet = checked.field("sheet");
    let save = [
        ("form", form.as_str()),
        ("module", "M1"),
        ("date", "2018-08-06"),
        ("step", "save"),
        ("sheet", sheet.as_str()),
    ];
    for _ in 0..2 {
        let done = reader.post(&path, &save).await;
        assert_eq!(
            (done.status.as_u16(), done.location()),
            (303, format!("/{cohort}?done=recorded").as_str()),
            "{}",
            done.text
        );
    }
    let board = reader.get(&format!("/{cohort}?done=recorded")).await;
    assert!(board.text.contains("✓ 64") && board.text.contains("1 entry"), "{}", board.text);
    // The learner reads their own line and record, and is offered nothing of the staff's.
    let line = own.get(&format!("/{cohort}")).await.text;
    assert!(line.contains(&name) && !line.contains("Record marks") && !line.contains("Undo"), "{line}");
    let record = line.split_once("<a href=\"/enrolments/").unwrap().1.split('"').next().unwrap();
    let record = format!("/enrolments/{record}");
    let read = own.get(&record).await.text;
    assert!(read.contains("64 %") && read.contains("As it stood on 6 August 2018"), "{read}");
    let stranger = Reader::signed_in(&world, &world.at("RGT", Role::Lead).await).await;
    assert_eq!(stranger.get(&record).await.status.as_u16(), 404);
    let (form, batch) = (board.field("form"), board.field("batch"));
    let undo = [("form", form.as_str()), ("batch", batch.as_str()), ("reason", "another cohort's")];
    let done = reader.post(&format!("/{cohort}/undo"), &undo).await;
    assert_eq!(
        (done.status.as_u16(), done.location()),
        (303, format!("/{cohort}?done=undone").as_str()),
        "{}",
        done.text
    );
    assert!(!reader.get(&format!("/{cohort}")).await.text.contains("✓ 64"));
}
