//! `PeopleService`.

use std::time::Duration;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, PersonId, Violations, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::accept_invitation_request::Credential as Wire;
use exemplar_proto::directory::v1::people_service_server::PeopleService;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::person::{PASSWORD, parse_email};
use crate::service::people::{Accept, Credential, Invite, SetNetworkRoles, SetRoles};

#[tonic::async_trait]
impl PeopleService for Api {
    async fn invite_person(
        &self,
        request: Request<pb::InvitePersonRequest>,
    ) -> Result<Response<pb::InvitePersonResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let invite = typed_invite(&mut violations, &message);
        violations.check()?;
        let (written, token) = self.0.invite(&caller, invite, key).await?;
        Ok(Response::new(pb::InvitePersonResponse {
            invitation: Some(convert::invitation(written.value)),
            token: token.expose_secret().to_owned(),
            sequence: written.sequence,
        }))
    }

    async fn accept_invitation(
        &self,
        request: Request<pb::AcceptInvitationRequest>,
    ) -> Result<Response<pb::AcceptInvitationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let accept = typed_accept(&mut violations, message);
        violations.check()?;
        let written = self.0.accept_invitation(&caller, accept).await?;
        let person = Some(convert::person(written.value));
        Ok(Response::new(pb::AcceptInvitationResponse { person, sequence: written.sequence }))
    }

    async fn list_people(
        &self,
        request: Request<pb::ListPeopleRequest>,
    ) -> Result<Response<pb::ListPeopleResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = match message.organisation.as_str() {
            "" => None,
            name => violations.take("organisation", OrganisationId::parse(name)),
        };
        let query = ["people", &message.organisation];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_people(&caller, organisation.as_ref(), &paging).await?.map(convert::person);
        Ok(Response::new(pb::ListPeopleResponse { people: page.items, next_page_token: page.next }))
    }

    async fn set_roles(&self, request: Request<pb::SetRolesRequest>) -> Result<Response<pb::SetRolesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let person = violations.take("person", PersonId::parse(&message.person));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let roles = convert::typed_roles(&mut violations, "roles", &message.roles);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(person), Some(organisation), true) = (person, organisation, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let set = SetRoles { person, organisation, roles, expected };
        let written = self.0.set_roles(&caller, set, key).await?;
        let person = Some(convert::person(written.value));
        Ok(Response::new(pb::SetRolesResponse { person, sequence: written.sequence }))
    }

    async fn set_network_roles(
        &self,
        request: Request<pb::SetNetworkRolesRequest>,
    ) -> Result<Response<pb::SetNetworkRolesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let person = violations.take("person", PersonId::parse(&message.person));
        let roles = convert::typed_network_roles(&mut violations, "network_roles", &message.network_roles);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(person) = person.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let set = SetNetworkRoles { person, roles, expected };
        let written = self.0.set_network_roles(&caller, set, key).await?;
        let person = Some(convert::person(written.value));
        Ok(Response::new(pb::SetNetworkRolesResponse { person, sequence: written.sequence }))
    }

    async fn deactivate_person(
        &self,
        request: Request<pb::DeactivatePersonRequest>,
    ) -> Result<Response<pb::DeactivatePersonResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let person = violations.take("person", PersonId::parse(&message.person));
        let Some(person) = person.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.deactivate(&caller, person, key).await?;
        let person = Some(convert::person(written.value));
        Ok(Response::new(pb::DeactivatePersonResponse { person, sequence: written.sequence }))
    }
}

fn typed_invite(violations: &mut Violations, message: &pb::InvitePersonRequest) -> Invite {
    let email = parse_email(violations, "email", &message.email);
    let roles = convert::typed_roles(violations, "roles", &message.roles);
    let network = convert::typed_network_roles(violations, "network_roles", &message.network_roles);
    let membership = match message.organisation.as_str() {
        "" => {
            if !message.roles.is_empty() {
                violations.add("organisation", "is missing: roles are roles at an organisation");
            }
            if message.network_roles.is_empty() && message.roles.is_empty() {
                violations.add("roles", "give at least one role");
            }
            None
        }
        name => {
            if message.roles.is_empty() {
                violations.add("roles", "give at least one role at the organisation");
            }
            violations.take("organisation", OrganisationId::parse(name)).map(|organisation| (organisation, roles))
        }
    };
    let days = match message.valid_days {
        0 => 7,
        days => violations.within("valid_days", days, 1..=30),
    };
    Invite { email, membership, network, valid: Duration::from_hours(24 * u64::try_from(days).unwrap_or(0)) }
}

fn typed_accept(violations: &mut Violations, message: pb::AcceptInvitationRequest) -> Accept {
    if message.token.is_empty() {
        violations.add("token", "is missing");
    }
    let credential = match message.credential {
        Some(Wire::Password(password)) => {
            let length = password.chars().count();
            if !PASSWORD.contains(&length) {
                violations.add("password", format!("must have {} to {} characters", PASSWORD.start(), PASSWORD.end()));
            }
            Credential::Password(password.into())
        }
        Some(Wire::ExternalToken(token)) => Credential::External(token.into()),
        None => Credential::SignedIn,
    };
    let needed = usize::from(!matches!(credential, Credential::SignedIn));
    let display_name = violations.text("display_name", &message.display_name, needed..=120);
    Accept { token: SecretString::from(message.token), display_name, credential }
}
