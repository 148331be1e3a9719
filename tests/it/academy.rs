//! The academy: applications to places, steps and transfers, attendance, sheets and imports, marking by two, who sees
//! what, and counts.

use std::collections::BTreeMap;
use std::time::Duration;

use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::sheet::{Cell, Limits, Sheet};
use exemplar_kernel::{NetworkRole, Role, Violations};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1 as network;
use exemplar_tests::{Actor, Database, World};

use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("academy::places_are_given_by_rules_that_are_said", places_are_given_by_rules_that_are_said);
    suite.each("academy::an_enrolment_pauses_and_goes_on_elsewhere", an_enrolment_pauses_and_goes_on_elsewhere);
    suite.each("academy::a_sheet_is_entered_whole_and_undone_whole", a_sheet_is_entered_whole_and_undone_whole);
    suite.each("academy::files_go_out_as_they_come_in", files_go_out_as_they_come_in);
    suite.each("academy::an_import_can_be_run_again", an_import_can_be_run_again);
    suite.each("academy::two_mark_and_a_third_decides", two_mark_and_a_third_decides);
    suite.each("academy::everybody_sees_what_is_theirs", everybody_sees_what_is_theirs);
    suite.each("academy::a_watch_tells_whose_standing_changes", a_watch_tells_whose_standing_changes);
    suite.each("academy::counts_tell_of_no_single_person", counts_tell_of_no_single_person);
}

/// A cohort that started on 2 July 2018, five weeks before every world begins, with a timetable.
pub(crate) struct School {
    pub(crate) world: World,
    pub(crate) staff: Actor,
    pub(crate) cohort: String,
}

/// A cohort of one learner, of RGT, that started on 2 July 2018, in one module; and the learner's enrolment.
pub(crate) async fn one_learner(world: &World, learner: &Actor) -> (String, String) {
    let staff = world.academy().await;
    let module = pb::Module {
        code: "M1".into(),
        title: "One".into(),
        credits: 60,
        pass_mark: 50,
        attempts: 2,
        due_week: 8,
        ..Default::default()
    };
    let curriculum =
        pb::Curriculum { code: "DIPLOMA".into(), title: "Diploma".into(), modules: vec![module], ..Default::default() };
    let request = pb::CreateCurriculumRequest { curriculum: Some(curriculum), ..Default::default() };
    staff.curricula().create_curriculum(request).await.unwrap();
    let cohort = pb::Cohort {
        title: "Cohort".into(),
        curriculum: "curricula/DIPLOMA".into(),
        start_date: "2018-07-02".into(),
        places: 5,
        ..Default::default()
    };
    let request = pb::CreateCohortRequest { cohort: Some(cohort), ..Default::default() };
    let cohort = staff.cohorts().create_cohort(request).await.unwrap().into_inner().cohort.unwrap().name;
    let enrol = pb::EnrolLearnerRequest {
        cohort: cohort.clone(),
        learner: learner.id.to_string(),
        organisation: "organisations/RGT".into(),
        ..Default::default()
    };
    let enrolment = staff.enrolments().enrol_learner(enrol).await.unwrap().into_inner().enrolment.unwrap().name;
    (cohort, enrolment)
}

/// M1 with an essay that two mark and an exam, and M2 alone; six sessions, two of them residentials.
fn diploma() -> pb::Curriculum {
    let part = |code: &str, weight: i32, second_marked: bool| pb::Assessment {
        code: code.into(),
        title: code.into(),
        weight,
        second_marked,
        ..Default::default()
    };
    let module = |code: &str, assessments: Vec<pb::Assessment>| pb::Module {
        code: code.into(),
        title: format!("Module {code}"),
        credits: 30,
        pass_mark: 50,
        attempts: 2,
        due_week: 20,
        assessments,
        competencies: vec!["FCI-1".into()],
    };
    let session = |code: &str, module: &str, kind: pb::TeachingSessionKind, week: i32| pb::PlannedSession {
        code: code.into(),
        title: format!("Session {code}"),
        module: module.into(),
        kind: kind.into(),
        week,
        duration_minutes: 90,
    };
    let (residential, online) = (pb::TeachingSessionKind::Residential, pb::TeachingSessionKind::Online);
    pb::Curriculum {
        code: "PGDIP-DHL".into(),
        title: "Digital Health Leadership".into(),
        modules: vec![module("M1", vec![part("ESSAY", 40, true), part("EXAM", 60, false)]), module("M2", vec![])],
        source: "the tests".into(),
        sessions: vec![
            session("R1", "", residential, 1),
            session("S1", "M1", online, 2),
            session("S2", "M1", online, 3),
            session("S3", "M1", online, 4),
            session("S4", "M2", online, 10),
            session("R2", "", residential, 30),
        ],
        attendance_rules: vec![pb::AttendanceRule { minimum_percent: 60, allowance: 1, ..Default::default() }],
        artefacts: vec![pb::RequiredArtefact { kind: pb::ArtefactKind::Project.into(), due_week: 40 }],
        ..Default::default()
    }
}

