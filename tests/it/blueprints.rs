//! Blueprints: drafts, revisions, who may see them, lists.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeSet;
use std::time::Duration;

use exemplar_kernel::{Role, journal};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, World, refusal};
use prost_types::FieldMask;
use tonic::Status;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("blueprints::a_draft_needs_a_title_only", a_draft_needs_a_title_only);
    suite.each("blueprints::everything_wrong_is_said_at_once", everything_wrong_is_said_at_once);
    suite.each("blueprints::drafts_change_by_mask", drafts_change_by_mask);
    suite.each("blueprints::only_the_same_part_collides", only_the_same_part_collides);
    suite.each("blueprints::contacts_are_looked_up", contacts_are_looked_up);
    suite.each("blueprints::a_check_tells_what_is_weak", a_check_tells_what_is_weak);
    suite.each("blueprints::revisions_never_change", revisions_never_change);
    suite.each("blueprints::names_are_read_strictly", names_are_read_strictly);
    suite.each("blueprints::roles_decide", roles_decide);
    suite.each("blueprints::a_draft_is_hidden_like_an_unknown_id", a_draft_is_hidden_like_an_unknown_id);
    suite.each("blueprints::visibility_holds_in_get_and_list", visibility_holds_in_get_and_list);
    suite.each("blueprints::lists_page_and_filter", lists_page_and_filter);
    suite.each("blueprints::at_once_they_leave_no_gap", at_once_they_leave_no_gap);
    suite.each("blueprints::every_change_is_in_the_journal", every_change_is_in_the_journal);
}

/// What a blueprint on a page says that can be released.
pub(crate) fn on_a_page(title: &str, approach: &str) -> pb::Content {
    pb::Content {
        title: title.to_owned(),
        summary: "What we did, in one sentence.".to_owned(),
        level: pb::BlueprintLevel::OnAPage.into(),
        kind: pb::BlueprintKind::Success.into(),
        care_settings: vec!["Acute".to_owned()],
        project_types: vec!["Nursing".to_owned()],
        sections: vec![section(pb::SectionKind::Approach, approach)],
        ..Default::default()
    }
}

pub(crate) fn section(kind: pb::SectionKind, body: &str) -> pb::Section {
    pb::Section { kind: kind.into(), body: body.to_owned() }
}

fn epr(supplier: &str, product: &str, versions: &[&str]) -> pb::Epr {
    let versions = versions.iter().map(|version| (*version).to_owned()).collect();
    pb::Epr { supplier: supplier.to_owned(), product: product.to_owned(), versions }
}

fn measured(id: &str, measure: &str, baseline: &str, result: &str) -> pb::Benefit {
    pb::Benefit {
        id: id.to_owned(),
        measure: measure.to_owned(),
        unit: "%".to_owned(),
        baseline: baseline.to_owned(),
        result: result.to_owned(),
        measure_date: "2018-06-30".to_owned(),
        measured_by: "the university".to_owned(),
        independent: true,
    }
}

pub(crate) fn create(code: &str, visibility: pb::Visibility, content: pb::Content) -> pb::CreateBlueprintRequest {
    pb::CreateBlueprintRequest {
        organisation: format!("organisations/{code}"),
        visibility: visibility.into(),
        content: Some(content),
        ..Default::default()
    }
}

pub(crate) fn update(name: &str, paths: &[&str], content: pb::Content) -> pb::UpdateDraftRequest {
    pb::UpdateDraftRequest {
        name: name.to_owned(),
        content: Some(content),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    }
}

pub(crate) fn publish(name: &str) -> pb::PublishBlueprintRequest {
    pb::PublishBlueprintRequest { name: name.to_owned(), ..Default::default() }
}

/// A blueprint of `code` that a lead writes and releases.
pub(crate) async fn released(
    lead: &Actor,
    code: &str,
    visibility: pb::Visibility,
    content: pb::Content,
) -> pb::PublishBlueprintResponse {
    let draft = drafted(lead, create(code, visibility, content)).await.unwrap();
    lead.blueprints().publish_blueprint(publish(&draft.name)).await.unwrap().into_inner()
}

async fn drafted(author: &Actor, request: pb::CreateBlueprintRequest) -> Result<pb::Blueprint, Status> {
    Ok(author.blueprints().create_blueprint(request).await?.into_inner().blueprint.unwrap())
}

async fn changed(author: &Actor, request: pb::UpdateDraftRequest) -> Result<pb::Blueprint, Status> {
    Ok(author.blueprints().update_draft(request).await?.into_inner().blueprint.unwrap())
}

async fn issued(lead: &Actor, request: pb::PublishBlueprintRequest) -> Result<pb::Blueprint, Status> {
    Ok(lead.blueprints().publish_blueprint(request).await?.into_inner().blueprint.unwrap())
}

async fn get(reader: &Actor, name: &str) -> Result<pb::Blueprint, Status> {
    let request = pb::GetBlueprintRequest { name: name.to_owned() };
    Ok(reader.blueprints().get_blueprint(request).await?.into_inner().blueprint.unwrap())
}

/// The titles of a page, and the token of the next.
async fn list(reader: &Actor, filter: &str, page_size: i32, page_token: &str) -> Result<(Vec<String>, String), Status> {
    let (filter, page_token) = (filter.to_owned(), page_token.to_owned());
    let request = pb::ListBlueprintsRequest { page_size, page_token, filter };
    let answer = reader.blueprints().list_blueprints(request).await?.into_inner();
    let titles = answer.blueprints.into_iter().map(|listed| listed.content.unwrap().title).collect();
    Ok((titles, answer.next_page_token))
}

/// All titles, in pages of one.
async fn one_by_one(reader: &Actor, filter: &str) -> Vec<String> {
    let (mut titles, mut token) = (Vec::new(), String::new());
    loop {
        let (page, next) = list(reader, filter, 1, &token).await.unwrap();
        assert!(page.len() == 1 || (next.is_empty() && titles.is_empty()), "an empty page after {titles:?}");
        titles.extend(page);
        token = next;
        if token.is_empty() {
            return titles;
        }
    }
}

fn invalid(faults: &[&str]) -> String {
    let faults: Vec<_> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    format!("InvalidArgument INVALID_REQUEST{}", faults.concat())
}

