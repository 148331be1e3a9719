//! Bundles: one blueprint with its files, out and in.
//!
//! A bundle goes out through a file that has no name, and comes in without one: it is checked while it streams, its files
//! become parts as an upload's do, and one transaction makes the draft and its artefacts of them, or nothing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use bytes::{Buf as _, Bytes};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, Once, OrganisationId, Paging, PersonId, Principal, Role, Timestamp, Tx, Violations, Written, digest,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt as _};
use uuid::Uuid;

use super::draft::draft_of;
use super::exchange::{blocking, first_header};
use super::uploads::{Interrupted, PART, inspect};
use super::{ArtefactContent, Blueprints};
use crate::Error;
use crate::blob::inspect::Inspection;
use crate::blob::store::Part;
use crate::model::artefact::error::{ArtefactError, Refusal, StorageError};
use crate::model::artefact::format::Format;
use crate::model::artefact::{Artefact, ArtefactId, Details, State};
use crate::model::bundle::{self, Enclosed, Event, Head, MAX_TEXT, Source};
use crate::model::{Blueprint, BlueprintId, Content, Visibility};
use crate::store::artefacts::Seen;
use crate::store::{self, DRAFT, artefacts, blobs, exchange as rows, uploads};

/// Pieces that wait between the stream and what reads it.
const WAITING: usize = 8;

/// A bundle to be imported.
#[derive(Clone, Debug)]
pub struct ImportBundle {
    /// For which organisation.
    pub organisation: OrganisationId,
    /// Who may read it, and its files, once it is released.
    pub visibility: Visibility,
    /// Whether it is only checked.
    pub validate_only: bool,
}

/// What became of a bundle.
#[derive(Debug)]
pub struct ImportedBundle {
    /// The draft.
    pub written: Written<Blueprint>,
    /// Where it comes from.
    pub source: Source,
    /// Its files.
    pub enclosed: Vec<Enclosed>,
}

/// A file whose content is written and not known to the database yet.
#[derive(Debug)]
struct Stored {
    location: Uuid,
    format: Format,
    parts: Vec<Part>,
}

impl Blueprints {
    /// The length of a bundle at the most, in bytes: room for a file of the largest size.
    pub(crate) fn max_bundle(&self) -> u64 {
        self.artefacts.max_bytes.saturating_add(MAX_TEXT)
    }

    /// Packs a revision with those of its files that whoever reads the blueprint may read. The same for every caller.
    pub(super) async fn bundle(&self, blueprint: Blueprint, own: Source) -> Result<ArtefactContent, Error> {
        let place = self.artefacts.place()?;
        let id = blueprint.header.id;
        let artefacts = self.enclosed(&blueprint).await?;
        let length: u64 = artefacts.iter().map(|artefact| artefact.size).sum();
        if length > self.artefacts.max_bytes {
            return Err(Error::BundleTooLarge { length, most: self.artefacts.max_bytes });
        }
        let parts = self.parts_of(&artefacts).await?;
        let enclosed: Vec<Enclosed> = artefacts.into_iter().map(enclosed).collect();
        let came = rows::source(self.db.read(), id).await?;
        let blobs = self.artefacts.blobs.clone();
        let content = blueprint.content;
        let packed = blocking(move || {
            let digest = bundle::fingerprint(&content, &enclosed)?;
            // What came from elsewhere and was not changed is still what came.
            let source = came.filter(|(_, came)| *came == digest).map_or(own, |(source, _)| source);
            let open = |place: usize| {
                let file = &enclosed[place];
                let parts = parts.get(file.digest.as_str()).cloned().unwrap_or_default();
                Stored::reader(blobs.read(parts, 0..file.size))
            };
            let file = tempfile::tempfile().map_err(unwritable)?;
            let mut file = bundle::pack(file, &source, &content, &enclosed, open)?;
            let length = file.stream_position().map_err(unwritable)?;
            file.seek(SeekFrom::Start(0)).map_err(unwritable)?;
            Ok::<_, Error>((file, length))
        });
        let (file, length) = packed.await??;
        Ok(ArtefactContent::new(pieces(file), length, place))
    }

