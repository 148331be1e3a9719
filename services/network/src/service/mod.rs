//! The verbs of the network: authorise, decide, one transaction.

mod designations;
mod pairings;
mod partners;
mod recorded;

use exemplar_directory::Directory;
use exemplar_kernel::{Db, OrganisationId, Tx};

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
