//! The record of training: curricula in revisions, cohorts with places, who sees whose record, results and standings.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeMap;
use std::time::Duration;

use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, World};
use tonic::{Response, Status};

use crate::pairings::{at_once, told};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("records::curricula_are_revised_and_never_changed", curricula_are_revised_and_never_changed);
    suite.each("records::a_cohort_keeps_its_revision", a_cohort_keeps_its_revision);
    suite.each("records::the_last_place_goes_once", the_last_place_goes_once);
    suite.each("records::a_record_is_the_learners_and_the_academys", a_record_is_the_learners_and_the_academys);
    suite.each("records::results_are_recorded_by_the_rules", results_are_recorded_by_the_rules);
    suite.each("records::corrections_change_what_counts", corrections_change_what_counts);
    suite.each("records::standings_follow_the_calendar", standings_follow_the_calendar);
    suite.each("records::requests_repeat", requests_repeat);
}

const ROLE: &str = "PermissionDenied ROLE_MISSING";
const SIGN_IN: &str = "Unauthenticated NOT_SIGNED_IN";
const NO_ENROLMENT: &str = "NotFound ENROLMENT_NOT_FOUND";
const NO_COHORT: &str = "NotFound COHORT_NOT_FOUND";
const NO_CURRICULUM: &str = "NotFound CURRICULUM_NOT_FOUND";
const REUSED: &str = "AlreadyExists REQUEST_ID_REUSED";
const ALIEN: &str =
    "InvalidArgument INVALID_REQUEST\n  page_token: is not a token of this query; start again without one";
const DAY: Duration = Duration::from_hours(24);

/// A cohort that started on 2 July 2018, five weeks before every world begins, and the academy's staff.
struct School {
    world: World,
    staff: Actor,
    cohort: String,
}

/// Three modules: M1 is due on 27 August 2018, M2 on 19 November 2018 and has one attempt, M3 on 26 August 2019.
fn diploma() -> pb::Curriculum {
    let module = |code: &str, pass_mark: i32, attempts: i32, due_week: i32| pb::Module {
        code: code.into(),
        title: format!("Module {code}"),
        credits: 20,
        pass_mark,
        attempts,
        due_week,
        ..Default::default()
    };
    pb::Curriculum {
        code: "PGDIP-DHL".into(),
        title: "Digital Health Leadership".into(),
        modules: vec![module("M1", 50, 2, 8), module("M2", 50, 1, 20), module("M3", 60, 3, 60)],
        source: "the tests".into(),
        ..Default::default()
    }
}

async fn school(database: Database, places: i32) -> School {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "RBL"]).await;
    let staff = world.academy().await;
    create_curriculum(&staff, diploma()).await.unwrap();
    let cohort = open(&staff, "Cohort 1", "curricula/PGDIP-DHL", places).await.unwrap().name;
    School { world, staff, cohort }
}

async fn create_curriculum(by: &Actor, curriculum: pb::Curriculum) -> Result<pb::Curriculum, String> {
    let request = pb::CreateCurriculumRequest { curriculum: Some(curriculum), ..Default::default() };
    told(by.curricula().create_curriculum(request).await).map(|answer| answer.curriculum.unwrap())
}

async fn open(by: &Actor, title: &str, curriculum: &str, places: i32) -> Result<pb::Cohort, String> {
    let (title, curriculum, start_date) = (title.to_owned(), curriculum.to_owned(), "2018-07-02".to_owned());
    let cohort = pb::Cohort { title, curriculum, start_date, places, ..Default::default() };
    let request = pb::CreateCohortRequest { cohort: Some(cohort), ..Default::default() };
    told(by.cohorts().create_cohort(request).await).map(|answer| answer.cohort.unwrap())
}

async fn cohort(by: &Actor, name: &str) -> Result<pb::Cohort, String> {
    let request = pb::GetCohortRequest { name: name.to_owned() };
    told(by.cohorts().get_cohort(request).await).map(|answer| answer.cohort.unwrap())
}

async fn enrol(by: &Actor, cohort: &str, learner: &str, employer: &str) -> Result<pb::Enrolment, String> {
    let request = pb::EnrolLearnerRequest {
        cohort: cohort.to_owned(),
        learner: learner.to_owned(),
        organisation: format!("organisations/{employer}"),
        ..Default::default()
    };
    told(by.enrolments().enrol_learner(request).await).map(|answer| answer.enrolment.unwrap())
}

fn result(enrolment: &str, module: &str, attempt: i32, mark: i32) -> pb::Result {
    let (enrolment, module, date) = (enrolment.to_owned(), module.to_owned(), "2018-08-06".to_owned());
    pb::Result { enrolment, module, attempt, mark, date, ..Default::default() }
}

async fn record(by: &Actor, result: pb::Result) -> Result<pb::RecordResultResponse, String> {
    let request = pb::RecordResultRequest { result: Some(result), ..Default::default() };
    told(by.records().record_result(request).await)
}

async fn get(by: &Actor, enrolment: &str) -> Result<pb::GetStandingResponse, String> {
    let request = pb::GetStandingRequest { enrolment: enrolment.to_owned() };
    told(by.records().get_standing(request).await)
}

async fn list(by: &Actor, cohort: &str) -> Vec<pb::LearnerStanding> {
    let request = pb::ListStandingsRequest { cohort: cohort.to_owned(), ..Default::default() };
    by.records().list_standings(request).await.unwrap().into_inner().standings
}

/// Where a learner stands, for people to read: the standing, the credits, and each module with its state and reason.
fn lines(standing: &pb::LearnerStanding) -> Vec<String> {
    let name = standing.standing().as_str_name().trim_start_matches("STANDING_");
    let mut lines = vec![format!("{name}, {} of {} credits", standing.credits, standing.credits_total)];
    for found in &standing.requirements {
        let state = found.state().as_str_name().trim_start_matches("REQUIREMENT_STATE_");
        lines.push(format!("{} {state} {} {}: {}", found.module, found.best_mark, found.attempts_made, found.reason));
    }
    lines
}

