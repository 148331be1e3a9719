//! Erasures in rows.

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::erasure::{self, Column};
use crate::model::erasure::{Erasure, ErasureId};

/// The erasure of a person.
pub(crate) async fn of(db: &impl ConnectionTrait, person: PersonId) -> Result<Option<Erasure>, Error> {
    Ok(erasure::Entity::find().filter(Column::Person.eq(person.uuid())).one(db).await?.map(model))
}

/// The erasures that are not done, oldest first; at most 100 of them.
pub(crate) async fn open(db: &impl ConnectionTrait) -> Result<Vec<Erasure>, Error> {
    let query = erasure::Entity::find().filter(Column::DoneAt.is_null()).order_by_asc(Column::Id).limit(100);
    Ok(query.all(db).await?.into_iter().map(model).collect())
}

/// Locks an erasure until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: ErasureId) -> Result<Option<Erasure>, Error> {
    Ok(erasure::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model))
}

/// Adds an erasure.
pub(crate) async fn insert(tx: &impl ConnectionTrait, erasure: &Erasure) -> Result<(), DbErr> {
    erasure::Entity::insert(row(erasure).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes an erasure that was locked.
pub(crate) async fn update(tx: &impl ConnectionTrait, erasure: &Erasure) -> Result<(), DbErr> {
    row(erasure).into_active_model().reset_all().update(tx).await?;
    Ok(())
}

fn row(erasure: &Erasure) -> erasure::Model {
    erasure::Model {
        id: erasure.id.uuid(),
        person: erasure.person.uuid(),
        asked_by: erasure.asked_by.map(PersonId::uuid),
        asked_at: erasure.asked.micros(),
        step: i32::try_from(erasure.step).unwrap_or(i32::MAX),
        scanned: erasure.scanned,
        rows: i64::try_from(erasure.rows).unwrap_or(i64::MAX),
        changes: i64::try_from(erasure.changes).unwrap_or(i64::MAX),
        done_at: erasure.done.map(Timestamp::micros),
    }
}

fn model(row: erasure::Model) -> Erasure {
    Erasure {
        id: ErasureId::new(row.id),
        person: PersonId::new(row.person),
        asked_by: row.asked_by.map(PersonId::new),
        asked: Timestamp::from_micros(row.asked_at),
        step: usize::try_from(row.step).unwrap_or_default(),
        scanned: row.scanned,
        rows: u64::try_from(row.rows).unwrap_or_default(),
        changes: u64::try_from(row.changes).unwrap_or_default(),
        done: row.done_at.map(Timestamp::from_micros),
    }
}
