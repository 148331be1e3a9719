//! Who is paired with whom today, for other contexts.

use std::collections::BTreeSet;

use exemplar_kernel::OrganisationId;

use super::Network;
use crate::store;

impl Network {
    /// The organisations that any of these are paired with today: their pairing was accepted and has not ended.
    pub async fn partners(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error> {
        store::pairings::partners(self.db.read(), of).await
    }
}
