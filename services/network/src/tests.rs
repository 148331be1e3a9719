//! The pure model, by table and by property.

use std::collections::BTreeMap;
use std::time::Duration;

use exemplar_kernel::{Chance, Fault as _, NetworkRole, OrganisationId, PersonId, Principal, Role, Timestamp};
use proptest::prelude::*;

use crate::model::pairing::Party;
use crate::{
    DesignationKind, Error, PairKey, Pairing, PairingId, PairingKind, PairingMode, PairingState, RecordedPairing,
    RecordedState, Side, Step, Terms,
};

const PARTIES: [Party; 3] = [Party::Proposer, Party::Answerer, Party::Programme];
const STEPS: [Step; 3] = [Step::Accept, Step::Decline, Step::Withdraw];
const START: Timestamp = Timestamp::from_micros(1_504_656_000_000_000);

fn organisation(code: &str) -> OrganisationId {
    OrganisationId::from_code(code).unwrap()
}

fn terms(proposer: Side) -> Terms {
    Terms {
        exemplar: organisation("RQ6"),
        partner: organisation("REP"),
        kind: PairingKind::ExemplarFollower,
        mode: Some(PairingMode::SharedSoftware),
        proposer,
    }
}

fn id() -> PairingId {
    PairingId::new(Chance::seeded(1).id(START))
}

fn proposed(proposer: Side) -> Pairing {
    Pairing::propose(id(), terms(proposer), "we share your supplier".to_owned(), START)
}

