//! The pages and their addresses.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use exemplar_academy::Academy;
use exemplar_blueprints::Blueprints;
use exemplar_inbox::Inbox;
use exemplar_kernel::error::chain;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::headers::secure;
use crate::view::{Part, Refusal, Status};
use crate::{artefacts, credentials, unsubscribe};

/// What pages are made from.
#[derive(Clone)]
pub struct Pages {
    /// Who holds which credential.
    pub academy: Academy,
    /// The database's journal and the index that follows it.
    pub blueprints: Blueprints,
    /// What people are told by e-mail.
    pub inbox: Inbox,
    /// The version of the server.
    pub version: &'static str,
}

/// Every page.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(status))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/assets/exemplar.css", get(style))
        .route("/artefacts/{id}", get(artefacts::download))
        .merge(credentials::router())
        .merge(unsubscribe::router())
        .fallback(async || nothing_here())
        .method_not_allowed_fallback(async || {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "This address does not take that kind of request.")
        })
        .layer(axum::middleware::map_response(async |response: Response| secure(response)))
        .with_state(pages)
}

/// The page of an address that there is not.
pub(crate) fn nothing_here() -> Response {
    refusal(StatusCode::NOT_FOUND, "There is no page at this address.")
}

/// The page of a request that was refused.
pub fn refusal(code: StatusCode, message: &str) -> Response {
    let title = match code {
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => "The service is busy",
        code if code.is_client_error() => "That did not work",
        _ => "Sorry, there is a problem with the service",
    };
    secure((code, page(&Refusal { title, message })).into_response())
}

async fn status(State(pages): State<Pages>) -> Response {
    let (database, well) = match pages.blueprints.journal_head().await {
        Ok(head) => (format!("answers; {head} changes are recorded"), true),
        Err(error) => {
            tracing::error!(error = chain(&error), "the status page could not ask the database");
            ("does not answer".to_owned(), false)
        }
    };
    let documents = pages.blueprints.indexed();
    let degraded = pages.blueprints.search_is_degraded();
    let search = if degraded {
        "is being rebuilt; answers may lack the newest blueprints".to_owned()
    } else {
        format!("answers; {documents} blueprints can be found")
    };
    let verdict = match (well, degraded) {
        (true, false) => "Everything works.",
        (true, true) => "The service works; search is catching up.",
        (false, _) => "The service is not working. We know about it.",
    };
    let files = match pages.blueprints.scanner() {
        Some(scanner) => format!("are scanned by {scanner}"),
        None => "are not scanned: no scanner is set".to_owned(),
    };
    let parts = vec![
        Part { name: "Database", state: database, well },
        Part { name: "Search", state: search, well: !degraded },
        Part { name: "Files", state: files, well: true },
    ];
    let code = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, page(&Status { verdict, parts, version: pages.version })).into_response()
}

/// Whether the process answers at all.
async fn alive() -> &'static str {
    "ok"
}

/// Whether the process can do its work: its database answers.
async fn ready(State(pages): State<Pages>) -> (StatusCode, &'static str) {
    match pages.blueprints.journal_head().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, include_str!("../templates/exemplar.css")).into_response()
}

pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "Sorry, there is a problem with the service").into_response()
        }
    }
}
