//! The connection loop, with every limit set by hand.
//!
//! Ready-made loops leave some of them open: `axum::serve` installs no timer, so that its header time-out never fires;
//! tonic's server lifts hyper's bounds on streams and on resets. The first bytes of a connection say whether it speaks
//! HTTP/2; they, too, must come in time.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a new connection may take to say what it speaks, and a request to send its headers.
const HEADERS: Duration = Duration::from_secs(10);
/// How old a connection may get before it is asked to make place; a replaced one spreads load over replicas.
const MAX_AGE: Duration = Duration::from_hours(1);
/// How often a quiet HTTP/2 connection is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// How long it may take to answer that.
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(20);
/// Calls at a time on one HTTP/2 connection (hyper's own default, which tonic's server lifts).
const MAX_STREAMS: u32 = 200;
/// Streams reset for a peer's errors before the connection is ended (RUSTSEC-2024-0003).
const MAX_ERROR_RESETS: usize = 1024;
/// Streams reset by the peer before they were accepted (rapid reset).
const MAX_PENDING_RESETS: usize = 20;
/// Bytes of all headers of a request.
const MAX_HEADERS: u32 = 16 << 10;
/// Bytes that a peer may send ahead on one stream, and on one connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// How long to wait when the machine cannot accept (no file handles left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The first bytes of every HTTP/2 connection with prior knowledge (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves until `stop`, then lets what runs end within `drain`.
pub(crate) async fn serve<S>(
    listener: TcpListener,
    service: S,
    max_connections: usize,
    drain: Duration,
    stop: CancellationToken,
) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let places = Arc::new(Semaphore::new(max_connections));
    let connections = TaskTracker::new();
    loop {
        // A place first, a connection second: who does not fit waits in the kernel's queue.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = stop.cancelled() => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let (service, stop) = (service.clone(), stop.clone());
        connections.spawn(async move {
            if let Err(error) = connection(stream, service, stop).await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(drain, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut at the end of the drain");
    }
    Ok(())
}

async fn connection<S>(stream: TcpStream, service: S, stop: CancellationToken) -> Result<(), String>
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Send + 'static,
    S::Future: Send,
{
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let speaks_http2 = tokio::select! {
        spoken = tokio::time::timeout(HEADERS, speaks_http2(&stream)) => {
            spoken.map_err(|_| "nothing was said in time".to_owned())?.map_err(|error| error.to_string())?
        }
        () = stop.cancelled() => return Ok(()),
    };
    let io = TokioIo::new(stream);
    if speaks_http2 {
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_local_error_reset_streams(MAX_ERROR_RESETS)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE_ANSWER)
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
            () = leaving(&stop) => connection.as_mut().graceful_shutdown(),
        }
        connection.await.map_err(|error| error.to_string())
    } else {
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(MAX_HEADERS as usize)
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
            () = leaving(&stop) => connection.as_mut().graceful_shutdown(),
        }
        connection.await.map_err(|error| error.to_string())
    }
}

/// When a connection should end: at the server's end, or at its age.
fn leaving(stop: &CancellationToken) -> impl Future<Output = ()> {
    let stop = stop.clone();
    async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(MAX_AGE) => {}
        }
    }
}

/// Looks at the first bytes without taking them.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; PREFACE.len()];
    let mut seen = 0;
    loop {
        let length = stream.peek(&mut first).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first[..length] != PREFACE[..length] {
            return Ok(false);
        }
        if length == PREFACE.len() {
            return Ok(true);
        }
        if length == seen {
            // Peeking returns at once while bytes wait; give the peer time to send more.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        seen = length;
    }
}
