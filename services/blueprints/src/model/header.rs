//! A blueprint whichever revision is read: whose it is, and who may read it.

use std::collections::BTreeSet;
use std::sync::Arc;

use exemplar_kernel::{OrganisationId, Principal, Role, Timestamp, day};
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
        /// The people of organisations that the owner is paired with.
        Pair = "PAIR",
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
    /// When the newest revision has to be looked at again.
    #[serde(default)]
    pub review_due: Option<Timestamp>,
    /// When and why it was taken out of circulation.
    #[serde(default)]
    pub withdrawn: Option<Withdrawal>,
}

/// When and why a blueprint was taken out of circulation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Why, in words that every reader is shown.
    pub reason: String,
}

exemplar_kernel::named!(
    /// How a released revision stands.
    RevisionState {
        /// It is the newest and holds.
        Published = "PUBLISHED",
        /// It is the newest and has to be looked at again.
        ReviewDue = "REVIEW_DUE",
        /// There is a newer one.
        Superseded = "SUPERSEDED",
        /// The blueprint is out of circulation.
        Withdrawn = "WITHDRAWN",
    }
);

/// A released revision, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Of which blueprint.
    pub blueprint: BlueprintId,
    /// Its number.
    pub number: RevisionNumber,
    /// Its title.
    pub title: String,
    /// What changed in it.
    pub change_note: String,
    /// Whether the change was a small one.
    pub minor: bool,
    /// When it was released.
    pub published: Option<Timestamp>,
    /// How it stands.
    pub state: RevisionState,
}

/// Who reads, and the organisations whose blueprints for partners they may read today.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// Who.
    pub caller: &'a Principal,
    /// Every owner that the reader's organisations are paired with, those that these carry on included.
    pub owners: Arc<BTreeSet<OrganisationId>>,
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
    /// Whether the change was a small one.
    #[serde(default)]
    pub minor: bool,
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
    /// Whether the reader may read released revisions.
    pub fn shows_revisions_to(&self, reader: &Reader<'_>) -> bool {
        self.latest_revision > 0 && self.admits(self.visibility, reader)
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
            // Its own people are no partners of theirs.
            Visibility::Pair => vec![format!("pair:{}", self.organisation.code()), own],
            Visibility::Organisation => vec![own],
        }
    }
}

impl Reader<'_> {
    /// The audiences that the reader belongs to.
    pub fn audiences(&self) -> Vec<String> {
        let mut audiences = vec!["public".to_owned()];
        if self.caller.person.is_some() {
            audiences.push("network".to_owned());
        }
        let own = self.caller.organisations().map(|organisation| format!("organisation:{}", organisation.code()));
        audiences.extend(own);
        audiences.extend(self.owners.iter().map(|owner| format!("pair:{}", owner.code())));
        audiences
    }
}

impl Header {
    /// How one of its released revisions stands.
    pub fn state_of(&self, revision: RevisionNumber, now: Timestamp) -> RevisionState {
        if self.withdrawn.is_some() {
            RevisionState::Withdrawn
        } else if revision < self.latest_revision {
            RevisionState::Superseded
        } else if self.review_due.is_some_and(|due| due <= now) {
            RevisionState::ReviewDue
        } else {
            RevisionState::Published
        }
    }
}

impl Revision {
    /// Where it is read at `address`, for good.
    pub fn place(&self, address: &str) -> String {
        format!("{address}/{}/revisions/{}", self.blueprint, self.number)
    }

    /// How it is cited; the place under `address` is one that never changes.
    pub fn citation(&self, organisation: &str, address: &str) -> String {
        citation(organisation, &self.title, self.number, self.published, &self.place(address))
    }
}

/// How a revision is cited: who, when, what, which, where. A draft is no revision, and is at no place for good.
pub fn citation(
    organisation: &str,
    title: &str,
    number: RevisionNumber,
    published: Option<Timestamp>,
    place: &str,
) -> String {
    if number == 0 {
        return format!("{organisation}. {title}. Draft.");
    }
    let (year, on) = published.map_or_else(Default::default, |at| {
        (format!(" ({})", at.date().year()), format!(", {}", day::in_words(at.date())))
    });
    format!("{organisation}{year}. {title}. Revision {number}{on}. Exemplar, {place}.")
}

impl Blueprint {
    /// What a reader gets of it: of a withdrawn one only the title is left, but for those who may read the draft.
    #[must_use]
    pub fn for_reader(self, reads_draft: bool) -> Self {
        if self.header.withdrawn.is_none() || reads_draft {
            return self;
        }
        Self { content: Content { title: self.content.title, ..Content::default() }, ..self }
    }
}
