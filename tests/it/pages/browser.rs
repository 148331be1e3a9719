//! The pages in a real browser: Chromium, driven through `WebDriver`. axe-core finds nothing, the keyboard alone suffices,
//! and screenshots are kept in `target/screenshots` to be looked at.
//!
//! Where there is no Chromium, or npm cannot fetch axe-core, these tests are ignored and say why, unless
//! `EXEMPLAR_TEST_BROWSER=required`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_tests::{Database, PASSWORD, World};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use super::{email, matrix, person, shown};
use crate::academy::one_learner;
use crate::suite::Suite;

/// The sizes that pages are looked at in: a phone and a desktop.
const SIZES: [(&str, u32, u32); 2] = [("phone", 320, 700), ("desktop", 1280, 900)];

pub(super) fn tests(suite: &mut Suite) {
    let missing = missing();
    let (here, why) = (missing.is_none(), missing.unwrap_or_default());
    let at = Database::Sqlite;
    suite.on_if(at, here, why, "pages::browser::three_jobs_by_keyboard", three_jobs_by_keyboard);
    suite.on_if(at, here, why, "pages::browser::every_page_for_everybody", every_page_for_everybody);
    suite.on_if(at, here, why, "pages::browser::nothing_hostile_runs", nothing_hostile_runs);
}

/// What this machine lacks, if anything.
#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
#[expect(clippy::print_stderr, reason = "a test says why it cannot run")]
fn missing() -> Option<&'static str> {
    let runs = |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    let missing = match (runs("chromium"), runs("chromedriver")) {
        (false, _) => Some("chromium is not installed"),
        (_, false) => Some("chromedriver is not installed"),
        _ => crate::issuers::install(folder())
            .inspect_err(|error| eprintln!("tests/browser: {error:#}"))
            .err()
            .map(|_| "npm ci failed"),
    };
    let required = std::env::var("EXEMPLAR_TEST_BROWSER").is_ok_and(|value| value == "required");
    assert!(missing.is_none() || !required, "a browser is demanded: {}", missing.unwrap_or_default());
    missing
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/browser"))
}

