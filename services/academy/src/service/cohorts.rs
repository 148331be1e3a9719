//! Cohorts: open, look up.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, Page, Paging, PersonId, Principal, Written, db::is_check, db::is_unique,
};
use sea_orm::ConnectionTrait;

use super::Academy;
use crate::Error;
use crate::model::cohort::{Cohort, CohortId, CohortSettings, CohortStaff, CreateCohort, StaffRole};
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

    /// Changes a cohort's places, dates and how its learners are chosen; its curriculum and first day stay.
    pub async fn update_cohort(
        &self,
        caller: &Principal,
        update: UpdateCohort,
        key: Option<RequestKey>,
    ) -> Result<Written<Cohort>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.cohort.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let id = update.id;
        let before = store::lock(&*tx, id).await?.ok_or(Error::CohortNotFound(id))?;
        update.expected.check(before.version)?;
        let after = Cohort {
            title: update.title.unwrap_or_else(|| before.title.clone()),
            places: update.places.unwrap_or(before.places),
            settings: update.settings.unwrap_or_else(|| before.settings.clone()),
            version: before.version + 1,
            ..before.clone()
        };
        let mut violations = exemplar_kernel::Violations::new();
        after.settings.check(&mut violations, "cohort", Some(after.start_date));
        violations.check()?;
        store::update(&*tx, &after).await.map_err(|error| {
            if is_unique(&error) {
                Error::CohortExists
            } else if is_check(&error) {
                Error::CohortFull(id)
            } else {
                error.into()
            }
        })?;
        tx.append(Change::new("academy.cohort.update", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// Who works for a cohort, by name.
    pub async fn cohort_staff(&self, id: CohortId) -> Result<Vec<CohortStaff>, Error> {
        find(self.db.read(), id).await?;
        Ok(store::staff(self.db.read(), id).await?)
    }

    /// Says who works for a cohort; they see everything of it.
    pub async fn set_cohort_staff(
        &self,
        caller: &Principal,
        id: CohortId,
        staff: Vec<(PersonId, StaffRole)>,
        key: Option<RequestKey>,
    ) -> Result<Written<Vec<CohortStaff>>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let people: Vec<_> = staff.iter().map(|(person, _)| *person).collect();
        let known = self.directory.people_by_id(&people).await?;
        let mut tx = match self.db.once("academy.cohort.set_staff", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let cohort = store::lock(&*tx, id).await?.ok_or(Error::CohortNotFound(id))?;
        let mut named = Vec::with_capacity(staff.len());
        for (person, role) in staff {
            let found = known.iter().find(|known| known.id == person && known.active);
            let name = found.ok_or(exemplar_directory::Error::PersonNotFound(person))?.display_name.clone();
            named.push(CohortStaff { person, name, role });
        }
        named.sort_by(|a, b| (&a.name, a.person).cmp(&(&b.name, b.person)));
        let before = store::staff(&*tx, id).await?;
        store::set_staff(&*tx, id, &named).await?;
        store::update(&*tx, &Cohort { version: cohort.version + 1, ..cohort }).await?;
        tx.append(Change::new("academy.cohort.set_staff", &id).before(&before).after(&named));
        Ok(tx.commit(named).await?)
    }
}

/// What is to be changed of a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateCohort {
    /// Which.
    pub id: CohortId,
    /// What it is called.
    pub title: Option<String>,
    /// How many learners it has room for.
    pub places: Option<i32>,
    /// Its dates and how its learners are chosen, all of them.
    pub settings: Option<CohortSettings>,
    /// The version that is changed.
    pub expected: Expected,
}

/// The cohort with an id.
pub(super) async fn find(db: &impl ConnectionTrait, id: CohortId) -> Result<Cohort, Error> {
    store::find(db, id).await?.ok_or(Error::CohortNotFound(id))
}
