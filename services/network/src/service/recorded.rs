//! Pairings of the past: record what was made elsewhere, one by one or from a file.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Tx, Violations, Written};
use serde::{Deserialize, Serialize};

use super::Network;
use super::pairings::{designated, take_place};
use crate::model::sheet::{self, Row};
use crate::store::pairings as store;
use crate::{Error, Format, Pairing, PairingId, PairingVerdict, RecordedPairing, RowOutcome, WantedPairings};

/// The verdicts of an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedPairings {
    /// One per row of the file.
    pub verdicts: Vec<PairingVerdict>,
}

impl Network {
    /// Records a pairing that was made elsewhere. Its sides may have closed since; for the rest it must be one that could
    /// stand here. Where a side has been carried on since, the successor holds it.
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
        let mut tx = self.db.begin("network.pairing.record", caller).await?;
        let pairing = self.record(&mut tx, recorded).await?;
        Ok(tx.commit(pairing).await?)
    }

    /// Judges every row of a CSV file and, unless only asked to, records all of them or none.
    ///
    /// # Errors
    /// `ROLE_MISSING`; `INVALID_REQUEST` with everything that is wrong with every row, unless only judged.
    pub async fn import_pairings(
        &self,
        caller: &Principal,
        csv: &[u8],
        validate_only: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<ImportedPairings>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut violations = Violations::new();
        let rows = sheet::read(&mut violations, csv);
        violations.check()?;
        let mut tx = if validate_only {
            self.db.begin("network.pairing.import", caller).await?
        } else {
            match self.db.once("network.pairing.import", caller, key.as_ref()).await? {
                Once::Again(answer) => return Ok(answer),
                Once::First(tx) => tx,
            }
        };
        let mut verdicts = Vec::with_capacity(rows.len());
        for row in rows {
            verdicts.push(self.judge(&mut tx, row).await?);
        }
        // A judgement is the same work, rolled back: what it says is what would be.
        if validate_only {
            return Ok(Written { value: ImportedPairings { verdicts }, sequence: 0 });
        }
        refuse_invalid(&verdicts)?;
        if tx.is_silent() {
            return Ok(Written { value: ImportedPairings { verdicts }, sequence: 0 });
        }
        Ok(tx.commit(ImportedPairings { verdicts }).await?)
    }

    /// A page of the pairings that the caller may know of, as a part of a document.
    pub async fn document(
        &self,
        caller: &Principal,
        wanted: &WantedPairings,
        format: Format,
        paging: &Paging,
    ) -> Result<(Vec<u8>, String), Error> {
        let Page { items, next } = self.pairings(caller, wanted, paging).await?;
        Ok((sheet::write(format, &items, paging.after.is_empty()), next))
    }

    async fn judge(&self, tx: &mut Tx, row: Row) -> Result<PairingVerdict, Error> {
        let Row { line, exemplar, partner, parsed } = row;
        let verdict = |outcome, faults| PairingVerdict { line, outcome, exemplar, partner, faults };
        let recorded = match parsed {
            Ok(recorded) => recorded,
            Err(faults) => return Ok(verdict(RowOutcome::Invalid, faults)),
        };
        if recorded.terms.pair().is_ok() && store::known(&**tx, &recorded.terms).await? {
            return Ok(verdict(RowOutcome::Unchanged, Vec::new()));
        }
        match self.record(tx, recorded).await {
            Ok(_) => Ok(verdict(RowOutcome::Created, Vec::new())),
            Err(error) if exemplar_kernel::Fault::kind(&error) == exemplar_kernel::Kind::Internal => Err(error),
            Err(error) => Ok(verdict(RowOutcome::Invalid, vec![error.to_string()])),
        }
    }

    /// Records one pairing. What it refuses, it refuses before the database does, so that a transaction goes on after a
    /// refusal.
    async fn record(&self, tx: &mut Tx, recorded: RecordedPairing) -> Result<Pairing, Error> {
        let pair = recorded.terms.pair()?;
        let pairing = recorded.pairing(PairingId::new(tx.id()), tx.now())?;
        self.registered(tx, &pairing.terms.exemplar).await?;
        self.registered(tx, &pairing.terms.partner).await?;
        let places = designated(tx, &pairing.terms).await?;
        if pairing.state.takes_place() {
            places.as_ref().map_or(Ok(()), crate::Designation::has_room)?;
        }
        if !store::insert(&**tx, &pairing, &pair).await? {
            return Err(Error::PairingExists(pair));
        }
        if pairing.state.takes_place() {
            take_place(tx, &pairing.terms).await?;
        }
        tx.append(Change::new("network.pairing.record", &pairing.id).after(&pairing));
        super::succession::catch_up(tx, pairing).await
    }
}

/// An import with a bad row changes nothing, and says everything that is wrong with every row.
fn refuse_invalid(verdicts: &[PairingVerdict]) -> Result<(), Error> {
    let mut violations = Violations::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.outcome == RowOutcome::Invalid) {
        for fault in &verdict.faults {
            violations.add(format!("csv line {}", verdict.line), fault);
        }
    }
    Ok(violations.check()?)
}
