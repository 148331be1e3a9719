//! A blueprint whichever revision is read: whose it is, and who may read it.

use exemplar_kernel::{OrganisationId, Principal, Role, Timestamp};
use serde::{Deserialize, Serialize};

use super::Content;

exemplar_kernel::id!(
    /// One blueprint.
    BlueprintId,
    "blueprints"
);

/// A revision's number, from 1; the draft is 0.
pub type RevisionNumber = u32;

exemplar_kernel::named!(
    /// Who may read released revisions.
    Visibility {
        /// Anyone.
        Public = "PUBLIC",
        /// Anyone signed in.
        Network = "NETWORK",
        /// The owning organisation's people.
        Organisation = "ORGANISATION",
    }
);

/// What is true of a blueprint whichever revision is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Which.
    pub id: BlueprintId,
    /// Who wrote it.
    pub organisation: OrganisationId,
    /// Who may read released revisions.
    pub visibility: Visibility,
    /// The draft's version.
    pub version: i64,
    /// The newest revision's number; 0 before the first.
    pub latest_revision: RevisionNumber,
    /// When the newest revision was released.
    pub published: Option<Timestamp>,
}

/// A blueprint with one of its revisions, or its draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// What is true of all revisions.
    pub header: Header,
    /// Which revision this is; 0 for the draft.
    pub revision: RevisionNumber,
    /// When this revision was released.
    pub published: Option<Timestamp>,
    /// What changed in this revision.
    pub change_note: String,
    /// What it says.
    pub content: Content,
}

/// Which text of a blueprint is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest revision; before the first, the draft for those who may see it.
    Newest,
    /// The draft.
    Draft,
    /// One revision.
    Revision(RevisionNumber),
}

impl Header {
    /// Whether the caller may read released revisions.
    pub fn shows_revisions_to(&self, caller: &Principal) -> bool {
        self.latest_revision > 0 && self.admits(self.visibility, caller)
    }

    /// Whether the caller may read the draft: the owning organisation's people may.
    pub fn shows_draft_to(&self, caller: &Principal) -> bool {
        caller.holds(Role::Member, &self.organisation)
    }

    /// Who may find it in the index.
    pub fn audience(&self) -> Vec<String> {
        let own = format!("organisation:{}", self.organisation.code());
        match self.visibility {
            Visibility::Public => vec!["public".to_owned()],
            Visibility::Network => vec!["network".to_owned()],
            Visibility::Organisation => vec![own],
        }
    }
}

/// The audiences that the caller belongs to.
pub(crate) fn audiences(caller: &Principal) -> Vec<String> {
    let mut audiences = vec!["public".to_owned()];
    if caller.person.is_some() {
        audiences.push("network".to_owned());
    }
    audiences.extend(caller.organisations().map(|organisation| format!("organisation:{}", organisation.code())));
    audiences
}
