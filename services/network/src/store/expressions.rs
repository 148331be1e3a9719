//! Expressions of interest, their organisations and their sheets in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Paging, PersonId, Timestamp};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::entity::expression::{self, Column};
use super::entity::{expression_party as party, score};
use super::{json, of_json, organisation_id, word};
use crate::{Expression, ExpressionId, ExpressionState, RoundId, Sheet};

/// Of which expressions of a round somebody may know.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// Of all.
    All,
    /// Of those of these organisations, those that the person scores, and those that are public.
    Some {
        /// The organisations.
        own: Vec<OrganisationId>,
        /// The scorer.
        scorer: Option<PersonId>,
        /// The states of which everybody knows.
        public: Vec<ExpressionState>,
    },
}

/// One expression.
pub(crate) async fn find(db: &impl ConnectionTrait, id: ExpressionId) -> Result<Option<Expression>, Error> {
    let row = expression::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(models(db, row.into_iter().collect()).await?.pop())
}

/// One expression, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: ExpressionId) -> Result<Option<Expression>, Error> {
    let row = expression::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?;
    Ok(models(tx, row.into_iter().collect()).await?.pop())
}

/// A page of the expressions in sight, in the order they came, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    round: RoundId,
    sight: &Sight,
    paging: &Paging,
) -> Result<Vec<Expression>, Error> {
    let mut filter = Condition::all().add(Column::Round.eq(round.uuid()));
    if let Sight::Some { own, scorer, public } = sight {
        let codes = own.iter().map(OrganisationId::code);
        let theirs = party::Entity::find().select_only().column(party::Column::Expression);
        let theirs = theirs.filter(party::Column::Organisation.is_in(codes)).into_query();
        let mut seen = Condition::any()
            .add(Column::Id.in_subquery(theirs))
            .add(Column::State.is_in(public.iter().map(|state| state.name())));
        if let Some(scorer) = scorer {
            let scored = score::Entity::find().select_only().column(score::Column::Expression);
            let scored = scored.filter(score::Column::Scorer.eq(scorer.uuid())).into_query();
            let withdrawn = ExpressionState::Withdrawn.name();
            seen = seen.add(Condition::all().add(Column::Id.in_subquery(scored)).add(Column::State.ne(withdrawn)));
        }
        filter = filter.add(seen);
    }
    if let [submitted, id] = paging.after.as_slice() {
        let submitted: i64 = submitted.parse().unwrap_or(i64::MAX);
        let columns = Expr::tuple([Expr::col(Column::SubmittedAt), Expr::col(Column::Id)]);
        let last = [Expr::val(submitted), Expr::val(Uuid::try_parse(id).unwrap_or_default())];
        filter = filter.add(columns.gt(Expr::tuple(last)));
    }
    let query = expression::Entity::find().filter(filter);
    let query = query.order_by_asc(Column::SubmittedAt).order_by_asc(Column::Id).limit(paging.fetch());
    models(db, query.all(db).await?).await
}

/// The sort keys of an expression.
pub(crate) fn keys(expression: &Expression) -> Vec<String> {
    vec![expression.submitted.micros().to_string(), expression.id.uuid().to_string()]
}

/// The expressions of a round that take part; no more than `most`.
pub(crate) async fn taking_part(
    tx: &impl ConnectionTrait,
    round: RoundId,
    most: u64,
) -> Result<Vec<Expression>, Error> {
    let query = expression::Entity::find()
        .filter(Column::Round.eq(round.uuid()))
        .filter(Column::State.ne(ExpressionState::Withdrawn.name()))
        .order_by_asc(Column::SubmittedAt)
        .order_by_asc(Column::Id)
        .limit(most);
    models(tx, query.all(tx).await?).await
}

