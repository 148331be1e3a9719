//! The verbs of the network: authorise, decide, one transaction.

pub(crate) mod agreements;
pub(crate) mod awards;
mod designations;
mod expressions;
mod follow;
mod matchings;
mod milestones;
mod pairings;
mod partners;
mod rankings;
pub(crate) mod recorded;
mod reminders;
mod rounds;
pub(crate) mod steps;
mod succession;
pub(crate) mod suggestions;
pub(crate) mod view;

use exemplar_directory::Directory;
use exemplar_kernel::{Db, OrganisationId, Timestamp, Tx};

use crate::Error;

/// The network's public face; cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    db: Db,
    directory: Directory,
}

impl Network {
    /// A network over an open, migrated database.
    pub fn new(db: Db, directory: Directory) -> Self {
        Self { db, directory }
    }

    /// The present instant, by which rounds open and close.
    pub(crate) fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// Refuses an organisation that is not registered, or has closed.
    async fn open(&self, tx: &Tx, organisation: &OrganisationId) -> Result<(), Error> {
        self.directory.open_organisation(&**tx, organisation).await?;
        Ok(())
    }

    /// Refuses an organisation that is not registered. One that has closed was there at its time.
    async fn registered(&self, tx: &Tx, organisation: &OrganisationId) -> Result<(), Error> {
        match self.open(tx, organisation).await {
            Err(Error::Directory(exemplar_directory::Error::OrganisationClosed(_))) => Ok(()),
            verdict => verdict,
        }
    }
}
