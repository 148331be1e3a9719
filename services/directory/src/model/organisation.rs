//! Organisations, what matters about them, and who carries on whom.

use exemplar_kernel::{OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::profile::Profile;

/// Successions followed from a closed organisation at the most; real chains are two or three long.
pub(crate) const MAX_CHAIN: usize = 20;

/// A trust, university, partner or national body, as registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its code.
    pub id: OrganisationId,
    /// What people call it.
    pub display_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What matters when another compares itself with it.
    pub profile: Profile,
    /// The day it opened.
    pub open_date: Option<Date>,
    /// The day it closed.
    pub close_date: Option<Date>,
    /// Where these facts come from.
    pub source: String,
    /// 1 when registered, one more with every change.
    pub version: i64,
    /// When it last changed.
    pub updated: Timestamp,
}

/// What can be said of an organisation from outside: everything but its code, version and dates of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What people call it.
    pub display_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What matters about it.
    pub profile: Profile,
    /// The day it opened.
    pub open_date: Option<Date>,
    /// The day it closed.
    pub close_date: Option<Date>,
    /// Where these facts come from.
    pub source: String,
}

/// One organisation carrying on another from a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// Who ended or was taken over.
    pub predecessor: OrganisationId,
    /// Who carries it on.
    pub successor: OrganisationId,
    /// From which day.
    pub date: Date,
    /// Where this is known from.
    pub source: String,
}

/// An organisation with everybody before and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The organisation.
    pub organisation: Organisation,
    /// Who carries it on, oldest first.
    pub successors: Vec<Succession>,
    /// Whom it carries on, oldest first.
    pub predecessors: Vec<Succession>,
    /// Who carries it on today through every succession; itself while it is open.
    pub current: Vec<OrganisationId>,
}

impl Organisation {
    /// Whether it is open on `day`: it closes at the start of its closing day.
    pub fn is_open(&self, day: Date) -> bool {
        self.close_date.is_none_or(|closed| day < closed)
    }

    /// A new organisation.
    pub(crate) fn register(id: OrganisationId, draft: Draft, now: Timestamp) -> Self {
        let Draft { display_name, country, profile, open_date, close_date, source } = draft;
        Self { id, display_name, country, profile, open_date, close_date, source, version: 1, updated: now }
    }

    /// The organisation as a draft says it is, or nothing when it says what is there already.
    pub(crate) fn revised(&self, draft: Draft, now: Timestamp) -> Option<Self> {
        let revised = Self { version: self.version + 1, ..Self::register(self.id.clone(), draft, now) };
        let same = Self { version: self.version, updated: self.updated, ..revised.clone() } == *self;
        (!same).then_some(revised)
    }

    /// The organisation after another took it over on `day`; one that had closed before stays as it was.
    pub(crate) fn closed_by_succession(&self, day: Date, now: Timestamp) -> Option<Self> {
        self.close_date.is_none().then(|| Self {
            close_date: Some(day),
            version: self.version + 1,
            updated: now,
            ..self.clone()
        })
    }

    /// What is said of it, to be changed field by field.
    pub(crate) fn draft(&self) -> Draft {
        Draft {
            display_name: self.display_name.clone(),
            country: self.country.clone(),
            profile: self.profile.clone(),
            open_date: self.open_date,
            close_date: self.close_date,
            source: self.source.clone(),
        }
    }
}

/// Who carries `id` on today: follows successions to their ends. An organisation without successors is its own end.
pub(crate) fn current(id: &OrganisationId, successions: &[Succession]) -> Vec<OrganisationId> {
    let mut ends = Vec::new();
    let mut seen = vec![id.clone()];
    let mut next = 0;
    while let Some(here) = seen.get(next).cloned() {
        next += 1;
        let mut successors =
            successions.iter().filter(|s| s.predecessor == here).map(|s| s.successor.clone()).peekable();
        if successors.peek().is_none() {
            ends.push(here);
        } else {
            let unseen: Vec<_> = successors.filter(|successor| !seen.contains(successor)).collect();
            seen.extend(unseen);
        }
    }
    ends.sort();
    ends
}