async fn head(world: &World) -> i64 {
    journal::head(world.services.db.read()).await.unwrap()
}

async fn curricula_are_revised_and_never_changed(database: Database) {
    let world = World::new(database).await;
    let (staff, anyone) = (world.academy().await, world.anonymous().await);
    let first = create_curriculum(&staff, diploma()).await.unwrap();
    let name = "curricula/PGDIP-DHL/revisions/1".to_owned();
    assert_eq!(first, pb::Curriculum { name, revision: 1, ..diploma() });
    let mut stricter = pb::Curriculum { title: " Digital Health Leadership, revised ".into(), ..diploma() };
    stricter.modules[0].pass_mark = 60;
    stricter.modules.swap(1, 2);
    let second = create_curriculum(&staff, stricter.clone()).await.unwrap();
    let (name, title) = ("curricula/PGDIP-DHL/revisions/2".to_owned(), stricter.title.trim().to_owned());
    assert_eq!(second, pb::Curriculum { name, title, revision: 2, ..stricter });
    let other = create_curriculum(&staff, pb::Curriculum { code: "CNIO".into(), ..diploma() }).await.unwrap();

    let read = async |name: &str| {
        let request = pb::GetCurriculumRequest { name: name.to_owned() };
        told(anyone.curricula().get_curriculum(request).await).map(|answer| answer.curriculum.unwrap())
    };
    for (name, expected) in [("", &second), ("/revisions/1", &first), ("/revisions/2", &second)] {
        assert_eq!(read(&format!("curricula/PGDIP-DHL{name}")).await.as_ref(), Ok(expected));
    }
    for name in ["curricula/PGDIP", "curricula/PGDIP-DHL/revisions/3", "curricula/CNIO/revisions/2"] {
        assert_eq!(read(name).await.unwrap_err(), NO_CURRICULUM);
    }
    let like = "InvalidArgument INVALID_REQUEST\n  name: must look like curricula/{code} or curricula/{code}/revisions/{number}";
    for name in ["", "PGDIP-DHL", "curricula/PGDIP-DHL/revisions/01"] {
        assert_eq!(read(name).await.unwrap_err(), like);
    }
    let list = async |page_token: &str| {
        let request = pb::ListCurriculaRequest { page_size: 1, page_token: page_token.to_owned() };
        told(anyone.curricula().list_curricula(request).await)
    };
    let page = list("").await.unwrap();
    assert_eq!(page.curricula, [other]);
    let end = list(&page.next_page_token).await.unwrap();
    assert_eq!((end.curricula, end.next_page_token.as_str()), (vec![second], ""));
    assert_eq!(list("rubbish").await.unwrap_err(), ALIEN);

    let office = world.person(&[], &[NetworkRole::Programme, NetworkRole::Reviewer]).await;
    let before = head(&world).await;
    let mut short = diploma();
    short.modules[2].credits = 19;
    let mut long = diploma();
    long.modules.push(pb::Module { code: "M4".into(), credits: 1, ..long.modules[0].clone() });
    let none = pb::Module { code: "M 1".into(), credits: 61, pass_mark: 101, attempts: 6, ..Default::default() };
    let broken = pb::Curriculum {
        code: "x".into(),
        title: "x".repeat(201),
        modules: vec![diploma().modules[0].clone(), diploma().modules[0].clone(), none],
        source: "x".repeat(501),
        ..Default::default()
    };
    let many = pb::Curriculum { modules: vec![], ..diploma() };
    let faults = "InvalidArgument INVALID_REQUEST\n  curriculum.code: must look like 2 to 20 capital letters, digits or \
                  hyphens\n  curriculum.title: is longer than 200 characters (201)\n  curriculum.modules[1].code: is \
                  another module's\n  curriculum.modules[2].code: must be letters, digits or hyphens\n  \
                  curriculum.modules[2].title: is missing\n  curriculum.modules[2].credits: must be from 1 to 60\n  \
                  curriculum.modules[2].pass_mark: must be from 0 to 100\n  curriculum.modules[2].attempts: must be \
                  from 1 to 5\n  curriculum.modules[2].due_week: must be from 1 to 260\n  curriculum.source: is longer \
                  than 500 characters (501)";
    for (by, curriculum, expected) in [
        (&staff, short, "InvalidArgument CREDITS_WRONG"),
        (&staff, long, "InvalidArgument CREDITS_WRONG"),
        (&staff, broken, faults),
        (&staff, many, "InvalidArgument INVALID_REQUEST\n  curriculum.modules: is missing"),
        (&office, diploma(), ROLE),
        (&anyone, diploma(), SIGN_IN),
    ] {
        assert_eq!(create_curriculum(by, curriculum).await.unwrap_err(), expected);
    }
    assert_eq!(head(&world).await, before, "a refusal leaves no trace");
    assert_eq!(read("curricula/PGDIP-DHL/revisions/1").await.unwrap(), first);
}

