//! What follows a blueprint: adoptions, the ladder, introductions, usage.

use std::collections::BTreeMap;

use exemplar_kernel::{OrganisationId, Timestamp};
use proptest::prelude::*;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::{complete, organisation};
use crate::model::adoption::{Adopt, Adoption, AdoptionId, AdoptionState, Decided, SectionDecision, StopReason};
use crate::model::evidence::{Evidence, Record, Rung, Setting};
use crate::model::introduction::{Ask, Introduction, IntroductionId, IntroductionKind, IntroductionState, Move};
use crate::model::usage::{Counted, SMALLEST, told};
use crate::{BlueprintId, SectionKind};

const TODAY: Date = date!(2018 - 08 - 06);
const CODES: [&str; 5] = ["RGT", "RRV", "RBL", "REP", "US-MAYO"];

fn adoption(state: AdoptionState, date: Date) -> Adoption {
    let adopt = Adopt {
        blueprint: BlueprintId::new(Uuid::from_u128(1)),
        revision: None,
        organisation: organisation("RRV"),
        state,
        date,
        reason: String::new(),
        plan: String::new(),
        willing: false,
    };
    Adoption::begin(AdoptionId::new(Uuid::from_u128(2)), adopt, 1, TODAY).unwrap()
}

#[test]
fn an_adoption_goes_on_and_never_back() {
    for from in AdoptionState::ALL.iter().copied().filter(|state| *state != AdoptionState::Stopped) {
        for to in AdoptionState::ALL.iter().copied() {
            let before = adoption(from, TODAY);
            let may = to > from && to != AdoptionState::Stopped;
            let after = before.advance(to, TODAY, String::new(), TODAY);
            assert_eq!(after.is_ok(), may, "{from} to {to}");
            if let Ok(after) = after {
                assert_eq!((after.state, after.steps.len(), after.version), (to, 2, 2));
            }
        }
        let stopped = adoption(from, TODAY).stop(StopReason::Other, TODAY, "So.".to_owned(), TODAY).unwrap();
        assert!(stopped.advance(AdoptionState::Live, TODAY, String::new(), TODAY).is_err());
        assert!(stopped.stop(StopReason::Other, TODAY, "So.".to_owned(), TODAY).is_err());
    }
}

#[test]
fn days_go_on_and_are_never_to_come() {
    let planned = adoption(AdoptionState::Planned, date!(2018 - 07 - 01));
    let live = |day| planned.advance(AdoptionState::Live, day, String::new(), TODAY).is_ok();
    assert!(live(date!(2018 - 07 - 01)) && live(TODAY));
    assert!(!live(date!(2018 - 06 - 30)) && !live(date!(2018 - 08 - 07)));
}

#[test]
fn only_what_is_followed_is_touched() {
    let mut old = complete();
    old.sections = super::sections(&[SectionKind::Team, SectionKind::Approach, SectionKind::Cost]);
    let mut new = old.clone();
    new.sections.insert(SectionKind::Team, "other".to_owned());
    new.sections.insert(SectionKind::Cost, "other".to_owned());
    new.sections.remove(&SectionKind::Approach);
    new.sections.insert(SectionKind::Problem, "new".to_owned());
    let decided = |decision| Decided { decision, why: String::new() };
    let decisions = BTreeMap::from([
        (SectionKind::Team, decided(SectionDecision::Kept)),
        (SectionKind::Approach, decided(SectionDecision::Adapted)),
        (SectionKind::Cost, decided(SectionDecision::Dropped)),
    ]);
    let adoption = Adoption { decisions, ..adoption(AdoptionState::Live, TODAY) };
    let touched: Vec<_> = adoption.touched(&old, &new).collect();
    assert_eq!(touched, [SectionKind::Approach, SectionKind::Team]);
    assert_eq!(adoption.touched(&old, &old).count(), 0);
}

fn record() -> impl Strategy<Value = Record> {
    let setting = prop_oneof![Just("Epic"), Just("Lorenzo"), Just("")];
    (0..CODES.len(), 0..AdoptionState::ALL.len(), setting, any::<bool>()).prop_map(|(code, state, epr, measured)| {
        Record {
            organisation: organisation(CODES[code]),
            state: AdoptionState::ALL[state],
            setting: Setting { care_settings: vec!["acute".to_owned()], epr_product: epr.to_owned() },
            measured,
        }
    })
}

