//! Adopting a blueprint.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

/// How far one may have come, as forms offer it.
const STATES: [&str; 4] = ["considering", "planned", "in-progress", "live"];

#[derive(Template)]
#[template(path = "adopt.html")]
struct Adopt {
    frame: Frame,
    id: String,
    title: String,
    revision: i32,
    organisations: Vec<String>,
    states: Vec<(&'static str, String, bool)>,
    plan: String,
    date: String,
    willing: bool,
    chosen: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

/// `GET /blueprints/{id}/adopt`.
pub(crate) async fn ask(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let typed = Params::default().with("state", "considering").with("form", &visit.form_id());
    form(&visit, &id, &typed, Vec::new()).await
}

/// `POST /blueprints/{id}/adopt`.
pub(crate) async fn adopt(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::AdoptBlueprintRequest {
        blueprint: format!("blueprints/{id}/revisions/{}", typed.text("revision")),
        organisation: format!("organisations/{}", typed.text("organisation")),
        step: Some(pb::AdoptionStep {
            state: words::of_slug::<pb::AdoptionState>(typed.text("state")).unwrap_or_default(),
            date: typed.text("date").to_owned(),
            ..Default::default()
        }),
        plan: typed.text("plan").to_owned(),
        willing: typed.text("willing") == "yes",
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.adoptions().adopt_blueprint(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other(&format!("/blueprints/{id}?done=adopted"))),
        Err(fault) if fault.is_of_form() => form(&visit, &id, &typed, fault.lines()).await,
        Err(fault) => Err(fault),
    }
}

async fn form(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Result<Response, Fault> {
    let request = pb::GetBlueprintRequest { name: format!("blueprints/{id}") };
    let blueprint = visit.api.blueprints().get_blueprint(request).await?.into_inner().blueprint.unwrap_or_default();
    let title = blueprint.content.unwrap_or_default().title;
    let code = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mark = if errors.is_empty() { "" } else { "Error: " };
    let state = |slug: &'static str| (slug, words::capital(&slug.replace('-', " ")), typed.text("state") == slug);
    let shown = page(&Adopt {
        frame: visit.frame(&format!("{mark}Adopt {title}"), Area::Find),
        id: id.to_owned(),
        title,
        revision: blueprint.latest_revision,
        organisations: visit.organisations(Role::Lead).iter().map(|one| one.code().to_owned()).collect(),
        states: STATES.into_iter().map(state).collect(),
        plan: typed.text("plan").to_owned(),
        date: typed.text("date").to_owned(),
        willing: typed.text("willing") == "yes",
        chosen: typed.text("organisation").to_owned(),
        form_id: typed.text("form").to_owned(),
        errors,
    });
    Ok((code, shown).into_response())
}
