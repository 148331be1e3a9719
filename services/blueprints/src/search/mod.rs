//! The search index of blueprints: full text, facets and snippets over tantivy, with permission inside every query.
//!
//! The index is derived: the database is the truth, and whatever is found wrong in the folder is answered by a fresh,
//! empty generation that the owner fills again. This module knows no SQL, no gRPC and no clock; its calls block, so
//! that async callers choose where they run (only [`Index::reached`] is a future).
//!
//! Reading order: [`Index`] (what can be done), `query` (what a search means), `schema` (what is stored), `parser` (how
//! the words of a user are read), `snippet`, and last `folder`, `generation` and `rebuild` (how it lies on disk).

mod analyser;
mod collect;
mod conditions;
mod explain;
mod facet;
mod filter;
mod fit;
mod folder;
mod generation;
mod index;
mod meanings;
mod parser;
mod plan;
mod query;
mod reading;
mod rebuild;
mod related;
mod schema;
mod sight;
mod snapshot;
mod snippet;
mod statistics;
mod suggest;
mod synonyms;
mod typos;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use uuid::Uuid;

pub use explain::Explanation;
pub use facet::Facet;
pub use filter::fields as filter_fields;
pub use fit::{Fit, Likeness, Trait};
pub use generation::{Anew, Opened};
pub use index::Index;
pub use query::{Answer, Facets, HITS_MAX, Hit, OFFSET_MAX, Order, Query};
pub use reading::{Origin, ReadAs};
pub use rebuild::Rebuild;
pub use related::Related;
pub use snippet::Snippet;
pub use suggest::{Suggested, Suggestion};
pub use synonyms::{Synonym, Synonyms};

/// The English stems of the words in a text that say something, as the index has them.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let said: Vec<_> = text.split_whitespace().filter(|word| !analyser::is_function_word(word)).collect();
    analyser::terms(&mut analyser::stems(), &said.join(" "))
}

/// The audience of everyone, signed in or not. Documents that carry it are also those whose words may weigh words:
/// how rare a word is gets counted among public documents only, so that scores tell nothing of hidden ones.
pub const PUBLIC: &str = "public";

/// What the names of sections begin with that are files; the file's name follows.
pub const FILE: &str = "file:";

/// One blueprint revision as the index sees it: plain text, already stripped of markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The blueprint; the index holds one document of each.
    pub id: Uuid,
    /// The published revision that the text is from.
    pub revision: u32,
    /// The title; its words weigh most.
    pub title: String,
    /// The summary; shown when nothing in the sections matches.
    pub summary: String,
    /// Section name (such as `what_went_wrong`, given back in [`Snippet::section`]) and its text, in reading order.
    pub sections: Vec<(String, String)>,
    /// The name of the organisation that owns it, for the words.
    pub organisation_name: String,
    /// What it is counted, filtered and compared by; keys of vocabularies where there is one.
    pub keys: BTreeMap<Facet, Vec<String>>,
    /// When it is to be reviewed, in microseconds since 1970 UTC.
    pub review: Option<i64>,
    /// How many organisations have adopted it.
    pub adoptions: u32,
    /// When it was published, in microseconds since 1970 UTC.
    pub published: i64,
    /// Who may see it: [`PUBLIC`], `network`, `organisation:RBL` and so on. Nobody when empty.
    pub audience: Vec<String>,
}

/// One change of the index; putting a document again replaces it, removing what is not there does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The document as it is now.
    Put(Box<Document>),
    /// The blueprint is gone from search.
    Remove(Uuid),
}

impl Change {
    /// The blueprint that changes.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Put(document) => document.id,
            Self::Remove(id) => *id,
        }
    }
}

/// Why the index could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder itself cannot be used: no permission, no space, not a folder.
    #[error("the search folder {path} cannot be used")]
    Folder {
        /// The folder or file at fault.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another [`Index`] writes in this folder, in this process or in another one.
    #[error("the search folder {0} is in use by another writer")]
    Busy(PathBuf),
    /// A rebuild is under way already; there is one at a time.
    #[error("the search index is being rebuilt already")]
    Rebuilding,
    /// The changes are older than what the index holds; only a rebuild goes back.
    #[error("the search index is at {current}, beyond {upto}")]
    Behind {
        /// The sequence of the index.
        current: i64,
        /// The sequence that was asked for.
        upto: i64,
    },
    /// What lies on disk cannot be read: rebuild. Searches may go on failing until then.
    #[error("the search index is damaged: {0}")]
    Damaged(String),
    /// The change could not be written, twice; the index still answers from its last sequence.
    #[error("the search index could not be written")]
    Write(#[source] tantivy::TantivyError),
}
