//! The erasure of a person.

use exemplar_kernel::{PersonId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

exemplar_kernel::id!(
    /// One erasure.
    ErasureId,
    "erasures"
);

/// The erasure of a person, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Which.
    pub id: ErasureId,
    /// Of whom.
    pub person: PersonId,
    /// Who asked for it; none for the server itself.
    pub asked_by: Option<PersonId>,
    /// When.
    pub asked: Timestamp,
    /// Contexts that are done.
    pub step: usize,
    /// The entry of the journal up to which what changes left behind was looked through.
    pub scanned: Sequence,
    /// Rows that went or lost what was in them.
    pub rows: u64,
    /// Entries of the journal whose change was erased.
    pub changes: u64,
    /// When it was done.
    pub done: Option<Timestamp>,
}
