//! Calls against a service that is made for it: tokens that end, services that are busy.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exemplar_proto::academy::v1 as academy;
use exemplar_proto::academy::v1::cohort_service_client::CohortServiceClient;
use exemplar_proto::academy::v1::cohort_service_server::{CohortService, CohortServiceServer};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::session_service_client::SessionServiceClient;
use exemplar_proto::directory::v1::session_service_server::{SessionService, SessionServiceServer};
use secrecy::ExposeSecret as _;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::client::{Client, request_id};
use crate::error::Error;
use crate::options::Options;
use crate::session::{Session, Sessions};

/// A service with one session, whose tokens are numbered.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The number of the tokens that are good.
    good: u32,
    refreshes: u32,
    /// How many of the next writes are refused.
    busy: u32,
    request_ids: Vec<String>,
}

#[tonic::async_trait]
impl SessionService for Fake {
    async fn sign_in(&self, _: Request<pb::SignInRequest>) -> Result<Response<pb::SignInResponse>, Status> {
        self.0.lock().unwrap().refreshes += 1;
        Err(Status::unavailable("busy"))
    }

    async fn refresh(&self, request: Request<pb::RefreshRequest>) -> Result<Response<pb::RefreshResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.refreshes += 1;
        if request.into_inner().refresh_token != format!("refresh-{}", state.good - 1) {
            return Err(Status::unauthenticated("the refresh token is not accepted; sign in again"));
        }
        Ok(Response::new(pb::RefreshResponse { tokens: Some(tokens(state.good)) }))
    }

    async fn sign_out(&self, _: Request<pb::SignOutRequest>) -> Result<Response<pb::SignOutResponse>, Status> {
        Ok(Response::new(pb::SignOutResponse {}))
    }

    async fn who_am_i(&self, request: Request<pb::WhoAmIRequest>) -> Result<Response<pb::WhoAmIResponse>, Status> {
        let good = format!("Bearer access-{}", self.0.lock().unwrap().good);
        match request.metadata().get("authorization") {
            Some(token) if token.to_str().is_ok_and(|token| token == good) => {
                Ok(Response::new(pb::WhoAmIResponse::default()))
            }
            _ => Err(Status::unauthenticated("the token is not accepted: it has expired")),
        }
    }
}

#[tonic::async_trait]
impl CohortService for Fake {
    async fn create_cohort(
        &self,
        request: Request<academy::CreateCohortRequest>,
    ) -> Result<Response<academy::CreateCohortResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.request_ids.push(request.into_inner().request_id);
        if state.busy == 0 {
            return Ok(Response::new(academy::CreateCohortResponse::default()));
        }
        state.busy -= 1;
        let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(10)));
        Err(Status::with_error_details(Code::Unavailable, "the service is busy; try again", details))
    }

    async fn get_cohort(
        &self,
        _: Request<academy::GetCohortRequest>,
    ) -> Result<Response<academy::GetCohortResponse>, Status> {
        Err(Status::not_found("there is no such cohort"))
    }

    async fn list_cohorts(
        &self,
        _: Request<academy::ListCohortsRequest>,
    ) -> Result<Response<academy::ListCohortsResponse>, Status> {
        Ok(Response::new(academy::ListCohortsResponse::default()))
    }

    async fn update_cohort(
        &self,
        _: Request<academy::UpdateCohortRequest>,
    ) -> Result<Response<academy::UpdateCohortResponse>, Status> {
        Ok(Response::new(academy::UpdateCohortResponse::default()))
    }

    async fn set_cohort_staff(
        &self,
        _: Request<academy::SetCohortStaffRequest>,
    ) -> Result<Response<academy::SetCohortStaffResponse>, Status> {
        Ok(Response::new(academy::SetCohortStaffResponse::default()))
    }

    async fn list_cohort_staff(
        &self,
        _: Request<academy::ListCohortStaffRequest>,
    ) -> Result<Response<academy::ListCohortStaffResponse>, Status> {
        Ok(Response::new(academy::ListCohortStaffResponse::default()))
    }

    async fn schedule_sessions(
        &self,
        _: Request<academy::ScheduleSessionsRequest>,
    ) -> Result<Response<academy::ScheduleSessionsResponse>, Status> {
        Ok(Response::new(academy::ScheduleSessionsResponse::default()))
    }

    async fn list_teaching_sessions(
        &self,
        _: Request<academy::ListTeachingSessionsRequest>,
    ) -> Result<Response<academy::ListTeachingSessionsResponse>, Status> {
        Ok(Response::new(academy::ListTeachingSessionsResponse::default()))
    }
}

