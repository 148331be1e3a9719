//! Groups of learners who start together.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::curriculum::{CurriculumName, RevisionId};

exemplar_kernel::id!(
    /// One cohort.
    CohortId,
    "cohorts"
);

/// Places of a cohort at the most.
pub(crate) const MAX_PLACES: i32 = 1000;

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
    /// How many are enrolled.
    pub enrolled: i32,
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
}

impl Cohort {
    /// A cohort with all its places free.
    pub(crate) fn open(id: Uuid, create: CreateCohort, curriculum: RevisionId) -> Self {
        let CreateCohort { title, start_date, places, .. } = create;
        Self { id: CohortId::new(id), title, curriculum, start_date, places, enrolled: 0 }
    }
}
