//! Designations: record, end, list.

use exemplar_kernel::db::is_unique;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Tx, Violations, Written};
use time::Date;

use super::Network;
use crate::model::designation::check_end;
use crate::store::designations as store;
use crate::{Designation, DesignationId, Error, NewDesignation, WantedDesignations};

impl Network {
    /// The designations, newest first.
    pub async fn designations(&self, wanted: &WantedDesignations, paging: &Paging) -> Result<Page<Designation>, Error> {
        let rows = store::list(self.db.read(), wanted, paging).await?;
        Ok(paging.page(rows, store::keys))
    }

    /// Records what the programme named an organisation to be. The server itself may name those that have closed since:
    /// it loads what was.
    pub async fn record_designation(
        &self,
        caller: &Principal,
        new: NewDesignation,
        key: Option<RequestKey>,
    ) -> Result<Written<Designation>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.designation.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        if caller.is_system() {
            self.registered(&tx, &new.organisation).await?;
        } else {
            self.open(&tx, &new.organisation).await?;
        }
        let designation = designate(&mut tx, new).await?;
        Ok(tx.commit(designation).await?)
    }

    /// Ends a designation from a day on, at the latest today. What it was stays; it gives no new places from now on, and
    /// pairings that hold one keep it until they end.
    ///
    /// # Errors
    /// `ROLE_MISSING` for all but PROGRAMME, [`Error::DesignationNotFound`], [`Error::DesignationEnded`], and
    /// `INVALID_REQUEST` for a day that is to come or comes before the start.
    pub async fn end_designation(
        &self,
        caller: &Principal,
        id: DesignationId,
        date: Option<Date>,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Designation>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.designation.end", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.ok_or(Error::DesignationNotFound(id))?;
        let today = tx.now().date();
        let after = before.clone().end(date.unwrap_or(today), reason, today)?;
        store::end(&*tx, &after).await?;
        let change = Change::new("network.designation.end", &id).on_behalf(&after.organisation);
        tx.append(change.before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }
}

/// Adds a designation that was not held at that time, and notes it for the journal. The places that pairings hold of an
/// ended one of its kind become its own.
pub(super) async fn designate(tx: &mut Tx, new: NewDesignation) -> Result<Designation, Error> {
    let mut violations = Violations::new();
    if let Some(end) = new.end_date {
        check_end(&mut violations, "designation.end_date", (new.start_date, end), tx.now().date());
    }
    violations.check()?;
    let mut designation = Designation::record(DesignationId::new(tx.id()), new);
    let Designation { organisation, kind, .. } = designation.clone();
    let mut of_kind = store::lock_of(&**tx, &organisation).await?;
    of_kind.retain(|other| other.kind == kind);
    if of_kind.iter().any(|other| other.overlaps(&designation)) {
        return Err(Error::DesignationExists { organisation, kind });
    }
    if designation.end_date.is_none() {
        for ended in of_kind.iter().filter(|ended| ended.taken > 0) {
            designation.taken += ended.taken;
            store::hold(&**tx, ended.id, 0).await?;
        }
        if designation.taken > designation.capacity {
            return Err(Error::CapacityFull { organisation, kind });
        }
    }
    store::insert(&**tx, &designation).await.map_err(|error| {
        if is_unique(&error) { Error::DesignationExists { organisation, kind } } else { error.into() }
    })?;
    tx.append(Change::new("network.designation.record", &designation.id).after(&designation));
    Ok(designation)
}
