//! What the programme named an organisation to be, and how many pairings that has room for.

use std::ops::RangeInclusive;

use exemplar_kernel::OrganisationId;
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

/// One organisation named to be something from a day on.
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
}

impl Designation {
    /// A designation with all its places free.
    pub(crate) fn record(id: DesignationId, new: NewDesignation) -> Self {
        let NewDesignation { organisation, kind, start_date, capacity, source } = new;
        Self { id, organisation, kind, start_date, capacity, taken: 0, source }
    }

    /// Refuses when every place is taken.
    pub(crate) fn has_room(&self) -> Result<(), Error> {
        if self.taken >= self.capacity {
            return Err(Error::CapacityFull { organisation: self.organisation.clone(), kind: self.kind });
        }
        Ok(())
    }
}
