//! The assessments of a module: what is marked, by how many, how often and until when.

use std::borrow::Cow;
use std::fmt;

use exemplar_kernel::Violations;
use serde::{Deserialize, Serialize};
use time::Date;

use super::curriculum::{MAX_MODULE_CODE, Module};
use super::result::Mark;

/// Assessments of a module at the most.
pub(crate) const MAX_ASSESSMENTS: usize = 12;

/// One assessment of a module. A module is passed when each of its assessments is; its mark is their weighted mean.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Assessment {
    /// Its code within the module; empty for the one that a module without a list of them has.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// Its part of the module's mark, in percent; those of a module are 100 together.
    pub weight: i32,
    /// The mark from which it is passed, in percent; 1 to 100.
    pub pass_mark: i32,
    /// How often a learner may try; 1 to 5.
    pub attempts: i32,
    /// How many weeks after the cohort's start it is due; 1 to 260.
    pub due_week: i32,
    /// Whether a second person marks it before it is released.
    pub second_marked: bool,
}

/// An assessment of a curriculum by its codes: `M1`, or `M1/ESSAY`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AssessmentPath {
    /// The module's code.
    pub module: String,
    /// The assessment's code; empty for a module's only one.
    pub assessment: String,
}

impl Module {
    /// Its assessments: those it lists, or the one that the module itself is.
    pub fn parts(&self) -> Cow<'_, [Assessment]> {
        if !self.assessments.is_empty() {
            return Cow::Borrowed(&self.assessments);
        }
        Cow::Owned(vec![Assessment {
            weight: 100,
            pass_mark: self.pass_mark,
            attempts: self.attempts,
            due_week: self.due_week,
            ..Assessment::default()
        }])
    }

    /// The assessment with a code.
    pub fn part(&self, code: &str) -> Option<Assessment> {
        self.parts().iter().find(|part| part.code == code).cloned()
    }
}

impl Assessment {
    /// Whether a mark passes it.
    pub fn is_passed_with(&self, mark: Mark) -> bool {
        mark.percent() >= self.pass_mark
    }

    /// The day it is due in a cohort that starts on `start_date`.
    pub fn due_date(&self, start_date: Date) -> Date {
        start_date.saturating_add(time::Duration::weeks(i64::from(self.due_week)))
    }

    /// Reads the assessments of a module; faults are noted under `path`. What one leaves at 0 is as the module has it.
    pub(crate) fn parse_all(violations: &mut Violations, path: &str, typed: &[Self], module: &Module) -> Vec<Self> {
        violations.at_most(path, typed, MAX_ASSESSMENTS);
        let mut parsed: Vec<Self> = Vec::new();
        for (i, typed) in typed.iter().take(MAX_ASSESSMENTS).enumerate() {
            let at = |field: &str| format!("{path}[{i}].{field}");
            let code = violations.text(&at("code"), &typed.code, 1..=MAX_MODULE_CODE);
            if !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                violations.add(at("code"), "must be letters, digits or hyphens");
            }
            if parsed.iter().any(|other| other.code.eq_ignore_ascii_case(&code)) {
                violations.add(at("code"), "is another assessment's");
            }
            let or = |own: i32, of_module: i32| if own == 0 { of_module } else { own };
            parsed.push(Self {
                code,
                title: violations.text(&at("title"), &typed.title, 1..=200),
                weight: violations.within(&at("weight"), typed.weight, 0..=100),
                pass_mark: violations.within(&at("pass_mark"), or(typed.pass_mark, module.pass_mark), 0..=100),
                attempts: violations.within(&at("attempts"), or(typed.attempts, module.attempts), 1..=5),
                due_week: violations.within(&at("due_week"), or(typed.due_week, module.due_week), 1..=260),
                second_marked: typed.second_marked,
            });
        }
        let weights: i32 = parsed.iter().map(|assessment| assessment.weight).sum();
        if !parsed.is_empty() && weights != 100 {
            violations.add(path, format!("has weights of {weights} together; they must be 100"));
        }
        parsed
    }
}

impl AssessmentPath {
    /// Reads `M1` or `M1/ESSAY`.
    pub fn parse(path: &str) -> Self {
        let (module, assessment) = path.split_once('/').unwrap_or((path, ""));
        Self { module: module.to_owned(), assessment: assessment.to_owned() }
    }
}

impl fmt::Display for AssessmentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.module)?;
        if self.assessment.is_empty() { Ok(()) } else { write!(f, "/{}", self.assessment) }
    }
}
