//! Publishing, withdrawing, showing to others: the verbs after a review.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, PersonId, Principal, Role, Written};
use serde_json::json;

use super::{Blueprints, adoptions, artefacts, reviews};
use crate::Error;
use crate::model::{Blueprint, BlueprintId, Header, Purpose, Visibility, Withdrawal};
use crate::store::{self, DRAFT};

/// Releases what was assured.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Which.
    pub id: BlueprintId,
    /// Which version of the draft.
    pub expected: Expected,
}

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
    /// Releases the draft as the next revision, or confirms the newest: the one place where either happens, and only at
    /// the end of a review that was signed off and assured.
    pub async fn publish(
        &self,
        caller: &Principal,
        publish: Publish,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        let known = self.known(caller, publish.id).await?;
        caller.require(Role::Lead, &known.organisation)?;
        let mut tx = match self.db.once("blueprints.blueprint.publish", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let draft = super::locked_draft(&tx, publish.id, publish.expected).await?;
        let review = store::reviews::open_of(&*tx, publish.id).await?.ok_or(Error::NotAssured(publish.id))?;
        let (now, latest) = (tx.now(), draft.header.latest_revision);
        let number = if review.purpose == Purpose::Release { latest + 1 } else { latest };
        let closed = review.publish(number, now).map_err(|_| Error::NotAssured(publish.id))?;
        let review_due = Some(now.plus(self.settings.valid));
        let header = Header { review_due, ..draft.header };
        let (verb, revision) = match review.purpose {
            Purpose::Release => {
                let revision = Blueprint {
                    revision: number,
                    published: Some(now),
                    change_note: review.change_note.clone(),
                    minor: review.minor,
                    header: Header { latest_revision: number, published: Some(now), ..header },
                    content: draft.content,
                };
                store::insert_revision(&*tx, &revision, caller.person.map(PersonId::uuid)).await?;
                store::artefacts::freeze(&*tx, &artefacts::passed(&tx, publish.id).await?, number).await?;
                ("blueprints.blueprint.publish", revision)
            }
            Purpose::Renewal => {
                store::update_header(&*tx, &header).await?;
                let confirmed = store::read(&*tx, vec![(latest, header)], true).await?;
                let missing = Error::RevisionNotFound { blueprint: publish.id, revision: latest };
                ("blueprints.blueprint.renew", confirmed.into_iter().next().ok_or(missing)?)
            }
        };
        store::reviews::update(&*tx, &review, &closed).await?;
        let change = Change::new(verb, &publish.id).on_behalf(&revision.header.organisation);
        let note = json!({
            "revision": revision.revision,
            "change_note": revision.change_note,
            "minor": revision.minor,
            "review": closed.id.to_string(),
        });
        tx.append(change.after(&note));
        if review.purpose == Purpose::Release {
            adoptions::tell_adopters(&mut tx, &revision).await?;
        }
        Ok(tx.commit(revision).await?)
    }

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
