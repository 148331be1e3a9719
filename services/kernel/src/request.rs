//! What a handler may know of the request around it: who calls, its id for logs, and its deadline.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::Principal;

/// The request that a task works for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The id in logs, in the answer's `x-request-id` and in internal errors.
    pub id: String,
    /// When the caller stops waiting.
    pub deadline: Instant,
}

tokio::task_local! {
    static CURRENT: Request;
}

/// Runs `work` as part of `request`.
pub async fn scope<F: Future>(request: Request, work: F) -> F::Output {
    CURRENT.scope(request, work).await
}

/// The id of the present request; `none` outside of one.
pub fn id() -> String {
    CURRENT.try_with(|request| request.id.clone()).unwrap_or_else(|_| "none".to_owned())
}

/// The deadline of the present request, or `default` from now outside of one.
pub fn deadline(default: Duration) -> Instant {
    CURRENT.try_with(|request| request.deadline).unwrap_or_else(|_| Instant::now() + default)
}

/// Splits a gRPC request into its caller, whom the authentication layer has put beside it, and its message.
pub fn open<T>(request: tonic::Request<T>) -> (Arc<Principal>, T) {
    let caller = request.extensions().get::<Arc<Principal>>().cloned().unwrap_or_default();
    (caller, request.into_inner())
}
