//! What organisations gave each other, and successions to follow, in rows.

use exemplar_kernel::{Error, OrganisationId, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use time::Date;

use super::entity_life::{ledger, succession};
use super::{organisation_id, word};
use crate::model::ledger::{Gift, Given};

/// Adds to what was given.
pub(crate) async fn add(tx: &impl ConnectionTrait, given: &Given) -> Result<(), Error> {
    let row = ledger::ActiveModel {
        giver: Set(given.giver.code().to_owned()),
        receiver: Set(given.receiver.code().to_owned()),
        gift: Set(given.gift.name().to_owned()),
        given: Set(given.count),
    };
    let known = OnConflict::columns([ledger::Column::Giver, ledger::Column::Receiver, ledger::Column::Gift])
        .value(ledger::Column::Given, Expr::col((ledger::Entity, ledger::Column::Given)).add(given.count))
        .to_owned();
    ledger::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    Ok(())
}

/// What some organisations gave each other.
pub(crate) async fn among(db: &impl ConnectionTrait, codes: &[OrganisationId]) -> Result<Vec<Given>, Error> {
    let codes = || codes.iter().map(OrganisationId::code);
    let rows = ledger::Entity::find()
        .filter(ledger::Column::Giver.is_in(codes()))
        .filter(ledger::Column::Receiver.is_in(codes()))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Given {
                giver: organisation_id(&row.giver)?,
                receiver: organisation_id(&row.receiver)?,
                gift: word(&row.gift, Gift::from_name)?,
                count: row.given,
            })
        })
        .collect()
}

/// A succession to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) predecessor: OrganisationId,
    pub(crate) successor: OrganisationId,
    pub(crate) date: Date,
    pub(crate) source: String,
}

/// Notes a succession, to be followed on its day.
pub(crate) async fn note(tx: &impl ConnectionTrait, due: &Due) -> Result<(), Error> {
    let row = succession::ActiveModel {
        predecessor: Set(due.predecessor.code().to_owned()),
        successor: Set(due.successor.code().to_owned()),
        date: Set(due.date),
        source: Set(due.source.clone()),
        followed_at: Set(None),
    };
    let known = OnConflict::new().do_nothing().to_owned();
    succession::Entity::insert(row).on_conflict(known).try_insert().exec_without_returning(tx).await?;
    Ok(())
}

/// The successions whose day has come and that were not followed yet, in the order of their days.
pub(crate) async fn due(db: &impl ConnectionTrait, today: Date) -> Result<Vec<Due>, Error> {
    let rows = succession::Entity::find()
        .filter(succession::Column::FollowedAt.is_null())
        .filter(succession::Column::Date.lte(today))
        .order_by_asc(succession::Column::Date)
        .order_by_asc(succession::Column::Predecessor)
        .order_by_asc(succession::Column::Successor)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The succession that was followed from an organisation, the first if it was split.
pub(crate) async fn carried_on(db: &impl ConnectionTrait, of: &OrganisationId) -> Result<Option<Due>, Error> {
    succession::Entity::find()
        .filter(succession::Column::Predecessor.eq(of.code()))
        .filter(succession::Column::FollowedAt.is_not_null())
        .order_by_asc(succession::Column::Date)
        .order_by_asc(succession::Column::Successor)
        .one(db)
        .await?
        .map(model)
        .transpose()
}

fn model(row: succession::Model) -> Result<Due, Error> {
    Ok(Due {
        predecessor: organisation_id(&row.predecessor)?,
        successor: organisation_id(&row.successor)?,
        date: row.date,
        source: row.source,
    })
}

/// Marks a succession as followed; false when another did so first.
pub(crate) async fn followed(tx: &impl ConnectionTrait, due: &Due, at: Timestamp) -> Result<bool, Error> {
    let done = succession::Entity::update_many()
        .col_expr(succession::Column::FollowedAt, Expr::value(at.micros()))
        .filter(succession::Column::Predecessor.eq(due.predecessor.code()))
        .filter(succession::Column::Successor.eq(due.successor.code()))
        .filter(succession::Column::FollowedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