/// Adds an expression.
pub(crate) async fn insert(tx: &impl ConnectionTrait, expression: &Expression) -> Result<(), Error> {
    let row = expression::Model {
        id: expression.id.uuid(),
        round: expression.round.uuid(),
        statement: expression.statement.clone(),
        evidence: json(&expression.evidence)?,
        state: expression.state.name().to_owned(),
        withdrawal: expression.withdrawal.clone(),
        moderation: None,
        decision: None,
        submitted_at: expression.submitted.micros(),
        version: expression.version,
    };
    expression::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Adds one of its organisations. The database refuses one that takes part in another of the same round.
pub(crate) async fn join(
    tx: &impl ConnectionTrait,
    expression: &Expression,
    position: i32,
    organisation: &OrganisationId,
) -> Result<(), DbErr> {
    let row = party::Model {
        expression: expression.id.uuid(),
        organisation: organisation.code().to_owned(),
        round: expression.round.uuid(),
        position,
        live: true,
    };
    party::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Frees its organisations to take part in another.
pub(crate) async fn leave(tx: &impl ConnectionTrait, expression: ExpressionId) -> Result<(), Error> {
    party::Entity::update_many()
        .col_expr(party::Column::Live, Expr::value(false))
        .filter(party::Column::Expression.eq(expression.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes where an expression stands and what was decided; what was handed in never changes.
pub(crate) async fn update(tx: &impl ConnectionTrait, expression: &Expression) -> Result<(), Error> {
    let row = expression::ActiveModel {
        id: Unchanged(expression.id.uuid()),
        state: Set(expression.state.name().to_owned()),
        withdrawal: Set(expression.withdrawal.clone()),
        moderation: Set(expression.moderation.as_ref().map(json).transpose()?),
        decision: Set(expression.decision.as_ref().map(json).transpose()?),
        version: Set(expression.version),
        ..Default::default()
    };
    Ok(row.update_without_returning(tx).await.map(|_| ())?)
}

/// Writes the sheets of an expression anew.
pub(crate) async fn write_sheets(tx: &impl ConnectionTrait, expression: &Expression) -> Result<(), Error> {
    score::Entity::delete_many().filter(score::Column::Expression.eq(expression.id.uuid())).exec(tx).await?;
    let mut rows = Vec::new();
    for (position, sheet) in (0..).zip(&expression.sheets) {
        let Some(scorer) = sheet.scorer else { continue };
        let points = if sheet.is_in() { Some(json(&sheet.points)?) } else { None };
        let (expression, scorer, comment) = (expression.id.uuid(), scorer.uuid(), sheet.comment.clone());
        rows.push(score::Model { expression, scorer, position, points, comment }.into_active_model());
    }
    score::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Rows with their organisations and sheets: two more queries, however many there are.
async fn models(db: &impl ConnectionTrait, rows: Vec<expression::Model>) -> Result<Vec<Expression>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let parties = party::Entity::find()
        .filter(party::Column::Expression.is_in(ids.iter().copied()))
        .order_by_asc(party::Column::Position)
        .all(db)
        .await?;
    let scores = score::Entity::find()
        .filter(score::Column::Expression.is_in(ids))
        .order_by_asc(score::Column::Position)
        .all(db)
        .await?;
    let mut organisations: HashMap<Uuid, Vec<OrganisationId>> = HashMap::new();
    for row in parties {
        organisations.entry(row.expression).or_default().push(organisation_id(&row.organisation)?);
    }
    let mut sheets: HashMap<Uuid, Vec<Sheet>> = HashMap::new();
    for row in scores {
        let points = row.points.as_deref().map(of_json).transpose()?.unwrap_or_default();
        let sheet = Sheet { scorer: Some(PersonId::new(row.scorer)), points, comment: row.comment };
        sheets.entry(row.expression).or_default().push(sheet);
    }
    let model = |row: expression::Model| {
        Ok(Expression {
            id: ExpressionId::new(row.id),
            round: RoundId::new(row.round),
            organisations: organisations.remove(&row.id).unwrap_or_default(),
            statement: row.statement,
            evidence: of_json(&row.evidence)?,
            state: word(&row.state, ExpressionState::from_name)?,
            withdrawal: row.withdrawal,
            sheets: sheets.remove(&row.id).unwrap_or_default(),
            moderation: row.moderation.as_deref().map(of_json).transpose()?,
            decision: row.decision.as_deref().map(of_json).transpose()?,
            submitted: Timestamp::from_micros(row.submitted_at),
            version: row.version,
        })
    };
    rows.into_iter().map(model).collect()
}
