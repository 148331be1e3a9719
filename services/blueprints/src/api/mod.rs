//! Protobuf to model and back. Nothing is decided here.

mod adoption;
mod artefact;
mod artefact_convert;
mod asked;
mod blueprint;
mod content;
mod convert;
mod decision;
mod demand;
mod diff;
mod exchange;
mod follow;
mod introduction;
mod parts;
mod review;
mod search;
mod synonym;
mod usage;
mod words;

use exemplar_proto::blueprints::v1::adoption_service_server::AdoptionServiceServer;
use exemplar_proto::blueprints::v1::artefact_service_server::ArtefactServiceServer;
use exemplar_proto::blueprints::v1::blueprint_service_server::BlueprintServiceServer;
use exemplar_proto::blueprints::v1::decision_service_server::DecisionServiceServer;
use exemplar_proto::blueprints::v1::demand_service_server::DemandServiceServer;
use exemplar_proto::blueprints::v1::exchange_service_server::ExchangeServiceServer;
use exemplar_proto::blueprints::v1::follow_service_server::FollowServiceServer;
use exemplar_proto::blueprints::v1::introduction_service_server::IntroductionServiceServer;
use exemplar_proto::blueprints::v1::review_service_server::ReviewServiceServer;
use exemplar_proto::blueprints::v1::search_service_server::SearchServiceServer;
use exemplar_proto::blueprints::v1::synonym_service_server::SynonymServiceServer;
use exemplar_proto::blueprints::v1::usage_service_server::UsageServiceServer;

use crate::Blueprints;

/// The gRPC face of blueprints.
#[derive(Clone)]
pub struct Api(Blueprints);

/// `exemplar.blueprints.v1.ArtefactService`.
pub fn artefacts(blueprints: Blueprints) -> ArtefactServiceServer<Api> {
    ArtefactServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.BlueprintService`.
pub fn blueprints(blueprints: Blueprints) -> BlueprintServiceServer<Api> {
    BlueprintServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.ReviewService`.
pub fn reviews(blueprints: Blueprints) -> ReviewServiceServer<Api> {
    ReviewServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.SearchService`.
pub fn searches(blueprints: Blueprints) -> SearchServiceServer<Api> {
    SearchServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.AdoptionService`.
pub fn adoptions(blueprints: Blueprints) -> AdoptionServiceServer<Api> {
    AdoptionServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.DecisionService`.
pub fn decisions(blueprints: Blueprints) -> DecisionServiceServer<Api> {
    DecisionServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.DemandService`.
pub fn demands(blueprints: Blueprints) -> DemandServiceServer<Api> {
    DemandServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.FollowService`.
pub fn follows(blueprints: Blueprints) -> FollowServiceServer<Api> {
    FollowServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.IntroductionService`.
pub fn introductions(blueprints: Blueprints) -> IntroductionServiceServer<Api> {
    IntroductionServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.UsageService`.
pub fn usages(blueprints: Blueprints) -> UsageServiceServer<Api> {
    UsageServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.ExchangeService`.
pub fn exchanges(blueprints: Blueprints) -> ExchangeServiceServer<Api> {
    ExchangeServiceServer::new(Api(blueprints))
}

/// `exemplar.blueprints.v1.SynonymService`.
pub fn synonyms(blueprints: Blueprints) -> SynonymServiceServer<Api> {
    SynonymServiceServer::new(Api(blueprints))
}
