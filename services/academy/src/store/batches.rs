//! Batches in rows.

use exemplar_kernel::{Error, Paging, PersonId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::tables::batch::{self, Column};
use crate::model::batch::{Batch, BatchId};
use crate::model::cohort::CohortId;

/// Adds a batch.
pub(crate) async fn insert(db: &impl ConnectionTrait, batch: &Batch) -> Result<(), DbErr> {
    let row = batch::Model {
        id: batch.id.uuid(),
        cohort: batch.cohort.map(CohortId::uuid),
        what: batch.what.clone(),
        entries: batch.entries,
        recorded_at: batch.recorded.micros(),
        recorded_by: batch.recorded_by.map(PersonId::uuid),
        undone_by: batch.undone_by.map(BatchId::uuid),
    };
    batch::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Locks a batch until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: BatchId) -> Result<Option<Batch>, Error> {
    Ok(batch::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model))
}

/// Notes which batch took another back.
pub(crate) async fn undone(db: &impl ConnectionTrait, id: BatchId, by: BatchId) -> Result<(), DbErr> {
    batch::Entity::update_many()
        .col_expr(Column::UndoneBy, Expr::value(by.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// A page of a cohort's batches, or of those of several cohorts, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    cohort: Option<CohortId>,
    paging: &Paging,
) -> Result<Vec<Batch>, Error> {
    let mut query = batch::Entity::find().limit(paging.fetch());
    query = match cohort {
        Some(cohort) => query.filter(Column::Cohort.eq(cohort.uuid())),
        None => query.filter(Column::Cohort.is_null()),
    };
    if let [id] = paging.after.as_slice() {
        query = query.filter(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let rows = query.order_by_desc(Column::Id).all(db).await?;
    Ok(rows.into_iter().map(model).collect())
}

fn model(row: batch::Model) -> Batch {
    Batch {
        id: BatchId::new(row.id),
        cohort: row.cohort.map(CohortId::new),
        what: row.what,
        entries: row.entries,
        recorded: Timestamp::from_micros(row.recorded_at),
        recorded_by: row.recorded_by.map(PersonId::new),
        undone_by: row.undone_by.map(BatchId::new),
    }
}
