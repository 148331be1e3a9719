//! Erasing a person: their rows of one context, what the journal keeps beside its entries, answers kept for a repeated
//! `request_id`.
//!
//! The journal's chain covers who, when, which verb and which resource, and a digest of what changed; the change itself
//! lies beside it. Erasing takes that away and leaves the chain: it still proves that nothing was edited, and says where
//! something was erased.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query, SimpleExpr, UpdateStatement};
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::Value;
use uuid::Uuid;

use super::{Blank, Erased, Holding, Mention, Obstacle, Personal, Subject, col, digested, name};
use crate::journal::Sequence;
use crate::{Change, Error, Tx};

/// Patterns that one statement looks for at the most.
const PATTERNS: usize = 40;
/// The members of documents that hold what somebody is called.
const NAMES: [&str; 7] =
    ["display_name", "learner_name", "applicant_name", "person_name", "recorded_by_name", "name", "email"];

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Rows that went or lost what was in them.
    pub rows: u64,
    /// Changes in the journal that lost what they had left behind.
    pub details: u64,
}

/// What an erasure of a person has to wait for, in words.
pub async fn blocked(
    db: &impl ConnectionTrait,
    obstacles: &[Obstacle],
    subject: &Subject,
) -> Result<Vec<&'static str>, Error> {
    let mut found = Vec::new();
    for obstacle in obstacles {
        let mut query = Query::select();
        query.expr(Expr::val(1)).from(name(obstacle.table)).and_where(obstacle.of.is(subject)).limit(1);
        for condition in obstacle.when {
            query.and_where(condition.holds());
        }
        if db.query_one(&query).await?.is_some() {
            found.push(obstacle.words);
        }
    }
    Ok(found)
}

/// Erases what one context holds of a person. Done again, it finds nothing more.
pub async fn advance(tx: &mut Tx, personal: &Personal, subject: &Subject) -> Result<Traces, Error> {
    let mut traces = Traces::default();
    // The names of what is theirs are asked for before the rows go that lead to them.
    let mut resources = vec![(subject.person.to_string(), subject.person.uuid().to_string())];
    for holding in personal.holdings.iter().filter(|holding| !holding.named.is_empty()) {
        resources.extend(named(&**tx, holding, subject).await?);
    }
    for resources in resources.chunks(PATTERNS) {
        traces.details += forget_details(&**tx, resources).await?;
        let answers = resources.iter().map(|(_, id)| contains("answer", id));
        traces.rows += forget_answers(&**tx, answers).await?;
    }
    for mention in personal.mentions {
        traces.rows += cut(tx, mention, subject).await?;
    }
    for holding in personal.holdings {
        traces.rows += erase(&**tx, holding, subject).await?;
    }
    Ok(traces)
}

/// Looks through what changes left behind from `after` to `to` for what says who somebody is, and for what they said of
/// themselves by verbs that begin with `spoken`, and takes it away; how many changes it was.
pub async fn scan(
    tx: &impl ConnectionTrait,
    subject: &Subject,
    spoken: &[&str],
    after: Sequence,
    to: Sequence,
) -> Result<u64, Error> {
    let mut says = Expr::val(false).eq(true);
    for column in ["before", "after"] {
        for pattern in known_by(subject) {
            says = says.or(contains(column, &pattern));
        }
    }
    let mut theirs = Query::select();
    theirs.expr(col("sequence")).from(name("journal")).and_where(col("actor").eq(subject.person.to_string()));
    theirs.and_where(col("sequence").gt(after)).and_where(col("sequence").lte(to));
    let mut verbs = Expr::val(false).eq(true);
    for verb in spoken {
        verbs = verbs.or(col("verb").like(format!("{verb}%")));
    }
    theirs.and_where(verbs);
    let mut delete = Query::delete();
    delete.from_table(name("journal_detail")).and_where(col("sequence").gt(after)).and_where(col("sequence").lte(to));
    delete.and_where(says.or(col("sequence").in_subquery(theirs)));
    let details = tx.execute(&delete).await?.rows_affected();
    let answers = known_by(subject).into_iter().map(|pattern| contains("answer", &pattern)).collect::<Vec<_>>();
    forget_answers(tx, answers.into_iter()).await?;
    Ok(details)
}

