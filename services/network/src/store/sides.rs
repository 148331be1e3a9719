//! Who held which side of a pairing, in rows.

use exemplar_kernel::{Error, OrganisationId, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::entity_life::side::{self, Column};
use super::{organisation_id, word};
use crate::{Holder, PairingId, Side};

/// Adds a holder from a moment on; one that is known stays as it is.
pub(crate) async fn insert(
    tx: &impl ConnectionTrait,
    pairing: PairingId,
    side: Side,
    organisation: &OrganisationId,
    from: Option<Timestamp>,
) -> Result<(), Error> {
    let row = side::ActiveModel {
        pairing: Set(pairing.uuid()),
        side: Set(side.name().to_owned()),
        organisation: Set(organisation.code().to_owned()),
        from_at: Set(from.map(Timestamp::micros)),
        to_at: Set(None),
    };
    let known = OnConflict::new().do_nothing().to_owned();
    side::Entity::insert(row).on_conflict(known).try_insert().exec_without_returning(tx).await?;
    Ok(())
}

/// Hands every side that an organisation holds, of pairings that go on and of those that have ended, to its successor.
pub(crate) async fn hand_over(
    tx: &impl ConnectionTrait,
    from: &OrganisationId,
    to: &OrganisationId,
    at: Timestamp,
) -> Result<(), Error> {
    let held = side::Entity::find()
        .filter(Column::Organisation.eq(from.code()))
        .filter(Column::ToAt.is_null())
        .all(tx)
        .await?;
    side::Entity::update_many()
        .col_expr(Column::ToAt, Expr::value(at.micros()))
        .filter(Column::Organisation.eq(from.code()))
        .filter(Column::ToAt.is_null())
        .exec(tx)
        .await?;
    for row in held {
        let side = word(&row.side, Side::from_name)?;
        insert(tx, PairingId::new(row.pairing), side, to, Some(at)).await?;
    }
    Ok(())
}

/// Who held the sides of some pairings, in order of time.
pub(crate) async fn of(db: &impl ConnectionTrait, pairings: &[PairingId]) -> Result<Vec<(PairingId, Holder)>, Error> {
    let rows = side::Entity::find()
        .filter(Column::Pairing.is_in(pairings.iter().map(|id| id.uuid())))
        .order_by_asc(Column::Pairing)
        .order_by_asc(Column::Side)
        .all(db)
        .await?;
    let mut holders = rows.into_iter().map(model).collect::<Result<Vec<_>, _>>()?;
    // In Rust, because the databases order NULL differently.
    holders.sort_by_key(|(pairing, holder)| (*pairing, holder.side, holder.from));
    Ok(holders)
}

/// The ids of the pairings of which an organisation holds a side or held one.
pub(super) fn held_by(organisation: &OrganisationId) -> SelectStatement {
    Query::select()
        .column(Column::Pairing)
        .from(side::Entity)
        .and_where(Column::Organisation.eq(organisation.code()))
        .to_owned()
}

fn model(row: side::Model) -> Result<(PairingId, Holder), Error> {
    let holder = Holder {
        side: word(&row.side, Side::from_name)?,
        organisation: organisation_id(&row.organisation)?,
        from: row.from_at.map(Timestamp::from_micros),
        to: row.to_at.map(Timestamp::from_micros),
    };
    Ok((PairingId::new(row.pairing), holder))
}
