//! Parsed types and rules, free of I/O.

pub(crate) mod application;
pub(crate) mod artefact;
pub(crate) mod assessment;
pub(crate) mod attendance;
pub(crate) mod badge;
pub(crate) mod batch;
pub(crate) mod cohort;
pub(crate) mod competency;
pub(crate) mod credential;
pub(crate) mod curriculum;
pub(crate) mod demands;
pub(crate) mod enrolment;
pub(crate) mod evidence;
pub(crate) mod grid;
pub(crate) mod journal;
pub(crate) mod portfolio;
pub(crate) mod qualification;
mod requirement;
pub(crate) mod result;
pub(crate) mod ruling;
pub(crate) mod selection;
pub(crate) mod session;
pub(crate) mod standing;
pub(crate) mod transfer;
