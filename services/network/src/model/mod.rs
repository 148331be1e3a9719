//! Parsed types and rules, free of I/O.

pub(crate) mod agreement;
pub(crate) mod award;
pub(crate) mod designation;
pub(crate) mod health;
pub(crate) mod ledger;
pub(crate) mod milestone;
pub(crate) mod pairing;
pub(crate) mod recorded;
pub(crate) mod sheet;
pub(crate) mod step;
pub(crate) mod terms;
