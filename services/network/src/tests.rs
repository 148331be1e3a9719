//! The pure model, by table and by property.

mod funding;
mod progress;

use std::collections::BTreeMap;
use std::time::Duration;

use exemplar_kernel::{Chance, Fault as _, NetworkRole, OrganisationId, PersonId, Principal, Role, Timestamp};
use proptest::prelude::*;
use time::macros::date;

use crate::model::pairing::PROPOSAL_LIFE;
use crate::model::step::Party;
use crate::{
    DesignationKind, Move, Outcome, PairKey, Pairing, PairingId, PairingKind, PairingMode, PairingState,
    RecordedPairing, RecordedState, Side, Terms,
};

const PARTIES: [Party; 3] = [Party::Proposer, Party::Answerer, Party::Programme];
const START: Timestamp = Timestamp::from_micros(1_504_656_000_000_000);
const WHY: &str = "the money went elsewhere";

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

fn why() -> String {
    WHY.to_owned()
}

/// Every step that a caller can take.
fn moves() -> [Move; 10] {
    [
        Move::Accept,
        Move::Decline { reason: why() },
        Move::Counter { mode: None, message: "another way".to_owned() },
        Move::Withdraw { reason: why() },
        Move::Activate,
        Move::Pause { reason: why() },
        Move::Resume,
        Move::Complete { outcome: Outcome::Achieved, reason: why() },
        Move::End { reason: why() },
        Move::Override { to: PairingState::DueDiligence, reason: why() },
    ]
}

/// A pairing that stands at `state`, by the shortest way there.
fn standing(state: PairingState) -> Pairing {
    use PairingState::{
        Active, Agreed, Completed, Declined, DueDiligence, Ended, Expired, Paused, Proposed, Withdrawn,
    };
    let from = |state, taken: Move, by| standing(state).take(taken, by, after(1)).unwrap();
    match state {
        Proposed => proposed(Side::Exemplar),
        Declined => from(Proposed, Move::Decline { reason: why() }, Party::Answerer),
        Withdrawn => from(Proposed, Move::Withdraw { reason: why() }, Party::Proposer),
        Expired => standing(Proposed).at(START.plus(PROPOSAL_LIFE)),
        DueDiligence => from(Proposed, Move::Accept, Party::Answerer),
        Agreed => standing(DueDiligence).agree(1).unwrap(),
        Active => from(Agreed, Move::Activate, Party::Proposer),
        Paused => from(Active, Move::Pause { reason: why() }, Party::Answerer),
        Completed => from(Active, Move::Complete { outcome: Outcome::Achieved, reason: why() }, Party::Programme),
        Ended => from(Active, Move::End { reason: why() }, Party::Proposer),
    }
}

#[test]
fn every_step_from_every_state_by_every_party() {
    use PairingState::{Active, Agreed, Completed, Declined, DueDiligence, Ended, Paused, Proposed, Withdrawn};
    // What a step leads to from the states it can follow; everywhere else the state refuses it.
    let leads = |taken: &Move, from: PairingState| match (taken, from) {
        (Move::Accept, Proposed) => Some(DueDiligence),
        (Move::Decline { .. }, Proposed) => Some(Declined),
        (Move::Counter { .. }, Proposed) => Some(Proposed),
        (Move::Withdraw { .. }, Proposed | DueDiligence) => Some(Withdrawn),
        (Move::Activate, Agreed) | (Move::Resume, Paused) => Some(Active),
        (Move::Pause { .. }, Active) => Some(Paused),
        (Move::Complete { .. }, Active) => Some(Completed),
        (Move::End { .. }, Agreed | Active | Paused) => Some(Ended),
        (Move::Override { .. }, from) if from != DueDiligence => Some(DueDiligence),
        _ => None,
    };
    // Who may take it.
    let open = |taken: &Move, from: PairingState, by: Party| match taken {
        Move::Accept | Move::Decline { .. } | Move::Counter { .. } => by == Party::Answerer,
        Move::Withdraw { .. } if from == Proposed => by == Party::Proposer,
        Move::Override { .. } => by == Party::Programme,
        Move::Withdraw { .. }
        | Move::Activate
        | Move::Pause { .. }
        | Move::Resume
        | Move::Complete { .. }
        | Move::End { .. } => true,
    };
    for from in PairingState::ALL.iter().copied() {
        for taken in moves() {
            for by in PARTIES {
                let expected = match (open(&taken, from, by), leads(&taken, from)) {
                    (false, _) => Err("ROLE_MISSING"),
                    (true, None) => Err("PAIRING_STATE"),
                    (true, Some(state)) => Ok(state),
                };
                let met = standing(from).take(taken.clone(), by, after(2));
                let met = met.map(|pairing| pairing.state).map_err(|error| error.reason());
                assert_eq!(met, expected, "{from} {taken:?} by {by:?}");
            }
            let system = standing(from).take(taken.clone(), Party::System, after(2));
            assert_eq!(system.unwrap_err().reason(), "ROLE_MISSING", "{from} {taken:?}");
        }
    }
}

