//! A person's rows as they are told to them.

use sea_orm::sea_query::{Alias, Asterisk, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult as _, JsonValue};
use serde_json::{Map, Value};
use time::{Date, Month};

use super::{Copied, Holding, STEP, Subject, name};
use crate::{Error, Timestamp};

/// Columns that hold an instant although their name does not end in `_at`.
const INSTANTS: [&str; 3] = ["at", "since", "until"];

/// Some rows of a holding, as objects with one member a column.
pub type Page = Vec<Map<String, Value>>;

/// The rows of a holding from one place on, at most [`STEP`]; none for who may not have them.
pub async fn read(
    db: &impl ConnectionTrait,
    holding: &Holding,
    subject: &Subject,
    own: bool,
    from: u64,
) -> Result<Page, Error> {
    let mut query = Query::select();
    query.column(Asterisk).from(name(holding.table)).and_where(holding.of.is(subject)).limit(STEP).offset(from);
    match (holding.copied, own) {
        (Copied::No, _) | (Copied::Own(None), false) => return Ok(Page::new()),
        (Copied::Yes, _) | (Copied::Own(_), true) => {}
        (Copied::When(conditions), _) => {
            for condition in conditions {
                query.and_where(condition.holds());
            }
        }
        (Copied::Own(Some(condition)), false) => {
            query.and_where(condition.holds());
        }
    }
    for column in holding.key {
        query.order_by(Alias::new(*column), Order::Asc);
    }
    let rows = db.query_all(&query).await?;
    let mut page = Page::with_capacity(rows.len());
    for row in rows {
        let JsonValue::Object(columns) = JsonValue::from_query_result(&row, "")? else { continue };
        let told = columns.into_iter().filter(|(column, _)| !holding.hidden.contains(&column.as_str()));
        page.push(told.map(|(column, value)| (column.clone(), plain(&column, value))).collect());
    }
    Ok(page)
}

/// A value as people and other programs read it: instants and days by ISO 8601, documents as documents.
fn plain(column: &str, value: Value) -> Value {
    let instant = column.ends_with("_at") || INSTANTS.contains(&column);
    match value {
        Value::Number(number) if instant => match number.as_i64() {
            Some(micros) => Value::String(Timestamp::from_micros(micros).to_string()),
            None => Value::Number(number),
        },
        // PostgreSQL's days come as year and day of the year.
        Value::Array(parts) => day(&parts).map_or(Value::Array(parts), Value::String),
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => other,
    }
}

fn day(parts: &[Value]) -> Option<String> {
    let [year, ordinal] = parts else { return None };
    let date = Date::from_ordinal_date(year.as_i64()?.try_into().ok()?, ordinal.as_u64()?.try_into().ok()?).ok()?;
    let month: Month = date.month();
    Some(format!("{:04}-{:02}-{:02}", date.year(), u8::from(month), date.day()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_said_plainly() {
        assert_eq!(plain("written_at", json!(1_533_546_000_000_000_i64)), json!("2018-08-06T09:00:00Z"));
        assert_eq!(plain("date", json!([2018, 218])), json!("2018-08-06"));
        assert_eq!(plain("answers", json!("[\"a\"]")), json!(["a"]));
        assert_eq!(plain("body", json!("[sic] a note")), json!("[sic] a note"));
        assert_eq!(plain("mark", json!(64)), json!(64));
    }
}
