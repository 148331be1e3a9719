//! What can go wrong with blueprints.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, Violations};

use crate::model::artefact::error::{ArtefactError, Refusal, StorageError};
use crate::model::{BlueprintId, CommentId, ReviewId, ReviewRefusal, RevisionNumber};

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
    /// A review of it is open: what was submitted stands still.
    #[error("{0} is being reviewed; retract the review to change the draft")]
    InReview(BlueprintId),
    /// It was taken out of circulation.
    #[error("{0} was withdrawn")]
    Withdrawn(BlueprintId),
    /// It has no released revision.
    #[error("{0} was never published")]
    NotPublished(BlueprintId),
    /// It has an open review already.
    #[error("{0} has an open review already")]
    ReviewOpen(BlueprintId),
    /// A renewal confirms the newest revision as it is.
    #[error("the draft of {0} differs from the newest revision; submit it as a release")]
    RenewalChanged(BlueprintId),
    /// Nothing is published without sign-off and assurance.
    #[error("{0} has no review that was signed off and assured")]
    NotAssured(BlueprintId),
    /// No such review, or none that the caller may know of.
    #[error("there is no {0}")]
    ReviewNotFound(ReviewId),
    /// The review does not stand where the step begins.
    #[error("the review does not stand where this step begins; read it again")]
    WrongState,
    /// Who did one part of a review does not do another.
    #[error("somebody else has to do this: you had a part in it already")]
    SamePerson,
    /// The person cannot review this blueprint.
    #[error("the reviewer {0}")]
    ReviewerUnfit(&'static str),
    /// The reviewer has as many open reviews as they may have.
    #[error("the reviewer has {0} open reviews already")]
    ReviewerBusy(u32),
    /// The review has as many reviewers as it may have.
    #[error("the review has as many reviewers as it may have")]
    ReviewersFull,
    /// The caller is not named as a reviewer of it.
    #[error("you are not named as a reviewer of it")]
    NotAssigned,
    /// No such comment, or none that the caller may know of.
    #[error("there is no {0}")]
    CommentNotFound(CommentId),
    /// The comment is dealt with already.
    #[error("{0} is dealt with already")]
    CommentResolved(CommentId),
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
            Self::NotFound(_) | Self::RevisionNotFound { .. } | Self::ReviewNotFound(_) | Self::CommentNotFound(_) => {
                Kind::NotFound
            }
            Self::ReviewOpen(_) => Kind::Exists,
            Self::PartChanged(_) => Kind::Conflict,
            Self::Incomplete(_)
            | Self::Unchanged(_)
            | Self::InReview(_)
            | Self::Withdrawn(_)
            | Self::NotPublished(_)
            | Self::RenewalChanged(_)
            | Self::NotAssured(_)
            | Self::WrongState
            | Self::SamePerson
            | Self::ReviewerUnfit(_)
            | Self::ReviewerBusy(_)
            | Self::ReviewersFull
            | Self::NotAssigned
            | Self::CommentResolved(_) => Kind::State,
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
            Self::InReview(_) => "DRAFT_IN_REVIEW",
            Self::Withdrawn(_) => "BLUEPRINT_WITHDRAWN",
            Self::NotPublished(_) => "NOT_PUBLISHED",
            Self::ReviewOpen(_) => "REVIEW_OPEN",
            Self::RenewalChanged(_) => "RENEWAL_CHANGED",
            Self::NotAssured(_) => "NOT_ASSURED",
            Self::ReviewNotFound(_) => "REVIEW_NOT_FOUND",
            Self::WrongState => "REVIEW_STATE",
            Self::SamePerson => "SAME_PERSON",
            Self::ReviewerUnfit(_) => "REVIEWER_UNFIT",
            Self::ReviewerBusy(_) => "REVIEWER_BUSY",
            Self::ReviewersFull => "REVIEWERS_FULL",
            Self::NotAssigned => "REVIEWER_NOT_ASSIGNED",
            Self::CommentNotFound(_) => "COMMENT_NOT_FOUND",
            Self::CommentResolved(_) => "COMMENT_RESOLVED",
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
            | Self::InReview(_)
            | Self::Withdrawn(_)
            | Self::NotPublished(_)
            | Self::ReviewOpen(_)
            | Self::RenewalChanged(_)
            | Self::NotAssured(_)
            | Self::ReviewNotFound(_)
            | Self::WrongState
            | Self::SamePerson
            | Self::ReviewerUnfit(_)
            | Self::ReviewerBusy(_)
            | Self::ReviewersFull
            | Self::NotAssigned
            | Self::CommentNotFound(_)
            | Self::CommentResolved(_)
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
            | Self::InReview(_)
            | Self::Withdrawn(_)
            | Self::NotPublished(_)
            | Self::ReviewOpen(_)
            | Self::RenewalChanged(_)
            | Self::NotAssured(_)
            | Self::ReviewNotFound(_)
            | Self::WrongState
            | Self::SamePerson
            | Self::ReviewerUnfit(_)
            | Self::ReviewerBusy(_)
            | Self::ReviewersFull
            | Self::NotAssigned
            | Self::CommentNotFound(_)
            | Self::CommentResolved(_)
            | Self::Unchanged(_) => None,
        }
    }
}

impl From<ReviewRefusal> for Error {
    fn from(refusal: ReviewRefusal) -> Self {
        match refusal {
            ReviewRefusal::State => Self::WrongState,
            ReviewRefusal::SamePerson => Self::SamePerson,
            ReviewRefusal::OwnTrust => Self::ReviewerUnfit("is of the trust that wrote it"),
            ReviewRefusal::Conflict => Self::ReviewerUnfit("declared a conflict with it"),
            ReviewRefusal::Assigned => Self::ReviewerUnfit("was named already"),
            ReviewRefusal::TooMany => Self::ReviewersFull,
            ReviewRefusal::NotAssigned => Self::NotAssigned,
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
