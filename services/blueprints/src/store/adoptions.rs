//! Adoptions in rows.

use std::collections::{BTreeMap, HashMap};

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, TryInsertResult, sea_query::OnConflict,
};
use uuid::Uuid;

use super::entity::blueprint;
use super::{inconsistent, number, visible};
use crate::model::adoption::{
    Adoption, AdoptionId, AdoptionState, Decided, Live, Outcome, SectionDecision, Step, StopReason,
};
use crate::model::{BlueprintId, Reader, RevisionNumber, SectionKind};

mod row {
    //! The tables of adoptions.
    pub(super) mod adoption {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "adoption")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub blueprint: Uuid,
            pub revision: i32,
            pub organisation: String,
            pub state: String,
            pub willing: bool,
            pub plan: String,
            pub created_at: i64,
            pub version: i64,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod step {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "adoption_step")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub adoption: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub number: i32,
            pub state: String,
            pub date: TimeDate,
            pub stop: Option<String>,
            pub reason: String,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod decision {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "adoption_decision")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub adoption: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub section: String,
            pub decision: String,
            pub why: String,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod outcome {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "adoption_outcome")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub adoption: Uuid,
            #[sea_orm(primary_key, auto_increment = false)]
            pub number: i32,
            pub benefit: String,
            pub measure: String,
            pub baseline: String,
            pub result: String,
            pub date: TimeDate,
            pub measured_by: String,
            pub measurer: String,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
use row::{adoption, decision, outcome, step};

/// Which adoptions a list wants.
#[derive(Clone, Debug, Default)]
pub struct WantedAdoptions {
    /// Of this blueprint.
    pub blueprint: Option<BlueprintId>,
    /// By this organisation.
    pub organisation: Option<OrganisationId>,
    /// Of what this organisation wrote.
    pub author: Option<OrganisationId>,
    /// That stand so.
    pub state: Option<AdoptionState>,
}

/// One adoption, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: AdoptionId) -> Result<Option<Adoption>, Error> {
    let rows = adoption::Entity::find_by_id(id.uuid()).lock_exclusive().all(tx).await?;
    Ok(models(tx, rows).await?.pop())
}

/// One adoption, if the caller may know of it.
pub(crate) async fn find_visible(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    id: AdoptionId,
) -> Result<Option<Adoption>, Error> {
    let rows = adoption::Entity::find_by_id(id.uuid()).filter(sight(reader)).all(db).await?;
    Ok(models(db, rows).await?.pop())
}

/// A page of the adoptions that the caller may know of, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    wanted: &WantedAdoptions,
    paging: &Paging,
) -> Result<Vec<Adoption>, Error> {
    use adoption::Column;
    let written = |author: &OrganisationId| {
        let ids = blueprint::Entity::find().select_only().column(blueprint::Column::Id);
        Column::Blueprint.in_subquery(ids.filter(blueprint::Column::Organisation.eq(author.code())).into_query())
    };
    let mut filter = Condition::all()
        .add(sight(reader))
        .add_option(wanted.blueprint.map(|id| Column::Blueprint.eq(id.uuid())))
        .add_option(wanted.organisation.as_ref().map(|id| Column::Organisation.eq(id.code())))
        .add_option(wanted.state.map(|state| Column::State.eq(state.name())))
        .add_option(wanted.author.as_ref().map(written));
    if let [id] = paging.after.as_slice() {
        filter = filter.add(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let query = adoption::Entity::find().filter(filter).order_by_desc(Column::Id).limit(paging.fetch());
    models(db, query.all(db).await?).await
}

/// Of which adoptions the reader may know: their organisations' own, and those of blueprints that they may read or that
/// their organisations wrote, withdrawn ones included.
fn sight(reader: &Reader<'_>) -> Condition {
    use adoption::Column;
    if reader.caller.is_system() {
        return Condition::all();
    }
    let own = || reader.caller.organisations().map(OrganisationId::code);
    let readable = Condition::any().add(visible(reader, false)).add(blueprint::Column::Organisation.is_in(own()));
    let readable = blueprint::Entity::find().select_only().column(blueprint::Column::Id).filter(readable);
    Condition::any().add(Column::Organisation.is_in(own())).add(Column::Blueprint.in_subquery(readable.into_query()))
}

/// Every adoption of some blueprints, in the order of their ids.
pub(crate) async fn of_blueprints(db: &impl ConnectionTrait, ids: &[BlueprintId]) -> Result<Vec<Adoption>, Error> {
    let rows = adoption::Entity::find()
        .filter(adoption::Column::Blueprint.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(adoption::Column::Id)
        .all(db)
        .await?;
    models(db, rows).await
}

/// Where some blueprints are live, in the order of their adoptions, at most `limit`; names are not filled in.
pub(crate) async fn live(db: &impl ConnectionTrait, ids: &[BlueprintId], limit: u64) -> Result<Vec<Live>, Error> {
    use adoption::Column;
    let rows: Vec<(Uuid, String, bool)> = adoption::Entity::find()
        .select_only()
        .columns([Column::Blueprint, Column::Organisation, Column::Willing])
        .filter(Column::Blueprint.is_in(ids.iter().map(|id| id.uuid())))
        .filter(Column::State.eq(AdoptionState::Live.name()))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, organisation, willing)| {
            let (blueprint, organisation) = (BlueprintId::new(id), super::organisation_id(&organisation)?);
            Ok(Live { blueprint, organisation, display_name: String::new(), willing })
        })
        .collect()
}

/// At how many organisations each of some blueprints is live; those that are live nowhere are left out.
pub(crate) async fn count_live(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, u32>, Error> {
    use adoption::Column;
    let rows: Vec<(Uuid, i64)> = adoption::Entity::find()
        .select_only()
        .column(Column::Blueprint)
        .column_as(Column::Id.count(), "live")
        .filter(Column::Blueprint.is_in(ids.iter().copied()))
        .filter(Column::State.eq(AdoptionState::Live.name()))
        .group_by(Column::Blueprint)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, live)| (id, u32::try_from(live).unwrap_or(u32::MAX))).collect())
}

