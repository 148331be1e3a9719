//! Cohorts in rows.

use exemplar_kernel::{Error, Paging, PersonId, Violations, day};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use time::Date;
use uuid::Uuid;

use super::curricula::revision_id;
use super::entity::cohort;
use super::tables::cohort_staff;
use super::word;
use crate::model::cohort::{Cohort, CohortId, CohortSettings, CohortStaff, StaffRole};

/// One cohort.
pub(crate) async fn find(db: &impl ConnectionTrait, id: CohortId) -> Result<Option<Cohort>, Error> {
    cohort::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// A page of cohorts, newest start first, one more than wanted.
pub(crate) async fn list(db: &impl ConnectionTrait, paging: &Paging) -> Result<Vec<Cohort>, Error> {
    use cohort::Column;
    let mut query = cohort::Entity::find().limit(paging.fetch());
    if let [start_date, id] = paging.after.as_slice() {
        let start_date = day::parse(&mut Violations::new(), "", start_date).unwrap_or(Date::MAX);
        let id = Uuid::try_parse(id).unwrap_or_default();
        query = query.filter(
            Expr::tuple([Expr::col(Column::StartDate), Expr::col(Column::Id)])
                .lt(Expr::tuple([Expr::val(start_date), Expr::val(id)])),
        );
    }
    let rows = query.order_by_desc(Column::StartDate).order_by_desc(Column::Id).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Adds a cohort.
pub(crate) async fn insert(db: &impl ConnectionTrait, cohort: &Cohort) -> Result<(), DbErr> {
    let Cohort { id, title, curriculum, start_date, places, enrolled, settings, version } = cohort.clone();
    let CohortSettings { end_date, applications_open, applications_close, automatic_score, network_first } = settings;
    let row = cohort::Model {
        id: id.uuid(),
        title,
        curriculum: curriculum.code.code().to_owned(),
        revision: curriculum.number,
        start_date,
        places,
        enrolled,
        end_date,
        applications_open,
        applications_close,
        automatic_score,
        network_first,
        version,
    };
    cohort::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Takes places, which the database refuses when there are not so many; false when there is no such cohort.
pub(crate) async fn take_places(db: &impl ConnectionTrait, id: CohortId, places: i32) -> Result<bool, DbErr> {
    let done = cohort::Entity::update_many()
        .col_expr(cohort::Column::Enrolled, Expr::col(cohort::Column::Enrolled).add(places))
        .filter(cohort::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Locks a cohort until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: CohortId) -> Result<Option<Cohort>, Error> {
    cohort::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// Changes a cohort's title, dates, places and settings. The database refuses fewer places than are taken.
pub(crate) async fn update(db: &impl ConnectionTrait, cohort: &Cohort) -> Result<(), DbErr> {
    use cohort::Column;
    let settings = &cohort.settings;
    cohort::Entity::update_many()
        .col_expr(Column::Title, Expr::value(cohort.title.clone()))
        .col_expr(Column::StartDate, Expr::value(cohort.start_date))
        .col_expr(Column::Places, Expr::value(cohort.places))
        .col_expr(Column::EndDate, Expr::value(settings.end_date))
        .col_expr(Column::ApplicationsOpen, Expr::value(settings.applications_open))
        .col_expr(Column::ApplicationsClose, Expr::value(settings.applications_close))
        .col_expr(Column::AutomaticScore, Expr::value(settings.automatic_score))
        .col_expr(Column::NetworkFirst, Expr::value(settings.network_first))
        .col_expr(Column::Version, Expr::value(cohort.version))
        .filter(Column::Id.eq(cohort.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Who works for a cohort, by name.
pub(crate) async fn staff(db: &impl ConnectionTrait, id: CohortId) -> Result<Vec<CohortStaff>, Error> {
    use cohort_staff::Column;
    let rows = cohort_staff::Entity::find()
        .filter(Column::Cohort.eq(id.uuid()))
        .order_by_asc(Column::PersonName)
        .order_by_asc(Column::Person)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let role = word(StaffRole::from_name(&row.role), &row.role)?;
            Ok(CohortStaff { person: PersonId::new(row.person), name: row.person_name, role })
        })
        .collect()
}

/// Sets who works for a cohort.
pub(crate) async fn set_staff(db: &impl ConnectionTrait, id: CohortId, staff: &[CohortStaff]) -> Result<(), DbErr> {
    cohort_staff::Entity::delete_many().filter(cohort_staff::Column::Cohort.eq(id.uuid())).exec(db).await?;
    if staff.is_empty() {
        return Ok(());
    }
    let rows = staff.iter().map(|one| {
        let row = cohort_staff::Model {
            cohort: id.uuid(),
            person: one.person.uuid(),
            person_name: one.name.clone(),
            role: one.role.name().to_owned(),
        };
        row.into_active_model()
    });
    cohort_staff::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Whether somebody works for a cohort.
pub(crate) async fn is_staff(db: &impl ConnectionTrait, id: CohortId, person: PersonId) -> Result<bool, Error> {
    Ok(cohort_staff::Entity::find_by_id((id.uuid(), person.uuid())).one(db).await?.is_some())
}

fn model(row: cohort::Model) -> Result<Cohort, Error> {
    Ok(Cohort {
        id: CohortId::new(row.id),
        title: row.title,
        curriculum: revision_id(&row.curriculum, row.revision)?,
        start_date: row.start_date,
        places: row.places,
        enrolled: row.enrolled,
        settings: CohortSettings {
            end_date: row.end_date,
            applications_open: row.applications_open,
            applications_close: row.applications_close,
            automatic_score: row.automatic_score,
            network_first: row.network_first,
        },
        version: row.version,
    })
}
