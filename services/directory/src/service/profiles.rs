//! Profiles: read by everybody who compares, their record systems changed by the organisation.

use std::collections::HashMap;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Tx, Violations, Written,
};

use super::Directory;
use crate::Error;
use crate::model::organisation::Organisation;
use crate::model::profile::{Comparable, MAX_SYSTEMS, RecordSystem, SystemUpdate};
use crate::store::organisations as store;

impl Directory {
    /// The profile of an organisation, for comparing it with others.
    ///
    /// # Errors
    /// [`Error::OrganisationNotFound`].
    pub async fn profile(&self, id: &OrganisationId) -> Result<Comparable, Error> {
        let found = self.profiles(std::slice::from_ref(id)).await?.remove(id);
        found.ok_or_else(|| Error::OrganisationNotFound(id.clone()))
    }

    /// The profiles of some organisations, for comparing them; those that are not registered are left out. The number of
    /// queries does not hang on how many there are, up to 500.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn profiles(&self, ids: &[OrganisationId]) -> Result<HashMap<OrganisationId, Comparable>, Error> {
        let words = self.vocabularies().await?;
        let found = store::find_all(self.db.read(), ids).await?;
        let comparable = |(id, organisation): (OrganisationId, Organisation)| {
            let profile = organisation.profile.comparable(&words, (id.clone(), organisation.country));
            (id, profile)
        };
        Ok(found.into_iter().map(comparable).collect())
    }

    pub(crate) async fn record_systems(
        &self,
        id: &OrganisationId,
        paging: &Paging,
    ) -> Result<Page<RecordSystem>, Error> {
        let found = store::find(self.db.read(), id).await?;
        let organisation = found.ok_or_else(|| Error::OrganisationNotFound(id.clone()))?;
        let after = paging.after.first().and_then(|number| number.parse::<i32>().ok()).unwrap_or_default();
        let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
        let follows = organisation.profile.record_systems.into_iter().filter(|system| system.number > after);
        Ok(paging.page(follows.take(fetch).collect(), |last| vec![last.number.to_string()]))
    }

    pub(crate) async fn add_record_system(
        &self,
        caller: &Principal,
        (id, expected): (&OrganisationId, Expected),
        typed: SystemUpdate,
        key: Option<RequestKey>,
    ) -> Result<Written<RecordSystem>, Error> {
        let tx = match self.open_profile(caller, "directory.organisation.add_record_system", (id, key)).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id, expected).await?;
        if before.profile.record_systems.len() >= MAX_SYSTEMS {
            return Err(Error::RecordSystemsFull(id.clone()));
        }
        let number = before.profile.next_number();
        let system = checked(RecordSystem { number, ..RecordSystem::default() }.updated(typed))?;
        save(tx, "directory.organisation.add_record_system", before, system).await
    }

    pub(crate) async fn update_record_system(
        &self,
        caller: &Principal,
        (id, expected): (&OrganisationId, Expected),
        (number, update): (i32, SystemUpdate),
        key: Option<RequestKey>,
    ) -> Result<Written<RecordSystem>, Error> {
        let tx = match self.open_profile(caller, "directory.organisation.update_record_system", (id, key)).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id, expected).await?;
        let there = before.profile.record_systems.iter().find(|system| system.number == number).cloned();
        let there = there.ok_or_else(|| Error::RecordSystemNotFound { organisation: id.clone(), number })?;
        save(tx, "directory.organisation.update_record_system", before, checked(there.updated(update))?).await
    }

    /// Adds the record systems that the organisations do not have yet (by supplier and product), all or nothing, for a
    /// loader. Those of organisations that are not registered are left out. How many were added.
    ///
    /// # Errors
    /// When the caller may not, or the database fails.
    pub async fn load_record_systems(
        &self,
        caller: &Principal,
        systems: Vec<(OrganisationId, RecordSystem)>,
    ) -> Result<usize, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = self.db.begin("directory.organisation.load_record_systems", caller).await?;
        let ids: Vec<_> = systems.iter().map(|(id, _)| id.clone()).collect();
        store::lock(&*tx, &ids).await?;
        let mut found = store::find_all(&*tx, &ids).await?;
        let mut added = 0;
        for (id, system) in systems {
            let Some(before) = found.get(&id).cloned() else { continue };
            let same = |there: &RecordSystem| (&there.supplier, &there.product) == (&system.supplier, &system.product);
            if before.profile.record_systems.iter().any(same) {
                continue;
            }
            let number = before.profile.next_number();
            let system = RecordSystem { number, ..system }.updated(SystemUpdate::default());
            let mut after = Organisation { version: before.version + 1, updated: tx.now(), ..before.clone() };
            after.profile.put(system);
            store::update(&*tx, &after).await?;
            let change = Change::new("directory.organisation.add_record_system", &id).before(&before).after(&after);
            tx.append(change);
            found.insert(id, after);
            added += 1;
        }
        if added > 0 {
            tx.commit(()).await?;
        }
        Ok(added)
    }

    /// Begins a change of a profile by somebody who may.
    async fn open_profile(
        &self,
        caller: &Principal,
        verb: &'static str,
        (id, key): (&OrganisationId, Option<RequestKey>),
    ) -> Result<Once<RecordSystem>, Error> {
        if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Lead, id)?;
        }
        Ok(self.db.once(verb, caller, key.as_ref()).await?)
    }
}

async fn locked(tx: &Tx, id: &OrganisationId, expected: Expected) -> Result<Organisation, Error> {
    store::lock(&**tx, std::slice::from_ref(id)).await?;
    let found = store::find(&**tx, id).await?.ok_or_else(|| Error::OrganisationNotFound(id.clone()))?;
    expected.check(found.version)?;
    Ok(found)
}

fn checked(system: RecordSystem) -> Result<RecordSystem, Error> {
    let mut violations = Violations::new();
    system.check(&mut violations);
    violations.check()?;
    Ok(system)
}

async fn save(
    mut tx: Tx,
    verb: &'static str,
    before: Organisation,
    system: RecordSystem,
) -> Result<Written<RecordSystem>, Error> {
    let mut organisation = Organisation { version: before.version + 1, updated: tx.now(), ..before.clone() };
    organisation.profile.put(system.clone());
    store::update(&*tx, &organisation).await?;
    tx.append(Change::new(verb, &organisation.id).before(&before).after(&organisation));
    Ok(tx.commit(system).await?)
}
