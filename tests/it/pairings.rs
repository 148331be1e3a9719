//! Pairings: propose, answer, take back; who knows of them; the places that they take, however many ask at once.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named};
use exemplar_tests::{Actor, Database, World, refusal};
use tokio::sync::Barrier;
use tonic::{Response, Status};

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("pairings::every_step_is_kept_and_journalled", every_step_is_kept_and_journalled);
    suite.each("pairings::proposals_are_judged", proposals_are_judged);
    suite.each("pairings::steps_are_for_those_whose_turn_it_is", steps_are_for_those_whose_turn_it_is);
    suite.each("pairings::hidden_until_accepted_and_public_for_good", hidden_until_accepted_and_public_for_good);
    suite.each("pairings::partners_and_followers_take_places", partners_and_followers_take_places);
    suite.each("pairings::lists_page_and_filter", lists_page_and_filter);
    suite.each("pairings::two_places_and_eight_who_accept", two_places_and_eight_who_accept);
    suite.each("pairings::two_sides_at_once_make_one_pairing", two_sides_at_once_make_one_pairing);
    suite.each("pairings::requests_repeat", requests_repeat);
}

pub(crate) const ROLE: &str = "PermissionDenied ROLE_MISSING";
pub(crate) const SIGN_IN: &str = "Unauthenticated NOT_SIGNED_IN";
const NONE: &str = "NotFound PAIRING_NOT_FOUND";
const STALE: &str = "Aborted ETAG_STALE";
const STATE: &str = "FailedPrecondition PAIRING_STATE";
const FULL: &str = "FailedPrecondition CAPACITY_FULL";
const EXISTS: &str = "AlreadyExists PAIRING_EXISTS";
pub(crate) const REUSED: &str = "AlreadyExists REQUEST_ID_REUSED";
pub(crate) const CLOSED: &str = "FailedPrecondition ORGANISATION_CLOSED";
const STATES: &str = "filter: state is one of PROPOSED, DECLINED, WITHDRAWN, DUE_DILIGENCE, EXPIRED, AGREED, ACTIVE, PAUSED, COMPLETED, ENDED";
const WHY: &str = "The money went elsewhere.";

/// An exemplar with places, a trust that would follow it, and their leads.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) exemplar: Actor,
    pub(crate) follower: Actor,
    pub(crate) programme: Actor,
}

#[derive(Clone, Copy)]
pub(crate) enum Step {
    Accept,
    Decline,
    Withdraw,
}

/// What was answered, or the refusal in the words that tests compare.
pub(crate) fn told<T>(answer: Result<Response<T>, Status>) -> Result<T, String> {
    answer.map(Response::into_inner).map_err(|status| refusal(&status))
}

/// Starts all of these at the same moment; their answers in the same order.
pub(crate) async fn at_once<F>(calls: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let start = Arc::new(Barrier::new(calls.len()));
    let tasks = calls.into_iter().map(|call| {
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            call.await
        })
    });
    let mut answers = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers
}

pub(crate) async fn scene(database: Database, capacity: i32) -> Scene {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    world.designate("RQ6", Named::GlobalExemplar, capacity).await;
    let (exemplar, follower) = (world.at("RQ6", Role::Lead).await, world.at("REP", Role::Lead).await);
    let programme = world.programme().await;
    Scene { world, exemplar, follower, programme }
}

pub(crate) fn named(code: &str) -> String {
    format!("organisations/{code}")
}

pub(crate) fn follow(exemplar: &str, follower: &str, proposer: &str) -> pb::ProposePairingRequest {
    pb::ProposePairingRequest {
        exemplar: named(exemplar),
        partner: named(follower),
        proposer: named(proposer),
        kind: pb::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    }
}

fn abroad(exemplar: &str, partner: &str, proposer: &str) -> pb::ProposePairingRequest {
    pb::ProposePairingRequest { kind: pb::PairingKind::ExemplarPartner.into(), ..follow(exemplar, partner, proposer) }
}

pub(crate) async fn propose(by: &Actor, request: pb::ProposePairingRequest) -> Result<pb::Pairing, String> {
    told(by.pairings().propose_pairing(request).await).map(|answer| answer.pairing.unwrap())
}

/// Takes a step against a version, or any.
pub(crate) async fn take(by: &Actor, step: Step, name: &str, etag: &str) -> Result<pb::Pairing, String> {
    let (name, etag, reason, request_id) = (name.to_owned(), etag.to_owned(), WHY.to_owned(), String::new());
    let mut pairings = by.pairings();
    let pairing = match step {
        Step::Accept => {
            told(pairings.accept_pairing(pb::AcceptPairingRequest { name, etag, request_id }).await)?.pairing
        }
        Step::Decline => {
            let request = pb::DeclinePairingRequest { name, reason, etag, request_id };
            told(pairings.decline_pairing(request).await)?.pairing
        }
        Step::Withdraw => {
            let request = pb::WithdrawPairingRequest { name, reason, etag, request_id };
            told(pairings.withdraw_pairing(request).await)?.pairing
        }
    };
    Ok(pairing.unwrap())
}

async fn get(by: &Actor, name: &str) -> Result<pb::Pairing, String> {
    let answer = told(by.pairings().get_pairing(pb::GetPairingRequest { name: name.to_owned() }).await)?;
    Ok(pb::Pairing { holders: vec![], ..answer.pairing.unwrap() })
}

