//! Adoptions: one organisation doing what one revision describes, how far it has come, what it kept and changed, and
//! how it went. Pure.

use std::collections::BTreeMap;

use exemplar_kernel::OrganisationId;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{BlueprintId, Content, RevisionNumber, SectionKind};
use crate::Error;

exemplar_kernel::id!(
    /// One adoption.
    AdoptionId,
    "adoptions"
);

exemplar_kernel::named!(
    /// How far an adoption has come; the order is the only way through.
    AdoptionState {
        /// Reading and asking.
        Considering = "CONSIDERING",
        /// It will be done.
        Planned = "PLANNED",
        /// It is being done.
        InProgress = "IN_PROGRESS",
        /// It is in use.
        Live = "LIVE",
        /// It was given up, before or after it was in use.
        Stopped = "STOPPED",
    }
);
exemplar_kernel::named!(
    /// Why an adoption was stopped. The journal carries it, so that what readers lack can be counted.
    StopReason {
        /// The blueprint left open what the adopter needed to know.
        WantOfGuidance = "WANT_OF_GUIDANCE",
        /// There was no money.
        WantOfFunding = "WANT_OF_FUNDING",
        /// There was nobody to do it.
        WantOfPeople = "WANT_OF_PEOPLE",
        /// It does not fit the systems that are there.
        TechnicalFit = "TECHNICAL_FIT",
        /// Safety or information governance forbade it.
        Safety = "SAFETY",
        /// Something else came first.
        Priorities = "PRIORITIES",
        /// Another way, or another product, replaced it.
        Replaced = "REPLACED",
        /// None of these; the words say.
        Other = "OTHER",
    }
);
exemplar_kernel::named!(
    /// What an adopter did with one section.
    SectionDecision {
        /// Done as it says.
        Kept = "KEPT",
        /// Done in another way.
        Adapted = "ADAPTED",
        /// Left out.
        Dropped = "DROPPED",
    }
);

/// A day on which an adoption reached a state, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which state.
    pub state: AdoptionState,
    /// On which day.
    pub date: Date,
    /// Why it stopped; only then.
    pub stop: Option<StopReason>,
    /// Why, in words.
    pub reason: String,
}

/// What was decided about a section, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What.
    pub decision: SectionDecision,
    /// Why.
    pub why: String,
}

/// How it went by one measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The benefit of the blueprint that it is measured against; empty when nobody expected it.
    pub benefit: String,
    /// What was measured, in words; for a benefit, what the blueprint calls it.
    pub measure: String,
    /// How it was before.
    pub baseline: String,
    /// How it is now.
    pub result: String,
    /// When it was measured.
    pub date: Date,
    /// Which organisation measured it.
    pub measured_by: OrganisationId,
    /// Who there, in words.
    pub measurer: String,
}

/// One organisation's adoption of one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// Which.
    pub id: AdoptionId,
    /// Of which blueprint.
    pub blueprint: BlueprintId,
    /// Of which revision.
    pub revision: RevisionNumber,
    /// Who adopts.
    pub organisation: OrganisationId,
    /// How far it has come.
    pub state: AdoptionState,
    /// Whether others may ask the adopter about it.
    pub willing: bool,
    /// How the adopter goes about it.
    pub plan: String,
    /// What was decided, by section.
    pub decisions: BTreeMap<SectionKind, Decided>,
    /// How it came here, oldest first.
    pub steps: Vec<Step>,
    /// How it went, in the order it was recorded.
    pub outcomes: Vec<Outcome>,
    /// 1 when it began, one more with every change.
    pub version: i64,
}

/// Starts an adoption.
#[derive(Clone, Debug)]
pub struct Adopt {
    /// Of which blueprint.
    pub blueprint: BlueprintId,
    /// Of which revision; none: the newest.
    pub revision: Option<RevisionNumber>,
    /// Who adopts.
    pub organisation: OrganisationId,
    /// How far it has come already.
    pub state: AdoptionState,
    /// Since when.
    pub date: Date,
    /// Why, in words.
    pub reason: String,
    /// How the adopter goes about it.
    pub plan: String,
    /// Whether others may ask the adopter about it.
    pub willing: bool,
}

/// What is to be changed of an adoption.
#[derive(Clone, Debug, Default)]
pub struct AdoptionUpdate {
    /// See [`Adoption::plan`].
    pub plan: Option<String>,
    /// See [`Adoption::willing`].
    pub willing: Option<bool>,
    /// See [`Adoption::revision`]; only a newer one.
    pub revision: Option<RevisionNumber>,
}

/// Outcomes of one adoption at the most.
pub const MAX_OUTCOMES: usize = 100;

/// An organisation that has a blueprint live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// What it has live.
    pub blueprint: BlueprintId,
    /// Who.
    pub organisation: OrganisationId,
    /// What it is called.
    pub display_name: String,
    /// Whether it may be asked about it.
    pub willing: bool,
}

