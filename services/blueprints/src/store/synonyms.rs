//! Synonyms in rows: each from the version that has it first to the one that has it no more.

use exemplar_kernel::{Error, Paging};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::synonym::{self, Column};
use super::entity::synonym_version;
use crate::model::synonym::{Fact, Synonym, SynonymId};

/// The one row that says which version is today's.
const ONLY: i32 = 1;
/// Rows written by one statement.
const ROWS: usize = 100;

/// Today's version.
pub(crate) async fn version(db: &impl ConnectionTrait) -> Result<i64, Error> {
    let row = synonym_version::Entity::find_by_id(ONLY).one(db).await?;
    Ok(row.ok_or_else(|| Error::Inconsistent("there is no version of synonyms".to_owned()))?.version)
}

/// Makes the next version, and keeps others from making one until the transaction ends.
pub(crate) async fn next_version(tx: &impl ConnectionTrait) -> Result<i64, Error> {
    let row = synonym_version::Entity::find_by_id(ONLY).lock_exclusive().one(tx).await?;
    let next = row.ok_or_else(|| Error::Inconsistent("there is no version of synonyms".to_owned()))?.version + 1;
    synonym_version::Entity::update_many()
        .col_expr(synonym_version::Column::Version, Expr::value(next))
        .filter(synonym_version::Column::Id.eq(ONLY))
        .exec(tx)
        .await?;
    Ok(next)
}

/// What was there in a version.
fn of_version(version: i64) -> Condition {
    Condition::all()
        .add(Column::Since.lte(version))
        .add(Condition::any().add(Column::Until.is_null()).add(Column::Until.gt(version)))
}

/// Every synonym of a version, by term.
pub(crate) async fn all(db: &impl ConnectionTrait, version: i64) -> Result<Vec<Synonym>, Error> {
    let rows = synonym::Entity::find()
        .filter(of_version(version))
        .order_by_asc(Column::Term)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(model).collect())
}

/// A page of a version, by term, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    version: i64,
    contains: &str,
    paging: &Paging,
) -> Result<Vec<Synonym>, Error> {
    let mut filter = of_version(version);
    if !contains.is_empty() {
        let escaped: String = contains
            .to_lowercase()
            .chars()
            .flat_map(|letter| matches!(letter, '%' | '_' | '\\').then_some('\\').into_iter().chain([letter]))
            .collect();
        let like = |column: Column| {
            Expr::expr(Func::lower(Expr::col(column))).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
        };
        filter = filter.add(Condition::any().add(like(Column::Term)).add(like(Column::Means)));
    }
    if let [term, id] = paging.after.as_slice() {
        let place = Expr::tuple([Expr::col(Column::Term), Expr::col(Column::Id)]);
        let id = Uuid::try_parse(id).unwrap_or_default();
        filter = filter.add(place.gt(Expr::tuple([Expr::val(term.as_str()), Expr::val(id)])));
    }
    let rows = synonym::Entity::find()
        .filter(filter)
        .order_by_asc(Column::Term)
        .order_by_asc(Column::Id)
        .limit(paging.fetch())
        .all(db)
        .await?;
    Ok(rows.into_iter().map(model).collect())
}

/// One that is in today's list.
pub(crate) async fn find(db: &impl ConnectionTrait, id: SynonymId) -> Result<Option<Synonym>, Error> {
    let row = synonym::Entity::find_by_id(id.uuid()).filter(Column::Until.is_null()).one(db).await?;
    Ok(row.map(model))
}

/// Adds some from a version on.
pub(crate) async fn insert(tx: &impl ConnectionTrait, synonyms: &[Synonym], since: i64) -> Result<(), DbErr> {
    for some in synonyms.chunks(ROWS) {
        let rows = some.iter().map(|Synonym { id, fact }| {
            let Fact { term, means, both_ways, source, licence } = fact.clone();
            synonym::Model { id: id.uuid(), term, means, both_ways, source, licence, since, until: None }
                .into_active_model()
        });
        synonym::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Ends some with a version.
pub(crate) async fn end(tx: &impl ConnectionTrait, ids: &[SynonymId], until: i64) -> Result<(), Error> {
    for some in ids.chunks(ROWS) {
        synonym::Entity::update_many()
            .col_expr(Column::Until, Expr::value(Some(until)))
            .filter(Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The sort keys of a synonym.
pub(crate) fn keys(synonym: &Synonym) -> Vec<String> {
    vec![synonym.fact.term.clone(), synonym.id.uuid().to_string()]
}

fn model(row: synonym::Model) -> Synonym {
    let synonym::Model { id, term, means, both_ways, source, licence, .. } = row;
    Synonym { id: SynonymId::new(id), fact: Fact { term, means, both_ways, source, licence } }
}
