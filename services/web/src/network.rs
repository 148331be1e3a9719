//! The network: a picture, and the same facts in tables.

use std::collections::BTreeMap;

use askama::Template;
use exemplar_proto::network::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::picture::Picture;
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "network.html")]
struct Network {
    frame: Frame,
    region: String,
    regions: Vec<(String, String, bool)>,
    ended: bool,
    picture: Picture,
    members: Vec<Member>,
    edges: Vec<Edge>,
    truncated: bool,
}

/// One organisation and what it was named.
struct Member {
    code: String,
    name: String,
    region: String,
    designations: String,
    places: String,
}

/// One pairing.
struct Edge {
    address: String,
    exemplar: (String, String),
    partner: (String, String),
    state: String,
    health: &'static str,
    colour: &'static str,
    gave: String,
    got: String,
}

/// `GET /network?region=…&ended=yes`.
pub(crate) async fn show(visit: Visit) -> Answer {
    let region = visit.params.text("region").to_owned();
    let ended = visit.params.text("ended") == "yes";
    let request = pb::GetNetworkRequest { region: region.clone(), include_ended: ended, ..Default::default() };
    let view = visit.api.network().get_network(request).await?.into_inner();
    let names: BTreeMap<&str, &str> =
        view.nodes.iter().map(|node| (node.organisation.as_str(), node.display_name.as_str())).collect();
    let regions = regions(&view, &visit, &region);
    Ok(page(&Network {
        frame: visit.frame("Who is with whom", Area::Network),
        regions,
        ended,
        picture: Picture::of(&view),
        edges: view.edges.iter().map(|one| edge(one, &names)).collect(),
        members: view.nodes.iter().map(member).collect(),
        truncated: view.truncated,
        region,
    }))
}

/// The regions to choose from: those of this picture, and the way back to all.
fn regions(view: &pb::GetNetworkResponse, visit: &Visit, chosen: &str) -> Vec<(String, String, bool)> {
    let mut names: Vec<&str> =
        view.nodes.iter().map(|node| node.region.as_str()).filter(|one| !one.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let first = (
        "All regions".to_owned(),
        format!("/network{}", visit.params.without("region", None).query()),
        chosen.is_empty(),
    );
    let each = names.into_iter().map(|name| {
        let params = visit.params.without("region", None).with("region", name);
        (in_words(name), format!("/network{}", params.query()), name == chosen)
    });
    std::iter::once(first).chain(each).collect()
}

fn member(node: &pb::NetworkNode) -> Member {
    let kinds: Vec<_> = node.designations.iter().map(|one| words::word::<pb::DesignationKind>(one.kind)).collect();
    let left: i32 = node.designations.iter().map(|one| (one.capacity - one.taken).max(0)).sum();
    let has_places = node.designations.iter().any(|one| one.capacity > 0);
    Member {
        code: words::last(&node.organisation).to_owned(),
        name: node.display_name.clone(),
        region: place(node),
        designations: words::capital(&kinds.join(", ")),
        places: if has_places { left.to_string() } else { String::new() },
    }
}

/// Where a node is: its region, or its country where there is none.
pub(crate) fn place(node: &pb::NetworkNode) -> String {
    if node.region.is_empty() { node.country.clone() } else { in_words(&node.region) }
}

/// A region's slug in words.
fn in_words(region: &str) -> String {
    words::capital(&region.replace('-', " "))
}

fn edge(edge: &pb::NetworkEdge, names: &BTreeMap<&str, &str>) -> Edge {
    let pairing = edge.pairing.clone().unwrap_or_default();
    let side = |name: &str| {
        let shown = names.get(name).copied().unwrap_or_else(|| words::last(name));
        (words::last(name).to_owned(), shown.to_owned())
    };
    let (health, colour) = health(edge.health);
    Edge {
        address: format!("/{}", pairing.name),
        exemplar: side(&pairing.exemplar),
        partner: side(&pairing.partner),
        state: words::title::<pb::PairingState>(pairing.state),
        health,
        colour,
        gave: gave(edge.from_exemplar.as_ref()),
        got: gave(edge.from_partner.as_ref()),
    }
}

/// How well a pairing goes, in words and as the colour of a tag.
pub(crate) fn health(number: i32) -> (&'static str, &'static str) {
    match pb::PairingHealth::try_from(number).unwrap_or_default() {
        pb::PairingHealth::Unspecified => ("", "grey"),
        pb::PairingHealth::Green => ("Going well", "green"),
        pb::PairingHealth::Amber => ("Needs attention", "yellow"),
        pb::PairingHealth::Red => ("In trouble", "red"),
    }
}

fn gave(exchange: Option<&pb::Exchange>) -> String {
    let Some(exchange) = exchange else { return String::new() };
    let parts = [
        (exchange.questions, "answer", "answers"),
        (exchange.visits, "visit", "visits"),
        (exchange.blueprints, "blueprint", "blueprints"),
        (exchange.adaptations, "adaptation", "adaptations"),
    ];
    let some = parts.into_iter().filter(|(number, ..)| *number > 0);
    some.map(|(number, one, many)| words::count(number, one, many)).collect::<Vec<_>>().join(", ")
}
