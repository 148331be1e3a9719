//! Who is paired with whom: designations with their places, and pairings from the proposal to their end.
//!
//! [`Network`] is the context's public face. Rounds lead to designations, matching to proposals of pairings.

mod api;
mod error;
mod model;
mod service;
mod store;

#[cfg(test)]
mod matching_tests;
#[cfg(test)]
mod tests;

pub use api::{designations, matchings, pairings, rounds};
pub use error::Error;
pub use model::certificate::{Certificate, Check, check as check_certificate};
pub use model::designation::{Designation, DesignationId, DesignationKind, NewDesignation, WantedDesignations};
pub use model::expression::{
    Decision, Evidence, Expression, ExpressionId, ExpressionState, NewExpression, Points, Sheet,
};
pub use model::fit::{Factor, Features, Fit, Weights};
pub use model::matching;
pub use model::pairing::{Pairing, PairingId, Step, WantedPairings};
pub use model::recorded::{RecordedPairing, RecordedState};
pub use model::round::{Call, Criterion, Disclosure, Round, RoundId, RoundInvitation, RoundState};
pub use model::run::{Inputs, MatchingId, Setup, Solver};
pub use model::terms::{PairKey, PairingKind, PairingMode, PairingState, Side, Terms};
pub use service::Network;
