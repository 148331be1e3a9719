//! What is around every page: the header, where one is, who one is.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use exemplar_kernel::{NetworkRole, Principal};
use http::StatusCode;

use crate::fault::{Fault, sentence};
use crate::headers::secure;
use crate::params::Params;

/// The parts of the service that its menu names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// None of them.
    None,
    /// Finding guidance.
    Find,
    /// Who is with whom.
    Network,
    /// Rounds.
    Rounds,
    /// Training.
    Academy,
    /// What is the reader's own.
    Mine,
}

/// What is around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The page's title.
    pub(crate) title: String,
    area: Area,
    /// Whether the reader has signed in.
    pub(crate) signed_in: bool,
    academy: bool,
    /// Where signing in leads back to, as a query.
    pub(crate) back: String,
    /// What the last form did.
    pub(crate) done: &'static str,
}

/// What forms did, by the word in the address that they lead on to.
const DONE: [(&str, &str); 34] = [
    ("adopted", "Your adoption is recorded."),
    ("asked", "Your question is on its way. The answer will be on this page."),
    ("saved", "Your changes are saved."),
    ("published", "The revision is published. Everyone who may read it can find it."),
    ("submitted", "The draft is submitted. An approver of your organisation can sign it off."),
    ("signed-off", "You have signed it off. Reviewers of other organisations can assure it."),
    ("taken-on", "It is yours to review."),
    ("assured", "You have said that it holds."),
    ("sent-back", "It is sent back to its author."),
    ("rejected", "It is refused."),
    ("retracted", "The submission is taken back. The draft can be changed again."),
    ("declared", "Your conflict is recorded."),
    ("commented", "Your comment is there."),
    ("resolved", "The comment is dealt with."),
    ("answered", "Your answer is sent."),
    ("promised", "The time is promised."),
    ("declined-to-answer", "Your reason is sent."),
    ("completed", "Both sides can read what came of it."),
    ("withdrawn", "Your question is taken back."),
    ("put-away", "It is put away."),
    ("taken-out", "It is in the inbox again."),
    ("read", "They are marked as read."),
    ("followed", "What is new of it will be in your inbox."),
    ("unfollowed", "You do not follow it any more."),
    ("wanted", "It is asked for. Others who want it can ask for it, too."),
    ("claimed", "Everybody can read that your organisation will write about it."),
    ("created", "The draft is there. Only your organisation can read it."),
    ("proposed", "The pairing is proposed. The other organisation's lead can accept it."),
    ("accepted", "The pairing is accepted."),
    ("declined", "The pairing is declined."),
    ("signed", "You have signed the agreement."),
    ("checked-in", "Your check-in is recorded."),
    ("recorded", "The marks are recorded."),
    ("undone", "The batch is taken back; what it replaced counts again."),
];

impl Frame {
    /// Around a page of this title.
    pub(crate) fn new(title: &str, area: Area, caller: &Principal, address: &str) -> Self {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let done = Params::parse(query.as_bytes());
        let done = DONE.iter().find(|(word, _)| *word == done.text("done")).map_or("", |(_, text)| text);
        let elsewhere = ["/", "/sign-in", "/sign-out"].iter().any(|path| address.split('?').next() == Some(path));
        let back = if elsewhere { Params::default() } else { Params::default().with("then", address) };
        Self {
            title: title.to_owned(),
            area,
            signed_in: caller.person.is_some(),
            academy: caller.holds_network(NetworkRole::Academy),
            back: back.query(),
            done,
        }
    }

    /// The parts that the reader can open: name, address, text.
    pub(crate) fn menu(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let parts = [
            ("find", "/search", "Find guidance", true),
            ("network", "/network", "Network", true),
            ("rounds", "/rounds", "Rounds", true),
            ("academy", "/cohorts", "Academy", self.academy),
            ("mine", "/home", "My work", self.signed_in),
        ];
        let shown = parts.into_iter().filter(|(.., shown)| *shown);
        shown.map(|(name, address, text, _)| (name, address, text)).collect()
    }

    /// Whether the page is in the part of this name.
    pub(crate) fn is_in(&self, name: &str) -> bool {
        let area = match self.area {
            Area::None => "",
            Area::Find => "find",
            Area::Network => "network",
            Area::Rounds => "rounds",
            Area::Academy => "academy",
            Area::Mine => "mine",
        };
        area == name
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    frame: Frame,
    message: &'a str,
    lines: &'a [(String, String)],
    nothing: bool,
}

/// The page of a refusal.
pub(crate) fn refused(fault: &Fault, caller: &Principal, address: &str) -> Response {
    let title = match fault.code {
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::FORBIDDEN => "You cannot do this",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => "The service is busy",
        code if code.is_client_error() => "That did not work",
        _ => "Sorry, there is a problem with the service",
    };
    let frame = Frame::new(title, Area::None, caller, address);
    let nothing = fault.code == StatusCode::NOT_FOUND;
    let message = sentence(&fault.message);
    (fault.code, page(&Refusal { frame, message: &message, lines: &fault.fields, nothing })).into_response()
}

/// The page of a request that was refused before it came to a page.
pub fn refusal(code: StatusCode, message: &str) -> Response {
    secure(refused(&Fault::new(code, message), &Principal::anonymous(), "/"))
}

/// A template as a page.
pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "Sorry, there is a problem with the service").into_response()
        }
    }
}