async fn a_cohort_keeps_its_revision(database: Database) {
    let School { world, staff, cohort: old } = school(database, 2).await;
    let anyone = world.anonymous().await;
    let mut stricter = diploma();
    stricter.modules[0].pass_mark = 60;
    create_curriculum(&staff, stricter).await.unwrap();
    let newest = open(&staff, "Cohort 2", "curricula/PGDIP-DHL", 2).await.unwrap();
    let first = open(&staff, " Cohort 3 ", "curricula/PGDIP-DHL/revisions/1", 1000).await.unwrap();
    let revision = async |name: &str| cohort(&anyone, name).await.unwrap().curriculum;
    assert_eq!(revision(&old).await, "curricula/PGDIP-DHL/revisions/1");
    assert_eq!(revision(&newest.name).await, "curricula/PGDIP-DHL/revisions/2");
    assert_eq!(
        first,
        pb::Cohort {
            name: first.name.clone(),
            title: "Cohort 3".into(),
            curriculum: "curricula/PGDIP-DHL/revisions/1".into(),
            start_date: "2018-07-02".into(),
            places: 1000,
            automatic_score: 17,
            etag: "v1".into(),
            ..Default::default()
        }
    );
    assert_eq!(cohort(&anyone, &first.name).await.as_ref(), Ok(&first));
    // The same mark passes where it passed when the cohort started, and not where the bar is higher.
    let learner = world.at("RQ6", Role::Member).await.id.to_string();
    for (cohort, expected) in [
        (&old, ["ON_TRACK, 20 of 60 credits", "M1 MET 55 1: passed with 55 % (50 % needed)"]),
        (
            &newest.name,
            [
                "AT_RISK, 0 of 60 credits",
                "M1 AT_RISK 55 1: failed attempt 1 with 55 %, 1 attempt left, due on 27 August 2018",
            ],
        ),
    ] {
        let enrolment = enrol(&staff, cohort, &learner, "RQ6").await.unwrap().name;
        let answer = record(&staff, result(&enrolment, "M1", 1, 55)).await.unwrap();
        assert_eq!(lines(&answer.standing.unwrap())[..2], expected);
    }
    let unknown = format!("cohorts/{}", uuid::Uuid::nil());
    assert_eq!(cohort(&anyone, &unknown).await.unwrap_err(), NO_COHORT);
    let taken = "AlreadyExists COHORT_EXISTS";
    let faults = "InvalidArgument INVALID_REQUEST\n  cohort.title: is missing\n  cohort.curriculum: must look like \
                  curricula/{code} or curricula/{code}/revisions/{number}\n  cohort.places: must be from 1 to 1000";
    let programme = world.programme().await;
    for (by, title, curriculum, places, expected) in [
        (&staff, "Cohort 1", "curricula/PGDIP-DHL", 2, taken),
        (&staff, "  Cohort 3", "curricula/PGDIP-DHL", 2, taken),
        (&staff, "Cohort 4", "curricula/PGDIP-DHL/revisions/3", 2, NO_CURRICULUM),
        (&staff, "Cohort 4", "curricula/CNIO", 2, NO_CURRICULUM),
        (&staff, " ", "PGDIP-DHL", 0, faults),
        (&programme, "Cohort 4", "curricula/PGDIP-DHL", 2, ROLE),
        (&anyone, "Cohort 4", "curricula/PGDIP-DHL", 2, SIGN_IN),
    ] {
        assert_eq!(open(by, title, curriculum, places).await.unwrap_err(), expected);
    }
    let (title, curriculum) = ("x".repeat(121), "curricula/PGDIP-DHL".to_owned());
    let early = pb::Cohort { title, curriculum, start_date: "2 July".into(), places: 1001, ..Default::default() };
    let request = pb::CreateCohortRequest { cohort: Some(early.clone()), ..Default::default() };
    let faults = "InvalidArgument INVALID_REQUEST\n  cohort.title: is longer than 120 characters (121)\n  \
                  cohort.start_date: must be a day like 2018-08-06\n  cohort.places: must be from 1 to 1000";
    assert_eq!(told(staff.cohorts().create_cohort(request).await).unwrap_err(), faults);
    // Newest start first, whichever was opened first.
    let early = pb::Cohort { title: "Before".into(), start_date: "2018-01-08".into(), places: 1, ..early };
    let request = pb::CreateCohortRequest { cohort: Some(early), ..Default::default() };
    staff.cohorts().create_cohort(request).await.unwrap();
    let (mut found, mut page_token) = (Vec::new(), String::new());
    for _ in 0..4 {
        let request = pb::ListCohortsRequest { page_size: 1, page_token };
        let page = anyone.cohorts().list_cohorts(request).await.unwrap().into_inner();
        found.extend(page.cohorts.into_iter().map(|cohort| (cohort.title, cohort.enrolled)));
        page_token = page.next_page_token;
    }
    assert_eq!((found.pop(), page_token.as_str()), (Some(("Before".to_owned(), 0)), ""));
    found.sort();
    assert_eq!(found, [("Cohort 1".to_owned(), 1), ("Cohort 2".to_owned(), 1), ("Cohort 3".to_owned(), 0)]);
}

/// The same person over as many connections of their own.
async fn connections(world: &World, person: &Actor, count: usize) -> Vec<Actor> {
    let token = person.tokens.clone().unwrap().access_token;
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Actor::new(&world.address, Some(&token)).await);
    }
    connections
}