async fn a_draft_needs_a_title_only(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let author = world.at("RGT", Role::Contributor).await;
    let titled = pb::Content { title: "  Ten letter  ".to_owned(), ..Default::default() };
    let draft = drafted(&author, create("RGT", pb::Visibility::Public, titled)).await.unwrap();
    let name = draft.name.clone();
    let expected = pb::Blueprint {
        name: name.clone(),
        organisation: "organisations/RGT".to_owned(),
        visibility: pb::Visibility::Public.into(),
        content: Some(pb::Content { title: "Ten letter".to_owned(), ..Default::default() }),
        etag: draft.etag.clone(),
        ..Default::default()
    };
    assert_eq!(draft, expected);
    assert!(!draft.etag.is_empty());
    for name in [name.clone(), format!("{name}/draft")] {
        assert_eq!(get(&author, &name).await.unwrap(), draft, "before the first revision the draft is what there is");
    }
    // All of it: terms as the vocabulary spells them, each once; an empty section is none; lengths are of characters.
    let most = pb::Content {
        title: "é".repeat(200),
        summary: "ß".repeat(400),
        level: pb::BlueprintLevel::Full.into(),
        kind: pb::BlueprintKind::Attempt.into(),
        care_settings: ["mental-health", "acute", "Mental Health"].map(str::to_owned).to_vec(),
        project_types: ["VIRTUAL WARDS", "e-Observations"].map(str::to_owned).to_vec(),
        user_groups: ["Nurses", "Clinicians", "Nurses"].map(str::to_owned).to_vec(),
        pillars: vec!["Safe practice".to_owned()],
        eprs: vec![epr("Epic", "Hyperspace", &["2017", "2018"]), epr("", &"ø".repeat(80), &[])],
        size_band: "Under 500 beds".to_owned(),
        region: "east-of-england".to_owned(),
        funders: vec!["Own funds".to_owned()],
        questions: vec!["How many scanners does a ward need?".to_owned()],
        cost: Some(pb::Cost {
            capital: pb::CostBand::From250k.into(),
            revenue: pb::CostBand::None.into(),
            staff_days: Some(0),
            currency: String::new(),
            price_year: 2018,
            basis: "invoices".to_owned(),
        }),
        months_to_deliver: 240,
        benefits: vec![measured("", "Doses scanned", "62.5", "-0.125"), measured("x-1", "Doses scanned", "", "")],
        contacts: vec![pb::Contact {
            person: author.id.to_string(),
            role: "author".to_owned(),
            organisation: "organisations/RGT".to_owned(),
            willing: pb::Willing::Visit.into(),
            ..Default::default()
        }],
        sections: vec![
            section(pb::SectionKind::Contacts, &"ℵ".repeat(20_000)),
            section(pb::SectionKind::Team, ""),
            section(pb::SectionKind::Cost, "- licences\n- people"),
        ],
    };
    let request = pb::CreateBlueprintRequest {
        request_id: "once-1".to_owned(),
        ..create("RGT", pb::Visibility::Organisation, most.clone())
    };
    let first = author.blueprints().create_blueprint(request.clone()).await.unwrap().into_inner();
    let written = first.blueprint.clone().unwrap();
    let mut expected = pb::Content {
        care_settings: ["Acute", "Mental Health"].map(str::to_owned).to_vec(),
        project_types: ["Virtual Wards", "e-Observations"].map(str::to_owned).to_vec(),
        user_groups: ["Clinicians", "Nurses"].map(str::to_owned).to_vec(),
        sections: vec![most.sections[2].clone(), most.sections[0].clone()],
        ..most
    };
    "Cerner".clone_into(&mut expected.eprs[0].supplier);
    "Sunrise".clone_into(&mut expected.eprs[1].product);
    "East of England".clone_into(&mut expected.region);
    // Pounds where no currency is said, ids of the measure's words, the person's own name where none is said.
    "GBP".clone_into(&mut expected.cost.as_mut().unwrap().currency);
    "doses-scanned".clone_into(&mut expected.benefits[0].id);
    "Sample Person 2".clone_into(&mut expected.contacts[0].display_name);
    assert_eq!(written.content, Some(expected));
    assert_eq!(get(&author, &written.name).await.unwrap(), written);
    // The same request again is the same draft; another with its id is refused.
    assert_eq!(author.blueprints().create_blueprint(request.clone()).await.unwrap().into_inner(), first);
    let other = pb::CreateBlueprintRequest { visibility: pb::Visibility::Public.into(), ..request };
    assert_eq!(refusal(&drafted(&author, other).await.unwrap_err()), "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(list(&author, "state = DRAFT", 0, "").await.unwrap().0.len(), 2);
}

async fn everything_wrong_is_said_at_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, on_a_page("A first title", "x"))).await.unwrap();
    let mut settings = vec!["Acute".to_owned(); 9];
    settings[7].replace_range(.., "Hospital");
    let wrong = pb::Content {
        title: "Too short".to_owned(),
        summary: "s".repeat(401),
        level: 7,
        kind: -1,
        care_settings: settings,
        project_types: vec!["Steam".to_owned()],
        user_groups: vec![String::new()],
        eprs: vec![epr("", "", &["v".repeat(41).as_str()]), epr("Nobody", "", &[])],
        region: "Atlantis".to_owned(),
        size_band: String::new(),
        funders: Vec::new(),
        pillars: Vec::new(),
        questions: vec!["q".repeat(201)],
        cost: Some(pb::Cost { currency: "pounds".to_owned(), price_year: 18, ..Default::default() }),
        months_to_deliver: 241,
        benefits: vec![
            measured("Not this", "x", "1,5", "1e9"),
            measured("a", "Same id", "", ""),
            pb::Benefit { measure_date: "2018-02-30".to_owned(), ..measured("a", "Same id", "1.", ".5") },
        ],
        contacts: vec![pb::Contact { organisation: "RGT".to_owned(), ..Default::default() }],
        sections: vec![
            section(pb::SectionKind::Approach, &"x".repeat(20_001)),
            section(pb::SectionKind::Approach, "again"),
            section(pb::SectionKind::Unspecified, "of no kind"),
            pb::Section { kind: 12, body: "bell \u{7}".to_owned() },
        ],
    };
    let decimal = "must be a decimal number like 62.5, of at most 12 digits and 6 after the point";
    let sections = [
        "content.sections[0].body: is longer than 20000 characters (20001)",
        "content.sections[1].kind: is there twice",
        "content.sections[2].kind: is not a kind of section",
        "content.sections[3].body: has control characters",
        "content.sections[3].kind: is not a kind of section",
    ];
    let fields = [
        "content.title: is shorter than 10 characters",
        "content.summary: is longer than 400 characters (401)",
        "content.level: is not a level",
        "content.kind: is not a kind",
        "content.care_settings: has more than 8 entries (9)",
        "content.care_settings[7]: is not a term of the vocabulary",
        "content.project_types[0]: is not a term of the vocabulary",
        "content.user_groups[0]: is not a term of the vocabulary",
        "content.eprs[0]: names neither supplier nor product",
        "content.eprs[0].versions[0]: is longer than 40 characters (41)",
        "content.eprs[1].supplier: is not a term of the vocabulary",
        "content.region: is not a term of the vocabulary",
        "content.questions[0]: is longer than 200 characters (201)",
        "content.cost: needs capital, revenue or staff_days",
        "content.cost.currency: must be three capital letters of ISO 4217, like GBP",
        "content.cost.price_year: must be from 1990 to 2100",
        "content.months_to_deliver: must be from 0 to 240",
        "content.benefits[0].id: must be 1 to 40 lower-case letters, digits and hyphens",
        "content.benefits[0].measure: is shorter than 3 characters",
        &format!("content.benefits[0].baseline: {decimal}"),
        &format!("content.benefits[0].result: {decimal}"),
        "content.benefits[2].id: is there twice",
        &format!("content.benefits[2].baseline: {decimal}"),
        &format!("content.benefits[2].result: {decimal}"),
        "content.benefits[2].measure_date: must be a day like 2018-08-06",
        "content.contacts[0].display_name: is missing: say a person or a name",
        "content.contacts[0].organisation: must look like organisations/{code}",
        "content.contacts[0].willing: must be one of no, question, call and visit",
    ];
    let request_id = "request_id: must be at most 64 letters, digits, hyphens, dots or underscores";
    let etag = "etag: is not an etag of this service; send the one you read, or none";

    let request = pb::CreateBlueprintRequest {
        organisation: "RGT".to_owned(),
        visibility: 9,
        content: Some(wrong.clone()),
        request_id: "not this!".to_owned(),
    };
    let head = [request_id, "organisation: must look like organisations/{code}", "visibility: is not a visibility"];
    let faults = [&head[..], &fields, &sections].concat();
    assert_eq!(refusal(&drafted(&lead, request).await.unwrap_err()), invalid(&faults));

    let nothing = pb::CreateBlueprintRequest { organisation: "organisations/RGT".to_owned(), ..Default::default() };
    let faults = ["visibility: is missing", "content.title: is missing"];
    assert_eq!(refusal(&drafted(&lead, nothing).await.unwrap_err()), invalid(&faults));

    let paths = [
        "title",
        "summary",
        "level",
        "kind",
        "care_settings",
        "project_types",
        "user_groups",
        "eprs",
        "region",
        "questions",
        "cost",
        "months_to_deliver",
        "benefits",
        "contacts",
        "sections",
        "id",
    ];
    let request = pb::UpdateDraftRequest {
        etag: "W/1".to_owned(),
        request_id: "r".repeat(65),
        ..update("blueprints/1", &paths, wrong.clone())
    };
    let faults = [
        &[request_id, "name: must look like blueprints/{id}", etag][..],
        &fields,
        &sections,
        &["update_mask: names \"id\", which is no field of a draft"],
    ];
    assert_eq!(refusal(&changed(&lead, request).await.unwrap_err()), invalid(&faults.concat()));
    let maskless = changed(&lead, update(&draft.name, &[], wrong)).await.unwrap_err();
    assert_eq!(refusal(&maskless), invalid(&["update_mask: names no field"]));

    let request = pb::PublishBlueprintRequest {
        name: "pairings/1".to_owned(),
        change_note: "c".repeat(501),
        etag: "1".to_owned(),
        request_id: " ".to_owned(),
    };
    let name = "name: must look like blueprints/{id}";
    let faults = [request_id, name, "change_note: is longer than 500 characters (501)", etag];
    assert_eq!(refusal(&issued(&lead, request).await.unwrap_err()), invalid(&faults));
    assert_eq!(get(&lead, &draft.name).await.unwrap(), draft, "nothing was changed by any of it");
}

