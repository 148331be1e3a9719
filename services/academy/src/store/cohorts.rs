//! Cohorts in rows.

use exemplar_kernel::{Error, Paging, Violations, day};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use time::Date;
use uuid::Uuid;

use super::curricula::revision_id;
use super::entity::cohort;
use crate::model::cohort::{Cohort, CohortId};

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
    let Cohort { id, title, curriculum, start_date, places, enrolled } = cohort.clone();
    let row = cohort::Model {
        id: id.uuid(),
        title,
        curriculum: curriculum.code.code().to_owned(),
        revision: curriculum.number,
        start_date,
        places,
        enrolled,
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

fn model(row: cohort::Model) -> Result<Cohort, Error> {
    Ok(Cohort {
        id: CohortId::new(row.id),
        title: row.title,
        curriculum: revision_id(&row.curriculum, row.revision)?,
        start_date: row.start_date,
        places: row.places,
        enrolled: row.enrolled,
    })
}
