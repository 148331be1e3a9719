//! `SessionService`.

use exemplar_kernel::{Violations, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::session_service_server::SessionService;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::person::PASSWORD;
use crate::service::sessions::Tokens;

#[tonic::async_trait]
impl SessionService for Api {
    async fn sign_in(&self, request: Request<pb::SignInRequest>) -> Result<Response<pb::SignInResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let email = violations.text("email", &message.email, 1..=254);
        if message.password.is_empty() {
            violations.add("password", "is missing");
        } else if message.password.chars().count() > *PASSWORD.end() {
            violations.add("password", format!("is longer than {} characters", PASSWORD.end()));
        }
        violations.check()?;
        let (tokens, person) = self.0.sign_in(&email, SecretString::from(message.password)).await?;
        let (tokens, person) = (Some(wire(&tokens)), Some(convert::person(person)));
        Ok(Response::new(pb::SignInResponse { tokens, person }))
    }

    async fn refresh(&self, request: Request<pb::RefreshRequest>) -> Result<Response<pb::RefreshResponse>, Status> {
        let (_, message) = request::open(request);
        let tokens = self.0.refresh(&SecretString::from(message.refresh_token)).await?;
        Ok(Response::new(pb::RefreshResponse { tokens: Some(wire(&tokens)) }))
    }

    async fn sign_out(&self, request: Request<pb::SignOutRequest>) -> Result<Response<pb::SignOutResponse>, Status> {
        let (caller, _) = request::open(request);
        self.0.sign_out(&caller).await?;
        Ok(Response::new(pb::SignOutResponse {}))
    }

    async fn who_am_i(&self, request: Request<pb::WhoAmIRequest>) -> Result<Response<pb::WhoAmIResponse>, Status> {
        let (caller, _) = request::open(request);
        let person = Some(convert::person(self.0.who_am_i(&caller).await?));
        Ok(Response::new(pb::WhoAmIResponse { person }))
    }
}

fn wire(tokens: &Tokens) -> pb::Tokens {
    pb::Tokens {
        access_token: tokens.access.expose_secret().to_owned(),
        access_expire_time: Some(convert::timestamp(tokens.access_expires)),
        refresh_token: tokens.refresh.expose_secret().to_owned(),
        refresh_expire_time: Some(convert::timestamp(tokens.refresh_expires)),
    }
}
