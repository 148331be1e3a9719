//! One generation: a tantivy index with its watermark, made, opened with suspicion, written and read.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::directory::error::LockError;
use tantivy::directory::{Directory as _, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyError};
use uuid::Uuid;

use super::schema::{self, Fields};
use super::snapshot::Snapshot;
use super::{Change, Document, Error, analyser};

/// Memory of the one indexing thread before it writes a segment, in bytes. More makes fewer segments of a rebuild.
const WRITER_BYTES: usize = 50_000_000;

/// Share of deleted documents from which a segment is merged for their sake alone.
const DELETED_SHARE_MAX: f32 = 0.25;

/// What was found in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// An index up to this sequence with so many documents; the journal after it is to be applied.
    Continued {
        /// The last journal sequence in it.
        sequence: i64,
        /// How many documents it holds.
        documents: u64,
    },
    /// Nothing of use: the index is empty, at sequence 0, and is to be filled.
    Anew(Anew),
}

/// Why an index starts empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anew {
    /// There was none.
    Absent,
    /// It could not be read.
    Damaged(String),
    /// It was written by a version of this program with other fields or another analyser.
    OtherVersion,
    /// It belongs to another database, or to this one before it was restored.
    OtherEpoch(Uuid),
}

/// What a commit says of itself; it lives in the commit, so that the two can never differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watermark {
    pub epoch: Uuid,
    pub schema: u32,
    pub analyser: u32,
    pub sequence: i64,
    pub documents: u64,
    /// [`Self::digest`] of the others: meta.json, where this lies, has no checksum.
    pub check: u64,
}

impl Watermark {
    pub(super) fn new(epoch: Uuid, sequence: i64, documents: u64) -> Self {
        let (schema, analyser) = (schema::VERSION, analyser::VERSION);
        let watermark = Self { epoch, schema, analyser, sequence, documents, check: 0 };
        Self { check: watermark.digest(), ..watermark }
    }

    /// FNV-1a of what it says; it is to find flipped bits, not forgers.
    pub(super) fn digest(&self) -> u64 {
        let Self { epoch, schema, analyser, sequence, documents, check: _ } = self;
        let text = format!("{epoch} {schema} {analyser} {sequence} {documents}");
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// A tantivy index in its own folder, and the reader of its last commit.
pub(super) struct Generation {
    pub number: u32,
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    epoch: Uuid,
}

impl Generation {
    /// Makes an empty index at sequence 0 in the empty folder `path`.
    pub(super) fn create(number: u32, path: &Path, epoch: Uuid) -> Result<(Self, IndexWriter), Error> {
        let (schema, fields) = schema::build();
        let index = tantivy::Index::builder()
            .schema(schema)
            .settings(schema::settings())
            .tokenizers(analyser::manager())
            .create_in_dir(path)
            .map_err(write_error(path))?;
        let reader = reader(&index).map_err(write_error(path))?;
        let generation = Self { number, index, reader, fields, epoch };
        let mut writer = generation.writer().map_err(write_error(path))?;
        generation.commit(&mut writer, 0, 0).map_err(write_error(path))?;
        Ok((generation, writer))
    }

    /// Opens what lies in `path`, if every bit of it is what was written and it is of this `epoch` and version.
    ///
    /// All checksums are read: about 0.3 s per GB when they are in memory, else as long as the disk takes. In return
    /// an index with a changed bit is never served.
    pub(super) fn open(number: u32, path: &Path, epoch: Uuid) -> Result<(Self, Snapshot), Anew> {
        // tantivy trusts what it reads, and panics on some of what a damaged file can say.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::open_trusting(number, path, epoch)));
        opened.unwrap_or_else(|_| Err(Anew::Damaged("it cannot be opened at all".to_owned())))
    }

    fn open_trusting(number: u32, path: &Path, epoch: Uuid) -> Result<(Self, Snapshot), Anew> {
        let (schema, fields) = schema::build();
        let directory = MmapDirectory::open(path).map_err(damaged)?;
        if !directory.exists(Path::new("meta.json")).map_err(damaged)? {
            return Err(Anew::Damaged("meta.json is missing".to_owned()));
        }
        let mut index = tantivy::Index::open(directory).map_err(damaged)?;
        index.set_tokenizers(analyser::manager());
        let metas = index.load_metas().map_err(damaged)?;
        let payload = metas.payload.as_deref().unwrap_or_default();
        let watermark: Watermark = serde_json::from_str(payload).map_err(damaged)?;
        if watermark.check != watermark.digest() {
            return Err(Anew::Damaged("the watermark has changed".to_owned()));
        }
        if (watermark.schema, watermark.analyser) != (schema::VERSION, analyser::VERSION) || index.schema() != schema {
            return Err(Anew::OtherVersion);
        }
        if watermark.epoch != epoch {
            return Err(Anew::OtherEpoch(watermark.epoch));
        }
        for file in metas.list_segment_files() {
            // Listed are all files that a segment can have; a missing one that it does have fails its opening below.
            if path.join(&file).exists() && !index.directory().validate_checksum(&file).map_err(damaged)? {
                return Err(Anew::Damaged(format!("{} has changed", file.display())));
            }
        }
        let reader = reader(&index).map_err(damaged)?;
        let generation = Self { number, index, reader, fields, epoch };
        let snapshot = generation.snapshot(watermark.sequence, None).map_err(damaged)?;
        let found = snapshot.document_count();
        if found != watermark.documents {
            return Err(Anew::Damaged(format!("{found} documents instead of {}", watermark.documents)));
        }
        Ok((generation, snapshot))
    }

    /// The writer; there can be one at a time.
    pub(super) fn writer(&self) -> tantivy::Result<IndexWriter> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .build();
        let writer = self.index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(merge_policy()));
        Ok(writer)
    }

