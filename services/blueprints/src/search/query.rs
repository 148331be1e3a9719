//! What can be asked, what comes back, and how one is made from the other.

use std::sync::Arc;

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur};
use tantivy::schema::Value;
use tantivy::{DocAddress, TantivyDocument};
use uuid::Uuid;

use super::collect::{Facet, FacetCounter, Key, Ranking};
use super::parser;
use super::plan::{Plan, Statistics, any_of};
use super::snapshot::Snapshot;
use super::snippet::{Highlighter, Snippet};

/// The most hits of one answer; more are not given.
pub const HITS_MAX: usize = 100;

/// The most hits that can be skipped; deeper pages start here.
pub const OFFSET_MAX: usize = 1_000;

/// A search.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The user's words: every word somewhere in the document, `"a phrase"`, `-without`; the last word may be half
    /// typed. The first 400 letters and 32 words count. Empty: every document.
    pub text: String,
    /// Who asks: documents for any of these are seen, all others do not exist. Nothing is found when empty.
    pub audience: Vec<String>,
    /// Any of these care settings; all when empty.
    pub care_settings: Vec<String>,
    /// Any of these project types; all when empty.
    pub project_types: Vec<String>,
    /// Owned by any of these organisations; all when empty.
    pub organisations: Vec<String>,
    /// In which order hits come.
    pub order: Order,
    /// How many hits to skip, at most [`OFFSET_MAX`].
    pub offset: usize,
    /// How many hits to give, at most [`HITS_MAX`].
    pub limit: usize,
    /// Whether to count by facet; costs time by the number of matches.
    pub facets: bool,
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
    /// How many documents match by facet, if that was asked for.
    pub facets: Option<Facets>,
    /// Parts of the text that were not understood, in the user's words; at most eight, shortened if long.
    pub ignored: Vec<String>,
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
}

/// Matches counted by key, each facet as if it were not filtered itself; most first, then by name. Keys without a match
/// are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// By care setting.
    pub care_settings: Vec<(String, u64)>,
    /// By project type.
    pub project_types: Vec<(String, u64)>,
}

/// Answers `query` from one state of the index.
pub(super) fn answer(snapshot: &Snapshot, query: &Query) -> tantivy::Result<Answer> {
    let search = Search { snapshot, query, plan: Plan::new(parser::parse(&query.text), &snapshot.fields) };
    let limit = query.limit.min(HITS_MAX);
    let (mut best, total, facets) = search.run(limit + 1)?;
    let more = best.len() > limit;
    best.truncate(limit);
    let hits = search.hits(&best)?;
    Ok(Answer { hits, more, total, facets, ignored: search.plan.ignored, sequence: snapshot.sequence })
}

/// A search under way.
struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    plan: Plan,
}

type Found = (Vec<(Key, DocAddress)>, Option<u64>, Option<Facets>);

impl Search<'_> {
    /// One pass over the matches, and one more for each facet that is filtered itself.
    fn run(&self, limit: usize) -> tantivy::Result<Found> {
        let Self { snapshot, query, plan } = self;
        if query.audience.is_empty() {
            return Ok((Vec::new(), query.count.then_some(0), query.facets.then(Facets::default)));
        }
        let ranking = Ranking {
            scored: plan.scored() && query.order == Order::Relevance,
            columns: Arc::clone(&snapshot.columns),
        };
        let statistics = Statistics::new(snapshot, &plan.marks)?;
        let best = TopDocs::with_limit(limit).and_offset(query.offset.min(OFFSET_MAX)).order_by(ranking);
        let matching = self.conditions(None);
        if !query.count && !query.facets {
            let best = snapshot.searcher.search_with_statistics_provider(&matching, &best, &statistics)?;
            return Ok((best, None, None));
        }
        let beside = |facet| (query.facets && self.filter(facet).is_empty()).then(|| self.counter(facet));
        let counters = (beside(Facet::CareSettings), beside(Facet::ProjectTypes));
        let collector = (best, query.count.then_some(Count), counters.0, counters.1);
        let (best, total, care_settings, project_types) =
            snapshot.searcher.search_with_statistics_provider(&matching, &collector, &statistics)?;
        let total = total.map(|total| u64::try_from(total).unwrap_or(u64::MAX));
        let facets = query.facets.then_some(()).map(|()| {
            let apart = |facet, counts: Option<_>| counts.map_or_else(|| self.count_apart(facet), Ok);
            Ok::<_, tantivy::TantivyError>(Facets {
                care_settings: apart(Facet::CareSettings, care_settings)?,
                project_types: apart(Facet::ProjectTypes, project_types)?,
            })
        });
        Ok((best, total, facets.transpose()?))
    }

    /// Everything that a document has to meet, but for the filter of one facet. Permission is always part of it.
    fn conditions(&self, without: Option<Facet>) -> BooleanQuery {
        let Self { snapshot: Snapshot { fields, .. }, query, plan } = self;
        let mut clauses: Vec<_> = plan.clauses.iter().map(|(occur, clause)| (*occur, clause.box_clone())).collect();
        let mut filter = |field, keys: &[String]| clauses.extend(any_of(field, keys).map(|any| (Occur::Must, any)));
        filter(fields.audience, &query.audience);
        filter(fields.organisation, &query.organisations);
        if without != Some(Facet::CareSettings) {
            filter(fields.care_settings, &query.care_settings);
        }
        if without != Some(Facet::ProjectTypes) {
            filter(fields.project_types, &query.project_types);
        }
        BooleanQuery::new(clauses)
    }

    fn filter(&self, facet: Facet) -> &[String] {
        match facet {
            Facet::CareSettings => &self.query.care_settings,
            Facet::ProjectTypes => &self.query.project_types,
        }
    }

    fn counter(&self, facet: Facet) -> FacetCounter {
        FacetCounter { facet, columns: Arc::clone(&self.snapshot.columns) }
    }

    fn count_apart(&self, facet: Facet) -> tantivy::Result<Vec<(String, u64)>> {
        self.snapshot.searcher.search(&self.conditions(Some(facet)), &self.counter(facet))
    }

    fn hits(&self, best: &[(Key, DocAddress)]) -> tantivy::Result<Vec<Hit>> {
        let mut highlighter = Highlighter::new(&self.plan.marks);
        best.iter()
            .map(|(key, address)| {
                let segment = usize::try_from(address.segment_ord).ok();
                let columns = segment.and_then(|segment| self.snapshot.columns.get(segment));
                let snippets =
                    if self.query.snippets { self.snippets(&mut highlighter, *address)? } else { Vec::new() };
                let revision = columns.map_or(0, |columns| columns.revision(address.doc_id));
                Ok(Hit { id: key.id(), revision, score: key.score, snippets })
            })
            .collect()
    }

    fn snippets(&self, highlighter: &mut Highlighter<'_>, address: DocAddress) -> tantivy::Result<Vec<Snippet>> {
        let document: TantivyDocument = self.snapshot.searcher.doc(address)?;
        let extract = document.get_all(self.snapshot.fields.extract);
        Ok(highlighter.snippets(extract.filter_map(|value| value.as_str())))
    }
}