async fn list(by: &Actor, filter: &str) -> Vec<pb::Pairing> {
    let request = pb::ListPairingsRequest { filter: filter.to_owned(), ..Default::default() };
    by.pairings().list_pairings(request).await.unwrap().into_inner().pairings
}

/// How many places of a designation are taken.
async fn taken(by: &Actor, code: &str, kind: &str) -> i32 {
    let filter = format!("organisation = organisations/{code} AND kind = {kind}");
    let request = pb::ListDesignationsRequest { filter, ..Default::default() };
    let found = by.designations().list_designations(request).await.unwrap().into_inner().designations;
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].taken
}

/// Ends an organisation today; nobody carries it on.
pub(crate) async fn close(programme: &Actor, code: &str) {
    let csv = format!("code,name,closed\n{code},Trust {code},2018-08-06\n");
    let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    programme.organisations().import_organisations(request).await.unwrap();
}

async fn head(world: &World) -> i64 {
    journal::head(world.services.db.read()).await.unwrap()
}

fn state(pairing: &pb::Pairing) -> &'static str {
    pairing.state().as_str_name().trim_start_matches("PAIRING_STATE_")
}

async fn every_step_is_kept_and_journalled(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 1).await;
    let before = head(&world).await;
    let start = world.clock.now();
    let later = |minutes: u64| Some(start.plus(Duration::from_mins(minutes)).into());
    let mut request = follow("RQ6", "REP", "REP");
    (request.mode, request.message) =
        (pb::PairingMode::SharedSoftware.into(), " You have what we want.\nShall we? ".into());
    let proposed = propose(&follower, request).await.unwrap();
    let expected = pb::Pairing {
        name: proposed.name.clone(),
        exemplar: named("RQ6"),
        partner: named("REP"),
        kind: pb::PairingKind::ExemplarFollower.into(),
        mode: pb::PairingMode::SharedSoftware.into(),
        proposer: named("REP"),
        message: "You have what we want.\nShall we?".into(),
        state: pb::PairingState::Proposed.into(),
        propose_time: later(0),
        expire_time: later(60 * 24 * 60),
        etag: "v1".into(),
        ..Default::default()
    };
    assert_eq!(proposed, expected);
    assert_eq!(get(&exemplar, &proposed.name).await.unwrap(), expected);

    world.clock.advance(Duration::from_mins(1));
    let accepted = take(&exemplar, Step::Accept, &proposed.name, "v1").await.unwrap();
    let due_diligence = pb::PairingState::DueDiligence.into();
    let expected = pb::Pairing { state: due_diligence, accept_time: later(1), etag: "v2".into(), ..expected };
    assert_eq!(accepted, expected);
    assert_eq!(get(&follower, &proposed.name).await.unwrap(), expected);
    assert_eq!(taken(&programme, "RQ6", "GLOBAL_EXEMPLAR").await, 1);

    world.clock.advance(Duration::from_mins(1));
    assert_eq!(take(&follower, Step::Withdraw, &proposed.name, "v1").await.unwrap_err(), STALE);
    let withdrawn = take(&follower, Step::Withdraw, &proposed.name, "v2").await.unwrap();
    let (state, reason) = (pb::PairingState::Withdrawn.into(), WHY.into());
    let left_behind = pb::PairingSide::Exemplar.into();
    let expected = pb::Pairing { state, reason, end_time: later(2), etag: "v3".into(), left_behind, ..expected };
    assert_eq!(withdrawn, expected);
    assert_eq!(get(&follower, &proposed.name).await.unwrap(), expected);
    assert_eq!(taken(&programme, "RQ6", "GLOBAL_EXEMPLAR").await, 0, "the place is free again");

    // What has ended is no longer in the way of another.
    let again = propose(&exemplar, follow("RQ6", "REP", "RQ6")).await.unwrap();
    let declined = take(&follower, Step::Decline, &again.name, "").await.unwrap();
    let (state, reason) = (pb::PairingState::Declined.into(), WHY.into());
    assert_eq!(declined, pb::Pairing { state, reason, end_time: later(2), etag: "v2".into(), ..again.clone() });
    let last = propose(&exemplar, follow("RQ6", "REP", "RQ6")).await.unwrap();
    take(&follower, Step::Accept, &last.name, "").await.unwrap();
    take(&programme, Step::Withdraw, &last.name, "").await.unwrap();

    let entries = journal::read(world.services.db.read(), before, 100).await.unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| (entry.verb.as_str(), entry.actor.as_str(), entry.on_behalf.as_deref(), entry.resource.as_str()))
        .collect();
    let (trust, partner) = (named("RQ6"), named("REP"));
    let (rq6, rep) = (Some(trust.as_str()), Some(partner.as_str()));
    let people = [&exemplar, &follower, &programme].map(|actor| actor.id.to_string());
    let [lead, other, office] = people.each_ref().map(String::as_str);
    let expected = [
        ("network.pairing.propose", other, rep, proposed.name.as_str()),
        ("network.pairing.accept", lead, rq6, &proposed.name),
        ("network.pairing.withdraw", other, rep, &proposed.name),
        ("network.pairing.propose", lead, rq6, &again.name),
        ("network.pairing.decline", other, rep, &again.name),
        ("network.pairing.propose", lead, rq6, &last.name),
        ("network.pairing.accept", other, rep, &last.name),
        ("network.pairing.withdraw", office, None, &last.name),
    ];
    assert_eq!(found, expected);
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { head: before + 8, erased: 0 });
}

