//! Signing in: sessions, their access tokens, and refresh tokens that are good once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_kernel::digest::{self, Digest};
use exemplar_kernel::{Change, PersonId, Principal, SessionId, Timestamp, Tx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Directory;
use crate::Error;
use crate::model::person::{Person, email_key};
use crate::store::people;
use crate::store::sessions::{self as store, Session};

/// How long tokens last.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// An access token.
    pub access: Duration,
    /// A refresh token that is not used; with each use the session lasts that much longer.
    pub refresh: Duration,
}

/// A pair of tokens.
#[derive(Debug)]
pub struct Tokens {
    /// Goes with every call.
    pub access: SecretString,
    /// When the access token ends.
    pub access_expires: Timestamp,
    /// Buys the next pair, once.
    pub refresh: SecretString,
    /// When the refresh token ends.
    pub refresh_expires: Timestamp,
}

impl Directory {
    pub(crate) async fn sign_in(&self, email: &str, password: SecretString) -> Result<(Tokens, Person), Error> {
        let person = self.known_by_password(email, password).await?;
        let (mut tx, session) = self.start_session(&person, self.sessions.refresh).await?;
        let tokens = self.issue(&tx, &session).await?;
        tx.append(started(&session));
        tx.commit(()).await?;
        Ok((tokens, person))
    }

    /// Who signs in with a password; too many wrong ones make the next wait.
    pub(super) async fn known_by_password(&self, email: &str, password: SecretString) -> Result<Person, Error> {
        let address = email_key(email);
        self.passwords.check_attempts(&address)?;
        let (person, hash) = people::by_email(self.db.read(), email).await?.unzip();
        let right = self.passwords.check(password, hash.flatten()).await?;
        let Some(person) = person.filter(|person| right && person.active) else {
            self.passwords.wrong_attempt(&address);
            return Err(Error::CredentialsWrong);
        };
        self.passwords.right_attempt(&address);
        Ok(person)
    }

    /// A new session that lasts `life`, in a transaction of its own that still wants its journal entry ([`started`]).
    pub(super) async fn start_session(&self, person: &Person, life: Duration) -> Result<(Tx, Session), Error> {
        let caller = crate::token::authenticate::principal(person, None);
        let tx = self.db.begin("directory.session.start", &caller).await?;
        let expires = tx.now().plus(life);
        let session = Session { id: SessionId::new(tx.id()), person: person.id, expires, ended: false };
        store::insert(&*tx, &session, tx.now()).await?;
        Ok((tx, session))
    }

    /// Spends a refresh token for the next pair. One that was spent before is held by two; the session ends.
    pub(crate) async fn refresh(&self, token: &SecretString) -> Result<Tokens, Error> {
        let digest = token_digest(token);
        let tx = self.db.begin("directory.session.refresh", &Principal::anonymous()).await?;
        let Some((session, spent)) = store::of_token(&*tx, &digest).await? else {
            return Err(Error::RefreshTokenInvalid);
        };
        if session.ended || session.expires <= tx.now() {
            return Err(Error::RefreshTokenInvalid);
        }
        if spent || !store::spend(&*tx, &digest, tx.now()).await? {
            self.end_reused(tx, &session).await?;
            return Err(Error::RefreshTokenInvalid);
        }
        let active = people::find(&*tx, session.person).await?.is_some_and(|person| person.active);
        if !active {
            return Err(Error::RefreshTokenInvalid);
        }
        let session = Session { expires: tx.now().plus(self.sessions.refresh), ..session };
        store::extend(&*tx, session.id, session.expires).await?;
        let tokens = self.issue(&tx, &session).await?;
        tx.commit_housekeeping().await?;
        Ok(tokens)
    }

    async fn end_reused(&self, mut tx: Tx, session: &Session) -> Result<(), Error> {
        store::end(&*tx, session.id, tx.now()).await?;
        let why = json!({ "session": session.id.to_string(), "reason": "a spent refresh token came again" });
        tx.append(Change::new("directory.session.end", &session.person).after(&why));
        tx.commit(()).await?;
        self.remembered.rights_changed(session.person);
        tracing::warn!(person = %session.person, session = %session.id, "a spent refresh token came again; session ended");
        Ok(())
    }

    pub(crate) async fn sign_out(&self, caller: &Principal) -> Result<(), Error> {
        let person = caller.signed_in()?;
        let session = caller.session.ok_or(Error::SessionForeign)?;
        let mut tx = self.db.begin("directory.session.end", caller).await?;
        store::end(&*tx, session, tx.now()).await?;
        tx.append(Change::new("directory.session.end", &person).after(&json!({ "session": session.to_string() })));
        tx.commit(()).await?;
        self.remembered.rights_changed(person);
        Ok(())
    }

    pub(crate) async fn who_am_i(&self, caller: &Principal) -> Result<Person, Error> {
        let id = caller.signed_in()?;
        self.person(id).await
    }

    /// Somebody with an account.
    ///
    /// # Errors
    /// [`Error::PersonNotFound`].
    pub async fn person(&self, id: PersonId) -> Result<Person, Error> {
        people::find(self.db.read(), id).await?.ok_or(Error::PersonNotFound(id))
    }

    /// Removes what expired so long ago that nobody can ask for it; how many sessions there were.
    pub async fn sweep_sessions(&self) -> Result<u64, Error> {
        let tx = self.db.begin("directory.session.sweep", &Principal::system()).await?;
        let swept = store::sweep(&*tx, tx.now().minus(self.sessions.refresh)).await?;
        tx.commit_housekeeping().await?;
        Ok(swept)
    }

    async fn issue(&self, tx: &Tx, session: &Session) -> Result<Tokens, Error> {
        let now = tx.now();
        let access_expires = now.plus(self.sessions.access);
        let access = self.keys.access(session.person, session.id, now, access_expires)?;
        let refresh = SecretString::from(URL_SAFE_NO_PAD.encode(self.db.chance().bytes::<32>()));
        store::insert_token(&**tx, session.id, &token_digest(&refresh), now).await?;
        Ok(Tokens { access: access.into(), access_expires, refresh, refresh_expires: session.expires })
    }
}

/// What the journal says of a session that started.
pub(super) fn started(session: &Session) -> Change {
    Change::new("directory.session.start", &session.person).after(&json!({ "session": session.id.to_string() }))
}

fn token_digest(token: &SecretString) -> Digest {
    digest::of([token.expose_secret().as_bytes()])
}
