//! Files for browsers: a download with ranges, and with headers that let it do nothing but be saved.

use std::ops::Range;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use exemplar_blueprints::{Artefact, ArtefactId, Error};
use exemplar_kernel::error::chain;
use exemplar_kernel::{Fault as _, Kind, Principal};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::fault::Fault;
use crate::pages::Pages;

/// A file can bring no script, no style and no frame, even if a browser should show it.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";
/// Kept by the reader's browser only, and asked for again each time: rights end at once.
const CACHE: &str = "private, no-cache";
/// Other sites cannot embed it, wherever it is public.
const SAME_SITE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `GET /artefacts/{id}`.
pub(crate) async fn download(
    State(pages): State<Pages>,
    caller: Option<Extension<Arc<Principal>>>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let caller = caller.map(|Extension(caller)| caller).unwrap_or_default();
    let Ok(id) = ArtefactId::parse(&format!("artefacts/{id}")) else { return Fault::nothing_here().into_response() };
    let artefact = match pages.blueprints.artefact_to_download(&caller, id).await {
        Ok(artefact) => artefact,
        Err(error) => return refused(&error),
    };
    let etag = format!("\"{}\"", artefact.digest.as_str());
    if says(&headers, IF_NONE_MATCH, &etag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, text(&etag))]).into_response();
    }
    // A range of another version would be a piece of another file.
    let ranged = !headers.contains_key(IF_RANGE) || says(&headers, IF_RANGE, &etag);
    let wanted = headers.get(RANGE).filter(|_| ranged).map(|range| part(range, artefact.size));
    let (code, range) = match wanted {
        Some(Wanted::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Wanted::Outside) => {
            let size = format!("bytes */{}", artefact.size);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, text(&size))]).into_response();
        }
        Some(Wanted::Whole) | None => (StatusCode::OK, 0..artefact.size),
    };
    let mut response = if method == Method::HEAD {
        Response::new(Body::empty())
    } else {
        match pages.blueprints.artefact_content(&artefact, range.clone()).await {
            Ok(content) => Response::new(Body::from_stream(content)),
            Err(error) => return refused(&error),
        }
    };
    *response.status_mut() = code;
    describe(response.headers_mut(), &artefact, &range, &etag, code);
    response
}

fn describe(headers: &mut HeaderMap, artefact: &Artefact, range: &Range<u64>, etag: &str, code: StatusCode) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(artefact.format.media_type()));
    headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
    headers.insert(CONTENT_DISPOSITION, text(&disposition(&artefact.details.file_name)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(SAME_SITE, HeaderValue::from_static("same-site"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(ETAG, text(etag));
    if code == StatusCode::PARTIAL_CONTENT {
        let (first, last) = (range.start, range.end.saturating_sub(1));
        headers.insert(CONTENT_RANGE, text(&format!("bytes {first}-{last}/{}", artefact.size)));
    }
}

enum Wanted {
    Whole,
    Part(Range<u64>),
    Outside,
}

/// One range; a header that cannot be understood, or several ranges, get the whole (RFC 9110, 14.2).
fn part(header: &HeaderValue, size: u64) -> Wanted {
    let Some(parsed) = header.to_str().ok().and_then(|header| http_range_header::parse_range_header(header).ok())
    else {
        return Wanted::Whole;
    };
    match parsed.validate(size).as_deref() {
        Ok([range]) => Wanted::Part(*range.start()..range.end() + 1),
        Ok(_) => Wanted::Whole,
        Err(_) => Wanted::Outside,
    }
}

/// Whether a header names this etag among others.
fn says(headers: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| matches!(one.trim(), "*") || one.trim() == etag)
}

/// To be saved, under its name: in ASCII for old browsers, and whole (RFC 6266, appendix D; RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{}\"; filename*=UTF-8''{whole}", plain.replace(['"', '\\'], "_"))
}

/// A header's value of characters that a header can have; every text here is made of such.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}

/// What may not be seen answers like an address that there is not.
fn refused(error: &Error) -> Response {
    let fault = match error.kind() {
        Kind::NotFound => Fault::nothing_here(),
        Kind::Unavailable => Fault::new(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Kind::State => Fault::new(StatusCode::CONFLICT, &error.to_string()),
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Denied
        | Kind::Exists
        | Kind::Conflict
        | Kind::Exhausted
        | Kind::Deadline
        | Kind::Internal => {
            tracing::error!(error = chain(error), "a download failed");
            Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "The file cannot be sent.")
        }
    };
    fault.into_response()
}
