//! A credential: what its holder shows to prove a qualification, and what a stranger learns who checks it.

use exemplar_kernel::{Chance, Timestamp};
use serde::{Deserialize, Serialize};

use super::qualification::QualificationId;

exemplar_kernel::id!(
    /// One credential.
    CredentialId,
    "credentials"
);

exemplar_kernel::named! {
    /// What a check says.
    CredentialStatus {
        /// It was issued here and holds.
        Valid = "VALID",
        /// It was taken back.
        Revoked = "REVOKED",
        /// Its time is over.
        Expired = "EXPIRED",
    }
}

exemplar_kernel::named! {
    /// What of a credential its holder can let strangers see. Whether it holds is always said, and nothing else unless
    /// the holder agreed.
    Shown {
        /// What the holder is called.
        Name = "NAME",
        /// The title of the qualification.
        Title = "TITLE",
        /// The day it was awarded.
        Date = "DATE",
        /// The employer at that time.
        Organisation = "ORGANISATION",
    }
}

/// The signs of a code: no letter that is read as a digit or another letter (Crockford's base 32).
const SIGNS: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P',
    'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
/// Signs of a code: 80 bits, so that none is found by trying.
const SIGNS_LONG: usize = 16;

/// What a stranger types to check a credential: four groups of four signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

/// One credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Which.
    pub id: CredentialId,
    /// What it proves.
    pub qualification: QualificationId,
    /// What a stranger types.
    pub code: Code,
    /// Its place in the status list, from 0.
    pub status_index: i32,
    /// The signed document: a compact JWS.
    pub document: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// From when on it does not hold any more; none for as long as it is not taken back.
    pub expires: Option<Timestamp>,
    /// When it was taken back.
    pub revoked: Option<Timestamp>,
    /// What strangers may see.
    pub shown: Vec<Shown>,
    /// Goes up with every change.
    pub version: i64,
}

impl Code {
    /// A new code.
    pub fn new(chance: &Chance) -> Self {
        let bytes: [u8; SIGNS_LONG] = chance.bytes();
        Self(bytes.into_iter().map(|byte| SIGNS[usize::from(byte) % SIGNS.len()]).collect())
    }

    /// A code as somebody typed it: in any capitals, with or without hyphens and spaces, `O` for 0, `I` or `L` for 1.
    pub fn parse(typed: &str) -> Option<Self> {
        let sign = |sign: char| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let code: String =
            typed.chars().filter(|sign| !matches!(sign, '-' | ' ')).take(SIGNS_LONG + 1).map(sign).collect();
        (code.len() == SIGNS_LONG && code.chars().all(|sign| SIGNS.contains(&sign))).then_some(Self(code))
    }

    /// The code as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, sign) in self.0.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                formatter.write_str("-")?;
            }
            write!(formatter, "{sign}")?;
        }
        Ok(())
    }
}

impl Credential {
    /// What a check says at an instant. What was taken back stays so, whatever its time.
    pub fn status(&self, now: Timestamp) -> CredentialStatus {
        if self.revoked.is_some() {
            CredentialStatus::Revoked
        } else if self.expires.is_some_and(|expires| expires <= now) {
            CredentialStatus::Expired
        } else {
            CredentialStatus::Valid
        }
    }

    /// Whether a document is the one that was issued. Of a holder whose data was erased the digest of it is left.
    pub fn is(&self, document: &str) -> bool {
        self.document == document || self.document == exemplar_kernel::personal::digested(document)
    }

    /// Taken back.
    #[must_use]
    pub fn taken_back(self, now: Timestamp) -> Self {
        Self { revoked: Some(self.revoked.unwrap_or(now)), version: self.version + 1, ..self }
    }

    /// With other things that strangers may see.
    #[must_use]
    pub fn showing(self, mut shown: Vec<Shown>) -> Self {
        shown.sort_unstable();
        shown.dedup();
        Self { shown, version: self.version + 1, ..self }
    }
}
