//! Sending files up: an upload is started, gets its content in as many calls as it takes, and becomes an artefact.
//!
//! No transaction is open while content streams. Parts are written first and noted after they are durable, some at a time;
//! what is noted is what a killed server goes on from.

use std::future::Future;

use bytes::Bytes;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Principal, Role, Sequence, Tx, Violations, Written, journal};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};

use super::Blueprints;
use crate::Error;
use crate::blob::inspect::Inspection;
use crate::blob::store::Part;
use crate::model::artefact::error::{ArtefactError, Refusal, StorageError};
use crate::model::artefact::format::Format;
use crate::model::artefact::{
    Artefact, ArtefactId, ContentDigest, Details, MAX_ARTEFACTS, MAX_UPLOADS, State, Upload, UploadId,
};
use crate::model::{BlueprintId, Header};
use crate::store::{self, DRAFT, artefacts, blobs, uploads};

/// Bytes of a part, more or less a chunk.
pub(super) const PART: u64 = 2 << 20;
/// Bytes after which what has been written is made durable and noted.
const CHECKPOINT: u64 = 16 << 20;

/// Starts to send a file.
#[derive(Clone, Debug)]
pub struct StartUpload {
    /// Whose draft gets it.
    pub blueprint: BlueprintId,
    /// What its owner says of it.
    pub details: Details,
    /// How long it is, in bytes.
    pub size: u64,
    /// The SHA-256 that it must have.
    pub digest: ContentDigest,
}

/// How far an upload has come.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The upload.
    pub upload: Upload,
    /// What came of it, when all of it is there.
    pub artefact: Option<Artefact>,
    /// A place in the journal by which the artefact is there; 0 while content is missing.
    pub sequence: Sequence,
}

/// Chunks that stopped coming before their end.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted;

