//! Asking the people who did it, and what becomes of it.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::card::Card;
use crate::fault::{Answer, Fault, seen};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::session::see_other;
use crate::steps::steps;
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
        Ok(made) => {
            let name = made.into_inner().introduction.unwrap_or_default().name;
            Ok(see_other(&format!("/{name}?done=asked")))
        }
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

#[derive(Template)]
#[template(path = "introduction.html")]
struct Shown {
    frame: Frame,
    id: String,
    blueprint: (String, String),
    asker: String,
    asked: String,
    kind: String,
    state: String,
    facts: Vec<(&'static str, String)>,
    turn: Turn,
    etag: String,
    form_id: String,
    typed: String,
    errors: Vec<(String, String)>,
}

/// What the reader can do now.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Turn {
    answers: bool,
    promises: bool,
    completes: bool,
    withdraws: bool,
}

/// `GET /introductions/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    Ok(page(&shown(&visit, &id, &Params::default(), Vec::new()).await?))
}

async fn shown(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Result<Shown, Fault> {
    let request = pb::GetIntroductionRequest { name: format!("introductions/{id}") };
    let one = visit.api.introductions().get_introduction(request).await?.into_inner().introduction.unwrap_or_default();
    let request = pb::GetBlueprintRequest { name: one.blueprint.clone() };
    let blueprint = seen(visit.api.blueprints().get_blueprint(request).await)?.and_then(|answer| answer.blueprint);
    let title = blueprint.and_then(|blueprint| blueprint.content).map(|content| content.title);
    let (from, to) = (words::last(&one.asker).to_owned(), words::last(&one.asked).to_owned());
    let hours = if one.hours > 0 { words::count(one.hours, "hour", "hours") } else { String::new() };
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(Shown {
        frame: visit.frame(&format!("{mark}{from} asks {to}"), Area::Mine),
        id: id.to_owned(),
        blueprint: (format!("/{}", one.blueprint), title.unwrap_or_else(|| "a blueprint".to_owned())),
        kind: words::word::<pb::IntroductionKind>(one.kind),
        state: words::title::<pb::IntroductionState>(one.state),
        turn: turn(visit, &one),
        facts: vec![
            ("Asked on", words::day_of(one.request_time.as_ref())),
            ("Question", one.question),
            ("Promised", hours),
            ("Answer", one.answer),
            ("What came of it", one.outcome),
            ("Reason", one.reason),
        ],
        etag: one.etag,
        form_id: visit.form_id(),
        typed: ["answer", "reason", "outcome"].map(|field| typed.text(field)).concat(),
        asker: from,
        asked: to,
        errors,
    })
}

fn turn(visit: &Visit, one: &pb::Introduction) -> Turn {
    let holds = |role: Role, name: &str| OrganisationId::parse(name).is_ok_and(|of| visit.caller.holds(role, &of));
    let me = visit.caller.person.map(|person| person.to_string()).unwrap_or_default();
    let asked = one.recipient == me || holds(Role::Lead, &one.asked);
    let asks = holds(Role::Contributor, &one.asker);
    match pb::IntroductionState::try_from(one.state).unwrap_or_default() {
        pb::IntroductionState::Requested => {
            Turn { answers: asked, promises: asked, withdraws: asks, ..Turn::default() }
        }
        pb::IntroductionState::Accepted => {
            Turn { answers: asked, completes: asked || asks, withdraws: asks, ..Turn::default() }
        }
        pb::IntroductionState::Answered => Turn { completes: asked || asks, ..Turn::default() },
        pb::IntroductionState::Unspecified
        | pb::IntroductionState::Completed
        | pb::IntroductionState::Declined
        | pb::IntroductionState::Withdrawn => Turn::default(),
    }
}

/// `POST /introductions/{id}/accept`: promises as many hours as the kind usually takes.
pub(crate) async fn accept(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::AcceptIntroductionRequest {
        name: format!("introductions/{id}"),
        hours: 0,
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.introductions().accept_introduction(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other(&format!("/introductions/{id}?done=promised"))),
        Err(fault) if fault.is_of_form() => {
            Ok((fault.code, page(&shown(&visit, &id, &typed, fault.lines()).await?)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

steps! {
    introductions of "introductions" else shown;
    /// `POST /introductions/{id}/decline`.
    decline: DeclineIntroductionRequest { reason: "reason" } decline_introduction "declined-to-answer";
    /// `POST /introductions/{id}/answer`.
    answer: AnswerIntroductionRequest { answer: "answer" } answer_introduction "answered";
    /// `POST /introductions/{id}/complete`.
    complete: CompleteIntroductionRequest { outcome: "outcome" } complete_introduction "completed";
    /// `POST /introductions/{id}/withdraw`.
    withdraw: WithdrawIntroductionRequest { reason: "reason" } withdraw_introduction "withdrawn";
}
