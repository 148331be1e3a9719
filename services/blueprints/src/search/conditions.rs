//! Small conditions on documents that others are made of.

use tantivy::Term;
use tantivy::query::{BooleanQuery, ConstScoreQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use uuid::Uuid;

use super::schema::Fields;

/// A condition that one of `keys` is in `field`, worth nothing; `None` without keys.
pub(super) fn any_of(field: Field, keys: &[String]) -> Option<Box<dyn Query>> {
    let queries: Vec<Box<dyn Query>> =
        keys.iter().map(|key| Box::new(term(field, key, IndexRecordOption::Basic)) as Box<dyn Query>).collect();
    let query: Box<dyn Query> = match queries.len() {
        0 => return None,
        1 => queries.into_iter().next()?,
        _ => Box::new(BooleanQuery::union(queries)),
    };
    Some(Box::new(ConstScoreQuery::new(query, 0.0)))
}

/// A condition that a document is one of these, worth nothing; `None` without ids.
pub(super) fn any_id(fields: &Fields, ids: &[Uuid]) -> Option<Box<dyn Query>> {
    let one = |id: &Uuid| Box::new(TermQuery::new(fields.id_term(*id), IndexRecordOption::Basic)) as Box<dyn Query>;
    let queries: Vec<_> = ids.iter().map(one).collect();
    (!queries.is_empty()).then(|| Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::union(queries)), 0.0)) as _)
}

/// A condition that a term is in a field.
pub(super) fn term(field: Field, text: &str, option: IndexRecordOption) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), option)
}
