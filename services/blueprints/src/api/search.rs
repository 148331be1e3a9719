//! `SearchService`.

use std::sync::Arc;

use exemplar_directory::Vocabularies;
use exemplar_kernel::{Principal, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::search_service_server::SearchService;
use tonic::{Request, Response, Status};

use super::asked::typed_search;
use super::{Api, content, convert};
use crate::model::adoption::Live;
use crate::model::{BlueprintId, Header, SectionKind, Willing};
use crate::search::{Explanation, FILE, Facet, Fit, OFFSET_MAX, Origin, ReadAs, Snippet, Suggested, Suggestion};
use crate::service::search::{Found, Hit};
use crate::service::terms;

/// Suggestions of each kind, and related blueprints, when the caller does not say how many, and at the most.
const DEFAULT_SUGGESTIONS: usize = 5;
const MAX_SUGGESTIONS: usize = 10;
const MAX_RELATED: usize = 20;

#[tonic::async_trait]
impl SearchService for Api {
    async fn search(&self, request: Request<pb::SearchRequest>) -> Result<Response<pb::SearchResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let specific = message.facets;
        let (search, paging) = typed_search(&words, &mut violations, message);
        violations.check()?;
        let next = search.offset + search.limit;
        let ours = search.fit_for.clone();
        let found = self.0.search(&caller, search).await?;
        let more = found.more && next < OFFSET_MAX;
        let next_page_token = if more { paging.token(&[next.to_string()]) } else { String::new() };
        let likeness = ours.is_some();
        Ok(Response::new(answer(&words, &caller, found, next_page_token, specific, likeness)))
    }

    async fn suggest(&self, request: Request<pb::SuggestRequest>) -> Result<Response<pb::SuggestResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let limit = size(&mut violations, message.limit, MAX_SUGGESTIONS);
        violations.check()?;
        let suggestions = self.0.suggest(&caller, &message.text, limit).await?;
        Ok(Response::new(pb::SuggestResponse {
            suggestions: suggestions.into_iter().map(|one| suggestion(&words, one)).collect(),
        }))
    }

    async fn related(&self, request: Request<pb::RelatedRequest>) -> Result<Response<pb::RelatedResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let limit = size(&mut violations, message.limit, MAX_RELATED);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let related = self.0.related(&caller, id, limit).await?.into_iter().map(|related| pb::RelatedBlueprint {
            blueprint: Some(convert::blueprint(&words, &caller, Arc::unwrap_or_clone(related.blueprint))),
            organisation_display_name: related.organisation,
            terms: related.terms,
            words: related.words,
        });
        Ok(Response::new(pb::RelatedResponse { related: related.collect() }))
    }
}

fn size(violations: &mut Violations, typed: i32, most: usize) -> usize {
    match usize::try_from(typed) {
        Ok(0) => DEFAULT_SUGGESTIONS,
        Ok(size) => size.min(most),
        Err(_) => {
            violations.add("limit", "must not be negative");
            DEFAULT_SUGGESTIONS
        }
    }
}

fn answer(
    words: &Vocabularies,
    caller: &Principal,
    found: Found,
    next_page_token: String,
    specific: bool,
    likeness: bool,
) -> pb::SearchResponse {
    let of = |wanted: Facet| {
        let facet = found.facets.iter().find(|(facet, _)| specific && *facet == wanted);
        facet.map(|(_, found)| counts(words, wanted, found)).unwrap_or_default()
    };
    let (care_settings, project_types) = (of(Facet::CareSetting), of(Facet::ProjectType));
    let facet = |(facet, found): (Facet, Vec<_>)| pb::Facet {
        field: facet.name().to_owned(),
        counts: counts(words, facet, &found),
    };
    pb::SearchResponse {
        organisations: organisations(&found.hits, found.live),
        people: people(&found.hits),
        hits: found.hits.into_iter().map(|found| hit(words, caller, found, likeness)).collect(),
        next_page_token,
        total_size: found.total.map_or(0, signed),
        care_settings,
        project_types,
        facets: found.facets.into_iter().map(facet).collect(),
        ignored: found.ignored,
        sequence: found.sequence,
        degraded: found.degraded,
        relaxed: found.relaxed,
        read_as: found.read_as.into_iter().map(read_as).collect(),
        did_you_mean: found.did_you_mean.unwrap_or_default(),
    }
}

/// Counts under the labels of today; those of terms that were merged are one.
fn counts(words: &Vocabularies, facet: Facet, found: &[(String, u64)]) -> Vec<pb::FacetCount> {
    let mut counts: Vec<pb::FacetCount> = Vec::with_capacity(found.len());
    for (key, count) in found {
        let label = terms::vocabulary(facet).map_or(key.as_str(), |vocabulary| words.label(vocabulary, key));
        match counts.iter_mut().find(|there| there.term == label) {
            Some(there) => there.count += signed(*count),
            None => counts.push(pb::FacetCount { term: label.to_owned(), count: signed(*count) }),
        }
    }
    counts.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.term.cmp(&other.term)));
    counts
}

