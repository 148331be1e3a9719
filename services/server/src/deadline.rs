//! Deadlines: how long a caller waits, and a request body that must have come by then.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use tonic::Status;

/// The time-out that a gRPC caller asks for (`grpc-timeout`: up to 8 digits and a unit), if it says one that can be
/// understood.
pub(crate) fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A request body that ends with an error when it has not come by the deadline: a half-sent request holds nothing for
/// longer than a whole one.
pub(crate) struct Timely<B> {
    inner: B,
    deadline: Instant,
    /// How long each part of it may take; none: as long as the whole.
    patience: Option<Duration>,
    /// Made only when the body makes us wait.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<B> Timely<B> {
    pub(crate) fn new(inner: B, deadline: Instant, patience: Option<Duration>) -> Self {
        Self { inner, deadline, patience, sleep: None }
    }
}

impl<B> Body for Timely<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            this.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| Status::from_error(Box::new(error)))));
        }
        let deadline = match this.patience {
            Some(patience) => this.deadline.min(Instant::now() + patience),
            None => this.deadline,
        };
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        sleep.as_mut().poll(cx).map(|()| Some(Err(Status::deadline_exceeded("the request did not come in time"))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_are_read_or_left_alone() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            asked_for(&headers)
        };
        assert_eq!(read("5S"), Some(Duration::from_secs(5)));
        assert_eq!(read("99999999m"), Some(Duration::from_millis(99_999_999)));
        assert_eq!(read("1H"), Some(Duration::from_hours(1)));
        for odd in ["S", "5", "-1S", "123456789S", "5s", "1.5S", "é"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
