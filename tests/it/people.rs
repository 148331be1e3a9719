//! People: invitations, roles, ended accounts.

use std::time::Duration;

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::accept_invitation_request::Credential;
use exemplar_tests::{Actor, Database, World, refusal};

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("people::an_invitation_is_taken_up_once", an_invitation_is_taken_up_once);
    suite.each("people::invitations_expire_and_cannot_be_forged", invitations_expire_and_cannot_be_forged);
    suite.each("people::who_has_an_account_accepts_signed_in", who_has_an_account_accepts_signed_in);
    suite.each("people::roles_change_at_once", roles_change_at_once);
    suite.each("people::an_organisation_keeps_an_admin", an_organisation_keeps_an_admin);
    suite.each("people::deactivated_tokens_die_at_once", deactivated_tokens_die_at_once);
}

fn invite(email: &str, organisation: &str, roles: &[pb::Role]) -> pb::InvitePersonRequest {
    pb::InvitePersonRequest {
        email: email.to_owned(),
        organisation: organisation.to_owned(),
        roles: roles.iter().map(|role| i32::from(*role)).collect(),
        ..Default::default()
    }
}

fn accept(token: &str, name: &str, password: &str) -> pb::AcceptInvitationRequest {
    pb::AcceptInvitationRequest {
        token: token.to_owned(),
        display_name: name.to_owned(),
        credential: Some(Credential::Password(password.to_owned())),
    }
}

const RGT: &str = "organisations/RGT";
const LONG: &str = "long enough a password";

async fn an_invitation_is_taken_up_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let admin = world.at("RGT", Role::Admin).await;
    let request = pb::InvitePersonRequest {
        request_id: "invite-1".to_owned(),
        ..invite("new@sample.example", RGT, &[pb::Role::Lead, pb::Role::Contributor])
    };
    let invited = admin.people().invite_person(request.clone()).await.unwrap().into_inner();
    let again = admin.people().invite_person(request).await.unwrap().into_inner();
    assert_eq!(invited, again, "a repeated request gets the same token");

    let stranger = world.anonymous().await;
    let short = stranger.people().accept_invitation(accept(&invited.token, "", "short")).await.unwrap_err();
    assert_eq!(
        refusal(&short),
        "InvalidArgument INVALID_REQUEST\n  password: must have 12 to 200 characters\n  display_name: is missing"
    );
    let accepted = stranger.people().accept_invitation(accept(&invited.token, "Sample New", LONG)).await.unwrap();
    let person = accepted.into_inner().person.unwrap();
    assert_eq!(person.memberships[0].organisation, RGT);
    assert_eq!(person.memberships[0].roles, [i32::from(pb::Role::Contributor), i32::from(pb::Role::Lead)]);
    let twice = stranger.people().accept_invitation(accept(&invited.token, "Sample New", LONG)).await.unwrap_err();
    assert_eq!(refusal(&twice), "FailedPrecondition INVITATION_USED");

    let id = exemplar_kernel::PersonId::parse(&person.name).unwrap();
    let signed_in = Actor::sign_in(&world.address, "NEW@sample.example", LONG, id).await.unwrap();
    let me = signed_in.sessions().who_am_i(pb::WhoAmIRequest {}).await.unwrap().into_inner().person.unwrap();
    assert_eq!(me, person);
    let request = pb::ListPeopleRequest { organisation: RGT.to_owned(), ..Default::default() };
    let people = signed_in.people().list_people(request).await.unwrap().into_inner().people;
    let names: Vec<_> = people.iter().map(|person| person.display_name.as_str()).collect();
    assert_eq!(names, ["Sample New", "Sample Person 2"]);
}

async fn invitations_expire_and_cannot_be_forged(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let admin = world.at("RGT", Role::Admin).await;
    let request = pb::InvitePersonRequest { valid_days: 2, ..invite("new@sample.example", RGT, &[pb::Role::Member]) };
    let token = admin.people().invite_person(request).await.unwrap().into_inner().token;
    let stranger = world.anonymous().await;
    let access = admin.tokens.clone().unwrap().access_token;
    for forged in [format!("{token}x"), access, "rubbish".to_owned(), token.replace('.', "")] {
        let refused = stranger.people().accept_invitation(accept(&forged, "Sample", LONG)).await.unwrap_err();
        assert_eq!(refusal(&refused), "NotFound INVITATION_NOT_FOUND");
    }
    // An invitation is no access token.
    let refused = stranger.with_token(&token).sessions().who_am_i(pb::WhoAmIRequest {}).await.unwrap_err();
    assert_eq!(refusal(&refused), "Unauthenticated TOKEN_INVALID");
    world.clock.advance(Duration::from_hours(48));
    let refused = stranger.people().accept_invitation(accept(&token, "Sample", LONG)).await.unwrap_err();
    assert_eq!(refusal(&refused), "FailedPrecondition INVITATION_EXPIRED");
    let admin = world.at("RGT", Role::Admin).await;
    let bad = pb::InvitePersonRequest { valid_days: 31, roles: vec![77], ..invite("not an address", "", &[]) };
    let refused = admin.people().invite_person(bad).await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  email: is not an e-mail address\n  roles[0]: is not a role\n  organisation: \
         is missing: roles are roles at an organisation\n  valid_days: must be from 1 to 30"
    );
    // Only the programme invites to other organisations and to the network.
    world.organisations(&["RBL"]).await;
    let refused =
        admin.people().invite_person(invite("a@sample.example", "organisations/RBL", &[pb::Role::Lead])).await;
    assert_eq!(refusal(&refused.unwrap_err()), "PermissionDenied ROLE_MISSING");
}

