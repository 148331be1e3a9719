//! Synonyms: list, create, delete, restore. Each change is the next version of the list.

use exemplar_kernel::db::is_unique;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Db, NetworkRole, Once, Page, Paging, Principal, Written};
use serde_json::json;
use uuid::Uuid;

use super::Blueprints;
use crate::Error;
use crate::model::synonym::{Fact, Listed, Synonym, SynonymId};
use crate::search;
use crate::store::synonyms as store;

impl Blueprints {
    /// A page of one version of the synonyms, by term, and which version that is; 0 asks for today's.
    ///
    /// # Errors
    /// [`Error::SynonymVersionNotFound`].
    pub async fn synonyms(&self, version: i64, contains: &str, paging: &Paging) -> Result<(Page<Synonym>, i64), Error> {
        let today = store::version(self.db.read()).await?;
        let version = if version == 0 { today } else { version };
        if version > today {
            return Err(Error::SynonymVersionNotFound(version));
        }
        let rows = store::list(self.db.read(), version, contains, paging).await?;
        Ok((paging.page(rows, store::keys), version))
    }

    /// Adds a synonym.
    ///
    /// # Errors
    /// [`Error::SynonymExists`].
    pub async fn create_synonym(
        &self,
        caller: &Principal,
        fact: Fact,
        key: Option<RequestKey>,
    ) -> Result<Written<Listed>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("blueprints.synonym.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::next_version(&*tx).await?;
        let synonym = Synonym { id: SynonymId::new(tx.id()), fact };
        store::insert(&*tx, std::slice::from_ref(&synonym), version).await.map_err(|error| {
            if is_unique(&error) { Error::SynonymExists(synonym.fact.term.clone()) } else { error.into() }
        })?;
        tx.append(Change::new("blueprints.synonym.create", &synonym.id).after(&synonym.fact));
        let written = tx.commit(Listed { synonym, version }).await?;
        self.use_synonyms().await?;
        Ok(written)
    }

    /// Removes a synonym from today's list.
    ///
    /// # Errors
    /// [`Error::SynonymNotFound`].
    pub async fn delete_synonym(
        &self,
        caller: &Principal,
        id: SynonymId,
        key: Option<RequestKey>,
    ) -> Result<Written<i64>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("blueprints.synonym.delete", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::next_version(&*tx).await?;
        let synonym = store::find(&*tx, id).await?.ok_or(Error::SynonymNotFound(id))?;
        store::end(&*tx, &[id], version).await?;
        tx.append(Change::new("blueprints.synonym.delete", &id).before(&synonym.fact));
        let written = tx.commit(version).await?;
        self.use_synonyms().await?;
        Ok(written)
    }

    /// Makes the list what it was at an earlier version.
    ///
    /// # Errors
    /// [`Error::SynonymVersionNotFound`].
    pub async fn restore_synonyms(
        &self,
        caller: &Principal,
        version: i64,
        key: Option<RequestKey>,
    ) -> Result<Written<i64>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("blueprints.synonym.restore", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let next = store::next_version(&*tx).await?;
        if version >= next {
            return Err(Error::SynonymVersionNotFound(version));
        }
        let (then, today) = (store::all(&*tx, version).await?, store::all(&*tx, next).await?);
        let kept = |one: &[Synonym]| one.iter().map(|synonym| synonym.fact.clone()).collect::<Vec<_>>();
        let (then_facts, today_facts) = (kept(&then), kept(&today));
        let gone: Vec<SynonymId> =
            today.iter().filter(|synonym| !then_facts.contains(&synonym.fact)).map(|synonym| synonym.id).collect();
        let missing = then_facts.into_iter().filter(|fact| !today_facts.contains(fact));
        let back: Vec<Synonym> = missing.map(|fact| Synonym { id: SynonymId::new(tx.id()), fact }).collect();
        store::end(&*tx, &gone, next).await?;
        store::insert(&*tx, &back, next).await?;
        let list = SynonymId::new(Uuid::nil());
        let change = json!({ "restored": version, "version": next, "back": back.len(), "gone": gone.len() });
        tx.append(Change::new("blueprints.synonym.restore", &list).after(&change));
        let written = tx.commit(next).await?;
        self.use_synonyms().await?;
        Ok(written)
    }

    async fn use_synonyms(&self) -> Result<(), Error> {
        self.state.set_synonyms(ready(&self.db).await?);
        Ok(())
    }
}

/// Today's synonyms, ready for searches.
pub(crate) async fn ready(db: &Db) -> Result<search::Synonyms, exemplar_kernel::Error> {
    let version = store::version(db.read()).await?;
    let rules: Vec<_> = store::all(db.read(), version)
        .await?
        .into_iter()
        .map(|synonym| search::Synonym {
            from: synonym.fact.term,
            to: synonym.fact.means,
            both: synonym.fact.both_ways,
        })
        .collect();
    Ok(search::Synonyms::new(&rules, version))
}
