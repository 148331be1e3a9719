//! Protobuf to model and back. Nothing is decided here.

mod convert;
mod designation;
mod pairing;

use exemplar_proto::network::v1::designation_service_server::DesignationServiceServer;
use exemplar_proto::network::v1::pairing_service_server::PairingServiceServer;

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
