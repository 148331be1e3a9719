//! The pages and their addresses. `tests/it/pages/matrix.rs` has a row for each: who may open it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use exemplar_academy::Academy;
use exemplar_blueprints::Blueprints;
use exemplar_directory::Directory;
use exemplar_inbox::Inbox;
use exemplar_kernel::Principal;
use http::{Method, StatusCode};
use tonic::service::Routes;

use crate::fault::Fault;
use crate::frame::refused;
use crate::headers::secure;
use crate::session::{cookie, is_ours, see_other};
use crate::{
    adoption, artefacts, assets, blueprint, cohort, comment, compare, credentials, difference, draft, follow, home,
    inbox, introduction, marks, network, organisation, pairing, partners, people, record, review, round, search,
    session, status, unsubscribe, wanted,
};

/// What pages are made from.
#[derive(Clone)]
pub struct Pages {
    /// Every service of the API, called without a wire.
    pub services: Routes,
    /// Sessions of browsers, time and chance.
    pub directory: Directory,
    /// Who holds which credential.
    pub academy: Academy,
    /// The state of the index, and the content of files.
    pub blueprints: Blueprints,
    /// What people are told by e-mail.
    pub inbox: Inbox,
    /// The version of the server.
    pub version: &'static str,
}

/// Every page.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .merge(anyone())
        .merge(members())
        .route("/healthz", get(status::alive))
        .route("/readyz", get(status::ready))
        .route("/assets/base.css", get(assets::base))
        .route("/assets/exemplar.css", get(assets::own))
        .route("/assets/favicon.svg", get(assets::icon))
        .route("/artefacts/{id}", get(artefacts::download))
        .fallback(async || Fault::nothing_here())
        .method_not_allowed_fallback(async || {
            Fault::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not take that kind of request.")
        })
        .layer(middleware::from_fn_with_state(pages.clone(), enter))
        .with_state(pages)
}

