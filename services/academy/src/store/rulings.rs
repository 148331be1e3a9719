//! Rulings in rows, which are added and never changed.

use std::collections::HashMap;

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::tables::ruling::{self, Column};
use super::{BATCH, inconsistent, word};
use crate::model::enrolment::EnrolmentId;
use crate::model::result::Mark;
use crate::model::ruling::{Ruling, RulingKind};

/// Every ruling on some enrolments.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    enrolments: &[EnrolmentId],
) -> Result<HashMap<EnrolmentId, Vec<Ruling>>, Error> {
    let mut rulings: HashMap<EnrolmentId, Vec<Ruling>> = HashMap::new();
    for enrolments in enrolments.chunks(BATCH) {
        let ids = enrolments.iter().map(|id| id.uuid());
        for row in ruling::Entity::find().filter(Column::Enrolment.is_in(ids)).all(db).await? {
            let ruling = model(row)?;
            rulings.entry(ruling.enrolment).or_default().push(ruling);
        }
    }
    Ok(rulings)
}

/// Adds rulings.
pub(crate) async fn insert_all(db: &impl ConnectionTrait, rulings: &[Ruling]) -> Result<(), DbErr> {
    for rulings in rulings.chunks(BATCH) {
        let rows = rulings.iter().map(|ruling| row(ruling).into_active_model());
        ruling::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

fn row(ruling: &Ruling) -> ruling::Model {
    ruling::Model {
        enrolment: ruling.enrolment.uuid(),
        kind: ruling.kind.name().to_owned(),
        subject: ruling.subject.clone(),
        entry: ruling.entry,
        void: ruling.void,
        date: ruling.date,
        mark: ruling.mark.map(Mark::percent),
        reason: ruling.reason.clone(),
        recorded_at: ruling.recorded.micros(),
        recorded_by: ruling.recorded_by.map(PersonId::uuid),
        recorded_by_name: ruling.recorded_by_name.clone(),
    }
}

fn model(row: ruling::Model) -> Result<Ruling, Error> {
    let mark = row.mark.map(|mark| Mark::new(mark).map_err(|_| inconsistent(format!("mark {mark}"))));
    Ok(Ruling {
        enrolment: EnrolmentId::new(row.enrolment),
        kind: word(RulingKind::from_name(&row.kind), &row.kind)?,
        subject: row.subject,
        entry: row.entry,
        void: row.void,
        date: row.date,
        mark: mark.transpose()?,
        reason: row.reason,
        recorded: Timestamp::from_micros(row.recorded_at),
        recorded_by: row.recorded_by.map(PersonId::new),
        recorded_by_name: row.recorded_by_name,
    })
}
