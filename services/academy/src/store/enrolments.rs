//! Enrolments in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use super::entity::enrolment;
use super::{BATCH, inconsistent};
use crate::model::cohort::CohortId;
use crate::model::enrolment::{Enrolment, EnrolmentId};

/// Whose enrolments the caller may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visible {
    /// Everybody's.
    All,
    /// One learner's.
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

/// Adds an enrolment.
pub(crate) async fn insert(db: &impl ConnectionTrait, enrolment: &Enrolment) -> Result<(), DbErr> {
    let Enrolment { id, cohort, learner, learner_name, organisation, enrolled } = enrolment.clone();
    let row = enrolment::Model {
        id: id.uuid(),
        cohort: cohort.uuid(),
        learner: learner.uuid(),
        learner_name,
        organisation: organisation.code().to_owned(),
        enrolled_at: enrolled.micros(),
    };
    enrolment::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

impl Visible {
    fn of(self, query: Select<enrolment::Entity>) -> Select<enrolment::Entity> {
        match self {
            Self::All => query,
            Self::Of(learner) => query.filter(enrolment::Column::Learner.eq(learner.uuid())),
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
    })
}
