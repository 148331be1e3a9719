//! Where a learner stands and why, computed from the record each time it is asked for.

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::attendance::{AttendanceEntry, Figures, figures};
use super::curriculum::Curriculum;
use super::requirement;
use super::result::{Mark, ResultEntry, released};
use super::ruling::Ruling;
use super::session::TeachingSession;

/// How long before its due date a requirement that is not met needs attention.
pub const DUE_SOON: Duration = Duration::days(14);

/// Where a learner stands, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// Every requirement is met.
    Complete,
    /// Everything that is due is met.
    OnTrack,
    /// Something needs attention soon.
    AtRisk,
    /// Something that was due is missing.
    Behind,
    /// A requirement can no longer be met.
    CannotComplete,
}

/// How one requirement is met, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RequirementState {
    /// It is met.
    Met,
    /// It is not due yet.
    Open,
    /// It is due soon, or an attempt has failed and others are left.
    AtRisk,
    /// It was due and is missing.
    Overdue,
    /// It can no longer be met.
    Lost,
}

/// What a requirement is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RequirementKind {
    /// A module's assessments.
    Module,
    /// Sessions attended.
    Attendance,
    /// Something handed in.
    Artefact,
}

/// One requirement and how it is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// What it is about.
    pub kind: RequirementKind,
    /// The module's code, or what else is required: `attendance`, `residentials`, `journal` …
    pub subject: String,
    /// How it is met.
    pub state: RequirementState,
    /// Why, in words.
    pub reason: String,
    /// The best mark so far of a module with one assessment, the weighted mean of one with several.
    pub best_mark: Option<Mark>,
    /// How many attempts were made.
    pub attempts_made: i32,
    /// The day it is due; none where no day is set.
    pub due_date: Option<Date>,
    /// Whether it is met because somebody ruled so.
    pub overridden: bool,
}

/// How much of the record is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Everything, marks included.
    Marks,
    /// How requirements are met, without marks.
    Progress,
}

/// What a cohort is taught and when: all that its learners' records are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Taught<'a> {
    /// The revision that it started with.
    pub curriculum: &'a Curriculum,
    /// Its first day.
    pub start_date: Date,
    /// Its timetable.
    pub sessions: &'a [TeachingSession],
}

/// Everything that was recorded about one learner in one cohort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerRecord {
    /// Results, every entry.
    pub results: Vec<ResultEntry>,
    /// Attendance, every entry.
    pub attendance: Vec<AttendanceEntry>,
    /// Rulings, every entry.
    pub rulings: Vec<Ruling>,
}

/// Where one learner stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerStanding {
    /// In a word.
    pub standing: Standing,
    /// Credits of the modules that are met, in ECTS.
    pub credits: i32,
    /// Credits of all modules, in ECTS.
    pub credits_total: i32,
    /// Every requirement: the modules in their order, then attendance, then artefacts.
    pub requirements: Vec<Requirement>,
    /// How much was attended, of all sessions.
    pub attendance: Figures,
}

/// Where a learner with this `record` stands on the day `today`. Results that are not released do not count.
pub fn standing(taught: &Taught<'_>, record: &LearnerRecord, today: Date, detail: Detail) -> LearnerStanding {
    let counting = released(&record.results);
    let demands = &taught.curriculum.demands;
    let mut credits = 0;
    let mut requirements = Vec::with_capacity(taught.curriculum.modules.len() + 6);
    for module in &taught.curriculum.modules {
        let requirement = requirement::of_module(module, taught, record, &counting, today, detail);
        if requirement.state == RequirementState::Met {
            credits += module.credits;
        }
        requirements.push(requirement);
    }
    for rule in &demands.attendance {
        requirements.push(requirement::of_attendance(rule, taught, record, detail));
    }
    for required in &demands.artefacts {
        requirements.push(requirement::of_artefact(required, taught, record, today, detail));
    }
    // The worst requirement says where the learner stands.
    let standing = requirements.iter().map(|requirement| requirement.state.standing()).max();
    LearnerStanding {
        standing: standing.unwrap_or(Standing::Complete),
        credits,
        credits_total: taught.curriculum.credits(),
        requirements,
        attendance: figures(taught.sessions, &record.attendance, None),
    }
}

impl Standing {
    /// All of them, best first.
    pub const ALL: [Self; 5] = [Self::Complete, Self::OnTrack, Self::AtRisk, Self::Behind, Self::CannotComplete];

    /// The name that filters and exports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "COMPLETE",
            Self::OnTrack => "ON_TRACK",
            Self::AtRisk => "AT_RISK",
            Self::Behind => "BEHIND",
            Self::CannotComplete => "CANNOT_COMPLETE",
        }
    }
}

impl RequirementState {
    /// The name that exports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "MET",
            Self::Open => "OPEN",
            Self::AtRisk => "AT_RISK",
            Self::Overdue => "OVERDUE",
            Self::Lost => "LOST",
        }
    }

    /// Where a learner stands of whose requirements this is the worst.
    const fn standing(self) -> Standing {
        match self {
            Self::Met => Standing::Complete,
            Self::Open => Standing::OnTrack,
            Self::AtRisk => Standing::AtRisk,
            Self::Overdue => Standing::Behind,
            Self::Lost => Standing::CannotComplete,
        }
    }
}
