//! Protobuf to model and back. Nothing is decided here.

mod agreement;
mod convert;
mod convert_award;
mod convert_life;
mod convert_matching;
mod convert_round;
mod designation;
mod funding;
mod matching;
mod milestone;
mod pairing;
mod round;
mod view;

use exemplar_proto::network::v1::agreement_service_server::AgreementServiceServer;
use exemplar_proto::network::v1::designation_service_server::DesignationServiceServer;
use exemplar_proto::network::v1::funding_service_server::FundingServiceServer;
use exemplar_proto::network::v1::matching_service_server::MatchingServiceServer;
use exemplar_proto::network::v1::milestone_service_server::MilestoneServiceServer;
use exemplar_proto::network::v1::network_view_service_server::NetworkViewServiceServer;
use exemplar_proto::network::v1::pairing_service_server::PairingServiceServer;
use exemplar_proto::network::v1::round_service_server::RoundServiceServer;

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

/// `exemplar.network.v1.RoundService`.
pub fn rounds(network: Network) -> RoundServiceServer<Api> {
    RoundServiceServer::new(Api(network))
}

/// `exemplar.network.v1.MatchingService`.
pub fn matchings(network: Network) -> MatchingServiceServer<Api> {
    MatchingServiceServer::new(Api(network))
}
