//! The front door: one service that tells gRPC from pages, knows who calls, and lets no request outlive its limits.
//!
//! gRPC goes straight to its services; the gRPC-Web and CORS layers, which cost a fifth of all calls, stand only before
//! requests whose content type asks for them; everything else goes to the pages. Each handler runs to its end: a client
//! that leaves drops nothing half-way.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use exemplar_directory::Directory;
use exemplar_kernel::{Principal, digest, request};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::{Service as _, ServiceExt as _};

use crate::deadline::{self, Timely};
use crate::whole::{Panic, Whole};

type Handled = Response<Body>;
type Web = tower::util::BoxCloneSyncService<Request<Timely<Incoming>>, Handled, Infallible>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The calls that send files: they may take as long as transfers do, while something comes.
const TRANSFERS: [&str; 3] = [
    "/exemplar.blueprints.v1.ArtefactService/WriteChunks",
    "/exemplar.blueprints.v1.ExchangeService/ExportBlueprint",
    "/exemplar.blueprints.v1.ExchangeService/ImportBundle",
];
/// How long after a call's deadline its handler still waits for the rest of the request.
const BODY_GRACE: Duration = Duration::from_millis(100);
/// A caller's own request id is taken when it has at most this many letters, digits and hyphens.
const MAX_REQUEST_ID: usize = 64;

/// What every connection's requests go through.
#[derive(Clone)]
pub(crate) struct Front {
    inner: Arc<Inner>,
}

struct Inner {
    grpc: Routes,
    grpc_web: Web,
    pages: axum::Router,
    directory: Directory,
    calls: Arc<Semaphore>,
    longest: Longest,
}

/// How long requests may take.
#[derive(Clone, Copy)]
pub(crate) struct Longest {
    /// One that is answered at once.
    pub(crate) call: Duration,
    /// One that streams a file up.
    pub(crate) transfer: Duration,
}

impl Front {
    pub(crate) fn new(
        grpc: Routes,
        cors: tower_http::cors::CorsLayer,
        pages: axum::Router,
        directory: Directory,
        max_calls: usize,
        longest: Longest,
    ) -> Self {
        let web = tower::ServiceBuilder::new().layer(cors).layer(tonic_web::GrpcWebLayer::new()).service(grpc.clone());
        let grpc_web = Web::new(tower::ServiceExt::<Request<Timely<Incoming>>>::map_response(web, |response| {
            response.map(Body::new)
        }));
        let calls = Arc::new(Semaphore::new(max_calls));
        Self { inner: Arc::new(Inner { grpc, grpc_web, pages, directory, calls, longest }) }
    }
}

/// Which door a request goes through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Grpc,
    GrpcWeb,
    Pages,
}

fn door(request: &Request<Incoming>) -> Door {
    let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if content_type.starts_with(b"application/grpc-web") {
        return Door::GrpcWeb;
    }
    if content_type.starts_with(b"application/grpc") {
        return Door::Grpc;
    }
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key("access-control-request-method");
    if preflight { Door::GrpcWeb } else { Door::Pages }
}

