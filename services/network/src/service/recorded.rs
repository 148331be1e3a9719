//! Pairings of the past: record what was made elsewhere.

use exemplar_kernel::{Change, NetworkRole, Principal, Written};

use super::Network;
use super::pairings::{designated, take_place};
use crate::store::pairings as store;
use crate::{Error, Pairing, PairingId, RecordedPairing};

impl Network {
    /// Records a pairing that was made elsewhere. Its sides may have closed since; for the rest it must be one that could
    /// stand here.
    ///
    /// # Errors
    /// `ROLE_MISSING` for all but PROGRAMME and the server itself, `ORGANISATION_NOT_FOUND`, `NOT_DESIGNATED`,
    /// `PAIRING_WITH_SELF`, `PAIRING_EXISTS`, `CAPACITY_FULL`, and faults of its texts and instants.
    pub async fn record_pairing(
        &self,
        caller: &Principal,
        recorded: RecordedPairing,
    ) -> Result<Written<Pairing>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let pair = recorded.terms.pair()?;
        let mut tx = self.db.begin("network.pairing.record", caller).await?;
        let pairing = recorded.pairing(PairingId::new(tx.id()), tx.now())?;
        self.registered(&tx, &pairing.terms.exemplar).await?;
        self.registered(&tx, &pairing.terms.partner).await?;
        designated(&tx, &pairing.terms).await?;
        if !store::insert(&*tx, &pairing, &pair).await? {
            return Err(Error::PairingExists(pair));
        }
        if pairing.state.takes_place() {
            take_place(&tx, &pairing.terms).await?;
        }
        tx.append(Change::new("network.pairing.record", &pairing.id).after(&pairing));
        Ok(tx.commit(pairing).await?)
    }
}
