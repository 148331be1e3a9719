//! Follows in rows, and what was found for them.

use exemplar_directory::TermId;
use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Sequence, Timestamp, digest};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::inconsistent;
use crate::model::follow::{Cadence, Follow, FollowId, Watched};
use crate::model::{BlueprintId, RevisionNumber};

mod row {
    //! The tables of follows.
    pub(super) mod follow {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "follow")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub person: Uuid,
            pub name: String,
            pub note: String,
            pub kind: String,
            pub target: String,
            pub query: String,
            pub filter: String,
            pub key: String,
            pub cadence: String,
            pub from_sequence: i64,
            pub created_at: i64,
            pub told_at: Option<i64>,
            pub due_at: Option<i64>,
            pub version: i64,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod found {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "follow_found")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub follow: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub blueprint: Uuid,
            pub revision: i32,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
use row::follow::{self, Column};
use row::found;

/// Follows that are read together, well below what either database binds.
const TOGETHER: usize = 500;

/// Something that was found for a follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) follow: FollowId,
    pub(crate) blueprint: BlueprintId,
    pub(crate) revision: RevisionNumber,
}

/// How many things a person follows.
pub(crate) async fn count(db: &impl ConnectionTrait, person: PersonId) -> Result<u64, Error> {
    Ok(follow::Entity::find().filter(Column::Person.eq(person.uuid())).count(db).await?)
}

