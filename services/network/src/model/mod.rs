//! Parsed types and rules, free of I/O.

pub(crate) mod certificate;
pub(crate) mod designation;
pub(crate) mod explain;
pub(crate) mod expression;
pub(crate) mod fit;
pub mod matching;
pub(crate) mod pairing;
pub(crate) mod ranking;
pub(crate) mod recorded;
pub(crate) mod round;
pub(crate) mod run;
pub(crate) mod terms;
