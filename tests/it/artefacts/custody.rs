//! Quarantine, the scanner, and the sweep.

use std::time::Duration;

use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, MARKER, Scanner, World, refusal};

use super::{add, another_draft, decided, details, download, draft, film, get, publish, remove, send, start};

/// The artefact when the scanner has been tried.
async fn noted(actor: &Actor, name: &str) -> pb::Artefact {
    let poll = async {
        loop {
            let artefact = get(actor, name).await.unwrap();
            if !artefact.scan_note.is_empty() {
                return artefact;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), poll).await.expect("the scanner is tried")
}

pub(super) async fn the_scanner_decides(database: Database) {
    let mut scanner = Scanner::start().unwrap();
    // Over TCP on one database, over a socket on the other.
    let tcp = database == Database::Postgres;
    let address = if tcp { scanner.tcp() } else { scanner.unix() };
    let mut world = World::with(database, |config| config.artefacts.scanner = Some(address)).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let public = |name: &str| pb::ArtefactDetails { visibility: pb::Visibility::Public.into(), ..details(name) };
    let clean = add(&lead, &blueprint, public("clean.txt"), b"nothing to see").await.unwrap();
    assert_eq!(clean.state(), pb::ArtefactState::Quarantined);
    let passed = decided(&lead, &clean.name).await;
    assert_eq!((passed.state(), passed.scanned, passed.scan_note.as_str()), (pb::ArtefactState::Available, true, ""));

    let bad = add(&lead, &blueprint, public("bad.txt"), format!("before {MARKER} after").as_bytes()).await.unwrap();
    let refused = decided(&lead, &bad.name).await;
    assert_eq!(refused.state(), pb::ArtefactState::Refused);
    assert!(refused.scan_note.starts_with("Exemplar.Tests.Marker"), "{}", refused.scan_note);
    let gone = download(&lead, &bad.name, 0, 0).await.unwrap_err();
    assert_eq!(refusal(&gone), "FailedPrecondition ARTEFACT_REFUSED");
    let kept = publish(&lead, &blueprint).await.unwrap_err();
    assert_eq!(refusal(&kept), "FailedPrecondition ARTEFACTS_NOT_PASSED");
    assert!(kept.message().contains("bad.txt") && !kept.message().contains("clean.txt"), "{}", kept.message());
    remove(&lead, &bad.name).await.unwrap();
    // What is longer than clamd takes is not passed, either.
    let long = add(&lead, &blueprint, public("long.mp4"), &film(65 << 20)).await.unwrap();
    assert_eq!(noted(&lead, &long.name).await.state(), pb::ArtefactState::Quarantined);
    remove(&lead, &long.name).await.unwrap();
    publish(&lead, &blueprint).await.unwrap();

    // Without an answer it stays where it is, for as long as it takes.
    drop(scanner);
    let waits = add(&lead, &blueprint, public("waits.txt"), b"looked at later").await.unwrap();
    let waiting = noted(&lead, &waits.name).await;
    assert_eq!(waiting.state(), pb::ArtefactState::Quarantined);
    assert_eq!(waiting.scan_note, "the scanner cannot be reached");
    let early = download(&lead, &waits.name, 0, 0).await.unwrap_err();
    assert_eq!(refusal(&early), "FailedPrecondition ARTEFACT_QUARANTINED");
    assert_eq!(refusal(&publish(&lead, &blueprint).await.unwrap_err()), "FailedPrecondition ARTEFACTS_NOT_PASSED");
    // A server that starts anew goes on from the rows, and a scanner that comes back is asked again.
    scanner = Scanner::start().unwrap();
    world.config.artefacts.scanner = Some(if tcp { scanner.tcp() } else { scanner.unix() });
    world = world.restart(|_| ()).await;
    world.clock.advance(Duration::from_mins(6));
    let lead = lead.at(&world).await;
    let lead = lead.signed_in_again(&world).await;
    assert_eq!(decided(&lead, &waits.name).await.state(), pb::ArtefactState::Available);
    publish(&lead, &blueprint).await.unwrap();

    // The same bad content somewhere else is found there, too.
    let other = another_draft(&lead, pb::Visibility::Public).await;
    let twin = add(&lead, &other, public("twin.txt"), format!("before {MARKER} after").as_bytes()).await.unwrap();
    assert_eq!(decided(&lead, &twin.name).await.state(), pb::ArtefactState::Refused);
}

pub(super) async fn without_a_scanner_it_says_so(database: Database) {
    let mut world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let bad = add(&lead, &blueprint, details("bad.txt"), MARKER.as_bytes()).await.unwrap();
    let passed = decided(&lead, &bad.name).await;
    assert_eq!((passed.state(), passed.scanned), (pb::ArtefactState::Available, false));
    let status = super::http(&world, "GET", "/status", "").await;
    assert!(String::from_utf8_lossy(&status.body).contains("no scanner is set"));
    // As soon as there is one, it looks at what none has seen.
    let scanner = Scanner::start().unwrap();
    world.config.artefacts.scanner = Some(scanner.tcp());
    world = world.restart(|_| ()).await;
    let lead = lead.at(&world).await;
    let poll = async {
        while get(&lead, &bad.name).await.unwrap().state() != pb::ArtefactState::Refused {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), poll).await.expect("it is looked at");
}

pub(super) async fn what_nobody_needs_is_swept(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let kept = add(&lead, &blueprint, details("kept.txt"), b"kept").await.unwrap();
    let gone = add(&lead, &blueprint, details("gone.txt"), b"gone").await.unwrap();
    let open = start(&lead, &blueprint, details("open.txt"), b"never all of it").await.unwrap();
    send(&lead, &open.name, 0, b"never").await.unwrap();
    for artefact in [&kept, &gone] {
        decided(&lead, &artefact.name).await;
    }
    remove(&lead, &gone.name).await.unwrap();
    let sweep = async || {
        let swept = world.services.blueprints.sweep_artefacts().await.unwrap();
        (swept.uploads, swept.contents, swept.objects)
    };
    assert_eq!(sweep().await, (0, 0, 0), "nothing goes before its time");
    world.clock.advance(Duration::from_hours(25));
    // What somebody has again stays, even after its time.
    let lead = lead.signed_in_again(&world).await;
    let again = add(&lead, &blueprint, details("again.txt"), b"gone").await.unwrap();
    decided(&lead, &again.name).await;
    assert_eq!(sweep().await, (0, 0, 0));
    assert_eq!(download(&lead, &again.name, 0, 0).await.unwrap(), b"gone");
    remove(&lead, &again.name).await.unwrap();
    assert_eq!(sweep().await, (0, 0, 0));
    world.clock.advance(Duration::from_hours(24 * 5));
    assert_eq!(sweep().await, (4, 1, 2), "the uploads, one content, its object and that of the open upload");
    let lead = lead.signed_in_again(&world).await;
    assert_eq!(download(&lead, &kept.name, 0, 0).await.unwrap(), b"kept");
    let asked = lead.artefacts().get_upload(pb::GetUploadRequest { name: open.name }).await.unwrap_err();
    assert_eq!(refusal(&asked), "NotFound UPLOAD_NOT_FOUND");
}
