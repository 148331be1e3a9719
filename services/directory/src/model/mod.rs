//! Parsed types and rules, free of I/O.

pub(crate) mod import;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod vocabulary;
