//! Who learns in which cohort.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::cohort::CohortId;

exemplar_kernel::id!(
    /// One person in one cohort.
    EnrolmentId,
    "enrolments"
);

/// One person in one cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Which.
    pub id: EnrolmentId,
    /// Where they learn.
    pub cohort: CohortId,
    /// Who.
    pub learner: PersonId,
    /// What they were called when they were enrolled.
    pub learner_name: String,
    /// Their employer.
    pub organisation: OrganisationId,
    /// When they were enrolled.
    pub enrolled: Timestamp,
}

/// Enrols a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolLearner {
    /// Where.
    pub cohort: CohortId,
    /// Whom.
    pub learner: PersonId,
    /// Their employer.
    pub organisation: OrganisationId,
}