async fn who_has_an_account_accepts_signed_in(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RBL"]).await;
    let lead = world.at("RBL", Role::Lead).await;
    let admin = world.at("RGT", Role::Admin).await;
    let token = admin.people().invite_person(invite("person-2@sample.example", RGT, &[pb::Role::Member])).await;
    let token = token.unwrap().into_inner().token;
    let stranger = world.anonymous().await;
    let refused = stranger.people().accept_invitation(accept(&token, "Sample", LONG)).await.unwrap_err();
    assert_eq!(refusal(&refused), "AlreadyExists ACCOUNT_EXISTS");
    let bare = pb::AcceptInvitationRequest { token: token.clone(), ..Default::default() };
    let refused = stranger.people().accept_invitation(bare.clone()).await.unwrap_err();
    assert_eq!(refusal(&refused), "Unauthenticated NOT_SIGNED_IN");
    let person = lead.people().accept_invitation(bare).await.unwrap().into_inner().person.unwrap();
    let organisations: Vec<_> = person.memberships.iter().map(|held| held.organisation.as_str()).collect();
    assert_eq!(organisations, ["organisations/RBL", RGT]);
}

async fn roles_change_at_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let admin = world.at("RGT", Role::Admin).await;
    let lead = world.at("RGT", Role::Member).await;
    let request = pb::ListPeopleRequest { organisation: RGT.to_owned(), ..Default::default() };
    lead.people().list_people(request.clone()).await.unwrap();
    let set = |roles: &[pb::Role], etag: &str| pb::SetRolesRequest {
        person: lead.id.to_string(),
        organisation: RGT.to_owned(),
        roles: roles.iter().map(|role| i32::from(*role)).collect(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let person = admin.people().set_roles(set(&[pb::Role::Lead], "v1")).await.unwrap().into_inner().person.unwrap();
    assert_eq!(person.memberships[0].roles, [i32::from(pb::Role::Lead)]);
    let refused = admin.people().set_roles(set(&[], "v1")).await.unwrap_err();
    assert_eq!(refusal(&refused), "Aborted ETAG_STALE");
    admin.people().set_roles(set(&[], &person.etag)).await.unwrap();
    let refused = lead.people().list_people(request).await.unwrap_err();
    assert_eq!(refusal(&refused), "PermissionDenied ROLE_MISSING", "the very next call knows");
    // Who is no longer of the organisation is nobody to its administrator.
    let refused = admin.people().set_roles(set(&[pb::Role::Lead], "")).await.unwrap_err();
    assert_eq!(refusal(&refused), "NotFound PERSON_NOT_FOUND");
}

async fn an_organisation_keeps_an_admin(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (first, second) = (world.at("RGT", Role::Admin).await, world.at("RGT", Role::Admin).await);
    let demote = |person: &Actor| pb::SetRolesRequest {
        person: person.id.to_string(),
        organisation: RGT.to_owned(),
        roles: vec![pb::Role::Member.into()],
        ..Default::default()
    };
    let refused = first.people().set_roles(demote(&first)).await.unwrap_err();
    assert_eq!(refusal(&refused), "FailedPrecondition OWN_ROLES");
    // Each removes the other at the same time: one of them is left.
    let (first_clone, second_clone) = (first.clone(), second.clone());
    let (one, other) = (demote(&second), demote(&first));
    let (one, other) = tokio::join!(async move { first_clone.people().set_roles(one).await }, async move {
        second_clone.people().set_roles(other).await
    },);
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let programme = world.programme().await;
    let last = if one.is_ok() { &first } else { &second };
    let refused = programme.people().set_roles(demote(last)).await.unwrap_err();
    assert_eq!(refusal(&refused), "FailedPrecondition LAST_ADMIN");
    let end = pb::DeactivatePersonRequest { person: last.id.to_string(), ..Default::default() };
    let refused = programme.people().deactivate_person(end).await.unwrap_err();
    assert_eq!(refusal(&refused), "FailedPrecondition LAST_ADMIN");
}

async fn deactivated_tokens_die_at_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RBL"]).await;
    let admin = world.at("RGT", Role::Admin).await;
    let leaver = world.person(&[("RGT", Role::Lead)], &[]).await;
    let both = world.person(&[("RGT", Role::Lead), ("RBL", Role::Member)], &[]).await;
    let reviewer = world.person(&[("RGT", Role::Member)], &[NetworkRole::Reviewer]).await;
    leaver.sessions().who_am_i(pb::WhoAmIRequest {}).await.unwrap();
    let end = |person: &Actor| pb::DeactivatePersonRequest { person: person.id.to_string(), ..Default::default() };
    for other in [&both, &reviewer] {
        let refused = admin.people().deactivate_person(end(other)).await.unwrap_err();
        assert_eq!(refusal(&refused), "PermissionDenied ROLE_MISSING");
    }
    let ended = admin.people().deactivate_person(end(&leaver)).await.unwrap().into_inner().person.unwrap();
    assert_eq!((ended.active, ended.memberships.len()), (false, 0));
    let refused = leaver.sessions().who_am_i(pb::WhoAmIRequest {}).await.unwrap_err();
    assert_eq!(refusal(&refused), "Unauthenticated TOKEN_INVALID");
    let refresh = pb::RefreshRequest { refresh_token: leaver.tokens.clone().unwrap().refresh_token };
    let refused = world.anonymous().await.sessions().refresh(refresh).await.unwrap_err();
    assert_eq!(refusal(&refused), "Unauthenticated REFRESH_TOKEN_INVALID");
    let refused = Actor::sign_in(&world.address, "person-3@sample.example", exemplar_tests::PASSWORD, leaver.id).await;
    assert_eq!(refusal(&refused.unwrap_err()), "Unauthenticated CREDENTIALS_WRONG");
}