async fn school(database: Database) -> School {
    school_in(World::new(database).await).await
}

/// A school in a fresh world.
pub(crate) async fn school_in(world: World) -> School {
    world.organisations(&["RQ6", "RBL", "RGT"]).await;
    let staff = world.academy().await;
    let request = pb::CreateCurriculumRequest { curriculum: Some(diploma()), ..Default::default() };
    let made = told(staff.curricula().create_curriculum(request).await).unwrap().curriculum.unwrap();
    assert_eq!((made.sessions.len(), made.attendance_rules.len(), made.artefacts.len()), (6, 1, 1));
    let cohort = open(&staff, "Cohort 1", 20).await;
    let schedule = pb::ScheduleSessionsRequest { cohort: cohort.clone(), from_curriculum: true, ..Default::default() };
    assert_eq!(told(staff.cohorts().schedule_sessions(schedule).await).unwrap().added, 6);
    School { world, staff, cohort }
}

async fn open(staff: &Actor, title: &str, places: i32) -> String {
    let cohort = pb::Cohort {
        title: title.into(),
        curriculum: "curricula/PGDIP-DHL".into(),
        start_date: "2018-07-02".into(),
        places,
        applications_open_date: "2018-08-01".into(),
        applications_close_date: "2018-08-31".into(),
        ..Default::default()
    };
    let request = pb::CreateCohortRequest { cohort: Some(cohort), ..Default::default() };
    told(staff.cohorts().create_cohort(request).await).unwrap().cohort.unwrap().name
}

pub(crate) async fn enrol(staff: &Actor, cohort: &str, learner: &Actor, sponsor: &str) -> String {
    let request = pb::EnrolLearnerRequest {
        cohort: cohort.into(),
        learner: learner.id.to_string(),
        organisation: "organisations/RQ6".into(),
        sponsor: sponsor.into(),
        ..Default::default()
    };
    told(staff.enrolments().enrol_learner(request).await).unwrap().enrolment.unwrap().name
}

async fn enter(by: &Actor, cohort: &str, text: &str, validate_only: bool) -> Result<pb::EnterSheetResponse, String> {
    let source = Some(pb::enter_sheet_request::Source::File(text.as_bytes().to_vec()));
    let request = pb::EnterSheetRequest { cohort: cohort.into(), source, validate_only, ..Default::default() };
    told(by.records().enter_sheet(request).await)
}

/// Every verdict in a line.
fn verdicts(answer: &pb::EnterSheetResponse) -> Vec<String> {
    let line = |verdict: &pb::CellVerdict| {
        let outcome = verdict.outcome().as_str_name().trim_start_matches("CELL_OUTCOME_").to_owned();
        format!("{} {} {outcome} {}", verdict.row, verdict.column, verdict.message).trim_end().to_owned()
    };
    answer.verdicts.iter().map(line).collect()
}

async fn get(by: &Actor, enrolment: &str) -> Result<pb::GetStandingResponse, String> {
    let request = pb::GetStandingRequest { enrolment: enrolment.into() };
    told(by.records().get_standing(request).await)
}

/// Each requirement of a learner in a line.
async fn lines(by: &Actor, enrolment: &str) -> Vec<String> {
    let standing = get(by, enrolment).await.unwrap().standing.unwrap();
    let line = |one: &pb::Requirement| {
        let state = one.state().as_str_name().trim_start_matches("REQUIREMENT_STATE_").to_owned();
        format!("{} {state}: {}", one.module, one.reason)
    };
    standing.requirements.iter().map(line).collect()
}

fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap()
}

