//! The verbs of the academy: authorise, decide, one transaction.

mod cohorts;
mod curricula;
mod enrolments;
pub(crate) mod records;

use exemplar_directory::Directory;
use exemplar_kernel::{Db, NetworkRole, Principal};

use crate::Error;
use crate::store::enrolments::Visible;

/// The academy's public face; cheap to clone.
#[derive(Clone, Debug)]
pub struct Academy {
    db: Db,
    directory: Directory,
}

impl Academy {
    /// An academy over an open, migrated database, whose learners are the directory's people.
    pub fn new(db: Db, directory: Directory) -> Self {
        Self { db, directory }
    }
}

/// The academy knows of everybody's training, a learner of their own.
fn visible(caller: &Principal) -> Result<Visible, Error> {
    if caller.holds_network(NetworkRole::Academy) { Ok(Visible::All) } else { Ok(Visible::Of(caller.signed_in()?)) }
}
