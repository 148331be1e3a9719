//! Parsed types and rules, free of I/O.

pub(crate) mod agreement;
pub(crate) mod award;
pub(crate) mod certificate;
pub(crate) mod designation;
pub(crate) mod explain;
pub(crate) mod expression;
pub(crate) mod fit;
pub(crate) mod health;
pub(crate) mod ledger;
pub mod matching;
pub(crate) mod milestone;
pub(crate) mod pairing;
pub(crate) mod ranking;
pub(crate) mod recorded;
pub(crate) mod round;
pub(crate) mod run;
pub(crate) mod sheet;
pub(crate) mod step;
pub(crate) mod terms;