fn tokens(number: u32) -> pb::Tokens {
    pb::Tokens {
        access_token: format!("access-{number}"),
        refresh_token: format!("refresh-{number}"),
        ..pb::Tokens::default()
    }
}

/// A running service, and a folder with a session file for it.
struct World {
    fake: Fake,
    origin: String,
    folder: tempfile::TempDir,
}

impl World {
    /// The service takes tokens of number `good`; the file holds those of number `held`.
    async fn new(good: u32, held: u32) -> Self {
        let fake = Fake::default();
        fake.0.lock().unwrap().good = good;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(SessionServiceServer::new(fake.clone()))
            .add_service(CohortServiceServer::new(fake.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let world = Self { fake, origin, folder: tempfile::tempdir().unwrap() };
        let session = Session::of(tokens(held), "ada@trust.example".into());
        world.sessions().lock().await.unwrap().keep(&world.origin, &session).unwrap();
        world
    }

    fn path(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "session.json")
    }

    fn sessions(&self) -> Sessions {
        Sessions::at(self.path())
    }

    fn held(&self) -> Option<String> {
        self.sessions().find(&self.origin).unwrap().map(|session| session.refresh.expose_secret().to_owned())
    }

    fn client(&self) -> Client {
        let options = Options { server: self.origin.clone(), session: Some(self.path()), ..Options::default() };
        Client::new(&options).unwrap()
    }
}

async fn who_am_i(client: &Client) -> Result<pb::WhoAmIResponse, Error> {
    let send = async |channel, request| SessionServiceClient::new(channel).who_am_i(request).await;
    client.call(pb::WhoAmIRequest {}, send).await
}

async fn create_cohort(client: &Client) -> Result<academy::CreateCohortResponse, Error> {
    let message = academy::CreateCohortRequest { cohort: None, request_id: request_id() };
    let send = async |channel, request| CohortServiceClient::new(channel).create_cohort(request).await;
    client.call(message, send).await
}

#[tokio::test]
async fn an_access_token_that_ended_is_refreshed_and_the_call_made_again() {
    let world = World::new(2, 1).await;
    who_am_i(&world.client()).await.unwrap();
    assert_eq!(world.held().as_deref(), Some("refresh-2"));
    who_am_i(&world.client()).await.unwrap();
    assert_eq!(world.fake.0.lock().unwrap().refreshes, 1);
}

#[tokio::test]
async fn of_many_processes_one_refreshes_and_all_go_on() {
    let world = World::new(2, 1).await;
    let clients = [world.client(), world.client(), world.client(), world.client()];
    let [a, b, c, d] = &clients;
    let (a, b, c, d) = tokio::join!(who_am_i(a), who_am_i(b), who_am_i(c), who_am_i(d));
    for answer in [a, b, c, d] {
        answer.unwrap();
    }
    assert_eq!(world.fake.0.lock().unwrap().refreshes, 1);
    assert_eq!(world.held().as_deref(), Some("refresh-2"));
}

#[tokio::test]
async fn a_session_that_ended_is_forgotten() {
    let world = World::new(9, 1).await;
    let error = who_am_i(&world.client()).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::Unauthenticated));
    assert!(error.to_string().contains("sign in again"), "{error}");
    assert_eq!(world.held(), None);
}

#[tokio::test]
async fn a_busy_service_is_asked_a_second_time_with_the_same_id() {
    let world = World::new(1, 1).await;
    world.fake.0.lock().unwrap().busy = 1;
    create_cohort(&world.client()).await.unwrap();
    let ids = world.fake.0.lock().unwrap().request_ids.clone();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_busy_service_is_not_asked_a_third_time() {
    let world = World::new(1, 1).await;
    world.fake.0.lock().unwrap().busy = 5;
    let error = create_cohort(&world.client()).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::Unavailable));
    assert_eq!(world.fake.0.lock().unwrap().request_ids.len(), 2);
}

#[tokio::test]
async fn a_secret_is_never_sent_twice() {
    let world = World::new(1, 1).await;
    let send = async |channel, request| SessionServiceClient::new(channel).sign_in(request).await;
    world.client().call_once(pb::SignInRequest::default(), send).await.unwrap_err();
    assert_eq!(world.fake.0.lock().unwrap().refreshes, 1);
}

#[tokio::test]
async fn where_nobody_answers_there_is_no_connection() {
    let world = World::new(1, 1).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let options = Options { server: origin, session: Some(world.path()), ..Options::default() };
    let error = who_am_i(&Client::new(&options).unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Connect(..)), "{error:?}");
}
