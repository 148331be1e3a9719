//! Groups of learners who start together.

use exemplar_kernel::{PersonId, Violations};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::curriculum::{CurriculumName, RevisionId};

exemplar_kernel::id!(
    /// One cohort.
    CohortId,
    "cohorts"
);

exemplar_kernel::named! {
    /// What somebody does for a cohort.
    StaffRole {
        /// Teaches and marks.
        Tutor = "TUTOR",
        /// Answers for the cohort.
        Director = "DIRECTOR",
    }
}

/// Places of a cohort at the most.
pub(crate) const MAX_PLACES: i32 = 1000;
/// The highest score of an application: four answers with up to five points each (research/domain.md, C5).
pub(crate) const MAX_SCORE: i32 = 20;
/// The score from which a place is offered at once, where a cohort sets none (research/domain.md, C5).
pub(crate) const AUTOMATIC_SCORE: i32 = 17;

/// A group of learners. It keeps the revision of the curriculum that it started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// Which.
    pub id: CohortId,
    /// What it is called, once only.
    pub title: String,
    /// What it is taught.
    pub curriculum: RevisionId,
    /// The first day.
    pub start_date: Date,
    /// How many learners it has room for.
    pub places: i32,
    /// How many places are offered or taken.
    pub enrolled: i32,
    /// Its dates and how its learners are chosen.
    pub settings: CohortSettings,
    /// Goes up with every change of the cohort, its staff or its timetable.
    pub version: i64,
}

/// A cohort's dates and how its learners are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortSettings {
    /// The last day, where one is set.
    pub end_date: Option<Date>,
    /// The first day on which people may apply; none means that nobody can.
    pub applications_open: Option<Date>,
    /// The last day on which they may.
    pub applications_close: Option<Date>,
    /// The score from which a place is offered at once; 1 to 20.
    pub automatic_score: i32,
    /// Whether staff of exemplars and followers come first.
    pub network_first: bool,
}

/// Somebody who works for a cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortStaff {
    /// Who.
    pub person: PersonId,
    /// What they were called when they were named.
    pub name: String,
    /// What they do.
    pub role: StaffRole,
}

/// Opens a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCohort {
    /// What it is called.
    pub title: String,
    /// What it is taught; without a revision, the newest one.
    pub curriculum: CurriculumName,
    /// The first day.
    pub start_date: Date,
    /// How many learners it has room for.
    pub places: i32,
    /// Its dates and how its learners are chosen.
    pub settings: CohortSettings,
}

impl Default for CohortSettings {
    fn default() -> Self {
        Self {
            end_date: None,
            applications_open: None,
            applications_close: None,
            automatic_score: AUTOMATIC_SCORE,
            network_first: false,
        }
    }
}

impl CohortSettings {
    /// Checks the settings of a cohort that starts on `start_date`; faults are noted under `path`.
    pub(crate) fn check(&self, violations: &mut Violations, path: &str, start_date: Option<Date>) {
        violations.within(&format!("{path}.automatic_score"), self.automatic_score, 1..=MAX_SCORE);
        let before = |first: Option<Date>, then: Option<Date>| matches!((first, then), (Some(first), Some(then)) if then < first);
        if before(start_date, self.end_date) {
            violations.add(format!("{path}.end_date"), "is before the first day");
        }
        if before(self.applications_open, self.applications_close) {
            violations.add(format!("{path}.applications_close_date"), "is before applications open");
        }
        if self.applications_open.is_some() != self.applications_close.is_some() {
            violations
                .add(format!("{path}.applications_close_date"), "must be set when, and only when, applications open");
        }
    }

    /// Whether people may apply on a day.
    pub(crate) fn is_open(&self, day: Date) -> bool {
        self.applications_open.is_some_and(|open| open <= day)
            && self.applications_close.is_some_and(|close| day <= close)
    }
}

impl Cohort {
    /// A cohort with all its places free.
    pub(crate) fn open(id: Uuid, create: CreateCohort, curriculum: RevisionId) -> Self {
        let CreateCohort { title, start_date, places, settings, .. } = create;
        Self { id: CohortId::new(id), title, curriculum, start_date, places, enrolled: 0, settings, version: 1 }
    }
}
