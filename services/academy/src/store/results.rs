//! The record of results in rows, which are added and never changed.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::entity::result;
use super::{BATCH, inconsistent};
use crate::model::enrolment::EnrolmentId;
use crate::model::result::{Attempt, Mark, ResultEntry, ResultId};

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

fn row(entry: &ResultEntry) -> result::Model {
    result::Model {
        id: entry.id.uuid(),
        enrolment: entry.enrolment.uuid(),
        module: entry.module.clone(),
        attempt: entry.attempt.number(),
        entry: entry.entry,
        mark: entry.mark.percent(),
        date: entry.date,
        correction: entry.correction.clone().unwrap_or_default(),
        recorded_at: entry.recorded.micros(),
        recorded_by: entry.recorded_by.map(PersonId::uuid),
    }
}

fn model(row: result::Model) -> Result<ResultEntry, Error> {
    Ok(ResultEntry {
        id: ResultId::new(row.id),
        enrolment: EnrolmentId::new(row.enrolment),
        module: row.module,
        attempt: Attempt::new(row.attempt).map_err(|_| inconsistent(format!("attempt {}", row.attempt)))?,
        entry: row.entry,
        mark: Mark::new(row.mark).map_err(|_| inconsistent(format!("mark {}", row.mark)))?,
        date: row.date,
        correction: (!row.correction.is_empty()).then_some(row.correction),
        recorded: Timestamp::from_micros(row.recorded_at),
        recorded_by: row.recorded_by.map(PersonId::new),
    })
}
