//! Reviews, their reviewers and declared conflicts, in rows.

use std::collections::{HashMap, HashSet};

use exemplar_kernel::{Error, NetworkRole, OrganisationId, Paging, PersonId, Principal, Timestamp};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult,
};
use uuid::Uuid;

use super::entity::{assignment, blueprint, conflict, load, review};
use super::{inconsistent, number};
use crate::model::{Assignment, BlueprintId, Purpose, Review, ReviewId, ReviewState, RevisionNumber};

/// Which reviews a list wants.
#[derive(Clone, Debug, Default)]
pub struct WantedReviews {
    /// Of this blueprint.
    pub blueprint: Option<BlueprintId>,
    /// Of this organisation's blueprints.
    pub organisation: Option<OrganisationId>,
    /// In this state.
    pub state: Option<ReviewState>,
    /// Those that can still be published.
    pub open: bool,
    /// Those with a part of this person's that has not ended.
    pub reviewer: Option<PersonId>,
}

/// One review.
pub(crate) async fn find(db: &impl ConnectionTrait, id: ReviewId) -> Result<Option<Review>, Error> {
    let rows = review::Entity::find_by_id(id.uuid()).all(db).await?;
    Ok(models(db, rows).await?.pop())
}

/// The open review of a blueprint. To be changed its blueprint must be locked first.
pub(crate) async fn open_of(db: &impl ConnectionTrait, blueprint: BlueprintId) -> Result<Option<Review>, Error> {
    let rows = review::Entity::find()
        .filter(review::Column::Blueprint.eq(blueprint.uuid()))
        .filter(review::Column::ClosedAt.is_null())
        .all(db)
        .await?;
    Ok(models(db, rows).await?.pop())
}

/// Those that released or confirmed revisions of a blueprint, oldest first.
pub(crate) async fn published_of(db: &impl ConnectionTrait, blueprint: BlueprintId) -> Result<Vec<Review>, Error> {
    let rows = review::Entity::find()
        .filter(review::Column::Blueprint.eq(blueprint.uuid()))
        .filter(review::Column::State.eq(ReviewState::Published.name()))
        .order_by_asc(review::Column::ClosedAt)
        .order_by_asc(review::Column::Id)
        .all(db)
        .await?;
    models(db, rows).await
}

/// Which revisions of some blueprints were assured when they were released.
pub(crate) async fn assured(
    db: &impl ConnectionTrait,
    blueprints: &[BlueprintId],
) -> Result<HashSet<(BlueprintId, RevisionNumber)>, Error> {
    use review::Column;
    let rows: Vec<(Uuid, i32)> = review::Entity::find()
        .select_only()
        .columns([Column::Blueprint, Column::Revision])
        .filter(Column::Blueprint.is_in(blueprints.iter().map(|id| id.uuid())))
        .filter(Column::State.eq(ReviewState::Published.name()))
        .filter(Column::Revision.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, revision)| Ok((BlueprintId::new(id), RevisionNumber::try_from(revision).map_err(inconsistent)?)))
        .collect()
}

