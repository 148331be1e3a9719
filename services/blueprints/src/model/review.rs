//! The way from a draft to a revision: submitted, signed off by the trust, assured by reviewers of other trusts,
//! published. Nothing is published in another way.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BlueprintId, RevisionNumber};

exemplar_kernel::id!(
    /// One review.
    ReviewId,
    "reviews"
);
exemplar_kernel::named!(
    /// Where a review stands.
    ReviewState {
        /// The trust's approver has to sign off.
        Submitted = "SUBMITTED",
        /// Reviewers have to assure.
        SignedOff = "SIGNED_OFF",
        /// Enough reviewers have assured: it can be published.
        Assured = "ASSURED",
        /// It was published, or, without a change of content, confirmed.
        Published = "PUBLISHED",
        /// The author has to change something and submit again.
        ChangesRequested = "CHANGES_REQUESTED",
        /// It was refused.
        Rejected = "REJECTED",
        /// The author took it back, or the blueprint was withdrawn.
        Retracted = "RETRACTED",
    }
);
exemplar_kernel::named!(
    /// What a review is for.
    Purpose {
        /// A new revision.
        Release = "RELEASE",
        /// The newest revision as it is: whether it still holds.
        Renewal = "RENEWAL",
    }
);

/// Reviewers of one review at the most, those who stepped back included.
pub(crate) const MAX_ASSIGNMENTS: usize = 10;

/// One submission and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// Of which blueprint.
    pub blueprint: BlueprintId,
    /// Whose blueprint it is.
    pub organisation: OrganisationId,
    /// What for.
    pub purpose: Purpose,
    /// What changed since the revision before.
    pub change_note: String,
    /// Whether the change is a small one.
    pub minor: bool,
    /// Where it stands.
    pub state: ReviewState,
    /// Who submitted it.
    pub submitted_by: PersonId,
    /// When.
    pub submitted: Timestamp,
    /// Who signed it off.
    pub signed_off_by: Option<PersonId>,
    /// When.
    pub signed_off: Option<Timestamp>,
    /// How many reviewers have to assure it.
    pub needed: u32,
    /// Until when the present step should be done.
    pub due: Timestamp,
    /// Who reviews it, in the order of their assignment.
    pub assignments: Vec<Assignment>,
    /// Why it was sent back, refused or retracted.
    pub reason: String,
    /// When it ended.
    pub closed: Option<Timestamp>,
    /// The revision that it released or confirmed.
    pub revision: Option<RevisionNumber>,
    /// 1 when submitted, one more with every step.
    pub version: i64,
}

/// One reviewer's part in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub reviewer: PersonId,
    /// Since when.
    pub assigned: Timestamp,
    /// Until when they should answer.
    pub due: Timestamp,
    /// When they assured it.
    pub assured: Option<Timestamp>,
    /// When it ended, by whatever.
    pub ended: Option<Timestamp>,
    /// What they said of it.
    pub note: String,
}

/// A reviewer, and what may stand between them and a blueprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// Who.
    pub(crate) person: PersonId,
    /// Whether they are of the trust that wrote it.
    pub(crate) of_the_trust: bool,
    /// Whether they declared a conflict with this blueprint.
    pub(crate) conflicted: bool,
}

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It does not stand where the step begins.
    State,
    /// Somebody else has to do it: who did one part does not do another.
    SamePerson,
    /// The reviewer is of the trust that wrote it.
    OwnTrust,
    /// The reviewer declared a conflict.
    Conflict,
    /// The reviewer reviews it already.
    Assigned,
    /// There are as many reviewers as there may be.
    TooMany,
    /// The caller does not review it.
    NotAssigned,
}

impl ReviewState {
    /// Whether something can still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::SignedOff | Self::Assured)
    }
}

impl Assignment {
    /// Whether the reviewer has yet to answer.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

impl Review {
    /// Whether reviewers of other trusts may read what is submitted.
    pub fn shows_to_reviewers(&self) -> bool {
        matches!(self.state, ReviewState::SignedOff | ReviewState::Assured)
    }

    /// Those who have assured it.
    pub fn assurers(&self) -> impl Iterator<Item = PersonId> {
        self.assignments.iter().filter(|assignment| assignment.assured.is_some()).map(|assignment| assignment.reviewer)
    }

    fn in_state(&self, state: ReviewState) -> Result<(), Refusal> {
        if self.state == state { Ok(()) } else { Err(Refusal::State) }
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }

