//! What can go wrong in the academy.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, PersonId, Violations, day};
use time::Date;

use crate::model::cohort::CohortId;
use crate::model::curriculum::{CurriculumName, DIPLOMA_CREDITS, RevisionId};
use crate::model::enrolment::EnrolmentId;
use crate::model::result::Attempted;

/// A failure of a verb of the academy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// The directory does not know a person or an organisation.
    #[error(transparent)]
    Directory(#[from] exemplar_directory::Error),
    /// No such curriculum, or no such revision of it.
    #[error("there is no {0}")]
    CurriculumNotFound(CurriculumName),
    /// The modules do not add up to the qualification.
    #[error("the modules have {0} credits together; the diploma has {DIPLOMA_CREDITS}")]
    CreditsWrong(i32),
    /// No such cohort.
    #[error("there is no {0}")]
    CohortNotFound(CohortId),
    /// The title is another cohort's.
    #[error("there is already a cohort with this title")]
    CohortExists,
    /// No place is left.
    #[error("{0} has not enough places left")]
    CohortFull(CohortId),
    /// No such enrolment, or none that the caller may know of.
    #[error("there is no {0}")]
    EnrolmentNotFound(EnrolmentId),
    /// A person learns in a cohort once.
    #[error("{learner} is already enrolled in {cohort}")]
    AlreadyEnrolled {
        /// Who.
        learner: PersonId,
        /// Where.
        cohort: CohortId,
    },
    /// The cohort's curriculum has no such module.
    #[error("{curriculum} has no module {module:?}")]
    ModuleNotFound {
        /// What is taught.
        curriculum: RevisionId,
        /// What is not.
        module: String,
    },
    /// An attempt before it has no entry.
    #[error("{0} cannot be recorded: an earlier attempt has no result yet")]
    AttemptOutOfOrder(Attempted),
    /// The module allows fewer attempts.
    #[error("{attempted} cannot be recorded: the module allows no more than {allowed}")]
    AttemptsUsed {
        /// Which attempt.
        attempted: Attempted,
        /// How many there may be.
        allowed: i32,
    },
    /// There is nothing left to attempt.
    #[error("{0} cannot be recorded: the module is passed")]
    ModulePassed(Attempted),
    /// A second entry for an attempt says why it replaces the first.
    #[error("{0} has a result; say in the correction why another replaces it")]
    ResultExists(Attempted),
    /// The work is not done yet.
    #[error("{attempted} cannot be recorded: {} is in the future", day::in_words(*.date))]
    ResultInFuture {
        /// Which attempt.
        attempted: Attempted,
        /// The day that has not come.
        date: Date,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::CreditsWrong(_) => Kind::Invalid,
            Self::CurriculumNotFound(_)
            | Self::CohortNotFound(_)
            | Self::EnrolmentNotFound(_)
            | Self::ModuleNotFound { .. } => Kind::NotFound,
            Self::CohortExists | Self::AlreadyEnrolled { .. } | Self::ResultExists(_) => Kind::Exists,
            Self::CohortFull(_)
            | Self::AttemptOutOfOrder(_)
            | Self::AttemptsUsed { .. }
            | Self::ModulePassed(_)
            | Self::ResultInFuture { .. } => Kind::State,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::Directory(error) => error.reason(),
            Self::CurriculumNotFound(_) => "CURRICULUM_NOT_FOUND",
            Self::CreditsWrong(_) => "CREDITS_WRONG",
            Self::CohortNotFound(_) => "COHORT_NOT_FOUND",
            Self::CohortExists => "COHORT_EXISTS",
            Self::CohortFull(_) => "COHORT_FULL",
            Self::EnrolmentNotFound(_) => "ENROLMENT_NOT_FOUND",
            Self::AlreadyEnrolled { .. } => "ALREADY_ENROLLED",
            Self::ModuleNotFound { .. } => "MODULE_NOT_FOUND",
            Self::AttemptOutOfOrder(_) => "ATTEMPT_OUT_OF_ORDER",
            Self::AttemptsUsed { .. } => "ATTEMPTS_USED",
            Self::ModulePassed(_) => "MODULE_PASSED",
            Self::ResultExists(_) => "RESULT_EXISTS",
            Self::ResultInFuture { .. } => "RESULT_IN_FUTURE",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        if let Self::Directory(error) = self {
            return error.violations();
        }
        if let Self::Kernel(error) = self { error.violations() } else { None }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Directory(error) = self {
            return error.retry_after();
        }
        if let Self::Kernel(error) = self { error.retry_after() } else { None }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
