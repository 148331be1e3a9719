//! The services, called as every client calls them, without a wire between: the same checks, the same permission, the
//! same reasons. What a page may show is what its reader's own client could ask for.

use std::sync::Arc;

use exemplar_kernel::Principal;
use exemplar_proto::academy::v1 as academy;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::inbox::v1 as inbox;
use exemplar_proto::network::v1 as network;
use tonic::service::interceptor::InterceptedService;
use tonic::service::{Interceptor, Routes};
use tonic::{Request, Status};

/// The services as one caller sees them.
#[derive(Clone)]
pub(crate) struct Api {
    routes: Routes,
    caller: Caller,
}

/// Says who calls, as the front door does for calls from outside.
#[derive(Clone)]
pub(crate) struct Caller(Arc<Principal>);

impl Interceptor for Caller {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.extensions_mut().insert(Arc::clone(&self.0));
        Ok(request)
    }
}

type Line = InterceptedService<Routes, Caller>;

impl Api {
    /// The services for one caller.
    pub(crate) fn new(routes: Routes, caller: Arc<Principal>) -> Self {
        Self { routes, caller: Caller(caller) }
    }

    fn line(&self) -> Line {
        InterceptedService::new(self.routes.clone(), self.caller.clone())
    }
}

/// A method for each service's client.
macro_rules! clients {
    ($($method:ident: $package:ident::$module:ident::$client:ident),+ $(,)?) => {
        impl Api {
            $(
                /// The client of the service of this name.
                pub(crate) fn $method(&self) -> $package::$module::$client<Line> {
                    $package::$module::$client::new(self.line())
                }
            )+
        }
    };
}

clients! {
    organisations: directory::organisation_service_client::OrganisationServiceClient,
    people: directory::people_service_client::PeopleServiceClient,
    designations: network::designation_service_client::DesignationServiceClient,
    funding: network::funding_service_client::FundingServiceClient,
    agreements: network::agreement_service_client::AgreementServiceClient,
    milestones: network::milestone_service_client::MilestoneServiceClient,
    network: network::network_view_service_client::NetworkViewServiceClient,
    matchings: network::matching_service_client::MatchingServiceClient,
    pairings: network::pairing_service_client::PairingServiceClient,
    rounds: network::round_service_client::RoundServiceClient,
    artefacts: blueprints::artefact_service_client::ArtefactServiceClient,
    blueprints: blueprints::blueprint_service_client::BlueprintServiceClient,
    searches: blueprints::search_service_client::SearchServiceClient,
    adoptions: blueprints::adoption_service_client::AdoptionServiceClient,
    demands: blueprints::demand_service_client::DemandServiceClient,
    decisions: blueprints::decision_service_client::DecisionServiceClient,
    follows: blueprints::follow_service_client::FollowServiceClient,
    reviews: blueprints::review_service_client::ReviewServiceClient,
    introductions: blueprints::introduction_service_client::IntroductionServiceClient,
    curricula: academy::curriculum_service_client::CurriculumServiceClient,
    cohorts: academy::cohort_service_client::CohortServiceClient,
    inbox: inbox::inbox_service_client::InboxServiceClient,
    credentials: academy::credential_service_client::CredentialServiceClient,
    records: academy::record_service_client::RecordServiceClient,
}
