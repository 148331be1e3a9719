//! Rows to model and back. Nothing is decided here.

pub(crate) mod agreements;
pub(crate) mod awards;
pub(crate) mod designations;
mod entity;
mod entity_award;
mod entity_life;
pub(crate) mod expressions;
pub(crate) mod ledger;
pub(crate) mod matchings;
pub(crate) mod milestones;
pub(crate) mod pairings;
pub(crate) mod rounds;
pub(crate) mod sides;

use exemplar_kernel::{Error, OrganisationId};
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// A list as a row holds it.
fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(inconsistent)
}

/// A list that a row holds.
fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(inconsistent)
}
