//! The steps of a pairing: what may follow where, who may take it, and what it makes of the pairing.

use std::fmt;

use exemplar_kernel::{OrganisationId, Timestamp};
use time::Date;

use super::pairing::{Outcome, PROPOSAL_LIFE, Pairing};
use super::terms::{PairingMode, PairingState, Side, Terms};
use crate::Error;

/// A step that takes a pairing further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The other side says yes.
    Accept,
    /// The other side says no.
    Decline,
    /// The other side proposes something else.
    Counter,
    /// It is taken back.
    Withdraw,
    /// The last signature makes it agreed.
    Agree,
    /// The work begins.
    Activate,
    /// The work rests.
    Pause,
    /// The work goes on.
    Resume,
    /// The work is done.
    Complete,
    /// It ends before the work is done.
    End,
    /// The programme puts it elsewhere.
    Override,
    /// Nobody answered in time.
    Expire,
    /// Its two sides become one organisation, or its place is taken by another pairing of theirs.
    Merge,
    /// An organisation is carried on by another.
    Succeed,
}

/// A step with all that it takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Move {
    /// The other side says yes.
    Accept,
    /// The other side says no.
    Decline {
        /// Why.
        reason: String,
    },
    /// The other side proposes something else.
    Counter {
        /// How it wants to work together.
        mode: Option<PairingMode>,
        /// What it writes.
        message: String,
    },
    /// It is taken back.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// The work begins.
    Activate,
    /// The work rests.
    Pause {
        /// Why.
        reason: String,
    },
    /// The work goes on.
    Resume,
    /// The work is done.
    Complete {
        /// What came of it.
        outcome: Outcome,
        /// What was learned.
        reason: String,
    },
    /// It ends before the work is done.
    End {
        /// Why.
        reason: String,
    },
    /// The programme puts it elsewhere.
    Override {
        /// Where.
        to: PairingState,
        /// Why.
        reason: String,
    },
}

/// Who takes a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    /// The side that proposed.
    Proposer,
    /// The side that was proposed to.
    Answerer,
    /// The programme.
    Programme,
    /// The service itself.
    System,
}

impl Step {
    /// Its name, as the journal has it.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Accept => "network.pairing.accept",
            Self::Decline => "network.pairing.decline",
            Self::Counter => "network.pairing.counter",
            Self::Withdraw => "network.pairing.withdraw",
            Self::Agree => "network.pairing.agree",
            Self::Activate => "network.pairing.activate",
            Self::Pause => "network.pairing.pause",
            Self::Resume => "network.pairing.resume",
            Self::Complete => "network.pairing.complete",
            Self::End => "network.pairing.end",
            Self::Override => "network.pairing.override",
            Self::Expire => "network.pairing.expire",
            Self::Merge => "network.pairing.merge",
            Self::Succeed => "network.pairing.succeed",
        }
    }

    /// Who may take this step of a pairing that stands here, and how a refusal names them. Where the pairing has ended
    /// these are all who ever could, so that it is the state that refuses them.
    pub(crate) const fn open_to(self, state: PairingState) -> (&'static [Party], &'static str) {
        match (self, state) {
            (Self::Accept | Self::Decline | Self::Counter, _) => {
                (&[Party::Answerer], "LEAD of the side that did not propose")
            }
            (Self::Withdraw, PairingState::Proposed) => (&[Party::Proposer], "LEAD of the side that proposed"),
            (Self::Withdraw | Self::Activate | Self::Pause | Self::Resume | Self::Complete | Self::End, _) => {
                (&[Party::Proposer, Party::Answerer, Party::Programme], "LEAD of either side, or PROGRAMME")
            }
            (Self::Override, _) => (&[Party::Programme], "PROGRAMME"),
            (Self::Agree, _) => (&[Party::Proposer, Party::Answerer, Party::System], "APPROVER of either side"),
            (Self::Expire | Self::Merge | Self::Succeed, _) => (&[Party::System], "nobody's: the service does it"),
        }
    }

    /// Whether this step can follow where a pairing stands.
    pub(crate) const fn follows(self, state: PairingState) -> bool {
        match self {
            Self::Accept | Self::Decline | Self::Counter | Self::Expire => matches!(state, PairingState::Proposed),
            Self::Withdraw => matches!(state, PairingState::Proposed | PairingState::DueDiligence),
            Self::Agree => matches!(state, PairingState::DueDiligence),
            Self::Activate => matches!(state, PairingState::Agreed),
            Self::Pause | Self::Complete => matches!(state, PairingState::Active),
            Self::Resume => matches!(state, PairingState::Paused),
            Self::End => matches!(state, PairingState::Agreed | PairingState::Active | PairingState::Paused),
            Self::Override => true,
            Self::Merge | Self::Succeed => !state.is_ended(),
        }
    }
}

