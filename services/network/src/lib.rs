//! Who is paired with whom: designations with their places; pairings from the proposal to their end, with their agreements,
//! milestones and money; what both sides gave each other; and what becomes of all that when organisations merge.
//!
//! [`Network`] is the context's public face. Rounds lead to designations, matching to proposals of pairings.

mod api;
mod error;
mod model;
mod notices;
mod personal;
mod service;
mod store;

#[cfg(test)]
mod matching_tests;
#[cfg(test)]
mod tests;

pub use api::{agreements, designations, funding, matchings, milestones, pairings, rounds, view};
pub use error::Error;
pub use model::agreement::{Agreement, Signature};
pub use model::award::{
    Award, AwardId, Match, NewAward, NewTranche, Offer, Part, Source, Track, Tranche, TrancheKind, TrancheState,
    WantedAwards,
};
pub use model::certificate::{Certificate, Check, check as check_certificate};
pub use model::designation::{Designation, DesignationId, DesignationKind, NewDesignation, WantedDesignations};
pub use model::expression::{
    Decision, Evidence, Expression, ExpressionId, ExpressionState, NewExpression, Points, Sheet,
};
pub use model::fit::{Factor, Features, Fit, Weights};
pub use model::health::{Health, HealthReport};
pub use model::ledger::Exchange;
pub use model::matching;
pub use model::milestone::{CheckIn, Milestone, MilestoneEvent, MilestoneState, NewMilestone};
pub use model::pairing::{GroupId, Holder, Outcome, Pairing, PairingId, Priority, WantedPairings};
pub use model::recorded::{RecordedPairing, RecordedState};
pub use model::round::{Call, Criterion, Disclosure, Round, RoundId, RoundInvitation, RoundState};
pub use model::run::{Inputs, MatchingId, Setup, Solver};
pub use model::sheet::{Format, PairingVerdict, RowOutcome};
pub use model::step::{Move, Step};
pub use model::terms::{PairKey, PairingKind, PairingMode, PairingState, Side, Terms};
pub use notices::NOTICES;
pub use personal::PERSONAL;
pub use service::Network;
pub use service::agreements::{Grouped, Signed};
pub use service::awards::Judged;
pub use service::recorded::ImportedPairings;
pub use service::steps::Happened;
pub use service::view::{Edge, View, WantedView};
