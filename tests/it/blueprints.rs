//! Blueprints: drafts, revisions, who may see them, lists.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod drafts;

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
    suite.each("blueprints::everything_wrong_is_said_at_once", drafts::everything_wrong_is_said_at_once);
    suite.each("blueprints::drafts_change_by_mask", drafts::drafts_change_by_mask);
    suite.each("blueprints::only_the_same_part_collides", drafts::only_the_same_part_collides);
    suite.each("blueprints::contacts_are_looked_up", drafts::contacts_are_looked_up);
    suite.each("blueprints::a_check_tells_what_is_weak", drafts::a_check_tells_what_is_weak);
    suite.each("blueprints::revisions_never_change", revisions_never_change);
    suite.each("blueprints::names_are_read_strictly", names_are_read_strictly);
    suite.each("blueprints::roles_decide", roles_decide);
    suite.each("blueprints::a_draft_is_hidden_like_an_unknown_id", a_draft_is_hidden_like_an_unknown_id);
    suite.each("blueprints::visibility_holds_in_get_and_list", visibility_holds_in_get_and_list);
    suite.each("blueprints::lists_page_and_filter", lists_page_and_filter);
    suite.each("blueprints::pages_and_cards_cost_the_same_however_many", pages_and_cards_cost_the_same_however_many);
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
    lead.publish(publish(&draft.name)).await.unwrap().into_inner()
}

async fn drafted(author: &Actor, request: pb::CreateBlueprintRequest) -> Result<pb::Blueprint, Status> {
    Ok(author.blueprints().create_blueprint(request).await?.into_inner().blueprint.unwrap())
}

async fn changed(author: &Actor, request: pb::UpdateDraftRequest) -> Result<pb::Blueprint, Status> {
    Ok(author.blueprints().update_draft(request).await?.into_inner().blueprint.unwrap())
}

async fn issued(lead: &Actor, request: pb::PublishBlueprintRequest) -> Result<pb::Blueprint, Status> {
    Ok(lead.publish(request).await?.into_inner().blueprint.unwrap())
}

