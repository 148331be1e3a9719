//! What one caller can see of the dictionary: a word of documents that they may not see is no word to them.

use tantivy::query::{EnableScoring, Query as _, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet as _, TERMINATED, Term};
use uuid::Uuid;

use super::conditions::any_of;
use super::snapshot::Snapshot;

/// The documents that a caller may see, asked for words.
pub(super) struct Sight<'a> {
    pub snapshot: &'a Snapshot,
    readers: Option<Box<dyn Weight>>,
}

impl<'a> Sight<'a> {
    /// The sight of somebody of these audiences.
    pub(super) fn new(snapshot: &'a Snapshot, audience: &[String]) -> tantivy::Result<Self> {
        let readers = any_of(snapshot.fields.audience, audience)
            .map(|any| any.weight(EnableScoring::disabled_from_searcher(&snapshot.searcher)))
            .transpose()?;
        Ok(Self { snapshot, readers })
    }

    /// In how many visible documents `text` is a term of `field`, counted up to `most`.
    pub(super) fn count(&self, field: Field, text: &str, most: usize) -> tantivy::Result<usize> {
        let Some(readers) = &self.readers else { return Ok(0) };
        let term = Term::from_field_text(field, text);
        let mut found = 0;
        for reader in self.snapshot.searcher.segment_readers() {
            let postings = reader.inverted_index(field)?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            let mut visible = readers.scorer(reader, 1.0)?;
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let at = if visible.doc() < doc { visible.seek(doc) } else { visible.doc() };
                if at == TERMINATED {
                    break;
                }
                if at > doc {
                    doc = postings.seek(at);
                    continue;
                }
                if !reader.is_deleted(doc) {
                    found += 1;
                    if found >= most {
                        return Ok(found);
                    }
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// Where the visible document of this id lies.
    pub(super) fn find(&self, id: Uuid) -> tantivy::Result<Option<DocAddress>> {
        let Some(readers) = &self.readers else { return Ok(None) };
        let (field, term) = (self.snapshot.fields.id, self.snapshot.fields.id_term(id));
        for (reader, segment) in self.snapshot.searcher.segment_readers().iter().zip(0..) {
            let postings = reader.inverted_index(field)?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                let mut visible = readers.scorer(reader, 1.0)?;
                let at = if visible.doc() < doc { visible.seek(doc) } else { visible.doc() };
                if at == doc && !reader.is_deleted(doc) {
                    return Ok(Some(DocAddress::new(segment, doc)));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// The visible terms of `field` that begin with `beginning`, each with its documents counted up to `most`; most
    /// frequent first, then by the alphabet. Looks at no more than `bound` terms.
    pub(super) fn beginning(
        &self,
        field: Field,
        beginning: &str,
        bound: usize,
        most: usize,
    ) -> tantivy::Result<Vec<(String, usize)>> {
        let mut terms = std::collections::BTreeSet::new();
        for reader in self.snapshot.searcher.segment_readers() {
            let index = reader.inverted_index(field)?;
            let mut stream = index.terms().range().ge(beginning.as_bytes()).into_stream()?;
            let mut seen = 0;
            while seen < bound && stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                terms.insert(String::from_utf8_lossy(stream.key()).into_owned());
                seen += 1;
            }
        }
        self.ranked(field, terms, most)
    }

    /// Those of `terms` that are visible, most frequent first, then in the order given.
    pub(super) fn ranked(
        &self,
        field: Field,
        terms: impl IntoIterator<Item = String>,
        most: usize,
    ) -> tantivy::Result<Vec<(String, usize)>> {
        let mut seen = Vec::new();
        for term in terms {
            let count = self.count(field, &term, most)?;
            if count > 0 {
                seen.push((term, count));
            }
        }
        seen.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(seen)
    }
}
