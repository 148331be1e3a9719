//! Rankings: hand in, read.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, OrganisationId, Principal, Role, Violations, Written};

use super::Network;
use crate::Error;
use crate::model::ranking::Ranking;
use crate::store::matchings as store;

impl Network {
    /// The ranking that an organisation has handed in.
    pub async fn ranking(&self, caller: &Principal, of: &OrganisationId) -> Result<Ranking, Error> {
        caller.require(Role::Member, of)?;
        let found = store::rankings(self.db.read(), std::slice::from_ref(of)).await?;
        found.into_iter().next().ok_or_else(|| Error::RankingNotFound(of.clone()))
    }

    /// Hands in a ranking over the one before.
    pub async fn submit_ranking(
        &self,
        caller: &Principal,
        of: OrganisationId,
        partners: Vec<OrganisationId>,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Ranking>, Error> {
        caller.require(Role::Lead, &of)?;
        let known = self.directory.organisations_by_id(&partners).await?;
        let mut tx = match self.db.once("network.ranking.submit", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        self.open(&tx, &of).await?;
        let mut violations = Violations::new();
        for (at, partner) in partners.iter().enumerate() {
            if *partner == of {
                violations.add(format!("partners[{at}]"), "is the organisation itself");
            } else if !known.contains_key(partner) {
                violations.add(format!("partners[{at}]"), "is not registered");
            }
        }
        violations.check()?;
        let before = store::lock_ranking(&*tx, &of).await?;
        let version = before.as_ref().map_or(0, |before| before.version);
        expected.check(version)?;
        let after = Ranking { organisation: of.clone(), partners, updated: tx.now(), version: version + 1 };
        store::save_ranking(&*tx, &after).await?;
        tx.append(Change::new("network.ranking.submit", &of).on_behalf(&of).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }
}
