//! `SearchService`.

use std::sync::Arc;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::{OrganisationId, Paging, Principal, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::search_service_server::SearchService;
use tonic::{Request, Response, Status};

use super::{Api, content, convert};
use crate::model::SectionKind;
use crate::search::{HITS_MAX, OFFSET_MAX, Snippet};
use crate::service::search::{Hit, Search};

/// Hits when the caller does not say how many.
const DEFAULT_HITS: usize = 10;
/// A query's length at the most, in characters; longer ones are refused before they are parsed.
const MAX_QUERY: usize = 400;
/// Organisations that a search is limited to at the most.
const MAX_ORGANISATIONS: usize = 50;

#[tonic::async_trait]
impl SearchService for Api {
    async fn search(&self, request: Request<pb::SearchRequest>) -> Result<Response<pb::SearchResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let (search, paging) = typed_search(&words, &mut violations, message);
        violations.check()?;
        let (offset, limit) = (search.offset, search.limit);
        let found = self.0.search(&caller, search).await?;
        let next = offset + limit;
        let more = found.more && next + limit <= OFFSET_MAX;
        let (care_settings, project_types) =
            found.facets.map(|facets| (facets.care_settings, facets.project_types)).unwrap_or_default();
        Ok(Response::new(pb::SearchResponse {
            hits: found.hits.into_iter().map(|found| hit(&words, &caller, found)).collect(),
            next_page_token: if more { paging.token(&[next.to_string()]) } else { String::new() },
            total_size: found.total.map_or(0, signed),
            care_settings: facet(&words, Vocabulary::CareSetting, care_settings),
            project_types: facet(&words, Vocabulary::ProjectType, project_types),
            ignored: found.ignored,
            sequence: found.sequence,
            degraded: found.degraded,
        }))
    }
}

fn typed_search(words: &Vocabularies, violations: &mut Violations, message: pb::SearchRequest) -> (Search, Paging) {
    let length = message.query.chars().count();
    if length > MAX_QUERY {
        violations.add("query", format!("is longer than {MAX_QUERY} characters ({length})"));
    }
    violations.at_most("organisations", &message.organisations, MAX_ORGANISATIONS);
    let mut terms = |field: &str, vocabulary: Vocabulary, typed: &[String]| {
        words.take_wanted(violations, field, vocabulary, typed, content::MAX_TERMS)
    };
    let care_settings = terms("care_settings", Vocabulary::CareSetting, &message.care_settings);
    let project_types = terms("project_types", Vocabulary::ProjectType, &message.project_types);
    let each = message.organisations.iter().take(MAX_ORGANISATIONS).enumerate();
    let organisations: Vec<_> = each
        .filter_map(|(i, name)| violations.take(&format!("organisations[{i}]"), OrganisationId::parse(name)))
        .collect();
    let order = pb::SearchOrder::try_from(message.order);
    if order.is_err() {
        violations.add("order", "is not an order");
    }
    if message.min_sequence < 0 {
        violations.add("min_sequence", "must not be negative");
    }
    let limit = match usize::try_from(message.page_size) {
        Ok(0) | Err(_) => DEFAULT_HITS,
        Ok(size) => size.min(HITS_MAX),
    };
    let binding = [
        "search".to_owned(),
        message.query.clone(),
        care_settings.join("\n"),
        project_types.join("\n"),
        organisations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        message.order.to_string(),
    ];
    let binding: Vec<&str> = binding.iter().map(String::as_str).collect();
    let paging = Paging::parse(violations, message.page_size, &message.page_token, &binding);
    let offset = paging.after.first().and_then(|offset| offset.parse().ok()).unwrap_or(0);
    let search = Search {
        text: message.query,
        care_settings,
        project_types,
        organisations,
        newest: order == Ok(pb::SearchOrder::Newest),
        offset,
        limit,
        facets: message.facets,
        min_sequence: message.min_sequence,
    };
    (search, paging)
}

/// Counts under the labels of today; those of terms that were merged are one.
fn facet(words: &Vocabularies, vocabulary: Vocabulary, counts: Vec<(String, u64)>) -> Vec<pb::FacetCount> {
    let mut facet: Vec<pb::FacetCount> = Vec::with_capacity(counts.len());
    for (slug, count) in counts {
        let label = words.label(vocabulary, &slug);
        match facet.iter_mut().find(|there| there.term == label) {
            Some(there) => there.count += signed(count),
            None => facet.push(pb::FacetCount { term: label.to_owned(), count: signed(count) }),
        }
    }
    facet.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.term.cmp(&other.term)));
    facet
}

fn hit(words: &Vocabularies, caller: &Principal, hit: Hit) -> pb::Hit {
    pb::Hit {
        blueprint: Some(convert::blueprint(words, caller, Arc::unwrap_or_clone(hit.blueprint))),
        organisation_display_name: hit.organisation,
        score: hit.score,
        snippets: hit.snippets.into_iter().map(snippet).collect(),
    }
}

fn snippet(snippet: Snippet) -> pb::Snippet {
    let place = |at: u32| i32::try_from(at).unwrap_or(i32::MAX);
    let section = SectionKind::from_name(&snippet.section).map(content::section_kind).unwrap_or_default();
    pb::Snippet {
        section: section.into(),
        text: snippet.text,
        highlights: snippet
            .highlights
            .into_iter()
            .map(|(start, end)| pb::Highlight { start: place(start), end: place(end) })
            .collect(),
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
