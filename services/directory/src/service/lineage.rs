//! Who carries on whom, for other contexts.

use std::collections::BTreeSet;

use exemplar_kernel::OrganisationId;

use super::Directory;
use crate::model::organisation::MAX_CHAIN;
use crate::store::organisations as store;

impl Directory {
    /// Those that these organisations carry on today, at whatever remove; not these themselves.
    pub async fn predecessors(
        &self,
        of: &[OrganisationId],
    ) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error> {
        self.lineage(of, false).await
    }

    /// Those that carry on these organisations today, whoever carries on those included.
    pub async fn successors(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error> {
        self.lineage(of, true).await
    }

    async fn lineage(
        &self,
        of: &[OrganisationId],
        onwards: bool,
    ) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error> {
        let today = self.clock().now().date();
        let mut found = BTreeSet::new();
        let mut frontier = of.to_vec();
        for _ in 0..MAX_CHAIN {
            if frontier.is_empty() {
                break;
            }
            let next = store::related(self.db.read(), &frontier, onwards, today).await?;
            frontier = next.into_iter().filter(|organisation| found.insert(organisation.clone())).collect();
        }
        Ok(found)
    }
}
