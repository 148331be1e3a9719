//! Expressions of interest: who takes part in a round, what they offer, how they were scored, what was decided, and who
//! may know how much of it.

use std::ops::RangeInclusive;

use exemplar_kernel::{NetworkRole, OrganisationId, PersonId, Principal, Role, Timestamp, Violations};
use serde::{Deserialize, Serialize};

use super::round::{Call, Disclosure, Round, RoundId};
use crate::Error;

/// A statement's and a piece of evidence's length, in characters.
pub(crate) const STATEMENT: RangeInclusive<usize> = 1..=5000;
/// Organisations that take part together at the most.
pub(crate) const MAX_TOGETHER: usize = 5;
/// A comment's length at the most, in characters.
pub(crate) const MAX_COMMENT: usize = 2000;
/// People who score an expression.
pub(crate) const SCORERS: usize = 2;

exemplar_kernel::id!(
    /// One expression of interest.
    ExpressionId,
    "expressions"
);

exemplar_kernel::named!(
    /// Where an expression stands.
    ExpressionState {
        /// It takes part.
        Submitted = "SUBMITTED",
        /// It was taken back.
        Withdrawn = "WITHDRAWN",
        /// It was chosen.
        Chosen = "CHOSEN",
        /// It was not chosen.
        NotChosen = "NOT_CHOSEN",
    }
);

/// What is offered as evidence for one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The criterion's code.
    pub criterion: String,
    /// The evidence.
    pub text: String,
}

/// The points for one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// The criterion's code.
    pub criterion: String,
    /// The points.
    pub points: i32,
}

/// One scorer's sheet; without points until it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Who scores; hidden where it is none.
    pub scorer: Option<PersonId>,
    /// The points.
    pub points: Vec<Points>,
    /// What the scorer wrote.
    pub comment: String,
}

/// An expression as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExpression {
    /// In which round.
    pub round: RoundId,
    /// Who takes part, the one that leads first.
    pub organisations: Vec<OrganisationId>,
    /// Why.
    pub statement: String,
    /// What they offer for each criterion.
    pub evidence: Vec<Evidence>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why.
    pub reason: String,
    /// Who of them is designated.
    pub designated: Vec<OrganisationId>,
    /// How many pairings each of those has room for.
    pub capacity: i32,
}

/// An expression of interest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// Which.
    pub id: ExpressionId,
    /// In which round.
    pub round: RoundId,
    /// Who takes part, the one that leads first.
    pub organisations: Vec<OrganisationId>,
    /// Why.
    pub statement: String,
    /// What they offer for each criterion.
    pub evidence: Vec<Evidence>,
    /// Where it stands.
    pub state: ExpressionState,
    /// Why it was withdrawn.
    pub withdrawal: String,
    /// The sheets, by scorer.
    pub sheets: Vec<Sheet>,
    /// The points that moderation set.
    pub moderation: Option<Sheet>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// 1 when submitted, one more with every change.
    pub version: i64,
}

impl Call {
    /// A sheet's points times weights, added up.
    pub fn total(&self, points: &[Points]) -> i64 {
        let weight =
            |code: &str| self.criteria.iter().find(|own| own.code == code).map_or(0, |own| i64::from(own.weight));
        points.iter().map(|points| weight(&points.criterion) * i64::from(points.points)).sum()
    }

    /// Notes what is wrong with a sheet's codes, and refuses points outside of the scale.
    pub(crate) fn check_points(&self, points: &[Points]) -> Result<(), Error> {
        let mut violations = Violations::new();
        self.check_codes(&mut violations, "points", points.iter().map(|points| points.criterion.as_str()));
        violations.check()?;
        match points.iter().find(|points| !(0..=self.score_max).contains(&points.points)) {
            Some(outside) => Err(Error::ScoreOutOfScale {
                criterion: outside.criterion.clone(),
                points: outside.points,
                most: self.score_max,
            }),
            None => Ok(()),
        }
    }
}

impl Sheet {
    /// Whether it is in.
    pub fn is_in(&self) -> bool {
        !self.points.is_empty()
    }
}

impl Expression {
    /// An expression that takes part.
    pub(crate) fn submit(id: ExpressionId, new: NewExpression, now: Timestamp) -> Self {
        let NewExpression { round, organisations, statement, evidence } = new;
        Self {
            id,
            round,
            organisations,
            statement,
            evidence,
            state: ExpressionState::Submitted,
            withdrawal: String::new(),
            sheets: Vec::new(),
            moderation: None,
            decision: None,
            submitted: now,
            version: 1,
        }
    }

    /// Refuses one that was taken back.
    pub(crate) fn takes_part(&self) -> Result<(), Error> {
        self.refuse(self.state == ExpressionState::Withdrawn, "was withdrawn")
    }

    /// The expression taken back.
    pub(crate) fn withdraw(self, reason: String) -> Result<Self, Error> {
        self.takes_part()?;
        let state = ExpressionState::Withdrawn;
        Ok(Self { state, withdrawal: reason, version: self.version + 1, ..self })
    }

    /// The expression with its two scorers, unless scoring has begun.
    pub(crate) fn assign(self, scorers: [PersonId; SCORERS]) -> Result<Self, Error> {
        self.takes_part()?;
        self.refuse(self.sheets.iter().any(Sheet::is_in), "has been scored")?;
        let sheet = |scorer| Sheet { scorer: Some(scorer), points: Vec::new(), comment: String::new() };
        Ok(Self { sheets: scorers.into_iter().map(sheet).collect(), version: self.version + 1, ..self })
    }