async fn proposals_are_judged(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 1).await;
    world.organisations(&["RRV", "RTD", "RC1", "US-STANFORD"]).await;
    world.designate("RRV", Named::GlobalExemplar, 0).await;
    world.designate("RTD", Named::NationalExemplar, 1).await;
    world.designate("US-STANFORD", Named::InternationalPartner, 1).await;
    close(&programme, "RC1").await;
    let codes = ["RQ6", "REP", "RRV", "RTD", "RC1", "US-STANFORD"];
    let lead = world.person(&codes.map(|code| (code, Role::Lead)), &[]).await;
    let many = [Role::Member, Role::Contributor, Role::Approver, Role::Admin].map(|role| ("RQ6", role));
    let staff = world.person(&many, &NetworkRole::ALL).await;
    let anyone = world.anonymous().await;
    let before = head(&world).await;
    let broken = pb::ProposePairingRequest {
        exemplar: "RQ6".into(),
        partner: "organisations/rep".into(),
        kind: 77,
        mode: -1,
        message: "x".repeat(2001),
        request_id: "two words".into(),
        ..Default::default()
    };
    let unnamed = pb::ProposePairingRequest { kind: 0, message: "\u{7}".into(), ..follow("RQ6", "REP", "RRV") };
    let faults = "InvalidArgument INVALID_REQUEST\n  request_id: must be at most 64 letters, digits, hyphens, dots or \
                  underscores\n  message: is longer than 2000 characters (2001)\n  exemplar: must look like \
                  organisations/{code}\n  partner: must look like organisations/{code}\n  proposer: must look like \
                  organisations/{code}\n  kind: is not a kind of pairing\n  mode: is not a mode of pairing";
    let more_faults = "InvalidArgument INVALID_REQUEST\n  message: has control characters\n  kind: is missing\n  \
                       proposer: is neither the exemplar nor the partner";
    let undesignated = "FailedPrecondition NOT_DESIGNATED";
    let unknown = "NotFound ORGANISATION_NOT_FOUND";
    for (by, request, expected) in [
        (&lead, follow("RQ6", "RQ6", "RQ6"), "InvalidArgument PAIRING_WITH_SELF"),
        (&lead, follow("REP", "RQ6", "REP"), undesignated),
        (&lead, follow("RTD", "REP", "REP"), undesignated),
        (&lead, abroad("RQ6", "REP", "RQ6"), undesignated),
        (&lead, abroad("REP", "US-STANFORD", "REP"), undesignated),
        (&lead, follow("RQ6", "RC1", "RQ6"), CLOSED),
        (&lead, follow("RC1", "REP", "REP"), CLOSED),
        (&lead, follow("RQ6", "RZZ", "RQ6"), unknown),
        (&lead, follow("RZZ", "REP", "REP"), unknown),
        (&lead, follow("RRV", "REP", "REP"), FULL),
        (&exemplar, follow("RQ6", "REP", "REP"), ROLE),
        (&staff, follow("RQ6", "REP", "RQ6"), ROLE),
        (&anyone, follow("RQ6", "REP", "RQ6"), SIGN_IN),
        (&lead, broken, faults),
        (&lead, unnamed, more_faults),
    ] {
        let context = format!("{request:?}");
        assert_eq!(propose(by, request).await.unwrap_err(), expected, "{context}");
    }
    assert_eq!(head(&world).await, before, "a refusal leaves no trace");

    // A message is as long as it says, in characters; and two organisations have one live pairing, whatever its kind.
    let request = pb::ProposePairingRequest { message: "é".repeat(2000), ..follow("RQ6", "REP", "RQ6") };
    let standing = propose(&exemplar, request).await.unwrap();
    let stanford = propose(&lead, follow("RQ6", "US-STANFORD", "RQ6")).await.unwrap();
    for (by, request) in [
        (&exemplar, follow("RQ6", "REP", "RQ6")),
        (&lead, abroad("RQ6", "US-STANFORD", "US-STANFORD")),
        (&lead, follow("RQ6", "US-STANFORD", "RQ6")),
    ] {
        assert_eq!(propose(by, request).await.unwrap_err(), EXISTS);
    }
    take(&follower, Step::Accept, &standing.name, "").await.unwrap();
    for proposer in ["RQ6", "REP"] {
        assert_eq!(propose(&lead, follow("RQ6", "REP", proposer)).await.unwrap_err(), EXISTS);
    }
    // The exemplar is full: its proposals stay what they are, and it can make no others.
    assert_eq!(take(&lead, Step::Accept, &stanford.name, "").await.unwrap_err(), FULL);
    assert_eq!(propose(&lead, follow("RQ6", "US-STANFORD", "US-STANFORD")).await.unwrap_err(), FULL);
    assert_eq!(propose(&lead, follow("RQ6", "RRV", "RQ6")).await.unwrap_err(), FULL);
    assert_eq!(get(&lead, &stanford.name).await.unwrap(), stanford);
    assert_eq!(taken(&anyone, "RQ6", "GLOBAL_EXEMPLAR").await, 1);
}

