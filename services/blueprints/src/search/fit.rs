//! How well a document fits an organisation: what they share, what differs, and what that weighs.

use super::facet::Facet;
use super::snapshot::Columns;

/// What an organisation is like, for the comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Likeness {
    /// Each trait with the keys that the organisation has of it, and what sharing one weighs.
    pub traits: Vec<(Facet, Vec<String>, u32)>,
}

/// How a document compares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fit {
    /// From 0 to 100: the weight of what is shared, of the weight of all that is known of both.
    pub percent: u32,
    /// Each trait that the organisation has.
    pub traits: Vec<Trait>,
}

/// One trait of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trait {
    /// Which.
    pub facet: Facet,
    /// The keys that the organisation has.
    pub ours: Vec<String>,
    /// The keys that the document has; none: unknown.
    pub theirs: Vec<String>,
    /// Whether one is in both.
    pub shared: bool,
    /// What sharing one weighs.
    pub weight: u32,
}

/// A comparison made ready for one segment: the numbers of the wanted keys, trait by trait.
pub(super) struct Comparison(Vec<(Facet, Vec<u64>, u32)>);

impl Comparison {
    pub(super) fn new(columns: &Columns, likeness: &Likeness) -> Self {
        let numbers = |facet: Facet, keys: &[String]| {
            let labels = &columns.facet(facet).labels;
            (0_u64..).zip(labels.iter()).filter(|(_, label)| keys.contains(label)).map(|(number, _)| number).collect()
        };
        let traits = &likeness.traits;
        Self(traits.iter().map(|(facet, keys, weight)| (*facet, numbers(*facet, keys), *weight)).collect())
    }

    /// The percentage for one document of the segment.
    pub(super) fn percent(&self, columns: &Columns, doc: u32) -> u32 {
        let (mut shared, mut known) = (0, 0);
        for (facet, wanted, weight) in &self.0 {
            let Some(values) = &columns.facet(*facet).values else { continue };
            let (mut any, mut same) = (false, false);
            for number in values.values_for_doc(doc) {
                any = true;
                same |= wanted.contains(&number);
            }
            known += if any { *weight } else { 0 };
            shared += if same { *weight } else { 0 };
        }
        (shared * 100).checked_div(known).unwrap_or(0)
    }
}

/// The whole comparison with one document of a segment.
pub(super) fn compare(columns: &Columns, likeness: &Likeness, doc: u32) -> Fit {
    let percent = Comparison::new(columns, likeness).percent(columns, doc);
    let one = |(facet, wanted, weight): &(Facet, Vec<String>, u32)| {
        let theirs = columns.keys(*facet, doc);
        let shared = theirs.iter().any(|key| wanted.contains(key));
        Trait { facet: *facet, ours: wanted.clone(), theirs, shared, weight: *weight }
    };
    Fit { percent, traits: likeness.traits.iter().map(one).collect() }
}
