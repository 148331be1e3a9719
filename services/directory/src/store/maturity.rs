//! Assessments of digital maturity in rows. Who may read what is part of every query.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Paging, Principal, Timestamp};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::entity::{maturity, maturity_score};
use super::inconsistent;
use super::organisations::{BATCH, organisation_id};
use crate::model::maturity::{Framework, Level, Made, Maturity, MaturityId, OVERALL};

/// Assessments of a trend at the most.
const MAX_TREND: u64 = 200;

/// Adds an entry. `false` when another entry stands in the place of the one that it corrects.
pub(crate) async fn insert(tx: &impl ConnectionTrait, entry: &Maturity) -> Result<bool, Error> {
    let row = maturity::Model {
        id: entry.id.uuid(),
        organisation: entry.organisation.code().to_owned(),
        framework: entry.framework.name().to_owned(),
        framework_version: entry.framework_version.clone(),
        date: entry.date,
        made: entry.made.name().to_owned(),
        published: entry.published,
        source: entry.source.clone(),
        corrects: entry.corrects.map(MaturityId::uuid),
        reason: entry.reason.clone(),
        recorded_at: entry.recorded.micros(),
    };
    match maturity::Entity::insert(row.into_active_model()).exec_without_returning(tx).await {
        Err(error) if exemplar_kernel::db::is_unique(&error) => return Ok(false),
        inserted => inserted?,
    };
    let score = |(area, score): (&String, &i32)| {
        maturity_score::Model { assessment: entry.id.uuid(), area: area.clone(), score: *score }.into_active_model()
    };
    maturity_score::Entity::insert_many(entry.scores.iter().map(score)).exec_without_returning(tx).await?;
    Ok(true)
}

/// One entry.
pub(crate) async fn find(db: &impl ConnectionTrait, id: MaturityId) -> Result<Option<Maturity>, Error> {
    let row = maturity::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(models(db, row.into_iter().collect()).await?.pop())
}

/// A page of an organisation's entries that the caller may read, newest assessment first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    caller: &Principal,
    organisation: &OrganisationId,
    paging: &Paging,
) -> Result<Vec<Maturity>, Error> {
    use maturity::Column;
    let mut query = maturity::Entity::find().filter(readable(caller, organisation));
    if let [date, id] = paging.after.as_slice() {
        let date = exemplar_kernel::day::parse(&mut exemplar_kernel::Violations::new(), "", date);
        let place = Expr::tuple([Expr::col(Column::Date), Expr::col(Column::Id)]);
        let id = Uuid::try_parse(id).unwrap_or_default();
        query = query.filter(place.lt(Expr::tuple([Expr::val(date), Expr::val(id)])));
    }
    let query = query.order_by_desc(Column::Date).order_by_desc(Column::Id);
    let rows = query.limit(paging.fetch()).all(db).await?;
    models(db, rows).await
}

/// The newest entries of an organisation by one framework that the caller may read, oldest first.
pub(crate) async fn of_framework(
    db: &impl ConnectionTrait,
    caller: &Principal,
    (organisation, framework): (&OrganisationId, Framework),
) -> Result<Vec<Maturity>, Error> {
    use maturity::Column;
    let filter = readable(caller, organisation).add(Column::Framework.eq(framework.name()));
    let query = maturity::Entity::find().filter(filter).order_by_desc(Column::Date).order_by_desc(Column::Id);
    let mut rows = query.limit(MAX_TREND).all(db).await?;
    rows.reverse();
    models(db, rows).await
}

/// What the newest assessment of each organisation says on the whole, by each framework, of all or of those that are
/// published; one query for 500 of them.
pub(crate) async fn levels(
    db: &impl ConnectionTrait,
    ids: &[OrganisationId],
    published: bool,
) -> Result<HashMap<OrganisationId, Vec<Level>>, Error> {
    use maturity::Column;
    let mut levels: HashMap<OrganisationId, Vec<Level>> = HashMap::new();
    for ids in ids.chunks(BATCH) {
        let corrected = sea_orm::sea_query::Query::select()
            .column(Column::Corrects)
            .from(maturity::Entity)
            .and_where(Column::Corrects.is_not_null())
            .take();
        let filter = Condition::all()
            .add(Column::Organisation.is_in(ids.iter().map(OrganisationId::code)))
            .add(Column::Id.not_in_subquery(corrected))
            .add(maturity_score::Column::Area.eq(OVERALL))
            .add_option(published.then(|| Column::Published.eq(true)));
        let rows: Vec<(String, String, time::Date, i32)> = maturity::Entity::find()
            .select_only()
            .columns([Column::Organisation, Column::Framework, Column::Date])
            .column(maturity_score::Column::Score)
            .join(
                sea_orm::JoinType::InnerJoin,
                maturity::Entity::belongs_to(maturity_score::Entity)
                    .from(Column::Id)
                    .to(maturity_score::Column::Assessment)
                    .into(),
            )
            .filter(filter)
            .order_by_asc(Column::Date)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(db)
            .await?;
        for (organisation, framework, date, overall) in rows {
            let level = Level { framework: parse(&framework)?, date, overall };
            let of_one = levels.entry(organisation_id(&organisation)?).or_default();
            of_one.retain(|older| older.framework != level.framework);
            of_one.push(level);
        }
    }
    Ok(levels)
}

/// People who are signed in read every entry, everybody reads what is published.
fn readable(caller: &Principal, organisation: &OrganisationId) -> Condition {
    use maturity::Column;
    let own = Condition::all().add(Column::Organisation.eq(organisation.code()));
    if caller.person.is_some() || caller.is_system() { own } else { own.add(Column::Published.eq(true)) }
}

fn parse(framework: &str) -> Result<Framework, Error> {
    Framework::from_name(framework).ok_or_else(|| inconsistent(format!("framework {framework:?}")))
}

async fn models(db: &impl ConnectionTrait, rows: Vec<maturity::Model>) -> Result<Vec<Maturity>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut scores: HashMap<Uuid, Vec<(String, i32)>> = HashMap::new();
    let of = maturity_score::Column::Assessment.is_in(ids.iter().copied());
    for row in maturity_score::Entity::find().filter(of).all(db).await? {
        scores.entry(row.assessment).or_default().push((row.area, row.score));
    }
    let corrections = maturity::Entity::find().filter(maturity::Column::Corrects.is_in(ids)).all(db).await?;
    let corrections: HashMap<Uuid, Uuid> =
        corrections.into_iter().filter_map(|row| Some((row.corrects?, row.id))).collect();
    let model = |row: maturity::Model| {
        Ok(Maturity {
            id: MaturityId::new(row.id),
            organisation: organisation_id(&row.organisation)?,
            framework: parse(&row.framework)?,
            framework_version: row.framework_version,
            date: row.date,
            made: Made::from_name(&row.made).ok_or_else(|| inconsistent(format!("made by {:?}", row.made)))?,
            published: row.published,
            scores: scores.remove(&row.id).unwrap_or_default().into_iter().collect(),
            source: row.source,
            corrects: row.corrects.map(MaturityId::new),
            reason: row.reason,
            corrected_by: corrections.get(&row.id).copied().map(MaturityId::new),
            recorded: Timestamp::from_micros(row.recorded_at),
        })
    };
    rows.into_iter().map(model).collect()
}
