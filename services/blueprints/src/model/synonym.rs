//! Synonyms as they are kept: facts with their source, in versions of the whole list.

use serde::{Deserialize, Serialize};

exemplar_kernel::id!(
    /// One synonym.
    SynonymId,
    "synonyms"
);

/// Two words or phrases that searches take for each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synonym {
    /// Which.
    pub id: SynonymId,
    /// What it says.
    pub fact: Fact,
}

/// What a synonym says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What is typed.
    pub term: String,
    /// What it means.
    pub means: String,
    /// Whether what it means also finds the term.
    pub both_ways: bool,
    /// Where it is from.
    pub source: String,
    /// Under which licence.
    pub licence: String,
}

/// A synonym and the version of the list that has or lost it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The synonym.
    pub synonym: Synonym,
    /// The version.
    pub version: i64,
}
