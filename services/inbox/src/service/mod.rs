//! The verbs of the inbox: authorise, decide, one transaction.

mod follow;
mod items;

use std::sync::Arc;

use exemplar_directory::Directory;
use exemplar_kernel::Db;
use exemplar_kernel::notice::{NoticeKind, Notices};

pub use items::Mark;

/// The inbox's public face; cheap to clone.
#[derive(Clone, Debug)]
pub struct Inbox {
    db: Db,
    directory: Directory,
    contexts: Arc<[Notices]>,
}

impl Inbox {
    /// An inbox over an open, migrated database, told by these contexts.
    pub fn new(db: Db, directory: Directory, contexts: impl Into<Arc<[Notices]>>) -> Self {
        Self { db, directory, contexts: contexts.into() }
    }

    /// Every kind of notice there is, tasks first.
    pub(crate) fn kinds(&self) -> Vec<&'static NoticeKind> {
        let mut kinds: Vec<_> = self.contexts.iter().flat_map(|context| context.kinds.iter().copied()).collect();
        kinds.sort_by_key(|kind| !kind.is_task);
        kinds
    }
}
