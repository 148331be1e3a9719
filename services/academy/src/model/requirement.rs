//! How one requirement is met by a record, and why, in words.

use exemplar_kernel::day;
use time::Date;

use super::assessment::{Assessment, AssessmentPath};
use super::attendance::figures;
use super::curriculum::Module;
use super::demands::{AttendanceRule, RequiredArtefact};
use super::result::{Mark, ResultEntry};
use super::ruling::{RulingKind, counting};
use super::standing::{DUE_SOON, Detail, LearnerRecord, Requirement, RequirementKind, RequirementState, Taught};

/// How one assessment is met.
struct Part {
    state: RequirementState,
    reason: String,
    best: Option<Mark>,
    attempts: i32,
    due: Date,
}

/// How a module is met: when each of its assessments is passed, credit was carried, or somebody ruled so.
pub(super) fn of_module(
    module: &Module,
    taught: &Taught<'_>,
    record: &LearnerRecord,
    released: &[&ResultEntry],
    today: Date,
    detail: Detail,
) -> Requirement {
    let assessments = module.parts();
    let mut parts = Vec::with_capacity(assessments.len());
    for assessment in assessments.iter() {
        let attempts: Vec<_> = released
            .iter()
            .copied()
            .filter(|entry| entry.module == module.code && entry.assessment == assessment.code)
            .collect();
        parts.push(part(module, assessment, taught, record, &attempts, today, detail));
    }
    let state = parts.iter().map(|part| part.state).max().unwrap_or(RequirementState::Met);
    let single = parts.len() == 1;
    let named = |(assessment, part): (&Assessment, &Part)| {
        if single { part.reason.clone() } else { format!("{} {}", assessment.code, part.reason) }
    };
    let reason = assessments.iter().zip(&parts).map(named).collect::<Vec<_>>().join("; ");
    let best = if single { parts[0].best } else { weighted(&assessments, &parts) };
    let requirement = Requirement {
        kind: RequirementKind::Module,
        subject: module.code.clone(),
        state,
        reason,
        best_mark: best.filter(|_| detail == Detail::Marks),
        attempts_made: parts.iter().map(|part| part.attempts).sum(),
        due_date: parts.iter().map(|part| part.due).max(),
        overridden: false,
    };
    if let Some(carried) = counting(&record.rulings, RulingKind::Carried, &module.code) {
        let mark = carried.mark.filter(|_| detail == Detail::Marks);
        return Requirement {
            state: RequirementState::Met,
            reason: told(&carried.reason, detail, mark),
            best_mark: mark.or(requirement.best_mark),
            ..requirement
        };
    }
    overridden(requirement, record, detail)
}

fn told(reason: &str, detail: Detail, mark: Option<Mark>) -> String {
    match (detail, mark) {
        (Detail::Marks, Some(mark)) => format!("{reason} with {mark}"),
        _ => reason.to_owned(),
    }
}

/// The weighted mean of an assessment's best marks; none while one has none.
fn weighted(assessments: &[Assessment], parts: &[Part]) -> Option<Mark> {
    let mut sum = 0;
    for (assessment, part) in assessments.iter().zip(parts) {
        sum += assessment.weight * part.best?.percent();
    }
    Mark::new(sum / 100).ok()
}

/// How an assessment is met by the attempts at it that are released, in their order.
fn part(
    module: &Module,
    assessment: &Assessment,
    taught: &Taught<'_>,
    record: &LearnerRecord,
    attempts: &[&ResultEntry],
    today: Date,
    detail: Detail,
) -> Part {
    let path = AssessmentPath { module: module.code.clone(), assessment: assessment.code.clone() }.to_string();
    let extension = counting(&record.rulings, RulingKind::Extension, &path);
    let own = assessment.due_date(taught.start_date);
    let due = extension.and_then(|ruling| ruling.date).map_or(own, |later| later.max(own));
    let marks: Vec<Mark> = attempts.iter().map(|entry| left(entry, due, taught)).collect();
    let best = marks.iter().copied().max();
    let made = i32::try_from(attempts.len()).unwrap_or(i32::MAX);
    // Work that waits for its second marker or its release is neither missing nor passed.
    let waiting = is_waiting(record, module, assessment, attempts);
    let state = if best.is_some_and(|best| assessment.is_passed_with(best)) {
        RequirementState::Met
    } else if made >= assessment.attempts {
        RequirementState::Lost
    } else if waiting {
        if made > 0 { RequirementState::AtRisk } else { RequirementState::Open }
    } else if due < today {
        RequirementState::Overdue
    } else if made > 0 || due <= today.saturating_add(DUE_SOON) {
        RequirementState::AtRisk
    } else {
        RequirementState::Open
    };
    let mut reason = match detail {
        _ if waiting && state != RequirementState::Met => "is being marked".to_owned(),
        Detail::Marks => reason(assessment, state, attempts, &marks, due),
        Detail::Progress => progress(assessment, state, attempts.len(), due),
    };
    if let Some(ruling) = extension.filter(|_| state != RequirementState::Met) {
        match detail {
            Detail::Marks => reason.push_str(&format!(" (extended by {}: {})", ruling.recorded_by_name, ruling.reason)),
            Detail::Progress => reason.push_str(" (extended)"),
        }
    }
    Part { state, reason, best, attempts: made, due }
}

