//! What a user's words ask of the index: clauses, marks for snippets, and what rare words are worth.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::TextAnalyzer;

use super::analyser;
use super::parser::{Clause, Parsed};
use super::schema::Fields;
use super::snapshot::{Snapshot, document_frequency};
use super::snippet::Marks;

/// What a word in the title is worth beyond one in the text, which the title is part of: 4 in all.
const TITLE_BONUS: f32 = 3.0;
/// The same of the summary: 2 in all.
const SUMMARY_BONUS: f32 = 1.0;
/// The same of the organisation's name: 1.5 in all.
const ORGANISATION_BONUS: f32 = 0.5;
/// The shortest half-typed word that is looked for, in letters.
const BEGINNING_MIN: usize = 3;

/// What a half-typed word is worth, in points, in the text and in the title. Whole words are worth several points.
const BEGINNING_SCORE: f32 = 0.25;
const TITLE_BEGINNING_SCORE: f32 = 1.0;

/// Usual lengths in words, that long texts are judged against. Fixed, so that hidden documents do not sway scores.
const TEXT_WORDS: u64 = 800;
const TITLE_WORDS: u64 = 8;
const SUMMARY_WORDS: u64 = 40;
const ORGANISATION_WORDS: u64 = 5;

/// Words that say nothing about what a text is about. Unquoted and next to other words they are left out, unless
/// written in capitals: "IT" and "WHO" mean something here.
const FUNCTION_WORDS: [&str; 38] = [
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "has", "have",
    "how", "i", "in", "is", "it", "of", "on", "or", "that", "the", "to", "was", "we", "what", "when", "where", "which",
    "who", "why", "will", "with",
];

/// The user's words as conditions on the index.
pub(super) struct Plan {
    pub clauses: Vec<(Occur, Box<dyn Query>)>,
    pub marks: Marks,
    pub ignored: Vec<String>,
}

impl Plan {
    /// Turns what was parsed into conditions; words that the index cannot hold join the ignored parts.
    pub(super) fn new(mut parsed: Parsed, fields: &Fields) -> Self {
        let clauses = std::mem::take(&mut parsed.clauses);
        let telling = clauses.iter().any(|clause| !clause.excluded && !is_function_word(clause));
        let last = clauses.len().saturating_sub(1);
        let mut builder = Builder {
            fields,
            words: analyser::words(),
            stems: analyser::stems(),
            clauses: Vec::new(),
            marks: Marks::default(),
        };
        for (at, clause) in clauses.iter().enumerate() {
            if telling && !clause.excluded && is_function_word(clause) {
                continue;
            }
            let words = analyser::terms(&mut builder.words, &clause.text);
            let stems = analyser::terms(&mut builder.stems, &clause.text);
            if stems.is_empty() {
                parsed.ignore(&clause.text);
            } else if clause.excluded {
                let query = builder.all_of(&stems);
                builder.clauses.push((Occur::MustNot, query));
            } else {
                let open = at == last && !clause.phrase;
                let beginning = words.last().filter(|_| open).filter(|word| word.chars().count() >= BEGINNING_MIN);
                builder.require(&stems, beginning);
            }
        }
        Self { clauses: builder.clauses, marks: builder.marks, ignored: parsed.ignored }
    }

    /// Whether documents differ in how well they match.
    pub(super) fn scored(&self) -> bool {
        !self.marks.stems.is_empty()
    }
}

fn is_function_word(clause: &Clause) -> bool {
    !clause.phrase
        && clause.text.contains(char::is_lowercase)
        && FUNCTION_WORDS.contains(&clause.text.to_lowercase().as_str())
}

struct Builder<'a> {
    fields: &'a Fields,
    words: TextAnalyzer,
    stems: TextAnalyzer,
    clauses: Vec<(Occur, Box<dyn Query>)>,
    marks: Marks,
}

