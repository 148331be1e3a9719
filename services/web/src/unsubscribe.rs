//! Ending e-mail of one kind, from the link in each letter.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use exemplar_kernel::error::chain;
use http::StatusCode;

use crate::pages::{Pages, nothing_here, page, refusal};

/// The pages about letters. Whoever holds a letter may call: its address is the permission. Looking changes nothing, for
/// programs that read mail look at links; a POST without more ends it (RFC 8058).
pub(crate) fn router() -> Router<Pages> {
    Router::new().route("/unsubscribe/{token}", get(ask).post(end))
}

/// What the page shows.
#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Letters<'a> {
    kind: &'a str,
    ended: bool,
}

async fn ask(State(pages): State<Pages>, Path(token): Path<String>) -> Response {
    shown(pages.inbox.letters_of(&token).await, false)
}

async fn end(State(pages): State<Pages>, Path(token): Path<String>) -> Response {
    shown(pages.inbox.unsubscribe(&token).await, true)
}

fn shown(kind: Result<Option<&'static str>, exemplar_inbox::Error>, ended: bool) -> Response {
    match kind {
        Ok(Some(kind)) => page(&Letters { kind, ended }),
        Ok(None) => nothing_here(),
        Err(error) => {
            tracing::error!(error = chain(&error), "letters could not be ended");
            refusal(StatusCode::SERVICE_UNAVAILABLE, "Try again in a minute.")
        }
    }
}
