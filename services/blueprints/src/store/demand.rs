//! What was sought in rows: one for a person's day and topic; and the topics that are wanted.

use exemplar_kernel::{Error, Paging, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use time::Date;
use uuid::Uuid;

use super::inconsistent;
use crate::model::demand::{Sought, SoughtWords, TopicId, TopicState, WantedTopic};
use crate::model::follow::FollowId;
use crate::model::usage::SMALLEST;
use crate::model::{BlueprintId, Reader};

mod row {
    //! The tables of demand.
    pub(super) mod sought {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "sought")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub topic: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub seeker: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub day: TimeDate,
            pub words: String,
            pub stems: String,
            pub times: i32,
            pub missed: i32,
            pub opened: i32,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod wanted {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "wanted_topic")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub words: String,
            pub stems: String,
            pub seekers: i32,
            pub asks: i32,
            pub stops: i32,
            pub stopped_blueprint: Option<Uuid>,
            pub weight: i32,
            pub claimed_by: Option<String>,
            pub claimed_at: Option<i64>,
            pub blueprint: Option<Uuid>,
            pub answered_at: Option<i64>,
            pub created_at: i64,
            pub version: i64,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod ask {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "topic_ask")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub topic: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub person: Uuid,
            pub follow: Option<Uuid>,
            pub created_at: i64,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
use row::wanted::Column;
use row::{ask, sought, wanted};

/// One person's searches of a day for one topic.
#[derive(Clone, Debug)]
pub(crate) struct Searches {
    pub(crate) sought: Sought,
    pub(crate) seeker: Uuid,
    pub(crate) day: Date,
    pub(crate) times: i32,
    pub(crate) missed: i32,
    pub(crate) opened: i32,
}

/// Adds searches to those that are there; every topic, seeker and day once.
pub(crate) async fn add(tx: &impl ConnectionTrait, all: &[Searches]) -> Result<(), Error> {
    use sought::Column as C;
    let rows = all.iter().map(|one| {
        sought::Model {
            topic: one.sought.topic.uuid(),
            seeker: one.seeker,
            day: one.day,
            words: one.sought.words.clone(),
            stems: one.sought.spaced(),
            times: one.times,
            missed: one.missed,
            opened: one.opened,
        }
        .into_active_model()
    });
    let sum = |column: C, name: &str| Expr::col((sought::Entity, column)).add(Expr::cust(format!("excluded.{name}")));
    let there = OnConflict::columns([C::Topic, C::Seeker, C::Day])
        .value(C::Times, sum(C::Times, "times"))
        .value(C::Missed, sum(C::Missed, "missed"))
        .value(C::Opened, sum(C::Opened, "opened"))
        .to_owned();
    sought::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx).await?;
    Ok(())
}

/// How many different people found nothing for each of some topics; those with none are left out.
pub(crate) async fn seekers(db: &impl ConnectionTrait, topics: &[TopicId]) -> Result<Vec<(TopicId, u64)>, Error> {
    use sought::Column as C;
    let counted: Vec<(Uuid, i64)> = sought::Entity::find()
        .select_only()
        .column(C::Topic)
        .column_as(Expr::col(C::Seeker).count_distinct(), "seekers")
        .filter(C::Topic.is_in(topics.iter().map(|topic| topic.uuid())))
        .filter(C::Missed.gt(0))
        .group_by(C::Topic)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counted.into_iter().map(|(topic, seekers)| (TopicId::new(topic), unsigned(seekers))).collect())
}

/// Forgets what was sought before a day; how many rows there were.
pub(crate) async fn forget_before(tx: &impl ConnectionTrait, day: Date) -> Result<u64, Error> {
    Ok(sought::Entity::delete_many().filter(sought::Column::Day.lt(day)).exec(tx).await?.rows_affected)
}