async fn the_last_place_goes_once(database: Database) {
    let School { world, staff, cohort: name } = school(database, 2).await;
    let mut people = Vec::new();
    for _ in 0..7 {
        people.push(world.at("RQ6", Role::Member).await.id.to_string());
    }
    let lines = connections(&world, &staff, 6).await;
    let full = "FailedPrecondition COHORT_FULL";
    let twice = "AlreadyExists ALREADY_ENROLLED";
    let one_of_six = |refused: &str| [None].into_iter().chain(vec![Some(refused.to_owned()); 5]).collect::<Vec<_>>();
    for round in 0..5 {
        let name = open(&staff, &format!("Round {round}"), "curricula/PGDIP-DHL", 2).await.unwrap().name;
        // One learner, six times at once: enrolled once, and five places were not lost.
        let race = |learner: &dyn Fn(usize) -> String| {
            let calls = lines.iter().enumerate().map(|(at, line)| {
                let (line, name, learner) = (line.clone(), name.clone(), learner(at));
                async move { enrol(&line, &name, &learner, "RQ6").await.err() }
            });
            at_once(calls.collect())
        };
        let mut answers = race(&|_| people[6].clone()).await;
        answers.sort();
        assert_eq!(answers, one_of_six(twice));
        assert_eq!(cohort(&staff, &name).await.unwrap().enrolled, 1);
        let mut answers = race(&|at| people[at].clone()).await;
        answers.sort();
        assert_eq!(answers, one_of_six(full));
        assert_eq!(cohort(&staff, &name).await.unwrap().enrolled, 2);
        assert_eq!(list(&staff, &name).await.len(), 2);
    }
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { head: head(&world).await, erased: 0 });

    let programme = world.programme().await;
    let gone = directory::DeactivatePersonRequest { person: people[1].clone(), ..Default::default() };
    programme.people().deactivate_person(gone).await.unwrap();
    enrol(&staff, &name, &people[0], "RQ6").await.unwrap();
    let before = head(&world).await;
    let (nobody, unknown) = (format!("people/{}", uuid::Uuid::nil()), format!("cohorts/{}", uuid::Uuid::nil()));
    let faults = "InvalidArgument INVALID_REQUEST\n  cohort: must look like cohorts/{id}\n  learner: must look like \
                  people/{id}\n  organisation: must look like organisations/{code}";
    for (by, cohort, learner, employer, expected) in [
        (&staff, &name, &people[0], "RBL", twice),
        (&staff, &name, &people[1], "RQ6", "NotFound PERSON_NOT_FOUND"),
        (&staff, &name, &nobody, "RQ6", "NotFound PERSON_NOT_FOUND"),
        (&staff, &name, &people[2], "RZZ", "NotFound ORGANISATION_NOT_FOUND"),
        (&staff, &unknown, &people[2], "RQ6", NO_COHORT),
        (&staff, &nobody, &unknown, "rq6", faults),
        (&programme, &name, &people[2], "RQ6", ROLE),
        (&world.anonymous().await, &name, &people[2], "RQ6", SIGN_IN),
    ] {
        assert_eq!(enrol(by, cohort, learner, employer).await.unwrap_err(), expected);
    }
    assert_eq!(head(&world).await, before, "a refusal leaves no trace");
    assert_eq!(cohort(&staff, &name).await.unwrap().enrolled, 1, "and takes no place");
}

/// A refusal in every byte, with what was asked for left out.
fn bytes<T: std::fmt::Debug>(answer: Result<Response<T>, Status>, asked: &str) -> (String, String) {
    let refused = answer.unwrap_err();
    let details = String::from_utf8_lossy(refused.details()).replace(asked, "it");
    (format!("{:?} {}", refused.code(), refused.message().replace(asked, "it")), details)
}

async fn a_record_is_the_learners_and_the_academys(database: Database) {
    let School { world, staff, cohort } = school(database, 5).await;
    let elsewhere = open(&staff, "Elsewhere", "curricula/PGDIP-DHL", 5).await.unwrap().name;
    let learner = world.at("RQ6", Role::Member).await;
    let second = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner.id.to_string(), "RQ6").await.unwrap();
    assert_eq!(
        enrolment,
        pb::Enrolment {
            name: enrolment.name.clone(),
            cohort: cohort.clone(),
            learner: learner.id.to_string(),
            learner_display_name: enrolment.learner_display_name.clone(),
            organisation: "organisations/RQ6".into(),
            enrol_time: Some(world.clock.now().into()),
            state: pb::EnrolmentState::Enrolled.into(),
            state_date: "2018-08-06".into(),
            current_organisations: vec!["organisations/RQ6".into()],
            ..Default::default()
        }
    );
    let other = enrol(&staff, &cohort, &second.id.to_string(), "RBL").await.unwrap();
    enrol(&staff, &elsewhere, &learner.id.to_string(), "RQ6").await.unwrap();
    record(&staff, result(&enrolment.name, "M1", 1, 64)).await.unwrap();
    let unknown = format!("enrolments/{}", uuid::Uuid::nil());
    let every = [Role::Member, Role::Contributor, Role::Approver, Role::Lead, Role::Admin].map(|role| ("RQ6", role));
    let standing = get(&staff, &enrolment.name).await.unwrap().standing.unwrap();
    let others = get(&staff, &other.name).await.unwrap().standing.unwrap();
    let all = vec![(enrolment.clone(), standing.clone()), (other.clone(), others.clone())];
    for (caller, seen) in [
        (&staff, all),
        (&learner, vec![(enrolment.clone(), standing)]),
        (&second, vec![(other.clone(), others)]),
        (&world.person(&every, &[]).await, vec![]),
        (&world.at("RBL", Role::Lead).await, vec![]),
        (&world.person(&[], &[]).await, vec![]),
        (&world.person(&[], &[NetworkRole::Programme, NetworkRole::Reviewer]).await, vec![]),
    ] {
        let request = pb::ListEnrolmentsRequest { cohort: cohort.clone(), ..Default::default() };
        let listed = caller.enrolments().list_enrolments(request).await.unwrap().into_inner().enrolments;
        let standings = list(caller, &cohort).await;
        assert_eq!(listed.into_iter().zip(standings).collect::<Vec<_>>(), seen);
        for (enrolment, standing) in &seen {
            assert_eq!(get(caller, &enrolment.name).await.unwrap().standing.as_ref(), Some(standing));
            let request = pb::GetEnrolmentRequest { name: enrolment.name.clone() };
            let answer = caller.enrolments().get_enrolment(request).await.unwrap().into_inner();
            assert_eq!(answer.enrolment.as_ref(), Some(enrolment));
        }
        // Somebody else's answers in every byte like one that does not exist.
        let hidden = [&enrolment, &other].into_iter().filter(|one| seen.iter().all(|(mine, _)| mine != *one));
        for name in hidden.map(|one| &one.name).chain([&unknown]) {
            let request = pb::GetEnrolmentRequest { name: name.clone() };
            let refused = bytes(caller.enrolments().get_enrolment(request).await, name);
            assert_eq!(refused.0, "NotFound there is no it");
            let request = pb::GetStandingRequest { enrolment: name.clone() };
            assert_eq!(bytes(caller.records().get_standing(request).await, name), refused);
            assert_eq!(get(caller, name).await.unwrap_err(), NO_ENROLMENT);
            let request = pb::GetEnrolmentRequest { name: unknown.clone() };
            assert_eq!(bytes(caller.enrolments().get_enrolment(request).await, &unknown), refused);
        }
        let cohort = format!("cohorts/{}", uuid::Uuid::nil());
        let request = pb::ListEnrolmentsRequest { cohort: cohort.clone(), ..Default::default() };
        assert_eq!(told(caller.enrolments().list_enrolments(request).await).unwrap_err(), NO_COHORT);
        let request = pb::ListStandingsRequest { cohort, ..Default::default() };
        assert_eq!(told(caller.records().list_standings(request).await).unwrap_err(), NO_COHORT);
    }
    anonymous_callers_sign_in(&world, &cohort, &[&enrolment.name, &unknown]).await;
    let (enrolments, standings) = pages_of_one(&staff, &cohort).await;
    assert_eq!(enrolments, [enrolment.name.clone(), other.name.clone()]);
    assert_eq!(standings, [enrolment.name, other.name]);
    let request = pb::ListEnrolmentsRequest { cohort: cohort.clone(), page_size: 1, ..Default::default() };
    let page_token = staff.enrolments().list_enrolments(request).await.unwrap().into_inner().next_page_token;
    let request = pb::ListEnrolmentsRequest { cohort: elsewhere, page_token: page_token.clone(), page_size: 1 };
    assert_eq!(told(staff.enrolments().list_enrolments(request).await).unwrap_err(), ALIEN);
    let request = pb::ListStandingsRequest { cohort, page_token, page_size: 1, ..Default::default() };
    assert_eq!(told(staff.records().list_standings(request).await).unwrap_err(), ALIEN);
}

