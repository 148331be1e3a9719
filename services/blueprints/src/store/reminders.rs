//! What is overdue, and when that was last said.

use exemplar_kernel::{Error, OrganisationId, PersonId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::entity::{assignment, blueprint, review};
use super::inconsistent;
use crate::model::{BlueprintId, ReviewId, ReviewState};

/// Rows of each kind that one transaction looks at.
const BATCH: u64 = 100;

/// Something that is overdue.
#[derive(Clone, Debug)]
pub(crate) enum Overdue {
    /// A trust has not signed off.
    SignOff { review: ReviewId, organisation: OrganisationId, due: Timestamp },
    /// A reviewer has not answered.
    Assurance { review: ReviewId, reviewer: PersonId, due: Timestamp },
    /// A published blueprint is to be looked at again.
    Renewal { blueprint: BlueprintId, organisation: OrganisationId, due: Timestamp },
}

/// What is overdue now and was not said since `before`.
pub(crate) async fn overdue(
    db: &impl ConnectionTrait,
    now: Timestamp,
    before: Timestamp,
) -> Result<Vec<Overdue>, Error> {
    let mut found = Vec::new();
    let signing: Vec<(Uuid, String, i64)> = review::Entity::find()
        .inner_join(blueprint::Entity)
        .select_only()
        .column(review::Column::Id)
        .column(blueprint::Column::Organisation)
        .column(review::Column::DueAt)
        .filter(review::Column::State.eq(ReviewState::Submitted.name()))
        .filter(review::Column::DueAt.lt(now.micros()))
        .filter(unsaid(review::Column::RemindedAt, before))
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?;
    for (id, code, due) in signing {
        let (review, organisation) = (ReviewId::new(id), organisation(&code)?);
        found.push(Overdue::SignOff { review, organisation, due: Timestamp::from_micros(due) });
    }
    let assuring = assignment::Entity::find()
        .filter(assignment::Column::EndedAt.is_null())
        .filter(assignment::Column::DueAt.lt(now.micros()))
        .filter(unsaid(assignment::Column::RemindedAt, before))
        .limit(BATCH)
        .all(db)
        .await?;
    found.extend(assuring.into_iter().map(|row| Overdue::Assurance {
        review: ReviewId::new(row.review),
        reviewer: PersonId::new(row.reviewer),
        due: Timestamp::from_micros(row.due_at),
    }));
    let renewing = blueprint::Entity::find()
        .filter(blueprint::Column::ReviewDueAt.lt(now.micros()))
        .filter(blueprint::Column::WithdrawnAt.is_null())
        .filter(unsaid(blueprint::Column::RemindedAt, before))
        .limit(BATCH)
        .all(db)
        .await?;
    for row in renewing {
        let due = Timestamp::from_micros(row.review_due_at.unwrap_or_default());
        let (blueprint, organisation) = (BlueprintId::new(row.id), organisation(&row.organisation)?);
        found.push(Overdue::Renewal { blueprint, organisation, due });
    }
    Ok(found)
}

/// Marks it as said now; whether it was still unsaid.
pub(crate) async fn mark(
    tx: &impl ConnectionTrait,
    overdue: &Overdue,
    now: Timestamp,
    before: Timestamp,
) -> Result<bool, Error> {
    let at = Expr::value(now.micros());
    let marked = match overdue {
        Overdue::SignOff { review, .. } => {
            use review::Column;
            let mark = review::Entity::update_many().col_expr(Column::RemindedAt, at);
            mark.filter(Column::Id.eq(review.uuid())).filter(unsaid(Column::RemindedAt, before)).exec(tx).await?
        }
        Overdue::Assurance { review, reviewer, .. } => {
            use assignment::Column;
            let mark = assignment::Entity::update_many().col_expr(Column::RemindedAt, at);
            let mark = mark.filter(Column::Review.eq(review.uuid())).filter(Column::Reviewer.eq(reviewer.uuid()));
            mark.filter(unsaid(Column::RemindedAt, before)).exec(tx).await?
        }
        Overdue::Renewal { blueprint, .. } => {
            use blueprint::Column;
            let mark = blueprint::Entity::update_many().col_expr(Column::RemindedAt, at);
            mark.filter(Column::Id.eq(blueprint.uuid())).filter(unsaid(Column::RemindedAt, before)).exec(tx).await?
        }
    };
    Ok(marked.rows_affected == 1)
}

fn unsaid<C: sea_orm::ColumnTrait>(column: C, before: Timestamp) -> Condition {
    Condition::any().add(column.is_null()).add(column.lt(before.micros()))
}

fn organisation(code: &str) -> Result<OrganisationId, Error> {
    OrganisationId::from_code(code).map_err(|_| inconsistent(code))
}
