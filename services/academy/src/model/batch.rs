//! Batches: what came into the record in one call, and goes out of it in one.

use exemplar_kernel::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::cohort::CohortId;

exemplar_kernel::id!(
    /// One batch of entries.
    BatchId,
    "batches"
);

/// Entries that were recorded in one call. They stay when the batch is undone: further entries take them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Which.
    pub id: BatchId,
    /// The cohort that it is about; none for a file of several.
    pub cohort: Option<CohortId>,
    /// What it was, in words.
    pub what: String,
    /// How many entries it has.
    pub entries: i32,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
    /// The batch that took it back.
    pub undone_by: Option<BatchId>,
}
