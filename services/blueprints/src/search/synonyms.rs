//! Words and phrases that stand for each other, ready to be looked up by stems. Pure.

use std::collections::HashMap;

use tantivy::tokenizer::TextAnalyzer;

use super::analyser;

/// The longest side of a rule that is looked up, in words.
const WORDS_MAX: usize = 12;

/// One rule: who searches for `from` also means `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// A word or a phrase.
    pub from: String,
    /// What it stands for, a word or a phrase; a phrase is found as one.
    pub to: String,
    /// Whether `to` also means `from`.
    pub both: bool,
}

/// All rules of one version.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// By the stems of what is typed, what it stands for.
    meanings: HashMap<Vec<String>, Vec<String>>,
    longest: usize,
    /// The version that they are of; it takes part in page tokens.
    pub version: i64,
}

impl Synonyms {
    /// Makes rules ready.
    pub fn new(rules: &[Synonym], version: i64) -> Self {
        let mut all = Self { version, ..Self::default() };
        let mut stems = analyser::stems();
        for rule in rules {
            all.add(&mut stems, &rule.from, &rule.to);
            if rule.both {
                all.add(&mut stems, &rule.to, &rule.from);
            }
        }
        all
    }

    fn add(&mut self, stems: &mut TextAnalyzer, from: &str, to: &str) {
        let key = analyser::terms(stems, from);
        if key.is_empty() || key.len() > WORDS_MAX {
            return;
        }
        self.longest = self.longest.max(key.len());
        let meanings = self.meanings.entry(key).or_default();
        if !meanings.iter().any(|known| known.eq_ignore_ascii_case(to)) {
            meanings.push(to.to_owned());
        }
    }

    /// What exactly these stems stand for.
    pub(super) fn of(&self, stems: &[String]) -> &[String] {
        if stems.len() > self.longest {
            return &[];
        }
        self.meanings.get(stems).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many words the longest typed side has.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }
}