impl Blueprints {
    /// Starts to send a file to a draft.
    pub async fn start_upload(
        &self,
        caller: &Principal,
        start: StartUpload,
        key: Option<RequestKey>,
    ) -> Result<Written<Upload>, Error> {
        let header = self.known(caller, start.blueprint).await?;
        caller.require(Role::Contributor, &header.organisation)?;
        let mut violations = Violations::new();
        violations.within("size_bytes", start.size, 1..=self.artefacts.max_bytes);
        within("details.visibility", &mut violations, &start.details, &header);
        violations.check()?;
        let mut tx = match self.db.once("blueprints.upload.start", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        store::lock(&*tx, start.blueprint).await?.ok_or(Error::NotFound(start.blueprint))?;
        super::draft_moves(&tx, start.blueprint).await?;
        if uploads::count_open(&*tx, caller.person).await? >= MAX_UPLOADS {
            return Err(ArtefactError::UploadLimit.into());
        }
        room(&tx, start.blueprint, &start.details.file_name).await?;
        let upload = Upload {
            id: UploadId::new(tx.id()),
            blueprint: start.blueprint,
            person: caller.person,
            details: start.details,
            size: start.size,
            digest: start.digest,
            received: 0,
            writer: 0,
            artefact: None,
            expires: tx.now().plus(self.artefacts.upload_life),
        };
        uploads::insert(&*tx, &upload).await?;
        tx.append(Change::new("blueprints.upload.start", &upload.id).on_behalf(&header.organisation).after(&upload));
        Ok(tx.commit(upload).await?)
    }

    /// How far an upload of the caller's has come.
    pub async fn upload(&self, caller: &Principal, id: UploadId) -> Result<Upload, Error> {
        let found = uploads::find(self.db.read(), id).await?;
        let mine = |upload: &Upload| upload.person == caller.person && (caller.person.is_some() || caller.is_system());
        found.filter(mine).ok_or(ArtefactError::UploadNotFound(id).into())
    }

    /// Takes content of an upload of the caller's from where it has come to; makes the artefact when all is there.
    pub async fn write_chunks(
        &self,
        caller: &Principal,
        id: UploadId,
        offset: u64,
        chunks: impl Stream<Item = Result<Bytes, Interrupted>> + Unpin,
    ) -> Result<Sent, Error> {
        let _place = self.artefacts.place()?;
        let upload = self.upload(caller, id).await?;
        let header = store::header(self.db.read(), upload.blueprint).await?;
        let header = header.ok_or(ArtefactError::UploadNotFound(id))?;
        caller.require(Role::Contributor, &header.organisation)?;
        if let Some(artefact) = upload.artefact {
            return self.sent(upload, artefact).await;
        }
        let upload = self.take_over(caller, id, offset).await?;
        let received = match self.receive(caller, upload.clone(), chunks).await {
            Ok(Some(inspection)) => checked(inspection, &upload),
            Ok(None) => {
                let upload = self.upload(caller, id).await?;
                return Ok(Sent { upload, artefact: None, sequence: 0 });
            }
            Err(error) => Err(error),
        };
        match received {
            Ok(()) => self.add(caller, &header, &upload).await,
            Err(Error::Artefact(ArtefactError::Content(refusal))) => {
                self.refuse_upload(caller, &header, &upload, &refusal).await?;
                Err(refusal.into())
            }
            Err(error) => Err(error),
        }
    }

    /// The answer of an upload that is finished.
    async fn sent(&self, upload: Upload, id: ArtefactId) -> Result<Sent, Error> {
        let found = artefacts::find(self.db.read(), id).await?.into_iter().next();
        let artefact = found.ok_or(ArtefactError::UploadNotFound(upload.id))?;
        let sequence = journal::head(self.db.read()).await?;
        Ok(Sent { upload, artefact: Some(artefact), sequence })
    }

    /// Becomes the one who sends; who did so before notices at its next checkpoint.
    async fn take_over(&self, caller: &Principal, id: UploadId, offset: u64) -> Result<Upload, Error> {
        let tx = self.db.begin("blueprints.upload.take_over", caller).await?;
        let mut upload = uploads::lock(&*tx, id).await?.ok_or(ArtefactError::UploadNotFound(id))?;
        if upload.received != offset {
            return Err(ArtefactError::UploadOffset { received: upload.received }.into());
        }
        upload.writer += 1;
        uploads::update(&*tx, &upload).await?;
        tx.commit_housekeeping().await?;
        Ok(upload)
    }

    /// Takes chunks until they end; the finished look at the content when all of it is there.
    async fn receive(
        &self,
        caller: &Principal,
        upload: Upload,
        mut chunks: impl Stream<Item = Result<Bytes, Interrupted>> + Unpin,
    ) -> Result<Option<Inspection>, Error> {
        let mut sink = Sink::open(self.clone(), caller.clone(), upload).await?;
        let mut interrupted = false;
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => sink.take(chunk).await?,
                Err(Interrupted) => {
                    interrupted = true;
                    break;
                }
            }
        }
        let whole = sink.close().await?;
        match whole {
            None if interrupted => Err(ArtefactError::UploadInterrupted.into()),
            whole => Ok(whole),
        }
    }

    /// Makes an artefact of content that is whole.
    async fn add(&self, caller: &Principal, header: &Header, upload: &Upload) -> Result<Sent, Error> {
        let format = Format::of_name(&upload.details.file_name).ok_or(ArtefactError::UploadNotFound(upload.id))?;
        let mut tx = self.db.begin("blueprints.artefact.add", caller).await?;
        store::lock(&*tx, upload.blueprint).await?.ok_or(Error::NotFound(upload.blueprint))?;
        super::draft_moves(&tx, upload.blueprint).await?;
        let mut upload = locked(&tx, upload).await?;
        room(&tx, upload.blueprint, &upload.details.file_name).await?;
        let location = upload.id.uuid();
        let new = blobs::keep(&*tx, &upload.digest, location, upload.size, format, tx.now()).await?;
        if !new {
            uploads::delete_parts(&*tx, location).await?;
        }
        let artefact = Artefact {
            id: ArtefactId::new(tx.id()),
            blueprint: upload.blueprint,
            revision: DRAFT,
            details: upload.details.clone(),
            format,
            size: upload.size,
            digest: upload.digest.clone(),
            state: State::Quarantined,
            scanned: false,
            scan_note: None,
            added: tx.now(),
            version: 1,
        };
        if !artefacts::insert(&*tx, &artefact, caller.person.map(exemplar_kernel::PersonId::uuid)).await? {
            return Err(ArtefactError::NameTaken.into());
        }
        artefacts::touch_draft(&*tx, upload.blueprint).await?;
        upload.artefact = Some(artefact.id);
        uploads::update(&*tx, &upload).await?;
        let change = Change::new("blueprints.artefact.add", &artefact.id);
        tx.append(change.on_behalf(&header.organisation).after(&artefact));
        let written = tx.commit(artefact).await?;
        if !new {
            self.clear(&upload).await;
        }
        self.artefacts.wake.notify_waiters();
        Ok(Sent { upload, artefact: Some(written.value), sequence: written.sequence })
    }

    /// Ends an upload whose content is not taken; nothing of it is kept.
    async fn refuse_upload(
        &self,
        caller: &Principal,
        header: &Header,
        upload: &Upload,
        refusal: &Refusal,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin("blueprints.upload.refuse", caller).await?;
        let upload = locked(&tx, upload).await?;
        uploads::delete(&*tx, &upload).await?;
        let change = Change::new("blueprints.upload.refuse", &upload.id).on_behalf(&header.organisation);
        tx.append(change.before(&upload).after(&json!({ "refused": refusal.to_string() })));
        tx.commit(()).await?;
        self.clear(&upload).await;
        Ok(())
    }

    /// Removes what was written for an upload. What cannot be removed now, the sweep will find.
    async fn clear(&self, upload: &Upload) {
        if let Err(error) = self.artefacts.blobs.clear(upload.id.uuid()).await {
            tracing::warn!(error = exemplar_kernel::error::chain(&error), "parts that nobody needs were not removed");
        }
    }
}

