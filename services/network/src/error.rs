//! What can go wrong in the network.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, OrganisationId, Violations};

use crate::{DesignationKind, PairKey, PairingId, PairingState, Step};

/// A failure of a verb of the network.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// The directory refused an organisation.
    #[error(transparent)]
    Directory(#[from] exemplar_directory::Error),
    /// It has been named that before.
    #[error("{organisation} is designated {kind} already")]
    DesignationExists {
        /// Who.
        organisation: OrganisationId,
        /// What it was named.
        kind: DesignationKind,
    },
    /// A pairing of this kind takes a designation that the organisation does not have.
    #[error("{organisation} is not designated {kind}")]
    NotDesignated {
        /// Who.
        organisation: OrganisationId,
        /// What it would have to be named.
        kind: DesignationKind,
    },
    /// Every place of a designation is taken.
    #[error("{organisation} has no place left as {kind}")]
    CapacityFull {
        /// Who.
        organisation: OrganisationId,
        /// As what.
        kind: DesignationKind,
    },
    /// An organisation was to be paired with itself.
    #[error("{0} cannot be paired with itself")]
    PairingWithSelf(OrganisationId),
    /// The two have a live pairing.
    #[error("there is already a live pairing of {} and {}", .0.low(), .0.high())]
    PairingExists(PairKey),
    /// No such pairing, or none that the caller may know of.
    #[error("there is no {0}")]
    PairingNotFound(PairingId),
    /// This cannot follow where the pairing stands.
    #[error("a pairing that is {state} cannot be {step}")]
    PairingState {
        /// Where it stands.
        state: PairingState,
        /// What was to follow.
        step: Step,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::PairingWithSelf(_) => Kind::Invalid,
            Self::PairingNotFound(_) => Kind::NotFound,
            Self::DesignationExists { .. } | Self::PairingExists(_) => Kind::Exists,
            Self::NotDesignated { .. } | Self::CapacityFull { .. } | Self::PairingState { .. } => Kind::State,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::Directory(error) => error.reason(),
            Self::DesignationExists { .. } => "DESIGNATION_EXISTS",
            Self::NotDesignated { .. } => "NOT_DESIGNATED",
            Self::CapacityFull { .. } => "CAPACITY_FULL",
            Self::PairingWithSelf(_) => "PAIRING_WITH_SELF",
            Self::PairingExists(_) => "PAIRING_EXISTS",
            Self::PairingNotFound(_) => "PAIRING_NOT_FOUND",
            Self::PairingState { .. } => "PAIRING_STATE",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        self.shared().and_then(Fault::violations)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.shared().and_then(Fault::retry_after)
    }
}

impl Error {
    /// The failure of another crate that this one passes on.
    fn shared(&self) -> Option<&dyn Fault> {
        if let Self::Kernel(error) = self {
            return Some(error);
        }
        if let Self::Directory(error) = self { Some(error) } else { None }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