    /// The files of a revision that are in its bundle, by name. What waits for the scanner keeps a draft's bundle back.
    async fn enclosed(&self, blueprint: &Blueprint) -> Result<Vec<Artefact>, Error> {
        let header = &blueprint.header;
        let wide: Vec<_> =
            Visibility::ALL.iter().copied().filter(|visibility| header.visibility.is_within(*visibility)).collect();
        if blueprint.revision != DRAFT {
            if header.withdrawn.is_some() {
                return Ok(Vec::new());
            }
            let page = Paging::parse(&mut Violations::new(), 200, "", &[]);
            return Ok(
                artefacts::list(self.db.read(), header.id, blueprint.revision, Seen::Admitted(&wide), &page).await?
            );
        }
        let mut draft = artefacts::of_draft(self.db.read(), header.id).await?;
        draft.retain(|artefact| wide.contains(&artefact.details.visibility));
        super::artefacts::all_passed(draft)
    }

    /// Where the content of some artefacts lies: two statements.
    async fn parts_of(&self, artefacts: &[Artefact]) -> Result<HashMap<String, Vec<Part>>, Error> {
        let digests: Vec<_> = artefacts.iter().map(|artefact| artefact.digest.as_str()).collect();
        let locations = blobs::locations(self.db.read(), &digests).await?;
        let mut lie: HashMap<Uuid, Vec<Part>> = HashMap::new();
        let all: Vec<_> = locations.values().copied().collect();
        for part in uploads::parts_of(self.db.read(), &all).await? {
            lie.entry(part.location).or_default().push(part);
        }
        let of = |(digest, location)| (digest, lie.get(&location).cloned().unwrap_or_default());
        Ok(locations.into_iter().map(of).collect())
    }

    /// Checks a bundle while it comes and makes a draft of what it holds. `readable` says whether its text is one that
    /// could have been written here; `key` makes the request's key, for which the digest of the whole stands.
    pub async fn import_bundle(
        &self,
        caller: &Principal,
        import: ImportBundle,
        file: impl Stream<Item = Result<Bytes, Interrupted>> + Unpin,
        readable: impl Fn(Content) -> Result<Content, Error>,
        key: impl FnOnce(&str) -> Option<RequestKey>,
    ) -> Result<ImportedBundle, Error> {
        caller.require(Role::Contributor, &import.organisation)?;
        let _place = self.artefacts.place()?;
        self.directory.open_organisation(self.db.read(), &import.organisation).await?;
        let (sender, received) = mpsc::channel(WAITING);
        let (events, mut coming) = mpsc::channel(WAITING);
        let largest = self.artefacts.max_bytes;
        let reading = tokio::task::spawn_blocking(move || read(received, largest, &events));
        let mut stored = Vec::new();
        let (sent, held) = tokio::join!(send(file, sender, self.max_bundle()), async {
            let held = self.store_events(&mut coming, &import, &readable, &mut stored).await;
            // Who reads stops when nobody hears any more, and who sends when nobody reads.
            coming.close();
            held
        });
        let read = reading.await.map_err(|error| exemplar_kernel::Error::Inconsistent(error.to_string()))?;
        // Who stopped first says why; what broke off because of it does not.
        let all = match (sent, held, read) {
            (Err(error), _, _) | (Ok(_), Err(Some(error)), _) | (Ok(_), _, Err(error)) => Err(error),
            (Ok(_), Err(None), Ok(())) => Err(ArtefactError::UploadInterrupted.into()),
            (Ok(digest), Ok((source, content, enclosed)), Ok(())) => Ok((digest, source, content, enclosed)),
        };
        let done = match all {
            Ok((digest, source, content, enclosed)) => {
                let draft = (source, content, enclosed);
                self.write_bundle(caller, &import, draft, &stored, key(&digest)).await
            }
            Err(error) => Err(error),
        };
        match done {
            Ok((imported, unneeded)) => {
                self.clear_all(&unneeded).await;
                self.artefacts.wake.notify_waiters();
                Ok(imported)
            }
            Err(error) => {
                self.clear_all(&stored.iter().map(|stored| stored.location).collect::<Vec<_>>()).await;
                Err(error)
            }
        }
    }

    /// Takes what comes out of a bundle; none as the error when it ended too early.
    async fn store_events(
        &self,
        coming: &mut mpsc::Receiver<Event>,
        import: &ImportBundle,
        readable: &impl Fn(Content) -> Result<Content, Error>,
        stored: &mut Vec<Stored>,
    ) -> Result<(Source, Content, Vec<Enclosed>), Option<Error>> {
        let Some(Event::Head(head)) = coming.recv().await else { return Err(None) };
        let Head { source, content, enclosed } = *head;
        let mut content = readable(content)?;
        self.look_up(&mut content.contacts).await?;
        for file in &enclosed {
            self.store_file(coming, file, !import.validate_only, stored).await?;
        }
        Ok((source, content, enclosed))
    }

