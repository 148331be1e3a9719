//! Designations and their places in rows.

use exemplar_kernel::{Error, OrganisationId, Paging};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use time::Date;
use uuid::Uuid;

use super::entity::designation::{self, Column};
use super::{organisation_id, word};
use crate::{Designation, DesignationId, DesignationKind, WantedDesignations};

/// What one organisation is named, if it is that today.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organisation: &OrganisationId,
    kind: DesignationKind,
) -> Result<Option<Designation>, Error> {
    designation::Entity::find()
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::EndDate.is_null())
        .one(db)
        .await?
        .map(model)
        .transpose()
}

/// A page of designations, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &WantedDesignations,
    paging: &Paging,
) -> Result<Vec<Designation>, Error> {
    let mut filter = Condition::all()
        .add_option(wanted.organisation.as_ref().map(|organisation| Column::Organisation.eq(organisation.code())))
        .add_option(wanted.kind.map(|kind| Column::Kind.eq(kind.name())))
        .add_option(
            wanted.ended.map(|ended| if ended { Column::EndDate.is_not_null() } else { Column::EndDate.is_null() }),
        );
    if let [day, id] = paging.after.as_slice() {
        let day = day.parse().ok().and_then(|day| Date::from_julian_day(day).ok()).unwrap_or(Date::MIN);
        let id = Uuid::try_parse(id).unwrap_or_default();
        let columns = Expr::tuple([Expr::col(Column::StartDate), Expr::col(Column::Id)]);
        filter = filter.add(columns.lt(Expr::tuple([Expr::val(day), Expr::val(id)])));
    }
    let rows = designation::Entity::find()
        .filter(filter)
        .order_by_desc(Column::StartDate)
        .order_by_desc(Column::Id)
        .limit(paging.fetch())
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The designations of a kind that go on, by organisation; no more than `most`.
pub(crate) async fn of_kind(
    db: &impl ConnectionTrait,
    kind: DesignationKind,
    most: u64,
) -> Result<Vec<Designation>, Error> {
    let query = designation::Entity::find().filter(Column::Kind.eq(kind.name())).filter(Column::EndDate.is_null());
    let rows = query.order_by_asc(Column::Organisation).limit(most).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// The designations of a kind that these organisations have today.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    kind: DesignationKind,
    organisations: &[OrganisationId],
) -> Result<Vec<Designation>, Error> {
    let codes = organisations.iter().map(OrganisationId::code);
    let query = designation::Entity::find().filter(Column::Kind.eq(kind.name())).filter(Column::EndDate.is_null());
    let rows = query.filter(Column::Organisation.is_in(codes)).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// The sort keys of a designation.
pub(crate) fn keys(designation: &Designation) -> Vec<String> {
    vec![designation.start_date.to_julian_day().to_string(), designation.id.uuid().to_string()]
}

/// Adds a designation.
pub(crate) async fn insert(db: &impl ConnectionTrait, designation: &Designation) -> Result<(), DbErr> {
    let row = designation::Model {
        id: designation.id.uuid(),
        organisation: designation.organisation.code().to_owned(),
        kind: designation.kind.name().to_owned(),
        start_date: designation.start_date,
        end_date: designation.end_date,
        end_reason: designation.end_reason.clone(),
        capacity: designation.capacity,
        taken: designation.taken,
        source: designation.source.clone(),
    };
    designation::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// What some organisations are named, with what they were before where `ended`.
pub(crate) async fn all_of(
    db: &impl ConnectionTrait,
    organisations: &[OrganisationId],
    ended: bool,
) -> Result<Vec<Designation>, Error> {
    let goes_on = (!ended).then(|| Column::EndDate.is_null());
    let rows = designation::Entity::find()
        .filter(Column::Organisation.is_in(organisations.iter().map(OrganisationId::code)))
        .filter(Condition::all().add_option(goes_on))
        .order_by_asc(Column::Organisation)
        .order_by_asc(Column::Kind)
        .order_by_asc(Column::StartDate)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// What an organisation was ever named, oldest first, locked until the transaction ends.
pub(crate) async fn lock_of(tx: &impl ConnectionTrait, of: &OrganisationId) -> Result<Vec<Designation>, Error> {
    let rows = designation::Entity::find()
        .filter(Column::Organisation.eq(of.code()))
        .order_by_asc(Column::Kind)
        .order_by_asc(Column::StartDate)
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Gives a designation more places, or fewer when `places` is negative.
pub(crate) async fn widen(tx: &impl ConnectionTrait, id: DesignationId, places: i32) -> Result<(), Error> {
    designation::Entity::update_many()
        .col_expr(Column::Capacity, Expr::col(Column::Capacity).add(places))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// One designation, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: DesignationId) -> Result<Option<Designation>, Error> {
    designation::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// Writes when a designation ends, and why.
pub(crate) async fn end(tx: &impl ConnectionTrait, designation: &Designation) -> Result<(), Error> {
    designation::Entity::update_many()
        .col_expr(Column::EndDate, Expr::val(designation.end_date))
        .col_expr(Column::EndReason, Expr::val(designation.end_reason.as_str()))
        .filter(Column::Id.eq(designation.id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a place of the designation that goes on; whether there is such a designation. The database refuses when there is
/// none left.
pub(crate) async fn take(
    tx: &impl ConnectionTrait,
    organisation: &OrganisationId,
    kind: DesignationKind,
) -> Result<bool, DbErr> {
    let updated = designation::Entity::update_many()
        .col_expr(Column::Taken, Expr::col(Column::Taken).add(1))
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::EndDate.is_null())
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Frees a place, of whichever designation of the kind holds them: it may have ended since. Whether one does.
pub(crate) async fn free(
    tx: &impl ConnectionTrait,
    organisation: &OrganisationId,
    kind: DesignationKind,
) -> Result<bool, DbErr> {
    let updated = designation::Entity::update_many()
        .col_expr(Column::Taken, Expr::col(Column::Taken).sub(1))
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::Taken.gt(0))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Sets how many places of a designation are taken.
pub(crate) async fn hold(tx: &impl ConnectionTrait, id: DesignationId, taken: i32) -> Result<(), DbErr> {
    let update = designation::Entity::update_many().col_expr(Column::Taken, Expr::val(taken));
    update.filter(Column::Id.eq(id.uuid())).exec(tx).await?;
    Ok(())
}

fn model(row: designation::Model) -> Result<Designation, Error> {
    Ok(Designation {
        id: DesignationId::new(row.id),
        organisation: organisation_id(&row.organisation)?,
        kind: word(&row.kind, DesignationKind::from_name)?,
        start_date: row.start_date,
        end_date: row.end_date,
        end_reason: row.end_reason,
        capacity: row.capacity,
        taken: row.taken,
        source: row.source,
    })
}