async fn anonymous_callers_sign_in(world: &World, cohort: &str, enrolments: &[&String]) {
    let anyone = world.anonymous().await;
    for name in enrolments {
        let request = pb::GetEnrolmentRequest { name: (*name).clone() };
        assert_eq!(told(anyone.enrolments().get_enrolment(request).await).unwrap_err(), SIGN_IN);
        assert_eq!(get(&anyone, name).await.unwrap_err(), SIGN_IN);
    }
    for cohort in [cohort.to_owned(), format!("cohorts/{}", uuid::Uuid::nil())] {
        let request = pb::ListEnrolmentsRequest { cohort: cohort.clone(), ..Default::default() };
        assert_eq!(told(anyone.enrolments().list_enrolments(request).await).unwrap_err(), SIGN_IN);
        let request = pb::ListStandingsRequest { cohort, ..Default::default() };
        assert_eq!(told(anyone.records().list_standings(request).await).unwrap_err(), SIGN_IN);
    }
}

/// The enrolments of a cohort, and those of its standings, each page by page of one.
async fn pages_of_one(by: &Actor, cohort: &str) -> (Vec<String>, Vec<String>) {
    let (mut enrolments, mut standings) = (Vec::new(), Vec::new());
    let (mut page_token, mut standings_token) = (String::new(), String::new());
    loop {
        let request = pb::ListEnrolmentsRequest { cohort: cohort.to_owned(), page_size: 1, page_token };
        let page = by.enrolments().list_enrolments(request).await.unwrap().into_inner();
        enrolments.extend(page.enrolments.into_iter().map(|found| found.name));
        let request = pb::ListStandingsRequest {
            cohort: cohort.to_owned(),
            page_size: 1,
            page_token: standings_token,
            ..Default::default()
        };
        let of_standings = by.records().list_standings(request).await.unwrap().into_inner();
        standings.extend(of_standings.standings.into_iter().map(|found| found.enrolment));
        (page_token, standings_token) = (page.next_page_token, of_standings.next_page_token);
        assert_eq!(page_token.is_empty(), standings_token.is_empty());
        if page_token.is_empty() {
            return (enrolments, standings);
        }
    }
}

