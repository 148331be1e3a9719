//! Artefacts: what drafts and revisions say of them, rows to model and back.

use std::collections::HashSet;

use exemplar_kernel::{Error, Paging, Timestamp, db};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, IntoActiveModel as _, JoinType,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationDef, Select,
};
use uuid::Uuid;

use super::artefact_entity::{artefact, blob, entry};
use super::entity::blueprint;
use super::{DRAFT, inconsistent, number};
use crate::model::artefact::format::Format;
use crate::model::artefact::{Artefact, ArtefactId, ArtefactKind, ContentDigest, Details, State};
use crate::model::{BlueprintId, RevisionNumber, Visibility};

/// Which entries of a blueprint's are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    /// All of them: the caller is of the owning organisation.
    All,
    /// Those that can be had, by these visibilities, and that no newer revision hides.
    Admitted(&'a [Visibility]),
}

/// An entry with what it is an entry of.
#[derive(Debug, FromQueryResult)]
struct Row {
    artefact: Uuid,
    revision: i32,
    blueprint: Uuid,
    file_name: String,
    kind: String,
    licence: String,
    description: String,
    visibility: String,
    version: i64,
    digest: String,
    state: String,
    scanned: bool,
    scan_note: Option<String>,
    created_at: i64,
    size: i64,
    format: String,
}

fn to_artefact() -> RelationDef {
    entry::Entity::belongs_to(artefact::Entity).from(entry::Column::Artefact).to(artefact::Column::Id).into()
}

fn to_blob() -> RelationDef {
    artefact::Entity::belongs_to(blob::Entity).from(artefact::Column::Digest).to(blob::Column::Digest).into()
}

/// Entries with what they are entries of.
fn joined() -> Select<entry::Entity> {
    use artefact::Column as Of;
    use entry::Column;
    entry::Entity::find()
        .select_only()
        .columns([Column::Artefact, Column::Revision, Column::Blueprint, Column::FileName, Column::Kind])
        .columns([Column::Licence, Column::Description, Column::Visibility, Column::Version])
        .columns([Of::Digest, Of::State, Of::Scanned, Of::ScanNote, Of::CreatedAt])
        .columns([blob::Column::Size, blob::Column::Format])
        .join(JoinType::InnerJoin, to_artefact())
        .join(JoinType::InnerJoin, to_blob())
}