async fn places_are_given_by_rules_that_are_said(database: Database) {
    let School { world, staff, .. } = school(database).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 2).await;
    let cohort = open(&staff, "Cohort 9", 2).await;
    let (second, third) = (world.academy().await, world.academy().await);
    let mut applied = Vec::new();
    for (employer, points) in
        [("RQ6", [5, 5, 5, 5]), ("RQ6", [3, 3, 3, 3]), ("RGT", [2, 2, 2, 2]), ("RBL", [4, 4, 4, 4])]
    {
        let (applicant, sponsor) = (world.at(employer, Role::Member).await, world.at(employer, Role::Approver).await);
        let application = pb::Application {
            cohort: cohort.clone(),
            organisation: format!("organisations/{employer}"),
            profession: "CCIO".into(),
            answers: vec!["Because.".into(); 4],
            ..Default::default()
        };
        let request = pb::SubmitApplicationRequest { application: Some(application), ..Default::default() };
        let made = told(applicant.applications().submit_application(request.clone()).await).unwrap();
        let name = made.application.unwrap().name;
        let again = told(applicant.applications().submit_application(request).await).unwrap_err();
        assert_eq!(again, "AlreadyExists APPLICATION_EXISTS");
        let statement = pb::Sponsorship { statement: "Yes.".into(), confirms_study_leave: true, ..Default::default() };
        let request = |sponsorship: pb::Sponsorship| pb::SponsorApplicationRequest {
            name: name.clone(),
            sponsorship: Some(sponsorship),
            ..Default::default()
        };
        let half = told(sponsor.applications().sponsor_application(request(statement.clone())).await).unwrap_err();
        assert_eq!(half, "InvalidArgument SPONSOR_DOES_NOT_CONFIRM");
        let whole = pb::Sponsorship { confirms_level: true, confirms_employment: true, ..statement };
        told(sponsor.applications().sponsor_application(request(whole)).await).unwrap();
        let score = |points: Vec<i32>| pb::ScoreApplicationRequest { name: name.clone(), points, ..Default::default() };
        let first = told(staff.applications().score_application(score(points.to_vec())).await).unwrap();
        assert_eq!(first.application.unwrap().scores.len(), 1);
        // The second scorer is not told of the first's points before their own.
        let request = pb::GetApplicationRequest { name: name.clone() };
        let seen = told(second.applications().get_application(request).await).unwrap().application.unwrap();
        assert_eq!((seen.scores.len(), seen.agreed_score), (0, -1));
        // Two who differ need a third.
        let other = if employer == "RBL" { vec![4, 4, 4, 3] } else { points.to_vec() };
        told(second.applications().score_application(score(other)).await).unwrap();
        let late = told(third.applications().score_application(score(points.to_vec())).await).unwrap_err();
        assert_eq!(late, "AlreadyExists SCORED_ALREADY");
        applied.push((name, applicant));
    }
    let select = async |validate_only: bool| {
        let request = pb::SelectApplicantsRequest { cohort: cohort.clone(), validate_only, ..Default::default() };
        let decisions = told(staff.applications().select_applicants(request).await).unwrap().decisions;
        let told = |(name, _): &(String, Actor)| {
            let found = decisions.iter().find(|decision| decision.application == *name);
            found.map_or_else(String::new, |found| {
                let outcome = found.outcome().as_str_name().trim_start_matches("SELECTION_OUTCOME_").to_owned();
                format!("{outcome} {}", found.reserve_place)
            })
        };
        applied.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(select(true).await, ["OFFER 0", "OFFER 0", "RESERVE 1", "UNDECIDED 0"]);
    let request = pb::ModerateApplicationRequest {
        name: applied[3].0.clone(),
        score: 16,
        note: "The first marker is right.".into(),
        ..Default::default()
    };
    let same = told(second.applications().moderate_application(request.clone()).await).unwrap_err();
    assert_eq!(same, "FailedPrecondition NOTHING_TO_MODERATE");
    told(third.applications().moderate_application(request).await).unwrap();
    // Staff of exemplars first, where the cohort says so: the third applicant passes two with better scores.
    let request = pb::GetCohortRequest { name: cohort.clone() };
    let opened = told(staff.cohorts().get_cohort(request).await).unwrap().cohort.unwrap();
    let etag = opened.etag.clone();
    let first = pb::Cohort { network_first: true, ..opened };
    let request = pb::UpdateCohortRequest { cohort: Some(first), etag, ..Default::default() };
    told(staff.cohorts().update_cohort(request).await).unwrap();
    assert_eq!(select(false).await, ["OFFER 0", "RESERVE 2", "OFFER 0", "RESERVE 1"]);
    // An offer is taken or not; the place that becomes free goes to the reserve list in its order.
    let offered = async |(name, applicant): &(String, Actor)| {
        let request = pb::GetApplicationRequest { name: name.clone() };
        told(applicant.applications().get_application(request).await).unwrap().application.unwrap()
    };
    let one = offered(&applied[0]).await;
    assert!(one.rule.starts_with("scored 20: 17 or more"), "{}", one.rule);
    assert_eq!((one.scores.len(), one.agreed_score), (0, -1), "an applicant is not told their score");
    let request = pb::AcceptOfferRequest { name: one.enrolment.clone(), ..Default::default() };
    let stolen = told(applied[1].1.enrolments().accept_offer(request.clone()).await).unwrap_err();
    assert_eq!(stolen, "NotFound ENROLMENT_NOT_FOUND");
    let taken = told(applied[0].1.enrolments().accept_offer(request).await).unwrap().enrolment.unwrap();
    assert_eq!(taken.state(), pb::EnrolmentState::Enrolled);
    let name = offered(&applied[2]).await.enrolment;
    let request = pb::DeclineOfferRequest { name, reason: "Not this year.".into(), ..Default::default() };
    told(applied[2].1.enrolments().decline_offer(request).await).unwrap();
    assert_eq!(select(false).await, ["", "RESERVE 1", "", "OFFER 0"]);
    // Who is left has a place ring-fenced in a later cohort, and is first there.
    let later = open(&staff, "Cohort 10", 1).await;
    let request =
        pb::CarryApplicationRequest { name: applied[1].0.clone(), cohort: later.clone(), ..Default::default() };
    told(staff.applications().carry_application(request).await).unwrap();
    let request = pb::SelectApplicantsRequest { cohort: later, ..Default::default() };
    let decisions = told(staff.applications().select_applicants(request).await).unwrap().decisions;
    assert_eq!(decisions[0].rule, "has a place ring-fenced from an earlier cohort");
    assert_eq!(decisions[0].outcome(), pb::SelectionOutcome::Offer);
}

