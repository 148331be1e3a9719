//! Tokens: signing our own, verifying those and the ones of configured OpenID issuers.

pub(crate) mod authenticate;
pub(crate) mod issuers;
pub(crate) mod keys;
pub(crate) mod ring;

use exemplar_kernel::Timestamp;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;

use crate::Error;

/// A token's length at the most, in bytes.
pub(crate) const MAX_TOKEN: usize = 8 << 10;

/// The claims that every accepted token has. A claim that is missing or of the wrong type refuses the token.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) exp: i64,
    #[serde(default)]
    pub(crate) nbf: Option<i64>,
    /// The session; our own tokens have it.
    #[serde(default)]
    pub(crate) sid: Option<String>,
}

impl Claims {
    /// When the token ends.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_micros(self.exp.saturating_mul(1_000_000))
    }

    /// Refuses before the claims start, and after they end.
    pub(crate) fn check_times(&self, ends_after: Timestamp, starts_before: Timestamp) -> Result<(), Error> {
        if self.exp <= ends_after.seconds() {
            return Err(Error::TokenInvalid("it has expired"));
        }
        if self.nbf.is_some_and(|nbf| nbf > starts_before.seconds()) {
            return Err(Error::TokenInvalid("it is not valid yet"));
        }
        Ok(())
    }
}

/// What a token's header must say before a key is looked for. `crit` names extensions that must be understood, and
/// none are here.
pub(crate) fn check_header(header: &Header, types: &[String]) -> Result<String, Error> {
    if header.crit.is_some() {
        return Err(Error::TokenInvalid("it has critical extensions"));
    }
    // `application/` may be left out or not (RFC 7515, 4.1.9).
    let typ = header.typ.as_deref().unwrap_or_default();
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    if !types.iter().any(|accepted| accepted.eq_ignore_ascii_case(typ)) {
        return Err(Error::TokenInvalid("it is of another type"));
    }
    header.kid.clone().filter(|kid| !kid.is_empty()).ok_or(Error::TokenInvalid("it names no key"))
}

/// The checks of the signature, the issuer and the audience. Times are checked against our own clock, not here.
pub(crate) fn validation(algorithms: &[Algorithm], issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(algorithms.first().copied().unwrap_or(Algorithm::EdDSA));
    validation.algorithms = algorithms.to_vec();
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.validate_exp = false;
    validation
}
