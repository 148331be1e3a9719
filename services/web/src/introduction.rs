//! Asking the people who did it.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::card::Card;
use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

/// What can be asked for.
const KINDS: [(&str, &str); 3] = [("question", "An answer in writing"), ("call", "A call"), ("visit", "A visit")];

#[derive(Template)]
#[template(path = "ask.html")]
struct Ask {
    frame: Frame,
    id: String,
    title: String,
    organisations: Vec<String>,
    chosen: String,
    asked: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, &'static str, bool)>,
    question: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

/// `GET /blueprints/{id}/ask?of=…`.
pub(crate) async fn ask(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let typed = Params::default().with("kind", "question").with("form", &visit.form_id());
    let typed = typed.with("asked", visit.params.text("of"));
    form(&visit, &id, &typed, Vec::new()).await
}

/// `POST /blueprints/{id}/ask`.
pub(crate) async fn request(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let asked = typed.text("asked");
    let request = pb::RequestIntroductionRequest {
        blueprint: format!("blueprints/{id}"),
        asker: format!("organisations/{}", typed.text("organisation")),
        asked: if asked.is_empty() { String::new() } else { format!("organisations/{asked}") },
        kind: words::of_slug::<pb::IntroductionKind>(typed.text("kind")).unwrap_or_default(),
        question: typed.text("question").to_owned(),
        request_id: typed.text("form").to_owned(),
        ..Default::default()
    };
    match visit.api.introductions().request_introduction(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other("/home?done=asked")),
        Err(fault) if fault.is_of_form() => form(&visit, &id, &typed, fault.lines()).await,
        Err(fault) => Err(fault),
    }
}

async fn form(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Result<Response, Fault> {
    let request = pb::GetDecisionCardRequest { name: format!("blueprints/{id}") };
    let card = visit.api.decisions().get_decision_card(request).await?.into_inner().card.unwrap_or_default();
    let card = Card::from(card);
    let code = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mark = if errors.is_empty() { "" } else { "Error: " };
    let author = (card.code.clone(), format!("{}, who wrote it", card.organisation));
    let willing = card.adopters.iter().filter(|adopter| adopter.willing);
    let adopters = willing.map(|adopter| (adopter.code.clone(), format!("{}, who adopted it", adopter.name)));
    let wanted = if typed.text("asked").is_empty() { &card.code } else { typed.text("asked") };
    let asked = std::iter::once(author).chain(adopters);
    let shown = page(&Ask {
        frame: visit.frame(&format!("{mark}Ask about {}", card.title), Area::Find),
        id: id.to_owned(),
        organisations: visit.organisations(Role::Contributor).iter().map(|one| one.code().to_owned()).collect(),
        chosen: typed.text("organisation").to_owned(),
        asked: asked.map(|(code, name)| (code.clone(), name, code == *wanted)).collect(),
        kinds: KINDS.into_iter().map(|(slug, label)| (slug, label, typed.text("kind") == slug)).collect(),
        question: typed.text("question").to_owned(),
        form_id: typed.text("form").to_owned(),
        title: card.title,
        errors,
    });
    Ok((code, shown).into_response())
}
