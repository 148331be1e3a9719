//! `kill -9` in the middle of an upload, and memory: the server is a process of its own here.

use exemplar_kernel::PersonId;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, PASSWORD, new_database};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{add, chunks, decided, details, download, files, film, send, start};
use crate::blueprints::{create, on_a_page};
use crate::crash;

async fn writer(address: &str) -> Actor {
    let nobody = PersonId::new(uuid::Uuid::nil());
    Actor::sign_in(address, "writer@sample.example", PASSWORD, nobody).await.unwrap()
}

async fn draft(writer: &Actor) -> String {
    let content = on_a_page("What we did, and the files for it", "So.");
    let request = create("RGT", pb::Visibility::Public, content);
    writer.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name
}

pub(super) async fn a_killed_upload_resumes(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = if database == Database::Postgres { Some(new_database().await.unwrap()) } else { None };
    crash::prepare(crash::config(folder.path().to_str().unwrap(), url.clone())).await;
    let bytes = film(60 << 20);
    let (mut child, mut address) = crash::spawn(folder.path(), url.as_deref()).await;
    let lead = writer(&address).await;
    let blueprint = draft(&lead).await;
    let upload = start(&lead, &blueprint, details("film.mp4"), &bytes).await.unwrap();
    let mut at = 0;
    // Killed twice, each time when it has noted more.
    for _ in 0..2 {
        let lead = writer(&address).await;
        let (sender, receiver) = mpsc::channel(4);
        let mut client = lead.artefacts();
        let call = tokio::spawn(async move { client.write_chunks(ReceiverStream::new(receiver)).await.map(|_| ()) });
        let messages = chunks(&upload.name, at, &bytes[at..at + (20 << 20)]);
        let feed = tokio::spawn(async move {
            for message in messages {
                if sender.send(message).await.is_err() {
                    return;
                }
            }
            std::future::pending::<()>().await;
        });
        let before = at;
        while at == before {
            let request = pb::GetUploadRequest { name: upload.name.clone() };
            let now = lead.artefacts().get_upload(request).await.unwrap().into_inner().upload.unwrap();
            at = usize::try_from(now.received_bytes).unwrap();
        }
        child.kill().await.unwrap();
        feed.abort();
        assert!(call.await.unwrap().is_err());
        (child, address) = crash::spawn(folder.path(), url.as_deref()).await;
    }
    let lead = writer(&address).await;
    let request = pb::GetUploadRequest { name: upload.name.clone() };
    let now = lead.artefacts().get_upload(request).await.unwrap().into_inner().upload.unwrap();
    let have = usize::try_from(now.received_bytes).unwrap();
    assert!(have >= at && at > 0, "what it said it had, it has: {have} of {at}");
    let artefact = send(&lead, &upload.name, have, &bytes[have..]).await.unwrap().artefact.unwrap();
    // The scan and the text are driven from rows, too.
    decided(&lead, &artefact.name).await;
    assert!(download(&lead, &artefact.name, 0, 0).await.unwrap() == bytes);
    child.kill().await.unwrap();
}

/// Memory in pages that are the process's own, in KiB: now, and at the most so far.
fn memory(child: &Child) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (field("VmRSS:"), field("VmHWM:"))
}

pub(super) async fn memory_is_bounded(_: Database) {
    let folder = tempfile::tempdir().unwrap();
    crash::prepare(crash::config(folder.path().to_str().unwrap(), None)).await;
    let (mut child, address) = crash::spawn(folder.path(), None).await;
    let lead = writer(&address).await;
    let blueprint = draft(&lead).await;
    // Once small, so that everything is loaded.
    let small = add(&lead, &blueprint, details("small.zip"), &files::zeros(1 << 20)).await.unwrap();
    decided(&lead, &small.name).await;
    download(&lead, &small.name, 0, 0).await.unwrap();
    let (idle, _) = memory(&child);
    let big = film(150 << 20);
    let film = add(&lead, &blueprint, details("film.mp4"), &big).await.unwrap();
    // A thousand times as much when unpacked.
    add(&lead, &blueprint, details("bomb.zip"), &files::zeros(200 << 20)).await.unwrap();
    decided(&lead, &film.name).await;
    assert!(download(&lead, &film.name, 0, 0).await.unwrap() == big);
    let (_, most) = memory(&child);
    let above = most.saturating_sub(idle) / 1024;
    assert!(above <= 64, "{above} MiB above idle");
    child.kill().await.unwrap();
}
