//! Enrolments in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::entity::enrolment;
use super::tables::{cohort_staff, enrolment_event};
use super::{BATCH, inconsistent, word};
use crate::model::cohort::CohortId;
use crate::model::enrolment::{Enrolment, EnrolmentEvent, EnrolmentId, EnrolmentState};

/// Whose enrolments the caller may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visible {
    /// Everybody's.
    All,
    /// Their own, those whom they sponsor, and those of the cohorts that they work for.
    Of(PersonId),
}

/// One enrolment, if the caller may know of it.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    visible: Visible,
    id: EnrolmentId,
) -> Result<Option<Enrolment>, Error> {
    visible.of(enrolment::Entity::find_by_id(id.uuid())).one(db).await?.map(model).transpose()
}

/// Locks enrolments until the transaction ends, in the order of their ids, so that no two wait for each other.
pub(crate) async fn lock(
    tx: &impl ConnectionTrait,
    ids: &[EnrolmentId],
) -> Result<HashMap<EnrolmentId, Enrolment>, Error> {
    let mut ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut locked = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let rows = enrolment::Entity::find()
            .filter(enrolment::Column::Id.is_in(ids.to_vec()))
            .order_by_asc(enrolment::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        for row in rows {
            let enrolment = model(row)?;
            locked.insert(enrolment.id, enrolment);
        }
    }
    Ok(locked)
}

/// A page of a cohort's enrolments by the learner's name, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    visible: Visible,
    cohort: CohortId,
    paging: &Paging,
) -> Result<Vec<Enrolment>, Error> {
    use enrolment::Column;
    let of_cohort = enrolment::Entity::find().filter(Column::Cohort.eq(cohort.uuid()));
    let mut query = visible.of(of_cohort).limit(paging.fetch());
    if let [name, id] = paging.after.as_slice() {
        let id = Uuid::try_parse(id).unwrap_or_default();
        query = query.filter(
            Expr::tuple([Expr::col(Column::LearnerName), Expr::col(Column::Id)])
                .gt(Expr::tuple([Expr::val(name), Expr::val(id)])),
        );
    }
    let rows = query.order_by_asc(Column::LearnerName).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Every enrolment of a cohort that the caller may know of, by the learner's name: at most as many as it has places,
/// and those that ended.
pub(crate) async fn of_cohort(
    db: &impl ConnectionTrait,
    visible: Visible,
    cohort: CohortId,
) -> Result<Vec<Enrolment>, Error> {
    use enrolment::Column;
    let query = visible.of(enrolment::Entity::find().filter(Column::Cohort.eq(cohort.uuid())));
    let rows = query.order_by_asc(Column::LearnerName).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Every enrolment of one person: never more than there are cohorts.
pub(crate) async fn of_learner(db: &impl ConnectionTrait, learner: PersonId) -> Result<Vec<Enrolment>, Error> {
    use enrolment::Column;
    let query = enrolment::Entity::find().filter(Column::Learner.eq(learner.uuid())).order_by_asc(Column::Id);
    query.all(db).await?.into_iter().map(model).collect()
}

/// Writes an enrolment's state, sponsor and version.
pub(crate) async fn update(db: &impl ConnectionTrait, enrolment: &Enrolment) -> Result<(), DbErr> {
    use enrolment::Column;
    enrolment::Entity::update_many()
        .col_expr(Column::State, Expr::value(enrolment.state.name()))
        .col_expr(Column::StateDate, Expr::value(enrolment.state_date))
        .col_expr(Column::StateReason, Expr::value(enrolment.state_reason.clone()))
        .col_expr(Column::Sponsor, Expr::value(enrolment.sponsor.map(PersonId::uuid)))
        .col_expr(Column::Version, Expr::value(enrolment.version))
        .filter(Column::Id.eq(enrolment.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Moves the versions of some enrolments on, whose record changed.
pub(crate) async fn touch(db: &impl ConnectionTrait, ids: &[EnrolmentId]) -> Result<(), DbErr> {
    use enrolment::Column;
    for ids in ids.chunks(BATCH) {
        enrolment::Entity::update_many()
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Adds an event.
pub(crate) async fn insert_event(
    db: &impl ConnectionTrait,
    enrolment: EnrolmentId,
    event: &EnrolmentEvent,
) -> Result<(), DbErr> {
    let row = enrolment_event::Model {
        enrolment: enrolment.uuid(),
        number: event.number,
        state: event.state.name().to_owned(),
        date: event.date,
        reason: event.reason.clone(),
        recorded_at: event.recorded.micros(),
        recorded_by: event.recorded_by.map(PersonId::uuid),
    };
    enrolment_event::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The events of an enrolment, oldest first.
pub(crate) async fn events(db: &impl ConnectionTrait, enrolment: EnrolmentId) -> Result<Vec<EnrolmentEvent>, Error> {
    use enrolment_event::Column;
    let query = enrolment_event::Entity::find().filter(Column::Enrolment.eq(enrolment.uuid()));
    let rows = query.order_by_asc(Column::Number).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(EnrolmentEvent {
                number: row.number,
                state: word(EnrolmentState::from_name(&row.state), &row.state)?,
                date: row.date,
                reason: row.reason,
                recorded: Timestamp::from_micros(row.recorded_at),
                recorded_by: row.recorded_by.map(PersonId::new),
            })
        })
        .collect()
}

/// Adds an enrolment.
pub(crate) async fn insert(db: &impl ConnectionTrait, enrolment: &Enrolment) -> Result<(), DbErr> {
    let Enrolment {
        id,
        cohort,
        learner,
        learner_name,
        organisation,
        enrolled,
        state,
        state_date,
        state_reason,
        sponsor,
        continues,
        version,
    } = enrolment.clone();
    let row = enrolment::Model {
        id: id.uuid(),
        cohort: cohort.uuid(),
        learner: learner.uuid(),
        learner_name,
        organisation: organisation.code().to_owned(),
        enrolled_at: enrolled.micros(),
        state: state.name().to_owned(),
        state_date,
        state_reason,
        sponsor: sponsor.map(PersonId::uuid),
        continues: continues.map(EnrolmentId::uuid),
        version,
    };
    enrolment::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

impl Visible {
    fn of(self, query: Select<enrolment::Entity>) -> Select<enrolment::Entity> {
        match self {
            Self::All => query,
            Self::Of(person) => {
                let taught = cohort_staff::Entity::find()
                    .select_only()
                    .column(cohort_staff::Column::Cohort)
                    .filter(cohort_staff::Column::Person.eq(person.uuid()))
                    .into_query();
                let known = Condition::any()
                    .add(enrolment::Column::Learner.eq(person.uuid()))
                    .add(enrolment::Column::Sponsor.eq(person.uuid()))
                    .add(enrolment::Column::Cohort.in_subquery(taught));
                query.filter(known)
            }
        }
    }
}

fn model(row: enrolment::Model) -> Result<Enrolment, Error> {
    let organisation = OrganisationId::from_code(&row.organisation);
    Ok(Enrolment {
        id: EnrolmentId::new(row.id),
        cohort: CohortId::new(row.cohort),
        learner: PersonId::new(row.learner),
        learner_name: row.learner_name,
        organisation: organisation.map_err(|_| inconsistent(format!("organisation code {:?}", row.organisation)))?,
        enrolled: Timestamp::from_micros(row.enrolled_at),
        state: word(EnrolmentState::from_name(&row.state), &row.state)?,
        state_date: row.state_date,
        state_reason: row.state_reason,
        sponsor: row.sponsor.map(PersonId::new),
        continues: row.continues.map(EnrolmentId::new),
        version: row.version,
    })
}