#[test]
fn a_step_keeps_its_instant_and_its_reason() {
    let accepted = standing(PairingState::DueDiligence);
    assert_eq!((accepted.accepted, accepted.ended, accepted.version), (Some(after(1)), None, 2));
    let dropped = accepted.take(Move::Withdraw { reason: why() }, Party::Programme, after(2)).unwrap();
    assert_eq!((dropped.accepted, dropped.ended, dropped.version), (Some(after(1)), Some(after(2)), 3));
    assert_eq!((dropped.reason.as_str(), dropped.left_behind), (WHY, Some(Side::Partner)));
    let declined = standing(PairingState::Declined);
    assert_eq!((declined.accepted, declined.ended, declined.left_behind), (None, Some(after(1)), None));
    assert_eq!(declined.message, "we share your supplier");
    let resumed = standing(PairingState::Paused).take(Move::Resume, Party::Proposer, after(5)).unwrap();
    assert_eq!((resumed.started, resumed.reason.as_str()), (Some(after(1)), ""), "the pause is over");
    let ended = standing(PairingState::Ended);
    assert_eq!((ended.left_behind, ended.outcome), (Some(Side::Partner), None), "the exemplar proposed, and left");
    assert_eq!(standing(PairingState::Completed).outcome, Some(Outcome::Achieved));
}

#[test]
fn a_counter_proposal_turns_the_table() {
    let counter = Move::Counter { mode: None, message: "another way".to_owned() };
    let countered = proposed(Side::Exemplar).take(counter.clone(), Party::Answerer, after(5)).unwrap();
    assert_eq!(countered.terms, Terms { mode: None, proposer: Side::Partner, ..terms(Side::Exemplar) });
    assert_eq!((countered.message.as_str(), countered.proposed), ("another way", START));
    assert_eq!(countered.expires, Some(after(5).plus(PROPOSAL_LIFE)), "the clock begins anew");
    let refused = countered.clone().take(counter, Party::Proposer, after(6)).unwrap_err();
    assert_eq!(refused.reason(), "ROLE_MISSING", "who has countered waits");
    assert_eq!(countered.take(Move::Accept, Party::Answerer, after(6)).unwrap().state, PairingState::DueDiligence);
}

#[test]
fn a_proposal_expires_by_the_clock_alone() {
    let last = START.plus(PROPOSAL_LIFE);
    let standing = proposed(Side::Exemplar);
    assert_eq!(standing.clone().at(last.minus(Duration::from_micros(1))), standing);
    let expired = standing.clone().at(last);
    assert_eq!((expired.state, expired.ended, expired.version), (PairingState::Expired, Some(last), 2));
    assert_eq!(expired.clone().at(last.plus(PROPOSAL_LIFE)), expired);
    let accepted = standing.take(Move::Accept, Party::Answerer, after(1)).unwrap();
    assert_eq!(accepted.clone().at(last), accepted, "what was answered does not expire");
    let known = RecordedPairing {
        terms: terms(Side::Exemplar),
        proposed: START,
        state: RecordedState::Proposed,
        source: "HSJ".to_owned(),
    };
    let known = known.pairing(id(), after(1)).unwrap();
    assert_eq!(known.clone().at(last.plus(PROPOSAL_LIFE)), known, "what was made elsewhere waits for nobody");
}

#[test]
fn an_override_signs_for_nobody() {
    use PairingState::{Active, Agreed, Completed, Declined, DueDiligence, Ended, Paused, Proposed, Withdrawn};
    let put = |from: Pairing, to| from.take(Move::Override { to, reason: why() }, Party::Programme, after(9));
    for to in [Agreed, Active, Paused, Completed] {
        for from in [Proposed, Declined, DueDiligence] {
            assert_eq!(put(standing(from), to).unwrap_err().reason(), "AGREEMENT_UNSIGNED", "{from} to {to}");
        }
        for from in [Agreed, Active, Paused, Ended].into_iter().filter(|from| *from != to) {
            let there = put(standing(from), to).unwrap();
            assert_eq!((there.state, there.reason.as_str()), (to, WHY), "{from} to {to}");
            assert_eq!(there.ended.is_some(), to.is_ended());
            assert_eq!(there.left_behind, None);
        }
    }
    let reopened = put(standing(Declined), DueDiligence).unwrap();
    assert_eq!((reopened.accepted, reopened.ended), (Some(after(9)), None));
    assert_eq!(put(standing(DueDiligence), Withdrawn).unwrap().left_behind, Some(Side::Partner));
    for (from, to) in [(Proposed, Proposed), (Active, Active), (Active, Declined), (Proposed, Ended)] {
        assert_eq!(put(standing(from), to).unwrap_err().reason(), "PAIRING_STATE", "{from} to {to}");
    }
}

