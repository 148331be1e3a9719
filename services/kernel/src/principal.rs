//! Who calls, and what they may do: roles on organisations and roles on the network.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, OrganisationId, PersonId, SessionId};

/// What a person may do for one organisation. Every role can also do what [`Role::Member`] can;
/// [`Role::Lead`] can also do what [`Role::Contributor`] can.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Reads what is the organisation's own.
    Member,
    /// Drafts blueprints.
    Contributor,
    /// Signs off for the organisation: its CCIO or an executive.
    Approver,
    /// Publishes, pairs and adopts.
    Lead,
    /// Manages the organisation's own people.
    Admin,
}

/// What a person may do for the whole network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NetworkRole {
    /// Runs rounds and matching, keeps organisations and vocabularies.
    Programme,
    /// Assures blueprints, never those of their own organisation.
    Reviewer,
    /// Records training.
    Academy,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 5] = [Self::Member, Self::Contributor, Self::Approver, Self::Lead, Self::Admin];

    /// The name that rows, tokens and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "MEMBER",
            Self::Contributor => "CONTRIBUTOR",
            Self::Approver => "APPROVER",
            Self::Lead => "LEAD",
            Self::Admin => "ADMIN",
        }
    }

    /// Whether a holder of this role can do what `wanted` can.
    pub const fn includes(self, wanted: Self) -> bool {
        matches!(
            (self, wanted),
            (_, Self::Member)
                | (Self::Lead, Self::Contributor | Self::Lead)
                | (Self::Contributor, Self::Contributor)
                | (Self::Approver, Self::Approver)
                | (Self::Admin, Self::Admin)
        )
    }
}

impl NetworkRole {
    /// Every network role.
    pub const ALL: [Self; 3] = [Self::Programme, Self::Reviewer, Self::Academy];

    /// The name that rows, tokens and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Programme => "PROGRAMME",
            Self::Reviewer => "REVIEWER",
            Self::Academy => "ACADEMY",
        }
    }
}

/// The caller of a verb.
///
/// Anonymous callers have no person and no roles; they read what is public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// Who calls; none for an anonymous caller and for the system itself.
    pub person: Option<PersonId>,
    /// The local session that the caller's token belongs to; none for tokens of other issuers.
    pub session: Option<SessionId>,
    /// Roles by organisation.
    pub roles: BTreeMap<OrganisationId, Vec<Role>>,
    /// Roles on the network.
    pub network_roles: Vec<NetworkRole>,
    system: bool,
}

impl Principal {
    /// A caller who has not signed in.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The server itself: an operator's command, a loader of reference data, a background task. It may do everything,
    /// no request can make one, and the journal names it `system`.
    pub fn system() -> Self {
        Self { system: true, ..Self::default() }
    }

    /// A person with their roles.
    pub fn person(
        person: PersonId,
        session: Option<SessionId>,
        roles: BTreeMap<OrganisationId, Vec<Role>>,
        network_roles: Vec<NetworkRole>,
    ) -> Self {
        Self { person: Some(person), session, roles, network_roles, system: false }
    }

    /// Whether the caller holds `role`, or one that includes it, at `organisation`.
    pub fn holds(&self, role: Role, organisation: &OrganisationId) -> bool {
        self.system || self.roles.get(organisation).is_some_and(|roles| roles.iter().any(|held| held.includes(role)))
    }

    /// Whether the caller holds `role` on the network.
    pub fn holds_network(&self, role: NetworkRole) -> bool {
        self.system || self.network_roles.contains(&role)
    }

    /// Whether this is the server itself.
    pub fn is_system(&self) -> bool {
        self.system
    }

    /// The organisations at which the caller has any role.
    pub fn organisations(&self) -> impl Iterator<Item = &OrganisationId> {
        self.roles.keys()
    }

    /// The person who calls.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] for anonymous callers.
    pub fn signed_in(&self) -> Result<PersonId, Error> {
        self.person.ok_or(Error::NotSignedIn)
    }

    /// Refuses all but holders of `role` at `organisation`.
    pub fn require(&self, role: Role, organisation: &OrganisationId) -> Result<(), Error> {
        self.granted(self.holds(role, organisation), role.name())
    }

    /// Refuses all but holders of `role` on the network.
    pub fn require_network(&self, role: NetworkRole) -> Result<(), Error> {
        self.granted(self.holds_network(role), role.name())
    }

    /// Refuses unless `granted`: anonymous callers are asked to sign in, others are told which role it takes.
    pub fn granted(&self, granted: bool, needs: &'static str) -> Result<(), Error> {
        match (granted, self.person) {
            (true, _) => Ok(()),
            (false, None) => Err(Error::NotSignedIn),
            (false, Some(_)) => Err(Error::Denied { needs }),
        }
    }

    /// How the journal names the caller.
    pub fn actor(&self) -> String {
        match self.person {
            Some(person) => person.to_string(),
            None if self.system => "system".to_owned(),
            None => "anonymous".to_owned(),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NetworkRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
