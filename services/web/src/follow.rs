//! What the reader follows: saved searches, blueprints, organisations.

use askama::Template;
use axum::extract::Path;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

/// How often somebody may be told, by the word in forms.
pub(crate) const CADENCES: [(&str, &str); 3] =
    [("weekly", "Once a week"), ("daily", "Once a day"), ("at-once", "As soon as there is something")];

#[derive(Template)]
#[template(path = "follows.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    next: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

struct Row {
    id: String,
    name: String,
    note: String,
    address: String,
    what: &'static str,
    cadence: String,
    told: String,
}

/// `GET /follows`.
pub(crate) async fn list(visit: Visit) -> Answer {
    visit.signed_in()?;
    Ok(page(&listed(&visit, Vec::new()).await?))
}

async fn listed(visit: &Visit, errors: Vec<(String, String)>) -> Result<List, Fault> {
    let request = pb::ListFollowsRequest { page_size: 50, page_token: visit.params.text("after").to_owned() };
    let listed = visit.api.follows().list_follows(request).await?.into_inner();
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(List {
        frame: visit.frame(&format!("{mark}What I follow"), Area::Mine),
        next: visit.next("/follows", &listed.next_page_token),
        rows: listed.follows.into_iter().map(row).collect(),
        form_id: visit.form_id(),
        errors,
    })
}

fn row(follow: pb::Follow) -> Row {
    use pb::follow::Watched;
    let (what, address) = match follow.watched {
        Some(Watched::Search(search)) => ("Search", format!("/search{}", restored(&search).query())),
        Some(Watched::Blueprint(name)) => ("Blueprint", format!("/{name}")),
        Some(Watched::Organisation(name)) => ("Organisation", format!("/{name}")),
        Some(Watched::Topic(_)) | None => ("Topic", String::new()),
    };
    let cadence = words::slug::<pb::Cadence>(follow.cadence);
    let cadence = CADENCES.iter().find(|(word, _)| *word == cadence).map_or(CADENCES[0].1, |(_, text)| text);
    Row {
        id: words::last(&follow.name).to_owned(),
        told: words::day_of(follow.tell_time.as_ref()),
        cadence: cadence.to_owned(),
        name: follow.display_name,
        note: follow.note,
        address,
        what,
    }
}

/// The address of a saved search: its conditions are those that [`saved`] wrote; others stay conditions.
fn restored(search: &pb::SavedSearch) -> Params {
    let mut params = Params::default().with("q", &search.query).with("sort", "newest");
    for term in search.filter.split(" AND ").flat_map(|terms| terms.trim_matches(['(', ')']).split(" OR ")) {
        if let Some((field, value)) = term.split_once(" = ") {
            params = params.with(field.trim(), value.trim().trim_matches('"'));
        }
    }
    params
}

/// A search's state as a search to be told of: its words, and what was chosen as conditions.
pub(crate) fn saved(params: &Params, fields: &[&str]) -> pb::SavedSearch {
    let mut conditions = Vec::new();
    for field in fields {
        let terms: Vec<_> =
            params.all(field).iter().map(|term| format!("{field} = \"{}\"", term.replace(['"', '\\'], ""))).collect();
        match terms.len() {
            0 => {}
            1 => conditions.extend(terms),
            _ => conditions.push(format!("({})", terms.join(" OR "))),
        }
    }
    pb::SavedSearch { query: params.text("q").to_owned(), filter: conditions.join(" AND ") }
}

/// `POST /follows`: of a search, a blueprint or an organisation, as the form says.
pub(crate) async fn create(visit: Visit, Form(typed): Form) -> Answer {
    use pb::follow::Watched;
    visit.signed_in()?;
    let watched = match (typed.text("blueprint"), typed.text("organisation")) {
        ("", "") => {
            let state = Params::parse(typed.text("search").trim_start_matches('?').as_bytes());
            Watched::Search(saved(&state, &crate::search::fields()))
        }
        ("", code) => Watched::Organisation(format!("organisations/{code}")),
        (id, _) => Watched::Blueprint(format!("blueprints/{id}")),
    };
    let follow = pb::Follow {
        display_name: typed.text("name").to_owned(),
        cadence: words::of_slug::<pb::Cadence>(typed.text("cadence")).unwrap_or_default(),
        watched: Some(watched),
        ..Default::default()
    };
    let request = pb::CreateFollowRequest { follow: Some(follow), request_id: typed.text("form").to_owned() };
    match visit.api.follows().create_follow(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other("/follows?done=followed")),
        Err(fault) if fault.is_of_form() => {
            let again = listed(&visit, fault.lines()).await?;
            let code = if fault.fields.is_empty() { fault.code } else { StatusCode::BAD_REQUEST };
            Ok(axum::response::IntoResponse::into_response((code, page(&again))))
        }
        Err(fault) => Err(fault),
    }
}

/// `POST /follows/{id}/end`.
pub(crate) async fn end(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::DeleteFollowRequest { name: format!("follows/{id}"), request_id: typed.text("form").to_owned() };
    visit.api.follows().delete_follow(request).await?;
    Ok(see_other("/follows?done=unfollowed"))
}