/// Keys as `WebDriver` writes them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// A running browser of its own profile.
struct Browser {
    client: WebDriver,
    address: String,
    axe: String,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    async fn open(world: &World) -> Self {
        let mut driver = tokio::process::Command::new("chromedriver");
        driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut driver = driver.spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver starts");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        let own = format!("--user-data-dir={}", profile.path().display());
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-sync",
            "--no-first-run",
            &own,
        ] {
            wanted.add_arg(argument).unwrap();
        }
        let client = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("a browser");
        let axe = std::fs::read_to_string(folder().join("node_modules/axe-core/axe.min.js")).unwrap();
        Self { client, address: world.address.clone(), axe, _driver: driver, _profile: profile }
    }

    async fn go(&self, path: &str) {
        self.client.goto(format!("{}{path}", self.address)).await.unwrap();
    }

    async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.address).to_owned()
    }

    async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// Looks at the page in each size: it is no refusal, nothing that axe finds, nothing wider than the screen; a picture of each is kept.
    async fn look(&self, name: &str) {
        let faults = self.wrong(name).await;
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// What is wrong with the page in each size; a picture of each is kept.
    async fn wrong(&self, name: &str) -> Vec<String> {
        let heading = self.client.find(By::Tag("h1")).await.unwrap().text().await.unwrap();
        let mut faults = Vec::new();
        if ["That did not work", "You cannot do this"].contains(&heading.as_str()) {
            faults.push(format!("{name} is a refusal"));
        }
        for (size, width, height) in SIZES {
            self.client.set_window_rect(0, 0, width, height).await.unwrap();
            let wide = "const all = document.documentElement, wide = all.clientWidth;
                if (all.scrollWidth <= wide) return '';
                return [...document.querySelectorAll('main *')].filter(one => one.getBoundingClientRect().right > wide
                    && !one.closest('.x-wide')).slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(' | ') || '?'";
            let over = self.client.execute(wide, vec![]).await.unwrap();
            let over = over.json().as_str().unwrap_or_default();
            if !over.is_empty() {
                faults.push(format!("{name} is too wide on a {size}: {over}"));
            }
            let picture = self.client.screenshot_as_png().await.unwrap();
            std::fs::write(pictures().join(format!("{name}-{size}.png")), picture).unwrap();
            faults.extend(self.faults().await.into_iter().map(|fault| format!("{name} on a {size}: {fault}")));
        }
        faults
    }

    /// What axe-core finds wrong by WCAG 2.2 AA and its own best practices.
    async fn faults(&self) -> Vec<String> {
        self.client.execute(self.axe.as_str(), vec![]).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, {}).then(found => done(found.violations.map(fault =>
                fault.id + ': ' + fault.help + ' ' + fault.nodes.map(node => node.html).slice(0, 3).join(' | '))));";
        let found = self.client.execute_async(run, vec![]).await.unwrap();
        found.json().as_array().unwrap().iter().map(|fault| fault.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Presses keys on whatever has the focus.
    async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Moves by Tab alone until what has the focus says or is called this; how the keyboard gets there.
    async fn tab_to(&self, wanted: &str) {
        let told = "const e = document.activeElement; return [e.innerText, e.id, e.value].join('\\n')";
        for _ in 0..200 {
            self.keys(TAB).await;
            let told = self.client.execute(told, vec![]).await.unwrap();
            if told.json().as_str().unwrap_or_default().lines().any(|line| line == wanted) {
                return;
            }
        }
        panic!("the keyboard does not get to {wanted} on {}", self.path().await);
    }

    async fn enter(&self) {
        let before = self.path().await;
        self.keys(ENTER).await;
        let moved = async { while self.path().await == before {} };
        tokio::time::timeout(Duration::from_secs(20), moved).await.unwrap_or_else(|_| panic!("still on {before}"));
        self.client.find(By::Tag("main")).await.unwrap();
    }

    /// Waits until the page says this.
    async fn await_text(&self, text: &str) {
        let said = async { while !self.source().await.contains(text) {} };
        tokio::time::timeout(Duration::from_secs(20), said)
            .await
            .unwrap_or_else(|_| panic!("the page never says {text}"));
    }

    async fn close(self) {
        let _ = self.client.quit().await;
    }
}

fn pictures() -> PathBuf {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots"));
    std::fs::create_dir_all(folder.join("all")).unwrap();
    folder.to_owned()
}

async fn three_jobs_by_keyboard(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    world.designate("RGT", exemplar_proto::network::v1::DesignationKind::GlobalExemplar, 2).await;
    let approach = "## First\n\nWard by ward, with *rules* for the days of both.\n\n- train\n- switch\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    let name = shown(&world, "Retiring the paper drug chart", approach).await;
    let other = shown(&world, "Sepsis alerts that nurses trust", "Fewer, better.").await;
    let follower = world.at("RRV", Role::Lead).await;
    let lead = world.person(&[("RGT", Role::Lead), ("RGT", Role::Approver)], &[]).await;
    let learner = world.person(&[], &[]).await;
    let (cohort, _) = one_learner(&world, &learner).await;
    let staff = world.academy().await;
    let id = |name: &str| name.split('/').next_back().unwrap().to_owned();
    let browser = Browser::open(&world).await;

    // Anyone searches, reads and compares.
    for (page, path) in [
        ("home", "/".to_owned()),
        ("status", "/status".to_owned()),
        ("accessibility", "/accessibility".to_owned()),
        ("nothing-found", "/search?q=xylophone".to_owned()),
        ("absent", "/nowhere".to_owned()),
        ("compare", format!("/compare?with={}&with={}", id(&name), id(&other))),
        ("organisations", "/organisations".to_owned()),
        ("organisation", "/organisations/RGT".to_owned()),
        ("network", "/network".to_owned()),
        ("rounds", "/rounds".to_owned()),
        ("sign-in", "/sign-in".to_owned()),
    ] {
        browser.go(&path).await;
        browser.look(page).await;
    }
    browser.go("/").await;
    browser.tab_to("q").await;
    browser.keys("paper chart").await;
    browser.enter().await;
    assert!(browser.path().await.starts_with("/search?q=paper"), "{}", browser.path().await);
    browser.look("search").await;
    browser.tab_to("Retiring the paper drug chart").await;
    browser.enter().await;
    assert_eq!(browser.path().await, format!("/{name}"));
    browser.look("blueprint").await;

    // The follower is asked to sign in on the way, and adopts.
    browser.tab_to("Adopt it").await;
    browser.enter().await;
    assert!(browser.path().await.starts_with("/sign-in?then="), "{}", browser.path().await);
    browser.tab_to("email").await;
    browser.keys(&email(&follower).await).await;
    browser.tab_to("password").await;
    browser.keys(PASSWORD).await;
    browser.enter().await;
    assert_eq!(browser.path().await, format!("/{name}/adopt"));
    browser.look("adopt").await;
    browser.tab_to("Adopt revision 1").await;
    browser.enter().await;
    assert_eq!(browser.path().await, format!("/{name}?done=adopted"));
    browser.look("adopted").await;
    for (page, path) in [
        ("ask", format!("/{name}/ask")),
        ("work", "/home".to_owned()),
        ("people", "/people".to_owned()),
        ("partners", "/partners".to_owned()),
    ] {
        browser.go(&path).await;
        browser.look(page).await;
    }
    browser.go("/partners").await;
    browser.tab_to("Propose a pairing with RGT").await;
    browser.keys(" ").await;
    browser.tab_to("Propose").await;
    browser.enter().await;
    assert!(browser.path().await.ends_with("?done=proposed"), "{}", browser.path().await);
    let pairing = browser.path().await.split('?').next().unwrap().to_owned();
    browser.look("proposed").await;
    sign_out(&browser).await;

    // The lead accepts, and writes.
    sign_in(&browser, &email(&lead).await).await;
    browser.go(&pairing).await;
    browser.tab_to("Accept").await;
    browser.enter().await;
    assert!(browser.path().await.ends_with("?done=accepted"), "{}", browser.path().await);
    browser.look("pairing").await;
    browser.go("/drafts").await;
    browser.look("drafts").await;
    browser.tab_to("title").await;
    browser.keys("How we left paper").await;
    browser.tab_to("summary").await;
    browser.keys("Ward by ward.").await;
    browser.tab_to("Begin").await;
    browser.enter().await;
    browser.look("draft").await;
    browser.tab_to("Approach").await;
    browser.enter().await;
    browser.tab_to("body").await;
    browser.keys("We began with one ward.").await;
    browser.look("section").await;
    browser.tab_to("Save").await;
    browser.enter().await;
    assert!(browser.path().await.ends_with("/draft?done=saved"), "{}", browser.path().await);
    assert!(browser.source().await.contains("2 of 12 written"));
    sign_out(&browser).await;

    // Staff record a mark.
    sign_in(&browser, &email(&staff).await).await;
    for (page, path) in
        [("cohorts", "/cohorts".to_owned()), ("cohort", format!("/{cohort}")), ("marks", format!("/{cohort}/marks"))]
    {
        browser.go(&path).await;
        browser.look(page).await;
    }
    browser.tab_to("paste").await;
    // In a browser Tab leaves the field, so a comma parts what a spreadsheet parts by a tab.
    browser.keys(&format!("{},64", person(&learner).await.display_name)).await;
    browser.tab_to("Show what would change").await;
    browser.keys(ENTER).await;
    browser.await_text("What will be recorded").await;
    browser.look("marks-check").await;
    browser.tab_to("Record these").await;
    browser.enter().await;
    assert_eq!(browser.path().await, format!("/{cohort}?done=recorded"));
    browser.look("recorded").await;
    for (page, path) in [("follows", "/follows"), ("inbox", "/inbox"), ("reviews", "/reviews")] {
        browser.go(path).await;
        browser.look(page).await;
    }
    browser.close().await;
}

/// Every page that can be opened, as each kind of caller to whom it shows something that it did not show to those
/// before: it is looked at on a phone and on a desktop, and nothing may be wrong.
async fn every_page_for_everybody(database: Database) {
    let world = World::new(database).await;
    let scene = matrix::scene(&world).await;
    let rows = matrix::rows(&scene);
    let mut seen = std::collections::BTreeSet::new();
    let mut faults = Vec::new();
    for (caller, actor) in matrix::callers(&world).await {
        let browser = Browser::open(&world).await;
        let reader = match &actor {
            Some(actor) => {
                sign_in(&browser, &email(actor).await).await;
                super::Reader::signed_in(&world, actor).await
            }
            None => super::Reader::new(&world),
        };
        for (route, path, _) in rows.iter().filter(|(route, ..)| route.starts_with("GET")) {
            let answer = reader.get(path).await;
            if answer.status != 200 || !seen.insert((*route, shape(&answer.text))) {
                continue;
            }
            browser.go(path).await;
            let name = route.trim_start_matches("GET /").replace(['/', '{', '}'], "-");
            faults.extend(browser.wrong(&format!("all/{name}-{caller}")).await);
        }
        browser.close().await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a page is made of, without its words: its tags and classes.
fn shape(html: &str) -> String {
    let main = html.split_once("<main").map_or(html, |(_, main)| main);
    let tags = main.split('<').skip(1).map(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        let class = tag.split_once("class=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        format!("{}.{class} ", tag.split(' ').next().unwrap_or_default())
    });
    let mut tags: Vec<String> = tags.collect();
    tags.sort();
    tags.dedup();
    tags.concat()
}

async fn sign_in(browser: &Browser, email: &str) {
    browser.go("/sign-in").await;
    browser.tab_to("email").await;
    browser.keys(email).await;
    browser.tab_to("password").await;
    browser.keys(PASSWORD).await;
    browser.enter().await;
}

async fn sign_out(browser: &Browser) {
    browser.go("/accessibility").await;
    browser.tab_to("Sign out").await;
    browser.enter().await;
    assert!(browser.source().await.contains("Sign in"));
}

/// Opens a page on which nothing may run or load.
async fn runs_nothing(browser: &Browser, path: &str) {
    browser.go(path).await;
    let ran = "return [window.ran === undefined, document.scripts.length, document.images.length]";
    assert_eq!(*browser.client.execute(ran, vec![]).await.unwrap().json(), json!([true, 0, 0]), "{path}");
}

/// Puts hostile words wherever people of RGT can write them; a lead of it and the pages that show them.
async fn everywhere(world: &World, name: &str, hostile: &str) -> (exemplar_tests::Actor, Vec<String>) {
    use exemplar_proto::blueprints::v1 as pb;
    use exemplar_proto::network::v1 as network;
    world.organisations(&["RRV"]).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 2).await;
    let lead = world.at("RGT", Role::Lead).await;
    let (text, id) = (hostile.to_owned(), name.trim_start_matches("blueprints/"));
    let content = crate::blueprints::on_a_page(&format!("Draft {hostile}"), hostile);
    let request = crate::blueprints::create("RGT", pb::Visibility::Public, content);
    let draft = lead.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
    let comment = pb::AddCommentRequest {
        blueprint: draft.clone(),
        section: pb::SectionKind::Approach.into(),
        body: text.clone(),
        ..Default::default()
    };
    lead.reviews().add_comment(comment).await.unwrap();
    let submit = pb::SubmitBlueprintRequest { name: draft.clone(), change_note: text.clone(), ..Default::default() };
    let review = lead.reviews().submit_blueprint(submit).await.unwrap().into_inner().review.unwrap().name;
    let follow = pb::Follow {
        display_name: text.chars().take(120).collect(),
        watched: Some(pb::follow::Watched::Search(pb::SavedSearch { query: text.clone(), ..Default::default() })),
        ..Default::default()
    };
    let request = pb::CreateFollowRequest { follow: Some(follow), ..Default::default() };
    lead.follows().create_follow(request).await.unwrap();
    let words = format!("sepsis {}", hostile.chars().take(80).collect::<String>());
    let ask = pb::AskForTopicRequest { words, ..Default::default() };
    lead.demands().ask_for_topic(ask).await.unwrap();
    let ask = pb::RequestIntroductionRequest {
        blueprint: name.to_owned(),
        asker: "organisations/RRV".into(),
        kind: pb::IntroductionKind::Question.into(),
        question: text.clone(),
        ..Default::default()
    };
    let asker = world.at("RRV", Role::Lead).await;
    let introduction = asker.introductions().request_introduction(ask).await.unwrap().into_inner();
    let introduction = introduction.introduction.unwrap().name;
    let propose = network::ProposePairingRequest {
        exemplar: "organisations/RGT".into(),
        partner: "organisations/RRV".into(),
        proposer: "organisations/RGT".into(),
        kind: network::PairingKind::ExemplarFollower.into(),
        message: text,
        ..Default::default()
    };
    let pairing = lead.pairings().propose_pairing(propose).await.unwrap().into_inner().pairing.unwrap().name;
    let below = ["draft", "draft/about", "draft/approach", "ask", "adopt", "changes"];
    let mut pages: Vec<String> = below.iter().take(3).map(|below| format!("/{draft}/{below}")).collect();
    pages.extend(below.iter().skip(3).map(|below| format!("/blueprints/{id}/{below}")));
    pages.extend([review, introduction, pairing].map(|name| format!("/{name}")));
    pages.extend(["/follows", "/wanted", "/home", "/inbox", "/reviews", "/network"].map(str::to_owned));
    (lead, pages)
}

async fn nothing_hostile_runs(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let hostile = "\"'><script>window.ran=1</script><img src=x onerror=\"window.ran=1\"><svg onload=\"window.ran=1\">";
    let body = format!(
        "{hostile}\n\n<iframe srcdoc=\"<script>parent.ran=1</script>\"></iframe>\n\n[a](javascript:window.ran=1)"
    );
    let name = shown(&world, &format!("What {hostile}"), &body).await;
    let (lead, pages) = everywhere(&world, &name, hostile).await;
    let browser = Browser::open(&world).await;
    let query = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>();
    let anyone = [
        format!("/{name}"),
        format!("/search?q={query}"),
        "/search?q=what".to_owned(),
        format!("/search?region={query}"),
        format!("/wanted?q={query}"),
    ];
    for path in &anyone {
        runs_nothing(&browser, path).await;
    }
    sign_in(&browser, &email(&lead).await).await;
    for path in anyone.iter().chain(&pages) {
        runs_nothing(&browser, path).await;
    }
    // Even markup that would get through loads and runs nothing: the policy holds without the sanitiser.
    browser.go("/").await;
    let slip = "document.body.insertAdjacentHTML('beforeend', arguments[0]);
        const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script);
        const done = arguments[arguments.length - 1]; setTimeout(() => done(window.ran === undefined), 300);";
    let held = browser.client.execute_async(slip, vec![json!(hostile)]).await.unwrap();
    assert_eq!(*held.json(), json!(true), "the policy let something run");
    browser.close().await;
}
