//! Credit carried to another cohort, under that cohort's rules.

use serde::{Deserialize, Serialize};

use super::curriculum::Curriculum;
use super::result::Mark;
use super::standing::{LearnerStanding, RequirementKind, RequirementState};

/// What becomes of one module of the new cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// The module of the new cohort.
    pub module: String,
    /// The module of the old one that answers for it; empty when none does.
    pub from: String,
    /// Whether the credit is carried.
    pub carried: bool,
    /// The mark that is carried.
    pub mark: Option<Mark>,
    /// Credits that it counts for in the new cohort.
    pub credits: i32,
    /// Why, in words.
    pub reason: String,
}

/// What is said to answer for what, by the codes of modules: new cohort's, old cohort's.
pub type Answers = [(String, String)];

/// What of an old standing counts in a new curriculum. A module answers for the one with the same code, or for the
/// one that `answers` says; its mark must pass under the new curriculum.
pub fn map(old_title: &str, old: &LearnerStanding, new: &Curriculum, answers: &Answers) -> Vec<Mapped> {
    let mapped = |module: &super::curriculum::Module| {
        let said = answers.iter().find(|(to, _)| *to == module.code).map(|(_, from)| from.as_str());
        let from = said.unwrap_or(&module.code);
        let found = old.requirements.iter().find(|one| one.kind == RequirementKind::Module && one.subject == from);
        let not = |from: &str, reason: String| Mapped {
            module: module.code.clone(),
            from: from.to_owned(),
            carried: false,
            mark: None,
            credits: 0,
            reason,
        };
        let Some(found) = found else { return not("", format!("{old_title} has no module that answers for it")) };
        if found.state != RequirementState::Met {
            return not(from, format!("{from} of {old_title} is not passed"));
        }
        let needed = module.parts().iter().map(|part| part.pass_mark).max().unwrap_or(module.pass_mark);
        match found.best_mark {
            Some(mark) if mark.percent() < needed && !found.overridden => {
                not(from, format!("{from} of {old_title} was passed with {mark}; {needed} % are needed here"))
            }
            mark => Mapped {
                module: module.code.clone(),
                from: from.to_owned(),
                carried: true,
                mark,
                credits: module.credits,
                reason: format!("carried from {from} of {old_title}"),
            },
        }
    };
    new.modules.iter().map(mapped).collect()
}
