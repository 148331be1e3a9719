//! What a blueprint says, who may read it, and when it may be released. Pure.

pub mod adoption;
pub(crate) mod artefact;
pub mod bundle;
pub mod card;
mod check;
mod comment;
mod compare;
mod content;
pub mod demand;
mod draft;
pub mod evidence;
pub mod follow;
mod header;
pub mod index;
pub mod introduction;
mod markdown;
pub mod page;
mod parts;
mod review;
pub(crate) mod synonym;
pub mod usage;

pub use check::{Finding, Severity, Surroundings};
pub use comment::{Comment, CommentId};
pub use compare::{Edit, PartDifference, Run, compare};
pub use content::{Content, Kind, Level, SectionKind};
pub use draft::{ContentUpdate, Part, Touched};
pub(crate) use header::citation;
pub use header::{
    Blueprint, BlueprintId, Header, Reader, Revision, RevisionNumber, RevisionState, Visibility, Which, Withdrawal,
};
pub use markdown::rendered;
pub(crate) use parts::is_benefit_id;
pub use parts::{Benefit, Contact, Cost, CostBand, Epr, Willing, benefits_with_ids};
pub use review::{Assignment, Purpose, Review, ReviewId, ReviewState};
pub(crate) use review::{Candidate, Refusal as ReviewRefusal};
