//! The inbox: who is told what by the rights of that moment, what settles it, how it is read, and that a kill loses
//! and doubles nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use exemplar_directory::{Roles, SetRoles};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{Chance, Clock, NetworkRole, OrganisationId, PersonId, Principal, Role, journal};
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::inbox::v1 as pb;
use exemplar_proto::network::v1 as network;
use exemplar_server::App;
use exemplar_tests::{Actor, Database, PASSWORD, World, new_database};

use crate::adoptions::{self, ADOPTER, AUTHOR};
use crate::blueprints::{publish, section, update};
use crate::pairings::told;
use crate::partnerships::{accept, activate, agree, draft, named, pair, propose, sign, until};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("inbox::proposals_wait_until_they_are_answered", proposals_wait_until_they_are_answered);
    suite.each("inbox::each_side_signs_for_itself", each_side_signs_for_itself);
    suite.each("inbox::the_silent_are_reminded_once", the_silent_are_reminded_once);
    suite.each("inbox::told_by_the_rights_of_the_day", told_by_the_rights_of_the_day);
    suite.each("inbox::authors_adopters_and_experts_hear", authors_adopters_and_experts_hear);
    suite.each("inbox::read_counted_put_away", read_counted_put_away);
    suite.each("inbox::kills_lose_and_double_nothing", kills_lose_and_double_nothing);
}

pub(crate) async fn items(by: &Actor, filter: &str) -> Vec<pb::Item> {
    let request = pb::ListItemsRequest { filter: filter.to_owned(), ..Default::default() };
    told(by.inbox().list_items(request).await).unwrap().items
}

/// Waits until so many items fit.
pub(crate) async fn wait_for(by: &Actor, filter: &str, count: usize) -> Vec<pb::Item> {
    until(async || Some(items(by, filter).await).filter(|items| items.len() == count)).await
}

fn of(kind: &str) -> String {
    format!("kind = {kind}")
}

async fn proposals_wait_until_they_are_answered(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP"]).await;
    world.designate("RQ6", network::DesignationKind::GlobalExemplar, 2).await;
    let (exemplar, colleague) = (world.at("RQ6", Role::Lead).await, world.at("RQ6", Role::Lead).await);
    let (follower, member) = (world.at("REP", Role::Lead).await, world.at("RQ6", Role::Member).await);
    let name = propose(&follower, "RQ6", "REP", "REP").await.unwrap().name;
    let waits = wait_for(&exemplar, "", 1).await.remove(0);
    let expected = pb::Item {
        name: waits.name.clone(),
        kind: "PAIRING_PROPOSAL".to_owned(),
        task: true,
        text: "Trust REP proposes a pairing to Trust RQ6.".to_owned(),
        subject: name.clone(),
        organisation: named("RQ6"),
        sequence: waits.sequence,
        event_time: waits.event_time,
        ..Default::default()
    };
    assert_eq!(waits, expected);
    assert_eq!(wait_for(&colleague, "", 1).await[0].text, expected.text);
    accept(&colleague, &name).await.unwrap();
    // It is settled for both, whoever answered; all leads hear of it save whoever did it.
    let news = "The pairing of Trust RQ6 and Trust REP was accepted.";
    for hears in [&exemplar, &follower] {
        assert_eq!(wait_for(hears, &of("PAIRING_NEWS"), 1).await[0].text, news);
    }
    let settled = items(&exemplar, &of("PAIRING_PROPOSAL")).await.remove(0);
    assert!(settled.settled && settled.done_time.is_some() && settled.read_time.is_none());
    assert!(items(&colleague, "").await[0].settled);
    assert_eq!(items(&colleague, &of("PAIRING_NEWS")).await, []);
    assert_eq!(items(&member, "").await, []);
}

async fn each_side_signs_for_itself(database: Database) {
    let pair = pair(database).await;
    let approver = pair.world.at("REP", Role::Approver).await;
    draft(&pair.exemplar, &pair.name, "RQ6", "We share.").await.unwrap();
    draft(&pair.exemplar, &pair.name, "RQ6", "We share more.").await.unwrap();
    let open = format!("{} AND done = false", of("AGREEMENT_TO_SIGN"));
    wait_for(&approver, &of("AGREEMENT_TO_SIGN"), 2).await;
    let waits = wait_for(&approver, &open, 1).await.remove(0);
    assert_eq!(
        waits.text,
        "Revision 2 of the agreement of Trust RQ6 and Trust REP waits for the signature of Trust REP."
    );
    assert_eq!(waits.organisation, named("REP"));
    sign(&pair.exemplar, &pair.name, "RQ6", 2).await.unwrap();
    let other = pair.world.at("RQ6", Role::Approver).await;
    sign(&pair.follower, &pair.name, "REP", 2).await.unwrap();
    wait_for(&approver, &open, 0).await;
    assert_eq!(items(&other, "").await, [], "whoever came later was not told");
    let begun = activate(&pair.exemplar, &pair.name).await.unwrap();
    let news = async || items(&pair.follower, &of("PAIRING_NEWS")).await;
    let heard = until(async || news().await.into_iter().find(|item| item.text.contains("begun"))).await;
    assert_eq!((heard.subject, heard.text.ends_with("begun.")), (begun.name, true), "{}", heard.text);
}