    /// The trust's approver says yes: somebody else than the one who submitted it.
    pub(crate) fn sign_off(&self, by: PersonId, now: Timestamp, due: Timestamp) -> Result<Self, Refusal> {
        self.in_state(ReviewState::Submitted)?;
        if by == self.submitted_by {
            return Err(Refusal::SamePerson);
        }
        Ok(Self { state: ReviewState::SignedOff, signed_off_by: Some(by), signed_off: Some(now), due, ..self.next() })
    }

    fn admits(&self, candidate: Candidate) -> Result<(), Refusal> {
        if candidate.of_the_trust {
            return Err(Refusal::OwnTrust);
        }
        if candidate.conflicted {
            return Err(Refusal::Conflict);
        }
        if candidate.person == self.submitted_by || Some(candidate.person) == self.signed_off_by {
            return Err(Refusal::SamePerson);
        }
        Ok(())
    }

    /// A reviewer is named.
    pub(crate) fn assign(&self, candidate: Candidate, now: Timestamp, due: Timestamp) -> Result<Self, Refusal> {
        self.in_state(ReviewState::SignedOff)?;
        self.admits(candidate)?;
        if self.assignments.iter().any(|assignment| assignment.reviewer == candidate.person) {
            return Err(Refusal::Assigned);
        }
        if self.assignments.len() >= MAX_ASSIGNMENTS {
            return Err(Refusal::TooMany);
        }
        let mut next = self.next();
        next.assignments.push(Assignment {
            reviewer: candidate.person,
            assigned: now,
            due,
            assured: None,
            ended: None,
            note: String::new(),
        });
        Ok(next)
    }

    /// A reviewer says that it holds. What would have kept them from being named keeps them from this, too.
    pub(crate) fn assure(&self, candidate: Candidate, note: String, now: Timestamp) -> Result<Self, Refusal> {
        self.in_state(ReviewState::SignedOff)?;
        self.admits(candidate)?;
        let mut next = self.next();
        let own = next.assignments.iter_mut().find(|own| own.reviewer == candidate.person && own.is_open());
        let own = own.ok_or(Refusal::NotAssigned)?;
        (own.assured, own.ended, own.note) = (Some(now), Some(now), note);
        if next.is_assured() {
            next.state = ReviewState::Assured;
        }
        Ok(next)
    }

    fn is_assured(&self) -> bool {
        u32::try_from(self.assurers().count()).is_ok_and(|assured| assured >= self.needed)
    }

    /// A reviewer declares a conflict: what they did in it counts no more.
    pub(crate) fn conflict_declared(&self, by: PersonId, reason: &str, now: Timestamp) -> Self {
        let mut next = self.next();
        for own in next.assignments.iter_mut().filter(|own| own.reviewer == by) {
            (own.assured, own.note) = (None, reason.to_owned());
            own.ended.get_or_insert(now);
        }
        if next.state == ReviewState::Assured && !next.is_assured() {
            next.state = ReviewState::SignedOff;
        }
        next
    }

    /// Whether this person's word can send it back or refuse it now: the approver's before the sign-off (the service
    /// knows who approves), an assigned reviewer's after.
    pub(crate) fn judged_by(&self, by: PersonId, approves: bool) -> Result<(), Refusal> {
        match self.state {
            ReviewState::Submitted if approves => Ok(()),
            ReviewState::Submitted => Err(Refusal::NotAssigned),
            ReviewState::SignedOff => {
                let assigned = self.assignments.iter().any(|own| own.reviewer == by && own.is_open());
                if assigned { Ok(()) } else { Err(Refusal::NotAssigned) }
            }
            ReviewState::Assured
            | ReviewState::Published
            | ReviewState::ChangesRequested
            | ReviewState::Rejected
            | ReviewState::Retracted => Err(Refusal::State),
        }
    }

    /// It ends without a revision.
    pub(crate) fn close(&self, state: ReviewState, reason: String, now: Timestamp) -> Result<Self, Refusal> {
        if !self.state.is_open() || state.is_open() || state == ReviewState::Published {
            return Err(Refusal::State);
        }
        let mut next = self.next();
        next.end_assignments(now);
        Ok(Self { state, reason, closed: Some(now), ..next })
    }

    /// It ends with a revision, new or confirmed.
    pub(crate) fn publish(&self, revision: RevisionNumber, now: Timestamp) -> Result<Self, Refusal> {
        self.in_state(ReviewState::Assured)?;
        let mut next = self.next();
        next.end_assignments(now);
        Ok(Self { state: ReviewState::Published, revision: Some(revision), closed: Some(now), ..next })
    }

    fn end_assignments(&mut self, now: Timestamp) {
        for assignment in &mut self.assignments {
            assignment.ended.get_or_insert(now);
        }
    }
}