/// Notes a visibility that is wider than the blueprint's.
pub(super) fn within(field: &str, violations: &mut Violations, details: &Details, header: &Header) {
    if !details.visibility.is_within(header.visibility) {
        violations.add(field, format!("is wider than the blueprint's, which is {}", header.visibility));
    }
}

/// Refuses when the draft has no place for an artefact of this name.
async fn room(tx: &Tx, blueprint: BlueprintId, name: &str) -> Result<(), Error> {
    if artefacts::has_name(&**tx, blueprint, name).await? {
        return Err(ArtefactError::NameTaken.into());
    }
    if artefacts::count_draft(&**tx, blueprint).await? >= MAX_ARTEFACTS {
        return Err(ArtefactError::Limit.into());
    }
    Ok(())
}

/// The upload as it is now, locked, when it is still this sender's.
async fn locked(tx: &Tx, mine: &Upload) -> Result<Upload, Error> {
    let upload = uploads::lock(&**tx, mine.id).await?.ok_or(ArtefactError::UploadNotFound(mine.id))?;
    if upload.writer != mine.writer || upload.artefact.is_some() {
        return Err(ArtefactError::UploadTakenOver.into());
    }
    Ok(upload)
}

/// Refuses content that is not the one that was declared.
fn checked(inspection: Inspection, upload: &Upload) -> Result<(), Error> {
    let computed = inspection.finish()?;
    if computed == upload.digest {
        return Ok(());
    }
    Err(Refusal::DigestWrong { computed: computed.as_str().to_owned() }.into())
}

/// What takes the chunks of one call: looks at them, writes them as parts, and notes the parts.
struct Sink {
    blueprints: Blueprints,
    caller: Principal,
    upload: Upload,
    inspection: Inspection,
    /// What is not a part yet, and its length.
    pending: Vec<Bytes>,
    length: u64,
    /// What is written and not noted.
    unnoted: Vec<Part>,
    noting: Option<JoinHandle<Result<(), Error>>>,
}

impl Sink {
    /// Opens it, having read what the upload has so far.
    async fn open(blueprints: Blueprints, caller: Principal, upload: Upload) -> Result<Self, Error> {
        let format = Format::of_name(&upload.details.file_name).ok_or(ArtefactError::UploadNotFound(upload.id))?;
        let mut inspection = Inspection::new(format, blueprints.artefacts.limits);
        if upload.received > 0 {
            let parts = uploads::parts(blueprints.db.read(), upload.id.uuid()).await?;
            let mut stored = blueprints.artefacts.blobs.read(parts, 0..upload.received);
            while let Some(piece) = stored.recv().await {
                inspection = inspect(inspection, vec![piece?]).await?;
            }
            if inspection.seen() != upload.received {
                return Err(StorageError::of("a part of an upload is gone", std::io::ErrorKind::UnexpectedEof).into());
            }
        }
        Ok(Self {
            blueprints,
            caller,
            upload,
            inspection,
            pending: Vec::new(),
            length: 0,
            unnoted: Vec::new(),
            noting: None,
        })
    }

