//! The record of results, which only grows: a correction is a further entry for the same attempt.

use std::collections::BTreeMap;
use std::fmt;

use exemplar_kernel::{PersonId, Timestamp, Violations, day};
use serde::{Deserialize, Serialize};
use time::Date;

use super::curriculum::{Curriculum, Module};
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
    /// Which attempt.
    pub attempt: Attempt,
    /// 1 for the attempt's first entry, one more for each correction; the highest counts.
    pub entry: i32,
    /// The mark.
    pub mark: Mark,
    /// The day the work was done.
    pub date: Date,
    /// Why it replaces an earlier entry.
    pub correction: Option<String>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
}

/// Records the result of one attempt at one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordResult {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The module's code.
    pub module: String,
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
    /// The module's code.
    pub module: String,
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
        let module = curriculum
            .module(&self.module)
            .ok_or_else(|| Error::ModuleNotFound { curriculum: curriculum.id.clone(), module: self.module.clone() })?;
        if self.attempt.number() > module.attempts {
            return Err(Error::AttemptsUsed { attempted: self.attempted(), allowed: module.attempts });
        }
        let counting: Vec<_> =
            counting(entries).into_iter().filter(|counting| counting.module == self.module).collect();
        let earlier = counting.iter().find(|counting| counting.attempt == self.attempt);
        self.check(path, start_date, earlier.is_some())?;
        if self.date > today {
            return Err(Error::ResultInFuture { attempted: self.attempted(), date: self.date });
        }
        match earlier {
            Some(_) if self.correction.is_none() => Err(Error::ResultExists(self.attempted())),
            Some(earlier) => Ok(earlier.entry + 1),
            None => self.follows(module, &counting),
        }
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
    fn follows(&self, module: &Module, counting: &[&ResultEntry]) -> Result<i32, Error> {
        if counting.iter().any(|counting| module.is_passed_with(counting.mark)) {
            return Err(Error::ModulePassed(self.attempted()));
        }
        let has = |number: i32| counting.iter().any(|counting| counting.attempt.number() == number);
        if (1..self.attempt.number()).all(has) { Ok(1) } else { Err(Error::AttemptOutOfOrder(self.attempted())) }
    }

    /// The attempt it is about.
    pub(crate) fn attempted(&self) -> Attempted {
        Attempted { enrolment: self.enrolment, module: self.module.clone(), attempt: self.attempt }
    }
}

/// The entries that count, the last of each attempt, by module and attempt.
pub(crate) fn counting(entries: &[ResultEntry]) -> Vec<&ResultEntry> {
    let mut last: BTreeMap<(&str, Attempt), &ResultEntry> = BTreeMap::new();
    for entry in entries {
        let counts = last.entry((&entry.module, entry.attempt)).or_insert(entry);
        if entry.entry > counts.entry {
            *counts = entry;
        }
    }
    last.into_values().collect()
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
        write!(f, "attempt {} at {} of {}", self.attempt, self.module, self.enrolment)
    }
}