fn after(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

fn step(pairing: Pairing, step: Step, by: Party, now: Timestamp) -> Result<Pairing, Error> {
    match step {
        Step::Accept => pairing.accept(by, now),
        Step::Decline => pairing.decline(by, "another was nearer".to_owned(), now),
        Step::Withdraw => pairing.withdraw(by, "the money went elsewhere".to_owned(), now),
    }
}

/// A pairing that stands at `state`, by the shortest way there.
fn standing(state: PairingState) -> Pairing {
    let proposal = proposed(Side::Exemplar);
    match state {
        PairingState::Proposed => proposal,
        PairingState::Declined => step(proposal, Step::Decline, Party::Answerer, after(1)).unwrap(),
        PairingState::Withdrawn => step(proposal, Step::Withdraw, Party::Proposer, after(1)).unwrap(),
        PairingState::DueDiligence => step(proposal, Step::Accept, Party::Answerer, after(1)).unwrap(),
    }
}

#[test]
fn every_step_from_every_state_by_every_party() {
    use PairingState::{Declined, DueDiligence, Proposed, Withdrawn};
    use Party::{Answerer, Programme, Proposer};
    const DENIED: &str = "ROLE_MISSING";
    const STATE: &str = "PAIRING_STATE";
    let table = [
        // from, step, by the proposer, by the answerer, by the programme
        (Proposed, Step::Accept, [Err(DENIED), Ok(DueDiligence), Err(DENIED)]),
        (Proposed, Step::Decline, [Err(DENIED), Ok(Declined), Err(DENIED)]),
        (Proposed, Step::Withdraw, [Ok(Withdrawn), Err(DENIED), Err(DENIED)]),
        (DueDiligence, Step::Accept, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (DueDiligence, Step::Decline, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (DueDiligence, Step::Withdraw, [Ok(Withdrawn), Ok(Withdrawn), Ok(Withdrawn)]),
        (Declined, Step::Accept, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (Declined, Step::Decline, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (Declined, Step::Withdraw, [Err(STATE), Err(STATE), Err(STATE)]),
        (Withdrawn, Step::Accept, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (Withdrawn, Step::Decline, [Err(DENIED), Err(STATE), Err(DENIED)]),
        (Withdrawn, Step::Withdraw, [Err(STATE), Err(STATE), Err(STATE)]),
    ];
    assert_eq!(table.len(), PairingState::ALL.len() * STEPS.len());
    for (from, taken, expected) in table {
        for (by, expected) in [Proposer, Answerer, Programme].into_iter().zip(expected) {
            let met = step(standing(from), taken, by, after(2));
            let met = met.map(|pairing| pairing.state).map_err(|error| error.reason());
            assert_eq!(met, expected, "{from} {taken} by {by:?}");
        }
    }
}

#[test]
fn a_step_keeps_its_instant_and_its_reason() {
    let accepted = standing(PairingState::DueDiligence);
    assert_eq!((accepted.accepted, accepted.ended, accepted.version), (Some(after(1)), None, 2));
    let dropped = step(accepted, Step::Withdraw, Party::Programme, after(2)).unwrap();
    assert_eq!((dropped.accepted, dropped.ended, dropped.version), (Some(after(1)), Some(after(2)), 3));
    assert_eq!(dropped.reason, "the money went elsewhere");
    let declined = standing(PairingState::Declined);
    assert_eq!((declined.accepted, declined.ended), (None, Some(after(1))));
    assert_eq!(declined.message, "we share your supplier");
}

#[test]
fn only_the_mirror_image_of_a_standing_proposal_accepts_it() {
    let mirror = terms(Side::Partner);
    let met = proposed(Side::Exemplar).meet(&mirror, after(1)).unwrap();
    assert_eq!((met.state, met.accepted), (PairingState::DueDiligence, Some(after(1))));
    let other_mode = Terms { mode: None, ..mirror.clone() };
    let met = proposed(Side::Exemplar).meet(&other_mode, after(1)).unwrap();
    assert_eq!(met.terms.mode, Some(PairingMode::SharedSoftware));
    let other_kind = Terms { kind: PairingKind::ExemplarPartner, ..mirror.clone() };
    let other_way_round =
        Terms { exemplar: organisation("REP"), partner: organisation("RQ6"), ..terms(Side::Exemplar) };
    for other in [terms(Side::Exemplar), other_kind, other_way_round] {
        let refused = proposed(Side::Exemplar).meet(&other, after(1)).unwrap_err();
        assert_eq!(refused.reason(), "PAIRING_EXISTS", "{other:?}");
    }
    let refused = standing(PairingState::DueDiligence).meet(&mirror, after(2)).unwrap_err();
    assert_eq!(refused.reason(), "PAIRING_EXISTS");
}

#[test]
fn nobody_is_paired_with_themselves() {
    let refused = PairKey::new(&organisation("RQ6"), &organisation("RQ6")).unwrap_err();
    assert_eq!(refused.to_string(), "organisations/RQ6 cannot be paired with itself");
    assert_eq!(refused.reason(), "PAIRING_WITH_SELF");
}

#[test]
fn a_pairing_takes_its_place_where_the_programme_said() {
    use DesignationKind::{GlobalExemplar, InternationalPartner};
    let follower = PairingKind::ExemplarFollower;
    assert_eq!((follower.takes_place_of(), follower.also_needs()), ((Side::Exemplar, GlobalExemplar), None));
    let partner = PairingKind::ExemplarPartner;
    assert_eq!(partner.takes_place_of(), (Side::Partner, InternationalPartner));
    assert_eq!(partner.also_needs(), Some((Side::Exemplar, GlobalExemplar)));
}

#[test]
fn who_may_know_of_a_pairing_and_who_reads_its_message() {
    let person = |roles: &[(&str, Role)], network: &[NetworkRole]| {
        let roles: BTreeMap<_, _> = roles.iter().map(|(code, role)| (organisation(code), vec![*role])).collect();
        Principal::person(PersonId::new(id().uuid()), None, roles, network.to_vec())
    };
    let inside = [
        person(&[("RQ6", Role::Member)], &[]),
        person(&[("REP", Role::Admin)], &[]),
        person(&[], &[NetworkRole::Programme]),
        Principal::system(),
    ];
    let outside = [
        Principal::anonymous(),
        person(&[], &[]),
        person(&[("RVW", Role::Lead)], &[NetworkRole::Reviewer, NetworkRole::Academy]),
    ];
    let dropped = step(standing(PairingState::DueDiligence), Step::Withdraw, Party::Proposer, after(2)).unwrap();
    let pairings: Vec<_> = PairingState::ALL.iter().map(|state| standing(*state)).chain([dropped]).collect();
    for pairing in pairings {
        for caller in &inside {
            assert_eq!(pairing.clone().seen_by(caller), Some(pairing.clone()), "{caller:?}");
        }
        let public = pairing.accepted.map(|_| Pairing { message: String::new(), ..pairing.clone() });
        for caller in &outside {
            assert_eq!(pairing.clone().seen_by(caller), public, "{caller:?}");
        }
    }
}

#[test]
fn what_is_recorded_of_the_past_is_in_order() {
    let record = |proposed, state| {
        let recorded = RecordedPairing { terms: terms(Side::Exemplar), proposed, state, source: "HSJ".to_owned() };
        recorded.pairing(id(), after(10)).map_err(|error| error.to_string())
    };
    let withdrawn = |accepted, ended| RecordedState::Withdrawn { accepted, ended, reason: "dropped".to_owned() };
    let dropped = record(after(1), withdrawn(Some(after(2)), after(3))).unwrap();
    assert_eq!(
        (dropped.state, dropped.accepted, dropped.ended),
        (PairingState::Withdrawn, Some(after(2)), Some(after(3)),)
    );
    assert!(dropped.seen_by(&Principal::anonymous()).is_some());
    let quiet = record(after(1), withdrawn(None, after(3))).unwrap();
    assert!(quiet.seen_by(&Principal::anonymous()).is_none());
    assert_eq!(record(after(1), RecordedState::Proposed).unwrap().state, PairingState::Proposed);
    for (proposed, state, fault) in [
        (after(11), RecordedState::Proposed, "proposed is after now"),
        (after(3), RecordedState::DueDiligence { accepted: after(2) }, "proposed is after accepted"),
        (after(1), withdrawn(Some(after(4)), after(3)), "accepted is after ended"),
        (after(4), withdrawn(None, after(11)), "ended is after now"),
        (after(4), withdrawn(None, after(3)), "proposed is after ended"),
    ] {
        assert_eq!(record(proposed, state).unwrap_err(), fault);
    }
}

#[test]
fn a_kept_answer_comes_back_as_it_was() {
    for state in PairingState::ALL {
        let pairing = standing(*state);
        let json = serde_json::to_string(&pairing).unwrap();
        assert_eq!(serde_json::from_str::<Pairing>(&json).unwrap(), pairing);
    }
}

#[test]
fn words_are_read_only_as_they_are_written() {
    for state in PairingState::ALL {
        assert_eq!(PairingState::from_name(state.name()), Some(*state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
    for kind in DesignationKind::ALL {
        assert_eq!(DesignationKind::from_name(kind.name()), Some(*kind));
    }
    assert_eq!(PairingState::from_name("proposed"), None);
}

/// A step that somebody tries on one of the pairings, some seconds after the start: the clocks of replicas differ.
type Attempt = (usize, Step, Party, u64);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt =
        (0..3_usize, prop::sample::select(STEPS.to_vec()), prop::sample::select(PARTIES.to_vec()), 0..100_u64);
    prop::collection::vec(attempt, 0..40)
}

proptest! {
    #[test]
    fn a_pair_is_one_pair_whoever_proposes(one in "[A-Z0-9]{3,10}", other in "[A-Z0-9]{3,10}") {
        let (one, other) = (organisation(&one), organisation(&other));
        match (PairKey::new(&one, &other), PairKey::new(&other, &one)) {
            (Ok(pair), Ok(mirror)) => {
                prop_assert!(pair.low() < pair.high());
                prop_assert_eq!(pair, mirror);
            }
            (pair, mirror) => {
                prop_assert_eq!(&one, &other);
                prop_assert!(pair.is_err() && mirror.is_err());
            }
        }
    }

    #[test]
    fn whatever_is_tried_pairings_stay_whole(attempts in attempts(), capacity in 0..4_i32) {
        let mut pairings = vec![proposed(Side::Exemplar), proposed(Side::Partner), proposed(Side::Exemplar)];
        let mut taken = 0;
        for (which, tried, by, seconds) in attempts {
            let before = pairings[which].clone();
            let Ok(next) = step(before.clone(), tried, by, after(seconds)) else { continue };
            // What the database does with the count, its check included.
            let places = i32::from(next.state.takes_place()) - i32::from(before.state.takes_place());
            if taken + places > capacity {
                continue;
            }
            taken += places;
            prop_assert!(!before.state.is_ended(), "{} left", before.state);
            prop_assert_eq!(next.version, before.version + 1);
            prop_assert!(next.accepted.is_some() || before.accepted.is_none(), "what was public was hidden");
            prop_assert_eq!((&next.terms, &next.message, next.proposed), (&before.terms, &before.message, before.proposed));
            pairings[which] = next;
            prop_assert!((0..=capacity).contains(&taken));
        }
        let holding = pairings.iter().filter(|pairing| pairing.state.takes_place()).count();
        prop_assert_eq!(usize::try_from(taken).unwrap(), holding);
        for pairing in pairings {
            prop_assert!(pairing.accepted.is_none_or(|accepted| pairing.proposed <= accepted));
            prop_assert!(pairing.ended.is_none_or(|ended| pairing.accepted.unwrap_or(pairing.proposed) <= ended));
            prop_assert_eq!(pairing.ended.is_some(), pairing.state.is_ended());
            prop_assert_eq!(pairing.reason.is_empty(), !pairing.state.is_ended());
            prop_assert!(pairing.accepted.is_some() || pairing.state != PairingState::DueDiligence);
            prop_assert!(pairing.accepted.is_none() || pairing.state != PairingState::Declined);
        }
    }
}
