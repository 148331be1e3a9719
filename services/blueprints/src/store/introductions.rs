//! Introductions and hours in rows.

use exemplar_kernel::{Error, NetworkRole, OrganisationId, Paging, PersonId, Principal, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TryInsertResult,
};
use time::Date;
use uuid::Uuid;

use super::inconsistent;
use crate::model::BlueprintId;
use crate::model::introduction::{
    Charge, DEFAULT_BUDGET, Introduction, IntroductionId, IntroductionKind, IntroductionState,
};

mod row {
    //! The tables of introductions.
    pub(super) mod introduction {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "introduction")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub blueprint: Uuid,
            pub asker: String,
            pub asked_by: Option<Uuid>,
            pub asked: String,
            pub expert: Option<Uuid>,
            pub kind: String,
            pub question: String,
            pub state: String,
            pub hours: i32,
            pub month: Option<TimeDate>,
            pub answer: String,
            pub outcome: String,
            pub reason: String,
            pub requested_at: i64,
            pub moved_at: i64,
            pub version: i64,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod budget {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "hour_budget")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub organisation: String,
            pub hours: i32,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod month {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "hour_month")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub organisation: String,
            #[sea_orm(primary_key, auto_increment = false)]
            pub month: TimeDate,
            pub budget: i32,
            pub promised: i32,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
use row::introduction::Column;
use row::{budget, introduction, month};

/// Which introductions a list wants.
#[derive(Clone, Debug, Default)]
pub struct WantedIntroductions {
    /// About this blueprint.
    pub blueprint: Option<BlueprintId>,
    /// Asked by this organisation.
    pub asker: Option<OrganisationId>,
    /// Asked of this organisation.
    pub asked: Option<OrganisationId>,
    /// Of this kind.
    pub kind: Option<IntroductionKind>,
    /// That stand so.
    pub state: Option<IntroductionState>,
}

/// One introduction, if the caller may know of it.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    caller: &Principal,
    id: IntroductionId,
) -> Result<Option<Introduction>, Error> {
    introduction::Entity::find_by_id(id.uuid()).filter(sight(caller)).one(db).await?.map(model).transpose()
}

