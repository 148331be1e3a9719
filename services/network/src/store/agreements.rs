//! Agreements, their signatures, and groups in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity_life::{agreement, group, signature};
use super::organisation_id;
use crate::{Agreement, GroupId, Signature};

/// The newest revision.
pub(crate) async fn newest(db: &impl ConnectionTrait, scope: Uuid) -> Result<Option<Agreement>, Error> {
    Ok(revisions(db, scope, i32::MAX, 1).await?.pop())
}

/// The revisions before `before`, newest first, at most `limit` of them.
pub(crate) async fn revisions(
    db: &impl ConnectionTrait,
    scope: Uuid,
    before: i32,
    limit: u64,
) -> Result<Vec<Agreement>, Error> {
    let rows = agreement::Entity::find()
        .filter(agreement::Column::Scope.eq(scope))
        .filter(agreement::Column::Revision.lt(before))
        .order_by_desc(agreement::Column::Revision)
        .limit(limit)
        .all(db)
        .await?;
    let signed = signature::Entity::find()
        .filter(signature::Column::Scope.eq(scope))
        .filter(signature::Column::Revision.is_in(rows.iter().map(|row| row.revision)))
        .order_by_asc(signature::Column::SignedAt)
        .order_by_asc(signature::Column::Organisation)
        .all(db)
        .await?;
    let mut signatures: HashMap<i32, Vec<Signature>> = HashMap::new();
    for row in signed {
        let organisation = organisation_id(&row.organisation)?;
        let (person, at) = (PersonId::new(row.person), Timestamp::from_micros(row.signed_at));
        signatures.entry(row.revision).or_default().push(Signature { organisation, person, at });
    }
    rows.into_iter()
        .map(|row| {
            Ok(Agreement {
                revision: row.revision,
                text: row.text,
                organisation: organisation_id(&row.organisation)?,
                drafted: Timestamp::from_micros(row.drafted_at),
                signatures: signatures.remove(&row.revision).unwrap_or_default(),
            })
        })
        .collect()
}

/// Adds a revision.
pub(crate) async fn insert(tx: &impl ConnectionTrait, scope: Uuid, agreement: &Agreement) -> Result<(), Error> {
    let row = agreement::Model {
        scope,
        revision: agreement.revision,
        text: agreement.text.clone(),
        organisation: agreement.organisation.code().to_owned(),
        drafted_at: agreement.drafted.micros(),
    };
    agreement::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Adds a signature.
pub(crate) async fn sign(
    tx: &impl ConnectionTrait,
    scope: Uuid,
    revision: i32,
    signature: &Signature,
) -> Result<(), Error> {
    let row = signature::Model {
        scope,
        revision,
        organisation: signature.organisation.code().to_owned(),
        person: signature.person.uuid(),
        signed_at: signature.at.micros(),
    };
    signature::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Adds a group.
pub(crate) async fn insert_group(
    tx: &impl ConnectionTrait,
    id: GroupId,
    display_name: &str,
    source: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let (display_name, source) = (display_name.to_owned(), source.to_owned());
    let row = group::Model { id: id.uuid(), display_name, source, created_at: now.micros() };
    group::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}
