//! The verbs of the directory: authorise, decide, one transaction.

pub(crate) mod browsers;
mod lineage;
mod lookups;
pub(crate) mod maturity;
pub(crate) mod organisations;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod profiles;
pub(crate) mod sessions;
pub(crate) mod vocabularies;

use std::sync::Arc;

use exemplar_kernel::journal::Entry;
use exemplar_kernel::{Chance, Clock, Db, PersonId};

use crate::SessionSettings;
use crate::token::authenticate::Remembered;
use crate::token::issuers::Issuers;
use crate::token::keys::SigningKeys;
use passwords::Passwords;
use vocabularies::Shelves;

/// The directory's public face; cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(crate) db: Db,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) issuers: Issuers,
    pub(crate) sessions: SessionSettings,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) remembered: Arc<Remembered>,
    pub(crate) shelves: Arc<Shelves>,
}

impl Directory {
    /// A directory over an open, migrated database.
    pub fn new(db: Db, keys: SigningKeys, issuers: Issuers, sessions: SessionSettings) -> Self {
        Self {
            passwords: Arc::new(Passwords::new(db.clock().clone(), db.chance().clone())),
            remembered: Arc::new(Remembered::new()),
            shelves: Arc::default(),
            keys: Arc::new(keys),
            db,
            issuers,
            sessions,
        }
    }

    /// The clock that decides what has expired.
    pub fn clock(&self) -> &Clock {
        self.db.clock()
    }

    /// The source of ids and secrets.
    pub fn chance(&self) -> &Chance {
        self.db.chance()
    }

    /// Takes note of a change that another replica may have made: whoever it is about is looked up again, and so are
    /// the vocabularies.
    pub fn notice(&self, entry: &Entry) {
        if entry.verb.starts_with("directory.term.") {
            self.shelves.changed();
        }
        let about_rights = matches!(
            entry.verb.as_str(),
            "directory.person.set_roles"
                | "directory.person.set_network_roles"
                | "directory.person.accept_invitation"
                | "directory.person.deactivate"
                | "directory.session.end"
        );
        if about_rights && let Ok(person) = PersonId::parse(&entry.resource) {
            self.remembered.rights_changed(person);
        }
    }
}
