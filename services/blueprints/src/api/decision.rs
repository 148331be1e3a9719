//! `DecisionService`.

use std::ops::RangeInclusive;

use exemplar_directory::Vocabularies;
use exemplar_kernel::{Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::decision_service_server::DecisionService;
use tonic::{Request, Response, Status};

use super::{Api, content, words};
use crate::model::BlueprintId;
use crate::model::card::{Adopter, COMPARED, Card, MAX_CARDS, Told};
use crate::model::evidence::Evidence;

#[tonic::async_trait]
impl DecisionService for Api {
    async fn get_decision_card(
        &self,
        request: Request<pb::GetDecisionCardRequest>,
    ) -> Result<Response<pb::GetDecisionCardResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let words = self.0.directory.vocabularies().await?;
        let card = Some(card(&words, self.0.card(&caller, id).await?));
        Ok(Response::new(pb::GetDecisionCardResponse { card }))
    }

    async fn batch_get_decision_cards(
        &self,
        request: Request<pb::BatchGetDecisionCardsRequest>,
    ) -> Result<Response<pb::BatchGetDecisionCardsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let ids = typed_names(&mut violations, &message.names, 1..=MAX_CARDS);
        violations.check()?;
        let words = self.0.directory.vocabularies().await?;
        let cards = self.0.decision_cards(&caller, &ids).await?.into_iter().map(|found| card(&words, found)).collect();
        Ok(Response::new(pb::BatchGetDecisionCardsResponse { cards }))
    }

    async fn compare_blueprints(
        &self,
        request: Request<pb::CompareBlueprintsRequest>,
    ) -> Result<Response<pb::CompareBlueprintsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let ids = typed_names(&mut violations, &message.names, COMPARED);
        violations.check()?;
        let words = self.0.directory.vocabularies().await?;
        let cards = self.0.compare(&caller, &ids).await?.into_iter().map(|found| card(&words, found)).collect();
        Ok(Response::new(pb::CompareBlueprintsResponse { cards }))
    }
}

fn typed_names(violations: &mut Violations, names: &[String], range: RangeInclusive<usize>) -> Vec<BlueprintId> {
    if !range.contains(&names.len()) {
        violations.add("names", format!("must be {} to {}, not {}", range.start(), range.end(), names.len()));
    }
    let mut ids = Vec::new();
    for (i, name) in names.iter().take(*range.end()).enumerate() {
        let field = format!("names[{i}]");
        let Some(id) = violations.take(&field, BlueprintId::parse(name)) else { continue };
        if ids.contains(&id) {
            violations.add(field, "is there twice");
        }
        ids.push(id);
    }
    ids
}

fn card(words: &Vocabularies, card: Card) -> pb::DecisionCard {
    let Card { blueprint, author, evidence, adopters, adoptions, outcomes } = card;
    let said = content::content(words, blueprint.content);
    pb::DecisionCard {
        blueprint: blueprint.header.id.to_string(),
        revision: words::count(blueprint.revision),
        title: said.title,
        summary: said.summary,
        kind: said.kind,
        organisation: blueprint.header.organisation.to_string(),
        organisation_display_name: author,
        questions: said.questions,
        cost: said.cost,
        months_to_deliver: said.months_to_deliver,
        benefits: said.benefits,
        outcomes: outcomes.into_iter().map(told).collect(),
        evidence: Some(evidence_of(evidence)),
        care_settings: said.care_settings,
        project_types: said.project_types,
        user_groups: said.user_groups,
        eprs: said.eprs,
        size_band: said.size_band,
        adopters: adopters.into_iter().map(adopter).collect(),
        adoption_count: words::count(adoptions),
    }
}

fn told(told: Told) -> pb::AdopterOutcome {
    let outcome = Some(super::adoption::outcome(&told.outcome, told.independent));
    pb::AdopterOutcome { organisation: told.organisation.to_string(), outcome }
}

fn adopter(adopter: Adopter) -> pb::Adopter {
    pb::Adopter {
        adoption: adopter.adoption.to_string(),
        organisation: adopter.organisation.to_string(),
        organisation_display_name: adopter.display_name,
        revision: words::count(adopter.revision),
        state: words::adoption_state(adopter.state).into(),
        willing: adopter.willing,
    }
}

fn evidence_of(evidence: Evidence) -> pb::Evidence {
    pb::Evidence {
        rung: words::rung(evidence.rung).into(),
        live_count: words::count(evidence.live),
        context_count: words::count(evidence.contexts),
        measured_count: words::count(evidence.measured),
        stopped_count: words::count(evidence.stopped),
        reviewed: evidence.reviewed,
        reason: evidence.reason(),
    }
}