    /// Looks at a file as at one that is sent up, and writes its parts where it is to be kept.
    async fn store_file(
        &self,
        coming: &mut mpsc::Receiver<Event>,
        file: &Enclosed,
        keep: bool,
        stored: &mut Vec<Stored>,
    ) -> Result<(), Option<Error>> {
        let format = Format::of_name(&file.file_name);
        let format = format.ok_or_else(|| Error::BundleWrong(format!("{:?} is of no known type", file.file_name)))?;
        let location = self.db.chance().id(self.db.clock().now());
        // Noted before its first part is written, so that a failure leaves nothing.
        stored.push(Stored { location, format, parts: Vec::new() });
        let parts = stored.last_mut().map(|stored| &mut stored.parts).ok_or(None)?;
        let mut inspection = Inspection::new(format, self.artefacts.limits);
        let mut pending: Vec<Bytes> = Vec::new();
        loop {
            let event = coming.recv().await.ok_or(None)?;
            let ended = match event {
                Event::Piece(piece) => {
                    pending.push(piece);
                    false
                }
                Event::End => true,
                Event::Head(_) => return Err(None),
            };
            let length: u64 = pending.iter().map(|piece| piece.len() as u64).sum();
            if length >= PART || (ended && length > 0) {
                let part = Part { location, start: inspection.seen(), writer: 1, length };
                let chunks = std::mem::take(&mut pending);
                if keep {
                    self.artefacts.blobs.put(part, chunks.clone()).await.map_err(Error::from)?;
                    parts.push(part);
                }
                inspection = inspect(inspection, chunks).await?;
            }
            if ended {
                break;
            }
        }
        let found = inspection.finish().map_err(Error::from)?;
        if found != file.digest {
            let computed = found.as_str().to_owned();
            return Err(Some(Refusal::DigestWrong { computed }.into()));
        }
        self.artefacts.blobs.flush(parts).await.map_err(Error::from)?;
        Ok(())
    }

    /// Makes the draft and its artefacts of what was stored, all of it or nothing; the places that are not needed.
    async fn write_bundle(
        &self,
        caller: &Principal,
        import: &ImportBundle,
        (source, content, enclosed): (Source, Content, Vec<Enclosed>),
        stored: &[Stored],
        key: Option<RequestKey>,
    ) -> Result<(ImportedBundle, Vec<Uuid>), Error> {
        let everything = || stored.iter().map(|stored| stored.location).collect();
        let header = |id| first_header(id, import.organisation.clone(), import.visibility);
        if import.validate_only {
            let value = draft_of(header(BlueprintId::new(Uuid::nil())), content);
            let written = Written { value, sequence: 0 };
            return Ok((ImportedBundle { written, source, enclosed }, everything()));
        }
        let mut tx = match self.db.once("blueprints.blueprint.import", caller, key.as_ref()).await? {
            Once::Again(written) => return Ok((ImportedBundle { written, source, enclosed }, everything())),
            Once::First(tx) => tx,
        };
        self.directory.open_organisation(&*tx, &import.organisation).await?;
        let draft = draft_of(header(BlueprintId::new(tx.id())), content);
        store::insert(&*tx, &draft, tx.now()).await?;
        let fingerprint = bundle::fingerprint(&draft.content, &enclosed)?;
        rows::insert_source(&*tx, draft.header.id, &source, &fingerprint).await?;
        let change = Change::new("blueprints.blueprint.import", &draft.header.id);
        let after = json!({ "source": source, "content": draft.content });
        tx.append(change.on_behalf(&draft.header.organisation).after(&after));
        let mut unneeded = Vec::new();
        for (file, stored) in enclosed.iter().zip(stored) {
            if !add(&mut tx, &draft, file, stored, caller.person).await? {
                unneeded.push(stored.location);
            }
        }
        let written = tx.commit(draft).await?;
        Ok((ImportedBundle { written, source, enclosed }, unneeded))
    }

    /// Removes what was written and is not needed. What cannot be removed now, the sweep will find.
    async fn clear_all(&self, locations: &[Uuid]) {
        for location in locations {
            if let Err(error) = self.artefacts.blobs.clear(*location).await {
                tracing::warn!(
                    error = exemplar_kernel::error::chain(&error),
                    "parts that nobody needs were not removed"
                );
            }
        }
    }
}

