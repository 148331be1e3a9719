//! Qualifications awarded by two people, what strangers learn of them, and a verifier of another ecosystem.

use std::process::Stdio;
use std::time::Duration;

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::academy::v1 as pb;
use exemplar_tests::{Actor, Database, World};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::academy::{School, enrol, school_in};
use crate::issuers;
use crate::pairings::told;
use crate::suite::Suite;

/// The address that the issuer claims: what strangers verify names it, not where the test serves it.
const ORIGIN: &str = "https://academy.sample.example";

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("credentials::two_people_award_what_was_earned", two_people_award_what_was_earned);
    suite.each("credentials::a_check_tells_what_was_agreed", a_check_tells_what_was_agreed);
    let missing = issuers::missing();
    let (here, why) = (missing.is_none(), missing.unwrap_or_default());
    let name = "credentials::an_independent_verifier_agrees";
    suite.on_if(Database::Sqlite, here, why, name, an_independent_verifier_agrees);
}

async fn school(database: Database) -> School {
    let world = World::with(database, |config| config.credentials.address = Some(ORIGIN.parse().unwrap())).await;
    school_in(world).await
}

/// Everything that the diploma asks for is accepted, and the enrolment completed.
pub(crate) async fn complete(staff: &Actor, enrolment: &str) {
    for subject in ["M1", "M2", "attendance", "project"] {
        let kind = pb::RulingKind::Override.into();
        let ruling =
            pb::Ruling { kind, subject: subject.into(), reason: "The board agreed.".into(), ..Default::default() };
        let request = pb::MakeRulingRequest { enrolment: enrolment.into(), ruling: Some(ruling), ..Default::default() };
        told(staff.records().make_ruling(request).await).unwrap();
    }
    let request = pb::CompleteEnrolmentRequest { name: enrolment.into(), ..Default::default() };
    told(staff.enrolments().complete_enrolment(request).await).unwrap();
}

pub(crate) async fn propose(by: &Actor, enrolment: &str, until: &str) -> Result<pb::Qualification, String> {
    let request = pb::ProposeQualificationRequest {
        enrolment: enrolment.into(),
        valid_until_date: until.into(),
        ..Default::default()
    };
    Ok(told(by.credentials().propose_qualification(request).await)?.qualification.unwrap())
}

pub(crate) async fn confirm(by: &Actor, name: &str) -> Result<pb::Qualification, String> {
    let request = pb::ConfirmQualificationRequest { name: name.into(), ..Default::default() };
    Ok(told(by.credentials().confirm_qualification(request).await)?.qualification.unwrap())
}

async fn revoke(by: &Actor, name: &str) -> Result<pb::Qualification, String> {
    let reason = "Awarded in error.".into();
    let request = pb::RevokeQualificationRequest { name: name.into(), reason, ..Default::default() };
    Ok(told(by.credentials().revoke_qualification(request).await)?.qualification.unwrap())
}

async fn get(by: &Actor, name: &str) -> Result<pb::Qualification, String> {
    let request = pb::GetQualificationRequest { name: name.into() };
    Ok(told(by.credentials().get_qualification(request).await)?.qualification.unwrap())
}

pub(crate) async fn check(
    by: pb::check_credential_request::By,
    world: &World,
) -> Result<pb::CheckCredentialResponse, String> {
    let request = pb::CheckCredentialRequest { by: Some(by) };
    told(world.anonymous().await.credentials().check_credential(request).await)
}

async fn unmet(by: &Actor, enrolment: &str) -> Vec<(String, String)> {
    let request = pb::GetEligibilityRequest { enrolment: enrolment.into() };
    let answer = told(by.credentials().get_eligibility(request).await).unwrap();
    assert_eq!(answer.eligible, answer.conditions.iter().all(|condition| condition.met));
    let unmet = answer.conditions.into_iter().filter(|condition| !condition.met);
    unmet.map(|condition| (condition.subject, condition.reason)).collect()
}

