//! Remarks on drafts.

use exemplar_kernel::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BlueprintId, SectionKind};

exemplar_kernel::id!(
    /// One comment.
    CommentId,
    "comments"
);

/// A remark on a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Which.
    pub id: CommentId,
    /// On which blueprint.
    pub blueprint: BlueprintId,
    /// On which section; none for the whole.
    pub section: Option<SectionKind>,
    /// What it says.
    pub body: String,
    /// Who wrote it.
    pub author: PersonId,
    /// When.
    pub created: Timestamp,
    /// Who dealt with it.
    pub resolved_by: Option<PersonId>,
    /// When.
    pub resolved: Option<Timestamp>,
}
