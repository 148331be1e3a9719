//! Attendance in rows, which are added and never changed.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::tables::attendance::{self, Column};
use super::{BATCH, word};
use crate::model::attendance::{AttendanceEntry, Presence};
use crate::model::batch::BatchId;
use crate::model::enrolment::EnrolmentId;
use crate::model::session::SessionKey;

/// Every entry of some enrolments.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    enrolments: &[EnrolmentId],
) -> Result<HashMap<EnrolmentId, Vec<AttendanceEntry>>, Error> {
    let mut entries: HashMap<EnrolmentId, Vec<AttendanceEntry>> = HashMap::with_capacity(enrolments.len());
    for enrolments in enrolments.chunks(BATCH) {
        let ids = enrolments.iter().map(|id| id.uuid());
        for row in attendance::Entity::find().filter(Column::Enrolment.is_in(ids)).all(db).await? {
            let entry = model(row)?;
            entries.entry(entry.enrolment).or_default().push(entry);
        }
    }
    Ok(entries)
}

/// The entries of a batch.
pub(crate) async fn of_batch(db: &impl ConnectionTrait, batch: BatchId) -> Result<Vec<AttendanceEntry>, Error> {
    let rows = attendance::Entity::find().filter(Column::Batch.eq(batch.uuid())).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Adds entries.
pub(crate) async fn insert_all(db: &impl ConnectionTrait, entries: &[AttendanceEntry]) -> Result<(), DbErr> {
    for entries in entries.chunks(BATCH) {
        let rows = entries.iter().map(|entry| row(entry).into_active_model());
        attendance::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

fn row(entry: &AttendanceEntry) -> attendance::Model {
    attendance::Model {
        enrolment: entry.enrolment.uuid(),
        session: entry.session.uuid(),
        entry: entry.entry,
        status: entry.presence.map(|presence| presence.name().to_owned()).unwrap_or_default(),
        note: entry.note.clone(),
        recorded_at: entry.recorded.micros(),
        recorded_by: entry.recorded_by.map(PersonId::uuid),
        batch: entry.batch.map(BatchId::uuid),
    }
}

fn model(row: attendance::Model) -> Result<AttendanceEntry, Error> {
    let presence =
        if row.status.is_empty() { None } else { Some(word(Presence::from_name(&row.status), &row.status)?) };
    Ok(AttendanceEntry {
        enrolment: EnrolmentId::new(row.enrolment),
        session: SessionKey::new(row.session),
        entry: row.entry,
        presence,
        note: row.note,
        recorded: Timestamp::from_micros(row.recorded_at),
        recorded_by: row.recorded_by.map(PersonId::new),
        batch: row.batch.map(BatchId::new),
    })
}
