//! The verbs of the inbox: authorise, decide, one transaction.

mod follow;
mod items;
mod mail;

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
    /// Whether there is a way to send letters.
    mails: bool,
}

impl Inbox {
    /// An inbox over an open, migrated database, told by these contexts. `mails` says whether [`Inbox::send_mail`] will
    /// run: without it nothing waits to be sent.
    pub fn new(db: Db, directory: Directory, contexts: impl Into<Arc<[Notices]>>, mails: bool) -> Self {
        Self { db, directory, contexts: contexts.into(), mails }
    }

    /// Every kind of notice there is, tasks first.
    pub(crate) fn kinds(&self) -> Vec<&'static NoticeKind> {
        let mut kinds: Vec<_> = self.contexts.iter().flat_map(|context| context.kinds.iter().copied()).collect();
        kinds.sort_by_key(|kind| !kind.is_task);
        kinds
    }
}
