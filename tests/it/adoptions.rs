//! Adoptions: how they go on, what is decided and told, who knows of them, what a newer revision changes, and the
//! evidence that follows from them.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use exemplar_kernel::{Role, journal};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::network::v1 as network;
use exemplar_tests::{Actor, Database, World};

use crate::blueprints::{create, on_a_page, publish, released, section, update};
use crate::pairings::{at_once, told};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("adoptions::every_step_is_kept_and_journalled", every_step_is_kept_and_journalled);
    suite.each("adoptions::steps_are_judged", steps_are_judged);
    suite.each("adoptions::roles_decide", roles_decide);
    suite.each("adoptions::plans_are_the_adopters_own", plans_are_the_adopters_own);
    suite.each("adoptions::hidden_with_their_blueprint", hidden_with_their_blueprint);
    suite.each("adoptions::lists_page_and_filter", lists_page_and_filter);
    suite.each("adoptions::only_what_was_kept_or_adapted_is_news", only_what_was_kept_or_adapted_is_news);
    suite.each("adoptions::who_is_no_partner_any_more_is_told_nothing", who_is_no_partner_any_more_is_told_nothing);
    suite.each("adoptions::evidence_rises_and_falls", evidence_rises_and_falls);
    suite.each("adoptions::cards_stand_side_by_side", cards_stand_side_by_side);
    suite.each("adoptions::one_at_a_time_however_many_ask", one_at_a_time_however_many_ask);
    suite.each("adoptions::requests_repeat", requests_repeat);
}

pub(crate) const AUTHOR: &str = "RGT";
pub(crate) const ADOPTER: &str = "RRV";

/// A released blueprint, its author's lead, and the lead of a trust that would adopt it.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) author: Actor,
    pub(crate) adopter: Actor,
    pub(crate) blueprint: String,
}

/// What the blueprint of a scene says.
pub(crate) fn said() -> pb::Content {
    let mut content = on_a_page("Barcodes at the bedside in two wards", "Begin with two wards.");
    content.sections.push(section(pb::SectionKind::Team, "A nurse and a pharmacist."));
    content.sections.push(section(pb::SectionKind::WhatWentWrong, "Flat batteries."));
    content.benefits = vec![pb::Benefit {
        id: "doses-scanned".to_owned(),
        measure: "Doses scanned".to_owned(),
        unit: "%".to_owned(),
        baseline: "0".to_owned(),
        result: "91".to_owned(),
        ..Default::default()
    }];
    content.questions = vec!["How many scanners does a ward need?".to_owned()];
    content
}

pub(crate) async fn scene(database: Database) -> Scene {
    scene_of(database, pb::Visibility::Public).await
}

async fn scene_of(database: Database, visibility: pb::Visibility) -> Scene {
    let world = World::new(database).await;
    world.organisations(&[AUTHOR, ADOPTER, "RBL", "REP"]).await;
    let (author, adopter) = (world.at(AUTHOR, Role::Lead).await, world.at(ADOPTER, Role::Lead).await);
    let blueprint = released(&author, AUTHOR, visibility, said()).await.blueprint.unwrap().name;
    Scene { world, author, adopter, blueprint }
}

pub(crate) fn named(code: &str) -> String {
    format!("organisations/{code}")
}

fn step(state: pb::AdoptionState, date: &str, reason: &str) -> pb::AdoptionStep {
    pb::AdoptionStep { state: state.into(), date: date.to_owned(), reason: reason.to_owned(), stop_reason: 0 }
}

pub(crate) fn adopting(blueprint: &str, code: &str, state: pb::AdoptionState) -> pb::AdoptBlueprintRequest {
    pb::AdoptBlueprintRequest {
        blueprint: blueprint.to_owned(),
        organisation: named(code),
        step: Some(step(state, "", "")),
        ..Default::default()
    }
}

pub(crate) async fn adopt(by: &Actor, request: pb::AdoptBlueprintRequest) -> Result<pb::Adoption, String> {
    told(by.adoptions().adopt_blueprint(request).await).map(|answer| answer.adoption.unwrap())
}

