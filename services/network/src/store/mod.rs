//! Rows to model and back. Nothing is decided here.

pub(crate) mod agreements;
pub(crate) mod awards;
pub(crate) mod designations;
mod entity;
mod entity_award;
mod entity_life;
pub(crate) mod ledger;
pub(crate) mod milestones;
pub(crate) mod pairings;
pub(crate) mod sides;

use exemplar_kernel::{Error, OrganisationId};

/// A row that no code of this version wrote.
fn inconsistent(what: impl std::fmt::Display) -> Error {
    Error::Inconsistent(what.to_string())
}

/// A code as a row holds it.
fn organisation_id(code: &str) -> Result<OrganisationId, Error> {
    OrganisationId::from_code(code).map_err(|_| inconsistent(format!("organisation code {code:?}")))
}

/// A word as a row holds it.
fn word<T>(name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
    from_name(name).ok_or_else(|| inconsistent(format!("the word {name:?}")))
}
