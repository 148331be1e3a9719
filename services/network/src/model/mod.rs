//! Parsed types and rules, free of I/O.

pub(crate) mod designation;
pub(crate) mod pairing;
pub(crate) mod recorded;
pub(crate) mod terms;
