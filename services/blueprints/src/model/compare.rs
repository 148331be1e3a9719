//! The difference of two contents, part by part and word by word.
//!
//! Texts are compared sentence by sentence first and only what differs word by word, so that the cost follows the size
//! of the change and not of the text.

use std::fmt::Write as _;

use similar::algorithms::IdentifyDistinct;
use similar::{Algorithm, DiffOp, capture_diff};

use super::{Benefit, Contact, Content, Cost, Epr, Part, SectionKind};

/// Words on both sides of one changed passage up to which it is compared word by word; longer ones are shown whole.
const MAX_WORDS: usize = 2_000;
/// Sentences on both sides of a text up to which they are compared; longer texts are shown whole.
const MAX_SENTENCES: usize = 4_000;

/// What happened to a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// In both.
    Kept,
    /// Only in the later one.
    Added,
    /// Only in the earlier one.
    Removed,
}

/// A stretch of text and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What happened.
    pub edit: Edit,
    /// The text.
    pub text: String,
}

/// What happened to one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDifference {
    /// Which part.
    pub part: Part,
    /// Its text in stretches: kept and removed ones are the earlier text, kept and added ones the later.
    pub runs: Vec<Run>,
}

/// The parts that two contents say differently, in reading order.
pub fn compare(before: &Content, after: &Content) -> Vec<PartDifference> {
    let (old, new) = (texts(before), texts(after));
    let changed = old.into_iter().zip(new).filter(|((_, old), (_, new))| old != new);
    changed.map(|((part, old), (_, new))| PartDifference { part, runs: runs(&old, &new) }).collect()
}

/// Every part as text, in reading order; a part that is not there is empty.
fn texts(content: &Content) -> Vec<(Part, String)> {
    let lines = |lines: &[String]| lines.join("\n");
    let mut texts = vec![
        ("title", content.title.clone()),
        ("summary", content.summary.clone()),
        ("level", content.level.map(|level| level.name().to_owned()).unwrap_or_default()),
        ("kind", content.kind.map(|kind| kind.name().to_owned()).unwrap_or_default()),
        ("care_settings", lines(&content.care_settings)),
        ("project_types", lines(&content.project_types)),
        ("user_groups", lines(&content.user_groups)),
        ("pillars", lines(&content.pillars)),
        ("eprs", content.eprs.iter().map(epr).collect()),
        ("size_band", content.size_band.clone()),
        ("region", content.region.clone()),
        ("funders", lines(&content.funders)),
        ("questions", lines(&content.questions)),
        ("cost", content.cost.as_ref().map(cost).unwrap_or_default()),
        ("months_to_deliver", content.months_to_deliver.map(|months| months.to_string()).unwrap_or_default()),
        ("benefits", content.benefits.iter().map(benefit).collect()),
        ("contacts", content.contacts.iter().map(contact).collect()),
    ]
    .into_iter()
    .map(|(name, text)| (Part::Field(name), text))
    .collect::<Vec<_>>();
    let section = |kind: &SectionKind| content.sections.get(kind).cloned().unwrap_or_default();
    texts.extend(SectionKind::ALL.iter().map(|kind| (Part::Section(*kind), section(kind))));
    texts
}

fn epr(epr: &Epr) -> String {
    format!("{} {} {}\n", epr.supplier, epr.product, epr.versions.join(", "))
}

fn cost(cost: &Cost) -> String {
    let mut text = String::new();
    for (name, band) in [("capital", cost.capital), ("revenue", cost.revenue)] {
        if let Some(band) = band {
            let _ = writeln!(text, "{name} {band}");
        }
    }
    if let Some(days) = cost.staff_days {
        let _ = writeln!(text, "staff days {days}");
    }
    let year = cost.price_year.map(|year| year.to_string()).unwrap_or_default();
    let _ = writeln!(text, "{} {year}\n{}", cost.currency, cost.basis);
    text
}

fn benefit(benefit: &Benefit) -> String {
    let Benefit { id, measure, unit, baseline, result, measured_on, measured_by, independent } = benefit;
    let day = measured_on.map(|day| day.to_string()).unwrap_or_default();
    let whose = if *independent { "independent" } else { "" };
    format!("{id}: {measure}, {baseline} to {result} {unit}, {measured_by} {whose} {day}\n")
}

fn contact(contact: &Contact) -> String {
    let Contact { person, name, role, organisation, willing } = contact;
    let person = person.map(|person| person.to_string()).unwrap_or_default();
    let organisation = organisation.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{name} {person}, {role}, {organisation}: {willing}\n")
}

/// One text in stretches of another.
fn runs(old: &str, new: &str) -> Vec<Run> {
    let mut runs = Runs::default();
    let (before, after) = (sentences(old), sentences(new));
    if before.len() + after.len() > MAX_SENTENCES {
        runs.replaced(old, new);
        return runs.0;
    }
    follow(&mut runs, &before, &after, word_runs);
    runs.0
}

/// How one list becomes another; `replace` says what is told of a stretch that stands for another. What is compared again
/// and again are numbers, one for each distinct text.
fn follow(runs: &mut Runs, before: &[&str], after: &[&str], replace: fn(&mut Runs, &str, &str)) {
    let numbered = IdentifyDistinct::<u32>::new(before, 0..before.len(), after, 0..after.len());
    let (old, new) = (numbered.old_lookup(), numbered.new_lookup());
    for op in capture_diff(Algorithm::Myers, old, numbered.old_range(), new, numbered.new_range()) {
        let (old, new) = (before[op.old_range()].concat(), after[op.new_range()].concat());
        match op {
            DiffOp::Equal { .. } => runs.push(Edit::Kept, &old),
            DiffOp::Delete { .. } => runs.push(Edit::Removed, &old),
            DiffOp::Insert { .. } => runs.push(Edit::Added, &new),
            DiffOp::Replace { .. } => replace(runs, &old, &new),
        }
    }
}

fn word_runs(runs: &mut Runs, old: &str, new: &str) {
    let (before, after) = (words(old), words(new));
    if before.len() + after.len() > MAX_WORDS {
        runs.replaced(old, new);
        return;
    }
    follow(runs, &before, &after, Runs::replaced);
}

/// Stretches, neighbours of a kind joined.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, edit: Edit, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.edit == edit => last.text.push_str(text),
            _ => self.0.push(Run { edit, text: text.to_owned() }),
        }
    }

    fn replaced(&mut self, old: &str, new: &str) {
        self.push(Edit::Removed, old);
        self.push(Edit::Added, new);
    }
}

/// Sentences and lines with what ends them; together they are the text.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['.', '!', '?', '\n']).collect()
}

/// Words, and what stands between them; together they are the text.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = first.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != is_word).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}