async fn advance(by: &Actor, name: &str, to: pb::AdoptionStep) -> Result<pb::Adoption, String> {
    let request = pb::AdvanceAdoptionRequest { name: name.to_owned(), step: Some(to), ..Default::default() };
    told(by.adoptions().advance_adoption(request).await).map(|answer| answer.adoption.unwrap())
}

pub(crate) async fn stop(by: &Actor, name: &str, date: &str) -> Result<pb::Adoption, String> {
    let request = pb::StopAdoptionRequest {
        name: name.to_owned(),
        stop_reason: pb::StopReason::WantOfGuidance.into(),
        reason: "Nothing on children's wards.".to_owned(),
        date: date.to_owned(),
        ..Default::default()
    };
    told(by.adoptions().stop_adoption(request).await).map(|answer| answer.adoption.unwrap())
}

pub(crate) fn decided(kind: pb::SectionKind, decision: pb::SectionDecision, reason: &str) -> pb::DecidedSection {
    pb::DecidedSection { section: kind.into(), decision: decision.into(), reason: reason.to_owned() }
}

pub(crate) async fn decide(by: &Actor, name: &str, decisions: Vec<pb::DecidedSection>) -> Result<pb::Adoption, String> {
    let request = pb::DecideSectionsRequest { name: name.to_owned(), decisions, ..Default::default() };
    told(by.adoptions().decide_sections(request).await).map(|answer| answer.adoption.unwrap())
}

fn outcome(benefit: &str, measure: &str, result: &str) -> pb::Outcome {
    pb::Outcome {
        benefit: benefit.to_owned(),
        measure: measure.to_owned(),
        result: result.to_owned(),
        date: "2018-08-05".to_owned(),
        ..Default::default()
    }
}

async fn record(by: &Actor, name: &str, outcome: pb::Outcome) -> Result<pb::Adoption, String> {
    let request = pb::RecordOutcomeRequest { name: name.to_owned(), outcome: Some(outcome), ..Default::default() };
    told(by.adoptions().record_outcome(request).await).map(|answer| answer.adoption.unwrap())
}

async fn get(by: &Actor, name: &str) -> Result<pb::Adoption, String> {
    let request = pb::GetAdoptionRequest { name: name.to_owned() };
    told(by.adoptions().get_adoption(request).await).map(|answer| answer.adoption.unwrap())
}

async fn list(by: &Actor, filter: &str) -> Vec<pb::Adoption> {
    let request = pb::ListAdoptionsRequest { filter: filter.to_owned(), ..Default::default() };
    by.adoptions().list_adoptions(request).await.unwrap().into_inner().adoptions
}

async fn card(by: &Actor, name: &str) -> Result<pb::DecisionCard, String> {
    let request = pb::GetDecisionCardRequest { name: name.to_owned() };
    told(by.decisions().get_decision_card(request).await).map(|answer| answer.card.unwrap())
}

/// The newest verbs of the journal, oldest first.
pub(crate) async fn verbs(world: &World, after: i64) -> Vec<String> {
    let entries = journal::read(world.services.db.read(), after, 500).await.unwrap();
    entries.into_iter().map(|entry| entry.verb).collect()
}

pub(crate) async fn head(world: &World) -> i64 {
    journal::head(world.services.db.read()).await.unwrap()
}

