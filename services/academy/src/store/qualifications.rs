//! The register of qualifications in rows.

use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::tables::qualification::{self, Column};
use super::{inconsistent, word};
use crate::model::curriculum::{CurriculumCode, RevisionId};
use crate::model::enrolment::EnrolmentId;
use crate::model::qualification::{Qualification, QualificationId, QualificationState};

/// One qualification; of everybody, or of one learner alone.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    learner: Option<PersonId>,
    id: QualificationId,
) -> Result<Option<Qualification>, Error> {
    let mut query = qualification::Entity::find_by_id(id.uuid());
    if let Some(learner) = learner {
        query = query.filter(Column::Learner.eq(learner.uuid()));
    }
    query.one(db).await?.map(model).transpose()
}

/// Locks a qualification until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: QualificationId) -> Result<Option<Qualification>, Error> {
    qualification::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// The qualification of an enrolment that is proposed or awarded.
pub(crate) async fn present(db: &impl ConnectionTrait, id: EnrolmentId) -> Result<Option<Qualification>, Error> {
    let open = [QualificationState::Proposed.name(), QualificationState::Awarded.name()];
    let query = qualification::Entity::find().filter(Column::Enrolment.eq(id.uuid())).filter(Column::State.is_in(open));
    query.one(db).await?.map(model).transpose()
}

/// A page of the register, newest first, one more than wanted; of everybody, or of one learner alone.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    learner: Option<PersonId>,
    state: Option<QualificationState>,
    paging: &Paging,
) -> Result<Vec<Qualification>, Error> {
    let mut query = qualification::Entity::find().limit(paging.fetch());
    if let Some(learner) = learner {
        query = query.filter(Column::Learner.eq(learner.uuid()));
    }
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.name()));
    }
    if let [id] = paging.after.as_slice() {
        query = query.filter(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    query.order_by_desc(Column::Id).all(db).await?.into_iter().map(model).collect()
}

/// Adds a qualification.
pub(crate) async fn insert(db: &impl ConnectionTrait, qualification: &Qualification) -> Result<(), DbErr> {
    qualification::Entity::insert(row(qualification).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a qualification that was locked.
pub(crate) async fn update(db: &impl ConnectionTrait, qualification: &Qualification) -> Result<(), DbErr> {
    row(qualification).into_active_model().reset_all().update(db).await?;
    Ok(())
}

fn row(qualification: &Qualification) -> qualification::Model {
    let Qualification { id, enrolment, learner, learner_name, organisation, .. } = qualification.clone();
    let Qualification { curriculum, title, credits, valid_until, state, reason, .. } = qualification.clone();
    qualification::Model {
        id: id.uuid(),
        enrolment: enrolment.uuid(),
        learner: learner.uuid(),
        learner_name,
        organisation: organisation.code().to_owned(),
        curriculum: curriculum.code.code().to_owned(),
        curriculum_revision: curriculum.number,
        title,
        credits,
        valid_until,
        state: state.name().to_owned(),
        proposed_by: qualification.proposed_by.map(PersonId::uuid),
        proposed_at: qualification.proposed.micros(),
        decided_by: qualification.decided_by.map(PersonId::uuid),
        decided_at: qualification.decided.map(Timestamp::micros),
        reason,
        version: qualification.version,
    }
}

fn model(row: qualification::Model) -> Result<Qualification, Error> {
    let organisation = OrganisationId::from_code(&row.organisation);
    let code = CurriculumCode::from_code(&row.curriculum);
    Ok(Qualification {
        id: QualificationId::new(row.id),
        enrolment: EnrolmentId::new(row.enrolment),
        learner: PersonId::new(row.learner),
        learner_name: row.learner_name,
        organisation: organisation.map_err(|_| inconsistent(format!("organisation code {:?}", row.organisation)))?,
        curriculum: RevisionId {
            code: code.map_err(|_| inconsistent(format!("curriculum code {:?}", row.curriculum)))?,
            number: row.curriculum_revision,
        },
        title: row.title,
        credits: row.credits,
        valid_until: row.valid_until,
        state: word(QualificationState::from_name(&row.state), &row.state)?,
        proposed_by: row.proposed_by.map(PersonId::new),
        proposed: Timestamp::from_micros(row.proposed_at),
        decided_by: row.decided_by.map(PersonId::new),
        decided: row.decided_at.map(Timestamp::from_micros),
        reason: row.reason,
        version: row.version,
    })
}