async fn the_silent_are_reminded_once(database: Database) {
    let pair = pair(database).await;
    agree(&pair).await;
    activate(&pair.exemplar, &pair.name).await.unwrap();
    let due = of("CHECK_IN_DUE");
    let done = format!("{due} AND done = true");
    let month = Duration::from_hours(31 * 24);
    pair.world.clock.advance(month);
    let (exemplar, follower) = (again(&pair.world, &pair.exemplar).await, again(&pair.world, &pair.follower).await);
    for (lead, text) in [
        (&exemplar, "Trust RQ6 has said nothing of its pairing with Trust REP for a month. How does it go?"),
        (&follower, "Trust REP has said nothing of its pairing with Trust RQ6 for a month. How does it go?"),
    ] {
        assert_eq!(wait_for(lead, &due, 1).await[0].text, text);
    }
    let said = network::CheckIn { organisation: named("REP"), note: "Two wards live.".into(), ..Default::default() };
    let request =
        network::RecordCheckInRequest { pairing: pair.name.clone(), check_in: Some(said), ..Default::default() };
    told(follower.milestones().record_check_in(request).await).unwrap();
    wait_for(&follower, &done, 1).await;
    assert_eq!(items(&exemplar, &done).await, [], "the other side is still silent");
    pair.world.clock.advance(month);
    let (exemplar, follower) = (again(&pair.world, &exemplar).await, again(&pair.world, &follower).await);
    wait_for(&follower, &due, 2).await;
    assert_eq!(items(&exemplar, &due).await.len(), 1, "once a silence");
}

/// The same person, signed in anew: a month ends every session.
async fn again(world: &World, actor: &Actor) -> Actor {
    let person = world.services.directory.people_by_id(&[actor.id]).await.unwrap().remove(0);
    Actor::sign_in(&world.address, &person.email, PASSWORD, actor.id).await.unwrap()
}

async fn told_by_the_rights_of_the_day(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    world.designate("RQ6", network::DesignationKind::GlobalExemplar, 3).await;
    let (stays, leaves) = (world.at("RQ6", Role::Lead).await, world.at("RQ6", Role::Lead).await);
    let (first, second) = (world.at("REP", Role::Lead).await, world.at("RBL", Role::Lead).await);
    propose(&first, "RQ6", "REP", "REP").await.unwrap();
    wait_for(&leaves, "", 1).await;
    let (organisation, roles) = (OrganisationId::from_code("RQ6").unwrap(), vec![Role::Member]);
    let set = SetRoles { person: leaves.id, organisation, roles, expected: Expected::Any };
    world.services.directory.set_roles(&Principal::system(), set, None).await.unwrap();
    propose(&second, "RQ6", "RBL", "RBL").await.unwrap();
    wait_for(&stays, "", 2).await;
    let token = leaves.signed_in_again(&world).await;
    assert_eq!(items(&token, "").await.len(), 1, "what was told stays, and nothing is added");
    let comes = world.at("RQ6", Role::Lead).await;
    assert_eq!(items(&comes, "").await, [], "who comes later is not told of what was");
}

