//! Protobuf to model and back. Nothing is decided here.

mod artefact;
mod artefact_convert;
mod blueprint;
mod content;
mod convert;
mod parts;
mod review;
mod search;

use exemplar_proto::blueprints::v1::artefact_service_server::ArtefactServiceServer;
use exemplar_proto::blueprints::v1::blueprint_service_server::BlueprintServiceServer;
use exemplar_proto::blueprints::v1::review_service_server::ReviewServiceServer;
use exemplar_proto::blueprints::v1::search_service_server::SearchServiceServer;

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
