//! What people want and do not find: asking for it, and saying that one's organisation will write about it.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

#[derive(Template)]
#[template(path = "wanted.html")]
struct Wanted {
    frame: Frame,
    rows: Vec<Row>,
    leads: Vec<String>,
    next: String,
    typed: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

struct Row {
    id: String,
    words: String,
    wanted: String,
    state: String,
    open: bool,
    code: String,
    blueprint: String,
    asked: bool,
}

/// `GET /wanted`.
pub(crate) async fn list(visit: Visit) -> Answer {
    visit.signed_in()?;
    Ok(page(&listed(&visit, visit.params.text("q"), Vec::new()).await?))
}

async fn listed(visit: &Visit, typed: &str, errors: Vec<(String, String)>) -> Result<Wanted, Fault> {
    let request = pb::ListWantedTopicsRequest {
        page_size: 50,
        page_token: visit.params.text("after").to_owned(),
        ..Default::default()
    };
    let listed = visit.api.demands().list_wanted_topics(request).await?.into_inner();
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(Wanted {
        frame: visit.frame(&format!("{mark}Wanted guidance"), Area::Find),
        next: visit.next("/wanted", &listed.next_page_token),
        rows: listed.topics.into_iter().map(row).collect(),
        leads: visit.organisations(Role::Lead).iter().map(|one| one.code().to_owned()).collect(),
        form_id: visit.form_id(),
        typed: typed.to_owned(),
        errors,
    })
}

fn row(topic: pb::WantedTopic) -> Row {
    let counted = [
        (topic.seeker_count, "person looked for it", "people looked for it"),
        (topic.ask_count, "person asked for it", "people asked for it"),
        (topic.stop_count, "organisation stopped for want of it", "organisations stopped for want of it"),
    ];
    let counted = counted.into_iter().filter(|(number, ..)| *number > 0);
    let counted: Vec<_> = counted.map(|(number, one, many)| words::count(number, one, many)).collect();
    let open = topic.state() == pb::TopicState::Open;
    Row {
        id: words::last(&topic.name).to_owned(),
        wanted: if counted.is_empty() { "Fewer than five people so far".to_owned() } else { counted.join("; ") },
        state: match topic.state() {
            pb::TopicState::Open | pb::TopicState::Unspecified => "Nobody writes about it yet",
            pb::TopicState::Claimed => "Being written",
            pb::TopicState::Answered => "Answered",
        }
        .to_owned(),
        code: words::last(&topic.organisation).to_owned(),
        blueprint: topic.blueprint,
        asked: topic.asked,
        words: topic.words,
        open,
    }
}

/// `POST /wanted`: asks for guidance that nobody has written.
pub(crate) async fn ask(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::AskForTopicRequest {
        words: typed.text("words").to_owned(),
        tell: typed.text("tell") == "yes",
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.demands().ask_for_topic(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other("/wanted?done=wanted")),
        Err(fault) if fault.is_of_form() => {
            let again: Response = page(&listed(&visit, typed.text("words"), fault.lines()).await?);
            Ok((fault.code, again).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// `POST /wanted/{id}/claim`: an organisation will write about it.
pub(crate) async fn claim(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::ClaimTopicRequest {
        name: format!("wantedTopics/{id}"),
        organisation: format!("organisations/{}", typed.text("organisation")),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.demands().claim_topic(request).await?;
    Ok(see_other("/wanted?done=claimed"))
}
