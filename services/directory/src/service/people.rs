//! People: invite, accept, list, change roles, end an account.

use std::collections::BTreeMap;
use std::time::Duration;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Role, Tx, Written, db::is_unique,
};
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::Directory;
use crate::Error;
use crate::model::person::{Invitation, InvitationId, Person, Roles, email_key, tidy};
use crate::store::organisations;
use crate::store::people::{self as store, Proof, Wanted};
use crate::store::sessions;
use crate::token::authenticate::principal;

/// Invites a person.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Who.
    pub email: String,
    /// The organisation and the roles there.
    pub membership: Option<(OrganisationId, Vec<Role>)>,
    /// Roles on the network.
    pub network: Vec<NetworkRole>,
    /// For how long it can be taken up.
    pub valid: Duration,
}

/// How an invited person will prove who they are.
#[derive(Debug)]
pub enum Credential {
    /// By a password of a local account.
    Password(SecretString),
    /// By the identity that this token of a configured OpenID issuer proves.
    External(SecretString),
    /// By the account they are signed in to already.
    SignedIn,
}

/// Takes up an invitation.
#[derive(Debug)]
pub struct Accept {
    /// The invitation's token.
    pub token: SecretString,
    /// What the person is called.
    pub display_name: String,
    /// How they will prove who they are.
    pub credential: Credential,
}

/// Sets roles at an organisation.
#[derive(Clone, Debug)]
pub struct SetRoles {
    /// Whose.
    pub person: PersonId,
    /// Where.
    pub organisation: OrganisationId,
    /// All they are to have there.
    pub roles: Vec<Role>,
    /// Against which version.
    pub expected: Expected,
}

/// Sets roles on the network.
#[derive(Clone, Debug)]
pub struct SetNetworkRoles {
    /// Whose.
    pub person: PersonId,
    /// All they are to have.
    pub roles: Vec<NetworkRole>,
    /// Against which version.
    pub expected: Expected,
}

impl Directory {
    /// Invites a person; the token is to be handed to them.
    pub async fn invite(
        &self,
        caller: &Principal,
        invite: Invite,
        key: Option<RequestKey>,
    ) -> Result<(Written<Invitation>, SecretString), Error> {
        let programme = caller.holds_network(NetworkRole::Programme);
        if !invite.network.is_empty() || invite.membership.is_none() {
            caller.require_network(NetworkRole::Programme)?;
        }
        if let Some((organisation, _)) = &invite.membership
            && !programme
        {
            caller.require(Role::Admin, organisation)?;
        }
        let mut tx = match self.db.once("directory.person.invite", caller, key.as_ref()).await? {
            Once::Again(answer) => return self.with_token(answer),
            Once::First(tx) => tx,
        };
        if let Some((organisation, _)) = &invite.membership {
            self.open_organisation(&*tx, organisation).await?;
        }
        let memberships: BTreeMap<_, _> = invite.membership.into_iter().collect();
        let invitation = Invitation {
            id: InvitationId::new(tx.id()),
            email: invite.email,
            roles: Roles::default().with(&Roles { memberships, network: invite.network }),
            created: tx.now(),
            expires: tx.now().plus(invite.valid),
            accepted: None,
        };
        store::insert_invitation(&*tx, &invitation).await?;
        let mut change = Change::new("directory.person.invite", &invitation.id).after(&invitation);
        if let Some(organisation) = invitation.roles.memberships.keys().next() {
            change = change.on_behalf(organisation);
        }
        tx.append(change);
        self.with_token(tx.commit(invitation).await?)
    }

    fn with_token(&self, written: Written<Invitation>) -> Result<(Written<Invitation>, SecretString), Error> {
        let Invitation { id, created, expires, .. } = written.value;
        let token = self.keys.invitation(id, created, expires)?;
        Ok((written, token.into()))
    }

    /// Takes up an invitation.
    pub async fn accept_invitation(&self, caller: &Principal, accept: Accept) -> Result<Written<Person>, Error> {
        use secrecy::ExposeSecret as _;
        let id = self.keys.verify_invitation(accept.token.expose_secret())?;
        // What takes long or leaves the machine comes before the transaction.
        let proof = match accept.credential {
            Credential::Password(password) => {
                Proof { password_hash: Some(self.passwords.hash(password).await?), identity: None }
            }
            Credential::External(token) => Proof { password_hash: None, identity: Some(self.identity(&token).await?) },
            Credential::SignedIn => Proof::default(),
        };
        let mut tx = self.db.begin("directory.person.accept_invitation", caller).await?;
        let invitation = store::invitation(&*tx, id).await?.ok_or(Error::InvitationNotFound)?;
        if invitation.expires <= tx.now() {
            return Err(Error::InvitationExpired);
        }
        if !store::accept_invitation(&*tx, id, tx.now()).await? {
            return Err(Error::InvitationUsed);
        }
        let has_account = proof.password_hash.is_none() && proof.identity.is_none();
        let person = if has_account {
            let person = store::lock(&*tx, caller.signed_in()?).await?;
            let person = person.ok_or(exemplar_kernel::Error::NotSignedIn)?;
            let person = person.with_roles(person.roles.clone().with(&invitation.roles));
            store::update(&*tx, &person).await?;
            person
        } else {
            self.open_account(&tx, accept.display_name, &invitation, proof).await?
        };
        tx.append(Change::new("directory.person.accept_invitation", &person.id).after(&person));
        let written = tx.commit(person).await?;
        self.remembered.rights_changed(written.value.id);
        Ok(written)
    }

