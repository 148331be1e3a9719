//! The authorisation matrix: every RPC of the API against every kind of caller.
//!
//! The expected matrix is `authz.txt`, for people to read. `ok` is whatever comes after authorisation, a refusal for
//! other reasons included (it is named); `sign-in`, `denied` and `hidden` are refusals of the caller. An RPC without a
//! row fails. After a deliberate change: `EXEMPLAR_UPDATE=1 cargo test -p exemplar-tests -- authz`, and read the diff.

mod adoption;
mod artefacts;
mod follows;
mod inbox;
mod pairing;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::academy::v1 as academy;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1 as network;
use exemplar_tests::{Actor, Database, World};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::academy::one_learner;
use crate::suite::Suite;

mod demand;
mod finding;
mod matching;
#[path = "authz/academy.rs"]
mod of_academy;
mod personal;
mod profiles;

pub(crate) fn tests(suite: &mut Suite) {
    suite.on(Database::Sqlite, "authz::every_rpc_by_every_caller", every_rpc_by_every_caller);
}

/// What the calls are about.
struct Scene {
    artefact: String,
    upload: String,
    draft: String,
    internal: String,
    review: String,
    pairing: String,
    /// Money for RGT that hangs on the pairing.
    award: String,
    cohort: String,
    enrolment: String,
    member: String,
    followed: adoption::Made,
    matching: matching::Scene,
}

