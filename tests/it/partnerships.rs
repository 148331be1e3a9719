//! The life of a pairing after its acceptance: agreements, work, milestones that complete themselves, health, ends.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use exemplar_kernel::{Principal, Role, journal};
use exemplar_network::{PairingId, PairingState};
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named, PairingState as State};
use exemplar_tests::{Actor, Database, World};

use crate::blueprints::on_a_page;
use crate::pairings::told;
use crate::suite::Suite;
use crate::{adoptions, introductions};

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("partnerships::a_whole_life", a_whole_life);
    suite.each("partnerships::the_same_revision_or_it_is_not_signed", the_same_revision_or_it_is_not_signed);
    suite.each("partnerships::proposals_expire", proposals_expire);
    suite.each("partnerships::events_complete_milestones_once", events_complete_milestones_once);
    suite.each("partnerships::an_adoption_that_goes_live_completes_one", an_adoption_that_goes_live_completes_one);
    suite.each("partnerships::both_sides_count_what_was_given", both_sides_count_what_was_given);
    suite.each("partnerships::health_says_why", health_says_why);
    suite.each("partnerships::three_share_one_agreement", three_share_one_agreement);
    suite.each("partnerships::who_is_left_behind_comes_first", who_is_left_behind_comes_first);
    suite.each("partnerships::overrides_stay_in_the_history", overrides_stay_in_the_history);
}

pub(crate) const ROLE: &str = "PermissionDenied ROLE_MISSING";
pub(crate) const STATE: &str = "FailedPrecondition PAIRING_STATE";
const NONE: &str = "NotFound PAIRING_NOT_FOUND";
pub(crate) const WHY: &str = "The money went elsewhere.";
/// How long something in the background may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// An exemplar and a follower with one person each who leads, signs and contributes, and the programme.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) exemplar: Actor,
    pub(crate) follower: Actor,
    pub(crate) programme: Actor,
    pub(crate) name: String,
}

pub(crate) fn named(code: &str) -> String {
    format!("organisations/{code}")
}

pub(crate) async fn everything(world: &World, code: &str) -> Actor {
    world.person(&[Role::Lead, Role::Approver, Role::Contributor].map(|role| (code, role)), &[]).await
}

/// RQ6 and REP in due diligence.
pub(crate) async fn pair(database: Database) -> Pair {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL", "RRV"]).await;
    world.designate("RQ6", Named::GlobalExemplar, 2).await;
    world.designate("RRV", Named::GlobalExemplar, 2).await;
    let (exemplar, follower) = (everything(&world, "RQ6").await, everything(&world, "REP").await);
    let programme = world.programme().await;
    let name = propose(&follower, "RQ6", "REP", "REP").await.unwrap().name;
    accept(&exemplar, &name).await.unwrap();
    Pair { world, exemplar, follower, programme, name }
}

