//! Parsed types and rules, free of I/O.

pub(crate) mod erasure;
pub(crate) mod import;
pub(crate) mod maturity;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod profile;
pub(crate) mod vocabulary;
