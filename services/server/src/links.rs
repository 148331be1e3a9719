//! What one context asks of another, which only the server may bring together.

use std::collections::{BTreeSet, HashMap};

use exemplar_academy::{Answer, Designations};
use exemplar_blueprints::Partners;
use exemplar_kernel::{Error, OrganisationId, Paging, Violations};
use exemplar_network::{Network, WantedDesignations};
use time::Date;

/// The academy's view of the network: who was named what.
#[derive(Clone, Debug)]
pub(crate) struct Named(pub(crate) Network);

impl Designations for Named {
    fn designated(&self, day: Date) -> Answer<'_, HashMap<OrganisationId, String>> {
        Box::pin(async move {
            let mut named = HashMap::new();
            let mut token = String::new();
            loop {
                let paging = Paging::parse(&mut Violations::new(), 200, &token, &["designated"]);
                let found = self.0.designations(&WantedDesignations::default(), &paging).await;
                let page = found.map_err(|error| Error::Inconsistent(format!("designations: {error}")))?;
                for designation in page.items.into_iter().filter(|designation| designation.start_date <= day) {
                    let words = designation.kind.name().to_lowercase().replace('_', " ");
                    // Newest first: what an organisation was named last is what it is.
                    named.entry(designation.organisation).or_insert(words);
                }
                if page.next.is_empty() {
                    return Ok(named);
                }
                token = page.next;
            }
        })
    }
}

/// The blueprints' view of the network: who is paired with whom.
#[derive(Clone, Debug)]
pub(crate) struct Paired(pub(crate) Network);

#[tonic::async_trait]
impl Partners for Paired {
    async fn partners(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, Error> {
        self.0.partners(of).await
    }
}
