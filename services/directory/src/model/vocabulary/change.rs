//! What may become of terms; pure.

use std::collections::HashSet;

use exemplar_kernel::Violations;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Label, MAX_LABEL, MAX_SYNONYMS, Merge, Term, TermId, key};

/// A term to be made.
#[derive(Clone, Debug)]
pub struct NewTerm {
    /// Its name.
    pub id: TermId,
    /// What it is called.
    pub label: String,
    /// Other spellings.
    pub synonyms: Vec<String>,
    /// The supplier's slug; for products.
    pub supplier: Option<String>,
    /// Where it is known from.
    pub source: String,
}

/// What is to be changed of a term.
#[derive(Clone, Debug, Default)]
pub struct TermUpdate {
    /// What it is called, from a day.
    pub label: Option<(String, Date)>,
    /// All its other spellings.
    pub synonyms: Option<Vec<String>>,
    /// The supplier's slug; for products.
    pub supplier: Option<Option<String>>,
    /// Where it is known from.
    pub source: Option<String>,
}

exemplar_kernel::named!(
    /// How a vocabulary changed.
    ChangeKind {
        /// It came with the service.
        Shipped = "SHIPPED",
        /// A term was made.
        Created = "CREATED",
        /// What is said of a term changed.
        Updated = "UPDATED",
        /// A term goes on in another.
        Merged = "MERGED",
        /// A term is not to be chosen any more.
        Retired = "RETIRED",
    }
);

/// One step of a vocabulary's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyChange {
    /// The vocabulary's version from then on.
    pub version: i64,
    /// When; none for what came with the service.
    pub at: Option<exemplar_kernel::Timestamp>,
    /// What was done.
    pub kind: ChangeKind,
    /// The term's slug; empty for [`ChangeKind::Shipped`].
    pub term: String,
    /// It in words.
    pub note: String,
}

impl Term {
    /// A new term.
    pub(crate) fn create(new: NewTerm) -> Self {
        let NewTerm { id, label, synonyms, supplier, source } = new;
        let labels = vec![Label { text: label, from: None }];
        Self { id, labels, synonyms, supplier, merged: None, retired: None, source, version: 1 }.tidied()
    }

    /// The term with what changed of it.
    pub(crate) fn updated(&self, update: TermUpdate) -> Self {
        let mut term = Self { version: self.version + 1, ..self.clone() };
        if let Some((text, from)) = update.label
            && text != term.label(from)
        {
            // A label that comes back is one label with its newest day.
            term.labels.retain(|label| key(&label.text) != key(&text));
            term.labels.push(Label { text, from: Some(from) });
            term.labels.sort_by_key(|label| label.from);
        }
        if let Some(synonyms) = update.synonyms {
            term.synonyms = synonyms;
        }
        if let Some(supplier) = update.supplier {
            term.supplier = supplier;
        }
        if let Some(source) = update.source {
            term.source = source;
        }
        term.tidied()
    }

    /// The term going on in another. Nothing when either has ended: a term goes on in a living one and only once, so
    /// that no ring can come to be.
    pub(crate) fn merged_into(&self, into: &Self, from: Date) -> Option<Self> {
        let fits = !self.has_ended() && !into.has_ended() && self.id != into.id;
        let same = self.id.vocabulary == into.id.vocabulary;
        let merged = Some(Merge { into: into.id.slug.clone(), from });
        (fits && same).then(|| Self { merged, version: self.version + 1, ..self.clone() })
    }

    /// The term that nobody chooses any more from a day. Nothing when it has ended.
    pub(crate) fn retired_from(&self, from: Date) -> Option<Self> {
        (!self.has_ended()).then(|| Self { retired: Some(from), version: self.version + 1, ..self.clone() })
    }

    /// Whether it was merged or retired, be it from a day to come.
    pub(crate) fn has_ended(&self) -> bool {
        self.merged.is_some() || self.retired.is_some()
    }

    /// Synonyms sorted, each once, and none that a label or the slug says already.
    fn tidied(mut self) -> Self {
        let mut said: HashSet<String> = self.labels.iter().map(|label| key(&label.text)).collect();
        said.insert(key(&self.id.slug));
        self.synonyms.sort();
        self.synonyms.retain(|synonym| said.insert(key(synonym)));
        self
    }
}

/// Reads a label or another spelling.
pub(crate) fn parse_spelling(violations: &mut Violations, field: &str, typed: &str) -> String {
    let text = violations.text(field, typed, 1..=MAX_LABEL);
    if !text.is_empty() && key(&text).is_empty() {
        violations.add(field, "has neither a letter nor a digit");
    }
    text
}

/// Reads synonyms.
pub(crate) fn parse_synonyms(violations: &mut Violations, field: &str, typed: &[String]) -> Vec<String> {
    violations.at_most(field, typed, MAX_SYNONYMS);
    let each = typed.iter().take(MAX_SYNONYMS).enumerate();
    each.map(|(i, typed)| parse_spelling(violations, &format!("{field}[{i}]"), typed)).collect()
}