    async fn take(&mut self, chunk: Bytes) -> Result<(), Error> {
        if self.inspection.seen() + self.length + chunk.len() as u64 > self.upload.size {
            return Err(Refusal::TooLong { declared: self.upload.size }.into());
        }
        self.length += chunk.len() as u64;
        self.pending.push(chunk);
        if self.length >= PART {
            self.store().await?;
        }
        Ok(())
    }

    /// Writes what is pending as a part, and looks at it meanwhile.
    async fn store(&mut self) -> Result<(), Error> {
        if self.length == 0 {
            return Ok(());
        }
        let part = Part {
            location: self.upload.id.uuid(),
            start: self.inspection.seen(),
            writer: self.upload.writer,
            length: std::mem::take(&mut self.length),
        };
        let chunks = std::mem::take(&mut self.pending);
        let fresh = Inspection::new(Format::Zip, self.blueprints.artefacts.limits);
        let inspection = std::mem::replace(&mut self.inspection, fresh);
        let put = self.blueprints.artefacts.blobs.put(part, chunks.clone());
        let (put, inspected) = tokio::join!(put, inspect(inspection, chunks));
        self.inspection = inspected?;
        put?;
        self.unnoted.push(part);
        if self.unnoted.iter().map(|part| part.length).sum::<u64>() >= CHECKPOINT { self.note().await } else { Ok(()) }
    }

    /// Has what was written made durable and noted, while more comes.
    async fn note(&mut self) -> Result<(), Error> {
        self.noted().await?;
        let parts = std::mem::take(&mut self.unnoted);
        if parts.is_empty() {
            return Ok(());
        }
        let work = note(self.blueprints.clone(), self.caller.clone(), self.upload.clone(), parts);
        self.noting = Some(tokio::spawn(work));
        Ok(())
    }

    /// Waits until what was to be noted is.
    async fn noted(&mut self) -> Result<(), Error> {
        match self.noting.take() {
            Some(task) => task.await.unwrap_or_else(|error| {
                Err(exemplar_kernel::Error::Inconsistent(format!("a checkpoint broke: {error}")).into())
            }),
            None => Ok(()),
        }
    }

    /// Notes the rest; the look at the content when all of it is there.
    async fn close(mut self) -> Result<Option<Inspection>, Error> {
        self.store().await?;
        self.note().await?;
        self.noted().await?;
        Ok((self.inspection.seen() == self.upload.size).then_some(self.inspection))
    }
}

/// Makes parts durable, then says in the database that they are there.
async fn note(blueprints: Blueprints, caller: Principal, mine: Upload, parts: Vec<Part>) -> Result<(), Error> {
    blueprints.artefacts.blobs.flush(&parts).await?;
    let tx = blueprints.db.begin("blueprints.upload.note", &caller).await?;
    let mut upload = locked(&tx, &mine).await?;
    upload.received = parts.last().map_or(upload.received, |part| part.start + part.length);
    uploads::insert_parts(&*tx, &parts).await?;
    uploads::update(&*tx, &upload).await?;
    Ok(tx.commit_housekeeping().await?)
}

/// Looks at chunks where it holds nobody up.
pub(super) fn inspect(
    mut inspection: Inspection,
    chunks: Vec<Bytes>,
) -> impl Future<Output = Result<Inspection, Error>> {
    let work = tokio::task::spawn_blocking(move || {
        for chunk in &chunks {
            inspection.push(chunk)?;
        }
        Ok(inspection)
    });
    async {
        let looked: Result<Inspection, Refusal> = work
            .await
            .map_err(|error| exemplar_kernel::Error::Inconsistent(format!("the look at content broke: {error}")))?;
        Ok(looked?)
    }
}
