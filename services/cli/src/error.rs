//! What can go wrong between a person and the service, and how it is said.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const NO_CONNECTION: u8 = 3;

/// Why a command ends without success.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was typed, or a file that was named, cannot be used.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error("{0}")]
    File(String, #[source] io::Error),
    /// Nobody answers at the address.
    #[error("cannot reach {0}")]
    Connect(String, #[source] tonic::transport::Error),
    /// The connection broke before the answer came.
    #[error("the connection to {0} broke before the answer came")]
    Lost(String, #[source] Box<Status>),
    /// The service said no.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
    /// The service took some rows of a file and not others; they have been listed.
    #[error("{refused} of {rows} rows were not accepted")]
    Rows {
        /// How many were not.
        refused: usize,
        /// How many there were.
        rows: usize,
    },
    /// Whoever reads our answers does not.
    #[error("cannot write the answer")]
    Output(#[source] io::Error),
}

impl Error {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// The failure of a call: the service's own words, or a connection that broke.
    pub(crate) fn of_call(status: Status, server: &str) -> Self {
        // A status that the server sent has no source; one made on this side of the wire has.
        if status.source().is_some() {
            Self::Lost(server.to_owned(), Box::new(status))
        } else {
            Self::Refused(Box::new(status))
        }
    }

    /// The service's status, if it was the service that said no.
    pub(crate) fn status(&self) -> Option<&Status> {
        if let Self::Refused(status) = self { Some(status) } else { None }
    }

    /// The gRPC code, if it was the service that said no.
    pub(crate) fn code(&self) -> Option<Code> {
        self.status().map(Status::code)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            // The reader of a pipe has had enough, as in `exemplar people | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Usage(_) | Self::File(..) | Self::Output(_) => ExitCode::from(USAGE),
            Self::Connect(..) | Self::Lost(..) => ExitCode::from(NO_CONNECTION),
            Self::Refused(_) | Self::Rows { .. } => ExitCode::from(REFUSED),
        }
    }

    /// What a person reads: what happened, every fault on its own line, the reason, and what may help.
    pub(crate) fn report(&self) -> String {
        match self {
            Self::Refused(status) => refusal(status),
            Self::Usage(_)
            | Self::File(..)
            | Self::Connect(..)
            | Self::Lost(..)
            | Self::Rows { .. }
            | Self::Output(_) => format!("error: {}", chain(self)),
        }
    }
}

/// The reason that a refusal names, as the API documents it; empty when it names none.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// How long the service asks to wait before trying again.
pub(crate) fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_error_details().retry_info().and_then(|info| info.retry_delay)
}

fn refusal(status: &Status) -> String {
    let details = status.get_error_details();
    let mut text = format!("error: {}", headline(status, &details));
    for violation in details.bad_request().into_iter().flat_map(|request| &request.field_violations) {
        let _ = write!(text, "\n  {}: {}", violation.field, violation.description);
    }
    let reason = reason(status);
    if !reason.is_empty() {
        let _ = write!(text, "\n  reason: {reason}");
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        let _ = write!(text, "\n  try again in {} s", delay.as_secs_f64().ceil());
    }
    if let Some(hint) = hint(&reason) {
        let _ = write!(text, "\n  hint: {hint}");
    }
    text
}

/// The service's message; where it only strings the faults together, they are better read one by one.
fn headline(status: &Status, details: &ErrorDetails) -> String {
    let first = details.bad_request().and_then(|request| request.field_violations.first());
    match (first, status.message()) {
        (Some(first), message) if message.contains(&first.description) => {
            "the request cannot be accepted as it is".to_owned()
        }
        (_, "") => format!("the service answered {:?} without a word", status.code()),
        (_, message) => message.to_owned(),
    }
}

fn hint(reason: &str) -> Option<&'static str> {
    match reason {
        "NOT_SIGNED_IN" | "TOKEN_INVALID" | "REFRESH_TOKEN_INVALID" => Some("exemplar sign-in --email YOU@TRUST"),
        "ETAG_STALE" => Some("show it again and repeat the change with its new etag"),
        "ACCOUNT_EXISTS" => Some("sign in, then accept with --signed-in"),
        _ => None,
    }
}

/// An error and its causes, outermost first; a cause that says nothing new is left out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut last = text.clone();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if said != last && said != "transport error" {
            let _ = write!(text, ": {said}");
        }
        last = said;
        cause = error.source();
    }
    text
}