/// Publishes alone, without a review of its own.
async fn alone(lead: &Actor, request: pb::PublishBlueprintRequest) -> Result<pb::Blueprint, Status> {
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
        eprs: vec![epr("cerner", "Millennium", &["2017", "2018"]), epr("", "sunrise", &[])],
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

async fn revisions_never_change(database: Database) {
    use pb::SectionKind::{Approach, Contacts, Context, WhatWentWrong};
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let titled = pb::Content { title: "Sepsis alerts at the bedside".to_owned(), ..Default::default() };
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, titled.clone())).await.unwrap();
    let name = draft.name.clone();
    let noted = async |request: pb::PublishBlueprintRequest, note: &str| {
        Ok::<_, Status>(lead.publish_with_note(request, note).await?.into_inner())
    };

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
    assert_eq!(refusal(&issued(&lead, publish(&name)).await.unwrap_err()), incomplete(&faults));
    let full = pb::Content {
        level: pb::BlueprintLevel::Full.into(),
        sections: vec![section(Context, "A large trust"), section(Contacts, "The matron")],
        ..on_a_page(&titled.title, "")
    };
    let paths = ["summary", "level", "kind", "care_settings", "project_types", "sections"];
    changed(&lead, update(&name, &paths, full)).await.unwrap();
    let faults = ["APPROACH", "WHAT_WENT_WRONG"].map(|kind| format!("content.sections: a full blueprint needs {kind}"));
    assert_eq!(refusal(&issued(&lead, publish(&name)).await.unwrap_err()), incomplete(&[&faults[0], &faults[1]]));
    let rest = vec![section(Approach, "Ward by ward"), section(WhatWentWrong, "Too many alarms")];
    let whole = changed(&lead, update(&name, &["sections"], pb::Content { sections: rest, ..Default::default() }));
    let whole = whole.await.unwrap();
    assert_eq!((whole.revision, whole.latest_revision, whole.publish_time), (0, 0, None));
    let stale = pb::PublishBlueprintRequest { etag: draft.etag, ..publish(&name) };
    assert_eq!(refusal(&issued(&lead, stale).await.unwrap_err()), "Aborted ETAG_STALE");

    world.clock.advance(Duration::from_mins(1));
    let request =
        pb::PublishBlueprintRequest { etag: whole.etag.clone(), request_id: "once-1".to_owned(), ..publish(&name) };
    let answer = noted(request.clone(), " The first release ").await.unwrap();
    let first = answer.blueprint.clone().unwrap();
    let expected = pb::Blueprint {
        revision: 1,
        latest_revision: 1,
        publish_time: Some(world.clock.now().into()),
        change_note: "The first release".to_owned(),
        review_due_time: Some(world.clock.now().plus(Duration::from_hours(24 * 30 * 24)).into()),
        ..whole
    };
    assert_eq!(first, expected);
    assert_eq!(refusal(&issued(&lead, publish(&name)).await.unwrap_err()), "FailedPrecondition DRAFT_UNCHANGED");

    // The draft goes on; what was released stays as it was, but for the number of the newest.
    world.clock.advance(Duration::from_mins(1));
    let louder = pb::Content { sections: vec![section(WhatWentWrong, "Still too many")], ..Default::default() };
    let louder = changed(&lead, update(&name, &["sections"], louder)).await.unwrap();
    let told = pb::Blueprint { etag: String::new(), ..first.clone() };
    assert_eq!(get(&anyone, &name).await.unwrap(), told);
    let second = noted(publish(&name), "Fewer alarms").await.unwrap().blueprint.unwrap();
    assert_eq!((second.revision, second.latest_revision, second.change_note.as_str()), (2, 2, "Fewer alarms"));
    assert_eq!((second.publish_time, &second.content), (Some(world.clock.now().into()), &louder.content));
    let seen = |blueprint: &pb::Blueprint| pb::Blueprint {
        etag: String::new(),
        latest_revision: 2,
        review_due_time: second.review_due_time,
        ..blueprint.clone()
    };
    for (place, expected) in [("", &second), ("/revisions/1", &first), ("/revisions/2", &second)] {
        assert_eq!(get(&anyone, &format!("{name}{place}")).await.unwrap(), seen(expected), "{place}");
    }
    let draft = get(&lead, &format!("{name}/draft")).await.unwrap();
    assert_eq!(draft, pb::Blueprint { latest_revision: 2, review_due_time: second.review_due_time, ..louder });
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
    const UNASSURED: &str = "FailedPrecondition NOT_ASSURED";
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
        (lead, ["", "", UNASSURED], ["", UNASSURED]),
    ] {
        let outcome =
            |answer: Result<pb::Blueprint, Status>| answer.err().map(|status| refusal(&status)).unwrap_or_default();
        let new = create("RGT", pb::Visibility::Public, on_a_page("A new blueprint", "x"));
        assert_eq!(outcome(drafted(&caller, new).await), creates);
        let product = pb::Content { summary: caller.id.to_string(), ..Default::default() };
        for (blueprint, changes, issues) in [(&hidden, changes, issues), (&public, sees_changes, sees_issues)] {
            let request = update(&blueprint.name, &["summary"], product.clone());
            assert_eq!(outcome(changed(&caller, request).await), changes);
            assert_eq!(outcome(alone(&caller, publish(&blueprint.name)).await), issues);
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
    words.push(alone(caller, publish(name)).await);
    let stale = pb::PublishBlueprintRequest { etag: "v9".to_owned(), ..publish(name) };
    words.push(alone(caller, stale).await);
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

/// The statements that a call reads with; what else goes on meanwhile only ever adds some.
pub(crate) async fn cost(world: &World, call: impl AsyncFn() -> usize) -> (usize, u64) {
    let (mut answered, mut least) = (0, u64::MAX);
    for _ in 0..10 {
        let before = world.services.db.reads();
        answered = call().await;
        least = least.min(world.services.db.reads() - before);
    }
    (answered, least)
}

async fn pages_and_cards_cost_the_same_however_many(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV", "RBL"]).await;
    let mut names = Vec::new();
    for number in 0..12 {
        let code = if number % 2 == 0 { "RGT" } else { "RRV" };
        let content = on_a_page(&format!("Blueprint number {number}"), "As above.");
        let lead = world.at(code, Role::Lead).await;
        names.push(released(&lead, code, pb::Visibility::Public, content).await.blueprint.unwrap().name);
    }
    let reader = world.at("RBL", Role::Lead).await;
    for name in &names {
        let adopt = crate::adoptions::adopting(name, "RBL", pb::AdoptionState::Live);
        crate::adoptions::adopt(&reader, adopt).await.unwrap();
    }
    let page = async |size: i32| {
        let listed = async || list(&reader, "", size, "").await.unwrap().0.len();
        cost(&world, listed).await
    };
    let ((few, least), (many, most)) = (page(2).await, page(12).await);
    assert_eq!((few, many), (2, 12));
    assert!(least > 0 && least == most, "a page of two reads with {least} statements, one of twelve with {most}");
    let cards = async |size: usize| {
        let request = pb::BatchGetDecisionCardsRequest { names: names[..size].to_vec() };
        let got = async || {
            let cards = reader.decisions().batch_get_decision_cards(request.clone()).await.unwrap();
            cards.into_inner().cards.len()
        };
        cost(&world, got).await
    };
    let ((few, least), (many, most)) = (cards(1).await, cards(12).await);
    assert_eq!((few, many), (1, 12));
    assert!(least > 0 && least == most, "one card reads with {least} statements, twelve with {most}");
}

async fn at_once_they_leave_no_gap(database: Database) {
    const REGIONS: [&str; 8] =
        ["London", "Midlands", "North West", "South East", "South West", "Wales", "Scotland", "Northern Ireland"];

    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let content = on_a_page("One of many writers", "x");
    let draft = drafted(&lead, create("RGT", pb::Visibility::Public, content)).await.unwrap();
    let storm = |changes: bool| {
        let calls = (0..8).map(|i| {
            let (lead, name) = (lead.clone(), draft.name.clone());
            tokio::spawn(async move {
                let product = pb::Content { region: REGIONS[i].to_owned(), ..Default::default() };
                if changes {
                    // Refused while a review is open.
                    let _ = changed(&lead, update(&name, &["region"], product)).await;
                }
                issued(&lead, publish(&name)).await.map(|issued| issued.revision).map_err(|status| refusal(&status))
            })
        });
        calls.collect::<Vec<_>>()
    };
    // The same draft at once: one takes it the whole way, the others meet its review, or find nothing new.
    let refused = |outcome: &Result<i32, String>| {
        let refusals = ["AlreadyExists REVIEW_OPEN", "FailedPrecondition DRAFT_UNCHANGED"];
        outcome.as_ref().is_err_and(|refusal| refusals.contains(&refusal.as_str()))
    };
    let mut outcomes = Vec::new();
    for call in storm(false) {
        outcomes.push(call.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(1)).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| refused(outcome)).count(), 7, "{outcomes:?}");
    // Everybody changes it and releases what is there: whatever came between, numbers follow each other.
    let mut revisions = BTreeSet::new();
    for call in storm(true) {
        match call.await.unwrap() {
            Ok(revision) => assert!(revisions.insert(revision), "{revision} was given twice"),
            other => assert!(refused(&other), "{other:?}"),
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
    alone(&author, publish(&name)).await.unwrap_err();
    changed(&author, update(&name, &["title"], pb::Content::default())).await.unwrap_err();
    get(&author, &name).await.unwrap();
    world.clock.advance(Duration::from_secs(5));
    let published = lead.publish(publish(&name)).await.unwrap().into_inner();
    issued(&lead, publish(&name)).await.unwrap_err();

    let entries = journal::read(world.services.db.read(), before, 20).await.unwrap();
    let entries: Vec<_> = entries.into_iter().filter(|entry| entry.verb.starts_with("blueprints.")).collect();
    let verbs: Vec<_> = entries.iter().map(|entry| entry.verb.as_str()).collect();
    let expected = [
        "blueprints.blueprint.create",
        "blueprints.blueprint.update_draft",
        "blueprints.review.submit",
        "blueprints.review.sign_off",
        "blueprints.review.assign",
        "blueprints.review.assure",
        "blueprints.blueprint.publish",
    ];
    assert_eq!(verbs, expected);
    let (author, lead) = (author.id.to_string(), lead.id.to_string());
    for (at, actor, sequence) in
        [(0, &author, created.sequence), (1, &author, updated.into_inner().sequence), (6, &lead, published.sequence)]
    {
        let entry = &entries[at];
        assert_eq!((&entry.actor, entry.sequence, entry.resource.as_str()), (actor, sequence, name.as_str()));
    }
    assert!(entries.iter().all(|entry| entry.on_behalf.as_deref() == Some("organisations/RGT")));
    assert_eq!(entries[6].at, world.clock.now());
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, journal::Verdict::Whole { head: published.sequence, erased: 0 });
}
