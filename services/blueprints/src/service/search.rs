//! Searching: the index finds, the database confirms.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::filter::expression::Expression;
use exemplar_kernel::{OrganisationId, Principal, Sequence, Violations, journal, request};
use moka::sync::Cache;
use tokio::time::Instant;
use uuid::Uuid;

use super::Blueprints;
use super::adoptions::known_by_name;
use crate::Error;
use crate::model::adoption::Live;
use crate::model::{Blueprint, BlueprintId, Header, Reader, RevisionNumber};
use crate::search::{Answer, Explanation, Facet, Facets, Fit, Order, Query, ReadAs, Related, Snippet, Suggestion};
use crate::store;

/// A search that counts facets over more blueprints than this leaves the runtime's threads alone.
const INLINE_FACETS: u64 = 20_000;
/// Left of the deadline for the answer itself, when a search waits for the index.
const ANSWERING: Duration = Duration::from_millis(50);
/// How long a search without a deadline waits for the index.
const WAIT: Duration = Duration::from_secs(10);
/// Adopters that one answer tells of at the most.
const MAX_LIVE: u64 = 500;
/// Blueprints whose card is remembered at the most.
const MAX_SHOWN: u64 = 10_000;

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The user's words.
    pub text: String,
    /// Of each of these facets any of the keys.
    pub choices: BTreeMap<Facet, Vec<String>>,
    /// Conditions that hold.
    pub filter: Option<Expression>,
    /// How hits are ordered.
    pub order: Order,
    /// Whom hits are compared with.
    pub fit_for: Option<OrganisationId>,
    /// Traits that hits have to share with it.
    pub must_share: Vec<Facet>,
    /// Say why hits rank where they do.
    pub explain: bool,
    /// Hits to skip.
    pub offset: usize,
    /// Hits to give.
    pub limit: usize,
    /// Facets to count.
    pub facets: Vec<Facet>,
    /// Count all hits.
    pub count: bool,
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
    /// Where these hits are live, for callers who have signed in.
    pub live: Vec<Live>,
    /// Hits by facet, as asked for.
    pub facets: Facets,
    /// What of the text was left out.
    pub ignored: Vec<String>,
    /// Whether some of what was asked for may be missing in hits.
    pub relaxed: bool,
    /// What was looked for in other words as well.
    pub read_as: Vec<ReadAs>,
    /// The text as it was probably meant.
    pub did_you_mean: Option<String>,
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
    /// How it compares.
    pub fit: Option<Fit>,
    /// Why it ranks here.
    pub explanation: Option<Explanation>,
}

