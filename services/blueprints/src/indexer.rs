//! What keeps the index equal to the database: one task that tails the journal.
//!
//! The watermark is in the index's own commit. What was published is read from the database after the journal entry
//! that tells of it, so that a document may be newer than the watermark but never older; applying it again is no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use exemplar_directory::{Directory, Level, Organisation, Vocabularies, Vocabulary};
use exemplar_kernel::journal::{self, Entry};
use exemplar_kernel::{Db, OrganisationId, Sequence, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::Error;
use crate::model::adoption::AdoptionId;
use crate::model::artefact::ArtefactId;
use crate::model::{Blueprint, BlueprintId, Content, SectionKind};
use crate::personal::REDACT;
use crate::plain::plain;
use crate::search::{self, Change, Document, FILE, Facet, Index, Opened, Synonyms};
use crate::service::likeness::maturity;
use crate::service::synonyms;
use crate::store;
use crate::store::blobs::ArtefactText;

/// How often the journal is asked for what other replicas did; this process's own commits wake the task at once.
const POLL: Duration = Duration::from_millis(250);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// What changes a document, or takes it out.
const CHANGING: [&str; 4] = [
    "blueprints.blueprint.publish",
    "blueprints.blueprint.renew",
    "blueprints.blueprint.set_visibility",
    "blueprints.blueprint.withdraw",
];
/// What changes how many have adopted a blueprint.
const ADOPTING: [&str; 3] = ["blueprints.adoption.adopt", "blueprints.adoption.advance", "blueprints.adoption.stop"];
/// What changes what is said of an organisation's blueprints.
const PROFILING: [&str; 4] = [
    "directory.organisation.update",
    "directory.organisation.add_record_system",
    "directory.organisation.update_record_system",
    "directory.organisation.load_record_systems",
];
/// Blueprints read at a time for a rebuild.
const BATCH: u64 = 200;

/// How the index is, for answers and for the status page.
#[derive(Debug, Default)]
pub struct IndexState {
    /// It is being rebuilt, or has to be.
    rebuilding: AtomicBool,
    /// What the journal told last could not be applied.
    behind: AtomicBool,
    wake: Notify,
    /// What searches take for each other.
    synonyms: RwLock<Arc<Synonyms>>,
}

impl IndexState {
    /// Whether answers may lack the newest blueprints.
    pub fn is_degraded(&self) -> bool {
        self.must_rebuild() || self.behind.load(Ordering::SeqCst)
    }

    /// What searches take for each other now.
    pub(crate) fn synonyms(&self) -> Arc<Synonyms> {
        Arc::clone(&self.synonyms.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another version of them into use; an older one never.
    pub(crate) fn set_synonyms(&self, synonyms: Synonyms) {
        let mut used = self.synonyms.write().unwrap_or_else(PoisonError::into_inner);
        if synonyms.version >= used.version {
            *used = Arc::new(synonyms);
        }
    }

    fn must_rebuild(&self) -> bool {
        self.rebuilding.load(Ordering::SeqCst)
    }

    /// Says that the index cannot be read, so that it is rebuilt.
    pub(crate) fn damaged(&self, error: &search::Error) {
        if matches!(error, search::Error::Damaged(_)) && !self.rebuilding.swap(true, Ordering::SeqCst) {
            tracing::error!(error = exemplar_kernel::error::chain(error), "the search index is damaged; rebuilding");
            self.wake.notify_one();
        }
    }
}

/// The task that keeps the index up.
pub struct Indexer {
    db: Db,
    directory: Directory,
    index: Index,
    state: Arc<IndexState>,
    /// What works on the folder, on threads that may block.
    working: TaskTracker,
}

impl Indexer {
    /// Opens the index in `folder`. Whatever is wrong with what is there, this succeeds, and [`Indexer::run`] rebuilds.
    ///
    /// # Errors
    /// When the folder cannot be written, or another process writes in it.
    pub async fn open(db: Db, directory: Directory, folder: &Path) -> Result<Self, OpenError> {
        let epoch = db.epoch().await?;
        let head = journal::head(db.read()).await?;
        let (index, opened) = Index::open(folder, epoch)?;
        let state = Arc::new(IndexState::default());
        state.set_synonyms(synonyms::ready(&db).await?);
        match &opened {
            Opened::Continued { sequence, .. } if *sequence > head => {
                tracing::warn!(sequence, head, "the search index is newer than the database; rebuilding");
                state.rebuilding.store(true, Ordering::SeqCst);
            }
            Opened::Continued { sequence, documents } => tracing::debug!(sequence, documents, "search index opened"),
            // A new database has nothing to build an index from.
            Opened::Anew(_) if head == 0 => tracing::debug!("search index begun"),
            Opened::Anew(why) => {
                tracing::info!(?why, "search index started anew");
                state.rebuilding.store(true, Ordering::SeqCst);
            }
        }
        Ok(Self { db, directory, index, state, working: TaskTracker::new() })
    }

    /// The index, for searches.
    pub fn index(&self) -> Index {
        self.index.clone()
    }

    /// How it is.
    pub fn state(&self) -> Arc<IndexState> {
        Arc::clone(&self.state)
    }

    /// Follows the journal until `stop`, and ends when nothing works on the folder any more. A failure is logged, and
    /// tried again.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = self.keep_up() => {}
            () = stop.cancelled() => {}
        }
        self.working.close();
        self.working.wait().await;
    }

    async fn keep_up(&self) {
        let mut hint = self.db.hint();
        loop {
            let step = if self.state.must_rebuild() { self.rebuild(|_, _| ()).await } else { self.follow().await };
            self.state.behind.store(step.is_err(), Ordering::SeqCst);
            match step {
                Ok(true) => {}
                Ok(false) => {
                    tokio::select! {
                        _ = hint.changed() => {}
                        () = self.state.wake.notified() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
                Err(error) => {
                    if let Error::SearchUnavailable(error) = &error {
                        self.state.damaged(error);
                    }
                    tracing::error!(
                        error = exemplar_kernel::error::chain(&error),
                        "the search index was not brought up"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Applies what the journal tells of; whether there was anything.
    async fn follow(&self) -> Result<bool, Error> {
        let entries = journal::read(self.db.read(), self.index.sequence(), journal::MAX_FEED).await?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(false) };
        if entries.iter().any(|entry| entry.verb.starts_with("blueprints.synonym.")) {
            self.state.set_synonyms(synonyms::ready(&self.db).await?);
        }
        // A document that is replaced stays in its segment until that is merged away: somebody whose data is erased is
        // gone only from an index that is built anew. Nothing is applied before, so that a crash comes back to here.
        if entries.iter().any(|entry| entry.verb == REDACT) {
            self.state.rebuilding.store(true, Ordering::SeqCst);
            return Ok(true);
        }
        let ids = self.concerned(&entries).await?;
        let changes = self.changes(ids).await?;
        self.apply(changes, last).await?;
        Ok(true)
    }

    /// The blueprints whose documents the entries may change.
    async fn concerned(&self, entries: &[Entry]) -> Result<BTreeSet<Uuid>, Error> {
        let mut ids = BTreeSet::new();
        let (mut renamed, mut artefacts, mut adoptions) = (BTreeSet::new(), Vec::new(), Vec::new());
        for entry in entries {
            if CHANGING.contains(&entry.verb.as_str())
                && let Ok(id) = BlueprintId::parse(&entry.resource)
            {
                ids.insert(id.uuid());
            }
            if entry.verb.starts_with("blueprints.artefact.")
                && let Ok(id) = ArtefactId::parse(&entry.resource)
            {
                artefacts.push(id.uuid());
            }
            if ADOPTING.contains(&entry.verb.as_str())
                && let Ok(id) = AdoptionId::parse(&entry.resource)
            {
                adoptions.push(id.uuid());
            }
            if PROFILING.contains(&entry.verb.as_str())
                && let Ok(organisation) = OrganisationId::parse(&entry.resource)
            {
                renamed.insert(organisation);
            }
            if entry.verb == "directory.maturity.record"
                && let Some(Ok(organisation)) = entry.on_behalf.as_deref().map(OrganisationId::parse)
            {
                renamed.insert(organisation);
            }
        }
        if !artefacts.is_empty() {
            ids.extend(store::artefacts::blueprints_of(self.db.read(), &artefacts).await?);
        }
        if !adoptions.is_empty() {
            ids.extend(store::adoptions::blueprints_of(self.db.read(), &adoptions).await?);
        }
        for organisation in renamed {
            ids.extend(store::released_of(self.db.read(), organisation.code()).await?);
        }
        Ok(ids)
    }

    async fn changes(&self, ids: BTreeSet<Uuid>) -> Result<Vec<Change>, Error> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let headers = store::headers(self.db.read(), &ids).await?;
        let documents = self.documents(headers).await?;
        let removed = ids.iter().filter(|id| documents.iter().all(|document| document.id != **id));
        let mut changes: Vec<Change> = removed.map(|id| Change::Remove(*id)).collect();
        changes.extend(documents.into_iter().map(|document| Change::Put(Box::new(document))));
        Ok(changes)
    }

    async fn documents(&self, headers: Vec<crate::model::Header>) -> Result<Vec<Document>, Error> {
        let mut codes: Vec<_> = headers.iter().map(|header| header.organisation.clone()).collect();
        codes.sort();
        codes.dedup();
        let organisations = self.directory.organisations_by_id(&codes).await?;
        let wanted = headers
            .into_iter()
            .filter(|header| header.latest_revision > 0 && header.withdrawn.is_none())
            .map(|header| (header.latest_revision, header))
            .collect();
        let blueprints = store::read(self.db.read(), wanted, true).await?;
        let words = self.directory.vocabularies().await?;
        let ids: Vec<Uuid> = blueprints.iter().map(|blueprint| blueprint.header.id.uuid()).collect();
        let holders = store::artefacts::holders(self.db.read(), &ids).await?;
        let live = store::adoptions::count_live(self.db.read(), &ids).await?;
        let levels = self.directory.published_maturity_levels(&codes).await?;
        let mut documents = Vec::with_capacity(blueprints.len());
        for blueprint in blueprints {
            let organisation = organisations.get(&blueprint.header.organisation);
            let (id, revision, visibility) = (blueprint.header.id, blueprint.revision, blueprint.header.visibility);
            let adoptions = live.get(&id.uuid()).copied().unwrap_or_default();
            let mature = levels.get(&blueprint.header.organisation).map(Vec::as_slice).unwrap_or_default();
            let mut document = Document { adoptions, ..document(&words, organisation, mature, blueprint) };
            if holders.contains(&id.uuid()) {
                let texts = store::blobs::artefact_texts(self.db.read(), id, revision).await?;
                // A file that fewer may read than the blueprint is not searched: its words would tell of it.
                let open = texts.into_iter().filter(|text| visibility.is_within(text.visibility));
                let file = |text: ArtefactText| {
                    (format!("{FILE}{}", text.file_name), format!("{}\n{}", text.description, text.text))
                };
                document.sections.extend(open.map(file));
            }
            documents.push(document);
        }
        Ok(documents)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, search::Error> + Send + 'static,
    ) -> Result<T, Error> {
        match self.working.spawn_blocking(work).await {
            Ok(done) => done.map_err(Error::SearchUnavailable),
            Err(error) => Err(exemplar_kernel::Error::Inconsistent(format!("indexing broke: {error}")).into()),
        }
    }

    async fn apply(&self, changes: Vec<Change>, upto: Sequence) -> Result<(), Error> {
        let index = self.index.clone();
        self.blocking(move || index.apply(changes, upto)).await
    }

    /// Builds the index again from the database, beside the one that is searched. `progress` hears how many documents
    /// are in it so far, and how many there will be.
    ///
    /// # Errors
    /// When the database cannot be read or the folder cannot be written.
    pub async fn rebuild(&self, mut progress: impl FnMut(u64, u64)) -> Result<bool, Error> {
        let head = journal::head(self.db.read()).await?;
        let total = store::count_released(self.db.read()).await?;
        let index = self.index.clone();
        let mut rebuild = self.blocking(move || index.rebuild()).await?;
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            let headers = store::released_after(self.db.read(), after, BATCH).await?;
            let Some(last) = headers.last() else { break };
            after = last.id.uuid();
            let documents = self.documents(headers).await?;
            done += documents.len() as u64;
            rebuild = self
                .blocking(move || {
                    for document in &documents {
                        rebuild.add(document)?;
                    }
                    Ok(rebuild)
                })
                .await?;
            progress(done, total);
        }
        self.blocking(move || rebuild.finish(head)).await?;
        self.state.rebuilding.store(false, Ordering::SeqCst);
        tracing::info!(documents = self.index.document_count(), sequence = head, "search index rebuilt");
        Ok(true)
    }

    /// The blueprints that the index has and the database has not, or in another revision, and the other way round.
    ///
    /// # Errors
    /// When either cannot be read.
    pub async fn differences(&self) -> Result<Vec<Uuid>, Error> {
        let index = self.index.clone();
        let listed = self.blocking(move || index.listing()).await?;
        let mut stored = Vec::new();
        let mut after = Uuid::nil();
        loop {
            let headers = store::released_after(self.db.read(), after, BATCH).await?;
            let Some(last) = headers.last() else { break };
            after = last.id.uuid();
            stored.extend(headers.iter().map(|header| (header.id.uuid(), header.latest_revision)));
        }
        let (listed, stored): (BTreeSet<_>, BTreeSet<_>) = (listed.into_iter().collect(), stored.into_iter().collect());
        Ok(listed.symmetric_difference(&stored).map(|(id, _)| *id).collect())
    }
}

/// Why the index could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database failed.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// The folder cannot be used.
    #[error(transparent)]
    Search(#[from] search::Error),
}

/// What the index keeps of a blueprint; what it does not say itself is said by its organisation's profile.
fn document(
    words: &Vocabularies,
    organisation: Option<&Organisation>,
    levels: &[Level],
    blueprint: Blueprint,
) -> Document {
    let sections = sections(&blueprint.content);
    let Blueprint { header, revision, content, .. } = blueprint;
    let profile = organisation.map(|organisation| organisation.profile.clone()).unwrap_or_default();
    let epr = profile.epr(words.today()).cloned().unwrap_or_default();
    let canonical = |vocabulary: Vocabulary, said: Vec<String>, profile: String| {
        let said: Vec<String> = said.into_iter().filter(|key| !key.is_empty()).collect();
        let keys = if said.is_empty() && !profile.is_empty() { vec![profile] } else { said };
        keys.iter().map(|key| words.canonical(vocabulary, key).to_owned()).collect::<Vec<_>>()
    };
    let (suppliers, products) = content.eprs.into_iter().map(|epr| (epr.supplier, epr.product)).unzip();
    let keys = BTreeMap::from([
        (Facet::CareSetting, content.care_settings),
        (Facet::ProjectType, content.project_types),
        (Facet::Organisation, vec![header.organisation.code().to_owned()]),
        (Facet::Level, content.level.map(|level| level.name().to_owned()).into_iter().collect()),
        (Facet::Kind, content.kind.map(|kind| kind.name().to_owned()).into_iter().collect()),
        (Facet::EprSupplier, canonical(Vocabulary::EprSupplier, suppliers, epr.supplier)),
        (Facet::EprProduct, canonical(Vocabulary::EprProduct, products, epr.product)),
        (Facet::Region, canonical(Vocabulary::Region, vec![content.region], profile.region)),
        (Facet::SizeBand, canonical(Vocabulary::SizeBand, vec![content.size_band], profile.size_band)),
        (Facet::Maturity, maturity(levels)),
        (Facet::UserGroup, content.user_groups),
        (Facet::Pillar, content.pillars),
        (Facet::Funder, content.funders),
    ]);
    Document {
        id: header.id.uuid(),
        revision,
        audience: header.audience(),
        organisation_name: organisation.map(|organisation| organisation.display_name.clone()).unwrap_or_default(),
        keys,
        review: header.review_due.map(Timestamp::micros),
        adoptions: 0,
        published: header.published.map_or(0, Timestamp::micros),
        title: content.title,
        summary: content.summary,
        sections,
    }
}

/// The sections as their readers see them; questions, benefits and contacts stand in theirs.
fn sections(content: &Content) -> Vec<(String, String)> {
    let mut texts: BTreeMap<SectionKind, String> =
        content.sections.iter().map(|(kind, body)| (*kind, plain(body))).collect();
    let mut add = |kind, line: String| {
        let text = texts.entry(kind).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    };
    for question in &content.questions {
        add(SectionKind::QuestionsAnswered, question.clone());
    }
    for benefit in &content.benefits {
        add(SectionKind::Benefits, benefit.measure.clone());
    }
    for contact in &content.contacts {
        add(SectionKind::Contacts, format!("{}, {}", contact.name, contact.role));
    }
    texts.into_iter().map(|(kind, text)| (kind.name().to_owned(), text)).collect()
}
