//! The record of training: curricula and cohorts, who applies and learns in them, what is recorded, where they stand.
//!
//! [`Academy`] is the context's public face. What a learner's entries mean is computed each time it is asked for, by
//! one pure function ([`standing`]) for one learner and for a whole cohort, so that it never contradicts the entries.

mod api;
mod error;
mod model;
mod personal;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{applications, cohorts, competencies, credentials, curricula, enrolments, portfolios, records, reports};
pub use error::Error;
pub use model::application::{Application, ApplicationId, ApplicationState, Score, ScoreModeration, Sponsorship};
pub use model::artefact::Artefact;
pub use model::assessment::{Assessment, AssessmentPath};
pub use model::attendance::{AttendanceEntry, Figures, Presence, figures};
pub use model::badge::{Issuer, STATUS_SECONDS};
pub use model::batch::{Batch, BatchId};
pub use model::cohort::{Cohort, CohortId, CohortSettings, CohortStaff, CreateCohort, StaffRole};
pub use model::competency::{COMPETENCIES, Competency};
pub use model::credential::{Code, Credential, CredentialId, CredentialStatus, Shown};
pub use model::curriculum::{
    CreateCurriculum, Curriculum, CurriculumCode, CurriculumName, DIPLOMA_CREDITS, Module, RevisionId,
};
pub use model::demands::{AttendanceRule, Demands, LateRule, PlannedSession, RequiredArtefact};
pub use model::enrolment::{EnrolLearner, Enrolment, EnrolmentEvent, EnrolmentId, EnrolmentState, Step, TakeStep};
pub use model::evidence::{
    AddEvidence, Evidence, EvidenceId, EvidenceKind, EvidenceState, Shown as ShownCompetency, Shows, Suggestion,
};
pub use model::grid::{CellOutcome, CellVerdict};
pub use model::journal::{JournalEntry, JournalEntryId, WriteEntry};
pub use model::portfolio::{Aim, Document, DocumentKind, ProjectDraft, ProjectLink, WriteDocument};
pub use model::qualification::{Condition, Eligibility, Qualification, QualificationId, QualificationState};
pub use model::result::{Attempt, Attempted, Mark, Marking, Moderation, RecordResult, ResultEntry, ResultId};
pub use model::ruling::{Ruling, RulingKind};
pub use model::selection::{Candidate, Decision, Outcome, SelectionRules, select};
pub use model::session::{SessionDraft, SessionKey, SessionKind, TeachingSession};
pub use model::standing::{
    DUE_SOON, Detail, LearnerRecord, LearnerStanding, Requirement, RequirementKind, RequirementState, Standing, Taught,
    standing,
};
pub use model::transfer::{Mapped, map};
pub use personal::PERSONAL;
pub use service::applications::{Scored, SubmitApplication};
pub use service::attendance::RecordAttendance;
pub use service::checks::{CheckBy, Checked};
pub use service::cohorts::UpdateCohort;
pub use service::credentials::Qualified;
pub use service::enrolments::Employed;
pub use service::imports::{MAX_NAMED, Progress};
pub use service::marking::{MarkAgain, Released};
pub use service::records::{JudgedResult, Learner, MAX_RESULTS, Record, Recorded, WantedStandings};
pub use service::reports::{NationalPicture, SMALL_NUMBER, StateCount, Trained};
pub use service::rulings::Rule;
pub use service::sheets::{EnterSheet, Entered, Source};
pub use service::timetable::{Schedule, Scheduled};
pub use service::transfers::{TransferEnrolment, Transferred};
pub use service::watch::Watched;
pub use service::{Academy, Answer, Designations, Issuing, Links, Works};
