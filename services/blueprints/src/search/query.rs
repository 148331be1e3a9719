//! What can be asked, what comes back, and how one is made from the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use exemplar_kernel::filter::expression::Expression;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query as _};
use tantivy::schema::Value;
use tantivy::{DocAddress, DocSet as _, TERMINATED, TantivyDocument};
use uuid::Uuid;

use super::collect::{By, FacetCounter, Key, Ranking};
use super::conditions::{any_id, any_of};
use super::explain::{Explainer, Explanation};
use super::facet::Facet;
use super::fit::{Fit, Likeness};
use super::plan::Plan;
use super::reading::{ReadAs, Reading};
use super::sight::Sight;
use super::snapshot::Snapshot;
use super::snippet::{Highlighter, Marks, Snippet};
use super::statistics::Statistics;
use super::synonyms::Synonyms;
use super::{filter, fit, parser, reading};

/// The most hits of one answer; more are not given.
pub const HITS_MAX: usize = 100;

/// The most hits that can be skipped; deeper pages start here.
pub const OFFSET_MAX: usize = 1_000;

/// How many documents have to have all that is asked for, before those that have only some of it are left out.
const ENOUGH: usize = 100;

/// With fewer hits than this, rare words are doubted.
const FEW: usize = 3;

/// A search.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Words and phrases that stand for each other.
    pub synonyms: Arc<Synonyms>,
    /// The user's words: every word somewhere in the document, `"a phrase"`, `-without`; the last word may be half
    /// typed. The first 400 letters and 32 words count. Empty: every document.
    pub text: String,
    /// Who asks: documents for any of these are seen, all others do not exist. Nothing is found when empty.
    pub audience: Vec<String>,
    /// Of each of these facets any of the keys; a facet that is counted is counted as if it were not chosen by.
    pub choices: BTreeMap<Facet, Vec<String>>,
    /// Conditions that always hold.
    pub filter: Option<Expression>,
    /// Only these documents, and only those that have everything that is asked for; all when empty.
    pub among: Vec<Uuid>,
    /// Whom hits are compared with.
    pub likeness: Option<Arc<Likeness>>,
    /// Whether to say why hits rank where they do.
    pub explain: bool,
    /// In which order hits come.
    pub order: Order,
    /// How many hits to skip, at most [`OFFSET_MAX`].
    pub offset: usize,
    /// How many hits to give, at most [`HITS_MAX`].
    pub limit: usize,
    /// Which facets to count; each costs time by the number of matches.
    pub facets: Vec<Facet>,
    /// Whether to count all matches; costs time by their number.
    pub count: bool,
    /// Whether to cut snippets; costs time by the length of the hits.
    pub snippets: bool,
}

/// In which order hits come; equal ones newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Best match first; newest first when the text asks for no word.
    #[default]
    Relevance,
    /// Latest publication first.
    Newest,
    /// Adopted by most first.
    MostAdopted,
    /// Latest date of review first.
    Review,
    /// Fits best first; newest first without anybody to fit.
    Fit,
}

/// What a search found. Nothing in it depends on documents that the caller may not see.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether there are hits beyond these.
    pub more: bool,
    /// How many documents match, if that was asked for.
    pub total: Option<u64>,
    /// How many documents match by facet, in the order asked.
    pub facets: Facets,
    /// Parts of the text that were not understood, in the user's words; at most eight, shortened if long.
    pub ignored: Vec<String>,
    /// Whether documents were found that lack some of what was asked for, because few have all of it.
    pub relaxed: bool,
    /// Whether any document has all that was asked for.
    pub met: bool,
    /// What was looked for in other words as well.
    pub read_as: Vec<ReadAs>,
    /// The text as it was probably meant.
    pub did_you_mean: Option<String>,
    /// The last journal sequence that this answer knows of.
    pub sequence: i64,
}

/// One document found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The blueprint.
    pub id: Uuid,
    /// The revision that the index has.
    pub revision: u32,
    /// How well it matches, in points that compare within one answer; 0 when the order is by date.
    pub score: f32,
    /// Up to two passages, from different sections, best first; empty unless asked for.
    pub snippets: Vec<Snippet>,
    /// How it compares, if there is anybody to compare with.
    pub fit: Option<Fit>,
    /// Why it ranks here, if that was asked for and words were.
    pub explanation: Option<Explanation>,
}

/// Matches counted by key, each facet as if it were not chosen by; most first, then by name. Keys without a match are left
/// out.
pub type Facets = Vec<(Facet, Vec<(String, u64)>)>;

