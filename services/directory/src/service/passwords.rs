//! Local passwords: argon2id hashes, made and checked away from the runtime's threads, and a lock that softens guessing.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use exemplar_kernel::{Chance, Clock, Timestamp};
use moka::sync::Cache;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// Memory of one hash, in KiB; with the passes, OWASP's second recommendation for argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Hashes computed at the same time: each takes a core and [`MEMORY_KIB`].
const AT_ONCE: usize = 2;
/// Wrong attempts that cost nothing.
const FREE_ATTEMPTS: u32 = 5;
/// The longest that one more wrong attempt makes wait; also how long attempts are remembered.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Addresses whose wrong attempts are remembered at the most.
const MAX_REMEMBERED: u64 = 100_000;

/// Makes and checks password hashes.
#[derive(Debug)]
pub(crate) struct Passwords {
    hasher: Argon2<'static>,
    gate: Arc<Semaphore>,
    attempts: Cache<String, (u32, Timestamp)>,
    clock: Clock,
    chance: Chance,
}

impl Passwords {
    pub(crate) fn new(clock: Clock, chance: Chance) -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
        Self {
            hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            gate: Arc::new(Semaphore::new(AT_ONCE)),
            attempts: Cache::builder().max_capacity(MAX_REMEMBERED).time_to_idle(LONGEST_WAIT * 2).build(),
            clock,
            chance,
        }
    }

    /// The hash of a new password, in PHC form.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let (hasher, salt) = (self.hasher.clone(), self.chance.bytes::<16>());
        self.work(move || {
            let hash = hasher.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|error| Error::Secret(error.to_string()))
        })
        .await?
    }

    /// Whether the password is the one of `hash`. Without a hash one is computed all the same, so that the time taken
    /// does not tell whether there is an account.
    pub(crate) async fn check(&self, password: SecretString, hash: Option<String>) -> Result<bool, Error> {
        let (hasher, salt) = (self.hasher.clone(), self.chance.bytes::<16>());
        self.work(move || {
            let password = password.expose_secret().as_bytes();
            match hash.as_deref().map(PasswordHash::new) {
                Some(Ok(hash)) => hasher.verify_password(password, &hash).is_ok(),
                _ => {
                    let _ = hasher.hash_password_with_salt(password, &salt);
                    false
                }
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _permit = self.gate.acquire().await.map_err(|error| Error::Secret(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Secret(error.to_string()))
    }

    /// Refuses while an address has had too many wrong attempts, known or not.
    pub(crate) fn check_attempts(&self, address: &str) -> Result<(), Error> {
        let Some((wrong, last)) = self.attempts.get(address) else { return Ok(()) };
        let left = wait_after(wrong).saturating_sub(self.clock.now().since(last));
        if left.is_zero() { Ok(()) } else { Err(Error::TooManyAttempts(left)) }
    }

    /// Counts a wrong attempt.
    pub(crate) fn wrong_attempt(&self, address: &str) {
        let now = self.clock.now();
        self.attempts.entry_by_ref(address).and_upsert_with(|entry| match entry.map(moka::Entry::into_value) {
            Some((wrong, last)) if now.since(last) < LONGEST_WAIT * 2 => (wrong.saturating_add(1), now),
            _ => (1, now),
        });
    }

    /// Forgets the wrong attempts once the right password came.
    pub(crate) fn right_attempt(&self, address: &str) {
        self.attempts.invalidate(address);
    }
}

/// How long the next attempt must wait after so many wrong ones: doubling from one second.
fn wait_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE_ATTEMPTS) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(20)).min(LONGEST_WAIT),
    }
}