proptest! {
    #[test]
    fn the_ladder_is_the_same_whatever_the_order(
        (records, shuffled) in prop::collection::vec(record(), 0..12)
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        reviewed: bool,
    ) {
        let author = organisation("RGT");
        let evidence = Evidence::of(&author, reviewed, &records);
        prop_assert_eq!(&evidence, &Evidence::of(&author, reviewed, &shuffled));
        // What is said twice counts once.
        let twice = [records.clone(), shuffled].concat();
        prop_assert_eq!(&evidence, &Evidence::of(&author, reviewed, &twice));
    }

    #[test]
    fn the_ladder_falls_when_adopters_stop(records in prop::collection::vec(record(), 0..12), reviewed: bool) {
        let author = organisation("RGT");
        let before = Evidence::of(&author, reviewed, &records);
        for place in 0..records.len() {
            let mut fewer = records.clone();
            fewer[place].state = AdoptionState::Stopped;
            let after = Evidence::of(&author, reviewed, &fewer);
            prop_assert!(after.rung <= before.rung && after.live <= before.live);
        }
        let none: Vec<_> =
            records.iter().map(|record| Record { state: AdoptionState::Stopped, ..record.clone() }).collect();
        let lowest = if reviewed { Rung::Reviewed } else { Rung::Claimed };
        prop_assert_eq!(Evidence::of(&author, reviewed, &none).rung, lowest);
        // The author's own use is no evidence.
        let own: Vec<_> =
            records.iter().map(|record| Record { organisation: author.clone(), ..record.clone() }).collect();
        prop_assert_eq!(Evidence::of(&author, reviewed, &own).rung, lowest);
    }

    #[test]
    fn no_small_number_can_be_read_off(people in prop::collection::vec(1_u64..12, 0..8)) {
        let counted = |(place, people): (usize, &u64)| Counted {
            organisation: OrganisationId::from_code(&format!("R{place:02}")).ok(),
            people: *people,
            times: *people,
        };
        let told = told(people.iter().enumerate().map(counted).collect());
        prop_assert!(told.organisations.iter().all(|(_, people, _)| *people >= SMALLEST));
        let small: Vec<_> = people.iter().filter(|people| **people < SMALLEST).collect();
        prop_assert_eq!(told.smaller, small.len() as u64);
        if let Some(sum) = told.smaller_people {
            prop_assert!(small.is_empty() || (small.len() > 1 && sum >= SMALLEST));
        }
    }

    #[test]
    fn hours_that_were_promised_are_kept_or_given_back(steps in prop::collection::vec((0_u8..5, 1_i32..9), 0..8)) {
        let ask = Ask {
            blueprint: BlueprintId::new(Uuid::from_u128(1)),
            asker: organisation("RRV"),
            asked: None,
            expert: None,
            kind: IntroductionKind::Visit,
            question: "How?".to_owned(),
        };
        let now = Timestamp::from_micros(1_533_546_000_000_000);
        let id = IntroductionId::new(Uuid::from_u128(3));
        let mut introduction = Introduction::ask(id, ask, &organisation("RGT"), None, now).unwrap();
        let mut charged = 0;
        for (step, hours) in steps {
            let text = || "So.".to_owned();
            let step = match step {
                0 => Move::Accept(Some(hours)),
                1 => Move::Decline(text()),
                2 => Move::Answer(text()),
                3 => Move::Complete(text()),
                _ => Move::Withdraw(text()),
            };
            if let Ok((after, charge)) = introduction.take(step, now) {
                charged += charge.map_or(0, |charge| charge.hours);
                introduction = after;
            }
            prop_assert_eq!(charged, introduction.hours);
            let gives = matches!(
                introduction.state,
                IntroductionState::Accepted | IntroductionState::Answered | IntroductionState::Completed
            );
            prop_assert_eq!(introduction.hours > 0, gives);
        }
    }
}

#[test]
fn the_reason_says_what_was_counted() {
    let live = |code: &str, epr: &str, measured| Record {
        organisation: organisation(code),
        state: AdoptionState::Live,
        setting: Setting { care_settings: Vec::new(), epr_product: epr.to_owned() },
        measured,
    };
    let stopped = Record { state: AdoptionState::Stopped, ..live("REP", "", false) };
    let author = organisation("RGT");
    let reason = |records: &[Record]| Evidence::of(&author, true, records).reason();
    assert_eq!(reason(&[]), "Assured by others; nobody else has it live.");
    assert_eq!(reason(&[live("RRV", "Epic", false)]), "Live at one other organisation.");
    assert_eq!(
        reason(&[live("RRV", "Epic", true), live("RBL", "Lorenzo", false), stopped]),
        "Live at 2 other organisations in 2 contexts; measured independently at one of them; one organisation gave it up."
    );
}