/// A page of the reviews that the caller may see, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    caller: &Principal,
    wanted: &WantedReviews,
    paging: &Paging,
) -> Result<Vec<Review>, Error> {
    use review::Column;
    let of = |organisations: Condition| {
        let ids =
            Query::select().column(blueprint::Column::Id).from(blueprint::Entity).cond_where(organisations).take();
        Column::Blueprint.in_subquery(ids)
    };
    let mut filter = Condition::all()
        .add_option(wanted.blueprint.map(|id| Column::Blueprint.eq(id.uuid())))
        .add_option(wanted.state.map(|state| Column::State.eq(state.name())));
    if let Some(organisation) = &wanted.organisation {
        filter = filter.add(of(Condition::all().add(blueprint::Column::Organisation.eq(organisation.code()))));
    }
    if wanted.open {
        filter = filter.add(Column::ClosedAt.is_null());
    }
    if let Some(reviewer) = wanted.reviewer {
        let theirs = Query::select()
            .column(assignment::Column::Review)
            .from(assignment::Entity)
            .and_where(assignment::Column::Reviewer.eq(reviewer.uuid()))
            .and_where(assignment::Column::EndedAt.is_null())
            .take();
        filter = filter.add(Column::Id.in_subquery(theirs));
    }
    if !caller.is_system() {
        let own = blueprint::Column::Organisation.is_in(caller.organisations().map(OrganisationId::code));
        let mut sight = Condition::any().add(of(Condition::all().add(own.clone())));
        if caller.holds_network(NetworkRole::Programme) || caller.holds_network(NetworkRole::Reviewer) {
            sight = sight.add(Column::SignedOffAt.is_not_null());
        }
        filter = filter.add(sight);
    }
    if let [id] = paging.after.as_slice() {
        filter = filter.add(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let rows = review::Entity::find().filter(filter).order_by_desc(Column::Id).limit(paging.fetch()).all(db).await?;
    models(db, rows).await
}

/// Adds a submission, unless the blueprint has an open review, even one that another transaction is adding just now;
/// whether it was added.
pub(crate) async fn insert(tx: &impl ConnectionTrait, review: &Review) -> Result<bool, Error> {
    let refused = OnConflict::new().do_nothing().to_owned();
    let row = row(review).into_active_model();
    let inserted = review::Entity::insert(row).on_conflict(refused).try_insert().exec_without_returning(tx).await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// Writes where a review stands, and its reviewers' parts; frees the reviewers whose part ended.
pub(crate) async fn update(tx: &impl ConnectionTrait, before: &Review, after: &Review) -> Result<(), Error> {
    let row = review::ActiveModel {
        id: Unchanged(after.id.uuid()),
        state: Set(after.state.name().to_owned()),
        signed_off_by: Set(after.signed_off_by.map(PersonId::uuid)),
        signed_off_at: Set(after.signed_off.map(Timestamp::micros)),
        due_at: Set(after.due.micros()),
        reason: Set(after.reason.clone()),
        closed_at: Set(after.closed.map(Timestamp::micros)),
        revision: Set(after.revision.map(number)),
        version: Set(after.version),
        ..Default::default()
    };
    row.update_without_returning(tx).await?;
    for (i, now) in after.assignments.iter().enumerate() {
        let row = assignment_row(after.id, now);
        match before.assignments.get(i) {
            Some(then) if then == now => {}
            Some(then) => {
                row.into_active_model().reset_all().update_without_returning(tx).await?;
                if then.is_open() && !now.is_open() {
                    free(tx, now.reviewer).await?;
                }
            }
            None => {
                assignment::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
            }
        }
    }
    Ok(())
}

/// Takes one of a reviewer's places, unless `most` are taken; whether there was one.
///
/// The count is raised by one statement that asks for room, so that of two at once the second sees the first's.
pub(crate) async fn occupy(tx: &impl ConnectionTrait, reviewer: PersonId, most: u32) -> Result<bool, Error> {
    let none = load::Model { reviewer: reviewer.uuid(), open: 0 }.into_active_model();
    let there = OnConflict::column(load::Column::Reviewer).do_nothing().to_owned();
    load::Entity::insert(none).on_conflict(there).try_insert().exec_without_returning(tx).await?;
    let taken = load::Entity::update_many()
        .col_expr(load::Column::Open, Expr::col(load::Column::Open).add(1))
        .filter(load::Column::Reviewer.eq(reviewer.uuid()))
        .filter(load::Column::Open.lt(i32::try_from(most).unwrap_or(i32::MAX)))
        .exec(tx)
        .await?;
    Ok(taken.rows_affected == 1)
}

async fn free(tx: &impl ConnectionTrait, reviewer: PersonId) -> Result<(), Error> {
    load::Entity::update_many()
        .col_expr(load::Column::Open, Expr::col(load::Column::Open).sub(1))
        .filter(load::Column::Reviewer.eq(reviewer.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether a person declared a conflict with a blueprint.
pub(crate) async fn has_conflict(
    db: &impl ConnectionTrait,
    blueprint: BlueprintId,
    person: PersonId,
) -> Result<bool, Error> {
    Ok(conflict::Entity::find_by_id((blueprint.uuid(), person.uuid())).count(db).await? > 0)
}

/// Notes a declared conflict; the first reason stays.
pub(crate) async fn declare_conflict(
    tx: &impl ConnectionTrait,
    blueprint: BlueprintId,
    person: PersonId,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let row = conflict::Model {
        blueprint: blueprint.uuid(),
        person: person.uuid(),
        reason: reason.to_owned(),
        declared_at: now.micros(),
    };
    let there = OnConflict::new().do_nothing().to_owned();
    conflict::Entity::insert(row.into_active_model())
        .on_conflict(there)
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn models(db: &impl ConnectionTrait, rows: Vec<review::Model>) -> Result<Vec<Review>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let parts = assignment::Entity::find()
        .filter(assignment::Column::Review.is_in(ids))
        .order_by_asc(assignment::Column::AssignedAt)
        .order_by_asc(assignment::Column::Reviewer)
        .all(db)
        .await?;
    let mut assignments: HashMap<Uuid, Vec<Assignment>> = HashMap::new();
    for part in parts {
        assignments.entry(part.review).or_default().push(assignment_model(part));
    }
    let owners: Vec<Uuid> = rows.iter().map(|row| row.blueprint).collect();
    let owners = blueprint::Entity::find()
        .select_only()
        .columns([blueprint::Column::Id, blueprint::Column::Organisation])
        .filter(blueprint::Column::Id.is_in(owners))
        .into_tuple::<(Uuid, String)>()
        .all(db)
        .await?;
    let owners: HashMap<Uuid, String> = owners.into_iter().collect();
    let one = |row: review::Model| {
        let owner = owners.get(&row.blueprint).map(String::as_str).unwrap_or_default();
        let assignments = assignments.remove(&row.id).unwrap_or_default();
        model(row, owner, assignments)
    };
    rows.into_iter().map(one).collect()
}

fn model(row: review::Model, owner: &str, assignments: Vec<Assignment>) -> Result<Review, Error> {
    let at = Timestamp::from_micros;
    Ok(Review {
        id: ReviewId::new(row.id),
        blueprint: BlueprintId::new(row.blueprint),
        organisation: OrganisationId::from_code(owner).map_err(|_| inconsistent(owner))?,
        purpose: Purpose::from_name(&row.purpose).ok_or_else(|| inconsistent(&row.purpose))?,
        change_note: row.change_note,
        minor: row.minor,
        state: ReviewState::from_name(&row.state).ok_or_else(|| inconsistent(&row.state))?,
        submitted_by: PersonId::new(row.submitted_by),
        submitted: at(row.submitted_at),
        signed_off_by: row.signed_off_by.map(PersonId::new),
        signed_off: row.signed_off_at.map(at),
        needed: u32::try_from(row.needed).map_err(inconsistent)?,
        due: at(row.due_at),
        assignments,
        reason: row.reason,
        closed: row.closed_at.map(at),
        revision: row.revision.map(RevisionNumber::try_from).transpose().map_err(inconsistent)?,
        version: row.version,
    })
}

fn assignment_model(row: assignment::Model) -> Assignment {
    let at = Timestamp::from_micros;
    Assignment {
        reviewer: PersonId::new(row.reviewer),
        assigned: at(row.assigned_at),
        due: at(row.due_at),
        assured: row.assured_at.map(at),
        ended: row.ended_at.map(at),
        note: row.note,
    }
}

fn assignment_row(review: ReviewId, part: &Assignment) -> assignment::Model {
    assignment::Model {
        review: review.uuid(),
        reviewer: part.reviewer.uuid(),
        assigned_at: part.assigned.micros(),
        due_at: part.due.micros(),
        assured_at: part.assured.map(Timestamp::micros),
        ended_at: part.ended.map(Timestamp::micros),
        reminded_at: None,
        note: part.note.clone(),
    }
}

fn row(review: &Review) -> review::Model {
    review::Model {
        id: review.id.uuid(),
        blueprint: review.blueprint.uuid(),
        purpose: review.purpose.name().to_owned(),
        change_note: review.change_note.clone(),
        minor: review.minor,
        state: review.state.name().to_owned(),
        submitted_by: review.submitted_by.uuid(),
        submitted_at: review.submitted.micros(),
        signed_off_by: review.signed_off_by.map(PersonId::uuid),
        signed_off_at: review.signed_off.map(Timestamp::micros),
        needed: number(review.needed),
        due_at: review.due.micros(),
        reminded_at: None,
        reason: review.reason.clone(),
        closed_at: review.closed.map(Timestamp::micros),
        revision: review.revision.map(number),
        version: review.version,
    }
}
