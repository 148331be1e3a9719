//! Uploads that break off and go on, and two that send at once.

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, World, refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{add, chunks, decided, details, download, draft, film, noise, send, start};

async fn received(actor: &Actor, upload: &str) -> usize {
    let request = pb::GetUploadRequest { name: upload.to_owned() };
    let upload = actor.artefacts().get_upload(request).await.unwrap().into_inner().upload.unwrap();
    usize::try_from(upload.received_bytes).unwrap()
}

/// Sends some bytes and then leaves without a word; how far the service is after that.
async fn leave(actor: &Actor, upload: &str, offset: usize, bytes: &[u8]) -> usize {
    let (sender, receiver) = mpsc::channel(64);
    let mut client = actor.artefacts();
    let call = tokio::spawn(async move { client.write_chunks(ReceiverStream::new(receiver)).await.map(|_| ()) });
    for message in chunks(upload, offset, bytes) {
        sender.send(message).await.unwrap();
    }
    // The service has it all in hand when it has noted as much as it notes by itself.
    while received(actor, upload).await == offset {
        tokio::task::yield_now().await;
    }
    call.abort();
    drop(sender);
    let wanted = offset + bytes.len();
    let poll = async {
        while received(actor, upload).await < wanted {
            tokio::task::yield_now().await;
        }
    };
    // What was on its way when the connection broke may or may not have come.
    let _ = tokio::time::timeout(Duration::from_millis(500), poll).await;
    received(actor, upload).await
}

pub(super) async fn an_upload_goes_on(database: Database) {
    let mut world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let bytes = film(40 << 20);
    let other = world.at("RGT", Role::Contributor).await;
    let upload = start(&lead, &blueprint, details("film.mp4"), &bytes).await.unwrap();
    let at = leave(&lead, &upload.name, 0, &bytes[..30 << 20]).await;
    assert!(at >= 16 << 20, "what was noted stays: {at}");
    let wrong = send(&lead, &upload.name, at + 1, &bytes[at + 1..]).await.unwrap_err();
    assert_eq!(refusal(&wrong), "FailedPrecondition UPLOAD_OFFSET");
    assert!(wrong.message().contains(&at.to_string()), "{}", wrong.message());
    // Another process goes on.
    world = world.restart(|_| ()).await;
    let lead = lead.at(&world).await;
    assert_eq!(received(&lead, &upload.name).await, at);
    let answer = send(&lead, &upload.name, at, &bytes[at..at + 100]).await.unwrap();
    assert_eq!((answer.artefact, answer.sequence), (None, 0), "content is missing");
    let answer = send(&lead, &upload.name, at + 100, &bytes[at + 100..]).await.unwrap();
    let artefact = answer.artefact.unwrap();
    assert!(answer.sequence > 0);
    // Once more: the same answer.
    let again = send(&lead, &upload.name, bytes.len(), &[]).await.unwrap();
    assert_eq!(again.artefact.unwrap().name, artefact.name);
    decided(&lead, &artefact.name).await;
    assert!(download(&lead, &artefact.name, 0, 0).await.unwrap() == bytes, "nothing was lost and nothing twice");
    // It is nobody else's.
    let other = other.at(&world).await;
    let request = pb::GetUploadRequest { name: upload.name.clone() };
    assert_eq!(refusal(&other.artefacts().get_upload(request).await.unwrap_err()), "NotFound UPLOAD_NOT_FOUND");
    assert_eq!(refusal(&send(&other, &upload.name, 0, &[]).await.unwrap_err()), "NotFound UPLOAD_NOT_FOUND");
}

