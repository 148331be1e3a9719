//! What a search asks for, from protobuf to the model; all faults at once.

use std::collections::BTreeMap;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::{OrganisationId, Paging, Violations};
use exemplar_proto::blueprints::v1 as pb;

use super::content;
use crate::search::{Facet, HITS_MAX, OFFSET_MAX, Order};
use crate::service::likeness::TRAITS;
use crate::service::search::Search;
use crate::service::terms;

/// Hits when the caller does not say how many.
const DEFAULT_HITS: usize = 10;
/// A query's length at the most, in characters; longer ones are refused before they are parsed.
const MAX_QUERY: usize = 2_000;
/// Organisations that a search is limited to at the most.
const MAX_ORGANISATIONS: usize = 50;
/// Terms chosen of a facet at the most.
const MAX_CHOICES: usize = 50;

pub(super) fn typed_search(
    words: &Vocabularies,
    violations: &mut Violations,
    message: pb::SearchRequest,
) -> (Search, Paging) {
    let length = message.query.chars().count();
    if length > MAX_QUERY {
        violations.add("query", format!("is longer than {MAX_QUERY} characters ({length})"));
    }
    let binding = binding(&message);
    let choices = typed_choices(words, violations, &message);
    let order = typed_order(violations, message.order);
    if message.min_sequence < 0 {
        violations.add("min_sequence", "must not be negative");
    }
    let limit = match usize::try_from(message.page_size) {
        Ok(0) | Err(_) => DEFAULT_HITS,
        Ok(size) => size.min(HITS_MAX),
    };
    let binding: Vec<&str> = binding.iter().map(String::as_str).collect();
    let paging = Paging::parse(violations, message.page_size, &message.page_token, &binding);
    let offset = paging.after.first().and_then(|offset| offset.parse().ok()).unwrap_or(0);
    let filter = terms::filter(words, violations, &message.filter);
    let fit_for = Some(message.fit_for.as_str()).filter(|name| !name.is_empty());
    let fit_for = fit_for.and_then(|name| violations.take("fit_for", OrganisationId::parse(name)));
    let mut facets = typed_facets(violations, &message.facet_fields);
    if message.facets {
        facets.extend(
            [Facet::CareSetting, Facet::ProjectType]
                .iter()
                .filter(|facet| !facets.contains(facet))
                .copied()
                .collect::<Vec<_>>(),
        );
    }
    let must_share = typed_shared(violations, &message);
    let search = Search {
        text: message.query,
        choices,
        filter,
        order,
        fit_for,
        must_share,
        explain: message.explain,
        offset,
        // The last page ends where searches end.
        limit: limit.min(OFFSET_MAX.saturating_sub(offset)),
        count: !facets.is_empty(),
        facets,
        min_sequence: message.min_sequence,
    };
    (search, paging)
}

/// What a page token is bound to.
fn binding(message: &pb::SearchRequest) -> Vec<String> {
    let choices = message.choices.iter().map(|choice| format!("{}\n{}", choice.field, choice.terms.join("\n")));
    let mut binding = vec![
        "search".to_owned(),
        message.query.clone(),
        message.care_settings.join("\n"),
        message.project_types.join("\n"),
        message.organisations.join("\n"),
        message.order.to_string(),
        message.filter.clone(),
        message.fit_for.clone(),
        message.must_share.join("\n"),
    ];
    binding.extend(choices);
    binding
}

fn typed_choices(
    words: &Vocabularies,
    violations: &mut Violations,
    message: &pb::SearchRequest,
) -> BTreeMap<Facet, Vec<String>> {
    let mut choices: BTreeMap<Facet, Vec<String>> = BTreeMap::new();
    violations.at_most("organisations", &message.organisations, MAX_ORGANISATIONS);
    let mut terms = |field: &str, vocabulary: Vocabulary, typed: &[String]| {
        words.take_wanted(violations, field, vocabulary, typed, content::MAX_TERMS)
    };
    let care_settings = terms("care_settings", Vocabulary::CareSetting, &message.care_settings);
    let project_types = terms("project_types", Vocabulary::ProjectType, &message.project_types);
    let each = message.organisations.iter().take(MAX_ORGANISATIONS).enumerate();
    let organisations = each
        .filter_map(|(i, name)| violations.take(&format!("organisations[{i}]"), OrganisationId::parse(name)))
        .map(|organisation| organisation.code().to_owned());
    let organisations: Vec<String> = organisations.collect();
    let chosen = [
        (Facet::CareSetting, care_settings),
        (Facet::ProjectType, project_types),
        (Facet::Organisation, organisations),
    ];
    choices.extend(chosen.into_iter().filter(|(_, keys)| !keys.is_empty()));
    violations.at_most("choices", &message.choices, Facet::ALL.len());
    for (i, choice) in message.choices.iter().take(Facet::ALL.len()).enumerate() {
        let field = format!("choices[{i}]");
        let Some(facet) = typed_facet(violations, &format!("{field}.field"), &choice.field) else { continue };
        violations.at_most(&format!("{field}.terms"), &choice.terms, MAX_CHOICES);
        for (k, typed) in choice.terms.iter().take(MAX_CHOICES).enumerate() {
            let known = terms::keys(words, facet, typed).ok_or("is not a term of the vocabulary");
            let keys = violations.take(&format!("{field}.terms[{k}]"), known);
            choices.entry(facet).or_default().extend(keys.into_iter().flatten());
        }
    }
    choices
}

fn typed_order(violations: &mut Violations, typed: i32) -> Order {
    match pb::SearchOrder::try_from(typed) {
        Ok(pb::SearchOrder::Unspecified | pb::SearchOrder::Relevance) => Order::Relevance,
        Ok(pb::SearchOrder::Newest) => Order::Newest,
        Ok(pb::SearchOrder::MostAdopted) => Order::MostAdopted,
        Ok(pb::SearchOrder::ReviewDate) => Order::Review,
        Ok(pb::SearchOrder::Fit) => Order::Fit,
        Err(_) => {
            violations.add("order", "is not an order");
            Order::Relevance
        }
    }
}

fn typed_facet(violations: &mut Violations, field: &str, name: &str) -> Option<Facet> {
    let names = || Facet::ALL.map(Facet::name).join(", ");
    violations.take(field, Facet::from_name(name).ok_or_else(|| format!("must be one of {}", names())))
}

fn typed_facets(violations: &mut Violations, names: &[String]) -> Vec<Facet> {
    violations.at_most("facet_fields", names, Facet::ALL.len());
    let mut facets: Vec<Facet> = Vec::new();
    for (i, name) in names.iter().take(Facet::ALL.len()).enumerate() {
        let facet = typed_facet(violations, &format!("facet_fields[{i}]"), name);
        facets.extend(facet.filter(|facet| !facets.contains(facet)));
    }
    facets
}

fn typed_shared(violations: &mut Violations, message: &pb::SearchRequest) -> Vec<Facet> {
    violations.at_most("must_share", &message.must_share, TRAITS.len());
    if !message.must_share.is_empty() && message.fit_for.is_empty() {
        violations.add("must_share", "needs fit_for");
    }
    let traits = TRAITS.map(|(facet, _)| facet);
    let mut shared = Vec::new();
    for (i, name) in message.must_share.iter().take(TRAITS.len()).enumerate() {
        let facet = Facet::from_name(name).filter(|facet| traits.contains(facet));
        let wanted = || format!("must be one of {}", traits.map(Facet::name).join(", "));
        shared.extend(violations.take(&format!("must_share[{i}]"), facet.ok_or_else(wanted)));
    }
    shared
}
