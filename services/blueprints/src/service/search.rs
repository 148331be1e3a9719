//! Searching: the index finds, the database confirms.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::{OrganisationId, Principal, Sequence, Violations, journal, request};
use moka::sync::Cache;
use tokio::time::Instant;
use uuid::Uuid;

use super::Blueprints;
use crate::Error;
use crate::model::{Blueprint, Header, Reader, RevisionNumber};
use crate::search::{Answer, Facets, Order, Query, Snippet};
use crate::store;

/// A search that counts facets over more blueprints than this leaves the runtime's threads alone.
const INLINE_FACETS: u64 = 20_000;
/// Left of the deadline for the answer itself, when a search waits for the index.
const ANSWERING: Duration = Duration::from_millis(50);
/// How long a search without a deadline waits for the index.
const WAIT: Duration = Duration::from_secs(10);
/// Blueprints whose card is remembered at the most.
const MAX_SHOWN: u64 = 10_000;

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The user's words.
    pub text: String,
    /// Any of these care settings.
    pub care_settings: Vec<String>,
    /// Any of these project types.
    pub project_types: Vec<String>,
    /// Any of these organisations.
    pub organisations: Vec<OrganisationId>,
    /// Newest first, whatever the words.
    pub newest: bool,
    /// Hits to skip.
    pub offset: usize,
    /// Hits to give.
    pub limit: usize,
    /// Count facets and hits.
    pub facets: bool,
    /// The sequence that must be seen; 0 for any.
    pub min_sequence: Sequence,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// How many in all, when facets were asked for.
    pub total: Option<u64>,
    /// Hits by facet, when asked for.
    pub facets: Option<Facets>,
    /// What of the text was left out.
    pub ignored: Vec<String>,
    /// The sequence that the answer knows of.
    pub sequence: Sequence,
    /// The index may lack the newest.
    pub degraded: bool,
}

/// One blueprint that was found.
#[derive(Debug)]
pub struct Hit {
    /// Its newest revision, without sections.
    pub blueprint: Arc<Blueprint>,
    /// What its organisation is called.
    pub organisation: String,
    /// How well it matches.
    pub score: f32,
    /// Where it matches.
    pub snippets: Vec<Snippet>,
}

/// What hits show of blueprints, remembered. A revision never changes, so its card is good for ever; who may read it,
/// which revision is newest and what the organisation is called may change: that part is good while no commit was made
/// since it was read, which only SQLite's sole writer can know.
pub(crate) struct Shown {
    cards: Cache<(Uuid, RevisionNumber), Arc<Blueprint>>,
    confirmed: Cache<Uuid, (Sequence, Header, String)>,
}

impl Shown {
    pub(crate) fn new() -> Self {
        Self { cards: Cache::new(MAX_SHOWN), confirmed: Cache::new(MAX_SHOWN) }
    }
}

impl Blueprints {
    /// Finds released blueprints; hits, counts, facets and snippets know nothing of what the caller may not see.
    ///
    /// # Errors
    /// [`Error::SearchBehind`], [`Error::SearchUnavailable`].
    pub async fn search(&self, caller: &Principal, search: Search) -> Result<Found, Error> {
        self.wait_for(search.min_sequence).await?;
        let reader = self.reader(caller).await?;
        let (facets, offset, limit) = (search.facets, search.offset, search.limit);
        let query = Query {
            text: search.text,
            audience: reader.audiences(),
            care_settings: search.care_settings,
            project_types: search.project_types,
            organisations: search.organisations.iter().map(|organisation| organisation.code().to_owned()).collect(),
            order: if search.newest { Order::Newest } else { Order::Relevance },
            offset,
            limit,
            facets,
            count: facets,
            snippets: true,
        };
        // Asked before as well: a rebuild that ends meanwhile makes the next answer whole, not this one.
        let degraded = self.state.is_degraded();
        let answer = self.ask(query).await?;
        let hits = self.confirm(&reader, &answer).await?;
        let degraded = degraded || self.state.is_degraded();
        let Answer { more, total, facets, ignored, sequence, .. } = answer;
        Ok(Found { hits, more, total, facets, ignored, sequence, degraded })
    }

