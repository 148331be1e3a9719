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
    Blueprint, BlueprintId, Content, ContentUpdate, Header, Kind, Level, RevisionNumber, SectionKind, Visibility, Which,
};
pub use service::search::{Found, Hit, Search};
pub use service::{Blueprints, Create, Publish, UpdateDraft, Wanted};
