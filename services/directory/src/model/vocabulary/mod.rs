//! The words that organisations, people and blueprints are described with: terms of vocabularies.
//!
//! A term is known by a slug that never changes. It has a label, which may change from a day, and synonyms. Its
//! spellings are its own within the vocabulary, and slug and labels, those of before included, stay so for good. A term
//! may be merged into another from a day, or retired from one.
//!
//! What other contexts store is the slug; [`Vocabularies`] turns it into a label and whatever people type into a slug.

pub(crate) mod change;
pub(crate) mod words;

use std::fmt;

use exemplar_kernel::id::BadName;
use serde::{Deserialize, Serialize};
use time::Date;

pub use words::{NotATerm, Resolved, Vocabularies};

/// Terms of one vocabulary at the most: all of them are held in memory.
pub(crate) const MAX_TERMS: usize = 2_000;
/// Synonyms of one term at the most.
pub(crate) const MAX_SYNONYMS: usize = 30;
/// A label's or synonym's length at the most, in characters.
pub(crate) const MAX_LABEL: usize = 80;
/// A slug's length at the most, in characters.
pub(crate) const MAX_SLUG: usize = 80;

exemplar_kernel::named!(
    /// A vocabulary.
    Vocabulary {
        /// Kinds of care.
        CareSetting = "care-setting",
        /// Products for electronic patient records; each has its supplier.
        EprProduct = "epr-product",
        /// Who supplies them.
        EprSupplier = "epr-supplier",
        /// Where the money came from.
        Funder = "funder",
        /// Kinds of organisation.
        OrganisationType = "organisation-type",
        /// The seven of What Good Looks Like.
        Pillar = "pillar",
        /// Kinds of project.
        ProjectType = "project-type",
        /// Parts of a country.
        Region = "region",
        /// How large an organisation is.
        SizeBand = "size-band",
        /// What organisations offer to others and seek from them, beside kinds of project.
        StrategicTopic = "strategic-topic",
        /// Who uses what was made.
        UserGroup = "user-group",
    }
);

impl Vocabulary {
    /// One of its terms, in the words of a person.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::CareSetting => "care setting",
            Self::EprProduct => "record system",
            Self::EprSupplier => "supplier",
            Self::Funder => "funder",
            Self::OrganisationType => "type of organisation",
            Self::Pillar => "pillar",
            Self::ProjectType => "project type",
            Self::Region => "region",
            Self::SizeBand => "size band",
            Self::StrategicTopic => "strategic topic",
            Self::UserGroup => "user group",
        }
    }

    /// Reads a resource name, `vocabularies/{vocabulary}`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(name: &str) -> Result<Self, BadName> {
        let wanted = BadName("vocabularies/{vocabulary}, as vocabularies/care-setting");
        name.strip_prefix("vocabularies/").and_then(Self::from_name).ok_or(wanted)
    }
}

/// The name of a term: its vocabulary and its slug.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TermId {
    /// Its vocabulary.
    pub vocabulary: Vocabulary,
    /// Its slug, as rows hold it: small letters, digits and single hyphens.
    pub slug: String,
}

impl TermId {
    /// Reads a resource name, `vocabularies/{vocabulary}/terms/{slug}`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(name: &str) -> Result<Self, BadName> {
        const WANTED: BadName = BadName("vocabularies/{vocabulary}/terms/{term}");
        let (vocabulary, slug) = name.split_once("/terms/").ok_or(WANTED)?;
        let vocabulary = Vocabulary::parse(vocabulary).map_err(|_| WANTED)?;
        if is_slug(slug) { Ok(Self { vocabulary, slug: slug.to_owned() }) } else { Err(WANTED) }
    }
}

impl fmt::Display for TermId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vocabularies/{}/terms/{}", self.vocabulary, self.slug)
    }
}

/// What a term is called from a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The words.
    pub text: String,
    /// From which day; none for the label that was there from the beginning.
    pub from: Option<Date>,
}

/// One term carrying on in another from a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The slug of the term it goes on in.
    pub into: String,
    /// From which day.
    pub from: Date,
}

/// A term with all that was ever said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Its name.
    pub id: TermId,
    /// Its labels, oldest first; at least one.
    pub labels: Vec<Label>,
    /// Other spellings, sorted.
    pub synonyms: Vec<String>,
    /// The slug of the supplier; of products only.
    pub supplier: Option<String>,
    /// The term it goes on in, and from when.
    pub merged: Option<Merge>,
    /// The day from which nobody chooses it any more.
    pub retired: Option<Date>,
    /// Where it is known from.
    pub source: String,
    /// 1 when made, one more with every change.
    pub version: i64,
}

/// How a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermState {
    /// It may be chosen.
    Current,
    /// It goes on in another.
    Merged,
    /// It stays where it is, and nobody chooses it any more.
    Retired,
}

impl Term {
    /// What it is called on `day`.
    pub fn label(&self, day: Date) -> &str {
        let begun = |label: &&Label| label.from.is_none_or(|from| from <= day);
        let label = self.labels.iter().rfind(begun).or_else(|| self.labels.first());
        label.map_or(self.id.slug.as_str(), |label| &label.text)
    }

    /// How it stands on `day`.
    pub fn state(&self, day: Date) -> TermState {
        match (&self.merged, self.retired) {
            (Some(merge), _) if merge.from <= day => TermState::Merged,
            (_, Some(from)) if from <= day => TermState::Retired,
            _ => TermState::Current,
        }
    }

    /// Every way to write it: slug, labels, synonyms.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().map(|label| label.text.as_str());
        std::iter::once(self.id.slug.as_str()).chain(labels).chain(self.synonyms.iter().map(String::as_str))
    }
}

/// What makes two spellings one: letters and digits, whatever stands between them and however large they are.
pub(crate) fn key(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// Whether a text is a slug.
pub(crate) fn is_slug(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=MAX_SLUG).contains(&text.len()) && text.split('-').all(|word| !word.is_empty() && word.chars().all(good))
}
