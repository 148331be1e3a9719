//! A learner's journal: private, until an entry is shared.

use exemplar_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use time::Date;

use super::enrolment::EnrolmentId;

exemplar_kernel::id!(
    /// One entry of a learner's journal.
    JournalEntryId,
    "journalEntries"
);

/// An entry's text at the most, in characters.
pub(crate) const MAX_ENTRY: usize = 20_000;

/// One entry of a learner's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Which.
    pub id: JournalEntryId,
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The day that it is about.
    pub date: Date,
    /// What it is called.
    pub title: String,
    /// What it says; empty in lists.
    pub body: String,
    /// Whether the sponsor and the academy may read it.
    pub shared: bool,
    /// When it was written last.
    pub written: Timestamp,
    /// Goes up with every change.
    pub version: i64,
}

/// What is written into an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteEntry {
    /// The day that it is about.
    pub date: Date,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub body: String,
}

/// What the record of changes says of an entry: never what is written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryTrace {
    pub(crate) date: Date,
    pub(crate) shared: bool,
    pub(crate) version: i64,
}

impl JournalEntry {
    /// What the record of changes says of it.
    pub(crate) fn trace(&self) -> EntryTrace {
        EntryTrace { date: self.date, shared: self.shared, version: self.version }
    }
}
