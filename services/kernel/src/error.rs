//! What can go wrong, for three readers: the code a program branches on, the words a person reads, the chain support
//! looks up. The one map from an error to a gRPC status is here.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::violations::MAX_VIOLATIONS;
use crate::{Violations, request};

/// The `domain` of every `ErrorInfo` of this service.
pub const DOMAIN: &str = "exemplar";

/// The kinds of failure; deliberately few. Each is one gRPC code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The request can never succeed as it is.
    Invalid,
    /// Nobody, or nobody known, is calling.
    Unauthenticated,
    /// The caller may not do this.
    Denied,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// There is one already.
    Exists,
    /// The state of things forbids it.
    State,
    /// Somebody else changed it first; read again and retry.
    Conflict,
    /// Too many, too much or too often.
    Exhausted,
    /// Not now; retrying helps.
    Unavailable,
    /// The deadline passed first.
    Deadline,
    /// A fault of the service.
    Internal,
}

impl Kind {
    /// The gRPC code of this kind.
    pub const fn code(self) -> Code {
        match self {
            Self::Invalid => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Denied => Code::PermissionDenied,
            Self::NotFound => Code::NotFound,
            Self::Exists => Code::AlreadyExists,
            Self::State => Code::FailedPrecondition,
            Self::Conflict => Code::Aborted,
            Self::Exhausted => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::Deadline => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }
}

/// An error that a caller may be told of.
pub trait Fault: std::error::Error {
    /// The kind of failure.
    fn kind(&self) -> Kind;

    /// The stable name of the failure, `UPPER_SNAKE_CASE`; programs may branch on it.
    fn reason(&self) -> &'static str;

    /// The faults of the request's fields, if that is what is wrong.
    fn violations(&self) -> Option<&Violations> {
        None
    }

    /// After how long a retry may help.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// The failures that every context shares; each context's own error has one variant for them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The verb needs a person and nobody has signed in.
    #[error("sign in first")]
    NotSignedIn,
    /// The caller lacks a role.
    #[error("this needs the role {needs}")]
    Denied {
        /// The role it takes.
        needs: &'static str,
    },
    /// Fields of the request are wrong.
    #[error("{0}")]
    Invalid(Violations),
    /// The etag is of an older version.
    #[error("it has changed since you read it; read it again")]
    Stale,
    /// The same `request_id` came with another request before.
    #[error("this request_id was used for another request")]
    RequestReused,
    /// The database's queue is full.
    #[error("the service is busy; try again")]
    Busy,
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
    /// A row says what no code of this version wrote.
    #[error("the database holds what it should not: {0}")]
    Inconsistent(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotSignedIn => Kind::Unauthenticated,
            Self::Denied { .. } => Kind::Denied,
            Self::Invalid(_) => Kind::Invalid,
            Self::Stale => Kind::Conflict,
            Self::RequestReused => Kind::Exists,
            Self::Busy => Kind::Unavailable,
            Self::Database(_) | Self::Inconsistent(_) => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "NOT_SIGNED_IN",
            Self::Denied { .. } => "ROLE_MISSING",
            Self::Invalid(_) => "INVALID_REQUEST",
            Self::Stale => "ETAG_STALE",
            Self::RequestReused => "REQUEST_ID_REUSED",
            Self::Busy => "BUSY",
            Self::Database(_) | Self::Inconsistent(_) => "INTERNAL",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        if let Self::Invalid(violations) = self { Some(violations) } else { None }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(Duration::from_secs(1))
    }
}

/// The answer to a failed call: a code, `ErrorInfo` always, `BadRequest` with every fault of the fields, `RetryInfo`
/// where retrying helps. An internal failure tells its correlation id and nothing else; its chain goes to the log.
pub fn status(fault: &dyn Fault) -> Status {
    let kind = fault.kind();
    if kind == Kind::Internal {
        return internal(fault);
    }
    let mut details = ErrorDetails::with_error_info(fault.reason(), DOMAIN, []);
    for violation in fault.violations().into_iter().flat_map(Violations::iter).take(MAX_VIOLATIONS) {
        details.add_bad_request_violation(&violation.field, &violation.description);
    }
    if let Some(delay) = fault.retry_after() {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(kind.code(), fault.to_string(), details)
}

fn internal(fault: &dyn Fault) -> Status {
    let id = request::id();
    tracing::error!(request_id = id, reason = fault.reason(), error = chain(fault), "internal error");
    let details = ErrorDetails::with_error_info("INTERNAL", DOMAIN, [("request_id".to_owned(), id.clone())]);
    Status::with_error_details(Code::Internal, format!("internal error; quote {id} to support"), details)
}

/// An error and its causes, outermost first.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Gives a context's error the variant's face: `Kernel(#[from] kernel::Error)` answers for itself.
#[macro_export]
macro_rules! status_from {
    ($error:ty) => {
        impl From<$error> for ::tonic::Status {
            fn from(error: $error) -> Self {
                $crate::error::status(&error)
            }
        }
    };
}

status_from!(Error);
