//! Cells to entries: what each becomes, and that the same sheet again changes nothing.

use std::collections::HashMap;

use exemplar_kernel::sheet::{Limits, Sheet};
use exemplar_kernel::{OrganisationId, PersonId, Timestamp, Violations};
use proptest::prelude::*;
use time::Duration;
use uuid::Uuid;

use super::{LEARNER, START, curriculum, module};
use crate::model::grid::{Judged, Stamp, Wish, judge, read_long, read_wide};
use crate::{
    CellOutcome, CohortId, Curriculum, Enrolment, EnrolmentState, LearnerRecord, SessionKey, SessionKind, Taught,
    TeachingSession,
};

fn held(code: &str, week: i64) -> TeachingSession {
    TeachingSession {
        id: SessionKey::new(Uuid::from_u128(u128::try_from(week).unwrap())),
        cohort: CohortId::new(Uuid::nil()),
        code: code.to_owned(),
        title: code.to_owned(),
        module: "M1".to_owned(),
        kind: SessionKind::Class,
        date: START + Duration::weeks(week),
        start_minute: 0,
        minutes: 60,
        venue: String::new(),
        tutor: String::new(),
    }
}

fn learner(state: EnrolmentState) -> Enrolment {
    Enrolment {
        id: LEARNER,
        cohort: CohortId::new(Uuid::nil()),
        learner: PersonId::new(Uuid::nil()),
        learner_name: "Sample Learner".to_owned(),
        organisation: OrganisationId::from_code("RBL").unwrap(),
        enrolled: Timestamp::start_of(START),
        state,
        state_date: None,
        state_reason: String::new(),
        sponsor: None,
        continues: None,
        version: 1,
    }
}

/// Ten days into the cohort.
fn stamp() -> Stamp {
    Stamp { now: Timestamp::start_of(START + Duration::days(10)), by: None, batch: None }
}

fn sheet(text: &str) -> Sheet {
    Sheet::read(&mut Violations::new(), "file", text.as_bytes(), &Limits::PAGE).unwrap()
}

/// What becomes of each wish, in order, each judged with those before it.
fn judged(
    taught: &Curriculum,
    sessions: &[TeachingSession],
    who: &Enrolment,
    record: &mut LearnerRecord,
    wishes: &[Wish],
) -> Vec<String> {
    let by_code: HashMap<_, _> = sessions.iter().map(|session| (session.code.to_uppercase(), session)).collect();
    let taught = Taught { curriculum: taught, start_date: START, sessions };
    let mut told = Vec::new();
    for wish in wishes {
        let found = judge(&wish.item, &wish.reason, &taught, &by_code, who, record, stamp(), Uuid::nil);
        told.push(match found {
            Ok(Judged::Unchanged) => "unchanged".to_owned(),
            Ok(Judged::New(entry)) => {
                record.add(&entry);
                "new".to_owned()
            }
            Ok(Judged::Changed(entry, before)) => {
                record.add(&entry);
                format!("changed: {before}")
            }
            Err(fault) => fault,
        });
    }
    told
}