async fn every_step_is_kept_and_journalled(database: Database) {
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let before = head(&world).await;
    let mut request = adopting(&blueprint, ADOPTER, pb::AdoptionState::Considering);
    request.step = Some(step(pb::AdoptionState::Considering, "2018-06-01", "The board asked."));
    "Two wards in autumn.".clone_into(&mut request.plan);
    let began = adopt(&adopter, request).await.unwrap();
    let name = began.name.clone();
    let expected = pb::Adoption {
        name: name.clone(),
        blueprint: blueprint.clone(),
        revision: 1,
        latest_revision: 1,
        organisation: named(ADOPTER),
        state: pb::AdoptionState::Considering.into(),
        plan: "Two wards in autumn.".to_owned(),
        steps: vec![step(pb::AdoptionState::Considering, "2018-06-01", "The board asked.")],
        etag: "v1".to_owned(),
        ..Default::default()
    };
    assert_eq!(began, expected);
    for (state, date) in [
        (pb::AdoptionState::Planned, "2018-06-08"),
        (pb::AdoptionState::InProgress, "2018-07-01"),
        (pb::AdoptionState::Live, "2018-08-01"),
    ] {
        advance(&adopter, &name, step(state, date, "")).await.unwrap();
    }
    let sections = vec![
        decided(pb::SectionKind::Approach, pb::SectionDecision::Adapted, "One ward at a time."),
        decided(pb::SectionKind::Team, pb::SectionDecision::Kept, ""),
        decided(pb::SectionKind::WhatWentWrong, pb::SectionDecision::Dropped, "Our scanners have docks."),
    ];
    decide(&adopter, &name, sections.clone()).await.unwrap();
    record(&adopter, &name, outcome("doses-scanned", "", "88 % of doses")).await.unwrap();
    record(&adopter, &name, outcome("", "Noise on the ward at night", "Quieter")).await.unwrap();
    let update = pb::UpdateAdoptionRequest {
        adoption: Some(pb::Adoption { name: name.clone(), willing: true, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["willing".to_owned()] }),
        ..Default::default()
    };
    adopter.adoptions().update_adoption(update).await.unwrap();
    let stopped = stop(&adopter, &name, "2018-08-06").await.unwrap();
    let told = |outcome: pb::Outcome, measure: &str| pb::Outcome {
        measure: measure.to_owned(),
        measured_by: named(ADOPTER),
        ..outcome
    };
    let expected = pb::Adoption {
        state: pb::AdoptionState::Stopped.into(),
        willing: true,
        decisions: sections,
        outcomes: vec![
            told(outcome("doses-scanned", "", "88 % of doses"), "Doses scanned"),
            told(outcome("", "", "Quieter"), "Noise on the ward at night"),
        ],
        steps: vec![
            step(pb::AdoptionState::Considering, "2018-06-01", "The board asked."),
            step(pb::AdoptionState::Planned, "2018-06-08", ""),
            step(pb::AdoptionState::InProgress, "2018-07-01", ""),
            step(pb::AdoptionState::Live, "2018-08-01", ""),
            pb::AdoptionStep {
                stop_reason: pb::StopReason::WantOfGuidance.into(),
                ..step(pb::AdoptionState::Stopped, "2018-08-06", "Nothing on children's wards.")
            },
        ],
        etag: "v9".to_owned(),
        ..expected
    };
    assert_eq!(stopped, expected);
    assert_eq!(get(&adopter, &name).await.unwrap(), expected);
    let verbs = verbs(&world, before).await;
    let of = |verb: &str| format!("blueprints.adoption.{verb}");
    let advances = [
        "adopt",
        "advance",
        "advance",
        "advance",
        "go_live",
        "decide",
        "record_outcome",
        "record_outcome",
        "update",
        "stop",
    ];
    assert_eq!(verbs, advances.map(of));
}

