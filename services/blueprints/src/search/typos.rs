//! Words that were probably meant by a word that nobody wrote.

use tantivy::query::FuzzyTermQuery;
use tantivy::{Term, tokenizer::TextAnalyzer};

use super::analyser;
use super::sight::Sight;

/// Words of fewer letters are never taken for others: EPR is not EPS, ward is not word.
const FORGIVEN_FROM: usize = 5;
/// From so many letters two slips are forgiven.
const TWICE_FROM: usize = 9;
/// Words that one typed word is taken for, at the most.
const MEANT_MAX: usize = 3;
/// Documents of a candidate that are counted; beyond, words are equally usual.
const COUNTED: usize = 50;

/// A word that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    /// As the index has it.
    pub word: String,
    /// Slips between the two; one in the first letter counts double.
    pub slips: usize,
    /// In how many visible documents it is, counted up to fifty.
    pub count: usize,
}

/// Whether a word as typed may be taken for another: long enough, and neither capitals nor digits in it.
pub(super) fn is_forgiven(typed: &str) -> bool {
    typed.chars().count() >= FORGIVEN_FROM
        && typed.chars().skip(1).all(char::is_lowercase)
        && typed.starts_with(char::is_alphabetic)
}

/// The words of visible documents that are nearest to `word`, the likeliest first.
pub(super) fn meant(sight: &Sight<'_>, words: &mut TextAnalyzer, typed: &str) -> tantivy::Result<Vec<Meant>> {
    let Some(word) = analyser::terms(words, typed).pop().filter(|_| is_forgiven(typed)) else { return Ok(Vec::new()) };
    let most: u8 = if word.chars().count() >= TWICE_FROM { 2 } else { 1 };
    let field = sight.snapshot.fields.words;
    let automaton = FuzzyTermQuery::new(Term::from_field_text(field, &word), most, true);
    let mut near = std::collections::BTreeMap::new();
    for reader in sight.snapshot.searcher.segment_readers() {
        let index = reader.inverted_index(field)?;
        let mut stream = index.terms().search(automaton.automaton()?).into_stream()?;
        while stream.advance() {
            let found = String::from_utf8_lossy(stream.key()).into_owned();
            let slips = slips(&word, &found);
            if slips > 0 && slips <= usize::from(most) && !found.contains(|letter: char| letter.is_ascii_digit()) {
                near.insert(found, slips);
            }
        }
    }
    let mut meant = Vec::new();
    for slips in 1..=usize::from(most) {
        let words = near.iter().filter(|(_, found)| **found == slips).map(|(word, _)| word.clone());
        let seen = sight.ranked(field, words, COUNTED)?;
        meant.extend(seen.into_iter().map(|(word, count)| Meant { word, slips, count }));
        if !meant.is_empty() {
            break;
        }
    }
    meant.truncate(MEANT_MAX);
    Ok(meant)
}

/// Letters left out, put in, replaced or swapped with their neighbour; another first letter counts double.
pub(super) fn slips(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for (at, row) in rows.iter_mut().enumerate() {
        row[0] = at;
    }
    for (at, cell) in rows[0].iter_mut().enumerate() {
        *cell = at;
    }
    for i in 1..=one.len() {
        for j in 1..=other.len() {
            let same = usize::from(one[i - 1] != other[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    let first = usize::from(one.first() != other.first());
    rows[one.len()][other.len()] + first
}
