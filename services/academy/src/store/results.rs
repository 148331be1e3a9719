//! The record of results in rows, which are added and never changed.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use super::entity::result;
use super::{BATCH, inconsistent};
use crate::model::batch::BatchId;
use crate::model::enrolment::EnrolmentId;
use crate::model::result::{Attempt, Mark, Marking, Moderation, ResultEntry, ResultId};

/// Every entry of some enrolments.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    enrolments: &[EnrolmentId],
) -> Result<HashMap<EnrolmentId, Vec<ResultEntry>>, Error> {
    let mut entries: HashMap<EnrolmentId, Vec<ResultEntry>> = HashMap::with_capacity(enrolments.len());
    for enrolments in enrolments.chunks(BATCH) {
        let ids = enrolments.iter().map(|id| id.uuid());
        for row in result::Entity::find().filter(result::Column::Enrolment.is_in(ids)).all(db).await? {
            let entry = model(row)?;
            entries.entry(entry.enrolment).or_default().push(entry);
        }
    }
    Ok(entries)
}

/// Adds entries.
pub(crate) async fn insert_all(db: &impl ConnectionTrait, entries: &[ResultEntry]) -> Result<(), DbErr> {
    for entries in entries.chunks(BATCH) {
        let rows = entries.iter().map(|entry| row(entry).into_active_model());
        result::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// One entry.
pub(crate) async fn find(db: &impl ConnectionTrait, id: ResultId) -> Result<Option<ResultEntry>, Error> {
    result::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// The entries of a batch.
pub(crate) async fn of_batch(db: &impl ConnectionTrait, batch: BatchId) -> Result<Vec<ResultEntry>, Error> {
    let query = result::Entity::find().filter(result::Column::Batch.eq(batch.uuid()));
    query.order_by_asc(result::Column::Id).all(db).await?.into_iter().map(model).collect()
}

/// Writes what the second marker and the moderator said of an entry; its own mark never changes.
pub(crate) async fn set_marking(db: &impl ConnectionTrait, entry: &ResultEntry) -> Result<(), DbErr> {
    use result::Column;
    let row = row(entry);
    result::Entity::update_many()
        .col_expr(Column::SecondMark, Expr::value(row.second_mark))
        .col_expr(Column::SecondMarker, Expr::value(row.second_marker))
        .col_expr(Column::ModeratedMark, Expr::value(row.moderated_mark))
        .col_expr(Column::Moderator, Expr::value(row.moderator))
        .col_expr(Column::Moderation, Expr::value(row.moderation))
        .filter(Column::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Releases entries.
pub(crate) async fn release(db: &impl ConnectionTrait, ids: &[ResultId], now: Timestamp) -> Result<(), DbErr> {
    for ids in ids.chunks(BATCH) {
        result::Entity::update_many()
            .col_expr(result::Column::ReleasedAt, Expr::value(now.micros()))
            .filter(result::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn row(entry: &ResultEntry) -> result::Model {
    result::Model {
        id: entry.id.uuid(),
        enrolment: entry.enrolment.uuid(),
        module: entry.module.clone(),
        assessment: entry.assessment.clone(),
        void: entry.void,
        attempt: entry.attempt.number(),
        entry: entry.entry,
        mark: entry.mark.percent(),
        date: entry.date,
        correction: entry.correction.clone().unwrap_or_default(),
        recorded_at: entry.recorded.micros(),
        recorded_by: entry.recorded_by.map(PersonId::uuid),
        second_mark: entry.second.map(|second| second.mark.percent()),
        second_marker: entry.second.and_then(|second| second.marker).map(PersonId::uuid),
        moderated_mark: entry.moderated.as_ref().map(|moderated| moderated.mark.percent()),
        moderator: entry.moderated.as_ref().and_then(|moderated| moderated.moderator).map(PersonId::uuid),
        moderation: entry.moderated.as_ref().map(|moderated| moderated.note.clone()).unwrap_or_default(),
        released_at: entry.released.map(Timestamp::micros),
        batch: entry.batch.map(BatchId::uuid),
    }
}

fn model(row: result::Model) -> Result<ResultEntry, Error> {
    let mark = |mark: i32| Mark::new(mark).map_err(|_| inconsistent(format!("mark {mark}")));
    let second = row.second_mark.map(mark).transpose()?;
    let moderated = row.moderated_mark.map(mark).transpose()?;
    Ok(ResultEntry {
        id: ResultId::new(row.id),
        enrolment: EnrolmentId::new(row.enrolment),
        module: row.module,
        assessment: row.assessment,
        attempt: Attempt::new(row.attempt).map_err(|_| inconsistent(format!("attempt {}", row.attempt)))?,
        entry: row.entry,
        void: row.void,
        mark: mark(row.mark)?,
        date: row.date,
        correction: (!row.correction.is_empty()).then_some(row.correction),
        recorded: Timestamp::from_micros(row.recorded_at),
        recorded_by: row.recorded_by.map(PersonId::new),
        second: second.map(|mark| Marking { mark, marker: row.second_marker.map(PersonId::new) }),
        moderated: moderated.map(|mark| Moderation {
            mark,
            moderator: row.moderator.map(PersonId::new),
            note: row.moderation,
        }),
        released: row.released_at.map(Timestamp::from_micros),
        batch: row.batch.map(BatchId::new),
    })
}
