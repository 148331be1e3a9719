//! The templates, one type each.

use askama::Template;

/// The page that says how the service is.
#[derive(Template)]
#[template(path = "status.html")]
pub(crate) struct Status {
    /// In one word of plain English.
    pub(crate) verdict: &'static str,
    /// Each part and how it is.
    pub(crate) parts: Vec<Part>,
    /// The version of the server.
    pub(crate) version: &'static str,
}

/// One part of the service.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) state: String,
    pub(crate) well: bool,
}

/// The page on which anybody checks a credential.
#[derive(Template)]
#[template(path = "credential.html")]
pub(crate) struct Credential {
    /// What was asked for.
    pub(crate) code: String,
    /// What is said of it; none before anything was asked for.
    pub(crate) verdict: Option<&'static str>,
    /// What its holder shows: what it is, and what it says.
    pub(crate) shown: Vec<(&'static str, String)>,
}

/// A page that says why there is no page.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(crate) struct Refusal<'a> {
    pub(crate) title: &'a str,
    pub(crate) message: &'a str,
}
