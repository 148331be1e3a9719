//! How the service is.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exemplar_kernel::error::chain;
use http::StatusCode;

use crate::frame::{Area, Frame, page};
use crate::pages::Pages;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    frame: Frame,
    verdict: &'static str,
    parts: Vec<Part>,
    version: &'static str,
}

/// One part of the service.
struct Part {
    name: &'static str,
    state: String,
    well: bool,
}

/// `GET /status`.
pub(crate) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
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
    let frame = visit.frame("Service status", Area::None);
    (code, page(&Status { frame, verdict, parts, version: pages.version })).into_response()
}

/// `GET /healthz`: whether the process answers at all.
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether the process can do its work: its database answers.
pub(crate) async fn ready(State(pages): State<Pages>) -> (StatusCode, &'static str) {
    match pages.blueprints.journal_head().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
