//! Protobuf to model and back. Nothing is decided here.

mod convert;
mod maturity;
mod organisation;
mod person;
mod personal;
mod profile;
mod session;
mod vocabulary;

use exemplar_proto::directory::v1::maturity_service_server::MaturityServiceServer;
use exemplar_proto::directory::v1::organisation_service_server::OrganisationServiceServer;
use exemplar_proto::directory::v1::people_service_server::PeopleServiceServer;
use exemplar_proto::directory::v1::personal_data_service_server::PersonalDataServiceServer;
use exemplar_proto::directory::v1::profile_service_server::ProfileServiceServer;
use exemplar_proto::directory::v1::session_service_server::SessionServiceServer;
use exemplar_proto::directory::v1::vocabulary_service_server::VocabularyServiceServer;

use crate::{Directory, PersonalData};

/// The gRPC face of the directory.
#[derive(Clone, Debug)]
pub struct Api(Directory);

/// `exemplar.directory.v1.OrganisationService`.
pub fn organisations(directory: Directory) -> OrganisationServiceServer<Api> {
    OrganisationServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.PeopleService`.
pub fn people(directory: Directory) -> PeopleServiceServer<Api> {
    PeopleServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.SessionService`.
pub fn sessions(directory: Directory) -> SessionServiceServer<Api> {
    SessionServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.VocabularyService`.
pub fn vocabularies(directory: Directory) -> VocabularyServiceServer<Api> {
    VocabularyServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.ProfileService`.
pub fn profiles(directory: Directory) -> ProfileServiceServer<Api> {
    ProfileServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.MaturityService`.
pub fn maturity(directory: Directory) -> MaturityServiceServer<Api> {
    MaturityServiceServer::new(Api(directory))
}

/// `exemplar.directory.v1.PersonalDataService`.
pub fn personal_data(personal: PersonalData) -> PersonalDataServiceServer<personal::Api> {
    PersonalDataServiceServer::new(personal::Api(personal))
}
