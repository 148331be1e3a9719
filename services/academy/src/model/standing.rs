//! Where a learner stands and why, computed from the entries of the record each time it is asked for.

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::curriculum::{Curriculum, Module};
use super::result::{Mark, ResultEntry, counting};
use exemplar_kernel::day;

/// How long before its due date a module without a pass needs attention.
pub const DUE_SOON: Duration = Duration::days(14);

/// Where a learner stands, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// Every module is passed.
    Complete,
    /// Everything that is due is passed.
    OnTrack,
    /// Something needs attention soon.
    AtRisk,
    /// Something that was due is missing.
    Behind,
    /// A module can no longer be passed.
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

/// One module and how it is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// The module's code.
    pub module: String,
    /// How it is met.
    pub state: RequirementState,
    /// Why, in words.
    pub reason: String,
    /// The best mark so far.
    pub best_mark: Option<Mark>,
    /// How many attempts were made.
    pub attempts_made: i32,
    /// The day its result is due.
    pub due_date: Date,
}

/// Where one learner stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerStanding {
    /// In a word.
    pub standing: Standing,
    /// Credits of the modules passed, in ECTS.
    pub credits: i32,
    /// Credits of all modules, in ECTS.
    pub credits_total: i32,
    /// Every module of the curriculum, in its order.
    pub requirements: Vec<Requirement>,
}

/// Where a learner with these `entries` stands on the day `today` in a cohort that started on `start_date`.
pub fn standing(curriculum: &Curriculum, start_date: Date, entries: &[ResultEntry], today: Date) -> LearnerStanding {
    let counting = counting(entries);
    let mut credits = 0;
    let mut requirements = Vec::with_capacity(curriculum.modules.len());
    for module in &curriculum.modules {
        let attempts: Vec<_> = counting.iter().copied().filter(|entry| entry.module == module.code).collect();
        let requirement = requirement(module, start_date, &attempts, today);
        if requirement.state == RequirementState::Met {
            credits += module.credits;
        }
        requirements.push(requirement);
    }
    // The worst module says where the learner stands.
    let standing = requirements.iter().map(|requirement| requirement.state.standing()).max();
    LearnerStanding {
        standing: standing.unwrap_or(Standing::Complete),
        credits,
        credits_total: curriculum.credits(),
        requirements,
    }
}

impl RequirementState {
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

/// How a module is met by the entries of its attempts that count, in their order.
fn requirement(module: &Module, start_date: Date, attempts: &[&ResultEntry], today: Date) -> Requirement {
    let due_date = module.due_date(start_date);
    let best_mark = attempts.iter().map(|entry| entry.mark).max();
    let attempts_made = i32::try_from(attempts.len()).unwrap_or(i32::MAX);
    let state = if best_mark.is_some_and(|best| module.is_passed_with(best)) {
        RequirementState::Met
    } else if attempts_made >= module.attempts {
        RequirementState::Lost
    } else if due_date < today {
        RequirementState::Overdue
    } else if attempts_made > 0 || due_date <= today.saturating_add(DUE_SOON) {
        RequirementState::AtRisk
    } else {
        RequirementState::Open
    };
    let reason = reason(module, state, attempts, due_date);
    Requirement { module: module.code.clone(), state, reason, best_mark, attempts_made, due_date }
}

fn reason(module: &Module, state: RequirementState, attempts: &[&ResultEntry], due_date: Date) -> String {
    let (needed, due) = (format!("({} % needed)", module.pass_mark), day::in_words(due_date));
    let due = if state == RequirementState::Overdue { format!("was due on {due}") } else { format!("due on {due}") };
    let (Some(last), Some(best)) = (attempts.last(), attempts.iter().map(|entry| entry.mark).max()) else {
        return match state {
            RequirementState::Overdue => format!("{due} and has no result yet"),
            RequirementState::AtRisk => format!("is {due} and has no result yet"),
            RequirementState::Met | RequirementState::Open | RequirementState::Lost => format!("is {due}"),
        };
    };
    match state {
        RequirementState::Met => format!("passed with {best} {needed}"),
        RequirementState::Lost if module.attempts == 1 => format!("failed the only attempt with {best} {needed}"),
        RequirementState::Lost => format!("failed all {} attempts, the best with {best} {needed}", module.attempts),
        RequirementState::Open | RequirementState::AtRisk | RequirementState::Overdue => {
            let left = usize::try_from(module.attempts).unwrap_or(0).saturating_sub(attempts.len());
            let plural = if left == 1 { "" } else { "s" };
            format!("failed attempt {} with {}, {left} attempt{plural} left, {due}", last.attempt, last.mark)
        }
    }
}
