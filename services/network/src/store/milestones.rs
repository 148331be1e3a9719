//! Milestones and check-ins in rows.

use exemplar_kernel::{Error, OrganisationId, PersonId, Timestamp};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::entity_life::{check_in, check_in_reminder, milestone};
use super::{organisation_id, word};
use crate::model::health::At;
use crate::{CheckIn, Milestone, MilestoneEvent, MilestoneState, PairingId, Side};

/// The milestones of some pairings, in the order they were added.
pub(crate) async fn of(db: &impl ConnectionTrait, pairings: &[PairingId]) -> Result<Vec<Milestone>, Error> {
    let rows = milestone::Entity::find()
        .filter(milestone::Column::Pairing.is_in(pairings.iter().map(|id| id.uuid())))
        .order_by_asc(milestone::Column::Pairing)
        .order_by_asc(milestone::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// A page of the milestones of a pairing after a number.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pairing: PairingId,
    after: i32,
    limit: u64,
) -> Result<Vec<Milestone>, Error> {
    let rows = milestone::Entity::find()
        .filter(milestone::Column::Pairing.eq(pairing.uuid()))
        .filter(milestone::Column::Number.gt(after))
        .order_by_asc(milestone::Column::Number)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The open milestones that wait for one of these verbs.
pub(crate) async fn waiting(db: &impl ConnectionTrait, verbs: &[String]) -> Result<Vec<Milestone>, Error> {
    let rows = milestone::Entity::find()
        .filter(milestone::Column::State.eq(MilestoneState::Open.name()))
        .filter(milestone::Column::EventVerb.is_in(verbs.iter().cloned()))
        .order_by_asc(milestone::Column::Pairing)
        .order_by_asc(milestone::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The number that the next milestone of a pairing has; its pairing is locked.
pub(crate) async fn next_number(tx: &impl ConnectionTrait, pairing: PairingId) -> Result<i32, Error> {
    let last: Option<Option<i32>> = milestone::Entity::find()
        .select_only()
        .column_as(milestone::Column::Number.max(), "last")
        .filter(milestone::Column::Pairing.eq(pairing.uuid()))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last.flatten().unwrap_or(0) + 1)
}

/// Adds a milestone.
pub(crate) async fn insert(tx: &impl ConnectionTrait, milestone: &Milestone) -> Result<(), Error> {
    milestone::Entity::insert(row(milestone).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes a milestone over what is there.
pub(crate) async fn update(tx: &impl ConnectionTrait, milestone: &Milestone) -> Result<(), Error> {
    row(milestone).into_active_model().reset_all().update_without_returning(tx).await?;
    Ok(())
}

/// A page of check-ins before a number, newest first.
pub(crate) async fn check_ins(
    db: &impl ConnectionTrait,
    pairing: PairingId,
    before: i32,
    limit: u64,
) -> Result<Vec<CheckIn>, Error> {
    let rows = check_in::Entity::find()
        .filter(check_in::Column::Pairing.eq(pairing.uuid()))
        .filter(check_in::Column::Number.lt(before))
        .order_by_desc(check_in::Column::Number)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(CheckIn {
                pairing,
                number: row.number,
                organisation: organisation_id(&row.organisation)?,
                person: row.person.map(PersonId::new),
                note: row.note,
                visits: row.visits,
                at: Timestamp::from_micros(row.at),
            })
        })
        .collect()
}

/// Adds a check-in.
pub(crate) async fn insert_check_in(tx: &impl ConnectionTrait, said: &CheckIn) -> Result<(), Error> {
    let row = check_in::Model {
        pairing: said.pairing.uuid(),
        number: said.number,
        organisation: said.organisation.code().to_owned(),
        person: said.person.map(PersonId::uuid),
        note: said.note.clone(),
        visits: said.visits,
        at: said.at.micros(),
    };
    check_in::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// When the last word of some pairings was said.
pub(crate) async fn last_words(
    db: &impl ConnectionTrait,
    pairings: &[PairingId],
) -> Result<Vec<(PairingId, Timestamp)>, Error> {
    let rows: Vec<(sea_orm::prelude::Uuid, i64)> = check_in::Entity::find()
        .select_only()
        .column(check_in::Column::Pairing)
        .column_as(check_in::Column::At.max(), "last")
        .filter(check_in::Column::Pairing.is_in(pairings.iter().map(|id| id.uuid())))
        .group_by(check_in::Column::Pairing)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(pairing, at)| (PairingId::new(pairing), Timestamp::from_micros(at))).collect())
}

/// When each side of some pairings said its last word.
pub(crate) async fn words(db: &impl ConnectionTrait, pairings: &[PairingId]) -> Result<Vec<At>, Error> {
    let rows: Vec<(Uuid, String, i64)> = check_in::Entity::find()
        .select_only()
        .column(check_in::Column::Pairing)
        .column(check_in::Column::Organisation)
        .column_as(check_in::Column::At.max(), "last")
        .filter(check_in::Column::Pairing.is_in(pairings.iter().map(|id| id.uuid())))
        .group_by(check_in::Column::Pairing)
        .group_by(check_in::Column::Organisation)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(at).collect()
}

/// When each side of some pairings was reminded last.
pub(crate) async fn reminders(db: &impl ConnectionTrait, pairings: &[PairingId]) -> Result<Vec<At>, Error> {
    let rows: Vec<(Uuid, String, i64)> = check_in_reminder::Entity::find()
        .select_only()
        .columns([
            check_in_reminder::Column::Pairing,
            check_in_reminder::Column::Organisation,
            check_in_reminder::Column::At,
        ])
        .filter(check_in_reminder::Column::Pairing.is_in(pairings.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(at).collect()
}

/// Notes that a side was reminded.
pub(crate) async fn note_reminder(
    tx: &impl ConnectionTrait,
    pairing: PairingId,
    side: &OrganisationId,
    at: Timestamp,
) -> Result<(), Error> {
    use check_in_reminder::Column;
    let row =
        check_in_reminder::Model { pairing: pairing.uuid(), organisation: side.code().to_owned(), at: at.micros() };
    let again = OnConflict::columns([Column::Pairing, Column::Organisation]).update_column(Column::At).to_owned();
    check_in_reminder::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

fn at((pairing, organisation, at): (Uuid, String, i64)) -> Result<At, Error> {
    Ok((PairingId::new(pairing), organisation_id(&organisation)?, Timestamp::from_micros(at)))
}

fn row(milestone: &Milestone) -> milestone::Model {
    let event = milestone.event.as_ref();
    milestone::Model {
        pairing: milestone.pairing.uuid(),
        number: milestone.number,
        title: milestone.title.clone(),
        owner: milestone.owner.name().to_owned(),
        due: milestone.due,
        event_verb: event.map(|event| event.verb.clone()),
        event_resource: event.and_then(|event| event.resource.clone()),
        state: milestone.state.name().to_owned(),
        evidence: milestone.evidence.clone(),
        added_at: milestone.added.micros(),
        closed_at: milestone.closed.map(Timestamp::micros),
        event_sequence: milestone.sequence,
    }
}

fn model(row: milestone::Model) -> Result<Milestone, Error> {
    let resource = row.event_resource;
    Ok(Milestone {
        pairing: PairingId::new(row.pairing),
        number: row.number,
        title: row.title,
        owner: word(&row.owner, Side::from_name)?,
        due: row.due,
        event: row.event_verb.map(|verb| MilestoneEvent { verb, resource }),
        state: word(&row.state, MilestoneState::from_name)?,
        evidence: row.evidence,
        added: Timestamp::from_micros(row.added_at),
        closed: row.closed_at.map(Timestamp::from_micros),
        sequence: row.event_sequence,
    })
}
