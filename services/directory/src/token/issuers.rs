//! Configured OpenID issuers: their keys, fetched from their JWKS, held by (issuer, kid).

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use exemplar_kernel::Timestamp;
use jsonwebtoken::jwk::{JwkSet, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use url::Url;

use super::{Claims, MAX_TOKEN, check_header, validation};
use crate::Error;

/// How often an unknown key id may make us ask the issuer again.
const REFRESH_AT_MOST: Duration = Duration::from_secs(30);
/// How old keys may get before they are fetched again.
const REFRESH_AFTER: Duration = Duration::from_hours(1);
/// How long keys are used while the issuer cannot be reached.
const HOLD: Duration = Duration::from_hours(24);
/// How long an issuer may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A subject's length at the most, in bytes (OpenID Connect Core, 2).
const MAX_SUBJECT: usize = 255;
/// A key set's size at the most, in bytes.
const MAX_JWKS: usize = 256 << 10;
/// How far an issuer's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(30);

/// One OpenID issuer whose tokens are accepted.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Where its keys are: https, or http on this machine.
    pub jwks: Url,
    /// The `aud` that its tokens for us have.
    pub audience: String,
    /// The algorithms it signs with.
    pub algorithms: Vec<Algorithm>,
    /// The `typ` of its access tokens, such as `at+jwt` or `JWT`.
    pub types: Vec<String>,
}

/// Every configured issuer.
#[derive(Clone, Debug)]
pub struct Issuers {
    by_issuer: Arc<HashMap<String, Arc<Issuer>>>,
    client: reqwest::Client,
}

#[derive(Debug)]
struct Issuer {
    settings: IssuerSettings,
    keys: RwLock<Keys>,
    /// Held while the keys are fetched, so that one request asks and the others wait; when they were last asked for.
    fetching: Mutex<Option<Timestamp>>,
}

#[derive(Default)]
struct Keys {
    by_kid: HashMap<String, (Algorithm, DecodingKey)>,
    fetched: Option<Timestamp>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("kids", &self.by_kid.keys()).field("fetched", &self.fetched).finish()
    }
}

