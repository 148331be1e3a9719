//! Pairings that were made elsewhere: what is known of them, and whether it can be so.

use exemplar_kernel::{Timestamp, Violations};

use super::designation::MAX_SOURCE;
use super::pairing::{Pairing, PairingId, REASON};
use super::terms::{PairingState, Terms};
use crate::Error;

/// A pairing that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedPairing {
    /// Between whom, and as what.
    pub terms: Terms,
    /// When it was proposed.
    pub proposed: Timestamp,
    /// What came of it.
    pub state: RecordedState,
    /// Where it is known from; 1 to 500 characters.
    pub source: String,
}

/// What came of a pairing that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedState {
    /// It was proposed, and nothing more is known.
    Proposed,
    /// It was announced, or looked into.
    DueDiligence {
        /// When it was accepted or announced.
        accepted: Timestamp,
    },
    /// It came to nothing.
    Withdrawn {
        /// When it was accepted or announced, if it was: then everybody sees that it was dropped.
        accepted: Option<Timestamp>,
        /// When it was withdrawn.
        ended: Timestamp,
        /// Why; 1 to 2,000 characters.
        reason: String,
    },
}

impl RecordedPairing {
    /// The pairing as it is known.
    ///
    /// # Errors
    /// When its instants are out of order or in the future, or a text is too long or missing.
    pub(crate) fn pairing(self, id: PairingId, now: Timestamp) -> Result<Pairing, Error> {
        let (state, accepted, ended, reason) = match self.state {
            RecordedState::Proposed => (PairingState::Proposed, None, None, None),
            RecordedState::DueDiligence { accepted } => (PairingState::DueDiligence, Some(accepted), None, None),
            RecordedState::Withdrawn { accepted, ended, reason } => {
                (PairingState::Withdrawn, accepted, Some(ended), Some(reason))
            }
        };
        let mut violations = Violations::new();
        let known = [("proposed", Some(self.proposed)), ("accepted", accepted), ("ended", ended), ("now", Some(now))];
        let known: Vec<_> = known.into_iter().filter_map(|(what, at)| at.map(|at| (what, at))).collect();
        for pair in known.windows(2) {
            if let [(what, at), (next, then)] = pair
                && at > then
            {
                violations.add(*what, format!("is after {next}"));
            }
        }
        let reason = reason.map_or_else(String::new, |reason| violations.text("reason", &reason, REASON));
        let source = violations.text("source", &self.source, 1..=MAX_SOURCE);
        violations.check()?;
        let proposal = Pairing::propose(id, self.terms, String::new(), self.proposed);
        Ok(Pairing { state, reason, accepted, ended, source, expires: None, ..proposal })
    }
}