/// The mark of an entry, less what being late costs.
fn left(entry: &ResultEntry, due: Date, taught: &Taught<'_>) -> Mark {
    let agreed = entry.agreed();
    let Some(late) = taught.curriculum.demands.late.filter(|_| entry.attempt.number() == 1) else { return agreed };
    Mark::new(late.left_of(agreed.percent(), (entry.date - due).whole_days())).unwrap_or(agreed)
}

fn is_waiting(record: &LearnerRecord, module: &Module, assessment: &Assessment, attempts: &[&ResultEntry]) -> bool {
    let mine = |entry: &&ResultEntry| entry.module == module.code && entry.assessment == assessment.code;
    let last = attempts.last().map_or(0, |entry| entry.attempt.number());
    let later = |entry: &ResultEntry| entry.attempt.number() > last && entry.released.is_none() && !entry.void;
    record.results.iter().filter(mine).any(later)
}

fn reason(
    assessment: &Assessment,
    state: RequirementState,
    attempts: &[&ResultEntry],
    marks: &[Mark],
    due_date: Date,
) -> String {
    let (Some(last), Some(best)) = (attempts.last(), marks.iter().copied().max()) else {
        return unmarked(state, due_date);
    };
    let needed = format!("({} % needed)", assessment.pass_mark);
    match state {
        RequirementState::Met => format!("passed with {best}{} {needed}", lateness(attempts, marks, best)),
        RequirementState::Lost if assessment.attempts == 1 => format!("failed the only attempt with {best} {needed}"),
        RequirementState::Lost => format!("failed all {} attempts, the best with {best} {needed}", assessment.attempts),
        RequirementState::Open | RequirementState::AtRisk | RequirementState::Overdue => {
            let last_mark = marks.last().copied().unwrap_or(best);
            let late = lateness(attempts, marks, last_mark);
            let (left, due) = (attempts_left(assessment, attempts.len()), due_words(state, due_date));
            format!("failed attempt {} with {last_mark}{late}, {left}, {due}", last.attempt)
        }
    }
}

/// The same without marks.
fn progress(assessment: &Assessment, state: RequirementState, made: usize, due_date: Date) -> String {
    if made == 0 {
        return unmarked(state, due_date);
    }
    match state {
        RequirementState::Met => "is passed".to_owned(),
        RequirementState::Lost => "is not passed, and no attempt is left".to_owned(),
        RequirementState::Open | RequirementState::AtRisk | RequirementState::Overdue => {
            format!("is not passed yet, {}, {}", attempts_left(assessment, made), due_words(state, due_date))
        }
    }
}

fn unmarked(state: RequirementState, due_date: Date) -> String {
    let due = due_words(state, due_date);
    match state {
        RequirementState::Overdue => format!("{due} and has no result yet"),
        RequirementState::AtRisk => format!("is {due} and has no result yet"),
        RequirementState::Met | RequirementState::Open | RequirementState::Lost => format!("is {due}"),
    }
}

fn due_words(state: RequirementState, due_date: Date) -> String {
    let due = day::in_words(due_date);
    if state == RequirementState::Overdue { format!("was due on {due}") } else { format!("due on {due}") }
}

fn attempts_left(assessment: &Assessment, made: usize) -> String {
    let left = usize::try_from(assessment.attempts).unwrap_or(0).saturating_sub(made);
    format!("{left} attempt{} left", if left == 1 { "" } else { "s" })
}

