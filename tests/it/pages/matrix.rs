//! The matrix of pages: every address by every kind of caller. `matrix.txt` is what people read; a route without a row
//! fails. After a deliberate change: `EXEMPLAR_UPDATE=1 cargo test --workspace --test it -- pages::every_page`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::network::v1 as network;
use exemplar_tests::{Actor, Database, World};

use super::{Answer, Reader, shown};
use crate::academy::one_learner;
use crate::blueprints::{create, on_a_page};

/// Answers that are the same for everybody and have tests of their own.
const ELSEWHERE: [&str; 10] = [
    "GET /healthz",
    "GET /readyz",
    "GET /assets/base.css",
    "GET /assets/exemplar.css",
    "GET /assets/favicon.svg",
    "GET /artefacts/{id}",
    "POST /sign-in",
    "GET /credentials/status",
    "GET /.well-known/did.json",
    "GET /.well-known/jwks.json",
];

/// The places of a row's address that are about the scene.
pub(super) struct Scene {
    public: String,
    draft: String,
    review: String,
    introduction: String,
    pairing: String,
    cohort: String,
    enrolment: String,
    round: String,
}

pub(super) async fn scene(world: &World) -> Scene {
    world.organisations(&["RGT", "RRV", "RBL"]).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 2).await;
    let public = shown(world, "Open to all", "So.").await;
    let lead = world.at("RGT", Role::Lead).await;
    let request = create("RGT", pb::Visibility::Public, on_a_page("Not yet released", "so"));
    let draft = lead.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
    let review = in_review(world, &lead).await;
    let asker = world.at("RRV", Role::Lead).await;
    let ask = pb::RequestIntroductionRequest {
        blueprint: public.clone(),
        asker: "organisations/RRV".into(),
        kind: pb::IntroductionKind::Question.into(),
        question: "How did you train the nights?".into(),
        ..Default::default()
    };
    let introduction = asker.introductions().request_introduction(ask).await.unwrap().into_inner();
    let introduction = introduction.introduction.unwrap().name;
    let propose = network::ProposePairingRequest {
        exemplar: "organisations/RGT".into(),
        partner: "organisations/RRV".into(),
        proposer: "organisations/RGT".into(),
        kind: network::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    };
    let pairing = lead.pairings().propose_pairing(propose).await.unwrap().into_inner().pairing.unwrap().name;
    let learner = world.person(&[], &[]).await;
    let (cohort, enrolment) = one_learner(world, &learner).await;
    let round = "rounds/0198f0f0-0000-7000-8000-000000000000".to_owned();
    Scene { public, draft, review, introduction, pairing, cohort, enrolment, round }
}

/// A review of RGT's that is signed off, so that reviewers see it.
async fn in_review(world: &World, lead: &Actor) -> String {
    let request = create("RGT", pb::Visibility::Public, on_a_page("A draft in review", "so"));
    let draft = lead.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
    let submit = pb::SubmitBlueprintRequest { name: draft, ..Default::default() };
    let review = lead.reviews().submit_blueprint(submit).await.unwrap().into_inner().review.unwrap().name;
    let approver = world.at("RGT", Role::Approver).await;
    let sign_off = pb::SignOffReviewRequest { name: review.clone(), ..Default::default() };
    approver.reviews().sign_off_review(sign_off).await.unwrap();
    review
}

