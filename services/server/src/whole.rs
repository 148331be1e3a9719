//! Work that goes on to its end, whether or not somebody still waits for it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A handler that nobody can leave half-way: whoever waits for it drives it, and when they leave, what is left of it
/// goes on in a task of its own (sqlx's `begin` is not safe to drop). A task for each call from its start would cost a
/// sixth of all calls at 64 in flight, and hardly anybody leaves.
pub(crate) struct Whole<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    /// Until it has ended.
    work: Option<Pin<Box<F>>>,
}

/// What a panic said, where it said it in words.
pub(crate) struct Panic(String);

impl<F> Whole<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    pub(crate) fn new(work: F) -> Self {
        Self { work: Some(Box::pin(work)) }
    }
}

impl<F> Future for Whole<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    type Output = Result<F::Output, Panic>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = self.work.as_mut() else { return Poll::Pending };
        // After a panic the work is not looked at again, so that nothing sees what it may have left half-way.
        let ended = match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(said) => Err(Panic::from(said)),
        };
        self.work = None;
        Poll::Ready(ended)
    }
}

impl<F> Drop for Whole<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn drop(&mut self) {
        if let Some(work) = self.work.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(work);
        }
    }
}

impl From<Box<dyn Any + Send>> for Panic {
    fn from(said: Box<dyn Any + Send>) -> Self {
        let words = said.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Self(words.or_else(|| said.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without words".to_owned()))
    }
}

impl std::fmt::Display for Panic {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_left_goes_on() {
        let (go, gone) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let work = async move {
            gone.await.unwrap();
            done.send("whole").unwrap();
        };
        let left = tokio::time::timeout(Duration::ZERO, Whole::new(work)).await;
        assert!(left.is_err(), "it waits");
        go.send(()).unwrap();
        assert_eq!(ended.await, Ok("whole"));
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let broken = Whole::new(async { panic!("no {}", "way") }).await;
        assert_eq!(broken.err().map(|panic: Panic| panic.to_string()).as_deref(), Some("no way"));
        let mut over = Box::pin(Whole::new(async {}));
        assert!(over.as_mut().await.is_ok());
        let again = tokio::select! { biased; _ = over.as_mut() => false, () = std::future::ready(()) => true };
        assert!(again, "what has ended never ends again");
        drop(Whole::new(pending::<()>()));
    }
}