    /// Cheap searches run where they are: handing them to another thread costs more than they do.
    async fn ask(&self, query: Query) -> Result<Answer, Error> {
        let answer = if query.facets && self.index.document_count() > INLINE_FACETS {
            let index = self.index.clone();
            let asked = tokio::task::spawn_blocking(move || index.search(&query)).await;
            asked.map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a search broke: {error}")))?
        } else {
            self.index.search(&query)
        };
        answer.map_err(|error| {
            self.state.damaged(&error);
            Error::SearchUnavailable(error)
        })
    }

    async fn wait_for(&self, sequence: Sequence) -> Result<(), Error> {
        if sequence <= self.index.sequence() {
            return Ok(());
        }
        let head = journal::head(self.db.read()).await?;
        if sequence > head {
            let mut violations = Violations::new();
            violations.add("min_sequence", format!("is beyond the journal, which ends at {head}"));
            return Err(violations.refuse().into());
        }
        let deadline = request::deadline(WAIT);
        let deadline = deadline.checked_sub(ANSWERING).unwrap_or(deadline).max(Instant::now());
        if self.index.reached(sequence, deadline).await { Ok(()) } else { Err(Error::SearchBehind) }
    }

    /// Looks every hit up in the database: one that was withdrawn or hidden since the index knew it is left out.
    async fn confirm(&self, reader: &Reader<'_>, answer: &Answer) -> Result<Vec<Hit>, Error> {
        let ids: Vec<Uuid> = answer.hits.iter().map(|hit| hit.id).collect();
        let confirmed = self.confirmed(&ids).await?;
        let cards = self.cards(&confirmed).await?;
        let mut hits = Vec::with_capacity(ids.len());
        for hit in &answer.hits {
            let Some((header, organisation)) = confirmed.get(&hit.id) else { continue };
            let Some(card) =
                cards.get(&hit.id).filter(|_| header.withdrawn.is_none() && header.shows_revisions_to(reader))
            else {
                continue;
            };
            let blueprint = if card.header == *header {
                Arc::clone(card)
            } else {
                Arc::new(Blueprint { header: header.clone(), ..Blueprint::clone(card) })
            };
            let (organisation, snippets) = (organisation.clone(), hit.snippets.clone());
            hits.push(Hit { blueprint, organisation, score: hit.score, snippets });
        }
        Ok(hits)
    }

    /// Headers and names of organisations as they are now.
    async fn confirmed(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, (Header, String)>, Error> {
        // The head is read before the rows: a commit in between makes what is remembered useless, not wrong.
        let head = self.db.sole_writer_head();
        let remembered = |id: &Uuid| {
            let (at, header, name) = self.shown.confirmed.get(id)?;
            (Some(at) == head).then_some((*id, (header, name)))
        };
        let mut confirmed: HashMap<_, _> = ids.iter().filter_map(remembered).collect();
        let missing: Vec<Uuid> = ids.iter().copied().filter(|id| !confirmed.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(confirmed);
        }
        let headers = store::headers(self.db.read(), &missing).await?;
        let mut codes: Vec<_> = headers.iter().map(|header| header.organisation.clone()).collect();
        codes.sort();
        codes.dedup();
        let organisations = self.directory.organisations_by_id(&codes).await?;
        for header in headers {
            let name = organisations.get(&header.organisation).map(|organisation| organisation.display_name.clone());
            let (id, name) = (header.id.uuid(), name.unwrap_or_default());
            if let Some(head) = head {
                self.shown.confirmed.insert(id, (head, header.clone(), name.clone()));
            }
            confirmed.insert(id, (header, name));
        }
        Ok(confirmed)
    }

    /// The newest revisions of blueprints.
    async fn cards(&self, confirmed: &HashMap<Uuid, (Header, String)>) -> Result<HashMap<Uuid, Arc<Blueprint>>, Error> {
        let mut cards = HashMap::with_capacity(confirmed.len());
        let mut missing = Vec::new();
        for (id, (header, _)) in confirmed {
            match self.shown.cards.get(&(*id, header.latest_revision)) {
                Some(card) => drop(cards.insert(*id, card)),
                None => missing.push((header.latest_revision, header.clone())),
            }
        }
        for card in store::read(self.db.read(), missing, false).await? {
            let (id, card) = (card.header.id.uuid(), Arc::new(card));
            self.shown.cards.insert((id, card.revision), Arc::clone(&card));
            cards.insert(id, card);
        }
        Ok(cards)
    }
}