async fn results_are_recorded_by_the_rules(database: Database) {
    let School { world, staff, cohort } = school(database, 2).await;
    let learner = world.at("RQ6", Role::Lead).await;
    let enrolment = enrol(&staff, &cohort, &learner.id.to_string(), "RQ6").await.unwrap().name;
    let programme = world.programme().await;
    let new = |module: &str, attempt: i32, mark: i32| result(&enrolment, module, attempt, mark);
    let on = |date: &str| pb::Result { date: date.to_owned(), ..new("M1", 1, 40) };
    let why = |result: pb::Result| pb::Result { correction: "Misread.".to_owned(), ..result };
    let broken = pb::Result {
        enrolment: "x".into(),
        mark: 101,
        date: "today".into(),
        correction: "x".repeat(501),
        ..Default::default()
    };
    let (order, used) = ("FailedPrecondition ATTEMPT_OUT_OF_ORDER", "FailedPrecondition ATTEMPTS_USED");
    let early = "InvalidArgument INVALID_REQUEST\n  result.date: is before the cohort started on 2 July 2018";
    let nothing = "\n  result.correction: has nothing to correct: the attempt has no result yet";
    let faults = "InvalidArgument INVALID_REQUEST\n  result.enrolment: must look like enrolments/{id}\n  result.module: \
                  is missing\n  result.attempt: must be 1 or more\n  result.mark: must be from 0 to 100\n  result.date: \
                  must be a day like 2018-08-06\n  result.correction: is longer than 500 characters (501)";
    let before = head(&world).await;
    for (by, result, expected) in [
        (&staff, new("M4", 1, 40), "NotFound MODULE_NOT_FOUND".to_owned()),
        (&staff, new("m1", 1, 40), "NotFound MODULE_NOT_FOUND".to_owned()),
        (&staff, new("M1", 2, 40), order.to_owned()),
        (&staff, new("M1", 3, 40), used.to_owned()),
        (&staff, on("2018-08-07"), "FailedPrecondition RESULT_IN_FUTURE".to_owned()),
        (&staff, on("2018-07-01"), early.to_owned()),
        (&staff, why(on("2018-07-01")), format!("{early}{nothing}")),
        (&staff, why(new("M1", 1, 40)), format!("InvalidArgument INVALID_REQUEST{nothing}")),
        (&staff, result(&format!("enrolments/{}", uuid::Uuid::nil()), "M1", 1, 40), NO_ENROLMENT.to_owned()),
        (&staff, broken, faults.to_owned()),
        (&learner, new("M1", 1, 100), ROLE.to_owned()),
        (&programme, new("M1", 1, 100), ROLE.to_owned()),
        (&world.anonymous().await, new("M1", 1, 100), SIGN_IN.to_owned()),
    ] {
        assert_eq!(record(by, result).await.unwrap_err(), expected);
    }
    assert_eq!(head(&world).await, before, "a refusal leaves no trace");

    // The first day counts, and so does the pass mark itself; a fail is one by a single percent.
    let failed = record(&staff, pb::Result { mark: 49, ..on("2018-07-02") }).await.unwrap();
    let entry = failed.result.unwrap();
    let expected = pb::Result {
        name: entry.name.clone(),
        mark: 49,
        record_time: Some(world.clock.now().into()),
        second_mark: -1,
        agreed_mark: 49,
        released: true,
        ..on("2018-07-02")
    };
    assert_eq!((entry.clone(), failed.sequence), (expected, before + 1));
    let rest = ["M2 OPEN -1 0: is due on 19 November 2018", "M3 OPEN -1 0: is due on 26 August 2019"];
    let reason = "M1 AT_RISK 49 1: failed attempt 1 with 49 %, 1 attempt left, due on 27 August 2018";
    assert_eq!(lines(&failed.standing.clone().unwrap()), ["AT_RISK, 0 of 60 credits", reason, rest[0], rest[1]]);
    let exists = "AlreadyExists RESULT_EXISTS";
    assert_eq!(record(&staff, new("M1", 1, 80)).await.unwrap_err(), exists);
    let passed = record(&staff, new("M1", 2, 50)).await.unwrap();
    assert!(passed.result.clone().unwrap().passed);
    let reason = "M1 MET 50 2: passed with 50 % (50 % needed)";
    assert_eq!(lines(&passed.standing.clone().unwrap()), ["ON_TRACK, 20 of 60 credits", reason, rest[0], rest[1]]);
    let found = get(&learner, &enrolment).await.unwrap();
    assert_eq!((found.standing, found.results), (passed.standing, vec![entry, passed.result.unwrap()]));
    record(&staff, new("M3", 1, 100)).await.unwrap();
    for (result, expected) in [
        (new("M3", 2, 60), "FailedPrecondition MODULE_PASSED"),
        (new("M3", 3, 60), "FailedPrecondition MODULE_PASSED"),
        (new("M3", 4, 60), used),
        (new("M3", 1, 60), exists),
        (new("M1", 2, 60), exists),
    ] {
        assert_eq!(record(&staff, result).await.unwrap_err(), expected);
    }
    let whole = record(&staff, new("M2", 1, 50)).await.unwrap().standing.unwrap();
    assert_eq!(lines(&whole)[0], "COMPLETE, 60 of 60 credits");
    let entries = journal::read(world.services.db.read(), before, 100).await.unwrap();
    let verbs: Vec<_> = entries.iter().map(|entry| entry.verb.as_str()).collect();
    assert_eq!(verbs, ["academy.result.record"; 4]);
}

async fn corrections_change_what_counts(database: Database) {
    let School { world, staff, cohort } = school(database, 2).await;
    let learner = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner.id.to_string(), "RQ6").await.unwrap().name;
    let new = |attempt: i32, mark: i32, date: &str, correction: &str| {
        let (date, correction) = (date.to_owned(), correction.to_owned());
        pb::Result { date, correction, ..result(&enrolment, "M1", attempt, mark) }
    };
    let told = |answer: &pb::RecordResultResponse| lines(answer.standing.as_ref().unwrap())[..2].to_vec();
    record(&staff, new(1, 49, "2018-08-01", "")).await.unwrap();
    let lost = record(&staff, new(2, 48, "2018-08-02", "")).await.unwrap();
    let reason = "M1 LOST 49 2: failed all 2 attempts, the best with 49 % (50 % needed)";
    assert_eq!(told(&lost), ["CANNOT_COMPLETE, 0 of 60 credits", reason]);
    assert_eq!(record(&staff, new(3, 80, "2018-08-03", "")).await.unwrap_err(), "FailedPrecondition ATTEMPTS_USED");
    world.clock.advance(Duration::from_mins(1));
    // A correction replaces the entry of its attempt, also with another day; what it replaced no longer counts.
    let corrected = record(&staff, new(1, 52, "2018-08-03", " Two answers were not marked. ")).await.unwrap();
    let reason = "M1 MET 52 2: passed with 52 % (50 % needed)";
    assert_eq!(told(&corrected), ["ON_TRACK, 20 of 60 credits", reason]);
    let record_time = Some(world.clock.now().into());
    let entry = corrected.result.unwrap();
    let (name, correction) = (entry.name.clone(), "Two answers were not marked.".to_owned());
    let marked = pb::Result { second_mark: -1, agreed_mark: 52, released: true, ..new(1, 52, "2018-08-03", "") };
    assert_eq!(entry, pb::Result { name, correction, passed: true, record_time, ..marked });
    let results = get(&learner, &enrolment).await.unwrap().results;
    let days: Vec<_> = results.iter().map(|found| (found.attempt, found.mark, found.date.as_str())).collect();
    assert_eq!(days, [(2, 48, "2018-08-02"), (1, 52, "2018-08-03")], "oldest first");
    assert_eq!(results[1], entry);
    let failed = record(&staff, new(1, 30, "2018-08-01", "Somebody else's paper.")).await.unwrap();
    let reason = "M1 LOST 48 2: failed all 2 attempts, the best with 48 % (50 % needed)";
    assert_eq!(told(&failed), ["CANNOT_COMPLETE, 0 of 60 credits", reason]);

    // Four who record one attempt at once: one does, three hear that there is a result.
    let recorders = connections(&world, &staff, 4).await;
    let before = head(&world).await;
    let race = |correction: &str| {
        let calls = (60..).zip(&recorders).map(|(mark, by)| {
            let correction = correction.to_owned();
            let (by, result) = (by.clone(), pb::Result { correction, ..result(&enrolment, "M2", 1, mark) });
            async move { record(&by, result).await }
        });
        at_once(calls.collect::<Vec<_>>())
    };
    let answers = race("").await;
    let won: Vec<_> = answers.iter().flatten().collect();
    let lost: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(lost, ["AlreadyExists RESULT_EXISTS"; 3]);
    let counts = async || get(&staff, &enrolment).await.unwrap().results.into_iter().find(|found| found.module == "M2");
    assert_eq!(counts().await, won[0].result);
    // Four corrections at once: each is kept, and the last of them counts.
    let answers: Vec<_> = race("Marked again.").await.into_iter().map(Result::unwrap).collect();
    let sequences: BTreeMap<i64, &pb::RecordResultResponse> = answers.iter().map(|one| (one.sequence, one)).collect();
    assert_eq!(sequences.keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5].map(|place| before + place));
    assert_eq!(counts().await, sequences[&(before + 5)].result);
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { head: before + 5, erased: 0 });
}

