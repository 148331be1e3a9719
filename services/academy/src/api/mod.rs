//! Protobuf to model and back. Nothing is decided here.

mod application;
mod certificate;
mod cohort;
mod competency;
mod convert;
mod credential;
mod curriculum;
mod demands;
mod enrolment;
mod portfolio;
mod record;
mod report;
mod ruling;
mod sheet;
mod words;

use exemplar_proto::academy::v1::application_service_server::ApplicationServiceServer;
use exemplar_proto::academy::v1::cohort_service_server::CohortServiceServer;
use exemplar_proto::academy::v1::competency_service_server::CompetencyServiceServer;
use exemplar_proto::academy::v1::credential_service_server::CredentialServiceServer;
use exemplar_proto::academy::v1::curriculum_service_server::CurriculumServiceServer;
use exemplar_proto::academy::v1::enrolment_service_server::EnrolmentServiceServer;
use exemplar_proto::academy::v1::portfolio_service_server::PortfolioServiceServer;
use exemplar_proto::academy::v1::record_service_server::RecordServiceServer;
use exemplar_proto::academy::v1::report_service_server::ReportServiceServer;

use crate::Academy;

/// Bytes of a request at the most where files are sent: the largest, and what surrounds it.
const MAX_FILE_REQUEST: usize = (32 << 20) + 4096;

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

/// `exemplar.academy.v1.ApplicationService`.
pub fn applications(academy: Academy) -> ApplicationServiceServer<Api> {
    ApplicationServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.EnrolmentService`.
pub fn enrolments(academy: Academy) -> EnrolmentServiceServer<Api> {
    EnrolmentServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.RecordService`, which takes and gives files.
pub fn records(academy: Academy) -> RecordServiceServer<Api> {
    let service = RecordServiceServer::new(Api(academy));
    service.max_decoding_message_size(MAX_FILE_REQUEST).max_encoding_message_size(MAX_FILE_REQUEST)
}

/// `exemplar.academy.v1.CompetencyService`.
pub fn competencies(academy: Academy) -> CompetencyServiceServer<Api> {
    CompetencyServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.CredentialService`.
pub fn credentials(academy: Academy) -> CredentialServiceServer<Api> {
    CredentialServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.PortfolioService`.
pub fn portfolios(academy: Academy) -> PortfolioServiceServer<Api> {
    PortfolioServiceServer::new(Api(academy))
}

/// `exemplar.academy.v1.ReportService`.
pub fn reports(academy: Academy) -> ReportServiceServer<Api> {
    ReportServiceServer::new(Api(academy))
}
