//! What strangers need to check a credential: a page for people, and what verifiers fetch.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use exemplar_academy::{CheckBy, Checked, Code, CredentialStatus, Error, STATUS_SECONDS};
use exemplar_kernel::day;
use exemplar_kernel::error::chain;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use crate::pages::{Pages, page, refusal};
use crate::view::Credential;

/// The addresses that credentials name, and the page.
pub(crate) fn router() -> Router<Pages> {
    Router::new()
        .route("/credentials", get(asked))
        .route("/credentials/status", get(status_list))
        .route("/credentials/{code}", get(by_code))
        .route("/.well-known/did.json", get(did))
        .route("/.well-known/jwks.json", get(jwks))
}

/// What the form of the page sends.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    code: String,
}

async fn asked(state: State<Pages>, Query(Asked { code }): Query<Asked>) -> Response {
    if code.trim().is_empty() {
        return page(&Credential { code, verdict: None, shown: Vec::new() });
    }
    by_code(state, Path(code)).await
}

async fn by_code(State(pages): State<Pages>, Path(typed): Path<String>) -> Response {
    let found = match Code::parse(&typed) {
        Some(code) => pages.academy.check_credential(CheckBy::Code(code)).await,
        None => Err(Error::CredentialNotFound),
    };
    match found {
        Ok(checked) => page(&told(typed, checked)),
        Err(Error::CredentialNotFound) => {
            let verdict = Some("No credential with this code was issued here.");
            (StatusCode::NOT_FOUND, page(&Credential { code: typed, verdict, shown: Vec::new() })).into_response()
        }
        Err(error) => broken(&error),
    }
}

fn told(code: String, checked: Checked) -> Credential {
    let verdict = match checked.status {
        CredentialStatus::Valid => "The credential is valid.",
        CredentialStatus::Revoked => "The credential was taken back. It does not hold any more.",
        CredentialStatus::Expired => "The credential has expired.",
    };
    let shown = [
        ("Holder", checked.name),
        ("Qualification", checked.title),
        ("Awarded", checked.date.map(day::in_words)),
        ("Employer then", checked.organisation),
    ];
    let shown = shown.into_iter().filter_map(|(what, value)| value.map(|value| (what, value))).collect();
    Credential { code, verdict: Some(verdict), shown }
}

/// The signed list of what was taken back.
async fn status_list(State(pages): State<Pages>) -> Response {
    match pages.academy.status_list().await {
        Ok(list) => public("application/vc+jwt", list.into_response()),
        Err(error) => broken(&error),
    }
}

/// Who signs, with which keys.
async fn did(State(pages): State<Pages>) -> Response {
    public("application/did+json", pages.academy.did_document().to_string().into_response())
}

/// The same keys as a set.
async fn jwks(State(pages): State<Pages>) -> Response {
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

fn broken(error: &Error) -> Response {
    tracing::error!(error = chain(error), "a credential could not be checked");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "The check could not be made. Try again later.")
}