/// The blueprints that some adoptions are of.
pub(crate) async fn blueprints_of(db: &impl ConnectionTrait, adoptions: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let rows = adoption::Entity::find()
        .select_only()
        .column(adoption::Column::Blueprint)
        .filter(adoption::Column::Id.is_in(adoptions.iter().copied()));
    Ok(rows.into_tuple().all(db).await?)
}

/// The adoptions of a blueprint that have not stopped, in the order of their ids.
pub(crate) async fn running(db: &impl ConnectionTrait, id: BlueprintId) -> Result<Vec<Adoption>, Error> {
    let rows = adoption::Entity::find()
        .filter(adoption::Column::Blueprint.eq(id.uuid()))
        .filter(adoption::Column::State.ne(AdoptionState::Stopped.name()))
        .order_by_asc(adoption::Column::Id)
        .all(db)
        .await?;
    models(db, rows).await
}

/// Whether an organisation runs an adoption of a blueprint and may be asked about it.
pub(crate) async fn is_willing(
    db: &impl ConnectionTrait,
    id: BlueprintId,
    organisation: &OrganisationId,
) -> Result<bool, Error> {
    use adoption::Column;
    let found = adoption::Entity::find()
        .filter(Column::Blueprint.eq(id.uuid()))
        .filter(Column::Organisation.eq(organisation.code()))
        .filter(Column::Willing.eq(true))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// How many adoptions each organisation has of a blueprint, most first.
pub(crate) async fn count_by_organisation(
    db: &impl ConnectionTrait,
    id: BlueprintId,
) -> Result<Vec<(OrganisationId, i64)>, Error> {
    use adoption::Column;
    let rows: Vec<(String, i64)> = adoption::Entity::find()
        .select_only()
        .column(Column::Organisation)
        .column_as(Column::Id.count(), "acts")
        .filter(Column::Blueprint.eq(id.uuid()))
        .group_by(Column::Organisation)
        .into_tuple()
        .all(db)
        .await?;
    super::most_first(rows)
}

/// How many organisations stopped adopting a blueprint for a reason.
pub(crate) async fn stopped_for(db: &impl ConnectionTrait, id: BlueprintId, why: StopReason) -> Result<u64, Error> {
    let stopped = Query::select()
        .column(step::Column::Adoption)
        .from(step::Entity)
        .and_where(step::Column::Stop.eq(why.name()))
        .take();
    let organisations = adoption::Entity::find()
        .select_only()
        .column(adoption::Column::Organisation)
        .filter(adoption::Column::Blueprint.eq(id.uuid()))
        .filter(adoption::Column::Id.in_subquery(stopped))
        .distinct();
    Ok(organisations.count(db).await?)
}

/// Adds an adoption, unless the organisation runs one of the same blueprint; whether it was added.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Adoption, now: Timestamp) -> Result<bool, Error> {
    let row = adoption::Model {
        id: new.id.uuid(),
        blueprint: new.blueprint.uuid(),
        revision: number(new.revision),
        organisation: new.organisation.code().to_owned(),
        state: new.state.name().to_owned(),
        willing: new.willing,
        plan: new.plan.clone(),
        created_at: now.micros(),
        version: new.version,
    };
    let refused = OnConflict::new().do_nothing().to_owned();
    let query = adoption::Entity::insert(row.into_active_model()).on_conflict(refused).try_insert();
    let inserted = matches!(query.exec_without_returning(tx).await?, TryInsertResult::Inserted(1));
    if inserted {
        insert_parts(tx, new, 0, 0).await?;
    }
    Ok(inserted)
}