async fn two_people_award_what_was_earned(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    // A learner who works for the academy decides about others only.
    let learner = world.person(&[("RQ6", Role::Member)], &[NetworkRole::Academy]).await;
    let sponsor = world.at("RQ6", Role::Approver).await;
    let second = world.academy().await;
    let enrolment = enrol(&staff, &cohort, &learner, &sponsor.id.to_string()).await;
    let missing: Vec<_> = unmet(&sponsor, &enrolment).await.into_iter().map(|(subject, _)| subject).collect();
    assert_eq!(missing, ["M1", "M2", "attendance", "project", "credits", "enrolment"]);
    let early = propose(&staff, &enrolment, "").await.unwrap_err();
    assert_eq!(early, "FailedPrecondition QUALIFICATION_UNEARNED");
    complete(&staff, &enrolment).await;
    assert_eq!(unmet(&learner, &enrolment).await, []);

    let proposed = propose(&staff, &enrolment, "").await.unwrap();
    let found = (proposed.state(), proposed.credits, proposed.title.as_str(), proposed.credential.is_none());
    assert_eq!(found, (pb::QualificationState::Proposed, 60, "Digital Health Leadership", true));
    assert_eq!(propose(&second, &enrolment, "").await.unwrap_err(), "FailedPrecondition QUALIFICATION_UNEARNED");
    assert_eq!(
        unmet(&staff, &enrolment).await,
        [("register".to_owned(), format!("{} is proposed", proposed.name))],
        "what is proposed is not earned once more"
    );
    for one in [&staff, &learner] {
        assert_eq!(confirm(one, &proposed.name).await.unwrap_err(), "PermissionDenied SECOND_PERSON");
    }
    let request = pb::RefuseQualificationRequest {
        name: proposed.name.clone(),
        reason: "The appeal is open.".into(),
        ..Default::default()
    };
    told(second.credentials().refuse_qualification(request).await).unwrap();
    assert_eq!(confirm(&second, &proposed.name).await.unwrap_err(), "FailedPrecondition QUALIFICATION_STATE");

    // The register is listed by when they were proposed.
    world.clock.advance(Duration::from_secs(1));
    let again = propose(&staff, &enrolment, "").await.unwrap();
    let awarded = confirm(&second, &again.name).await.unwrap();
    assert_eq!((awarded.state(), awarded.decided_by.clone()), (pb::QualificationState::Awarded, second.id.to_string()));
    let credential = awarded.credential.clone().unwrap();
    assert_eq!((credential.status(), credential.shown.len()), (pb::CredentialStatus::Valid, 0));
    assert_eq!(credential.check_uri, format!("{ORIGIN}/credentials/{}", credential.code));
    assert_eq!(get(&learner, &awarded.name).await.unwrap(), awarded);
    for stranger in [&sponsor, &world.at("RQ6", Role::Lead).await] {
        assert_eq!(get(stranger, &awarded.name).await.unwrap_err(), "NotFound QUALIFICATION_NOT_FOUND");
        let request = pb::ListQualificationsRequest::default();
        assert!(told(stranger.credentials().list_qualifications(request).await).unwrap().qualifications.is_empty());
    }
    let register = async |state: pb::QualificationState| {
        let request = pb::ListQualificationsRequest { state: state.into(), ..Default::default() };
        let found = told(staff.credentials().list_qualifications(request).await).unwrap().qualifications;
        found.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(register(pb::QualificationState::Awarded).await, std::slice::from_ref(&awarded.name));
    assert_eq!(register(pb::QualificationState::Unspecified).await, [awarded.name.clone(), proposed.name.clone()]);

    let taken = revoke(&staff, &awarded.name).await.unwrap();
    assert_eq!((taken.state(), taken.reason.as_str()), (pb::QualificationState::Revoked, "Awarded in error."));
    assert_eq!(taken.credential.unwrap().status(), pb::CredentialStatus::Revoked);
    assert_eq!(revoke(&staff, &awarded.name).await.unwrap_err(), "FailedPrecondition QUALIFICATION_STATE");
    assert_eq!(unmet(&learner, &enrolment).await, [], "what was taken back can be earned again");
    counted(&world, &staff).await;
}

/// Who completed is in the national picture, and their employer no more among those that have none.
async fn counted(world: &World, staff: &Actor) {
    let picture = told(staff.reports().get_national_picture(pb::GetNationalPictureRequest {}).await).unwrap();
    let counts = |counts: Vec<pb::TrainedCount>| {
        counts.into_iter().map(|one| (one.group, one.completed, one.learning)).collect::<Vec<_>>()
    };
    assert_eq!(counts(picture.regions), [("london".to_owned(), 1, 0)]);
    assert_eq!(counts(picture.care_settings), [("acute".to_owned(), 1, 0)]);
    assert_eq!(counts(picture.designations), [(String::new(), 1, 0)]);
    assert_eq!(counts(picture.years), [("2018".to_owned(), 1, 0)]);
    let programme = world.programme().await;
    let request = pb::ListOrganisationsWithoutRequest::default();
    let without = told(programme.reports().list_organisations_without(request).await).unwrap().organisations;
    let names: Vec<_> = without.into_iter().map(|one| one.organisation).collect();
    assert_eq!(names, ["organisations/RBL", "organisations/RGT"]);
}

async fn a_check_tells_what_was_agreed(database: Database) {
    use pb::check_credential_request::By;
    let School { world, staff, cohort } = school(database).await;
    let (learner, second) = (world.at("RQ6", Role::Member).await, world.academy().await);
    let enrolment = enrol(&staff, &cohort, &learner, "").await;
    complete(&staff, &enrolment).await;
    let proposed = propose(&staff, &enrolment, "2018-12-31").await.unwrap();
    let awarded = confirm(&second, &proposed.name).await.unwrap();
    let pb::Credential { code, document, .. } = awarded.credential.clone().unwrap();
    let valid = pb::CheckCredentialResponse { status: pb::CredentialStatus::Valid.into(), ..Default::default() };
    let typed = code.to_lowercase().replace('-', " ");
    for by in [By::Code(code.clone()), By::Code(typed.clone()), By::Document(document.clone())] {
        assert_eq!(check(by, &world).await.unwrap(), valid, "nothing but the status is told");
    }
    let other = if document.ends_with('A') { "B" } else { "A" };
    let altered = format!("{}{other}", &document[..document.len() - 1]);
    let strange = [By::Code("7K3M-9QXT-2B4V-H8ND".into()), By::Code("no code".into()), By::Document(altered)];
    for by in strange {
        assert_eq!(check(by, &world).await.unwrap_err(), "NotFound CREDENTIAL_NOT_FOUND");
    }

    let shown = |shown: Vec<i32>| pb::SetShownRequest { name: awarded.name.clone(), shown, ..Default::default() };
    let title = pb::Shown::Title.into();
    let others = told(staff.credentials().set_shown(shown(vec![title])).await).unwrap_err();
    assert_eq!(others, "NotFound QUALIFICATION_NOT_FOUND", "the holder alone agrees");
    told(learner.credentials().set_shown(shown(vec![title, pb::Shown::Date.into()])).await).unwrap();
    let told_now = check(By::Code(code.clone()), &world).await.unwrap();
    let agreed = pb::CheckCredentialResponse {
        title: "Digital Health Leadership".into(),
        award_date: "2018-08-06".into(),
        ..valid.clone()
    };
    assert_eq!(told_now, agreed);
    let page = fetch(&world, &format!("/credentials?code={}", typed.replace(' ', "+"))).await;
    assert!(page.contains("The credential is valid.") && page.contains("Digital Health Leadership"), "{page}");
    assert!(!page.contains(&awarded.learner_display_name) && !page.contains("Trust RQ6"), "{page}");
    assert!(fetch(&world, "/credentials/7K3M-9QXT-2B4V-H8ND").await.starts_with("HTTP/1.1 404"));

    let request = pb::DownloadCertificateRequest { name: awarded.name.clone() };
    let html = told(learner.credentials().download_certificate(request.clone()).await).unwrap().html;
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains(&awarded.learner_display_name) && html.contains(&code) && html.contains("6 August 2018"));
    let others = told(world.at("RQ6", Role::Lead).await.credentials().download_certificate(request.clone()).await);
    assert_eq!(others.unwrap_err(), "NotFound QUALIFICATION_NOT_FOUND");

    // Expired from the first instant of the day after; taken back whatever its time.
    world.clock.advance(Duration::from_hours(24 * 148));
    assert_eq!(world.clock.now().to_string(), "2019-01-01T09:00:00Z");
    assert_eq!(check(By::Code(code.clone()), &world).await.unwrap().status(), pb::CredentialStatus::Expired);
    let staff = world.academy().await;
    revoke(&staff, &awarded.name).await.unwrap();
    assert_eq!(check(By::Document(document), &world).await.unwrap().status(), pb::CredentialStatus::Revoked);
    let gone = told(staff.credentials().download_certificate(request).await).unwrap_err();
    assert_eq!(gone, "FailedPrecondition QUALIFICATION_STATE");
}

