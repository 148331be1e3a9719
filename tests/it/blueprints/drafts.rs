//! Writing together, whom to ask, and what is weak.

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, World, refusal};

use super::{alone, changed, create, drafted, epr, get, invalid, measured, on_a_page, released, section, update};

pub(super) async fn only_the_same_part_collides(database: Database) {
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

pub(super) async fn contacts_are_looked_up(database: Database) {
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

pub(super) async fn a_check_tells_what_is_weak(database: Database) {
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

pub(super) async fn everything_wrong_is_said_at_once(database: Database) {
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

    let request =
        pb::PublishBlueprintRequest { name: "pairings/1".to_owned(), etag: "1".to_owned(), request_id: " ".to_owned() };
    let name = "name: must look like blueprints/{id}";
    let faults = [request_id, name, etag];
    assert_eq!(refusal(&alone(&lead, request).await.unwrap_err()), invalid(&faults));
    assert_eq!(get(&lead, &draft.name).await.unwrap(), draft, "nothing was changed by any of it");
}

pub(super) async fn drafts_change_by_mask(database: Database) {
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
