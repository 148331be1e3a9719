//! What a matching round keeps: rankings before it, published runs after it.

use exemplar_kernel::{OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::{MatchingId, Solver};

/// The order in which an organisation would have its partners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// Whose.
    pub organisation: OrganisationId,
    /// Its partners, best first.
    pub partners: Vec<OrganisationId>,
    /// When it was handed in.
    pub updated: Timestamp,
    /// 1 for the first, one more with every change.
    pub version: i64,
}

/// A published run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Which.
    pub id: MatchingId,
    /// How it was solved.
    pub solver: Solver,
    /// SHA-256 of its inputs.
    pub input_digest: String,
    /// SHA-256 of its certificate.
    pub certificate_digest: String,
    /// When it was published.
    pub at: Timestamp,
}
