//! Rows to model and back. Nothing is decided here.

pub(crate) mod applications;
pub(crate) mod attendance;
pub(crate) mod batches;
pub(crate) mod cohorts;
pub(crate) mod credentials;
pub(crate) mod curricula;
pub(crate) mod enrolments;
mod entity;
pub(crate) mod evidence;
pub(crate) mod journal;
pub(crate) mod portfolio;
pub(crate) mod qualifications;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod rulings;
pub(crate) mod sessions;
mod tables;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows that one statement inserts or looks up at the most, well below what either database binds.
const BATCH: usize = 500;

/// A row that no code of this version wrote.
fn inconsistent(what: impl std::fmt::Display) -> exemplar_kernel::Error {
    exemplar_kernel::Error::Inconsistent(what.to_string())
}

/// A word as a row holds it.
fn word<T>(found: Option<T>, name: &str) -> Result<T, exemplar_kernel::Error> {
    found.ok_or_else(|| inconsistent(format!("the word {name:?}")))
}

/// A document as a row holds it; an empty text is the default.
fn document<T: DeserializeOwned + Default>(text: &str) -> Result<T, exemplar_kernel::Error> {
    if text.is_empty() { Ok(T::default()) } else { read(text) }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, exemplar_kernel::Error> {
    serde_json::from_str(text).map_err(|error| inconsistent(format!("a document: {error}")))
}

/// A document for a row.
fn written<T: Serialize>(document: &T) -> String {
    serde_json::to_string(document).unwrap_or_default()
}
