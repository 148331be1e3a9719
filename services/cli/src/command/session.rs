//! Signing in and out, who one is, and taking up an invitation.

use clap::Args;
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::accept_invitation_request::Credential;
use exemplar_proto::directory::v1::people_service_client::PeopleServiceClient;
use exemplar_proto::directory::v1::session_service_client::SessionServiceClient;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::Code;

use super::people;
use crate::Context;
use crate::error::Error;
use crate::input;
use crate::output;
use crate::session::Session;

/// Signs in.
#[derive(Args, Clone, Debug)]
pub struct SignIn {
    /// The account's e-mail address
    #[arg(long)]
    pub email: String,
    /// Read the password from the first line of stdin instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

/// Takes up an invitation.
#[derive(Args, Clone, Debug)]
pub struct Accept {
    /// What you are called
    #[arg(long, required_unless_present = "signed_in", default_value = "", hide_default_value = true)]
    pub name: String,
    /// The invitation's token; asked for when it is not given
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_stdin")]
    pub token: Option<SecretString>,
    /// Read the invitation's token from the next line of stdin, before the password
    #[arg(long)]
    pub token_stdin: bool,
    /// Read the password from the next line of stdin instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
    /// Add the roles to the account that is signed in, and make none
    #[arg(long, conflicts_with = "password_stdin")]
    pub signed_in: bool,
}

impl SignIn {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let sessions = context.client.sessions()?;
        let password =
            if self.password_stdin { input::line("password")? } else { input::prompt("password", "--password-stdin")? };
        let message = pb::SignInRequest { email: self.email, password: password.expose_secret().to_owned() };
        let email = message.email.clone();
        let mut answer = context
            .client
            .call_once(message, async |channel, request| SessionServiceClient::new(channel).sign_in(request).await)
            .await?;
        // The tokens go to the file and nowhere else.
        let session = Session::of(answer.tokens.take().unwrap_or_default(), email);
        sessions.lock().await?.keep(context.client.origin(), &session)?;
        context.output.answer(&answer, |answer| people::person(answer.person.as_ref()))
    }
}

pub(crate) async fn sign_out(context: &Context) -> Result<(), Error> {
    let sessions = context.client.sessions()?;
    if sessions.find(context.client.origin())?.is_none() {
        output::note(&format!("nobody was signed in to {}", context.client.origin()));
        return context.output.answer(&pb::SignOutResponse {}, |_| String::new());
    }
    let send = async |channel, request| SessionServiceClient::new(channel).sign_out(request).await;
    match context.client.call(pb::SignOutRequest {}, send).await {
        Ok(_) => {}
        // It has ended already, which is what was wanted.
        Err(error) if error.code() == Some(Code::Unauthenticated) => {}
        Err(error) => return Err(error),
    }
    sessions.lock().await?.forget(context.client.origin())?;
    output::note(&format!("signed out of {}", context.client.origin()));
    context.output.answer(&pb::SignOutResponse {}, |_| String::new())
}

pub(crate) async fn who_am_i(context: &Context) -> Result<(), Error> {
    let send = async |channel, request| SessionServiceClient::new(channel).who_am_i(request).await;
    let answer = context.client.call(pb::WhoAmIRequest {}, send).await?;
    context.output.answer(&answer, |answer| people::person(answer.person.as_ref()))
}

impl Accept {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None if self.token_stdin => input::line("token")?,
            None => input::prompt("invitation token", "--token or --token-stdin")?,
        };
        let credential = self.credential(context)?;
        let message = pb::AcceptInvitationRequest {
            token: token.expose_secret().to_owned(),
            display_name: self.name,
            credential,
        };
        let send = async |channel, request| PeopleServiceClient::new(channel).accept_invitation(request).await;
        let answer = if self.signed_in {
            context.client.call(message, send).await?
        } else {
            context.client.call_once(message, send).await?
        };
        context.output.written(&answer, answer.sequence, |answer| people::person(answer.person.as_ref()))
    }

    /// How the new account will sign in: a password, or the token of another issuer; nothing for an account that is.
    fn credential(&self, context: &Context) -> Result<Option<Credential>, Error> {
        if self.signed_in {
            return Ok(None);
        }
        if let Some(token) = context.client.bearer() {
            return Ok(Some(Credential::ExternalToken(token.expose_secret().to_owned())));
        }
        let password = if self.password_stdin {
            input::line("password")?
        } else {
            input::prompt_twice("new password", "--password-stdin")?
        };
        Ok(Some(Credential::Password(password.expose_secret().to_owned())))
    }
}
