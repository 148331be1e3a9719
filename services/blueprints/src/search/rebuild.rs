//! A new generation, filled beside the one that is in use.

use std::collections::{BTreeMap, HashSet};

use tantivy::IndexWriter;
use uuid::Uuid;

use super::generation::Generation;
use super::index::{Index, guarded};
use super::{Change, Document, Error};

/// How much text may wait for the indexing thread, in bytes; then adding waits for it.
const WAITING_BYTES: usize = 64 * 1024 * 1024;

/// A rebuild under way. Dropped unfinished, it leaves nothing and the index as it is.
#[must_use = "a rebuild that is not finished changes nothing"]
pub struct Rebuild {
    index: Index,
    /// `None` once finished.
    generation: Option<Generation>,
    writer: Option<IndexWriter>,
    ids: HashSet<Uuid>,
    waiting: usize,
}

/// What was applied to the index while a rebuild goes on; the new generation gets it at the end.
#[derive(Default)]
pub(super) struct Meanwhile {
    pub changes: BTreeMap<Uuid, Change>,
    /// The sequence of the last of them; `None` when nothing was applied.
    pub upto: Option<i64>,
}

impl Rebuild {
    pub(super) fn new(index: Index, generation: Generation, writer: IndexWriter) -> Self {
        Generation::pile_up(&writer);
        Self { index, generation: Some(generation), writer: Some(writer), ids: HashSet::new(), waiting: 0 }
    }

    /// Adds a document as the database has it; added again it replaces itself. Blocks when the writer is behind.
    ///
    /// # Errors
    /// [`Error::Write`]; then drop the rebuild and begin another one.
    pub fn add(&mut self, document: &Document) -> Result<(), Error> {
        let (Some(generation), Some(writer)) = (&self.generation, &mut self.writer) else { return Ok(()) };
        self.waiting += document.sections.iter().map(|(_, text)| text.len()).sum::<usize>();
        let known = !self.ids.insert(document.id);
        generation.add(writer, document, known).map_err(Error::Write)?;
        if self.waiting >= WAITING_BYTES {
            self.waiting = 0;
            generation.commit(writer, 0, 0).map_err(Error::Write)?;
        }
        Ok(())
    }

    /// Makes what was added the index, at sequence `upto`: the one that the database was read at. Changes that were
    /// applied since the rebuild began are in it, too, and its sequence is theirs if that is later. Searches see the
    /// old state until then and the new one from then on; a crash leaves one of the two. May go back behind the
    /// sequence before it.
    ///
    /// # Errors
    /// [`Error::Write`] or [`Error::Folder`] if it could not be written, [`Error::Damaged`] if it could not be read: the
    /// index stays as it is.
    pub fn finish(mut self, upto: i64) -> Result<(), Error> {
        self.finish_in_place(upto)
        // Dropped here: what could not be finished is cleared away.
    }

    fn finish_in_place(&mut self, upto: i64) -> Result<(), Error> {
        let (Some(generation), Some(writer)) = (&self.generation, &mut self.writer) else { return Ok(()) };
        // The bulk of it, before changes have to wait.
        generation.commit(writer, 0, 0).map_err(Error::Write)?;
        generation.compact(writer).map_err(Error::Write)?;

        let index = self.index.clone();
        let mut writing = index.writing();
        let meanwhile = writing.meanwhile.take().unwrap_or_default();
        generation.write(writer, &meanwhile.changes).map_err(Error::Write)?;
        for (id, change) in &meanwhile.changes {
            match change {
                Change::Put(_) => self.ids.insert(*id),
                Change::Remove(_) => self.ids.remove(id),
            };
        }
        let documents = u64::try_from(self.ids.len()).unwrap_or(u64::MAX);
        let sequence = meanwhile.upto.map_or(upto, |applied| applied.max(upto));
        generation.commit(writer, sequence, documents).map_err(Error::Write)?;
        let snapshot = guarded(|| generation.snapshot(sequence, None))?;
        index.make_current(generation.number)?;
        if let (Some(generation), Some(writer)) = (self.generation.take(), self.writer.take()) {
            index.swap(&mut writing, generation, writer, snapshot);
        }
        Ok(())
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        // The writer first: it still writes in the folder.
        self.writer = None;
        if let Some(generation) = self.generation.take() {
            self.index.writing().meanwhile = None;
            let number = generation.number;
            drop(generation);
            self.index.remove(number);
        }
    }
}
