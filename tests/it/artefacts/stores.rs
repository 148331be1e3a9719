//! An S3-compatible service as the place of content: the real protocol, signed requests included.

use std::path::Path;

use exemplar_proto::blueprints::v1 as pb;
use exemplar_server::config::S3;
use exemplar_tests::{Database, World, refusal};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::{add, decided, details, download, draft, film, remove, send, start};

const BUCKET: &str = "artefacts-of-the-tests";
const KEY: &str = "the-tests-key";
const SECRET: &str = "the tests' secret";

/// Starts an S3 service over a folder; its address, and the task to end it by.
async fn serve(folder: &Path) -> (String, JoinHandle<()>) {
    std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        // Dropped with this task, so that its end is the end of every connection.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            connections.spawn(async move {
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, serving)
}

fn settings(endpoint: &str, secret: &str) -> S3 {
    S3 {
        endpoint: endpoint.parse().unwrap(),
        region: "us-east-1".to_owned(),
        bucket: BUCKET.to_owned(),
        access_key: KEY.to_owned(),
        secret_key: secret.into(),
    }
}

/// The objects of the bucket.
fn objects(folder: &Path) -> usize {
    let uploads = std::fs::read_dir(folder.join(BUCKET).join("artefacts")).into_iter().flatten();
    let files = uploads.filter_map(|upload| std::fs::read_dir(upload.ok()?.path()).ok()).flatten();
    files.filter(|file| !file.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count()
}

pub(super) async fn an_s3_service_keeps_them(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let (address, serving) = serve(folder.path()).await;
    let mut world = World::with(database, |config| config.artefacts.s3 = Some(settings(&address, SECRET))).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let bytes = film(21 << 20);
    let upload = start(&lead, &blueprint, details("film.mp4"), &bytes).await.unwrap();
    let half = send(&lead, &upload.name, 0, &bytes[..7 << 20]).await.unwrap();
    assert_eq!(half.upload.unwrap().received_bytes, 7 << 20);
    // Another server goes on.
    world = world.restart(|_| ()).await;
    let lead = lead.at(&world).await;
    let artefact = send(&lead, &upload.name, 7 << 20, &bytes[7 << 20..]).await.unwrap().artefact.unwrap();
    decided(&lead, &artefact.name).await;
    assert!(download(&lead, &artefact.name, 0, 0).await.unwrap() == bytes);
    let part = download(&lead, &artefact.name, 5 << 20, 3 << 20).await.unwrap();
    assert!(part == bytes[5 << 20..8 << 20], "a part over the seam");
    assert!(!world.config.storage.data.join("artefacts").exists(), "nothing lies in the folder");
    let refused = start(&lead, &blueprint, details("bad.pdf"), b"no PDF").await.unwrap();
    assert_eq!(
        refusal(&send(&lead, &refused.name, 0, b"no PDF").await.unwrap_err()),
        "InvalidArgument CONTENT_TYPE_WRONG"
    );
    let before = objects(folder.path());
    assert!(before >= 10, "{before} objects");
    remove(&lead, &artefact.name).await.unwrap();
    world.services.blueprints.sweep_artefacts().await.unwrap();
    world.clock.advance(std::time::Duration::from_hours(24 * 5));
    let swept = world.services.blueprints.sweep_artefacts().await.unwrap();
    assert_eq!((swept.contents, swept.objects), (1, before as u64));
    assert_eq!(objects(folder.path()), 0);
    // A service that is gone is said to be, and nothing is half there.
    let lead = lead.signed_in_again(&world).await;
    serving.abort();
    let _ = serving.await;
    let upload = start(&lead, &blueprint, details("late.txt"), b"late").await.unwrap();
    let lost = send(&lead, &upload.name, 0, b"late").await.unwrap_err();
    assert_eq!(refusal(&lost), "Unavailable STORAGE_UNAVAILABLE");

    // A wrong secret is refused by the service, over the real protocol.
    let (address, _serving) = serve(folder.path()).await;
    let world = World::with(database, |config| config.artefacts.s3 = Some(settings(&address, "wrong"))).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let denied = add(&lead, &blueprint, details("a.txt"), b"a").await.unwrap_err();
    assert_eq!(refusal(&denied), "Unavailable STORAGE_UNAVAILABLE");
}
