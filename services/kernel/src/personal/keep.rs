//! How long records are kept: what is due to go, and its going.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{Aged, STEP, Since, col, name};
use crate::{Error, Timestamp};

/// What of some rows is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Rows.
    pub rows: u64,
}

/// How many rows are older than `cutoff`.
pub async fn due(db: &impl ConnectionTrait, aged: &Aged, cutoff: Timestamp) -> Result<Due, Error> {
    let mut query = Query::select();
    query.expr_as(Expr::cust("COUNT(*)"), Alias::new("rows")).from(name(aged.table));
    old(&mut query, aged, cutoff);
    let row: Option<QueryResult> = db.query_one(&query).await?;
    let rows: i64 = row.map(|row| row.try_get("", "rows")).transpose()?.unwrap_or_default();
    Ok(Due { rows: u64::try_from(rows).unwrap_or_default() })
}

/// Deletes rows that are older than `cutoff`, at most [`STEP`]; how many.
pub async fn forget(tx: &impl ConnectionTrait, aged: &Aged, cutoff: Timestamp) -> Result<u64, Error> {
    let mut some = Query::select();
    some.columns(aged.key.iter().map(|column| Alias::new(*column))).from(name(aged.table)).limit(STEP);
    old(&mut some, aged, cutoff);
    let key = Expr::tuple(aged.key.iter().map(|column| col(column)));
    let which: SimpleExpr = if let [only] = aged.key { col(only) } else { key };
    let delete = Query::delete().from_table(name(aged.table)).and_where(which.in_subquery(some)).take();
    Ok(tx.execute(&delete).await?.rows_affected())
}

fn old(query: &mut SelectStatement, aged: &Aged, cutoff: Timestamp) {
    for condition in aged.when {
        query.and_where(condition.holds());
    }
    match aged.since {
        Since::At(column) => {
            query.and_where(col(column).lt(cutoff.micros()));
        }
        Since::Of(column, table, key, since, is_day, conditions) => {
            let mut parent = Query::select();
            parent.expr(col(key)).from(name(table));
            parent.and_where(if is_day { col(since).lt(cutoff.date()) } else { col(since).lt(cutoff.micros()) });
            for condition in conditions {
                parent.and_where(condition.holds());
            }
            query.and_where(col(column).in_subquery(parent.take()));
        }
    }
}
