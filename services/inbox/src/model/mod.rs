//! Items, and what they read like.

pub(crate) mod mail;

use std::collections::BTreeMap;

use exemplar_kernel::{OrganisationId, PersonId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

exemplar_kernel::id!(
    /// One item.
    ItemId,
    "items"
);

/// Items that are marked together at the most.
pub(crate) const MAX_MARKED: usize = 200;

/// Something that a person was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub id: ItemId,
    /// Who was told.
    pub person: PersonId,
    /// The entry of the journal that it was derived from.
    pub sequence: Sequence,
    /// The name of its kind.
    pub kind: String,
    /// Whether something waits for them.
    pub task: bool,
    /// The resource that it is about.
    pub subject: String,
    /// For which organisation they were told.
    pub organisation: Option<OrganisationId>,
    /// What it says; `{organisations/RGT}` is that organisation's name.
    pub text: String,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// When it was read.
    pub read: Option<Timestamp>,
    /// When it was put away.
    pub done: Option<Timestamp>,
    /// Whether the journal put it away.
    pub settled: bool,
}

/// Which items a list wants; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedItems {
    /// Those of this kind.
    pub kind: Option<String>,
    /// Tasks, or news.
    pub task: Option<bool>,
    /// Those that were read, or were not.
    pub read: Option<bool>,
    /// Those that were put away, or were not.
    pub done: Option<bool>,
    /// Those about this resource.
    pub subject: Option<String>,
}

/// How many items of a kind wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The kind's name.
    pub kind: &'static str,
    /// What people read over many of the kind.
    pub words: &'static str,
    /// Whether its items are tasks.
    pub task: bool,
    /// Those that are not put away.
    pub open: i64,
    /// Those of them that were not read.
    pub unread: i64,
}

/// The organisations that a text names.
pub(crate) fn named(text: &str) -> impl Iterator<Item = OrganisationId> {
    text.split('{').skip(1).filter_map(|rest| OrganisationId::parse(rest.split_once('}')?.0).ok())
}

/// The text with organisations called by their names; one that has no name keeps its code.
pub(crate) fn read_aloud(text: &str, names: &BTreeMap<OrganisationId, String>) -> String {
    let mut parts = text.split('{');
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once('}').and_then(|(name, rest)| Some((OrganisationId::parse(name).ok()?, rest)));
        match known {
            Some((organisation, rest)) => {
                read.push_str(names.get(&organisation).map_or(organisation.code(), String::as_str));
                read.push_str(rest);
            }
            None => {
                read.push('{');
                read.push_str(part);
            }
        }
    }
    read
}
