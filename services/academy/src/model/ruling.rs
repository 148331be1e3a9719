//! Rulings on one learner's requirements: overrides, extensions, artefacts handed in, credit carried over.
//!
//! They say for ever who ruled and why. One that is withdrawn stays; a further entry takes it back.

use exemplar_kernel::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::enrolment::EnrolmentId;
use super::result::Mark;

exemplar_kernel::named! {
    /// What a ruling does.
    RulingKind {
        /// The requirement counts as met.
        Override = "OVERRIDE",
        /// It is due on a later day.
        Extension = "EXTENSION",
        /// The artefact was handed in.
        Artefact = "ARTEFACT",
        /// It was met in an earlier cohort.
        Carried = "CARRIED",
    }
}

/// A ruling on one requirement of one learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// What it does.
    pub kind: RulingKind,
    /// The requirement: a module's code, an assessment (`M1/ESSAY`), `attendance`, `residentials`, `journal` …
    pub subject: String,
    /// 1 for the first of its kind and subject, one more for each that follows; the highest counts.
    pub entry: i32,
    /// Whether it takes back the ones before.
    pub void: bool,
    /// The day: the new due date, or the day of handing in.
    pub date: Option<Date>,
    /// The mark that is carried.
    pub mark: Option<Mark>,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
    /// What they were called then.
    pub recorded_by_name: String,
}

/// The ruling of a kind on a subject that counts, if any.
pub(crate) fn counting<'a>(rulings: &'a [Ruling], kind: RulingKind, subject: &str) -> Option<&'a Ruling> {
    last(rulings, kind, subject).filter(|ruling| !ruling.void)
}

/// The last ruling of a kind on a subject, whether it counts or takes back.
pub(crate) fn last<'a>(rulings: &'a [Ruling], kind: RulingKind, subject: &str) -> Option<&'a Ruling> {
    let same = rulings.iter().filter(|ruling| ruling.kind == kind && ruling.subject == subject);
    same.max_by_key(|ruling| ruling.entry)
}
