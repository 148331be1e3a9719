//! What is gathered while documents match: the best of them in order, and how many carry each key.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use tantivy::collector::sort_key::{Comparator, NaturalComparator};
use tantivy::collector::{Collector, SegmentCollector, SegmentSortKeyComputer, SortKeyComputer, TopNComputer};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};
use uuid::Uuid;

use super::facet::Facet;
use super::fit::{Comparison, Likeness};
use super::snapshot::Columns;

/// The bits of a score that are dropped, leaving four digits. Sums of floats depend on the order of the addends, and that
/// order on how long posting lists are, hidden documents included; rounding hides it.
const SCORE_NOISE: u32 = 0x3ff;

/// Orders hits: by points, then newest first, then by id, so that the order never depends on where a document happens to
/// lie.
pub(super) struct Ranking {
    pub by: By,
    pub columns: Arc<[Arc<Columns>]>,
}

/// What gives points.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// How well the words match.
    Score,
    /// Nothing: the newest come first.
    Date,
    /// How many have adopted it.
    Adoptions,
    /// How late it is to be reviewed; those that nobody has to review come last.
    Review,
    /// How well it fits.
    Fit(Arc<Likeness>),
}

/// What a hit is ordered by; it carries the id, so that nothing more has to be read for it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub points: f64,
    published: i64,
    id_high: u64,
    id_low: u64,
}

impl Key {
    #[expect(clippy::cast_possible_truncation, reason = "it was one before")]
    pub(super) fn score(&self) -> Score {
        self.points as Score
    }

    pub(super) fn id(&self) -> Uuid {
        Uuid::from_u64_pair(self.id_high, self.id_low)
    }
}

impl SortKeyComputer for Ranking {
    type SortKey = Key;
    type Child = SegmentRanking;
    type Comparator = NaturalComparator;

    fn requires_scoring(&self) -> bool {
        matches!(self.by, By::Score)
    }

    fn segment_sort_key_computer(&self, reader: &SegmentReader) -> tantivy::Result<SegmentRanking> {
        let columns = self.columns.iter().find(|columns| columns.segment == reader.segment_id());
        let columns = columns.ok_or_else(|| TantivyError::InternalError("a segment without columns".into()))?;
        let fit = match &self.by {
            By::Fit(likeness) => Some(Comparison::new(columns, likeness)),
            By::Score | By::Date | By::Adoptions | By::Review => None,
        };
        Ok(SegmentRanking { by: self.by.clone(), fit, columns: Arc::clone(columns) })
    }
}

/// [`Ranking`] within one segment.
pub(super) struct SegmentRanking {
    by: By,
    fit: Option<Comparison>,
    columns: Arc<Columns>,
}

impl SegmentRanking {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^53")]
    fn points(&self, doc: DocId, score: Score) -> f64 {
        match self.by {
            By::Score => f64::from(Score::from_bits(score.to_bits() & !SCORE_NOISE)),
            By::Date => 0.0,
            By::Adoptions => self.columns.adoptions.get_val(doc) as f64,
            By::Review => self.columns.review.get_val(doc).max(0) as f64,
            By::Fit(_) => self.fit.as_ref().map_or(0.0, |fit| f64::from(fit.percent(&self.columns, doc))),
        }
    }

    fn key(&self, doc: DocId, points: f64, published: i64) -> Key {
        Key { points, published, id_high: self.columns.id_high.get_val(doc), id_low: self.columns.id_low.get_val(doc) }
    }
}

impl SegmentSortKeyComputer for SegmentRanking {
    type SortKey = Key;
    type SegmentSortKey = Key;
    type SegmentComparator = NaturalComparator;

    fn segment_sort_key(&mut self, doc: DocId, score: Score) -> Key {
        let published = self.columns.published.get_val(doc);
        self.key(doc, self.points(doc, score), published)
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
        let points = self.points(doc, score);
        if points < threshold.points {
            return None;
        }
        let published = self.columns.published.get_val(doc);
        if points <= threshold.points && published < threshold.published {
            return None;
        }
        let key = self.key(doc, points, published);
        let order = key.partial_cmp(threshold).unwrap_or(Ordering::Equal);
        (order != Ordering::Less).then_some((order, key))
    }

    fn convert_segment_sort_key(&self, key: Key) -> Key {
        key
    }
}

/// Counts the matching documents by the keys of facets, all in one pass.
pub(super) struct FacetCounter {
    pub facets: Vec<Facet>,
    pub columns: Arc<[Arc<Columns>]>,
}

impl Collector for FacetCounter {
    /// For each facet its keys with their counts, most first, then by name.
    type Fruit = Vec<Vec<(String, u64)>>;
    type Child = SegmentFacetCounter;

    fn for_segment(&self, segment: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<SegmentFacetCounter> {
        let columns = usize::try_from(segment).ok().and_then(|segment| self.columns.get(segment));
        let columns = columns.ok_or_else(|| TantivyError::InternalError("a segment without columns".into()))?;
        let counts = self.facets.iter().map(|facet| (*facet, vec![0; columns.facet(*facet).labels.len()])).collect();
        Ok(SegmentFacetCounter { columns: Arc::clone(columns), counts })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<SegmentFacetCounter>) -> tantivy::Result<Self::Fruit> {
        let of_facet = |(place, facet): (usize, &Facet)| {
            let mut counts: HashMap<&str, u64> = HashMap::new();
            for segment in &segments {
                let labels = &segment.columns.facet(*facet).labels;
                let counted = segment.counts.get(place).map(|(_, counts)| counts.as_slice()).unwrap_or_default();
                for (label, count) in labels.iter().zip(counted).filter(|(_, count)| **count > 0) {
                    *counts.entry(label).or_default() += count;
                }
            }
            let mut counts: Vec<_> = counts.into_iter().map(|(label, count)| (label.to_owned(), count)).collect();
            counts.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            counts
        };
        Ok(self.facets.iter().enumerate().map(of_facet).collect())
    }
}

/// [`FacetCounter`] within one segment, and what it found.
pub(super) struct SegmentFacetCounter {
    columns: Arc<Columns>,
    counts: Vec<(Facet, Vec<u64>)>,
}

impl SegmentCollector for SegmentFacetCounter {
    type Fruit = Self;

    fn collect(&mut self, doc: DocId, _: Score) {
        for (facet, counts) in &mut self.counts {
            let Some(values) = &self.columns.facet(*facet).values else { continue };
            for ordinal in values.values_for_doc(doc) {
                if let Some(count) = usize::try_from(ordinal).ok().and_then(|ordinal| counts.get_mut(ordinal)) {
                    *count += 1;
                }
            }
        }
    }

    fn harvest(self) -> Self {
        self
    }
}
