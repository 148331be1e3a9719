//! Who is paired with whom, told to the blueprints by the network: neither knows of the other.

use std::collections::BTreeSet;

use exemplar_blueprints::Partners;
use exemplar_kernel::{Error, OrganisationId};
use exemplar_network::Network;

/// The pairings of the network.
pub(crate) struct Paired(pub(crate) Network);

#[tonic::async_trait]
impl Partners for Paired {
    async fn partners(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, Error> {
        self.0.partners(of).await
    }
}