impl hyper::service::Service<Request<Incoming>> for Front {
    type Response = Handled;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Handled, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        Box::pin(answer(Arc::clone(&self.inner), request))
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Handled, Infallible> {
    let started = Instant::now();
    let door = door(&request);
    let transfers = TRANSFERS.contains(&request.uri().path());
    let longest = if transfers { inner.longest.transfer } else { inner.longest.call };
    let patience = inner.longest.call;
    let wait = deadline::asked_for(request.headers()).unwrap_or(longest).min(longest);
    let about = request::Request { id: request_id(&inner, request.headers()), deadline: started + wait };
    let id = about.id.clone();
    let method = request.uri().path().to_owned();
    let mut response = match Arc::clone(&inner.calls).try_acquire_owned() {
        Err(_) => refusal(door, &overloaded()),
        // Nobody waits any more: the timer, which counts in milliseconds, would let short work go through.
        Ok(_) if Instant::now() >= about.deadline => refusal(door, &too_late()),
        Ok(place) => {
            let deadline = about.deadline;
            // A moment later than the call itself, so that the caller hears of the deadline and not of a broken body.
            let request = request.map(|body| Timely::new(body, deadline + BODY_GRACE, transfers.then_some(patience)));
            let work = async move {
                let response = handle(&inner, door, request).await;
                drop(place);
                response
            };
            let work = Whole::new(request::scope(about, work));
            match tokio::time::timeout_at(deadline, work).await {
                Ok(Ok(response)) => response,
                Ok(Err(broken)) => refusal(door, &panicked(&id, &broken)),
                Err(_) => refusal(door, &too_late()),
            }
        }
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    log(&id, &method, &response, started.elapsed());
    Ok(response)
}

async fn handle(inner: &Inner, door: Door, mut request: Request<Timely<Incoming>>) -> Handled {
    let caller = match bearer(request.headers()) {
        None => Arc::new(Principal::anonymous()),
        Some(Err(status)) => return refusal(door, &status),
        Some(Ok(token)) => match inner.directory.authenticate(token).await {
            Ok(caller) => caller,
            Err(error) => return refusal(door, &error.into()),
        },
    };
    request.extensions_mut().insert(caller);
    match door {
        Door::Grpc => match inner.grpc.clone().call(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        },
        Door::GrpcWeb => match inner.grpc_web.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Door::Pages => match inner.pages.clone().oneshot(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}

/// The bearer token of a request; an `authorization` of another kind is refused, not overlooked.
fn bearer(headers: &HeaderMap) -> Option<Result<&str, Status>> {
    let value = headers.get(AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let refused = || exemplar_directory::Error::TokenInvalid("the authorization is not a bearer token").into();
    Some(token.ok_or_else(refused))
}

/// The caller's own request id when it is fit for a log, else a new one.
fn request_id(inner: &Inner, headers: &HeaderMap) -> String {
    let fit = |id: &&str| {
        (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let own = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fit);
    own.map_or_else(|| digest::hex(&inner.directory.chance().bytes::<12>()), str::to_owned)
}

fn overloaded() -> Status {
    let mut details = ErrorDetails::with_error_info("OVERLOADED", exemplar_kernel::error::DOMAIN, []);
    details.set_retry_info(Some(Duration::from_secs(1)));
    Status::with_error_details(Code::ResourceExhausted, "the service has too many calls at once; try again", details)
}

fn too_late() -> Status {
    let details = ErrorDetails::with_error_info("DEADLINE_EXCEEDED", exemplar_kernel::error::DOMAIN, []);
    Status::with_error_details(
        Code::DeadlineExceeded,
        "the call took too long; a write may still be done, the same request_id tells",
        details,
    )
}

fn panicked(id: &str, broken: &Panic) -> Status {
    tracing::error!(request_id = id, error = %broken, "a handler broke");
    let details =
        ErrorDetails::with_error_info("INTERNAL", exemplar_kernel::error::DOMAIN, [("request_id".into(), id.into())]);
    Status::with_error_details(Code::Internal, format!("internal error; quote {id} to support"), details)
}

/// An answer that no handler gave, in the form of the door it leaves through.
fn refusal(door: Door, status: &Status) -> Handled {
    const PAGES: [(Code, http::StatusCode); 3] = [
        (Code::Unauthenticated, http::StatusCode::UNAUTHORIZED),
        (Code::ResourceExhausted, http::StatusCode::SERVICE_UNAVAILABLE),
        (Code::DeadlineExceeded, http::StatusCode::GATEWAY_TIMEOUT),
    ];
    if door != Door::Pages {
        return status.clone().into_http();
    }
    let code = PAGES.iter().find(|(code, _)| *code == status.code()).map(|(_, page)| *page);
    exemplar_web::refusal(code.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR), status.message())
}

fn log(id: &str, method: &str, response: &Handled, took: Duration) {
    let status = response.status().as_u16();
    let grpc = response.headers().get("grpc-status").and_then(|value| value.to_str().ok());
    let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if status >= 400 || grpc.is_some_and(|code| code != "0") {
        tracing::info!(request_id = id, method, status, grpc, duration_us, "refused");
    } else {
        tracing::debug!(request_id = id, method, status, duration_us, "answered");
    }
}
