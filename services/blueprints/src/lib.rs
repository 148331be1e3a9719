//! Reviewed, versioned guidance for doing it again elsewhere, and finding it.
//!
//! [`Blueprints`] is the context's public face. [`search`] is the index: it knows no SQL, and everything in it can be
//! rebuilt from the database; [`Indexer`] keeps the two together.

mod api;
mod error;
mod indexer;
mod model;
pub mod search;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{blueprints, searches};
pub use error::Error;
pub use indexer::{IndexState, Indexer};
pub use model::{
    Benefit, Blueprint, BlueprintId, Contact, Content, ContentUpdate, Cost, CostBand, Epr, Finding, Header, Kind,
    Level, Part, RevisionNumber, SectionKind, Severity, Surroundings, Touched, Visibility, Which, Willing,
    benefits_with_ids,
};
pub use service::draft::{Create, UpdateDraft};
pub use service::search::{Found, Hit, Search};
pub use service::{Blueprints, Publish, Wanted};
