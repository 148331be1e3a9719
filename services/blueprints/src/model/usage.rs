//! How much a blueprint is used, told to its authors so that nobody can be singled out. Pure.

use std::time::Duration;

use exemplar_kernel::{OrganisationId, PersonId, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BlueprintId;

/// Fewer readers of an organisation than this are not told apart: a small number would say who they are.
pub const SMALLEST: u64 = 5;
/// How long a reading or a download is remembered; a sweep forgets what is older.
pub const RETENTION: Duration = Duration::from_hours(400 * 24);

exemplar_kernel::named!(
    /// What is counted of people.
    Use {
        /// A released revision was opened.
        Read = "READ",
        /// A file or an export was fetched.
        Download = "DOWNLOAD",
    }
);

/// The people of one organisation who did something, and how often they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whose people; none for those who had not signed in, or are of no organisation.
    pub organisation: Option<OrganisationId>,
    /// Different people.
    pub people: u64,
    /// How often.
    pub times: u64,
}

/// What an author may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Organisations with at least [`SMALLEST`] different people, most first: code, people, times.
    pub organisations: Vec<(OrganisationId, u64, u64)>,
    /// How many organisations have fewer.
    pub smaller: u64,
    /// The people of all those together; none when they are fewer than [`SMALLEST`] and more than none.
    pub smaller_people: Option<u64>,
    /// How often it was done by people who had not signed in, or are of no organisation. They cannot be told apart.
    pub anonymous_times: u64,
}

/// Folds what would be too small to tell.
pub fn told(counted: Vec<Counted>) -> Told {
    let mut told = Told::default();
    let mut small = 0;
    for Counted { organisation, people, times } in counted {
        match organisation {
            None => told.anonymous_times += times,
            Some(organisation) if people >= SMALLEST => told.organisations.push((organisation, people, times)),
            Some(_) => {
                told.smaller += 1;
                small += people;
            }
        }
    }
    told.organisations.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    // One small organisation could be read off the sum, however it is named: the sum needs two and enough people.
    told.smaller_people = match told.smaller {
        0 => Some(0),
        1 => None,
        _ => Some(small).filter(|small| *small >= SMALLEST),
    };
    told
}

/// A name for a reader that is the same for one blueprint and another for each other one, so that rows of use do not
/// say what one person reads.
pub(crate) fn reader(blueprint: BlueprintId, person: PersonId) -> Uuid {
    let hash = digest::of([b"reader".as_slice(), blueprint.uuid().as_bytes(), person.uuid().as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes)
}
