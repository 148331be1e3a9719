//! Rows to model and back. Nothing is decided here.

mod entity;
pub(crate) mod erasures;
pub(crate) mod maturity;
pub(crate) mod organisations;
pub(crate) mod people;
mod profiles;
pub(crate) mod sessions;
pub(crate) mod vocabularies;

/// A row that no code of this version wrote.
fn inconsistent(what: impl std::fmt::Display) -> exemplar_kernel::Error {
    exemplar_kernel::Error::Inconsistent(what.to_string())
}