async fn drafts_change_by_mask(database: Database) {
    use pb::SectionKind::{Approach, Context, Cost};
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let author = world.at("RGT", Role::Contributor).await;
    let mut before = on_a_page("The title from before", "The first approach");
    before.sections.insert(0, section(Context, "A large trust"));
    let draft = drafted(&author, create("RGT", pb::Visibility::Network, before.clone())).await.unwrap();
    // All of it is sent, some of it is named.
    let sent = pb::Content {
        title: "The title from after".to_owned(),
        care_settings: vec!["Maternity".to_owned(), "Ambulance".to_owned()],
        region: "London".to_owned(),
        sections: vec![section(Cost, "A great deal"), section(Context, ""), section(Approach, "Another approach")],
        ..Default::default()
    };
    let request = pb::UpdateDraftRequest {
        etag: draft.etag.clone(),
        request_id: "once-1".to_owned(),
        ..update(&draft.name, &["sections", "care_settings", "level"], sent.clone())
    };
    let first = author.blueprints().update_draft(request.clone()).await.unwrap().into_inner();
    let after = first.blueprint.clone().unwrap();
    let expected = pb::Content {
        level: pb::BlueprintLevel::Unspecified.into(),
        care_settings: vec!["Ambulance".to_owned(), "Maternity".to_owned()],
        sections: vec![section(Approach, "Another approach"), section(Cost, "A great deal")],
        ..before
    };
    assert_eq!(after, pb::Blueprint { content: Some(expected.clone()), etag: after.etag.clone(), ..draft.clone() });
    assert_ne!(after.etag, draft.etag);
    assert_eq!(get(&author, &draft.name).await.unwrap(), after);

    let unread = pb::UpdateDraftRequest { etag: "v9".to_owned(), ..update(&draft.name, &["title"], sent.clone()) };
    assert_eq!(refusal(&changed(&author, unread).await.unwrap_err()), "Aborted ETAG_STALE");
    let unknown = update(&draft.name, &["title", "colour", "sections.cost"], sent.clone());
    let faults =
        ["colour", "sections.cost"].map(|field| format!("update_mask: names {field:?}, which is no field of a draft"));
    let faults: Vec<_> = faults.iter().map(String::as_str).collect();
    assert_eq!(refusal(&changed(&author, unknown).await.unwrap_err()), invalid(&faults));
    assert_eq!(get(&author, &draft.name).await.unwrap(), after, "a refused change changes nothing");

    // Without an etag whatever is there is changed; the first request again is still the first answer.
    let rest = ["title", "summary", "kind", "project_types", "region"];
    let last = changed(&author, update(&draft.name, &rest, sent.clone())).await.unwrap();
    let named = pb::Content { care_settings: expected.care_settings, sections: expected.sections, ..sent };
    assert_eq!(last.content, Some(named));
    assert_eq!(author.blueprints().update_draft(request.clone()).await.unwrap().into_inner(), first);
    let other = pb::UpdateDraftRequest { etag: String::new(), ..request };
    assert_eq!(refusal(&changed(&author, other).await.unwrap_err()), "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(get(&author, &draft.name).await.unwrap(), last);
}

async fn only_the_same_part_collides(database: Database) {
    use pb::SectionKind::{Approach, Cost, Team};
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (one, other) = (world.at("RGT", Role::Contributor).await, world.at("RGT", Role::Contributor).await);
    let content = on_a_page("Written by two people", "The approach at first");
    let draft = drafted(&one, create("RGT", pb::Visibility::Public, content)).await.unwrap();
    let save = |sections: Vec<pb::Section>, paths: &[&str]| pb::UpdateDraftRequest {
        etag: draft.etag.clone(),
        ..update(&draft.name, paths, pb::Content { sections, region: "London".to_owned(), ..Default::default() })
    };
    // Both have read the same draft. Different parts never meet, new sections and removed ones included.
    changed(&one, save(vec![section(Approach, "The approach of one")], &["sections"])).await.unwrap();
    changed(&other, save(vec![section(Team, "The team of the other")], &["sections", "region"])).await.unwrap();
    changed(&one, save(vec![section(Cost, "")], &["sections"])).await.unwrap();
    // The same part does, whoever wrote it; every part is named, and nothing of the refused change is written.
    let both = vec![section(Approach, "The approach of the other"), section(Cost, "A lot"), section(Team, "Nobody")];
    let refused = changed(&other, save(both, &["sections", "region", "summary"])).await.unwrap_err();
    let faults = ["region", "sections.approach", "sections.team", "sections.cost"];
    let faults: Vec<_> = faults.iter().map(|part| format!("content.{part}: has changed since it was read")).collect();
    let faults: Vec<_> = faults.iter().map(String::as_str).collect();
    assert_eq!(refusal(&refused), invalid(&faults).replace("InvalidArgument INVALID_REQUEST", "Aborted PART_CHANGED"));
    // What is there now is a read away, and its etag lets the two texts be put together.
    let now = get(&other, &format!("{}/draft", draft.name)).await.unwrap();
    let sections = vec![section(Approach, "The approach of one"), section(Team, "The team of the other")];
    assert_eq!(now.content.as_ref().unwrap().sections, sections);
    let together = pb::Content { sections: vec![section(Approach, "The approach of both")], ..Default::default() };
    let request = pb::UpdateDraftRequest { etag: now.etag, ..update(&draft.name, &["sections"], together) };
    changed(&other, request).await.unwrap();

    // Many at once, each another section: all are kept.
    let etag = get(&one, &draft.name).await.unwrap().etag;
    let writers = (1..=11).map(|kind| {
        let (one, name, etag) = (one.clone(), draft.name.clone(), etag.clone());
        let sections = vec![pb::Section { kind, body: format!("Section {kind}") }];
        let request = update(&name, &["sections"], pb::Content { sections, ..Default::default() });
        tokio::spawn(async move { changed(&one, pb::UpdateDraftRequest { etag, ..request }).await.unwrap() })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let sections = get(&one, &draft.name).await.unwrap().content.unwrap().sections;
    assert!((1..=11).eq(sections.iter().map(|section| section.kind)), "{sections:?}");
    assert!(sections.iter().all(|section| section.body == format!("Section {}", section.kind)));
}

async fn contacts_are_looked_up(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let left = world.at("RGT", Role::Member).await;
    let end = directory::DeactivatePersonRequest { person: left.id.to_string(), request_id: String::new() };
    world.programme().await.people().deactivate_person(end).await.unwrap();
    let contact = |person: &str, organisation: &str| pb::Contact {
        person: person.to_owned(),
        organisation: organisation.to_owned(),
        willing: pb::Willing::Call.into(),
        ..Default::default()
    };
    let unknown = "people/01651234-5678-7abc-8def-0123456789ab";
    let contacts = vec![
        contact(&lead.id.to_string(), "organisations/RGT"),
        contact(&left.id.to_string(), ""),
        contact(unknown, "organisations/ZZZ"),
    ];
    let content = pb::Content { contacts, ..on_a_page("Whom to ask about it", "x") };
    let faults = [
        "content.contacts[1].person: is nobody who has an account",
        "content.contacts[2].person: is nobody who has an account",
        "content.contacts[2].organisation: is not registered",
    ];
    let refused = drafted(&lead, create("RGT", pb::Visibility::Public, content.clone())).await.unwrap_err();
    assert_eq!(refusal(&refused), invalid(&faults));
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, on_a_page("Whom to ask about it", "x"))).await;
    let refused = changed(&lead, update(&draft.unwrap().name, &["contacts"], content)).await.unwrap_err();
    assert_eq!(refusal(&refused), invalid(&faults));
}

/// What a check finds: severity, field and problem of each.
async fn findings(author: &Actor, name: &str) -> Vec<String> {
    let request = pb::CheckDraftRequest { name: name.to_owned() };
    let answer = author.blueprints().check_draft(request).await.unwrap().into_inner();
    assert!(answer.findings.iter().all(|found| !found.remedy.is_empty()));
    let told = |found: pb::Finding| {
        let must = if found.severity() == pb::Severity::Must { "must" } else { "should" };
        format!("{must} {} {}", found.field, found.problem)
    };
    answer.findings.into_iter().map(told).collect()
}

async fn a_check_tells_what_is_weak(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let other = world.at("RJ1", Role::Lead).await;
    released(&other, "RJ1", pb::Visibility::Public, on_a_page("An initiative to scan everything", "x")).await;
    let hidden = on_a_page("A title that nobody else sees", "x");
    released(&other, "RJ1", pb::Visibility::Organisation, hidden.clone()).await;
    let leaver = world.at("RGT", Role::Member).await;
    let content = pb::Content {
        title: "An initiative to scan everything".to_owned(),
        summary: "s".repeat(251),
        level: pb::BlueprintLevel::Full.into(),
        questions: vec!["How many scanners does a ward need".to_owned()],
        benefits: vec![pb::Benefit { measured_by: String::new(), ..measured("", "Doses scanned", "", "62") }],
        contacts: vec![pb::Contact {
            person: leaver.id.to_string(),
            willing: pb::Willing::No.into(),
            ..Default::default()
        }],
        sections: vec![section(pb::SectionKind::Approach, &"word ".repeat(1_300))],
        ..Default::default()
    };
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, content)).await.unwrap();
    let end = directory::DeactivatePersonRequest { person: leaver.id.to_string(), request_id: String::new() };
    world.programme().await.people().deactivate_person(end).await.unwrap();
    let expected = [
        "must content.kind is missing",
        "must content.care_settings needs at least one",
        "must content.project_types needs at least one",
        "must content.sections a full blueprint needs CONTEXT",
        "must content.sections a full blueprint needs WHAT_WENT_WRONG",
        "should content.title begins with \"an initiative to\"",
        "should content.title is the title of another blueprint, too",
        "should content.summary is longer than 250 characters",
        "should content.questions[0] \"How many scanners does a ward need\" is no question",
        "should content.cost there is none",
        "should content.months_to_deliver is missing",
        "should content.benefits[0] has a result and no baseline",
        "should content.benefits[0] nobody says who measured it",
        "should content.contacts nobody is willing to talk",
        "should content.contacts[0] has left",
        "should content.eprs there are none",
        "should content.sections.approach is longer than 6000 characters (6499)",
    ];
    assert_eq!(findings(&lead, &draft.name).await, expected);
    // A draft that says little is told what readers will miss; a title that only others see is nobody's business here.
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, hidden)).await.unwrap();
    let expected = [
        "should content.questions there are none",
        "should content.cost there is none",
        "should content.months_to_deliver is missing",
        "should content.benefits no measure is named",
        "should content.contacts there are none",
        "should content.eprs there are none",
        "should content.sections.what_went_wrong is missing",
    ];
    assert_eq!(findings(&lead, &draft.name).await, expected);
    let outsider = other.blueprints().check_draft(pb::CheckDraftRequest { name: draft.name }).await.unwrap_err();
    assert_eq!(refusal(&outsider), "NotFound BLUEPRINT_NOT_FOUND");
}