    async fn open_account(
        &self,
        tx: &Tx,
        display_name: String,
        invitation: &Invitation,
        proof: Proof,
    ) -> Result<Person, Error> {
        let (email, roles) = (invitation.email.clone(), invitation.roles.clone());
        let person = Person { id: PersonId::new(tx.id()), display_name, email, roles, active: true, version: 1 };
        store::insert(&**tx, &person, proof, tx.now())
            .await
            .map_err(|error| if is_unique(&error) { Error::AccountExists } else { error.into() })?;
        Ok(person)
    }

    /// The identity that a token of a configured OpenID issuer proves.
    async fn identity(&self, token: &SecretString) -> Result<(String, String), Error> {
        use secrecy::ExposeSecret as _;
        let token = token.expose_secret();
        let claims = jsonwebtoken::dangerous::insecure_decode_claims::<crate::token::Claims>(token)
            .map_err(|_| Error::TokenInvalid("it is not a token with iss, aud, sub and exp"))?;
        if !self.issuers.knows(&claims.iss) {
            return Err(Error::TokenInvalid("its issuer is not known"));
        }
        let (claims, _) = self.issuers.verify(&claims.iss, token, self.clock().now()).await?;
        Ok((claims.iss, claims.sub))
    }

    /// Makes an account without an invitation: a loader's people, who may have no way to sign in.
    ///
    /// # Errors
    /// [`exemplar_kernel::Error::Denied`] for everybody but the server itself.
    pub async fn register_person(
        &self,
        caller: &Principal,
        display_name: &str,
        email: &str,
        roles: Roles,
        password: Option<SecretString>,
    ) -> Result<Written<Person>, Error> {
        caller.granted(caller.is_system(), "SYSTEM")?;
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let mut tx = self.db.begin("directory.person.register", caller).await?;
        let person = Person {
            id: PersonId::new(tx.id()),
            display_name: display_name.to_owned(),
            email: email.to_owned(),
            roles: Roles::default().with(&roles),
            active: true,
            version: 1,
        };
        store::insert(&*tx, &person, Proof { password_hash, identity: None }, tx.now())
            .await
            .map_err(|error| if is_unique(&error) { Error::AccountExists } else { error.into() })?;
        tx.append(Change::new("directory.person.register", &person.id).after(&person));
        Ok(tx.commit(person).await?)
    }

