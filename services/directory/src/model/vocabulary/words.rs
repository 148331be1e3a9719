//! All vocabularies at once, in memory: from what people type to terms, and from what rows hold to labels.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use exemplar_kernel::{Violations, day};
use time::Date;

use super::{Term, TermState, Vocabulary, key};

/// Why a text cannot be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATerm {
    /// No term is spelt so.
    #[error("is not a term of the vocabulary")]
    Unknown,
    /// It was a term.
    #[error("was retired on {}; choose another", day::in_words(*.0))]
    Retired(Date),
}

/// A term that was found, and through which it was.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// The term that it means today.
    pub term: &'a Term,
    /// The term that is spelt so: another one when it was merged since.
    pub asked: &'a Term,
}

impl Resolved<'_> {
    /// Whether a merge was followed.
    pub fn followed(&self) -> bool {
        self.term.id != self.asked.id
    }
}

/// Every vocabulary as it stands on one day; cheap to clone.
#[derive(Clone, Debug)]
pub struct Vocabularies {
    book: Arc<Book>,
    today: Date,
}

/// The terms of all vocabularies, whatever the day.
#[derive(Debug, Default)]
pub(crate) struct Book {
    shelves: BTreeMap<Vocabulary, Terms>,
}

#[derive(Debug, Default)]
struct Terms {
    version: i64,
    by_slug: BTreeMap<String, Term>,
    /// From every spelling's key to the slug.
    slugs: HashMap<String, String>,
}

impl Book {
    pub(crate) fn new(versions: &[(Vocabulary, i64)], terms: impl IntoIterator<Item = Term>) -> Self {
        let mut book = Self::default();
        for (vocabulary, version) in versions {
            book.shelves.entry(*vocabulary).or_default().version = *version;
        }
        for term in terms {
            let terms = book.shelves.entry(term.id.vocabulary).or_default();
            for spelling in term.spellings() {
                terms.slugs.insert(key(spelling), term.id.slug.clone());
            }
            terms.by_slug.insert(term.id.slug.clone(), term);
        }
        book
    }
}

impl Terms {
    /// The term that a slug's term goes on in on `day`; itself when it goes on in none.
    fn follow<'a>(&'a self, asked: &'a Term, day: Date) -> &'a Term {
        let mut here = asked;
        // No verb can make a ring; one that a restored row made must not hang anybody.
        for _ in 0..self.by_slug.len() {
            let next = here.merged.as_ref().filter(|merge| merge.from <= day);
            match next.and_then(|merge| self.by_slug.get(&merge.into)) {
                Some(next) => here = next,
                None => return here,
            }
        }
        asked
    }
}

impl Vocabularies {
    pub(crate) fn new(book: Arc<Book>, today: Date) -> Self {
        Self { book, today }
    }

    /// The same as it stood, or will stand, on another day.
    #[must_use]
    pub fn on(&self, day: Date) -> Self {
        Self { book: Arc::clone(&self.book), today: day }
    }

    /// The day on which they stand so.
    pub fn today(&self) -> Date {
        self.today
    }

    /// How often a vocabulary has changed.
    pub fn version(&self, vocabulary: Vocabulary) -> i64 {
        self.book.shelves.get(&vocabulary).map_or(0, |terms| terms.version)
    }

    /// A term by its slug, merged and retired ones included.
    pub fn get(&self, vocabulary: Vocabulary, slug: &str) -> Option<&Term> {
        self.book.shelves.get(&vocabulary)?.by_slug.get(slug)
    }

    /// Every term of a vocabulary, ordered by slug, merged and retired ones included.
    pub fn all(&self, vocabulary: Vocabulary) -> impl Iterator<Item = &Term> {
        self.book.shelves.get(&vocabulary).into_iter().flat_map(|terms| terms.by_slug.values())
    }

