//! Samples: people for every role, a cohort half-way through.

use std::collections::BTreeMap;

use exemplar_academy::{
    Attempt, CohortId, CohortSettings, CreateCohort, EnrolmentId, EnterSheet, Mark, RecordResult, Schedule, Source,
    WantedStandings,
};
use exemplar_directory::Roles;
use exemplar_kernel::sheet::{Cell, Row as SheetRow, Sheet};
use exemplar_kernel::{NetworkRole, OrganisationId, PersonId, Principal, Role};
use secrecy::SecretString;
use serde::Deserialize;
use time::{Date, Duration};

use super::reference::{diploma, organisation, whole_page};
use crate::app::Services;

const PEOPLE: &str = include_str!("../../demo/people.toml");
const COHORT: &str = "Sample cohort";
/// Learners of the sample cohort: as many as the Academy's cohorts had places.
const LEARNERS: usize = 100;
/// How long ago the sample cohort began.
const BEGAN: Duration = Duration::weeks(27);

pub(super) async fn people(services: &Services, caller: &Principal, password: &SecretString) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct File {
        person: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        email: String,
        name: String,
        organisation: String,
        roles: Vec<Role>,
        network_roles: Vec<NetworkRole>,
    }
    for row in toml::from_str::<File>(PEOPLE)?.person {
        if services.directory.person_by_email(&row.email).await?.is_some() {
            continue;
        }
        let mut memberships = BTreeMap::new();
        if !row.organisation.is_empty() {
            memberships.insert(organisation(&row.organisation)?, row.roles);
        }
        let roles = Roles { memberships, network: row.network_roles };
        services.directory.register_person(caller, &row.name, &row.email, roles, Some(password.clone())).await?;
    }
    Ok(())
}

pub(super) async fn cohort(services: &Services, caller: &Principal) -> anyhow::Result<CohortId> {
    let academy = &services.academy;
    let start_date = services.directory.clock().now().date() - BEGAN;
    let there = academy.list_cohorts(&whole_page(200)).await?.items;
    let cohort = match there.into_iter().find(|cohort| cohort.title == COHORT) {
        Some(cohort) => cohort,
        None => {
            let places = i32::try_from(LEARNERS)?;
            let (title, settings) = (COHORT.to_owned(), CohortSettings::default());
            let create = CreateCohort { title, curriculum: diploma()?, start_date, places, settings };
            academy.create_cohort(caller, create, None).await?.value
        }
    };
    if cohort.enrolled == 0 {
        let learners = learners(services, caller).await?;
        academy.enrol_all(caller, cohort.id, learners).await?;
    }
    let standings =
        academy.list_standings(caller, cohort.id, &WantedStandings::default(), &whole_page(200)).await?.items;
    if standings.iter().all(|learner| learner.standing.credits == 0) {
        let enrolments: Vec<_> = standings.iter().map(|learner| learner.enrolment.id).collect();
        let results = results(services, cohort.id, &enrolments, cohort.start_date).await?;
        academy.record_results(caller, cohort.id, results).await?;
    }
    if standings.iter().all(|learner| learner.standing.attendance.recorded == 0) {
        let schedule = Schedule { cohort: cohort.id, sessions: Vec::new(), from_curriculum: true };
        academy.schedule(caller, schedule, None).await?;
        let learners: Vec<_> = standings.iter().map(|learner| learner.enrolment.id).collect();
        let source = Source::Grid(attendance(services, cohort.id, &learners).await?);
        let (date, reason, validate_only) = (None, String::new(), false);
        academy
            .enter_sheet(caller, EnterSheet { cohort: cohort.id, source, date, reason, validate_only }, None)
            .await?;
    }
    Ok(cohort.id)
}

