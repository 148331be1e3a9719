//! What can go wrong with blueprints.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, Violations};

use crate::model::artefact::error::{ArtefactError, Refusal, StorageError};
use crate::model::{BlueprintId, RevisionNumber};

/// A failure of a verb of blueprints.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// A failure of the directory.
    #[error(transparent)]
    Directory(#[from] exemplar_directory::Error),
    /// A failure of a verb of artefacts.
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
    /// No such blueprint, or none that the caller may know of.
    #[error("there is no {0}")]
    NotFound(BlueprintId),
    /// The blueprint has no such revision.
    #[error("{blueprint} has no revision {revision}")]
    RevisionNotFound {
        /// The blueprint.
        blueprint: BlueprintId,
        /// The revision.
        revision: RevisionNumber,
    },
    /// Somebody else changed the same parts of the draft first.
    #[error("somebody changed the same part of the draft since it was read: {0}; read the draft and compare")]
    PartChanged(Violations),
    /// The draft lacks what a reader needs.
    #[error("the draft is not complete: {0}")]
    Incomplete(Violations),
    /// The draft says what the newest revision says.
    #[error("the draft says nothing that revision {0} does not say")]
    Unchanged(RevisionNumber),
    /// The index has not come so far in time.
    #[error("searches do not yet see what was asked for; try again")]
    SearchBehind,
    /// The index cannot answer now.
    #[error("the search index is being rebuilt; try again")]
    SearchUnavailable(#[source] crate::search::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::Artefact(error) => error.kind(),
            Self::NotFound(_) | Self::RevisionNotFound { .. } => Kind::NotFound,
            Self::PartChanged(_) => Kind::Conflict,
            Self::Incomplete(_) | Self::Unchanged(_) => Kind::State,
            Self::SearchBehind => Kind::Deadline,
            Self::SearchUnavailable(_) => Kind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::Directory(error) => error.reason(),
            Self::Artefact(error) => error.reason(),
            Self::NotFound(_) => "BLUEPRINT_NOT_FOUND",
            Self::RevisionNotFound { .. } => "REVISION_NOT_FOUND",
            Self::PartChanged(_) => "PART_CHANGED",
            Self::Incomplete(_) => "DRAFT_INCOMPLETE",
            Self::Unchanged(_) => "DRAFT_UNCHANGED",
            Self::SearchBehind => "SEARCH_BEHIND",
            Self::SearchUnavailable(_) => "SEARCH_UNAVAILABLE",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        match self {
            Self::Kernel(error) => error.violations(),
            Self::Directory(error) => error.violations(),
            Self::Artefact(error) => error.violations(),
            Self::Incomplete(violations) | Self::PartChanged(violations) => Some(violations),
            Self::NotFound(_)
            | Self::RevisionNotFound { .. }
            | Self::Unchanged(_)
            | Self::SearchBehind
            | Self::SearchUnavailable(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Kernel(error) => error.retry_after(),
            Self::Directory(error) => error.retry_after(),
            Self::Artefact(error) => error.retry_after(),
            Self::SearchBehind | Self::SearchUnavailable(_) => Some(Duration::from_secs(1)),
            Self::NotFound(_)
            | Self::RevisionNotFound { .. }
            | Self::PartChanged(_)
            | Self::Incomplete(_)
            | Self::Unchanged(_) => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Artefact(refusal.into())
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::Artefact(error.into())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
