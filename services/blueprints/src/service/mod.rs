//! The verbs of blueprints: authorise, decide, one transaction.

pub(crate) mod adoptions;
mod artefacts;
pub(crate) mod cards;
mod custody;
pub(crate) mod draft;
pub(crate) mod exchange;
pub(crate) mod follows;
pub(crate) mod introductions;
pub(crate) mod search;
pub(crate) mod synonyms;
pub(crate) mod terms;
mod uploads;
pub(crate) mod usage;
mod watch;

use std::sync::Arc;

use exemplar_directory::Directory;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Db, Once, Page, Paging, PersonId, Principal, Role, Sequence, Tx, Written};
use serde_json::json;

use crate::Error;
use crate::indexer::IndexState;
use crate::model::{Blueprint, BlueprintId, Header, Which};
use crate::search::Index;
use crate::store::{self, DRAFT};
use search::Shown;

use crate::model::usage::Use;

pub use crate::store::Wanted;
pub use artefacts::{ArtefactSettings, Artefacts, Content as ArtefactContent, RemoveArtefact, UpdateArtefact};
pub use custody::Swept;
pub use uploads::{Interrupted, Sent, StartUpload};

/// The context's public face; cheap to clone.
#[derive(Clone)]
pub struct Blueprints {
    pub(crate) db: Db,
    pub(crate) directory: Directory,
    pub(crate) index: Index,
    pub(crate) state: Arc<IndexState>,
    pub(crate) shown: Arc<Shown>,
    pub(crate) noted: usage::Noted,
    pub(crate) artefacts: Arc<Artefacts>,
}

/// Releases a draft.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Which.
    pub id: BlueprintId,
    /// What changed since the revision before.
    pub change_note: String,
    /// Which version of the draft.
    pub expected: Expected,
}

impl Blueprints {
    /// Blueprints over an open, migrated database and an index that an [`crate::Indexer`] keeps up.
    pub fn new(db: Db, directory: Directory, index: Index, state: Arc<IndexState>, artefacts: Artefacts) -> Self {
        let (shown, noted) = (Arc::new(Shown::new()), usage::Noted::new());
        Self { shown, noted, artefacts: Arc::new(artefacts), db, directory, index, state }
    }

    /// Releases the draft as the next revision.
    pub async fn publish(
        &self,
        caller: &Principal,
        publish: Publish,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        let known = self.known(caller, publish.id).await?;
        caller.require(Role::Lead, &known.organisation)?;
        let mut tx = match self.db.once("blueprints.blueprint.publish", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let draft = locked_draft(&tx, publish.id, publish.expected).await?;
        let missing = draft.content.missing();
        if !missing.is_empty() {
            return Err(Error::Incomplete(missing));
        }
        let files = artefacts::passed(&tx, publish.id).await?;
        let latest = draft.header.latest_revision;
        if latest > 0 {
            let newest = store::read(&*tx, vec![(latest, draft.header.clone())], true).await?;
            let same = newest.first().is_some_and(|newest| newest.content == draft.content);
            if same && artefacts::same_as(&tx, publish.id, latest, &files).await? {
                return Err(Error::Unchanged(latest));
            }
        }
        let now = tx.now();
        let revision = Blueprint {
            revision: latest + 1,
            published: Some(now),
            change_note: publish.change_note,
            header: Header { latest_revision: latest + 1, published: Some(now), ..draft.header },
            content: draft.content,
        };
        store::insert_revision(&*tx, &revision, caller.person.map(PersonId::uuid)).await?;
        store::artefacts::freeze(&*tx, &files, revision.revision).await?;
        let change = Change::new("blueprints.blueprint.publish", &publish.id).on_behalf(&revision.header.organisation);
        tx.append(change.after(&json!({ "revision": revision.revision, "change_note": revision.change_note })));
        adoptions::tell_adopters(&mut tx, &revision).await?;
        Ok(tx.commit(revision).await?)
    }

    /// A blueprint's text, for those who may read it; for others there is no such blueprint. Its authors can see that it
    /// was read.
    pub async fn get(&self, caller: &Principal, id: BlueprintId, which: Which) -> Result<Blueprint, Error> {
        let blueprint = self.read(caller, id, which).await?;
        if blueprint.revision != DRAFT {
            self.note(caller, &blueprint.header, Use::Read);
        }
        Ok(blueprint)
    }

    /// As [`Blueprints::get`], without being counted.
    async fn read(&self, caller: &Principal, id: BlueprintId, which: Which) -> Result<Blueprint, Error> {
        let header = self.known(caller, id).await?;
        let revision = match which {
            Which::Newest => header.latest_revision,
            Which::Draft if !header.shows_draft_to(caller) => return Err(Error::NotFound(id)),
            Which::Draft => DRAFT,
            Which::Revision(DRAFT) => return Err(Error::RevisionNotFound { blueprint: id, revision: DRAFT }),
            Which::Revision(number) => number,
        };
        let found = store::read(self.db.read(), vec![(revision, header)], true).await?;
        found.into_iter().next().ok_or(Error::RevisionNotFound { blueprint: id, revision })
    }

    /// A page of the blueprints that the caller may see, newest first, without sections.
    pub async fn list(&self, caller: &Principal, wanted: &Wanted, paging: &Paging) -> Result<Page<Blueprint>, Error> {
        let rows = store::list(self.db.read(), caller, wanted, paging).await?;
        Ok(paging.page(rows, |last| {
            let id = last.header.id.uuid().to_string();
            last.header.published.map_or_else(|| vec![id.clone()], |at| vec![at.micros().to_string(), id.clone()])
        }))
    }

    /// The day that it is.
    pub(crate) fn today(&self) -> time::Date {
        self.db.clock().now().date()
    }

    /// The last committed place of the journal, asked of the database itself.
    pub async fn journal_head(&self) -> Result<Sequence, Error> {
        Ok(exemplar_kernel::journal::head(self.db.read()).await?)
    }

    /// How many blueprints searches go over.
    pub fn indexed(&self) -> u64 {
        self.index.document_count()
    }

    /// Whether searches may lack the newest blueprints.
    pub fn search_is_degraded(&self) -> bool {
        self.state.is_degraded()
    }

    /// The header of a blueprint that the caller may know of.
    async fn known(&self, caller: &Principal, id: BlueprintId) -> Result<Header, Error> {
        let header = store::header(self.db.read(), id).await?;
        let known = |header: &Header| header.shows_revisions_to(caller) || header.shows_draft_to(caller);
        header.filter(known).ok_or(Error::NotFound(id))
    }
}

async fn locked_draft(tx: &Tx, id: BlueprintId, expected: Expected) -> Result<Blueprint, Error> {
    let header = store::lock(&**tx, id).await?.ok_or(Error::NotFound(id))?;
    expected.check(header.version)?;
    let draft = store::read(&**tx, vec![(DRAFT, header)], true).await?;
    draft.into_iter().next().ok_or(Error::NotFound(id))
}
