//! Who came: statuses, and three figures, never one.

use std::collections::HashMap;

use exemplar_kernel::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::batch::BatchId;
use super::enrolment::EnrolmentId;
use super::session::{SessionKey, SessionKind, TeachingSession};

exemplar_kernel::named! {
    /// Whether a learner was at a session.
    Presence {
        /// They were there.
        Present = "PRESENT",
        /// They came late; it counts as attended.
        Late = "LATE",
        /// They said before it began that they would not come; it counts as missed unless it is excused.
        Apologies = "APOLOGIES",
        /// They were let off: the session does not count for them.
        Excused = "EXCUSED",
        /// They were not there.
        Absent = "ABSENT",
    }
}

/// One entry about one learner at one session. An entry is never changed: a correction is a further one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceEntry {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// Of which session.
    pub session: SessionKey,
    /// 1 for the first, one more for each that follows; the highest counts.
    pub entry: i32,
    /// What was recorded; none takes back what was recorded before.
    pub presence: Option<Presence>,
    /// Why, where there is something to say.
    pub note: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// By whom; none for the server itself.
    pub recorded_by: Option<PersonId>,
    /// The batch that it came in.
    pub batch: Option<BatchId>,
}

/// How much a learner attended: of so many sessions that have an entry, and of so many in all.
///
/// Sessions that were excused are in none of the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Sessions attended.
    pub attended: i32,
    /// Sessions that have an entry.
    pub recorded: i32,
    /// Sessions in the timetable.
    pub total: i32,
}

impl Presence {
    /// Whether it counts as attended.
    pub const fn attended(self) -> bool {
        matches!(self, Self::Present | Self::Late)
    }

    /// The one that people write so: the name or its first letter, in any capitals.
    pub fn from_words(typed: &str) -> Option<Self> {
        let typed = typed.trim().to_uppercase();
        if let Some(found) = Self::from_name(&typed) {
            return Some(found);
        }
        match typed.as_str() {
            "P" | "Y" | "YES" | "X" => Some(Self::Present),
            "L" => Some(Self::Late),
            "AP" | "APOLOGY" => Some(Self::Apologies),
            "E" => Some(Self::Excused),
            "A" | "N" | "NO" => Some(Self::Absent),
            _ => None,
        }
    }
}

impl Figures {
    /// The part of the sessions so far that was attended, in whole percent; none before the first.
    pub fn to_date(self) -> Option<i32> {
        percent(self.attended, self.recorded)
    }

    /// The part of all sessions that was attended, in whole percent; none without a timetable.
    pub fn over_all(self) -> Option<i32> {
        percent(self.attended, self.total)
    }

    /// The part of all sessions that will have been attended when none is missed from now on, in whole percent.
    pub fn best_possible(self) -> Option<i32> {
        percent(self.attended + self.open(), self.total)
    }

    /// Sessions without an entry.
    pub fn open(self) -> i32 {
        self.total - self.recorded
    }

    /// Sessions missed.
    pub fn missed(self) -> i32 {
        self.recorded - self.attended
    }
}

fn percent(part: i32, whole: i32) -> Option<i32> {
    (whole > 0).then(|| part * 100 / whole)
}

/// The entries that count, by session: the last of each, unless it takes back the ones before.
pub(crate) fn counting(entries: &[AttendanceEntry]) -> HashMap<SessionKey, &AttendanceEntry> {
    let mut last: HashMap<SessionKey, &AttendanceEntry> = HashMap::with_capacity(entries.len());
    for entry in entries {
        let counts = last.entry(entry.session).or_insert(entry);
        if entry.entry > counts.entry {
            *counts = entry;
        }
    }
    last.retain(|_, entry| entry.presence.is_some());
    last
}

/// The figures of a learner over the sessions of one kind, or over all.
pub fn figures(sessions: &[TeachingSession], entries: &[AttendanceEntry], kind: Option<SessionKind>) -> Figures {
    let counting = counting(entries);
    let mut figures = Figures::default();
    for session in sessions.iter().filter(|session| kind.is_none_or(|kind| session.kind == kind)) {
        match counting.get(&session.id).and_then(|entry| entry.presence) {
            Some(Presence::Excused) => {}
            Some(presence) => {
                figures.total += 1;
                figures.recorded += 1;
                figures.attended += i32::from(presence.attended());
            }
            None => figures.total += 1,
        }
    }
    figures
}