/// Who has done it: the organisations that wrote these hits, those with most first, then those with the best; then those
/// that have them live.
fn organisations(hits: &[Hit], live: Vec<Live>) -> Vec<pb::OrganisationHits> {
    let mut groups: Vec<pb::OrganisationHits> = Vec::new();
    for hit in hits {
        let (name, blueprint) = (hit.blueprint.header.organisation.to_string(), hit.blueprint.header.id.to_string());
        match groups.iter_mut().find(|group| group.organisation == name) {
            Some(group) => group.blueprints.push(blueprint),
            None => groups.push(pb::OrganisationHits {
                organisation: name,
                display_name: hit.organisation.clone(),
                blueprints: vec![blueprint],
                ..Default::default()
            }),
        }
    }
    for Live { blueprint, organisation, display_name, willing } in live {
        let (name, blueprint) = (organisation.to_string(), blueprint.to_string());
        match groups.iter_mut().find(|group| group.organisation == name) {
            Some(group) => {
                group.adopted.push(blueprint);
                group.willing |= willing;
            }
            None => groups.push(pb::OrganisationHits {
                organisation: name,
                display_name,
                adopted: vec![blueprint],
                willing,
                ..Default::default()
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.blueprints.len(), group.adopted.len())));
    groups
}

/// Whom to ask: the contacts of these hits who are willing, those of most first, then those of the best.
fn people(hits: &[Hit]) -> Vec<pb::PersonHits> {
    let mut people: Vec<pb::PersonHits> = Vec::new();
    for hit in hits {
        let Header { id, organisation, .. } = &hit.blueprint.header;
        for contact in hit.blueprint.content.contacts.iter().filter(|contact| contact.willing != Willing::No) {
            let organisation = contact.organisation.as_ref().unwrap_or(organisation).to_string();
            let known = |person: &&mut pb::PersonHits| {
                (&person.display_name, &person.organisation) == (&contact.name, &organisation)
            };
            match people.iter_mut().find(known) {
                Some(person) => person.blueprints.push(id.to_string()),
                None => people.push(pb::PersonHits {
                    display_name: contact.name.clone(),
                    role: contact.role.clone(),
                    organisation,
                    person: contact.person.map(|person| person.to_string()).unwrap_or_default(),
                    blueprints: vec![id.to_string()],
                }),
            }
        }
    }
    people.sort_by_key(|person| std::cmp::Reverse(person.blueprints.len()));
    people
}

fn hit(words: &Vocabularies, caller: &Principal, hit: Hit, likeness: bool) -> pb::Hit {
    pb::Hit {
        blueprint: Some(convert::blueprint(words, caller, Arc::unwrap_or_clone(hit.blueprint))),
        organisation_display_name: hit.organisation,
        score: hit.score,
        snippets: hit.snippets.into_iter().map(snippet).collect(),
        explanation: hit.explanation.map(explanation),
        fit: hit.fit.filter(|_| likeness).map(|compared| fit(words, compared)),
    }
}

fn explanation(explanation: Explanation) -> pb::Explanation {
    let Explanation { parts, total, sentence } = explanation;
    let parts = parts.into_iter().map(|(reason, points)| pb::ExplanationPart { reason, points }).collect();
    pb::Explanation { parts, total, sentence }
}

fn fit(words: &Vocabularies, fit: Fit) -> pb::Fit {
    let labels = |facet: Facet, keys: Vec<String>| match terms::vocabulary(facet) {
        Some(vocabulary) => words.labels(vocabulary, &keys),
        None => keys,
    };
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let traits = fit.traits.into_iter().map(|compared| pb::FitTrait {
        field: compared.facet.name().to_owned(),
        ours: labels(compared.facet, compared.ours),
        theirs: labels(compared.facet, compared.theirs),
        shared: compared.shared,
        weight: whole(compared.weight),
    });
    pb::Fit { percent: whole(fit.percent), traits: traits.collect() }
}

fn suggestion(words: &Vocabularies, suggestion: Suggestion) -> pb::Suggestion {
    let Suggestion { what, mut text } = suggestion;
    if let Suggested::Key(facet) = what
        && let Some(vocabulary) = terms::vocabulary(facet)
    {
        text = words.label(vocabulary, &text).to_owned();
    }
    let (kind, target) = match what {
        Suggested::Blueprint(id) => (pb::SuggestionKind::Blueprint, BlueprintId::new(id).to_string()),
        Suggested::Key(facet) => {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            (pb::SuggestionKind::Term, format!("{} = \"{quoted}\"", facet.name()))
        }
        Suggested::Word => (pb::SuggestionKind::Word, String::new()),
        Suggested::Organisation(code) => (pb::SuggestionKind::Organisation, format!("organisations/{code}")),
    };
    pb::Suggestion { kind: kind.into(), text, target }
}

fn read_as(read: ReadAs) -> pb::ReadAs {
    let way = |(text, origin): (String, Origin)| {
        let origin = match origin {
            Origin::Typed => pb::WayOrigin::Unspecified,
            Origin::Synonym(_) => pb::WayOrigin::Synonym,
            Origin::Explained(_) => pb::WayOrigin::Explained,
            Origin::Typo(..) => pb::WayOrigin::Typo,
        };
        pb::Way { text, origin: origin.into() }
    };
    pb::ReadAs { typed: read.typed, ways: read.ways.into_iter().map(way).collect() }
}

fn snippet(snippet: Snippet) -> pb::Snippet {
    let place = |at: u32| i32::try_from(at).unwrap_or(i32::MAX);
    let section = SectionKind::from_name(&snippet.section).map(content::section_kind).unwrap_or_default();
    let file = snippet.section.strip_prefix(FILE).unwrap_or_default().to_owned();
    pb::Snippet {
        section: section.into(),
        file,
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
