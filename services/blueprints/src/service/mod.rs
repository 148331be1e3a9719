//! The verbs of blueprints: authorise, decide, one transaction.

pub(crate) mod adoptions;
mod artefacts;
pub(crate) mod bundles;
pub(crate) mod cards;
pub(crate) mod circulation;
pub(crate) mod comments;
mod custody;
pub(crate) mod demand;
pub(crate) mod draft;
pub(crate) mod exchange;
pub(crate) mod follows;
pub(crate) mod introductions;
pub(crate) mod likeness;
pub(crate) mod publish;
mod remind;
pub(crate) mod reviews;
mod revisions;
pub(crate) mod search;
pub(crate) mod sight;
mod sought;
pub(crate) mod synonyms;
pub(crate) mod terms;
mod uploads;
pub(crate) mod usage;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use exemplar_directory::Directory;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{Db, Page, Paging, Principal, Sequence, Tx};

use crate::Error;
use crate::indexer::IndexState;
use crate::model::{Blueprint, BlueprintId, Which};
use crate::search::Index;
use crate::store::{self, DRAFT};
use search::Shown;
use sight::Owners;

use crate::model::usage::Use;

pub use crate::store::Wanted;
pub use artefacts::{ArtefactSettings, Artefacts, Content as ArtefactContent, RemoveArtefact, UpdateArtefact};
pub use custody::Swept;
pub use sight::Partners;
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
    pub(crate) searched: sought::Searched,
    pub(crate) artefacts: Arc<Artefacts>,
    pub(crate) partners: Arc<dyn Partners>,
    pub(crate) owners: Arc<Owners>,
    pub(crate) settings: ReviewSettings,
    /// Where the world reaches this service.
    pub(crate) address: Arc<str>,
}

/// How reviews go.
#[derive(Clone, Copy, Debug)]
pub struct ReviewSettings {
    /// Reviewers who have to assure each submission, at least 1.
    pub reviewers: u32,
    /// Reviews that one reviewer may have open at a time.
    pub load: u32,
    /// How long each step may take before it is overdue.
    pub due: Duration,
    /// How long a revision holds before it has to be looked at again.
    pub valid: Duration,
}

/// What blueprints need beside the database, the directory and the index.
pub struct Surrounding {
    /// Where files are kept.
    pub artefacts: Artefacts,
    /// Who is paired with whom.
    pub partners: Arc<dyn Partners>,
    /// How reviews go.
    pub reviews: ReviewSettings,
    /// The address at which the world reaches this service, without a slash at its end.
    pub address: String,
}

impl Blueprints {
    /// Blueprints over an open, migrated database and an index that an [`crate::Indexer`] keeps up.
    pub fn new(db: Db, directory: Directory, index: Index, state: Arc<IndexState>, around: Surrounding) -> Self {
        Self {
            shown: Arc::new(Shown::new()),
            noted: usage::Noted::new(),
            searched: sought::Searched::new(),
            owners: Arc::new(Owners::new()),
            artefacts: Arc::new(around.artefacts),
            partners: around.partners,
            settings: around.reviews,
            address: around.address.into(),
            db,
            directory,
            index,
            state,
        }
    }

    /// A blueprint's text, for those who may read it; for others there is no such blueprint. Its authors can see that it
    /// was read.
    pub async fn get(&self, caller: &Principal, id: BlueprintId, which: Which) -> Result<Blueprint, Error> {
        let blueprint = self.read(caller, id, which).await?;
        if blueprint.revision != DRAFT {
            self.note(caller, &blueprint.header, Use::Read);
            self.note_opened(caller, id);
        }
        Ok(blueprint)
    }

    /// As [`Blueprints::get`], without being counted.
    async fn read(&self, caller: &Principal, id: BlueprintId, which: Which) -> Result<Blueprint, Error> {
        let header = self.known(caller, id).await?;
        let drafts = self.shows_draft(caller, &header).await?;
        let revision = match which {
            Which::Newest => header.latest_revision,
            Which::Draft if !drafts => return Err(Error::NotFound(id)),
            Which::Draft => DRAFT,
            Which::Revision(DRAFT) => return Err(Error::RevisionNotFound { blueprint: id, revision: DRAFT }),
            Which::Revision(number) => number,
        };
        let found = store::read(self.db.read(), vec![(revision, header)], true).await?;
        let found = found.into_iter().next().ok_or(Error::RevisionNotFound { blueprint: id, revision })?;
        Ok(found.for_reader(drafts))
    }

    /// A page of the blueprints that the caller may see, newest first, without sections.
    pub async fn list(&self, caller: &Principal, wanted: &Wanted, paging: &Paging) -> Result<Page<Blueprint>, Error> {
        let rows = store::list(self.db.read(), &self.reader(caller).await?, wanted, paging).await?;
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
}

async fn locked_draft(tx: &Tx, id: BlueprintId, expected: Expected) -> Result<Blueprint, Error> {
    let header = store::lock(&**tx, id).await?.ok_or(Error::NotFound(id))?;
    expected.check(header.version)?;
    let draft = store::read(&**tx, vec![(DRAFT, header)], true).await?;
    draft.into_iter().next().ok_or(Error::NotFound(id))
}

/// Refuses to change a draft that stands still: while a review of it is open, and after it was withdrawn. The blueprint
/// must be locked.
async fn draft_moves(tx: &Tx, id: BlueprintId) -> Result<(), Error> {
    if store::header(&**tx, id).await?.is_some_and(|header| header.withdrawn.is_some()) {
        return Err(Error::Withdrawn(id));
    }
    let open = store::reviews::open_of(&**tx, id).await?;
    if open.is_some() { Err(Error::InReview(id)) } else { Ok(()) }
}
