//! Callers that call as fast as they are answered, and what is made of their times.

use std::fs;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

/// How often what is compared takes turns.
pub const ROUNDS: usize = 7;
/// How long each measures in a turn.
pub const TURN: Duration = Duration::from_millis(700);
/// How long each warms up before the first.
const WARM_UP: Duration = Duration::from_millis(300);

/// Somebody with one call under way at a time.
pub trait Caller: Send + 'static {
    /// One call.
    fn call(&mut self) -> impl Future<Output = ()> + Send;
}

/// What callers saw.
pub struct Sample {
    /// How long each call took, sorted.
    times: Vec<Duration>,
    /// How long all of it took.
    took: Duration,
}

impl Sample {
    /// Of times that were taken elsewhere.
    pub fn new(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        Self { times, took }
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        count(self.times.len()) / self.took.as_secs_f64()
    }

    /// The time that half of the calls stay under, in microseconds.
    pub fn p50(&self) -> f64 {
        self.times.get(self.times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    }
}

/// Has all `callers` call until the time is over.
pub fn drive<C: Caller>(runtime: &Runtime, callers: Vec<C>, time: Duration) -> Sample {
    runtime.block_on(async {
        let start = Instant::now();
        let end = start + time;
        let call = |mut caller: C| async move {
            let mut times = Vec::with_capacity(1 << 16);
            loop {
                let start = Instant::now();
                if start >= end {
                    break times;
                }
                caller.call().await;
                times.push(start.elapsed());
            }
        };
        let tasks: Vec<_> = callers.into_iter().map(|caller| tokio::spawn(call(caller))).collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.expect("a caller that does not break"));
        }
        Sample::new(times, start.elapsed())
    })
}

/// Lets `callers` warm up what they call.
pub fn warm_up<C: Caller>(runtime: &Runtime, callers: Vec<C>) {
    drive(runtime, callers, WARM_UP);
}

/// A value of each round.
#[derive(Clone, Debug, Default)]
pub struct Rounds(Vec<f64>);

impl Rounds {
    /// Notes the value of a round.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The least and the greatest.
    pub fn spread(&self) -> (f64, f64) {
        self.0
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)))
    }
}

impl FromIterator<f64> for Rounds {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// The processor time of the machine since it started, of which by this process and the children it waited for.
pub struct Load {
    all: f64,
    busy: f64,
    own: f64,
}

impl Load {
    /// As it is now; nothing where the system does not tell.
    pub fn now() -> Option<Self> {
        let numbers = |text: &str| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<f64>>();
        let machine = numbers(fs::read_to_string("/proc/stat").ok()?.lines().next()?);
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        // After the name, which may hold anything: the state, then numbers; times are the 14th to 17th field of all.
        let own = numbers(own.rsplit_once(") ")?.1);
        let all = machine.iter().take(8).sum();
        // The fourth and fifth are idle and waiting for the disk.
        let idle: f64 = machine.get(3..5)?.iter().sum();
        Some(Self { all, busy: all - idle, own: own.get(10..14)?.iter().sum() })
    }

    /// The share of the machine that others took since `before`.
    pub fn others_since(&self, before: &Self) -> f64 {
        ((self.busy - before.busy - (self.own - before.own)) / (self.all - before.all)).max(0.0)
    }
}

/// A number of things as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "nothing here is counted beyond 2^52")]
pub fn count(things: usize) -> f64 {
    things as f64
}
