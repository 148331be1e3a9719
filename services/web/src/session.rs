//! Who reads: the cookie, signing in and out, and that forms come from our own pages.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};

use crate::fault::{Answer, Fault, sentence};
use crate::frame::{Area, Frame, page};
use crate::pages::Pages;
use crate::visit::{Form, Visit};

/// Bound to this very host, sent over TLS only (or to this machine), and no script can read it.
const COOKIE_NAME: &str = "__Host-exemplar";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn {
    frame: Frame,
    email: String,
    then: String,
    errors: Vec<(String, String)>,
}

/// `GET /sign-in`.
pub(crate) async fn ask(visit: Visit) -> Answer {
    let then = own_address(visit.params.text("then"));
    Ok(page(&SignIn { frame: visit.frame("Sign in", Area::None), email: String::new(), then, errors: Vec::new() }))
}

/// `POST /sign-in`.
pub(crate) async fn sign_in(State(pages): State<Pages>, visit: Visit, Form(form): Form) -> Answer {
    let (email, then) = (form.text("email").to_owned(), own_address(form.text("then")));
    let password = SecretString::from(form.iter().find(|(name, _)| *name == "password").map_or("", |(_, value)| value));
    let missing = [("email", email.is_empty()), ("password", password.expose_secret().is_empty())];
    let mut errors: Vec<_> = missing
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| {
            let what = if name == "email" { "Enter your e-mail address" } else { "Enter your password" };
            (name.to_owned(), what.to_owned())
        })
        .collect();
    if errors.is_empty() {
        match pages.directory.sign_in_browser(&visit.caller, &email, password).await {
            Ok((cookie, _)) => {
                let life = cookie.expires.since(pages.directory.clock().now()).as_secs();
                let target = if then.is_empty() { "/home" } else { &then };
                return Ok(with_cookie(see_other(target), cookie.secret.expose_secret(), life));
            }
            Err(error) => {
                let fault = Fault::from(tonic::Status::from(error));
                if !fault.is_of_form() && fault.code != StatusCode::UNAUTHORIZED {
                    return Err(fault);
                }
                errors.push(("email".to_owned(), sentence(&fault.message)));
            }
        }
    }
    let frame = visit.frame("Error: Sign in", Area::None);
    Ok((StatusCode::BAD_REQUEST, page(&SignIn { frame, email, then, errors })).into_response())
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(State(pages): State<Pages>, visit: Visit) -> Answer {
    if visit.caller.session.is_some() {
        pages.directory.sign_out_browser(&visit.caller).await.map_err(tonic::Status::from)?;
    }
    Ok(with_cookie(see_other("/"), "", 0))
}

/// Goes on to another page.
pub(crate) fn see_other(address: &str) -> Response {
    let location = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

fn with_cookie(mut response: Response, value: &str, seconds: u64) -> Response {
    let cookie = format!("{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// The session's cookie of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    cookies.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// Whether a request that changes something comes from our own pages. Browsers say so: by `Sec-Fetch-Site`, those that
/// do not by `Origin`. One that says neither is refused; it is no browser of today, and clients have the API.
pub(crate) fn is_ours(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(FETCH_SITE), text(ORIGIN), text(HOST)) {
        (Some(site), ..) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (None, ..) => false,
    }
}

/// An address of our own to go on to; empty for all others, so that no link through us leads elsewhere.
pub(crate) fn own_address(typed: &str) -> String {
    let own = typed.starts_with('/') && !typed.starts_with("//") && !typed.contains(['\\', '\r', '\n']);
    if own { typed.to_owned() } else { String::new() }
}
