//! The front page with the three jobs, and what waits for somebody who has signed in.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::network::v1 as network;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "home.html")]
struct Start {
    frame: Frame,
    newest: Vec<Teaser>,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct Accessibility {
    frame: Frame,
}

/// A blueprint in a line.
struct Teaser {
    address: String,
    title: String,
    organisation: String,
    date: String,
}

#[derive(Template)]
#[template(path = "work.html")]
struct Work {
    frame: Frame,
    organisations: Vec<String>,
    can_lead: bool,
    can_draft: bool,
    pairings: Vec<Line>,
    introductions: Vec<Line>,
    adoptions: Vec<Line>,
    drafts: Vec<Line>,
}

/// One thing that is under way.
struct Line {
    address: String,
    text: String,
    state: String,
    waits: bool,
}

/// `GET /`.
pub(crate) async fn start(visit: Visit) -> Answer {
    let request =
        blueprints::SearchRequest { order: blueprints::SearchOrder::Newest.into(), page_size: 3, ..Default::default() };
    let found = visit.api.searches().search(request).await?.into_inner();
    let teaser = |hit: blueprints::Hit| {
        let blueprint = hit.blueprint?;
        let (address, date) = (format!("/{}", blueprint.name), words::day_of(blueprint.publish_time.as_ref()));
        Some(Teaser { address, title: blueprint.content?.title, organisation: hit.organisation_display_name, date })
    };
    let newest = found.hits.into_iter().filter_map(teaser).collect();
    Ok(page(&Start { frame: visit.frame("Learn from hospitals that have done it", Area::None), newest }))
}

/// `GET /accessibility`.
pub(crate) async fn accessibility(visit: Visit) -> Answer {
    Ok(page(&Accessibility { frame: visit.frame("Accessibility", Area::None) }))
}

/// `GET /home`: what is under way at the reader's organisations, of the first of them in detail.
pub(crate) async fn work(visit: Visit) -> Answer {
    visit.signed_in()?;
    let organisations: Vec<String> = visit.caller.organisations().map(|one| one.code().to_owned()).collect();
    let (pairings, introductions, adoptions, drafts) = match organisations.first() {
        Some(code) => (
            pairings(&visit, code).await?,
            introductions(&visit, code).await?,
            adoptions(&visit, code).await?,
            drafts(&visit, code).await?,
        ),
        None => Default::default(),
    };
    Ok(page(&Work {
        frame: visit.frame("My work", Area::Mine),
        can_lead: !visit.organisations(Role::Lead).is_empty(),
        can_draft: !visit.organisations(Role::Contributor).is_empty(),
        organisations,
        pairings,
        introductions,
        adoptions,
        drafts,
    }))
}

async fn pairings(visit: &Visit, code: &str) -> Result<Vec<Line>, tonic::Status> {
    let filter = format!("organisation = \"organisations/{code}\"");
    let request = network::ListPairingsRequest { filter, page_size: 20, ..Default::default() };
    let ours = format!("organisations/{code}");
    let line = |pairing: network::Pairing| Line {
        waits: pairing.state == i32::from(network::PairingState::Proposed) && pairing.proposer != ours,
        text: format!("{} with {}", words::last(&pairing.exemplar), words::last(&pairing.partner)),
        state: words::title::<network::PairingState>(pairing.state),
        address: format!("/{}", pairing.name),
    };
    Ok(visit.api.pairings().list_pairings(request).await?.into_inner().pairings.into_iter().map(line).collect())
}

async fn introductions(visit: &Visit, code: &str) -> Result<Vec<Line>, tonic::Status> {
    let request = blueprints::ListIntroductionsRequest { page_size: 20, ..Default::default() };
    let ours = format!("organisations/{code}");
    let line = |one: blueprints::Introduction| Line {
        waits: one.asked == ours && one.state == i32::from(blueprints::IntroductionState::Requested),
        text: format!("{} asks {}: {}", words::last(&one.asker), words::last(&one.asked), one.question),
        state: words::title::<blueprints::IntroductionState>(one.state),
        address: format!("/{}", one.name),
    };
    let listed = visit.api.introductions().list_introductions(request).await?.into_inner();
    Ok(listed.introductions.into_iter().map(line).collect())
}

async fn adoptions(visit: &Visit, code: &str) -> Result<Vec<Line>, tonic::Status> {
    let filter = format!("organisation = \"organisations/{code}\"");
    let request = blueprints::ListAdoptionsRequest { filter, page_size: 20, ..Default::default() };
    let listed = visit.api.adoptions().list_adoptions(request).await?.into_inner().adoptions;
    let titles = titles(visit, listed.iter().map(|one| one.blueprint.clone()).collect()).await?;
    let line = |one: blueprints::Adoption| Line {
        waits: one.revision < one.latest_revision,
        text: match (titles.get(&one.blueprint), one.latest_revision) {
            (Some(title), 0) => title.clone(),
            (Some(title), latest) => format!("{title}, revision {} of {latest}", one.revision),
            (None, _) => "A blueprint that is not to be read any more".to_owned(),
        },
        state: words::title::<blueprints::AdoptionState>(one.state),
        address: format!("/{}", one.blueprint),
    };
    Ok(listed.into_iter().map(line).collect())
}

/// What released blueprints are called, by their name in the API.
async fn titles(visit: &Visit, names: BTreeSet<String>) -> Result<HashMap<String, String>, tonic::Status> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let request = blueprints::BatchGetDecisionCardsRequest { names: names.into_iter().collect() };
    let cards = visit.api.decisions().batch_get_decision_cards(request).await?.into_inner().cards;
    Ok(cards.into_iter().map(|card| (card.blueprint, card.title)).collect())
}

async fn drafts(visit: &Visit, code: &str) -> Result<Vec<Line>, tonic::Status> {
    let filter = format!("organisation = \"organisations/{code}\" AND state = DRAFT");
    let request = blueprints::ListBlueprintsRequest { filter, page_size: 20, ..Default::default() };
    let line = |one: blueprints::Blueprint| Line {
        waits: false,
        address: format!("/{}/draft", one.name.trim_end_matches("/draft")),
        text: one.content.unwrap_or_default().title,
        state: "Draft".to_owned(),
    };
    let listed = visit.api.blueprints().list_blueprints(request).await?.into_inner();
    Ok(listed.blueprints.into_iter().map(line).collect())
}
