//! Rings of our own signing keys: Ed25519, in PEM files of one folder; the newest signs, all verify.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_kernel::digest::{self, hex};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

use crate::Error;

/// The keys of one purpose. What is signed for one purpose is never taken for another.
#[derive(Clone)]
pub struct KeyRing {
    kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    published: Vec<PublicKey>,
}

/// A key as the world may know it (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// Its name in headers.
    pub kid: String,
    /// The public key, in base64url.
    pub x: String,
}

impl KeyRing {
    /// Reads every `*.pem` of `folder` in the order of their names; the last one signs. An empty or absent folder gets
    /// a first key, readable by its owner only.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or a file is not an Ed25519 private key.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "pem"));
        files.sort();
        if files.is_empty() {
            files.push(generate(folder)?);
        }
        let (mut verifying, mut published, mut last) = (HashMap::new(), Vec::new(), None);
        for file in &files {
            let text = fs::read(file)?;
            let (public, signing, key) =
                read(&text).map_err(|why| io::Error::other(format!("{}: {why}", file.display())))?;
            verifying.insert(public.kid.clone(), key);
            last = Some((public.kid.clone(), signing));
            published.push(public);
        }
        let (kid, signing) = last.ok_or_else(|| io::Error::other("no signing key"))?;
        Ok(Self { kid, signing, verifying, published })
    }

    /// Signs `claims` as a token of the type `typ` (RFC 7519). The header names the key by `kid_prefix` and its own
    /// name.
    ///
    /// # Errors
    /// [`Error::Secret`] when the library cannot.
    pub fn sign(&self, typ: &str, kid_prefix: &str, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(format!("{kid_prefix}{}", self.kid));
        jsonwebtoken::encode(&header, claims, &self.signing).map_err(|error| Error::Secret(error.to_string()))
    }

    /// The key of this name.
    pub(crate) fn key(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying.get(kid)
    }

    /// The name of the key that signs.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// All keys, oldest first: what one of them signed can be verified by whoever knows them.
    pub fn published(&self) -> &[PublicKey] {
        &self.published
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn read(text: &[u8]) -> Result<(PublicKey, EncodingKey, DecodingKey), String> {
    let pem = pem::parse(text).map_err(|error| error.to_string())?;
    let pair = Ed25519KeyPair::from_pkcs8(pem.contents()).map_err(|error| error.to_string())?;
    let public = pair.public_key().as_ref();
    let kid = hex(&digest::of([public])[..8]);
    let published = PublicKey { kid, x: URL_SAFE_NO_PAD.encode(public) };
    Ok((published, EncodingKey::from_ed_der(pem.contents()), DecodingKey::from_ed_der(public)))
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
