//! Rows of adoptions, decision cards, introductions, usage and exchange.

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, World};
use prost::Message as _;

use super::Row;

/// What the calls are about: an adoption of a public blueprint by RRV, and a question of RRV to RGT.
pub(super) struct Made {
    blueprint: String,
    adoption: String,
    introduction: String,
}

/// Makes what the calls are about; `lead` leads RGT.
pub(super) async fn made(world: &World, lead: &Actor) -> Made {
    let content = crate::blueprints::on_a_page("What others may adopt", "So.");
    let public = pb::Visibility::Public;
    let blueprint = crate::blueprints::released(lead, "RGT", public, content).await.blueprint.unwrap().name;
    let adopter = world.at("RRV", Role::Lead).await;
    let adopt = crate::adoptions::adopting(&blueprint, "RRV", pb::AdoptionState::Planned);
    let adoption = crate::adoptions::adopt(&adopter, adopt).await.unwrap().name;
    let ask = pb::RequestIntroductionRequest {
        blueprint: blueprint.clone(),
        asker: "organisations/RRV".into(),
        kind: pb::IntroductionKind::Call.into(),
        question: "How did you train the nights?".into(),
        ..Default::default()
    };
    let asked = adopter.introductions().request_introduction(ask).await.unwrap().into_inner();
    Made { blueprint, adoption, introduction: asked.introduction.unwrap().name }
}

pub(super) fn rows(made: &Made, internal: &str) -> Vec<Row> {
    [adoptions(made), decisions(internal), introductions(made), exchange(made, internal)].concat()
}

fn adoptions(made: &Made) -> Vec<Row> {
    let (name, stale) = (|| made.adoption.clone(), || "v999".to_owned());
    let step = pb::AdoptionStep { state: pb::AdoptionState::Live.into(), ..Default::default() };
    let adoption = pb::Adoption { name: name(), willing: true, ..Default::default() };
    let decided = pb::DecidedSection {
        section: pb::SectionKind::Approach.into(),
        decision: pb::SectionDecision::Kept.into(),
        ..Default::default()
    };
    let outcome =
        pb::Outcome { measure: "Time".into(), result: "Less".into(), date: "2018-08-06".into(), ..Default::default() };
    vec![
        (
            "blueprints.v1.AdoptionService/AdoptBlueprint",
            crate::adoptions::adopting(&made.blueprint, "RGT", pb::AdoptionState::Planned).encode_to_vec(),
        ),
        (
            "blueprints.v1.AdoptionService/UpdateAdoption",
            pb::UpdateAdoptionRequest {
                adoption: Some(adoption),
                update_mask: Some(prost_types::FieldMask { paths: vec!["willing".into()] }),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "blueprints.v1.AdoptionService/AdvanceAdoption",
            pb::AdvanceAdoptionRequest { name: name(), step: Some(step), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.AdoptionService/StopAdoption",
            pb::StopAdoptionRequest {
                name: name(),
                stop_reason: 1,
                reason: "because".into(),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "blueprints.v1.AdoptionService/DecideSections",
            pb::DecideSectionsRequest { name: name(), decisions: vec![decided], etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.AdoptionService/RecordOutcome",
            pb::RecordOutcomeRequest { name: name(), outcome: Some(outcome), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        ("blueprints.v1.AdoptionService/GetAdoption", pb::GetAdoptionRequest { name: name() }.encode_to_vec()),
        ("blueprints.v1.AdoptionService/ListAdoptions", pb::ListAdoptionsRequest::default().encode_to_vec()),
        (
            "blueprints.v1.AdoptionService/GetAdoptionUpdate",
            pb::GetAdoptionUpdateRequest { name: name() }.encode_to_vec(),
        ),
    ]
}

fn decisions(internal: &str) -> Vec<Row> {
    vec![
        (
            "blueprints.v1.DecisionService/GetDecisionCard",
            pb::GetDecisionCardRequest { name: internal.to_owned() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.DecisionService/BatchGetDecisionCards",
            pb::BatchGetDecisionCardsRequest { names: vec![internal.to_owned()] }.encode_to_vec(),
        ),
        (
            "blueprints.v1.DecisionService/CompareBlueprints",
            pb::CompareBlueprintsRequest {
                names: vec![internal.to_owned(), "blueprints/01a200c6-0d7c-7fd5-99aa-6132283c91eb".into()],
            }
            .encode_to_vec(),
        ),
    ]
}

fn introductions(made: &Made) -> Vec<Row> {
    let (name, stale) = (|| made.introduction.clone(), || "v999".to_owned());
    let words = || "because so".to_owned();
    vec![
        (
            "blueprints.v1.IntroductionService/RequestIntroduction",
            pb::RequestIntroductionRequest {
                blueprint: made.blueprint.clone(),
                asker: "organisations/RGT".into(),
                kind: pb::IntroductionKind::Call.into(),
                question: words(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/AcceptIntroduction",
            pb::AcceptIntroductionRequest { name: name(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/DeclineIntroduction",
            pb::DeclineIntroductionRequest { name: name(), reason: words(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/AnswerIntroduction",
            pb::AnswerIntroductionRequest { name: name(), answer: words(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/CompleteIntroduction",
            pb::CompleteIntroductionRequest { name: name(), outcome: words(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/WithdrawIntroduction",
            pb::WithdrawIntroductionRequest { name: name(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/GetIntroduction",
            pb::GetIntroductionRequest { name: name() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/ListIntroductions",
            pb::ListIntroductionsRequest::default().encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/GetHourBudget",
            pb::GetHourBudgetRequest { organisation: "organisations/RGT".into() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.IntroductionService/SetHourBudget",
            pb::SetHourBudgetRequest { organisation: "organisations/RGT".into(), hours: 8, ..Default::default() }
                .encode_to_vec(),
        ),
    ]
}

fn exchange(made: &Made, internal: &str) -> Vec<Row> {
    let index = "title,organisation,date,care setting,project type,users,address\n";
    vec![
        (
            "blueprints.v1.UsageService/GetUsage of a public blueprint",
            pb::GetUsageRequest { name: made.blueprint.clone() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.UsageService/GetUsage of a hidden blueprint",
            pb::GetUsageRequest { name: internal.to_owned() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ExchangeService/ImportIndex",
            pb::ImportIndexRequest { file: index.into(), validate_only: true, ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.ExchangeService/ExportIndex", pb::ExportIndexRequest::default().encode_to_vec()),
        (
            "blueprints.v1.ExchangeService/ExportBlueprint",
            pb::ExportBlueprintRequest { name: internal.to_owned(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ExchangeService/ImportBundle",
            pb::ImportBundleRequest {
                organisation: "organisations/RGT".into(),
                visibility: pb::Visibility::Public.into(),
                chunk: b"no bundle".to_vec(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
    ]
}
