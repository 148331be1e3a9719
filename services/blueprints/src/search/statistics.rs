//! What rare words are worth.

use std::collections::HashMap;

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Score, Term};

use super::snapshot::{Snapshot, document_frequency};

/// Usual lengths in words of the short fields, that long ones are judged against. Fixed, so that hidden documents do not
/// sway scores; that of the text is counted among public documents.
const TITLE_WORDS: u64 = 8;
const SUMMARY_WORDS: u64 = 30;
const ORGANISATION_WORDS: u64 = 5;

/// How rare words are, counted among public documents only: with the index's own counts, the order of public hits would
/// tell which words stand in hidden documents.
pub(super) struct Statistics {
    documents: u64,
    frequencies: HashMap<String, u64>,
    /// Words of each scored field in all documents together.
    words: [(Field, u64); 4],
}

impl Statistics {
    /// Counts what scoring `stems` will ask for.
    pub(super) fn new<'s>(snapshot: &Snapshot, stems: impl Iterator<Item = &'s str>) -> tantivy::Result<Self> {
        let (fields, documents) = (&snapshot.fields, snapshot.public.max(1));
        let words = [
            (fields.text, snapshot.public_words.max(1)),
            (fields.title, documents.saturating_mul(TITLE_WORDS)),
            (fields.summary, documents.saturating_mul(SUMMARY_WORDS)),
            (fields.organisation_name, documents.saturating_mul(ORGANISATION_WORDS)),
        ];
        let mut statistics = Self { documents, frequencies: HashMap::new(), words };
        for stem in stems {
            statistics.count(snapshot, stem)?;
        }
        Ok(statistics)
    }

    fn count(&mut self, snapshot: &Snapshot, stem: &str) -> tantivy::Result<()> {
        if !self.frequencies.contains_key(stem) {
            let of = |field| document_frequency(&snapshot.searcher, &Term::from_field_text(field, stem));
            let public = of(snapshot.fields.text)?.saturating_sub(of(snapshot.fields.hidden_words)?);
            self.frequencies.insert(stem.to_owned(), public.min(self.documents));
        }
        Ok(())
    }

    /// What a stem weighs in BM25: the logarithm of how rare it is.
    #[expect(clippy::cast_precision_loss, reason = "documents are far fewer than 2^23")]
    pub(super) fn rarity(&self, stem: &str) -> Score {
        let frequency = self.frequencies.get(stem).copied().unwrap_or_default();
        let (with, without) = (frequency as Score, self.documents.saturating_sub(frequency) as Score);
        (1.0 + (without + 0.5) / (with + 0.5)).ln()
    }

    /// How many public documents have a stem that was counted.
    pub(super) fn frequency(&self, stem: &str) -> u64 {
        self.frequencies.get(stem).copied().unwrap_or_default()
    }
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.words.iter().find(|(known, _)| *known == field).map_or(1, |(_, words)| *words))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(term.value().as_str().map_or(0, |stem| self.frequency(stem)))
    }
}