/// A blueprint about the same as another.
#[derive(Debug)]
pub struct RelatedTo {
    /// Its newest revision, without sections.
    pub blueprint: Arc<Blueprint>,
    /// What its organisation is called.
    pub organisation: String,
    /// Terms that both have.
    pub terms: Vec<String>,
    /// Telling words that both have.
    pub words: Vec<String>,
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
        let likeness = self.likeness(search.fit_for.as_ref()).await?;
        let mut choices = search.choices;
        for facet in search.must_share {
            let known = likeness.traits.iter().find(|(known, _, _)| *known == facet);
            let keys = known.map(|(_, keys, _)| keys.clone()).unwrap_or_default();
            // What nobody knows of the organisation cannot be shared with it.
            let wanted = if keys.is_empty() { vec![String::new()] } else { keys };
            let chosen = choices.entry(facet).or_insert_with(|| wanted.clone());
            chosen.retain(|key| wanted.contains(key));
            if chosen.is_empty() {
                chosen.push(String::new());
            }
        }
        // What a condition hides was not missing.
        let whole = choices.is_empty() && search.filter.is_none() && search.offset == 0;
        let sought = if whole { Self::sought(caller, &search.text) } else { None };
        let query = Query {
            synonyms: self.state.synonyms(),
            text: search.text,
            audience: reader.audiences(),
            choices,
            filter: search.filter,
            among: Vec::new(),
            likeness: search.fit_for.is_some().then(|| Arc::new(likeness)),
            explain: search.explain,
            order: search.order,
            offset: search.offset,
            limit: search.limit,
            facets: search.facets,
            count: search.count,
            snippets: true,
        };
        // Asked before as well: a rebuild that ends meanwhile makes the next answer whole, not this one.
        let degraded = self.state.is_degraded();
        let answer = self.ask(query).await?;
        let hits = self.confirm(&reader, &answer).await?;
        if let Some(sought) = sought {
            self.note_search(sought, !answer.met, &hits);
        }
        let live = self.live_at(caller, &hits).await?;
        let degraded = degraded || self.state.is_degraded();
        let Answer { more, total, facets, ignored, relaxed, read_as, did_you_mean, sequence, .. } = answer;
        Ok(Found { hits, more, total, live, facets, ignored, relaxed, read_as, did_you_mean, sequence, degraded })
    }

    /// Cheap searches run where they are: handing them to another thread costs more than they do.
    pub(super) async fn ask(&self, query: Query) -> Result<Answer, Error> {
        let answer = if !query.facets.is_empty() && self.index.document_count() > INLINE_FACETS {
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

    /// What to offer for a text that is being typed, at most `limit` of each kind.
    ///
    /// # Errors
    /// [`Error::SearchUnavailable`].
    pub async fn suggest(&self, caller: &Principal, text: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let suggested = self.index.suggest(&self.reader(caller).await?.audiences(), text, limit);
        suggested.map_err(|error| {
            self.state.damaged(&error);
            Error::SearchUnavailable(error)
        })
    }

    /// Blueprints about the same as one that the caller may read.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::SearchUnavailable`].
    pub async fn related(&self, caller: &Principal, id: BlueprintId, limit: usize) -> Result<Vec<RelatedTo>, Error> {
        let reader = self.reader(caller).await?;
        let header = store::header(self.db.read(), id).await?;
        let header = header.filter(|header| header.shows_revisions_to(&reader)).ok_or(Error::NotFound(id))?;
        // What was withdrawn is in no search: nothing is like it.
        if header.withdrawn.is_some() {
            return Ok(Vec::new());
        }
        let related = self.index.related(&reader.audiences(), id.uuid(), limit).map_err(|error| {
            self.state.damaged(&error);
            Error::SearchUnavailable(error)
        })?;
        let mut shared: HashMap<Uuid, Related> = HashMap::new();
        let ids: Vec<Uuid> = related.iter().flatten().map(|related| related.id).collect();
        shared.extend(related.into_iter().flatten().map(|related| (related.id, related)));
        let confirmed = self.confirmed(&ids).await?;
        let cards = self.cards(&confirmed).await?;
        let one = |id: &Uuid| {
            let (header, organisation) = confirmed.get(id).filter(|(header, _)| is_found_by(header, &reader))?;
            let card = Blueprint { header: header.clone(), ..Blueprint::clone(cards.get(id)?) };
            let Related { terms, words, .. } = shared.remove(id)?;
            Some(RelatedTo { blueprint: Arc::new(card), organisation: organisation.clone(), terms, words })
        };
        Ok(ids.iter().filter_map(one).collect())
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
            let Some(card) = cards.get(&hit.id).filter(|_| is_found_by(header, reader)) else { continue };
            let blueprint = if card.header == *header {
                Arc::clone(card)
            } else {
                Arc::new(Blueprint { header: header.clone(), ..Blueprint::clone(card) })
            };
            let (organisation, snippets) = (organisation.clone(), hit.snippets.clone());
            let (fit, explanation) = (hit.fit.clone(), hit.explanation.clone());
            hits.push(Hit { blueprint, organisation, score: hit.score, snippets, fit, explanation });
        }
        Ok(hits)
    }

    /// Where hits are live. Who adopts is told to the network, not to everybody.
    async fn live_at(&self, caller: &Principal, hits: &[Hit]) -> Result<Vec<Live>, Error> {
        if hits.is_empty() || known_by_name(caller).is_err() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = hits.iter().map(|hit| hit.blueprint.header.id).collect();
        let mut live = store::adoptions::live(self.db.read(), &ids, MAX_LIVE).await?;
        let mut codes: Vec<_> = live.iter().map(|live| live.organisation.clone()).collect();
        codes.sort();
        codes.dedup();
        let organisations = self.directory.organisations_by_id(&codes).await?;
        for live in &mut live {
            if let Some(organisation) = organisations.get(&live.organisation) {
                live.display_name.clone_from(&organisation.display_name);
            }
        }
        Ok(live)
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

/// Whether a reader may find it: what was withdrawn nobody finds.
fn is_found_by(header: &Header, reader: &Reader<'_>) -> bool {
    header.withdrawn.is_none() && header.shows_revisions_to(reader)
}
