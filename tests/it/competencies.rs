//! Competencies: what shows them, and what the network's own record suggests.

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_tests::{Actor, Database};

use crate::academy::{School, enrol, school_in};
use crate::blueprints::{create, on_a_page, released};
use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("competencies::modules_learning_and_hours_show_them", modules_learning_and_hours_show_them);
    suite.each("competencies::the_record_of_the_network_is_confirmed", the_record_of_the_network_is_confirmed);
    suite.each("competencies::a_review_done_is_evidence", a_review_done_is_evidence);
}

async fn add(by: &Actor, evidence: pb::Evidence) -> Result<pb::Evidence, String> {
    let request = pb::AddEvidenceRequest { evidence: Some(evidence), ..Default::default() };
    Ok(told(by.competencies().add_evidence(request).await)?.evidence.unwrap())
}

/// What somebody can show of one competency, and their minutes in all.
async fn shown(by: &Actor, person: &str, code: &str) -> Result<(Vec<String>, i32), String> {
    let request = pb::GetCompetencyViewRequest { person: person.into() };
    let answer = told(by.competencies().get_competency_view(request).await)?;
    assert_eq!(answer.competencies.len(), 13);
    let found = answer.competencies.into_iter().find(|one| one.code == code).unwrap();
    Ok((found.evidence.into_iter().map(|one| one.title).collect(), answer.cpd_minutes))
}

fn evidence(kind: pb::EvidenceKind, title: &str, code: &str) -> pb::Evidence {
    pb::Evidence {
        kind: kind.into(),
        title: title.into(),
        competencies: vec![code.into()],
        date: "2018-05-01".into(),
        detail: "A certificate.".into(),
        ..Default::default()
    }
}

async fn modules_learning_and_hours_show_them(database: Database) {
    let School { world, staff, cohort } = school_in(exemplar_tests::World::new(database).await).await;
    let learner = world.at("RQ6", Role::Member).await;
    let enrolment = enrol(&staff, &cohort, &learner, "").await;
    assert_eq!(shown(&learner, "", "FCI-1").await.unwrap(), (vec![], 0));
    let source = format!("enrolment,M2\n{},64\n", enrolment.rsplit('/').next().unwrap());
    let source = Some(pb::enter_sheet_request::Source::File(source.into_bytes()));
    let request = pb::EnterSheetRequest { cohort, source, ..Default::default() };
    told(staff.records().enter_sheet(request).await).unwrap();
    let module = "Module M2, Cohort 1";
    assert_eq!(shown(&learner, "", "FCI-1").await.unwrap(), (vec![module.to_owned()], 0));

    let earlier = evidence(pb::EvidenceKind::PriorLearning, "A master's module", "FCI-1");
    let claimed = add(&learner, earlier.clone()).await.unwrap();
    assert_eq!(claimed.state(), pb::EvidenceState::Claimed);
    assert_eq!(shown(&learner, "", "FCI-1").await.unwrap().0, [module], "what is not accepted shows nothing");
    let course = evidence(pb::EvidenceKind::Cpd, "A course", "FCI-3");
    let timed = pb::Evidence { duration_minutes: 90, ..course.clone() };
    add(&learner, timed).await.unwrap();
    let faults = add(&learner, pb::Evidence { date: "2030-01-01".into(), detail: String::new(), ..course }).await;
    assert_eq!(
        faults.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  evidence.date: is in the future\n  \
         evidence.duration_minutes: must be from 1 to 4800\n  evidence.detail: is missing: say what proves it"
    );
    let unknown = add(&learner, evidence(pb::EvidenceKind::PriorLearning, "X", "FCI-9")).await.unwrap_err();
    assert_eq!(unknown, "InvalidArgument INVALID_REQUEST\n  evidence.competencies[0]: is no code of a competency");
    let decide = |name: &str, accepted: bool| pb::DecideEvidenceRequest {
        name: name.into(),
        accepted,
        reason: "So.".into(),
        ..Default::default()
    };
    let waiting = pb::ListEvidenceRequest::default();
    let found = told(staff.competencies().list_evidence(waiting.clone()).await).unwrap().evidence;
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [claimed.name.as_str()]);
    let denied = told(learner.competencies().decide_evidence(decide(&claimed.name, true)).await).unwrap_err();
    assert_eq!(denied, "PermissionDenied ROLE_MISSING");
    told(staff.competencies().decide_evidence(decide(&claimed.name, true)).await).unwrap();
    let again = told(staff.competencies().decide_evidence(decide(&claimed.name, false)).await).unwrap_err();
    assert_eq!(again, "FailedPrecondition EVIDENCE_STATE");
    assert!(told(staff.competencies().list_evidence(waiting).await).unwrap().evidence.is_empty());
    let own = add(&staff, earlier).await.unwrap();
    let own = told(staff.competencies().decide_evidence(decide(&own.name, true)).await).unwrap_err();
    assert_eq!(own, "PermissionDenied EVIDENCE_OWN");
    let person = learner.id.to_string();
    let view = shown(&staff, &person, "FCI-1").await.unwrap();
    assert_eq!(view, (vec![module.to_owned(), "A master's module".to_owned()], 90));
    assert_eq!(shown(&learner, "", "FCI-3").await.unwrap().0, ["A course"]);

    let other = world.at("RQ6", Role::Lead).await;
    assert_eq!(shown(&other, &person, "FCI-1").await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    let request = pb::ListEvidenceRequest { person: person.clone(), ..Default::default() };
    let denied = told(other.competencies().list_evidence(request.clone()).await).unwrap_err();
    assert_eq!(denied, "PermissionDenied ROLE_MISSING");
    assert_eq!(told(learner.competencies().list_evidence(request).await).unwrap().evidence.len(), 2);
    let withdraw = || pb::WithdrawEvidenceRequest { name: claimed.name.clone(), ..Default::default() };
    let hidden = told(other.competencies().withdraw_evidence(withdraw()).await).unwrap_err();
    assert_eq!(hidden, "NotFound EVIDENCE_NOT_FOUND");
    told(learner.competencies().withdraw_evidence(withdraw()).await).unwrap();
    assert_eq!(shown(&learner, "", "FCI-1").await.unwrap().0, [module]);
}