    /// The person with an e-mail address, if any.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<Person>, Error> {
        Ok(store::by_email(self.db.read(), &email_key(email)).await?.map(|(person, _)| person))
    }

    /// Some people by their ids; those without an account are left out.
    pub async fn people_by_id(&self, ids: &[PersonId]) -> Result<Vec<Person>, Error> {
        Ok(store::find_all(self.db.read(), ids).await?)
    }

    /// Those of some people who have an account that is not ended.
    pub async fn active_people(&self, db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<PersonId>, Error> {
        let found = store::find_all(db, ids).await?;
        Ok(found.into_iter().filter(|person| person.active).map(|person| person.id).collect())
    }

    /// What some people may do now, as callers; those whose account has ended are left out.
    pub async fn principals(&self, ids: &[PersonId]) -> Result<Vec<Principal>, Error> {
        let found = store::find_all(self.db.read(), ids).await?;
        Ok(found.iter().filter(|person| person.active).map(|person| principal(person, None)).collect())
    }

    /// Who holds a role, or one that includes it, at an organisation now; at most 1,000 of them.
    pub async fn holders(
        &self,
        db: &impl ConnectionTrait,
        role: Role,
        organisation: &OrganisationId,
    ) -> Result<Vec<PersonId>, Error> {
        Ok(store::holders(db, role, organisation).await?)
    }

    /// Who holds a role on the network now; at most 1,000 of them.
    pub async fn network_holders(&self, db: &impl ConnectionTrait, role: NetworkRole) -> Result<Vec<PersonId>, Error> {
        Ok(store::network_holders(db, role).await?)
    }

    pub(crate) async fn list_people(
        &self,
        caller: &Principal,
        organisation: Option<&OrganisationId>,
        paging: &Paging,
    ) -> Result<Page<Person>, Error> {
        let wanted = match organisation {
            None => {
                caller.require_network(NetworkRole::Programme)?;
                Wanted::Everybody
            }
            Some(organisation) => {
                if !caller.holds_network(NetworkRole::Programme) {
                    caller.require(Role::Member, organisation)?;
                }
                if organisations::find(self.db.read(), organisation).await?.is_none() {
                    return Err(Error::OrganisationNotFound(organisation.clone()));
                }
                Wanted::Of(organisation)
            }
        };
        let rows = store::list(self.db.read(), &wanted, paging).await?;
        Ok(paging.page(rows, |last| vec![last.display_name.clone(), last.id.uuid().to_string()]))
    }

    /// Sets a person's roles at one organisation.
    pub async fn set_roles(
        &self,
        caller: &Principal,
        set: SetRoles,
        key: Option<RequestKey>,
    ) -> Result<Written<Person>, Error> {
        if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Admin, &set.organisation)?;
        }
        refuse_self(caller, set.person)?;
        let mut tx = match self.db.once("directory.person.set_roles", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = active(&tx, set.person).await?;
        // An administrator knows the people of their organisation, and nobody else.
        let theirs = before.roles.memberships.contains_key(&set.organisation);
        if !theirs && !caller.holds_network(NetworkRole::Programme) {
            return Err(Error::PersonNotFound(set.person));
        }
        set.expected.check(before.version)?;
        if !set.roles.is_empty() {
            self.open_organisation(&*tx, &set.organisation).await?;
        }
        let after = before.with_roles(before.roles.clone().at(&set.organisation, set.roles));
        if before.is_admin_of(&set.organisation) && !after.is_admin_of(&set.organisation) {
            keep_an_admin(&tx, &set.organisation, set.person).await?;
        }
        store::update(&*tx, &after).await?;
        let change = Change::new("directory.person.set_roles", &after.id).on_behalf(&set.organisation);
        tx.append(change.before(&before.roles).after(&after.roles));
        self.rights_written(tx, after).await
    }

    /// Sets a person's roles on the network.
    pub async fn set_network_roles(
        &self,
        caller: &Principal,
        set: SetNetworkRoles,
        key: Option<RequestKey>,
    ) -> Result<Written<Person>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        refuse_self(caller, set.person)?;
        let mut tx = match self.db.once("directory.person.set_network_roles", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = active(&tx, set.person).await?;
        set.expected.check(before.version)?;
        let mut network = set.roles;
        tidy(&mut network);
        let after = before.with_roles(Roles { network, ..before.roles.clone() });
        store::update(&*tx, &after).await?;
        tx.append(
            Change::new("directory.person.set_network_roles", &after.id).before(&before.roles).after(&after.roles),
        );
        self.rights_written(tx, after).await
    }

    /// Ends a person's account.
    pub async fn deactivate(
        &self,
        caller: &Principal,
        person: PersonId,
        key: Option<RequestKey>,
    ) -> Result<Written<Person>, Error> {
        caller.signed_in().or_else(|error| if caller.is_system() { Ok(person) } else { Err(error) })?;
        refuse_self(caller, person)?;
        let mut tx = match self.db.once("directory.person.deactivate", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = active(&tx, person).await?;
        if !caller.holds_network(NetworkRole::Programme) {
            let known = before.roles.memberships.keys().any(|organisation| caller.holds(Role::Admin, organisation));
            if !known {
                return Err(Error::PersonNotFound(person));
            }
            let all = before.roles.memberships.keys().all(|organisation| caller.holds(Role::Admin, organisation));
            caller.granted(all && before.roles.network.is_empty(), NetworkRole::Programme.name())?;
        }
        for organisation in before.roles.memberships.keys().filter(|organisation| before.is_admin_of(organisation)) {
            keep_an_admin(&tx, organisation, person).await?;
        }
        let after = before.deactivated();
        store::update(&*tx, &after).await?;
        sessions::end_all(&*tx, person, tx.now()).await?;
        tx.append(Change::new("directory.person.deactivate", &person).before(&before.roles).after(&after.roles));
        self.rights_written(tx, after).await
    }

    /// Commits a change of rights, and has every token of the person looked at anew before the answer leaves.
    async fn rights_written(&self, tx: Tx, person: Person) -> Result<Written<Person>, Error> {
        let id = person.id;
        let written = tx.commit(person).await?;
        self.remembered.rights_changed(id);
        Ok(written)
    }
}

fn refuse_self(caller: &Principal, person: PersonId) -> Result<(), Error> {
    if caller.person == Some(person) { Err(Error::OwnRoles) } else { Ok(()) }
}

async fn active(tx: &Tx, id: PersonId) -> Result<Person, Error> {
    store::lock(&**tx, id).await?.filter(|person| person.active).ok_or(Error::PersonNotFound(id))
}

pub(super) async fn keep_an_admin(tx: &Tx, organisation: &OrganisationId, besides: PersonId) -> Result<(), Error> {
    // Two administrators who remove each other at the same time wait for one another here.
    organisations::lock(&**tx, std::slice::from_ref(organisation)).await?;
    if store::other_admins(&**tx, organisation, besides).await? == 0 {
        return Err(Error::LastAdmin(organisation.clone()));
    }
    Ok(())
}
