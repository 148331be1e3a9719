//! Sessions of browsers: an opaque cookie stands for a session; nothing about a person lies in it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_kernel::digest::{self, Digest};
use exemplar_kernel::{Principal, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::Directory;
use super::sessions::started;
use crate::Error;
use crate::model::person::Person;
use crate::store::sessions as store;

/// How long a browser stays signed in: a long working day. It is not prolonged by use.
const LIFE: Duration = Duration::from_hours(12);
/// A cookie's length at the most, in bytes; ours have 43.
const MAX_COOKIE: usize = 64;

/// What a browser gets for signing in.
#[derive(Debug)]
pub struct Cookie {
    /// The cookie's value: 256 random bits.
    pub secret: SecretString,
    /// When its session ends.
    pub expires: Timestamp,
}

impl Directory {
    /// Signs a browser in with a local account. The cookie is always a new one, and the session that the browser had
    /// before ends: what somebody planted or saw before signing in is of no use after it.
    ///
    /// # Errors
    /// [`Error::CredentialsWrong`], [`Error::TooManyAttempts`].
    pub async fn sign_in_browser(
        &self,
        before: &Principal,
        email: &str,
        password: SecretString,
    ) -> Result<(Cookie, Person), Error> {
        let person = self.known_by_password(email, password).await?;
        if before.session.is_some() {
            self.sign_out(before).await?;
        }
        let (mut tx, session) = self.start_session(&person, LIFE).await?;
        let secret = SecretString::from(URL_SAFE_NO_PAD.encode(self.db.chance().bytes::<32>()));
        store::insert_cookie(&*tx, session.id, &cookie_digest(secret.expose_secret()), tx.now()).await?;
        tx.append(started(&session));
        tx.commit(()).await?;
        Ok((Cookie { secret, expires: session.expires }, person))
    }

    /// Ends the session of a browser.
    ///
    /// # Errors
    /// When nobody is signed in, or not by a cookie or token of ours.
    pub async fn sign_out_browser(&self, caller: &Principal) -> Result<(), Error> {
        self.sign_out(caller).await
    }

    /// Whose cookie it is, and what they may do; none for one that is forged, expired, or of an ended session or account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn browser(&self, cookie: &str) -> Result<Option<Arc<Principal>>, Error> {
        if cookie.len() > MAX_COOKIE {
            return Ok(None);
        }
        let key = cookie_digest(cookie);
        let now = self.clock().now();
        if let Some(caller) = self.recall(&key, now) {
            return Ok(Some(caller));
        }
        let stored = store::of_cookie(self.db.read(), &key).await?;
        let Some(session) = stored.filter(|session| !session.ended && session.expires > now) else { return Ok(None) };
        match self.remember(key, session.person, session.id, session.expires).await {
            Ok(caller) => Ok(Some(caller)),
            Err(Error::TokenInvalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// How a cookie is known here; no token has the same digest.
fn cookie_digest(cookie: &str) -> Digest {
    digest::of([b"cookie".as_slice(), cookie.as_bytes()])
}