/// A page of the artefacts of a revision (0: the draft), by file name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    blueprint: BlueprintId,
    revision: RevisionNumber,
    seen: Seen<'_>,
    paging: &Paging,
) -> Result<Vec<Artefact>, Error> {
    use entry::Column;
    let mut query =
        joined().filter(Column::Blueprint.eq(blueprint.uuid())).filter(Column::Revision.eq(number(revision)));
    if let Seen::Admitted(visibilities) = seen {
        query = query.filter(admitted(visibilities));
    }
    if let [name] = paging.after.as_slice() {
        query = query.filter(Column::FileName.gt(name));
    }
    let rows = query.order_by_asc(Column::FileName).limit(paging.fetch()).into_model::<Row>().all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Available, visible, and in no newer revision less visible.
fn admitted(visibilities: &[Visibility]) -> sea_orm::Condition {
    use entry::Column;
    let names: Vec<&str> = visibilities.iter().map(|visibility| visibility.name()).collect();
    let newer = sea_orm::sea_query::Alias::new("newer");
    let hidden = Query::select()
        .expr(Expr::val(1))
        .from_as(entry::Entity, newer.clone())
        .and_where(Expr::col((newer.clone(), Column::Artefact)).equals((entry::Entity, Column::Artefact)))
        .and_where(Expr::col((newer.clone(), Column::Revision)).gt(Expr::col((entry::Entity, Column::Revision))))
        .and_where(Expr::col((newer, Column::Visibility)).is_not_in(names.clone()))
        .take();
    sea_orm::Condition::all()
        .add(artefact::Column::State.eq(State::Available.name()))
        .add(Column::Visibility.is_in(names))
        .add(Expr::exists(hidden).not())
}

/// What is said of an artefact in the draft and in the newest revision that has it; the draft's comes first.
pub(crate) async fn find(db: &impl ConnectionTrait, id: ArtefactId) -> Result<Vec<Artefact>, Error> {
    use entry::Column;
    let newest = Query::select()
        .expr(Column::Revision.max())
        .from(entry::Entity)
        .and_where(Column::Artefact.eq(id.uuid()))
        .take();
    let or_draft =
        sea_orm::Condition::any().add(Column::Revision.eq(number(DRAFT))).add(Column::Revision.in_subquery(newest));
    let found = joined().filter(Column::Artefact.eq(id.uuid())).filter(or_draft);
    let rows = found.order_by_asc(Column::Revision).into_model::<Row>().all(db).await?;
    rows.into_iter().map(model).collect()
}

/// How many artefacts a draft has.
pub(crate) async fn count_draft(db: &impl ConnectionTrait, blueprint: BlueprintId) -> Result<u64, Error> {
    use entry::Column;
    let draft = entry::Entity::find().filter(Column::Blueprint.eq(blueprint.uuid()));
    Ok(draft.filter(Column::Revision.eq(number(DRAFT))).count(db).await?)
}

/// Whether a draft has an artefact with this file name.
pub(crate) async fn has_name(db: &impl ConnectionTrait, blueprint: BlueprintId, name: &str) -> Result<bool, Error> {
    use entry::Column;
    let draft = entry::Entity::find().filter(Column::Blueprint.eq(blueprint.uuid()));
    let named = draft.filter(Column::Revision.eq(number(DRAFT))).filter(Column::FileName.eq(name));
    Ok(named.count(db).await? > 0)
}

/// Adds an artefact to the draft; false when the draft has one of its name.
pub(crate) async fn insert(db: &impl ConnectionTrait, new: &Artefact, by: Option<Uuid>) -> Result<bool, Error> {
    let row = artefact::Model {
        id: new.id.uuid(),
        blueprint: new.blueprint.uuid(),
        digest: new.digest.as_str().to_owned(),
        state: new.state.name().to_owned(),
        scanned: new.scanned,
        scan_note: new.scan_note.clone(),
        scan_attempts: 0,
        scan_due_at: new.added.micros(),
        created_at: new.added.micros(),
        created_by: by,
    };
    artefact::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    let done = entry::Entity::insert(entry_row(new, DRAFT).into_active_model()).exec_without_returning(db).await;
    named_once(done.map(|_| ()))
}

/// Changes what the draft says of an artefact; false when the draft has another of its new name.
pub(crate) async fn update(db: &impl ConnectionTrait, changed: &Artefact) -> Result<bool, Error> {
    use entry::Column;
    let details = &changed.details;
    let done = entry::Entity::update_many()
        .col_expr(Column::FileName, Expr::value(details.file_name.clone()))
        .col_expr(Column::Kind, Expr::value(details.kind.name()))
        .col_expr(Column::Licence, Expr::value(details.licence.clone()))
        .col_expr(Column::Description, Expr::value(details.description.clone()))
        .col_expr(Column::Visibility, Expr::value(details.visibility.name()))
        .col_expr(Column::Version, Expr::value(changed.version))
        .filter(Column::Artefact.eq(changed.id.uuid()))
        .filter(Column::Revision.eq(number(DRAFT)))
        .exec(db)
        .await;
    named_once(done.map(|_| ()))
}

fn named_once(done: Result<(), sea_orm::DbErr>) -> Result<bool, Error> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if db::is_unique(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Takes an artefact out of the draft, and forgets it when no revision has it.
pub(crate) async fn remove(db: &impl ConnectionTrait, id: ArtefactId) -> Result<(), Error> {
    entry::Entity::delete_by_id((id.uuid(), number(DRAFT))).exec(db).await?;
    let left = entry::Entity::find().filter(entry::Column::Artefact.eq(id.uuid())).count(db).await?;
    if left == 0 {
        artefact::Entity::delete_by_id(id.uuid()).exec(db).await?;
    }
    Ok(())
}

/// Says in a blueprint's header that its draft has changed; the new version.
pub(crate) async fn touch_draft(db: &impl ConnectionTrait, blueprint: BlueprintId) -> Result<(), Error> {
    use blueprint::Column;
    blueprint::Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(blueprint.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The draft's entries, for a revision that is about to be made of them.
pub(crate) async fn of_draft(db: &impl ConnectionTrait, blueprint: BlueprintId) -> Result<Vec<Artefact>, Error> {
    of_revision(db, blueprint, DRAFT).await
}

/// The entries of a revision (0: the draft), by file name. A draft has few, so that all of them are read.
pub(crate) async fn of_revision(
    db: &impl ConnectionTrait,
    blueprint: BlueprintId,
    revision: RevisionNumber,
) -> Result<Vec<Artefact>, Error> {
    use entry::Column;
    let rows = joined()
        .filter(Column::Blueprint.eq(blueprint.uuid()))
        .filter(Column::Revision.eq(number(revision)))
        .order_by_asc(Column::FileName)
        .into_model::<Row>()
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Which of these blueprints have artefacts in any revision.
pub(crate) async fn holders(db: &impl ConnectionTrait, blueprints: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let rows = artefact::Entity::find()
        .select_only()
        .column(artefact::Column::Blueprint)
        .distinct()
        .filter(artefact::Column::Blueprint.is_in(blueprints.iter().copied()));
    Ok(rows.into_tuple::<Uuid>().all(db).await?.into_iter().collect())
}

/// The blueprints of some artefacts.
pub(crate) async fn blueprints_of(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let rows = artefact::Entity::find()
        .select_only()
        .column(artefact::Column::Blueprint)
        .distinct()
        .filter(artefact::Column::Id.is_in(ids.iter().copied()));
    Ok(rows.into_tuple::<Uuid>().all(db).await?)
}

/// Gives a new revision the artefacts that the draft has.
pub(crate) async fn freeze(
    db: &impl ConnectionTrait,
    draft: &[Artefact],
    revision: RevisionNumber,
) -> Result<(), Error> {
    if draft.is_empty() {
        return Ok(());
    }
    let rows = draft.iter().map(|artefact| entry_row(artefact, revision).into_active_model());
    entry::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

fn entry_row(artefact: &Artefact, revision: RevisionNumber) -> entry::Model {
    entry::Model {
        artefact: artefact.id.uuid(),
        revision: number(revision),
        blueprint: artefact.blueprint.uuid(),
        file_name: artefact.details.file_name.clone(),
        kind: artefact.details.kind.name().to_owned(),
        licence: artefact.details.licence.clone(),
        description: artefact.details.description.clone(),
        visibility: artefact.details.visibility.name().to_owned(),
        version: artefact.version,
    }
}

fn model(row: Row) -> Result<Artefact, Error> {
    Ok(Artefact {
        id: ArtefactId::new(row.artefact),
        blueprint: BlueprintId::new(row.blueprint),
        revision: RevisionNumber::try_from(row.revision).map_err(inconsistent)?,
        details: details(row.file_name, &row.kind, row.licence, row.description, &row.visibility)?,
        format: Format::from_name(&row.format).ok_or_else(|| inconsistent(&row.format))?,
        size: u64::try_from(row.size).map_err(inconsistent)?,
        digest: ContentDigest::parse(&row.digest).map_err(inconsistent)?,
        state: State::from_name(&row.state).ok_or_else(|| inconsistent(&row.state))?,
        scanned: row.scanned,
        scan_note: row.scan_note,
        added: Timestamp::from_micros(row.created_at),
        version: row.version,
    })
}

pub(super) fn details(
    file_name: String,
    kind: &str,
    licence: String,
    description: String,
    visibility: &str,
) -> Result<Details, Error> {
    let kind = ArtefactKind::from_name(kind).ok_or_else(|| inconsistent(kind))?;
    let visibility = Visibility::from_name(visibility).ok_or_else(|| inconsistent(visibility))?;
    Ok(Details { file_name, kind, licence, description, visibility })
}

/// A length as rows hold it. There is never as much content as an `i64` has numbers.
pub(super) fn long(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
