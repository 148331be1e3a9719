//! Who learns in which cohort, and in which state.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::cohort::CohortId;
use crate::Error;

exemplar_kernel::id!(
    /// One person in one cohort.
    EnrolmentId,
    "enrolments"
);

exemplar_kernel::named! {
    /// Where an enrolment is on its way.
    EnrolmentState {
        /// A place is offered and not yet taken.
        Offered = "OFFERED",
        /// The person learns.
        Enrolled = "ENROLLED",
        /// They pause.
        Interrupted = "INTERRUPTED",
        /// They have met every requirement.
        Completed = "COMPLETED",
        /// They left, or did not take the place.
        Withdrawn = "WITHDRAWN",
        /// They go on in another cohort.
        Transferred = "TRANSFERRED",
    }
}

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
    /// Their employer when they were enrolled.
    pub organisation: OrganisationId,
    /// When they were enrolled or offered the place.
    pub enrolled: Timestamp,
    /// Where it is on its way.
    pub state: EnrolmentState,
    /// Since which day; none for those that were never anything else.
    pub state_date: Option<Date>,
    /// Why.
    pub state_reason: String,
    /// The executive who sponsors the learner.
    pub sponsor: Option<PersonId>,
    /// The enrolment in an earlier cohort that it continues.
    pub continues: Option<EnrolmentId>,
    /// Goes up with every change of the enrolment and of its record.
    pub version: i64,
}

/// A state and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentEvent {
    /// 1 for the first, one more for each that follows.
    pub number: i32,
    /// The state that it came into.
    pub state: EnrolmentState,
    /// On which day.
    pub date: Date,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
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
    /// The executive who sponsors them.
    pub sponsor: Option<PersonId>,
}

/// A step on an enrolment's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The learner takes the offered place.
    Accept,
    /// The learner does not take it.
    Decline,
    /// The learner pauses.
    Interrupt,
    /// The learner goes on in the same cohort.
    Resume,
    /// The learner leaves.
    Withdraw,
    /// Every requirement is met.
    Complete,
    /// The learner goes on in another cohort.
    Transfer,
}

/// A step with its day and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeStep {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// Which.
    pub step: Step,
    /// On which day; today when none is given.
    pub date: Option<Date>,
    /// Why.
    pub reason: String,
}

impl Step {
    /// The journal's verb for it.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Accept => "academy.enrolment.accept",
            Self::Decline => "academy.enrolment.decline",
            Self::Interrupt => "academy.enrolment.interrupt",
            Self::Resume => "academy.enrolment.resume",
            Self::Withdraw => "academy.enrolment.withdraw",
            Self::Complete => "academy.enrolment.complete",
            Self::Transfer => "academy.enrolment.transfer",
        }
    }

    /// Whether the learner takes it; the academy takes all others.
    pub(crate) const fn is_learners(self) -> bool {
        matches!(self, Self::Accept | Self::Decline)
    }

    /// Whether it gives the place back.
    pub(crate) const fn frees_place(self) -> bool {
        matches!(self, Self::Decline | Self::Withdraw | Self::Transfer)
    }

    const fn of(self, from: EnrolmentState) -> Option<EnrolmentState> {
        use EnrolmentState::{Completed, Enrolled, Interrupted, Offered, Transferred, Withdrawn};
        match (self, from) {
            (Self::Accept, Offered) | (Self::Resume, Interrupted) => Some(Enrolled),
            (Self::Decline, Offered) | (Self::Withdraw, Offered | Enrolled | Interrupted) => Some(Withdrawn),
            (Self::Interrupt, Enrolled) => Some(Interrupted),
            (Self::Complete, Enrolled) => Some(Completed),
            (Self::Transfer, Enrolled | Interrupted) => Some(Transferred),
            _ => None,
        }
    }
}

impl Enrolment {
    /// The enrolment after a step, and the event to be kept.
    ///
    /// # Errors
    /// [`Error::EnrolmentState`], and violations of a day before the present state's.
    pub(crate) fn after(&self, taken: &TakeStep, today: Date) -> Result<Self, Error> {
        let state = taken.step.of(self.state).ok_or(Error::EnrolmentState { enrolment: self.id, state: self.state })?;
        let date = taken.date.unwrap_or(today);
        let mut violations = exemplar_kernel::Violations::new();
        if date > today {
            violations.add("date", "is in the future");
        }
        if self.state_date.is_some_and(|since| date < since) {
            violations.add("date", "is before the day of the state that it ends");
        }
        violations.check()?;
        Ok(Self {
            state,
            state_date: Some(date),
            state_reason: taken.reason.clone(),
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// Whether results and attendance may be recorded for it.
    pub(crate) fn is_recordable(&self) -> bool {
        matches!(self.state, EnrolmentState::Enrolled | EnrolmentState::Completed)
    }
}