/// What each of these callers hears of each step.
async fn verdicts(callers: &[&Actor], name: &str, etag: &str) -> Vec<Vec<String>> {
    let mut table = Vec::new();
    for step in [Step::Accept, Step::Decline, Step::Withdraw] {
        let mut row = Vec::new();
        for caller in callers {
            row.push(take(caller, step, name, etag).await.unwrap_err());
        }
        table.push(row);
    }
    table
}

async fn steps_are_for_those_whose_turn_it_is(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 3).await;
    let below = [Role::Member, Role::Contributor, Role::Approver, Role::Admin];
    let staff: Vec<_> = ["RQ6", "REP"].into_iter().flat_map(|code| below.map(|role| (code, role))).collect();
    let staff = world.person(&staff, &[NetworkRole::Reviewer, NetworkRole::Academy]).await;
    let (outsider, anyone) = (world.at("RBL", Role::Lead).await, world.anonymous().await);
    let callers = [&follower, &exemplar, &programme, &staff, &outsider, &anyone];
    // By the side that proposed, the other, PROGRAMME, staff of both sides, an outsider and nobody: whose turn it is
    // hears of the etag, for it is never the right one.
    let never = "v999";
    let pairing = propose(&follower, follow("RQ6", "REP", "REP")).await.unwrap().name;
    let answer = [ROLE, STALE, ROLE, ROLE, NONE, NONE];
    let back = [STALE, ROLE, ROLE, ROLE, NONE, NONE];
    assert_eq!(verdicts(&callers, &pairing, never).await, [answer, answer, back], "proposed");
    let unknown = format!("pairings/{}", uuid::Uuid::nil());
    assert_eq!(verdicts(&callers, &unknown, "").await, [[NONE; 6]; 3], "unknown");

    take(&exemplar, Step::Accept, &pairing, "v1").await.unwrap();
    let answer = [ROLE, STALE, ROLE, ROLE, ROLE, SIGN_IN];
    let back = [STALE, STALE, STALE, ROLE, ROLE, SIGN_IN];
    assert_eq!(verdicts(&callers, &pairing, never).await, [answer, answer, back], "due diligence");
    for step in [Step::Accept, Step::Decline] {
        assert_eq!(take(&exemplar, step, &pairing, "v2").await.unwrap_err(), STATE);
    }
    take(&exemplar, Step::Withdraw, &pairing, "").await.unwrap();
    let answer = [ROLE, STATE, ROLE, ROLE, ROLE, SIGN_IN];
    let back = [STATE, STATE, STATE, ROLE, ROLE, SIGN_IN];
    assert_eq!(verdicts(&callers, &pairing, "").await, [answer, answer, back], "withdrawn from due diligence");

    // What was never accepted stays between the two.
    let answer = [ROLE, STATE, ROLE, ROLE, NONE, NONE];
    let back = [STATE, STATE, STATE, ROLE, NONE, NONE];
    for (by, step) in [(&exemplar, Step::Decline), (&follower, Step::Withdraw)] {
        let pairing = propose(&follower, follow("RQ6", "REP", "REP")).await.unwrap().name;
        let ended = take(by, step, &pairing, "").await.unwrap();
        assert_eq!(verdicts(&callers, &pairing, "").await, [answer, answer, back], "{}", state(&ended));
    }

    // A side that has closed since can say no and take back, and no more.
    let lead = world.person(&[("RQ6", Role::Lead), ("RBL", Role::Lead)], &[]).await;
    let standing = propose(&exemplar, follow("RQ6", "RBL", "RQ6")).await.unwrap().name;
    close(&programme, "RBL").await;
    assert_eq!(take(&outsider, Step::Accept, &standing, "").await.unwrap_err(), CLOSED);
    assert_eq!(propose(&lead, follow("RQ6", "RBL", "RBL")).await.unwrap_err(), CLOSED);
    take(&outsider, Step::Decline, &standing, "").await.unwrap();
    assert_eq!(taken(&anyone, "RQ6", "GLOBAL_EXEMPLAR").await, 0);

    let (name, etag, request_id) = ("RQ6".to_owned(), "W/1".to_owned(), "x".repeat(65));
    let faults = "InvalidArgument INVALID_REQUEST\n  request_id: must be at most 64 letters, digits, hyphens, dots or \
                  underscores\n  name: must look like pairings/{id}";
    let etags = "\n  etag: is not an etag of this service; send the one you read, or none";
    let accept = pb::AcceptPairingRequest { name: name.clone(), etag: etag.clone(), request_id: request_id.clone() };
    assert_eq!(told(lead.pairings().accept_pairing(accept).await).unwrap_err(), format!("{faults}{etags}"));
    let decline = pb::DeclinePairingRequest { reason: " \n ".to_owned(), ..Default::default() };
    let missing = "InvalidArgument INVALID_REQUEST\n  name: must look like pairings/{id}\n  reason: is missing";
    assert_eq!(told(lead.pairings().decline_pairing(decline).await).unwrap_err(), missing);
    let withdraw = pb::WithdrawPairingRequest { name, reason: "x".repeat(2001), etag, request_id };
    let long = format!("{faults}{etags}\n  reason: is longer than 2000 characters (2001)");
    assert_eq!(told(lead.pairings().withdraw_pairing(withdraw).await).unwrap_err(), long);
    let unreadable = "InvalidArgument INVALID_REQUEST\n  name: must look like pairings/{id}";
    assert_eq!(get(&anyone, "pairings/1").await.unwrap_err(), unreadable);
}