/// The texts by which documents say who somebody is: their address, and their name where it stands as a name. The bare
/// name is not looked for: it may be a word of every other text, and whoever chose it could then have those erased.
fn known_by(subject: &Subject) -> Vec<String> {
    let name = Value::String(subject.name.clone()).to_string();
    let mut patterns: Vec<String> = NAMES.iter().map(|member| format!("\"{member}\":{name}")).collect();
    patterns.push(subject.email.clone());
    patterns.push(subject.email.to_lowercase());
    patterns.retain(|pattern| !pattern.is_empty());
    patterns
}

/// The resource names and the ids of rows.
async fn named(
    db: &impl ConnectionTrait,
    holding: &Holding,
    subject: &Subject,
) -> Result<Vec<(String, String)>, Error> {
    let query = Query::select().expr(col("id")).from(name(holding.table)).and_where(holding.of.is(subject)).take();
    let rows: Vec<QueryResult> = db.query_all(&query).await?;
    let pair = |row: QueryResult| -> Result<_, Error> {
        let id: Uuid = row.try_get("", "id")?;
        Ok((format!("{}/{id}", holding.named), id.to_string()))
    };
    rows.into_iter().map(pair).collect()
}

/// The resource names of a person's rows; none for rows without.
pub async fn names(db: &impl ConnectionTrait, holding: &Holding, subject: &Subject) -> Result<Vec<String>, Error> {
    if holding.named.is_empty() {
        return Ok(Vec::new());
    }
    Ok(named(db, holding, subject).await?.into_iter().map(|(name, _)| name).collect())
}

async fn forget_details(tx: &impl ConnectionTrait, resources: &[(String, String)]) -> Result<u64, Error> {
    let names = resources.iter().map(|(name, _)| name.as_str());
    let theirs =
        Query::select().expr(col("sequence")).from(name("journal")).and_where(col("resource").is_in(names)).take();
    let mut delete = Query::delete();
    delete.from_table(name("journal_detail")).and_where(col("sequence").in_subquery(theirs));
    Ok(tx.execute(&delete).await?.rows_affected())
}

/// Forgets answers that say something of the person: the same `request_id` again does the work again, or is refused.
async fn forget_answers(tx: &impl ConnectionTrait, patterns: impl Iterator<Item = SimpleExpr>) -> Result<u64, Error> {
    let Some(any) = patterns.reduce(ExprTrait::or) else { return Ok(0) };
    let delete = Query::delete().from_table(name("replay")).and_where(any).take();
    Ok(tx.execute(&delete).await?.rows_affected())
}