/// What was searched by enough people with all the stems of any of these; the most searched first.
pub(crate) async fn report(
    db: &impl ConnectionTrait,
    about: &[Vec<String>],
    limit: u64,
) -> Result<Vec<SoughtWords>, Error> {
    use sought::Column as C;
    let mut any = Condition::any();
    for stems in about.iter().filter(|stems| !stems.is_empty()) {
        // Stems are letters and digits: nothing in them means something to LIKE.
        let all = stems.iter().fold(Condition::all(), |all, stem| all.add(C::Stems.like(format!("% {stem} %"))));
        any = any.add(all);
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let sum = |column: C| Expr::col(column).sum().cast_as("bigint");
    let people = || Expr::col(C::Seeker).count_distinct();
    let rows: Vec<(String, i64, i64, i64, i64)> = sought::Entity::find()
        .select_only()
        .column_as(C::Words.min(), "words")
        .column_as(people(), "seekers")
        .column_as(sum(C::Times), "searches")
        .column_as(sum(C::Missed), "misses")
        .column_as(sum(C::Opened), "opens")
        .filter(any)
        .group_by(C::Topic)
        .having(people().gte(SMALLEST))
        .order_by(sum(C::Times), Order::Desc)
        .order_by_asc(C::Topic)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let words = |(words, seekers, searches, misses, opens)| SoughtWords {
        words,
        seekers: unsigned(seekers),
        searches: unsigned(searches),
        misses: unsigned(misses),
        opens: unsigned(opens),
    };
    Ok(rows.into_iter().map(words).collect())
}

/// Makes a topic wanted, unless it is.
pub(crate) async fn want(tx: &impl ConnectionTrait, sought: &Sought, now: Timestamp) -> Result<(), Error> {
    let row = wanted::Model {
        id: sought.topic.uuid(),
        words: sought.words.clone(),
        stems: sought.spaced(),
        seekers: 0,
        asks: 0,
        stops: 0,
        stopped_blueprint: None,
        weight: 0,
        claimed_by: None,
        claimed_at: None,
        blueprint: None,
        answered_at: None,
        created_at: now.micros(),
        version: 1,
    };
    let there = OnConflict::column(Column::Id).do_nothing().to_owned();
    wanted::Entity::insert(row.into_active_model()).on_conflict(there).exec_without_returning(tx).await?;
    Ok(())
}

/// Says how many seek a topic.
pub(crate) async fn set_seekers(tx: &impl ConnectionTrait, id: TopicId, seekers: u32) -> Result<(), Error> {
    let seekers = i32::try_from(seekers).unwrap_or(i32::MAX);
    let weight = Expr::col(Column::Asks).add(Expr::col(Column::Stops)).add(seekers);
    let set = wanted::Entity::update_many().col_expr(Column::Seekers, Expr::value(seekers));
    set.col_expr(Column::Weight, weight).filter(Column::Id.eq(id.uuid())).exec(tx).await?;
    Ok(())
}

/// Says how many stopped for want of a topic, and what they had adopted.
pub(crate) async fn set_stops(
    tx: &impl ConnectionTrait,
    id: TopicId,
    stops: u32,
    blueprint: BlueprintId,
) -> Result<(), Error> {
    let stops = i32::try_from(stops).unwrap_or(i32::MAX);
    let weight = Expr::col(Column::Asks).add(Expr::col(Column::Seekers)).add(stops);
    let set = wanted::Entity::update_many()
        .col_expr(Column::Stops, Expr::value(stops))
        .col_expr(Column::StoppedBlueprint, Expr::value(blueprint.uuid()));
    set.col_expr(Column::Weight, weight).filter(Column::Id.eq(id.uuid())).exec(tx).await?;
    Ok(())
}

/// Notes that a person asks for a topic; whether they had not yet.
pub(crate) async fn ask(
    tx: &impl ConnectionTrait,
    id: TopicId,
    person: PersonId,
    follow: Option<FollowId>,
    now: Timestamp,
) -> Result<bool, Error> {
    use ask::Column as C;
    let row = ask::Model {
        topic: id.uuid(),
        person: person.uuid(),
        follow: follow.map(FollowId::uuid),
        created_at: now.micros(),
    };
    let there = OnConflict::columns([C::Topic, C::Person]).do_nothing().to_owned();
    let added = ask::Entity::insert(row.into_active_model()).on_conflict(there).exec_without_returning(tx).await?;
    if added > 0 {
        let one_more = |column: Column| Expr::col(column).add(1);
        let set = wanted::Entity::update_many().col_expr(Column::Asks, one_more(Column::Asks));
        let set = set.col_expr(Column::Weight, one_more(Column::Weight));
        set.filter(Column::Id.eq(id.uuid())).exec(tx).await?;
    } else if let Some(follow) = follow {
        let set = ask::Entity::update_many().col_expr(C::Follow, Expr::value(follow.uuid()));
        set.filter(C::Topic.eq(id.uuid())).filter(C::Person.eq(person.uuid())).exec(tx).await?;
    }
    Ok(added > 0)
}

/// The follows of those who asked for a topic to be told.
pub(crate) async fn follows(db: &impl ConnectionTrait, id: TopicId) -> Result<Vec<FollowId>, Error> {
    let rows = ask::Entity::find().filter(ask::Column::Topic.eq(id.uuid()));
    let rows = rows.filter(ask::Column::Follow.is_not_null()).order_by_asc(ask::Column::Follow).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| row.follow.map(FollowId::new)).collect())
}

