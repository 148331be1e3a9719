//! What can go wrong in the academy.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, PersonId, Violations, day};
use time::Date;

use crate::model::application::{ApplicationId, ApplicationState};
use crate::model::batch::BatchId;
use crate::model::cohort::CohortId;
use crate::model::curriculum::{CurriculumName, DIPLOMA_CREDITS, RevisionId};
use crate::model::enrolment::{EnrolmentId, EnrolmentState};
use crate::model::evidence::EvidenceId;
use crate::model::journal::JournalEntryId;
use crate::model::qualification::{QualificationId, QualificationState};
use crate::model::result::{Attempted, ResultId};

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
    /// Nothing can be recorded for somebody who does not learn now.
    #[error("{enrolment} is {}", state.name().to_lowercase())]
    EnrolmentState {
        /// Which.
        enrolment: EnrolmentId,
        /// Where it is on its way.
        state: EnrolmentState,
    },
    /// Requirements are missing.
    #[error("{0} does not meet every requirement yet")]
    RequirementsMissing(EnrolmentId),
    /// No such requirement in the learner's curriculum.
    #[error("there is no requirement {0:?}")]
    RequirementNotFound(String),
    /// There is no such ruling to be taken back.
    #[error("there is nothing to take back")]
    RulingNotFound,
    /// No such session in the cohort.
    #[error("there is no session {0:?} in this cohort")]
    SessionNotFound(String),
    /// Apologies are sent before a session begins.
    #[error("the session {0} has begun; tell the academy's staff")]
    SessionBegun(String),
    /// The session has not been.
    #[error("the session {0} has not been yet")]
    SessionInFuture(String),
    /// No such result, or none that the caller may mark.
    #[error("there is no {0}")]
    ResultNotFound(ResultId),
    /// Every marking is another person's.
    #[error("{0} was marked by you; another person marks it now")]
    MarkerSame(ResultId),
    /// There is nothing left to mark.
    #[error("{0} is not waiting for this")]
    MarkingDone(ResultId),
    /// Nothing waits to be released.
    #[error("no result of {0:?} is waiting to be released")]
    NothingToRelease(String),
    /// Results whose markers differ are moderated first.
    #[error("{0} results of this module wait for a second marker or a moderator")]
    MarkingOpen(usize),
    /// A file that cannot be read.
    #[error("{0}")]
    SheetUnreadable(String),
    /// No such batch.
    #[error("there is no {0}")]
    BatchNotFound(BatchId),
    /// The batch is undone.
    #[error("{0} is undone already")]
    BatchUndone(BatchId),
    /// Later entries stand on those of the batch.
    #[error("{0} entries of {1} were changed since; they would be lost")]
    BatchOverwritten(usize, BatchId),
    /// The day is not one on which people may apply.
    #[error("applications for {0} are not open")]
    ApplicationsClosed(CohortId),
    /// No such application, or none that the caller may know of.
    #[error("there is no {0}")]
    ApplicationNotFound(ApplicationId),
    /// A person applies for a cohort once.
    #[error("you have applied for this cohort already")]
    ApplicationExists,
    /// The application is elsewhere on its way.
    #[error("{application} is {}", state.name().to_lowercase())]
    ApplicationState {
        /// Which.
        application: ApplicationId,
        /// Where it is on its way.
        state: ApplicationState,
    },
    /// Nobody sponsors themselves.
    #[error("a sponsor is another person than the applicant")]
    SponsorIsApplicant,
    /// A sponsor confirms all three.
    #[error("a sponsor confirms the time, the level and the employment")]
    SponsorDoesNotConfirm,
    /// Nobody scores themselves.
    #[error("nobody scores their own application")]
    ScorerIsApplicant,
    /// Two score, and each once.
    #[error("you, or two others, have scored it already")]
    ScoredAlready,
    /// The scores agree, or are not both there, or the caller gave one of them.
    #[error("only a third person moderates, where two scores differ")]
    NothingToModerate,
    /// No such qualification, or none that the caller may know of.
    #[error("there is no {0}")]
    QualificationNotFound(QualificationId),
    /// The qualification is elsewhere on its way.
    #[error("{qualification} is {}", state.name().to_lowercase())]
    QualificationState {
        /// Which.
        qualification: QualificationId,
        /// Where it is on its way.
        state: QualificationState,
    },
    /// Two people award, and the learner is neither.
    #[error("another person than the one who proposed {0}, and not the learner, decides")]
    SecondPerson(QualificationId),
    /// The record does not earn the qualification.
    #[error("{0} has not earned the qualification: {1}")]
    NotEligible(EnrolmentId, String),
    /// No plan or project is written, or none is agreed to by both.
    #[error("there is none yet that this needs")]
    DocumentNotFound,
    /// There is a newer revision.
    #[error("revision {0} is the newest; read that")]
    DocumentSuperseded(i32),
    /// The caller's side has agreed before.
    #[error("you have agreed to it already")]
    DocumentAgreed,
    /// The adoption is not the employer's, or none that the caller may know of.
    #[error("{0} is no adoption by your employer")]
    AdoptionForeign(String),
    /// The project has a draft.
    #[error("the project is {0} already")]
    ProjectDrafted(String),
    /// No such entry, or none that the caller may read.
    #[error("there is no {0}")]
    JournalEntryNotFound(JournalEntryId),
    /// No such evidence, or none of the caller's own.
    #[error("there is no {0}")]
    EvidenceNotFound(EvidenceId),
    /// The evidence waits for nobody.
    #[error("{0} is not waiting to be accepted")]
    EvidenceState(EvidenceId),
    /// Nobody accepts their own.
    #[error("{0} is your own; another person of the academy decides")]
    EvidenceOwn(EvidenceId),
    /// The journal says nothing there that the caller could confirm.
    #[error("the journal has nothing at {0} that you could confirm")]
    SuggestionNotFound(i64),
    /// It is confirmed.
    #[error("you have confirmed {0} already")]
    EvidenceConfirmed(i64),
    /// No credential with this code, or the document is none that was issued here.
    #[error("no such credential was issued here")]
    CredentialNotFound,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::CurriculumNotFound(_)
            | Self::CohortNotFound(_)
            | Self::EnrolmentNotFound(_)
            | Self::RequirementNotFound(_)
            | Self::RulingNotFound
            | Self::SessionNotFound(_)
            | Self::ResultNotFound(_)
            | Self::BatchNotFound(_)
            | Self::ApplicationNotFound(_)
            | Self::QualificationNotFound(_)
            | Self::CredentialNotFound
            | Self::EvidenceNotFound(_)
            | Self::SuggestionNotFound(_)
            | Self::DocumentNotFound
            | Self::JournalEntryNotFound(_)
            | Self::ModuleNotFound { .. } => Kind::NotFound,
            Self::CreditsWrong(_) | Self::SheetUnreadable(_) | Self::SponsorDoesNotConfirm => Kind::Invalid,
            Self::CohortExists
            | Self::AlreadyEnrolled { .. }
            | Self::ApplicationExists
            | Self::ScoredAlready
            | Self::EvidenceConfirmed(_)
            | Self::ProjectDrafted(_)
            | Self::ResultExists(_) => Kind::Exists,
            // Somebody else does it.
            Self::SponsorIsApplicant
            | Self::ScorerIsApplicant
            // Somebody else decides.
            | Self::MarkerSame(_)
            | Self::SecondPerson(_) | Self::EvidenceOwn(_) => Kind::Denied,
            Self::CohortFull(_)
            | Self::AttemptOutOfOrder(_)
            | Self::AttemptsUsed { .. }
            | Self::ModulePassed(_)
            | Self::EnrolmentState { .. }
            | Self::RequirementsMissing(_)
            | Self::SessionBegun(_)
            | Self::SessionInFuture(_)
            | Self::MarkingDone(_)
            | Self::NothingToRelease(_)
            | Self::MarkingOpen(_)
            | Self::BatchUndone(_)
            | Self::BatchOverwritten(..)
            | Self::ApplicationsClosed(_)
            | Self::ApplicationState { .. }
            | Self::NothingToModerate
            | Self::QualificationState { .. }
            | Self::NotEligible(..)
            | Self::EvidenceState(_)
            | Self::DocumentSuperseded(_)
            | Self::DocumentAgreed
            | Self::AdoptionForeign(_)
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
            Self::EnrolmentState { .. } => "ENROLMENT_STATE",
            Self::RequirementsMissing(_) => "REQUIREMENTS_MISSING",
            Self::RequirementNotFound(_) => "REQUIREMENT_NOT_FOUND",
            Self::RulingNotFound => "RULING_NOT_FOUND",
            Self::SessionNotFound(_) => "TEACHING_SESSION_NOT_FOUND",
            Self::SessionBegun(_) => "TEACHING_SESSION_BEGUN",
            Self::SessionInFuture(_) => "TEACHING_SESSION_IN_FUTURE",
            Self::ResultNotFound(_) => "RESULT_NOT_FOUND",
            Self::MarkerSame(_) => "MARKER_SAME",
            Self::MarkingDone(_) => "MARKING_DONE",
            Self::NothingToRelease(_) => "NOTHING_TO_RELEASE",
            Self::MarkingOpen(_) => "MARKING_OPEN",
            Self::SheetUnreadable(_) => "SHEET_UNREADABLE",
            Self::BatchNotFound(_) => "BATCH_NOT_FOUND",
            Self::BatchUndone(_) => "BATCH_UNDONE",
            Self::BatchOverwritten(..) => "BATCH_OVERWRITTEN",
            Self::ApplicationsClosed(_) => "APPLICATIONS_CLOSED",
            Self::ApplicationNotFound(_) => "APPLICATION_NOT_FOUND",
            Self::ApplicationExists => "APPLICATION_EXISTS",
            Self::ApplicationState { .. } => "APPLICATION_STATE",
            Self::SponsorIsApplicant => "SPONSOR_IS_APPLICANT",
            Self::SponsorDoesNotConfirm => "SPONSOR_DOES_NOT_CONFIRM",
            Self::ScorerIsApplicant => "SCORER_IS_APPLICANT",
            Self::ScoredAlready => "SCORED_ALREADY",
            Self::NothingToModerate => "NOTHING_TO_MODERATE",
            Self::QualificationNotFound(_) => "QUALIFICATION_NOT_FOUND",
            Self::QualificationState { .. } => "QUALIFICATION_STATE",
            Self::SecondPerson(_) => "SECOND_PERSON",
            Self::NotEligible(..) => "QUALIFICATION_UNEARNED",
            Self::CredentialNotFound => "CREDENTIAL_NOT_FOUND",
            Self::EvidenceNotFound(_) => "EVIDENCE_NOT_FOUND",
            Self::EvidenceState(_) => "EVIDENCE_STATE",
            Self::EvidenceOwn(_) => "EVIDENCE_OWN",
            Self::SuggestionNotFound(_) => "SUGGESTION_NOT_FOUND",
            Self::EvidenceConfirmed(_) => "EVIDENCE_CONFIRMED",
            Self::DocumentNotFound => "DOCUMENT_NOT_FOUND",
            Self::DocumentSuperseded(_) => "DOCUMENT_SUPERSEDED",
            Self::DocumentAgreed => "DOCUMENT_AGREED",
            Self::AdoptionForeign(_) => "ADOPTION_FOREIGN",
            Self::ProjectDrafted(_) => "PROJECT_DRAFTED",
            Self::JournalEntryNotFound(_) => "JOURNAL_ENTRY_NOT_FOUND",
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
