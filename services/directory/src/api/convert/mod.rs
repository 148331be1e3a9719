//! The words of the model in protobuf.

pub(super) mod maturity;
pub(super) mod profile;
pub(super) mod vocabulary;

use exemplar_kernel::{Etag, NetworkRole, Role, Timestamp, Violations};
use exemplar_proto::directory::v1 as pb;

use crate::model::import::{Outcome, RowVerdict};
use crate::model::organisation::{Registered, Succession};
use crate::model::person::{Invitation, Person};
use crate::model::vocabulary::Vocabularies;

pub(super) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    at.into()
}

pub(super) fn organisation(words: &Vocabularies, registered: Registered) -> pb::Organisation {
    let Registered { organisation, successors, predecessors, current } = registered;
    let date = |date: Option<time::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    pb::Organisation {
        name: organisation.id.to_string(),
        display_name: organisation.display_name,
        country: organisation.country,
        profile: Some(profile::profile(words, &organisation.id, &organisation.profile)),
        open_date: date(organisation.open_date),
        close_date: date(organisation.close_date),
        successors: successors.into_iter().map(succession).collect(),
        predecessors: predecessors.into_iter().map(succession).collect(),
        current: current.iter().map(ToString::to_string).collect(),
        source: organisation.source,
        etag: Etag::of(organisation.version).to_string(),
        update_time: Some(timestamp(organisation.updated)),
    }
}

fn succession(succession: Succession) -> pb::Succession {
    pb::Succession {
        predecessor: succession.predecessor.to_string(),
        successor: succession.successor.to_string(),
        date: succession.date.to_string(),
        source: succession.source,
    }
}

pub(super) fn verdict(verdict: RowVerdict) -> pb::RowVerdict {
    use pb::row_verdict::Outcome as Wire;
    let outcome = match verdict.outcome {
        Outcome::Created => Wire::Created,
        Outcome::Updated => Wire::Updated,
        Outcome::Unchanged => Wire::Unchanged,
        Outcome::Invalid => Wire::Invalid,
    };
    pb::RowVerdict {
        line: i32::try_from(verdict.line).unwrap_or(i32::MAX),
        outcome: outcome.into(),
        organisation: verdict.organisation.map(|id| id.to_string()).unwrap_or_default(),
        faults: verdict.faults,
    }
}

pub(super) fn person(person: Person) -> pb::Person {
    let membership = |(organisation, held): (exemplar_kernel::OrganisationId, Vec<Role>)| pb::Membership {
        organisation: organisation.to_string(),
        roles: roles(&held),
    };
    pb::Person {
        name: person.id.to_string(),
        display_name: person.display_name,
        email: person.email,
        memberships: person.roles.memberships.into_iter().map(membership).collect(),
        network_roles: network_roles(&person.roles.network),
        active: person.active,
        etag: Etag::of(person.version).to_string(),
    }
}

pub(super) fn invitation(invitation: Invitation) -> pb::Invitation {
    let (organisation, held) = invitation.roles.memberships.into_iter().next().unzip();
    pb::Invitation {
        name: invitation.id.to_string(),
        email: invitation.email,
        organisation: organisation.map(|id| id.to_string()).unwrap_or_default(),
        roles: roles(&held.unwrap_or_default()),
        network_roles: network_roles(&invitation.roles.network),
        expire_time: Some(timestamp(invitation.expires)),
    }
}

fn roles(held: &[Role]) -> Vec<i32> {
    let wire = |role: &Role| match role {
        Role::Member => pb::Role::Member,
        Role::Contributor => pb::Role::Contributor,
        Role::Approver => pb::Role::Approver,
        Role::Lead => pb::Role::Lead,
        Role::Admin => pb::Role::Admin,
    };
    held.iter().map(|role| wire(role).into()).collect()
}

fn network_roles(held: &[NetworkRole]) -> Vec<i32> {
    let wire = |role: &NetworkRole| match role {
        NetworkRole::Programme => pb::NetworkRole::Programme,
        NetworkRole::Reviewer => pb::NetworkRole::Reviewer,
        NetworkRole::Academy => pb::NetworkRole::Academy,
    };
    held.iter().map(|role| wire(role).into()).collect()
}

pub(super) fn typed_roles(violations: &mut Violations, field: &str, typed: &[i32]) -> Vec<Role> {
    violations.at_most(field, typed, Role::ALL.len());
    let read = |wire: i32| match pb::Role::try_from(wire) {
        Ok(pb::Role::Member) => Ok(Role::Member),
        Ok(pb::Role::Contributor) => Ok(Role::Contributor),
        Ok(pb::Role::Approver) => Ok(Role::Approver),
        Ok(pb::Role::Lead) => Ok(Role::Lead),
        Ok(pb::Role::Admin) => Ok(Role::Admin),
        Ok(pb::Role::Unspecified) | Err(_) => Err("is not a role"),
    };
    let each = typed.iter().enumerate().take(Role::ALL.len());
    each.filter_map(|(i, wire)| violations.take(&format!("{field}[{i}]"), read(*wire))).collect()
}

pub(super) fn typed_network_roles(violations: &mut Violations, field: &str, typed: &[i32]) -> Vec<NetworkRole> {
    violations.at_most(field, typed, NetworkRole::ALL.len());
    let read = |wire: i32| match pb::NetworkRole::try_from(wire) {
        Ok(pb::NetworkRole::Programme) => Ok(NetworkRole::Programme),
        Ok(pb::NetworkRole::Reviewer) => Ok(NetworkRole::Reviewer),
        Ok(pb::NetworkRole::Academy) => Ok(NetworkRole::Academy),
        Ok(pb::NetworkRole::Unspecified) | Err(_) => Err("is not a role on the network"),
    };
    let each = typed.iter().enumerate().take(NetworkRole::ALL.len());
    each.filter_map(|(i, wire)| violations.take(&format!("{field}[{i}]"), read(*wire))).collect()
}
