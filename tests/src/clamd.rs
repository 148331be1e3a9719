//! A clamd of the tests' own, with signatures of the tests' own: no other is loaded.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// What the tests' signature matches: in any file, wherever it stands.
pub const MARKER: &str = "exemplar-tests-harmless-marker-7f3a91";

/// A running clamd; dropped, it is stopped.
#[derive(Debug)]
pub struct Scanner {
    child: Child,
    folder: TempDir,
    port: u16,
}

/// Where clamd is installed.
///
/// # Panics
/// When it is demanded by `EXEMPLAR_TEST_CLAMD=required` and is not.
#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
pub fn find_clamd() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("clamd")).find(|program| program.exists());
    let required = std::env::var("EXEMPLAR_TEST_CLAMD").is_ok_and(|value| value == "required");
    assert!(found.is_some() || !required, "clamd is demanded and not installed");
    found
}

impl Scanner {
    /// Starts one on a free port, and waits until it answers.
    ///
    /// # Errors
    /// When there is none, or it does not come up.
    pub fn start() -> anyhow::Result<Self> {
        let program = find_clamd().context("clamd is not installed")?;
        let folder = tempfile::Builder::new().prefix("exemplar-clamd").tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let database = folder.path().join("signatures");
        fs::create_dir(&database)?;
        // Name, any target, any offset, the bytes.
        let bytes = exemplar_kernel::digest::hex(MARKER.as_bytes());
        fs::write(database.join("tests.ndb"), format!("Exemplar.Tests.Marker:0:*:{bytes}\n"))?;
        let settings = format!(
            "Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nLocalSocket {}\nDatabaseDirectory {}\nUser root\n\
             StreamMaxLength 64M\nAlertExceedsMax yes\nTemporaryDirectory {}\nSelfCheck 0\nMaxThreads 2\n",
            folder.path().join("socket").display(),
            database.display(),
            folder.path().display(),
        );
        let file = folder.path().join("clamd.conf");
        // Only root may name the user that it becomes.
        let root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        fs::write(&file, if root { settings } else { settings.replace("User root\n", "") })?;
        let log = fs::File::create(folder.path().join("log"))?;
        let child = Command::new(program)
            .arg("--config-file")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let scanner = Self { child, folder, port };
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until {
                bail!("clamd does not answer: {}", fs::read_to_string(scanner.folder.path().join("log"))?);
            }
            std::thread::yield_now();
        }
        Ok(scanner)
    }

    /// Its address over TCP, as the settings take it.
    pub fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Its address on this machine, as the settings take it.
    pub fn unix(&self) -> String {
        format!("unix:{}", self.folder.path().join("socket").display())
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
