//! People, their roles and their invitations in rows.

use std::collections::{BTreeMap, HashMap};

use exemplar_kernel::{Error, NetworkRole, OrganisationId, Paging, PersonId, Role, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::entity::{invitation, membership, network_role, person};
use super::inconsistent;
use super::organisations::organisation_id;
use crate::model::person::{Invitation, InvitationId, Person, Roles, email_key};

/// Holders of a role who are looked up at the most.
const MAX_HOLDERS: u64 = 1_000;

/// How a person proves who they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proof {
    pub(crate) password_hash: Option<String>,
    pub(crate) identity: Option<(String, String)>,
}

/// Which people a list wants.
pub(crate) enum Wanted<'a> {
    /// Those of one organisation.
    Of(&'a OrganisationId),
    /// All.
    Everybody,
}

/// One person.
pub(crate) async fn find(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, Error> {
    let row = person::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(models(db, row.into_iter().collect()).await?.pop())
}

/// One person, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, Error> {
    let row = person::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?;
    Ok(models(tx, row.into_iter().collect()).await?.pop())
}

/// Some people by their ids.
pub(crate) async fn find_all(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<Person>, Error> {
    let ids = ids.iter().map(|id| id.uuid());
    models(db, person::Entity::find().filter(person::Column::Id.is_in(ids)).all(db).await?).await
}

/// The person with an e-mail address, and the hash of their password.
pub(crate) async fn by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<(Person, Option<String>)>, Error> {
    let row = person::Entity::find().filter(person::Column::EmailKey.eq(email_key(email))).one(db).await?;
    let Some(row) = row else { return Ok(None) };
    let hash = row.password_hash.clone();
    Ok(models(db, vec![row]).await?.pop().map(|person| (person, hash)))
}

/// The person whom an OpenID issuer knows as `subject`.
pub(crate) async fn by_identity(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<Person>, Error> {
    let row = person::Entity::find()
        .filter(person::Column::Issuer.eq(issuer))
        .filter(person::Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(models(db, row.into_iter().collect()).await?.pop())
}

/// A page of people by name, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &Wanted<'_>,
    paging: &Paging,
) -> Result<Vec<Person>, Error> {
    let mut query = person::Entity::find().limit(paging.fetch());
    if let Wanted::Of(organisation) = wanted {
        let members = membership::Entity::find()
            .select_only()
            .column(membership::Column::Person)
            .filter(membership::Column::Organisation.eq(organisation.code()))
            .into_query();
        query = query.filter(person::Column::Id.in_subquery(members));
    }
    if let [name, id] = paging.after.as_slice() {
        let id = Uuid::try_parse(id).unwrap_or_default();
        query = query.filter(
            Expr::tuple([Expr::col(person::Column::DisplayName), Expr::col(person::Column::Id)])
                .gt(Expr::tuple([Expr::val(name), Expr::val(id)])),
        );
    }
    let rows = query.order_by_asc(person::Column::DisplayName).order_by_asc(person::Column::Id).all(db).await?;
    models(db, rows).await
}

/// Who holds a role, or one that includes it, at an organisation.
pub(crate) async fn holders(
    db: &impl ConnectionTrait,
    role: Role,
    at: &OrganisationId,
) -> Result<Vec<PersonId>, Error> {
    let names = Role::ALL.into_iter().filter(|held| held.includes(role)).map(Role::name);
    let ids: Vec<Uuid> = membership::Entity::find()
        .select_only()
        .column(membership::Column::Person)
        .distinct()
        .filter(membership::Column::Organisation.eq(at.code()))
        .filter(membership::Column::Role.is_in(names))
        .limit(MAX_HOLDERS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(PersonId::new).collect())
}

/// Who holds a role on the network.
pub(crate) async fn network_holders(db: &impl ConnectionTrait, role: NetworkRole) -> Result<Vec<PersonId>, Error> {
    let ids: Vec<Uuid> = network_role::Entity::find()
        .select_only()
        .column(network_role::Column::Person)
        .filter(network_role::Column::Role.eq(role.name()))
        .limit(MAX_HOLDERS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(PersonId::new).collect())
}

/// How many administrators an organisation has besides one person.
pub(crate) async fn other_admins(
    db: &impl ConnectionTrait,
    at: &OrganisationId,
    besides: PersonId,
) -> Result<u64, Error> {
    Ok(membership::Entity::find()
        .filter(membership::Column::Organisation.eq(at.code()))
        .filter(membership::Column::Role.eq(Role::Admin.name()))
        .filter(membership::Column::Person.ne(besides.uuid()))
        .count(db)
        .await?)
}

/// Adds a person.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    person: &Person,
    proof: Proof,
    now: Timestamp,
) -> Result<(), sea_orm::DbErr> {
    let (issuer, subject) = proof.identity.unzip();
    let row = person::Model {
        id: person.id.uuid(),
        display_name: person.display_name.clone(),
        email: person.email.clone(),
        email_key: email_key(&person.email),
        password_hash: proof.password_hash,
        issuer,
        subject,
        active: person.active,
        version: person.version,
        created_at: now.micros(),
    };
    person::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    insert_roles(db, person).await
}

/// Writes a person's roles and state over what is there.
pub(crate) async fn update(db: &impl ConnectionTrait, person: &Person) -> Result<(), sea_orm::DbErr> {
    let id = person.id.uuid();
    person::Entity::update_many()
        .col_expr(person::Column::Active, Expr::value(person.active))
        .col_expr(person::Column::Version, Expr::value(person.version))
        .filter(person::Column::Id.eq(id))
        .exec(db)
        .await?;
    membership::Entity::delete_many().filter(membership::Column::Person.eq(id)).exec(db).await?;
    network_role::Entity::delete_many().filter(network_role::Column::Person.eq(id)).exec(db).await?;
    insert_roles(db, person).await
}

/// Writes a pseudonym over an account whose roles are gone, and takes away whatever its person could be known by.
pub(crate) async fn forget(db: &impl ConnectionTrait, id: PersonId, pseudonym: &str) -> Result<(), sea_orm::DbErr> {
    use person::Column;
    person::Entity::update_many()
        .col_expr(Column::DisplayName, Expr::value(pseudonym))
        .col_expr(Column::Email, Expr::value(""))
        // The key stays once in all accounts.
        .col_expr(Column::EmailKey, Expr::value(format!("erased {}", id.uuid())))
        .col_expr(Column::PasswordHash, Expr::value(Option::<String>::None))
        .col_expr(Column::Issuer, Expr::value(Option::<String>::None))
        .col_expr(Column::Subject, Expr::value(Option::<String>::None))
        .col_expr(Column::Active, Expr::value(false))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

async fn insert_roles(db: &impl ConnectionTrait, person: &Person) -> Result<(), sea_orm::DbErr> {
    let id = person.id.uuid();
    let memberships: Vec<_> = person
        .roles
        .memberships
        .iter()
        .flat_map(|(organisation, roles)| {
            roles.iter().map(move |role| {
                let (organisation, role) = (organisation.code().to_owned(), role.name().to_owned());
                membership::Model { person: id, organisation, role }.into_active_model()
            })
        })
        .collect();
    if !memberships.is_empty() {
        membership::Entity::insert_many(memberships).exec_without_returning(db).await?;
    }
    let network: Vec<_> = person
        .roles
        .network
        .iter()
        .map(|role| network_role::Model { person: id, role: role.name().to_owned() }.into_active_model())
        .collect();
    if !network.is_empty() {
        network_role::Entity::insert_many(network).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn models(db: &impl ConnectionTrait, rows: Vec<person::Model>) -> Result<Vec<Person>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut roles: HashMap<Uuid, Roles> = HashMap::new();
    for row in membership::Entity::find().filter(membership::Column::Person.is_in(ids.clone())).all(db).await? {
        let role = role(&row.role)?;
        let held = &mut roles.entry(row.person).or_default().memberships;
        held.entry(organisation_id(&row.organisation)?).or_default().push(role);
    }
    for row in network_role::Entity::find().filter(network_role::Column::Person.is_in(ids)).all(db).await? {
        roles.entry(row.person).or_default().network.push(network_role(&row.role)?);
    }
    for roles in roles.values_mut() {
        roles.network.sort_unstable();
        roles.memberships.values_mut().for_each(|held| held.sort_unstable());
    }
    Ok(rows
        .into_iter()
        .map(|row| Person {
            id: PersonId::new(row.id),
            display_name: row.display_name,
            email: row.email,
            roles: roles.remove(&row.id).unwrap_or_default(),
            active: row.active,
            version: row.version,
        })
        .collect())
}

/// One invitation.
pub(crate) async fn invitation(db: &impl ConnectionTrait, id: InvitationId) -> Result<Option<Invitation>, Error> {
    let Some(row) = invitation::Entity::find_by_id(id.uuid()).one(db).await? else { return Ok(None) };
    let mut memberships = BTreeMap::new();
    if let Some(code) = &row.organisation {
        memberships.insert(organisation_id(code)?, row.roles.split(' ').map(role).collect::<Result<_, _>>()?);
    }
    let network =
        row.network_roles.split(' ').filter(|name| !name.is_empty()).map(network_role).collect::<Result<_, _>>()?;
    Ok(Some(Invitation {
        id,
        email: row.email,
        roles: Roles { memberships, network },
        created: Timestamp::from_micros(row.created_at),
        expires: Timestamp::from_micros(row.expires_at),
        accepted: row.accepted_at.map(Timestamp::from_micros),
    }))
}

/// Adds an invitation.
pub(crate) async fn insert_invitation(db: &impl ConnectionTrait, invitation: &Invitation) -> Result<(), Error> {
    let membership = invitation.roles.memberships.first_key_value();
    let names = |roles: &[Role]| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ");
    let row = invitation::Model {
        id: invitation.id.uuid(),
        email: invitation.email.clone(),
        organisation: membership.map(|(organisation, _)| organisation.code().to_owned()),
        roles: membership.map(|(_, roles)| names(roles)).unwrap_or_default(),
        network_roles: invitation.roles.network.iter().map(|role| role.name()).collect::<Vec<_>>().join(" "),
        created_at: invitation.created.micros(),
        expires_at: invitation.expires.micros(),
        accepted_at: invitation.accepted.map(Timestamp::micros),
    };
    row.into_active_model().insert(db).await?;
    Ok(())
}

/// Marks an invitation as taken up; false when it was before.
pub(crate) async fn accept_invitation(
    db: &impl ConnectionTrait,
    id: InvitationId,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = invitation::Entity::update_many()
        .col_expr(invitation::Column::AcceptedAt, Expr::value(now.micros()))
        .filter(invitation::Column::Id.eq(id.uuid()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn role(name: &str) -> Result<Role, Error> {
    Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| inconsistent(format!("role {name:?}")))
}

fn network_role(name: &str) -> Result<NetworkRole, Error> {
    NetworkRole::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| inconsistent(format!("role {name:?}")))
}