async fn standings_follow_the_calendar(database: Database) {
    let School { world, staff, cohort } = school(database, 5).await;
    let mut enrolments = Vec::new();
    for _ in 0..5 {
        let learner = world.at("RQ6", Role::Member).await.id.to_string();
        enrolments.push(enrol(&staff, &cohort, &learner, "RQ6").await.unwrap());
    }
    let [complete, on_track, at_risk, idle, hopeless] =
        [0, 1, 2, 3, 4].map(|place: usize| enrolments[place].name.clone());
    for (enrolment, module, mark) in [
        (&complete, "M1", 50),
        (&complete, "M2", 100),
        (&complete, "M3", 60),
        (&on_track, "M1", 64),
        (&at_risk, "M1", 70),
        (&at_risk, "M3", 59),
        (&hopeless, "M1", 90),
        (&hopeless, "M2", 0),
    ] {
        record(&staff, result(enrolment, module, 1, mark)).await.unwrap();
    }
    let idle_lines = |standing: &str, first: &str| {
        [standing, first, "M2 OPEN -1 0: is due on 19 November 2018", "M3 OPEN -1 0: is due on 26 August 2019"]
            .map(ToOwned::to_owned)
    };
    // Day by day for who has done nothing: soon is from two weeks before the day, and the day itself is not too late.
    let (at_risk_line, behind) = ("AT_RISK, 0 of 60 credits", "BEHIND, 0 of 60 credits");
    let soon = "M1 AT_RISK -1 0: is due on 27 August 2018 and has no result yet";
    let mut day = 6;
    for (date, standing, first) in [
        (6, "ON_TRACK, 0 of 60 credits", "M1 OPEN -1 0: is due on 27 August 2018"),
        (12, "ON_TRACK, 0 of 60 credits", "M1 OPEN -1 0: is due on 27 August 2018"),
        (13, at_risk_line, soon),
        (27, at_risk_line, soon),
        (28, behind, "M1 OVERDUE -1 0: was due on 27 August 2018 and has no result yet"),
    ] {
        world.clock.advance(DAY * (date - day));
        day = date;
        let staff = world.academy().await;
        let found = get(&staff, &idle).await.unwrap().standing.unwrap();
        assert_eq!(lines(&found), idle_lines(standing, first), "{date} August 2018");
    }
    // On that day the cohort has one of each; a line of the list is what the learner is told.
    let staff = world.academy().await;
    let standings = list(&staff, &cohort).await;
    enrolments.sort_by(|one, other| one.learner_display_name.cmp(&other.learner_display_name));
    let names =
        |of: &[pb::LearnerStanding]| of.iter().map(|found| found.learner_display_name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&standings),
        enrolments.iter().map(|found| found.learner_display_name.clone()).collect::<Vec<_>>()
    );
    for standing in &standings {
        assert_eq!(standing.organisation, "organisations/RQ6");
        assert_eq!(get(&staff, &standing.enrolment).await.unwrap().standing.as_ref(), Some(standing));
    }
    let told: BTreeMap<_, _> = standings.iter().map(|found| (found.enrolment.clone(), lines(found))).collect();
    let (later, last) = ("M2 OPEN -1 0: is due on 19 November 2018", "M3 OPEN -1 0: is due on 26 August 2019");
    for (enrolment, expected) in [
        (
            &complete,
            [
                "COMPLETE, 60 of 60 credits",
                "M1 MET 50 1: passed with 50 % (50 % needed)",
                "M2 MET 100 1: passed with 100 % (50 % needed)",
                "M3 MET 60 1: passed with 60 % (60 % needed)",
            ],
        ),
        (&on_track, ["ON_TRACK, 20 of 60 credits", "M1 MET 64 1: passed with 64 % (50 % needed)", later, last]),
        (
            &at_risk,
            [
                "AT_RISK, 20 of 60 credits",
                "M1 MET 70 1: passed with 70 % (50 % needed)",
                later,
                "M3 AT_RISK 59 1: failed attempt 1 with 59 %, 2 attempts left, due on 26 August 2019",
            ],
        ),
        (&idle, [behind, "M1 OVERDUE -1 0: was due on 27 August 2018 and has no result yet", later, last]),
        (
            &hopeless,
            [
                "CANNOT_COMPLETE, 20 of 60 credits",
                "M1 MET 90 1: passed with 90 % (50 % needed)",
                "M2 LOST 0 1: failed the only attempt with 0 % (50 % needed)",
                last,
            ],
        ),
    ] {
        assert_eq!(told[enrolment], expected);
    }
    let dues: Vec<_> = standings[0].requirements.iter().map(|found| found.due_date.as_str()).collect();
    assert_eq!(dues, ["2018-08-27", "2018-11-19", "2019-08-26"]);
    // Late is not lost: a late fail says so, a late pass is a pass.
    let failed = record(&staff, result(&idle, "M1", 1, 20)).await.unwrap().standing.unwrap();
    let reason = "M1 OVERDUE 20 1: failed attempt 1 with 20 %, 1 attempt left, was due on 27 August 2018";
    assert_eq!(lines(&failed), idle_lines(behind, reason));
    let passed = record(&staff, result(&idle, "M1", 2, 80)).await.unwrap().standing.unwrap();
    let reason = "M1 MET 80 2: passed with 80 % (50 % needed)";
    assert_eq!(lines(&passed), idle_lines("ON_TRACK, 20 of 60 credits", reason));
}