async fn steps_are_judged(database: Database) {
    let Scene { world, author, adopter, blueprint, .. } = scene(database).await;
    let live = || adopting(&blueprint, ADOPTER, pb::AdoptionState::Live);
    let mut wrong = live();
    (wrong.blueprint, wrong.organisation) = (format!("{blueprint}/draft"), "RRV".to_owned());
    wrong.step = Some(pb::AdoptionStep { date: "yesterday".to_owned(), stop_reason: 1, ..Default::default() });
    wrong.plan = "x".repeat(20_001);
    assert_eq!(
        adopt(&adopter, wrong).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\
         \n  blueprint: must look like blueprints/{id} or blueprints/{id}/revisions/{number}\
         \n  organisation: must look like organisations/{code}\
         \n  step.state: is missing\
         \n  step.stop_reason: is for StopAdoption\
         \n  step.date: must be a day like 2018-08-06\
         \n  plan: is longer than 20000 characters (20001)"
    );
    let mut unknown = live();
    unknown.blueprint = format!("{blueprint}/revisions/2");
    assert_eq!(adopt(&adopter, unknown).await.unwrap_err(), "NotFound REVISION_NOT_FOUND");
    let own = adopting(&blueprint, AUTHOR, pb::AdoptionState::Live);
    assert_eq!(adopt(&author, own).await.unwrap_err(), "FailedPrecondition ADOPTION_OWN");
    let stopped = adopting(&blueprint, ADOPTER, pb::AdoptionState::Stopped);
    assert_eq!(adopt(&adopter, stopped).await.unwrap_err(), "FailedPrecondition ADOPTION_STATE");
    let mut early = live();
    early.step = Some(step(pb::AdoptionState::Live, "2018-08-07", ""));
    assert_eq!(adopt(&adopter, early).await.unwrap_err(), "FailedPrecondition DATE_IN_FUTURE");

    let mut planned = live();
    planned.step = Some(step(pb::AdoptionState::Planned, "2018-07-01", ""));
    let name = adopt(&adopter, planned).await.unwrap().name;
    let back = advance(&adopter, &name, step(pb::AdoptionState::Considering, "", "")).await;
    assert_eq!(back.unwrap_err(), "FailedPrecondition ADOPTION_STATE");
    let before = advance(&adopter, &name, step(pb::AdoptionState::Live, "2018-06-30", "")).await;
    assert_eq!(before.unwrap_err(), "FailedPrecondition DATE_BEFORE_LAST");
    let by_advance = advance(&adopter, &name, step(pb::AdoptionState::Stopped, "", "")).await;
    assert_eq!(by_advance.unwrap_err(), "FailedPrecondition ADOPTION_STATE");
    let absent = vec![decided(pb::SectionKind::Cost, pb::SectionDecision::Kept, "")];
    assert_eq!(decide(&adopter, &name, absent).await.unwrap_err(), "NotFound SECTION_NOT_FOUND");
    let twice = vec![
        decided(pb::SectionKind::Team, pb::SectionDecision::Kept, ""),
        decided(pb::SectionKind::Team, pb::SectionDecision::Dropped, ""),
        pb::DecidedSection::default(),
    ];
    assert_eq!(
        decide(&adopter, &name, twice).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\
         \n  decisions[1].reason: is missing\
         \n  decisions[1].section: is there twice\
         \n  decisions[2].section: is not a kind of section\
         \n  decisions[2].decision: is missing\
         \n  decisions[2].reason: is missing"
    );
    let unheard = record(&adopter, &name, outcome("never-heard-of", "", "1")).await;
    assert_eq!(unheard.unwrap_err(), "NotFound BENEFIT_NOT_FOUND");
    let mut late = outcome("doses-scanned", "", "1");
    "2018-08-07".clone_into(&mut late.date);
    assert_eq!(record(&adopter, &name, late).await.unwrap_err(), "FailedPrecondition DATE_IN_FUTURE");
    let stale = pb::AdvanceAdoptionRequest {
        name: name.clone(),
        step: Some(step(pb::AdoptionState::Live, "", "")),
        etag: "v7".to_owned(),
        ..Default::default()
    };
    assert_eq!(told(adopter.adoptions().advance_adoption(stale).await).unwrap_err(), "Aborted ETAG_STALE");
    assert_eq!(adopt(&adopter, live()).await.unwrap_err(), "AlreadyExists ADOPTION_EXISTS");
    stop(&adopter, &name, "").await.unwrap();
    let after = decide(&adopter, &name, vec![decided(pb::SectionKind::Team, pb::SectionDecision::Kept, "")]).await;
    assert_eq!(after.unwrap_err(), "FailedPrecondition ADOPTION_STOPPED");
    assert_eq!(stop(&adopter, &name, "").await.unwrap_err(), "FailedPrecondition ADOPTION_STATE");
    record(&adopter, &name, outcome("", "What we learnt", "Ask earlier")).await.unwrap();
    adopt(&adopter, live()).await.unwrap();
    drop(world);
}

