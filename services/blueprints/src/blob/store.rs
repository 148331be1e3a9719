//! Where content is kept: a local folder or an S3-compatible service, both through `object_store`.
//!
//! Content lies in parts, each an object of its own that is written once and never changed: an upload that was cut off is
//! read back and goes on, whichever server it comes to next, and a stale sender cannot write over another's bytes,
//! because its own number is in the key. (S3's multipart uploads can be resumed but not read back, so that neither the
//! digest nor the look into archives could go on; and local folders know none.)

use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use crate::model::artefact::error::StorageError;

/// Bytes read at a time.
const UNIT: u64 = 512 << 10;
/// How long a reader may take for what was read last before it is given up.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a request to a service that fails is tried again.
const RETRY: Duration = Duration::from_secs(10);
/// The folder, or the beginning of the keys, of everything kept.
const PREFIX: &str = "artefacts";

/// Where content is kept.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of an S3-compatible service.
    S3(S3),
}

/// A bucket of an S3-compatible service.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Its address.
    pub endpoint: String,
    /// Its region; `us-east-1` where there are none.
    pub region: String,
    /// The bucket, which must be there.
    pub bucket: String,
    /// The id of the access key.
    pub access_key: String,
    /// The access key's secret.
    pub secret_key: SecretString,
}

/// Kept content; cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Set when it is a folder, whose files are flushed by hand.
    folder: Option<Arc<LocalFileSystem>>,
}

/// One object: some bytes of one content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Of which content.
    pub(crate) location: Uuid,
    /// Where in it.
    pub(crate) start: u64,
    /// Who wrote it.
    pub(crate) writer: u32,
    /// How many bytes.
    pub(crate) length: u64,
}

impl Part {
    fn path(&self) -> Path {
        Path::from(format!("{PREFIX}/{}/{:015}-{}", self.location, self.start, self.writer))
    }

    fn of_path(path: &Path, length: u64) -> Option<Self> {
        let mut names = path.as_ref().strip_prefix(PREFIX)?.trim_start_matches('/').splitn(2, '/');
        let location = Uuid::try_parse(names.next()?).ok()?;
        let (start, writer) = names.next()?.split_once('-')?;
        Some(Self { location, start: start.parse().ok()?, writer: writer.parse().ok()?, length })
    }
}

impl Blobs {
    /// Opens the place; a folder is made when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made, or the settings of the service cannot be understood.
    pub fn open(place: &Place) -> Result<Self, StorageError> {
        match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(failed("the folder of artefacts cannot be made"))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(failed("the folder cannot be opened"))?;
                let store = Arc::new(store.with_automatic_cleanup(true));
                Ok(Self { store: Arc::clone(&store) as Arc<dyn ObjectStore>, folder: Some(store) })
            }
            Place::S3(s3) => {
                // Callers wait: a service that is away for longer is said to be.
                let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY, ..RetryConfig::default() };
                let store = AmazonS3Builder::new()
                    .with_endpoint(&s3.endpoint)
                    .with_region(&s3.region)
                    .with_bucket_name(&s3.bucket)
                    .with_access_key_id(&s3.access_key)
                    .with_secret_access_key(s3.secret_key.expose_secret())
                    .with_retry(retry)
                    .with_client_options(ClientOptions::new().with_allow_http(s3.endpoint.starts_with("http:")))
                    .build()
                    .map_err(failed("the settings of the S3 service cannot be used"))?;
                Ok(Self { store: Arc::new(store), folder: None })
            }
        }
    }

    /// Writes a part. In a folder it is durable only after [`Blobs::flush`].
    pub(crate) async fn put(&self, part: Part, chunks: Vec<Bytes>) -> Result<(), StorageError> {
        let payload: PutPayload = chunks.into_iter().collect();
        self.store.put(&part.path(), payload).await.map_err(failed("a part cannot be written"))?;
        Ok(())
    }

    /// Makes parts of one content durable.
    pub(crate) async fn flush(&self, parts: &[Part]) -> Result<(), StorageError> {
        const DOING: &str = "parts cannot be flushed";
        let Some(folder) = &self.folder else { return Ok(()) };
        let files: Result<Vec<PathBuf>, _> = parts.iter().map(|part| folder.path_to_filesystem(&part.path())).collect();
        let files = files.map_err(failed(DOING))?;
        let sync = move || {
            for file in &files {
                File::open(file)?.sync_all()?;
            }
            // The names of the files are in their folder, and its own name is in the folder above.
            let parent = files.first().and_then(|file| file.parent());
            for folder in parent.into_iter().flat_map(|parent| parent.ancestors().take(3)) {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        let done: Result<std::io::Result<()>, _> = tokio::task::spawn_blocking(sync).await;
        done.map_err(failed(DOING))?.map_err(failed(DOING))
    }

    /// Reads a range of a content whose parts are given in order. The reading goes on in the background, a little ahead of
    /// the reader, and ends when the reader has gone.
    pub(crate) fn read(&self, parts: Vec<Part>, wanted: Range<u64>) -> mpsc::Receiver<Result<Bytes, StorageError>> {
        let (sender, receiver) = mpsc::channel(1);
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            for part in parts {
                let from = wanted.start.max(part.start);
                let to = wanted.end.min(part.start + part.length);
                let mut at = from;
                while at < to {
                    let next = (at + UNIT).min(to);
                    let range = at - part.start..next - part.start;
                    let read = store.get_range(&part.path(), range).await.map_err(failed("a part cannot be read"));
                    let failed = read.is_err();
                    if sender.send_timeout(read, PATIENCE).await.is_err() || failed {
                        return;
                    }
                    at = next;
                }
            }
        });
        receiver
    }

    /// Every object that is kept, some at a time.
    pub(crate) fn list(&self) -> mpsc::Receiver<Result<Part, StorageError>> {
        let (sender, receiver) = mpsc::channel(64);
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            let mut listed = store.list(Some(&Path::from(PREFIX)));
            while let Some(found) = listed.next().await {
                let part = match found {
                    Ok(object) => Part::of_path(&object.location, object.size).map(Ok),
                    Err(error) => Some(Err(failed("the parts cannot be listed")(error))),
                };
                if let Some(part) = part
                    && sender.send(part).await.is_err()
                {
                    return;
                }
            }
        });
        receiver
    }

    /// Removes everything that was written for one content.
    pub(crate) async fn clear(&self, location: Uuid) -> Result<(), StorageError> {
        let mut listed = self.store.list(Some(&Path::from(format!("{PREFIX}/{location}"))));
        while let Some(found) = listed.next().await {
            let found = found.map_err(failed("the parts cannot be listed"))?;
            if let Some(part) = Part::of_path(&found.location, found.size) {
                self.remove(part).await?;
            }
        }
        Ok(())
    }

    /// Removes a part; one that is gone is no failure.
    pub(crate) async fn remove(&self, part: Part) -> Result<(), StorageError> {
        match self.store.delete(&part.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("a part cannot be removed")(error)),
        }
    }
}

fn failed<E: std::error::Error + Send + Sync + 'static>(doing: &'static str) -> impl Fn(E) -> StorageError {
    move |error| StorageError { doing, why: Box::new(error) }
}
