//! What a person does with their follows: save, change, remove, list.

use exemplar_kernel::db::is_unique;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, PersonId, Principal, Tx, Violations, Written, journal};

use super::{Blueprints, terms};
use crate::Error;
use crate::model::follow::{Follow, FollowId, FollowUpdate, MAX_FOLLOWS, NewFollow, Watched};
use crate::store::follows as rows;

impl Blueprints {
    /// Saves a search, or follows a blueprint, an organisation or a topic; the person is told of what is released from
    /// now on.
    ///
    /// # Errors
    /// [`Error::FollowExists`], [`Error::FollowLimit`], and as those who read what is followed.
    pub async fn create_follow(
        &self,
        caller: &Principal,
        new: NewFollow,
        key: Option<RequestKey>,
    ) -> Result<Written<Follow>, Error> {
        let person = caller.signed_in()?;
        self.can_be_followed(caller, &new.watched).await?;
        let mut tx = match self.db.once("blueprints.follow.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let follow = Self::save_follow(&mut tx, person, new).await?;
        Ok(tx.commit(follow).await?)
    }

    /// Saves a follow from now on, if the person has room for it.
    pub(super) async fn save_follow(tx: &mut Tx, person: PersonId, new: NewFollow) -> Result<Follow, Error> {
        if rows::count(&**tx, person).await? >= MAX_FOLLOWS {
            return Err(Error::FollowLimit);
        }
        let NewFollow { name, note, watched, cadence } = new;
        let (id, created) = (FollowId::new(tx.id()), tx.now());
        let from = journal::head(&**tx).await?;
        let follow = Follow { id, person, name, note, watched, cadence, from, created, told: None, version: 1 };
        rows::insert(&**tx, &follow)
            .await
            .map_err(|error| if is_unique(&error) { Error::FollowExists } else { error.into() })?;
        tx.append(Change::new("blueprints.follow.create", &id).after(&follow));
        Ok(follow)
    }

    /// What cannot be found by the caller cannot be followed.
    async fn can_be_followed(&self, caller: &Principal, watched: &Watched) -> Result<(), Error> {
        match watched {
            Watched::Search { filter, .. } => {
                let words = self.directory.vocabularies().await?;
                let mut violations = Violations::new();
                terms::filter(&words, &mut violations, filter);
                Ok(violations.check()?)
            }
            Watched::Blueprint(id) => self.known(caller, *id).await.map(|_| ()),
            Watched::Organisation(id) => Ok(self.directory.organisation(id).await.map(|_| ())?),
            Watched::Topic(id) => {
                let words = self.directory.vocabularies().await?;
                let known = words.get(id.vocabulary, &id.slug).is_some();
                let mut violations = Violations::new();
                if !known || terms::facet(id.vocabulary).is_none() {
                    violations.add("follow.topic", "is no term that blueprints are found by");
                }
                Ok(violations.check()?)
            }
        }
    }

    /// Changes the name, the note or the cadence.
    ///
    /// # Errors
    /// [`Error::FollowNotFound`].
    pub async fn update_follow(
        &self,
        caller: &Principal,
        id: FollowId,
        update: FollowUpdate,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Follow>, Error> {
        let person = caller.signed_in()?;
        let mut tx = match self.db.once("blueprints.follow.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = rows::lock(&*tx, person, id).await?.ok_or(Error::FollowNotFound(id))?;
        expected.check(before.version)?;
        let after = before.clone().updated(update);
        rows::update(&*tx, &after, tx.now()).await?;
        tx.append(Change::new("blueprints.follow.update", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// Ends a follow; what was found for it and not told is forgotten.
    ///
    /// # Errors
    /// [`Error::FollowNotFound`].
    pub async fn delete_follow(
        &self,
        caller: &Principal,
        id: FollowId,
        key: Option<RequestKey>,
    ) -> Result<Written<()>, Error> {
        let person = caller.signed_in()?;
        let mut tx = match self.db.once("blueprints.follow.delete", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = rows::lock(&*tx, person, id).await?.ok_or(Error::FollowNotFound(id))?;
        rows::delete(&*tx, id).await?;
        tx.append(Change::new("blueprints.follow.delete", &id).before(&before));
        Ok(tx.commit(()).await?)
    }

    /// One follow of the caller.
    ///
    /// # Errors
    /// [`Error::FollowNotFound`].
    pub async fn follow(&self, caller: &Principal, id: FollowId) -> Result<Follow, Error> {
        rows::find(self.db.read(), caller.signed_in()?, id).await?.ok_or(Error::FollowNotFound(id))
    }

    /// A page of the caller's follows, newest first.
    pub async fn follows(&self, caller: &Principal, paging: &Paging) -> Result<Page<Follow>, Error> {
        let rows = rows::list(self.db.read(), caller.signed_in()?, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }
}
