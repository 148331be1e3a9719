//! Comments in rows.

use exemplar_kernel::{Error, Paging, PersonId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::comment::{self, Column};
use super::inconsistent;
use crate::model::{BlueprintId, Comment, CommentId, SectionKind};

/// One comment, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: CommentId) -> Result<Option<Comment>, Error> {
    comment::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// One comment.
pub(crate) async fn find(db: &impl ConnectionTrait, id: CommentId) -> Result<Option<Comment>, Error> {
    comment::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// A page of a draft's comments, newest first, one more than wanted; `resolved` limits it to those that are or are not.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    blueprint: BlueprintId,
    resolved: Option<bool>,
    paging: &Paging,
) -> Result<Vec<Comment>, Error> {
    let is = |resolved: bool| {
        let at = Column::ResolvedAt;
        if resolved { at.is_not_null() } else { at.is_null() }
    };
    let mut filter = Condition::all().add(Column::Blueprint.eq(blueprint.uuid())).add_option(resolved.map(is));
    if let [id] = paging.after.as_slice() {
        filter = filter.add(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default()));
    }
    let rows = comment::Entity::find().filter(filter).order_by_desc(Column::Id).limit(paging.fetch()).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Adds a comment.
pub(crate) async fn insert(tx: &impl ConnectionTrait, comment: &Comment) -> Result<(), Error> {
    let row = comment::Model {
        id: comment.id.uuid(),
        blueprint: comment.blueprint.uuid(),
        section: comment.section.map(|section| section.name().to_owned()),
        body: comment.body.clone(),
        author: comment.author.uuid(),
        created_at: comment.created.micros(),
        resolved_by: None,
        resolved_at: None,
    };
    comment::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes who dealt with a comment.
pub(crate) async fn resolve(
    tx: &impl ConnectionTrait,
    id: CommentId,
    by: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    comment::Entity::update_many()
        .col_expr(Column::ResolvedBy, Expr::value(by.uuid()))
        .col_expr(Column::ResolvedAt, Expr::value(now.micros()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

fn model(row: comment::Model) -> Result<Comment, Error> {
    let section = row.section.as_deref();
    let section = section.map(|name| SectionKind::from_name(name).ok_or_else(|| inconsistent(name))).transpose()?;
    Ok(Comment {
        id: CommentId::new(row.id),
        blueprint: BlueprintId::new(row.blueprint),
        section,
        body: row.body,
        author: PersonId::new(row.author),
        created: Timestamp::from_micros(row.created_at),
        resolved_by: row.resolved_by.map(PersonId::new),
        resolved: row.resolved_at.map(Timestamp::from_micros),
    })
}