impl Issuers {
    /// The issuers of a configuration. Nothing is fetched yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(settings: Vec<IssuerSettings>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("exemplar")
            .build()?;
        let by_issuer = settings
            .into_iter()
            .map(|settings| {
                let issuer = Issuer { keys: RwLock::default(), fetching: Mutex::new(None), settings };
                (issuer.settings.issuer.clone(), Arc::new(issuer))
            })
            .collect();
        Ok(Self { by_issuer: Arc::new(by_issuer), client })
    }

    /// Whether tokens of this issuer are accepted.
    pub(crate) fn knows(&self, issuer: &str) -> bool {
        self.by_issuer.contains_key(issuer)
    }

    /// Whether a key is still held, and fresh enough to be believed.
    pub(crate) fn holds(&self, issuer: &str, kid: &str, now: Timestamp) -> bool {
        self.by_issuer.get(issuer).is_some_and(|issuer| issuer.lookup(kid, now).0.is_some())
    }

    /// The claims of a token of `issuer` that is good `now`, and the id of its key.
    pub(crate) async fn verify(&self, issuer: &str, token: &str, now: Timestamp) -> Result<(Claims, String), Error> {
        if token.len() > MAX_TOKEN {
            return Err(Error::TokenInvalid("it is too long"));
        }
        let issuer = self.by_issuer.get(issuer).ok_or(Error::TokenInvalid("its issuer is not known"))?;
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::TokenInvalid("it is not a signed token"))?;
        let kid = check_header(&header, &issuer.settings.types)?;
        let (algorithm, key) = self.key(issuer, &kid, now).await?;
        let validation = validation(&[algorithm], &issuer.settings.issuer, &issuer.settings.audience);
        let data = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| Error::TokenInvalid("its signature or a claim is wrong"))?;
        data.claims.check_times(now.minus(LEEWAY), now.plus(LEEWAY))?;
        let subject = &data.claims.sub;
        if subject.is_empty() || subject.len() > MAX_SUBJECT || subject.chars().any(char::is_control) {
            return Err(Error::TokenInvalid("its subject cannot be one"));
        }
        Ok((data.claims, kid))
    }

    /// A key that is held is used at once, and fetched anew beside the call when it is old. One that is not held makes
    /// the call wait for the issuer, which is asked every [`REFRESH_AT_MOST`] at the most.
    async fn key(&self, issuer: &Arc<Issuer>, kid: &str, now: Timestamp) -> Result<(Algorithm, DecodingKey), Error> {
        let (held, fresh) = issuer.lookup(kid, now);
        if let Some(key) = held {
            if !fresh {
                let (issuers, issuer) = (self.clone(), Arc::clone(issuer));
                tokio::spawn(async move { issuers.refresh(&issuer, now).await });
            }
            return Ok(key);
        }
        self.refresh(issuer, now).await;
        match issuer.lookup(kid, now).0 {
            Some(key) => Ok(key),
            None if issuer.was_reached(now) => Err(Error::TokenInvalid("its key is not known")),
            None => Err(Error::IssuerUnreachable),
        }
    }

    /// Fetches the keys, unless somebody asked a moment ago; while somebody asks, others wait for the answer.
    async fn refresh(&self, issuer: &Issuer, now: Timestamp) {
        let mut asked = issuer.fetching.lock().await;
        if asked.is_some_and(|asked| now.since(asked) < REFRESH_AT_MOST) {
            return;
        }
        *asked = Some(now);
        if let Err(error) = self.fetch(issuer, now).await {
            tracing::warn!(issuer = issuer.settings.issuer, error, "the issuer's keys could not be fetched");
        }
    }

    async fn fetch(&self, issuer: &Issuer, now: Timestamp) -> Result<(), String> {
        let request = self.client.get(issuer.settings.jwks.clone()).send().await;
        let mut response = request.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_JWKS {
                return Err(format!("the key set is larger than {MAX_JWKS} bytes"));
            }
        }
        let set: JwkSet = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let by_kid = usable_keys(&set, &issuer.settings.algorithms);
        if by_kid.is_empty() {
            return Err("the key set has no key that the settings accept".to_owned());
        }
        let mut keys = issuer.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *keys = Keys { by_kid, fetched: Some(now) };
        Ok(())
    }
}

impl Issuer {
    /// Whether the keys are known at all: without them no token can be judged.
    fn was_reached(&self, now: Timestamp) -> bool {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.fetched.is_some_and(|fetched| now.since(fetched) < HOLD)
    }

    /// The key as held, and whether it is recent enough not to ask again.
    fn lookup(&self, kid: &str, now: Timestamp) -> (Option<(Algorithm, DecodingKey)>, bool) {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let age = keys.fetched.map_or(Duration::MAX, |fetched| now.since(fetched));
        let key = keys.by_kid.get(kid).filter(|_| age < HOLD).cloned();
        (key, age < REFRESH_AFTER)
    }
}

/// The signing keys of a set whose algorithm the settings accept. Keys without an id, or that do not name their
/// algorithm where the settings accept several of its kind, are of no use: which one was meant would be a guess.
fn usable_keys(set: &JwkSet, algorithms: &[Algorithm]) -> HashMap<String, (Algorithm, DecodingKey)> {
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        let verifies = jwk.common.key_operations.as_ref().is_none_or(|can| can.contains(&KeyOperations::Verify));
        let id = jwk.common.key_id.clone().filter(|_| signs && verifies);
        let (Some(kid), Ok(key)) = (id, DecodingKey::from_jwk(jwk)) else { continue };
        // A key that names an algorithm is for that one only, whether or not it is one of ours.
        let named = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string().parse::<Algorithm>().ok());
        let mut fitting = algorithms.iter().filter(|algorithm| algorithm.family() == key.family());
        let algorithm = match (named, fitting.next(), fitting.next()) {
            (Some(Some(named)), _, _) if algorithms.contains(&named) => named,
            (None, Some(only), None) => *only,
            _ => continue,
        };
        keys.insert(kid, (algorithm, key));
    }
    keys
}
