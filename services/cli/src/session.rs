//! The file that sessions are kept in: one per server, read by nobody but their owner.
//!
//! A refresh token is good once, and one that comes again ends the session. So whoever refreshes holds the lock of the
//! file, reads it again first, and writes before letting go.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use exemplar_proto::directory::v1 as pb;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One person's session on one server.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Goes with every call.
    pub(crate) access: SecretString,
    /// Buys the next pair, once.
    pub(crate) refresh: SecretString,
    /// Whose it is: their e-mail address, for people who look into the file.
    pub(crate) email: String,
}

impl Session {
    /// The session that these tokens are of.
    pub(crate) fn of(tokens: pb::Tokens, email: String) -> Self {
        Self { access: tokens.access_token.into(), refresh: tokens.refresh_token.into(), email }
    }
}

/// The file.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    path: PathBuf,
}

/// The right to change the file, until dropped.
#[derive(Debug)]
pub(crate) struct Locked {
    path: PathBuf,
    _lock: File,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    sessions: BTreeMap<String, StoredSession>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSession {
    email: String,
    access_token: String,
    refresh_token: String,
}

impl Sessions {
    /// The sessions in this file, which need not exist.
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The session on a server, if there is one.
    pub(crate) fn find(&self, origin: &str) -> Result<Option<Session>, Error> {
        find(&self.path, origin)
    }

    /// Waits until no other process changes the file.
    pub(crate) async fn lock(&self) -> Result<Locked, Error> {
        let path = self.path.clone();
        let locked = tokio::task::spawn_blocking(move || lock(path)).await;
        locked.map_err(|_| Error::usage("waiting for the session file was interrupted"))?
    }
}

impl Locked {
    /// The session on a server, as it is now that nobody else can change it.
    pub(crate) fn find(&self, origin: &str) -> Result<Option<Session>, Error> {
        find(&self.path, origin)
    }

    /// Keeps a server's session, in place of an earlier one.
    pub(crate) fn keep(&self, origin: &str, session: &Session) -> Result<(), Error> {
        let mut stored = read(&self.path)?;
        let session = StoredSession {
            email: session.email.clone(),
            access_token: session.access.expose_secret().to_owned(),
            refresh_token: session.refresh.expose_secret().to_owned(),
        };
        stored.sessions.insert(origin.to_owned(), session);
        write(&self.path, &stored)
    }

    /// Forgets a server's session.
    pub(crate) fn forget(&self, origin: &str) -> Result<(), Error> {
        let mut stored = read(&self.path)?;
        match stored.sessions.remove(origin) {
            Some(_) => write(&self.path, &stored),
            None => Ok(()),
        }
    }
}

fn find(path: &Path, origin: &str) -> Result<Option<Session>, Error> {
    let stored = read(path)?.sessions.remove(origin);
    Ok(stored.map(|stored| Session {
        access: stored.access_token.into(),
        refresh: stored.refresh_token.into(),
        email: stored.email,
    }))
}

fn read(path: &Path) -> Result<Stored, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::default()),
        Err(error) => return Err(Error::File(format!("cannot read the session file {}", path.display()), error)),
    };
    serde_json::from_str(&text).map_err(|error| {
        // The error names a place in the file, never what is there.
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::usage(format!("the session file {} is damaged ({place}); remove it and sign in", path.display()))
    })
}

fn write(path: &Path, stored: &Stored) -> Result<(), Error> {
    replace(path, stored)
        .map_err(|error| Error::File(format!("cannot write the session file {}", path.display()), error))
}

/// Writes a new file, which nobody else may read, and puts it in the place of the old one in one step.
fn replace(path: &Path, stored: &Stored) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".session-").tempfile_in(folder_of(path))?;
    serde_json::to_writer_pretty(&mut file, stored)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn lock(path: PathBuf) -> Result<Locked, Error> {
    match open_lock(&path) {
        Ok(lock) => Ok(Locked { path, _lock: lock }),
        Err(error) => Err(Error::File(format!("cannot lock the session file {}", path.display()), error)),
    }
}

/// The lock is a file of its own beside the sessions, because theirs is replaced.
fn open_lock(path: &Path) -> io::Result<File> {
    let folder = folder_of(path);
    if !folder.exists() {
        private_folder().create(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = private_file().open(name)?;
    file.lock()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
