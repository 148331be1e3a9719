//! Etags: which version of a resource a change was made against.

use std::fmt;

use crate::{Error, Violations};

/// The version of a mutable resource: 1 when created, one more with every change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Etag(i64);

/// What a change asks of the version it meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// The caller sent no etag: whatever is there is changed.
    Any,
    /// The resource must still be at this version.
    Exactly(Etag),
}

impl Etag {
    /// The etag of a version number.
    pub const fn of(version: i64) -> Self {
        Self(version)
    }

    /// The version number that it is of.
    pub const fn version(self) -> i64 {
        self.0
    }
}

impl Expected {
    /// Reads a request's `etag`; empty means any.
    pub fn parse(violations: &mut Violations, etag: &str) -> Self {
        if etag.is_empty() {
            return Self::Any;
        }
        match etag.strip_prefix('v').and_then(|digits| digits.parse().ok()) {
            Some(version) => Self::Exactly(Etag(version)),
            None => {
                violations.add("etag", "is not an etag of this service; send the one you read, or none");
                Self::Any
            }
        }
    }

    /// Refuses when the resource has moved on.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn check(self, version: i64) -> Result<(), Error> {
        match self {
            Self::Exactly(Etag(expected)) if expected != version => Err(Error::Stale),
            Self::Any | Self::Exactly(_) => Ok(()),
        }
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
