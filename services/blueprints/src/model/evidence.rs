//! The evidence ladder: how far a blueprint has proved itself, computed from what adopters recorded and never typed.
//!
//! claimed -> reviewed -> live at one other trust -> live at n trusts in m contexts -> independently measured. Only what
//! is live now counts, so that it falls when adopters stop. Pure, and the same whatever the order of the records.

use std::collections::{BTreeMap, BTreeSet};

use exemplar_kernel::OrganisationId;
use serde::{Deserialize, Serialize};

use super::adoption::AdoptionState;

exemplar_kernel::named!(
    /// The rungs of the ladder, lowest first.
    Rung {
        /// Its authors say so.
        Claimed = "CLAIMED",
        /// Others have assured it.
        Reviewed = "REVIEWED",
        /// In use at one other organisation.
        LiveAtOne = "LIVE_AT_ONE",
        /// In use at several.
        LiveAtSeveral = "LIVE_AT_SEVERAL",
        /// In use, and somebody who is neither adopter nor author has measured the outcome.
        IndependentlyMeasured = "INDEPENDENTLY_MEASURED",
    }
);

/// Where an adopter works: two that agree in both are the same context.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Setting {
    /// Its care settings, sorted.
    pub care_settings: Vec<String>,
    /// The product of its electronic patient record, as its profile names it.
    pub epr_product: String,
}

/// What one adoption says for the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who adopted.
    pub organisation: OrganisationId,
    /// How far it has come.
    pub state: AdoptionState,
    /// Where it works.
    pub setting: Setting,
    /// Whether an independent outcome was recorded.
    pub measured: bool,
}

/// How far a blueprint has proved itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The highest rung that holds.
    pub rung: Rung,
    /// Other organisations at which it is live.
    pub live: usize,
    /// Contexts that those work in.
    pub contexts: usize,
    /// Those of them with an independent measurement.
    pub measured: usize,
    /// Other organisations that gave it up and have it not live.
    pub stopped: usize,
    /// Whether it was assured by others.
    pub reviewed: bool,
}

impl Evidence {
    /// Climbs the ladder. Records of the author itself count for nothing.
    pub fn of(author: &OrganisationId, reviewed: bool, records: &[Record]) -> Self {
        let others = || records.iter().filter(|record| record.organisation != *author);
        let mut live: BTreeMap<&OrganisationId, (BTreeSet<&Setting>, bool)> = BTreeMap::new();
        for record in others().filter(|record| record.state == AdoptionState::Live) {
            let (settings, measured) = live.entry(&record.organisation).or_default();
            settings.insert(&record.setting);
            *measured |= record.measured;
        }
        let stopped: BTreeSet<_> = others()
            .filter(|record| record.state == AdoptionState::Stopped && !live.contains_key(&record.organisation))
            .map(|record| &record.organisation)
            .collect();
        let contexts: BTreeSet<_> = live.values().flat_map(|(settings, _)| settings.iter().copied()).collect();
        let measured = live.values().filter(|(_, measured)| *measured).count();
        let rung = match live.len() {
            0 if reviewed => Rung::Reviewed,
            0 => Rung::Claimed,
            _ if measured > 0 => Rung::IndependentlyMeasured,
            1 => Rung::LiveAtOne,
            _ => Rung::LiveAtSeveral,
        };
        Self { rung, live: live.len(), contexts: contexts.len(), measured, stopped: stopped.len(), reviewed }
    }

    /// Why it stands where it stands, in words.
    pub fn reason(&self) -> String {
        let many = |count: usize, one: &str, more: &str| match count {
            1 => format!("one {one}"),
            count => format!("{count} {more}"),
        };
        let mut reason = match self.rung {
            Rung::Claimed => "Its authors say so; nobody else has it live or has assured it".to_owned(),
            Rung::Reviewed => "Assured by others; nobody else has it live".to_owned(),
            Rung::LiveAtOne => "Live at one other organisation".to_owned(),
            Rung::LiveAtSeveral | Rung::IndependentlyMeasured => format!(
                "Live at {} in {}",
                many(self.live, "other organisation", "other organisations"),
                many(self.contexts, "context", "contexts")
            ),
        };
        if self.measured > 0 {
            let at = many(self.measured, "of them", "of them");
            reason.push_str(&format!("; measured independently at {at}"));
        }
        if self.stopped > 0 {
            reason.push_str(&format!("; {} gave it up", many(self.stopped, "organisation", "organisations")));
        }
        reason.push('.');
        reason
    }
}
