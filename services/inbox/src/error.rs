//! What can go wrong in an inbox.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, Violations};

use crate::model::ItemId;

/// A failure of a verb of the inbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// The directory failed.
    #[error(transparent)]
    Directory(#[from] exemplar_directory::Error),
    /// No such item, or somebody else's.
    #[error("there is no {0}")]
    ItemNotFound(ItemId),
    /// No such kind of notice.
    #[error("there is no kind of notice {0:?}")]
    KindNotFound(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::ItemNotFound(_) | Self::KindNotFound(_) => Kind::NotFound,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::Directory(error) => error.reason(),
            Self::ItemNotFound(_) => "ITEM_NOT_FOUND",
            Self::KindNotFound(_) => "KIND_NOT_FOUND",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        match self {
            Self::Kernel(error) => error.violations(),
            Self::Directory(error) => error.violations(),
            Self::ItemNotFound(_) | Self::KindNotFound(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Kernel(error) => error.retry_after(),
            Self::Directory(error) => error.retry_after(),
            Self::ItemNotFound(_) | Self::KindNotFound(_) => None,
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
