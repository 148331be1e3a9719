//! Why a hit ranks where it does: its points part by part, and in a sentence.

use tantivy::query::{EnableScoring, Weight};
use tantivy::{DocAddress, DocSet as _, Score, Searcher};

use super::plan::{Part, Reason};
use super::reading::{Origin, Reading, Unit};
use super::statistics::Statistics;

/// Why a hit has its points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// Each reason with its points, in the order of the query.
    pub parts: Vec<(String, f64)>,
    /// The sum of the points.
    pub total: f64,
    /// The same in a sentence.
    pub sentence: String,
}

/// The parts of a plan, ready to be asked for their points.
pub(super) struct Explainer<'a> {
    reading: &'a Reading,
    searcher: &'a Searcher,
    parts: Vec<(Reason, Box<dyn Weight>)>,
}

impl<'a> Explainer<'a> {
    pub(super) fn new(
        reading: &'a Reading,
        parts: impl Iterator<Item = &'a Part>,
        statistics: &Statistics,
        searcher: &'a Searcher,
    ) -> tantivy::Result<Self> {
        let scoring = EnableScoring::enabled_from_statistics_provider(statistics, searcher);
        let parts = parts.map(|part| Ok((part.reason, part.query.weight(scoring)?))).collect::<tantivy::Result<_>>()?;
        Ok(Self { reading, searcher, parts })
    }

    /// The points of one document.
    pub(super) fn explain(&self, address: DocAddress) -> tantivy::Result<Explanation> {
        let mut explanation = Explanation::default();
        let mut found = Vec::new();
        for (reason, weight) in &self.parts {
            let points = points(weight.as_ref(), self.searcher, address)?;
            if points > 0.0 {
                let points = (f64::from(points) * 1_000.0).round() / 1_000.0;
                explanation.parts.push((self.words(*reason), points));
                explanation.total += points;
                found.push(*reason);
            }
        }
        explanation.total = (explanation.total * 1_000.0).round() / 1_000.0;
        explanation.sentence = self.sentence(&found);
        Ok(explanation)
    }

    fn unit(&self, number: usize) -> &str {
        self.reading.units.get(number).map_or("", |unit| unit.typed.as_str())
    }

    fn words(&self, reason: Reason) -> String {
        match reason {
            Reason::Text(number) => format!("“{}”{} in the text", self.unit(number), self.others(number)),
            Reason::Title(number) => format!("“{}” in the title", self.unit(number)),
            Reason::Summary(number) => format!("“{}” in the summary", self.unit(number)),
            Reason::Organisation(number) => format!("“{}” in the organisation's name", self.unit(number)),
            Reason::Neighbours(number) => {
                format!("“{}” near “{}”", self.unit(number.saturating_sub(1)), self.unit(number))
            }
        }
    }

    /// The other words that a unit was looked for in.
    fn others(&self, number: usize) -> String {
        let other = |unit: &Unit| {
            let texts = unit.ways.iter().filter_map(|way| match &way.origin {
                Origin::Typed => None,
                Origin::Synonym(text) | Origin::Explained(text) | Origin::Typo(text, _) => Some(format!("“{text}”")),
            });
            texts.collect::<Vec<_>>().join(" or ")
        };
        let others = self.reading.units.get(number).map(other).unwrap_or_default();
        if others.is_empty() { others } else { format!(" or {others}") }
    }

    fn sentence(&self, found: &[Reason]) -> String {
        let clauses = self.reading.units.iter().enumerate().map(|(number, unit)| {
            let places = [
                (Reason::Title(number), "the title"),
                (Reason::Summary(number), "the summary"),
                (Reason::Organisation(number), "the organisation's name"),
                (Reason::Text(number), "the text"),
            ];
            let places: Vec<&str> =
                places.iter().filter(|(reason, _)| found.contains(reason)).map(|(_, place)| *place).collect();
            match places.as_slice() {
                [] => format!("“{}” is missing", unit.typed),
                [only] => format!("“{}”{} is in {only}", unit.typed, self.others(number)),
                [first @ .., last] => {
                    format!("“{}”{} is in {} and {last}", unit.typed, self.others(number), first.join(", "))
                }
            }
        });
        let clauses: Vec<String> = clauses.collect();
        if clauses.is_empty() {
            "Nothing was asked for: the newest come first.".to_owned()
        } else {
            format!("{}.", clauses.join("; "))
        }
    }
}

/// What one part gives one document.
fn points(weight: &dyn Weight, searcher: &Searcher, address: DocAddress) -> tantivy::Result<Score> {
    let reader = searcher.segment_reader(address.segment_ord);
    let mut scorer = weight.scorer(reader, 1.0)?;
    if scorer.doc() > address.doc_id {
        return Ok(0.0);
    }
    let at = if scorer.doc() < address.doc_id { scorer.seek(address.doc_id) } else { scorer.doc() };
    Ok(if at == address.doc_id { scorer.score() } else { 0.0 })
}