impl Adoption {
    /// A new adoption.
    pub(crate) fn begin(id: AdoptionId, adopt: Adopt, revision: RevisionNumber, today: Date) -> Result<Self, Error> {
        let Adopt { blueprint, organisation, state, date, reason, plan, willing, .. } = adopt;
        if state == AdoptionState::Stopped {
            return Err(Error::AdoptionStep { from: None, to: state });
        }
        not_in_future(date, today)?;
        let steps = vec![Step { state, date, stop: None, reason }];
        let (decisions, outcomes) = (BTreeMap::new(), Vec::new());
        Ok(Self { id, blueprint, revision, organisation, state, willing, plan, decisions, steps, outcomes, version: 1 })
    }

    /// Goes on to a later state. States may be skipped: a trust that tells late tells what is so now.
    pub(crate) fn advance(&self, to: AdoptionState, date: Date, reason: String, today: Date) -> Result<Self, Error> {
        if to == AdoptionState::Stopped {
            return Err(Error::AdoptionStep { from: Some(self.state), to });
        }
        self.step(Step { state: to, date, stop: None, reason }, today)
    }

    /// Gives it up, from any state.
    pub(crate) fn stop(&self, why: StopReason, date: Date, reason: String, today: Date) -> Result<Self, Error> {
        self.step(Step { state: AdoptionState::Stopped, date, stop: Some(why), reason }, today)
    }

    fn step(&self, step: Step, today: Date) -> Result<Self, Error> {
        if step.state <= self.state {
            return Err(Error::AdoptionStep { from: Some(self.state), to: step.state });
        }
        not_in_future(step.date, today)?;
        if let Some(last) = self.steps.last().filter(|last| step.date < last.date) {
            return Err(Error::DateBeforeLast(last.date));
        }
        let mut after = self.clone();
        after.state = step.state;
        after.steps.push(step);
        after.version += 1;
        Ok(after)
    }

    /// Changes what its mask names.
    pub(crate) fn update(&self, update: AdoptionUpdate) -> Result<Self, Error> {
        self.still_runs()?;
        if let Some(revision) = update.revision
            && revision < self.revision
        {
            return Err(Error::RevisionOlder { revision, adopted: self.revision });
        }
        Ok(Self {
            plan: update.plan.unwrap_or_else(|| self.plan.clone()),
            willing: update.willing.unwrap_or(self.willing),
            revision: update.revision.unwrap_or(self.revision),
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// Decides about some sections of the adopted revision; about the others it stays decided as it was.
    pub(crate) fn decide(&self, decided: BTreeMap<SectionKind, Decided>, content: &Content) -> Result<Self, Error> {
        self.still_runs()?;
        if let Some(missing) = decided.keys().find(|kind| !content.sections.contains_key(kind)) {
            return Err(Error::SectionNotFound { revision: self.revision, section: *missing });
        }
        let mut after = self.clone();
        after.decisions.extend(decided);
        after.version += 1;
        Ok(after)
    }

    /// Records how it went. A stopped adoption may still tell: how it ended is worth as much.
    pub(crate) fn record(&self, outcome: Outcome, today: Date) -> Result<Self, Error> {
        not_in_future(outcome.date, today)?;
        if self.outcomes.len() >= MAX_OUTCOMES {
            return Err(Error::OutcomesFull);
        }
        let mut after = self.clone();
        after.outcomes.push(outcome);
        after.version += 1;
        Ok(after)
    }

    /// The sections that a newer revision matters in: those that were kept or adapted.
    pub fn follows(&self, section: SectionKind) -> bool {
        self.decisions.get(&section).is_some_and(|decided| decided.decision != SectionDecision::Dropped)
    }

    /// The sections that were kept or adapted and that say another thing in a newer revision.
    pub fn touched<'a>(&'a self, adopted: &'a Content, newer: &'a Content) -> impl Iterator<Item = SectionKind> + 'a {
        let differs = |kind: &SectionKind| adopted.sections.get(kind) != newer.sections.get(kind);
        self.decisions.keys().copied().filter(|kind| self.follows(*kind)).filter(move |kind| differs(kind))
    }

    /// Whether somebody who is neither the adopter nor the author measured it.
    pub fn is_independent(&self, outcome: &Outcome, author: &OrganisationId) -> bool {
        outcome.measured_by != self.organisation && outcome.measured_by != *author
    }

    fn still_runs(&self) -> Result<(), Error> {
        if self.state == AdoptionState::Stopped { Err(Error::AdoptionStopped) } else { Ok(()) }
    }
}

fn not_in_future(date: Date, today: Date) -> Result<(), Error> {
    if date > today { Err(Error::DateInFuture(date)) } else { Ok(()) }
}
