//! Ending e-mail of one kind, from the link in each letter. Whoever holds a letter may: its address is the permission.

use askama::Template;
use axum::extract::{Path, State};
use exemplar_kernel::error::chain;
use http::StatusCode;

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::pages::Pages;
use crate::visit::Visit;

/// What letters are about, and whether they have ended.
#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Letters {
    frame: Frame,
    kind: &'static str,
    ended: bool,
}

/// `GET /unsubscribe/{token}` changes nothing: programs that read mail look at links.
pub(crate) async fn ask(State(pages): State<Pages>, visit: Visit, Path(token): Path<String>) -> Answer {
    shown(&visit, pages.inbox.letters_of(&token).await, false)
}

/// `POST /unsubscribe/{token}`; one click is enough (RFC 8058).
pub(crate) async fn end(State(pages): State<Pages>, visit: Visit, Path(token): Path<String>) -> Answer {
    shown(&visit, pages.inbox.unsubscribe(&token).await, true)
}

fn shown(visit: &Visit, kind: Result<Option<&'static str>, exemplar_inbox::Error>, ended: bool) -> Answer {
    let kind = kind.map_err(|error| {
        tracing::error!(error = chain(&error), "letters could not be ended");
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, "Try again in a minute.")
    })?;
    let kind = kind.ok_or_else(Fault::nothing_here)?;
    Ok(page(&Letters { frame: visit.frame("E-mail from this service", Area::None), kind, ended }))
}