async fn revisions_never_change(database: Database) {
    use pb::SectionKind::{Approach, Contacts, Context, WhatWentWrong};
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let titled = pb::Content { title: "Sepsis alerts at the bedside".to_owned(), ..Default::default() };
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, titled.clone())).await.unwrap();
    let name = draft.name.clone();
    let note = |note: &str| pb::PublishBlueprintRequest { change_note: note.to_owned(), ..publish(&name) };

    let incomplete = |faults: &[&str]| {
        invalid(faults).replace("InvalidArgument INVALID_REQUEST", "FailedPrecondition DRAFT_INCOMPLETE")
    };
    let faults = [
        "content.summary: is missing",
        "content.level: is missing",
        "content.kind: is missing",
        "content.care_settings: needs at least one",
        "content.project_types: needs at least one",
        "content.sections: needs at least one",
    ];
    assert_eq!(refusal(&issued(&lead, note("")).await.unwrap_err()), incomplete(&faults));
    let full = pb::Content {
        level: pb::BlueprintLevel::Full.into(),
        sections: vec![section(Context, "A large trust"), section(Contacts, "The matron")],
        ..on_a_page(&titled.title, "")
    };
    let paths = ["summary", "level", "kind", "care_settings", "project_types", "sections"];
    changed(&lead, update(&name, &paths, full)).await.unwrap();
    let faults = ["APPROACH", "WHAT_WENT_WRONG"].map(|kind| format!("content.sections: a full blueprint needs {kind}"));
    assert_eq!(refusal(&issued(&lead, note("")).await.unwrap_err()), incomplete(&[&faults[0], &faults[1]]));
    let rest = vec![section(Approach, "Ward by ward"), section(WhatWentWrong, "Too many alarms")];
    let whole = changed(&lead, update(&name, &["sections"], pb::Content { sections: rest, ..Default::default() }));
    let whole = whole.await.unwrap();
    assert_eq!((whole.revision, whole.latest_revision, whole.publish_time), (0, 0, None));
    let stale = pb::PublishBlueprintRequest { etag: draft.etag, ..note("") };
    assert_eq!(refusal(&issued(&lead, stale).await.unwrap_err()), "Aborted ETAG_STALE");

    world.clock.advance(Duration::from_mins(1));
    let request = pb::PublishBlueprintRequest {
        etag: whole.etag.clone(),
        request_id: "once-1".to_owned(),
        ..note(" The first release ")
    };
    let answer = lead.blueprints().publish_blueprint(request.clone()).await.unwrap().into_inner();
    let first = answer.blueprint.clone().unwrap();
    let expected = pb::Blueprint {
        revision: 1,
        latest_revision: 1,
        publish_time: Some(world.clock.now().into()),
        change_note: "The first release".to_owned(),
        ..whole
    };
    assert_eq!(first, expected);
    assert_eq!(refusal(&issued(&lead, note("")).await.unwrap_err()), "FailedPrecondition DRAFT_UNCHANGED");

    // The draft goes on; what was released stays as it was, but for the number of the newest.
    world.clock.advance(Duration::from_mins(1));
    let louder = pb::Content { sections: vec![section(WhatWentWrong, "Still too many")], ..Default::default() };
    let louder = changed(&lead, update(&name, &["sections"], louder)).await.unwrap();
    let told = pb::Blueprint { etag: String::new(), ..first.clone() };
    assert_eq!(get(&anyone, &name).await.unwrap(), told);
    let second = issued(&lead, note("Fewer alarms")).await.unwrap();
    assert_eq!((second.revision, second.latest_revision, second.change_note.as_str()), (2, 2, "Fewer alarms"));
    assert_eq!((second.publish_time, &second.content), (Some(world.clock.now().into()), &louder.content));
    let seen =
        |blueprint: &pb::Blueprint| pb::Blueprint { etag: String::new(), latest_revision: 2, ..blueprint.clone() };
    for (place, expected) in [("", &second), ("/revisions/1", &first), ("/revisions/2", &second)] {
        assert_eq!(get(&anyone, &format!("{name}{place}")).await.unwrap(), seen(expected), "{place}");
    }
    let draft = get(&lead, &format!("{name}/draft")).await.unwrap();
    assert_eq!(draft, pb::Blueprint { revision: 0, latest_revision: 2, ..louder });
    assert_eq!(lead.blueprints().publish_blueprint(request).await.unwrap().into_inner(), answer);
    assert_eq!(get(&anyone, &name).await.unwrap().revision, 2, "the first request again releases nothing");
}

