//! From what is meant to what is asked of the index: conditions, and points that add up.

use std::ops::Bound;

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, Query, RangeQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Score, Term};

use super::conditions::term;
use super::reading::{Origin, Reading, Unit, Way};
use super::schema::Fields;
use super::statistics::Statistics;

/// What a match in a short field is worth beyond the same in the text, which the short fields are part of.
const TITLE_BONUS: Score = 0.6;
const SUMMARY_BONUS: Score = 0.2;
const ORGANISATION_BONUS: Score = 0.3;
/// What two words of the query side by side in the text are worth, of what the pair weighs.
const NEIGHBOURS_BONUS: Score = 0.1;
/// How far apart neighbours may stand, in either order.
const NEIGHBOURS_SLOP: u32 = 2;
/// What another way of saying something is worth, of what it stands for.
const SYNONYM_WORTH: Score = 0.9;
const EXPLAINED_WORTH: Score = 0.8;
/// What a word one slip away is worth, and each further slip, of its own weight.
const TYPO_WORTH: Score = 0.8;
/// What a word that begins as typed is worth, in points, in the text and in the title. Whole words are worth several.
const BEGINNING_POINTS: Score = 0.25;
const TITLE_BEGINNING_POINTS: Score = 1.0;
/// And in the text at the most, of what the whole word weighs: a usual word must not be worth less than its beginning.
const BEGINNING_WORTH: Score = 0.1;

/// One source of points, and what it is for.
pub(super) struct Part {
    pub reason: Reason,
    pub query: Box<dyn Query>,
}

/// Why points are given; units by their number in the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The unit is in the text.
    Text(usize),
    /// It is in the title as well.
    Title(usize),
    /// It is in the summary as well.
    Summary(usize),
    /// It is in the organisation's name.
    Organisation(usize),
    /// It stands next to the unit before it.
    Neighbours(usize),
}

/// The conditions and points of a reading.
pub(super) struct Plan {
    /// What each unit asks of the text, in the order of units.
    pub required: Vec<Part>,
    /// The same when some of it is enough: of unquoted words each counts by itself.
    pub wanted: Vec<Part>,
    /// What gives points without being asked for.
    pub bonuses: Vec<Part>,
    /// What must not be there.
    pub excluded: Vec<Box<dyn Query>>,
}

impl Plan {
    /// Turns a reading into conditions.
    pub(super) fn new(reading: &Reading, fields: &Fields, statistics: &Statistics) -> Self {
        let builder = Builder { fields, statistics };
        let mut plan = Self { required: Vec::new(), wanted: Vec::new(), bonuses: Vec::new(), excluded: Vec::new() };
        for (number, unit) in reading.units.iter().enumerate() {
            plan.required.push(Part { reason: Reason::Text(number), query: builder.in_text(unit, true) });
            plan.wanted.push(Part { reason: Reason::Text(number), query: builder.in_text(unit, false) });
            builder.bonuses(number, unit, &mut plan.bonuses);
            if let Some(before) = number.checked_sub(1).and_then(|before| reading.units.get(before))
                && let Some(query) = builder.neighbours(before, unit)
            {
                plan.bonuses.push(Part { reason: Reason::Neighbours(number), query });
            }
        }
        for stems in &reading.excluded {
            let placed: Vec<_> = stems.iter().cloned().enumerate().collect();
            plan.excluded.push(builder.together(&placed));
        }
        plan
    }

    /// All clauses; `strict`: every unit is a must, otherwise any is enough.
    pub(super) fn clauses(&self, strict: bool) -> Vec<(Occur, Box<dyn Query>)> {
        let copy = |part: &Part| part.query.box_clone();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        if strict {
            clauses.extend(self.required.iter().map(|part| (Occur::Must, copy(part))));
        } else {
            let any = self.wanted.iter().map(|part| (Occur::Should, copy(part))).collect();
            clauses.push((Occur::Must, Box::new(BooleanQuery::new(any))));
        }
        clauses.extend(self.bonuses.iter().map(|part| (Occur::Should, copy(part))));
        clauses.extend(self.excluded.iter().map(|query| (Occur::MustNot, query.box_clone())));
        clauses
    }
}

struct Builder<'a> {
    fields: &'a Fields,
    statistics: &'a Statistics,
}

