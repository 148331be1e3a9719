//! Attendance and rulings: three figures, rules with an allowance, and what somebody ruled.

use exemplar_kernel::Timestamp;
use proptest::prelude::*;
use time::{Date, Duration};
use uuid::Uuid;

use super::{DUE, LEARNER, START, curriculum, entry, module, stands};
use crate::{
    Artefact, Assessment, AttendanceEntry, AttendanceRule, CohortId, Curriculum, Demands, Detail, LateRule,
    LearnerRecord, Mark, Presence, RequiredArtefact, RequirementState, Ruling, RulingKind, SessionKey, SessionKind,
    Standing, Taught, TeachingSession, figures,
};

fn session(number: u128, kind: SessionKind) -> TeachingSession {
    TeachingSession {
        id: SessionKey::new(Uuid::from_u128(number)),
        cohort: CohortId::new(Uuid::nil()),
        code: format!("S{number}"),
        title: format!("Session {number}"),
        module: String::new(),
        kind,
        date: START + Duration::weeks(i64::try_from(number).unwrap()),
        start_minute: 540,
        minutes: 90,
        venue: String::new(),
        tutor: String::new(),
    }
}

fn came(number: u128, entry: i32, presence: Option<Presence>) -> AttendanceEntry {
    AttendanceEntry {
        enrolment: LEARNER,
        session: SessionKey::new(Uuid::from_u128(number)),
        entry,
        presence,
        note: String::new(),
        recorded: Timestamp::from_micros(0),
        recorded_by: None,
        batch: None,
    }
}

fn ruling(kind: RulingKind, subject: &str, entry: i32, void: bool, date: Option<Date>) -> Ruling {
    Ruling {
        enrolment: LEARNER,
        kind,
        subject: subject.to_owned(),
        entry,
        void,
        date,
        mark: None,
        reason: "the board agreed".to_owned(),
        recorded: Timestamp::start_of(START),
        recorded_by: None,
        recorded_by_name: "Sample Registrar".to_owned(),
    }
}

fn with(demands: Demands) -> Curriculum {
    Curriculum { demands, ..curriculum(vec![module("M1")]) }
}

#[test]
fn three_figures_tell_what_one_would_hide() {
    let sessions: Vec<_> = (1..=10).map(|number| session(number, SessionKind::Online)).collect();
    let entries: Vec<_> = (1..=5).map(|number| came(number, 1, Some(Presence::Present))).collect();
    let found = figures(&sessions, &entries, None);
    assert_eq!((found.to_date(), found.over_all(), found.best_possible()), (Some(100), Some(50), Some(100)));
    // Excused sessions are in none of the numbers; a correction counts instead of what it corrects, a taken back one not.
    let more = [
        came(1, 2, Some(Presence::Absent)),
        came(2, 2, Some(Presence::Excused)),
        came(3, 2, None),
        came(4, 2, Some(Presence::Late)),
        came(5, 2, Some(Presence::Apologies)),
    ];
    let found = figures(&sessions, &[entries, more.to_vec()].concat(), None);
    assert_eq!((found.attended, found.recorded, found.total), (1, 3, 9));
    assert_eq!(figures(&[], &[], None).over_all(), None);
    let residential = figures(&sessions, &[], Some(SessionKind::Residential));
    assert_eq!((residential.total, residential.best_possible()), (0, None));
}