#[test]
fn a_successor_takes_the_side_and_nobody_is_left_with_themselves() {
    let day = date!(2017 - 10 - 01);
    let later = Timestamp::start_of(date!(2018 - 01 - 01));
    let successor = organisation("REM");
    for state in PairingState::LIVE {
        let before = standing(state);
        let carried = before.clone().carried_on(Side::Exemplar, &successor, day, later);
        let expected = Terms { exemplar: successor.clone(), ..before.terms.clone() };
        assert_eq!((carried.state, &carried.terms), (state, &expected), "{state}");
        assert_eq!((carried.version, carried.agreement), (before.version + 1, before.agreement));
        let merged = before.clone().carried_on(Side::Exemplar, &before.terms.partner, day, later);
        let ended = if before.accepted.is_some() { PairingState::Completed } else { PairingState::Withdrawn };
        assert_eq!((merged.state, &merged.terms), (ended, &before.terms), "{state}: history keeps its names");
        assert_eq!(merged.ended, Some(Timestamp::start_of(day)));
        assert_eq!(merged.outcome, before.accepted.map(|_| Outcome::Merged));
        assert!(merged.reason.contains("organisations/RQ6 became part of organisations/REP on 1 October 2017"));
        assert_eq!(merged.left_behind, None);
    }
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
    assert_eq!(follower.takes_place_of(), Some((Side::Exemplar, GlobalExemplar)));
    assert_eq!(follower.needs(), [(Side::Exemplar, GlobalExemplar)]);
    let partner = PairingKind::ExemplarPartner;
    assert_eq!(partner.takes_place_of(), Some((Side::Partner, InternationalPartner)));
    assert_eq!(partner.needs(), [(Side::Exemplar, GlobalExemplar), (Side::Partner, InternationalPartner)]);
    let peer = PairingKind::ExemplarPeer;
    assert_eq!(peer.takes_place_of(), None);
    assert_eq!(peer.needs(), [(Side::Exemplar, GlobalExemplar), (Side::Partner, GlobalExemplar)]);
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
    let withdraw = Move::Withdraw { reason: why() };
    let dropped = standing(PairingState::DueDiligence).take(withdraw, Party::Proposer, after(2)).unwrap();
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

/// A step that somebody tries on one of the pairings, some seconds after the start: the clocks of replicas differ. None
/// is the last signature.
type Attempt = (usize, Option<Move>, Party, u64);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let to = prop::sample::select(PairingState::ALL.to_vec());
    let taken = prop_oneof![
        8 => prop::sample::select(moves().to_vec()).prop_map(Some),
        2 => Just(None),
        1 => to.prop_map(|to| Some(Move::Override { to, reason: why() })),
    ];
    let attempt = (0..3_usize, taken, prop::sample::select(PARTIES.to_vec()), 0..100_u64);
    prop::collection::vec(attempt, 0..60)
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
            let overrides = matches!(tried, Some(Move::Override { .. }));
            let next = match tried {
                Some(tried) => before.clone().take(tried, by, after(seconds)),
                None => before.clone().agree(before.agreement + 1),
            };
            let Ok(next) = next else { continue };
            // What the database does with the count, its check included.
            let places = i32::from(next.state.takes_place()) - i32::from(before.state.takes_place());
            if taken + places > capacity {
                continue;
            }
            taken += places;
            prop_assert!(!before.state.is_ended() || overrides, "{} left", before.state);
            prop_assert_eq!(next.version, before.version + 1);
            prop_assert!(next.accepted.is_some() || before.accepted.is_none(), "what was public was hidden");
            prop_assert!(next.agreement >= before.agreement);
            prop_assert_eq!((&next.terms.exemplar, &next.terms.partner), (&before.terms.exemplar, &before.terms.partner));
            prop_assert_eq!(next.proposed, before.proposed);
            pairings[which] = next;
            prop_assert!((0..=capacity).contains(&taken));
        }
        let holding = pairings.iter().filter(|pairing| pairing.state.takes_place()).count();
        prop_assert_eq!(usize::try_from(taken).unwrap(), holding);
        for pairing in pairings {
            use PairingState::{Active, Agreed, Completed, Declined, Ended, Paused, Proposed};
            let state = pairing.state;
            prop_assert!(pairing.accepted.is_none_or(|accepted| pairing.proposed <= accepted));
            prop_assert!(pairing.ended.is_none_or(|ended| pairing.accepted.unwrap_or(pairing.proposed) <= ended));
            prop_assert!(pairing.started.is_none_or(|started| pairing.accepted.is_some_and(|accepted| accepted <= started)));
            prop_assert_eq!(pairing.ended.is_some(), state.is_ended());
            prop_assert!(!pairing.reason.is_empty() || !state.is_ended());
            prop_assert!(pairing.accepted.is_some() || !state.takes_place());
            prop_assert!(pairing.agreement > 0 || !matches!(state, Agreed | Active | Paused | Completed), "unsigned");
            prop_assert!(pairing.started.is_some() || !matches!(state, Active | Paused));
            prop_assert!(pairing.accepted.is_none() || !matches!(state, Proposed | Declined));
            prop_assert!(pairing.accepted.is_some() || state != Ended);
        }
    }
}
