//! Plans of personal development and workplace projects, in revisions that learner and sponsor agree to.

use exemplar_kernel::{OrganisationId, PersonId, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::enrolment::{Enrolment, EnrolmentId};
use crate::Error;

exemplar_kernel::named! {
    /// What learner and sponsor agree to.
    DocumentKind {
        /// A plan of personal development.
        DevelopmentPlan = "DEVELOPMENT_PLAN",
        /// A project of change at the learner's workplace.
        Project = "PROJECT",
    }
}

/// Aims of a document at the most.
pub(crate) const MAX_AIMS: usize = 30;
/// A document's text at the most, in characters.
pub(crate) const MAX_BODY: usize = 20_000;

/// Something to be reached, and the measure that tells whether it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// What is to be reached.
    pub aim: String,
    /// What is measured.
    pub measure: String,
    /// How it is before.
    pub baseline: String,
    /// How it is to be.
    pub target: String,
    /// By which day.
    pub due: Option<Date>,
}

/// What is written into a new revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteDocument {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// Which of the two.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: String,
    /// What is planned, and why.
    pub body: String,
    /// What is to be reached.
    pub aims: Vec<Aim>,
}

/// One revision of a plan or a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// Which of the two.
    pub kind: DocumentKind,
    /// 1 for the first, one more for each that follows.
    pub revision: i32,
    /// What it is called.
    pub title: String,
    /// What is planned, and why.
    pub body: String,
    /// What is to be reached.
    pub aims: Vec<Aim>,
    /// When it was written.
    pub written: Timestamp,
    /// By whom: the learner or the sponsor.
    pub written_by: Option<PersonId>,
    /// When the learner agreed.
    pub learner_agreed: Option<Timestamp>,
    /// When the sponsor agreed.
    pub sponsor_agreed: Option<Timestamp>,
    /// Who that was.
    pub sponsor: Option<PersonId>,
}

/// What a project is linked to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectLink {
    /// The adoption that it is, `adoptions/{id}`.
    pub adoption: Option<String>,
    /// The blueprint that it became, `blueprints/{id}`.
    pub blueprint: Option<String>,
}

/// What a project gives for the draft of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectDraft {
    /// The learner's trust.
    pub organisation: OrganisationId,
    /// The agreed revision of the project.
    pub project: Document,
}

/// One of the two who agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The learner.
    Learner,
    /// The sponsor.
    Sponsor,
}

impl Side {
    /// On which side of an enrolment the caller is.
    pub(crate) fn of(caller: &Principal, enrolment: &Enrolment) -> Option<Self> {
        match caller.person {
            Some(person) if person == enrolment.learner => Some(Self::Learner),
            Some(person) if Some(person) == enrolment.sponsor => Some(Self::Sponsor),
            _ => None,
        }
    }
}

impl WriteDocument {
    /// The revision that it becomes; who writes it agrees to it.
    pub(crate) fn into_revision(self, revision: i32, by: PersonId, side: Side, now: Timestamp) -> Document {
        let Self { enrolment, kind, title, body, aims } = self;
        let (written_by, learner_agreed, sponsor_agreed, sponsor) = (Some(by), None, None, None);
        let written = Document {
            enrolment,
            kind,
            revision,
            title,
            body,
            aims,
            written: now,
            written_by,
            learner_agreed,
            sponsor_agreed,
            sponsor,
        };
        written.agreed_on(side, by, now)
    }
}

impl Document {
    /// Whether both have agreed.
    pub fn is_agreed(&self) -> bool {
        self.learner_agreed.is_some() && self.sponsor_agreed.is_some()
    }

    /// Agreed to by one side.
    ///
    /// # Errors
    /// [`Error::DocumentAgreed`] when that side has agreed before.
    pub(crate) fn agreed_by(self, side: Side, by: PersonId, now: Timestamp) -> Result<Self, Error> {
        let before = match side {
            Side::Learner => self.learner_agreed,
            Side::Sponsor => self.sponsor_agreed,
        };
        if before.is_some() { Err(Error::DocumentAgreed) } else { Ok(self.agreed_on(side, by, now)) }
    }

    fn agreed_on(self, side: Side, by: PersonId, now: Timestamp) -> Self {
        match side {
            Side::Learner => Self { learner_agreed: Some(now), ..self },
            Side::Sponsor => Self { sponsor_agreed: Some(now), sponsor: Some(by), ..self },
        }
    }
}
