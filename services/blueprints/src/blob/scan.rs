//! The scanner: clamd, asked by its INSTREAM command over TCP or a Unix socket. Whatever is not a clear answer is none.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::model::artefact::error::StorageError;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole scan may take.
const SCAN: Duration = Duration::from_mins(10);
/// An answer's length at the most, in bytes.
const MAX_ANSWER: u64 = 4 << 10;

/// Where clamd listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clamd {
    /// A host and a port.
    Tcp(String),
    /// A socket of this machine.
    Unix(PathBuf),
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Clean,
    /// A signature matched.
    Found(String),
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    /// The connection failed.
    #[error("the scanner cannot be reached")]
    Connection(#[from] io::Error),
    /// It took too long.
    #[error("the scanner did not answer in time")]
    Late,
    /// The content cannot be read.
    #[error(transparent)]
    Content(#[from] StorageError),
    /// It said something else than clean or found.
    #[error("the scanner said: {0}")]
    Unclear(String),
}

impl Clamd {
    /// Reads `tcp://HOST:PORT` or `unix:PATH`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(address: &str) -> Result<Self, String> {
        if let Some(host) = address.strip_prefix("tcp://")
            && host.rsplit_once(':').is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
        {
            return Ok(Self::Tcp(host.to_owned()));
        }
        match address.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(format!("{address:?} is neither tcp://HOST:PORT nor unix:/PATH")),
        }
    }

    /// Has content looked at.
    pub(crate) async fn scan(
        &self,
        content: mpsc::Receiver<Result<Bytes, StorageError>>,
    ) -> Result<Verdict, ScanError> {
        let scan = async {
            match self {
                Self::Tcp(host) => {
                    let stream = timeout(CONNECT, TcpStream::connect(host)).await.map_err(|_| ScanError::Late)??;
                    converse(stream, content).await
                }
                Self::Unix(path) => {
                    let stream = timeout(CONNECT, UnixStream::connect(path)).await.map_err(|_| ScanError::Late)??;
                    converse(stream, content).await
                }
            }
        };
        timeout(SCAN, scan).await.map_err(|_| ScanError::Late)?
    }
}

/// Sends everything, each piece with its length in front and a zero at the end, and reads the answer.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut content: mpsc::Receiver<Result<Bytes, StorageError>>,
) -> Result<Verdict, ScanError> {
    let mut sent = stream.write_all(b"zINSTREAM\0").await;
    while sent.is_ok()
        && let Some(piece) = content.recv().await
    {
        let piece = piece?;
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        sent = match stream.write_all(&length.to_be_bytes()).await {
            Ok(()) => stream.write_all(&piece).await,
            Err(error) => Err(error),
        };
    }
    if sent.is_ok() {
        sent = stream.write_all(&[0; 4]).await;
    }
    // One that has heard enough closes its ear, and says why: its limit is lower than ours.
    let mut answer = Vec::new();
    let read = stream.take(MAX_ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        sent?;
        read?;
    }
    verdict(&String::from_utf8_lossy(&answer))
}

fn verdict(answer: &str) -> Result<Verdict, ScanError> {
    let answer = answer.trim_end_matches(['\0', '\n']);
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.strip_suffix(" FOUND") {
        _ if answer == "stream: OK" => Ok(Verdict::Clean),
        Some(signature) => Ok(Verdict::Found(signature.to_owned())),
        None => Err(ScanError::Unclear(answer.chars().take(200).collect())),
    }
}

impl fmt::Display for Clamd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(f, "clamd at {host}"),
            Self::Unix(path) => write!(f, "clamd at {}", path.display()),
        }
    }
}
