//! What can go wrong with artefacts, and why content is refused.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind};

use super::{ArtefactId, MAX_ARTEFACTS, MAX_UPLOADS, UploadId};

/// Why content is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is a program, whatever its name says.
    #[error("the content is a program; programs are not taken")]
    Executable,
    /// It is not what its name says.
    #[error("the content is not what its name says: {0}")]
    NotItsType(String),
    /// More came than was declared.
    #[error("more content came than the {declared} bytes that were declared")]
    TooLong {
        /// What was declared, in bytes.
        declared: u64,
    },
    /// Its SHA-256 is another than was declared.
    #[error("the content's SHA-256 is {computed}, not the one that was declared; send it again")]
    DigestWrong {
        /// What it is.
        computed: String,
    },
    /// An archive that could write where it should not, or that hides what it holds.
    #[error("the archive is not safe to unpack: {0}")]
    ArchiveUnsafe(String),
    /// An archive that holds too much.
    #[error("the archive holds too much: {0}")]
    ArchiveTooLarge(String),
    /// An archive that cannot be read.
    #[error("the archive cannot be read: {0}")]
    ArchiveBroken(String),
}

/// A failure of the place where content is kept.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct StorageError {
    /// What was being done.
    pub doing: &'static str,
    /// Why it failed.
    #[source]
    pub why: Box<dyn std::error::Error + Send + Sync>,
}

impl StorageError {
    /// A failure that the store itself did not report.
    pub(crate) fn of(doing: &'static str, kind: std::io::ErrorKind) -> Self {
        Self { doing, why: Box::new(std::io::Error::from(kind)) }
    }
}

/// A failure of a verb of artefacts.
#[derive(Debug, thiserror::Error)]
pub enum ArtefactError {
    /// No such artefact, or none that the caller may know of.
    #[error("there is no {0}")]
    NotFound(ArtefactId),
    /// No such upload of the caller's.
    #[error("there is no {0}")]
    UploadNotFound(UploadId),
    /// The chunks start elsewhere than the service has come.
    #[error("the service has {received} bytes; send from there")]
    UploadOffset {
        /// How much of the content the service has, in bytes.
        received: u64,
    },
    /// Somebody began to send to the same upload later.
    #[error("another call sends to this upload since; ask how far it is")]
    UploadTakenOver,
    /// The stream of chunks broke.
    #[error("the chunks stopped coming; ask how far the upload is, and go on from there")]
    UploadInterrupted,
    /// The caller has too many open uploads.
    #[error("you have {MAX_UPLOADS} uploads that are not finished; finish some, or let them expire")]
    UploadLimit,
    /// The draft has as many artefacts as fit.
    #[error("a draft has room for {MAX_ARTEFACTS} artefacts")]
    Limit,
    /// The draft has an artefact of this name.
    #[error("the draft has another artefact with this file name")]
    NameTaken,
    /// The scanner has not passed the content yet.
    #[error("the content waits for the scanner; try again later")]
    Quarantined,
    /// The scanner found something in the content.
    #[error("the scanner found something in the content; nobody gets it")]
    RefusedByScanner,
    /// Some of the draft's artefacts have not been passed.
    #[error("the draft has artefacts that the scanner has not passed: {0}")]
    NotPassed(String),
    /// The content has no such part.
    #[error("the content has {size} bytes, and none at the offset that was asked for")]
    RangeOutside {
        /// Its length in bytes.
        size: u64,
    },
    /// Content was not taken.
    #[error(transparent)]
    Content(#[from] Refusal),
    /// The place of the content does not answer.
    #[error("the files cannot be reached now; try again")]
    Storage(#[from] StorageError),
}

impl Refusal {
    const fn kind(&self) -> Kind {
        match self {
            Self::Executable
            | Self::NotItsType(_)
            | Self::TooLong { .. }
            | Self::DigestWrong { .. }
            | Self::ArchiveUnsafe(_)
            | Self::ArchiveTooLarge(_)
            | Self::ArchiveBroken(_) => Kind::Invalid,
        }
    }

    const fn reason(&self) -> &'static str {
        match self {
            Self::Executable => "CONTENT_EXECUTABLE",
            Self::NotItsType(_) => "CONTENT_TYPE_WRONG",
            Self::TooLong { .. } => "CONTENT_TOO_LONG",
            Self::DigestWrong { .. } => "CONTENT_DIGEST_WRONG",
            Self::ArchiveUnsafe(_) => "ARCHIVE_UNSAFE",
            Self::ArchiveTooLarge(_) => "ARCHIVE_TOO_LARGE",
            Self::ArchiveBroken(_) => "ARCHIVE_BROKEN",
        }
    }
}

impl Fault for ArtefactError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) | Self::UploadNotFound(_) => Kind::NotFound,
            Self::UploadOffset { .. }
            | Self::Limit
            | Self::Quarantined
            | Self::RefusedByScanner
            | Self::NotPassed(_) => Kind::State,
            Self::UploadTakenOver => Kind::Conflict,
            Self::UploadInterrupted | Self::Storage(_) => Kind::Unavailable,
            Self::UploadLimit => Kind::Exhausted,
            Self::NameTaken => Kind::Exists,
            Self::RangeOutside { .. } => Kind::Invalid,
            Self::Content(refusal) => refusal.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "ARTEFACT_NOT_FOUND",
            Self::UploadNotFound(_) => "UPLOAD_NOT_FOUND",
            Self::UploadOffset { .. } => "UPLOAD_OFFSET",
            Self::UploadTakenOver => "UPLOAD_TAKEN_OVER",
            Self::UploadInterrupted => "UPLOAD_INTERRUPTED",
            Self::UploadLimit => "UPLOAD_LIMIT",
            Self::Limit => "ARTEFACT_LIMIT",
            Self::NameTaken => "ARTEFACT_NAME_TAKEN",
            Self::Quarantined => "ARTEFACT_QUARANTINED",
            Self::RefusedByScanner => "ARTEFACT_REFUSED",
            Self::NotPassed(_) => "ARTEFACTS_NOT_PASSED",
            Self::RangeOutside { .. } => "RANGE_OUTSIDE",
            Self::Storage(_) => "STORAGE_UNAVAILABLE",
            Self::Content(refusal) => refusal.reason(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Storage(_)).then_some(Duration::from_secs(1))
    }
}
