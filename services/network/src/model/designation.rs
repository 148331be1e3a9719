//! What the programme named an organisation to be, and how many pairings that has room for.

use std::ops::RangeInclusive;

use exemplar_kernel::{OrganisationId, Violations};
use serde::{Deserialize, Serialize};
use time::Date;

use crate::Error;

/// Places of one designation.
pub(crate) const CAPACITY: RangeInclusive<i32> = 0..=100;
/// A source's length at the most, in characters.
pub(crate) const MAX_SOURCE: usize = 500;

exemplar_kernel::id!(
    /// One designation.
    DesignationId,
    "designations"
);

exemplar_kernel::named!(
    /// What an organisation can be named.
    DesignationKind {
        /// Leads, and takes followers.
        GlobalExemplar = "GLOBAL_EXEMPLAR",
        /// A national exemplar of 2016, before it was paired.
        NationalExemplar = "NATIONAL_EXEMPLAR",
        /// Follows an exemplar.
        FastFollower = "FAST_FOLLOWER",
        /// A partner abroad.
        InternationalPartner = "INTERNATIONAL_PARTNER",
    }
);

/// One organisation named to be something from a day on, until another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Designation {
    /// Which.
    pub id: DesignationId,
    /// Who was named.
    pub organisation: OrganisationId,
    /// What it was named.
    pub kind: DesignationKind,
    /// From which day.
    pub start_date: Date,
    /// The day from which it no longer holds; none while it goes on.
    pub end_date: Option<Date>,
    /// Why it ended.
    #[serde(default)]
    pub end_reason: String,
    /// How many pairings it has room for at a time in this part.
    pub capacity: i32,
    /// How many of those places are taken.
    pub taken: i32,
    /// Where this is known from.
    pub source: String,
}

/// A designation to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDesignation {
    /// Who was named.
    pub organisation: OrganisationId,
    /// What it was named.
    pub kind: DesignationKind,
    /// From which day.
    pub start_date: Date,
    /// The day from which it no longer held, of one that is over already.
    pub end_date: Option<Date>,
    /// Why it ended.
    pub end_reason: String,
    /// How many pairings it has room for: 0 to 100.
    pub capacity: i32,
    /// Where this is known from; at most 500 characters.
    pub source: String,
}

/// Which designations a list wants; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedDesignations {
    /// Those of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Those of this kind.
    pub kind: Option<DesignationKind>,
    /// Those that have ended, or those that go on.
    pub ended: Option<bool>,
}

impl Designation {
    /// A designation with all its places free.
    pub(crate) fn record(id: DesignationId, new: NewDesignation) -> Self {
        let NewDesignation { organisation, kind, start_date, end_date, end_reason, capacity, source } = new;
        Self { id, organisation, kind, start_date, end_date, end_reason, capacity, taken: 0, source }
    }

    /// This designation, ended from a day on. Places that pairings hold stay theirs until those end.
    pub(crate) fn end(mut self, date: Date, reason: String, today: Date) -> Result<Self, Error> {
        if self.end_date.is_some() {
            return Err(Error::DesignationEnded(self.id));
        }
        let mut violations = Violations::new();
        check_end(&mut violations, "end_date", (self.start_date, date), today);
        violations.check()?;
        (self.end_date, self.end_reason) = (Some(date), reason);
        Ok(self)
    }

    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.start_date <= day && self.end_date.is_none_or(|end| day < end)
    }

    /// Whether it and another were held on the same day.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let end = |of: &Self| of.end_date.unwrap_or(Date::MAX);
        self.start_date < end(other) && other.start_date < end(self)
    }

    /// Refuses when every place is taken.
    pub(crate) fn has_room(&self) -> Result<(), Error> {
        if self.taken >= self.capacity {
            return Err(Error::CapacityFull { organisation: self.organisation.clone(), kind: self.kind });
        }
        Ok(())
    }
}

/// Notes an end that is to come, or comes before the start.
pub(crate) fn check_end(violations: &mut Violations, field: &str, (start, end): (Date, Date), today: Date) {
    if end < start {
        violations.add(field, format!("is before {start}, when it began"));
    } else if end > today {
        violations.add(field, "is to come; end it on that day");
    }
}