async fn the_record_of_the_network_is_confirmed(database: Database) {
    let School { world, .. } = school_in(exemplar_tests::World::new(database).await).await;
    let (author, adopter) = (world.at("RGT", Role::Lead).await, world.at("RQ6", Role::Lead).await);
    let content = on_a_page("Barcodes at the bedside in two wards", "Begin with two wards.");
    let public = blueprints::Visibility::Public;
    let blueprint = released(&author, "RGT", public, content).await.blueprint.unwrap().name;
    let adopting = crate::adoptions::adopting(&blueprint, "RQ6", blueprints::AdoptionState::Planned);
    let adoption = crate::adoptions::adopt(&adopter, adopting).await.unwrap().name;
    for state in [blueprints::AdoptionState::InProgress, blueprints::AdoptionState::Live] {
        let step = blueprints::AdoptionStep { state: state.into(), ..Default::default() };
        let request =
            blueprints::AdvanceAdoptionRequest { name: adoption.clone(), step: Some(step), ..Default::default() };
        told(adopter.adoptions().advance_adoption(request).await).unwrap();
    }
    let ask = blueprints::RequestIntroductionRequest {
        blueprint,
        asker: "organisations/RQ6".into(),
        kind: blueprints::IntroductionKind::Visit.into(),
        question: "May we come?".into(),
        ..Default::default()
    };
    let asked = told(adopter.introductions().request_introduction(ask).await).unwrap();
    let name = asked.introduction.unwrap().name;
    let request = blueprints::AcceptIntroductionRequest { name: name.clone(), hours: 2, ..Default::default() };
    told(author.introductions().accept_introduction(request).await).unwrap();
    let request = blueprints::CompleteIntroductionRequest {
        name: name.clone(),
        outcome: "They saw it.".into(),
        ..Default::default()
    };
    told(author.introductions().complete_introduction(request).await).unwrap();

    let suggested = async |by: &Actor| {
        let request = pb::ListSuggestionsRequest::default();
        told(by.competencies().list_suggestions(request).await).unwrap().suggestions
    };
    let lines = |found: &[pb::Suggestion]| {
        found.iter().map(|one| format!("{}: {}", one.title, one.resource)).collect::<Vec<_>>()
    };
    let led = suggested(&adopter).await;
    assert_eq!(lines(&led), [format!("Led a go-live: {adoption}")], "what only came nearer is none");
    let hosted = suggested(&author).await;
    assert_eq!(lines(&hosted), [format!("Hosted a visit: {name}")]);
    assert!(suggested(&world.at("RGT", Role::Lead).await).await.is_empty(), "nobody else's");

    let confirm = |source_sequence: i64| pb::Evidence {
        kind: pb::EvidenceKind::Network.into(),
        competencies: vec!["FCI-4".into()],
        source_sequence,
        ..Default::default()
    };
    let others = add(&author, confirm(led[0].source_sequence)).await.unwrap_err();
    assert_eq!(others, "NotFound SUGGESTION_NOT_FOUND", "nobody confirms what another did");
    let confirmed = add(&adopter, confirm(led[0].source_sequence)).await.unwrap();
    assert_eq!(
        (confirmed.state(), confirmed.title.as_str(), confirmed.detail.as_str()),
        (pb::EvidenceState::Accepted, "Led a go-live", adoption.as_str())
    );
    let twice = add(&adopter, confirm(led[0].source_sequence)).await.unwrap_err();
    assert_eq!(twice, "AlreadyExists EVIDENCE_CONFIRMED");
    assert!(suggested(&adopter).await.is_empty());
    assert_eq!(shown(&adopter, "", "FCI-4").await.unwrap().0, ["Led a go-live"]);
}

