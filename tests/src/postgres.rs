//! A PostgreSQL cluster of the tests' own, started from the installed binaries as an ordinary user.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

/// A running cluster; dropped, it is stopped and its folder removed.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    folder: TempDir,
    user: Option<(u32, u32)>,
    port: u16,
}

/// The folder of `initdb` and `pg_ctl`: the newest of Debian's, else the one on the path.
pub fn find_postgres() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .collect();
    found.sort_by_key(|folder| folder.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok()));
    found.pop().or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
    })
}

impl Cluster {
    /// Makes and starts a cluster on a free port of this machine.
    ///
    /// # Errors
    /// When a program of PostgreSQL fails; says what it printed.
    pub fn start(binaries: PathBuf) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("exemplar-postgres").tempdir()?;
        let user = ordinary_user()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self { binaries, folder, user, port };
        let data = cluster.data();
        cluster
            .run("initdb", &["-A", "trust", "-U", "exemplar", "--no-sync", "--locale=C", "-E", "UTF8", "-D", &data])?;
        // The tests' cluster may forget everything in a crash of the machine: what is lost then is a test.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off \
             -c synchronous_commit=off -c max_connections=400"
        );
        let log = cluster.folder.path().join("log").display().to_string();
        cluster.run("pg_ctl", &["start", "-w", "-D", &data, "-o", &options, "-l", &log])?;
        Ok(cluster)
    }

    /// The address of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://exemplar@127.0.0.1:{}/{database}", self.port)
    }

    /// Stops it at once; what it held is gone.
    pub fn stop(&self) {
        let _ = self.run("pg_ctl", &["stop", "-m", "immediate", "-D", &self.data()]);
        let _ = fs::remove_dir_all(self.folder.path());
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.binaries.join(program));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        // A server that pg_ctl leaves behind would keep a pipe open: output goes to a file.
        let output = self.folder.path().join(format!("{program}.out"));
        let file = fs::File::create(&output)?;
        command.stdout(file.try_clone()?).stderr(file);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let status = command.status().with_context(|| format!("{program} cannot be run"))?;
        ensure!(status.success(), "{program}: {status}: {}", fs::read_to_string(&output).unwrap_or_default());
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whom PostgreSQL can run as: it refuses root. None when we are an ordinary user ourselves.
fn ordinary_user() -> anyhow::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt as _;
    let own = fs::metadata(Path::new("/proc/self"))?.uid();
    if own != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    for wanted in ["postgres", "nobody"] {
        let line = users.lines().find(|line| line.starts_with(&format!("{wanted}:")));
        let numbers = line.and_then(|line| {
            let mut fields = line.split(':').skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        });
        if numbers.is_some() {
            return Ok(numbers);
        }
    }
    bail!("there is neither a user postgres nor a user nobody to run PostgreSQL as")
}
