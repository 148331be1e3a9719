//! Protobuf to model and back. Nothing is decided here.

mod cohort;
mod convert;
mod curriculum;
mod enrolment;
mod record;

use exemplar_proto::academy::v1::cohort_service_server::CohortServiceServer;
use exemplar_proto::academy::v1::curriculum_service_server::CurriculumServiceServer;
use exemplar_proto::academy::v1::enrolment_service_server::EnrolmentServiceServer;
use exemplar_proto::academy::v1::record_service_server::RecordServiceServer;

use crate::Academy;

/// The gRPC face of the academy.
#[derive(Clone, Debug)]
pub struct Api(Academy);

/// `exemplar.academy.v1.CurriculumService`.
pub fn curricula(academy: Academy) -> CurriculumServiceServer<Api> {
    CurriculumServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.CohortService`.
pub fn cohorts(academy: Academy) -> CohortServiceServer<Api> {
    CohortServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.EnrolmentService`.
pub fn enrolments(academy: Academy) -> EnrolmentServiceServer<Api> {
    EnrolmentServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.RecordService`.
pub fn records(academy: Academy) -> RecordServiceServer<Api> {
    RecordServiceServer::new(Api(academy))
}
