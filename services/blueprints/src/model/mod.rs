//! What a blueprint says, who may read it, and when it may be released. Pure.

pub mod adoption;
pub(crate) mod artefact;
pub mod bundle;
pub mod card;
mod check;
mod content;
mod draft;
pub mod evidence;
pub mod follow;
mod header;
pub mod index;
pub mod introduction;
pub mod page;
mod parts;
pub(crate) mod synonym;
pub mod usage;

pub use check::{Finding, Severity, Surroundings};
pub use content::{Content, Kind, Level, SectionKind};
pub use draft::{ContentUpdate, Part, Touched};
pub(crate) use header::audiences;
pub use header::{Blueprint, BlueprintId, Header, RevisionNumber, Visibility, Which};
pub(crate) use parts::is_benefit_id;
pub use parts::{Benefit, Contact, Cost, CostBand, Epr, Willing, benefits_with_ids};
