//! The options that every command of the client takes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use crate::error::Error;

/// Where the server is, who calls, and how the answer looks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Client options")]
pub struct Options {
    /// The server's address
    #[arg(long, global = true, value_name = "URL", env = "EXEMPLAR_SERVER", default_value = "http://127.0.0.1:8080")]
    pub server: String,
    /// Print one JSON document of the answer and nothing else to stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// The file that the session is kept in; `exemplar/session.json` in the user's configuration folder unless set
    #[arg(long, global = true, value_name = "FILE", env = "EXEMPLAR_SESSION")]
    pub session: Option<PathBuf>,
    /// An access token of a configured OpenID issuer, used instead of a session
    #[arg(long, global = true, value_name = "TOKEN", env = "EXEMPLAR_BEARER", hide_env_values = true)]
    pub bearer: Option<SecretString>,
    /// Send passwords and tokens without encryption to another machine, too
    #[arg(long, global = true)]
    pub insecure: bool,
    /// The user's configuration folder; a text, because one that is empty counts as none.
    #[arg(long, global = true, hide = true, value_name = "FOLDER", env = "XDG_CONFIG_HOME")]
    pub config_home: Option<OsString>,
}

impl Options {
    /// Where the session is kept: the named file, else one in the user's configuration folder.
    pub(crate) fn session_file(&self) -> Result<PathBuf, Error> {
        if let Some(file) = &self.session {
            return Ok(file.clone());
        }
        // The XDG specification: a path that is not absolute is to be ignored.
        let named = self.config_home.as_deref().map(Path::new).filter(|folder| folder.is_absolute());
        let folder = named.map(Path::to_owned).or_else(|| std::env::home_dir().map(|home| home.join(".config")));
        let folder = folder.ok_or_else(|| Error::usage("there is no home folder; say --session FILE"))?;
        Ok(folder.join("exemplar").join("session.json"))
    }
}
