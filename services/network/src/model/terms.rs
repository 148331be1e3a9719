//! What is fixed about a pairing from its proposal on: between whom, of which kind, in which mode, proposed by which side.

use exemplar_kernel::OrganisationId;
use serde::{Deserialize, Serialize};

use crate::{DesignationKind, Error};

exemplar_kernel::named!(
    /// What the two sides are to each other.
    PairingKind {
        /// An exemplar and a trust that follows it.
        ExemplarFollower = "EXEMPLAR_FOLLOWER",
        /// An exemplar and a partner abroad.
        ExemplarPartner = "EXEMPLAR_PARTNER",
        /// Two exemplars that work as equals.
        ExemplarPeer = "EXEMPLAR_PEER",
    }
);
exemplar_kernel::named!(
    /// How the two sides work together.
    PairingMode {
        /// They share software.
        SharedSoftware = "SHARED_SOFTWARE",
        /// They have one IT team.
        CommonTeam = "COMMON_TEAM",
        /// They adopt standard methods and processes.
        StandardMethods = "STANDARD_METHODS",
    }
);
exemplar_kernel::named!(
    /// Where a pairing stands.
    PairingState {
        /// One side has proposed it; the other has not answered.
        Proposed = "PROPOSED",
        /// The other side said no.
        Declined = "DECLINED",
        /// It was taken back, by the proposer or during due diligence.
        Withdrawn = "WITHDRAWN",
        /// Both want it; what they promise each other is being looked into.
        DueDiligence = "DUE_DILIGENCE",
        /// Nobody answered the proposal in time.
        Expired = "EXPIRED",
        /// Both sides have signed the same revision of their agreement.
        Agreed = "AGREED",
        /// They work together.
        Active = "ACTIVE",
        /// The work rests.
        Paused = "PAUSED",
        /// The work is done.
        Completed = "COMPLETED",
        /// It was ended before the work was done.
        Ended = "ENDED",
    }
);
exemplar_kernel::named!(
    /// One of the two sides of a pairing.
    Side {
        /// The exemplar's.
        Exemplar = "EXEMPLAR",
        /// The follower's, that of the partner abroad, or the other exemplar's.
        Partner = "PARTNER",
    }
);

/// What is fixed about a pairing from its proposal on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The exemplar's organisation.
    pub exemplar: OrganisationId,
    /// The follower's or the partner's organisation.
    pub partner: OrganisationId,
    /// What they are to each other.
    pub kind: PairingKind,
    /// How they work together, where that is said.
    pub mode: Option<PairingMode>,
    /// Which side proposes.
    pub proposer: Side,
}

/// Two organisations in the order of their codes, so that a pair is one pair whoever proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairKey {
    low: OrganisationId,
    high: OrganisationId,
}

impl Side {
    /// The side on which an organisation is, if it is on either.
    pub fn of(who: &OrganisationId, exemplar: &OrganisationId, partner: &OrganisationId) -> Option<Self> {
        if who == exemplar {
            return Some(Self::Exemplar);
        }
        (who == partner).then_some(Self::Partner)
    }

    /// The side across.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Exemplar => Self::Partner,
            Self::Partner => Self::Exemplar,
        }
    }
}

impl PairingKind {
    /// Which side's designation a pairing takes a place of: a follower one of its exemplar's, an exemplar one of its
    /// partner's abroad, equals none.
    pub(crate) const fn takes_place_of(self) -> Option<(Side, DesignationKind)> {
        match self {
            Self::ExemplarFollower => Some((Side::Exemplar, DesignationKind::GlobalExemplar)),
            Self::ExemplarPartner => Some((Side::Partner, DesignationKind::InternationalPartner)),
            Self::ExemplarPeer => None,
        }
    }

    /// What the sides must be designated.
    pub(crate) const fn needs(self) -> &'static [(Side, DesignationKind)] {
        match self {
            Self::ExemplarFollower => &[(Side::Exemplar, DesignationKind::GlobalExemplar)],
            Self::ExemplarPartner => &[
                (Side::Exemplar, DesignationKind::GlobalExemplar),
                (Side::Partner, DesignationKind::InternationalPartner),
            ],
            Self::ExemplarPeer => {
                &[(Side::Exemplar, DesignationKind::GlobalExemplar), (Side::Partner, DesignationKind::GlobalExemplar)]
            }
        }
    }
}

impl Terms {
    /// The organisation on a side.
    pub fn side(&self, side: Side) -> &OrganisationId {
        match side {
            Side::Exemplar => &self.exemplar,
            Side::Partner => &self.partner,
        }
    }

    /// The organisation that proposes.
    pub fn proposer(&self) -> &OrganisationId {
        self.side(self.proposer)
    }

    /// The organisation that is proposed to.
    pub fn answerer(&self) -> &OrganisationId {
        self.side(self.proposer.other())
    }

    /// The two, in order.
    ///
    /// # Errors
    /// [`Error::PairingWithSelf`].
    pub fn pair(&self) -> Result<PairKey, Error> {
        PairKey::new(&self.exemplar, &self.partner)
    }

    /// The two in order, as rows hold them; terms of a row are never of one organisation with itself.
    pub(crate) fn sides(&self) -> PairKey {
        let (one, other) = (&self.exemplar, &self.partner);
        PairKey { low: one.min(other).clone(), high: one.max(other).clone() }
    }

    /// These terms with another organisation on a side.
    pub(crate) fn carried_on(&self, side: Side, by: &OrganisationId) -> Self {
        let mut terms = self.clone();
        match side {
            Side::Exemplar => terms.exemplar = by.clone(),
            Side::Partner => terms.partner = by.clone(),
        }
        terms
    }

    /// Whether these terms propose from the other side what those propose: how they would work together is talked about
    /// later.
    pub(crate) fn mirrors(&self, theirs: &Self) -> bool {
        self.proposer == theirs.proposer.other()
            && (&self.exemplar, &self.partner, self.kind) == (&theirs.exemplar, &theirs.partner, theirs.kind)
    }
}

impl PairKey {
    /// The pair of two organisations, whichever comes first.
    ///
    /// # Errors
    /// [`Error::PairingWithSelf`].
    pub fn new(one: &OrganisationId, other: &OrganisationId) -> Result<Self, Error> {
        if one == other {
            return Err(Error::PairingWithSelf(one.clone()));
        }
        Ok(Self { low: one.min(other).clone(), high: one.max(other).clone() })
    }

    /// The one whose code comes first.
    pub fn low(&self) -> &OrganisationId {
        &self.low
    }

    /// The one whose code comes last.
    pub fn high(&self) -> &OrganisationId {
        &self.high
    }
}
