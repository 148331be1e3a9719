//! Evidence in rows.

use exemplar_kernel::journal::Sequence;
use exemplar_kernel::{Error, Paging, PersonId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::tables::evidence::{self, Column};
use super::{read, word, written};
use crate::model::evidence::{Evidence, EvidenceId, EvidenceKind, EvidenceState};

/// Pieces of evidence that one person can have.
pub(crate) const MOST: u64 = 1_000;

/// Locks one until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: EvidenceId) -> Result<Option<Evidence>, Error> {
    evidence::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// A page, newest first, one more than wanted: of one person, or of all that waits for the academy.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    person: Option<PersonId>,
    paging: &Paging,
) -> Result<Vec<Evidence>, Error> {
    let mut query = evidence::Entity::find().limit(paging.fetch());
    query = match person {
        Some(person) => query.filter(Column::Person.eq(person.uuid())),
        None => query.filter(Column::State.eq(EvidenceState::Claimed.name())),
    };
    if let [id] = paging.after.as_slice() {
        query = query.filter(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    query.order_by_desc(Column::Id).all(db).await?.into_iter().map(model).collect()
}

/// Everything of one person, at most [`MOST`].
pub(crate) async fn of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Evidence>, Error> {
    let query = evidence::Entity::find().filter(Column::Person.eq(person.uuid())).order_by_asc(Column::Id).limit(MOST);
    query.all(db).await?.into_iter().map(model).collect()
}

/// Which of some changes in the journal the person has confirmed.
pub(crate) async fn sources(
    db: &impl ConnectionTrait,
    person: PersonId,
    sequences: &[Sequence],
) -> Result<Vec<Sequence>, Error> {
    let query = evidence::Entity::find()
        .filter(Column::Person.eq(person.uuid()))
        .filter(Column::Source.is_in(sequences.iter().copied()));
    let found: Vec<Option<i64>> = query.select_only().column(Column::Source).into_tuple().all(db).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Adds one.
pub(crate) async fn insert(db: &impl ConnectionTrait, evidence: &Evidence) -> Result<(), DbErr> {
    evidence::Entity::insert(row(evidence).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one that was locked.
pub(crate) async fn update(db: &impl ConnectionTrait, evidence: &Evidence) -> Result<(), DbErr> {
    row(evidence).into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Takes one away.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: EvidenceId) -> Result<(), DbErr> {
    evidence::Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn row(evidence: &Evidence) -> evidence::Model {
    let evidence = evidence.clone();
    evidence::Model {
        id: evidence.id.uuid(),
        person: evidence.person.uuid(),
        kind: evidence.kind.name().to_owned(),
        title: evidence.title,
        competencies: written(&evidence.competencies),
        date: evidence.date,
        minutes: evidence.minutes,
        detail: evidence.detail,
        source: evidence.source,
        state: evidence.state.name().to_owned(),
        decided_by: evidence.decided_by.map(PersonId::uuid),
        reason: evidence.reason,
        written_at: evidence.written.micros(),
        version: evidence.version,
    }
}

fn model(row: evidence::Model) -> Result<Evidence, Error> {
    Ok(Evidence {
        id: EvidenceId::new(row.id),
        person: PersonId::new(row.person),
        kind: word(EvidenceKind::from_name(&row.kind), &row.kind)?,
        title: row.title,
        competencies: read(&row.competencies)?,
        date: row.date,
        minutes: row.minutes,
        detail: row.detail,
        source: row.source,
        state: word(EvidenceState::from_name(&row.state), &row.state)?,
        decided_by: row.decided_by.map(PersonId::new),
        reason: row.reason,
        written: Timestamp::from_micros(row.written_at),
        version: row.version,
    })
}