/// Makes an artefact of a file, in quarantine; whether its parts are needed, because nobody sent the same content before.
async fn add(
    tx: &mut Tx,
    draft: &Blueprint,
    file: &Enclosed,
    stored: &Stored,
    by: Option<PersonId>,
) -> Result<bool, Error> {
    let now: Timestamp = tx.now();
    let new = blobs::keep(&**tx, &file.digest, stored.location, file.size, stored.format, now).await?;
    if new {
        uploads::insert_parts(&**tx, &stored.parts).await?;
    }
    let artefact = Artefact {
        id: ArtefactId::new(tx.id()),
        blueprint: draft.header.id,
        revision: DRAFT,
        details: Details {
            file_name: file.file_name.clone(),
            kind: file.kind,
            licence: file.licence.clone(),
            description: file.description.clone(),
            visibility: draft.header.visibility,
        },
        format: stored.format,
        size: file.size,
        digest: file.digest.clone(),
        state: State::Quarantined,
        scanned: false,
        scan_note: None,
        added: now,
        version: 1,
    };
    if !artefacts::insert(&**tx, &artefact, by.map(PersonId::uuid)).await? {
        return Err(ArtefactError::NameTaken.into());
    }
    let change = Change::new("blueprints.artefact.add", &artefact.id);
    tx.append(change.on_behalf(&draft.header.organisation).after(&artefact));
    Ok(new)
}

impl Stored {
    /// Content on its way out of the store, for a thread that may wait.
    fn reader(pieces: mpsc::Receiver<Result<Bytes, StorageError>>) -> Pieces<StorageError> {
        Pieces { pieces, now: Bytes::new() }
    }
}

fn enclosed(artefact: Artefact) -> Enclosed {
    let Artefact { details, size, digest, .. } = artefact;
    let Details { file_name, kind, licence, description, .. } = details;
    Enclosed { file_name, kind, licence, description, size, digest }
}

/// Hands a bundle on to who reads it, as long as somebody does; the digest of all of it.
async fn send(
    mut file: impl Stream<Item = Result<Bytes, Interrupted>> + Unpin,
    to: mpsc::Sender<Result<Bytes, io::Error>>,
    most: u64,
) -> Result<String, Error> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    while let Some(piece) = file.next().await {
        let Ok(piece) = piece else { return Err(ArtefactError::UploadInterrupted.into()) };
        length += piece.len() as u64;
        if length > most {
            return Err(Error::BundleWrong(format!("it is larger than {most} bytes")));
        }
        hash.update(&piece);
        if to.send(Ok(piece)).await.is_err() {
            break;
        }
    }
    Ok(digest::hex(&hash.finalize()))
}

/// Reads a bundle on a thread that may wait.
fn read(
    pieces: mpsc::Receiver<Result<Bytes, io::Error>>,
    largest: u64,
    events: &mpsc::Sender<Event>,
) -> Result<(), Error> {
    let mut from = Pieces { pieces, now: Bytes::new() };
    let gone = |_| ArtefactError::UploadInterrupted.into();
    bundle::unpack(&mut from, largest, |event| events.blocking_send(event).map_err(gone))
}

/// Pieces as one thing to read from, for a thread that may wait.
struct Pieces<E> {
    pieces: mpsc::Receiver<Result<Bytes, E>>,
    now: Bytes,
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> Read for Pieces<E> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.now = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let length = self.now.len().min(to.len());
        self.now.copy_to_slice(&mut to[..length]);
        Ok(length)
    }
}

/// A file in pieces, as fast as they are taken.
fn pieces(mut file: File) -> mpsc::Receiver<Result<Bytes, StorageError>> {
    const PIECE: usize = 64 << 10;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece);
            let last = read.as_ref().is_ok_and(|read| *read == 0) || read.is_err();
            let failed = |why: io::Error| StorageError { doing: "a bundle cannot be read", why: Box::new(why) };
            if !piece.is_empty() || read.is_err() {
                let sent = sender.blocking_send(read.map(|_| Bytes::from(piece)).map_err(failed));
                if sent.is_err() {
                    return;
                }
            }
            if last {
                return;
            }
        }
    });
    receiver
}

fn unwritable(error: io::Error) -> Error {
    StorageError { doing: "a bundle cannot be written", why: Box::new(error) }.into()
}