async fn names_are_read_strictly(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let answer = released(&lead, "RGT", pb::Visibility::Public, on_a_page("A public blueprint", "x")).await;
    let name = answer.blueprint.unwrap().name;
    for absent in ["0", "2", "2147483648", "4294967295"] {
        let refused = get(&anyone, &format!("{name}/revisions/{absent}")).await.unwrap_err();
        assert_eq!(refusal(&refused), "NotFound REVISION_NOT_FOUND", "{absent}");
    }
    let unknown = "blueprints/01651234-5678-7abc-8def-0123456789ab";
    for place in ["", "/draft", "/revisions/1", "/revisions/0"] {
        let refused = get(&lead, &format!("{unknown}{place}")).await.unwrap_err();
        assert_eq!(refusal(&refused), "NotFound BLUEPRINT_NOT_FOUND", "{place}");
    }
    let id = name.strip_prefix("blueprints/").unwrap();
    let fault = "name: must look like blueprints/{id}, blueprints/{id}/draft or blueprints/{id}/revisions/{number}";
    for malformed in [
        String::new(),
        "blueprints".to_owned(),
        "blueprints/".to_owned(),
        "blueprints/1".to_owned(),
        id.to_owned(),
        format!("pairings/{id}"),
        format!("blueprints/{}", id.to_uppercase()),
        format!("blueprints/{{{id}}}"),
        format!("{name}/"),
        format!("{name}/drafts"),
        format!("{name}/draft/"),
        format!("{name}/revisions"),
        format!("{name}/revisions/"),
        format!("{name}/revisions/-1"),
        format!("{name}/revisions/1.0"),
        format!("{name}/revisions/1/draft"),
        format!("{name}/revisions/4294967296"),
        format!("pairings/{id}/revisions/1"),
        format!("blueprintz/{id}/draft"),
        format!("ä/{id}/revisions/1"),
        "x/y/revisions/1".to_owned(),
        "x/y/draft".to_owned(),
        format!("{name}/revisions/+1"),
        format!("{name}/revisions/01"),
    ] {
        let refused = get(&lead, &malformed).await.map_err(|status| refusal(&status));
        assert_eq!(refused, Err(invalid(&[fault])), "{malformed:?}");
    }
}

