//! What can go wrong with blueprints.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, OrganisationId, Violations};
use time::Date;

use crate::model::adoption::{AdoptionId, AdoptionState};
use crate::model::artefact::error::{ArtefactError, Refusal, StorageError};
use crate::model::demand::TopicId;
use crate::model::follow::{FollowId, MAX_FOLLOWS};
use crate::model::introduction::{IntroductionId, IntroductionState, IntroductionStep};
use crate::model::synonym::SynonymId;
use crate::model::{BlueprintId, CommentId, ReviewId, ReviewRefusal, RevisionNumber, SectionKind};

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
    OpenReviewExists(BlueprintId),
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
    /// Such a synonym is there already.
    #[error("{0:?} has that meaning already")]
    SynonymExists(String),
    /// No such synonym in today's list.
    #[error("there is no {0} in the list of today")]
    SynonymNotFound(SynonymId),
    /// No such version of the list of synonyms.
    #[error("there is no version {0} of the synonyms")]
    SynonymVersionNotFound(i64),
    /// The index has not come so far in time.
    #[error("searches do not yet see what was asked for; try again")]
    SearchBehind,
    /// The index cannot answer now.
    #[error("the search index is being rebuilt; try again")]
    SearchUnavailable(#[source] crate::search::Error),
    /// No such adoption, or none that the caller may know of.
    #[error("there is no {0}")]
    AdoptionNotFound(AdoptionId),
    /// An organisation cannot adopt what it wrote.
    #[error("an organisation does not adopt its own blueprint")]
    AdoptionOwn,
    /// The organisation has an adoption of this blueprint that has not stopped.
    #[error("{organisation} has an adoption of {blueprint} that has not stopped")]
    AdoptionExists {
        /// Who.
        organisation: OrganisationId,
        /// Of what.
        blueprint: BlueprintId,
    },
    /// An adoption goes on and never back.
    #[error("an adoption {} cannot become {to}", from.map_or_else(|| "that begins".to_owned(), |from| format!("that is {from}")))]
    AdoptionStep {
        /// Where it stands; none before it began.
        from: Option<AdoptionState>,
        /// Where it was to go.
        to: AdoptionState,
    },
    /// A stopped adoption does not change.
    #[error("the adoption has stopped")]
    AdoptionStopped,
    /// A step cannot come before the one before it.
    #[error("the state before was reached on {0}; this day is earlier")]
    DateBeforeLast(Date),
    /// What has not been cannot be recorded.
    #[error("{0} has not come yet")]
    DateInFuture(Date),
    /// An adoption does not go back to an older revision.
    #[error("revision {revision} is older than revision {adopted}, which is followed")]
    RevisionOlder {
        /// The revision asked for.
        revision: RevisionNumber,
        /// The revision that is followed.
        adopted: RevisionNumber,
    },
    /// The adopted revision has no such section.
    #[error("revision {revision} has no section {section}")]
    SectionNotFound {
        /// The revision.
        revision: RevisionNumber,
        /// The section.
        section: SectionKind,
    },
    /// The adopted revision has no such benefit.
    #[error("the revision has no benefit {0:?}")]
    BenefitNotFound(String),
    /// An adoption has as many outcomes as it can.
    #[error("the adoption has as many outcomes as one can have")]
    OutcomesFull,
    /// No such introduction, or none that the caller may know of.
    #[error("there is no {0}")]
    IntroductionNotFound(IntroductionId),
    /// No such follow, or somebody else's.
    #[error("there is no {0}")]
    FollowNotFound(FollowId),
    /// A person follows a thing once.
    #[error("you follow this already")]
    FollowExists,
    /// As many follows as fit.
    #[error("you follow {MAX_FOLLOWS} things already; end one first")]
    FollowLimit,
    /// An organisation was to be introduced to itself.
    #[error("an organisation is not introduced to itself")]
    IntroductionToSelf,
    /// The same organisations have a request about the same blueprint that waits.
    #[error("a request of the same organisation about this blueprint waits for an answer")]
    IntroductionExists,
    /// This step cannot follow where the introduction stands.
    #[error("an introduction that is {state} does not take the step {step}")]
    IntroductionState {
        /// Where it stands.
        state: IntroductionState,
        /// The step.
        step: IntroductionStep,
    },
    /// Those who were asked have not said that they may be.
    #[error("they have not said that they are willing to be asked for this")]
    NotWilling,
    /// The hours of the month do not suffice.
    #[error("the hours that {0} gives this month are promised")]
    HoursSpent(OrganisationId),
    /// A file is no bundle that can be read.
    #[error("the file cannot be read as a bundle: {0}")]
    BundleUnreadable(String),
    /// No such topic, or none that the caller may know of.
    #[error("there is no {0}")]
    TopicNotFound(TopicId),
    /// Somebody writes about it already.
    #[error("an organisation writes about it already")]
    TopicClaimed,
    /// Nobody writes about it.
    #[error("no organisation has claimed it")]
    TopicNotClaimed,
    /// A bundle does not hold what its manifest says, or what a bundle may hold.
    #[error("the bundle is not in order: {0}")]
    BundleWrong(String),
    /// The files of a revision are more than a bundle takes.
    #[error("its files have {length} bytes together, more than the {most} of a bundle; take them one by one")]
    BundleTooLarge {
        /// What they have, in bytes.
        length: u64,
        /// What a bundle takes, in bytes.
        most: u64,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::Artefact(error) => error.kind(),
            Self::NotFound(_)
            | Self::RevisionNotFound { .. }
            | Self::AdoptionNotFound(_)
            | Self::SectionNotFound { .. }
            | Self::BenefitNotFound(_)
            | Self::IntroductionNotFound(_)
            | Self::FollowNotFound(_)
            | Self::TopicNotFound(_)
            | Self::SynonymNotFound(_)
            | Self::SynonymVersionNotFound(_)
            | Self::ReviewNotFound(_)
            | Self::CommentNotFound(_) => Kind::NotFound,
            Self::PartChanged(_) => Kind::Conflict,
            Self::SearchBehind => Kind::Deadline,
            Self::SearchUnavailable(_) => Kind::Unavailable,
            Self::AdoptionExists { .. }
            | Self::FollowExists
            | Self::IntroductionExists
            | Self::SynonymExists(_)
            | Self::OpenReviewExists(_) => Kind::Exists,
            Self::Incomplete(_)
            | Self::Unchanged(_)
            | Self::AdoptionOwn
            | Self::AdoptionStep { .. }
            | Self::AdoptionStopped
            | Self::DateBeforeLast(_)
            | Self::DateInFuture(_)
            | Self::RevisionOlder { .. }
            | Self::OutcomesFull
            | Self::IntroductionState { .. }
            | Self::FollowLimit
            | Self::TopicClaimed
            | Self::TopicNotClaimed
            | Self::NotWilling
            | Self::HoursSpent(_)
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
            | Self::CommentResolved(_)
            | Self::BundleTooLarge { .. } => Kind::State,
            Self::IntroductionToSelf | Self::BundleUnreadable(_) | Self::BundleWrong(_) => Kind::Invalid,
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
            Self::OpenReviewExists(_) => "REVIEW_OPEN",
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
            Self::SynonymExists(_) => "SYNONYM_EXISTS",
            Self::SynonymNotFound(_) => "SYNONYM_NOT_FOUND",
            Self::SynonymVersionNotFound(_) => "SYNONYM_VERSION_NOT_FOUND",
            Self::SearchBehind => "SEARCH_BEHIND",
            Self::SearchUnavailable(_) => "SEARCH_UNAVAILABLE",
            Self::AdoptionNotFound(_) => "ADOPTION_NOT_FOUND",
            Self::AdoptionOwn => "ADOPTION_OWN",
            Self::AdoptionExists { .. } => "ADOPTION_EXISTS",
            Self::AdoptionStep { .. } => "ADOPTION_STATE",
            Self::AdoptionStopped => "ADOPTION_STOPPED",
            Self::DateBeforeLast(_) => "DATE_BEFORE_LAST",
            Self::DateInFuture(_) => "DATE_IN_FUTURE",
            Self::RevisionOlder { .. } => "REVISION_OLDER",
            Self::SectionNotFound { .. } => "SECTION_NOT_FOUND",
            Self::BenefitNotFound(_) => "BENEFIT_NOT_FOUND",
            Self::OutcomesFull => "OUTCOMES_FULL",
            Self::FollowNotFound(_) => "FOLLOW_NOT_FOUND",
            Self::FollowExists => "FOLLOW_EXISTS",
            Self::FollowLimit => "FOLLOW_LIMIT",
            Self::TopicNotFound(_) => "TOPIC_NOT_FOUND",
            Self::TopicClaimed => "TOPIC_CLAIMED",
            Self::TopicNotClaimed => "TOPIC_NOT_CLAIMED",
            Self::IntroductionNotFound(_) => "INTRODUCTION_NOT_FOUND",
            Self::IntroductionToSelf => "INTRODUCTION_TO_SELF",
            Self::IntroductionExists => "INTRODUCTION_EXISTS",
            Self::IntroductionState { .. } => "INTRODUCTION_STATE",
            Self::NotWilling => "NOT_WILLING",
            Self::HoursSpent(_) => "HOURS_SPENT",
            Self::BundleUnreadable(_) => "BUNDLE_UNREADABLE",
            Self::BundleWrong(_) => "BUNDLE_WRONG",
            Self::BundleTooLarge { .. } => "BUNDLE_TOO_LARGE",
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "few failures are of fields")]
    fn violations(&self) -> Option<&Violations> {
        match self {
            Self::Kernel(error) => error.violations(),
            Self::Directory(error) => error.violations(),
            Self::Artefact(error) => error.violations(),
            Self::Incomplete(violations) | Self::PartChanged(violations) => Some(violations),
            _ => None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "few failures pass by themselves")]
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Kernel(error) => error.retry_after(),
            Self::Directory(error) => error.retry_after(),
            Self::Artefact(error) => error.retry_after(),
            Self::SearchBehind | Self::SearchUnavailable(_) => Some(Duration::from_secs(1)),
            _ => None,
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
