//! What a blueprint says, who may read it, and when it may be released. Pure.

pub(crate) mod artefact;
mod check;
mod content;
mod draft;
mod header;
mod parts;

pub use check::{Finding, Severity, Surroundings};
pub use content::{Content, Kind, Level, SectionKind};
pub use draft::{ContentUpdate, Part, Touched};
pub(crate) use header::audiences;
pub use header::{Blueprint, BlueprintId, Header, RevisionNumber, Visibility, Which};
pub(crate) use parts::is_benefit_id;
pub use parts::{Benefit, Contact, Cost, CostBand, Epr, Willing, benefits_with_ids};