async fn roles_decide(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let contributor = world.at(ADOPTER, Role::Contributor).await;
    let member = world.at(ADOPTER, Role::Member).await;
    let planned = adopting(&blueprint, ADOPTER, pb::AdoptionState::Planned);
    assert_eq!(adopt(&contributor, planned.clone()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    assert_eq!(adopt(&world.anonymous().await, planned.clone()).await.unwrap_err(), "Unauthenticated NOT_SIGNED_IN");
    let name = adopt(&adopter, planned).await.unwrap().name;
    let kept = || vec![decided(pb::SectionKind::Team, pb::SectionDecision::Kept, "")];
    decide(&contributor, &name, kept()).await.unwrap();
    for other in [&member, &author] {
        assert_eq!(decide(other, &name, kept()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    }
    let go = || step(pb::AdoptionState::Live, "", "");
    assert_eq!(advance(&contributor, &name, go()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    assert_eq!(advance(&author, &name, go()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    advance(&adopter, &name, go()).await.unwrap();
}

async fn plans_are_the_adopters_own(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let mut request = adopting(&blueprint, ADOPTER, pb::AdoptionState::Planned);
    "Not for everybody.".clone_into(&mut request.plan);
    let name = adopt(&adopter, request).await.unwrap().name;
    let (member, programme) = (world.at(ADOPTER, Role::Member).await, world.programme().await);
    for (reader, plan) in [(&member, true), (&programme, true), (&author, false)] {
        let seen = get(reader, &name).await.unwrap();
        assert_eq!(!seen.plan.is_empty(), plan);
        let listed = list(reader, "").await;
        assert_eq!(listed, [seen]);
    }
    assert_eq!(get(&member, &name).await.unwrap().etag, "v1");
    assert_eq!(get(&author, &name).await.unwrap().etag, "");
}

async fn hidden_with_their_blueprint(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene_of(database, pb::Visibility::Organisation).await;
    let unknown = "adoptions/01a200c6-0d7c-7fd5-99aa-6132283c91eb";
    let request = adopting(&blueprint, ADOPTER, pb::AdoptionState::Live);
    let hidden = told(adopter.adoptions().adopt_blueprint(request).await).unwrap_err();
    assert_eq!(hidden, "NotFound BLUEPRINT_NOT_FOUND");
    assert_eq!(card(&adopter, &blueprint).await.unwrap_err(), "NotFound BLUEPRINT_NOT_FOUND");
    // Somebody of both may adopt it for the other: then the other's people know of their own adoption.
    let both = world.person(&[(AUTHOR, Role::Member), (ADOPTER, Role::Lead)], &[]).await;
    let name = adopt(&both, adopting(&blueprint, ADOPTER, pb::AdoptionState::Live)).await.unwrap().name;
    let stranger = world.at("RBL", Role::Lead).await;
    assert_eq!(get(&stranger, &name).await.unwrap_err(), "NotFound ADOPTION_NOT_FOUND");
    assert_eq!(get(&stranger, unknown).await.unwrap_err(), "NotFound ADOPTION_NOT_FOUND");
    assert!(list(&stranger, "").await.is_empty());
    let news = pb::GetAdoptionUpdateRequest { name: name.clone() };
    let news = told(stranger.adoptions().get_adoption_update(news).await).unwrap_err();
    assert_eq!(news, "NotFound ADOPTION_NOT_FOUND");
    assert_eq!(get(&author, &name).await.unwrap().name, name);
    assert_eq!(get(&adopter, &name).await.unwrap().name, name);
    let anonymous = world.anonymous().await;
    assert_eq!(get(&anonymous, &name).await.unwrap_err(), "Unauthenticated NOT_SIGNED_IN");
}

async fn lists_page_and_filter(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let other = released(&author, AUTHOR, pb::Visibility::Public, said()).await.blueprint.unwrap().name;
    let first = adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::Live)).await.unwrap();
    let second = adopt(&adopter, adopting(&other, ADOPTER, pb::AdoptionState::Planned)).await.unwrap();
    let third = world.at("RBL", Role::Lead).await;
    let third = adopt(&third, adopting(&blueprint, "RBL", pb::AdoptionState::Planned)).await.unwrap();
    // The clock stands still: of what was made in one millisecond, any may be the newest.
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let names = async |filter: &str| {
        sorted(list(&author, filter).await.into_iter().map(|adoption| adoption.name).collect::<Vec<_>>())
    };
    let all = [&third, &second, &first].map(|adoption| adoption.name.clone());
    assert_eq!(names("").await, sorted(all.to_vec()));
    assert_eq!(names(&format!("blueprint = \"{blueprint}\"")).await, sorted(vec![all[0].clone(), all[2].clone()]));
    assert_eq!(names("organisation = organisations/RBL").await, [all[0].clone()]);
    assert_eq!(names("organisation = RBL").await, [all[0].clone()]);
    assert_eq!(
        names("state = PLANNED AND author = organisations/RGT").await,
        sorted(vec![all[0].clone(), all[1].clone()])
    );
    assert_eq!(names("author = organisations/RRV").await, Vec::<String>::new());
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListAdoptionsRequest { page_size: 1, page_token, filter: String::new() };
        let page = author.adoptions().list_adoptions(request).await.unwrap().into_inner();
        found.extend(page.adoptions.into_iter().map(|adoption| adoption.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(sorted(found), sorted(all.to_vec()));
    let wrong = pb::ListAdoptionsRequest { filter: "state = SLEEPING".to_owned(), ..Default::default() };
    assert_eq!(
        told(author.adoptions().list_adoptions(wrong).await).unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  filter: state cannot be \"SLEEPING\""
    );
}

async fn only_what_was_kept_or_adapted_is_news(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let name = adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::Live)).await.unwrap().name;
    let sections = vec![
        decided(pb::SectionKind::Approach, pb::SectionDecision::Adapted, "One ward at a time."),
        decided(pb::SectionKind::WhatWentWrong, pb::SectionDecision::Dropped, "Our scanners have docks."),
    ];
    decide(&adopter, &name, sections).await.unwrap();
    let careless = world.at("RBL", Role::Lead).await;
    adopt(&careless, adopting(&blueprint, "RBL", pb::AdoptionState::Live)).await.unwrap();
    let news = async || {
        let request = pb::GetAdoptionUpdateRequest { name: name.clone() };
        adopter.adoptions().get_adoption_update(request).await.unwrap().into_inner()
    };
    let nothing = pb::GetAdoptionUpdateResponse { revision: 1, latest_revision: 1, ..Default::default() };
    assert_eq!(news().await, nothing);
    let sections = vec![
        section(pb::SectionKind::Approach, "Begin with four wards."),
        section(pb::SectionKind::Team, "A nurse, a pharmacist and a porter."),
        section(pb::SectionKind::WhatWentWrong, "Flat batteries and torn wristbands."),
    ];
    let content = pb::Content { sections, ..Default::default() };
    author.blueprints().update_draft(update(&blueprint, &["sections"], content)).await.unwrap();
    let before = head(&world).await;
    author.publish_with_note(publish(&blueprint), "Four wards").await.unwrap();
    // Only the adopter who follows a section that changed is told.
    let entries = journal::read(world.services.db.read(), before, 500).await.unwrap();
    let outdated: Vec<_> = entries.iter().filter(|entry| entry.verb == "blueprints.adoption.outdate").collect();
    assert_eq!(outdated.len(), 1, "{entries:?}");
    assert_eq!((outdated[0].resource.as_str(), outdated[0].on_behalf.clone()), (name.as_str(), Some(named(ADOPTER))));
    let piece = |kind: pb::PieceKind, text: &str| pb::TextPiece { kind: kind.into(), text: text.to_owned() };
    let expected = pb::GetAdoptionUpdateResponse {
        revision: 1,
        latest_revision: 2,
        change_notes: vec!["Four wards".to_owned()],
        sections: vec![pb::SectionUpdate {
            section: pb::SectionKind::Approach.into(),
            decision: pb::SectionDecision::Adapted.into(),
            before: "Begin with two wards.".to_owned(),
            after: "Begin with four wards.".to_owned(),
            pieces: vec![
                piece(pb::PieceKind::Same, "Begin with "),
                piece(pb::PieceKind::Removed, "two"),
                piece(pb::PieceKind::Added, "four"),
                piece(pb::PieceKind::Same, " wards."),
            ],
        }],
    };
    assert_eq!(news().await, expected);
    let follow = |revision| pb::UpdateAdoptionRequest {
        adoption: Some(pb::Adoption { name: name.clone(), revision, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["revision".to_owned()] }),
        ..Default::default()
    };
    let gone = told(adopter.adoptions().update_adoption(follow(3)).await).unwrap_err();
    assert_eq!(gone, "NotFound REVISION_NOT_FOUND");
    adopter.adoptions().update_adoption(follow(2)).await.unwrap();
    let nothing = pb::GetAdoptionUpdateResponse { revision: 2, latest_revision: 2, ..Default::default() };
    assert_eq!(news().await, nothing);
    let back = told(adopter.adoptions().update_adoption(follow(1)).await).unwrap_err();
    assert_eq!(back, "FailedPrecondition REVISION_OLDER");
}

async fn who_is_no_partner_any_more_is_told_nothing(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene_of(database, pb::Visibility::Pair).await;
    world.designate(AUTHOR, network::DesignationKind::GlobalExemplar, 2).await;
    let careless = world.at("RBL", Role::Lead).await;
    let mut pairings = Vec::new();
    for (lead, code) in [(&adopter, ADOPTER), (&careless, "RBL")] {
        pairings.push(crate::partnerships::propose(lead, AUTHOR, code, code).await.unwrap().name);
        crate::partnerships::accept(&author, pairings.last().unwrap()).await.unwrap();
        let name = adopt(lead, adopting(&blueprint, code, pb::AdoptionState::Live)).await.unwrap().name;
        let kept = decided(pb::SectionKind::Approach, pb::SectionDecision::Kept, "");
        decide(lead, &name, vec![kept]).await.unwrap();
    }
    let told_of = async |text: &str| {
        let content = pb::Content { sections: vec![section(pb::SectionKind::Approach, text)], ..Default::default() };
        author.blueprints().update_draft(update(&blueprint, &["sections"], content)).await.unwrap();
        let before = head(&world).await;
        author.publish(publish(&blueprint)).await.unwrap();
        let entries = journal::read(world.services.db.read(), before, 500).await.unwrap();
        let told = entries.into_iter().filter(|entry| entry.verb == "blueprints.adoption.outdate");
        let mut told: Vec<_> = told.filter_map(|entry| entry.on_behalf).collect();
        told.sort();
        told
    };
    assert_eq!(told_of("Begin with three wards.").await, [named("RBL"), named(ADOPTER)]);
    let request = network::WithdrawPairingRequest {
        name: pairings[1].clone(),
        reason: "Enough.".to_owned(),
        ..Default::default()
    };
    told(careless.pairings().withdraw_pairing(request).await).unwrap();
    assert_eq!(told_of("Begin with four wards.").await, [named(ADOPTER)]);
}

async fn evidence_rises_and_falls(database: Database) {
    use pb::EvidenceRung as Rung;
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let anonymous = world.anonymous().await;
    let evidence = async || {
        let evidence = card(&anonymous, &blueprint).await.unwrap().evidence.unwrap();
        let rung = Rung::try_from(evidence.rung).unwrap();
        (rung, evidence.live_count, evidence.context_count, evidence.measured_count, evidence.stopped_count)
    };
    // What is released was assured by others: nothing begins lower.
    let lowest = Rung::Reviewed;
    assert_eq!(evidence().await, (lowest, 0, 0, 0, 0));
    let first = adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::InProgress)).await.unwrap().name;
    assert_eq!(evidence().await, (lowest, 0, 0, 0, 0));
    advance(&adopter, &first, step(pb::AdoptionState::Live, "", "")).await.unwrap();
    assert_eq!(evidence().await, (Rung::LiveAtOne, 1, 1, 0, 0));
    let second = world.at("RBL", Role::Lead).await;
    let second_name = adopt(&second, adopting(&blueprint, "RBL", pb::AdoptionState::Live)).await.unwrap().name;
    assert_eq!(evidence().await, (Rung::LiveAtSeveral, 2, 1, 0, 0));
    // Measured by the adopter itself, or by the author, is not independent.
    for (measurer, independent) in [("", false), (AUTHOR, false), ("REP", true)] {
        let mut told = outcome("doses-scanned", "", "90 %");
        told.measured_by = if measurer.is_empty() { String::new() } else { named(measurer) };
        let recorded = record(&adopter, &first, told).await.unwrap();
        assert_eq!(recorded.outcomes.last().unwrap().independent, independent, "{measurer}");
    }
    assert_eq!(evidence().await, (Rung::IndependentlyMeasured, 2, 1, 1, 0));
    stop(&adopter, &first, "").await.unwrap();
    assert_eq!(evidence().await, (Rung::LiveAtOne, 1, 1, 0, 1));
    stop(&second, &second_name, "").await.unwrap();
    assert_eq!(evidence().await, (lowest, 0, 0, 0, 2));
}

async fn cards_stand_side_by_side(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let hidden = released(&author, AUTHOR, pb::Visibility::Organisation, said()).await.blueprint.unwrap().name;
    let other = released(&author, AUTHOR, pb::Visibility::Public, said()).await.blueprint.unwrap().name;
    adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::Live)).await.unwrap();
    let anonymous = world.anonymous().await;
    let public = card(&anonymous, &blueprint).await.unwrap();
    assert_eq!((public.adoption_count, public.adopters.len()), (1, 0));
    assert_eq!(public.questions, said().questions);
    assert_eq!(public.benefits, said().benefits);
    let known = card(&author, &blueprint).await.unwrap();
    let [adopter] = known.adopters.as_slice() else { panic!("{known:?}") };
    assert_eq!(
        (adopter.organisation.as_str(), adopter.organisation_display_name.as_str()),
        ("organisations/RRV", "Trust RRV")
    );
    let compare = async |by: &Actor, names: &[&String]| {
        let request = pb::CompareBlueprintsRequest { names: names.iter().map(|name| (*name).clone()).collect() };
        let cards = told(by.decisions().compare_blueprints(request).await)?.cards;
        Ok::<_, String>(cards.into_iter().map(|card| card.blueprint).collect::<Vec<_>>())
    };
    assert_eq!(compare(&anonymous, &[&other, &blueprint]).await.unwrap(), [other.clone(), blueprint.clone()]);
    assert_eq!(compare(&anonymous, &[&other, &hidden]).await.unwrap_err(), "NotFound BLUEPRINT_NOT_FOUND");
    assert_eq!(
        compare(&anonymous, &[&other]).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  names: must be 2 to 4, not 1"
    );
    assert_eq!(
        compare(&anonymous, &[&other, &other]).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  names[1]: is there twice"
    );
    let draft = author.blueprints().create_blueprint(create(AUTHOR, pb::Visibility::Public, said())).await.unwrap();
    let draft = draft.into_inner().blueprint.unwrap().name;
    let names = vec![hidden, other.clone(), draft, blueprint.clone()];
    let request = pb::BatchGetDecisionCardsRequest { names };
    let cards = anonymous.decisions().batch_get_decision_cards(request).await.unwrap().into_inner().cards;
    let found: Vec<_> = cards.into_iter().map(|card| card.blueprint).collect();
    assert_eq!(found, [other, blueprint]);
}

async fn one_at_a_time_however_many_ask(database: Database) {
    let Scene { world: _world, adopter, blueprint, .. } = scene(database).await;
    let calls = (0..8).map(|_| {
        let (adopter, request) = (adopter.clone(), adopting(&blueprint, ADOPTER, pb::AdoptionState::Planned));
        async move { adopt(&adopter, request).await }
    });
    let answers = at_once(calls.collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1, "{refused:?}");
    assert!(
        refused.iter().all(|answer| answer.as_ref().unwrap_err() == "AlreadyExists ADOPTION_EXISTS"),
        "{refused:?}"
    );
}

async fn requests_repeat(database: Database) {
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let mut request = adopting(&blueprint, ADOPTER, pb::AdoptionState::Planned);
    "once".clone_into(&mut request.request_id);
    let first = adopter.adoptions().adopt_blueprint(request.clone()).await.unwrap().into_inner();
    let before = head(&world).await;
    let again = adopter.adoptions().adopt_blueprint(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    request.willing = true;
    assert_eq!(adopt(&adopter, request).await.unwrap_err(), "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(head(&world).await, before);
}
