//! Chance as an argument: the only source of ids and secrets, so that tests can repeat them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Timestamp;

/// Where random bytes come from.
#[derive(Clone, Debug)]
pub enum Chance {
    /// The operating system's generator, fit for secrets.
    System,
    /// Bytes that follow from a seed; for tests and for samples, never for secrets.
    Seeded(Arc<Seeded>),
}

/// The state of a repeatable source: a seed, and how many draws were made.
#[derive(Debug)]
pub struct Seeded {
    seed: u64,
    draws: AtomicU64,
}

impl Chance {
    /// A source that gives the same bytes for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Seeded { seed, draws: AtomicU64::new(0) }))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system gives no randomness: then nothing may be signed or named any more.
    #[expect(clippy::expect_used, reason = "a process without randomness must not go on")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => getrandom::fill(&mut bytes).expect("the operating system gives random bytes"),
            Self::Seeded(state) => {
                let draw = state.draws.fetch_add(1, Ordering::SeqCst);
                for (block, chunk) in (0_u64..).zip(bytes.chunks_mut(32)) {
                    let mut hash = Sha256::new();
                    for part in [state.seed, draw, block] {
                        hash.update(part.to_be_bytes());
                    }
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A new time-ordered id (UUID version 7, RFC 9562).
    pub fn id(&self, now: Timestamp) -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(now.millis(), &self.bytes::<10>()).into_uuid()
    }
}
