//! Protobuf to model and back. Nothing is decided here.

mod agreement;
mod convert;
mod convert_award;
mod convert_life;
mod designation;
mod funding;
mod milestone;
mod pairing;
mod view;

use exemplar_proto::network::v1::agreement_service_server::AgreementServiceServer;
use exemplar_proto::network::v1::designation_service_server::DesignationServiceServer;
use exemplar_proto::network::v1::funding_service_server::FundingServiceServer;
use exemplar_proto::network::v1::milestone_service_server::MilestoneServiceServer;
use exemplar_proto::network::v1::network_view_service_server::NetworkViewServiceServer;
use exemplar_proto::network::v1::pairing_service_server::PairingServiceServer;

use crate::Network;

/// The gRPC face of the network.
#[derive(Clone, Debug)]
pub struct Api(Network);

/// `exemplar.network.v1.AgreementService`.
pub fn agreements(network: Network) -> AgreementServiceServer<Api> {
    AgreementServiceServer::new(Api(network))
}

/// `exemplar.network.v1.DesignationService`.
pub fn designations(network: Network) -> DesignationServiceServer<Api> {
    DesignationServiceServer::new(Api(network))
}

/// `exemplar.network.v1.FundingService`.
pub fn funding(network: Network) -> FundingServiceServer<Api> {
    FundingServiceServer::new(Api(network))
}

/// `exemplar.network.v1.MilestoneService`.
pub fn milestones(network: Network) -> MilestoneServiceServer<Api> {
    MilestoneServiceServer::new(Api(network))
}

/// `exemplar.network.v1.PairingService`.
pub fn pairings(network: Network) -> PairingServiceServer<Api> {
    PairingServiceServer::new(Api(network))
}

/// `exemplar.network.v1.NetworkViewService`.
pub fn view(network: Network) -> NetworkViewServiceServer<Api> {
    NetworkViewServiceServer::new(Api(network))
}