/// The path of an RPC and a request that reaches its authorisation.
type Row = (&'static str, Vec<u8>);

fn rows(scene: &Scene) -> Vec<Row> {
    let rgt = || "organisations/RGT".to_owned();
    let stale = || "v999".to_owned();
    let reason = || "because".to_owned();
    let mut rows = directory_rows(scene);
    rows.extend(personal::rows(scene));
    rows.extend(writing::rows(scene));
    rows.extend(adoption::rows(&scene.followed, &scene.internal));
    let mut row = |path: &'static str, message: Vec<u8>| rows.push((path, message));
    let designation = network::Designation {
        organisation: rgt(),
        kind: network::DesignationKind::GlobalExemplar.into(),
        start_date: "2017-09-06".into(),
        ..Default::default()
    };
    row(
        "network.v1.DesignationService/RecordDesignation",
        network::RecordDesignationRequest { designation: Some(designation), ..Default::default() }.encode_to_vec(),
    );
    row(
        "network.v1.DesignationService/EndDesignation",
        network::EndDesignationRequest {
            name: "designations/018f0000-0000-7000-8000-000000000000".into(),
            reason: reason(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row("network.v1.DesignationService/ListDesignations", network::ListDesignationsRequest::default().encode_to_vec());
    row(
        "network.v1.PairingService/ProposePairing",
        network::ProposePairingRequest {
            exemplar: rgt(),
            partner: "organisations/RRV".into(),
            proposer: rgt(),
            kind: network::PairingKind::ExemplarFollower.into(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    let name = || scene.pairing.clone();
    row(
        "network.v1.PairingService/AcceptPairing",
        network::AcceptPairingRequest { name: name(), etag: stale(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "network.v1.PairingService/DeclinePairing",
        network::DeclinePairingRequest { name: name(), reason: reason(), etag: stale(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "network.v1.PairingService/WithdrawPairing",
        network::WithdrawPairingRequest { name: name(), reason: reason(), etag: stale(), ..Default::default() }
            .encode_to_vec(),
    );
    row("network.v1.PairingService/GetPairing", network::GetPairingRequest { name: name() }.encode_to_vec());
    row("network.v1.PairingService/ListPairings", network::ListPairingsRequest::default().encode_to_vec());

    let content = blueprints::Content { title: "A title that is long enough".into(), ..Default::default() };
    row(
        "blueprints.v1.BlueprintService/CreateBlueprint",
        blueprints::CreateBlueprintRequest {
            organisation: rgt(),
            visibility: blueprints::Visibility::Public.into(),
            content: Some(content.clone()),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    let update_mask = Some(prost_types::FieldMask { paths: vec!["title".into()] });
    row(
        "blueprints.v1.BlueprintService/UpdateDraft",
        blueprints::UpdateDraftRequest {
            name: scene.draft.clone(),
            content: Some(content),
            update_mask,
            etag: stale(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row(
        "blueprints.v1.BlueprintService/PublishBlueprint",
        blueprints::PublishBlueprintRequest { name: scene.draft.clone(), etag: stale(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "blueprints.v1.BlueprintService/GetBlueprint",
        blueprints::GetBlueprintRequest { name: scene.internal.clone() }.encode_to_vec(),
    );
    row("blueprints.v1.BlueprintService/ListBlueprints", blueprints::ListBlueprintsRequest::default().encode_to_vec());
    row("blueprints.v1.SearchService/Search", blueprints::SearchRequest::default().encode_to_vec());

    let curriculum =
        academy::Curriculum { code: "X-1".into(), title: "X".into(), modules: vec![module(59)], ..Default::default() };
    row(
        "academy.v1.CurriculumService/CreateCurriculum",
        academy::CreateCurriculumRequest { curriculum: Some(curriculum), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CurriculumService/GetCurriculum",
        academy::GetCurriculumRequest { name: "curricula/DIPLOMA".into() }.encode_to_vec(),
    );
    row("academy.v1.CurriculumService/ListCurricula", academy::ListCurriculaRequest::default().encode_to_vec());
    let cohort = academy::Cohort {
        title: "Cohort".into(),
        curriculum: "curricula/DIPLOMA".into(),
        start_date: "2018-04-01".into(),
        places: 1,
        ..Default::default()
    };
    row(
        "academy.v1.CohortService/CreateCohort",
        academy::CreateCohortRequest { cohort: Some(cohort), ..Default::default() }.encode_to_vec(),
    );
    row("academy.v1.CohortService/GetCohort", academy::GetCohortRequest { name: scene.cohort.clone() }.encode_to_vec());
    row("academy.v1.CohortService/ListCohorts", academy::ListCohortsRequest::default().encode_to_vec());
    row(
        "academy.v1.EnrolmentService/EnrolLearner",
        academy::EnrolLearnerRequest {
            cohort: scene.cohort.clone(),
            learner: scene.member.clone(),
            organisation: rgt(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/GetEnrolment",
        academy::GetEnrolmentRequest { name: scene.enrolment.clone() }.encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/ListEnrolments",
        academy::ListEnrolmentsRequest { cohort: scene.cohort.clone(), ..Default::default() }.encode_to_vec(),
    );
    let result = academy::Result {
        enrolment: scene.enrolment.clone(),
        module: "M9".into(),
        attempt: 1,
        mark: 50,
        date: "2018-05-01".into(),
        ..Default::default()
    };
    row(
        "academy.v1.RecordService/RecordResult",
        academy::RecordResultRequest { result: Some(result), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/GetStanding",
        academy::GetStandingRequest { enrolment: scene.enrolment.clone() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/ListStandings",
        academy::ListStandingsRequest { cohort: scene.cohort.clone(), ..Default::default() }.encode_to_vec(),
    );
    rows.extend(of_academy::rows(scene));
    rows.extend(matching::rows(&scene.matching));
    rows.extend(artefacts::rows(scene));
    rows.extend(finding::rows(scene));
    rows.extend(demand::rows());
    rows.extend(follows::rows());
    rows.extend(inbox::rows());
    rows.extend(profiles::rows());
    rows.extend(pairing::rows(scene));
    // Last, because it ends the caller's session.
    let mut row = |path: &'static str, message: Vec<u8>| rows.push((path, message));
    row("directory.v1.SessionService/SignOut", directory::SignOutRequest {}.encode_to_vec());
    rows
}

fn directory_rows(scene: &Scene) -> Vec<Row> {
    let rgt = || "organisations/RGT".to_owned();
    let stale = || "v999".to_owned();
    let organisation = directory::Organisation { name: rgt(), etag: stale(), ..Default::default() };
    let update = |path: &str| directory::UpdateOrganisationRequest {
        organisation: Some(directory::Organisation { display_name: "X".into(), ..organisation.clone() }),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.into()] }),
        ..Default::default()
    };
    let succession =
        directory::Succession { predecessor: rgt(), successor: rgt(), date: "2020-04-01".into(), ..Default::default() };
    let create = directory::CreateOrganisationRequest {
        organisation_id: "US-THERE".into(),
        organisation: Some(directory::Organisation { display_name: "X".into(), ..Default::default() }),
        ..Default::default()
    };
    let invite = |organisation: String, network: bool| directory::InvitePersonRequest {
        email: "invited@sample.example".into(),
        roles: if organisation.is_empty() { vec![] } else { vec![1] },
        organisation,
        network_roles: if network { vec![1] } else { vec![] },
        ..Default::default()
    };
    vec![
        (
            "directory.v1.OrganisationService/GetOrganisation",
            directory::GetOrganisationRequest { name: rgt() }.encode_to_vec(),
        ),
        (
            "directory.v1.OrganisationService/ListOrganisations",
            directory::ListOrganisationsRequest::default().encode_to_vec(),
        ),
        ("directory.v1.OrganisationService/CreateOrganisation", create.encode_to_vec()),
        ("directory.v1.OrganisationService/UpdateOrganisation profile", update("profile").encode_to_vec()),
        ("directory.v1.OrganisationService/UpdateOrganisation display_name", update("display_name").encode_to_vec()),
        (
            "directory.v1.OrganisationService/ImportOrganisations",
            directory::ImportOrganisationsRequest { csv: b"code,name\n".to_vec(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "directory.v1.OrganisationService/RecordSuccession",
            directory::RecordSuccessionRequest { succession: Some(succession), ..Default::default() }.encode_to_vec(),
        ),
        ("directory.v1.PeopleService/InvitePerson to an organisation", invite(rgt(), false).encode_to_vec()),
        ("directory.v1.PeopleService/InvitePerson to the network", invite(String::new(), true).encode_to_vec()),
        (
            "directory.v1.PeopleService/AcceptInvitation",
            directory::AcceptInvitationRequest { token: "x".into(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "directory.v1.PeopleService/ListPeople of an organisation",
            directory::ListPeopleRequest { organisation: rgt(), ..Default::default() }.encode_to_vec(),
        ),
        ("directory.v1.PeopleService/ListPeople of all", directory::ListPeopleRequest::default().encode_to_vec()),
        (
            "directory.v1.PeopleService/SetRoles",
            directory::SetRolesRequest {
                person: scene.member.clone(),
                organisation: rgt(),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "directory.v1.PeopleService/SetNetworkRoles",
            directory::SetNetworkRolesRequest { person: scene.member.clone(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "directory.v1.PeopleService/DeactivatePerson",
            directory::DeactivatePersonRequest { person: scene.member.clone(), request_id: String::new() }
                .encode_to_vec(),
        ),
        (
            "directory.v1.SessionService/SignIn",
            directory::SignInRequest { email: "nobody@sample.example".into(), password: "x".into() }.encode_to_vec(),
        ),
        (
            "directory.v1.SessionService/Refresh",
            directory::RefreshRequest { refresh_token: "x".into() }.encode_to_vec(),
        ),
        ("directory.v1.SessionService/WhoAmI", directory::WhoAmIRequest {}.encode_to_vec()),
    ]
}

fn module(credits: i32) -> academy::Module {
    academy::Module {
        code: "M1".into(),
        title: "M1".into(),
        credits,
        pass_mark: 50,
        attempts: 2,
        due_week: 8,
        ..Default::default()
    }
}

/// Everything that the calls are about, made by those who may.
async fn scene(world: &World, learner: &Actor) -> Scene {
    world.organisations(&["RGT", "RRV", "RBL"]).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 2).await;
    let lead = world.at("RGT", Role::Lead).await;
    let create = |visibility: blueprints::Visibility| blueprints::CreateBlueprintRequest {
        organisation: "organisations/RGT".into(),
        visibility: visibility.into(),
        content: Some(blueprints::Content {
            title: "What we did, where we did it".into(),
            summary: "In one sentence.".into(),
            level: blueprints::BlueprintLevel::OnAPage.into(),
            kind: blueprints::BlueprintKind::Success.into(),
            care_settings: vec!["Acute".into()],
            project_types: vec!["Process".into()],
            sections: vec![blueprints::Section { kind: blueprints::SectionKind::Approach.into(), body: "So.".into() }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = async |visibility| {
        lead.blueprints().create_blueprint(create(visibility)).await.unwrap().into_inner().blueprint.unwrap().name
    };
    let (draft, internal) =
        (made(blueprints::Visibility::Public).await, made(blueprints::Visibility::Organisation).await);
    let (artefact, upload) = crate::artefacts::for_the_matrix(&lead, &draft).await;
    let publish = blueprints::PublishBlueprintRequest { name: internal.clone(), ..Default::default() };
    lead.publish(publish).await.unwrap();
    let submit =
        blueprints::SubmitBlueprintRequest { name: made(blueprints::Visibility::Public).await, ..Default::default() };
    let review = lead.reviews().submit_blueprint(submit).await.unwrap().into_inner().review.unwrap().name;
    let propose = network::ProposePairingRequest {
        exemplar: "organisations/RGT".into(),
        partner: "organisations/RRV".into(),
        proposer: "organisations/RGT".into(),
        kind: network::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    };
    let pairing = lead.pairings().propose_pairing(propose).await.unwrap().into_inner().pairing.unwrap().name;

    let award = network::Award {
        organisations: vec!["organisations/RGT".into()],
        pairing: pairing.clone(),
        cap: Some(network::Money { minor_units: 1000, currency: "GBP".into() }),
        source: Some(network::Source { text: "HSJ".into(), date: "2017-09-01".into() }),
        ..Default::default()
    };
    let request = network::CreateAwardRequest { award: Some(award), ..Default::default() };
    let award = world.programme().await.funding().create_award(request).await.unwrap();
    let award = award.into_inner().award.unwrap().name;

    let (cohort, enrolment) = one_learner(world, learner).await;
    // Whoever is also of another organisation is not one administrator's to end.
    let member = world.person(&[("RGT", Role::Member), ("RBL", Role::Member)], &[]).await.id.to_string();
    let followed = adoption::made(world, &lead).await;
    let matching = matching::scene(world).await;
    Scene { artefact, upload, draft, internal, review, pairing, award, cohort, enrolment, member, followed, matching }
}

async fn every_rpc_by_every_caller(database: Database) {
    let world = World::new(database).await;
    let learner = world.person(&[], &[]).await;
    let scene = scene(&world, &learner).await;
    let strong = [("RBL", Role::Lead), ("RBL", Role::Admin), ("RBL", Role::Approver), ("RBL", Role::Contributor)];
    let callers = [
        ("anonymous", world.anonymous().await),
        ("outsider", world.person(&strong, &[]).await),
        ("member", world.at("RGT", Role::Member).await),
        ("contributor", world.at("RGT", Role::Contributor).await),
        ("approver", world.at("RGT", Role::Approver).await),
        ("lead", world.at("RGT", Role::Lead).await),
        ("admin", world.at("RGT", Role::Admin).await),
        ("counterpart", world.at("RRV", Role::Lead).await),
        ("learner", learner),
        ("programme", world.person(&[], &[NetworkRole::Programme]).await),
        ("reviewer", world.person(&[], &[NetworkRole::Reviewer]).await),
        ("academy", world.person(&[], &[NetworkRole::Academy]).await),
    ];
    let rows = rows(&scene);
    let mut matrix = String::new();
    for (path, message) in &rows {
        let mut outcomes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, caller) in &callers {
            outcomes.entry(call(caller, path, message).await).or_default().push(name);
        }
        writeln!(matrix, "{path}").unwrap();
        for (outcome, names) in outcomes {
            let names = if names.len() == callers.len() { "everybody".to_owned() } else { names.join(" ") };
            writeln!(matrix, "    {outcome}: {names}").unwrap();
        }
    }
    compare(&matrix);
    let known: BTreeSet<String> =
        rows.iter().map(|(path, _)| path.split(' ').next().unwrap_or_default().to_owned()).collect();
    let api: BTreeSet<String> = every_rpc().into_iter().collect();
    let missing: Vec<_> = api.difference(&known).collect();
    let gone: Vec<_> = known.difference(&api).collect();
    assert!(missing.is_empty() && gone.is_empty(), "RPCs without a row: {missing:?}; rows without an RPC: {gone:?}");
}

async fn call(caller: &Actor, path: &str, message: &[u8]) -> String {
    let path = format!("/exemplar.{}", path.split(' ').next().unwrap_or_default());
    match caller.raw(&path, message.to_vec()).await {
        Ok(_) => "ok".to_owned(),
        Err(status) => said(&status),
    }
}

fn said(status: &Status) -> String {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    match (status.code(), reason.as_str()) {
        (Code::Unauthenticated, "NOT_SIGNED_IN") => "sign-in".to_owned(),
        (Code::PermissionDenied, "ROLE_MISSING") => "denied".to_owned(),
        (Code::NotFound, reason) => format!("hidden, {reason}"),
        // Which wrong attempt it is depends on how many callers came before.
        (_, "TOO_MANY_ATTEMPTS") => "ok, CREDENTIALS_WRONG".to_owned(),
        (_, reason) => format!("ok, {reason}"),
    }
}

fn every_rpc() -> Vec<String> {
    let set = prost_types::FileDescriptorSet::decode(exemplar_proto::DESCRIPTORS).unwrap();
    let mut paths = Vec::new();
    for file in set.file.iter().filter(|file| file.package().starts_with("exemplar.")) {
        let package = file.package().trim_start_matches("exemplar.");
        for service in &file.service {
            paths.extend(service.method.iter().map(|method| format!("{package}.{}/{}", service.name(), method.name())));
        }
    }
    paths
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn compare(matrix: &str) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/it/authz.txt");
    if std::env::var("EXEMPLAR_UPDATE").is_ok() {
        std::fs::write(file, matrix).unwrap();
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    let differences: Vec<String> = diff(&expected, matrix);
    assert!(differences.is_empty(), "the matrix is not as expected:\n{}", differences.join("\n"));
}

fn diff(expected: &str, found: &str) -> Vec<String> {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let mut differences = Vec::new();
    let mut path = "";
    for i in 0..expected.len().max(found.len()) {
        let (wanted, got) = (expected.get(i).copied().unwrap_or(""), found.get(i).copied().unwrap_or(""));
        if !got.starts_with(' ') {
            path = got;
        }
        if wanted != got {
            differences.push(format!("{path}: expected {:?}, found {:?}", wanted.trim(), got.trim()));
        }
    }
    differences
}
