//! Digital maturity: recorded entry by entry, read organisation by organisation.

use std::collections::HashMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Violations, Written};

use super::Directory;
use crate::Error;
use crate::model::maturity::{Framework, Level, Maturity, MaturityId, NewMaturity, Step, trend};
use crate::store::maturity as store;
use crate::store::organisations;

impl Directory {
    /// Records an assessment, or corrects one.
    ///
    /// # Errors
    /// [`Error::OrganisationNotFound`], [`Error::MaturityNotFound`], [`Error::MaturityCorrected`].
    pub async fn record_maturity(
        &self,
        caller: &Principal,
        new: NewMaturity,
        key: Option<RequestKey>,
    ) -> Result<Written<Maturity>, Error> {
        if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Lead, &new.organisation)?;
        }
        let mut tx = match self.db.once("directory.maturity.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let mut violations = Violations::new();
        if new.date > tx.now().date() {
            violations.add("maturity.date", "is a day to come");
        }
        violations.check()?;
        if organisations::find(&*tx, &new.organisation).await?.is_none() {
            return Err(Error::OrganisationNotFound(new.organisation));
        }
        let mut published = new.published;
        if let Some(id) = new.corrects {
            let wrong = store::find(&*tx, id).await?;
            let same = |wrong: &Maturity| wrong.organisation == new.organisation && wrong.framework == new.framework;
            let wrong = wrong.filter(same).ok_or(Error::MaturityNotFound(id))?;
            if wrong.corrected_by.is_some() {
                return Err(Error::MaturityCorrected(id));
            }
            // What everybody has read is not taken back by correcting it.
            published |= wrong.published;
        }
        let entry = Maturity {
            id: MaturityId::new(tx.id()),
            organisation: new.organisation,
            framework: new.framework,
            framework_version: new.framework_version,
            date: new.date,
            made: new.made,
            published,
            scores: new.scores,
            source: new.source,
            corrects: new.corrects,
            reason: new.reason,
            corrected_by: None,
            recorded: tx.now(),
        };
        if !store::insert(&*tx, &entry).await? {
            return Err(Error::MaturityCorrected(entry.corrects.unwrap_or(entry.id)));
        }
        tx.append(Change::new("directory.maturity.record", &entry.id).on_behalf(&entry.organisation).after(&entry));
        Ok(tx.commit(entry).await?)
    }

    /// The entries of an organisation that the caller may read, newest assessment first.
    ///
    /// # Errors
    /// [`Error::OrganisationNotFound`].
    pub async fn maturity(
        &self,
        caller: &Principal,
        organisation: &OrganisationId,
        paging: &Paging,
    ) -> Result<Page<Maturity>, Error> {
        self.known(organisation).await?;
        let rows = store::list(self.db.read(), caller, organisation, paging).await?;
        Ok(paging.page(rows, |last| vec![last.date.to_string(), last.id.uuid().to_string()]))
    }

    pub(crate) async fn maturity_trend(
        &self,
        caller: &Principal,
        organisation: &OrganisationId,
        framework: Framework,
    ) -> Result<Vec<Step>, Error> {
        self.known(organisation).await?;
        Ok(trend(store::of_framework(self.db.read(), caller, (organisation, framework)).await?))
    }

    /// What the newest assessment of each organisation says on the whole, by each framework: to weigh how far two are
    /// apart, never to order them for anybody to read. Organisations without an assessment are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn maturity_levels(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, Vec<Level>>, exemplar_kernel::Error> {
        store::levels(self.db.read(), ids, false).await
    }

    /// As [`Directory::maturity_levels`], of the assessments that are published: for what everybody will read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn published_maturity_levels(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, Vec<Level>>, exemplar_kernel::Error> {
        store::levels(self.db.read(), ids, true).await
    }

    async fn known(&self, organisation: &OrganisationId) -> Result<(), Error> {
        let found = organisations::find(self.db.read(), organisation).await?;
        found.map(|_| ()).ok_or_else(|| Error::OrganisationNotFound(organisation.clone()))
    }
}
