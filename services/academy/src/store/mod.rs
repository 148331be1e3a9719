//! Rows to model and back. Nothing is decided here.

pub(crate) mod cohorts;
pub(crate) mod curricula;
pub(crate) mod enrolments;
mod entity;
pub(crate) mod results;

/// Rows that one statement inserts or looks up at the most, well below what either database binds.
const BATCH: usize = 500;

/// A row that no code of this version wrote.
fn inconsistent(what: impl std::fmt::Display) -> exemplar_kernel::Error {
    exemplar_kernel::Error::Inconsistent(what.to_string())
}