    /// The term that a text means today: by slug, label (of today or of before) or synonym, in any capitals and with
    /// anything between its words. Merges are followed, and retired terms found: this is for reading and filtering.
    ///
    /// # Errors
    /// [`NotATerm::Unknown`].
    pub fn resolve(&self, vocabulary: Vocabulary, typed: &str) -> Result<Resolved<'_>, NotATerm> {
        let terms = self.book.shelves.get(&vocabulary).ok_or(NotATerm::Unknown)?;
        let asked = terms.slugs.get(&key(typed)).and_then(|slug| terms.by_slug.get(slug)).ok_or(NotATerm::Unknown)?;
        Ok(Resolved { term: terms.follow(asked, self.today), asked })
    }

    /// The term that a text means today, for somebody who chooses it now.
    ///
    /// # Errors
    /// [`NotATerm`].
    pub fn choose(&self, vocabulary: Vocabulary, typed: &str) -> Result<&Term, NotATerm> {
        let term = self.resolve(vocabulary, typed)?.term;
        match term.retired {
            Some(from) if term.state(self.today) == TermState::Retired => Err(NotATerm::Retired(from)),
            _ => Ok(term),
        }
    }

    /// Reads chosen terms: their slugs, sorted, each once. Faults are noted under `field`, one for each text.
    pub fn take(
        &self,
        violations: &mut Violations,
        field: &str,
        vocabulary: Vocabulary,
        typed: &[String],
        most: usize,
    ) -> Vec<String> {
        violations.at_most(field, typed, most);
        let each = typed.iter().take(most).enumerate();
        let mut slugs: Vec<String> = each
            .filter_map(|(i, typed)| violations.take(&format!("{field}[{i}]"), self.choose(vocabulary, typed)))
            .map(|term| term.id.slug.clone())
            .collect();
        slugs.sort();
        slugs.dedup();
        slugs
    }

    /// The slugs that rows may hold for what a text means today: its term's, and those of the terms that were merged
    /// into it. A filter wants any of them.
    ///
    /// # Errors
    /// [`NotATerm::Unknown`].
    pub fn wanted(&self, vocabulary: Vocabulary, typed: &str) -> Result<Vec<String>, NotATerm> {
        let wanted = &self.resolve(vocabulary, typed)?.term.id;
        let Some(terms) = self.book.shelves.get(&vocabulary) else { return Err(NotATerm::Unknown) };
        let means = |term: &&Term| terms.follow(term, self.today).id == *wanted;
        Ok(terms.by_slug.values().filter(means).map(|term| term.id.slug.clone()).collect())
    }

    /// Reads terms to filter by: every slug that rows may hold for any of them, sorted, each once. Faults are noted under
    /// `field`, one for each text.
    pub fn take_wanted(
        &self,
        violations: &mut Violations,
        field: &str,
        vocabulary: Vocabulary,
        typed: &[String],
        most: usize,
    ) -> Vec<String> {
        violations.at_most(field, typed, most);
        let each = typed.iter().take(most).enumerate();
        let mut slugs: Vec<String> = each
            .filter_map(|(i, typed)| violations.take(&format!("{field}[{i}]"), self.wanted(vocabulary, typed)))
            .flatten()
            .collect();
        slugs.sort();
        slugs.dedup();
        slugs
    }

    /// The slug that a row's slug means today; one that is no term stays as it is.
    pub fn canonical<'a>(&'a self, vocabulary: Vocabulary, slug: &'a str) -> &'a str {
        self.resolve(vocabulary, slug).map_or(slug, |found| &found.term.id.slug)
    }

    /// What a row's slug is called today; one that is no term is shown as it is.
    pub fn label<'a>(&'a self, vocabulary: Vocabulary, slug: &'a str) -> &'a str {
        self.resolve(vocabulary, slug).map_or(slug, |found| found.term.label(self.today))
    }

    /// What a row's slugs are called today: sorted, each once.
    pub fn labels(&self, vocabulary: Vocabulary, slugs: &[String]) -> Vec<String> {
        let mut labels: Vec<String> = slugs.iter().map(|slug| self.label(vocabulary, slug).to_owned()).collect();
        labels.sort();
        labels.dedup();
        labels
    }

    /// The labels that may be chosen today, sorted.
    pub fn choices(&self, vocabulary: Vocabulary) -> Vec<&str> {
        let current = self.all(vocabulary).filter(|term| term.state(self.today) == TermState::Current);
        let mut labels: Vec<&str> = current.map(|term| term.label(self.today)).collect();
        labels.sort_unstable();
        labels
    }

    /// Who supplies a product today.
    pub fn supplier_of(&self, product: &str) -> Option<&Term> {
        let product = self.resolve(Vocabulary::EprProduct, product).ok()?.term;
        let supplier = product.supplier.as_deref()?;
        Some(self.resolve(Vocabulary::EprSupplier, supplier).ok()?.term)
    }
}
