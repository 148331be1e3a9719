//! The index as its owner holds it: opened once, written by one at a time, searched by many.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::{IndexWriter, TantivyError};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::folder::Folder;
use super::generation::{Anew, Generation, Opened, write_error};
use super::query::{Answer, Query, answer};
use super::rebuild::{Meanwhile, Rebuild};
use super::related::{Related, related};
use super::snapshot::Snapshot;
use super::suggest::{Suggestion, suggest};
use super::{Change, Error};

/// The search index in a folder. Cheap to clone; all clones are one index. The folder is free again when the last clone
/// and the last [`Rebuild`] are gone.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    folder: Folder,
    epoch: Uuid,
    /// What searches see. Held for the time of a pointer copy, never during a search.
    snapshot: RwLock<Arc<Snapshot>>,
    /// What changes go through, one at a time.
    writing: Mutex<Writing>,
    /// The sequence of `snapshot`, for those who wait for it.
    sequence: watch::Sender<i64>,
}

/// The writing side.
pub(super) struct Writing {
    generation: Generation,
    /// `None` after a failure, until the next change makes another one.
    writer: Option<IndexWriter>,
    /// What changed since the rebuild that is under way began.
    pub(super) meanwhile: Option<Meanwhile>,
}

impl Index {
    /// Opens the current generation in `folder`, or starts an empty one at sequence 0 when there is none that is whole,
    /// of this version and of the database's `epoch`; [`Opened`] says which, and why. What lay there else is removed.
    ///
    /// Blocks; reads all files of the index once, to know that they are whole.
    ///
    /// # Errors
    /// [`Error::Busy`] if somebody else has the folder open, [`Error::Folder`] and [`Error::Write`] if it cannot be
    /// written; never for what is in it.
    pub fn open(folder: &Path, epoch: Uuid) -> Result<(Self, Opened), Error> {
        let folder = Folder::lock(folder)?;
        let (writing, snapshot, opened) = match Self::open_current(&folder, epoch)? {
            Ok((writing, snapshot)) => {
                let (sequence, documents) = (snapshot.sequence, snapshot.document_count());
                (writing, snapshot, Opened::Continued { sequence, documents })
            }
            Err(why) => {
                let (number, path) = folder.create_generation()?;
                let (generation, writer) = Generation::create(number, &path, epoch)?;
                let snapshot = generation.snapshot(0, None).map_err(write_error(&path))?;
                folder.set_current(number)?;
                let writing = Writing { generation, writer: Some(writer), meanwhile: None };
                (writing, snapshot, Opened::Anew(why))
            }
        };
        folder.sweep(writing.generation.number);
        let sequence = watch::Sender::new(snapshot.sequence);
        let (writing, snapshot) = (Mutex::new(writing), RwLock::new(Arc::new(snapshot)));
        Ok((Self(Arc::new(Inner { folder, epoch, snapshot, writing, sequence })), opened))
    }

