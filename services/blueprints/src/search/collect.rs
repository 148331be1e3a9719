//! What is gathered while documents match: the best of them in order, and how many carry each key.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use tantivy::collector::sort_key::{Comparator, NaturalComparator};
use tantivy::collector::{Collector, SegmentCollector, SegmentSortKeyComputer, SortKeyComputer, TopNComputer};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};
use uuid::Uuid;

use super::snapshot::{Columns, FacetColumn};

/// The bits of a score that are dropped, leaving four digits. Sums of floats depend on the order of the addends, and that
/// order on how long posting lists are, hidden documents included; rounding hides it.
const SCORE_NOISE: u32 = 0x3ff;

/// Orders hits: by score if `scored`, then newest first, then by id, so that the order never depends on where a document
/// happens to lie.
pub(super) struct Ranking {
    pub scored: bool,
    pub columns: Arc<[Arc<Columns>]>,
}

/// What a hit is ordered by; it carries the id, so that nothing more has to be read for it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub score: Score,
    published: i64,
    id_high: u64,
    id_low: u64,
}

impl Key {
    pub(super) fn id(&self) -> Uuid {
        Uuid::from_u64_pair(self.id_high, self.id_low)
    }
}

impl SortKeyComputer for Ranking {
    type SortKey = Key;
    type Child = SegmentRanking;
    type Comparator = NaturalComparator;

    fn requires_scoring(&self) -> bool {
        self.scored
    }

    fn segment_sort_key_computer(&self, reader: &SegmentReader) -> tantivy::Result<SegmentRanking> {
        let columns = self.columns.iter().find(|columns| columns.segment == reader.segment_id());
        let columns = columns.ok_or_else(|| TantivyError::InternalError("a segment without columns".into()))?;
        Ok(SegmentRanking { scored: self.scored, columns: Arc::clone(columns) })
    }
}

/// [`Ranking`] within one segment.
pub(super) struct SegmentRanking {
    scored: bool,
    columns: Arc<Columns>,
}

impl SegmentRanking {
    fn score(&self, score: Score) -> Score {
        if self.scored { Score::from_bits(score.to_bits() & !SCORE_NOISE) } else { 0.0 }
    }

    fn key(&self, doc: DocId, score: Score, published: i64) -> Key {
        Key { score, published, id_high: self.columns.id_high.get_val(doc), id_low: self.columns.id_low.get_val(doc) }
    }
}

impl SegmentSortKeyComputer for SegmentRanking {
    type SortKey = Key;
    type SegmentSortKey = Key;
    type SegmentComparator = NaturalComparator;

    fn segment_sort_key(&mut self, doc: DocId, score: Score) -> Key {
        let published = self.columns.published.get_val(doc);
        self.key(doc, self.score(score), published)
    }

    fn compute_sort_key_and_collect<C: Comparator<Key>>(
        &mut self,
        doc: DocId,
        score: Score,
        best: &mut TopNComputer<Key, DocId, C>,
    ) {
        let key = match &best.threshold {
            Some(threshold) => self.accept_sort_key_lazy(doc, score, threshold).map(|(_, key)| key),
            None => Some(self.segment_sort_key(doc, score)),
        };
        if let Some(key) = key {
            best.push(key, doc);
        }
    }

    /// Most documents lose by their score or date alone; only the others are worth reading columns for.
    fn accept_sort_key_lazy(&mut self, doc: DocId, score: Score, threshold: &Key) -> Option<(Ordering, Key)> {
        let score = self.score(score);
        if score < threshold.score {
            return None;
        }
        let published = self.columns.published.get_val(doc);
        if score <= threshold.score && published < threshold.published {
            return None;
        }
        let key = self.key(doc, score, published);
        let order = key.partial_cmp(threshold).unwrap_or(Ordering::Equal);
        (order != Ordering::Less).then_some((order, key))
    }

    fn convert_segment_sort_key(&self, key: Key) -> Key {
        key
    }
}

/// A facet: a field of keys that answers are counted and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet {
    CareSettings,
    ProjectTypes,
}

impl Facet {
    fn column(self, columns: &Columns) -> &FacetColumn {
        match self {
            Self::CareSettings => &columns.care_settings,
            Self::ProjectTypes => &columns.project_types,
        }
    }
}

/// Counts the matching documents by the keys of one facet.
pub(super) struct FacetCounter {
    pub facet: Facet,
    pub columns: Arc<[Arc<Columns>]>,
}

impl Collector for FacetCounter {
    type Fruit = Vec<(String, u64)>;
    type Child = SegmentFacetCounter;

    fn for_segment(&self, segment: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<SegmentFacetCounter> {
        let columns = usize::try_from(segment).ok().and_then(|segment| self.columns.get(segment));
        let columns = columns.ok_or_else(|| TantivyError::InternalError("a segment without columns".into()))?;
        let counts = vec![0; self.facet.column(columns).labels.len()];
        Ok(SegmentFacetCounter { facet: self.facet, columns: Arc::clone(columns), counts })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<SegmentFacets>) -> tantivy::Result<Vec<(String, u64)>> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for segment in &segments {
            let labels = &self.facet.column(&segment.columns).labels;
            for (label, count) in labels.iter().zip(&segment.counts).filter(|(_, count)| **count > 0) {
                *counts.entry(label).or_default() += count;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(label, count)| (label.to_owned(), count)).collect();
        counts.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(counts)
    }
}

/// [`FacetCounter`] within one segment.
pub(super) struct SegmentFacetCounter {
    facet: Facet,
    columns: Arc<Columns>,
    counts: Vec<u64>,
}

/// What [`SegmentFacetCounter`] found.
pub(super) struct SegmentFacets {
    columns: Arc<Columns>,
    counts: Vec<u64>,
}

impl SegmentCollector for SegmentFacetCounter {
    type Fruit = SegmentFacets;

    fn collect(&mut self, doc: DocId, _: Score) {
        let Some(values) = &self.facet.column(&self.columns).values else { return };
        for ordinal in values.values_for_doc(doc) {
            if let Some(count) = usize::try_from(ordinal).ok().and_then(|ordinal| self.counts.get_mut(ordinal)) {
                *count += 1;
            }
        }
    }

    fn harvest(self) -> SegmentFacets {
        SegmentFacets { columns: self.columns, counts: self.counts }
    }
}