/// Writes an adoption over the one before: steps and outcomes are only ever added.
pub(crate) async fn update(tx: &impl ConnectionTrait, before: &Adoption, after: &Adoption) -> Result<(), Error> {
    use adoption::Column;
    adoption::Entity::update_many()
        .col_expr(Column::Revision, Expr::value(number(after.revision)))
        .col_expr(Column::State, Expr::value(after.state.name()))
        .col_expr(Column::Willing, Expr::value(after.willing))
        .col_expr(Column::Plan, Expr::value(after.plan.clone()))
        .col_expr(Column::Version, Expr::value(after.version))
        .filter(Column::Id.eq(after.id.uuid()))
        .exec(tx)
        .await?;
    if before.decisions != after.decisions {
        let own = decision::Column::Adoption.eq(after.id.uuid());
        decision::Entity::delete_many().filter(own).exec(tx).await?;
        let rows = after.decisions.iter().map(|(section, decided)| {
            decision::Model {
                adoption: after.id.uuid(),
                section: section.name().to_owned(),
                decision: decided.decision.name().to_owned(),
                why: decided.why.clone(),
            }
            .into_active_model()
        });
        decision::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    insert_parts(tx, after, before.steps.len(), before.outcomes.len()).await
}

async fn insert_parts(
    tx: &impl ConnectionTrait,
    adoption: &Adoption,
    steps: usize,
    outcomes: usize,
) -> Result<(), Error> {
    let id = adoption.id.uuid();
    let steps = (1..).zip(&adoption.steps).skip(steps).map(|(number, step)| {
        step::Model {
            adoption: id,
            number,
            state: step.state.name().to_owned(),
            date: step.date,
            stop: step.stop.map(|stop| stop.name().to_owned()),
            reason: step.reason.clone(),
        }
        .into_active_model()
    });
    let steps: Vec<_> = steps.collect();
    if !steps.is_empty() {
        step::Entity::insert_many(steps).exec_without_returning(tx).await?;
    }
    let outcomes = (1..).zip(&adoption.outcomes).skip(outcomes).map(|(number, outcome)| {
        let outcome = outcome.clone();
        outcome::Model {
            adoption: id,
            number,
            benefit: outcome.benefit,
            measure: outcome.measure,
            baseline: outcome.baseline,
            result: outcome.result,
            date: outcome.date,
            measured_by: outcome.measured_by.code().to_owned(),
            measurer: outcome.measurer,
        }
        .into_active_model()
    });
    let outcomes: Vec<_> = outcomes.collect();
    if !outcomes.is_empty() {
        outcome::Entity::insert_many(outcomes).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn models(db: &impl ConnectionTrait, rows: Vec<adoption::Model>) -> Result<Vec<Adoption>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut steps = steps(db, &ids).await?;
    let mut decisions = decisions(db, &ids).await?;
    let mut outcomes = outcomes(db, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Adoption {
                id: AdoptionId::new(row.id),
                blueprint: BlueprintId::new(row.blueprint),
                revision: RevisionNumber::try_from(row.revision).map_err(inconsistent)?,
                organisation: super::organisation_id(&row.organisation)?,
                state: word(&row.state, AdoptionState::from_name)?,
                willing: row.willing,
                plan: row.plan,
                decisions: decisions.remove(&row.id).unwrap_or_default(),
                steps: steps.remove(&row.id).unwrap_or_default(),
                outcomes: outcomes.remove(&row.id).unwrap_or_default(),
                version: row.version,
            })
        })
        .collect()
}

async fn steps(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Step>>, Error> {
    let rows = step::Entity::find()
        .filter(step::Column::Adoption.is_in(ids.iter().copied()))
        .order_by_asc(step::Column::Number)
        .all(db)
        .await?;
    let mut steps: HashMap<Uuid, Vec<Step>> = HashMap::new();
    for row in rows {
        let stop = row.stop.as_deref().map(|stop| word(stop, StopReason::from_name)).transpose()?;
        let state = word(&row.state, AdoptionState::from_name)?;
        steps.entry(row.adoption).or_default().push(Step { state, date: row.date, stop, reason: row.reason });
    }
    Ok(steps)
}

async fn decisions(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, BTreeMap<SectionKind, Decided>>, Error> {
    let rows = decision::Entity::find().filter(decision::Column::Adoption.is_in(ids.iter().copied())).all(db).await?;
    let mut decisions: HashMap<Uuid, BTreeMap<SectionKind, Decided>> = HashMap::new();
    for row in rows {
        let section = word(&row.section, SectionKind::from_name)?;
        let decided = Decided { decision: word(&row.decision, SectionDecision::from_name)?, why: row.why };
        decisions.entry(row.adoption).or_default().insert(section, decided);
    }
    Ok(decisions)
}

async fn outcomes(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Outcome>>, Error> {
    let rows = outcome::Entity::find()
        .filter(outcome::Column::Adoption.is_in(ids.iter().copied()))
        .order_by_asc(outcome::Column::Number)
        .all(db)
        .await?;
    let mut outcomes: HashMap<Uuid, Vec<Outcome>> = HashMap::new();
    for row in rows {
        let outcome = Outcome {
            benefit: row.benefit,
            measure: row.measure,
            baseline: row.baseline,
            result: row.result,
            date: row.date,
            measured_by: super::organisation_id(&row.measured_by)?,
            measurer: row.measurer,
        };
        outcomes.entry(row.adoption).or_default().push(outcome);
    }
    Ok(outcomes)
}

fn word<T>(name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
    from_name(name).ok_or_else(|| inconsistent(format!("the word {name:?}")))
}