#[test]
fn attendance_warns_before_it_is_too_late() {
    use Presence::{Absent, Present};
    use RequirementState::{AtRisk, Lost, Met, Open};
    let rule = AttendanceRule { kind: None, minimum_percent: 80, allowance: 0 };
    let taught = with(Demands { attendance: vec![rule.clone()], ..Demands::default() });
    let lenient = AttendanceRule { allowance: 2, ..rule };
    let lenient = with(Demands { attendance: vec![lenient], ..Demands::default() });
    let sessions: Vec<_> = (1..=10).map(|number| session(number, SessionKind::Class)).collect();
    for (curriculum, missed, attended, state) in [
        (&taught, 0, 0, Open),
        (&taught, 1, 3, Open),
        (&taught, 2, 3, AtRisk),
        (&taught, 3, 3, Lost),
        (&taught, 2, 8, Met),
        (&taught, 0, 8, Met),
        (&lenient, 2, 3, Open),
        (&lenient, 3, 3, AtRisk),
        (&lenient, 4, 3, Lost),
        (&lenient, 4, 6, Lost),
        (&lenient, 3, 7, Met),
    ] {
        let entries = (1..=missed).map(|number| came(number, 1, Some(Absent)));
        let entries = entries.chain((missed + 1..=missed + attended).map(|number| came(number, 1, Some(Present))));
        let record = LearnerRecord { attendance: entries.collect(), ..LearnerRecord::default() };
        let taught = Taught { curriculum, start_date: START, sessions: &sessions };
        let found = crate::standing(&taught, &record, START, Detail::Progress).requirements.remove(1);
        assert_eq!(
            (found.state, found.subject.as_str()),
            (state, "attendance"),
            "{missed} {attended}: {}",
            found.reason
        );
    }
}

#[test]
fn a_ruling_says_for_ever_who_and_why() {
    let artefacts = vec![RequiredArtefact { artefact: Artefact::Project, due_week: 1 }];
    let taught = with(Demands { artefacts, ..Demands::default() });
    let after = DUE + Duration::DAY;
    let of = |rulings: Vec<Ruling>, results| {
        stands(&taught, START, &LearnerRecord { results, rulings, ..LearnerRecord::default() }, after)
    };
    let plain = of(vec![], vec![]);
    assert_eq!(plain.standing, Standing::Behind);
    assert_eq!(plain.requirements[1].reason, "was due on 4 June 2018");
    let ruled = of(vec![ruling(RulingKind::Override, "M1", 1, false, None)], vec![entry("M1", 1, 1, 20)]);
    assert_eq!(ruled.requirements[0].state, RequirementState::Met);
    assert_eq!(
        ruled.requirements[0].reason,
        "accepted by Sample Registrar on 28 May 2018: the board agreed; failed attempt 1 with 20 %, 1 attempt left, was \
         due on 6 August 2018"
    );
    assert!(ruled.requirements[0].overridden && ruled.credits == 10);
    let withdrawn =
        vec![ruling(RulingKind::Override, "M1", 1, false, None), ruling(RulingKind::Override, "M1", 2, true, None)];
    assert_eq!(of(withdrawn, vec![]).requirements, plain.requirements);
    let later = vec![
        ruling(RulingKind::Extension, "M1", 1, false, Some(after)),
        ruling(RulingKind::Artefact, "project", 1, false, Some(START)),
    ];
    let found = of(later, vec![]);
    assert_eq!(found.standing, Standing::AtRisk);
    assert_eq!(
        found.requirements[0].reason,
        "is due on 7 August 2018 and has no result yet (extended by Sample Registrar: the board agreed)"
    );
    assert_eq!(found.requirements[1].reason, "handed in on 28 May 2018");
}

#[test]
fn being_late_costs_what_the_rule_says() {
    let late = Some(LateRule { points_per_day: 5, most_days: 3 });
    let taught = with(Demands { late, ..Demands::default() });
    for (days, mark, expected) in [
        (0, 52, "passed with 52 % (50 % needed)"),
        (1, 56, "passed with 51 % (56 % before it was late) (50 % needed)"),
        (2, 56, "failed attempt 1 with 46 % (56 % before it was late), 1 attempt left, due on 6 August 2018"),
        (4, 90, "failed attempt 1 with 0 % (90 % before it was late), 1 attempt left, due on 6 August 2018"),
    ] {
        let mut result = entry("M1", 1, 1, mark);
        result.date = DUE + Duration::days(days);
        let record = LearnerRecord { results: vec![result], ..LearnerRecord::default() };
        assert_eq!(stands(&taught, START, &record, DUE).requirements[0].reason, expected);
    }
}

