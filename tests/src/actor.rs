//! People who call the server through generated clients.

use bytes::{Buf as _, BufMut as _};
use exemplar_kernel::PersonId;
use exemplar_proto::academy::v1 as academy;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::inbox::v1 as inbox;
use exemplar_proto::network::v1 as network;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::publishing::Backstage;

/// Somebody with a connection of their own, signed in or not.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who; the nil id when nobody has signed in.
    pub id: PersonId,
    /// Their tokens, when they signed in.
    pub tokens: Option<directory::Tokens>,
    channel: Channel,
    bearer: Bearer,
    pub(crate) backstage: Backstage,
}

/// Puts the token into every call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A connection that knows its caller.
pub type Line = InterceptedService<Channel, Bearer>;

impl Actor {
    /// Somebody with this access token, or none.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn new(address: &str, token: Option<&str>) -> Self {
        let endpoint = Endpoint::from_shared(address.to_owned()).expect("an address").tcp_nodelay(true);
        let channel = endpoint.connect().await.expect("a connection");
        let bearer = Bearer(token.map(|token| format!("Bearer {token}").parse().expect("a token")));
        Self { id: PersonId::new(uuid_nil()), tokens: None, channel, bearer, backstage: Backstage::default() }
    }

    /// Somebody who signs in.
    ///
    /// # Errors
    /// When the server refuses.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn sign_in(address: &str, email: &str, password: &str, id: PersonId) -> Result<Self, Status> {
        let stranger = Self::new(address, None).await;
        let request = directory::SignInRequest { email: email.to_owned(), password: password.to_owned() };
        let answer = stranger.sessions().sign_in(request).await?.into_inner();
        let tokens = answer.tokens.expect("tokens");
        let mut actor = stranger.with_token(&tokens.access_token);
        (actor.id, actor.tokens) = (id, Some(tokens));
        Ok(actor)
    }

    /// The same person with another token.
    ///
    /// # Panics
    /// When the token cannot stand in a header.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let bearer = Bearer(Some(format!("Bearer {token}").parse().expect("a token")));
        Self { bearer, ..self.clone() }
    }

    /// The same person with the same token, on a connection to another address.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn at(&self, world: &crate::World) -> Self {
        let other = Self::new(&world.address, None).await;
        Self { channel: other.channel, backstage: world.lent(), ..self.clone() }
    }

    /// The same person with the tokens that their refresh token brings: access tokens end while a test's clock moves on.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn signed_in_again(&self, world: &crate::World) -> Self {
        let stranger = Self::new(&world.address, None).await;
        let refresh_token = self.tokens.clone().unwrap_or_default().refresh_token;
        let answer = stranger.sessions().refresh(directory::RefreshRequest { refresh_token }).await;
        let tokens = answer.expect("fresh tokens").into_inner().tokens.expect("tokens");
        let mut actor = stranger.with_token(&tokens.access_token);
        (actor.id, actor.tokens, actor.backstage) = (self.id, Some(tokens), world.lent());
        actor
    }

    /// Calls any unary RPC by its path with an encoded message; the encoded answer.
    ///
    /// # Errors
    /// When the server refuses.
    ///
    /// # Panics
    /// When the path is none.
    pub async fn raw(&self, path: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
        let mut client = tonic::client::Grpc::new(self.line());
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = path.parse().expect("a path");
        Ok(client.unary(Request::new(message), path, Raw).await?.into_inner())
    }

    /// The connection, for clients that are not listed here.
    pub fn line(&self) -> Line {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }
}

/// The codec that leaves messages as they are.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut item);
        Ok(Some(item))
    }
}

fn uuid_nil() -> uuid::Uuid {
    uuid::Uuid::nil()
}

/// A method for each service's client.
macro_rules! clients {
    ($($method:ident: $package:ident::$module:ident::$client:ident),+ $(,)?) => {
        impl Actor {
            $(
                /// The client of the service of this name.
                pub fn $method(&self) -> $package::$module::$client<Line> {
                    $package::$module::$client::new(self.line())
                }
            )+
        }
    };
}

clients! {
    organisations: directory::organisation_service_client::OrganisationServiceClient,
    people: directory::people_service_client::PeopleServiceClient,
    sessions: directory::session_service_client::SessionServiceClient,
    profiles: directory::profile_service_client::ProfileServiceClient,
    maturity: directory::maturity_service_client::MaturityServiceClient,
    vocabularies: directory::vocabulary_service_client::VocabularyServiceClient,
    designations: network::designation_service_client::DesignationServiceClient,
    agreements: network::agreement_service_client::AgreementServiceClient,
    funding: network::funding_service_client::FundingServiceClient,
    milestones: network::milestone_service_client::MilestoneServiceClient,
    network: network::network_view_service_client::NetworkViewServiceClient,
    matchings: network::matching_service_client::MatchingServiceClient,
    pairings: network::pairing_service_client::PairingServiceClient,
    rounds: network::round_service_client::RoundServiceClient,
    artefacts: blueprints::artefact_service_client::ArtefactServiceClient,
    blueprints: blueprints::blueprint_service_client::BlueprintServiceClient,
    reviews: blueprints::review_service_client::ReviewServiceClient,
    searches: blueprints::search_service_client::SearchServiceClient,
    adoptions: blueprints::adoption_service_client::AdoptionServiceClient,
    decisions: blueprints::decision_service_client::DecisionServiceClient,
    demands: blueprints::demand_service_client::DemandServiceClient,
    introductions: blueprints::introduction_service_client::IntroductionServiceClient,
    follows: blueprints::follow_service_client::FollowServiceClient,
    usages: blueprints::usage_service_client::UsageServiceClient,
    exchanges: blueprints::exchange_service_client::ExchangeServiceClient,
    synonyms: blueprints::synonym_service_client::SynonymServiceClient,
    curricula: academy::curriculum_service_client::CurriculumServiceClient,
    applications: academy::application_service_client::ApplicationServiceClient,
    cohorts: academy::cohort_service_client::CohortServiceClient,
    competencies: academy::competency_service_client::CompetencyServiceClient,
    credentials: academy::credential_service_client::CredentialServiceClient,
    enrolments: academy::enrolment_service_client::EnrolmentServiceClient,
    inbox: inbox::inbox_service_client::InboxServiceClient,
    portfolios: academy::portfolio_service_client::PortfolioServiceClient,
    records: academy::record_service_client::RecordServiceClient,
    reports: academy::report_service_client::ReportServiceClient,
}