pub(crate) async fn propose(by: &Actor, exemplar: &str, partner: &str, proposer: &str) -> Result<pb::Pairing, String> {
    let request = pb::ProposePairingRequest {
        exemplar: named(exemplar),
        partner: named(partner),
        proposer: named(proposer),
        kind: pb::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    };
    told(by.pairings().propose_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

pub(crate) async fn accept(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let request = pb::AcceptPairingRequest { name: name.to_owned(), ..Default::default() };
    told(by.pairings().accept_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

pub(crate) async fn get(by: &Actor, name: &str) -> pb::GetPairingResponse {
    told(by.pairings().get_pairing(pb::GetPairingRequest { name: name.to_owned() }).await).unwrap()
}

pub(crate) async fn draft(by: &Actor, name: &str, code: &str, text: &str) -> Result<pb::Agreement, String> {
    let (pairing, organisation, text) = (name.to_owned(), named(code), text.to_owned());
    let request = pb::DraftAgreementRequest { pairing, organisation, text, ..Default::default() };
    told(by.agreements().draft_agreement(request).await).map(|answer| answer.agreement.unwrap())
}

pub(crate) async fn sign(
    by: &Actor,
    name: &str,
    code: &str,
    revision: i32,
) -> Result<pb::SignAgreementResponse, String> {
    let (pairing, organisation) = (name.to_owned(), named(code));
    let request = pb::SignAgreementRequest { pairing, revision, organisation, ..Default::default() };
    told(by.agreements().sign_agreement(request).await)
}

/// Has both sides sign a first revision.
pub(crate) async fn agree(pair: &Pair) {
    draft(&pair.exemplar, &pair.name, "RQ6", "We share.").await.unwrap();
    sign(&pair.exemplar, &pair.name, "RQ6", 1).await.unwrap();
    sign(&pair.follower, &pair.name, "REP", 1).await.unwrap();
}

pub(crate) async fn activate(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let request = pb::ActivatePairingRequest { name: name.to_owned(), ..Default::default() };
    told(by.pairings().activate_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

pub(crate) async fn end(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let request = pb::EndPairingRequest { name: name.to_owned(), reason: WHY.to_owned(), ..Default::default() };
    told(by.pairings().end_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

async fn pause(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let request = pb::PausePairingRequest { name: name.to_owned(), reason: WHY.to_owned(), ..Default::default() };
    told(by.pairings().pause_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

async fn resume(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let request = pb::ResumePairingRequest { name: name.to_owned(), ..Default::default() };
    told(by.pairings().resume_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

async fn complete(by: &Actor, name: &str, outcome: pb::PairingOutcome) -> Result<pb::Pairing, String> {
    let (name, outcome, reason) = (name.to_owned(), outcome.into(), "All wards are live.".to_owned());
    let request = pb::CompletePairingRequest { name, outcome, reason, ..Default::default() };
    told(by.pairings().complete_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

pub(crate) async fn steps(by: &Actor, name: &str) -> Vec<pb::PairingStep> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListPairingStepsRequest { name: name.to_owned(), page_size: 3, page_token };
        let page = told(by.pairings().list_pairing_steps(request).await).unwrap();
        found.extend(page.steps);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

pub(crate) fn milestone(title: &str, owner: pb::PairingSide, due: &str, verb: &str) -> pb::Milestone {
    let event = (!verb.is_empty()).then(|| pb::MilestoneEvent { verb: verb.to_owned(), resource: String::new() });
    pb::Milestone { title: title.into(), owner: owner.into(), due_date: due.into(), event, ..Default::default() }
}

pub(crate) async fn add(by: &Actor, name: &str, milestone: pb::Milestone) -> Result<pb::Milestone, String> {
    let (pairing, milestone) = (name.to_owned(), Some(milestone));
    let request = pb::AddMilestoneRequest { pairing, milestone, ..Default::default() };
    told(by.milestones().add_milestone(request).await).map(|answer| answer.milestone.unwrap())
}

pub(crate) async fn reach(by: &Actor, name: &str, number: i32) -> Result<pb::Milestone, String> {
    let (pairing, evidence) = (name.to_owned(), "The minutes of the board.".to_owned());
    let request = pb::CompleteMilestoneRequest { pairing, number, evidence, ..Default::default() };
    told(by.milestones().complete_milestone(request).await).map(|answer| answer.milestone.unwrap())
}

async fn milestones(by: &Actor, name: &str) -> Result<Vec<pb::Milestone>, String> {
    let request = pb::ListMilestonesRequest { pairing: name.to_owned(), ..Default::default() };
    told(by.milestones().list_milestones(request).await).map(|answer| answer.milestones)
}

async fn check_in(by: &Actor, name: &str, code: &str, visits: i32) -> Result<pb::CheckIn, String> {
    let said = pb::CheckIn { organisation: named(code), note: "Two wards live.".into(), visits, ..Default::default() };
    let request = pb::RecordCheckInRequest { pairing: name.to_owned(), check_in: Some(said), ..Default::default() };
    told(by.milestones().record_check_in(request).await).map(|answer| answer.check_in.unwrap())
}

/// Waits until something in the background is done.
pub(crate) async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    found.await.expect("the background work is done in time")
}

fn state(pairing: &pb::Pairing) -> &'static str {
    pairing.state().as_str_name().trim_start_matches("PAIRING_STATE_")
}

async fn taken(by: &Actor, code: &str) -> i32 {
    let filter = format!("organisation = organisations/{code}");
    let request = pb::ListDesignationsRequest { filter, ..Default::default() };
    told(by.designations().list_designations(request).await).unwrap().designations.iter().map(|found| found.taken).sum()
}

async fn a_whole_life(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    world.designate("RQ6", Named::GlobalExemplar, 1).await;
    let (exemplar, follower) = (everything(&world, "RQ6").await, everything(&world, "REP").await);
    let (outsider, programme) = (world.at("RBL", Role::Lead).await, world.programme().await);
    let name = propose(&follower, "RQ6", "REP", "REP").await.unwrap().name;
    world.clock.advance(Duration::from_mins(1));
    let (mode, message) = (pb::PairingMode::CommonTeam.into(), "One team.".to_owned());
    let counter = pb::CounterPairingRequest { name: name.clone(), mode, message, ..Default::default() };
    assert_eq!(told(follower.pairings().counter_pairing(counter.clone()).await).unwrap_err(), ROLE);
    assert_eq!(told(outsider.pairings().counter_pairing(counter.clone()).await).unwrap_err(), NONE);
    let countered = told(exemplar.pairings().counter_pairing(counter).await).unwrap().pairing.unwrap();
    assert_eq!((countered.proposer.as_str(), countered.mode()), ("organisations/RQ6", pb::PairingMode::CommonTeam));
    assert_eq!(countered.expire_time, Some(world.clock.now().plus(Duration::from_hours(60 * 24)).into()));
    assert_eq!(accept(&exemplar, &name).await.unwrap_err(), ROLE, "who has countered waits");
    assert_eq!(state(&accept(&follower, &name).await.unwrap()), "DUE_DILIGENCE");
    assert_eq!(activate(&exemplar, &name).await.unwrap_err(), STATE, "nothing is agreed");
    draft(&exemplar, &name, "RQ6", "We share.").await.unwrap();
    sign(&exemplar, &name, "RQ6", 1).await.unwrap();
    assert_eq!(activate(&exemplar, &name).await.unwrap_err(), STATE, "one signature is none");
    let signed = sign(&follower, &name, "REP", 1).await.unwrap().pairing.unwrap();
    assert_eq!((state(&signed), signed.agreement_revision), ("AGREED", 1));
    assert_eq!(pause(&exemplar, &name).await.unwrap_err(), STATE);
    assert_eq!(state(&activate(&follower, &name).await.unwrap()), "ACTIVE");
    let paused = pause(&exemplar, &name).await.unwrap();
    assert_eq!((state(&paused), paused.reason.as_str()), ("PAUSED", WHY));
    assert_eq!(complete(&exemplar, &name, pb::PairingOutcome::Achieved).await.unwrap_err(), STATE);
    let resumed = resume(&programme, &name).await.unwrap();
    assert_eq!((state(&resumed), resumed.reason.as_str()), ("ACTIVE", ""));
    assert_eq!(end(&outsider, &name).await.unwrap_err(), ROLE);
    assert_eq!(taken(&outsider, "RQ6").await, 1);
    let done = complete(&follower, &name, pb::PairingOutcome::PartlyAchieved).await.unwrap();
    assert_eq!((state(&done), done.outcome()), ("COMPLETED", pb::PairingOutcome::PartlyAchieved));
    assert_eq!(taken(&outsider, "RQ6").await, 0, "the place is free again");
    for refused in [activate(&exemplar, &name).await, end(&exemplar, &name).await, pause(&follower, &name).await] {
        assert_eq!(refused.unwrap_err(), STATE, "nothing follows");
    }

    // Who, when and why, for the two sides; for others without persons and without what is in the agreement.
    let inside = steps(&exemplar, &name).await;
    let seen: Vec<_> =
        inside.iter().map(|step| (step.step.as_str(), step.actor.as_str(), step.note.as_str())).collect();
    let people = [&exemplar, &follower, &programme].map(|actor| actor.id.to_string());
    let [lead, other, office] = people.each_ref().map(String::as_str);
    let expected = [
        ("propose", other, ""),
        ("counter", lead, ""),
        ("accept", other, ""),
        ("draft_agreement", lead, "revision 1"),
        ("sign_agreement", lead, "revision 1"),
        ("sign_agreement", other, "revision 1"),
        ("agree", other, ""),
        ("activate", other, ""),
        ("pause", lead, WHY),
        ("resume", office, ""),
        ("complete", other, "All wards are live."),
    ];
    assert_eq!(seen, expected);
    assert_eq!(inside[2].record_time, inside[10].record_time);
    assert!(inside[0].record_time.unwrap().seconds < inside[1].record_time.unwrap().seconds);
    let outside = steps(&outsider, &name).await;
    assert!(outside.iter().all(|step| step.actor.is_empty()), "{outside:?}");
    let seen: Vec<_> = outside.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(seen, ["propose", "counter", "accept", "agree", "activate", "pause", "resume", "complete"]);
}

async fn the_same_revision_or_it_is_not_signed(database: Database) {
    let pair = pair(database).await;
    let Pair { world, exemplar, follower, name, .. } = &pair;
    let (lead, approver) = (world.at("REP", Role::Lead).await, world.at("REP", Role::Approver).await);
    let outsider = everything(world, "RBL").await;
    assert_eq!(sign(exemplar, name, "RQ6", 1).await.unwrap_err(), "NotFound AGREEMENT_NOT_FOUND");
    let first = draft(exemplar, name, "RQ6", " We share. ").await.unwrap();
    assert_eq!((first.revision, first.text.as_str()), (1, "We share."));
    assert_eq!(first.missing, ["organisations/REP", "organisations/RQ6"]);
    sign(exemplar, name, "RQ6", 1).await.unwrap();
    draft(&lead, name, "REP", "We share, and you visit.").await.unwrap();
    let superseded = "FailedPrecondition AGREEMENT_SUPERSEDED";
    assert_eq!(sign(follower, name, "REP", 1).await.unwrap_err(), superseded);
    assert_eq!(sign(follower, name, "REP", 3).await.unwrap_err(), superseded);
    for (by, code) in [(&lead, "REP"), (exemplar, "REP"), (&outsider, "RBL")] {
        assert_eq!(sign(by, name, code, 2).await.unwrap_err(), ROLE, "{code}");
    }
    assert_eq!(draft(&approver, name, "REP", "Mine.").await.unwrap_err(), ROLE);
    let half = sign(&approver, name, "REP", 2).await.unwrap();
    assert_eq!(half.agreement.unwrap().missing, ["organisations/RQ6"]);
    assert_eq!(sign(&approver, name, "REP", 2).await.unwrap_err(), "AlreadyExists AGREEMENT_SIGNED");
    let whole = sign(exemplar, name, "RQ6", 2).await.unwrap();
    assert_eq!((whole.agreement.unwrap().missing, whole.pairing.unwrap().agreement_revision), (vec![], 2));
    activate(follower, name).await.unwrap();
    // A change is a new revision; until both have signed it the one before is in force.
    draft(exemplar, name, "RQ6", "Twice as much.").await.unwrap();
    sign(exemplar, name, "RQ6", 3).await.unwrap();
    assert_eq!(get(exemplar, name).await.pairing.unwrap().agreement_revision, 2);
    let changed = sign(follower, name, "REP", 3).await.unwrap().pairing.unwrap();
    assert_eq!((changed.agreement_revision, changed.state()), (3, pb::PairingState::Active));
    let list = async |by: &Actor| {
        let request = pb::ListAgreementsRequest { pairing: name.clone(), page_size: 2, ..Default::default() };
        told(by.agreements().list_agreements(request).await)
    };
    let page = list(&approver).await.unwrap();
    assert_eq!(page.agreements.iter().map(|found| found.revision).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(page.agreements[1].signatures.len(), 2);
    assert!(!page.next_page_token.is_empty());
    assert_eq!(list(&outsider).await.unwrap_err(), ROLE, "what is promised is for those who promise it");
    // Two who sign at once, and one who drafts: what is in force was signed by both.
    for revision in [4, 6, 8] {
        draft(exemplar, name, "RQ6", "Again.").await.unwrap();
        let (one, other) = (sign(exemplar, name, "RQ6", revision), sign(follower, name, "REP", revision));
        let (one, other, drafted) = tokio::join!(one, other, draft(&lead, name, "REP", "No, so."));
        let both = one.is_ok() && other.is_ok();
        assert_eq!(drafted.unwrap().revision, revision + 1);
        let force = get(exemplar, name).await.pairing.unwrap().agreement_revision;
        assert_eq!(force == revision, both, "{one:?} {other:?}");
    }
}

async fn proposals_expire(database: Database) {
    let pair = pair(database).await;
    let Pair { world, .. } = &pair;
    let follower = everything(world, "RBL").await;
    let first = propose(&follower, "RQ6", "RBL", "RBL").await.unwrap().name;
    let before = journal::head(world.services.db.read()).await.unwrap();
    world.clock.advance(Duration::from_hours(60 * 24));
    // Looked at before anybody may have written it down, and after: it is the same.
    let look = async || world.services.network.pairing(&Principal::system(), id(&first)).await.unwrap();
    let seen = look().await;
    assert_eq!(seen.state, PairingState::Expired);
    until(async || {
        let entries = journal::read(world.services.db.read(), before, 100).await.unwrap();
        entries.iter().any(|entry| entry.verb == "network.pairing.expire" && entry.resource == first).then_some(())
    })
    .await;
    assert_eq!(look().await, seen);
    // Everybody's tokens have run out with the clock; others act for the two.
    let lead = everything(world, "RBL").await;
    let office = everything(world, "RQ6").await;
    assert_eq!(accept(&office, &first).await.unwrap_err(), STATE);
    let list = async |state: &str| {
        let filter = format!("state = {state} AND organisation = organisations/RBL");
        let request = pb::ListPairingsRequest { filter, ..Default::default() };
        told(lead.pairings().list_pairings(request).await).unwrap().pairings.len()
    };
    assert_eq!((list("PROPOSED").await, list("EXPIRED").await), (0, 1));
    let again = propose(&lead, "RQ6", "RBL", "RBL").await.unwrap();
    assert_ne!(again.name, first);
    assert_eq!((list("PROPOSED").await, list("EXPIRED").await), (1, 1));
}

fn id(name: &str) -> PairingId {
    PairingId::parse(name).unwrap()
}

async fn events_complete_milestones_once(database: Database) {
    let pair = pair(database).await;
    let Pair { world, exemplar, follower, name, .. } = &pair;
    let publish = "blueprints.blueprint.publish";
    let due = "2018-12-31";
    // Whose event it is must want that the other side hears of it.
    let spied = milestone("Publish", pb::PairingSide::Exemplar, due, publish);
    assert_eq!(add(follower, name, spied.clone()).await.unwrap_err(), ROLE);
    let added = add(exemplar, name, spied).await.unwrap();
    assert_eq!((added.number, added.organisation.as_str()), (1, "organisations/RQ6"));
    let theirs = milestone("Publish", pb::PairingSide::Partner, due, publish);
    add(follower, name, theirs).await.unwrap();
    add(exemplar, name, milestone("Meet", pb::PairingSide::Exemplar, due, "")).await.unwrap();
    // Two more who follow the journal, as other replicas do.
    let replicas: Vec<_> =
        (0..2).map(|_| tokio::spawn(world.services.network.clone().follow(std::future::pending()))).collect();
    let (wrong, right) = (everything(world, "RBL").await, exemplar);
    for (by, code) in [(&wrong, "RBL"), (right, "RQ6")] {
        let content = blueprints::Content {
            title: "What we did, where we did it".into(),
            summary: "In one sentence.".into(),
            level: blueprints::BlueprintLevel::OnAPage.into(),
            kind: blueprints::BlueprintKind::Success.into(),
            care_settings: vec!["Acute".into()],
            project_types: vec!["Process".into()],
            sections: vec![blueprints::Section { kind: blueprints::SectionKind::Approach.into(), body: "So.".into() }],
            ..Default::default()
        };
        let request = blueprints::CreateBlueprintRequest {
            organisation: named(code),
            visibility: blueprints::Visibility::Public.into(),
            content: Some(content),
            ..Default::default()
        };
        let made = by.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
        let request = blueprints::PublishBlueprintRequest { name: made.clone(), ..Default::default() };
        let sequence = by.publish(request).await.unwrap().into_inner().sequence;
        if code == "RQ6" {
            let met = until(async || {
                let found = milestones(follower, name).await.unwrap().swap_remove(0);
                (found.state() == pb::MilestoneState::Met).then_some(found)
            })
            .await;
            assert_eq!(met.event_sequence, sequence);
            assert_eq!(met.evidence, format!("{publish} of {made}, change {sequence} of the journal"));
        }
    }
    let all = milestones(exemplar, name).await.unwrap();
    let open: Vec<_> = all.iter().filter(|found| found.state() == pb::MilestoneState::Open).collect();
    assert_eq!(open.iter().map(|found| found.number).collect::<Vec<_>>(), [2, 3], "another's event is another's");
    let history = steps(exemplar, name).await;
    let completed: Vec<_> = history.iter().filter(|step| step.step == "complete_milestone").collect();
    assert_eq!(completed.len(), 1, "once, whoever follows");
    assert_eq!((completed[0].actor.as_str(), completed[0].organisation.as_str()), ("system", "organisations/RQ6"));
    for replica in replicas {
        replica.abort();
    }
    let closed = "FailedPrecondition MILESTONE_CLOSED";
    assert_eq!(reach(exemplar, name, 1).await.unwrap_err(), closed);
    assert_eq!(reach(exemplar, name, 9).await.unwrap_err(), "NotFound MILESTONE_NOT_FOUND");
    assert_eq!(reach(follower, name, 3).await.unwrap_err(), ROLE, "the owner's evidence is the owner's");
    reach(exemplar, name, 3).await.unwrap();
    let (pairing, reason) = (name.clone(), WHY.to_owned());
    let drop = pb::DropMilestoneRequest { pairing, number: 2, reason, ..Default::default() };
    let dropped = told_milestone(told(exemplar.milestones().drop_milestone(drop.clone()).await));
    assert_eq!((dropped.state(), dropped.evidence.as_str()), (pb::MilestoneState::Dropped, WHY));
    assert_eq!(told(exemplar.milestones().drop_milestone(drop).await).unwrap_err(), closed);
    assert_eq!(milestones(&wrong, name).await.unwrap_err(), ROLE);
}

async fn an_adoption_that_goes_live_completes_one(database: Database) {
    let Pair { world, exemplar, follower, name, .. } = pair(database).await;
    let live = milestone("Live", pb::PairingSide::Partner, "2018-12-31", "blueprints.adoption.go_live");
    add(&follower, &name, live).await.unwrap();
    let public = blueprints::Visibility::Public;
    let blueprint =
        world.published_blueprint(&exemplar, "RQ6", public, adoptions::said()).await.blueprint.unwrap().name;
    let planned = adoptions::adopting(&blueprint, "REP", blueprints::AdoptionState::Planned);
    let adoption = adoptions::adopt(&follower, planned).await.unwrap().name;
    let request = blueprints::AdvanceAdoptionRequest {
        name: adoption.clone(),
        step: Some(blueprints::AdoptionStep { state: blueprints::AdoptionState::Live.into(), ..Default::default() }),
        ..Default::default()
    };
    told(follower.adoptions().advance_adoption(request).await).unwrap();
    let met = until(async || {
        let found = milestones(&exemplar, &name).await.unwrap().remove(0);
        (found.state() == pb::MilestoneState::Met).then_some(found)
    })
    .await;
    assert!(met.evidence.starts_with(&format!("blueprints.adoption.go_live of {adoption}, change ")), "{met:?}");
    assert_eq!(met.organisation, named("REP"));
}

fn told_milestone(answer: Result<pb::DropMilestoneResponse, String>) -> pb::Milestone {
    answer.unwrap().milestone.unwrap()
}

async fn both_sides_count_what_was_given(database: Database) {
    let pair = pair(database).await;
    let Pair { world, exemplar, follower, name, .. } = &pair;
    agree(&pair).await;
    activate(exemplar, name).await.unwrap();
    let public = blueprints::Visibility::Public;
    let theirs = world.published_blueprint(exemplar, "RQ6", public, adoptions::said()).await.blueprint.unwrap().name;
    let ours = on_a_page("What the follower found out", "So.");
    let ours = world.published_blueprint(follower, "REP", public, ours).await.blueprint.unwrap().name;
    let planned = blueprints::AdoptionState::Planned;
    let adoption = adoptions::adopt(follower, adoptions::adopting(&theirs, "REP", planned)).await.unwrap().name;
    let adapted = |kind, why: &str| adoptions::decided(kind, blueprints::SectionDecision::Adapted, why);
    let decisions = vec![
        adapted(blueprints::SectionKind::Team, "Two nurses."),
        adapted(blueprints::SectionKind::WhatWentWrong, "Wires."),
    ];
    adoptions::decide(follower, &adoption, decisions).await.unwrap();
    // Decided again in the same way nothing more is given.
    let again = vec![adapted(blueprints::SectionKind::Team, "Three nurses.")];
    adoptions::decide(follower, &adoption, again).await.unwrap();
    let question = blueprints::IntroductionKind::Question;
    let asked = introductions::ask(follower, introductions::asking(&theirs, "REP", question)).await.unwrap().name;
    introductions::answer(exemplar, &asked).await.unwrap();
    adoptions::adopt(exemplar, adoptions::adopting(&ours, "RQ6", planned)).await.unwrap();
    let anyone = world.anonymous().await;
    let edge = until(async || {
        let view = told(anyone.network().get_network(pb::GetNetworkRequest::default()).await).unwrap();
        let edge = view.edges.into_iter().next().unwrap();
        edge.from_partner.is_some_and(|given| given.blueprints == 1).then_some(edge)
    })
    .await;
    let expected = pb::Exchange { questions: 1, visits: 0, blueprints: 1, adaptations: 2 };
    assert_eq!(edge.from_exemplar, Some(expected));
    assert_eq!(edge.from_partner, Some(pb::Exchange { blueprints: 1, ..Default::default() }));
}

async fn health_says_why(database: Database) {
    let pair = pair(database).await;
    let Pair { world, exemplar, follower, name, .. } = &pair;
    let outsider = world.anonymous().await;
    let report = async |by: &Actor| get(by, name).await.health.unwrap();
    assert_eq!(report(exemplar).await.health(), pb::PairingHealth::Unspecified, "it is not at work");
    agree(&pair).await;
    activate(exemplar, name).await.unwrap();
    assert_eq!(report(exemplar).await, pb::HealthReport { health: pb::PairingHealth::Green.into(), reasons: vec![] });
    add(exemplar, name, milestone("Go live", pb::PairingSide::Partner, "2018-08-05", "")).await.unwrap();
    let amber = report(follower).await;
    assert_eq!(amber.reasons, ["milestone 1 “Go live” was due on 5 August 2018, 1 day ago"]);
    assert_eq!(amber.health(), pb::PairingHealth::Amber);
    let seen = report(&outsider).await;
    assert_eq!((seen.health(), seen.reasons), (pb::PairingHealth::Amber, vec![]), "why is between the two");
    reach(follower, name, 1).await.unwrap();
    assert_eq!(report(&outsider).await.health(), pb::PairingHealth::Green);
    world.clock.advance(Duration::from_hours(24 * 61));
    let silent = report(&outsider).await.health();
    assert_eq!(silent, pb::PairingHealth::Amber);
    world.clock.advance(Duration::from_hours(24 * 60));
    assert_eq!(report(&outsider).await.health(), pb::PairingHealth::Red);
    let (speaker, member) = (everything(world, "REP").await, world.at("REP", Role::Member).await);
    assert_eq!(check_in(&member, name, "REP", 0).await.unwrap_err(), ROLE);
    assert_eq!(check_in(&speaker, name, "RQ6", 0).await.unwrap_err(), ROLE);
    let said = check_in(&speaker, name, "REP", 2).await.unwrap();
    assert_eq!((said.number, said.person.as_str()), (1, speaker.id.to_string().as_str()));
    assert_eq!(report(&outsider).await.health(), pb::PairingHealth::Green, "there is word of it");
    let request = pb::ListCheckInsRequest { pairing: name.clone(), ..Default::default() };
    assert_eq!(told(speaker.milestones().list_check_ins(request.clone()).await).unwrap().check_ins, [said]);
    assert_eq!(told(outsider.milestones().list_check_ins(request).await).unwrap_err(), "Unauthenticated NOT_SIGNED_IN");
    let view = told(outsider.network().get_network(pb::GetNetworkRequest::default()).await).unwrap();
    assert_eq!(view.edges[0].health(), pb::PairingHealth::Green);
    assert_eq!(view.edges[0].from_exemplar.unwrap().visits, 2, "whom one visits, gives");
    assert_eq!(view.edges[0].from_partner.unwrap().visits, 0);
}

async fn three_share_one_agreement(database: Database) {
    let world = World::new(database).await;
    let codes = ["RX6", "RYA", "RYE"];
    world.organisations(&codes).await;
    let mut people = Vec::new();
    for code in codes {
        world.designate(code, Named::GlobalExemplar, 0).await;
        people.push(everything(&world, code).await);
    }
    let programme = world.programme().await;
    let mut names = Vec::new();
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let request = pb::ProposePairingRequest {
            exemplar: named(codes[one]),
            partner: named(codes[other]),
            proposer: named(codes[one]),
            kind: pb::PairingKind::ExemplarPeer.into(),
            ..Default::default()
        };
        let pairing = told(people[one].pairings().propose_pairing(request).await).unwrap().pairing.unwrap();
        accept(&people[other], &pairing.name).await.unwrap();
        names.push(pairing.name);
    }
    let group = |pairings: &[String]| pb::GroupPairingsRequest {
        pairings: pairings.to_vec(),
        display_name: "Ambulance exemplars".into(),
        source: "HSJ".into(),
        ..Default::default()
    };
    assert_eq!(told(people[0].pairings().group_pairings(group(&names)).await).unwrap_err(), ROLE);
    let one = told(programme.pairings().group_pairings(group(&names[..1])).await).unwrap_err();
    assert_eq!(one, "InvalidArgument INVALID_REQUEST\n  pairings: must be 2 to 45 different pairings");
    let made = told(programme.pairings().group_pairings(group(&names)).await).unwrap();
    assert!(made.pairings.iter().all(|pairing| pairing.group == made.group));
    let again = told(programme.pairings().group_pairings(group(&names)).await).unwrap_err();
    assert_eq!(again, "FailedPrecondition PAIRING_GROUPED");
    // One draft, written at any pairing of it; three signatures; all three pairings are agreed at once.
    draft(&people[2], &names[2], "RYE", "One approach, not three blueprints.").await.unwrap();
    sign(&people[0], &names[0], "RX6", 1).await.unwrap();
    sign(&people[1], &names[0], "RYA", 1).await.unwrap();
    assert_eq!(get(&programme, &names[0]).await.pairing.unwrap().state(), pb::PairingState::DueDiligence);
    sign(&people[2], &names[1], "RYE", 1).await.unwrap();
    for name in &names {
        let pairing = get(&programme, name).await.pairing.unwrap();
        assert_eq!((pairing.state(), pairing.agreement_revision), (pb::PairingState::Agreed, 1));
        assert_eq!(steps(&programme, name).await.iter().filter(|step| step.step == "sign_agreement").count(), 3);
    }
    // Each pairing keeps a life of its own.
    activate(&people[0], &names[0]).await.unwrap();
    end(&people[1], &names[0]).await.unwrap();
    assert_eq!(get(&programme, &names[1]).await.pairing.unwrap().state(), pb::PairingState::Agreed);
}

async fn who_is_left_behind_comes_first(database: Database) {
    let pair = pair(database).await;
    let Pair { world, exemplar, follower, programme, name } = &pair;
    let anyone = world.anonymous().await;
    let list = async || {
        let request = pb::ListPrioritiesRequest::default();
        let found = told(anyone.pairings().list_priorities(request).await).unwrap().priorities;
        found.into_iter().map(|one| (one.organisation, one.reason)).collect::<Vec<_>>()
    };
    assert_eq!(list().await, []);
    agree(&pair).await;
    let ended = end(exemplar, name).await.unwrap();
    assert_eq!((state(&ended), ended.left_behind()), ("ENDED", pb::PairingSide::Partner));
    assert_eq!(list().await, [(named("REP"), WHY.to_owned())]);
    world.clock.advance(Duration::from_mins(1));
    let other = everything(world, "RBL").await;
    let second = propose(&other, "RQ6", "RBL", "RBL").await.unwrap().name;
    accept(exemplar, &second).await.unwrap();
    let withdraw = pb::WithdrawPairingRequest { name: second, reason: WHY.to_owned(), ..Default::default() };
    told(programme.pairings().withdraw_pairing(withdraw).await).unwrap();
    assert_eq!(list().await, [(named("REP"), WHY.to_owned()), (named("RBL"), WHY.to_owned())], "longest first");
    // Whoever has found another waits no more.
    world.clock.advance(Duration::from_mins(1));
    let found = propose(follower, "RRV", "REP", "REP").await.unwrap().name;
    assert_eq!(list().await.len(), 2, "a proposal is no partner");
    accept(&everything(world, "RRV").await, &found).await.unwrap();
    assert_eq!(list().await, [(named("RBL"), WHY.to_owned())]);
}

async fn overrides_stay_in_the_history(database: Database) {
    let pair = pair(database).await;
    let Pair { exemplar, follower, programme, name, .. } = &pair;
    let put = async |by: &Actor, state: pb::PairingState, reason: &str| {
        let (name, reason) = (name.clone(), reason.to_owned());
        let request = pb::OverridePairingRequest { name, state: state.into(), reason, ..Default::default() };
        told(by.pairings().override_pairing(request).await).map(|answer| answer.pairing.unwrap())
    };
    assert_eq!(put(exemplar, State::Active, "So.").await.unwrap_err(), ROLE);
    assert_eq!(
        put(programme, State::Active, " ").await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  reason: is missing"
    );
    let unsigned = "FailedPrecondition AGREEMENT_UNSIGNED";
    assert_eq!(put(programme, State::Active, "So.").await.unwrap_err(), unsigned, "nobody signs for others");
    agree(&pair).await;
    assert_eq!(state(&put(programme, State::Active, "They have begun.").await.unwrap()), "ACTIVE");
    end(follower, name).await.unwrap();
    // Reopened only where there is room, and while the two have no other.
    let second = propose(follower, "RQ6", "REP", "REP").await.unwrap().name;
    let exists = "AlreadyExists PAIRING_EXISTS";
    assert_eq!(put(programme, State::Active, "By mistake.").await.unwrap_err(), exists);
    let decline = pb::DeclinePairingRequest { name: second, reason: WHY.to_owned(), ..Default::default() };
    told(exemplar.pairings().decline_pairing(decline).await).unwrap();
    let reopened = put(programme, State::Active, "By mistake.").await.unwrap();
    assert_eq!((reopened.end_time, reopened.left_behind()), (None, pb::PairingSide::Unspecified));
    let history = steps(follower, name).await;
    let overrides: Vec<_> = history.iter().filter(|step| step.step == "override").collect();
    let why: Vec<_> = overrides.iter().map(|step| (step.note.as_str(), step.actor.clone())).collect();
    let office = programme.id.to_string();
    assert_eq!(why, [("They have begun.", office.clone()), ("By mistake.", office)]);
}
