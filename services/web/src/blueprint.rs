//! A blueprint: the decision card and whom to ask first, then the text.

use askama::Template;
use axum::extract::Path;
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;

use crate::card::Card;
use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "blueprint.html")]
struct Shown {
    frame: Frame,
    id: String,
    title: String,
    summary: String,
    date: String,
    revision: i32,
    latest: i32,
    change_note: String,
    card: Card,
    contacts: Vec<Contact>,
    sections: Vec<Section>,
    revisions: Vec<i32>,
    files: Vec<File>,
    related: Vec<(String, String, String)>,
    can_draft: bool,
    short: String,
    form_id: String,
}

struct Contact {
    name: String,
    role: String,
    code: String,
    willing: &'static str,
}

struct Section {
    anchor: String,
    title: String,
    html: String,
}

struct File {
    name: String,
    address: String,
    about: String,
    description: String,
}

/// `GET /blueprints/{id}`: the newest revision that the reader may see.
pub(crate) async fn newest(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, format!("blueprints/{id}")).await
}

/// `GET /blueprints/{id}/revisions/{number}`.
pub(crate) async fn revision(visit: Visit, Path((id, number)): Path<(String, String)>) -> Answer {
    show(&visit, format!("blueprints/{id}/revisions/{number}")).await
}

async fn show(visit: &Visit, name: String) -> Answer {
    let request = pb::GetBlueprintRequest { name };
    let blueprint = visit.api.blueprints().get_blueprint(request).await?.into_inner().blueprint.unwrap_or_default();
    let id = words::last(&blueprint.name).to_owned();
    let bare = format!("blueprints/{id}");
    let parent = format!("{bare}/revisions/{}", blueprint.revision);
    let (card, files, related) = if blueprint.revision == 0 {
        (Card::default(), Vec::new(), Vec::new())
    } else {
        let card = pb::GetDecisionCardRequest { name: bare.clone() };
        let card = visit.api.decisions().get_decision_card(card).await?.into_inner().card.unwrap_or_default();
        let files = pb::ListArtefactsRequest { parent, page_size: 100, ..Default::default() };
        let files = visit.api.artefacts().list_artefacts(files).await?.into_inner().artefacts;
        let related = pb::RelatedRequest { name: bare, limit: 4 };
        let related = visit.api.searches().related(related).await?.into_inner().related;
        (Card::from(card), files, related)
    };
    let content = blueprint.content.unwrap_or_default();
    let owner = words::last(&blueprint.organisation).to_owned();
    let frame = visit.frame(&content.title, Area::Find);
    Ok(page(&Shown {
        can_draft: visit.organisations(Role::Contributor).iter().any(|organisation| organisation.code() == owner),
        short: content.title.chars().take(120).collect(),
        form_id: visit.form_id(),
        frame,
        id,
        title: content.title,
        summary: content.summary,
        date: words::day_of(blueprint.publish_time.as_ref()),
        revision: blueprint.revision,
        latest: blueprint.latest_revision,
        change_note: blueprint.change_note,
        card,
        contacts: content.contacts.into_iter().map(|one| contact(one, &owner)).collect(),
        sections: content.sections.iter().map(section).collect(),
        revisions: (1..=blueprint.latest_revision).rev().take(50).collect(),
        files: files.into_iter().map(file).collect(),
        related: related.into_iter().filter_map(neighbour).collect(),
    }))
}

fn contact(contact: pb::Contact, owner: &str) -> Contact {
    let willing = match pb::Willing::try_from(contact.willing).unwrap_or_default() {
        pb::Willing::Unspecified | pb::Willing::No => "",
        pb::Willing::Question => "answers questions",
        pb::Willing::Call => "answers questions and takes calls",
        pb::Willing::Visit => "answers questions, takes calls and has visitors",
    };
    let code = words::last(&contact.organisation);
    let code = if code.is_empty() { owner } else { code }.to_owned();
    Contact { name: contact.display_name, role: contact.role, code, willing }
}

fn section(section: &pb::Section) -> Section {
    Section {
        anchor: words::slug::<pb::SectionKind>(section.kind),
        title: words::title::<pb::SectionKind>(section.kind),
        html: exemplar_blueprints::markdown_as_html(&section.body),
    }
}

fn file(file: pb::Artefact) -> File {
    let details = file.details.unwrap_or_default();
    let kind = words::title::<pb::ArtefactKind>(details.kind);
    let ending = details.file_name.rsplit('.').next().unwrap_or_default().to_uppercase();
    let scanned = if file.scanned { "" } else { ", not scanned" };
    let about = format!("{kind}, {ending}, {}, licence {}{scanned}", words::size(file.size_bytes), details.licence);
    File { address: format!("/{}", file.name), name: details.file_name, about, description: details.description }
}

fn neighbour(related: pb::RelatedBlueprint) -> Option<(String, String, String)> {
    let blueprint = related.blueprint?;
    Some((format!("/{}", blueprint.name), blueprint.content?.title, related.organisation_display_name))
}
