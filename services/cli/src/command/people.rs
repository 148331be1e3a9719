//! The people of organisations, and what they may do.

use clap::Args;
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::people_service_client::PeopleServiceClient;
use exemplar_proto::directory::v1::{NetworkRole, Role};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::words::{self, parser};
use crate::{Context, names};

/// Invites a person.
#[derive(Args, Clone, Debug)]
pub struct Invite {
    /// The address of whoever is invited
    pub email: String,
    /// The organisation that they are invited to
    #[arg(long, value_name = "CODE", value_parser = names::organisation, required_unless_present = "network_role")]
    pub organisation: Option<String>,
    /// Their roles there; several with commas, or said again
    #[arg(long, value_name = "ROLE", value_delimiter = ',', value_parser = parser::<Role>(), requires = "organisation")]
    pub role: Vec<Role>,
    /// Their roles on the network
    #[arg(long, value_name = "ROLE", value_delimiter = ',', value_parser = parser::<NetworkRole>())]
    pub network_role: Vec<NetworkRole>,
    /// For how many days the invitation can be taken up; 7 unless said
    #[arg(long, value_name = "DAYS", default_value_t = 0, hide_default_value = true)]
    pub valid_days: i32,
}

/// Lists people.
#[derive(Args, Clone, Debug)]
pub struct People {
    /// Whose people; everybody when it is left out, for PROGRAMME only
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Option<String>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

/// Sets roles at an organisation.
#[derive(Args, Clone, Debug)]
pub struct SetRoles {
    /// The person's id
    #[arg(value_parser = names::person)]
    pub person: String,
    /// The organisation
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: String,
    /// All the roles that they are to have there; several with commas, or said again
    #[arg(long, value_name = "ROLE", value_delimiter = ',', value_parser = parser::<Role>(),
        required_unless_present = "none")]
    pub role: Vec<Role>,
    /// No roles: remove the person from the organisation
    #[arg(long, conflicts_with = "role")]
    pub none: bool,
    /// Refuse unless the person is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// Sets roles on the network.
#[derive(Args, Clone, Debug)]
pub struct SetNetworkRoles {
    /// The person's id
    #[arg(value_parser = names::person)]
    pub person: String,
    /// All the roles that they are to have on the network; several with commas, or said again
    #[arg(long, value_name = "ROLE", value_delimiter = ',', value_parser = parser::<NetworkRole>(),
        required_unless_present = "none")]
    pub role: Vec<NetworkRole>,
    /// No roles on the network
    #[arg(long, conflicts_with = "role")]
    pub none: bool,
    /// Refuse unless the person is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// Ends an account.
#[derive(Args, Clone, Debug)]
pub struct Deactivate {
    /// The person's id
    #[arg(value_parser = names::person)]
    pub person: String,
}

impl Invite {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::InvitePersonRequest {
            email: self.email,
            organisation: self.organisation.unwrap_or_default(),
            roles: words::numbers(self.role),
            network_roles: words::numbers(self.network_role),
            valid_days: self.valid_days,
            request_id: request_id(),
        };
        let send = async |channel, request| PeopleServiceClient::new(channel).invite_person(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, invitation)
    }
}

impl People {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let organisation = self.organisation.unwrap_or_default();
        let fetch = async |page_size, page_token| {
            let message = pb::ListPeopleRequest { organisation: organisation.clone(), page_size, page_token };
            let send = async |channel, request| PeopleServiceClient::new(channel).list_people(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.people, page.next_page_token))
        };
        let (people, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListPeopleResponse { people, next_page_token };
        context.output.listed(&answer, (answer.people.len(), &answer.next_page_token), |answer| {
            table(["Name", "E-mail", "Roles", "Network", "Active", "Id"], answer.people.iter().map(row))
        })
    }
}

impl SetRoles {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::SetRolesRequest {
            person: self.person,
            organisation: self.organisation,
            roles: words::numbers(self.role),
            etag: self.etag,
            request_id: request_id(),
        };
        let send = async |channel, request| PeopleServiceClient::new(channel).set_roles(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| person(answer.person.as_ref()))
    }
}

impl SetNetworkRoles {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::SetNetworkRolesRequest {
            person: self.person,
            network_roles: words::numbers(self.role),
            etag: self.etag,
            request_id: request_id(),
        };
        let send = async |channel, request| PeopleServiceClient::new(channel).set_network_roles(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| person(answer.person.as_ref()))
    }
}

impl Deactivate {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::DeactivatePersonRequest { person: self.person, request_id: request_id() };
        let send = async |channel, request| PeopleServiceClient::new(channel).deactivate_person(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| person(answer.person.as_ref()))
    }
}

/// One person, for people.
pub(crate) fn person(person: Option<&pb::Person>) -> String {
    let Some(person) = person else { return String::new() };
    fields([
        ("Name", person.display_name.clone()),
        ("E-mail", person.email.clone()),
        ("Roles", memberships(person)),
        ("Network", words::list::<NetworkRole>(&person.network_roles)),
        ("Active", yes(person.active)),
        ("Id", names::short(&person.name).to_owned()),
        ("Etag", person.etag.clone()),
    ])
}

fn row(person: &pb::Person) -> [String; 6] {
    [
        person.display_name.clone(),
        person.email.clone(),
        memberships(person),
        words::list::<NetworkRole>(&person.network_roles),
        yes(person.active),
        names::short(&person.name).to_owned(),
    ]
}

fn memberships(person: &pb::Person) -> String {
    let membership = |membership: &pb::Membership| {
        format!("{}: {}", names::short(&membership.organisation), words::list::<Role>(&membership.roles))
    };
    person.memberships.iter().map(membership).collect::<Vec<_>>().join("; ")
}

fn invitation(answer: &pb::InvitePersonResponse) -> String {
    let invitation = answer.invitation.clone().unwrap_or_default();
    fields([
        ("E-mail", invitation.email),
        ("Organisation", names::short(&invitation.organisation).to_owned()),
        ("Roles", words::list::<Role>(&invitation.roles)),
        ("Network", words::list::<NetworkRole>(&invitation.network_roles)),
        ("Good until", instant(invitation.expire_time.as_ref())),
        ("Token", answer.token.clone()),
    ])
}
