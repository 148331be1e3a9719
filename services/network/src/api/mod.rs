//! Protobuf to model and back. Nothing is decided here.

mod convert;
mod convert_matching;
mod convert_round;
mod designation;
mod matching;
mod pairing;
mod round;

use exemplar_proto::network::v1::designation_service_server::DesignationServiceServer;
use exemplar_proto::network::v1::matching_service_server::MatchingServiceServer;
use exemplar_proto::network::v1::pairing_service_server::PairingServiceServer;
use exemplar_proto::network::v1::round_service_server::RoundServiceServer;

use crate::Network;

/// The gRPC face of the network.
#[derive(Clone, Debug)]
pub struct Api(Network);

/// `exemplar.network.v1.DesignationService`.
pub fn designations(network: Network) -> DesignationServiceServer<Api> {
    DesignationServiceServer::new(Api(network))
}

/// `exemplar.network.v1.PairingService`.
pub fn pairings(network: Network) -> PairingServiceServer<Api> {
    PairingServiceServer::new(Api(network))
}

/// `exemplar.network.v1.RoundService`.
pub fn rounds(network: Network) -> RoundServiceServer<Api> {
    RoundServiceServer::new(Api(network))
}

/// `exemplar.network.v1.MatchingService`.
pub fn matchings(network: Network) -> MatchingServiceServer<Api> {
    MatchingServiceServer::new(Api(network))
}
