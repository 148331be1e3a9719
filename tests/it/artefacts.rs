//! Artefacts: files that go up, are looked at, are seen by whom they may be, and come down.

mod content;
mod custody;
pub(crate) mod files;
mod killed;
mod sending;
mod stores;

use std::time::Duration;

use bytes::Bytes;
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, World, find_clamd, refusal};
use prost_types::FieldMask;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Status;

use crate::blueprints::{create, on_a_page};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("artefacts::a_file_goes_up_and_comes_down", a_file_goes_up_and_comes_down);
    suite.each("artefacts::revisions_keep_theirs", revisions_keep_theirs);
    suite.each("artefacts::hidden_ones_answer_like_absent_ones", hidden_ones_answer_like_absent_ones);
    suite.on(Database::Sqlite, "artefacts::browsers_get_ranges_and_safe_headers", browsers_get_ranges_and_safe_headers);
    suite.each("artefacts::an_upload_goes_on", sending::an_upload_goes_on);
    suite.each("artefacts::the_later_sender_wins", sending::the_later_sender_wins);
    suite.each("artefacts::limits_hold", sending::limits_hold);
    suite.each("artefacts::a_killed_upload_resumes", killed::a_killed_upload_resumes);
    suite.on(Database::Sqlite, "artefacts::memory_is_bounded", killed::memory_is_bounded);
    suite.each("artefacts::bad_content_is_refused", content::bad_content_is_refused);
    suite.on(Database::Sqlite, "artefacts::texts_are_read", content::texts_are_read);
    suite.on(Database::Sqlite, "artefacts::hostile_files_harm_nobody", content::hostile_files_harm_nobody);
    let clamd = find_clamd().is_some();
    for database in Database::ALL {
        let (missing, name) = ("clamd is not installed", "artefacts::the_scanner_decides");
        suite.on_if(database, clamd, missing, name, custody::the_scanner_decides);
    }
    let (missing, name) = ("clamd is not installed", "artefacts::without_a_scanner_it_says_so");
    suite.on_if(Database::Sqlite, clamd, missing, name, custody::without_a_scanner_it_says_so);
    suite.each("artefacts::what_nobody_needs_is_swept", custody::what_nobody_needs_is_swept);
    suite.each("artefacts::an_s3_service_keeps_them", stores::an_s3_service_keeps_them);
}

/// An artefact in a draft, and an upload to it that is not finished.
pub(crate) async fn for_the_matrix(lead: &Actor, draft: &str) -> (String, String) {
    let artefact = add(lead, draft, details("matrix.txt"), b"content").await.unwrap();
    decided(lead, &artefact.name).await;
    let upload = start(lead, draft, details("open.txt"), b"content").await.unwrap();
    (artefact.name, upload.name)
}

/// A lead of RGT and a draft of theirs.
pub(crate) async fn draft(world: &World, visibility: pb::Visibility) -> (Actor, String) {
    let lead = world.at("RGT", Role::Lead).await;
    let name = another_draft(&lead, visibility).await;
    (lead, name)
}

async fn another_draft(lead: &Actor, visibility: pb::Visibility) -> String {
    let content = on_a_page("What we did, and the files for it", "So.");
    let made = lead.blueprints().create_blueprint(create("RGT", visibility, content)).await.unwrap();
    made.into_inner().blueprint.unwrap().name
}

pub(crate) fn details(file_name: &str) -> pb::ArtefactDetails {
    pb::ArtefactDetails {
        file_name: file_name.to_owned(),
        kind: pb::ArtefactKind::Plan.into(),
        licence: "OGL-UK-3.0".to_owned(),
        description: "A sample.".to_owned(),
        visibility: pb::Visibility::Organisation.into(),
    }
}

fn sha256(bytes: &[u8]) -> String {
    exemplar_kernel::digest::hex(&Sha256::digest(bytes))
}

async fn start(actor: &Actor, blueprint: &str, says: pb::ArtefactDetails, bytes: &[u8]) -> Result<pb::Upload, Status> {
    let request = pb::StartUploadRequest {
        blueprint: blueprint.to_owned(),
        details: Some(says),
        size_bytes: i64::try_from(bytes.len()).unwrap(),
        sha256: sha256(bytes),
        ..Default::default()
    };
    Ok(actor.artefacts().start_upload(request).await?.into_inner().upload.unwrap())
}