impl Builder<'_> {
    /// Asks for the stems, next to each other if there are several, and the last one also half-typed.
    fn require(&mut self, stems: &[String], beginning: Option<&String>) {
        match (stems, beginning) {
            ([stem], None) => self.require_word(stem),
            ([before @ .., stem], Some(beginning)) => {
                for word in before {
                    self.require_word(word);
                }
                self.require_begun(stem, beginning);
            }
            (stems, None) => {
                let phrase = self.all_of(stems);
                self.clauses.push((Occur::Must, phrase));
                for stem in stems {
                    self.mark(stem);
                }
            }
            ([], Some(_)) => {}
        }
    }

    fn require_word(&mut self, stem: &str) {
        if self.mark(stem) {
            let query = Box::new(term(self.fields.text, stem, IndexRecordOption::WithFreqs));
            self.clauses.push((Occur::Must, query));
        }
    }

    fn require_begun(&mut self, stem: &str, beginning: &str) {
        self.mark(stem);
        // All words that begin so, not the first so many: which those are could depend on hidden documents.
        let begun = |field: Field, score: f32| -> Box<dyn Query> {
            let from = Bound::Included(Term::from_field_text(field, beginning));
            let to = Bound::Excluded(Term::from_field_text(field, &format!("{beginning}{}", char::MAX)));
            Box::new(ConstScoreQuery::new(Box::new(RangeQuery::new(from, to)), score))
        };
        let either: Vec<(Occur, Box<dyn Query>)> = vec![
            (Occur::Should, Box::new(term(self.fields.text, stem, IndexRecordOption::WithFreqs))),
            (Occur::Should, begun(self.fields.words, BEGINNING_SCORE)),
        ];
        self.clauses.push((Occur::Must, Box::new(BooleanQuery::new(either))));
        self.clauses.push((Occur::Should, begun(self.fields.title_words, TITLE_BEGINNING_SCORE)));
        self.marks.beginning = Some(beginning.to_owned());
    }

    /// Notes a stem to be shown in snippets and weighed in the short fields; false if it was noted before.
    fn mark(&mut self, stem: &str) -> bool {
        if self.marks.stems.iter().any(|known| known == stem) {
            return false;
        }
        self.marks.stems.push(stem.to_owned());
        let bonuses = [
            (self.fields.title, TITLE_BONUS),
            (self.fields.summary, SUMMARY_BONUS),
            (self.fields.organisation_name, ORGANISATION_BONUS),
        ];
        for (field, bonus) in bonuses {
            let word = Box::new(term(field, stem, IndexRecordOption::WithFreqs));
            self.clauses.push((Occur::Should, Box::new(BoostQuery::new(word, bonus))));
        }
        true
    }

    /// The stem, or all of them next to each other.
    fn all_of(&self, stems: &[String]) -> Box<dyn Query> {
        match stems {
            [stem] => Box::new(term(self.fields.text, stem, IndexRecordOption::WithFreqs)),
            stems => {
                let terms = stems.iter().map(|stem| Term::from_field_text(self.fields.text, stem)).collect();
                Box::new(PhraseQuery::new(terms))
            }
        }
    }
}

/// A condition that one of `keys` is in `field`, worth nothing; `None` without keys.
pub(super) fn any_of(field: Field, keys: &[String]) -> Option<Box<dyn Query>> {
    let queries: Vec<Box<dyn Query>> =
        keys.iter().map(|key| Box::new(term(field, key, IndexRecordOption::Basic)) as Box<dyn Query>).collect();
    let query: Box<dyn Query> = match queries.len() {
        0 => return None,
        1 => queries.into_iter().next()?,
        _ => Box::new(BooleanQuery::union(queries)),
    };
    Some(Box::new(ConstScoreQuery::new(query, 0.0)))
}

fn term(field: Field, text: &str, option: IndexRecordOption) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), option)
}

/// How rare words are, counted among public documents only: with the index's own counts, the order of public hits would
/// tell which words stand in hidden documents. Public documents that were deleted count until they are merged away.
pub(super) struct Statistics {
    documents: u64,
    frequencies: HashMap<String, u64>,
    /// Usual length of each scored field, in words.
    lengths: [(Field, u64); 4],
}

impl Statistics {
    /// Counts what scoring `marks` will ask for.
    pub(super) fn new(snapshot: &Snapshot, marks: &Marks) -> tantivy::Result<Self> {
        let (searcher, fields, documents) = (&snapshot.searcher, &snapshot.fields, snapshot.public.max(1));
        let frequencies = marks
            .stems
            .iter()
            .map(|stem| {
                let all = document_frequency(searcher, &Term::from_field_text(fields.text, stem))?;
                let hidden = document_frequency(searcher, &Term::from_field_text(fields.hidden_words, stem))?;
                Ok((stem.clone(), all.saturating_sub(hidden).min(documents)))
            })
            .collect::<tantivy::Result<_>>()?;
        let lengths = [
            (fields.text, TEXT_WORDS),
            (fields.title, TITLE_WORDS),
            (fields.summary, SUMMARY_WORDS),
            (fields.organisation_name, ORGANISATION_WORDS),
        ];
        Ok(Self { documents, frequencies, lengths })
    }
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let length = self.lengths.iter().find(|(known, _)| *known == field).map_or(1, |(_, length)| *length);
        Ok(self.documents.saturating_mul(length))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let value = term.value();
        Ok(value.as_str().and_then(|stem| self.frequencies.get(stem)).copied().unwrap_or_default())
    }
}