async fn hidden_until_accepted_and_public_for_good(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 2).await;
    let (member, approver) = (world.at("RQ6", Role::Member).await, world.at("REP", Role::Approver).await);
    let inside = [&exemplar, &follower, &programme, &member, &approver];
    let office = world.person(&[], &[NetworkRole::Reviewer, NetworkRole::Academy]).await;
    let outside = [&world.at("RBL", Role::Lead).await, &office, &world.anonymous().await];
    let of_both = "organisation = organisations/RQ6 AND organisation = organisations/REP";
    let request = || pb::ProposePairingRequest { message: "Between us.".into(), ..follow("RQ6", "REP", "REP") };
    let mut hidden = Vec::new();
    let mut public = Vec::new();
    for (by, step) in [(&exemplar, Step::Decline), (&follower, Step::Withdraw)] {
        world.clock.advance(Duration::from_secs(1));
        let proposed = propose(&follower, request()).await.unwrap();
        hidden.insert(0, take(by, step, &proposed.name, "").await.unwrap());
    }
    world.clock.advance(Duration::from_secs(1));
    let standing = propose(&follower, request()).await.unwrap();
    hidden.insert(0, standing.clone());
    for (step, by) in [(None, &exemplar), (Some(Step::Accept), &exemplar), (Some(Step::Withdraw), &programme)] {
        if let Some(step) = step {
            let found = take(by, step, &standing.name, "").await.unwrap();
            hidden.retain(|pairing| pairing.name != standing.name);
            public = vec![found];
        }
        let all: Vec<_> = public.iter().chain(&hidden).cloned().collect();
        for caller in inside {
            for filter in ["", of_both, "kind = EXEMPLAR_FOLLOWER"] {
                assert_eq!(list(caller, filter).await, all);
            }
            for pairing in &all {
                assert_eq!(get(caller, &pairing.name).await.as_ref(), Ok(pairing));
            }
        }
        let blank = |pairing: &pb::Pairing| pb::Pairing { message: String::new(), ..pairing.clone() };
        let public: Vec<_> = public.iter().map(blank).collect();
        for caller in outside {
            for filter in ["", of_both, "kind = EXEMPLAR_FOLLOWER"] {
                assert_eq!(list(caller, filter).await, public);
            }
            assert_eq!(list(caller, "state = PROPOSED").await, []);
            for pairing in &public {
                assert_eq!(get(caller, &pairing.name).await.as_ref(), Ok(pairing));
            }
            for pairing in &hidden {
                like_unknown(caller, &pairing.name).await;
            }
        }
    }
}

/// Asserts that a pairing answers in every byte like one that does not exist.
async fn like_unknown(caller: &Actor, name: &str) {
    let unknown = format!("pairings/{}", uuid::Uuid::nil());
    let ask = async |name: &str| {
        let request = pb::GetPairingRequest { name: name.to_owned() };
        let refused = caller.pairings().get_pairing(request).await.unwrap_err();
        let details = String::from_utf8_lossy(refused.details()).replace(name, "it");
        (refusal(&refused), refused.message().replace(name, "it"), details)
    };
    let answer = ask(name).await;
    assert_eq!((answer.0.as_str(), answer.1.as_str()), (NONE, "there is no it"));
    assert_eq!(answer, ask(&unknown).await);
}

async fn partners_and_followers_take_places(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "RRV", "RTD", "REP", "US-STANFORD"]).await;
    for (code, capacity) in [("RQ6", 1), ("RRV", 0), ("RTD", 0)] {
        world.designate(code, Named::GlobalExemplar, capacity).await;
    }
    world.designate("US-STANFORD", Named::InternationalPartner, 2).await;
    let stanford = world.at("US-STANFORD", Role::Lead).await;
    let lead = world.person(&["RQ6", "RRV", "RTD", "REP"].map(|code| (code, Role::Lead)), &[]).await;
    let places = async || {
        let mut found = [taken(&lead, "US-STANFORD", "INTERNATIONAL_PARTNER").await, 0, 0, 0];
        for (place, code) in (1..).zip(["RQ6", "RRV", "RTD"]) {
            found[place] = taken(&lead, code, "GLOBAL_EXEMPLAR").await;
        }
        found
    };
    // One partner, several exemplars: each takes a place of the partner's, and none of the exemplar's own.
    let mut proposed = Vec::new();
    for (by, code, proposer) in [(&stanford, "RQ6", "US-STANFORD"), (&lead, "RRV", "RRV"), (&lead, "RTD", "RTD")] {
        proposed.push(propose(by, abroad(code, "US-STANFORD", proposer)).await.unwrap().name);
    }
    take(&lead, Step::Accept, &proposed[0], "").await.unwrap();
    take(&stanford, Step::Accept, &proposed[1], "").await.unwrap();
    assert_eq!(take(&stanford, Step::Accept, &proposed[2], "").await.unwrap_err(), FULL);
    assert_eq!(propose(&stanford, abroad("RTD", "US-STANFORD", "US-STANFORD")).await.unwrap_err(), FULL);
    assert_eq!(places().await, [2, 0, 0, 0]);
    // A follower takes one of the exemplar's; the mirror image of a proposal accepts it, as it was proposed.
    let (mode, message) = (pb::PairingMode::CommonTeam.into(), "From us.".to_owned());
    let request = pb::ProposePairingRequest { mode, message, ..follow("RQ6", "REP", "REP") };
    let standing = propose(&lead, request).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    let (mode, message) = (pb::PairingMode::StandardMethods.into(), "From them.".to_owned());
    let request = pb::ProposePairingRequest { mode, message, ..follow("RQ6", "REP", "RQ6") };
    let accepted = propose(&lead, request).await.unwrap();
    let (state, accept_time) = (pb::PairingState::DueDiligence.into(), Some(world.clock.now().into()));
    assert_eq!(accepted, pb::Pairing { state, etag: "v2".into(), accept_time, ..standing });
    assert_eq!(places().await, [2, 1, 0, 0]);
    // Either side may take back, and each time it is the right place that is free again.
    take(&lead, Step::Withdraw, &accepted.name, "").await.unwrap();
    take(&stanford, Step::Withdraw, &proposed[0], "").await.unwrap();
    assert_eq!(places().await, [1, 0, 0, 0]);
    let third = propose(&stanford, abroad("RTD", "US-STANFORD", "US-STANFORD")).await.unwrap();
    assert_eq!((third.name.as_str(), third.state()), (proposed[2].as_str(), pb::PairingState::DueDiligence));
    assert_eq!(places().await, [2, 0, 0, 0]);
}