/// A row: the route, an address of it, and the form that is sent there.
pub(super) type Row = (&'static str, String, Vec<(&'static str, &'static str)>);

/// Each route, and an address with a form that reaches its authorisation and no further.
pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let Scene { public, draft, review, introduction, pairing, cohort, enrolment, round } = scene;
    let stale = || vec![("etag", "v999"), ("organisation", "RGT"), ("revision", "9"), ("note", "so"), ("reason", "so")];
    let id = public.split('/').next_back().unwrap_or_default();
    vec![
        ("GET /", "/".to_owned(), vec![]),
        ("GET /status", "/status".to_owned(), vec![]),
        ("GET /accessibility", "/accessibility".to_owned(), vec![]),
        ("GET /sign-in", "/sign-in".to_owned(), vec![]),
        ("GET /search", "/search?q=open".to_owned(), vec![]),
        (
            "GET /compare",
            format!("/compare?with={id}&with={}", draft.split('/').next_back().unwrap_or_default()),
            vec![],
        ),
        ("GET /blueprints/{id}", format!("/{draft}"), vec![]),
        ("GET /blueprints/{id}/revisions/{number}", format!("/{public}/revisions/1"), vec![]),
        ("GET /blueprints/{id}/changes", format!("/{public}/changes"), vec![]),
        ("GET /organisations", "/organisations".to_owned(), vec![]),
        ("GET /organisations/{code}", "/organisations/RGT".to_owned(), vec![]),
        ("GET /network", "/network".to_owned(), vec![]),
        ("GET /rounds", "/rounds".to_owned(), vec![]),
        ("GET /rounds/{id}", format!("/{round}"), vec![]),
        ("GET /pairings/{id}", format!("/{pairing}"), vec![]),
        ("GET /credentials", "/credentials".to_owned(), vec![]),
        ("GET /credentials/{code}", "/credentials/7K3M-9QXT-2B4V-H8ND".to_owned(), vec![]),
        ("GET /unsubscribe/{token}", "/unsubscribe/0123456789abcdef".to_owned(), vec![]),
        ("POST /unsubscribe/{token}", "/unsubscribe/0123456789abcdef".to_owned(), vec![]),
        ("GET /home", "/home".to_owned(), vec![]),
        ("GET /follows", "/follows".to_owned(), vec![]),
        ("POST /follows", "/follows".to_owned(), vec![("name", "")]),
        ("POST /follows/{id}/end", "/follows/0198f0f0-0000-7000-8000-000000000000/end".to_owned(), vec![]),
        ("GET /wanted", "/wanted".to_owned(), vec![]),
        ("POST /wanted", "/wanted".to_owned(), vec![("words", "")]),
        (
            "POST /wanted/{id}/claim",
            "/wanted/0198f0f0-0000-7000-8000-000000000000/claim".to_owned(),
            vec![("organisation", "RGT")],
        ),
        ("GET /inbox", "/inbox".to_owned(), vec![]),
        ("POST /inbox/done", "/inbox/done".to_owned(), vec![("item", "0198f0f0-0000-7000-8000-000000000000")]),
        ("POST /inbox/read", "/inbox/read".to_owned(), vec![("item", "0198f0f0-0000-7000-8000-000000000000")]),
        ("GET /introductions/{id}", format!("/{introduction}"), vec![]),
        ("POST /introductions/{id}/accept", format!("/{introduction}/accept"), stale()),
        ("POST /introductions/{id}/decline", format!("/{introduction}/decline"), stale()),
        (
            "POST /introductions/{id}/answer",
            format!("/{introduction}/answer"),
            vec![("answer", "so"), ("etag", "v999")],
        ),
        (
            "POST /introductions/{id}/complete",
            format!("/{introduction}/complete"),
            vec![("outcome", "so it was"), ("etag", "v999")],
        ),
        ("POST /introductions/{id}/withdraw", format!("/{introduction}/withdraw"), stale()),
        ("GET /people", "/people?of=RGT".to_owned(), vec![]),
        ("POST /people/roles", "/people/roles".to_owned(), vec![("organisation", "RGT"), ("person", "x")]),
        ("POST /people/invite", "/people/invite".to_owned(), vec![("organisation", "RGT"), ("email", "no address")]),
        ("GET /invitation", "/invitation".to_owned(), vec![]),
        ("POST /invitation", "/invitation".to_owned(), vec![("token", "none"), ("name", "Sample")]),
        ("GET /partners", "/partners?of=RRV".to_owned(), vec![]),
        (
            "POST /pairings",
            "/pairings".to_owned(),
            vec![("exemplar", "RGT"), ("partner", "RRV"), ("proposer", "RGT"), ("kind", "exemplar-follower")],
        ),
        ("POST /pairings/{id}/accept", format!("/{pairing}/accept"), stale()),
        ("POST /pairings/{id}/decline", format!("/{pairing}/decline"), stale()),
        ("POST /pairings/{id}/check-ins", format!("/{pairing}/check-ins"), stale()),
        ("POST /pairings/{id}/sign", format!("/{pairing}/sign"), stale()),
        ("GET /blueprints/{id}/adopt", format!("/{public}/adopt"), vec![]),
        (
            "POST /blueprints/{id}/adopt",
            format!("/{public}/adopt"),
            vec![("organisation", "RRV"), ("revision", "9"), ("state", "planned")],
        ),
        ("GET /blueprints/{id}/ask", format!("/{public}/ask"), vec![]),
        (
            "POST /blueprints/{id}/ask",
            format!("/{public}/ask"),
            vec![("organisation", "RRV"), ("kind", "visit"), ("question", "How?")],
        ),
        ("GET /blueprints/{id}/draft", format!("/{draft}/draft"), vec![]),
        ("GET /blueprints/{id}/draft/{section}", format!("/{draft}/draft/approach"), vec![]),
        ("POST /blueprints/{id}/draft/{section}", format!("/{draft}/draft/approach"), stale()),
        ("POST /blueprints/{id}/submit", format!("/{draft}/submit"), stale()),
        ("POST /blueprints/{id}/comments", format!("/{draft}/comments"), vec![("comment", "")]),
        (
            "POST /blueprints/{id}/comments/{comment}",
            format!("/{draft}/comments/0198f0f0-0000-7000-8000-000000000000"),
            vec![],
        ),
        ("GET /reviews", "/reviews".to_owned(), vec![]),
        ("GET /reviews/{id}", format!("/{review}"), vec![]),
        ("POST /reviews/{id}/sign-off", format!("/{review}/sign-off"), stale()),
        ("POST /reviews/{id}/assign", format!("/{review}/assign"), stale()),
        ("POST /reviews/{id}/assure", format!("/{review}/assure"), stale()),
        ("POST /reviews/{id}/return", format!("/{review}/return"), stale()),
        ("POST /reviews/{id}/reject", format!("/{review}/reject"), stale()),
        ("POST /reviews/{id}/retract", format!("/{review}/retract"), stale()),
        ("POST /reviews/{id}/conflict", format!("/{review}/conflict"), stale()),
        ("POST /blueprints/{id}/publish", format!("/{draft}/publish"), stale()),
        ("GET /drafts", "/drafts".to_owned(), vec![]),
        ("POST /drafts", "/drafts".to_owned(), vec![("organisation", "RGT"), ("title", "")]),
        ("GET /enrolments/{id}", format!("/{enrolment}"), vec![]),
        (
            "GET /qualifications/{id}/certificate",
            "/qualifications/0198f0f0-0000-7000-8000-000000000000/certificate".to_owned(),
            vec![],
        ),
        ("GET /cohorts", "/cohorts".to_owned(), vec![]),
        ("GET /cohorts/{id}", format!("/{cohort}"), vec![]),
        ("GET /cohorts/{id}/marks", format!("/{cohort}/marks"), vec![]),
        ("POST /cohorts/{id}/marks", format!("/{cohort}/marks"), vec![("paste", "")]),
        (
            "POST /cohorts/{id}/undo",
            format!("/{cohort}/undo"),
            vec![("batch", "0198f0f0-0000-7000-8000-000000000000"), ("reason", "so")],
        ),
        ("POST /sign-out", "/sign-out".to_owned(), vec![]),
    ]
}

