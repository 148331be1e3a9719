//! Who is paired with whom: designations with their places; pairings from the proposal to their end, with their agreements,
//! milestones and money; what both sides gave each other; and what becomes of all that when organisations merge.
//!
//! [`Network`] is the context's public face.

mod api;
mod error;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{agreements, designations, funding, milestones, pairings, view};
pub use error::Error;
pub use model::agreement::{Agreement, Signature};
pub use model::award::{
    Award, AwardId, Match, NewAward, NewTranche, Offer, Part, Source, Track, Tranche, TrancheKind, TrancheState,
    WantedAwards,
};
pub use model::designation::{Designation, DesignationId, DesignationKind, NewDesignation, WantedDesignations};
pub use model::health::{Health, HealthReport};
pub use model::ledger::Exchange;
pub use model::milestone::{CheckIn, Milestone, MilestoneEvent, MilestoneState, NewMilestone};
pub use model::pairing::{GroupId, Holder, Outcome, Pairing, PairingId, Priority, WantedPairings};
pub use model::recorded::{RecordedPairing, RecordedState};
pub use model::sheet::{Format, PairingVerdict, RowOutcome};
pub use model::step::{Move, Step};
pub use model::terms::{PairKey, PairingKind, PairingMode, PairingState, Side, Terms};
pub use service::Network;
pub use service::agreements::{Grouped, Signed};
pub use service::awards::Judged;
pub use service::recorded::ImportedPairings;
pub use service::steps::Happened;
pub use service::view::{Edge, View, WantedView};
