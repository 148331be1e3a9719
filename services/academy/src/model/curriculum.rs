//! What is taught, as data: a curriculum in revisions that never change.

use std::fmt;

use exemplar_kernel::id::BadName;
use exemplar_kernel::{Timestamp, Violations};
use serde::{Deserialize, Serialize};

use super::assessment::Assessment;
use super::competency;
use super::demands::Demands;
use crate::Error;

/// ECTS credits of the diploma: Imperial College's Postgraduate Diploma in Digital Health Leadership has 60
/// (research/domain.md, C2).
pub const DIPLOMA_CREDITS: i32 = 60;
/// Modules of a curriculum at the most.
pub(crate) const MAX_MODULES: usize = 40;
/// A module code's length at the most, in characters.
pub(crate) const MAX_MODULE_CODE: usize = 20;

/// What requirements other than modules are called.
const RESERVED: [&str; 7] =
    ["attendance", "residentials", "classes", "online-sessions", "journal", "development-plan", "project"];

/// A curriculum's code: 2 to 20 capital letters, digits or hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurriculumCode(String);

/// One revision of a curriculum, `curricula/{code}/revisions/{number}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RevisionId {
    /// The curriculum's code.
    pub code: CurriculumCode,
    /// 1 for the first revision, one more for each that follows.
    pub number: i32,
}

/// How a curriculum is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CurriculumName {
    /// `curricula/{code}`: whichever revision is the newest.
    Newest(CurriculumCode),
    /// `curricula/{code}/revisions/{number}`.
    Revision(RevisionId),
}

/// One revision of what is taught.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Curriculum {
    /// Which.
    pub id: RevisionId,
    /// What the qualification is called.
    pub title: String,
    /// The modules in their order.
    pub modules: Vec<Module>,
    /// What it demands beside them.
    pub demands: Demands,
    /// Where this is known from.
    pub source: String,
    /// When it was created.
    pub created: Timestamp,
}

/// One module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Module {
    /// Its code within the curriculum.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// ECTS credits; 1 to 60.
    pub credits: i32,
    /// The mark from which it is passed, in percent; 0 to 100.
    pub pass_mark: i32,
    /// How often a learner may try; 1 to 5.
    pub attempts: i32,
    /// How many weeks after the cohort's start its result is due; 1 to 260.
    pub due_week: i32,
    /// Its assessments; without any, the module itself is the one, with its pass mark, attempts and due week.
    pub assessments: Vec<Assessment>,
    /// Codes of the competencies that it covers.
    pub competencies: Vec<String>,
}

/// Creates a curriculum, or the next revision of the one with the same code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreateCurriculum {
    /// The curriculum's code.
    pub code: CurriculumCode,
    /// What the qualification is called.
    pub title: String,
    /// The modules in their order.
    pub modules: Vec<Module>,
    /// What it demands beside them.
    pub demands: Demands,
    /// Where this is known from.
    pub source: String,
}

impl CurriculumCode {
    /// Reads a bare code.
    pub fn from_code(code: &str) -> Result<Self, BadName> {
        let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if (2..=20).contains(&code.len()) && code.chars().all(good) {
            Ok(Self(code.to_owned()))
        } else {
            Err(BadName("2 to 20 capital letters, digits or hyphens"))
        }
    }

    /// The bare code, as databases hold it.
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl CurriculumName {
    /// Reads a resource name.
    pub fn parse(name: &str) -> Result<Self, BadName> {
        const WANTED: BadName = BadName("curricula/{code} or curricula/{code}/revisions/{number}");
        let rest = name.strip_prefix("curricula/").ok_or(WANTED)?;
        let (code, digits) = rest.split_once("/revisions/").map_or((rest, None), |(code, digits)| (code, Some(digits)));
        let code = CurriculumCode::from_code(code).map_err(|_| WANTED)?;
        let Some(digits) = digits else { return Ok(Self::Newest(code)) };
        let number = digits.parse().ok().filter(|number: &i32| *number > 0 && number.to_string() == digits);
        Ok(Self::Revision(RevisionId { code, number: number.ok_or(WANTED)? }))
    }

    /// The code, whichever revision is meant.
    pub fn code(&self) -> &CurriculumCode {
        match self {
            Self::Newest(code) | Self::Revision(RevisionId { code, .. }) => code,
        }
    }
}

impl Curriculum {
    /// The revision that follows `newest`, or the first.
    ///
    /// # Errors
    /// [`Error::CreditsWrong`].
    pub(crate) fn create(create: CreateCurriculum, newest: Option<&RevisionId>, now: Timestamp) -> Result<Self, Error> {
        let CreateCurriculum { code, title, modules, demands, source } = create;
        let number = newest.map_or(1, |newest| newest.number + 1);
        let curriculum = Self { id: RevisionId { code, number }, title, modules, demands, source, created: now };
        match curriculum.credits() {
            DIPLOMA_CREDITS => Ok(curriculum),
            credits => Err(Error::CreditsWrong(credits)),
        }
    }

    /// Credits of all modules, in ECTS.
    pub fn credits(&self) -> i32 {
        self.modules.iter().map(|module| module.credits).sum()
    }

    /// The module with a code.
    pub fn module(&self, code: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.code == code)
    }
}

impl Module {
    /// Reads the modules of a curriculum; faults are noted under `path`.
    pub(crate) fn parse_all(violations: &mut Violations, path: &str, typed: &[Self]) -> Vec<Self> {
        if typed.is_empty() {
            violations.add(path, "is missing");
        }
        violations.at_most(path, typed, MAX_MODULES);
        let mut modules: Vec<Self> = Vec::with_capacity(typed.len().min(MAX_MODULES));
        for (i, typed) in typed.iter().take(MAX_MODULES).enumerate() {
            let module = typed.parse(violations, &format!("{path}[{i}]"));
            if !module.code.is_empty() && modules.iter().any(|other| other.code == module.code) {
                violations.add(format!("{path}[{i}].code"), "is another module's");
            }
            modules.push(module);
        }
        modules
    }

    fn parse(&self, violations: &mut Violations, path: &str) -> Self {
        let at = |field: &str| format!("{path}.{field}");
        let code = violations.text(&at("code"), &self.code, 1..=MAX_MODULE_CODE);
        if !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            violations.add(at("code"), "must be letters, digits or hyphens");
        }
        if RESERVED.contains(&code.as_str()) {
            violations.add(at("code"), "is what another requirement is called");
        }
        let assessments = Assessment::parse_all(violations, &at("assessments"), &self.assessments, self);
        violations.at_most(&at("competencies"), &self.competencies, 60);
        for (i, code) in self.competencies.iter().enumerate() {
            if competency::find(code).is_none() {
                violations.add(format!("{path}.competencies[{i}]"), "is no competency that is known here");
            }
        }
        Self {
            code,
            title: violations.text(&at("title"), &self.title, 1..=200),
            credits: violations.within(&at("credits"), self.credits, 1..=DIPLOMA_CREDITS),
            pass_mark: violations.within(&at("pass_mark"), self.pass_mark, 0..=100),
            attempts: violations.within(&at("attempts"), self.attempts, 1..=5),
            due_week: violations.within(&at("due_week"), self.due_week, 1..=260),
            assessments,
            competencies: self.competencies.clone(),
        }
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "curricula/{}/revisions/{}", self.code.0, self.number)
    }
}

impl fmt::Display for CurriculumName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest(code) => write!(f, "curricula/{}", code.0),
            Self::Revision(id) => id.fmt(f),
        }
    }
}
