//! Why there is no page: a refusal of a service, in the words of a page.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A refusal. Its page is made where it is known who reads it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The answer's code.
    pub(crate) code: StatusCode,
    /// What to tell.
    pub(crate) message: String,
    /// What is wrong with which field of a form.
    pub(crate) fields: Vec<(String, String)>,
    /// Whether somebody else changed meanwhile what a form was made from.
    pub(crate) stale: bool,
}

/// Fields of requests that addresses fill in.
const NAMES: [&str; 6] = ["name", "blueprint", "pairing", "round", "cohort", "enrolment"];

/// A page or a refusal.
pub(crate) type Answer = Result<Response, Fault>;

impl Fault {
    /// The page of an address that there is not.
    pub(crate) fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no page at this address.")
    }

    /// A refusal of our own.
    pub(crate) fn new(code: StatusCode, message: &str) -> Self {
        Self { code, message: message.to_owned(), fields: Vec::new(), stale: false }
    }

    /// Whether a form can be shown again with what is wrong.
    pub(crate) fn is_of_form(&self) -> bool {
        let codes = [StatusCode::BAD_REQUEST, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
        codes.contains(&self.code)
    }

    /// The lines of an error summary: each field's own, or the whole.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        if self.fields.is_empty() {
            return vec![(String::new(), sentence(&self.message))];
        }
        self.fields.clone()
    }
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
        let fields: Vec<_> = fields.into_iter().map(|field| (field.field, field.description)).collect();
        // A name that cannot be one is an address that there is not.
        let nowhere = fields.iter().any(|(field, _)| NAMES.contains(&field.as_str()));
        let code = match status.code() {
            Code::InvalidArgument if nowhere => StatusCode::NOT_FOUND,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
            Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
            Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Code::Ok | Code::Cancelled | Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        // What may not be seen answers like what is not there: in the same words, too.
        let nothing = code == StatusCode::NOT_FOUND;
        let message =
            if nothing { "There is no page at this address.".to_owned() } else { status.message().to_owned() };
        Self { code, message, fields, stale: status.code() == Code::Aborted }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.code.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An answer, or none where the reader may not see this part.
pub(crate) fn seen<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if [Code::NotFound, Code::PermissionDenied, Code::Unauthenticated].contains(&status.code()) => {
            Ok(None)
        }
        Err(status) => Err(status.into()),
    }
}

/// A message as a sentence of its own.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let rest = letters.as_str();
    let end = if rest.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{rest}{end}")
}
