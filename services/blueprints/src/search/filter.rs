//! The filter language as conditions on the index.

use std::ops::Bound;

use exemplar_kernel::filter::expression::{Comparator, Expression, Field, Kind, Value};
use tantivy::Term;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, Query, RangeQuery};

use super::conditions::any_of;
use super::facet::Facet;
use super::schema::Fields;

/// The fields that searches can be filtered by: every facet, and what follows it here.
pub fn fields() -> Vec<Field> {
    let facets = Facet::ALL.into_iter().map(|facet| Field { name: facet.name(), kind: Kind::Key });
    let others =
        [("published", Kind::Time), ("review_by", Kind::Time), ("adoptions", Kind::Number), ("revision", Kind::Number)];
    facets.chain(others.map(|(name, kind)| Field { name, kind })).collect()
}

/// A condition that documents meet the filter, worth nothing.
pub(super) fn condition(fields: &Fields, filter: &Expression) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(meets(fields, filter), 0.0))
}

fn meets(fields: &Fields, filter: &Expression) -> Box<dyn Query> {
    let each = |list: &[Expression], occur: Occur| -> Box<dyn Query> {
        Box::new(BooleanQuery::new(list.iter().map(|one| (occur, meets(fields, one))).collect()))
    };
    match filter {
        Expression::All(list) => each(list, Occur::Must),
        Expression::Any(list) => each(list, Occur::Should),
        Expression::Not(inner) => not(meets(fields, inner)),
        Expression::Compare { field, comparator: Comparator::NotEqual, value, .. } => {
            not(compare(fields, field, Comparator::Equal, value))
        }
        Expression::Compare { field, comparator, value, .. } => compare(fields, field, *comparator, value),
    }
}

fn not(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(vec![(Occur::Must, Box::new(AllQuery) as Box<dyn Query>), (Occur::MustNot, query)]))
}

fn compare(fields: &Fields, field: &str, comparator: Comparator, value: &Value) -> Box<dyn Query> {
    match (Facet::from_name(field), value) {
        (Some(facet), Value::Key(key)) => {
            any_of(fields.facet(facet), std::slice::from_ref(key)).unwrap_or_else(|| Box::new(EmptyQuery))
        }
        (None, Value::Number(number)) => range(fields, field, comparator, *number),
        (Some(_), Value::Number(_)) | (None, Value::Key(_)) => Box::new(EmptyQuery),
    }
}

fn range(fields: &Fields, field: &str, comparator: Comparator, number: i64) -> Box<dyn Query> {
    let column = match field {
        "published" => fields.published,
        "review_by" => fields.review,
        "adoptions" => fields.adoptions,
        _ => fields.revised,
    };
    let at = || Term::from_field_i64(column, number);
    // What has no date is before none and after none.
    let known = Bound::Excluded(Term::from_field_i64(column, i64::MIN));
    let (from, to) = match comparator {
        Comparator::Equal | Comparator::NotEqual => (Bound::Included(at()), Bound::Included(at())),
        Comparator::Less => (known, Bound::Excluded(at())),
        Comparator::AtMost => (known, Bound::Included(at())),
        Comparator::More => (Bound::Excluded(at()), Bound::Unbounded),
        Comparator::AtLeast => (Bound::Included(at()), Bound::Unbounded),
    };
    Box::new(RangeQuery::new(from, to))
}