/// Pages that nobody has to sign in for.
fn anyone() -> Router<Pages> {
    Router::new()
        .route("/", get(home::start))
        .route("/status", get(status::show))
        .route("/accessibility", get(home::accessibility))
        .route("/sign-in", get(session::ask).post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/invitation", get(people::invited).post(people::accept))
        .route("/search", get(search::show))
        .route("/compare", get(compare::show))
        .route("/blueprints/{id}", get(blueprint::newest))
        .route("/blueprints/{id}/revisions/{number}", get(blueprint::revision))
        .route("/blueprints/{id}/changes", get(difference::show))
        .route("/organisations", get(organisation::list))
        .route("/organisations/{code}", get(organisation::show))
        .route("/network", get(network::show))
        .route("/rounds", get(round::list))
        .route("/rounds/{id}", get(round::show))
        .route("/pairings/{id}", get(pairing::show))
        .route("/unsubscribe/{token}", get(unsubscribe::ask).post(unsubscribe::end))
        .route("/credentials", get(credentials::asked))
        .route("/credentials/status", get(credentials::status_list))
        .route("/credentials/{code}", get(credentials::by_code))
        .route("/.well-known/did.json", get(credentials::did))
        .route("/.well-known/jwks.json", get(credentials::jwks))
}

/// Pages of those who have signed in.
fn members() -> Router<Pages> {
    Router::new()
        .route("/home", get(home::work))
        .route("/follows", get(follow::list).post(follow::create))
        .route("/follows/{id}/end", post(follow::end))
        .route("/wanted", get(wanted::list).post(wanted::ask))
        .route("/wanted/{id}/claim", post(wanted::claim))
        .route("/inbox", get(inbox::show))
        .route("/inbox/done", post(inbox::done))
        .route("/inbox/read", post(inbox::read))
        .route("/introductions/{id}", get(introduction::show))
        .route("/introductions/{id}/accept", post(introduction::accept))
        .route("/introductions/{id}/decline", post(introduction::decline))
        .route("/introductions/{id}/answer", post(introduction::answer))
        .route("/introductions/{id}/complete", post(introduction::complete))
        .route("/introductions/{id}/withdraw", post(introduction::withdraw))
        .route("/people", get(people::show))
        .route("/people/roles", post(people::set_roles))
        .route("/people/invite", post(people::invite))
        .route("/partners", get(partners::show))
        .route("/pairings", post(pairing::propose))
        .route("/pairings/{id}/accept", post(pairing::accept))
        .route("/pairings/{id}/decline", post(pairing::decline))
        .route("/pairings/{id}/check-ins", post(pairing::check_in))
        .route("/pairings/{id}/sign", post(pairing::sign))
        .route("/blueprints/{id}/adopt", get(adoption::ask).post(adoption::adopt))
        .route("/blueprints/{id}/ask", get(introduction::ask).post(introduction::request))
        .route("/blueprints/{id}/draft", get(draft::show))
        .route("/blueprints/{id}/draft/{section}", get(draft::section).post(draft::save))
        .route("/blueprints/{id}/submit", post(draft::submit))
        .route("/blueprints/{id}/publish", post(draft::publish))
        .route("/blueprints/{id}/comments", post(comment::add))
        .route("/blueprints/{id}/comments/{comment}", post(comment::resolve))
        .route("/reviews", get(review::list))
        .route("/reviews/{id}", get(review::show))
        .route("/reviews/{id}/sign-off", post(review::sign_off))
        .route("/reviews/{id}/assign", post(review::assign))
        .route("/reviews/{id}/assure", post(review::assure))
        .route("/reviews/{id}/return", post(review::send_back))
        .route("/reviews/{id}/reject", post(review::reject))
        .route("/reviews/{id}/retract", post(review::retract))
        .route("/reviews/{id}/conflict", post(review::conflict))
        .route("/drafts", get(draft::begin).post(draft::create))
        .route("/enrolments/{id}", get(record::show))
        .route("/qualifications/{id}/certificate", get(record::certificate))
        .route("/cohorts", get(cohort::list))
        .route("/cohorts/{id}", get(cohort::show))
        .route("/cohorts/{id}/marks", get(marks::ask).post(marks::record))
        .route("/cohorts/{id}/undo", post(marks::undo))
}

/// Finds out who asks, keeps out what other sites send, makes pages of refusals, and adds the headers.
async fn enter(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let (asks, method) = (request.method() == Method::GET, request.method().clone());
    let known = request.extensions().get::<Arc<Principal>>().cloned().unwrap_or_default();
    let cookie = cookie(request.headers()).map(str::to_owned);
    let caller = match caller(&pages, known, cookie).await {
        Ok(caller) => caller,
        Err(fault) => return secure(refused(&fault, &Principal::anonymous(), &address)),
    };
    request.extensions_mut().insert(Arc::clone(&caller));
    // Programs that read mail send neither a cookie nor where they come from.
    let by_letter = request.uri().path().starts_with("/unsubscribe/");
    let mut response = if by_letter || is_ours(&method, request.headers()) {
        next.run(request).await
    } else {
        axum::response::IntoResponse::into_response(Fault::new(
            StatusCode::FORBIDDEN,
            "The form did not come from a page of this service. Open the page again and send it from there.",
        ))
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        let sign_in = fault.code == StatusCode::UNAUTHORIZED && caller.person.is_none();
        response = if sign_in {
            let then = if asks { address } else { String::new() };
            see_other(&format!("/sign-in{}", crate::params::Params::default().with("then", &then).query()))
        } else {
            refused(&fault, &caller, &address)
        };
    }
    secure(response)
}

/// The one whose token the front door has checked, or whose cookie it is. A cookie that is good no more is overlooked.
async fn caller(pages: &Pages, known: Arc<Principal>, cookie: Option<String>) -> Result<Arc<Principal>, Fault> {
    let Some(cookie) = cookie.filter(|_| known.person.is_none()) else { return Ok(known) };
    let caller = pages.directory.browser(&cookie).await.map_err(tonic::Status::from)?;
    Ok(caller.unwrap_or(known))
}
