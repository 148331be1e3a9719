//! What is said of a draft: comments on it and on its sections, beside them.

use std::collections::BTreeMap;

use axum::extract::Path;
use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::directory::v1 as directory;

use crate::fault::{Answer, Fault, seen};
use crate::session::{own_address, see_other};
use crate::visit::{Form, Visit};
use crate::words;

/// Comments of a draft that are shown at the most, the newest.
const COMMENTS: i32 = 200;
/// People of an organisation whose names are looked up at once.
const PEOPLE: i32 = 200;

/// A comment in words.
pub(crate) struct Comment {
    /// Its id.
    pub(crate) id: String,
    /// The section that it is about; 0 for the whole.
    pub(crate) section: i32,
    /// What it says.
    pub(crate) body: String,
    /// Who wrote it, and when.
    pub(crate) by: String,
    /// Whether it is dealt with.
    pub(crate) resolved: bool,
    /// Whether the reader may say that it is.
    pub(crate) can_resolve: bool,
}

/// The names of an organisation's people, for who may know them.
pub(crate) struct Names {
    names: BTreeMap<String, String>,
    me: String,
}

impl Names {
    /// Those of an organisation; none where the reader is not of it.
    pub(crate) async fn of(visit: &Visit, organisation: &str) -> Result<Self, Fault> {
        let me = visit.caller.person.map(|person| person.to_string()).unwrap_or_default();
        let request = directory::ListPeopleRequest {
            organisation: organisation.to_owned(),
            page_size: PEOPLE,
            ..Default::default()
        };
        let people = seen(visit.api.people().list_people(request).await)?.unwrap_or_default().people;
        Ok(Self { names: people.into_iter().map(|person| (person.name, person.display_name)).collect(), me })
    }

    /// What to call a person: by name, or as what they are where the reader may not know the name.
    pub(crate) fn call(&self, person: &str, otherwise: &str) -> String {
        match self.names.get(person) {
            _ if person == self.me => "you".to_owned(),
            Some(name) => name.clone(),
            None => otherwise.to_owned(),
        }
    }
}

/// The comments on a draft, newest first; none where the reader may not read it.
pub(crate) async fn of(visit: &Visit, id: &str, owner: &str, names: &Names) -> Result<Vec<Comment>, Fault> {
    let request =
        pb::ListCommentsRequest { blueprint: format!("blueprints/{id}"), page_size: COMMENTS, ..Default::default() };
    let comments = seen(visit.api.reviews().list_comments(request).await)?.unwrap_or_default().comments;
    let owner = OrganisationId::parse(owner).ok();
    let contributes = owner.is_some_and(|owner| visit.caller.holds(Role::Contributor, &owner));
    let comment = |one: pb::Comment| {
        let author = names.call(&one.author, "a reviewer");
        Comment {
            id: words::last(&one.name).to_owned(),
            section: one.section,
            can_resolve: one.resolve_time.is_none() && (contributes || author == "you"),
            resolved: one.resolve_time.is_some(),
            by: format!("{}, {}", words::capital(&author), words::day_of(one.create_time.as_ref())),
            body: one.body,
        }
    };
    Ok(comments.into_iter().map(comment).collect())
}

/// `POST /blueprints/{id}/comments`, from the page that the form names.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::AddCommentRequest {
        blueprint: format!("blueprints/{id}"),
        section: words::of_slug::<pb::SectionKind>(typed.text("section")).unwrap_or_default(),
        body: typed.text("comment").replace("\r\n", "\n"),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.reviews().add_comment(request).await?;
    Ok(see_other(&back(typed.text("then"), &id, "commented")))
}

/// `POST /blueprints/{id}/comments/{comment}`: says that it is dealt with.
pub(crate) async fn resolve(visit: Visit, Path((id, comment)): Path<(String, String)>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request =
        pb::ResolveCommentRequest { name: format!("comments/{comment}"), request_id: typed.text("form").to_owned() };
    visit.api.reviews().resolve_comment(request).await?;
    Ok(see_other(&back(typed.text("then"), &id, "resolved")))
}

/// Back to the page that the form was on.
fn back(then: &str, id: &str, done: &str) -> String {
    let then = own_address(then);
    let page = then.split(['?', '#']).next().filter(|page| !page.is_empty());
    page.map_or_else(|| format!("/blueprints/{id}/draft?done={done}"), |page| format!("{page}?done={done}"))
}