async fn requests_repeat(database: Database) {
    let School { world, staff, .. } = school(database, 1).await;
    let learner = world.at("RQ6", Role::Member).await.id.to_string();
    let code = "CNIO".to_owned();
    let curriculum = pb::Curriculum { code, ..diploma() };
    let create = pb::CreateCurriculumRequest { curriculum: Some(curriculum), request_id: "curriculum".into() };
    let created = told(staff.curricula().create_curriculum(create.clone()).await).unwrap();
    let (title, curriculum, start_date) = ("Cohort 9".to_owned(), "curricula/CNIO".to_owned(), "2018-07-02".to_owned());
    let cohort = pb::Cohort { title, curriculum, start_date, places: 1, ..Default::default() };
    let open = pb::CreateCohortRequest { cohort: Some(cohort), request_id: "cohort".into() };
    let opened = told(staff.cohorts().create_cohort(open.clone()).await).unwrap();
    let enrol = pb::EnrolLearnerRequest {
        cohort: opened.cohort.clone().unwrap().name,
        learner: learner.clone(),
        organisation: "organisations/RQ6".into(),
        request_id: "enrolment".into(),
        ..Default::default()
    };
    let enrolled = told(staff.enrolments().enrol_learner(enrol.clone()).await).unwrap();
    let enrolment = enrolled.enrolment.clone().unwrap().name;
    let request =
        pb::RecordResultRequest { result: Some(result(&enrolment, "M2", 1, 70)), request_id: "result".into() };
    let lines_of_staff = connections(&world, &staff, 4).await;
    let calls = lines_of_staff.iter().map(|line| {
        let (line, request) = (line.clone(), request.clone());
        async move { told(line.records().record_result(request).await).unwrap() }
    });
    let recorded = at_once(calls.collect::<Vec<_>>()).await;
    assert!(recorded.iter().all(|answer| *answer == recorded[0]), "four at once get one answer");

    // A week on, less some hours, everything has changed: the curriculum has a second revision, the cohort is full, the
    // learner has left and is at risk. The answers are those of then.
    let again = told(
        staff
            .curricula()
            .create_curriculum(pb::CreateCurriculumRequest { request_id: String::new(), ..create.clone() })
            .await,
    );
    assert_eq!(again.unwrap().curriculum.unwrap().revision, 2);
    let gone = directory::DeactivatePersonRequest { person: learner, ..Default::default() };
    world.programme().await.people().deactivate_person(gone).await.unwrap();
    world.clock.advance(Duration::from_hours(6 * 24 + 16));
    let refresh = directory::RefreshRequest { refresh_token: staff.tokens.clone().unwrap().refresh_token };
    let tokens = world.anonymous().await.sessions().refresh(refresh).await.unwrap().into_inner().tokens.unwrap();
    let staff = staff.with_token(&tokens.access_token);
    let now = get(&staff, &enrolment).await.unwrap().standing;
    assert_eq!(lines(&now.unwrap())[0], "AT_RISK, 20 of 60 credits");
    assert_eq!(lines(recorded[0].standing.as_ref().unwrap())[0], "ON_TRACK, 20 of 60 credits");
    let before = head(&world).await;
    assert_eq!(told(staff.curricula().create_curriculum(create.clone()).await), Ok(created));
    assert_eq!(told(staff.cohorts().create_cohort(open.clone()).await), Ok(opened));
    assert_eq!(told(staff.enrolments().enrol_learner(enrol.clone()).await), Ok(enrolled));
    assert_eq!(told(staff.records().record_result(request.clone()).await).as_ref(), Ok(&recorded[0]));

    // The same id with another body, or for another verb, is an error.
    let other = pb::CreateCurriculumRequest { curriculum: Some(diploma()), ..create };
    assert_eq!(told(staff.curricula().create_curriculum(other).await).unwrap_err(), REUSED);
    let other = pb::CreateCohortRequest { request_id: "result".into(), ..open };
    assert_eq!(told(staff.cohorts().create_cohort(other).await).unwrap_err(), REUSED);
    let other = pb::EnrolLearnerRequest { organisation: "organisations/RBL".into(), ..enrol };
    assert_eq!(told(staff.enrolments().enrol_learner(other).await).unwrap_err(), REUSED);
    let other = pb::RecordResultRequest { result: Some(result(&enrolment, "M2", 1, 71)), ..request.clone() };
    assert_eq!(told(staff.records().record_result(other).await).unwrap_err(), REUSED);
    let broken = pb::RecordResultRequest { request_id: "two words".into(), ..request };
    let fault = "InvalidArgument INVALID_REQUEST\n  request_id: must be at most 64 letters, digits, hyphens, dots or underscores";
    assert_eq!(told(staff.records().record_result(broken).await).unwrap_err(), fault);
    assert_eq!(head(&world).await, before);
}
