//! Cohorts: open, look up.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Written, db::is_unique};
use sea_orm::ConnectionTrait;

use super::Academy;
use crate::Error;
use crate::model::cohort::{Cohort, CohortId, CreateCohort};
use crate::store::{cohorts as store, curricula};

impl Academy {
    /// One cohort.
    pub async fn cohort(&self, id: CohortId) -> Result<Cohort, Error> {
        find(self.db.read(), id).await
    }

    /// The cohorts, newest start first.
    pub async fn list_cohorts(&self, paging: &Paging) -> Result<Page<Cohort>, Error> {
        let rows = store::list(self.db.read(), paging).await?;
        Ok(paging.page(rows, |last| vec![last.start_date.to_string(), last.id.uuid().to_string()]))
    }

    /// Opens a cohort, which keeps the revision of the curriculum that it starts with.
    pub async fn create_cohort(
        &self,
        caller: &Principal,
        create: CreateCohort,
        key: Option<RequestKey>,
    ) -> Result<Written<Cohort>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.cohort.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let curriculum = curricula::find(&*tx, &create.curriculum).await?;
        let curriculum = curriculum.ok_or_else(|| Error::CurriculumNotFound(create.curriculum.clone()))?;
        let cohort = Cohort::open(tx.id(), create, curriculum.id);
        store::insert(&*tx, &cohort)
            .await
            .map_err(|error| if is_unique(&error) { Error::CohortExists } else { error.into() })?;
        tx.append(Change::new("academy.cohort.create", &cohort.id).after(&cohort));
        Ok(tx.commit(cohort).await?)
    }
}

/// The cohort with an id.
pub(super) async fn find(db: &impl ConnectionTrait, id: CohortId) -> Result<Cohort, Error> {
    store::find(db, id).await?.ok_or(Error::CohortNotFound(id))
}