/// Who came to the sessions that were: most of them to most, a few to too few.
async fn attendance(services: &Services, cohort: CohortId, learners: &[EnrolmentId]) -> anyhow::Result<Sheet> {
    let today = services.directory.clock().now().date();
    let held = services.academy.list_sessions(cohort, &whole_page(200)).await?.items;
    let held: Vec<_> = held.into_iter().filter(|session| session.date <= today).collect();
    let mut header = vec!["enrolment".to_owned()];
    header.extend(held.iter().map(|session| session.code.clone()));
    let presence = |number: usize, place: usize| match (number * 13 + place * 7) % 29 {
        0 => "late",
        1 => "apologies",
        2 => "excused",
        3 => "absent",
        _ if number % 17 == 5 && place.is_multiple_of(2) => "absent",
        _ => "present",
    };
    let row = |(number, learner): (usize, &EnrolmentId)| {
        let mut cells = vec![Cell::text(learner.to_string())];
        cells.extend((0..held.len()).map(|place| Cell::text(presence(number, place))));
        SheetRow { number: u32::try_from(number).unwrap_or(0) + 2, cells }
    };
    Ok(Sheet { header, rows: learners.iter().enumerate().map(row).collect() })
}

/// Sample learners, spread over the trusts of the network.
async fn learners(services: &Services, caller: &Principal) -> anyhow::Result<Vec<(PersonId, OrganisationId)>> {
    const EMPLOYERS: [&str; 20] = [
        "RGT", "RRV", "RBL", "RM3", "RW4", "RTD", "RTH", "RHW", "RYJ", "RQM", "RBS", "REN", "RHM", "RA7", "RGR", "RD8",
        "RWX", "RNU", "RXT", "RV5",
    ];
    let mut learners = Vec::with_capacity(LEARNERS);
    for number in 1..=LEARNERS {
        let employer = organisation(EMPLOYERS[number % EMPLOYERS.len()])?;
        learners.push((learner(services, caller, number, &employer).await?, employer));
    }
    Ok(learners)
}

/// One sample learner, made if need be.
pub(super) async fn learner(
    services: &Services,
    caller: &Principal,
    number: usize,
    employer: &OrganisationId,
) -> anyhow::Result<PersonId> {
    let email = format!("learner.{number:03}@sample.example");
    if let Some(person) = services.directory.person_by_email(&email).await? {
        return Ok(person.id);
    }
    let name = format!("Sample Learner {number:03}");
    let memberships = BTreeMap::from([(employer.clone(), vec![Role::Member])]);
    let roles = Roles { memberships, ..Roles::default() };
    Ok(services.directory.register_person(caller, &name, &email, roles, None).await?.value.id)
}

/// Results of the modules that were due: most passed at once, some at the second attempt, a few not.
async fn results(
    services: &Services,
    cohort: CohortId,
    enrolments: &[EnrolmentId],
    start: Date,
) -> anyhow::Result<Vec<RecordResult>> {
    let cohort = services.academy.cohort(cohort).await?;
    let curriculum =
        services.academy.curriculum(&exemplar_academy::CurriculumName::Revision(cohort.curriculum)).await?;
    let today = services.directory.clock().now().date();
    let mut results = Vec::new();
    for (number, enrolment) in enrolments.iter().enumerate() {
        for (place, module) in curriculum.modules.iter().enumerate() {
            let date = start + Duration::weeks(i64::from(module.due_week) - 1);
            let missing = (number * 7 + place * 3) % 23 == 0;
            if date > today || missing {
                continue;
            }
            let first = 38 + i32::try_from((number * 31 + place * 17) % 50)?;
            let mut record = |attempt: i32, mark: i32, date: Date| -> anyhow::Result<()> {
                results.push(RecordResult {
                    enrolment: *enrolment,
                    module: module.code.clone(),
                    assessment: String::new(),
                    attempt: Attempt::new(attempt).map_err(anyhow::Error::msg)?,
                    mark: Mark::new(mark).map_err(anyhow::Error::msg)?,
                    date,
                    correction: None,
                });
                Ok(())
            };
            record(1, first, date)?;
            let again = date + Duration::weeks(4);
            if first < module.pass_mark && again <= today {
                record(2, if number % 9 == 4 { 45 } else { first + 20 }, again)?;
            }
        }
    }
    Ok(results)
}