async fn lists_page_and_filter(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "RRV", "REP", "RBL", "US-STANFORD"]).await;
    world.designate("RQ6", Named::GlobalExemplar, 5).await;
    world.designate("RRV", Named::GlobalExemplar, 5).await;
    world.designate("US-STANFORD", Named::InternationalPartner, 5).await;
    let lead = world.person(&["RQ6", "RRV", "REP", "RBL", "US-STANFORD"].map(|code| (code, Role::Lead)), &[]).await;
    let mut names = Vec::new();
    for (request, step) in [
        (follow("RQ6", "REP", "RQ6"), Some(Step::Accept)),
        (follow("RQ6", "RBL", "RBL"), None),
        (follow("RRV", "RBL", "RBL"), Some(Step::Decline)),
        (abroad("RRV", "US-STANFORD", "RRV"), Some(Step::Accept)),
    ] {
        world.clock.advance(Duration::from_secs(1));
        let name = propose(&lead, request).await.unwrap().name;
        if let Some(step) = step {
            take(&lead, step, &name, "").await.unwrap();
        }
        names.push(name);
    }
    // Three of the same instant: every page still continues where the one before ended.
    names.push(propose(&lead, follow("RRV", "REP", "RRV")).await.unwrap().name);
    let stanford = propose(&lead, abroad("RQ6", "US-STANFORD", "RQ6")).await.unwrap();
    names.push(stanford.name.clone());
    names[3..].sort();
    let number = |pairing: &pb::Pairing| names.iter().position(|name| *name == pairing.name).unwrap();
    let page = async |filter: &str, page_size: i32, page_token: &str| {
        let (filter, page_token) = (filter.to_owned(), page_token.to_owned());
        told(lead.pairings().list_pairings(pb::ListPairingsRequest { page_size, page_token, filter }).await)
    };
    let pages = async |filter: &str| {
        let mut answer = page(filter, 1, "").await.unwrap();
        let mut found: Vec<_> = answer.pairings.iter().map(number).collect();
        while !answer.next_page_token.is_empty() {
            answer = page(filter, 1, &answer.next_page_token).await.unwrap();
            assert_eq!(answer.pairings.len(), 1);
            found.push(number(&answer.pairings[0]));
        }
        found
    };
    let partner = number(&stanford);
    for (filter, expected) in [
        ("", vec![5, 4, 3, 2, 1, 0]),
        ("organisation = organisations/RBL", vec![2, 1]),
        ("organisation = organisations/RBL AND organisation = \"organisations/RRV\"", vec![2]),
        ("state = DECLINED", vec![2]),
        ("state = WITHDRAWN", vec![]),
        ("state = DUE_DILIGENCE AND kind = EXEMPLAR_FOLLOWER", vec![0]),
        ("kind = EXEMPLAR_PARTNER AND state = PROPOSED AND organisation = organisations/RQ6", vec![partner]),
    ] {
        assert_eq!(pages(filter).await, expected, "{filter}");
        assert_eq!(list(&lead, filter).await.iter().map(number).collect::<Vec<_>>(), expected, "{filter}");
    }

    let token = page("", 1, "").await.unwrap().next_page_token;
    let alien = "page_token: is not a token of this query; start again without one";
    for (filter, size, token, faults) in [
        ("state = PROPOSED", 1, token.as_str(), alien),
        ("", 1, "rubbish", alien),
        ("", -1, "", "page_size: must not be negative"),
        ("state = OPEN", 0, "", STATES),
        ("kind = FOLLOWER", 0, "", "filter: kind is one of EXEMPLAR_FOLLOWER, EXEMPLAR_PARTNER, EXEMPLAR_PEER"),
        ("state = DECLINED AND state = PROPOSED", 0, "", "filter: names state twice"),
        ("organisation = RQ-6", 0, "", "filter: organisation must look like organisations/{code} or be a code"),
        ("partner = RQ6", 0, "", "filter: expects one of organisation, state, kind at character 1"),
    ] {
        let refused = page(filter, size, token).await.unwrap_err();
        assert_eq!(refused, format!("InvalidArgument INVALID_REQUEST\n  {faults}"), "{filter}");
    }
}

