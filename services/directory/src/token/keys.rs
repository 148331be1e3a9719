//! Our own access and invitation tokens.

use std::io;
use std::path::Path;

use exemplar_kernel::digest::{self, hex};
use exemplar_kernel::{SessionId, Timestamp};
use jsonwebtoken::Algorithm;
use serde::Serialize;

use super::ring::KeyRing;
use super::{Claims, MAX_TOKEN, check_header, validation};
use crate::Error;
use crate::model::person::InvitationId;

/// The type of our access tokens (RFC 9068).
const ACCESS: &str = "at+jwt";
/// The type of our invitation tokens.
const INVITATION: &str = "invitation+jwt";

/// The keys that sign and verify our own tokens.
#[derive(Clone)]
pub struct SigningKeys {
    issuer: String,
    audience: String,
    ring: KeyRing,
}

#[derive(Serialize)]
struct Issued<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

impl SigningKeys {
    /// The keys of `folder`, as [`KeyRing::open`] reads them.
    ///
    /// # Errors
    /// As [`KeyRing::open`].
    pub fn open(folder: &Path, issuer: &str, audience: &str) -> io::Result<Self> {
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), ring: KeyRing::open(folder)? })
    }

    /// The `iss` of our own tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// An access token of a session.
    pub(crate) fn access(
        &self,
        person: exemplar_kernel::PersonId,
        session: SessionId,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<String, Error> {
        self.sign(ACCESS, person.to_string(), Some(session.to_string()), now, expires)
    }

    /// The token that takes up an invitation. It follows from the invitation, so that a repeated request gets the same
    /// one although it is stored nowhere.
    pub(crate) fn invitation(&self, id: InvitationId, created: Timestamp, expires: Timestamp) -> Result<String, Error> {
        self.sign(INVITATION, id.to_string(), None, created, expires)
    }

    fn sign(
        &self,
        typ: &str,
        sub: String,
        sid: Option<String>,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<String, Error> {
        let jti = sid.as_ref().map(|_| hex(&digest::of([sub.as_bytes(), &now.micros().to_be_bytes()])[..8]));
        let claims = Issued {
            iss: &self.issuer,
            aud: &self.audience,
            sub,
            exp: expires.seconds(),
            iat: now.seconds(),
            sid,
            jti,
        };
        self.ring.sign(typ, "", &claims)
    }

    /// The claims of one of our access tokens; its times are the caller's to check.
    pub(crate) fn verify_access(&self, token: &str) -> Result<Claims, Error> {
        self.verify(token, ACCESS)
    }

    /// The invitation of one of our invitation tokens. Whether it has expired is said by the invitation itself.
    pub(crate) fn verify_invitation(&self, token: &str) -> Result<InvitationId, Error> {
        let claims = self.verify(token, INVITATION).map_err(|_| Error::InvitationNotFound)?;
        InvitationId::parse(&claims.sub).map_err(|_| Error::InvitationNotFound)
    }

    fn verify(&self, token: &str, typ: &str) -> Result<Claims, Error> {
        if token.len() > MAX_TOKEN {
            return Err(Error::TokenInvalid("it is too long"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::TokenInvalid("it is not a signed token"))?;
        let kid = check_header(&header, &[typ.to_owned()])?;
        let key = self.ring.key(&kid).ok_or(Error::TokenInvalid("its key is not known"))?;
        let validation = validation(&[Algorithm::EdDSA], &self.issuer, &self.audience);
        let data = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| Error::TokenInvalid("its signature or a claim is wrong"))?;
        Ok(data.claims)
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeys")
            .field("issuer", &self.issuer)
            .field("kid", &self.ring.kid())
            .finish_non_exhaustive()
    }
}