async fn an_enrolment_pauses_and_goes_on_elsewhere(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let learner = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner, "").await;
    let sheet = format!("enrolment,S1,M2\n{},P,64\n", short(&enrolment));
    assert!(enter(&staff, &cohort, &sheet, false).await.unwrap().batch.is_some());
    let pause = pb::InterruptEnrolmentRequest {
        name: enrolment.clone(),
        reason: "Parental leave.".into(),
        ..Default::default()
    };
    told(staff.enrolments().interrupt_enrolment(pause.clone()).await).unwrap();
    let twice = told(staff.enrolments().interrupt_enrolment(pause).await).unwrap_err();
    assert_eq!(twice, "FailedPrecondition ENROLMENT_STATE");
    // Nothing is recorded for somebody who pauses, and one bad cell leaves the sheet unwritten.
    let sheet = format!("enrolment,S2\n{},P\n", short(&enrolment));
    let answer = enter(&staff, &cohort, &sheet, false).await.unwrap();
    assert!(answer.batch.is_none() && verdicts(&answer)[0].ends_with("is interrupted in this cohort"));
    // The next cohort has another revision, whose rules decide what counts.
    let mut stricter = diploma();
    stricter.modules[0].pass_mark = 40;
    let request = pb::CreateCurriculumRequest { curriculum: Some(stricter), ..Default::default() };
    told(staff.curricula().create_curriculum(request).await).unwrap();
    let later = open(&staff, "Cohort 2", 5).await;
    let transfer = |validate_only: bool| pb::TransferEnrolmentRequest {
        name: enrolment.clone(),
        cohort: later.clone(),
        reason: "Back from leave.".into(),
        validate_only,
        ..Default::default()
    };
    let asked = told(staff.enrolments().transfer_enrolment(transfer(true)).await).unwrap();
    let mapping: Vec<_> = asked.mapping.iter().map(|one| (one.carried, one.credits, one.reason.as_str())).collect();
    assert_eq!(mapping, [(false, 0, "M1 of Cohort 1 is not passed"), (true, 30, "carried from M2 of Cohort 1")]);
    assert_eq!((asked.enrolment, asked.sequence), (None, 0));
    let done = told(staff.enrolments().transfer_enrolment(transfer(false)).await).unwrap();
    let new = done.enrolment.unwrap();
    assert_eq!((new.continues.as_str(), new.state()), (enrolment.as_str(), pb::EnrolmentState::Enrolled));
    let found = get(&learner, &new.name).await.unwrap().standing.unwrap();
    assert_eq!(found.credits, 30);
    assert_eq!(found.requirements[1].reason, "carried from M2 of Cohort 1 with 64 %");
    let events: Vec<_> = get(&learner, &enrolment).await.unwrap().events;
    let events: Vec<_> = events.iter().map(|event| (event.state(), event.reason.as_str())).collect();
    assert_eq!(
        events,
        [
            (pb::EnrolmentState::Enrolled, ""),
            (pb::EnrolmentState::Interrupted, "Parental leave."),
            (pb::EnrolmentState::Transferred, "Back from leave.")
        ]
    );
    let early = pb::CompleteEnrolmentRequest { name: new.name.clone(), ..Default::default() };
    let early = told(staff.enrolments().complete_enrolment(early).await).unwrap_err();
    assert_eq!(early, "FailedPrecondition REQUIREMENTS_MISSING");
    // The employer follows its succession.
    let succession = directory::Succession {
        predecessor: "organisations/RQ6".into(),
        successor: "organisations/RBL".into(),
        date: "2018-08-01".into(),
        source: "the tests".into(),
    };
    let request = directory::RecordSuccessionRequest { succession: Some(succession), ..Default::default() };
    told(world.programme().await.organisations().record_succession(request).await).unwrap();
    let request = pb::GetEnrolmentRequest { name: new.name };
    let now = told(learner.enrolments().get_enrolment(request).await).unwrap().enrolment.unwrap();
    assert_eq!(
        (now.organisation.as_str(), now.current_organisations),
        ("organisations/RQ6", vec!["organisations/RBL".to_owned()])
    );
}

