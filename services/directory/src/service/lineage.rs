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
        let today = self.clock().now().date();
        let mut found = BTreeSet::new();
        let mut frontier = of.to_vec();
        for _ in 0..MAX_CHAIN {
            if frontier.is_empty() {
                break;
            }
            let before = store::predecessors(self.db.read(), &frontier, today).await?;
            frontier = before.into_iter().filter(|organisation| found.insert(organisation.clone())).collect();
        }
        Ok(found)
    }
}