async fn roles_decide(database: Database) {
    const DENIED: &str = "PermissionDenied ROLE_MISSING";
    const HIDDEN: &str = "NotFound BLUEPRINT_NOT_FOUND";
    const STRANGER: &str = "Unauthenticated NOT_SIGNED_IN";
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let hidden = drafted(&lead, create("RGT", pb::Visibility::Public, on_a_page("A hidden draft", "x"))).await.unwrap();
    let public = released(&lead, "RGT", pb::Visibility::Public, on_a_page("A public blueprint", "x")).await;
    let public = public.blueprint.unwrap();
    // What creating, changing and releasing come to: of one's own, and of what everybody can see.
    for (caller, [creates, changes, issues], [sees_changes, sees_issues]) in [
        (world.at("RGT", Role::Member).await, [DENIED; 3], [DENIED; 2]),
        (world.at("RGT", Role::Approver).await, [DENIED; 3], [DENIED; 2]),
        (world.at("RGT", Role::Admin).await, [DENIED; 3], [DENIED; 2]),
        (world.at("RGT", Role::Contributor).await, ["", "", DENIED], ["", DENIED]),
        (world.at("RJ1", Role::Lead).await, [DENIED, HIDDEN, HIDDEN], [DENIED; 2]),
        (world.programme().await, [DENIED, HIDDEN, HIDDEN], [DENIED; 2]),
        (world.anonymous().await, [STRANGER, HIDDEN, HIDDEN], [STRANGER; 2]),
        (lead, ["", "", ""], ["", ""]),
    ] {
        let outcome =
            |answer: Result<pb::Blueprint, Status>| answer.err().map(|status| refusal(&status)).unwrap_or_default();
        let new = create("RGT", pb::Visibility::Public, on_a_page("A new blueprint", "x"));
        assert_eq!(outcome(drafted(&caller, new).await), creates);
        let product = pb::Content { summary: caller.id.to_string(), ..Default::default() };
        for (blueprint, changes, issues) in [(&hidden, changes, issues), (&public, sees_changes, sees_issues)] {
            let request = update(&blueprint.name, &["summary"], product.clone());
            assert_eq!(outcome(changed(&caller, request).await), changes);
            assert_eq!(outcome(issued(&caller, publish(&blueprint.name)).await), issues);
        }
    }
    // A closed organisation begins nothing new.
    let csv = "code,name,opened,closed\nRE9,South Tyneside,2005-01-01,2018-08-01\n".into();
    let import = directory::ImportOrganisationsRequest { csv, ..Default::default() };
    world.programme().await.organisations().import_organisations(import).await.unwrap();
    let author = world.at("RE9", Role::Contributor).await;
    let refused = drafted(&author, create("RE9", pb::Visibility::Public, on_a_page("A new blueprint", "x"))).await;
    assert_eq!(refusal(&refused.unwrap_err()), "FailedPrecondition ORGANISATION_CLOSED");
}

/// Every word of every refusal, without the name that was asked for.
async fn every_word(caller: &Actor, name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for place in ["", "/draft", "/revisions/1", "/revisions/7"] {
        words.push(get(caller, &format!("{name}{place}")).await);
    }
    words.push(changed(caller, update(name, &["title"], on_a_page("Another title", ""))).await);
    words.push(issued(caller, publish(name)).await);
    let stale = pb::PublishBlueprintRequest { etag: "v9".to_owned(), ..publish(name) };
    words.push(issued(caller, stale).await);
    let said = |answer: Result<pb::Blueprint, Status>| {
        let status = answer.unwrap_err();
        format!("{} {}", refusal(&status), status.message()).replace(name, "it")
    };
    words.into_iter().map(said).collect()
}

