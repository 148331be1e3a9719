//! Pairings: where one stands, and who may know of it.

use std::ops::RangeInclusive;
use std::time::Duration;

use exemplar_kernel::{NetworkRole, OrganisationId, Principal, Role, Timestamp};
use serde::{Deserialize, Serialize};

use super::step::Party;
use super::terms::{PairingKind, PairingState, Side, Terms};

/// A message's length at the most, in characters.
pub(crate) const MAX_MESSAGE: usize = 2000;
/// A reason's length, in characters.
pub(crate) const REASON: RangeInclusive<usize> = 1..=2000;
/// How long a proposal waits for its answer.
pub(crate) const PROPOSAL_LIFE: Duration = Duration::from_hours(60 * 24);

exemplar_kernel::id!(
    /// One pairing.
    PairingId,
    "pairings"
);
exemplar_kernel::id!(
    /// Some pairings that share one agreement.
    GroupId,
    "pairing-groups"
);
exemplar_kernel::named!(
    /// What came of a pairing that was completed.
    Outcome {
        /// What was agreed was done.
        Achieved = "ACHIEVED",
        /// A part of it was.
        PartlyAchieved = "PARTLY_ACHIEVED",
        /// Nothing of it was.
        NotAchieved = "NOT_ACHIEVED",
        /// The two sides became one organisation.
        Merged = "MERGED",
    }
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
    /// Why it stands so, where the last step gave a reason.
    pub reason: String,
    /// When it was proposed.
    pub proposed: Timestamp,
    /// When the proposal expires unless it is answered; none when it was not made here.
    pub expires: Option<Timestamp>,
    /// When it was accepted; from then on it is public.
    pub accepted: Option<Timestamp>,
    /// When the work began.
    pub started: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub ended: Option<Timestamp>,
    /// The group whose agreement is its own.
    pub group: Option<GroupId>,
    /// The revision of the agreement that is in force; 0 before one is.
    pub agreement: i32,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// The side that was left behind when it was ended.
    pub left_behind: Option<Side>,
    /// Where it is known from, when it was not made here.
    pub source: String,
    /// 1 when proposed, one more with every change.
    pub version: i64,
}

/// Which pairings a list wants; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedPairings {
    /// Those of which each of these holds a side, or held it before it was carried on.
    pub sides: Vec<OrganisationId>,
    /// Those that stand here.
    pub state: Option<PairingState>,
    /// Those of this kind.
    pub kind: Option<PairingKind>,
}

/// Who holds a side of a pairing, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The side.
    pub side: Side,
    /// The organisation.
    pub organisation: OrganisationId,
    /// From when; none: from the proposal on.
    pub from: Option<Timestamp>,
    /// Until when; none: still.
    pub to: Option<Timestamp>,
}

/// An organisation that the other side of a pairing left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Who.
    pub organisation: OrganisationId,
    /// The pairing that was ended.
    pub pairing: PairingId,
    /// What it was in that pairing.
    pub side: Side,
    /// Since when it waits.
    pub since: Timestamp,
    /// Why the pairing was ended.
    pub reason: String,
}

impl PairingState {
    /// Those from which something can follow.
    pub(crate) const LIVE: [Self; 5] = [Self::Proposed, Self::DueDiligence, Self::Agreed, Self::Active, Self::Paused];

    /// Whether nothing can follow, save an override.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Declined | Self::Withdrawn | Self::Expired | Self::Completed | Self::Ended)
    }

    /// Whether a pairing here is accepted and goes on; it takes a place of the capacity then.
    pub(crate) const fn takes_place(self) -> bool {
        matches!(self, Self::DueDiligence | Self::Agreed | Self::Active | Self::Paused)
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
            expires: Some(now.plus(PROPOSAL_LIFE)),
            accepted: None,
            started: None,
            ended: None,
            group: None,
            agreement: 0,
            outcome: None,
            left_behind: None,
            source: String::new(),
            version: 1,
        }
    }

    /// The pairing as it is at `now`: a proposal that nobody answered in time has expired, whether or not that was
    /// written down.
    #[must_use]
    pub(crate) fn at(self, now: Timestamp) -> Self {
        match self.expires {
            Some(expires) if self.state == PairingState::Proposed && expires <= now => Self {
                state: PairingState::Expired,
                reason: "nobody answered in time".to_owned(),
                ended: Some(expires),
                version: self.version + 1,
                ..self
            },
            _ => self,
        }
    }

    /// The organisation that a party acts for.
    pub(crate) fn organisation_of(&self, party: Party) -> Option<&OrganisationId> {
        match party {
            Party::Proposer => Some(self.terms.proposer()),
            Party::Answerer => Some(self.terms.answerer()),
            Party::Programme | Party::System => None,
        }
    }

    /// Whether the caller belongs to one of the two sides, or to the programme.
    pub(crate) fn is_inside(&self, caller: &Principal) -> bool {
        caller.holds_network(NetworkRole::Programme)
            || caller.holds(Role::Member, &self.terms.exemplar)
            || caller.holds(Role::Member, &self.terms.partner)
    }

    /// The pairing as `caller` may see it. Once accepted everybody knows of it, but the message stays between the two
    /// sides and PROGRAMME; until then nobody else knows of it at all.
    pub(crate) fn seen_by(self, caller: &Principal) -> Option<Self> {
        match (self.is_inside(caller), self.accepted) {
            (true, _) => Some(self),
            (false, Some(_)) => Some(Self { message: String::new(), ..self }),
            (false, None) => None,
        }
    }
}