/// Which of some topics a person has asked for.
pub(crate) async fn asked(
    db: &impl ConnectionTrait,
    person: PersonId,
    topics: &[TopicId],
) -> Result<Vec<TopicId>, Error> {
    let rows = ask::Entity::find()
        .filter(ask::Column::Person.eq(person.uuid()))
        .filter(ask::Column::Topic.is_in(topics.iter().map(|topic| topic.uuid())));
    Ok(rows.all(db).await?.into_iter().map(|row| TopicId::new(row.topic)).collect())
}

/// One wanted topic that a reader may know of, with what answers it if they may read that.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    id: TopicId,
) -> Result<Option<WantedTopic>, Error> {
    let row = wanted::Entity::find_by_id(id.uuid()).filter(known(reader)).one(db).await?;
    Ok(shown(db, reader, row.into_iter().collect()).await?.pop())
}

/// One wanted topic that a reader may know of, locked until the transaction ends, as it is.
pub(crate) async fn lock(
    tx: &impl ConnectionTrait,
    reader: &Reader<'_>,
    id: TopicId,
) -> Result<Option<WantedTopic>, Error> {
    let row = wanted::Entity::find_by_id(id.uuid()).filter(known(reader)).lock_exclusive().one(tx).await?;
    row.map(model).transpose()
}

/// A page of the wanted topics, the most wanted first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    state: Option<TopicState>,
    paging: &Paging,
) -> Result<Vec<WantedTopic>, Error> {
    let mut query = wanted::Entity::find().filter(known(reader));
    let answered = || Column::Blueprint.in_subquery(super::readable(reader));
    query = match state {
        None => query,
        Some(TopicState::Open) => query.filter(Column::ClaimedBy.is_null()),
        Some(TopicState::Answered) => query.filter(answered()),
        Some(TopicState::Claimed) => query
            .filter(Column::ClaimedBy.is_not_null())
            .filter(Condition::any().add(Column::Blueprint.is_null()).add(answered().not())),
    };
    if let [weight, id] = paging.after.as_slice() {
        let (weight, id) = (weight.parse::<i32>().unwrap_or_default(), Uuid::try_parse(id).unwrap_or_default());
        let place = Expr::tuple([Expr::col(Column::Weight), Expr::col(Column::Id)]);
        query = query.filter(place.lt(Expr::tuple([Expr::val(weight), Expr::val(id)])));
    }
    let query = query.order_by_desc(Column::Weight).order_by_desc(Column::Id).limit(paging.fetch());
    shown(db, reader, query.all(db).await?).await
}

