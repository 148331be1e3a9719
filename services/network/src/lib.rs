//! Who is paired with whom: designations with their places, and pairings from the proposal to their end.
//!
//! [`Network`] is the context's public face. Rounds, matching, agreements and funding will live here, too.

mod api;
mod error;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{designations, pairings};
pub use error::Error;
pub use model::designation::{Designation, DesignationId, DesignationKind, NewDesignation, WantedDesignations};
pub use model::pairing::{Pairing, PairingId, Step, WantedPairings};
pub use model::recorded::{RecordedPairing, RecordedState};
pub use model::terms::{PairKey, PairingKind, PairingMode, PairingState, Side, Terms};
pub use service::Network;
