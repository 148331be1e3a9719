//! The world that the end-to-end tests live in: the real server on a free port, and people who call it.
//!
//! A [`World`] is `App::build` in a temporary folder over a fresh database. Everything in it is done through generated
//! clients, as [`Actor`]s; only people are made by the server's own loader, because invitations have tests of their own.

mod actor;
mod clamd;
mod postgres;
mod publishing;
mod world;

pub use actor::Actor;
pub use clamd::{MARKER, Scanner, find_clamd};
pub use postgres::{Cluster, find_postgres};
pub use publishing::{assured, release};
pub use world::{Database, PASSWORD, World, new_database, stop_cluster};

/// A failed call, in the words that tests compare: the code, the reason and every field at fault.
pub fn refusal(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let reason = details.error_info().map_or("-", |info| info.reason.as_str());
    let mut text = format!("{:?} {reason}", status.code());
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
    }
    text
}
