//! What a blueprint says, who may read it, and when it may be released. Pure.

pub(crate) mod artefact;

use std::collections::BTreeMap;

use exemplar_kernel::{OrganisationId, Principal, Role, Timestamp, Violations};
use serde::{Deserialize, Serialize};

exemplar_kernel::id!(
    /// One blueprint.
    BlueprintId,
    "blueprints"
);

/// A revision's number, from 1; the draft is 0.
pub type RevisionNumber = u32;

exemplar_kernel::named!(
    /// How much of the story it tells.
    Level {
        /// The whole project.
        Full = "FULL",
        /// The main insights.
        OnAPage = "ON_A_PAGE",
    }
);
exemplar_kernel::named!(
    /// Whether it went well.
    Kind {
        /// It worked.
        Success = "SUCCESS",
        /// It was tried, and this is what happened.
        Attempt = "ATTEMPT",
    }
);
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
exemplar_kernel::named!(
    /// The kinds of section, in reading order.
    SectionKind {
        /// Which questions it answers.
        QuestionsAnswered = "QUESTIONS_ANSWERED",
        /// Where it was done.
        Context = "CONTEXT",
        /// What was wrong before.
        Problem = "PROBLEM",
        /// What was done.
        Approach = "APPROACH",
        /// Who did it.
        Team = "TEAM",
        /// What it cost.
        Cost = "COST",
        /// What it gave.
        Benefits = "BENEFITS",
        /// What went wrong.
        WhatWentWrong = "WHAT_WENT_WRONG",
        /// What others should think of first.
        AdoptionConsiderations = "ADOPTION_CONSIDERATIONS",
        /// Clinical safety and information governance.
        SafetyAndGovernance = "SAFETY_AND_GOVERNANCE",
        /// Whom to ask.
        Contacts = "CONTACTS",
    }
);

/// Without these a full blueprint leaves its reader alone: where, how, what went wrong, whom to ask.
const NEEDED_IN_FULL: [SectionKind; 4] =
    [SectionKind::Context, SectionKind::Approach, SectionKind::WhatWentWrong, SectionKind::Contacts];

/// What a draft or a revision says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What, where and when.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// How much of the story it tells.
    pub level: Option<Level>,
    /// Whether it went well.
    pub kind: Option<Kind>,
    /// Slugs of the care setting vocabulary, sorted.
    pub care_settings: Vec<String>,
    /// Slugs of the project type vocabulary, sorted.
    pub project_types: Vec<String>,
    /// The electronic patient record it was done with.
    pub epr_product: String,
    /// The sections that are there.
    pub sections: BTreeMap<SectionKind, String>,
}

/// What is to be changed of a draft; an empty section is removed.
#[derive(Clone, Debug, Default)]
pub struct ContentUpdate {
    /// See [`Content::title`].
    pub title: Option<String>,
    /// See [`Content::summary`].
    pub summary: Option<String>,
    /// See [`Content::level`].
    pub level: Option<Option<Level>>,
    /// See [`Content::kind`].
    pub kind: Option<Option<Kind>>,
    /// See [`Content::care_settings`].
    pub care_settings: Option<Vec<String>>,
    /// See [`Content::project_types`].
    pub project_types: Option<Vec<String>>,
    /// See [`Content::epr_product`].
    pub epr_product: Option<String>,
    /// Sections to put or, empty, to remove.
    pub sections: BTreeMap<SectionKind, String>,
}

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

impl Content {
    /// Everything that keeps it from being released.
    pub fn missing(&self) -> Violations {
        let mut missing = Violations::new();
        if self.summary.is_empty() {
            missing.add("content.summary", "is missing");
        }
        if self.level.is_none() {
            missing.add("content.level", "is missing");
        }
        if self.kind.is_none() {
            missing.add("content.kind", "is missing");
        }
        if self.care_settings.is_empty() {
            missing.add("content.care_settings", "needs at least one");
        }
        if self.project_types.is_empty() {
            missing.add("content.project_types", "needs at least one");
        }
        if self.sections.is_empty() {
            missing.add("content.sections", "needs at least one");
        }
        if self.level == Some(Level::Full) {
            for kind in NEEDED_IN_FULL.iter().filter(|kind| !self.sections.contains_key(kind)) {
                missing.add("content.sections", format!("a full blueprint needs {}", kind.name()));
            }
        }
        missing
    }

    /// This content with some of it changed.
    #[must_use]
    pub fn updated(&self, update: ContentUpdate) -> Self {
        let mut sections = self.sections.clone();
        for (kind, body) in update.sections {
            if body.is_empty() {
                sections.remove(&kind);
            } else {
                sections.insert(kind, body);
            }
        }
        Self {
            title: update.title.unwrap_or_else(|| self.title.clone()),
            summary: update.summary.unwrap_or_else(|| self.summary.clone()),
            level: update.level.unwrap_or(self.level),
            kind: update.kind.unwrap_or(self.kind),
            care_settings: update.care_settings.unwrap_or_else(|| self.care_settings.clone()),
            project_types: update.project_types.unwrap_or_else(|| self.project_types.clone()),
            epr_product: update.epr_product.unwrap_or_else(|| self.epr_product.clone()),
            sections,
        }
    }
}
