//! The record of results, which only grows: a correction is a further entry for the same attempt.

use std::collections::BTreeMap;
use std::fmt;

use exemplar_kernel::{PersonId, Timestamp, Violations, day};
use serde::{Deserialize, Serialize};
use time::Date;

use super::assessment::{Assessment, AssessmentPath};
use super::batch::BatchId;
use super::curriculum::Curriculum;
use super::enrolment::EnrolmentId;
use crate::Error;

exemplar_kernel::id!(
    /// One entry of the record.
    ResultId,
    "results"
);

/// A mark in percent, from 0 to 100.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(i32);

/// Which of a learner's attempts at a module, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(i32);

/// One entry of the record: the mark of one attempt at one module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultEntry {
    /// Which.
    pub id: ResultId,
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The module's code.
    pub module: String,
    /// The assessment's code; empty for a module's only one.
    pub assessment: String,
    /// Which attempt.
    pub attempt: Attempt,
    /// 1 for the attempt's first entry, one more for each correction; the highest counts.
    pub entry: i32,
    /// Whether it takes the attempt's entries back instead of replacing them.
    pub void: bool,
    /// The first marker's mark.
    pub mark: Mark,
    /// The day the work was done.
    pub date: Date,
    /// Why it replaces an earlier entry.
    pub correction: Option<String>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
    /// What the second marker gave.
    pub second: Option<Marking>,
    /// What a third gave where the two differed.
    pub moderated: Option<Moderation>,
    /// From when on the learner sees it and it counts.
    pub released: Option<Timestamp>,
    /// The batch that it came in.
    pub batch: Option<BatchId>,
}

/// A mark and who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marking {
    /// The mark.
    pub mark: Mark,
    /// Who gave it; none for the server itself.
    pub marker: Option<PersonId>,
}

/// A moderator's mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation {
    /// The mark that stands.
    pub mark: Mark,
    /// Who gave it; none for the server itself.
    pub moderator: Option<PersonId>,
    /// Why.
    pub note: String,
}

/// Records the result of one attempt at one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordResult {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The module's code.
    pub module: String,
    /// The assessment's code; empty for a module's only one.
    pub assessment: String,
    /// Which attempt.
    pub attempt: Attempt,
    /// The mark.
    pub mark: Mark,
    /// The day the work was done.
    pub date: Date,
    /// Why it replaces an earlier entry; none for the attempt's first.
    pub correction: Option<String>,
}

/// The attempt that a refusal is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The assessment.
    pub path: AssessmentPath,
    /// Which attempt.
    pub attempt: Attempt,
}

impl Mark {
    /// A mark of so many percent.
    pub fn new(percent: i32) -> Result<Self, &'static str> {
        if (0..=100).contains(&percent) { Ok(Self(percent)) } else { Err("must be from 0 to 100") }
    }

    /// The mark in percent.
    pub const fn percent(self) -> i32 {
        self.0
    }
}

