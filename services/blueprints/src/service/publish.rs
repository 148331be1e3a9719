//! Publishing: the verb at the end of a review.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, PersonId, Principal, Role, Written};
use serde_json::json;

use super::{Blueprints, adoptions, artefacts};
use crate::Error;
use crate::model::{Blueprint, BlueprintId, Header, Purpose};
use crate::store;

/// Releases what was assured.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Which.
    pub id: BlueprintId,
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
        let partners = self.partners_who_read(&known).await?;
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
            adoptions::tell_adopters(&mut tx, &revision, partners.as_ref()).await?;
        }
        Ok(tx.commit(revision).await?)
    }
}
