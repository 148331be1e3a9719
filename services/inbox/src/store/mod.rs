//! Rows to model and back. Nothing is decided here.

mod entity;
pub(crate) mod mail;

use std::collections::HashMap;

use exemplar_kernel::journal::Entry;
use exemplar_kernel::notice::Whose;
use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::model::{Item, ItemId, WantedItems};
use crate::service::Mark;
use entity::item::{self, Column};

/// Rows that one statement inserts at the most: fifteen columns each, well below what either database binds.
const BATCH: usize = 200;

/// Adds items, each with the time when it is to be sent by e-mail, if ever; one that is there already stays as it is.
pub(crate) async fn insert(tx: &impl ConnectionTrait, items: &[(Item, Option<Timestamp>)]) -> Result<(), Error> {
    for items in items.chunks(BATCH) {
        let rows = items.iter().map(|(item, mail_at)| row(item, *mail_at).into_active_model());
        let there = OnConflict::columns([Column::Person, Column::Sequence, Column::Kind]).do_nothing().to_owned();
        item::Entity::insert_many(rows).on_conflict(there).try_insert().exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Puts tasks about a subject away that an earlier entry told of.
pub(crate) async fn settle(
    tx: &impl ConnectionTrait,
    kind: Option<&str>,
    subject: &str,
    whose: &Whose,
    by: &Entry,
) -> Result<(), Error> {
    let mut filter = Condition::all()
        .add(Column::Subject.eq(subject))
        .add(Column::Task.eq(true))
        .add(Column::DoneAt.is_null())
        .add(Column::Sequence.lt(by.sequence))
        .add_option(kind.map(|kind| Column::Kind.eq(kind)));
    match whose {
        Whose::Everybody => {}
        Whose::Organisation(organisation) => filter = filter.add(Column::Organisation.eq(organisation.code())),
        Whose::Person(person) => filter = filter.add(Column::Person.eq(person.uuid())),
    }
    item::Entity::update_many()
        .col_expr(Column::DoneAt, Expr::value(by.at.micros()))
        .col_expr(Column::Settled, Expr::value(true))
        .filter(filter)
        .exec(tx)
        .await?;
    Ok(())
}

/// A page of a person's items, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    person: PersonId,
    wanted: &WantedItems,
    paging: &Paging,
) -> Result<Vec<Item>, Error> {
    let is_set = |column: Column, set: bool| if set { column.is_not_null() } else { column.is_null() };
    let mut filter = Condition::all()
        .add(Column::Person.eq(person.uuid()))
        .add_option(wanted.kind.as_ref().map(|kind| Column::Kind.eq(kind)))
        .add_option(wanted.task.map(|task| Column::Task.eq(task)))
        .add_option(wanted.subject.as_ref().map(|subject| Column::Subject.eq(subject)))
        .add_option(wanted.read.map(|read| is_set(Column::ReadAt, read)))
        .add_option(wanted.done.map(|done| is_set(Column::DoneAt, done)));
    if let [sequence, id] = paging.after.as_slice() {
        let (sequence, id) = (sequence.parse().unwrap_or(i64::MAX), Uuid::try_parse(id).unwrap_or_default());
        let columns = Expr::tuple([Expr::col(Column::Sequence), Expr::col(Column::Id)]);
        filter = filter.add(columns.lt(Expr::tuple([Expr::val(sequence), Expr::val(id)])));
    }
    let newest = item::Entity::find().filter(filter).order_by_desc(Column::Sequence).order_by_desc(Column::Id);
    newest.limit(paging.fetch()).all(db).await?.into_iter().map(model).collect()
}

/// Some of a person's items, newest first; those of others are left out.
pub(crate) async fn find(db: &impl ConnectionTrait, person: PersonId, ids: &[ItemId]) -> Result<Vec<Item>, Error> {
    let newest = item::Entity::find().filter(theirs(person, ids)).order_by_desc(Column::Sequence);
    newest.order_by_desc(Column::Id).all(db).await?.into_iter().map(model).collect()
}

/// Marks a person's items; what is marked so already keeps its instant.
pub(crate) async fn mark(
    tx: &impl ConnectionTrait,
    person: PersonId,
    ids: &[ItemId],
    mark: Mark,
    now: Timestamp,
) -> Result<(), Error> {
    let (column, set) = match mark {
        Mark::Read(set) => (Column::ReadAt, set),
        Mark::Done(set) => (Column::DoneAt, set),
    };
    let mut update = item::Entity::update_many().col_expr(column, Expr::value(set.then_some(now.micros())));
    if matches!(mark, Mark::Done(_)) {
        update = update.col_expr(Column::Settled, Expr::value(false));
    }
    let other = if set { column.is_null() } else { column.is_not_null() };
    update.filter(theirs(person, ids).add(other)).exec(tx).await?;
    Ok(())
}

/// How many of a person's items are not put away, and how many of them not read, by kind.
pub(crate) async fn count(db: &impl ConnectionTrait, person: PersonId) -> Result<HashMap<String, (i64, i64)>, Error> {
    let rows: Vec<(String, i64, i64)> = item::Entity::find()
        .select_only()
        .column(Column::Kind)
        .column_as(Column::Id.count(), "open")
        .column_as(Column::ReadAt.count(), "seen")
        .filter(Column::Person.eq(person.uuid()))
        .filter(Column::DoneAt.is_null())
        .group_by(Column::Kind)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(kind, open, seen)| (kind, (open, open - seen))).collect())
}

fn theirs(person: PersonId, ids: &[ItemId]) -> Condition {
    let ids = ids.iter().map(|id| id.uuid());
    Condition::all().add(Column::Person.eq(person.uuid())).add(Column::Id.is_in(ids))
}

fn row(item: &Item, mail_at: Option<Timestamp>) -> item::Model {
    item::Model {
        id: item.id.uuid(),
        person: item.person.uuid(),
        sequence: item.sequence,
        kind: item.kind.clone(),
        task: item.task,
        subject: item.subject.clone(),
        organisation: item.organisation.as_ref().map(|organisation| organisation.code().to_owned()),
        text: item.text.clone(),
        at: item.at.micros(),
        read_at: item.read.map(Timestamp::micros),
        done_at: item.done.map(Timestamp::micros),
        settled: item.settled,
        mail_at: mail_at.map(Timestamp::micros),
        mailed_at: None,
        mail_tries: 0,
    }
}

fn model(row: item::Model) -> Result<Item, Error> {
    let organisation = row.organisation.map(|code| OrganisationId::from_code(&code)).transpose();
    Ok(Item {
        id: ItemId::new(row.id),
        person: PersonId::new(row.person),
        sequence: row.sequence,
        kind: row.kind,
        task: row.task,
        subject: row.subject,
        organisation: organisation.map_err(|fault| Error::Inconsistent(fault.to_string()))?,
        text: row.text,
        at: Timestamp::from_micros(row.at),
        read: row.read_at.map(Timestamp::from_micros),
        done: row.done_at.map(Timestamp::from_micros),
        settled: row.settled,
    })
}
