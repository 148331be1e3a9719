//! Parsed types and rules, free of I/O.

pub(crate) mod application;
pub(crate) mod artefact;
pub(crate) mod assessment;
pub(crate) mod attendance;
pub(crate) mod batch;
pub(crate) mod cohort;
pub(crate) mod competency;
pub(crate) mod curriculum;
pub(crate) mod demands;
pub(crate) mod enrolment;
pub(crate) mod grid;
mod requirement;
pub(crate) mod result;
pub(crate) mod ruling;
pub(crate) mod selection;
pub(crate) mod session;
pub(crate) mod standing;
pub(crate) mod transfer;