impl Builder<'_> {
    /// The unit in the text, said in any way: the best way counts, ways do not add up.
    fn in_text(&self, unit: &Unit, strict: bool) -> Box<dyn Query> {
        let typed = unit.ways.first();
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for way in &unit.ways {
            // The parts of one word stand together, however leniently it is read.
            let loose = !strict && !way.together && way.origin == Origin::Typed;
            let occur = if loose { Occur::Should } else { Occur::Must };
            let query =
                if way.together { self.together(&way.stems) } else { Self::apart(self.fields.text, &way.stems, occur) };
            ways.push(boosted(query, self.worth(typed, way)));
        }
        if let Some(beginning) = &unit.beginning {
            let whole =
                typed.and_then(|typed| typed.stems.last()).map_or(0.0, |(_, stem)| self.statistics.rarity(stem));
            ways.push(begun(self.fields.words, beginning, BEGINNING_POINTS.min(BEGINNING_WORTH * whole)));
        }
        either(ways)
    }

    /// What a way is worth as a factor: a synonym weighs as much as what it stands for, a mistyped word as it is itself.
    fn worth(&self, typed: Option<&Way>, way: &Way) -> Score {
        let weight = |way: &Way| way.stems.iter().map(|(_, stem)| self.statistics.rarity(stem)).sum::<Score>();
        let as_typed = |share: Score| match (typed.map(weight), weight(way)) {
            (Some(typed), own) if own > 0.0 => share * (typed / own).min(4.0),
            _ => share,
        };
        match way.origin {
            Origin::Typed => 1.0,
            Origin::Synonym(_) => as_typed(SYNONYM_WORTH),
            Origin::Explained(_) => as_typed(EXPLAINED_WORTH),
            Origin::Typo(_, slips) => (1..slips).fold(TYPO_WORTH, |worth, _| worth * TYPO_WORTH),
        }
    }

    fn bonuses(&self, number: usize, unit: &Unit, bonuses: &mut Vec<Part>) {
        let fields = [
            (self.fields.title, TITLE_BONUS, Reason::Title(number)),
            (self.fields.summary, SUMMARY_BONUS, Reason::Summary(number)),
            (self.fields.organisation_name, ORGANISATION_BONUS, Reason::Organisation(number)),
        ];
        for (field, bonus, reason) in fields {
            let typed = unit.ways.first();
            let mut ways: Vec<Box<dyn Query>> = Vec::new();
            for way in &unit.ways {
                let occur = if way.origin == Origin::Typed { Occur::Should } else { Occur::Must };
                ways.push(boosted(Self::apart(field, &way.stems, occur), bonus * self.worth(typed, way)));
            }
            if let (Some(beginning), Reason::Title(_)) = (&unit.beginning, reason)
                && typed.is_some_and(|typed| typed.stems.iter().all(|(_, stem)| self.statistics.frequency(stem) == 0))
            {
                ways.push(begun(self.fields.title_words, beginning, TITLE_BEGINNING_POINTS));
            }
            bonuses.push(Part { reason, query: either(ways) });
        }
    }

    /// Points for two typed words that stand near each other.
    fn neighbours(&self, before: &Unit, unit: &Unit) -> Option<Box<dyn Query>> {
        let (Some(Way { stems: left, .. }), Some(Way { stems: right, .. })) = (before.ways.first(), unit.ways.first())
        else {
            return None;
        };
        let ((_, left), (_, right)) = (left.last()?, right.first()?);
        if left == right {
            return None;
        }
        let placed = [(0, left), (1 + unit.gap, right)];
        let terms = placed.map(|(place, stem)| (place, Term::from_field_text(self.fields.text, stem))).to_vec();
        let query = PhraseQuery::new_with_offset_and_slop(terms, NEIGHBOURS_SLOP);
        Some(boosted(Box::new(query), NEIGHBOURS_BONUS))
    }

    /// The stems next to each other in the text, as far apart as they were written.
    fn together(&self, stems: &[(usize, String)]) -> Box<dyn Query> {
        match stems {
            [(_, stem)] => Box::new(term(self.fields.text, stem, IndexRecordOption::WithFreqs)),
            stems => {
                let placed = |(place, stem): &(usize, String)| (*place, Term::from_field_text(self.fields.text, stem));
                // A function word more or less makes no other phrase.
                let last = stems.last().map_or(0, |(place, _)| *place);
                let slop = u32::try_from(last + 1 - stems.len()).unwrap_or(0);
                Box::new(PhraseQuery::new_with_offset_and_slop(stems.iter().map(placed).collect(), slop))
            }
        }
    }

    /// All of the stems, or any, anywhere in the field.
    fn apart(field: Field, stems: &[(usize, String)], occur: Occur) -> Box<dyn Query> {
        let one = |stem: &String| Box::new(term(field, stem, IndexRecordOption::WithFreqs)) as Box<dyn Query>;
        match stems {
            [(_, stem)] => one(stem),
            stems => Box::new(BooleanQuery::new(stems.iter().map(|(_, stem)| (occur, one(stem))).collect())),
        }
    }
}

fn boosted(query: Box<dyn Query>, factor: Score) -> Box<dyn Query> {
    if (factor - 1.0).abs() < Score::EPSILON { query } else { Box::new(BoostQuery::new(query, factor)) }
}

/// The best of several.
fn either(mut ways: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match ways.pop() {
        Some(only) if ways.is_empty() => only,
        Some(last) => {
            ways.push(last);
            Box::new(DisjunctionMaxQuery::new(ways))
        }
        None => Box::new(BooleanQuery::new(Vec::new())),
    }
}

/// All words that begin so, not the first so many: which those are could depend on hidden documents.
fn begun(field: Field, beginning: &str, points: Score) -> Box<dyn Query> {
    let from = Bound::Included(Term::from_field_text(field, beginning));
    let to = Bound::Excluded(Term::from_field_text(field, &format!("{beginning}{}", char::MAX)));
    Box::new(ConstScoreQuery::new(Box::new(RangeQuery::new(from, to)), points))
}