async fn a_draft_is_hidden_like_an_unknown_id(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, on_a_page("A secret draft", "x"))).await.unwrap();
    let unknown = "blueprints/01651234-5678-7abc-8def-0123456789ab".to_owned();
    for outsider in [world.at("RJ1", Role::Lead).await, world.programme().await, world.anonymous().await] {
        let words = every_word(&outsider, &draft.name).await;
        assert_eq!(words, vec!["NotFound BLUEPRINT_NOT_FOUND there is no it"; 7]);
        assert_eq!(words, every_word(&outsider, &unknown).await);
        for filter in ["", "state = DRAFT", "organisation = RGT AND state = DRAFT"] {
            assert_eq!(list(&outsider, filter, 0, "").await.unwrap(), (Vec::new(), String::new()));
        }
    }
    // Once it is released, others read the revision; its draft and etag are still nobody else's.
    issued(&lead, publish(&draft.name)).await.unwrap();
    let secret = pb::Content { summary: "A secret change".to_owned(), ..Default::default() };
    changed(&lead, update(&draft.name, &["summary"], secret)).await.unwrap();
    for outsider in [world.at("RJ1", Role::Lead).await, world.programme().await, world.anonymous().await] {
        let read = get(&outsider, &draft.name).await.unwrap();
        assert_eq!((read.etag.as_str(), read.content), ("", draft.content.clone()));
        let refused = get(&outsider, &format!("{}/draft", draft.name)).await.unwrap_err();
        assert_eq!(refusal(&refused), "NotFound BLUEPRINT_NOT_FOUND");
        let page =
            outsider.blueprints().list_blueprints(pb::ListBlueprintsRequest::default()).await.unwrap().into_inner();
        assert_eq!((page.blueprints.len(), page.blueprints[0].etag.as_str()), (1, ""));
    }
}

async fn visibility_holds_in_get_and_list(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let mut written = Vec::new();
    for (title, visibility) in [
        ("For the public", pb::Visibility::Public),
        ("For the network", pb::Visibility::Network),
        ("For ourselves", pb::Visibility::Organisation),
    ] {
        world.clock.advance(Duration::from_secs(1));
        written.push((title, released(&lead, "RGT", visibility, on_a_page(title, "x")).await.blueprint.unwrap()));
    }
    for (reader, sees) in [
        (world.anonymous().await, 1),
        (world.at("RJ1", Role::Lead).await, 2),
        (world.programme().await, 2),
        (world.at("RGT", Role::Member).await, 3),
        (world.at("RGT", Role::Admin).await, 3),
    ] {
        let mut expected = Vec::new();
        for (i, (title, blueprint)) in written.iter().enumerate() {
            for place in ["", "/revisions/1"] {
                let read = get(&reader, &format!("{}{place}", blueprint.name)).await;
                let read = read.map(|read| read.content.unwrap().title).map_err(|status| refusal(&status));
                let hidden = Err("NotFound BLUEPRINT_NOT_FOUND".to_owned());
                assert_eq!(read, if i < sees { Ok((*title).to_owned()) } else { hidden });
            }
            if i < sees {
                expected.insert(0, (*title).to_owned());
            }
        }
        assert_eq!(list(&reader, "", 0, "").await.unwrap(), (expected.clone(), String::new()));
        // Pages of one hold one each: nothing is counted that is not shown.
        assert_eq!(one_by_one(&reader, "organisation = RGT").await, expected);
    }
}

/// What the lists are of; the first two are released at one instant, the other two at another.
async fn listed(world: &World) -> (Actor, Actor) {
    world.organisations(&["RGT", "RJ1"]).await;
    let (ours, theirs) = (world.at("RGT", Role::Lead).await, world.at("RJ1", Role::Lead).await);
    let attempt = pb::Content {
        kind: pb::BlueprintKind::Attempt.into(),
        care_settings: vec!["Community".to_owned(), "Acute".to_owned()],
        ..on_a_page("The second of all", "x")
    };
    let full = pb::Content {
        level: pb::BlueprintLevel::Full.into(),
        project_types: vec!["Virtual Wards".to_owned()],
        sections: [2, 4, 8, 11].map(|kind| pb::Section { kind, body: "x".to_owned() }).to_vec(),
        ..on_a_page("The third of all", "x")
    };
    for (lead, code, content) in [
        (&ours, "RGT", on_a_page("The first of all", "x")),
        (&theirs, "RJ1", attempt),
        (&ours, "RGT", full),
        (&theirs, "RJ1", on_a_page("The fourth of all", "x")),
    ] {
        released(lead, code, pb::Visibility::Public, content).await;
        world.clock.advance(Duration::from_secs(u64::from(code == "RJ1")));
    }
    for title in ["A draft of ours", "Another draft of ours"] {
        world.clock.advance(Duration::from_secs(1));
        drafted(&ours, create("RGT", pb::Visibility::Public, on_a_page(title, "x"))).await.unwrap();
    }
    (ours, theirs)
}

async fn lists_page_and_filter(database: Database) {
    let world = World::new(database).await;
    let (ours, theirs) = listed(&world).await;
    let anyone = world.anonymous().await;
    let words =
        |titles: Vec<String>| titles.iter().filter_map(|title| title.split(' ').nth(1)).collect::<Vec<_>>().join(" ");
    for (filter, expected) in [
        ("organisation = RGT", "third first"),
        ("organisation = \"organisations/RJ1\"", "fourth second"),
        ("care_setting = community", "second"),
        ("care_setting = Maternity", ""),
        ("project_type = \"virtual wards\"", "third"),
        ("level = FULL", "third"),
        ("kind = ATTEMPT AND care_setting = Acute", "second"),
        ("kind = ATTEMPT AND organisation = RGT", ""),
        ("state = PUBLISHED AND level = FULL AND kind = SUCCESS AND organisation = RGT", "third"),
        ("state = DRAFT", ""),
    ] {
        assert_eq!(words(list(&anyone, filter, 0, "").await.unwrap().0), expected, "{filter}");
        assert_eq!(words(one_by_one(&anyone, filter).await), expected, "{filter}");
    }
    let all = one_by_one(&anyone, "").await;
    assert_eq!(all, list(&anyone, "", 0, "").await.unwrap().0, "those of one instant are in one order, too");
    let pair = |titles: &[String]| titles.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(pair(&all[..2]), pair(&["The third of all".to_owned(), "The fourth of all".to_owned()]));
    assert_eq!(pair(&all[2..]), pair(&["The first of all".to_owned(), "The second of all".to_owned()]));
    let drafts = ["Another draft of ours", "A draft of ours"];
    assert_eq!(one_by_one(&ours, "state = DRAFT").await, drafts);
    assert_eq!(list(&ours, "state = DRAFT AND care_setting = Acute", 0, "").await.unwrap().0, drafts);
    assert_eq!(list(&theirs, "state = DRAFT", 0, "").await.unwrap().0, [] as [&str; 0]);

    // A new revision makes it the newest, and what the revision before said is no longer asked.
    let request = pb::ListBlueprintsRequest { filter: "care_setting = Community".to_owned(), ..Default::default() };
    let second = theirs.blueprints().list_blueprints(request).await.unwrap().into_inner().blueprints.remove(0);
    assert_eq!(second.content.as_ref().unwrap().sections, []);
    changed(&theirs, update(&second.name, &["care_settings"], on_a_page("", ""))).await.unwrap();
    assert_eq!(words(list(&anyone, "care_setting = Community", 0, "").await.unwrap().0), "second");
    issued(&theirs, publish(&second.name)).await.unwrap();
    assert_eq!(list(&anyone, "care_setting = Community", 0, "").await.unwrap().0, [] as [&str; 0]);
    assert_eq!(list(&anyone, "", 1, "").await.unwrap().0, ["The second of all"]);

    let (_, token) = list(&anyone, "organisation = RGT", 1, "").await.unwrap();
    let token_fault = "page_token: is not a token of this query; start again without one";
    for (filter, size, token, faults) in [
        ("organisation = RJ1", 1, token.as_str(), &[token_fault][..]),
        ("", 1, &token, &[token_fault]),
        (
            "level = BIG AND state = GONE",
            -1,
            "rubbish",
            &[
                "filter: level cannot be \"BIG\"",
                "filter: state cannot be \"GONE\"",
                "page_size: must not be negative",
                token_fault,
            ],
        ),
        ("kind = success", 0, "", &["filter: kind cannot be \"success\""]),
        ("organisation = RGT AND kind = ATTEMPT AND organisation = RJ1", 0, "", &["filter: has organisation twice"]),
        (
            "organisation = x AND care_setting = Hospital AND project_type = Steam",
            0,
            "",
            &[
                "filter: organisation cannot be \"x\"",
                "filter: care_setting cannot be \"Hospital\"",
                "filter: project_type cannot be \"Steam\"",
            ],
        ),
        (
            "title = x",
            0,
            "",
            &["filter: expects one of organisation, care_setting, project_type, level, kind, state at character 1"],
        ),
    ] {
        assert_eq!(refusal(&list(&anyone, filter, size, token).await.unwrap_err()), invalid(faults));
    }
}