impl Move {
    /// Which step it is.
    pub const fn step(&self) -> Step {
        match self {
            Self::Accept => Step::Accept,
            Self::Decline { .. } => Step::Decline,
            Self::Counter { .. } => Step::Counter,
            Self::Withdraw { .. } => Step::Withdraw,
            Self::Activate => Step::Activate,
            Self::Pause { .. } => Step::Pause,
            Self::Resume => Step::Resume,
            Self::Complete { .. } => Step::Complete,
            Self::End { .. } => Step::End,
            Self::Override { .. } => Step::Override,
        }
    }
}

impl Pairing {
    /// Meets another proposal between the two: the other side's own of the same kind accepts this one.
    ///
    /// # Errors
    /// [`Error::PairingExists`] when it is anything else.
    pub(crate) fn meet(self, terms: &Terms, now: Timestamp) -> Result<Self, Error> {
        if self.state == PairingState::Proposed && self.terms.mirrors(terms) {
            return self.take(Move::Accept, Party::Answerer, now);
        }
        Err(Error::PairingExists(terms.pair()?))
    }

    /// The pairing after a step.
    ///
    /// # Errors
    /// [`Error::PairingState`]; `ROLE_MISSING` for a party that this step is not open to;
    /// [`Error::AgreementUnsigned`] for an override to where only a signed agreement leads.
    pub(crate) fn take(self, step: Move, by: Party, now: Timestamp) -> Result<Self, Error> {
        self.refuse(step.step(), by)?;
        let now = self.not_before(now);
        match step {
            Move::Accept => Ok(Self { accepted: Some(now), ..self.stands(PairingState::DueDiligence, String::new()) }),
            Move::Decline { reason } => Ok(self.ends(PairingState::Declined, reason, now)),
            Move::Counter { mode, message } => {
                let terms = Terms { mode, proposer: self.terms.proposer.other(), ..self.terms.clone() };
                let countered = self.stands(PairingState::Proposed, String::new());
                Ok(Self { terms, message, expires: Some(now.plus(PROPOSAL_LIFE)), ..countered })
            }
            Move::Withdraw { reason } => {
                let left_behind = self.accepted.map(|_| self.left_by(by));
                Ok(Self { left_behind, ..self.ends(PairingState::Withdrawn, reason, now) })
            }
            Move::Activate => Ok(Self { started: Some(now), ..self.stands(PairingState::Active, String::new()) }),
            Move::Pause { reason } => Ok(self.stands(PairingState::Paused, reason)),
            Move::Resume => Ok(self.stands(PairingState::Active, String::new())),
            Move::Complete { outcome, reason } => {
                Ok(Self { outcome: Some(outcome), ..self.ends(PairingState::Completed, reason, now) })
            }
            Move::End { reason } => {
                let left_behind = Some(self.left_by(by));
                Ok(Self { left_behind, ..self.ends(PairingState::Ended, reason, now) })
            }
            Move::Override { to, reason } => self.overridden(to, reason, now),
        }
    }

    /// The pairing with a revision of its agreement in force; the first one makes it agreed.
    ///
    /// # Errors
    /// As [`Pairing::take`].
    pub(crate) fn agree(self, revision: i32) -> Result<Self, Error> {
        if self.agreement > 0 && self.state.takes_place() && self.state != PairingState::DueDiligence {
            let (state, reason) = (self.state, self.reason.clone());
            return Ok(Self { agreement: revision, ..self.stands(state, reason) });
        }
        self.refuse(Step::Agree, Party::System)?;
        Ok(Self { agreement: revision, ..self.stands(PairingState::Agreed, String::new()) })
    }

