//! The people of one's organisation, with their roles.

use askama::Template;
use exemplar_proto::directory::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    frame: Frame,
    code: String,
    others: Vec<String>,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    name: String,
    email: String,
    roles: String,
    active: bool,
}

/// `GET /people?of=…`: of the organisation named, or of the reader's first.
pub(crate) async fn show(visit: Visit) -> Answer {
    visit.signed_in()?;
    let mine: Vec<String> = visit.caller.organisations().map(|one| one.code().to_owned()).collect();
    let asked = visit.params.text("of").to_uppercase();
    let code = if asked.is_empty() { mine.first().cloned().unwrap_or_default() } else { asked };
    let organisation = format!("organisations/{code}");
    let request = pb::ListPeopleRequest {
        organisation: organisation.clone(),
        page_size: 50,
        page_token: visit.params.text("after").to_owned(),
    };
    let listed = visit.api.people().list_people(request).await?.into_inner();
    let next = visit.params.without("after", None).with("after", &listed.next_page_token);
    let next = if listed.next_page_token.is_empty() { String::new() } else { format!("/people{}", next.query()) };
    Ok(page(&People {
        frame: visit.frame("Our people", Area::Mine),
        others: mine.into_iter().filter(|other| *other != code).collect(),
        rows: listed.people.into_iter().map(|person| row(person, &organisation)).collect(),
        code,
        next,
    }))
}

fn row(person: pb::Person, organisation: &str) -> Row {
    let here = person.memberships.iter().find(|membership| membership.organisation == organisation);
    let roles = here.map(|membership| membership.roles.as_slice()).unwrap_or_default();
    let roles = roles.iter().map(|role| words::word::<pb::Role>(*role)).collect::<Vec<_>>().join(", ");
    Row { name: person.display_name, email: person.email, roles: words::capital(&roles), active: person.active }
}
