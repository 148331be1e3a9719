//! What is to be sent by e-mail, and what people chose.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::entity::choice;
use super::entity::item::{self, Column};
use crate::model::mail::{MAX_TRIES, MailCadence, patience};
use crate::model::{Item, ItemId};

/// People that one statement asks for at the most, well below what either database binds.
const BATCH: usize = 500;

/// What some people chose for a kind.
pub(crate) async fn choices_of(
    db: &impl ConnectionTrait,
    kind: &str,
    people: &[PersonId],
) -> Result<HashMap<PersonId, MailCadence>, Error> {
    let mut choices = HashMap::new();
    for people in people.chunks(BATCH) {
        let theirs = choice::Entity::find()
            .filter(choice::Column::Kind.eq(kind))
            .filter(choice::Column::Cadence.is_not_null())
            .filter(choice::Column::Person.is_in(people.iter().map(|person| person.uuid())));
        for row in theirs.all(db).await? {
            choices.extend(cadence(&row)?.map(|cadence| (PersonId::new(row.person), cadence)));
        }
    }
    Ok(choices)
}

/// What a person chose, by kind.
pub(crate) async fn choices(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<HashMap<String, MailCadence>, Error> {
    let rows = choice::Entity::find().filter(choice::Column::Person.eq(person.uuid())).all(db).await?;
    let mut choices = HashMap::new();
    for row in rows {
        choices.extend(cadence(&row)?.map(|cadence| (row.kind, cadence)));
    }
    Ok(choices)
}

/// Writes what a person chose for a kind; what waits to be sent goes by it, too. `token` is for whoever has none yet.
pub(crate) async fn choose(
    tx: &impl ConnectionTrait,
    person: PersonId,
    kind: &str,
    chosen: MailCadence,
    token: &str,
    now: Timestamp,
) -> Result<(), Error> {
    use choice::Column as C;
    let row = choice::Model {
        person: person.uuid(),
        kind: kind.to_owned(),
        cadence: Some(chosen.name().to_owned()),
        token: token.to_owned(),
    };
    let there = OnConflict::columns([C::Person, C::Kind]).update_column(C::Cadence).to_owned();
    choice::Entity::insert(row.into_active_model()).on_conflict(there).exec_without_returning(tx).await?;
    item::Entity::update_many()
        .col_expr(Column::MailAt, Expr::value(chosen.due(now).map(Timestamp::micros)))
        .filter(Column::Person.eq(person.uuid()))
        .filter(Column::Kind.eq(kind))
        .filter(Column::MailAt.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The person and the kind that a token is for.
pub(crate) async fn of_token(db: &impl ConnectionTrait, token: &str) -> Result<Option<(PersonId, String)>, Error> {
    let row = choice::Entity::find().filter(choice::Column::Token.eq(token)).one(db).await?;
    Ok(row.map(|row| (PersonId::new(row.person), row.kind)))
}

/// The token of a person and a kind; `fresh` becomes it if there is none.
pub(crate) async fn token(
    tx: &impl ConnectionTrait,
    person: PersonId,
    kind: &str,
    fresh: &str,
) -> Result<String, Error> {
    use choice::Column as C;
    let row = choice::Model { person: person.uuid(), kind: kind.to_owned(), cadence: None, token: fresh.to_owned() };
    let there = OnConflict::columns([C::Person, C::Kind]).do_nothing().to_owned();
    choice::Entity::insert(row.into_active_model()).on_conflict(there).exec_without_returning(tx).await?;
    let row = choice::Entity::find_by_id((person.uuid(), kind.to_owned())).one(tx).await?;
    Ok(row.map(|row| row.token).unwrap_or_default())
}

/// Whether anything is to be sent now.
pub(crate) async fn is_any_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool, Error> {
    Ok(item::Entity::find().filter(Column::MailAt.lte(now.micros())).limit(1).one(db).await?.is_some())
}

/// Takes what is due of the person and kind that have waited longest, and how often each was tried; it comes again after a
/// while unless [`settle`] says what became of it. What was put away meanwhile is not sent.
pub(crate) async fn take_due(tx: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<(i32, Item)>, Error> {
    let due = || Column::MailAt.lte(now.micros());
    let put_away = item::Entity::update_many().col_expr(Column::MailAt, Expr::value(None::<i64>));
    put_away.filter(due()).filter(Column::DoneAt.is_not_null()).exec(tx).await?;
    let first =
        item::Entity::find().filter(due()).order_by_asc(Column::MailAt).order_by_asc(Column::Id).one(tx).await?;
    let Some(first) = first else { return Ok(Vec::new()) };
    let rows = item::Entity::find()
        .filter(due())
        .filter(Column::Person.eq(first.person))
        .filter(Column::Kind.eq(first.kind))
        .order_by_asc(Column::Sequence)
        .limit(limit)
        .lock_exclusive()
        .all(tx)
        .await?;
    for tries in 0..MAX_TRIES {
        let ids: Vec<_> = rows.iter().filter(|row| row.mail_tries == tries).map(|row| row.id).collect();
        if !ids.is_empty() {
            let again = now.plus(patience(tries)).micros();
            let set = item::Entity::update_many().col_expr(Column::MailAt, Expr::value(again));
            set.col_expr(Column::MailTries, Expr::value(tries + 1)).filter(Column::Id.is_in(ids)).exec(tx).await?;
        }
    }
    let taken = |row: item::Model| Ok((row.mail_tries + 1, super::model(row)?));
    rows.into_iter().map(taken).collect()
}

/// Notes that the items of a letter were sent, or are given up: they are not to be sent again.
pub(crate) async fn settle(tx: &impl ConnectionTrait, ids: &[ItemId], sent: Option<Timestamp>) -> Result<(), Error> {
    item::Entity::update_many()
        .col_expr(Column::MailAt, Expr::value(None::<i64>))
        .col_expr(Column::MailedAt, Expr::value(sent.map(Timestamp::micros)))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .exec(tx)
        .await?;
    Ok(())
}

fn cadence(row: &choice::Model) -> Result<Option<MailCadence>, Error> {
    let Some(name) = &row.cadence else { return Ok(None) };
    MailCadence::from_name(name).map(Some).ok_or_else(|| Error::Inconsistent(name.clone()))
}
