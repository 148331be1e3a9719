//! The pure model, by table and by property.

use exemplar_kernel::{Fault as _, Timestamp, Violations, day};
use proptest::prelude::*;
use proptest::sample::Index;
use time::{Date, Duration, macros::date};
use uuid::Uuid;

use crate::{
    Attempt, CreateCurriculum, Curriculum, CurriculumCode, CurriculumName, DUE_SOON, Demands, Detail, EnrolmentId,
    LearnerRecord, LearnerStanding, Mark, Module, RecordResult, RequirementState, ResultEntry, ResultId, RevisionId,
    Standing, Taught,
};

mod attendance;
mod chosen;
mod earned;
mod sheets;

/// The first day of the cohort of these tests.
const START: Date = date!(2018 - 05 - 28);
/// Ten weeks on, when [`module`] is due.
const DUE: Date = date!(2018 - 08 - 06);
const LEARNER: EnrolmentId = EnrolmentId::new(Uuid::from_u128(1));

fn module(code: &str) -> Module {
    Module {
        code: code.to_owned(),
        title: code.to_owned(),
        credits: 10,
        pass_mark: 50,
        attempts: 2,
        due_week: 10,
        assessments: Vec::new(),
        competencies: Vec::new(),
    }
}

fn create(modules: Vec<Module>) -> CreateCurriculum {
    let code = CurriculumCode::from_code("PGDIP-DHL").unwrap();
    CreateCurriculum { code, title: "Diploma".to_owned(), modules, demands: Demands::default(), source: String::new() }
}

fn curriculum(modules: Vec<Module>) -> Curriculum {
    let id = RevisionId { code: create(vec![]).code, number: 1 };
    let (title, demands, created) = ("Diploma".to_owned(), Demands::default(), Timestamp::from_micros(0));
    Curriculum { id, title, modules, demands, source: String::new(), created }
}

/// Where somebody with these results stands, of whom nothing else is recorded.
fn standing(taught: &Curriculum, start_date: Date, results: &[ResultEntry], today: Date) -> LearnerStanding {
    let record = LearnerRecord { results: results.to_vec(), ..LearnerRecord::default() };
    stands(taught, start_date, &record, today)
}

fn stands(curriculum: &Curriculum, start_date: Date, record: &LearnerRecord, today: Date) -> LearnerStanding {
    crate::standing(&Taught { curriculum, start_date, sessions: &[] }, record, today, Detail::Marks)
}

fn entry(module: &str, attempt: i32, entry: i32, mark: i32) -> ResultEntry {
    ResultEntry {
        id: ResultId::new(Uuid::nil()),
        enrolment: LEARNER,
        module: module.to_owned(),
        assessment: String::new(),
        attempt: Attempt::new(attempt).unwrap(),
        entry,
        void: false,
        mark: Mark::new(mark).unwrap(),
        date: START,
        correction: (entry > 1).then(|| "misread".to_owned()),
        recorded: Timestamp::from_micros(0),
        recorded_by: None,
        second: None,
        moderated: None,
        released: Some(Timestamp::from_micros(0)),
        batch: None,
    }
}

fn record(module: &str, attempt: i32, correction: Option<&str>, date: Date) -> RecordResult {
    RecordResult {
        enrolment: LEARNER,
        module: module.to_owned(),
        assessment: String::new(),
        attempt: Attempt::new(attempt).unwrap(),
        mark: Mark::new(64).unwrap(),
        date,
        correction: correction.map(ToOwned::to_owned),
    }
}

