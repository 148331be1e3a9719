//! Organisations: the list, and one with its places, pairings, blueprints and record systems.

use askama::Template;
use axum::extract::Path;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1 as network;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "organisations.html")]
struct List {
    frame: Frame,
    region: String,
    system: String,
    rows: Vec<directory::Organisation>,
    next: String,
}

#[derive(Template)]
#[template(path = "organisation.html")]
struct One {
    frame: Frame,
    organisation: directory::Organisation,
    profile: directory::Profile,
    code: String,
    designations: Vec<(String, String, String)>,
    pairings: Vec<(String, String, String, String)>,
    blueprints: Vec<(String, String, String)>,
    people: Vec<(String, String, String)>,
    short: String,
    own: bool,
    form_id: String,
}

/// `GET /organisations?region=…&system=…`.
pub(crate) async fn list(visit: Visit) -> Answer {
    let (region, system) = (visit.params.text("region").to_owned(), visit.params.text("system").to_owned());
    let quoted = |text: &str| text.replace(['"', '\\'], "");
    let mut terms = vec!["status = open".to_owned()];
    if !region.is_empty() {
        terms.push(format!("region = \"{}\"", quoted(&region)));
    }
    if !system.is_empty() {
        terms.push(format!("epr_supplier = \"{}\"", quoted(&system)));
    }
    let request = directory::ListOrganisationsRequest {
        filter: terms.join(" AND "),
        page_size: 50,
        page_token: visit.params.text("after").to_owned(),
        ..Default::default()
    };
    let listed = visit.api.organisations().list_organisations(request).await?.into_inner();
    let next = visit.params.without("after", None).with("after", &listed.next_page_token);
    let next =
        if listed.next_page_token.is_empty() { String::new() } else { format!("/organisations{}", next.query()) };
    let frame = visit.frame("Organisations", Area::Network);
    Ok(page(&List { frame, region, system, rows: listed.organisations, next }))
}

/// `GET /organisations/{code}`.
pub(crate) async fn show(visit: Visit, Path(code): Path<String>) -> Answer {
    let name = format!("organisations/{code}");
    let request = directory::GetOrganisationRequest { name: name.clone() };
    let organisation = visit.api.organisations().get_organisation(request).await?.into_inner();
    let organisation = organisation.organisation.unwrap_or_default();
    let filter = format!("organisation = \"{name}\"");
    let request = network::ListDesignationsRequest { filter: filter.clone(), page_size: 20, ..Default::default() };
    let designations = visit.api.designations().list_designations(request).await?.into_inner().designations;
    let request = network::ListPairingsRequest { filter, page_size: 50, ..Default::default() };
    let pairings = visit.api.pairings().list_pairings(request).await?.into_inner().pairings;
    let request = blueprints::SearchRequest {
        organisations: vec![name.clone()],
        order: blueprints::SearchOrder::Newest.into(),
        page_size: 20,
        ..Default::default()
    };
    let found = visit.api.searches().search(request).await?.into_inner();
    let pairing = |one: network::Pairing| {
        let other = if one.exemplar == name { &one.partner } else { &one.exemplar };
        let (kind, state) =
            (words::title::<network::PairingKind>(one.kind), words::title::<network::PairingState>(one.state));
        (format!("/{}", one.name), words::last(other).to_owned(), kind, state)
    };
    let person = |one: blueprints::PersonHits| {
        let address = one.blueprints.first().map(|name| format!("/{name}/ask")).unwrap_or_default();
        (one.display_name, one.role, address)
    };
    Ok(page(&One {
        frame: visit.frame(&organisation.display_name, Area::Network),
        own: visit.caller.organisations().any(|one| one.to_string() == name),
        short: organisation.display_name.chars().take(120).collect(),
        form_id: visit.form_id(),
        designations: designations.iter().map(designation).collect(),
        pairings: pairings.into_iter().map(pairing).collect(),
        people: found.people.into_iter().map(person).collect(),
        blueprints: found.hits.into_iter().filter_map(blueprint).collect(),
        profile: organisation.profile.clone().unwrap_or_default(),
        code: words::last(&organisation.name).to_owned(),
        organisation,
    }))
}

fn designation(designation: &network::Designation) -> (String, String, String) {
    let kind = words::title::<network::DesignationKind>(designation.kind);
    let places = match designation.capacity {
        0 => String::new(),
        capacity => format!("{} of {} taken", designation.taken, words::count(capacity, "place", "places")),
    };
    (kind, words::day_in_words(&designation.start_date), places)
}

fn blueprint(hit: blueprints::Hit) -> Option<(String, String, String)> {
    let blueprint = hit.blueprint?;
    let date = words::day_of(blueprint.publish_time.as_ref());
    Some((format!("/{}", blueprint.name), blueprint.content?.title, date))
}