/// What a browser gets, head and all.
async fn fetch(world: &World, path: &str) -> String {
    let mut stream = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// What the verifier of `tests/oidc/verify.mjs` finds; its complaint when it does not accept the credential.
async fn verify(world: &World, document: &str, email: &str) -> Result<Value, String> {
    let mut node = tokio::process::Command::new("node");
    node.arg(issuers::folder().join("verify.mjs")).args([ORIGIN, &world.address]);
    node.arg(world.clock.now().seconds().to_string()).arg(email);
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = node.spawn().unwrap();
    child.stdin.take().unwrap().write_all(document.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

async fn an_independent_verifier_agrees(database: Database) {
    let School { world, staff, cohort } = school(database).await;
    let second = world.academy().await;
    let mut awarded = Vec::new();
    for _ in 0..2 {
        let learner = world.at("RQ6", Role::Member).await;
        let enrolment = enrol(&staff, &cohort, &learner, "").await;
        complete(&staff, &enrolment).await;
        let proposed = propose(&staff, &enrolment, "2019-12-31").await.unwrap();
        awarded.push((confirm(&second, &proposed.name).await.unwrap(), learner));
    }
    let document = |at: usize| awarded[at].0.credential.clone().unwrap().document;
    let person = world.services.directory.people_by_id(&[awarded[0].1.id]).await.unwrap().remove(0);
    let good = json!({
        "name": "Digital Health Leadership",
        "credits": 60,
        "holder": true,
        "places": 131_072,
        "revoked": false,
        "others": 0,
    });
    assert_eq!(verify(&world, &document(0), &person.email).await, Ok(good.clone()));
    let impostor = verify(&world, &document(0), "somebody.else@sample.example").await.unwrap();
    assert_eq!(impostor["holder"], json!(false), "who shows another's credential is found out");
    revoke(&staff, &awarded[0].0.name).await.unwrap();
    assert_eq!(verify(&world, &document(0), &person.email).await.unwrap()["revoked"], json!(true));
    let other = verify(&world, &document(1), &person.email).await.unwrap();
    assert_eq!((&other["revoked"], &other["others"]), (&json!(false), &json!(1)));

    let parts: Vec<_> = document(1).split('.').map(str::to_owned).collect();
    let mixed = format!("{}.{}.{}", parts[0], document(0).split('.').nth(1).unwrap(), parts[2]);
    let forged = verify(&world, &mixed, &person.email).await.unwrap_err();
    assert!(forged.contains("signature verification failed"), "{forged}");
    world.clock.advance(Duration::from_hours(24 * 600));
    let late = verify(&world, &document(1), &person.email).await.unwrap_err();
    assert!(late.contains("\"exp\" claim timestamp check failed"), "{late}");
}
