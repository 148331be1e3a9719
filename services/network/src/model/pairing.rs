//! Pairings: where one stands, who may take it further, and who may know of it.

use std::fmt;
use std::ops::RangeInclusive;

use exemplar_kernel::{NetworkRole, OrganisationId, Principal, Role, Timestamp};
use serde::{Deserialize, Serialize};

use super::terms::{PairingKind, PairingState, Terms};
use crate::Error;

/// A message's length at the most, in characters.
pub(crate) const MAX_MESSAGE: usize = 2000;
/// A reason's length, in characters.
pub(crate) const REASON: RangeInclusive<usize> = 1..=2000;

exemplar_kernel::id!(
    /// One pairing.
    PairingId,
    "pairings"
);

/// Two organisations, one learning from the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// Which.
    pub id: PairingId,
    /// Between whom, and as what.
    pub terms: Terms,
    /// What the proposer wrote; for the two sides and PROGRAMME only.
    pub message: String,
    /// Where it stands.
    pub state: PairingState,
    /// Why it was declined or withdrawn.
    pub reason: String,
    /// When it was proposed.
    pub proposed: Timestamp,
    /// When it was accepted; from then on it is public.
    pub accepted: Option<Timestamp>,
    /// When it was declined or withdrawn.
    pub ended: Option<Timestamp>,
    /// Where it is known from, when it was not made here.
    pub source: String,
    /// 1 when proposed, one more with every change.
    pub version: i64,
}

/// A step that takes a pairing further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The other side says yes.
    Accept,
    /// The other side says no.
    Decline,
    /// It is taken back.
    Withdraw,
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
}

/// Which pairings a list wants; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedPairings {
    /// Those of which each of these is a side.
    pub sides: Vec<OrganisationId>,
    /// Those that stand here.
    pub state: Option<PairingState>,
    /// Those of this kind.
    pub kind: Option<PairingKind>,
}

impl PairingState {
    /// Whether nothing can follow.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Declined | Self::Withdrawn)
    }

    /// Whether a pairing here takes a place of the capacity.
    pub(crate) const fn takes_place(self) -> bool {
        matches!(self, Self::DueDiligence)
    }
}

impl Step {
    /// Who may take this step of a pairing that stands here, and how a refusal names them. Where the pairing has ended
    /// these are all who ever could, so that it is the state that refuses them.
    pub(crate) const fn open_to(self, state: PairingState) -> (&'static [Party], &'static str) {
        match (self, state) {
            (Self::Accept | Self::Decline, _) => (&[Party::Answerer], "LEAD of the side that did not propose"),
            (Self::Withdraw, PairingState::Proposed) => (&[Party::Proposer], "LEAD of the side that proposed"),
            (Self::Withdraw, _) => {
                (&[Party::Proposer, Party::Answerer, Party::Programme], "LEAD of either side, or PROGRAMME")
            }
        }
    }
}

impl Pairing {
    /// A proposal.
    pub(crate) fn propose(id: PairingId, terms: Terms, message: String, now: Timestamp) -> Self {
        Self {
            id,
            terms,
            message,
            state: PairingState::Proposed,
            reason: String::new(),
            proposed: now,
            accepted: None,
            ended: None,
            source: String::new(),
            version: 1,
        }
    }

    /// Meets another proposal between the two: the other side's own of the same kind accepts this one.
    ///
    /// # Errors
    /// [`Error::PairingExists`] when it is anything else.
    pub(crate) fn meet(self, terms: &Terms, now: Timestamp) -> Result<Self, Error> {
        if self.state == PairingState::Proposed && self.terms.mirrors(terms) {
            return self.accept(Party::Answerer, now);
        }
        Err(Error::PairingExists(terms.pair()?))
    }

    /// The pairing in due diligence.
    ///
    /// # Errors
    /// [`Error::PairingState`]; `ROLE_MISSING` for a party that this step is not open to.
    pub(crate) fn accept(self, by: Party, now: Timestamp) -> Result<Self, Error> {
        self.refuse(Step::Accept, by)?;
        let accepted = Some(self.not_before(now));
        Ok(Self { state: PairingState::DueDiligence, accepted, version: self.version + 1, ..self })
    }

    /// The pairing declined.
    ///
    /// # Errors
    /// As [`Pairing::accept`].
    pub(crate) fn decline(self, by: Party, reason: String, now: Timestamp) -> Result<Self, Error> {
        self.refuse(Step::Decline, by)?;
        let ended = Some(self.not_before(now));
        Ok(Self { state: PairingState::Declined, reason, ended, version: self.version + 1, ..self })
    }

    /// The pairing withdrawn.
    ///
    /// # Errors
    /// As [`Pairing::accept`].
    pub(crate) fn withdraw(self, by: Party, reason: String, now: Timestamp) -> Result<Self, Error> {
        self.refuse(Step::Withdraw, by)?;
        let ended = Some(self.not_before(now));
        Ok(Self { state: PairingState::Withdrawn, reason, ended, version: self.version + 1, ..self })
    }

    fn refuse(&self, step: Step, by: Party) -> Result<(), Error> {
        let (parties, needs) = step.open_to(self.state);
        if !parties.contains(&by) {
            return Err(exemplar_kernel::Error::Denied { needs }.into());
        }
        let follows = match self.state {
            PairingState::Proposed => true,
            PairingState::DueDiligence => step == Step::Withdraw,
            PairingState::Declined | PairingState::Withdrawn => false,
        };
        if follows { Ok(()) } else { Err(Error::PairingState { state: self.state, step }) }
    }

    /// `now`, unless the clock of the replica that took the step before runs ahead.
    fn not_before(&self, now: Timestamp) -> Timestamp {
        now.max(self.accepted.unwrap_or(self.proposed))
    }

    /// The organisation that a party acts for.
    pub(crate) fn organisation_of(&self, party: Party) -> Option<&OrganisationId> {
        match party {
            Party::Proposer => Some(self.terms.proposer()),
            Party::Answerer => Some(self.terms.answerer()),
            Party::Programme => None,
        }
    }

    /// The pairing as `caller` may see it. Once accepted everybody knows of it, but the message stays between the two
    /// sides and PROGRAMME; until then nobody else knows of it at all.
    pub(crate) fn seen_by(self, caller: &Principal) -> Option<Self> {
        let inside = caller.holds_network(NetworkRole::Programme)
            || caller.holds(Role::Member, &self.terms.exemplar)
            || caller.holds(Role::Member, &self.terms.partner);
        match (inside, self.accepted) {
            (true, _) => Some(self),
            (false, Some(_)) => Some(Self { message: String::new(), ..self }),
            (false, None) => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::Withdraw => "withdrawn",
        })
    }
}
