//! The search: every state of it is in the address.

use std::collections::HashMap;

use askama::Template;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::card::Card;
use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::visit::Visit;
use crate::words;

/// The facets that can be chosen, and what a page calls them.
const FACETS: [(&str, &str); 8] = [
    ("care_setting", "Care setting"),
    ("project_type", "Project type"),
    ("epr_supplier", "Record system"),
    ("region", "Region"),
    ("kind", "How it went"),
    ("level", "How much it tells"),
    ("pillar", "What Good Looks Like"),
    ("user_group", "Who uses it"),
];
/// Ways to order hits, by their word in the address.
const ORDERS: [(&str, &str, pb::SearchOrder); 4] = [
    ("", "Best match", pb::SearchOrder::Relevance),
    ("newest", "Newest first", pb::SearchOrder::Newest),
    ("adopted", "Most adopted", pb::SearchOrder::MostAdopted),
    ("fit", "Most like us", pb::SearchOrder::Fit),
];
/// Terms of a facet that are shown at the most.
const MAX_TERMS: usize = 12;

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    frame: Frame,
    query: String,
    hidden: Vec<(String, String)>,
    total: String,
    active: Vec<(String, String)>,
    orders: Vec<(&'static str, String, bool)>,
    facets: Vec<(&'static str, bool, Vec<Choice>)>,
    hits: Vec<Hit>,
    people: Vec<Person>,
    notes: Vec<String>,
    did_you_mean: Option<(String, String)>,
    next: String,
    fit: String,
    state: String,
    form_id: String,
}

struct Choice {
    label: String,
    count: i64,
    address: String,
    chosen: bool,
}

struct Hit {
    card: Card,
    name: String,
    summary: String,
    date: String,
    snippets: Vec<(String, Vec<(String, bool)>)>,
    fit: String,
}

struct Person {
    name: String,
    role: String,
    code: String,
    address: String,
}

/// `GET /search?q=…&care_setting=…&sort=…&after=…`.
pub(crate) async fn show(visit: Visit) -> Answer {
    let params = &visit.params;
    let asked = request(params)?;
    let fit = asked.fit_for.clone();
    let found = visit.api.searches().search(asked).await?.into_inner();
    let names: Vec<String> = found.hits.iter().filter_map(|hit| Some(hit.blueprint.as_ref()?.name.clone())).collect();
    let cards = if names.is_empty() {
        HashMap::new()
    } else {
        let request = pb::BatchGetDecisionCardsRequest { names };
        let cards = visit.api.decisions().batch_get_decision_cards(request).await?.into_inner().cards;
        cards.into_iter().map(|card| (card.blueprint.clone(), card)).collect()
    };
    // Nothing found leads to people: those who published lately and may be asked.
    let people = if found.hits.is_empty() {
        let newest = pb::SearchRequest { order: pb::SearchOrder::Newest.into(), ..Default::default() };
        visit.api.searches().search(newest).await?.into_inner().people
    } else {
        found.people.clone()
    };
    let query = params.text("q").to_owned();
    let title = if query.is_empty() { "Find guidance".to_owned() } else { format!("{query} – Find guidance") };
    let meant = &found.did_you_mean;
    let did_you_mean = (!meant.is_empty()).then(|| (meant.clone(), address(&only(params, "q").with("q", meant))));
    Ok(page(&Search {
        frame: visit.frame(&title, Area::Find),
        hidden: only(params, "q").iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        total: words::count(found.total_size, "blueprint", "blueprints"),
        active: active(params),
        orders: orders(params, !fit.is_empty()),
        facets: facets(params, &found),
        notes: notes(&found),
        did_you_mean,
        next: next(params, &found.next_page_token),
        hits: found.hits.into_iter().map(|found| hit(found, &cards)).collect(),
        people: people.into_iter().take(5).map(person).collect(),
        fit: words::last(&fit).to_owned(),
        state: params.without("after", None).query(),
        form_id: visit.form_id(),
        query,
    }))
}

/// What a saved search keeps of an address beside its words.
pub(crate) fn fields() -> Vec<&'static str> {
    FACETS.iter().map(|(field, _)| *field).chain(["organisation"]).collect()
}

/// The search that an address asks for.
fn request(params: &Params) -> Result<pb::SearchRequest, Fault> {
    let order = ORDERS.iter().find(|(word, ..)| *word == params.text("sort"));
    let order = order.ok_or_else(|| Fault::new(StatusCode::BAD_REQUEST, "There is no such order."))?.2;
    let choices = FACETS.iter().map(|(field, _)| (field, params.all(field))).filter(|(_, terms)| !terms.is_empty());
    let organisations = params.all("organisation");
    let fit_for = params.text("fit");
    Ok(pb::SearchRequest {
        query: params.text("q").to_owned(),
        order: order.into(),
        page_token: params.text("after").to_owned(),
        facets: true,
        facet_fields: FACETS.iter().map(|(field, _)| (*field).to_owned()).collect(),
        choices: choices.map(|(field, terms)| pb::FacetChoice { field: (*field).to_owned(), terms }).collect(),
        organisations: organisations.iter().map(|code| format!("organisations/{}", code.to_uppercase())).collect(),
        fit_for: if fit_for.is_empty() { String::new() } else { format!("organisations/{}", fit_for.to_uppercase()) },
        ..Default::default()
    })
}

/// The state without one of its parts, and on its first page.
fn only(params: &Params, without: &str) -> Params {
    params.without("after", None).without(without, None)
}

