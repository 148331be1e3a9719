//! The style sheets and the icon, as the build made them.

use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, StatusCode};

/// Style sheets change with the version, and their address does with them.
const CACHE: &str = "public, max-age=86400";

/// `GET /assets/base.css`: the NHS.UK front end, or the small style that stands in for it.
pub(crate) async fn base(headers: HeaderMap) -> Response {
    style(&headers, include_bytes!(concat!(env!("OUT_DIR"), "/base.css.gz")))
}

/// `GET /assets/exemplar.css`: what the pages have that the NHS.UK front end has not.
pub(crate) async fn own(headers: HeaderMap) -> Response {
    style(&headers, include_bytes!(concat!(env!("OUT_DIR"), "/exemplar.css.gz")))
}

/// `GET /assets/favicon.svg`.
pub(crate) async fn icon() -> Response {
    let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, CACHE)];
    (headers, include_str!("../assets/favicon.svg")).into_response()
}

/// Packed styles are kept packed: every browser of the last twenty years asks for it.
fn style(headers: &HeaderMap, packed: &'static [u8]) -> Response {
    let accepts = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepts.split(',').any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "gzip")) {
        let text = "Style sheets are only kept packed; ask with Accept-Encoding: gzip.\n";
        return (StatusCode::NOT_ACCEPTABLE, [(VARY, "accept-encoding")], text).into_response();
    }
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CONTENT_ENCODING, "gzip"),
        (VARY, "accept-encoding"),
        (CACHE_CONTROL, CACHE),
    ];
    (headers, packed).into_response()
}