    /// The pairing after another organisation took over one that holds a side, from a day on. When that is the other side,
    /// the pairing is completed by the merger (or withdrawn, when it was never accepted): nobody is paired with
    /// themselves.
    pub(crate) fn carried_on(self, side: Side, by: &OrganisationId, date: Date, now: Timestamp) -> Self {
        let other = self.terms.side(side.other()).clone();
        if other == *by {
            let gone = self.terms.side(side);
            let day = exemplar_kernel::day::in_words(date);
            let reason = format!("{gone} became part of {by} on {day}: the two sides are one organisation");
            return self.merged(reason, Timestamp::start_of(date), now);
        }
        let (state, reason) = (self.state, self.reason.clone());
        Self { terms: self.terms.carried_on(side, by), ..self.stands(state, reason) }
    }

    /// The pairing ended by a merger, at `at` as far as that is known to be in order.
    pub(crate) fn merged(self, reason: String, at: Timestamp, now: Timestamp) -> Self {
        let at = self.not_before(at.min(now));
        match self.accepted {
            None => self.ends(PairingState::Withdrawn, reason, at),
            Some(_) => Self { outcome: Some(Outcome::Merged), ..self.ends(PairingState::Completed, reason, at) },
        }
    }

    fn overridden(self, to: PairingState, reason: String, now: Timestamp) -> Result<Self, Error> {
        use PairingState::{Active, Agreed, Completed, DueDiligence, Ended, Paused, Withdrawn};
        let refused = Error::PairingState { state: self.state, step: Step::Override };
        if matches!(to, Agreed | Active | Paused | Completed) && self.agreement == 0 {
            return Err(Error::AgreementUnsigned(self.id));
        }
        let known = matches!(to, DueDiligence | Agreed | Active | Paused | Completed | Ended | Withdrawn);
        if !known || to == self.state || (to == Ended && self.accepted.is_none()) {
            return Err(refused);
        }
        let left_behind = (matches!(to, Ended | Withdrawn) && self.accepted.is_some()).then_some(Side::Partner);
        if to.is_ended() {
            return Ok(Self { left_behind, outcome: None, ..self.ends(to, reason, now) });
        }
        let started = if matches!(to, Active | Paused) { self.started.or(Some(now)) } else { self.started };
        let accepted = self.accepted.or(Some(now));
        let standing = self.stands(to, reason);
        Ok(Self { accepted, started, ended: None, outcome: None, left_behind: None, ..standing })
    }

    fn stands(self, state: PairingState, reason: String) -> Self {
        Self { state, reason, version: self.version + 1, ..self }
    }

    fn ends(self, state: PairingState, reason: String, at: Timestamp) -> Self {
        Self { ended: Some(at), ..self.stands(state, reason) }
    }

    /// Whom a party that ends the pairing leaves behind: the other side; the programme takes the exemplar away.
    fn left_by(&self, party: Party) -> Side {
        match party {
            Party::Proposer => self.terms.proposer.other(),
            Party::Answerer => self.terms.proposer,
            Party::Programme | Party::System => Side::Partner,
        }
    }

    fn refuse(&self, step: Step, by: Party) -> Result<(), Error> {
        let (parties, needs) = step.open_to(self.state);
        if !parties.contains(&by) {
            return Err(exemplar_kernel::Error::Denied { needs }.into());
        }
        if step.follows(self.state) { Ok(()) } else { Err(Error::PairingState { state: self.state, step }) }
    }

    /// `now`, unless the clock of the replica that took a step before runs ahead.
    fn not_before(&self, now: Timestamp) -> Timestamp {
        [Some(self.proposed), self.accepted, self.started, self.ended].into_iter().flatten().fold(now, Timestamp::max)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::Counter => "countered",
            Self::Withdraw => "withdrawn",
            Self::Agree => "agreed",
            Self::Activate => "activated",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Complete => "completed",
            Self::End => "ended",
            Self::Override => "put there",
            Self::Expire => "expired",
            Self::Merge => "merged",
            Self::Succeed => "carried on",
        })
    }
}