async fn two_places_and_eight_who_accept(database: Database) {
    let world = World::new(database).await;
    let exemplars: Vec<_> = (0..10).map(|round| format!("REX{round}")).collect();
    let followers: Vec<_> = (1..=8).map(|number| format!("RF{number}")).collect();
    let codes: Vec<_> = exemplars.iter().chain(&followers).map(String::as_str).collect();
    world.organisations(&codes).await;
    for code in &exemplars {
        world.designate(code, Named::GlobalExemplar, 2).await;
    }
    let leads: Vec<_> = exemplars.iter().map(|code| (code.as_str(), Role::Lead)).collect();
    let exemplar = world.person(&leads, &[]).await;
    let mut leads = Vec::new();
    for code in &followers {
        leads.push(world.at(code, Role::Lead).await);
    }
    for code in &exemplars {
        let before = head(&world).await;
        let mut calls = Vec::new();
        for (lead, follower) in leads.iter().zip(&followers) {
            let name = propose(&exemplar, follow(code, follower, code)).await.unwrap().name;
            let lead = lead.clone();
            calls.push(async move { take(&lead, Step::Accept, &name, "v1").await });
        }
        let answers = at_once(calls).await;
        let accepted: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(
            accepted.len() == 2 && accepted.iter().all(|pairing| state(pairing) == "DUE_DILIGENCE"),
            "{accepted:?}"
        );
        assert_eq!(refused, [FULL; 6]);
        assert_eq!(taken(&exemplar, code, "GLOBAL_EXEMPLAR").await, 2);
        for (state, count) in [("DUE_DILIGENCE", 2), ("PROPOSED", 6)] {
            let filter = format!("organisation = organisations/{code} AND state = {state}");
            assert_eq!(list(&exemplar, &filter).await.len(), count);
        }
        assert_eq!(head(&world).await, before + 10, "eight proposals and two acceptances");
        // One is taken back while the six who were refused try again: one of them is the lucky one.
        take(&exemplar, Step::Withdraw, &accepted[0].name, "v2").await.unwrap();
        let mut calls = Vec::new();
        for (lead, _) in leads.iter().zip(&answers).filter(|(_, answer)| answer.is_err()) {
            let standing = list(lead, &format!("organisation = organisations/{code} AND state = PROPOSED")).await;
            let (lead, name) = (lead.clone(), standing[0].name.clone());
            calls.push(async move { take(&lead, Step::Accept, &name, "").await.is_ok() });
        }
        assert_eq!(at_once(calls).await.iter().filter(|lucky| **lucky).count(), 1);
        assert_eq!(taken(&exemplar, code, "GLOBAL_EXEMPLAR").await, 2);
    }
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { head: head(&world).await, erased: 0 });
}

async fn two_sides_at_once_make_one_pairing(database: Database) {
    let world = World::new(database).await;
    let followers: Vec<_> = (0..10).map(|number| format!("RF{number}")).collect();
    let codes: Vec<_> = followers.iter().map(String::as_str).chain(["RQ6"]).collect();
    world.organisations(&codes).await;
    world.designate("RQ6", Named::GlobalExemplar, 10).await;
    let exemplar = world.at("RQ6", Role::Lead).await;
    let leads: Vec<_> = followers.iter().map(|code| (code.as_str(), Role::Lead)).collect();
    let follower = world.person(&leads, &[]).await;
    let alone = |pairings: &[pb::Pairing]| pairings.iter().map(state).collect::<Vec<_>>();
    for (round, code) in (1..).zip(&followers) {
        let calls = [(&exemplar, "RQ6"), (&follower, code.as_str())].map(|(by, proposer)| {
            let (by, request) = (by.clone(), follow("RQ6", code, proposer));
            async move { propose(&by, request).await.unwrap() }
        });
        // Whoever comes second finds the other's proposal and accepts it.
        let answers = at_once(Vec::from(calls)).await;
        let mut states = alone(&answers);
        states.sort_unstable();
        assert_eq!(states, ["DUE_DILIGENCE", "PROPOSED"]);
        assert_eq!(answers[0].name, answers[1].name);
        assert_eq!(answers[0].proposer, answers[1].proposer);
        let pair = format!("organisation = organisations/{code}");
        assert_eq!(alone(&list(&exemplar, &pair).await), ["DUE_DILIGENCE"]);
        assert_eq!(taken(&exemplar, "RQ6", "GLOBAL_EXEMPLAR").await, round);
    }
    for (freed, code) in (1..).zip(&followers) {
        let pair = format!("organisation = organisations/{code}");
        let name = list(&exemplar, &pair).await[0].name.clone();
        // Both take back at once: one does, one hears that it is done, and one place is free.
        let calls = [&exemplar, &follower].map(|by| {
            let (by, name) = (by.clone(), name.clone());
            async move { take(&by, Step::Withdraw, &name, "").await.err() }
        });
        let mut answers = at_once(Vec::from(calls)).await;
        answers.sort();
        assert_eq!(answers, [None, Some(STATE.to_owned())]);
        assert_eq!(taken(&exemplar, "RQ6", "GLOBAL_EXEMPLAR").await, 10 - freed);
        // Four proposals of one side: one stands.
        let calls = (0..4).map(|_| {
            let (by, request) = (follower.clone(), follow("RQ6", code, code));
            async move { propose(&by, request).await.err() }
        });
        let mut answers = at_once(calls.collect()).await;
        answers.sort();
        assert_eq!(answers, [None, Some(EXISTS.into()), Some(EXISTS.into()), Some(EXISTS.into())]);
        // Accepted and taken back at once: whichever comes first, it ends withdrawn and holds no place.
        let name = list(&follower, &format!("{pair} AND state = PROPOSED")).await[0].name.clone();
        let calls = [(&exemplar, Step::Accept), (&follower, Step::Withdraw)].map(|(by, step)| {
            let (by, name) = (by.clone(), name.clone());
            async move { take(&by, step, &name, "").await.err() }
        });
        let answers = at_once(Vec::from(calls)).await;
        assert!(answers[0].as_ref().is_none_or(|refused| refused == STATE), "{answers:?}");
        assert_eq!(answers[1], None);
        assert_eq!(get(&follower, &name).await.unwrap().state(), pb::PairingState::Withdrawn);
        assert_eq!(taken(&exemplar, "RQ6", "GLOBAL_EXEMPLAR").await, 10 - freed);
    }
}

