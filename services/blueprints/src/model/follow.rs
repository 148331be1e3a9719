//! Follows: what a person wants to be told of, and how often.

use exemplar_directory::TermId;
use exemplar_kernel::{OrganisationId, PersonId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use super::BlueprintId;

/// A name's length, in characters.
pub(crate) const NAME: std::ops::RangeInclusive<usize> = 1..=120;
/// A note's length at the most, in characters.
pub(crate) const MAX_NOTE: usize = 2_000;
/// A saved query's length at the most, in characters.
pub(crate) const MAX_QUERY: usize = 2_000;
/// Follows of one person at the most.
pub(crate) const MAX_FOLLOWS: u64 = 200;

exemplar_kernel::id!(
    /// One follow.
    FollowId,
    "follows"
);
exemplar_kernel::named!(
    /// How often a person is told.
    Cadence {
        /// As soon as there is something.
        AtOnce = "AT_ONCE",
        /// Once a day, after midnight UTC.
        Daily = "DAILY",
        /// Once a week, after midnight UTC before Monday.
        Weekly = "WEEKLY",
    }
);

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watched {
    /// What a search finds.
    Search {
        /// The words.
        query: String,
        /// The conditions, as typed.
        filter: String,
    },
    /// One blueprint's revisions.
    Blueprint(BlueprintId),
    /// What an organisation releases.
    Organisation(OrganisationId),
    /// What is released under a term.
    Topic(TermId),
}

/// Something that a person follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    /// Which.
    pub id: FollowId,
    /// Whose.
    pub person: PersonId,
    /// What they call it.
    pub name: String,
    /// What they noted about it.
    pub note: String,
    /// What is followed.
    pub watched: Watched,
    /// How often they are told.
    pub cadence: Cadence,
    /// What was released up to here is not told.
    pub from: Sequence,
    /// When it was saved.
    pub created: Timestamp,
    /// When they were told last.
    pub told: Option<Timestamp>,
    /// 1 when saved, one more with every change.
    pub version: i64,
}

/// What to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFollow {
    /// What the person calls it.
    pub name: String,
    /// What they noted about it.
    pub note: String,
    /// What is followed.
    pub watched: Watched,
    /// How often they are told.
    pub cadence: Cadence,
}

/// What changes of a follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpdate {
    /// What they call it.
    pub name: Option<String>,
    /// What they noted about it.
    pub note: Option<String>,
    /// How often they are told.
    pub cadence: Option<Cadence>,
}

impl Watched {
    /// What makes two follows of a person the same one.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Search { query, filter } => format!("search\n{}\n{}", query.trim(), filter.trim()),
            Self::Blueprint(id) => id.to_string(),
            Self::Organisation(id) => id.to_string(),
            Self::Topic(id) => id.to_string(),
        }
    }
}

impl Cadence {
    /// When a person is told of what was found at `at`.
    pub(crate) fn due(self, at: Timestamp) -> Timestamp {
        match self {
            Self::AtOnce => at,
            Self::Daily => at.next_midnight(),
            Self::Weekly => at.next_monday(),
        }
    }
}

impl Follow {
    /// The follow with what changes.
    pub(crate) fn updated(self, update: FollowUpdate) -> Self {
        Self {
            name: update.name.unwrap_or(self.name),
            note: update.note.unwrap_or(self.note),
            cadence: update.cadence.unwrap_or(self.cadence),
            version: self.version + 1,
            ..self
        }
    }
}