async fn at_once_they_leave_no_gap(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let content = on_a_page("One of many writers", "x");
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, content)).await.unwrap();
    const REGIONS: [&str; 8] =
        ["London", "Midlands", "North West", "South East", "South West", "Wales", "Scotland", "Northern Ireland"];
    let storm = |changes: bool| {
        let calls = (0..8).map(|i| {
            let (lead, name) = (lead.clone(), draft.name.clone());
            tokio::spawn(async move {
                let product = pb::Content { region: REGIONS[i].to_owned(), ..Default::default() };
                if changes {
                    changed(&lead, update(&name, &["region"], product)).await.unwrap();
                }
                issued(&lead, publish(&name)).await.map(|issued| issued.revision).map_err(|status| refusal(&status))
            })
        });
        calls.collect::<Vec<_>>()
    };
    // The same draft at once: one releases it, the others are told so.
    let mut outcomes = Vec::new();
    for call in storm(false) {
        outcomes.push(call.await.unwrap());
    }
    outcomes.sort();
    let unchanged = Err("FailedPrecondition DRAFT_UNCHANGED".to_owned());
    assert_eq!(outcomes, [vec![Ok(1)], vec![unchanged.clone(); 7]].concat());
    // Everybody changes it and releases what is there: whatever came between, numbers follow each other.
    let mut revisions = BTreeSet::new();
    for call in storm(true) {
        match call.await.unwrap() {
            Ok(revision) => assert!(revisions.insert(revision), "{revision} was given twice"),
            other => assert_eq!(other, unchanged),
        }
    }
    let latest = get(&lead, &draft.name).await.unwrap().revision;
    assert_eq!(revisions, (2..=latest).collect());
    for revision in 1..=latest {
        assert_eq!(get(&lead, &format!("{}/revisions/{revision}", draft.name)).await.unwrap().revision, revision);
    }
    // One request eight times at once is one draft.
    let request = pb::CreateBlueprintRequest {
        request_id: "once-1".to_owned(),
        ..create("RGT", pb::Visibility::Public, on_a_page("Sent eight times", "x"))
    };
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (lead, request) = (lead.clone(), request.clone());
            tokio::spawn(async move { drafted(&lead, request).await.unwrap() })
        })
        .collect();
    let mut names = BTreeSet::new();
    for call in sent {
        names.insert(call.await.unwrap().name);
    }
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(list(&lead, "state = DRAFT", 0, "").await.unwrap().0, ["Sent eight times"]);
}

async fn every_change_is_in_the_journal(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, author) = (world.at("RGT", Role::Lead).await, world.at("RGT", Role::Contributor).await);
    let before = journal::head(world.services.db.read()).await.unwrap();
    let request = pb::CreateBlueprintRequest {
        request_id: "once-1".to_owned(),
        ..create("RGT", pb::Visibility::Public, on_a_page("A blueprint that is told of", "x"))
    };
    let created = author.blueprints().create_blueprint(request.clone()).await.unwrap().into_inner();
    let name = created.blueprint.unwrap().name;
    let updated = author.blueprints().update_draft(update(&name, &["summary"], on_a_page("", ""))).await.unwrap();
    // Nothing of this is a change: a repetition, refusals, reading.
    author.blueprints().create_blueprint(request).await.unwrap();
    issued(&author, publish(&name)).await.unwrap_err();
    changed(&author, update(&name, &["title"], pb::Content::default())).await.unwrap_err();
    get(&author, &name).await.unwrap();
    world.clock.advance(Duration::from_secs(5));
    let published = lead.blueprints().publish_blueprint(publish(&name)).await.unwrap().into_inner();
    issued(&lead, publish(&name)).await.unwrap_err();

    let entries = journal::read(world.services.db.read(), before, 10).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry.sequence, entry.actor.clone(), entry.verb.as_str())).collect();
    let author = author.id.to_string();
    let expected = [
        (created.sequence, author.clone(), "blueprints.blueprint.create"),
        (updated.into_inner().sequence, author, "blueprints.blueprint.update_draft"),
        (published.sequence, lead.id.to_string(), "blueprints.blueprint.publish"),
    ];
    assert_eq!(told, expected);
    for entry in &entries {
        assert_eq!((entry.resource.as_str(), entry.on_behalf.as_deref()), (name.as_str(), Some("organisations/RGT")));
    }
    assert_eq!(entries[2].at, world.clock.now());
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, journal::Verdict::Whole { head: published.sequence });
}
