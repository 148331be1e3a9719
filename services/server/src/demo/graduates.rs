//! Samples of those who have finished: a small cohort whose diplomas two people awarded.

use exemplar_academy::{CohortSettings, CreateCohort, EnrolmentId, Rule, RulingKind, Step, TakeStep};
use exemplar_kernel::{PersonId, Principal};
use time::Duration;

use super::reference::{diploma, organisation, whole_page};
use super::samples::learner;
use crate::app::Services;

const COHORT: &str = "Sample cohort that has finished";
/// Their employers, one learner each.
const EMPLOYERS: [&str; 4] = ["RGT", "RBL", "RQM", "REN"];
/// How long ago it began.
const BEGAN: Duration = Duration::weeks(70);
/// The number of the first of them among the sample learners.
const FIRST: usize = 201;

/// Loads them; a second time nothing.
pub(super) async fn load(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    let academy = &services.academy;
    let there = academy.list_cohorts(&whole_page(200)).await?.items;
    if there.iter().any(|cohort| cohort.title == COHORT && cohort.enrolled > 0) {
        return Ok(());
    }
    let registrar = services.directory.person_by_email("academy.registrar@sample.example").await?;
    let Some(registrar) = registrar else { return Ok(()) };
    let second = Principal::person(registrar.id, None, registrar.roles.memberships, registrar.roles.network);
    let cohort = match there.into_iter().find(|cohort| cohort.title == COHORT) {
        Some(cohort) => cohort,
        None => {
            let start_date = services.directory.clock().now().date() - BEGAN;
            let (title, places) = (COHORT.to_owned(), i32::try_from(EMPLOYERS.len())?);
            let settings = CohortSettings::default();
            let create = CreateCohort { title, curriculum: diploma()?, start_date, places, settings };
            academy.create_cohort(caller, create, None).await?.value
        }
    };
    let mut learners: Vec<(PersonId, _)> = Vec::new();
    for (place, code) in EMPLOYERS.into_iter().enumerate() {
        let employer = organisation(code)?;
        learners.push((learner(services, caller, FIRST + place, &employer).await?, employer));
    }
    for enrolment in academy.enrol_all(caller, cohort.id, learners).await?.value {
        finish(services, caller, enrolment.id).await?;
        let proposed = academy.propose_qualification(caller, enrolment.id, None, None).await?.value;
        academy.confirm_qualification(&second, proposed.qualification.id, None).await?;
    }
    Ok(())
}

/// Accepts every requirement, and completes the enrolment.
async fn finish(services: &Services, caller: &Principal, enrolment: EnrolmentId) -> anyhow::Result<()> {
    let academy = &services.academy;
    let standing = academy.record(caller, enrolment).await?.learner.standing;
    for requirement in standing.requirements {
        let (kind, withdraw, date) = (RulingKind::Override, false, None);
        let (subject, reason) = (requirement.subject, "A sample, accepted as a whole".to_owned());
        academy.rule(caller, Rule { enrolment, kind, subject, withdraw, date, reason }, None).await?;
    }
    let (step, date, reason) = (Step::Complete, None, String::new());
    academy.take_step(caller, TakeStep { enrolment, step, date, reason }, None).await?;
    Ok(())
}