impl Attempt {
    /// The attempt with a number.
    pub fn new(number: i32) -> Result<Self, &'static str> {
        if number >= 1 { Ok(Self(number)) } else { Err("must be 1 or more") }
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl ResultEntry {
    /// The assessment that it is of.
    pub fn path(&self) -> AssessmentPath {
        AssessmentPath { module: self.module.clone(), assessment: self.assessment.clone() }
    }

    /// The mark that stands: the moderator's, else the first marker's.
    pub fn agreed(&self) -> Mark {
        self.moderated.as_ref().map_or(self.mark, |moderated| moderated.mark)
    }

    /// Whether nobody need mark it any more: where two mark, they agreed or a third decided.
    pub(crate) fn is_settled(&self, assessment: &Assessment) -> bool {
        !assessment.second_marked
            || self.moderated.is_some()
            || self.second.is_some_and(|second| second.mark == self.mark)
    }

    /// The entry with a second marker's mark.
    ///
    /// # Errors
    /// [`Error::MarkerSame`], [`Error::MarkingDone`].
    pub(crate) fn second_marked(&self, mark: Mark, marker: Option<PersonId>) -> Result<Self, Error> {
        if self.second.is_some() || self.released.is_some() {
            return Err(Error::MarkingDone(self.id));
        }
        if marker.is_some() && marker == self.recorded_by {
            return Err(Error::MarkerSame(self.id));
        }
        Ok(Self { second: Some(Marking { mark, marker }), ..self.clone() })
    }

    /// The entry with a moderator's mark: a third person's, where the two markers differed.
    ///
    /// # Errors
    /// [`Error::MarkerSame`], [`Error::MarkingDone`].
    pub(crate) fn moderated(&self, mark: Mark, moderator: Option<PersonId>, note: String) -> Result<Self, Error> {
        let differ = self.second.filter(|second| second.mark != self.mark);
        let Some(second) = differ.filter(|_| self.moderated.is_none() && self.released.is_none()) else {
            return Err(Error::MarkingDone(self.id));
        };
        if moderator.is_some() && (moderator == self.recorded_by || moderator == second.marker) {
            return Err(Error::MarkerSame(self.id));
        }
        Ok(Self { moderated: Some(Moderation { mark, moderator, note }), ..self.clone() })
    }
}

impl RecordResult {
    /// The rules of recording: which entry of its attempt this becomes, among those that the learner has. Faults of the
    /// request are noted under `path`.
    pub(crate) fn entry(
        &self,
        path: &str,
        curriculum: &Curriculum,
        start_date: Date,
        entries: &[ResultEntry],
        today: Date,
    ) -> Result<i32, Error> {
        let unknown = || Error::ModuleNotFound { curriculum: curriculum.id.clone(), module: self.path().to_string() };
        let module = curriculum.module(&self.module).ok_or_else(unknown)?;
        let part = module.part(&self.assessment).ok_or_else(unknown)?;
        if self.attempt.number() > part.attempts {
            return Err(Error::AttemptsUsed { attempted: self.attempted(), allowed: part.attempts });
        }
        let mine: Vec<_> = entries.iter().filter(|entry| self.is_of(entry)).collect();
        let counting = last_of_each(mine.iter().copied());
        let earlier = counting.iter().find(|counting| counting.attempt == self.attempt);
        self.check(path, start_date, earlier.is_some())?;
        if self.date > today {
            return Err(Error::ResultInFuture { attempted: self.attempted(), date: self.date });
        }
        if earlier.is_some() && self.correction.is_none() {
            return Err(Error::ResultExists(self.attempted()));
        }
        if earlier.is_none() {
            self.follows(&part, &counting)?;
        }
        let last = mine.iter().filter(|entry| entry.attempt == self.attempt).map(|entry| entry.entry).max();
        Ok(last.unwrap_or(0) + 1)
    }

    fn is_of(&self, entry: &ResultEntry) -> bool {
        entry.module == self.module && entry.assessment == self.assessment
    }

    fn check(&self, path: &str, start_date: Date, has_earlier: bool) -> Result<(), Error> {
        let mut violations = Violations::new();
        if self.date < start_date {
            let start_date = day::in_words(start_date);
            violations.add(format!("{path}.date"), format!("is before the cohort started on {start_date}"));
        }
        if self.correction.is_some() && !has_earlier {
            violations.add(format!("{path}.correction"), "has nothing to correct: the attempt has no result yet");
        }
        Ok(violations.check()?)
    }

    /// A new attempt follows those before it, none of which passed.
    fn follows(&self, part: &Assessment, counting: &[&ResultEntry]) -> Result<(), Error> {
        if counting.iter().any(|counting| part.is_passed_with(counting.agreed())) {
            return Err(Error::ModulePassed(self.attempted()));
        }
        let has = |number: i32| counting.iter().any(|counting| counting.attempt.number() == number);
        if (1..self.attempt.number()).all(has) { Ok(()) } else { Err(Error::AttemptOutOfOrder(self.attempted())) }
    }

    /// The assessment that it is of.
    pub(crate) fn path(&self) -> AssessmentPath {
        AssessmentPath { module: self.module.clone(), assessment: self.assessment.clone() }
    }

    /// The attempt it is about.
    pub(crate) fn attempted(&self) -> Attempted {
        Attempted { enrolment: self.enrolment, path: self.path(), attempt: self.attempt }
    }
}

/// The last entry of each attempt, by assessment and attempt; attempts that were taken back are left out.
pub(crate) fn counting(entries: &[ResultEntry]) -> Vec<&ResultEntry> {
    last_of_each(entries.iter())
}

/// The entries that count for where a learner stands: of each attempt the last that is released.
pub(crate) fn released(entries: &[ResultEntry]) -> Vec<&ResultEntry> {
    last_of_each(entries.iter().filter(|entry| entry.void || entry.released.is_some()))
}

fn last_of_each<'a>(entries: impl Iterator<Item = &'a ResultEntry>) -> Vec<&'a ResultEntry> {
    let mut last: BTreeMap<(&str, &str, Attempt), &ResultEntry> = BTreeMap::new();
    for entry in entries {
        let counts = last.entry((&entry.module, &entry.assessment, entry.attempt)).or_insert(entry);
        if entry.entry > counts.entry {
            *counts = entry;
        }
    }
    last.into_values().filter(|entry| !entry.void).collect()
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Attempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} at {} of {}", self.attempt, self.path, self.enrolment)
    }
}
