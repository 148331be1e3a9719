//! The authorisation matrix.
use crate::suite::Suite;
pub(crate) fn tests(_suite: &mut Suite) {}
