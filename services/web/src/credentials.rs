//! What strangers need to check a credential: a page for people, and what verifiers fetch.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use exemplar_academy::{CheckBy, Checked, Code, CredentialStatus, Error, STATUS_SECONDS};
use exemplar_kernel::day;
use exemplar_kernel::error::chain;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::pages::Pages;
use crate::visit::Visit;

/// The page on which anybody checks a credential.
#[derive(Template)]
#[template(path = "credential.html")]
struct Credential {
    frame: Frame,
    code: String,
    verdict: Option<&'static str>,
    shown: Vec<(&'static str, String)>,
}

/// `GET /credentials?code=…`.
pub(crate) async fn asked(pages: State<Pages>, visit: Visit) -> Answer {
    let code = visit.params.text("code").to_owned();
    if code.is_empty() {
        return Ok(page(&shown(&visit, code, None, Vec::new())));
    }
    by_code(pages, visit, Path(code)).await
}

/// `GET /credentials/{code}`.
pub(crate) async fn by_code(State(pages): State<Pages>, visit: Visit, Path(typed): Path<String>) -> Answer {
    let found = match Code::parse(&typed) {
        Some(code) => pages.academy.check_credential(CheckBy::Code(code)).await,
        None => Err(Error::CredentialNotFound),
    };
    match found {
        Ok(checked) => Ok(page(&told(&visit, typed, checked))),
        Err(Error::CredentialNotFound) => {
            let verdict = Some("No credential with this code was issued here.");
            Ok((StatusCode::NOT_FOUND, page(&shown(&visit, typed, verdict, Vec::new()))).into_response())
        }
        Err(error) => Err(broken(&error)),
    }
}

fn shown(visit: &Visit, code: String, verdict: Option<&'static str>, shown: Vec<(&'static str, String)>) -> Credential {
    Credential { frame: visit.frame("Check a credential", Area::None), code, verdict, shown }
}

fn told(visit: &Visit, code: String, checked: Checked) -> Credential {
    let verdict = match checked.status {
        CredentialStatus::Valid => "The credential is valid.",
        CredentialStatus::Revoked => "The credential was taken back. It does not hold any more.",
        CredentialStatus::Expired => "The credential has expired.",
    };
    let facts = [
        ("Holder", checked.name),
        ("Qualification", checked.title),
        ("Awarded", checked.date.map(day::in_words)),
        ("Employer then", checked.organisation),
    ];
    let facts = facts.into_iter().filter_map(|(what, value)| value.map(|value| (what, value))).collect();
    shown(visit, code, Some(verdict), facts)
}

/// The signed list of what was taken back.
pub(crate) async fn status_list(State(pages): State<Pages>) -> Answer {
    match pages.academy.status_list().await {
        Ok(list) => Ok(public("application/vc+jwt", list.into_response())),
        Err(error) => Err(broken(&error)),
    }
}

/// Who signs, with which keys.
pub(crate) async fn did(State(pages): State<Pages>) -> Response {
    public("application/did+json", pages.academy.did_document().to_string().into_response())
}

/// The same keys as a set.
pub(crate) async fn jwks(State(pages): State<Pages>) -> Response {
    public("application/jwk-set+json", pages.academy.key_set().to_string().into_response())
}

/// What any site's verifier may fetch and keep for a while.
fn public(content_type: &'static str, mut response: Response) -> Response {
    let age = format!("public, max-age={STATUS_SECONDS}");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(age) = HeaderValue::from_str(&age) {
        headers.insert(CACHE_CONTROL, age);
    }
    response
}

fn broken(error: &Error) -> Fault {
    tracing::error!(error = chain(error), "a credential could not be checked");
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "The check could not be made. Try again later.")
}