async fn authors_adopters_and_experts_hear(database: Database) {
    let adoptions::Scene { world, author, adopter, blueprint } = adoptions::scene(database).await;
    let adopting = adoptions::adopting(&blueprint, ADOPTER, blueprints::AdoptionState::Live);
    let adoption = adoptions::adopt(&adopter, adopting).await.unwrap();
    let heard = wait_for(&author, &of("ADOPTED"), 1).await.remove(0);
    assert_eq!(heard.text, "Trust RRV adopts \u{201c}Barcodes at the bedside in two wards\u{201d}.");
    assert_eq!((heard.subject.as_str(), heard.task), (blueprint.as_str(), false));
    let decided = blueprints::DecidedSection {
        section: blueprints::SectionKind::Approach.into(),
        decision: blueprints::SectionDecision::Kept.into(),
        ..Default::default()
    };
    let request = blueprints::DecideSectionsRequest {
        name: adoption.name.clone(),
        decisions: vec![decided],
        ..Default::default()
    };
    told(adopter.adoptions().decide_sections(request).await).unwrap();
    let mut content = adoptions::said();
    content.sections[0] = section(blueprints::SectionKind::Approach, "Begin with three wards.");
    told(author.blueprints().update_draft(update(&blueprint, &["sections"], content)).await).unwrap();
    told(author.publish(publish(&blueprint)).await).unwrap();
    let heard = wait_for(&adopter, &of("REVISION_FOR_ADOPTERS"), 1).await.remove(0);
    assert_eq!(
        heard.text,
        "Revision 2 of \u{201c}Barcodes at the bedside in two wards\u{201d} says other things in sections that Trust RRV \
         kept or adapted: approach."
    );
    let ask = blueprints::RequestIntroductionRequest {
        blueprint: blueprint.clone(),
        asker: named(ADOPTER),
        kind: blueprints::IntroductionKind::Call.into(),
        question: "How did you train the nights?".into(),
        ..Default::default()
    };
    let asked = told(adopter.introductions().request_introduction(ask).await).unwrap().introduction.unwrap().name;
    let waits = wait_for(&author, &of("INTRODUCTION_TO_ANSWER"), 1).await.remove(0);
    assert_eq!((waits.text.as_str(), waits.task), ("Trust RRV asks Trust RGT for a call.", true));
    assert_eq!((waits.subject.as_str(), waits.organisation), (asked.as_str(), named(AUTHOR)));
    let yes = blueprints::AcceptIntroductionRequest { name: asked.clone(), ..Default::default() };
    told(author.introductions().accept_introduction(yes).await).unwrap();
    let heard = wait_for(&adopter, &of("INTRODUCTION_NEWS"), 1).await.remove(0);
    assert_eq!(heard.text, "Trust RGT has accepted your request for an introduction.");
    assert!(items(&author, &of("INTRODUCTION_TO_ANSWER")).await[0].settled);
    drop(world);
}

async fn read_counted_put_away(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL", "RRV"]).await;
    world.designate("RQ6", network::DesignationKind::GlobalExemplar, 3).await;
    let (lead, other) = (world.at("RQ6", Role::Lead).await, world.at("RQ6", Role::Lead).await);
    for code in ["REP", "RBL", "RRV"] {
        propose(&world.at(code, Role::Lead).await, "RQ6", code, code).await.unwrap();
    }
    let three = wait_for(&lead, "", 3).await;
    assert!(three.is_sorted_by(|one, next| one.sequence > next.sequence), "newest first");
    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let request = pb::ListItemsRequest { page_size: 2, page_token: token, ..Default::default() };
        let page = told(lead.inbox().list_items(request).await).unwrap();
        paged.extend(page.items);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, three);
    let names: Vec<_> = three.iter().map(|item| item.name.clone()).collect();
    let mark = pb::MarkReadRequest { names: names[..2].to_vec(), request_id: "r1".into(), ..Default::default() };
    let marked = told(lead.inbox().mark_read(mark.clone()).await).unwrap();
    assert_eq!(marked.items.len(), 2);
    assert!(marked.items.iter().all(|item| item.read_time.is_some() && item.done_time.is_none()));
    assert_eq!(told(lead.inbox().mark_read(mark).await).unwrap(), marked, "the same request, the same answer");
    let away = pb::MarkDoneRequest { names: names[..1].to_vec(), ..Default::default() };
    let done = told(lead.inbox().mark_done(away.clone()).await).unwrap();
    assert!(done.items[0].done_time.is_some() && !done.items[0].settled && done.sequence > marked.sequence);
    let counted = async || {
        let kinds = told(lead.inbox().get_counts(pb::GetCountsRequest {}).await).unwrap().kinds;
        kinds.into_iter().find(|kind| kind.kind == "PAIRING_PROPOSAL").unwrap()
    };
    let kind = counted().await;
    assert_eq!(
        (kind.open, kind.unread, kind.task, kind.title.as_str()),
        (2, 1, true, "Proposals of pairings to answer")
    );
    for (filter, count) in [
        ("done = true", 1),
        ("done = false AND read = true", 1),
        ("read = false", 1),
        ("task = false", 0),
        ("kind = PAIRING_NEWS", 0),
        (format!("subject = {}", three[2].subject).as_str(), 1),
    ] {
        assert_eq!(items(&lead, filter).await.len(), count, "{filter}");
    }
    told(lead.inbox().mark_done(pb::MarkDoneRequest { undo: true, ..away }).await).unwrap();
    assert_eq!(counted().await.open, 3);
    // What is another's is not there.
    let theirs = items(&other, "").await[0].name.clone();
    let mark = pb::MarkReadRequest { names: vec![names[2].clone(), theirs.clone()], ..Default::default() };
    assert_eq!(told(lead.inbox().mark_read(mark).await).unwrap_err(), "NotFound ITEM_NOT_FOUND");
    assert_eq!(items(&lead, "read = false").await.len(), 1, "nothing was marked");
    let get = pb::GetItemRequest { name: theirs };
    assert_eq!(told(lead.inbox().get_item(get.clone()).await).unwrap_err(), "NotFound ITEM_NOT_FOUND");
    assert!(told(other.inbox().get_item(get).await).is_ok());
    let wrong = pb::ListItemsRequest { filter: "read = perhaps".into(), page_size: -1, ..Default::default() };
    assert_eq!(
        told(lead.inbox().list_items(wrong).await).unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  page_size: must not be negative\
         \n  filter: read is true or false, not \"perhaps\""
    );
    let none = pb::MarkDoneRequest::default();
    assert_eq!(
        told(lead.inbox().mark_done(none).await).unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  names: is missing"
    );
}

