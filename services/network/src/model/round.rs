//! Rounds: calls with published criteria, and where they stand by the clock.

use std::ops::RangeInclusive;

use exemplar_kernel::{OrganisationId, Timestamp, Violations};
use serde::{Deserialize, Serialize};

use crate::{DesignationKind, Error};

/// A title's length, in characters.
pub(crate) const TITLE: RangeInclusive<usize> = 1..=200;
/// A description's length at the most, in characters.
pub(crate) const MAX_DESCRIPTION: usize = 2000;
/// Criteria of a round.
pub(crate) const CRITERIA: RangeInclusive<usize> = 1..=20;
/// A code's length at the most, in characters.
pub(crate) const MAX_CODE: usize = 40;
/// How much a criterion counts.
pub(crate) const WEIGHT: RangeInclusive<i32> = 1..=100;
/// The most points for a criterion.
pub(crate) const SCORE_MAX: RangeInclusive<i32> = 1..=100;
/// The difference that is moderated, in percent.
pub(crate) const PERCENT: RangeInclusive<i32> = 0..=100;
/// Organisations that one round invites at the most.
pub(crate) const MAX_INVITED: usize = 500;
/// Care settings of a round at the most.
pub(crate) const MAX_SETTINGS: usize = 20;

exemplar_kernel::id!(
    /// One round.
    RoundId,
    "rounds"
);

exemplar_kernel::named!(
    /// How much of a published round everybody sees.
    Disclosure {
        /// Who was chosen, and why.
        Chosen = "CHOSEN",
        /// Who was chosen, why, and with which scores.
        Scores = "SCORES",
        /// Everybody who took part, with scores and reasons.
        Everything = "EVERYTHING",
    }
);
exemplar_kernel::named!(
    /// Where a round stands.
    RoundState {
        /// It has not opened yet.
        Planned = "PLANNED",
        /// Expressions of interest may come.
        Open = "OPEN",
        /// It takes no more.
        Closed = "CLOSED",
        /// Its outcome is public.
        Published = "PUBLISHED",
    }
);

/// What expressions are scored on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// A short code, unique in the round.
    pub code: String,
    /// Its name.
    pub title: String,
    /// What is looked for.
    pub description: String,
    /// How much its points count.
    pub weight: i32,
}

/// An organisation that may take part by invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundInvitation {
    /// Who.
    pub organisation: OrganisationId,
    /// Why it was invited after the list was made; empty for those on the list.
    pub reason: String,
}

/// A call for expressions of interest, as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What it is called.
    pub title: String,
    /// What the chosen are designated.
    pub designation: DesignationKind,
    /// What expressions are scored on.
    pub criteria: Vec<Criterion>,
    /// Only organisations of one of these may take part; empty: of any.
    pub care_settings: Vec<String>,
    /// Whether anybody eligible may take part.
    pub open_door: bool,
    /// When it opens.
    pub opens: Timestamp,
    /// When it closes.
    pub closes: Timestamp,
    /// How much of its outcome will be public.
    pub disclosure: Disclosure,
    /// Points for a criterion go from 0 to this.
    pub score_max: i32,
    /// Sheets that differ by more than this share of all points are moderated.
    pub moderation_percent: i32,
    /// Where this is known from.
    pub source: String,
}

/// A round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Which.
    pub id: RoundId,
    /// What was announced.
    pub call: Call,
    /// The invited, by code; not read for lists.
    pub invitations: Vec<RoundInvitation>,
    /// When its outcome was published.
    pub published: Option<Timestamp>,
    /// 1 when created, one more with every change.
    pub version: i64,
}

impl Call {
    /// Notes what is wrong with it as a whole.
    pub(crate) fn check(&self, violations: &mut Violations, field: &str) {
        if self.closes <= self.opens {
            violations.add(format!("{field}.close_time"), "must be after the round opens");
        }
        for (at, criterion) in self.criteria.iter().enumerate() {
            if self.criteria[..at].iter().any(|other| other.code == criterion.code) {
                violations.add(format!("{field}.criteria[{at}].code"), "is there twice");
            }
        }
    }

    /// The most points that a sheet can have.
    pub fn maximum(&self) -> i64 {
        i64::from(self.score_max) * self.criteria.iter().map(|criterion| i64::from(criterion.weight)).sum::<i64>()
    }

    /// Notes codes that are unknown, there twice or missing.
    pub(crate) fn check_codes<'a>(
        &self,
        violations: &mut Violations,
        field: &str,
        codes: impl Iterator<Item = &'a str>,
    ) {
        let mut seen = Vec::new();
        for (at, code) in codes.enumerate() {
            let field = format!("{field}[{at}].criterion");
            if seen.contains(&code) {
                violations.add(field, "is there twice");
            } else if !self.criteria.iter().any(|criterion| criterion.code == code) {
                violations.add(field, "is no criterion of the round");
            }
            seen.push(code);
        }
        for criterion in self.criteria.iter().filter(|criterion| !seen.contains(&criterion.code.as_str())) {
            violations.add(field, format!("lacks the criterion {}", criterion.code));
        }
    }
}

impl Round {
    /// A round that was just created.
    pub(crate) fn create(id: RoundId, call: Call, invited: Vec<OrganisationId>) -> Self {
        let invitation = |organisation| RoundInvitation { organisation, reason: String::new() };
        let invitations = invited.into_iter().map(invitation).collect();
        Self { id, call, invitations, published: None, version: 1 }
    }

    /// Where it stands.
    pub fn state(&self, now: Timestamp) -> RoundState {
        match self.published {
            Some(_) => RoundState::Published,
            None if now < self.call.opens => RoundState::Planned,
            None if now < self.call.closes => RoundState::Open,
            None => RoundState::Closed,
        }
    }

    /// Refuses unless it stands at one of these.
    pub(crate) fn must_be(&self, states: &[RoundState], now: Timestamp) -> Result<(), Error> {
        let state = self.state(now);
        if states.contains(&state) { Ok(()) } else { Err(Error::RoundState { round: self.id, state }) }
    }

    /// Refuses an organisation that may not take part, by what care it gives.
    pub(crate) fn admits(&self, organisation: &OrganisationId, care_settings: &[String]) -> Result<(), Error> {
        let invited = self.invitations.iter().any(|invitation| invitation.organisation == *organisation);
        if !self.call.open_door && !invited {
            return Err(Error::NotInvited { round: self.id, organisation: organisation.clone() });
        }
        let wanted = &self.call.care_settings;
        // "Mental Health" and mental-health are one kind of care.
        let key = |setting: &String| setting.to_lowercase().replace(' ', "-");
        let is_wanted = |setting: &String| wanted.iter().any(|wanted| key(wanted) == key(setting));
        if !wanted.is_empty() && !care_settings.iter().any(is_wanted) {
            return Err(Error::NotEligible { round: self.id, organisation: organisation.clone() });
        }
        Ok(())
    }
}
