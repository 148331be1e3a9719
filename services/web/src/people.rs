//! The people of one's organisation: their roles, which its administrators set, and who is invited.

use askama::Template;
use axum::response::IntoResponse as _;
use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::directory::v1 as pb;

use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    frame: Frame,
    code: String,
    others: Vec<String>,
    rows: Vec<Row>,
    roles: Vec<String>,
    administers: bool,
    email: String,
    invitation: Option<(String, String)>,
    next: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

struct Row {
    id: String,
    name: String,
    email: String,
    roles: String,
    choices: Vec<(String, bool)>,
    active: bool,
    me: bool,
    etag: String,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invitation {
    frame: Frame,
    token: String,
    name: String,
    errors: Vec<(String, String)>,
}

/// The roles at an organisation, by their word in forms, least first.
fn roles() -> impl Iterator<Item = (i32, String)> {
    (1..=pb::Role::Admin.into()).map(|role| (role, words::slug::<pb::Role>(role)))
}

/// `GET /people?of=…`: of the organisation named, or of the reader's first.
pub(crate) async fn show(visit: Visit) -> Answer {
    visit.signed_in()?;
    let code = visit.params.text("of").to_uppercase();
    Ok(page(&shown(&visit, code, "", None, Vec::new()).await?))
}

async fn shown(
    visit: &Visit,
    code: String,
    email: &str,
    invitation: Option<(String, String)>,
    errors: Vec<(String, String)>,
) -> Result<People, Fault> {
    let mine: Vec<String> = visit.caller.organisations().map(|one| one.code().to_owned()).collect();
    let code = if code.is_empty() { mine.first().cloned().unwrap_or_default() } else { code };
    let organisation = format!("organisations/{code}");
    let request = pb::ListPeopleRequest {
        organisation: organisation.clone(),
        page_size: 50,
        page_token: visit.params.text("after").to_owned(),
    };
    let listed = visit.api.people().list_people(request).await?.into_inner();
    let me = visit.caller.person.map(|person| person.to_string()).unwrap_or_default();
    let administers = OrganisationId::from_code(&code).is_ok_and(|of| visit.caller.holds(Role::Admin, &of));
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(People {
        frame: visit.frame(&format!("{mark}Our people"), Area::Mine),
        others: mine.into_iter().filter(|other| *other != code).collect(),
        next: visit.next("/people", &listed.next_page_token),
        rows: listed.people.into_iter().map(|person| row(person, &organisation, &me)).collect(),
        roles: roles().map(|(_, role)| role).collect(),
        email: email.to_owned(),
        form_id: visit.form_id(),
        administers,
        invitation,
        code,
        errors,
    })
}

fn row(person: pb::Person, organisation: &str, me: &str) -> Row {
    let here = person.memberships.iter().find(|membership| membership.organisation == organisation);
    let held = here.map(|membership| membership.roles.as_slice()).unwrap_or_default();
    let named = held.iter().map(|role| words::word::<pb::Role>(*role)).collect::<Vec<_>>().join(", ");
    Row {
        choices: roles().map(|(role, word)| (word, held.contains(&role))).collect(),
        roles: words::capital(&named),
        id: words::last(&person.name).to_owned(),
        me: person.name == me,
        name: person.display_name,
        email: person.email,
        active: person.active,
        etag: person.etag,
    }
}

/// `POST /people/roles`: none removes the person from the organisation.
pub(crate) async fn set_roles(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let code = typed.text("organisation").to_owned();
    let request = pb::SetRolesRequest {
        person: format!("people/{}", typed.text("person")),
        organisation: format!("organisations/{code}"),
        roles: typed.all("role").iter().filter_map(|role| words::of_slug::<pb::Role>(role)).collect(),
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.people().set_roles(request).await.map_err(Fault::from) {
        Ok(_) => {
            let back = crate::params::Params::default().with("of", &code).with("done", "saved");
            Ok(see_other(&format!("/people{}", back.query())))
        }
        Err(fault) if fault.is_of_form() => {
            let again = shown(&visit, code, "", None, fault.lines()).await?;
            Ok((fault.code, page(&again)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// `POST /people/invite`: shows the token once, to be handed on.
pub(crate) async fn invite(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let (code, email) = (typed.text("organisation").to_owned(), typed.text("email").to_owned());
    let request = pb::InvitePersonRequest {
        email: email.clone(),
        organisation: format!("organisations/{code}"),
        roles: typed.all("role").iter().filter_map(|role| words::of_slug::<pb::Role>(role)).collect(),
        request_id: typed.text("form").to_owned(),
        ..Default::default()
    };
    match visit.api.people().invite_person(request).await.map_err(Fault::from) {
        Ok(made) => Ok(page(&shown(&visit, code, "", Some((email, made.into_inner().token)), Vec::new()).await?)),
        Err(fault) if fault.is_of_form() => {
            let again = shown(&visit, code, &email, None, fault.lines()).await?;
            Ok((fault.code, page(&again)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// `GET /invitation`.
pub(crate) async fn invited(visit: Visit) -> Answer {
    Ok(page(&invitation(&visit, "", "", Vec::new())))
}

fn invitation(visit: &Visit, token: &str, name: &str, errors: Vec<(String, String)>) -> Invitation {
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Invitation {
        frame: visit.frame(&format!("{mark}Take up an invitation"), Area::None),
        token: token.to_owned(),
        name: name.to_owned(),
        errors,
    }
}

/// `POST /invitation`: makes the account; one who has one is given the roles of the invitation.
pub(crate) async fn accept(visit: Visit, Form(typed): Form) -> Answer {
    use pb::accept_invitation_request::Credential;
    let (token, name) = (typed.text("token"), typed.text("name"));
    let password = typed.iter().find(|(name, _)| *name == "password").map_or("", |(_, value)| value);
    let request = pb::AcceptInvitationRequest {
        token: token.to_owned(),
        display_name: name.to_owned(),
        credential: (!password.is_empty()).then(|| Credential::Password(password.to_owned())),
    };
    match visit.api.people().accept_invitation(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other(if visit.caller.person.is_some() { "/home?done=saved" } else { "/sign-in?done=joined" })),
        Err(fault) if fault.is_of_form() || fault.code == http::StatusCode::NOT_FOUND => {
            let lines = if fault.code == http::StatusCode::NOT_FOUND {
                vec![("token".to_owned(), "There is no such invitation".to_owned())]
            } else {
                fault.lines()
            };
            let again = page(&invitation(&visit, token, name, lines));
            Ok((http::StatusCode::BAD_REQUEST, again).into_response())
        }
        Err(fault) => Err(fault),
    }
}