async fn a_sheet_is_entered_whole_and_undone_whole(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let mut people = Vec::new();
    for _ in 0..3 {
        let learner = world.at("RQ6", Role::Member).await;
        people.push(enrol(&staff, &cohort, &learner, "").await);
    }
    let elsewhere = open(&staff, "Elsewhere", 5).await;
    let stranger = enrol(&staff, &elsewhere, &world.at("RQ6", Role::Member).await, "").await;
    let ids: Vec<_> = people.iter().map(|name| short(name)).collect();
    let before = lines(&staff, &people[0]).await;
    // Pasted from a spreadsheet, by e-mail addresses and ids alike.
    let good = format!("learner\tS1\tS2\tM2\tM2 date\n{}\tP\tL\t64\t2018-07-20\n{}\tAP\tA\t40\t\n", ids[0], ids[1]);
    let asked = enter(&staff, &cohort, &good, true).await.unwrap();
    assert_eq!((asked.batch.clone(), asked.sequence, asked.verdicts.len()), (None, 0, 6));
    assert_eq!(lines(&staff, &people[0]).await, before, "asking writes nothing");
    let bad = format!(
        "enrolment,S1,S4,M2,M2#2\n{},P,P,101,\n{},,,,50\n{},P,,,\n{},P,,,\nnobody@sample.example,P,,,\n",
        ids[0],
        ids[1],
        short(&stranger),
        ids[2]
    );
    let answer = enter(&staff, &cohort, &bad, false).await.unwrap();
    assert_eq!(
        verdicts(&answer),
        [
            "2 M2 INVALID must be from 0 to 100".to_owned(),
            "2 S1 NEW".to_owned(),
            "2 S4 INVALID the session is on 10 September 2018, in the future".to_owned(),
            format!(
                "3 M2#2 INVALID attempt 2 at M2 of {} cannot be recorded: an earlier attempt has no result yet",
                people[1]
            ),
            format!("4 S1 UNKNOWN_PERSON \"{}\" is no learner of this cohort", short(&stranger)),
            "5 S1 NEW".to_owned(),
            "6 S1 UNKNOWN_PERSON \"nobody@sample.example\" is no learner of this cohort".to_owned(),
        ]
    );
    assert!(answer.batch.is_none());
    assert_eq!(lines(&staff, &people[2]).await, before, "one bad cell, and nothing is written");

    let first = enter(&staff, &cohort, &good, false).await.unwrap();
    assert_eq!(first.batch.as_ref().map(|batch| batch.entries), Some(6));
    let again = enter(&staff, &cohort, &good, false).await.unwrap();
    let same = again.verdicts.iter().all(|verdict| verdict.outcome() == pb::CellOutcome::Unchanged);
    assert!(same && again.batch.is_none(), "{:?}", verdicts(&again));
    // Only what changed is written, and a mark is corrected with a reason.
    let wrong = format!("enrolment,S1,M2\n{},P,58\n", ids[0]);
    assert!(verdicts(&enter(&staff, &cohort, &wrong, false).await.unwrap())[0].contains("give a reason to correct it"));
    // Batches are listed by when they came.
    world.clock.advance(Duration::from_secs(1));
    let right = format!("enrolment,S1,S2,M2,reason\n{},P,P,58,Misread\n", ids[0]);
    let changed = enter(&staff, &cohort, &right, false).await.unwrap();
    assert_eq!(
        verdicts(&changed),
        ["2 M2 CHANGED was 64 % of 20 July 2018", "2 S1 UNCHANGED", "2 S2 CHANGED was late"]
    );
    assert_eq!(changed.batch.as_ref().map(|batch| batch.entries), Some(2));
    let undo = |batch: &Option<pb::Batch>| pb::UndoBatchRequest {
        name: batch.clone().unwrap().name,
        reason: "The wrong file.".into(),
        ..Default::default()
    };
    let stuck = told(staff.records().undo_batch(undo(&first.batch)).await).unwrap_err();
    assert_eq!(stuck, "FailedPrecondition BATCH_OVERWRITTEN");
    world.clock.advance(Duration::from_secs(1));
    told(staff.records().undo_batch(undo(&changed.batch)).await).unwrap();
    let found = get(&staff, &people[0]).await.unwrap();
    let marks: Vec<_> = found.results.iter().map(|result| (result.mark, result.correction.as_str())).collect();
    assert_eq!(marks, [(64, "The wrong file.")]);
    let presences: Vec<_> = found.attendance.iter().map(|one| (one.presence(), one.entries)).collect();
    assert_eq!(presences, [(pb::Presence::Present, 1), (pb::Presence::Late, 3)]);
    let twice = told(staff.records().undo_batch(undo(&changed.batch)).await).unwrap_err();
    assert_eq!(twice, "FailedPrecondition BATCH_UNDONE");
    let request = pb::ListBatchesRequest { cohort: cohort.clone(), ..Default::default() };
    let batches = told(staff.records().list_batches(request).await).unwrap().batches;
    let entries: Vec<_> = batches.iter().map(|batch| (batch.entries, batch.undone_by.is_empty())).collect();
    assert_eq!(entries, [(2, true), (2, false), (6, true)]);
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }));
}

