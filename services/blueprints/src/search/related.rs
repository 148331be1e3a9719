//! Documents about the same: computed from shared terms and text whenever somebody asks.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, Weight};
use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocSet as _, Score, TantivyDocument};
use uuid::Uuid;

use super::analyser;
use super::collect::{By, Ranking};
use super::conditions::{any_of, term};
use super::facet::Facet;
use super::sight::Sight;
use super::snapshot::Snapshot;
use super::statistics::Statistics;

/// Words of a document that others are compared by: those that are rare elsewhere and frequent in it.
const WORDS: usize = 25;
/// The shortest of them, in letters.
const WORD_MIN: usize = 3;
/// What a shared term of a vocabulary is worth, in points.
const TERM_POINTS: Score = 3.0;
/// The vocabularies, most telling first.
const TERMS: [Facet; 4] = [Facet::ProjectType, Facet::CareSetting, Facet::Pillar, Facet::UserGroup];
/// Shared words that are named.
const NAMED: usize = 5;

/// A document about the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The blueprint.
    pub id: Uuid,
    /// How much they share, in points that compare within one answer.
    pub score: f32,
    /// Terms of vocabularies that both have.
    pub terms: Vec<String>,
    /// Telling words that both have, the most telling first.
    pub words: Vec<String>,
}

/// The documents most like one; `None` when the caller may see no such document.
pub(super) fn related(
    snapshot: &Snapshot,
    audience: &[String],
    id: Uuid,
    limit: usize,
) -> tantivy::Result<Option<Vec<Related>>> {
    let sight = Sight::new(snapshot, audience)?;
    let Some(own) = sight.find(id)? else { return Ok(None) };
    let (words, statistics) = telling(snapshot, own)?;
    let fields = &snapshot.fields;
    let mut parts: Vec<(Shared, Box<dyn Query>)> = Vec::new();
    for (stem, word) in words {
        let query = Box::new(term(fields.text, &stem, IndexRecordOption::WithFreqs));
        parts.push((Shared::Word(word), query));
    }
    let columns = usize::try_from(own.segment_ord).ok().and_then(|segment| snapshot.columns.get(segment));
    for facet in TERMS {
        for key in columns.map(|columns| columns.keys(facet, own.doc_id)).unwrap_or_default() {
            let query = Box::new(term(fields.facet(facet), &key, IndexRecordOption::Basic));
            parts.push((Shared::Term(key), Box::new(ConstScoreQuery::new(query, TERM_POINTS))));
        }
    }
    if parts.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let any = parts.iter().map(|(_, query)| (Occur::Should, query.box_clone())).collect();
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(BooleanQuery::new(any)))];
    clauses.extend(any_of(fields.audience, audience).map(|any| (Occur::Must, any)));
    clauses
        .push((Occur::MustNot, Box::new(tantivy::query::TermQuery::new(fields.id_term(id), IndexRecordOption::Basic))));
    let ranking = Ranking { by: By::Score, columns: Arc::clone(&snapshot.columns) };
    let best = TopDocs::with_limit(limit.max(1)).order_by(ranking);
    let best = snapshot.searcher.search_with_statistics_provider(&BooleanQuery::new(clauses), &best, &statistics)?;
    let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &snapshot.searcher);
    let parts: Vec<(Shared, Box<dyn Weight>)> = parts
        .into_iter()
        .map(|(shared, query)| Ok((shared, query.weight(scoring)?)))
        .collect::<tantivy::Result<_>>()?;
    let found = best.into_iter().take(limit).map(|(key, address)| {
        let (terms, words) = shared(snapshot, &parts, address)?;
        Ok(Related { id: key.id(), score: key.score(), terms, words })
    });
    found.collect::<tantivy::Result<_>>().map(Some)
}

/// Something that two documents may share.
enum Shared {
    Word(String),
    Term(String),
}

/// The stems that tell most about a document, each with the word it stands there as.
fn telling(snapshot: &Snapshot, own: DocAddress) -> tantivy::Result<(Vec<(String, String)>, Statistics)> {
    let document: TantivyDocument = snapshot.searcher.doc(own)?;
    let (mut words, mut stems) = (analyser::words(), analyser::stems());
    let mut counts: HashMap<String, (u16, String)> = HashMap::new();
    // The summary, then name and text of each section in turn: names are not read.
    let extract = document.get_all(snapshot.fields.extract).enumerate().filter(|(at, _)| at % 2 == 0);
    let texts = extract.map(|(_, value)| value).chain(document.get_all(snapshot.fields.shown_title));
    for text in texts.filter_map(|value| value.as_str()) {
        let pairs = analyser::terms(&mut stems, text).into_iter().zip(analyser::terms(&mut words, text));
        for (stem, word) in pairs {
            if word.chars().count() >= WORD_MIN && !analyser::is_function_word(&word) {
                let (count, _) = counts.entry(stem).or_insert((0, word));
                *count = count.saturating_add(1);
            }
        }
    }
    let statistics = Statistics::new(snapshot, counts.keys().map(String::as_str))?;
    let worth = |stem: &str, count: u16| (1.0 + Score::from(count).ln()) * statistics.rarity(stem);
    let mut ranked: Vec<(Score, String, String)> = counts
        .into_iter()
        .filter(|(stem, _)| statistics.frequency(stem) != 1)
        .map(|(stem, (count, word))| (worth(&stem, count), stem, word))
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    Ok((ranked.into_iter().take(WORDS).map(|(_, stem, word)| (stem, word)).collect(), statistics))
}

/// Which of the parts a document has.
fn shared(
    snapshot: &Snapshot,
    parts: &[(Shared, Box<dyn Weight>)],
    address: DocAddress,
) -> tantivy::Result<(Vec<String>, Vec<String>)> {
    let reader = snapshot.searcher.segment_reader(address.segment_ord);
    let (mut terms, mut words) = (Vec::new(), Vec::new());
    for (shared, weight) in parts {
        let mut scorer = weight.scorer(reader, 1.0)?;
        let at = if scorer.doc() < address.doc_id { scorer.seek(address.doc_id) } else { scorer.doc() };
        match shared {
            _ if at != address.doc_id => {}
            Shared::Word(word) if words.len() < NAMED => words.push(word.clone()),
            Shared::Word(_) => {}
            Shared::Term(term) => terms.push(term.clone()),
        }
    }
    Ok((terms, words))
}