/// Writes who claims a topic and what answers it.
pub(crate) async fn update(tx: &impl ConnectionTrait, topic: &WantedTopic, now: Timestamp) -> Result<(), Error> {
    let code = topic.claimed_by.as_ref().map(|id| id.code().to_owned());
    wanted::Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::value(code))
        .col_expr(Column::ClaimedAt, Expr::value(topic.claimed.map(Timestamp::micros)))
        .col_expr(Column::Blueprint, Expr::value(topic.blueprint.map(BlueprintId::uuid)))
        .col_expr(Column::AnsweredAt, Expr::value(topic.blueprint.map(|_| now.micros())))
        .col_expr(Column::Version, Expr::value(topic.version))
        .filter(Column::Id.eq(topic.id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The topics that are wanted by searches, in the order of their ids after one of them.
pub(crate) async fn sought_topics(
    db: &impl ConnectionTrait,
    after: Option<TopicId>,
    limit: u64,
) -> Result<Vec<TopicId>, Error> {
    let rows = wanted::Entity::find()
        .filter(Column::Seekers.gt(0))
        .filter(Condition::all().add_option(after.map(|after| Column::Id.gt(after.uuid()))))
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(rows.all(db).await?.into_iter().map(|row| TopicId::new(row.id)).collect())
}

/// Forgets topics that nobody wants any more and nobody took.
pub(crate) async fn forget_unwanted(tx: &impl ConnectionTrait) -> Result<u64, Error> {
    let none = wanted::Entity::delete_many().filter(Column::Weight.eq(0)).filter(Column::ClaimedBy.is_null());
    Ok(none.exec(tx).await?.rows_affected)
}

/// What a reader may know of: what stands only because adopters stopped has the title of what they had adopted.
fn known(reader: &Reader<'_>) -> Condition {
    let stops_only = Condition::all().add(Column::Seekers.eq(0)).add(Column::Asks.eq(0));
    let readable: SelectStatement = super::readable(reader);
    Condition::any()
        .add(stops_only.not())
        .add(Column::StoppedBlueprint.is_null())
        .add(Column::StoppedBlueprint.in_subquery(readable))
}

/// The topics as a reader may see them: a blueprint that they may not read answers nothing.
async fn shown(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    rows: Vec<wanted::Model>,
) -> Result<Vec<WantedTopic>, Error> {
    let mut topics = rows.into_iter().map(model).collect::<Result<Vec<_>, _>>()?;
    let answers: Vec<Uuid> = topics.iter().filter_map(|topic| topic.blueprint.map(BlueprintId::uuid)).collect();
    if answers.is_empty() {
        return Ok(topics);
    }
    let headers = super::headers(db, &answers).await?;
    for topic in &mut topics {
        let read = |id: &BlueprintId| {
            let header = headers.iter().find(|header| header.id == *id);
            header.is_some_and(|header| header.withdrawn.is_none() && header.shows_revisions_to(reader))
        };
        topic.blueprint = topic.blueprint.filter(read);
    }
    Ok(topics)
}

fn model(row: wanted::Model) -> Result<WantedTopic, Error> {
    let count = |count: i32| u32::try_from(count).map_err(inconsistent);
    Ok(WantedTopic {
        id: TopicId::new(row.id),
        words: row.words,
        stems: row.stems,
        seekers: count(row.seekers)?,
        asks: count(row.asks)?,
        stops: count(row.stops)?,
        stopped: row.stopped_blueprint.map(BlueprintId::new),
        claimed_by: row.claimed_by.as_deref().map(super::organisation_id).transpose()?,
        claimed: row.claimed_at.map(Timestamp::from_micros),
        blueprint: row.blueprint.map(BlueprintId::new),
        created: Timestamp::from_micros(row.created_at),
        version: row.version,
    })
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
