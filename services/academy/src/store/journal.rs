//! Learners' journals in rows. Whoever reads for another than the learner reads shared entries only: the query says so.

use exemplar_kernel::{Error, Paging, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::tables::journal_entry::{self, Column};
use crate::model::enrolment::EnrolmentId;
use crate::model::journal::{JournalEntry, JournalEntryId};

/// The enrolment that an entry is of.
pub(crate) async fn enrolment_of(db: &impl ConnectionTrait, id: JournalEntryId) -> Result<Option<EnrolmentId>, Error> {
    let query = journal_entry::Entity::find_by_id(id.uuid()).select_only().column(Column::Enrolment);
    let found: Option<Uuid> = query.into_tuple().one(db).await?;
    Ok(found.map(EnrolmentId::new))
}

/// One entry: of the learner's own, or of those that were shared.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    own: bool,
    id: JournalEntryId,
) -> Result<Option<JournalEntry>, Error> {
    let mut query = journal_entry::Entity::find_by_id(id.uuid());
    if !own {
        query = query.filter(Column::Shared.eq(true));
    }
    Ok(query.one(db).await?.map(model))
}

/// Locks an entry until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: JournalEntryId) -> Result<Option<JournalEntry>, Error> {
    Ok(journal_entry::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model))
}

/// A page of the entries, newest first, one more than wanted: all, or those that were shared.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    own: bool,
    enrolment: EnrolmentId,
    paging: &Paging,
) -> Result<Vec<JournalEntry>, Error> {
    let mut query = journal_entry::Entity::find().filter(Column::Enrolment.eq(enrolment.uuid())).limit(paging.fetch());
    if !own {
        query = query.filter(Column::Shared.eq(true));
    }
    if let [id] = paging.after.as_slice() {
        query = query.filter(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let rows = query.order_by_desc(Column::Id).all(db).await?;
    Ok(rows.into_iter().map(|row| JournalEntry { body: String::new(), ..model(row) }).collect())
}

/// Adds an entry.
pub(crate) async fn insert(db: &impl ConnectionTrait, entry: &JournalEntry) -> Result<(), DbErr> {
    journal_entry::Entity::insert(row(entry).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes an entry that was locked.
pub(crate) async fn update(db: &impl ConnectionTrait, entry: &JournalEntry) -> Result<(), DbErr> {
    row(entry).into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Takes an entry away.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: JournalEntryId) -> Result<(), DbErr> {
    journal_entry::Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn row(entry: &JournalEntry) -> journal_entry::Model {
    let JournalEntry { id, enrolment, date, title, body, shared, written, version } = entry.clone();
    let (id, enrolment, written_at) = (id.uuid(), enrolment.uuid(), written.micros());
    journal_entry::Model { id, enrolment, date, title, body, shared, written_at, version }
}

fn model(row: journal_entry::Model) -> JournalEntry {
    JournalEntry {
        id: JournalEntryId::new(row.id),
        enrolment: EnrolmentId::new(row.enrolment),
        date: row.date,
        title: row.title,
        body: row.body,
        shared: row.shared,
        written: Timestamp::from_micros(row.written_at),
        version: row.version,
    }
}