/// Every kind of caller, by what they are.
pub(super) async fn callers(world: &World) -> Vec<(&'static str, Option<Actor>)> {
    let at = async |code, role| Some(world.at(code, role).await);
    vec![
        ("anonymous", None),
        ("outsider", at("RBL", Role::Lead).await),
        ("member", at("RGT", Role::Member).await),
        ("contributor", at("RGT", Role::Contributor).await),
        ("approver", at("RGT", Role::Approver).await),
        ("lead", at("RGT", Role::Lead).await),
        ("admin", at("RGT", Role::Admin).await),
        ("counterpart", at("RRV", Role::Lead).await),
        ("reviewer", Some(world.person(&[("RBL", Role::Member)], &[NetworkRole::Reviewer]).await)),
        ("programme", Some(world.programme().await)),
        ("academy", Some(world.academy().await)),
    ]
}

pub(super) async fn every_page_by_every_caller(database: Database) {
    let world = World::new(database).await;
    let scene = scene(&world).await;
    let mut readers = Vec::new();
    for (name, actor) in callers(&world).await {
        let reader = match actor {
            Some(actor) => Reader::signed_in(&world, &actor).await,
            None => Reader::new(&world),
        };
        readers.push((name, reader));
    }
    let rows = rows(&scene);
    let mut matrix = String::new();
    for (route, address, form) in &rows {
        let mut outcomes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, reader) in &readers {
            let answer =
                if route.starts_with("GET") { reader.get(address).await } else { reader.post(address, form).await };
            outcomes.entry(said(&answer)).or_default().push(name);
        }
        writeln!(matrix, "{route}").unwrap();
        for (outcome, names) in outcomes {
            let names = if names.len() == readers.len() { "everybody".to_owned() } else { names.join(" ") };
            writeln!(matrix, "    {outcome}: {names}").unwrap();
        }
    }
    compare(&matrix);
    let known: BTreeSet<String> =
        rows.iter().map(|(route, ..)| (*route).to_owned()).chain(ELSEWHERE.map(str::to_owned)).collect();
    let routes = routes();
    let missing: Vec<_> = routes.difference(&known).collect();
    let gone: Vec<_> = known.difference(&routes).collect();
    assert!(missing.is_empty() && gone.is_empty(), "routes without a row: {missing:?}; rows without a route: {gone:?}");
}

fn said(answer: &Answer) -> String {
    let location = answer.location();
    match answer.status.as_u16() {
        200 => "ok".to_owned(),
        303 if location.starts_with("/sign-in") => "sign-in".to_owned(),
        303 => "ok, goes on".to_owned(),
        403 => "denied".to_owned(),
        404 => "hidden".to_owned(),
        code => format!("ok, {code}"),
    }
}

/// The routes that the pages' source mounts.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../../../services/web/src/pages.rs");
    let mut routes = BTreeSet::new();
    for rest in source.split(".route(\"").skip(1) {
        let (path, handlers) = rest.split_once('"').unwrap();
        let handlers = handlers.split('\n').next().unwrap();
        for (call, method) in [("get(", "GET"), ("post(", "POST")] {
            if handlers.contains(call) {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    routes
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn compare(matrix: &str) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/it/pages/matrix.txt");
    if std::env::var("EXEMPLAR_UPDATE").is_ok() {
        std::fs::write(file, matrix).unwrap();
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    assert!(expected == matrix, "the matrix of pages is not as expected; it is now:\n{matrix}");
}
