//! Calls: the connection, the caller's token, and what is tried again.

use std::time::Duration;

use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::session_service_client::SessionServiceClient;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::error::{Error, retry_delay};
use crate::options::Options;
use crate::output;
use crate::server::Server;
use crate::session::{Session, Sessions};

/// How long to wait before the second try when the service does not say.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// How long a service may ask to wait; it is asked no second time when it wants more.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    server: Server,
    caller: Caller,
    insecure: bool,
    channel: OnceCell<Channel>,
}

/// Who calls.
#[derive(Debug)]
enum Caller {
    /// Whoever the token of another issuer says.
    Bearer(SecretString),
    /// Whoever has signed in to the server; anonymous when nobody has.
    Session(Sessions),
}

impl Client {
    /// A client that connects with its first call.
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let caller = match &options.bearer {
            Some(token) => Caller::Bearer(token.clone()),
            None => Caller::Session(Sessions::at(options.session_file()?)),
        };
        let server = Server::parse(&options.server)?;
        Ok(Self { server, caller, insecure: options.insecure, channel: OnceCell::new() })
    }

    /// Where the server is.
    pub(crate) fn origin(&self) -> &str {
        self.server.origin()
    }

    /// The token of another issuer that the caller brought.
    pub(crate) fn bearer(&self) -> Option<&SecretString> {
        if let Caller::Bearer(token) = &self.caller { Some(token) } else { None }
    }

    /// The file that the session is kept in.
    pub(crate) fn sessions(&self) -> Result<&Sessions, Error> {
        match &self.caller {
            Caller::Session(sessions) => Ok(sessions),
            Caller::Bearer(_) => {
                Err(Error::usage("a session cannot be begun or ended with --bearer (EXEMPLAR_BEARER)"))
            }
        }
    }

    /// Calls on behalf of the caller. An access token that has ended is refreshed once; a service that is not available
    /// is asked a second time, which the `request_id` of a write makes safe.
    pub(crate) async fn call<Q: Clone, A>(
        &self,
        message: Q,
        send: impl AsyncFn(Channel, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Error> {
        let (mut refreshed, mut retried) = (false, false);
        loop {
            let access = self.access()?;
            let error = match self.send(message.clone(), access.as_ref(), &send).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match (access, wait(&error)) {
                (Some(spent), _) if error.code() == Some(Code::Unauthenticated) && !refreshed => {
                    refreshed = true;
                    self.refresh(&spent, error).await?;
                }
                (_, Some(delay)) if !retried => {
                    retried = true;
                    tokio::time::sleep(delay).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Calls on behalf of nobody and never twice: for messages that carry a secret of their own, which may be good once.
    pub(crate) async fn call_once<Q, A>(
        &self,
        message: Q,
        send: impl AsyncFn(Channel, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Error> {
        self.may_send_secrets()?;
        self.send(message, None, &send).await
    }

    async fn send<Q, A>(
        &self,
        message: Q,
        access: Option<&SecretString>,
        send: &impl AsyncFn(Channel, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Error> {
        let mut request = Request::new(message);
        if let Some(access) = access {
            self.may_send_secrets()?;
            let mut bearer = MetadataValue::try_from(format!("Bearer {}", access.expose_secret()))
                .map_err(|_| Error::usage("the access token has characters that no token has"))?;
            bearer.set_sensitive(true);
            request.metadata_mut().insert("authorization", bearer);
        }
        let channel = self.channel.get_or_try_init(|| self.server.connect()).await?;
        match send(channel.clone(), request).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) => Err(Error::of_call(status, self.origin())),
        }
    }

    /// The token that goes with the next call. The file is read each time: another process may have refreshed it.
    fn access(&self) -> Result<Option<SecretString>, Error> {
        match &self.caller {
            Caller::Bearer(token) => Ok(Some(token.clone())),
            Caller::Session(sessions) => Ok(sessions.find(self.origin())?.map(|session| session.access)),
        }
    }

    /// Gets the session its next tokens, unless another process has done so since `spent` was read.
    async fn refresh(&self, spent: &SecretString, refusal: Error) -> Result<(), Error> {
        let Caller::Session(sessions) = &self.caller else { return Err(refusal) };
        let locked = sessions.lock().await?;
        let Some(session) = locked.find(self.origin())? else { return Err(refusal) };
        if session.access.expose_secret() != spent.expose_secret() {
            return Ok(());
        }
        let message = pb::RefreshRequest { refresh_token: session.refresh.expose_secret().to_owned() };
        let answer = self
            .call_once(message, async |channel, request| SessionServiceClient::new(channel).refresh(request).await)
            .await;
        match answer {
            Ok(answer) => locked.keep(self.origin(), &Session::of(answer.tokens.unwrap_or_default(), session.email)),
            Err(error) => {
                if error.code() == Some(Code::Unauthenticated) {
                    output::note("your session has ended");
                    locked.forget(self.origin())?;
                }
                Err(error)
            }
        }
    }

    fn may_send_secrets(&self) -> Result<(), Error> {
        if self.server.is_private() || self.insecure {
            return Ok(());
        }
        let origin = self.origin();
        Err(Error::usage(format!(
            "{origin} is another machine and the connection is not encrypted: passwords and tokens could be read on the \
             way; use https:// or, on a network that you trust, --insecure"
        )))
    }
}

/// An id that no request had before.
pub(crate) fn request_id() -> String {
    Uuid::new_v4().to_string()
}

/// How long to wait before the call is worth another try; none when it is not.
fn wait(error: &Error) -> Option<Duration> {
    match error {
        Error::Refused(status) if status.code() == Code::Unavailable => {
            Some(retry_delay(status).unwrap_or(RETRY_DELAY)).filter(|delay| *delay <= MAX_RETRY_DELAY)
        }
        Error::Lost(..) => Some(RETRY_DELAY),
        Error::Refused(_)
        | Error::Connect(..)
        | Error::Usage(_)
        | Error::File(..)
        | Error::Rows { .. }
        | Error::Output(_) => None,
    }
}