#[test]
fn every_cell_has_one_clear_verdict() {
    let taught = curriculum(vec![module("M1"), module("M2")]);
    let sessions = [held("S1", 1), held("S2", 2)];
    let context = Taught { curriculum: &taught, start_date: START, sessions: &sessions };
    let text = "\u{feff}enrolment;name;s1;S2;M1;M1 date;M1#2;M9;reason\r\n\
                a;Ann;p;;64;2018-06-01;;;\r\n\
                b;Bob;maybe;A;101;;x;;\r\n\
                ;Nobody;p;;;;;;\r\n\
                c;Cy;=1;;=50+1;06/01/2018;;;\r\n\
                d;Di;;;40;06/01/2018;;;\r\n";
    let (wishes, verdicts) = read_wide(&sheet(text), &context, None, "").unwrap();
    let told: Vec<_> = verdicts.iter().map(|one| (one.row, one.column.as_str(), one.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "M9", "is no session of the cohort and no assessment of its curriculum"),
            (3, "s1", "\"maybe\" is no status; there are present, late, apologies, excused, absent"),
            (3, "M1", "must be from 0 to 100"),
            (3, "M1#2", "must be a whole number, not \"x\""),
            (4, "enrolment", "is missing"),
            (5, "s1", "is a formula; put in its value"),
            (5, "M1", "is a formula; put in its value"),
            (6, "M1", "has a date that must be a day like 2018-08-06, not \"06/01/2018\""),
        ]
    );
    assert_eq!(verdicts[4].outcome, CellOutcome::UnknownPerson);
    let mut record = LearnerRecord::default();
    let who = learner(EnrolmentState::Enrolled);
    let found = judged(&taught, &sessions, &who, &mut record, &wishes);
    // S1 and M1 of Ann; S2 of Bob, which is still to come.
    assert_eq!(found, ["new", "new", "the session is on 11 June 2018, in the future"]);
    assert!(read_wide(&sheet("name,M1\nAnn,1\n"), &context, None, "").unwrap_err().starts_with("has no column"));

    let rows = |text: &str| read_long(&sheet(&format!("enrolment,item,attempt,value,date,reason\n{text}"))).unwrap().0;
    for (text, expected) in [
        ("a,M1,1,64,,", "unchanged"),
        ("a,M1,1,64,2018-06-02,", "the record has 64 % of 1 June 2018; give a reason to correct it"),
        ("a,M1,1,40,,Misread", "changed: was 64 % of 1 June 2018"),
        (
            "a,M1,3,64,,",
            "attempt 3 at M1 of enrolments/00000000-0000-0000-0000-000000000001 cannot be recorded: the \
                         module allows no more than 2",
        ),
        (
            "a,M2,1,64,2018-06-20,",
            "attempt 1 at M2 of enrolments/00000000-0000-0000-0000-000000000001 cannot be \
                                   recorded: 20 June 2018 is in the future",
        ),
        ("a,S1,,P,,", "unchanged"),
        ("a,S1,,late,,", "changed: was present"),
        ("a,S9,,late,,", "there is no such session in the cohort"),
        ("a,S2,,apologies,,", "new"),
    ] {
        assert_eq!(judged(&taught, &sessions, &who, &mut record, &rows(text)), [expected], "{text}");
    }
    let paused = learner(EnrolmentState::Interrupted);
    let found = judged(&taught, &sessions, &paused, &mut record, &rows("a,M2,1,64,,"));
    assert_eq!(found, ["Sample Learner is interrupted in this cohort"]);
}

proptest! {
    /// Whatever a file says, saying it again changes nothing.
    #[test]
    fn a_replayed_import_changes_nothing(
        rows in prop::collection::vec((0..4_usize, 1..=3_i32, 0..=100_i32, 0..5_usize), 0..30),
    ) {
        let taught = curriculum(vec![module("M1"), module("M2")]);
        let sessions = [held("S1", 1), held("S2", 2)];
        let mut text = "enrolment,item,attempt,value,reason\n".to_owned();
        for (item, attempt, mark, presence) in &rows {
            let value = if *item < 2 { mark.to_string() } else { ["P", "L", "AP", "E", "A"][*presence].to_owned() };
            text.push_str(&format!("a,{},{attempt},{value},Misread\n", ["M1", "M2", "S1", "S2"][*item]));
        }
        // Of several rows about the same thing the last is what a file says.
        let (wishes, _) = read_long(&sheet(&text)).unwrap();
        let mut record = LearnerRecord::default();
        let who = learner(EnrolmentState::Enrolled);
        let mut last: Vec<Wish> = Vec::new();
        for wish in wishes {
            let same = |other: &Wish| key(other) == key(&wish);
            last.retain(|other| !same(other));
            last.push(wish);
        }
        last.sort_by_key(key);
        judged(&taught, &sessions, &who, &mut record, &last);
        let before = record.clone();
        for told in judged(&taught, &sessions, &who, &mut record, &last) {
            prop_assert!(told != "new" && !told.starts_with("changed"), "{}", told);
        }
        prop_assert_eq!(record, before);
    }
}

fn key(wish: &Wish) -> String {
    match &wish.item {
        crate::model::grid::Item::Mark { path, attempt, .. } => format!("{path}#{attempt}"),
        crate::model::grid::Item::Presence { session, .. } => session.clone(),
    }
}
