//! What a curriculum demands beside its modules' marks: sessions, attendance, artefacts, and when work is late.

use exemplar_kernel::Violations;
use serde::{Deserialize, Serialize};

use super::artefact::Artefact;
use super::curriculum::Module;
use super::session::{MAX_CODE, SessionKind, is_code};

/// Sessions of a curriculum's plan, and of a cohort's timetable, at the most.
pub(crate) const MAX_SESSIONS: usize = 400;

/// What a revision demands beside its modules. It is kept as a document: a revision never changes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Demands {
    /// The sessions and residentials that every cohort has.
    pub sessions: Vec<PlannedSession>,
    /// How much of them must be attended.
    pub attendance: Vec<AttendanceRule>,
    /// What must be handed in.
    pub artefacts: Vec<RequiredArtefact>,
    /// What being late costs; none when it costs nothing.
    pub late: Option<LateRule>,
}

/// A session that every cohort has, in weeks from its start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedSession {
    /// Its code, once in a curriculum.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// The code of the module that it belongs to; empty when to none.
    pub module: String,
    /// What kind it is of.
    pub kind: SessionKind,
    /// Whole weeks after the cohort's first day; 0 to 260.
    pub week: i32,
    /// How long it takes, in minutes; 15 to 7,200.
    pub minutes: i32,
}

/// How much must be attended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AttendanceRule {
    /// Of which kind of sessions; none means all.
    pub kind: Option<SessionKind>,
    /// The part of the sessions that must be attended, in percent; 1 to 100.
    pub minimum_percent: i32,
    /// How many missed sessions are not counted; 0 to 100.
    pub allowance: i32,
}

/// Something that must be handed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequiredArtefact {
    /// What.
    pub artefact: Artefact,
    /// Weeks after the cohort's first day by which it is due; 1 to 260.
    pub due_week: i32,
}

/// What it costs to hand in after the due date. It holds for first attempts: later ones have no date of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LateRule {
    /// Points taken off for each day begun; 0 to 100.
    pub points_per_day: i32,
    /// Days after which the work counts as 0; 1 to 365.
    pub most_days: i32,
}

impl LateRule {
    /// The mark that is left of `mark` after so many days.
    pub(crate) fn left_of(self, mark: i32, days: i64) -> i32 {
        if days <= 0 {
            return mark;
        }
        if days > i64::from(self.most_days) {
            return 0;
        }
        let points = i32::try_from(days).unwrap_or(i32::MAX).saturating_mul(self.points_per_day);
        mark.saturating_sub(points).max(0)
    }
}

impl AttendanceRule {
    /// What the requirement is called: `attendance`, or the kind of sessions in words (`residentials`).
    pub(crate) fn subject(&self) -> &'static str {
        self.kind.map_or("attendance", SessionKind::plural)
    }
}

impl Demands {
    /// Checks the demands of a curriculum with these modules; faults are noted under `path`.
    pub(crate) fn parse(violations: &mut Violations, path: &str, typed: Self, modules: &[Module]) -> Self {
        let at = |list: &str, i: usize, field: &str| format!("{path}.{list}[{i}].{field}");
        violations.at_most(&format!("{path}.sessions"), &typed.sessions, MAX_SESSIONS);
        let mut sessions: Vec<PlannedSession> = Vec::new();
        for (i, session) in typed.sessions.into_iter().take(MAX_SESSIONS).enumerate() {
            let code = violations.text(&at("sessions", i, "code"), &session.code, 1..=MAX_CODE);
            if !is_code(&code) {
                violations.add(at("sessions", i, "code"), "must be letters, digits or hyphens");
            }
            if sessions.iter().any(|other| other.code.eq_ignore_ascii_case(&code)) {
                violations.add(at("sessions", i, "code"), "is another session's");
            }
            if !session.module.is_empty() && modules.iter().all(|module| module.code != session.module) {
                violations.add(at("sessions", i, "module"), "is no module of this curriculum");
            }
            let title = violations.text(&at("sessions", i, "title"), &session.title, 1..=200);
            violations.within(&at("sessions", i, "week"), session.week, 0..=260);
            violations.within(&at("sessions", i, "minutes"), session.minutes, 15..=7200);
            sessions.push(PlannedSession { code, title, ..session });
        }
        let mut kinds = Vec::new();
        for (i, rule) in typed.attendance.iter().enumerate() {
            violations.within(&at("attendance_rules", i, "minimum_percent"), rule.minimum_percent, 1..=100);
            violations.within(&at("attendance_rules", i, "allowance"), rule.allowance, 0..=100);
            if kinds.contains(&rule.kind) {
                violations.add(at("attendance_rules", i, "kind"), "has a rule already");
            }
            kinds.push(rule.kind);
        }
        let mut artefacts = Vec::new();
        for (i, required) in typed.artefacts.iter().enumerate() {
            violations.within(&at("artefacts", i, "due_week"), required.due_week, 1..=260);
            if artefacts.contains(&required.artefact) {
                violations.add(at("artefacts", i, "kind"), "is required already");
            }
            artefacts.push(required.artefact);
        }
        if let Some(late) = typed.late {
            violations.within(&format!("{path}.late_rule.points_per_day"), late.points_per_day, 0..=100);
            violations.within(&format!("{path}.late_rule.most_days"), late.most_days, 1..=365);
        }
        Self { sessions, attendance: typed.attendance, artefacts: typed.artefacts, late: typed.late }
    }
}
