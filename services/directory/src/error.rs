//! What can go wrong in the directory.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, OrganisationId, PersonId, Violations};

use crate::model::maturity::MaturityId;
use crate::model::vocabulary::{TermId, Vocabulary};

/// A failure of a verb of the directory.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// No such code is registered.
    #[error("there is no {0}")]
    OrganisationNotFound(OrganisationId),
    /// The code is taken.
    #[error("there is already {0}")]
    OrganisationExists(OrganisationId),
    /// It has closed.
    #[error("{0} has closed")]
    OrganisationClosed(OrganisationId),
    /// This succession is recorded.
    #[error("it is already recorded that {successor} carries on {predecessor}")]
    SuccessionExists {
        /// Who ended.
        predecessor: OrganisationId,
        /// Who carries on.
        successor: OrganisationId,
    },
    /// The successor is carried on by its predecessor.
    #[error("{predecessor} would carry on itself through {successor}")]
    SuccessionCircular {
        /// Who ended.
        predecessor: OrganisationId,
        /// Who carries on.
        successor: OrganisationId,
    },
    /// No such person, or none whom the caller may know of.
    #[error("there is no {0}")]
    PersonNotFound(PersonId),
    /// People do not change their own rights.
    #[error("nobody changes their own roles or ends their own account; ask another administrator")]
    OwnRoles,
    /// The organisation would be left without anyone to manage its people.
    #[error("{0} would be left without an ADMIN; name another first")]
    LastAdmin(OrganisationId),
    /// What was typed to confirm an erasure is not the person's address.
    #[error("confirm_email is not the person's e-mail address; nothing was erased")]
    EmailDiffers,
    /// Something has to be done before the person can be erased.
    #[error("they cannot be erased yet: {}", .0.join("; "))]
    ErasureBlocked(Vec<&'static str>),
    /// There is no such class of records.
    #[error("there is no recordClasses/{0}")]
    RecordClassNotFound(String),
    /// The token is not of an invitation.
    #[error("there is no such invitation")]
    InvitationNotFound,
    /// The invitation is too old.
    #[error("the invitation has expired; ask for another")]
    InvitationExpired,
    /// The invitation was taken up.
    #[error("the invitation was used before; sign in")]
    InvitationUsed,
    /// The invited address, or the identity, has an account.
    #[error("there is an account already; sign in to it and accept again")]
    AccountExists,
    /// Unknown address, wrong password and ended account alike.
    #[error("e-mail address or password is wrong")]
    CredentialsWrong,
    /// Too many wrong passwords.
    #[error("too many wrong attempts; wait {} seconds", .0.as_secs())]
    TooManyAttempts(Duration),
    /// The access token is none that is accepted.
    #[error("the token is not accepted: {0}")]
    TokenInvalid(&'static str),
    /// The issuer's keys are not known and cannot be had now.
    #[error("your identity provider cannot be reached; try again")]
    IssuerUnreachable,
    /// The refresh token is unknown, spent or too old.
    #[error("the refresh token is not accepted; sign in again")]
    RefreshTokenInvalid,
    /// The caller's token is of another issuer, which ends it.
    #[error("this session is your identity provider's; sign out there")]
    SessionForeign,
    /// No such term.
    #[error("there is no {0}")]
    TermNotFound(TermId),
    /// The term is there.
    #[error("there is already {0}")]
    TermExists(TermId),
    /// The label or synonym is another term's.
    #[error("{spelling:?} is a spelling of {term}")]
    SpellingTaken {
        /// As the other term has it.
        spelling: String,
        /// The other term.
        term: TermId,
    },
    /// It was merged or retired, or will be.
    #[error("{0} has been merged or retired")]
    TermEnded(TermId),
    /// The vocabulary holds as many terms as it may.
    #[error("the vocabulary {0} has no room for another term")]
    VocabularyFull(Vocabulary),
    /// The organisation has no record system of this number.
    #[error("there is no {organisation}/record-systems/{number}")]
    RecordSystemNotFound {
        /// Whose.
        organisation: OrganisationId,
        /// The number.
        number: i32,
    },
    /// The organisation has as many record systems as it may.
    #[error("{0} has no room for another record system")]
    RecordSystemsFull(OrganisationId),
    /// No such entry, or none that the caller may know of, of the same organisation and framework.
    #[error("there is no {0} to correct")]
    MaturityNotFound(MaturityId),
    /// Another entry stands in the place of this one.
    #[error("{0} has been corrected; correct the correction")]
    MaturityCorrected(MaturityId),
    /// A secret could not be made or checked.
    #[error("a secret could not be made or checked: {0}")]
    Secret(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::OrganisationNotFound(_)
            | Self::PersonNotFound(_)
            | Self::RecordClassNotFound(_)
            | Self::InvitationNotFound
            | Self::TermNotFound(_)
            | Self::RecordSystemNotFound { .. }
            | Self::MaturityNotFound(_) => Kind::NotFound,
            Self::OrganisationExists(_)
            | Self::SuccessionExists { .. }
            | Self::AccountExists
            | Self::TermExists(_)
            | Self::SpellingTaken { .. } => Kind::Exists,
            Self::OrganisationClosed(_)
            | Self::SuccessionCircular { .. }
            | Self::OwnRoles
            | Self::LastAdmin(_)
            | Self::EmailDiffers
            | Self::ErasureBlocked(_)
            | Self::InvitationExpired
            | Self::InvitationUsed
            | Self::SessionForeign
            | Self::TermEnded(_)
            | Self::VocabularyFull(_)
            | Self::RecordSystemsFull(_)
            | Self::MaturityCorrected(_) => Kind::State,
            Self::CredentialsWrong | Self::TokenInvalid(_) | Self::RefreshTokenInvalid => Kind::Unauthenticated,
            Self::TooManyAttempts(_) => Kind::Exhausted,
            Self::IssuerUnreachable => Kind::Unavailable,
            Self::Secret(_) => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::OrganisationNotFound(_) => "ORGANISATION_NOT_FOUND",
            Self::OrganisationExists(_) => "ORGANISATION_EXISTS",
            Self::OrganisationClosed(_) => "ORGANISATION_CLOSED",
            Self::SuccessionExists { .. } => "SUCCESSION_EXISTS",
            Self::SuccessionCircular { .. } => "SUCCESSION_CIRCULAR",
            Self::PersonNotFound(_) => "PERSON_NOT_FOUND",
            Self::OwnRoles => "OWN_ROLES",
            Self::LastAdmin(_) => "LAST_ADMIN",
            Self::EmailDiffers => "EMAIL_DIFFERS",
            Self::ErasureBlocked(_) => "ERASURE_BLOCKED",
            Self::RecordClassNotFound(_) => "RECORD_CLASS_NOT_FOUND",
            Self::InvitationNotFound => "INVITATION_NOT_FOUND",
            Self::InvitationExpired => "INVITATION_EXPIRED",
            Self::InvitationUsed => "INVITATION_USED",
            Self::AccountExists => "ACCOUNT_EXISTS",
            Self::CredentialsWrong => "CREDENTIALS_WRONG",
            Self::TooManyAttempts(_) => "TOO_MANY_ATTEMPTS",
            Self::TokenInvalid(_) => "TOKEN_INVALID",
            Self::IssuerUnreachable => "ISSUER_UNREACHABLE",
            Self::RefreshTokenInvalid => "REFRESH_TOKEN_INVALID",
            Self::SessionForeign => "SESSION_FOREIGN",
            Self::TermNotFound(_) => "TERM_NOT_FOUND",
            Self::TermExists(_) => "TERM_EXISTS",
            Self::SpellingTaken { .. } => "SPELLING_TAKEN",
            Self::TermEnded(_) => "TERM_ENDED",
            Self::VocabularyFull(_) => "VOCABULARY_FULL",
            Self::RecordSystemNotFound { .. } => "RECORD_SYSTEM_NOT_FOUND",
            Self::RecordSystemsFull(_) => "RECORD_SYSTEMS_FULL",
            Self::MaturityNotFound(_) => "MATURITY_NOT_FOUND",
            Self::MaturityCorrected(_) => "MATURITY_CORRECTED",
            Self::Secret(_) => "INTERNAL",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        if let Self::Kernel(error) = self { error.violations() } else { None }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::TooManyAttempts(wait) = self {
            return Some(*wait);
        }
        if matches!(self, Self::IssuerUnreachable) {
            return Some(Duration::from_secs(30));
        }
        if let Self::Kernel(error) = self { error.retry_after() } else { None }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
