//! Applications and their scores in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::tables::{application, application_score};
use super::{BATCH, inconsistent, read, word, written};
use crate::model::application::{Application, ApplicationId, ApplicationState, Score};
use crate::model::cohort::CohortId;
use crate::model::enrolment::EnrolmentId;

/// Whose applications the caller may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Everybody's.
    All,
    /// Their own, and those of the organisations for which they may sponsor.
    Of(PersonId, Vec<OrganisationId>),
}

/// One application, if the caller may know of it.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    known: &Known,
    id: ApplicationId,
) -> Result<Option<Application>, Error> {
    known.of(application::Entity::find_by_id(id.uuid())).one(db).await?.map(model).transpose()
}

/// Locks an application until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: ApplicationId) -> Result<Option<Application>, Error> {
    application::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// Every application for a cohort, locked until the transaction ends.
pub(crate) async fn lock_all(tx: &impl ConnectionTrait, cohort: CohortId) -> Result<Vec<Application>, Error> {
    let query = application::Entity::find().filter(application::Column::Cohort.eq(cohort.uuid()));
    let rows = query.order_by_asc(application::Column::Id).lock_exclusive().all(tx).await?;
    rows.into_iter().map(model).collect()
}

/// A page of the applications for a cohort, in the order in which they came, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    known: &Known,
    cohort: CohortId,
    state: Option<ApplicationState>,
    paging: &Paging,
) -> Result<Vec<Application>, Error> {
    use application::Column;
    let mut query = known.of(application::Entity::find().filter(Column::Cohort.eq(cohort.uuid())));
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.name()));
    }
    if let [at, id] = paging.after.as_slice() {
        let (at, id): (i64, Uuid) = (at.parse().unwrap_or(0), Uuid::try_parse(id).unwrap_or_default());
        let place = Expr::tuple([Expr::col(Column::SubmittedAt), Expr::col(Column::Id)]);
        query = query.filter(place.gt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let query = query.order_by_asc(Column::SubmittedAt).order_by_asc(Column::Id).limit(paging.fetch());
    query.all(db).await?.into_iter().map(model).collect()
}

/// Adds an application.
pub(crate) async fn insert(db: &impl ConnectionTrait, application: &Application) -> Result<(), DbErr> {
    application::Entity::insert(row(application).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes an application.
pub(crate) async fn update(db: &impl ConnectionTrait, application: &Application) -> Result<(), DbErr> {
    row(application).into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// The scores of some applications, in the order in which they came.
pub(crate) async fn scores(
    db: &impl ConnectionTrait,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, Vec<Score>>, Error> {
    use application_score::Column;
    let mut scores: HashMap<ApplicationId, Vec<Score>> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let query = application_score::Entity::find();
        let query = query.filter(Column::Application.is_in(ids.iter().map(|id| id.uuid())));
        for row in query.order_by_asc(Column::Place).all(db).await? {
            let score = Score {
                scorer: PersonId::new(row.scorer),
                points: read(&row.scores)?,
                at: Timestamp::from_micros(row.scored_at),
            };
            scores.entry(ApplicationId::new(row.application)).or_default().push(score);
        }
    }
    Ok(scores)
}

/// Adds a score at a place, 1 or 2.
pub(crate) async fn insert_score(
    db: &impl ConnectionTrait,
    application: ApplicationId,
    place: i32,
    score: &Score,
) -> Result<(), DbErr> {
    let row = application_score::Model {
        application: application.uuid(),
        place,
        scorer: score.scorer.uuid(),
        scores: written(&score.points),
        total: score.total(),
        scored_at: score.at.micros(),
    };
    application_score::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

impl Known {
    fn of(&self, query: sea_orm::Select<application::Entity>) -> sea_orm::Select<application::Entity> {
        match self {
            Self::All => query,
            Self::Of(person, sponsored) => {
                let codes = sponsored.iter().map(OrganisationId::code);
                let known = sea_orm::Condition::any()
                    .add(application::Column::Applicant.eq(person.uuid()))
                    .add(application::Column::Organisation.is_in(codes));
                query.filter(known)
            }
        }
    }
}

fn row(application: &Application) -> application::Model {
    application::Model {
        id: application.id.uuid(),
        cohort: application.cohort.uuid(),
        applicant: application.applicant.uuid(),
        applicant_name: application.applicant_name.clone(),
        organisation: application.organisation.code().to_owned(),
        profession: application.profession.clone(),
        answers: written(&application.answers),
        state: application.state.name().to_owned(),
        submitted_at: application.submitted.micros(),
        sponsorship: application.sponsorship.as_ref().map(written),
        score: application.score,
        moderation: application.moderation.as_ref().map(written),
        reserve: application.reserve,
        rule: application.rule.clone(),
        carried_from: application.carried_from.map(ApplicationId::uuid),
        enrolment: application.enrolment.map(EnrolmentId::uuid),
        version: application.version,
    }
}

fn model(row: application::Model) -> Result<Application, Error> {
    let organisation = OrganisationId::from_code(&row.organisation);
    Ok(Application {
        id: ApplicationId::new(row.id),
        cohort: CohortId::new(row.cohort),
        applicant: PersonId::new(row.applicant),
        applicant_name: row.applicant_name,
        organisation: organisation.map_err(|_| inconsistent(format!("organisation code {:?}", row.organisation)))?,
        profession: row.profession,
        answers: read(&row.answers)?,
        state: word(ApplicationState::from_name(&row.state), &row.state)?,
        submitted: Timestamp::from_micros(row.submitted_at),
        sponsorship: row.sponsorship.as_deref().map(read).transpose()?,
        score: row.score,
        moderation: row.moderation.as_deref().map(read).transpose()?,
        reserve: row.reserve,
        rule: row.rule,
        carried_from: row.carried_from.map(ApplicationId::new),
        enrolment: row.enrolment.map(EnrolmentId::new),
        version: row.version,
    })
}
