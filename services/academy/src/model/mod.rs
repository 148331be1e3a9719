//! Parsed types and rules, free of I/O.

pub(crate) mod cohort;
pub(crate) mod curriculum;
pub(crate) mod enrolment;
pub(crate) mod result;
pub(crate) mod standing;
