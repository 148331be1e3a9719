//! Timetables in rows.

use exemplar_kernel::{Error, Paging, Violations, day};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use time::Date;

use super::tables::session::{self, Column};
use super::{BATCH, word};
use crate::model::cohort::CohortId;
use crate::model::session::{SessionKey, SessionKind, TeachingSession};

/// The whole timetable of some cohorts, by day.
pub(crate) async fn of(db: &impl ConnectionTrait, cohorts: &[CohortId]) -> Result<Vec<TeachingSession>, Error> {
    let mut found = Vec::new();
    for cohorts in cohorts.chunks(BATCH) {
        let rows = session::Entity::find()
            .filter(Column::Cohort.is_in(cohorts.iter().map(|cohort| cohort.uuid())))
            .order_by_asc(Column::Date)
            .order_by_asc(Column::Code)
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(model).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// A page of a cohort's timetable by day, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    cohort: CohortId,
    paging: &Paging,
) -> Result<Vec<TeachingSession>, Error> {
    let mut query = session::Entity::find().filter(Column::Cohort.eq(cohort.uuid())).limit(paging.fetch());
    if let [date, code] = paging.after.as_slice() {
        let date = day::parse(&mut Violations::new(), "", date).unwrap_or(Date::MAX);
        let place = Expr::tuple([Expr::col(Column::Date), Expr::col(Column::Code)]);
        query = query.filter(place.gt(Expr::tuple([Expr::val(date), Expr::val(code)])));
    }
    let rows = query.order_by_asc(Column::Date).order_by_asc(Column::Code).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Adds sessions, or changes those whose ids are there.
pub(crate) async fn put(db: &impl ConnectionTrait, sessions: &[TeachingSession]) -> Result<(), DbErr> {
    for sessions in sessions.chunks(BATCH) {
        let rows = sessions.iter().map(|session| {
            let TeachingSession { id, cohort, code, title, module, kind, date, start_minute, minutes, venue, tutor } =
                session.clone();
            let (id, cohort, kind) = (id.uuid(), cohort.uuid(), kind.name().to_owned());
            let row =
                session::Model { id, cohort, code, title, module, kind, date, start_minute, minutes, venue, tutor };
            row.into_active_model()
        });
        let changed = [
            Column::Title,
            Column::Module,
            Column::Kind,
            Column::Date,
            Column::StartMinute,
            Column::Minutes,
            Column::Venue,
            Column::Tutor,
        ];
        let conflict = OnConflict::column(Column::Id).update_columns(changed).to_owned();
        session::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

fn model(row: session::Model) -> Result<TeachingSession, Error> {
    Ok(TeachingSession {
        id: SessionKey::new(row.id),
        cohort: CohortId::new(row.cohort),
        code: row.code,
        title: row.title,
        module: row.module,
        kind: word(SessionKind::from_name(&row.kind), &row.kind)?,
        date: row.date,
        start_minute: row.start_minute,
        minutes: row.minutes,
        venue: row.venue,
        tutor: row.tutor,
    })
}