    /// The expression with one more sheet in.
    pub(crate) fn score(mut self, scorer: PersonId, points: Vec<Points>, comment: String) -> Result<Self, Error> {
        self.takes_part()?;
        self.refuse(self.decision.is_some(), "is decided")?;
        let own = self.sheets.iter_mut().find(|sheet| sheet.scorer == Some(scorer));
        let Some(sheet) = own else { return Err(Error::ExpressionNotFound(self.id)) };
        if sheet.is_in() {
            return Err(Error::ScoreExists(self.id));
        }
        (sheet.points, sheet.comment) = (points, comment);
        self.version += 1;
        Ok(self)
    }

    /// Refuses until both sheets are in.
    pub(crate) fn scored(&self) -> Result<(), Error> {
        let both = self.sheets.len() == SCORERS && self.sheets.iter().all(Sheet::is_in);
        if both { Ok(()) } else { Err(Error::ScoresMissing(self.id)) }
    }

    /// Whether the sheets differ by more than the round allows.
    pub(crate) fn needs_moderation(&self, call: &Call) -> bool {
        let totals = self.sheets.iter().map(|sheet| call.total(&sheet.points));
        let (most, least) = (totals.clone().max().unwrap_or(0), totals.min().unwrap_or(0));
        (most - least) * 100 > i64::from(call.moderation_percent) * call.maximum()
    }

    /// The expression with the points that count.
    pub(crate) fn moderate(self, points: Vec<Points>, reason: String) -> Result<Self, Error> {
        self.takes_part()?;
        self.scored()?;
        self.refuse(self.decision.is_some(), "is decided")?;
        let moderation = Some(Sheet { scorer: None, points, comment: reason });
        Ok(Self { moderation, version: self.version + 1, ..self })
    }

    /// The expression decided.
    pub(crate) fn decide(self, call: &Call, mut decision: Decision) -> Result<Self, Error> {
        self.takes_part()?;
        self.scored()?;
        if self.moderation.is_none() && self.needs_moderation(call) {
            return Err(Error::ModerationNeeded(self.id));
        }
        let mut violations = Violations::new();
        for (at, organisation) in decision.designated.iter().enumerate() {
            let field = format!("designated[{at}]");
            if !self.organisations.contains(organisation) {
                violations.add(field, "does not take part in this expression");
            } else if decision.designated[..at].contains(organisation) {
                violations.add(field, "is there twice");
            }
        }
        if !decision.chosen && !decision.designated.is_empty() {
            violations.add("designated", "is for expressions that are chosen");
        }
        violations.check()?;
        if decision.chosen && decision.designated.is_empty() {
            decision.designated.clone_from(&self.organisations);
        }
        let state = if decision.chosen { ExpressionState::Chosen } else { ExpressionState::NotChosen };
        Ok(Self { state, decision: Some(decision), version: self.version + 1, ..self })
    }

    fn refuse(&self, wrong: bool, because: &'static str) -> Result<(), Error> {
        if wrong { Err(Error::ExpressionState { expression: self.id, because }) } else { Ok(()) }
    }

    /// The expression as `caller` may see it: PROGRAMME all; its own organisations what they handed in, and once the
    /// round is published what came of it; its scorers the same and their own sheet, both when both are in; everybody
    /// else what a published round declared. A withdrawn one is its organisations' and PROGRAMME's own.
    pub(crate) fn seen_by(self, caller: &Principal, round: &Round) -> Option<Self> {
        if caller.holds_network(NetworkRole::Programme) {
            return Some(self);
        }
        let published = round.published.is_some();
        if self.organisations.iter().any(|organisation| caller.holds(Role::Member, organisation)) {
            return Some(if published { self.anonymous_sheets() } else { self.undecided(None) });
        }
        let scores = caller.person.is_some_and(|person| self.sheets.iter().any(|sheet| sheet.scorer == Some(person)));
        if scores && self.state != ExpressionState::Withdrawn {
            let person = caller.person;
            return Some(if published { self } else { self.undecided(person) });
        }
        let chosen = self.state == ExpressionState::Chosen;
        let all = self.state != ExpressionState::Withdrawn && round.call.disclosure == Disclosure::Everything;
        (published && (chosen || all)).then(|| self.public(round.call.disclosure))
    }

    /// Without what is told when the round is published; with the sheets that a scorer may see.
    fn undecided(self, scorer: Option<PersonId>) -> Self {
        let state = if self.state == ExpressionState::Withdrawn { self.state } else { ExpressionState::Submitted };
        let both = self.scored().is_ok();
        let own = |sheet: &Sheet| scorer.is_some() && (both || sheet.scorer == scorer);
        let sheets = self.sheets.iter().filter(|sheet| own(sheet)).cloned().collect();
        Self { state, sheets, moderation: None, decision: None, ..self }
    }

    fn anonymous_sheets(self) -> Self {
        let bare = |sheet: Sheet| Sheet { scorer: None, comment: String::new(), ..sheet };
        Self { sheets: self.sheets.into_iter().map(bare).collect(), ..self }
    }

    fn public(self, disclosure: Disclosure) -> Self {
        let bare = Self { statement: String::new(), evidence: Vec::new(), ..self.anonymous_sheets() };
        match disclosure {
            Disclosure::Chosen => Self { sheets: Vec::new(), moderation: None, ..bare },
            Disclosure::Scores | Disclosure::Everything => bare,
        }
    }
}
