//! Our own signing keys: Ed25519, in PEM files of one folder; the newest signs, all verify.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use exemplar_kernel::digest::{self, hex};
use exemplar_kernel::{SessionId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

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
    kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
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
    /// Reads every `*.pem` of `folder` in the order of their names; the last one signs. An empty or absent folder gets
    /// a first key, readable by its owner only.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or a file is not an Ed25519 private key.
    pub fn open(folder: &Path, issuer: &str, audience: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "pem"));
        files.sort();
        if files.is_empty() {
            files.push(generate(folder)?);
        }
        let mut verifying = HashMap::new();
        let mut last = None;
        for file in &files {
            let text = fs::read(file)?;
            let (kid, signing, key) =
                read(&text).map_err(|why| io::Error::other(format!("{}: {why}", file.display())))?;
            verifying.insert(kid.clone(), key);
            last = Some((kid, signing));
        }
        let (kid, signing) = last.ok_or_else(|| io::Error::other("no signing key"))?;
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), kid, signing, verifying })
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
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
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
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(|error| Error::Secret(error.to_string()))
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
        let key = self.verifying.get(&kid).ok_or(Error::TokenInvalid("its key is not known"))?;
        let validation = validation(&[Algorithm::EdDSA], &self.issuer, &self.audience);
        let data = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| Error::TokenInvalid("its signature or a claim is wrong"))?;
        Ok(data.claims)
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeys").field("issuer", &self.issuer).field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn read(text: &[u8]) -> Result<(String, EncodingKey, DecodingKey), String> {
    let pem = pem::parse(text).map_err(|error| error.to_string())?;
    let pair = Ed25519KeyPair::from_pkcs8(pem.contents()).map_err(|error| error.to_string())?;
    let public = pair.public_key().as_ref();
    let kid = hex(&digest::of([public])[..8]);
    Ok((kid, EncodingKey::from_ed_der(pem.contents()), DecodingKey::from_ed_der(public)))
}

/// Makes a key. It is written whole under another name first: a half-written key never signs.
fn generate(folder: &Path) -> io::Result<PathBuf> {
    let pair = Ed25519KeyPair::generate().map_err(io::Error::other)?;
    let document = pair.to_pkcs8().map_err(io::Error::other)?;
    let text = pem::encode(&pem::Pem::new("PRIVATE KEY", document.as_ref()));
    let (path, fresh) = (folder.join("1.pem"), folder.join("1.pem.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    Ok(path)
}
