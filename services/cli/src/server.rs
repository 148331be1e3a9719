//! The server's address: what may be sent to it, and how a connection is made.

use std::net::IpAddr;
use std::time::Duration;

use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Uri};

use crate::error::Error;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// Where the server is.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Scheme, host and port; what sessions are kept under.
    origin: String,
    encrypted: bool,
    loopback: bool,
}

impl Server {
    /// Reads an address like `https://exemplar.example.org` or `http://127.0.0.1:8080`.
    pub(crate) fn parse(typed: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::usage(format!("the server's address {typed:?} {why}"));
        let uri: Uri = typed.trim().parse().map_err(|_| wrong("is not an address"))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("must begin with http:// or https://")),
        };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        if host.is_empty() || authority.contains('@') {
            return Err(wrong("must have a host and no user"));
        }
        if uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
            return Err(wrong("must end after its host and port"));
        }
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let scheme = if encrypted { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{host}:{port}"), encrypted, loopback: is_loopback(&host) })
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether what is sent there can be read by nobody on the way.
    pub(crate) fn is_private(&self) -> bool {
        self.encrypted || self.loopback
    }

    /// Connects.
    pub(crate) async fn connect(&self) -> Result<Channel, Error> {
        let failed = |error| Error::Connect(self.origin.clone(), error);
        let endpoint = Endpoint::from_shared(self.origin.clone())
            .and_then(|endpoint| endpoint.user_agent(concat!("exemplar-cli/", env!("CARGO_PKG_VERSION"))))
            .map_err(failed)?
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT);
        let endpoint = if self.encrypted {
            endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(failed)?
        } else {
            endpoint
        };
        endpoint.connect().await.map_err(failed)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost",
    }
}
