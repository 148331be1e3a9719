//! Who is chosen, what credit is carried, and the steps of an enrolment.

use exemplar_kernel::{Fault as _, OrganisationId, PersonId, Timestamp};
use proptest::prelude::*;
use time::Duration;
use uuid::Uuid;

use super::{DUE, LEARNER, START, curriculum, entry, module, standing};
use crate::{
    ApplicationId, Candidate, CohortId, Enrolment, EnrolmentState, Mark, Module, Outcome, SelectionRules, Step,
    TakeStep, map, select,
};

fn candidate(number: u128, score: i32, region: &str) -> Candidate {
    Candidate {
        application: ApplicationId::new(Uuid::from_u128(number)),
        score: Some(score),
        sponsored: true,
        ring_fenced: false,
        in_network: false,
        region: region.to_owned(),
        profession: "CCIO".to_owned(),
        organisation_type: "Acute".to_owned(),
        order: i64::try_from(number).unwrap(),
    }
}

const RULES: SelectionRules = SelectionRules { places: 3, automatic_score: 17, network_first: false };

#[test]
fn places_go_by_rules_that_are_said() {
    let candidates = [
        candidate(1, 18, "London"),
        candidate(2, 16, "London"),
        candidate(3, 14, "North East"),
        candidate(4, 15, "London"),
        Candidate { ring_fenced: true, ..candidate(5, 9, "London") },
        Candidate { sponsored: false, ..candidate(6, 20, "London") },
        Candidate { score: None, ..candidate(7, 0, "London") },
    ];
    let decisions = select(RULES, &[], &candidates);
    let told: Vec<_> = decisions.iter().map(|decision| (decision.outcome, decision.rule.as_str())).collect();
    assert_eq!(
        told,
        [
            (Outcome::Offer, "scored 18: 17 or more are offered a place at once"),
            (Outcome::Reserve(1), "all places are given; place 1 of the reserve list with a score of 16"),
            (
                Outcome::Offer,
                "remaining places go where fewest are: region North East has 0, role CCIO has 2, kind of organisation \
                 Acute has 2; score 14"
            ),
            (Outcome::Reserve(2), "all places are given; place 2 of the reserve list with a score of 15"),
            (Outcome::Offer, "has a place ring-fenced from an earlier cohort"),
            (Outcome::Undecided, "waits for the sponsor's statement"),
            (Outcome::Undecided, "waits for two scores that agree, or a moderator"),
        ]
    );
    // Staff of exemplars and followers come first where the cohort says so.
    let follower = Candidate { in_network: true, ..candidate(8, 12, "London") };
    let rules = SelectionRules { places: 1, network_first: true, ..RULES };
    let decisions = select(rules, &[], &[candidate(2, 16, "London"), follower]);
    assert_eq!(decisions[1].outcome, Outcome::Offer);
    assert!(decisions[1].rule.ends_with("; staff of exemplars and followers come first"), "{}", decisions[1].rule);
}

#[test]
fn credit_is_carried_under_the_new_cohorts_rules() {
    let old = curriculum(vec![module("M1"), module("M2"), module("M3")]);
    let stands = standing(&old, START, &[entry("M1", 1, 1, 52), entry("M2", 1, 1, 70)], DUE);
    let mut new = curriculum(vec![
        module("M1"),
        Module { credits: 8, ..module("DATA") },
        Module { pass_mark: 60, ..module("M3") },
    ]);
    new.modules[0].pass_mark = 55;
    let mapped = map("Cohort 1", &stands, &new, &[("DATA".to_owned(), "M2".to_owned())]);
    let told: Vec<_> = mapped.iter().map(|one| (one.carried, one.credits, one.reason.as_str())).collect();
    assert_eq!(
        told,
        [
            (false, 0, "M1 of Cohort 1 was passed with 52 %; 55 % are needed here"),
            (true, 8, "carried from M2 of Cohort 1"),
            (false, 0, "M3 of Cohort 1 is not passed"),
        ]
    );
    assert_eq!(mapped[1].mark, Some(Mark::new(70).unwrap()));
}