#[test]
fn a_module_is_passed_when_each_of_its_assessments_is() {
    let part = |code: &str, weight: i32, second_marked: bool| Assessment {
        code: code.to_owned(),
        title: code.to_owned(),
        weight,
        pass_mark: 50,
        attempts: 2,
        due_week: 10,
        second_marked,
    };
    let mut taught = curriculum(vec![module("M1")]);
    taught.modules[0].assessments = vec![part("ESSAY", 30, true), part("EXAM", 70, false)];
    let of = |code: &str, mark: i32, released: bool| {
        let mut result = entry("M1", 1, 1, mark);
        result.assessment = code.to_owned();
        result.released = result.released.filter(|_| released);
        result
    };
    let found = |results| {
        let record = LearnerRecord { results, ..LearnerRecord::default() };
        let mut found = stands(&taught, START, &record, START);
        let one = found.requirements.remove(0);
        (one.state, one.best_mark.map(Mark::percent), one.reason)
    };
    assert_eq!(
        found(vec![of("EXAM", 80, true)]),
        (RequirementState::Open, None, "ESSAY is due on 6 August 2018; EXAM passed with 80 % (50 % needed)".to_owned())
    );
    assert_eq!(
        found(vec![of("ESSAY", 70, true), of("EXAM", 80, true)]),
        (
            RequirementState::Met,
            Some(77),
            "ESSAY passed with 70 % (50 % needed); EXAM passed with 80 % (50 % needed)".to_owned()
        )
    );
    // What is not released is not told.
    assert_eq!(found(vec![of("ESSAY", 10, false)]).2, "ESSAY is being marked; EXAM is due on 6 August 2018");
}

fn presences() -> impl Strategy<Value = Vec<(u128, i32, Option<Presence>)>> {
    let presence = prop::option::of(prop::sample::select(Presence::ALL));
    prop::collection::btree_map((1..=12_u128, 1..=3_i32), presence, 0..24).prop_map(|entries| {
        entries.into_iter().map(|((session, entry), presence)| (session, entry, presence)).collect()
    })
}

proptest! {
    /// Over all never exceeds to date, which never exceeds the best possible; and the order of entries is nothing to them.
    #[test]
    fn the_three_figures_bound_one_another(
        (entries, shuffled) in presences().prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
        timetable in 0..=12_u128,
    ) {
        let sessions: Vec<_> = (1..=timetable).map(|number| session(number, SessionKind::Class)).collect();
        let made = |entries: Vec<(u128, i32, Option<Presence>)>| -> Vec<_> {
            entries.into_iter().map(|(session, entry, presence)| came(session, entry, presence)).collect()
        };
        let found = figures(&sessions, &made(entries), None);
        prop_assert_eq!(found, figures(&sessions, &made(shuffled), None));
        prop_assert!(0 <= found.attended && found.attended <= found.recorded && found.recorded <= found.total);
        let (over_all, best) = (found.over_all(), found.best_possible());
        prop_assert!(over_all <= best);
        if let Some(to_date) = found.to_date() {
            prop_assert!(over_all <= Some(to_date) && Some(to_date) <= best);
        }
    }

    /// Taking away an attended session never makes a standing better.
    #[test]
    fn coming_never_makes_a_standing_worse(
        entries in presences(), minimum_percent in 1..=100, allowance in 0..4, which in 1..=12_u128,
    ) {
        let rule = AttendanceRule { kind: None, minimum_percent, allowance };
        let curriculum = with(Demands { attendance: vec![rule], ..Demands::default() });
        let sessions: Vec<_> = (1..=12).map(|number| session(number, SessionKind::Class)).collect();
        let taught = Taught { curriculum: &curriculum, start_date: START, sessions: &sessions };
        let others = entries.into_iter().filter(|(session, ..)| *session != which);
        let without: Vec<_> = others.map(|(session, entry, presence)| came(session, entry, presence)).collect();
        let mut with = without.clone();
        with.push(came(which, 1, Some(Presence::Present)));
        let state = |attendance| {
            let record = LearnerRecord { attendance, ..LearnerRecord::default() };
            crate::standing(&taught, &record, START, Detail::Marks).requirements[1].state
        };
        prop_assert!(state(with) <= state(without));
    }
}