fn address(params: &Params) -> String {
    format!("/search{}", params.query())
}

fn active(params: &Params) -> Vec<(String, String)> {
    let shown = |name: &str| FACETS.iter().find(|(field, _)| *field == name).map(|(_, label)| *label);
    let label = |name: &str| shown(name).or((name == "organisation").then_some("Organisation"));
    let named = params.iter().filter_map(|(name, value)| Some((name, value, label(name)?)));
    let active = named.filter(|(_, value, _)| !value.is_empty()).map(|(name, value, label)| {
        let gone = params.without("after", None).without(name, Some(value));
        (format!("{label}: {}", term(name, value)), address(&gone))
    });
    active.collect()
}

fn orders(params: &Params, fitted: bool) -> Vec<(&'static str, String, bool)> {
    let possible = ORDERS.iter().filter(|(word, ..)| *word != "fit" || fitted);
    let order = |(word, label, _): &(&'static str, &'static str, pb::SearchOrder)| {
        (*label, address(&only(params, "sort").with("sort", word)), params.text("sort") == *word)
    };
    possible.map(order).collect()
}

fn facets(params: &Params, found: &pb::SearchResponse) -> Vec<(&'static str, bool, Vec<Choice>)> {
    let facet = |(field, label): (&'static str, &'static str)| {
        let chosen = params.all(field);
        let counted = found.facets.iter().find(|facet| facet.field == field)?;
        let choice = |counted: &pb::FacetCount| {
            let is = chosen.contains(&counted.term);
            let first = params.without("after", None);
            let state = if is { first.without(field, Some(&counted.term)) } else { first.with(field, &counted.term) };
            let label = term(field, &counted.term);
            Choice { label, count: counted.count, address: address(&state), chosen: is }
        };
        let choices: Vec<_> = counted.counts.iter().take(MAX_TERMS).map(choice).collect();
        (!choices.is_empty()).then_some((label, !chosen.is_empty(), choices))
    };
    FACETS.into_iter().filter_map(facet).collect()
}

/// What a page calls a term: those that are not of a vocabulary have names of the API.
fn term(field: &str, term: &str) -> String {
    match (field, term) {
        ("kind", "SUCCESS") => "It worked".to_owned(),
        ("kind", "ATTEMPT") => "It did not work out".to_owned(),
        ("level", "FULL") => "The whole story".to_owned(),
        ("level", "ON_A_PAGE") => "On a page".to_owned(),
        _ => term.to_owned(),
    }
}

fn notes(found: &pb::SearchResponse) -> Vec<String> {
    let mut notes = Vec::new();
    if !found.ignored.is_empty() {
        notes.push(format!("Left out of your search: {}.", found.ignored.join(", ")));
    }
    if found.relaxed {
        notes.push("Few blueprints have all of your words, so some of these lack one.".to_owned());
    }
    for read in &found.read_as {
        let ways: Vec<_> = read.ways.iter().map(|way| way.text.as_str()).filter(|text| *text != read.typed).collect();
        if !ways.is_empty() {
            notes.push(format!("“{}” is also looked for as {}.", read.typed, ways.join(", ")));
        }
    }
    if found.degraded {
        notes.push("Search is catching up; the newest blueprints may be missing.".to_owned());
    }
    notes
}

fn next(params: &Params, token: &str) -> String {
    if token.is_empty() { String::new() } else { address(&params.without("after", None).with("after", token)) }
}

fn hit(found: pb::Hit, cards: &HashMap<String, pb::DecisionCard>) -> Hit {
    let blueprint = found.blueprint.unwrap_or_default();
    let content = blueprint.content.unwrap_or_default();
    let card = cards.get(&blueprint.name).cloned().map(Card::from);
    let address = format!("/{}", blueprint.name);
    let card = card.unwrap_or_else(|| Card { address, title: content.title, ..Card::default() });
    let fit = found.fit.map(|fit| {
        let shared = fit.traits.iter().filter(|one| one.shared).map(|one| one.theirs.join(", "));
        let shared: Vec<_> = shared.collect();
        let of = if shared.is_empty() { String::new() } else { format!(": same {}", shared.join("; ")) };
        format!("{} % like you{of}", fit.percent)
    });
    Hit {
        summary: content.summary,
        date: words::day_of(blueprint.publish_time.as_ref()),
        snippets: found.snippets.iter().take(2).map(snippet).collect(),
        fit: fit.unwrap_or_default(),
        name: words::last(&blueprint.name).to_owned(),
        card,
    }
}

/// A snippet cut into what matches and what does not; highlights count characters.
fn snippet(snippet: &pb::Snippet) -> (String, Vec<(String, bool)>) {
    let section = words::title::<pb::SectionKind>(snippet.section);
    let place = if snippet.file.is_empty() { section } else { snippet.file.clone() };
    let mut parts: Vec<(String, bool)> = Vec::new();
    for (at, letter) in (0_i32..).zip(snippet.text.chars()) {
        let marked = snippet.highlights.iter().any(|mark| (mark.start..mark.end).contains(&at));
        match parts.last_mut().filter(|(_, last)| *last == marked) {
            Some((text, _)) => text.push(letter),
            None => parts.push((letter.to_string(), marked)),
        }
    }
    (place, parts)
}

fn person(person: pb::PersonHits) -> Person {
    let blueprint = person.blueprints.first().map(|name| format!("/{name}/ask")).unwrap_or_default();
    let code = words::last(&person.organisation).to_owned();
    Person { name: person.display_name, role: person.role, code, address: blueprint }
}