#[test]
fn an_enrolment_goes_only_where_it_can() {
    use EnrolmentState::{Completed, Enrolled, Interrupted, Offered, Transferred, Withdrawn};
    let today = START + Duration::days(10);
    let steps =
        [Step::Accept, Step::Decline, Step::Interrupt, Step::Resume, Step::Withdraw, Step::Complete, Step::Transfer];
    let none = [None; 7];
    for (from, expected) in [
        (Offered, [Some(Enrolled), Some(Withdrawn), None, None, Some(Withdrawn), None, None]),
        (Enrolled, [None, None, Some(Interrupted), None, Some(Withdrawn), Some(Completed), Some(Transferred)]),
        (Interrupted, [None, None, None, Some(Enrolled), Some(Withdrawn), None, Some(Transferred)]),
        (Completed, none),
        (Withdrawn, none),
        (Transferred, none),
    ] {
        let before = enrolment(from);
        let found = steps.map(|step| before.after(&taken(step, None), today).ok().map(|after| after.state));
        assert_eq!(found, expected, "{from}");
    }
    let before = enrolment(Enrolled);
    let early = before.after(&taken(Step::Interrupt, Some(START - Duration::DAY)), today).unwrap_err();
    assert_eq!(early.to_string(), "date is before the day of the state that it ends");
    let late = before.after(&taken(Step::Interrupt, Some(today + Duration::DAY)), today).unwrap_err();
    assert_eq!((late.reason(), late.to_string().as_str()), ("INVALID_REQUEST", "date is in the future"));
}

fn enrolment(state: EnrolmentState) -> Enrolment {
    Enrolment {
        id: LEARNER,
        cohort: CohortId::new(Uuid::nil()),
        learner: PersonId::new(Uuid::nil()),
        learner_name: "Sample Learner".to_owned(),
        organisation: OrganisationId::from_code("RBL").unwrap(),
        enrolled: Timestamp::start_of(START),
        state,
        state_date: Some(START),
        state_reason: String::new(),
        sponsor: None,
        continues: None,
        version: 1,
    }
}

fn taken(step: Step, date: Option<time::Date>) -> TakeStep {
    TakeStep { enrolment: LEARNER, step, date, reason: "because".to_owned() }
}

proptest! {
    /// Whatever the order of the list: the same decisions, no more offers than places, an unbroken reserve list.
    #[test]
    fn a_selection_does_not_depend_on_the_order(
        (candidates, shuffled) in prop::collection::vec((0..=20, 0..4_usize, any::<bool>(), any::<bool>()), 0..30)
            .prop_map(|rows| {
                let made = (1..).zip(rows).map(|(number, (score, region, ring_fenced, in_network))| {
                    let region = ["London", "North", "South", ""][region];
                    Candidate { ring_fenced, in_network, ..candidate(number, score, region) }
                });
                made.collect::<Vec<_>>()
            })
            .prop_flat_map(|candidates| (Just(candidates.clone()), Just(candidates).prop_shuffle())),
        places in 0..20, network_first: bool,
    ) {
        let rules = SelectionRules { places, network_first, ..RULES };
        let decisions = select(rules, &[], &candidates);
        prop_assert_eq!(&decisions, &select(rules, &[], &shuffled));
        prop_assert_eq!(decisions.len(), candidates.len());
        let offers = decisions.iter().filter(|decision| decision.outcome == Outcome::Offer).count();
        prop_assert_eq!(offers, candidates.len().min(usize::try_from(places).unwrap()));
        let mut reserve: Vec<_> = decisions.iter().filter_map(|decision| match decision.outcome {
            Outcome::Reserve(place) => Some(place),
            Outcome::Offer | Outcome::Undecided => None,
        }).collect();
        reserve.sort_unstable();
        prop_assert_eq!(reserve, (1..).take(candidates.len() - offers).collect::<Vec<i32>>());
        prop_assert!(decisions.iter().all(|decision| !decision.rule.is_empty()));
    }
}
