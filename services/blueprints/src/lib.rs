//! Reviewed, versioned guidance for doing it again elsewhere, and finding it.
//!
//! [`Blueprints`] is the context's public face. [`search`] is the index: it knows no SQL, and everything in it can be
//! rebuilt from the database; [`Indexer`] keeps the two together.

mod api;
pub mod blob;
mod error;
mod indexer;
mod model;
mod notices;
mod plain;
pub mod search;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::{
    adoptions, artefacts, blueprints, decisions, demands, exchanges, follows, introductions, reviews, searches,
    synonyms, usages,
};
pub use error::Error;
pub use indexer::{IndexState, Indexer};
pub use model::adoption::{
    Adopt, Adoption, AdoptionId, AdoptionState, AdoptionUpdate, Decided, SectionDecision, StopReason,
};
pub use model::artefact::error::{ArtefactError, Refusal, StorageError};
pub use model::artefact::format::Format;
pub use model::artefact::{
    Artefact, ArtefactId, ArtefactKind, ContentDigest, Details, DetailsUpdate, State, Upload, UploadId, range,
};
pub use model::demand::{SoughtWords, Subject, TopicId, TopicState, WantedTopic};
pub use model::follow::{Cadence, Follow, FollowId, FollowUpdate, NewFollow, Watched};
pub use model::introduction::{Ask, Introduction, IntroductionId, IntroductionKind, IntroductionState, Move};
pub use model::{
    Assignment, Benefit, Blueprint, BlueprintId, Comment, CommentId, Contact, Content, ContentUpdate, Cost, CostBand,
    Edit, Epr, Finding, Header, Kind, Level, Part, PartDifference, Purpose, Reader, Review, ReviewId, ReviewState,
    Revision, RevisionNumber, RevisionState, Run, SectionKind, Severity, Surroundings, Touched, Visibility, Which,
    Willing, Withdrawal, benefits_with_ids, compare, rendered as markdown_as_html,
};
pub use notices::NOTICES;
pub use service::adoptions::{NewOutcome, SeenAdoption};
pub use service::circulation::{SetVisibility, Withdraw};
pub use service::comments::AddComment;
pub use service::demand::SeenTopic;
pub use service::draft::{Create, UpdateDraft};
pub use service::introductions::SeenIntroduction;
pub use service::publish::Publish;
pub use service::reviews::{Step, Submit};
pub use service::search::{Found, Hit, Search};
pub use service::{
    ArtefactContent, ArtefactSettings, Artefacts, Blueprints, Interrupted, Partners, RemoveArtefact, ReviewSettings,
    Sent, StartUpload, Surrounding, Swept, UpdateArtefact, Wanted,
};
pub use store::WantedReviews;
pub use store::adoptions::WantedAdoptions;
pub use store::blobs::ArtefactText;
pub use store::introductions::WantedIntroductions;