/// The messages of bytes from an offset.
fn chunks(upload: &str, offset: usize, bytes: &[u8]) -> Vec<pb::WriteChunksRequest> {
    let first = pb::WriteChunksRequest {
        upload: upload.to_owned(),
        offset: i64::try_from(offset).unwrap(),
        data: Bytes::new(),
    };
    let rest = bytes
        .chunks(200_000)
        .map(|chunk| pb::WriteChunksRequest { data: Bytes::copy_from_slice(chunk), ..Default::default() });
    std::iter::once(first).chain(rest).collect()
}

async fn send(actor: &Actor, upload: &str, offset: usize, bytes: &[u8]) -> Result<pb::WriteChunksResponse, Status> {
    let messages = tokio_stream::iter(chunks(upload, offset, bytes));
    Ok(actor.artefacts().write_chunks(messages).await?.into_inner())
}

/// Sends a whole file.
pub(crate) async fn add(
    actor: &Actor,
    blueprint: &str,
    says: pb::ArtefactDetails,
    bytes: &[u8],
) -> Result<pb::Artefact, Status> {
    let upload = start(actor, blueprint, says, bytes).await?;
    Ok(send(actor, &upload.name, 0, bytes).await?.artefact.unwrap())
}

/// The artefact when it has left quarantine.
pub(crate) async fn decided(actor: &Actor, name: &str) -> pb::Artefact {
    let poll = async {
        loop {
            let artefact = get(actor, name).await.unwrap();
            if artefact.state() != pb::ArtefactState::Quarantined {
                return artefact;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), poll).await.expect("it leaves quarantine")
}

async fn get(actor: &Actor, name: &str) -> Result<pb::Artefact, Status> {
    let request = pb::GetArtefactRequest { name: name.to_owned() };
    Ok(actor.artefacts().get_artefact(request).await?.into_inner().artefact.unwrap())
}

async fn list(actor: &Actor, parent: &str) -> Result<Vec<pb::Artefact>, Status> {
    let request = pb::ListArtefactsRequest { parent: parent.to_owned(), ..Default::default() };
    Ok(actor.artefacts().list_artefacts(request).await?.into_inner().artefacts)
}

fn names(artefacts: &[pb::Artefact]) -> Vec<&str> {
    artefacts.iter().map(|artefact| artefact.details.as_ref().unwrap().file_name.as_str()).collect()
}

async fn download(actor: &Actor, name: &str, offset: i64, length: i64) -> Result<Vec<u8>, Status> {
    let request = pb::DownloadArtefactRequest { name: name.to_owned(), offset, length };
    let mut stream = actor.artefacts().download_artefact(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.message().await? {
        assert!(bytes.is_empty() || piece.artefact.is_none(), "only the first message tells of the artefact");
        bytes.extend(piece.data);
    }
    Ok(bytes)
}

pub(crate) async fn publish(lead: &Actor, name: &str) -> Result<pb::Blueprint, Status> {
    let request = pb::PublishBlueprintRequest { name: name.to_owned(), ..Default::default() };
    Ok(lead.publish(request).await?.into_inner().blueprint.unwrap())
}

async fn update(lead: &Actor, name: &str, paths: &[&str], says: pb::ArtefactDetails) -> Result<pb::Artefact, Status> {
    let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let request =
        pb::UpdateArtefactRequest { name: name.to_owned(), details: Some(says), update_mask, ..Default::default() };
    Ok(lead.artefacts().update_artefact(request).await?.into_inner().artefact.unwrap())
}

async fn remove(lead: &Actor, name: &str) -> Result<(), Status> {
    let request = pb::RemoveArtefactRequest { name: name.to_owned(), ..Default::default() };
    lead.artefacts().remove_artefact(request).await.map(|_| ())
}

/// Bytes that look like nothing and repeat nowhere.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A film, by its signature, of this length.
fn film(length: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    bytes.extend(noise(length - bytes.len()));
    bytes
}

async fn a_file_goes_up_and_comes_down(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let bytes = film(5 << 20);
    let artefact = add(&lead, &blueprint, details("training film.mp4"), &bytes).await.unwrap();
    assert_eq!((artefact.media_type.as_str(), artefact.size_bytes), ("video/mp4", 5 << 20));
    assert_eq!((artefact.sha256.as_str(), artefact.blueprint.as_str()), (sha256(&bytes).as_str(), blueprint.as_str()));
    let artefact = decided(&lead, &artefact.name).await;
    assert_eq!((artefact.state(), artefact.scanned), (pb::ArtefactState::Available, false));
    assert!(download(&lead, &artefact.name, 0, 0).await.unwrap() == bytes, "the same comes down");
    for (offset, length) in [(0, 1), (1, 3), (2 << 20, 700_000), ((2 << 20) - 1, 2), ((5 << 20) - 1, 0)] {
        let part = download(&lead, &artefact.name, offset, length).await.unwrap();
        let from = usize::try_from(offset).unwrap();
        let to = if length == 0 { bytes.len() } else { from + usize::try_from(length).unwrap() };
        assert!(part == bytes[from..to], "the part {offset} {length}");
    }
    let outside = download(&lead, &artefact.name, 5 << 20, 0).await.unwrap_err();
    assert_eq!(refusal(&outside), "InvalidArgument RANGE_OUTSIDE");

    // The same content again is kept once, and looked at again.
    let kept = || std::fs::read_dir(world.config.storage.data.join("artefacts/artefacts")).unwrap().count();
    assert_eq!(kept(), 1);
    let other = another_draft(&lead, pb::Visibility::Public).await;
    let twin = add(&lead, &other, details("the same.mp4"), &bytes).await.unwrap();
    assert_ne!(twin.name, artefact.name);
    assert_eq!(decided(&lead, &twin.name).await.sha256, artefact.sha256);
    assert!(download(&lead, &twin.name, 0, 0).await.unwrap() == bytes);
    let folders = std::fs::read_dir(world.config.storage.data.join("artefacts/artefacts")).unwrap();
    let files = folders.filter(|folder| std::fs::read_dir(folder.as_ref().unwrap().path()).unwrap().count() > 0);
    assert_eq!(files.count(), 1, "content is kept once");
}

async fn revisions_keep_theirs(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let anyone = world.anonymous().await;
    let public = |name: &str| pb::ArtefactDetails { visibility: pb::Visibility::Public.into(), ..details(name) };
    let plan = add(&lead, &blueprint, public("plan.md"), b"# The plan\n").await.unwrap();
    let jobs = add(&lead, &blueprint, public("jobs.csv"), b"role,band\nlead,7\n").await.unwrap();
    for artefact in [&plan, &jobs] {
        decided(&lead, &artefact.name).await;
    }
    assert_eq!(refusal(&get(&anyone, &plan.name).await.unwrap_err()), "NotFound ARTEFACT_NOT_FOUND");
    publish(&lead, &blueprint).await.unwrap();
    assert_eq!(names(&list(&anyone, &blueprint).await.unwrap()), ["jobs.csv", "plan.md"]);
    let first = list(&anyone, &format!("{blueprint}/revisions/1")).await.unwrap();
    assert_eq!(first.iter().map(|artefact| artefact.sha256.as_str()).collect::<Vec<_>>(), [&jobs.sha256, &plan.sha256]);

    // The draft moves on; the revision does not, and files alone make a new one.
    let says = pb::ArtefactDetails { description: "Better said.".into(), file_name: "plan 2.md".into(), ..public("") };
    let stale = pb::UpdateArtefactRequest {
        name: plan.name.clone(),
        details: Some(says.clone()),
        update_mask: Some(FieldMask { paths: vec!["description".into()] }),
        etag: "v9".into(),
        ..Default::default()
    };
    assert_eq!(refusal(&lead.artefacts().update_artefact(stale).await.unwrap_err()), "Aborted ETAG_STALE");
    let renamed = update(&lead, &plan.name, &["description", "file_name"], says).await.unwrap();
    assert_eq!((renamed.revision, renamed.etag.as_str()), (0, "v2"));
    let taken = update(&lead, &plan.name, &["file_name"], public("jobs.csv")).await.unwrap_err();
    assert_eq!(
        refusal(&taken),
        "InvalidArgument INVALID_REQUEST\n  details.file_name: must keep an extension of MARKDOWN"
    );
    remove(&lead, &jobs.name).await.unwrap();
    assert_eq!(refusal(&remove(&lead, &jobs.name).await.unwrap_err()), "NotFound ARTEFACT_NOT_FOUND");
    assert_eq!(names(&list(&lead, &format!("{blueprint}/draft")).await.unwrap()), ["plan 2.md"]);
    assert_eq!(names(&list(&anyone, &blueprint).await.unwrap()), ["jobs.csv", "plan.md"]);
    publish(&lead, &blueprint).await.unwrap();
    assert_eq!(names(&list(&anyone, &blueprint).await.unwrap()), ["plan 2.md"]);
    assert_eq!(names(&list(&anyone, &format!("{blueprint}/revisions/1")).await.unwrap()), ["jobs.csv", "plan.md"]);
    assert_eq!(download(&anyone, &jobs.name, 0, 0).await.unwrap(), b"role,band\nlead,7\n");
    assert_eq!(get(&anyone, &plan.name).await.unwrap().revision, 2);
    let again = publish(&lead, &blueprint).await.unwrap_err();
    assert_eq!(refusal(&again), "FailedPrecondition DRAFT_UNCHANGED");
}

async fn hidden_ones_answer_like_absent_ones(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Network).await;
    let wider = pb::ArtefactDetails { visibility: pb::Visibility::Public.into(), ..details("a.txt") };
    assert_eq!(
        refusal(&add(&lead, &blueprint, wider, b"a").await.unwrap_err()),
        "InvalidArgument INVALID_REQUEST\n  details.visibility: is wider than the blueprint's, which is NETWORK"
    );
    let network = |name: &str| pb::ArtefactDetails { visibility: pb::Visibility::Network.into(), ..details(name) };
    let shared = add(&lead, &blueprint, network("shared.txt"), b"for the network").await.unwrap();
    let own = add(&lead, &blueprint, details("own.txt"), b"for us").await.unwrap();
    for artefact in [&shared, &own] {
        decided(&lead, &artefact.name).await;
    }
    publish(&lead, &blueprint).await.unwrap();
    let (anyone, other) = (world.anonymous().await, world.at("RRV", Role::Lead).await);
    let absent = "artefacts/01890000-0000-7000-8000-000000000000";
    // Every question about a hidden one gets the answer that an absent one gets, the name apart.
    for (caller, hidden) in [(&anyone, &shared), (&anyone, &own), (&other, &own)] {
        let said =
            |status: Status, name: &str| format!("{} {}", refusal(&status), status.message().replace(name, "it"));
        for name in [hidden.name.as_str(), absent] {
            assert_eq!(said(get(caller, name).await.unwrap_err(), name), "NotFound ARTEFACT_NOT_FOUND there is no it");
            for (offset, length) in [(0, 0), (1 << 40, 1)] {
                let refused = download(caller, name, offset, length).await.unwrap_err();
                assert_eq!(said(refused, name), "NotFound ARTEFACT_NOT_FOUND there is no it");
            }
            let refused = update(caller, name, &["kind"], details("x.txt")).await.unwrap_err();
            assert_eq!(said(refused, name), "NotFound ARTEFACT_NOT_FOUND there is no it");
            let refused = remove(caller, name).await.unwrap_err();
            assert_eq!(said(refused, name), "NotFound ARTEFACT_NOT_FOUND there is no it");
        }
    }
    assert_eq!(names(&list(&other, &blueprint).await.unwrap()), ["shared.txt"]);
    assert_eq!(names(&list(&lead, &blueprint).await.unwrap()), ["own.txt", "shared.txt"]);
    let told = get(&other, &shared.name).await.unwrap();
    assert_eq!((told.etag.as_str(), told.scan_note.as_str()), ("", ""), "the owner's part is the owner's");
    let hidden = list(&anyone, &blueprint).await.unwrap_err();
    assert_eq!(refusal(&hidden), "NotFound BLUEPRINT_NOT_FOUND");
    // Over HTTP, too.
    let path = |name: &str| format!("/{name}");
    let answers = [path(&own.name), path(absent), "/artefacts/none".to_owned(), "/nowhere".to_owned()];
    let mut pages = Vec::new();
    for path in answers {
        let answer = http(&world, "GET", &path, "").await;
        // The link to sign in leads back.
        pages.push((answer.status, answer.text().replace(&path.replace('/', "%2F"), "")));
    }
    assert!(pages.iter().all(|page| *page == pages[0] && page.0 == 404), "{pages:?}");

    // What a newer revision says less widely is closed in the older ones, too.
    update(&lead, &shared.name, &["visibility"], details("shared.txt")).await.unwrap();
    assert_eq!(names(&list(&other, &blueprint).await.unwrap()), ["shared.txt"], "a draft closes nothing");
    publish(&lead, &blueprint).await.unwrap();
    for parent in [blueprint.clone(), format!("{blueprint}/revisions/1")] {
        assert_eq!(names(&list(&other, &parent).await.unwrap()), Vec::<&str>::new());
    }
    assert_eq!(refusal(&get(&other, &shared.name).await.unwrap_err()), "NotFound ARTEFACT_NOT_FOUND");
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One request of a browser.
pub(crate) async fn http(world: &World, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

async fn browsers_get_ranges_and_safe_headers(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let page = b"<!doctype html><script>alert(1)</script><p>hello</p>";
    let says = pb::ArtefactDetails { visibility: pb::Visibility::Public.into(), ..details("Übung \u{2014} 1.html") };
    let artefact = add(&lead, &blueprint, says, page).await.unwrap();
    decided(&lead, &artefact.name).await;
    let token = &lead.tokens.as_ref().unwrap().access_token;
    let path = format!("/{}", artefact.name);
    assert_eq!(http(&world, "GET", &path, "").await.status, 404);
    let own = http(&world, "GET", &path, &format!("Authorization: Bearer {token}\r\n")).await;
    assert_eq!((own.status, own.body.as_slice()), (200, page.as_slice()), "its owner gets the draft's");
    publish(&lead, &blueprint).await.unwrap();
    let whole = http(&world, "GET", &path, "").await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, page.as_slice()));
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-disposition: attachment; filename=\"_bung _ 1.html\"; filename*=utf-8''%c3%9cbung%20%e2%80%94%201.html",
        "content-security-policy: sandbox; default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "accept-ranges: bytes",
        "cache-control: private, no-cache",
        &format!("content-length: {}", page.len()),
        &format!("etag: \"{}\"", artefact.sha256),
    ] {
        assert!(whole.head.contains(header), "{header} is not in\n{}", whole.head);
    }
    let etag = format!("\"{}\"", artefact.sha256);
    let length = page.len();
    for (method, headers, status, from, to) in [
        ("GET", "Range: bytes=0-3\r\n".to_owned(), 206, 0, 4),
        ("GET", "Range: bytes=-5\r\n".to_owned(), 206, length - 5, length),
        ("GET", "Range: bytes=10-\r\n".to_owned(), 206, 10, length),
        ("GET", "Range: bytes=0-0,5-6\r\n".to_owned(), 200, 0, length),
        ("GET", "Range: lines=1\r\n".to_owned(), 200, 0, length),
        ("GET", "Range: bytes=999-\r\n".to_owned(), 416, 0, 0),
        ("GET", format!("If-None-Match: {etag}\r\n"), 304, 0, 0),
        ("GET", format!("If-Range: {etag}\r\nRange: bytes=0-1\r\n"), 206, 0, 2),
        ("GET", "If-Range: \"other\"\r\nRange: bytes=0-1\r\n".to_owned(), 200, 0, length),
        ("HEAD", String::new(), 200, 0, 0),
        ("POST", "Sec-Fetch-Site: same-origin\r\n".to_owned(), 405, 0, 0),
    ] {
        let answer = http(&world, method, &path, &headers).await;
        assert_eq!(answer.status, status, "{method} {headers}");
        if status < 300 {
            assert_eq!(answer.body, &page[from..to], "{method} {headers}");
        }
        if status == 206 {
            let range = format!("content-range: bytes {from}-{}/{length}", to - 1);
            assert!(answer.head.contains(&range), "{}", answer.head);
        }
    }
}
