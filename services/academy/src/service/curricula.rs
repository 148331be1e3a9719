//! Curricula: create, look up.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Written, db::is_unique};

use super::Academy;
use crate::Error;
use crate::model::curriculum::{CreateCurriculum, Curriculum, CurriculumName};
use crate::store::curricula as store;

impl Academy {
    /// One revision of a curriculum.
    pub async fn curriculum(&self, name: &CurriculumName) -> Result<Curriculum, Error> {
        store::find(self.db.read(), name).await?.ok_or_else(|| Error::CurriculumNotFound(name.clone()))
    }

    /// The newest revision of each curriculum, by code.
    pub async fn list_curricula(&self, paging: &Paging) -> Result<Page<Curriculum>, Error> {
        let rows = store::list(self.db.read(), paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.code.code().to_owned()]))
    }

    /// Creates a curriculum, or the next revision of the one with the same code.
    pub async fn create_curriculum(
        &self,
        caller: &Principal,
        create: CreateCurriculum,
        key: Option<RequestKey>,
    ) -> Result<Written<Curriculum>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.curriculum.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let newest = store::find(&*tx, &CurriculumName::Newest(create.code.clone())).await?;
        let curriculum = Curriculum::create(create, newest.map(|newest| newest.id).as_ref(), tx.now())?;
        // Two at once take the same number; who comes second tries again and takes the next.
        store::insert(&*tx, &curriculum)
            .await
            .map_err(|error| if is_unique(&error) { exemplar_kernel::Error::Busy } else { error.into() })?;
        tx.append(Change::new("academy.curriculum.create", &curriculum.id).after(&curriculum));
        Ok(tx.commit(curriculum).await?)
    }
}
