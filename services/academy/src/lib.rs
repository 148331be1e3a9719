//! The record of training: curricula and cohorts, who learns in them, their results, and where they stand.
//!
//! [`Academy`] is the context's public face. What a learner's entries mean is computed each time it is asked for, by
//! one pure function ([`standing`]) for one learner and for a whole cohort, so that it never contradicts the entries.

mod api;
mod error;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{cohorts, curricula, enrolments, records};
pub use error::Error;
pub use model::cohort::{Cohort, CohortId, CreateCohort};
pub use model::curriculum::{
    CreateCurriculum, Curriculum, CurriculumCode, CurriculumName, DIPLOMA_CREDITS, Module, RevisionId,
};
pub use model::enrolment::{EnrolLearner, Enrolment, EnrolmentId};
pub use model::result::{Attempt, Attempted, Mark, RecordResult, ResultEntry, ResultId};
pub use model::standing::{DUE_SOON, LearnerStanding, Requirement, RequirementState, Standing, standing};
pub use service::Academy;
pub use service::records::{JudgedResult, Learner, MAX_RESULTS, Record, Recorded};
