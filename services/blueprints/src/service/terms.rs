//! The words of filters and choices as the index has them.

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::filter::expression::{self, Comparator, Expression, Value};
use exemplar_kernel::{OrganisationId, Violations};

use crate::model::{Kind, Level};
use crate::search::{Facet, filter_fields};

/// Reads a filter, every term of it as the index has it; faults say where.
pub(crate) fn filter(words: &Vocabularies, violations: &mut Violations, text: &str) -> Option<Expression> {
    let filter = expression::parse(violations, text, &filter_fields());
    filter.map(|filter| in_vocabulary(words, violations, filter))
}

/// The filter with every term as the index has it; faults say where.
fn in_vocabulary(words: &Vocabularies, violations: &mut Violations, filter: Expression) -> Expression {
    let mut each = |list: Vec<Expression>| list.into_iter().map(|one| in_vocabulary(words, violations, one)).collect();
    match filter {
        Expression::All(list) => Expression::All(each(list)),
        Expression::Any(list) => Expression::Any(each(list)),
        Expression::Not(inner) => Expression::Not(Box::new(in_vocabulary(words, violations, *inner))),
        Expression::Compare { field, comparator, value: Value::Key(typed), position } => {
            let known = Facet::from_name(field).and_then(|facet| keys(words, facet, &typed));
            if known.is_none() {
                violations.add("filter", format!("knows no {field} {typed:?} at character {position}"));
            }
            let equal = |key| {
                let (comparator, value) = (Comparator::Equal, Value::Key(key));
                Expression::Compare { field, comparator, value, position }
            };
            let any = Expression::Any(known.unwrap_or_default().into_iter().map(equal).collect());
            if comparator == Comparator::NotEqual { Expression::Not(Box::new(any)) } else { any }
        }
        compare @ Expression::Compare { .. } => compare,
    }
}

/// The facet whose keys are of a vocabulary, if there is one.
pub(crate) fn facet(of: Vocabulary) -> Option<Facet> {
    Facet::ALL.into_iter().find(|facet| vocabulary(*facet) == Some(of))
}

/// The vocabulary of a facet's keys, if they are of one.
pub(crate) fn vocabulary(facet: Facet) -> Option<Vocabulary> {
    match facet {
        Facet::CareSetting => Some(Vocabulary::CareSetting),
        Facet::ProjectType => Some(Vocabulary::ProjectType),
        Facet::EprSupplier => Some(Vocabulary::EprSupplier),
        Facet::EprProduct => Some(Vocabulary::EprProduct),
        Facet::Region => Some(Vocabulary::Region),
        Facet::SizeBand => Some(Vocabulary::SizeBand),
        Facet::UserGroup => Some(Vocabulary::UserGroup),
        Facet::Pillar => Some(Vocabulary::Pillar),
        Facet::Funder => Some(Vocabulary::Funder),
        Facet::Organisation | Facet::Level | Facet::Kind | Facet::Maturity => None,
    }
}

/// The keys that the index may have for what was typed; none when the vocabulary has no such term. What is written in
/// words of its own where its vocabulary has none stays as it is.
pub(crate) fn keys(words: &Vocabularies, facet: Facet, typed: &str) -> Option<Vec<String>> {
    let typed = typed.trim();
    let one = |key: Option<String>| key.map(|key| vec![key]);
    match facet {
        Facet::CareSetting | Facet::ProjectType => words.wanted(vocabulary(facet)?, typed).ok(),
        Facet::Level => one(Level::from_name(&typed.to_uppercase()).map(|level| level.name().to_owned())),
        Facet::Kind => one(Kind::from_name(&typed.to_uppercase()).map(|kind| kind.name().to_owned())),
        Facet::Organisation => {
            let code = typed.strip_prefix("organisations/").unwrap_or(typed);
            one(OrganisationId::from_code(&code.to_uppercase()).ok().map(|organisation| organisation.code().to_owned()))
        }
        Facet::EprSupplier
        | Facet::EprProduct
        | Facet::Region
        | Facet::SizeBand
        | Facet::Maturity
        | Facet::UserGroup
        | Facet::Pillar
        | Facet::Funder => {
            if typed.is_empty() {
                return None;
            }
            let slugs = vocabulary(facet).and_then(|vocabulary| words.wanted(vocabulary, typed).ok());
            Some(slugs.into_iter().flatten().chain([typed.to_owned()]).collect())
        }
    }
}
