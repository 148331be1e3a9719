//! From a bearer token to the caller, at the price of a look into a cache.
//!
//! A verified token is remembered by its SHA-256 until it ends or its person's rights change. Rights changes are
//! counted, per shard of people; an entry is only good while its shard's count is the one it was made under. Whoever
//! changes rights bumps the count after the commit and before the answer, so that a revoked token dies with the answer;
//! the count is read before the database, so that a change in between is never overlooked. Other replicas see changes
//! in the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exemplar_kernel::digest::{self, Digest};
use exemplar_kernel::{PersonId, Principal, SessionId, Timestamp};
use moka::sync::Cache;

use super::Claims;
use crate::model::person::Person;
use crate::service::Directory;
use crate::{Error, store};

/// Verified tokens remembered at the most.
const MAX_REMEMBERED: u64 = 100_000;
const SHARDS: usize = 1024;

#[derive(Debug)]
pub(crate) struct Remembered {
    tokens: Cache<Digest, Arc<Entry>>,
    changes: Vec<AtomicU64>,
}

#[derive(Debug)]
struct Entry {
    caller: Arc<Principal>,
    expires: Timestamp,
    person: PersonId,
    changes: u64,
    /// The issuer and the key of a token that is not our own: it ends with its key.
    key: Option<(String, String)>,
}

impl Remembered {
    pub(crate) fn new() -> Self {
        let changes = (0..SHARDS).map(|_| AtomicU64::new(0)).collect();
        Self { tokens: Cache::builder().max_capacity(MAX_REMEMBERED).build(), changes }
    }

    fn shard(&self, person: PersonId) -> &AtomicU64 {
        // The last bytes of a version 7 id are random, its first are a time.
        let [.., a, b] = person.uuid().into_bytes();
        &self.changes[usize::from(u16::from_be_bytes([a, b])) % SHARDS]
    }

    /// Says that the person's rights have changed: what was remembered of them is of no use.
    pub(crate) fn rights_changed(&self, person: PersonId) {
        self.shard(person).fetch_add(1, Ordering::SeqCst);
    }
}

impl Directory {
    /// Whose the bearer token is, and what they may do.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] for a token that is forged, expired, foreign, or of an ended session or account.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Principal>, Error> {
        let key = digest::of([token.as_bytes()]);
        let now = self.clock().now();
        if let Some(caller) = self.recall(&key, now) {
            return Ok(caller);
        }
        let entry = Arc::new(self.verify(token, now).await?);
        self.remembered.tokens.insert(key, Arc::clone(&entry));
        Ok(Arc::clone(&entry.caller))
    }

    /// Whose token or cookie it is, when that is remembered and still true.
    pub(crate) fn recall(&self, key: &Digest, now: Timestamp) -> Option<Arc<Principal>> {
        let entry = self.remembered.tokens.get(key)?;
        let good = entry.expires > now
            && entry.changes == self.remembered.shard(entry.person).load(Ordering::SeqCst)
            && entry.key.as_ref().is_none_or(|(issuer, kid)| self.issuers.holds(issuer, kid, now));
        good.then(|| Arc::clone(&entry.caller))
    }

    /// Looks up what a person may do and remembers it under the digest of their cookie.
    pub(crate) async fn remember(
        &self,
        key: Digest,
        person: PersonId,
        session: SessionId,
        expires: Timestamp,
    ) -> Result<Arc<Principal>, Error> {
        let entry = Arc::new(self.entry(person, Some(session), expires).await?);
        // The session again, after the count was read: one that ended in between is not remembered as good.
        let stored = store::sessions::find(self.db.read(), session).await?;
        stored.filter(|stored| !stored.ended).ok_or(Error::TokenInvalid("its session has ended"))?;
        self.remembered.tokens.insert(key, Arc::clone(&entry));
        Ok(Arc::clone(&entry.caller))
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<Entry, Error> {
        let issuer = jsonwebtoken::dangerous::insecure_decode_claims::<Claims>(token)
            .map_err(|_| Error::TokenInvalid("it is not a token with iss, aud, sub and exp"))?
            .iss;
        if issuer == self.keys.issuer() {
            let claims = self.keys.verify_access(token)?;
            claims.check_times(now, now)?;
            return self.verify_own(&claims, now).await;
        }
        let (claims, kid) = self.issuers.verify(&issuer, token, now).await?;
        let person = store::people::by_identity(self.db.read(), &issuer, &claims.sub).await?;
        let id = person.map(|person| person.id).ok_or(Error::TokenInvalid("its person has no account here"))?;
        let entry = self.entry(id, None, claims.expires()).await?;
        Ok(Entry { key: Some((issuer, kid)), ..entry })
    }

    async fn verify_own(&self, claims: &Claims, now: Timestamp) -> Result<Entry, Error> {
        const MALFORMED: Error = Error::TokenInvalid("its person or session is malformed");
        let person = PersonId::parse(&claims.sub).map_err(|_| MALFORMED)?;
        let session = SessionId::parse(claims.sid.as_deref().unwrap_or_default()).map_err(|_| MALFORMED)?;
        let entry = self.entry(person, Some(session), claims.expires()).await?;
        let stored = store::sessions::find(self.db.read(), session).await?;
        match stored {
            Some(stored) if stored.person == person && !stored.ended && stored.expires > now => Ok(entry),
            _ => Err(Error::TokenInvalid("its session has ended")),
        }
    }

    /// The rights as they stand. The count is read first: a change after that makes the entry useless, not wrong.
    async fn entry(&self, id: PersonId, session: Option<SessionId>, expires: Timestamp) -> Result<Entry, Error> {
        let changes = self.remembered.shard(id).load(Ordering::SeqCst);
        let person = store::people::find(self.db.read(), id).await?;
        let person = person.filter(|person| person.active).ok_or(Error::TokenInvalid("its account has ended"))?;
        Ok(Entry { caller: Arc::new(principal(&person, session)), expires, person: id, changes, key: None })
    }
}

/// What a person may do.
pub(crate) fn principal(person: &Person, session: Option<SessionId>) -> Principal {
    Principal::person(person.id, session, person.roles.memberships.clone(), person.roles.network.clone())
}