    /// Lets segments pile up in a generation that is being filled, until [`Self::compact`].
    pub(super) fn pile_up(writer: &IndexWriter) {
        writer.set_merge_policy(Box::new(NoMergePolicy));
    }

    /// Merges all that is committed into one segment, the fastest to search, and from then on as usual.
    pub(super) fn compact(&self, writer: &mut IndexWriter) -> tantivy::Result<()> {
        let segments = self.index.searchable_segment_ids()?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.set_merge_policy(Box::new(merge_policy()));
        Ok(())
    }

    /// Hands one document to `writer`; `known` if it may have an earlier form of it.
    pub(super) fn add(&self, writer: &IndexWriter, document: &Document, known: bool) -> tantivy::Result<()> {
        if known {
            writer.delete_term(self.fields.id_term(document.id));
        }
        writer.add_document(self.fields.document(document))?;
        Ok(())
    }

    /// Hands changes to `writer`, to be seen after the next commit.
    pub(super) fn write(&self, writer: &IndexWriter, changes: &BTreeMap<Uuid, Change>) -> tantivy::Result<()> {
        for (id, change) in changes {
            match change {
                Change::Put(document) => self.add(writer, document, true)?,
                Change::Remove(_) => {
                    writer.delete_term(self.fields.id_term(*id));
                }
            }
        }
        Ok(())
    }

    /// Makes what was written durable, together with the watermark.
    pub(super) fn commit(&self, writer: &mut IndexWriter, sequence: i64, documents: u64) -> tantivy::Result<()> {
        let watermark = Watermark::new(self.epoch, sequence, documents);
        let payload =
            serde_json::to_string(&watermark).map_err(|error| TantivyError::InternalError(error.to_string()))?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        Ok(())
    }

    /// The state of the last commit, which is `sequence`; `before` lends the columns of segments that stayed.
    pub(super) fn snapshot(&self, sequence: i64, before: Option<&Snapshot>) -> tantivy::Result<Snapshot> {
        self.reader.reload()?;
        Snapshot::new(self.reader.searcher(), self.fields, sequence, before)
    }
}

fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_SHARE_MAX);
    policy
}

fn reader(index: &tantivy::Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

fn damaged(error: impl std::fmt::Debug) -> Anew {
    Anew::Damaged(format!("{error:?}"))
}

/// What a failure to write in `path` is to the caller.
pub(super) fn write_error(path: &Path) -> impl Fn(TantivyError) -> Error + '_ {
    |error| {
        if matches!(error, TantivyError::LockFailure(LockError::LockBusy, _)) {
            Error::Busy(path.to_owned())
        } else {
            Error::Write(error)
        }
    }
}