/// That a column's text has a part.
fn contains(column: &'static str, part: &str) -> SimpleExpr {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for sign in part.chars() {
        if matches!(sign, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    col(column).like(LikeExpr::new(pattern).escape('\\'))
}

async fn erase(tx: &impl ConnectionTrait, holding: &Holding, subject: &Subject) -> Result<u64, Error> {
    let theirs = holding.of.is(subject);
    match holding.erased {
        Erased::Stays(_) => Ok(0),
        Erased::Rows => {
            let delete = Query::delete().from_table(name(holding.table)).and_where(theirs).take();
            Ok(tx.execute(&delete).await?.rows_affected())
        }
        Erased::Columns(columns) => {
            for (column, _) in columns.iter().filter(|(_, blank)| matches!(blank, Blank::Digest)) {
                digest(tx, holding, column, subject).await?;
            }
            let mut update = Query::update();
            update.table(name(holding.table)).and_where(theirs);
            for (column, blank) in columns {
                set(&mut update, column, *blank, subject);
            }
            Ok(tx.execute(&update).await?.rows_affected())
        }
    }
}

fn set(update: &mut UpdateStatement, column: &'static str, blank: Blank, subject: &Subject) {
    let value: SimpleExpr = match blank {
        Blank::Empty => Expr::val(""),
        Blank::Null => Expr::cust("NULL"),
        Blank::Pseudonym => Expr::val(subject.pseudonym()),
        Blank::Text(text) => Expr::val(text),
        Blank::Next => col(column).add(1),
        Blank::Digest => return,
    };
    update.value(Alias::new(column), value);
}

/// Leaves the digests of texts, of rows that have an `id`; what is one already stays.
async fn digest(
    tx: &impl ConnectionTrait,
    holding: &Holding,
    column: &'static str,
    subject: &Subject,
) -> Result<(), Error> {
    let theirs = holding.of.is(subject);
    let query = Query::select().expr(col("id")).expr(col(column)).from(name(holding.table)).and_where(theirs).take();
    for row in tx.query_all(&query).await? {
        let (id, text): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", column)?);
        if text.starts_with("sha256:") {
            continue;
        }
        let mut update = Query::update();
        update.table(name(holding.table)).value(Alias::new(column), digested(&text)).and_where(col("id").eq(id));
        tx.execute(&update).await?;
    }
    Ok(())
}

/// Takes a person out of documents of others.
async fn cut(tx: &mut Tx, mention: &Mention, subject: &Subject) -> Result<u64, Error> {
    let id = subject.person.uuid().to_string();
    let mut query = Query::select();
    query.from(name(mention.table)).expr(col(mention.column)).and_where(contains(mention.column, &id));
    for key in mention.key {
        query.expr(col(key));
    }
    let rows: Vec<QueryResult> = tx.query_all(&query).await?;
    let (mut cut_out, mut told) = (0, std::collections::BTreeSet::new());
    for row in rows {
        let text: String = row.try_get("", mention.column)?;
        let read = serde_json::from_str(&text);
        let mut document: Value = read.map_err(|error| Error::Inconsistent(format!("{}: {error}", mention.table)))?;
        if !redact(&mut document, mention, &id) {
            continue;
        }
        let mut update = Query::update();
        update.table(name(mention.table)).value(Alias::new(mention.column), document.to_string());
        for (place, key) in mention.key.iter().enumerate() {
            if place == 0 {
                let value: Uuid = row.try_get("", key)?;
                told.insert(value);
                update.and_where(col(key).eq(value));
            } else {
                let value: i32 = row.try_get("", key)?;
                update.and_where(col(key).eq(value));
            }
        }
        tx.execute(&update).await?;
        cut_out += 1;
    }
    if let Some((verb, collection)) = mention.told {
        for id in told {
            tx.append(Change::new(verb, &format!("{collection}/{id}")));
        }
    }
    Ok(cut_out)
}

/// Takes the objects out that name the person, or the texts out of them; whether there were any.
fn redact(value: &mut Value, mention: &Mention, id: &str) -> bool {
    let names = |value: &Value| value.get(mention.by).and_then(Value::as_str) == Some(id);
    match value {
        Value::Array(items) => {
            let before = items.len();
            if mention.clear.is_empty() {
                items.retain(|item| !names(item));
            }
            let gone = items.len() < before;
            items.iter_mut().fold(gone, |any, item| redact(item, mention, id) | any)
        }
        Value::Object(_) => {
            let mut any = false;
            if names(value) && !mention.clear.is_empty() {
                for member in mention.clear {
                    if let Some(text) = value.get_mut(*member).filter(|text| text.is_string()) {
                        any |= text.as_str() != Some("");
                        *text = Value::String(String::new());
                    }
                }
            }
            let Value::Object(members) = value else { return any };
            members.values_mut().fold(any, |any, member| redact(member, mention, id) | any)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_lose_the_person_and_nothing_else() {
        let all = Mention { table: "", key: &[], column: "", by: "person", clear: &[], told: None };
        let mut document = json!({ "contacts": [{ "person": "a", "name": "A" }, { "person": "b", "name": "B" }] });
        assert!(redact(&mut document, &all, "a"));
        assert_eq!(document, json!({ "contacts": [{ "person": "b", "name": "B" }] }));
        assert!(!redact(&mut document, &all, "a"));
        let texts = Mention { by: "sponsor", clear: &["statement"], ..all };
        let mut document = json!({ "sponsor": "a", "statement": "Yes.", "confirms_level": true });
        assert!(redact(&mut document, &texts, "a"));
        assert_eq!(document, json!({ "sponsor": "a", "statement": "", "confirms_level": true }));
    }
}