/// Answers `query` from one state of the index.
pub(super) fn answer(snapshot: &Snapshot, query: &Query) -> tantivy::Result<Answer> {
    let search = Search::new(snapshot, query)?;
    let limit = query.limit.min(HITS_MAX);
    let (mut best, total, facets) = search.run(limit + 1)?;
    let more = best.len() > limit;
    best.truncate(limit);
    let hits = search.hits(&best)?;
    let few = query.offset == 0 && hits.len() < FEW;
    let did_you_mean = search.reading.did_you_mean(&query.text, few);
    let (relaxed, read_as) = (!search.strict, search.reading.read_as());
    let met = if search.strict { !hits.is_empty() } else { search.some };
    let (ignored, sequence) = (search.reading.ignored, snapshot.sequence);
    Ok(Answer { hits, more, total, facets, ignored, relaxed, met, read_as, did_you_mean, sequence })
}

/// A search under way.
struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    reading: Reading,
    plan: Plan,
    statistics: Statistics,
    /// Whether everything that is asked for must be there.
    strict: bool,
    /// Whether some of a relaxed search's documents have all of it.
    some: bool,
}

type Found = (Vec<(Key, DocAddress)>, Option<u64>, Facets);

impl<'a> Search<'a> {
    fn new(snapshot: &'a Snapshot, query: &'a Query) -> tantivy::Result<Self> {
        let sight = Sight::new(snapshot, &query.audience)?;
        let reading = reading::read(parser::parse(&query.text), &sight, &query.synonyms)?;
        let ways = reading.units.iter().flat_map(|unit| &unit.ways);
        let statistics =
            Statistics::new(snapshot, ways.flat_map(|way| way.stems.iter().map(|(_, stem)| stem.as_str())))?;
        let plan = Plan::new(&reading, &snapshot.fields, &statistics);
        let mut search = Self { snapshot, query, reading, plan, statistics, strict: true, some: false };
        if !search.reading.is_single() && query.among.is_empty() {
            let whole = search.whole()?;
            (search.strict, search.some) = (whole >= search.enough(), whole > 0);
        }
        Ok(search)
    }

    /// How many documents have to have all that is asked for so that those which lack some of it need not be shown. In
    /// another order than the best match, what has only some of it would stand before what has all.
    fn enough(&self) -> usize {
        if matches!(self.order(), By::Score) { ENOUGH } else { 1 }
    }

    /// How many documents have all that is asked for, counted as far as [`Self::enough`].
    fn whole(&self) -> tantivy::Result<usize> {
        let searcher = &self.snapshot.searcher;
        let weight = self.conditions(None).weight(EnableScoring::disabled_from_searcher(searcher))?;
        let (enough, mut found) = (self.enough(), 0);
        for reader in searcher.segment_readers() {
            let mut scorer = weight.scorer(reader, 1.0)?;
            while scorer.doc() != TERMINATED {
                found += usize::from(!reader.is_deleted(scorer.doc()));
                if found >= enough {
                    return Ok(found);
                }
                scorer.advance();
            }
        }
        Ok(found)
    }

    /// One pass over the matches, and one more for each facet that is chosen by itself.
    fn run(&self, limit: usize) -> tantivy::Result<Found> {
        let Self { snapshot, query, statistics, .. } = self;
        if query.audience.is_empty() {
            let none = query.facets.iter().map(|facet| (*facet, Vec::new())).collect();
            return Ok((Vec::new(), query.count.then_some(0), none));
        }
        let ranking = Ranking { by: self.order(), columns: Arc::clone(&snapshot.columns) };
        let best = TopDocs::with_limit(limit).and_offset(query.offset.min(OFFSET_MAX)).order_by(ranking);
        let matching = self.conditions(None);
        let searcher = &snapshot.searcher;
        if !query.count && query.facets.is_empty() {
            let best = searcher.search_with_statistics_provider(&matching, &best, statistics)?;
            return Ok((best, None, Facets::new()));
        }
        let (beside, apart): (Vec<Facet>, Vec<Facet>) =
            query.facets.iter().copied().partition(|facet| self.choice(*facet).is_empty());
        let counter = FacetCounter { facets: beside.clone(), columns: Arc::clone(&snapshot.columns) };
        let collector = (best, query.count.then_some(Count), counter);
        let (best, total, of_facets) = searcher.search_with_statistics_provider(&matching, &collector, statistics)?;
        let mut counts: Facets = beside.into_iter().zip(of_facets).collect();
        for facet in apart {
            let counter = FacetCounter { facets: vec![facet], columns: Arc::clone(&snapshot.columns) };
            let of_facets = searcher.search(&self.conditions(Some(facet)), &counter)?;
            counts.extend(of_facets.into_iter().map(|counts| (facet, counts)));
        }
        counts.sort_by_key(|(facet, _)| query.facets.iter().position(|asked| asked == facet));
        Ok((best, total.map(|total| u64::try_from(total).unwrap_or(u64::MAX)), counts))
    }