async fn a_review_done_is_evidence(database: Database) {
    let School { world, .. } = school_in(exemplar_tests::World::new(database).await).await;
    let (lead, approver) = (world.at("RGT", Role::Lead).await, world.at("RGT", Role::Approver).await);
    let (programme, reviewer) = (world.programme().await, world.person(&[], &[NetworkRole::Reviewer]).await);
    let draft = create("RGT", blueprints::Visibility::Public, on_a_page("Barcodes at the bedside in two wards", "So."));
    let blueprint = told(lead.blueprints().create_blueprint(draft).await).unwrap().blueprint.unwrap().name;
    let request = blueprints::SubmitBlueprintRequest { name: blueprint, ..Default::default() };
    let review = told(lead.reviews().submit_blueprint(request).await).unwrap().review.unwrap().name;
    let request = blueprints::SignOffReviewRequest { name: review.clone(), ..Default::default() };
    told(approver.reviews().sign_off_review(request).await).unwrap();
    let (name, assigned) = (review.clone(), reviewer.id.to_string());
    let request = blueprints::AssignReviewerRequest { name, reviewer: assigned, ..Default::default() };
    told(programme.reviews().assign_reviewer(request).await).unwrap();
    let suggested = async || {
        let request = pb::ListSuggestionsRequest::default();
        told(reviewer.competencies().list_suggestions(request).await).unwrap().suggestions
    };
    assert!(suggested().await.is_empty(), "to be asked is not to have done it");
    let request = blueprints::AssureReviewRequest { name: review.clone(), note: "Safe.".into(), ..Default::default() };
    told(reviewer.reviews().assure_review(request).await).unwrap();
    let done = suggested().await;
    let lines: Vec<_> = done.iter().map(|one| (one.title.as_str(), one.resource.as_str())).collect();
    assert_eq!(lines, [("Reviewed a blueprint", review.as_str())]);
    let confirm = pb::Evidence {
        kind: pb::EvidenceKind::Network.into(),
        competencies: vec!["FCI-4".into()],
        source_sequence: done[0].source_sequence,
        ..Default::default()
    };
    let confirmed = add(&reviewer, confirm).await.unwrap();
    assert_eq!((confirmed.state(), confirmed.detail), (pb::EvidenceState::Accepted, review));
    assert!(suggested().await.is_empty());
    assert_eq!(shown(&reviewer, "", "FCI-4").await.unwrap().0, ["Reviewed a blueprint"]);
}
