//! The text in files, for the index. Files are read by a process of its own.
//!
//! Parsers of other people's files can loop, eat memory or overflow the stack, which no `catch_unwind` catches
//! (RUSTSEC-2026-0187 was one such): so the server starts itself as `extract-text`, with limits of memory and time, and
//! whatever happens to that process happens to nobody else.

mod text;

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::model::artefact::error::StorageError;
use crate::model::artefact::format::Format;

/// The command of the binary that reads one file from standard input and writes its text to standard output.
pub const COMMAND: &str = "extract-text";
/// Files longer than this are not read for their text, in bytes.
pub(crate) const MAX_FILE: u64 = 64 << 20;
/// Text kept of a file at the most, in bytes.
pub(crate) const MAX_TEXT: u64 = 1 << 20;
/// Memory of the reading process at the most, in bytes.
const MAX_MEMORY: u64 = 1 << 30;
/// How long it may compute, in seconds, and how long it may take in all.
const MAX_CPU: u64 = 30;
const MAX_TIME: Duration = Duration::from_mins(1);

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExtractError {
    /// The process could not be started or fed.
    #[error("the reading process failed")]
    Process(#[from] io::Error),
    /// The content cannot be read.
    #[error(transparent)]
    Content(#[from] StorageError),
    /// The file has no text that could be read: it is broken, or costs too much.
    #[error("the file could not be read: {0}")]
    Unreadable(String),
}

/// The text of a file, by a process of its own.
pub(crate) async fn by_process(
    format: Format,
    mut content: mpsc::Receiver<Result<Bytes, StorageError>>,
) -> Result<String, ExtractError> {
    let mut command = Command::new(program()?);
    command.arg(COMMAND).arg(format.name()).env_clear().kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("no pipes").into());
    };
    let feed = async move {
        while let Some(piece) = content.recv().await {
            // A process that gave up reads no more; its end says why.
            if stdin.write_all(&piece?).await.is_err() {
                break;
            }
        }
        Ok::<(), ExtractError>(())
    };
    let mut text = Vec::new();
    let mut limited = stdout.take(MAX_TEXT);
    let work = async {
        let (sent, read) = tokio::join!(feed, limited.read_to_end(&mut text));
        sent?;
        read?;
        drop(limited);
        Ok::<_, ExtractError>(child.wait().await?)
    };
    let ended = tokio::time::timeout(MAX_TIME, work).await;
    let status = ended.map_err(|_| ExtractError::Unreadable("it took too long".to_owned()))??;
    // Whoever wrote more than is kept was cut off, and ends by that.
    if !status.success() && text.len() as u64 != MAX_TEXT {
        return Err(ExtractError::Unreadable(status.to_string()));
    }
    Ok(lines(&String::from_utf8_lossy(&text)))
}

fn program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// The reading process: the text of standard input, which is a file of the format of this name, to standard output.
pub fn extract_text(format: &str) -> ExitCode {
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let limited = setrlimit(Resource::As, limit(MAX_MEMORY))
        .and_then(|()| setrlimit(Resource::Cpu, limit(MAX_CPU)))
        .and_then(|()| setrlimit(Resource::Core, limit(0)));
    let (Ok(()), Some(format)) = (limited, Format::from_name(format)) else { return ExitCode::FAILURE };
    let mut file = Vec::new();
    if io::stdin().lock().take(MAX_FILE).read_to_end(&mut file).is_err() {
        return ExitCode::FAILURE;
    }
    let Ok(text) = text::of(format, file) else { return ExitCode::FAILURE };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Text with its white space drawn together: an index reads words, and a database keeps no zeros.
fn lines(text: &str) -> String {
    let mut drawn = String::with_capacity(text.len());
    for line in text.lines() {
        let before = drawn.len();
        for word in line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
            if drawn.len() > before {
                drawn.push(' ');
            }
            drawn.push_str(word);
        }
        if drawn.len() > before {
            drawn.push('\n');
        }
    }
    drawn
}
