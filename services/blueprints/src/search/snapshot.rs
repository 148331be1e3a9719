//! What one search sees: a searcher with its columns opened, and the sequence it stands for.

use std::sync::Arc;

use tantivy::columnar::{Column, ColumnValues};
use tantivy::index::SegmentId;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, Term};
use uuid::Uuid;

use super::PUBLIC;
use super::facet::Facet;
use super::schema::{Fields, column};

/// One state of the index. Searches hold it while they run; changes replace it.
pub(super) struct Snapshot {
    pub searcher: Searcher,
    pub fields: Fields,
    /// The columns of each segment, in the order of the searcher's segments.
    pub columns: Arc<[Arc<Columns>]>,
    /// The last journal sequence that is in it.
    pub sequence: i64,
    /// How many public documents there are.
    pub public: u64,
    /// How many words they have together.
    pub public_words: u64,
}

/// The columns of one segment. Opening one by name costs as much as a small search, so that happens once a segment.
pub(super) struct Columns {
    pub segment: SegmentId,
    pub revision: Arc<dyn ColumnValues<u64>>,
    pub published: Arc<dyn ColumnValues<i64>>,
    pub length: Arc<dyn ColumnValues<u64>>,
    pub id_high: Arc<dyn ColumnValues<u64>>,
    pub id_low: Arc<dyn ColumnValues<u64>>,
    pub review: Arc<dyn ColumnValues<i64>>,
    pub adoptions: Arc<dyn ColumnValues<i64>>,
    /// Keys, by the facet's place.
    facets: Vec<FacetColumn>,
}

/// A column of keys: each document's values are numbers into `labels`.
pub(super) struct FacetColumn {
    /// `None` when no document of the segment has a value.
    pub values: Option<Column<u64>>,
    pub labels: Arc<[String]>,
}

impl Snapshot {
    /// Opens the columns of `searcher`; those of segments that `before` knew are taken over.
    pub(super) fn new(
        searcher: Searcher,
        fields: Fields,
        sequence: i64,
        before: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let known = before.map(|before| before.columns.as_ref()).unwrap_or_default();
        let columns = searcher
            .segment_readers()
            .iter()
            .map(|reader| match known.iter().find(|columns| columns.segment == reader.segment_id()) {
                Some(columns) => Ok(Arc::clone(columns)),
                None => Columns::open(reader).map(Arc::new),
            })
            .collect::<tantivy::Result<Arc<[_]>>>()?;
        let (public, public_words) = public(&searcher, &fields, &columns)?;
        Ok(Self { searcher, fields, columns, sequence, public, public_words })
    }

    /// How many documents there are, whoever may see them.
    pub(super) fn document_count(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Whether there is a document of this id.
    pub(super) fn contains(&self, id: Uuid) -> tantivy::Result<bool> {
        let term = self.fields.id_term(id);
        for reader in self.searcher.segment_readers() {
            let postings = reader.inverted_index(self.fields.id)?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                if !reader.is_deleted(postings.doc()) {
                    return Ok(true);
                }
                postings.advance();
            }
        }
        Ok(false)
    }

    /// Id and revision of every document, sorted.
    pub(super) fn listing(&self) -> Vec<(Uuid, u32)> {
        let mut all: Vec<_> = self
            .searcher
            .segment_readers()
            .iter()
            .zip(self.columns.iter())
            .flat_map(|(reader, columns)| reader.doc_ids_alive().map(|doc| (columns.id(doc), columns.revision(doc))))
            .collect();
        all.sort_unstable();
        all
    }
}

/// How many public documents there are, and how many words they have.
fn public(searcher: &Searcher, fields: &Fields, columns: &[Arc<Columns>]) -> tantivy::Result<(u64, u64)> {
    let term = Term::from_field_text(fields.audience, PUBLIC);
    let (mut documents, mut words) = (0, 0);
    for (reader, columns) in searcher.segment_readers().iter().zip(columns) {
        let postings = reader.inverted_index(fields.audience)?.read_postings(&term, IndexRecordOption::Basic)?;
        let Some(mut postings) = postings else { continue };
        let mut doc = postings.doc();
        while doc != TERMINATED {
            if !reader.is_deleted(doc) {
                documents += 1;
                words += columns.length.get_val(doc);
            }
            doc = postings.advance();
        }
    }
    Ok((documents, words))
}

/// In how many documents a term is, those that were replaced or removed left out: they are in the index until a merge,
/// and when that comes depends on documents that a caller may not know of.
pub(super) fn document_frequency(searcher: &Searcher, term: &Term) -> tantivy::Result<u64> {
    let mut documents = 0;
    for reader in searcher.segment_readers() {
        let index = reader.inverted_index(term.field())?;
        documents += match reader.alive_bitset() {
            None => u64::from(index.doc_freq(term)?),
            Some(alive) => {
                let postings = index.read_postings(term, IndexRecordOption::Basic)?;
                postings.map_or(0, |postings| u64::from(postings.doc_freq_given_deletes(alive)))
            }
        };
    }
    Ok(documents)
}

impl Columns {
    fn open(reader: &SegmentReader) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        Ok(Self {
            segment: reader.segment_id(),
            revision: fast.column_first_or_default(column::REVISION)?,
            published: fast.column_first_or_default(column::PUBLISHED)?,
            length: fast.column_first_or_default(column::WORDS)?,
            id_high: fast.column_first_or_default(column::ID_HIGH)?,
            id_low: fast.column_first_or_default(column::ID_LOW)?,
            review: fast.column_first_or_default(column::REVIEW)?,
            adoptions: fast.column_first_or_default(column::ADOPTIONS)?,
            facets: Facet::ALL.iter().map(|facet| FacetColumn::open(reader, facet.name())).collect::<Result<_, _>>()?,
        })
    }

    /// The column of a facet.
    pub(super) fn facet(&self, facet: Facet) -> &FacetColumn {
        &self.facets[facet.place()]
    }

    /// The keys that a document of the segment has of a facet.
    pub(super) fn keys(&self, facet: Facet, doc: u32) -> Vec<String> {
        let FacetColumn { values, labels } = self.facet(facet);
        let numbers = values.iter().flat_map(|values| values.values_for_doc(doc));
        numbers.filter_map(|number| labels.get(usize::try_from(number).ok()?).cloned()).collect()
    }

    /// The id of a document of the segment.
    pub(super) fn id(&self, doc: u32) -> Uuid {
        Uuid::from_u64_pair(self.id_high.get_val(doc), self.id_low.get_val(doc))
    }

    /// The revision of a document of the segment.
    pub(super) fn revision(&self, doc: u32) -> u32 {
        u32::try_from(self.revision.get_val(doc)).unwrap_or_default()
    }
}

impl FacetColumn {
    fn open(reader: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let Some(column) = reader.fast_fields().str(name)? else {
            return Ok(Self { values: None, labels: Arc::default() });
        };
        let (dictionary, values) = column.into_parts();
        let mut labels = Vec::with_capacity(dictionary.num_terms());
        let mut terms = dictionary.stream()?;
        while terms.advance() {
            labels.push(String::from_utf8_lossy(terms.key()).into_owned());
        }
        Ok(Self { values: Some(values), labels: labels.into() })
    }
}