/// Adds a follow; the database refuses one that is there.
pub(crate) async fn insert(tx: &impl ConnectionTrait, follow: &Follow) -> Result<(), DbErr> {
    follow::Entity::insert(row(follow).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// One follow of a person.
pub(crate) async fn find(db: &impl ConnectionTrait, person: PersonId, id: FollowId) -> Result<Option<Follow>, Error> {
    let theirs = follow::Entity::find_by_id(id.uuid()).filter(Column::Person.eq(person.uuid()));
    theirs.one(db).await?.map(model).transpose()
}

/// The follow by which a person watches something.
pub(crate) async fn find_watched(
    db: &impl ConnectionTrait,
    person: PersonId,
    watched: &Watched,
) -> Result<Option<Follow>, Error> {
    let there = follow::Entity::find().filter(Column::Person.eq(person.uuid())).filter(Column::Key.eq(key(watched)));
    there.one(db).await?.map(model).transpose()
}

/// Those of some follows that have not ended.
pub(crate) async fn find_all(db: &impl ConnectionTrait, ids: &[FollowId]) -> Result<Vec<Follow>, Error> {
    let mut follows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(TOGETHER) {
        let rows = follow::Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        for row in rows.order_by_asc(Column::Id).all(db).await? {
            follows.push(model(row)?);
        }
    }
    Ok(follows)
}

/// One follow of a person, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, person: PersonId, id: FollowId) -> Result<Option<Follow>, Error> {
    let theirs = follow::Entity::find_by_id(id.uuid()).filter(Column::Person.eq(person.uuid()));
    theirs.lock_exclusive().one(tx).await?.map(model).transpose()
}

/// A page of a person's follows, newest first, one more than wanted.
pub(crate) async fn list(db: &impl ConnectionTrait, person: PersonId, paging: &Paging) -> Result<Vec<Follow>, Error> {
    let mut filter = Condition::all().add(Column::Person.eq(person.uuid()));
    if let [id] = paging.after.as_slice() {
        filter = filter.add(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let rows = follow::Entity::find().filter(filter).order_by_desc(Column::Id).limit(paging.fetch()).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Follows that were saved before a change, in the order of their ids after one of them.
pub(crate) async fn saved_before(
    db: &impl ConnectionTrait,
    sequence: Sequence,
    after: Option<FollowId>,
    limit: u64,
) -> Result<Vec<Follow>, Error> {
    let rows = follow::Entity::find()
        .filter(Column::FromSequence.lt(sequence))
        .filter(Condition::all().add_option(after.map(|after| Column::Id.gt(after.uuid()))))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Writes what can change of a follow over what is there. What was found waits for the new cadence.
pub(crate) async fn update(tx: &impl ConnectionTrait, follow: &Follow, now: Timestamp) -> Result<(), Error> {
    let due = CaseStatement::new()
        .case(Expr::col(Column::DueAt).is_null(), Expr::val(None::<i64>))
        .finally(Expr::val(follow.cadence.due(now).micros()));
    follow::Entity::update_many()
        .col_expr(Column::Name, Expr::value(follow.name.clone()))
        .col_expr(Column::Note, Expr::value(follow.note.clone()))
        .col_expr(Column::Cadence, Expr::value(follow.cadence.name()))
        .col_expr(Column::Version, Expr::value(follow.version))
        .col_expr(Column::DueAt, Expr::expr(due))
        .filter(Column::Id.eq(follow.id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes a follow and what was found for it.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: FollowId) -> Result<(), Error> {
    found::Entity::delete_many().filter(found::Column::Follow.eq(id.uuid())).exec(tx).await?;
    follow::Entity::delete_by_id(id.uuid()).exec(tx).await?;
    Ok(())
}

/// Keeps what was found for a follow until its person is told, unless it has ended. A blueprint counts once until then.
pub(crate) async fn keep(
    tx: &impl ConnectionTrait,
    follow: &Follow,
    all: &[Found],
    now: Timestamp,
) -> Result<(), Error> {
    use found::Column as C;
    if follow::Entity::find_by_id(follow.id.uuid()).lock_exclusive().one(tx).await?.is_none() {
        return Ok(());
    }
    for one in all {
        let revision = i32::try_from(one.revision).map_err(inconsistent)?;
        let row = found::Model { follow: follow.id.uuid(), blueprint: one.blueprint.uuid(), revision };
        let again = OnConflict::columns([C::Follow, C::Blueprint]).update_column(C::Revision).to_owned();
        found::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(tx).await?;
    }
    follow::Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(follow.cadence.due(now).micros()))
        .filter(Column::Id.eq(follow.id.uuid()))
        .filter(Column::DueAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether anybody is to be told now.
pub(crate) async fn is_any_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool, Error> {
    Ok(follow::Entity::find().filter(Column::DueAt.lte(now.micros())).limit(1).one(db).await?.is_some())
}

/// The follows whose people are to be told now, locked in the order of their ids.
pub(crate) async fn lock_due(tx: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Follow>, Error> {
    let due = follow::Entity::find().filter(Column::DueAt.lte(now.micros())).order_by_asc(Column::Id).limit(limit);
    due.lock_exclusive().all(tx).await?.into_iter().map(model).collect()
}

/// Takes what was found for some follows, to be told; they wait for more.
pub(crate) async fn take_found(
    tx: &impl ConnectionTrait,
    follows: &[FollowId],
    now: Timestamp,
) -> Result<Vec<Found>, Error> {
    let ids = || follows.iter().map(|id| id.uuid());
    let theirs = found::Column::Follow.is_in(ids());
    let rows = found::Entity::find().filter(theirs.clone()).order_by_asc(found::Column::Blueprint).all(tx).await?;
    found::Entity::delete_many().filter(theirs).exec(tx).await?;
    follow::Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(None::<i64>))
        .col_expr(Column::ToldAt, Expr::value(now.micros()))
        .filter(Column::Id.is_in(ids()))
        .exec(tx)
        .await?;
    let found = |row: found::Model| {
        let revision = RevisionNumber::try_from(row.revision).map_err(inconsistent)?;
        Ok(Found { follow: FollowId::new(row.follow), blueprint: BlueprintId::new(row.blueprint), revision })
    };
    rows.into_iter().map(found).collect()
}

fn row(follow: &Follow) -> follow::Model {
    let (kind, target, query, filter) = match &follow.watched {
        Watched::Search { query, filter } => ("SEARCH", String::new(), query.clone(), filter.clone()),
        Watched::Blueprint(id) => ("BLUEPRINT", id.to_string(), String::new(), String::new()),
        Watched::Organisation(id) => ("ORGANISATION", id.to_string(), String::new(), String::new()),
        Watched::Topic(id) => ("TOPIC", id.to_string(), String::new(), String::new()),
    };
    follow::Model {
        id: follow.id.uuid(),
        person: follow.person.uuid(),
        name: follow.name.clone(),
        note: follow.note.clone(),
        kind: kind.to_owned(),
        target,
        query,
        filter,
        key: key(&follow.watched),
        cadence: follow.cadence.name().to_owned(),
        from_sequence: follow.from,
        created_at: follow.created.micros(),
        told_at: follow.told.map(Timestamp::micros),
        due_at: None,
        version: follow.version,
    }
}

fn key(watched: &Watched) -> String {
    digest::hex(&digest::of([watched.key().as_bytes()]))
}

fn model(row: follow::Model) -> Result<Follow, Error> {
    let watched = match row.kind.as_str() {
        "BLUEPRINT" => Watched::Blueprint(BlueprintId::parse(&row.target).map_err(inconsistent)?),
        "ORGANISATION" => Watched::Organisation(OrganisationId::parse(&row.target).map_err(inconsistent)?),
        "TOPIC" => Watched::Topic(TermId::parse(&row.target).map_err(inconsistent)?),
        _ => Watched::Search { query: row.query, filter: row.filter },
    };
    Ok(Follow {
        id: FollowId::new(row.id),
        person: PersonId::new(row.person),
        name: row.name,
        note: row.note,
        watched,
        cadence: Cadence::from_name(&row.cadence).ok_or_else(|| inconsistent(&row.cadence))?,
        from: row.from_sequence,
        created: Timestamp::from_micros(row.created_at),
        told: row.told_at.map(Timestamp::from_micros),
        version: row.version,
    })
}