pub(super) async fn the_later_sender_wins(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let bytes = film(20 << 20);
    let upload = start(&lead, &blueprint, details("film.mp4"), &bytes).await.unwrap();
    // The first stops for a while when the service has noted most of it.
    let (sender, receiver) = mpsc::channel(64);
    let mut client = lead.artefacts();
    let first = tokio::spawn(async move { client.write_chunks(ReceiverStream::new(receiver)).await });
    for message in chunks(&upload.name, 0, &bytes[..18 << 20]) {
        sender.send(message).await.unwrap();
    }
    while received(&lead, &upload.name).await == 0 {
        tokio::task::yield_now().await;
    }
    let at = received(&lead, &upload.name).await;
    let artefact = send(&lead, &upload.name, at, &bytes[at..]).await.unwrap().artefact.unwrap();
    // Then it goes on, with other bytes.
    for message in chunks("", 0, &noise(2 << 20)).into_iter().skip(1) {
        sender.send(message).await.unwrap();
    }
    drop(sender);
    let lost = first.await.unwrap().unwrap_err();
    assert_eq!(refusal(&lost), "Aborted UPLOAD_TAKEN_OVER");
    decided(&lead, &artefact.name).await;
    assert!(download(&lead, &artefact.name, 0, 0).await.unwrap() == bytes, "the loser wrote nothing into it");

    // Two from the beginning, as fast as they can: one artefact comes of it.
    let bytes = [&bytes[..], b"other"].concat();
    let upload = start(&lead, &blueprint, details("race.mp4"), &bytes).await.unwrap();
    let other = lead.at(&world).await;
    let (one, two) = tokio::join!(send(&lead, &upload.name, 0, &bytes), send(&other, &upload.name, 0, &bytes));
    let mut made = Vec::new();
    for outcome in [one, two] {
        match outcome {
            Ok(answer) => made.push(answer.artefact.unwrap().name),
            Err(status) => {
                let refused = refusal(&status);
                assert!(
                    ["Aborted UPLOAD_TAKEN_OVER", "FailedPrecondition UPLOAD_OFFSET"].contains(&&*refused),
                    "{refused}"
                );
            }
        }
    }
    made.dedup();
    assert_eq!(made.len(), 1);
    decided(&lead, &made[0]).await;
    assert!(download(&lead, &made[0], 0, 0).await.unwrap() == bytes);
    let draft = super::list(&lead, &format!("{blueprint}/draft")).await.unwrap();
    assert_eq!(super::names(&draft), ["film.mp4", "race.mp4"]);
}

pub(super) async fn limits_hold(database: Database) {
    let world = World::with(database, |config| config.artefacts.max_bytes = 1000).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let too_long = start(&lead, &blueprint, details("a.txt"), &[b'a'; 1001]).await.unwrap_err();
    assert_eq!(refusal(&too_long), "InvalidArgument INVALID_REQUEST\n  size_bytes: must be from 1 to 1000");
    let says = pb::ArtefactDetails { licence: "PROPRIETARY".into(), kind: 99, ..details("../a.exe") };
    let wrong = pb::StartUploadRequest {
        blueprint: "x".into(),
        details: Some(says),
        sha256: "12".into(),
        ..Default::default()
    };
    let wrong = refusal(&lead.artefacts().start_upload(wrong).await.unwrap_err());
    for field in ["blueprint", "details.file_name", "details.kind", "details.licence", "size_bytes", "sha256"] {
        assert!(wrong.contains(&format!("\n  {field}: ")), "{field} is not in {wrong}");
    }
    add(&lead, &blueprint, details("a.txt"), b"a").await.unwrap();
    let taken = start(&lead, &blueprint, details("a.txt"), b"b").await.unwrap_err();
    assert_eq!(refusal(&taken), "AlreadyExists ARTEFACT_NAME_TAKEN");
    // Of two of one name the second to be whole is refused.
    let one = start(&lead, &blueprint, details("b.txt"), b"b").await.unwrap();
    let two = start(&lead, &blueprint, details("b.txt"), b"c").await.unwrap();
    let (one, two) = tokio::join!(send(&lead, &one.name, 0, b"b"), send(&lead, &two.name, 0, b"c"));
    let mut outcomes = [one, two].map(|outcome| outcome.map_or_else(|status| refusal(&status), |_| "ok".to_owned()));
    outcomes.sort();
    assert_eq!(outcomes, ["AlreadyExists ARTEFACT_NAME_TAKEN", "ok"]);
    // Uploads that are open.
    let (_, other) = draft(&world, pb::Visibility::Public).await;
    let contributor = world.at("RGT", Role::Contributor).await;
    for number in 0..20 {
        start(&contributor, &other, details(&format!("{number}.txt")), b"x").await.unwrap();
    }
    let full = start(&contributor, &other, details("more.txt"), b"x").await.unwrap_err();
    assert_eq!(refusal(&full), "ResourceExhausted UPLOAD_LIMIT");
    let member = world.at("RGT", Role::Member).await;
    let denied = start(&member, &other, details("more.txt"), b"x").await.unwrap_err();
    assert_eq!(refusal(&denied), "PermissionDenied ROLE_MISSING");
}
