//! Agreements: revisions that never change, and who has signed which.

use std::ops::RangeInclusive;

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pairing::Pairing;
use crate::Error;

/// An agreement's length, in characters.
pub(crate) const TEXT: RangeInclusive<usize> = 1..=20_000;
/// Pairings of a group.
pub(crate) const GROUP: RangeInclusive<usize> = 2..=45;

/// One revision of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// 1 for the first.
    pub revision: i32,
    /// What is promised.
    pub text: String,
    /// Who wrote it.
    pub organisation: OrganisationId,
    /// When.
    pub drafted: Timestamp,
    /// Who has signed it, in the order they did.
    pub signatures: Vec<Signature>,
}

/// One organisation's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Who signed for it.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
}

/// The pairings that share one agreement: one alone, or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The pairing that was asked for.
    pub(crate) asked: Pairing,
    /// All of them, that one included, in the order of their ids.
    pub(crate) pairings: Vec<Pairing>,
}

impl Scope {
    /// What agreements are kept under: the group, or the pairing itself.
    pub(crate) fn key(&self) -> Uuid {
        scope_of(&self.asked)
    }

    /// Who must sign: every organisation on a side of a pairing that goes on.
    pub(crate) fn signatories(&self) -> Vec<OrganisationId> {
        let live = self.pairings.iter().filter(|pairing| pairing.state.takes_place());
        let mut all: Vec<_> =
            live.flat_map(|pairing| [pairing.terms.exemplar.clone(), pairing.terms.partner.clone()]).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What a pairing's agreements are kept under.
pub(crate) fn scope_of(pairing: &Pairing) -> Uuid {
    pairing.group.map_or(pairing.id.uuid(), super::pairing::GroupId::uuid)
}

impl Agreement {
    /// Those of `signatories` who have not signed it.
    pub(crate) fn missing(&self, signatories: &[OrganisationId]) -> Vec<OrganisationId> {
        let signed = |who: &OrganisationId| self.signatures.iter().any(|signature| signature.organisation == *who);
        signatories.iter().filter(|who| !signed(who)).cloned().collect()
    }

    /// The revision with one more signature.
    ///
    /// # Errors
    /// [`Error::AgreementSuperseded`] unless it is the newest and the one that was read; [`Error::AgreementSigned`].
    pub(crate) fn sign(mut self, read: i32, signature: Signature) -> Result<Self, Error> {
        if read != self.revision {
            return Err(Error::AgreementSuperseded { read, newest: self.revision });
        }
        if self.signatures.iter().any(|known| known.organisation == signature.organisation) {
            return Err(Error::AgreementSigned { organisation: signature.organisation, revision: read });
        }
        self.signatures.push(signature);
        Ok(self)
    }
}