/// How often the server is killed.
const KILLS: usize = 3;
/// Revisions that are acknowledged before each kill.
const DRAFTS: usize = 12;

async fn kills_lose_and_double_nothing(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = if database == Database::Postgres { Some(new_database().await.unwrap()) } else { None };
    let config = crate::crash::config(folder.path().to_str().unwrap(), url.clone());
    let app = App::build(config.clone(), Clock::System, Chance::System).await.unwrap();
    let (directory, system) = (&app.services().directory, Principal::system());
    directory.load_organisations(&system, b"code,name\nRQ6,Trust RQ6\nREP,Trust REP\n").await.unwrap();
    for code in ["RQ6", "REP"] {
        let mut roles = Roles { network: vec![NetworkRole::Programme], ..Roles::default() };
        let all = vec![Role::Lead, Role::Approver];
        roles.memberships.insert(OrganisationId::from_code(code).unwrap(), all);
        let email = format!("{code}@sample.example");
        directory.register_person(&system, "Sample Lead", &email, roles, Some(PASSWORD.into())).await.unwrap();
    }
    drop(app);
    let mut name = String::new();
    for _ in 0..KILLS {
        let (mut child, address) = crate::crash::spawn(folder.path(), url.as_deref()).await;
        let exemplar = sign_in(&address, "RQ6").await;
        if name.is_empty() {
            name = paired(&exemplar, &sign_in(&address, "REP").await).await;
        }
        for number in 0..DRAFTS {
            draft(&exemplar, &name, "RQ6", &format!("Draft {number}")).await.unwrap();
        }
        child.kill().await.unwrap();
    }
    let (mut child, address) = crate::crash::spawn(folder.path(), url.as_deref()).await;
    let told = wait_for(&sign_in(&address, "REP").await, &of("AGREEMENT_TO_SIGN"), KILLS * DRAFTS).await;
    child.kill().await.unwrap();
    let app = App::build(config, Clock::System, Chance::System).await.unwrap();
    let db = &app.services().db;
    let drafted = journal::history(db.read(), &name, "network.agreement.draft", 0, 500).await.unwrap();
    let drafted: BTreeSet<_> = drafted.into_iter().map(|entry| entry.sequence).collect();
    assert_eq!(told.iter().map(|item| item.sequence).collect::<BTreeSet<_>>(), drafted);
    assert_eq!(told.iter().filter(|item| !item.settled).count(), 1, "each revision settles the one before");
}

async fn sign_in(address: &str, code: &str) -> Actor {
    let id = PersonId::new(uuid::Uuid::nil());
    Actor::sign_in(address, &format!("{code}@sample.example"), PASSWORD, id).await.unwrap()
}

async fn paired(exemplar: &Actor, follower: &Actor) -> String {
    let designation = network::Designation {
        organisation: named("RQ6"),
        kind: network::DesignationKind::GlobalExemplar.into(),
        start_date: "2017-09-06".to_owned(),
        capacity: 2,
        source: "the tests".to_owned(),
        ..Default::default()
    };
    let request = network::RecordDesignationRequest { designation: Some(designation), ..Default::default() };
    exemplar.designations().record_designation(request).await.unwrap();
    let name = propose(follower, "RQ6", "REP", "REP").await.unwrap().name;
    accept(exemplar, &name).await.unwrap();
    name
}
