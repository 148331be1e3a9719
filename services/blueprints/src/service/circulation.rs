//! Circulation: withdrawing what was released, and showing it to others.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Principal, Role, Written};

use super::{Blueprints, reviews};
use crate::Error;
use crate::model::{Blueprint, BlueprintId, Header, Visibility, Withdrawal};
use crate::store::{self, DRAFT};

/// Takes a blueprint out of circulation.
#[derive(Clone, Debug)]
pub struct Withdraw {
    /// Which.
    pub id: BlueprintId,
    /// Why, in words that every reader is shown.
    pub reason: String,
    /// Which version of the draft.
    pub expected: Expected,
}

/// Shows a blueprint to others.
#[derive(Clone, Debug)]
pub struct SetVisibility {
    /// Which.
    pub id: BlueprintId,
    /// Who may read released revisions from now on.
    pub visibility: Visibility,
    /// Which version of the draft.
    pub expected: Expected,
}

impl Blueprints {
    /// Takes a blueprint out of circulation: a tombstone that says why stays. An open review of it ends.
    pub async fn withdraw(
        &self,
        caller: &Principal,
        withdraw: Withdraw,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        let known = self.known(caller, withdraw.id).await?;
        let leads = caller.holds(Role::Lead, &known.organisation);
        caller.granted(leads || caller.holds_network(NetworkRole::Programme), Role::Lead.name())?;
        let mut tx = match self.db.once("blueprints.blueprint.withdraw", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let draft = super::locked_draft(&tx, withdraw.id, withdraw.expected).await?;
        if draft.header.latest_revision == DRAFT {
            return Err(Error::NotPublished(withdraw.id));
        }
        if draft.header.withdrawn.is_some() {
            return Err(Error::Withdrawn(withdraw.id));
        }
        let now = tx.now();
        reviews::close_for_withdrawal(&mut tx, withdraw.id, &withdraw.reason, now).await?;
        let version = draft.header.version + 1;
        let withdrawn = Some(Withdrawal { at: now, reason: withdraw.reason });
        let header = Header { withdrawn, review_due: None, version, ..draft.header };
        store::update_header(&*tx, &header).await?;
        let revision = store::read(&*tx, vec![(header.latest_revision, header.clone())], true).await?;
        let revision = revision.into_iter().next().ok_or(Error::NotFound(withdraw.id))?.for_reader(leads);
        let change = Change::new("blueprints.blueprint.withdraw", &withdraw.id).on_behalf(&header.organisation);
        tx.append(change.after(&header.withdrawn));
        Ok(tx.commit(revision).await?)
    }

    /// Says who may read the released revisions from now on.
    pub async fn set_visibility(
        &self,
        caller: &Principal,
        set: SetVisibility,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        let known = self.known(caller, set.id).await?;
        caller.require(Role::Lead, &known.organisation)?;
        let mut tx = match self.db.once("blueprints.blueprint.set_visibility", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let draft = super::locked_draft(&tx, set.id, set.expected).await?;
        let before = draft.header.visibility;
        let header = Header { visibility: set.visibility, version: draft.header.version + 1, ..draft.header };
        store::update_header(&*tx, &header).await?;
        let change = Change::new("blueprints.blueprint.set_visibility", &set.id).on_behalf(&header.organisation);
        tx.append(change.before(&before).after(&header.visibility));
        Ok(tx.commit(Blueprint { header, ..draft }).await?)
    }
}