fn lateness(attempts: &[&ResultEntry], marks: &[Mark], of: Mark) -> String {
    let found = attempts.iter().zip(marks).find(|(_, mark)| **mark == of);
    match found {
        Some((entry, mark)) if entry.agreed() != *mark => format!(" ({} before it was late)", entry.agreed()),
        _ => String::new(),
    }
}

/// How a rule of attendance is met.
pub(super) fn of_attendance(
    rule: &AttendanceRule,
    taught: &Taught<'_>,
    record: &LearnerRecord,
    detail: Detail,
) -> Requirement {
    let figures = figures(taught.sessions, &record.attendance, rule.kind);
    let any = taught.sessions.iter().any(|session| rule.kind.is_none_or(|kind| session.kind == kind));
    // Whether so many attended of so many are enough when so many were missed.
    let enough = |attended: i32, total: i32, missed: i32| {
        attended * 100 >= rule.minimum_percent * (total - missed.min(rule.allowance))
    };
    let best = figures.attended + figures.open();
    let state = if !any {
        RequirementState::Open
    } else if !enough(best, figures.total, figures.missed()) {
        RequirementState::Lost
    } else if figures.open() == 0 || figures.attended * 100 >= rule.minimum_percent * figures.total {
        RequirementState::Met
    } else if figures.missed() > 0 && !enough(best - 1, figures.total, figures.missed() + 1) {
        RequirementState::AtRisk
    } else {
        RequirementState::Open
    };
    let reason = if any {
        let may = match rule.allowance {
            0 => String::new(),
            1 => ", 1 missed does not count".to_owned(),
            more => format!(", {more} missed do not count"),
        };
        format!(
            "attended {} of {} so far and of {} in all, {best} at best ({} % needed{may})",
            figures.attended, figures.recorded, figures.total, rule.minimum_percent
        )
    } else {
        "has no sessions in the timetable yet".to_owned()
    };
    let requirement = Requirement {
        kind: RequirementKind::Attendance,
        subject: rule.subject().to_owned(),
        state,
        reason,
        best_mark: None,
        attempts_made: 0,
        due_date: None,
        overridden: false,
    };
    overridden(requirement, record, detail)
}

/// How something that must be handed in is.
pub(super) fn of_artefact(
    required: &RequiredArtefact,
    taught: &Taught<'_>,
    record: &LearnerRecord,
    today: Date,
    detail: Detail,
) -> Requirement {
    let subject = required.artefact.subject();
    let due = taught.start_date.saturating_add(time::Duration::weeks(required.due_week.into()));
    let handed_in = counting(&record.rulings, RulingKind::Artefact, subject);
    let extension = counting(&record.rulings, RulingKind::Extension, subject);
    let due = extension.and_then(|ruling| ruling.date).map_or(due, |later| later.max(due));
    let (state, reason) = match handed_in.map(|ruling| ruling.date.unwrap_or(due)) {
        Some(date) => (RequirementState::Met, format!("handed in on {}", day::in_words(date))),
        None if due < today => (RequirementState::Overdue, format!("was due on {}", day::in_words(due))),
        None if due <= today.saturating_add(DUE_SOON) => {
            (RequirementState::AtRisk, format!("is due on {}", day::in_words(due)))
        }
        None => (RequirementState::Open, format!("is due on {}", day::in_words(due))),
    };
    let requirement = Requirement {
        kind: RequirementKind::Artefact,
        subject: subject.to_owned(),
        state,
        reason,
        best_mark: None,
        attempts_made: 0,
        due_date: Some(due),
        overridden: false,
    };
    overridden(requirement, record, detail)
}

/// The requirement as somebody ruled it, which it says for ever; why is for those who see marks.
fn overridden(requirement: Requirement, record: &LearnerRecord, detail: Detail) -> Requirement {
    let Some(ruling) = counting(&record.rulings, RulingKind::Override, &requirement.subject) else {
        return requirement;
    };
    let on = day::in_words(ruling.recorded.date());
    let reason = match detail {
        Detail::Marks => {
            let (by, why) = (&ruling.recorded_by_name, &ruling.reason);
            format!("accepted by {by} on {on}: {why}; {}", requirement.reason)
        }
        Detail::Progress => format!("accepted on {on}"),
    };
    Requirement { state: RequirementState::Met, reason, overridden: true, ..requirement }
}
