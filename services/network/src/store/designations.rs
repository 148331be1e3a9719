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

/// What one organisation was named, if it was named that.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organisation: &OrganisationId,
    kind: DesignationKind,
) -> Result<Option<Designation>, Error> {
    designation::Entity::find()
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Kind.eq(kind.name()))
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
        .add_option(wanted.kind.map(|kind| Column::Kind.eq(kind.name())));
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

/// The designations of a kind, by organisation; no more than `most`.
pub(crate) async fn of_kind(
    db: &impl ConnectionTrait,
    kind: DesignationKind,
    most: u64,
) -> Result<Vec<Designation>, Error> {
    let query = designation::Entity::find().filter(Column::Kind.eq(kind.name()));
    let rows = query.order_by_asc(Column::Organisation).limit(most).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// The designations of a kind that these organisations have.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    kind: DesignationKind,
    organisations: &[OrganisationId],
) -> Result<Vec<Designation>, Error> {
    let codes = organisations.iter().map(OrganisationId::code);
    let query = designation::Entity::find().filter(Column::Kind.eq(kind.name()));
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
        capacity: designation.capacity,
        taken: designation.taken,
        source: designation.source.clone(),
    };
    designation::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// What some organisations were named.
pub(crate) async fn all_of(
    db: &impl ConnectionTrait,
    organisations: &[OrganisationId],
) -> Result<Vec<Designation>, Error> {
    let rows = designation::Entity::find()
        .filter(Column::Organisation.is_in(organisations.iter().map(OrganisationId::code)))
        .order_by_asc(Column::Organisation)
        .order_by_asc(Column::Kind)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// What an organisation was named, locked until the transaction ends.
pub(crate) async fn lock_of(tx: &impl ConnectionTrait, of: &OrganisationId) -> Result<Vec<Designation>, Error> {
    let rows = designation::Entity::find()
        .filter(Column::Organisation.eq(of.code()))
        .order_by_asc(Column::Kind)
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

/// Takes places of a designation, or frees them when `places` is negative; whether there is such a designation. The
/// database refuses when they would be more than it has.
pub(crate) async fn take(
    tx: &impl ConnectionTrait,
    organisation: &OrganisationId,
    kind: DesignationKind,
    places: i32,
) -> Result<bool, DbErr> {
    let updated = designation::Entity::update_many()
        .col_expr(Column::Taken, Expr::col(Column::Taken).add(places))
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Kind.eq(kind.name()))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

fn model(row: designation::Model) -> Result<Designation, Error> {
    Ok(Designation {
        id: DesignationId::new(row.id),
        organisation: organisation_id(&row.organisation)?,
        kind: word(&row.kind, DesignationKind::from_name)?,
        start_date: row.start_date,
        capacity: row.capacity,
        taken: row.taken,
        source: row.source,
    })
}
