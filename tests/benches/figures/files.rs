//! Artefacts up and down, one of 1 GB and ten of 250 MB at once, against the `exemplar` binary with its files in a folder: how fast,
//! and how much memory above idle.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use exemplar_directory::Roles;
use exemplar_kernel::{Chance, Clock, OrganisationId, PersonId, Principal, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_server::{App, Config};
use exemplar_tests::{Actor, PASSWORD};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::measure::Rounds;
use crate::start::{Server, binary};
use crate::table::{Table, Wish};

/// Bytes of a file; of each of those that go at once; and of the one that loads everything.
const SIZE: u64 = 1_000_000_000;
const SIZE_AT_ONCE: u64 = 250_000_000;
const SIZE_FIRST: u64 = 50_000_000;
const CHUNK: usize = 1 << 20;
/// How often one goes up and down.
const ROUNDS: usize = 2;
const AT_ONCE: usize = 10;
/// Speed that is wanted, in MB/s, and memory, in MiB above idle.
const SPEED: f64 = 200.0;
const MEMORY: f64 = 64.0;
/// How long after its start a server is idle.
const IDLE: Duration = Duration::from_secs(2);
const EMAIL: &str = "files@sample.example";

/// Measures it.
pub fn measure(clients: &Runtime, table: &mut Table) -> anyhow::Result<()> {
    table.group("Files over loopback, one of 1 GB and ten of 250 MB at once; SHA-256 and signature looked at, flushed to the disk before the answer");
    let Some(binary) = binary()? else {
        table.skip("not measured: build it with cargo build --release first");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    clients.block_on(prepare(folder.path()))?;
    let server = Server::start(&binary, folder.path())?;
    let address = format!("http://{}", server.address);
    let content = Arc::new(Content::new());
    clients.block_on(async {
        let lead = sign_in(&address).await?;
        // Once, so that everything is loaded; then what it takes when nothing happens.
        content.up(&lead, &draft(&lead).await?, 0, content.sha256(0, SIZE_FIRST), SIZE_FIRST).await?;
        tokio::time::sleep(IDLE).await;
        let idle = server.memory("VmRSS:")?;
        let (mut up, mut down, mut memory) = (Rounds::default(), Rounds::default(), Rounds::default());
        for round in 1..=ROUNDS {
            server.forget_peak()?;
            let (blueprint, sha256) = (draft(&lead).await?, content.sha256(round, SIZE));
            let start = Instant::now();
            let name = content.up(&lead, &blueprint, round, sha256, SIZE).await?;
            up.push(speed(SIZE, start));
            let start = Instant::now();
            content.down(&lead, &name, SIZE).await?;
            down.push(speed(SIZE, start));
            memory.push(server.memory("VmHWM:")? - idle);
        }
        table.add("one up", " MB/s", &up, Wish::Least(SPEED));
        table.add("one down", " MB/s", &down, Wish::Least(SPEED));
        table.add("memory above idle", " MiB", &memory, Wish::Most(MEMORY));
        let (mut up, mut down, mut memory) = (Rounds::default(), Rounds::default(), Rounds::default());
        server.forget_peak()?;
        let digests: Vec<String> = (0..AT_ONCE).map(|number| content.sha256(100 + number, SIZE_AT_ONCE)).collect();
        let (names, took) = all(&address, &content, &digests, true).await?;
        up.push(took);
        let (_, took) = all(&address, &content, &names, false).await?;
        down.push(took);
        memory.push(server.memory("VmHWM:")? - idle);
        table.add("ten up at once, together", " MB/s", &up, Wish::Least(SPEED));
        table.add("ten down at once, together", " MB/s", &down, Wish::Least(SPEED));
        table.add("memory above idle", " MiB", &memory, Wish::Most(MEMORY));
        anyhow::Ok(())
    })?;
    server.stop()
}

/// Ten at once, each on a connection of its own: `up` those of these digests, or down those of these names; the names, and
/// how fast all of them were together.
async fn all(address: &str, content: &Arc<Content>, what: &[String], up: bool) -> anyhow::Result<(Vec<String>, f64)> {
    let mut callers = Vec::new();
    for _ in what {
        let lead = sign_in(address).await?;
        callers.push((draft(&lead).await?, lead));
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, (blueprint, lead)) in callers.into_iter().enumerate() {
        let (content, what) = (Arc::clone(content), what[number].clone());
        tasks.spawn(async move {
            if up {
                content.up(&lead, &blueprint, 100 + number, what, SIZE_AT_ONCE).await
            } else {
                content.down(&lead, &what, SIZE_AT_ONCE).await.map(|()| what)
            }
        });
    }
    let mut names = Vec::new();
    while let Some(one) = tasks.join_next().await {
        names.push(one??);
    }
    Ok((names, speed(SIZE_AT_ONCE * AT_ONCE as u64, start)))
}

fn speed(bytes: u64, start: Instant) -> f64 {
    u32::try_from(bytes / 1_000_000).map_or(f64::NAN, f64::from) / start.elapsed().as_secs_f64()
}

/// A trust and a lead of it, before the start.
async fn prepare(folder: &Path) -> anyhow::Result<()> {
    let mut config = Config::default();
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.storage.data = folder.to_owned();
    let app = App::build(config, Clock::System, Chance::System).await?;
    let services = app.services();
    services.directory.load_organisations(&Principal::system(), b"code,name\nRGT,Trust RGT\n").await?;
    let mut roles = Roles::default();
    roles.memberships.insert(OrganisationId::from_code("RGT")?, vec![Role::Lead]);
    services
        .directory
        .register_person(&Principal::system(), "Sample Lead", EMAIL, roles, Some(PASSWORD.into()))
        .await?;
    Ok(())
}

async fn sign_in(address: &str) -> anyhow::Result<Actor> {
    Ok(Actor::sign_in(address, EMAIL, PASSWORD, PersonId::new(uuid::Uuid::nil())).await?)
}

async fn draft(lead: &Actor) -> anyhow::Result<String> {
    let content = pb::Content { title: "Files of the benchmark".into(), ..Default::default() };
    let request = pb::CreateBlueprintRequest {
        organisation: "organisations/RGT".into(),
        visibility: pb::Visibility::Public.into(),
        content: Some(content),
        ..Default::default()
    };
    let made = lead.blueprints().create_blueprint(request).await?.into_inner();
    Ok(made.blueprint.context("a blueprint")?.name)
}

/// A film of 1 GB: a head that differs from file to file, and the same chunk over and over.
struct Content {
    chunk: Bytes,
}

impl Content {
    fn new() -> Self {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            chunk.extend(state.to_le_bytes());
        }
        Self { chunk: chunk.into() }
    }

    fn pieces(&self, number: usize, size: u64) -> impl Iterator<Item = Bytes> + Send + use<> {
        let mut head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
        head.extend(format!("{number:08}").bytes());
        let (mut left, chunk) = (size - head.len() as u64, self.chunk.clone());
        let rest = std::iter::from_fn(move || {
            let length = usize::try_from(left.min(chunk.len() as u64)).unwrap_or_default();
            left -= length as u64;
            (length > 0).then(|| chunk.slice(..length))
        });
        std::iter::once(Bytes::from(head)).chain(rest)
    }

    fn sha256(&self, number: usize, size: u64) -> String {
        let mut hash = Sha256::new();
        self.pieces(number, size).for_each(|piece| hash.update(&piece));
        exemplar_kernel::digest::hex(&hash.finalize())
    }

    async fn up(
        &self,
        lead: &Actor,
        blueprint: &str,
        number: usize,
        sha256: String,
        size: u64,
    ) -> anyhow::Result<String> {
        let details = pb::ArtefactDetails {
            file_name: format!("{number}.mp4"),
            kind: pb::ArtefactKind::Training.into(),
            licence: "OGL-UK-3.0".into(),
            visibility: pb::Visibility::Public.into(),
            ..Default::default()
        };
        let start = pb::StartUploadRequest {
            blueprint: blueprint.to_owned(),
            details: Some(details),
            size_bytes: i64::try_from(size)?,
            sha256,
            ..Default::default()
        };
        let upload = lead.artefacts().start_upload(start).await?.into_inner().upload.context("an upload")?.name;
        let first = pb::WriteChunksRequest { upload, ..Default::default() };
        let chunks = self.pieces(number, size).map(|data| pb::WriteChunksRequest { data, ..Default::default() });
        let messages = tokio_stream::iter(std::iter::once(first).chain(chunks));
        let answer = lead.artefacts().write_chunks(messages).await?.into_inner();
        Ok(answer.artefact.context("all of it is there")?.name)
    }

    async fn down(&self, lead: &Actor, name: &str, size: u64) -> anyhow::Result<()> {
        // It leaves quarantine at once: there is no scanner.
        let mut stream = loop {
            let request = pb::DownloadArtefactRequest { name: name.to_owned(), offset: 0, length: 0 };
            match lead.artefacts().download_artefact(request).await {
                Ok(stream) => break stream.into_inner(),
                Err(status) if status.code() == tonic::Code::FailedPrecondition => tokio::task::yield_now().await,
                Err(status) => return Err(status.into()),
            }
        };
        let mut got = 0;
        while let Some(piece) = stream.message().await? {
            got += piece.data.len() as u64;
        }
        ensure!(got == size, "{got} bytes came");
        Ok(())
    }
}