    fn open_current(folder: &Folder, epoch: Uuid) -> Result<Result<(Writing, Snapshot), Anew>, Error> {
        let Some(number) = folder.current() else { return Ok(Err(Anew::Absent)) };
        let path = folder.generation(number);
        let (generation, snapshot) = match Generation::open(number, &path, epoch) {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(why)),
        };
        match catch_unwind(AssertUnwindSafe(|| generation.writer())) {
            Ok(Ok(writer)) => Ok(Ok((Writing { generation, writer: Some(writer), meanwhile: None }, snapshot))),
            Ok(Err(error @ TantivyError::LockFailure(..))) => Err(write_error(&path)(error)),
            Ok(Err(error)) => Ok(Err(Anew::Damaged(format!("{error:?}")))),
            Err(_) => Ok(Err(Anew::Damaged("it cannot be opened for writing".to_owned()))),
        }
    }

    /// Answers a search from the last state; changes and rebuilds under way neither show nor hinder.
    ///
    /// Blocks, mostly for well under a millisecond; see [`Query`] for what costs more.
    ///
    /// # Errors
    /// [`Error::Damaged`] when files turn out not to be what was written: rebuild.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        let snapshot = self.snapshot();
        guarded(|| answer(&snapshot, query))
    }

    /// At most `limit` of each kind to offer for a text that is being typed, of what these audiences may see. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] as for a search.
    pub fn suggest(&self, audience: &[String], text: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let snapshot = self.snapshot();
        guarded(|| suggest(&snapshot, audience, text, limit))
    }

    /// The documents most like one; `None` when these audiences may see no such document. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] as for a search.
    pub fn related(&self, audience: &[String], id: Uuid, limit: usize) -> Result<Option<Vec<Related>>, Error> {
        let snapshot = self.snapshot();
        guarded(|| related(&snapshot, audience, id, limit))
    }

    /// The last journal sequence that searches see.
    pub fn sequence(&self) -> i64 {
        self.snapshot().sequence
    }

    /// How many documents there are, whoever may see them.
    pub fn document_count(&self) -> u64 {
        self.snapshot().document_count()
    }

    /// Id and revision of every document, sorted by id, to compare with the database. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] as for a search.
    pub fn listing(&self) -> Result<Vec<(Uuid, u32)>, Error> {
        let snapshot = self.snapshot();
        guarded(|| Ok(snapshot.listing()))
    }

    /// Waits until searches see `sequence`; false if they do not by the `deadline`. A rebuild can take the index back.
    pub async fn reached(&self, sequence: i64, deadline: Instant) -> bool {
        let mut seen = self.0.sequence.subscribe();
        timeout_at(deadline, seen.wait_for(|seen| *seen >= sequence)).await.is_ok_and(|seen| seen.is_ok())
    }

    /// Applies all changes of the journal up to and with sequence `upto`, durably; searches see them when this returns.
    /// Changes of one document apply in the order given; the same changes again change nothing.
    ///
    /// Blocks for one commit, some milliseconds: gather changes rather than calling it for each.
    ///
    /// # Errors
    /// [`Error::Behind`] if the index is beyond `upto`, [`Error::Write`] if the changes could not be written (apply them
    /// again later), [`Error::Damaged`] if what was written cannot be read (rebuild).
    pub fn apply(&self, changes: Vec<Change>, upto: i64) -> Result<(), Error> {
        let mut writing = self.writing();
        let before = self.snapshot();
        if upto < before.sequence {
            return Err(Error::Behind { current: before.sequence, upto });
        }
        let latest: BTreeMap<_, _> = changes.into_iter().map(|change| (change.id(), change)).collect();
        let documents = guarded(|| count_after(&before, &latest))?;
        writing.write_or_retry(&latest, upto, documents)?;
        if let Some(meanwhile) = &mut writing.meanwhile {
            meanwhile.changes.extend(latest);
            meanwhile.upto = Some(upto);
        }
        let after = guarded(|| writing.generation.snapshot(upto, Some(&before)))?;
        self.publish(after);
        Ok(())
    }

    /// Begins a new generation beside the current one, to be filled from the database; searches and changes go on in the
    /// current one until it is finished. Changes applied meanwhile are carried over.
    ///
    /// # Errors
    /// [`Error::Rebuilding`] if one is under way, [`Error::Folder`] and [`Error::Write`] if the folder cannot be written.
    pub fn rebuild(&self) -> Result<Rebuild, Error> {
        let mut writing = self.writing();
        if writing.meanwhile.is_some() {
            return Err(Error::Rebuilding);
        }
        let (number, path) = self.0.folder.create_generation()?;
        let created = Generation::create(number, &path, self.0.epoch);
        let (generation, writer) = created.inspect_err(|_| self.0.folder.remove(number))?;
        writing.meanwhile = Some(Meanwhile::default());
        Ok(Rebuild::new(self.clone(), generation, writer))
    }

    /// Names the generation that the next start opens.
    pub(super) fn make_current(&self, generation: u32) -> Result<(), Error> {
        self.0.folder.set_current(generation)
    }

    /// Makes a finished generation the one that is searched and written; the one before it goes.
    pub(super) fn swap(&self, writing: &mut Writing, generation: Generation, writer: IndexWriter, snapshot: Snapshot) {
        let number = generation.number;
        *writing = Writing { generation, writer: Some(writer), meanwhile: None };
        self.publish(snapshot);
        self.0.folder.sweep(number);
    }

    pub(super) fn remove(&self, generation: u32) {
        self.0.folder.remove(generation);
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Writing> {
        // After a panic the state is still one of those between two steps: writers are remade, snapshots are whole.
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, snapshot: Snapshot) {
        let sequence = snapshot.sequence;
        *self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        self.0.sequence.send_replace(sequence);
    }
}

impl Writing {
    /// Writes and commits; a writer that an error has killed is made anew once.
    fn write_or_retry(&mut self, changes: &BTreeMap<Uuid, Change>, upto: i64, documents: u64) -> Result<(), Error> {
        let Err(error) = self.write(changes, upto, documents) else { return Ok(()) };
        tracing::warn!(%error, "the search index could not be written, trying once more with a new writer");
        self.writer = None;
        self.write(changes, upto, documents).map_err(|error| {
            self.writer = None;
            Error::Write(error)
        })
    }

    fn write(&mut self, changes: &BTreeMap<Uuid, Change>, upto: i64, documents: u64) -> tantivy::Result<()> {
        let Self { generation, writer, .. } = self;
        let attempt = || {
            let writer = match writer {
                Some(writer) => writer,
                None => writer.insert(generation.writer()?),
            };
            generation.write(writer, changes)?;
            generation.commit(writer, upto, documents)
        };
        catch_unwind(AssertUnwindSafe(attempt))
            .unwrap_or_else(|_| Err(TantivyError::InternalError("the writer panicked".to_owned())))
    }
}

/// How many documents there will be after `changes`.
fn count_after(before: &Snapshot, changes: &BTreeMap<Uuid, Change>) -> tantivy::Result<u64> {
    let mut documents = before.document_count();
    for (id, change) in changes {
        match (before.contains(*id)?, change) {
            (false, Change::Put(_)) => documents += 1,
            (true, Change::Remove(_)) => documents = documents.saturating_sub(1),
            (true, Change::Put(_)) | (false, Change::Remove(_)) => {}
        }
    }
    Ok(documents)
}

/// Runs something that reads the index. tantivy answers some damage with an error and some with a panic.
pub(super) fn guarded<T>(read: impl FnOnce() -> tantivy::Result<T>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| Error::Damaged(error.to_string())),
        Err(_) => Err(Error::Damaged("reading it panicked".to_owned())),
    }
}
