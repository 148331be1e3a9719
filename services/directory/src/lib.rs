//! Who, and in which words: organisations and their succession, people and their roles, signing in, vocabularies.
//!
//! [`Directory`] is the context's public face. Every other context asks it who an organisation or a person is, and the
//! server's authentication layer asks it whose a token is.

mod api;
mod error;
mod model;
mod service;
mod store;
mod token;

#[cfg(test)]
mod tests;

pub use api::{maturity, organisations, people, profiles, sessions, vocabularies};
pub use error::Error;
pub use model::import::{Outcome, RowVerdict};
pub use model::maturity::{Framework, Level, Made, Maturity, MaturityId, NewMaturity};
pub use model::organisation::{Draft, Organisation, Registered, Succession};
pub use model::person::{Invitation, Person, Roles, email};
pub use model::profile::{Comparable, Profile, ProfileUpdate, RecordSystem};
pub use model::vocabulary::change::{ChangeKind, NewTerm, TermUpdate, VocabularyChange};
pub use model::vocabulary::{Label, Merge, NotATerm, Resolved, Term, TermId, TermState, Vocabularies, Vocabulary};
pub use service::Directory;
pub use service::browsers::Cookie;
pub use service::people::{Accept, Credential, Invite, SetNetworkRoles, SetRoles};
pub use service::sessions::{SessionSettings, Tokens};
pub use token::issuers::{IssuerSettings, Issuers};
pub use token::keys::SigningKeys;
pub use token::ring::{KeyRing, PublicKey};
