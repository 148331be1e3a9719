//! Milestones: what is to be reached, by which side and by when; and word of how it goes.

use std::ops::RangeInclusive;

use exemplar_kernel::journal::Entry;
use exemplar_kernel::{OrganisationId, PersonId, Sequence, Timestamp, Violations};
use serde::{Deserialize, Serialize};
use time::Date;

use super::pairing::{Pairing, PairingId};
use super::terms::Side;
use crate::Error;

/// A title's length, in characters.
pub(crate) const TITLE: RangeInclusive<usize> = 1..=200;
/// The length of evidence, in characters.
pub(crate) const EVIDENCE: RangeInclusive<usize> = 1..=2000;
/// The length of a word of how it goes, in characters.
pub(crate) const NOTE: RangeInclusive<usize> = 1..=4000;
/// Visits that one word tells of.
pub(crate) const VISITS: RangeInclusive<i32> = 0..=100;

exemplar_kernel::named!(
    /// Where a milestone stands.
    MilestoneState {
        /// It is to be reached.
        Open = "OPEN",
        /// It was reached, and there is evidence.
        Met = "MET",
        /// It is no longer wanted.
        Dropped = "DROPPED",
    }
);

/// An event of the journal that completes a milestone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneEvent {
    /// What is done.
    pub verb: String,
    /// To which resource; none: to any.
    pub resource: Option<String>,
}

/// A milestone to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMilestone {
    /// What is to be reached.
    pub title: String,
    /// Which side is to reach it.
    pub owner: Side,
    /// By which day.
    pub due: Date,
    /// What completes it by itself.
    pub event: Option<MilestoneEvent>,
}

/// Something to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Of which pairing.
    pub pairing: PairingId,
    /// 1 for the first of a pairing.
    pub number: i32,
    /// What is to be reached.
    pub title: String,
    /// Which side is to reach it.
    pub owner: Side,
    /// By which day.
    pub due: Date,
    /// What completes it by itself.
    pub event: Option<MilestoneEvent>,
    /// Where it stands.
    pub state: MilestoneState,
    /// What shows that it was reached, or why it was dropped.
    pub evidence: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was reached or dropped.
    pub closed: Option<Timestamp>,
    /// The place of the event that completed it.
    pub sequence: Option<Sequence>,
}

/// One side's word of how it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    /// Of which pairing.
    pub pairing: PairingId,
    /// 1 for the first of a pairing.
    pub number: i32,
    /// Who speaks.
    pub organisation: OrganisationId,
    /// Who said it for them.
    pub person: Option<PersonId>,
    /// How it goes.
    pub note: String,
    /// Visits to the other side since its word before.
    pub visits: i32,
    /// When.
    pub at: Timestamp,
}

impl MilestoneEvent {
    /// Reads an event; faults are noted under `path`.
    pub(crate) fn parse(violations: &mut Violations, path: &str, verb: &str, resource: &str) -> Option<Self> {
        let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let good = verb.len() <= 100 && verb.split('.').count() == 3 && verb.split('.').all(word);
        if !good {
            violations.add(format!("{path}.verb"), "must be a verb of the journal, like blueprints.blueprint.publish");
        }
        let resource = violations.text(&format!("{path}.resource"), resource, 0..=200);
        good.then(|| Self { verb: verb.to_owned(), resource: Some(resource).filter(|text| !text.is_empty()) })
    }
}

impl Milestone {
    /// A milestone that is to be reached.
    pub(crate) fn add(pairing: PairingId, number: i32, new: NewMilestone, now: Timestamp) -> Self {
        let NewMilestone { title, owner, due, event } = new;
        let (state, evidence) = (MilestoneState::Open, String::new());
        Self { pairing, number, title, owner, due, event, state, evidence, added: now, closed: None, sequence: None }
    }

    /// The milestone as reached.
    ///
    /// # Errors
    /// [`Error::MilestoneClosed`].
    pub(crate) fn meet(self, evidence: String, sequence: Option<Sequence>, now: Timestamp) -> Result<Self, Error> {
        self.refuse_closed()?;
        Ok(Self { state: MilestoneState::Met, evidence, closed: Some(now), sequence, ..self })
    }

    /// The milestone as dropped.
    ///
    /// # Errors
    /// [`Error::MilestoneClosed`].
    pub(crate) fn drop(self, reason: String, now: Timestamp) -> Result<Self, Error> {
        self.refuse_closed()?;
        Ok(Self { state: MilestoneState::Dropped, evidence: reason, closed: Some(now), ..self })
    }

    /// Whether an entry of the journal completes it: the wanted event, after it was added, on behalf of the organisation
    /// that holds the owner's side of the pairing.
    pub(crate) fn is_met_by(&self, entry: &Entry, pairing: &Pairing) -> bool {
        let owner = pairing.terms.side(self.owner).to_string();
        self.state == MilestoneState::Open
            && pairing.state.takes_place()
            && entry.at >= self.added
            && entry.on_behalf.as_deref() == Some(owner.as_str())
            && self.event.as_ref().is_some_and(|event| {
                event.verb == entry.verb && event.resource.as_ref().is_none_or(|wanted| *wanted == entry.resource)
            })
    }

    /// Days since it was due, when it is open and overdue on `today`.
    pub(crate) fn overdue(&self, today: Date) -> Option<i64> {
        let days = (today - self.due).whole_days();
        (self.state == MilestoneState::Open && days > 0).then_some(days)
    }

    fn refuse_closed(&self) -> Result<(), Error> {
        if self.state == MilestoneState::Open {
            return Ok(());
        }
        Err(Error::MilestoneClosed { number: self.number, state: self.state })
    }
}
