//! Typed ids and the resource names that carry them over the wire (`pairings/0198…`, `organisations/RBL`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not a resource name of the wanted kind; says what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must look like {0}")]
pub struct BadName(pub &'static str);

/// Declares a typed id over a UUID whose `Display` and `parse` are its resource name.
///
/// `id!(/** One pairing. */ PairingId, "pairings")` makes `PairingId` with the name `pairings/{uuid}`.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $collection:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// The id over this UUID.
            pub const fn new(id: ::uuid::Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, as databases hold it.
            pub const fn uuid(self) -> ::uuid::Uuid {
                self.0
            }

            /// Reads a resource name.
            pub fn parse(name: &str) -> ::std::result::Result<Self, $crate::id::BadName> {
                name.strip_prefix(concat!($collection, "/"))
                    .and_then(|id| ::uuid::Uuid::try_parse(id).ok().filter(|uuid| uuid.as_hyphenated().to_string() == id))
                    .map(Self)
                    .ok_or($crate::id::BadName(concat!($collection, "/{id}")))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!($collection, "/{}"), self.0.as_hyphenated())
            }
        }
    };
}

id!(
    /// A person who can sign in.
    PersonId,
    "people"
);
id!(
    /// One sign-in of a person, from which refreshed tokens descend.
    SessionId,
    "sessions"
);

/// An organisation's code: an ODS code, or an own id for those without one.
///
/// ODS codes are opaque: 3 to 10 upper-case letters and digits, never parsed for meaning.
/// Own ids are a country (ISO 3166-1 alpha-2), a hyphen and 2 to 20 upper-case letters, digits or hyphens
/// (`US-STANFORD`); the hyphen keeps the two apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganisationId(String);

impl OrganisationId {
    /// Reads a bare code.
    pub fn from_code(code: &str) -> Result<Self, BadName> {
        let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        let good = match code.split_once('-') {
            None => (3..=10).contains(&code.len()) && code.chars().all(upper),
            Some((country, rest)) => {
                country.len() == 2
                    && country.chars().all(|c| c.is_ascii_uppercase())
                    && (2..=20).contains(&rest.len())
                    && rest.chars().all(|c| upper(c) || c == '-')
                    && !rest.starts_with('-')
                    && !rest.ends_with('-')
            }
        };
        if good {
            Ok(Self(code.to_owned()))
        } else {
            Err(BadName("an ODS code of 3 to 10 capital letters and digits, or an own id like US-STANFORD"))
        }
    }

    /// Reads a resource name, `organisations/{code}`.
    pub fn parse(name: &str) -> Result<Self, BadName> {
        const WANTED: BadName = BadName("organisations/{code}");
        name.strip_prefix("organisations/").ok_or(WANTED).and_then(|code| Self::from_code(code).map_err(|_| WANTED))
    }

    /// The bare code, as databases hold it.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Whether this is an own id, with its country in front, and not an ODS code.
    pub fn is_own(&self) -> bool {
        self.0.contains('-')
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "organisations/{}", self.0)
    }
}