/// One introduction, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: IntroductionId) -> Result<Option<Introduction>, Error> {
    introduction::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// A page of the introductions that the caller may know of, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    caller: &Principal,
    wanted: &WantedIntroductions,
    paging: &Paging,
) -> Result<Vec<Introduction>, Error> {
    let mut filter = Condition::all()
        .add(sight(caller))
        .add_option(wanted.blueprint.map(|id| Column::Blueprint.eq(id.uuid())))
        .add_option(wanted.asker.as_ref().map(|id| Column::Asker.eq(id.code())))
        .add_option(wanted.asked.as_ref().map(|id| Column::Asked.eq(id.code())))
        .add_option(wanted.kind.map(|kind| Column::Kind.eq(kind.name())))
        .add_option(wanted.state.map(|state| Column::State.eq(state.name())));
    if let [id] = paging.after.as_slice() {
        filter = filter.add(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let query = introduction::Entity::find().filter(filter).order_by_desc(Column::Id).limit(paging.fetch());
    query.all(db).await?.into_iter().map(model).collect()
}

/// Of which introductions the caller may know: those of either side's people.
fn sight(caller: &Principal) -> Condition {
    if caller.holds_network(NetworkRole::Programme) {
        return Condition::all();
    }
    let own = || caller.organisations().map(OrganisationId::code);
    Condition::any().add(Column::Asker.is_in(own())).add(Column::Asked.is_in(own()))
}

/// How many introductions each organisation asked for about a blueprint, most first.
pub(crate) async fn count_by_asker(
    db: &impl ConnectionTrait,
    id: BlueprintId,
) -> Result<Vec<(OrganisationId, i64)>, Error> {
    let rows: Vec<(String, i64)> = introduction::Entity::find()
        .select_only()
        .column(Column::Asker)
        .column_as(Column::Id.count(), "acts")
        .filter(Column::Blueprint.eq(id.uuid()))
        .group_by(Column::Asker)
        .into_tuple()
        .all(db)
        .await?;
    super::most_first(rows)
}

/// Adds an introduction, unless one of the same two about the same blueprint waits; whether it was added.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Introduction) -> Result<bool, Error> {
    let refused = OnConflict::new().do_nothing().to_owned();
    let query = introduction::Entity::insert(row_of(new).into_active_model()).on_conflict(refused).try_insert();
    Ok(matches!(query.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Writes where an introduction stands.
pub(crate) async fn update(tx: &impl ConnectionTrait, after: &Introduction) -> Result<(), Error> {
    introduction::Entity::update_many()
        .col_expr(Column::State, Expr::value(after.state.name()))
        .col_expr(Column::Hours, Expr::value(after.hours))
        .col_expr(Column::Month, Expr::value(after.month))
        .col_expr(Column::Answer, Expr::value(after.answer.clone()))
        .col_expr(Column::Outcome, Expr::value(after.outcome.clone()))
        .col_expr(Column::Reason, Expr::value(after.reason.clone()))
        .col_expr(Column::MovedAt, Expr::value(after.moved.micros()))
        .col_expr(Column::Version, Expr::value(after.version))
        .filter(Column::Id.eq(after.id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The hours a month that an organisation gives.
pub(crate) async fn budget(db: &impl ConnectionTrait, organisation: &OrganisationId) -> Result<i32, Error> {
    let set = budget::Entity::find_by_id(organisation.code().to_owned()).one(db).await?;
    Ok(set.map_or(DEFAULT_BUDGET, |set| set.hours))
}

/// The hours that an organisation has promised in a month.
pub(crate) async fn promised(db: &impl ConnectionTrait, organisation: &OrganisationId, of: Date) -> Result<i32, Error> {
    let row = month::Entity::find_by_id((organisation.code().to_owned(), of)).one(db).await?;
    Ok(row.map_or(0, |row| row.promised))
}

/// Sets the hours a month from `of` on. What is promised stays promised: the month keeps at least that.
pub(crate) async fn set_budget(
    tx: &impl ConnectionTrait,
    organisation: &OrganisationId,
    hours: i32,
    of: Date,
) -> Result<(), Error> {
    let set = budget::Model { organisation: organisation.code().to_owned(), hours };
    let over = OnConflict::column(budget::Column::Organisation).update_column(budget::Column::Hours).to_owned();
    budget::Entity::insert(set.into_active_model()).on_conflict(over).exec_without_returning(tx).await?;
    let kept = CaseStatement::new()
        .case(Expr::col(month::Column::Promised).gt(hours), Expr::col(month::Column::Promised))
        .finally(Expr::val(hours));
    month::Entity::update_many()
        .col_expr(month::Column::Budget, Expr::expr(kept))
        .filter(month::Column::Organisation.eq(organisation.code()))
        .filter(month::Column::Month.eq(of))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes hours of a month or gives them back; the database refuses more than the budget, however many ask at once.
pub(crate) async fn charge(
    tx: &impl ConnectionTrait,
    organisation: &OrganisationId,
    Charge { hours, month: of }: Charge,
    budget: i32,
) -> Result<(), DbErr> {
    let code = organisation.code().to_owned();
    let row = month::Model { organisation: code.clone(), month: of, budget, promised: 0 };
    let there = OnConflict::columns([month::Column::Organisation, month::Column::Month]).do_nothing().to_owned();
    month::Entity::insert(row.into_active_model()).on_conflict(there).try_insert().exec_without_returning(tx).await?;
    month::Entity::update_many()
        .col_expr(month::Column::Promised, Expr::col(month::Column::Promised).add(hours))
        .filter(month::Column::Organisation.eq(code))
        .filter(month::Column::Month.eq(of))
        .exec(tx)
        .await?;
    Ok(())
}

fn row_of(introduction: &Introduction) -> introduction::Model {
    let said = introduction.clone();
    introduction::Model {
        id: said.id.uuid(),
        blueprint: said.blueprint.uuid(),
        asker: said.asker.code().to_owned(),
        asked_by: said.asked_by.map(PersonId::uuid),
        asked: said.asked.code().to_owned(),
        expert: said.expert.map(PersonId::uuid),
        kind: said.kind.name().to_owned(),
        question: said.question,
        state: said.state.name().to_owned(),
        hours: said.hours,
        month: said.month,
        answer: said.answer,
        outcome: said.outcome,
        reason: said.reason,
        requested_at: said.requested.micros(),
        moved_at: said.moved.micros(),
        version: said.version,
    }
}

fn model(row: introduction::Model) -> Result<Introduction, Error> {
    Ok(Introduction {
        id: IntroductionId::new(row.id),
        blueprint: BlueprintId::new(row.blueprint),
        asker: super::organisation_id(&row.asker)?,
        asked_by: row.asked_by.map(PersonId::new),
        asked: super::organisation_id(&row.asked)?,
        expert: row.expert.map(PersonId::new),
        kind: IntroductionKind::from_name(&row.kind).ok_or_else(|| inconsistent(&row.kind))?,
        question: row.question,
        state: IntroductionState::from_name(&row.state).ok_or_else(|| inconsistent(&row.state))?,
        hours: row.hours,
        month: row.month,
        answer: row.answer,
        outcome: row.outcome,
        reason: row.reason,
        requested: Timestamp::from_micros(row.requested_at),
        moved: Timestamp::from_micros(row.moved_at),
        version: row.version,
    })
}
