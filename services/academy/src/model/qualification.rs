//! The qualification that a learner has earned: proposed by one person of the academy, confirmed by another.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::curriculum::RevisionId;
use super::enrolment::{Enrolment, EnrolmentId, EnrolmentState};
use super::standing::{LearnerStanding, RequirementState};
use crate::Error;

exemplar_kernel::id!(
    /// One learner's qualification.
    QualificationId,
    "qualifications"
);

exemplar_kernel::named! {
    /// Where a qualification is on its way.
    QualificationState {
        /// One person says that it was earned.
        Proposed = "PROPOSED",
        /// Another has confirmed it.
        Awarded = "AWARDED",
        /// Another has refused it; it can be proposed again.
        Refused = "REFUSED",
        /// It was taken back, with its credential; it can be proposed again.
        Revoked = "REVOKED",
    }
}

/// One learner's qualification: a row of the register, which is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualification {
    /// Which.
    pub id: QualificationId,
    /// What it was earned in.
    pub enrolment: EnrolmentId,
    /// Who earned it.
    pub learner: PersonId,
    /// What they were called then.
    pub learner_name: String,
    /// Their employer in that enrolment.
    pub organisation: OrganisationId,
    /// By which revision of which curriculum.
    pub curriculum: RevisionId,
    /// What it is called.
    pub title: String,
    /// Its credits, in ECTS.
    pub credits: i32,
    /// The last day on which its credential holds; none for as long as it is not taken back.
    pub valid_until: Option<Date>,
    /// Where it is on its way.
    pub state: QualificationState,
    /// Who proposed it; none for the server itself.
    pub proposed_by: Option<PersonId>,
    /// When.
    pub proposed: Timestamp,
    /// Who confirmed or refused it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided: Option<Timestamp>,
    /// Why it was refused or taken back.
    pub reason: String,
    /// Goes up with every change.
    pub version: i64,
}

/// One thing that a qualification asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What: a requirement, `credits`, `enrolment` or `register`.
    pub subject: String,
    /// Whether it is there.
    pub met: bool,
    /// How that is known, in words.
    pub reason: String,
}

/// Whether a learner has earned the qualification, computed from their record each time it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// All of them, met or not.
    pub conditions: Vec<Condition>,
}

impl Eligibility {
    /// Whether everything is there.
    pub fn is_eligible(&self) -> bool {
        self.conditions.iter().all(|condition| condition.met)
    }

    /// What a qualification asks of a learner who stands so; `present` is the one that is proposed or awarded.
    pub fn of(enrolment: &Enrolment, standing: &LearnerStanding, present: Option<&Qualification>) -> Self {
        let requirement = |requirement: &super::standing::Requirement| Condition {
            subject: requirement.subject.clone(),
            met: requirement.state == RequirementState::Met,
            reason: requirement.reason.clone(),
        };
        let mut conditions: Vec<_> = standing.requirements.iter().map(requirement).collect();
        conditions.push(Condition {
            subject: "credits".to_owned(),
            met: standing.credits >= standing.credits_total,
            reason: format!("has {} of {} credits", standing.credits, standing.credits_total),
        });
        conditions.push(Condition {
            subject: "enrolment".to_owned(),
            met: enrolment.state == EnrolmentState::Completed,
            reason: format!("the enrolment is {}", enrolment.state.name().to_lowercase()),
        });
        conditions.push(Condition {
            subject: "register".to_owned(),
            met: present.is_none(),
            reason: match present {
                None => "no qualification is proposed or awarded yet".to_owned(),
                Some(present) => format!("{} is {}", present.id, present.state.name().to_lowercase()),
            },
        });
        Self { conditions }
    }
}

impl Qualification {
    /// Confirmed by `second`.
    ///
    /// # Errors
    /// [`Error::SecondPerson`] unless they are neither who proposed it nor who earned it; [`Error::QualificationState`]
    /// unless it is proposed.
    pub fn confirmed(self, second: Option<PersonId>, now: Timestamp) -> Result<Self, Error> {
        self.decided(second, now, QualificationState::Awarded, String::new())
    }

    /// Refused by `second`, for a reason.
    ///
    /// # Errors
    /// As [`Qualification::confirmed`].
    pub fn refused(self, second: Option<PersonId>, now: Timestamp, reason: String) -> Result<Self, Error> {
        self.decided(second, now, QualificationState::Refused, reason)
    }

    fn decided(
        self,
        second: Option<PersonId>,
        now: Timestamp,
        state: QualificationState,
        reason: String,
    ) -> Result<Self, Error> {
        if self.state != QualificationState::Proposed {
            return Err(Error::QualificationState { qualification: self.id, state: self.state });
        }
        if second.is_none() || second == self.proposed_by || second == Some(self.learner) {
            return Err(Error::SecondPerson(self.id));
        }
        Ok(Self { state, decided_by: second, decided: Some(now), reason, version: self.version + 1, ..self })
    }

    /// Taken back for a reason; who confirmed it and when stays.
    ///
    /// # Errors
    /// [`Error::QualificationState`] unless it is awarded.
    pub fn revoked(self, reason: String) -> Result<Self, Error> {
        if self.state != QualificationState::Awarded {
            return Err(Error::QualificationState { qualification: self.id, state: self.state });
        }
        Ok(Self { state: QualificationState::Revoked, reason, version: self.version + 1, ..self })
    }
}