async fn requests_repeat(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 1).await;
    let before = head(&world).await;
    let request = pb::ProposePairingRequest { request_id: "p".into(), ..follow("RQ6", "REP", "REP") };
    let proposals = (0..4).map(|_| {
        let (by, request) = (follower.clone(), request.clone());
        async move { told(by.pairings().propose_pairing(request).await).unwrap() }
    });
    let proposed = at_once(proposals.collect()).await;
    assert!(proposed.iter().all(|answer| *answer == proposed[0]), "four at once get one answer");
    let name = proposed[0].pairing.clone().unwrap().name;
    let accept = pb::AcceptPairingRequest { name: name.clone(), etag: "v1".into(), request_id: "a".into() };
    let acceptances = (0..4).map(|_| {
        let (by, request) = (exemplar.clone(), accept.clone());
        async move { told(by.pairings().accept_pairing(request).await).unwrap() }
    });
    let accepted = at_once(acceptances.collect()).await;
    assert!(accepted.iter().all(|answer| *answer == accepted[0]), "four at once get one answer");
    let (reason, request_id, etag) = (WHY.to_owned(), "w".to_owned(), String::new());
    let withdraw = pb::WithdrawPairingRequest { name, reason, etag, request_id };
    let withdrawn = told(follower.pairings().withdraw_pairing(withdraw.clone()).await).unwrap();
    assert_eq!([proposed[0].sequence, accepted[0].sequence, withdrawn.sequence], [1, 2, 3].map(|place| before + place));
    // Whatever has become of it since, each verb answers as it did.
    world.clock.advance(Duration::from_mins(5));
    assert_eq!(told(follower.pairings().propose_pairing(request.clone()).await).as_ref(), Ok(&proposed[0]));
    assert_eq!(told(exemplar.pairings().accept_pairing(accept.clone()).await).as_ref(), Ok(&accepted[0]));
    assert_eq!(told(follower.pairings().withdraw_pairing(withdraw.clone()).await), Ok(withdrawn));
    assert_eq!(head(&world).await, before + 3);
    assert_eq!(taken(&programme, "RQ6", "GLOBAL_EXEMPLAR").await, 0);

    let next = propose(&follower, follow("RQ6", "REP", "REP")).await.unwrap();
    let (name, reason, etag, request_id) = (next.name.clone(), WHY.to_owned(), String::new(), "d".to_owned());
    let decline = pb::DeclinePairingRequest { name, reason, etag, request_id };
    let declined = told(exemplar.pairings().decline_pairing(decline.clone()).await).unwrap();
    assert_eq!(declined.sequence, before + 5);
    assert_eq!(told(exemplar.pairings().decline_pairing(decline.clone()).await), Ok(declined));

    // The same id with another body, or for another verb, is an error; another person's id is another.
    let other = pb::ProposePairingRequest { message: "More.".into(), ..request };
    assert_eq!(propose(&follower, other).await.unwrap_err(), REUSED);
    let other = pb::DeclinePairingRequest { request_id: "a".into(), ..decline.clone() };
    assert_eq!(told(exemplar.pairings().decline_pairing(other).await).unwrap_err(), REUSED);
    let second = world.at("RQ6", Role::Lead).await;
    assert_eq!(told(second.pairings().decline_pairing(decline).await).unwrap_err(), STATE);
    // A refused request leaves no memory: the same id may be used rightly.
    let stale = pb::AcceptPairingRequest { request_id: "x".into(), etag: "v9".into(), name: next.name };
    assert_eq!(told(exemplar.pairings().accept_pairing(stale).await).unwrap_err(), STALE);
    let last = pb::ProposePairingRequest { request_id: "x".into(), ..follow("RQ6", "REP", "RQ6") };
    propose(&exemplar, last).await.unwrap();
}
