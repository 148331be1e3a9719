//! The documents that others verify: a credential by Open Badges 3.0 on the W3C's Verifiable Credentials 2.0, and the
//! list that says which were taken back (Bitstring Status List 1.0). Both travel as signed tokens (JOSE).

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_directory::PublicKey;
use exemplar_kernel::Timestamp;
use exemplar_kernel::digest::hex;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::credential::{Code, CredentialId};
use super::qualification::Qualification;

/// The type of a credential's token (Open Badges 3.0, 8.2.4.1).
pub(crate) const CREDENTIAL_TYPE: &str = "JWT";
/// The type of the status list's token (Securing Verifiable Credentials using JOSE and COSE, 3.1.1).
pub(crate) const STATUS_TYPE: &str = "vc+jwt";
/// Places in the one status list: the least that the recommendation allows, so that a place tells nothing.
pub(crate) const STATUS_PLACES: u32 = 131_072;
/// How long a verifier may keep the status list, in seconds.
pub const STATUS_SECONDS: u32 = 300;

const VC: &str = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// Who issues, and where that can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The address at which the world reaches this service, without a slash at its end.
    pub address: String,
    /// What the issuer is called.
    pub name: String,
}

/// What a credential's document is made from.
#[derive(Clone, Debug)]
pub(crate) struct Badge<'a> {
    /// The credential.
    pub(crate) id: CredentialId,
    /// What it proves.
    pub(crate) qualification: &'a Qualification,
    /// The holder's e-mail address, of which only a salted digest goes in.
    pub(crate) email: &'a str,
    /// The salt.
    pub(crate) salt: &'a str,
    /// Its place in the status list.
    pub(crate) status_index: i32,
    /// When it is issued.
    pub(crate) issued: Timestamp,
    /// From when on it does not hold any more.
    pub(crate) expires: Option<Timestamp>,
}

impl Issuer {
    /// The issuer's decentralised identifier (`did:web`). Its document lies at `/.well-known/did.json`, so the address is
    /// a host and, if need be, a port.
    pub fn did(&self) -> String {
        let bare = self.address.split_once("://").map_or(self.address.as_str(), |(_, rest)| rest);
        format!("did:web:{}", bare.replace(':', "%3A"))
    }

    /// What a key's name begins with in the header of a document.
    pub(crate) fn key_prefix(&self) -> String {
        format!("{}#", self.did())
    }

    /// Where a stranger checks a credential.
    pub(crate) fn check_address(&self, code: &Code) -> String {
        format!("{}/credentials/{code}", self.address)
    }

    /// Where the status list lies.
    fn status_list(&self) -> String {
        format!("{}/credentials/status", self.address)
    }

    /// The document that says with which keys the issuer signs (DID Core 1.0, JSON Web Key 2020).
    pub(crate) fn did_document(&self, keys: &[PublicKey]) -> Value {
        let did = self.did();
        let method = |key: &PublicKey| {
            json!({
                "id": format!("{did}#{}", key.kid),
                "type": "JsonWebKey",
                "controller": did,
                "publicKeyJwk": jwk(key),
            })
        };
        let methods: Vec<Value> = keys.iter().map(method).collect();
        let ids: Vec<&Value> = methods.iter().map(|method| &method["id"]).collect();
        json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
            "id": did,
            "verificationMethod": methods,
            "assertionMethod": ids,
        })
    }

    /// The same keys as a set of their own (RFC 7517).
    pub(crate) fn key_set(keys: &[PublicKey]) -> Value {
        json!({ "keys": keys.iter().map(jwk).collect::<Vec<_>>() })
    }

    fn profile(&self) -> Value {
        json!({ "id": self.did(), "type": ["Profile"], "name": self.name, "url": self.address })
    }

    /// A credential's document, ready to be signed. No name is in it: who holds it proves that the e-mail address is
    /// theirs.
    pub(crate) fn credential(&self, badge: &Badge<'_>) -> Value {
        let Badge { id, qualification, status_index, .. } = badge;
        let id = format!("urn:uuid:{}", id.uuid());
        let subject = format!("urn:uuid:{}", qualification.id.uuid());
        let hash = hex(&Sha256::digest(format!("{}{}", badge.email, badge.salt)));
        let achievement = format!("{}/{}", self.address, qualification.curriculum);
        let mut document = json!({
            "@context": [VC, OPEN_BADGES],
            "id": id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": qualification.title,
            "issuer": self.profile(),
            "validFrom": badge.issued.to_string(),
            "credentialSubject": {
                "id": subject,
                "type": ["AchievementSubject"],
                "identifier": [{
                    "type": "IdentityObject",
                    "identityType": "emailAddress",
                    "hashed": true,
                    "salt": badge.salt,
                    "identityHash": format!("sha256${hash}"),
                }],
                "creditsEarned": qualification.credits,
                "achievement": {
                    "id": achievement,
                    "type": ["Achievement"],
                    "achievementType": "Diploma",
                    "name": qualification.title,
                    "description": format!("{}, {} ECTS credits", qualification.title, qualification.credits),
                    "creditsAvailable": qualification.credits,
                    "criteria": { "narrative": "Every requirement of the curriculum is met; two people have confirmed it." },
                },
            },
            "credentialStatus": {
                "id": format!("{}#{status_index}", self.status_list()),
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": status_index.to_string(),
                "statusListCredential": self.status_list(),
            },
            "iss": self.did(),
            "jti": id,
            "sub": subject,
            "nbf": badge.issued.seconds(),
        });
        if let Some(expires) = badge.expires {
            document["validUntil"] = expires.to_string().into();
            document["exp"] = expires.seconds().into();
        }
        document
    }

    /// The status list's document, ready to be signed; `revoked` are the places of those that were taken back.
    pub(crate) fn status_document(&self, revoked: &[i32], now: Timestamp) -> Value {
        let at = self.status_list();
        json!({
            "@context": [VC],
            "id": at,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did(),
            "validFrom": now.to_string(),
            "credentialSubject": {
                "id": format!("{at}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "ttl": STATUS_SECONDS * 1000,
                "encodedList": encoded(revoked),
            },
            "iss": self.did(),
            "nbf": now.seconds(),
        })
    }
}

/// The bits, the first place in the highest bit of the first byte, compressed, in multibase's base64url.
fn encoded(revoked: &[i32]) -> String {
    let mut bits = vec![0_u8; usize::try_from(STATUS_PLACES / 8).unwrap_or(0)];
    for place in revoked.iter().filter_map(|place| usize::try_from(*place).ok()) {
        if let Some(byte) = bits.get_mut(place / 8) {
            *byte |= 0x80 >> (place % 8);
        }
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let packed = packed.write_all(&bits).and_then(|()| packed.finish()).unwrap_or_default();
    format!("u{}", URL_SAFE_NO_PAD.encode(packed))
}

/// Which credential a document says that it is. Nothing of it is trusted: the document must be the very one that was
/// issued under this id.
pub(crate) fn id_of(document: &str) -> Option<CredentialId> {
    let payload = URL_SAFE_NO_PAD.decode(document.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let id = claims["jti"].as_str()?.strip_prefix("urn:uuid:")?;
    Some(CredentialId::new(uuid::Uuid::try_parse(id).ok()?))
}

fn jwk(key: &PublicKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid, "alg": "EdDSA", "use": "sig" })
}
