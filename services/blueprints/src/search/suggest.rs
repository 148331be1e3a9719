//! What to offer while somebody types: titles, words of titles and terms, organisations. Only what the caller may see.

use std::collections::BTreeSet;
use std::ops::Bound;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, RangeQuery};
use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use super::analyser;
use super::collect::{By, Ranking};
use super::conditions::{any_of, term};
use super::facet::Facet;
use super::schema::BREAK;
use super::sight::Sight;
use super::snapshot::Snapshot;

/// The shortest beginning that something is offered for, in letters.
const BEGINNING_MIN: usize = 2;
/// The longest text that is read, in characters.
const TEXT_MAX: usize = 100;
/// Documents counted to order terms.
const COUNTED: usize = 50;
/// The facets whose keys are offered.
const OFFERED: [Facet; 5] =
    [Facet::CareSetting, Facet::ProjectType, Facet::EprProduct, Facet::UserGroup, Facet::Pillar];

/// Something to search for or to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is.
    pub what: Suggested,
    /// As it is shown.
    pub text: String,
}

/// What a suggestion is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggested {
    /// A blueprint, by its title.
    Blueprint(Uuid),
    /// A key of a facet, to filter by.
    Key(Facet),
    /// A word of titles, to search for.
    Word,
    /// An organisation, by its code.
    Organisation(String),
}

/// At most `limit` of each kind for a text that is being typed.
pub(super) fn suggest(
    snapshot: &Snapshot,
    audience: &[String],
    text: &str,
    limit: usize,
) -> tantivy::Result<Vec<Suggestion>> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let words = analyser::terms(&mut analyser::words(), &text);
    let Some((last, before)) = words.split_last().filter(|(last, _)| last.chars().count() >= BEGINNING_MIN) else {
        return Ok(Vec::new());
    };
    let sight = Sight::new(snapshot, audience)?;
    let mut found = titles(snapshot, audience, before, last, limit)?;
    found.extend(keys(&sight, before, last, limit)?);
    if before.is_empty() {
        let words = sight.beginning(snapshot.fields.title_words, last, usize::MAX, COUNTED)?;
        let word = |(text, _)| Suggestion { what: Suggested::Word, text };
        found.extend(words.into_iter().take(limit).map(word));
    }
    found.extend(organisations(&sight, &words, limit)?);
    Ok(found)
}

/// Titles with all the words, newest first.
fn titles(
    snapshot: &Snapshot,
    audience: &[String],
    before: &[String],
    last: &str,
    limit: usize,
) -> tantivy::Result<Vec<Suggestion>> {
    let field = snapshot.fields.title_words;
    let Some(visible) = any_of(snapshot.fields.audience, audience) else { return Ok(Vec::new()) };
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, visible)];
    for word in before {
        clauses.push((Occur::Must, Box::new(term(field, word, IndexRecordOption::Basic))));
    }
    let from = Bound::Included(Term::from_field_text(field, last));
    let to = Bound::Excluded(Term::from_field_text(field, &format!("{last}{}", char::MAX)));
    clauses.push((Occur::Must, Box::new(RangeQuery::new(from, to))));
    let ranking = Ranking { by: By::Date, columns: std::sync::Arc::clone(&snapshot.columns) };
    let best = TopDocs::with_limit(limit.max(1)).order_by(ranking);
    let best = snapshot.searcher.search(&BooleanQuery::new(clauses), &best)?;
    let title = |(key, address): (super::collect::Key, _)| {
        let document: TantivyDocument = snapshot.searcher.doc(address)?;
        let text = document.get_first(snapshot.fields.shown_title).and_then(|title| title.as_str().map(str::to_owned));
        Ok(Suggestion { what: Suggested::Blueprint(key.id()), text: text.unwrap_or_default() })
    };
    best.into_iter().take(limit).map(title).collect()
}

/// Whether all words begin words of `name`, the last of them perhaps half typed.
fn begins(name: &str, words: &[String]) -> bool {
    let of_name = analyser::terms(&mut analyser::words(), name);
    words.iter().all(|word| of_name.iter().any(|other| other.starts_with(word.as_str())))
}

/// Keys of facets that visible documents have, most frequent first.
fn keys(sight: &Sight<'_>, before: &[String], last: &str, limit: usize) -> tantivy::Result<Vec<Suggestion>> {
    let mut typed = before.to_vec();
    typed.push(last.to_owned());
    let mut found = Vec::new();
    for facet in OFFERED {
        let labels = sight.snapshot.columns.iter().flat_map(|columns| columns.facet(facet).labels.iter());
        let labels: BTreeSet<String> = labels.filter(|label| begins(label, &typed)).cloned().collect();
        let seen = sight.ranked(sight.snapshot.fields.facet(facet), labels, COUNTED)?;
        found.extend(seen.into_iter().map(|(text, count)| (count, Suggestion { what: Suggested::Key(facet), text })));
    }
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    Ok(found.into_iter().take(limit).map(|(_, suggestion)| suggestion).collect())
}

/// Organisations that own visible documents, those with most first.
fn organisations(sight: &Sight<'_>, words: &[String], limit: usize) -> tantivy::Result<Vec<Suggestion>> {
    let field = sight.snapshot.fields.organisation_named;
    let mut named = BTreeSet::new();
    for reader in sight.snapshot.searcher.segment_readers() {
        let index = reader.inverted_index(field)?;
        let mut stream = index.terms().stream()?;
        while stream.advance() {
            let term = String::from_utf8_lossy(stream.key()).into_owned();
            if term.split_once(BREAK).is_some_and(|(name, code)| begins(&format!("{name} {code}"), words)) {
                named.insert(term);
            }
        }
    }
    let seen = sight.ranked(field, named, COUNTED)?;
    let suggestion = |(term, _): (String, usize)| {
        let (name, code) = term.split_once(BREAK)?;
        Some(Suggestion { what: Suggested::Organisation(code.to_owned()), text: name.to_owned() })
    };
    Ok(seen.into_iter().filter_map(suggestion).take(limit).collect())
}
