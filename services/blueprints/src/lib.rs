//! Reviewed, versioned guidance for doing it again elsewhere, and finding it.
//!
//! [`Blueprints`] is the context's public face. [`search`] is the index: it knows no SQL, and everything in it can be
//! rebuilt from the database; [`Indexer`] keeps the two together.

mod api;
pub mod blob;
mod error;
mod indexer;
mod model;
pub mod search;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{artefacts, blueprints, searches};
pub use error::Error;
pub use indexer::{IndexState, Indexer};
pub use model::artefact::error::{ArtefactError, Refusal, StorageError};
pub use model::artefact::format::Format;
pub use model::artefact::{
    Artefact, ArtefactId, ArtefactKind, ContentDigest, Details, DetailsUpdate, State, Upload, UploadId, range,
};
pub use model::{
    Blueprint, BlueprintId, Content, ContentUpdate, Header, Kind, Level, RevisionNumber, SectionKind, Visibility, Which,
};
pub use service::search::{Found, Hit, Search};
pub use service::{
    ArtefactContent, ArtefactSettings, Artefacts, Blueprints, Create, Interrupted, Publish, RemoveArtefact, Sent,
    StartUpload, Swept, UpdateArtefact, UpdateDraft, Wanted,
};
pub use store::blobs::ArtefactText;
