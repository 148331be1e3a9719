//! People and invitations.

use std::collections::BTreeMap;

use exemplar_kernel::{NetworkRole, OrganisationId, PersonId, Role, Timestamp, Violations};
use serde::{Deserialize, Serialize};

exemplar_kernel::id!(
    /// One invitation.
    InvitationId,
    "invitations"
);

/// A password's length, in characters.
pub(crate) const PASSWORD: std::ops::RangeInclusive<usize> = 12..=200;

/// Roles at organisations and on the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// By organisation, least first; no organisation has none.
    pub memberships: BTreeMap<OrganisationId, Vec<Role>>,
    /// On the network.
    pub network: Vec<NetworkRole>,
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// What they are called.
    pub display_name: String,
    /// Where they are written to.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Whether they can sign in.
    pub active: bool,
    /// 1 when the account was made, one more with every change.
    pub version: i64,
}

/// An invitation that was sent out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// What they will be able to do.
    pub roles: Roles,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it can be taken up.
    pub expires: Timestamp,
    /// When it was taken up.
    pub accepted: Option<Timestamp>,
}

impl Roles {
    /// These roles and those.
    pub(crate) fn with(mut self, more: &Self) -> Self {
        for (organisation, roles) in &more.memberships {
            let held = self.memberships.entry(organisation.clone()).or_default();
            held.extend(roles);
            tidy(held);
        }
        self.network.extend(&more.network);
        tidy(&mut self.network);
        self
    }

    /// These roles with others at one organisation; none removes it.
    pub(crate) fn at(mut self, organisation: &OrganisationId, mut roles: Vec<Role>) -> Self {
        tidy(&mut roles);
        self.memberships.remove(organisation);
        if !roles.is_empty() {
            self.memberships.insert(organisation.clone(), roles);
        }
        self
    }
}

impl Person {
    /// The person with other roles.
    pub(crate) fn with_roles(&self, roles: Roles) -> Self {
        Self { roles, version: self.version + 1, ..self.clone() }
    }

    /// The person with their account ended: no roles are left to hold.
    pub(crate) fn deactivated(&self) -> Self {
        Self { active: false, roles: Roles::default(), version: self.version + 1, ..self.clone() }
    }

    /// Whether they are an administrator of the organisation.
    pub(crate) fn is_admin_of(&self, organisation: &OrganisationId) -> bool {
        self.roles.memberships.get(organisation).is_some_and(|roles| roles.contains(&Role::Admin))
    }
}

/// Sorts roles and removes repetitions.
pub(crate) fn tidy<R: Ord>(roles: &mut Vec<R>) {
    roles.sort_unstable();
    roles.dedup();
}

/// Reads an e-mail address.
pub(crate) fn parse_email(violations: &mut Violations, field: &str, email: &str) -> String {
    let email = violations.text(field, email, 1..=254);
    if !email.is_empty() && !email_address::EmailAddress::is_valid(&email) {
        violations.add(field, "is not an e-mail address");
    }
    email
}

/// Reads an e-mail address that stands alone.
///
/// # Errors
/// When it is none.
pub fn email(typed: &str) -> Result<String, exemplar_kernel::Error> {
    let mut violations = Violations::new();
    let email = parse_email(&mut violations, "email", typed);
    violations.check()?;
    Ok(email)
}

/// What makes two addresses one account's: letters of any case are the same.
pub(crate) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}
