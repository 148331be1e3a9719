//! Designations: record, list.

use exemplar_kernel::db::is_unique;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Written};

use super::Network;
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
        let designation = Designation::record(DesignationId::new(tx.id()), new);
        store::insert(&*tx, &designation).await.map_err(|error| {
            let Designation { organisation, kind, .. } = &designation;
            if is_unique(&error) {
                Error::DesignationExists { organisation: organisation.clone(), kind: *kind }
            } else {
                error.into()
            }
        })?;
        tx.append(Change::new("network.designation.record", &designation.id).after(&designation));
        Ok(tx.commit(designation).await?)
    }
}