    fn order(&self) -> By {
        match (self.query.order, &self.query.likeness) {
            (Order::Relevance, _) if !self.reading.units.is_empty() => By::Score,
            (Order::MostAdopted, _) => By::Adoptions,
            (Order::Review, _) => By::Review,
            (Order::Fit, Some(likeness)) => By::Fit(Arc::clone(likeness)),
            (Order::Relevance | Order::Newest | Order::Fit, _) => By::Date,
        }
    }

    fn choice(&self, facet: Facet) -> &[String] {
        self.query.choices.get(&facet).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything that a document has to meet, but for the choice by one facet. Permission is always part of it.
    fn conditions(&self, without: Option<Facet>) -> BooleanQuery {
        let Self { snapshot: Snapshot { fields, .. }, query, plan, .. } = self;
        let mut clauses = plan.clauses(self.strict);
        clauses.extend(any_of(fields.audience, &query.audience).map(|any| (Occur::Must, any)));
        clauses.extend(any_id(fields, &query.among).map(|any| (Occur::Must, any)));
        for (facet, keys) in query.choices.iter().filter(|(facet, _)| Some(**facet) != without) {
            clauses.extend(any_of(fields.facet(*facet), keys).map(|any| (Occur::Must, any)));
        }
        clauses.extend(query.filter.iter().map(|filter| (Occur::Must, filter::condition(fields, filter))));
        BooleanQuery::new(clauses)
    }

    fn hits(&self, best: &[(Key, DocAddress)]) -> tantivy::Result<Vec<Hit>> {
        let marks = self.marks();
        let mut highlighter = Highlighter::new(&marks);
        let explainer = if self.query.explain { Some(self.explainer()?) } else { None };
        best.iter()
            .map(|(key, address)| {
                let segment = usize::try_from(address.segment_ord).ok();
                let columns = segment.and_then(|segment| self.snapshot.columns.get(segment));
                let snippets =
                    if self.query.snippets { self.snippets(&mut highlighter, *address)? } else { Vec::new() };
                let fit = self.query.likeness.as_ref().zip(columns);
                Ok(Hit {
                    id: key.id(),
                    revision: columns.map_or(0, |columns| columns.revision(address.doc_id)),
                    score: if matches!(self.order(), By::Score) { key.score() } else { 0.0 },
                    snippets,
                    fit: fit.map(|(likeness, columns)| fit::compare(columns, likeness, address.doc_id)),
                    explanation: explainer.as_ref().map(|explainer| explainer.explain(*address)).transpose()?,
                })
            })
            .collect()
    }

    fn explainer(&self) -> tantivy::Result<Explainer<'_>> {
        let asked = if self.strict { &self.plan.required } else { &self.plan.wanted };
        let parts = asked.iter().chain(&self.plan.bonuses);
        Explainer::new(&self.reading, parts, &self.statistics, &self.snapshot.searcher)
    }

    /// What passages show of what was asked for, in all its ways.
    fn marks(&self) -> Marks {
        let mut marks = Marks { units: self.reading.units.len(), ..Marks::default() };
        for (number, unit) in self.reading.units.iter().enumerate() {
            for way in &unit.ways {
                if way.together {
                    marks.phrases.push((way.stems.clone(), number));
                } else {
                    for (_, stem) in &way.stems {
                        marks.stems.entry(stem.clone()).or_insert(number);
                    }
                }
            }
            if let Some(beginning) = &unit.beginning {
                marks.beginning = Some((beginning.clone(), number));
            }
        }
        marks
    }

    fn snippets(&self, highlighter: &mut Highlighter<'_>, address: DocAddress) -> tantivy::Result<Vec<Snippet>> {
        let document: TantivyDocument = self.snapshot.searcher.doc(address)?;
        let extract = document.get_all(self.snapshot.fields.extract);
        Ok(highlighter.snippets(extract.filter_map(|value| value.as_str())))
    }
}
