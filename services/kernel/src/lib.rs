//! The vocabulary that the contexts share: ids, time, chance, who calls, errors, pages, the database and its journal.
//!
//! A thing enters this crate when a *second* context needs it. Nothing here knows what a pairing, a blueprint or a
//! cohort is, and nothing here decides who may do what: contexts do, with these words.

pub mod chance;
pub mod clock;
pub mod day;
pub mod db;
pub mod digest;
pub mod error;
pub mod etag;
pub mod filter;
pub mod id;
pub mod journal;
pub mod money;
mod named;
pub mod notice;
pub mod page;
pub mod personal;
pub mod principal;
pub mod replay;
pub mod request;
pub mod sheet;
pub mod tail;
pub mod violations;

#[cfg(test)]
mod tests;

pub use chance::Chance;
pub use clock::{Clock, Timestamp};
pub use db::{Db, Tx, Written};
pub use error::{Error, Fault, Kind};
pub use etag::Etag;
pub use id::{OrganisationId, PersonId, SessionId};
pub use journal::{Change, Sequence};
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, Paging};
pub use principal::{NetworkRole, Principal, Role};
pub use replay::Once;
pub use tail::Tail;
pub use violations::Violations;