#[test]
fn names_are_read_only_in_the_form_they_are_written() {
    for good in ["curricula/DHL", "curricula/PGDIP-DHL/revisions/1", "curricula/X2/revisions/20"] {
        assert_eq!(CurriculumName::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "",
        "DHL",
        "curricula/",
        "curricula/D",
        "curricula/dhl",
        "curricula/ABCDEFGHIJKLMNOPQRSTU",
        "curricula/DHL/",
        "curricula/DHL/revisions/",
        "curricula/DHL/revisions/0",
        "curricula/DHL/revisions/01",
        "curricula/DHL/revisions/+1",
        "curricula/DHL/revisions/1/revisions/2",
        "curricula/DHL/revisions/99999999999",
    ] {
        assert!(CurriculumName::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn days_are_typed_in_digits_and_told_in_words() {
    let read = |text: &str| {
        let mut violations = Violations::new();
        (day::required(&mut violations, "date", text), violations.to_string())
    };
    assert_eq!(read("2018-08-06"), (Some(DUE), String::new()));
    assert_eq!(day::in_words(DUE), "6 August 2018");
    assert_eq!(read(""), (None, "date is missing".to_owned()));
    for bad in ["2018-8-6", "2018-02-29", "06-08-2018", "2018-08-06T00:00:00Z", " 2018-08-06"] {
        assert_eq!(read(bad), (None, "date must be a day like 2018-08-06".to_owned()), "{bad}");
    }
}

#[test]
fn every_fault_of_every_module_is_named() {
    let read = |modules: &[Module]| {
        let mut violations = Violations::new();
        Module::parse_all(&mut violations, "modules", modules);
        violations.to_string()
    };
    assert_eq!(read(&[module("M1"), module("M-2")]), "");
    assert_eq!(read(&[]), "modules is missing");
    let many: Vec<_> = (0..41).map(|i| module(&format!("M{i}"))).collect();
    assert_eq!(read(&many), "modules has more than 40 entries (41)");
    let bad = Module { title: String::new(), credits: 0, pass_mark: 101, attempts: 6, due_week: 0, ..module("M 1") };
    assert_eq!(
        read(&[bad, module("M2"), module("M2")]),
        "modules[0].code must be letters, digits or hyphens; modules[0].title is missing; \
         modules[0].credits must be from 1 to 60; modules[0].pass_mark must be from 0 to 100; \
         modules[0].attempts must be from 1 to 5; modules[0].due_week must be from 1 to 260; \
         modules[2].code is another module's"
    );
}

#[test]
fn a_revision_follows_the_newest_and_has_the_credits_of_the_diploma() {
    let now = Timestamp::from_micros(1);
    let modules = |credits: [i32; 2]| credits.map(|credits| Module { credits, ..module("M") }).to_vec();
    let first = Curriculum::create(create(modules([20, 40])), None, now).unwrap();
    assert_eq!(first.id.to_string(), "curricula/PGDIP-DHL/revisions/1");
    let second = Curriculum::create(create(modules([30, 30])), Some(&first.id), now).unwrap();
    assert_eq!(second.id.to_string(), "curricula/PGDIP-DHL/revisions/2");
    for credits in [[20, 39], [60, 1]] {
        let refused = Curriculum::create(create(modules(credits)), None, now).unwrap_err();
        assert_eq!(refused.reason(), "CREDITS_WRONG");
    }
}

#[test]
fn a_requirement_says_how_it_is_met_and_why() {
    use RequirementState::{AtRisk, Lost, Met, Open, Overdue};
    let soon = DUE - DUE_SOON;
    let before = soon - Duration::DAY;
    let after = DUE + Duration::DAY;
    let (failed, again) = (entry("M1", 1, 1, 43), entry("M1", 2, 1, 49));
    let (lifted, lowered) = (entry("M1", 1, 2, 50), entry("M1", 1, 3, 30));
    for (entries, today, state, reason) in [
        (vec![], START, Open, "is due on 6 August 2018"),
        (vec![], before, Open, "is due on 6 August 2018"),
        (vec![], soon, AtRisk, "is due on 6 August 2018 and has no result yet"),
        (vec![], DUE, AtRisk, "is due on 6 August 2018 and has no result yet"),
        (vec![], after, Overdue, "was due on 6 August 2018 and has no result yet"),
        (vec![&failed], START, AtRisk, "failed attempt 1 with 43 %, 1 attempt left, due on 6 August 2018"),
        (vec![&failed], after, Overdue, "failed attempt 1 with 43 %, 1 attempt left, was due on 6 August 2018"),
        (vec![&failed, &again], START, Lost, "failed all 2 attempts, the best with 49 % (50 % needed)"),
        (vec![&failed, &again], after, Lost, "failed all 2 attempts, the best with 49 % (50 % needed)"),
        (vec![&failed, &lifted], after, Met, "passed with 50 % (50 % needed)"),
        (vec![&failed, &again, &lifted], after, Met, "passed with 50 % (50 % needed)"),
        (
            vec![&failed, &lifted, &lowered],
            before,
            AtRisk,
            "failed attempt 1 with 30 %, 1 attempt left, due on 6 August 2018",
        ),
        (vec![&entry("M2", 1, 1, 80)], before, Open, "is due on 6 August 2018"),
    ] {
        let entries: Vec<_> = entries.into_iter().cloned().collect();
        let found = standing(&curriculum(vec![module("M1")]), START, &entries, today).requirements.remove(0);
        assert_eq!((found.state, found.reason.as_str()), (state, reason), "{entries:?} on {today}");
        assert_eq!(found.due_date, Some(DUE));
    }
    let found = |attempts| {
        let taught = curriculum(vec![Module { attempts, ..module("M1") }]);
        standing(&taught, START, &[entry("M1", 1, 1, 43)], START).requirements.remove(0)
    };
    assert_eq!(found(1).reason, "failed the only attempt with 43 % (50 % needed)");
    assert_eq!(found(3).reason, "failed attempt 1 with 43 %, 2 attempts left, due on 6 August 2018");
    assert_eq!((found(3).best_mark, found(3).attempts_made), (Some(Mark::new(43).unwrap()), 1));
}

#[test]
fn the_worst_module_says_where_a_learner_stands() {
    let taught = curriculum(vec![module("M1"), Module { due_week: 20, ..module("M2") }]);
    let far = DUE - Duration::weeks(4);
    let late = DUE + Duration::DAY;
    let (pass, fail) = (entry("M1", 1, 1, 64), entry("M1", 1, 1, 20));
    let (pass_2, fail_2, lost_2) = (entry("M2", 1, 1, 50), entry("M2", 1, 1, 49), entry("M2", 2, 1, 49));
    for (entries, today, expected, credits) in [
        (vec![], far, Standing::OnTrack, 0),
        (vec![&pass], late, Standing::OnTrack, 10),
        (vec![&pass, &pass_2], late, Standing::Complete, 20),
        (vec![&pass, &fail_2], late, Standing::AtRisk, 10),
        (vec![&fail, &pass_2], far, Standing::AtRisk, 10),
        (vec![&fail, &pass_2], late, Standing::Behind, 10),
        (vec![&fail_2], late, Standing::Behind, 0),
        (vec![&fail_2, &lost_2], late, Standing::CannotComplete, 0),
        (vec![&pass, &fail_2, &lost_2], far, Standing::CannotComplete, 10),
    ] {
        let entries: Vec<_> = entries.into_iter().cloned().collect();
        let found = standing(&taught, START, &entries, today);
        assert_eq!((found.standing, found.credits, found.credits_total), (expected, credits, 20), "{entries:?}");
    }
}

#[test]
fn a_result_is_recorded_in_order_or_refused_with_a_reason() {
    let taught = curriculum(vec![module("M1"), Module { attempts: 3, ..module("M2") }]);
    let today = DUE;
    let (fail, fail_2, pass) = (entry("M1", 1, 1, 43), entry("M1", 2, 1, 49), entry("M1", 1, 1, 50));
    let (corrected, unpassed) = (entry("M1", 1, 2, 60), entry("M1", 1, 2, 30));
    let (why, tomorrow) = (Some("misread"), today + Duration::DAY);
    for (entries, wanted, expected) in [
        (vec![], record("M1", 1, None, today), Ok(1)),
        (vec![], record("M1", 1, None, START), Ok(1)),
        (vec![&fail], record("M1", 2, None, today), Ok(1)),
        (vec![&fail], record("M1", 1, why, today), Ok(2)),
        (vec![&fail, &corrected], record("M1", 1, why, today), Ok(3)),
        // a correction may turn an earlier attempt into a pass, or a pass into a failure
        (vec![&fail, &fail_2], record("M1", 1, why, today), Ok(2)),
        (vec![&pass, &unpassed], record("M1", 2, None, today), Ok(1)),
        (vec![&fail], record("M2", 1, None, today), Ok(1)),
        (vec![], record("M3", 1, None, today), Err("MODULE_NOT_FOUND")),
        (vec![], record("m1", 1, None, today), Err("MODULE_NOT_FOUND")),
        (vec![], record("M1", 2, None, today), Err("ATTEMPT_OUT_OF_ORDER")),
        (vec![&fail], record("M2", 3, None, today), Err("ATTEMPT_OUT_OF_ORDER")),
        (vec![], record("M1", 3, None, today), Err("ATTEMPTS_USED")),
        (vec![&fail, &fail_2], record("M1", 3, None, today), Err("ATTEMPTS_USED")),
        (vec![&fail], record("M1", 1, None, today), Err("RESULT_EXISTS")),
        (vec![&pass], record("M1", 1, None, today), Err("RESULT_EXISTS")),
        (vec![&pass], record("M1", 2, None, today), Err("MODULE_PASSED")),
        (vec![&fail, &corrected], record("M1", 2, None, today), Err("MODULE_PASSED")),
        (vec![], record("M1", 1, None, tomorrow), Err("RESULT_IN_FUTURE")),
        (vec![&fail], record("M1", 1, why, tomorrow), Err("RESULT_IN_FUTURE")),
        (vec![], record("M1", 1, None, START - Duration::DAY), Err("INVALID_REQUEST")),
        (vec![], record("M1", 1, why, today), Err("INVALID_REQUEST")),
        (vec![&fail], record("M1", 2, why, today), Err("INVALID_REQUEST")),
    ] {
        let entries: Vec<_> = entries.into_iter().cloned().collect();
        let found = wanted.entry("result", &taught, START, &entries, today);
        assert_eq!(found.map_err(|error| error.reason()), expected, "{wanted:?} after {entries:?}");
    }
}

#[test]
fn both_faults_of_a_result_are_named_at_once() {
    let wanted = record("M1", 1, Some("misread"), START - Duration::DAY);
    let refused = wanted.entry("results[3]", &curriculum(vec![module("M1")]), START, &[], DUE).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "results[3].date is before the cohort started on 28 May 2018; \
         results[3].correction has nothing to correct: the attempt has no result yet"
    );
}

/// A curriculum of up to six modules and any entries for it, each at most once.
fn taught_and_recorded() -> impl Strategy<Value = (Curriculum, Vec<ResultEntry>)> {
    let modules = prop::collection::vec((1..=20, 0..=100, 1..=5, 1..=60), 1..=6);
    let modules = modules.prop_map(|modules| {
        let read = |(i, (credits, pass_mark, attempts, due_week))| {
            let code = format!("M{i}");
            Module { title: code.clone(), credits, pass_mark, attempts, due_week, ..module(&code) }
        };
        curriculum(modules.into_iter().enumerate().map(read).collect())
    });
    let entries = prop::collection::btree_map((0..6_usize, 1..=5, 1..=3), 0..=100, 0..20);
    (modules, entries).prop_map(|(taught, entries)| {
        let read = |((place, attempt, number), mark)| {
            let module: &Module = taught.modules.get(place)?;
            (attempt <= module.attempts).then(|| entry(&module.code, attempt, number, mark))
        };
        let entries = entries.into_iter().filter_map(read).collect();
        (taught, entries)
    })
}

proptest! {
    /// A pass for a module that lacks one meets that module, leaves every other as it was, adds the module's credits,
    /// and so never makes the standing worse; be it a new attempt or a correction.
    #[test]
    fn a_pass_never_makes_a_standing_worse(
        (taught, entries) in taught_and_recorded(), which in any::<Index>(), days in 0_i64..500, correct: bool,
    ) {
        let today = START + Duration::days(days);
        let before = standing(&taught, START, &entries, today);
        let place = which.index(taught.modules.len());
        let module = &taught.modules[place];
        prop_assume!(before.requirements[place].state != RequirementState::Met);
        let made: Vec<i32> =
            entries.iter().filter(|entry| entry.module == module.code).map(|entry| entry.attempt.number()).collect();
        let unused = (1..=module.attempts).find(|attempt| !made.contains(attempt));
        let corrected = made.last().map(|attempt| (*attempt, 4)).filter(|_| correct);
        let (attempt, number) = corrected.or(unused.map(|attempt| (attempt, 1))).unwrap_or((1, 4));
        let passing = entry(&module.code, attempt, number, module.pass_mark);
        let after = standing(&taught, START, &[entries, vec![passing]].concat(), today);
        prop_assert_eq!(after.requirements[place].state, RequirementState::Met);
        for (i, (before, after)) in before.requirements.iter().zip(&after.requirements).enumerate() {
            prop_assert!(i == place || before == after);
        }
        prop_assert_eq!(after.credits, before.credits + module.credits);
        prop_assert!(after.standing <= before.standing);
    }

    #[test]
    fn a_standing_does_not_depend_on_the_order_of_entries(
        ((taught, entries), shuffled) in taught_and_recorded().prop_flat_map(|(taught, entries)| {
            let shuffled = Just(entries.clone()).prop_shuffle();
            (Just((taught, entries)), shuffled)
        }),
        days in 0_i64..500,
    ) {
        let today = START + Duration::days(days);
        prop_assert_eq!(standing(&taught, START, &entries, today), standing(&taught, START, &shuffled, today));
    }

    #[test]
    fn every_module_is_answered_for_once(
        (taught, entries) in taught_and_recorded(), days in 0_i64..500,
    ) {
        let found = standing(&taught, START, &entries, START + Duration::days(days));
        let answered: Vec<_> = found.requirements.iter().map(|requirement| &requirement.subject).collect();
        prop_assert_eq!(answered, taught.modules.iter().map(|module| &module.code).collect::<Vec<_>>());
        prop_assert!((0..=found.credits_total).contains(&found.credits));
        prop_assert_eq!(found.credits_total, taught.credits());
        prop_assert_eq!(found.standing == Standing::Complete, found.credits == found.credits_total);
        prop_assert!(found.requirements.iter().all(|requirement| !requirement.reason.is_empty()));
    }

    #[test]
    fn waiting_never_makes_a_standing_better(
        (taught, entries) in taught_and_recorded(), days in 0_i64..500, more in 0_i64..200,
    ) {
        let today = START + Duration::days(days);
        let later = standing(&taught, START, &entries, today + Duration::days(more));
        prop_assert!(standing(&taught, START, &entries, today).standing <= later.standing);
    }

    /// Whatever is tried, what is recorded has attempts and entries without gaps, no more attempts than the module
    /// allows, and no first entry behind a pass.
    #[test]
    fn a_record_stays_in_order(tries in prop::collection::vec((0..2, 1..=4, 0..=100, any::<bool>()), 0..40)) {
        let taught = curriculum(vec![module("M0"), Module { attempts: 3, ..module("M1") }]);
        let mut entries: Vec<ResultEntry> = Vec::new();
        for (which, attempt, mark, correct) in tries {
            let wanted = record(&format!("M{which}"), attempt, correct.then_some("misread"), START);
            let Ok(number) = wanted.entry("result", &taught, START, &entries, START) else { continue };
            let of = |module: &str, attempt: i32| {
                let same = |entry: &&ResultEntry| entry.module == module && entry.attempt.number() == attempt;
                entries.iter().filter(same).map(|entry| entry.entry).max().unwrap_or(0)
            };
            prop_assert_eq!(number, of(&wanted.module, attempt) + 1);
            prop_assert!((1..attempt).all(|attempt| of(&wanted.module, attempt) > 0));
            prop_assert!(attempt <= taught.module(&wanted.module).unwrap().attempts);
            let met = standing(&taught, START, &entries, START).requirements[usize::try_from(which).unwrap()].state;
            prop_assert!(number > 1 || met != RequirementState::Met);
            entries.push(entry(&wanted.module, attempt, number, mark));
        }
    }
}