async fn files_go_out_as_they_come_in(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let learner = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner, "").await;
    let sheet = format!("enrolment,S1,M1/EXAM,M1/EXAM date\n{},L,71,2018-07-09\n", short(&enrolment));
    enter(&staff, &cohort, &sheet, false).await.unwrap();
    for format in [pb::SheetFormat::Csv, pb::SheetFormat::Xlsx] {
        let request = pb::DownloadSheetRequest { cohort: cohort.clone(), module: "M1".into(), format: format.into() };
        let file = told(staff.records().download_sheet(request).await).unwrap().file;
        let read = Sheet::read(&mut Violations::new(), "file", &file, &Limits::PAGE).unwrap();
        assert_eq!(read.header[3..6], ["S1", "S2", "S3"]);
        let at = |name: &str| read.rows[0].cell(read.column(name).unwrap()).clone();
        assert_eq!(at("S1"), Cell::text("late"));
        assert_eq!(at("M1/EXAM").as_whole(), Ok(Some(71)));
        assert_eq!(at("M1/EXAM date").as_date().unwrap().unwrap().to_string(), "2018-07-09");
        // The same file in again changes nothing.
        let source = Some(pb::enter_sheet_request::Source::File(file));
        let request = pb::EnterSheetRequest { cohort: cohort.clone(), source, ..Default::default() };
        let answer = told(staff.records().enter_sheet(request).await).unwrap();
        let same = answer.verdicts.iter().all(|verdict| verdict.outcome() == pb::CellOutcome::Unchanged);
        assert!(same && answer.verdicts.len() == 2 && answer.batch.is_none(), "{:?}", verdicts(&answer));
    }
    // What a table shows with a filter is what the file holds.
    let listed = async |filter: &str| {
        let request = pb::ListStandingsRequest { cohort: cohort.clone(), filter: filter.into(), ..Default::default() };
        let rows = told(staff.records().list_standings(request).await).unwrap().standings.len();
        let request =
            pb::DownloadStandingsRequest { cohort: cohort.clone(), filter: filter.into(), ..Default::default() };
        let file = told(staff.records().download_standings(request).await).unwrap().file;
        (rows, String::from_utf8(file).unwrap().lines().count())
    };
    assert_eq!(listed(r#"standing = "ON_TRACK" AND organisation = "RQ6" AND state = "ENROLLED""#).await, (1, 2));
    assert_eq!(listed(r#"standing = "BEHIND""#).await, (0, 1));
    let request = pb::ListStandingsRequest { cohort, filter: "standing = \"GOOD\"".into(), ..Default::default() };
    let fault = told(staff.records().list_standings(request).await).unwrap_err();
    assert_eq!(fault, "InvalidArgument INVALID_REQUEST\n  filter: knows no standing GOOD");
}

async fn import(by: &Actor, text: String) -> Result<pb::ImportEntriesResponse, String> {
    let request = pb::ImportEntriesRequest { file: text.into_bytes(), validate_only: false };
    let mut answers = told(by.records().import_entries(request).await)?;
    let (mut last, mut unusable) = (pb::ImportEntriesResponse::default(), Vec::new());
    while let Some(answer) = answers.message().await.unwrap() {
        unusable.extend(answer.verdicts.clone());
        last = answer;
    }
    last.verdicts = unusable;
    Ok(last)
}

async fn an_import_can_be_run_again(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let mut text = "enrolment,item,attempt,value,date,reason\n".to_owned();
    let mut last = String::new();
    for _ in 0..3 {
        let learner = world.at("RQ6", Role::Member).await;
        last = enrol(&staff, &cohort, &learner, "").await;
        for (item, value) in [("R1", "present"), ("S1", "late"), ("S2", "A"), ("M2", "64"), ("M1/EXAM", "49")] {
            text.push_str(&format!("{},{item},,{value},2018-07-20,\n", short(&last)));
        }
    }
    let odd = format!("nobody,M2,1,50,,\n{},M9,1,50,,\n{},M2,1,zz,,\n", short(&last), short(&last));
    let counts = |answer: &pb::ImportEntriesResponse| {
        let pb::ImportEntriesResponse { rows, done, created, changed, unchanged, unusable, .. } = *answer;
        [rows, done, created, changed, unchanged, unusable]
    };
    let first = import(&staff, format!("{text}{odd}")).await.unwrap();
    assert_eq!(counts(&first), [18, 18, 15, 0, 0, 3]);
    let named: BTreeMap<_, _> = first.verdicts.iter().map(|verdict| (verdict.row, verdict.message.as_str())).collect();
    assert_eq!(named[&17], "there is no enrolment \"nobody\"");
    assert_eq!(named[&18], "curricula/PGDIP-DHL/revisions/1 has no module \"M9\"");
    assert!(named[&19].starts_with("\"zz\" is no status"));
    let before = lines(&staff, &last).await;
    let again = import(&staff, text).await.unwrap();
    assert_eq!(counts(&again), [15, 15, 0, 0, 15, 0]);
    assert_eq!((again.sequence, lines(&staff, &last).await), (0, before));
    assert_eq!(import(&staff, "name\nx\n".to_owned()).await.unwrap_err(), "InvalidArgument SHEET_UNREADABLE");
}

async fn two_mark_and_a_third_decides(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let (second, third) = (world.person(&[], &[]).await, world.academy().await);
    let tutor =
        pb::CohortStaff { person: second.id.to_string(), role: pb::CohortRole::Tutor.into(), ..Default::default() };
    let request = pb::SetCohortStaffRequest { cohort: cohort.clone(), staff: vec![tutor], ..Default::default() };
    told(staff.cohorts().set_cohort_staff(request).await).unwrap();
    let learner = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner, "").await;
    let result = pb::Result {
        enrolment: enrolment.clone(),
        module: "M1".into(),
        assessment: "ESSAY".into(),
        attempt: 1,
        mark: 62,
        date: "2018-08-01".into(),
        ..Default::default()
    };
    let request = pb::RecordResultRequest { result: Some(result), ..Default::default() };
    let made = told(staff.records().record_result(request).await).unwrap().result.unwrap();
    assert!(!made.released);
    let release = pb::ReleaseResultsRequest { cohort: cohort.clone(), module: "M1".into(), ..Default::default() };
    let mark = |mark: i32| pb::SecondMarkResultRequest { name: made.name.clone(), mark, ..Default::default() };
    let same = told(staff.records().second_mark_result(mark(62)).await).unwrap_err();
    assert_eq!(same, "PermissionDenied MARKER_SAME");
    assert_eq!(
        told(third.records().release_results(release.clone()).await).unwrap_err(),
        "FailedPrecondition MARKING_OPEN"
    );
    told(second.records().second_mark_result(mark(50)).await).unwrap();
    let moderate = pb::ModerateResultRequest {
        name: made.name.clone(),
        mark: 56,
        note: "The argument holds.".into(),
        ..Default::default()
    };
    assert_eq!(
        told(second.records().moderate_result(moderate.clone()).await).unwrap_err(),
        "PermissionDenied MARKER_SAME"
    );
    let agreed = told(third.records().moderate_result(moderate).await).unwrap().result.unwrap();
    assert_eq!((agreed.mark, agreed.second_mark, agreed.agreed_mark), (62, 50, 56));
    // The learner sees nothing of it before it is released.
    assert!(get(&learner, &enrolment).await.unwrap().results.is_empty());
    assert!(lines(&learner, &enrolment).await[0].contains("ESSAY is being marked"));
    assert_eq!(get(&second, &enrolment).await.unwrap().results.len(), 1, "a tutor sees their cohort");
    assert_eq!(told(second.records().release_results(release.clone()).await).unwrap().results, 1);
    assert_eq!(get(&learner, &enrolment).await.unwrap().results[0].agreed_mark, 56);
    let nothing = told(staff.records().release_results(release).await).unwrap_err();
    assert_eq!(nothing, "FailedPrecondition NOTHING_TO_RELEASE");
}

async fn everybody_sees_what_is_theirs(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let (learner, sponsor) = (world.at("RQ6", Role::Member).await, world.at("RQ6", Role::Approver).await);
    let enrolment = enrol(&staff, &cohort, &learner, &sponsor.id.to_string()).await;
    let sheet = format!("enrolment,S1,S2,M2\n{},P,A,64\n", short(&enrolment));
    enter(&staff, &cohort, &sheet, false).await.unwrap();
    let whole = get(&learner, &enrolment).await.unwrap();
    assert_eq!((whole.results.len(), whole.attendance.len()), (1, 2));
    let figures = whole.standing.as_ref().unwrap().attendance.unwrap();
    assert_eq!((figures.to_date_percent, figures.over_all_percent, figures.best_possible_percent), (50, 16, 83));
    // A sponsor sees progress, not marks.
    let told_sponsor = get(&sponsor, &enrolment).await.unwrap();
    assert!(told_sponsor.results.is_empty() && told_sponsor.attendance.is_empty() && told_sponsor.rulings.is_empty());
    let requirement = told_sponsor.standing.unwrap().requirements.remove(1);
    assert_eq!((requirement.best_mark, requirement.reason.as_str()), (-1, "is passed"));
    let file = pb::DownloadStandingsRequest { cohort: cohort.clone(), ..Default::default() };
    let file = told(sponsor.records().download_standings(file).await).unwrap().file;
    // The enrolment's id is left out: its digits are chance.
    let file = String::from_utf8(file).unwrap().replace(short(&enrolment), "");
    assert!(!file.contains("64"), "nor in what they download: {file}");
    // An override says for ever who and why, whatever comes after.
    let rule = |withdrawn: bool| pb::MakeRulingRequest {
        enrolment: enrolment.clone(),
        ruling: Some(pb::Ruling {
            kind: pb::RulingKind::Override.into(),
            subject: "attendance".into(),
            reason: "The board agreed.".into(),
            withdrawn,
            ..Default::default()
        }),
        ..Default::default()
    };
    told(staff.records().make_ruling(rule(false)).await).unwrap();
    let found = lines(&learner, &enrolment).await;
    assert!(found[2].starts_with("attendance MET: accepted by Sample Person"), "{found:?}");
    told(staff.records().make_ruling(rule(true)).await).unwrap();
    let rulings = get(&learner, &enrolment).await.unwrap().rulings;
    assert_eq!(rulings.iter().map(|ruling| ruling.withdrawn).collect::<Vec<_>>(), [false, true]);
    // Apologies come before the session, from the learner alone.
    let apologise = |session: &str| pb::SendApologiesRequest {
        enrolment: enrolment.clone(),
        session: session.into(),
        reason: "On call.".into(),
        ..Default::default()
    };
    let begun = told(learner.records().send_apologies(apologise("S3")).await);
    assert_eq!(begun.unwrap_err(), "FailedPrecondition TEACHING_SESSION_BEGUN");
    let others = told(sponsor.records().send_apologies(apologise("S4")).await);
    assert_eq!(others.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
    told(learner.records().send_apologies(apologise("S4")).await).unwrap();
    let excuse = pb::RecordAttendanceRequest {
        enrolment: enrolment.clone(),
        session: "S4".into(),
        presence: pb::Presence::Excused.into(),
        ..Default::default()
    };
    told(staff.records().record_attendance(excuse).await).unwrap();
    let last = get(&learner, &enrolment).await.unwrap().attendance.pop().unwrap();
    assert_eq!((last.presence(), last.entries), (pb::Presence::Excused, 2));
    for stranger in [world.at("RQ6", Role::Lead).await, world.person(&[], &[NetworkRole::Programme]).await] {
        assert_eq!(get(&stranger, &enrolment).await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
    }
}

async fn a_watch_tells_whose_standing_changes(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let (one, two) = (world.at("RQ6", Role::Member).await, world.at("RQ6", Role::Member).await);
    let first = enrol(&staff, &cohort, &one, "").await;
    let second = enrol(&staff, &cohort, &two, "").await;
    let request = pb::WatchCohortRequest { cohort: cohort.clone() };
    let mut watched = told(staff.records().watch_cohort(request.clone()).await).unwrap();
    let mut own = told(one.records().watch_cohort(request).await).unwrap();
    let next = async |stream: &mut tonic::Streaming<pb::WatchCohortResponse>| {
        let answer = tokio::time::timeout(Duration::from_secs(20), stream.message()).await;
        answer.expect("an answer in time").unwrap().unwrap()
    };
    assert_eq!(next(&mut watched).await.standings.len(), 2);
    assert_eq!(next(&mut own).await.standings.len(), 1);
    for enrolment in [&second, &first] {
        let sheet = format!("enrolment,M2\n{},64\n", short(enrolment));
        let written = enter(&staff, &cohort, &sheet, false).await.unwrap();
        let told = next(&mut watched).await;
        assert!(told.sequence >= written.sequence);
        let changed: Vec<_> = told.standings.iter().map(|one| (one.enrolment.as_str(), one.credits)).collect();
        assert_eq!(changed, [(enrolment.as_str(), 30)]);
    }
    assert_eq!(next(&mut own).await.standings[0].enrolment, first, "nobody is told of others");
}

async fn counts_tell_of_no_single_person(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let lead = world.at("RQ6", Role::Lead).await;
    let counts = async |by: &Actor| {
        let request = pb::GetEmployerCountsRequest { organisation: "organisations/RQ6".into() };
        let counts = told(by.reports().get_employer_counts(request).await)?.counts;
        let enrolled = counts.into_iter().find(|count| count.state == "ENROLLED").unwrap();
        Ok::<_, String>((enrolled.count, enrolled.suppressed))
    };
    assert_eq!(counts(&lead).await, Ok((0, false)));
    for number in 1..=5 {
        enrol(&staff, &cohort, &world.at("RQ6", Role::Member).await, "").await;
        assert_eq!(counts(&lead).await, Ok(if number < 5 { (0, true) } else { (5, false) }));
    }
    let other = counts(&world.at("RBL", Role::Lead).await).await.unwrap_err();
    assert_eq!(other, "PermissionDenied ROLE_MISSING");
    let programme = world.programme().await;
    let picture = told(programme.reports().get_national_picture(pb::GetNationalPictureRequest {}).await).unwrap();
    assert_eq!(picture.total.unwrap().learning, 5);
    let regions: Vec<_> = picture.regions.iter().map(|one| (one.group.as_str(), one.learning)).collect();
    assert_eq!(regions, [("london", 5)]);
    let request = pb::ListOrganisationsWithoutRequest { page_size: 2, ..Default::default() };
    let page = told(programme.reports().list_organisations_without(request).await).unwrap();
    let names: Vec<_> = page.organisations.iter().map(|one| short(&one.organisation)).collect();
    assert_eq!(names, ["RBL", "RGT"], "nobody has completed yet");
    assert!(!page.next_page_token.is_empty());
    let refused = told(lead.reports().get_national_picture(pb::GetNationalPictureRequest {}).await).unwrap_err();
    assert_eq!(refused, "PermissionDenied ROLE_MISSING");
}
