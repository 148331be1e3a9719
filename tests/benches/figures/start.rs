//! From the start of the `exemplar` binary until it is ready, and the memory that it then takes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::runtime::Runtime;

use crate::measure::Rounds;
use crate::table::{Table, Wish};

/// First starts, each in a folder of its own, and later ones in the last of them.
const FIRST: usize = 5;
const LATER: usize = 10;
/// How long a start may take at all.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long after its start a server is idle.
const IDLE: Duration = Duration::from_secs(2);

/// Measures it.
pub fn measure(clients: &Runtime, table: &mut Table) -> anyhow::Result<()> {
    table.group("Start: from the binary's start until GET /readyz answers 200, and memory 2 s later");
    let Some(binary) = binary()? else {
        table.skip("not measured: build it with cargo build --release first");
        return Ok(());
    };
    let folders = (0..FIRST).map(|_| tempfile::tempdir()).collect::<Result<Vec<_>, _>>()?;
    let last = folders.last().context("a folder")?;
    let (mut first, mut later, mut memory, mut anonymous) =
        (Rounds::default(), Rounds::default(), Rounds::default(), Rounds::default());
    for folder in &folders {
        let server = Server::start(&binary, folder.path())?;
        first.push(server.took.as_secs_f64() * 1e3);
        server.stop()?;
    }
    for start in 0..LATER {
        let server = Server::start(&binary, last.path())?;
        later.push(server.took.as_secs_f64() * 1e3);
        if start % 3 == 0 {
            clients.block_on(async { tokio::time::sleep(IDLE).await });
            memory.push(server.memory("VmRSS:")?);
            anonymous.push(server.memory("RssAnon:")?);
        }
        server.stop()?;
    }
    table.add("first start", " ms", &first, Wish::Most(100.0));
    table.add("later start", " ms", &later, Wish::Most(30.0));
    table.add("resident memory, idle", " MiB", &memory, Wish::Most(40.0));
    table.add("of which anonymous", " MiB", &anonymous, Wish::Nothing);
    Ok(())
}

/// The binary of the same build: this program lies in its folder or in `deps` there.
pub fn binary() -> anyhow::Result<Option<PathBuf>> {
    let own = std::env::current_exe()?;
    let places = own.ancestors().skip(1).take(3).map(|folder| folder.join("exemplar"));
    Ok(places.into_iter().find(|place| place.is_file()))
}

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
    took: Duration,
    /// Held open, so that it can go on logging.
    _log: BufReader<ChildStderr>,
}

impl Server {
    /// Starts it over a data folder.
    pub fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env_remove("DATABASE_URL").env_remove("EXEMPLAR_CONFIG");
        let start = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut log = BufReader::new(child.stderr.take().context("its standard error")?);
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            ensure!(log.read_line(&mut line)? > 0, "the server ended: {said}");
            if let Some(address) = line.trim().strip_prefix("exemplar listens on http://") {
                break address.to_owned();
            }
            said.push_str(&line);
        };
        while !is_ready(&address)? {
            ensure!(start.elapsed() < PATIENCE, "the server does not get ready");
        }
        Ok(Self { child, address, took: start.elapsed(), _log: log })
    }

    /// A line of its status, in MiB.
    pub fn memory(&self, name: &str) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("its memory")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// Has the peak of its memory counted from now on.
    pub fn forget_peak(&self) -> anyhow::Result<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }

    /// Stops it as an operator does.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        ensure!(self.child.wait()?.success(), "the server did not end well");
        Ok(())
    }
}

fn is_ready(address: &str) -> anyhow::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200 "))
}
