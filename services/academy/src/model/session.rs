//! Sessions of teaching: a cohort's timetable.

use exemplar_kernel::{Timestamp, Violations};
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::cohort::CohortId;
use super::curriculum::Curriculum;

exemplar_kernel::id!(
    /// One session of a cohort, as rows name it; people name it by its code.
    SessionKey,
    "sessions"
);

exemplar_kernel::named! {
    /// How a session is held.
    SessionKind {
        /// A day or more away from the workplace.
        Residential = "RESIDENTIAL",
        /// In a room.
        Class = "CLASS",
        /// Over the network.
        Online = "ONLINE",
    }
}

/// A session code's length at the most, in characters.
pub(crate) const MAX_CODE: usize = 20;

/// One session of a cohort's timetable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeachingSession {
    /// Which.
    pub id: SessionKey,
    /// Whose.
    pub cohort: CohortId,
    /// Its code, once in the cohort.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// The code of the module that it belongs to; empty when to none.
    pub module: String,
    /// How it is held.
    pub kind: SessionKind,
    /// The (first) day.
    pub date: Date,
    /// When it starts, in minutes after midnight UTC.
    pub start_minute: i32,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// Where it is held.
    pub venue: String,
    /// Who teaches it.
    pub tutor: String,
}

/// A session to be put into a timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDraft {
    /// Its code, once in the cohort: one that is there already is changed.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// The module's code; empty when it belongs to none.
    pub module: String,
    /// How it is held.
    pub kind: SessionKind,
    /// The (first) day.
    pub date: Date,
    /// When it starts, in minutes after midnight UTC.
    pub start_minute: i32,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// Where it is held.
    pub venue: String,
    /// Who teaches it.
    pub tutor: String,
}

impl SessionKind {
    /// The sessions of this kind, in words; the name of an attendance rule for them.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Residential => "residentials",
            Self::Class => "classes",
            Self::Online => "online-sessions",
        }
    }
}

impl TeachingSession {
    /// When it starts.
    pub fn starts(&self) -> Timestamp {
        let minutes = u64::try_from(self.start_minute).unwrap_or(0);
        Timestamp::start_of(self.date).plus(std::time::Duration::from_mins(minutes))
    }

    /// The session that a draft makes of one that is there, or of none.
    pub(crate) fn of(id: SessionKey, cohort: CohortId, draft: SessionDraft) -> Self {
        let SessionDraft { code, title, module, kind, date, start_minute, minutes, venue, tutor } = draft;
        Self { id, cohort, code, title, module, kind, date, start_minute, minutes, venue, tutor }
    }
}

impl SessionDraft {
    /// The sessions that a curriculum plans, for a cohort that starts on `start_date`; at nine, with no venue yet.
    pub(crate) fn planned(curriculum: &Curriculum, start_date: Date) -> Vec<Self> {
        let draft = |planned: &super::demands::PlannedSession| Self {
            code: planned.code.clone(),
            title: planned.title.clone(),
            module: planned.module.clone(),
            kind: planned.kind,
            date: start_date.saturating_add(Duration::weeks(planned.week.into())),
            start_minute: 9 * 60,
            minutes: planned.minutes,
            venue: String::new(),
            tutor: String::new(),
        };
        curriculum.demands.sessions.iter().map(draft).collect()
    }

    /// Checks it; faults are noted under `path`.
    pub(crate) fn check(&mut self, violations: &mut Violations, path: &str) {
        let at = |field: &str| format!("{path}.{field}");
        self.code = violations.text(&at("code"), &self.code, 1..=MAX_CODE);
        if !is_code(&self.code) {
            violations.add(at("code"), "must be letters, digits or hyphens");
        }
        self.title = violations.text(&at("title"), &self.title, 1..=200);
        violations.within(&at("start_minute"), self.start_minute, 0..=1439);
        violations.within(&at("minutes"), self.minutes, 15..=7200);
        self.venue = violations.text(&at("venue"), &self.venue, 0..=200);
        self.tutor = violations.text(&at("tutor"), &self.tutor, 0..=200);
    }
}

/// Whether a text is fit for a session's code; it is also the header of a column.
pub(crate) fn is_code(code: &str) -> bool {
    code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
