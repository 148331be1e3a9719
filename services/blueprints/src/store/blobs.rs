//! Content by its digest: where it lies, what the scanner said, the text in it, and when it may go.

use std::collections::HashMap;

use exemplar_kernel::{Error, OrganisationId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::artefact_entity::{artefact, blob, text};
use super::artefacts::long;
use super::entity::blueprint;
use super::inconsistent;
use super::uploads::delete_parts;
use crate::model::artefact::format::Format;
use crate::model::artefact::{ArtefactId, ContentDigest, State};

/// Content that waits for something.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// Which.
    pub(crate) digest: ContentDigest,
    /// Where it lies.
    pub(crate) location: Uuid,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// What it is.
    pub(crate) format: Format,
    /// How often what it waits for has been tried.
    pub(crate) attempts: i32,
}

/// What is known of content by its digest, which is made known when it is new; locked until the transaction ends. False
/// when it lies elsewhere than at `location`.
pub(crate) async fn keep(
    tx: &impl ConnectionTrait,
    digest: &ContentDigest,
    location: Uuid,
    size: u64,
    format: Format,
    now: Timestamp,
) -> Result<bool, Error> {
    use blob::Column;
    let row = blob::Model {
        digest: digest.as_str().to_owned(),
        location,
        size: long(size),
        format: format.name().to_owned(),
        text_state: if format.has_text() && size <= crate::blob::extract::MAX_FILE { "PENDING" } else { "NONE" }
            .to_owned(),
        text_due_at: now.micros(),
        text_attempts: 0,
        unreferenced_at: None,
        created_at: now.micros(),
    };
    let known = OnConflict::column(Column::Digest).do_nothing().to_owned();
    blob::Entity::insert(row.into_active_model()).on_conflict(known).try_insert().exec_without_returning(tx).await?;
    let found = blob::Entity::find_by_id(digest.as_str()).lock_exclusive().one(tx).await?;
    // Swept just now: the caller tries again.
    let found = found.ok_or(Error::Busy)?;
    if found.unreferenced_at.is_some() {
        blob::Entity::update_many()
            .col_expr(Column::UnreferencedAt, Expr::value(None::<i64>))
            .filter(Column::Digest.eq(digest.as_str()))
            .exec(tx)
            .await?;
    }
    Ok(found.location == location)
}

/// Where content lies.
pub(crate) async fn location(db: &impl ConnectionTrait, digest: &ContentDigest) -> Result<Option<Uuid>, Error> {
    Ok(blob::Entity::find_by_id(digest.as_str()).one(db).await?.map(|row| row.location))
}

/// Where some contents lie, by their digests; a revision has few files.
pub(crate) async fn locations(db: &impl ConnectionTrait, digests: &[&str]) -> Result<HashMap<String, Uuid>, Error> {
    let rows = blob::Entity::find().filter(blob::Column::Digest.is_in(digests.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.digest, row.location)).collect())
}

/// Whether an artefact waits for the scanner.
pub(crate) async fn scan_is_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool, Error> {
    use artefact::Column;
    let waiting = artefact::Entity::find().filter(Column::State.eq(State::Quarantined.name()));
    Ok(waiting.filter(Column::ScanDueAt.lte(now.micros())).limit(1).one(db).await?.is_some())
}

/// Whether there are artefacts that nobody scanned.
pub(crate) async fn has_unscanned(db: &impl ConnectionTrait) -> Result<bool, Error> {
    use artefact::Column;
    let passed = artefact::Entity::find().filter(Column::State.eq(State::Available.name()));
    Ok(passed.filter(Column::Scanned.eq(false)).limit(1).one(db).await?.is_some())
}

/// Whether the text of a content waits to be read.
pub(crate) async fn text_is_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool, Error> {
    use blob::Column;
    let waiting = blob::Entity::find().filter(Column::TextState.eq("PENDING"));
    Ok(waiting.filter(Column::TextDueAt.lte(now.micros())).limit(1).one(db).await?.is_some())
}

/// Takes the next artefact that waits for the scanner, so that nobody else takes it before `until`.
pub(crate) async fn claim_scan(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<(ArtefactId, Waiting)>, Error> {
    use artefact::Column;
    let due = artefact::Entity::find()
        .filter(Column::State.eq(State::Quarantined.name()))
        .filter(Column::ScanDueAt.lte(now.micros()))
        .order_by_asc(Column::ScanDueAt)
        .limit(1)
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(due) = due else { return Ok(None) };
    let content = blob::Entity::find_by_id(due.digest.as_str()).one(tx).await?;
    let content = content.ok_or_else(|| inconsistent(&due.digest))?;
    artefact::Entity::update_many()
        .col_expr(Column::ScanDueAt, Expr::value(until.micros()))
        .col_expr(Column::ScanAttempts, Expr::col(Column::ScanAttempts).add(1))
        .filter(Column::Id.eq(due.id))
        .exec(tx)
        .await?;
    Ok(Some((ArtefactId::new(due.id), Waiting { attempts: due.scan_attempts, ..waiting(content)? })))
}

/// When the scanner could not look: when it is to try again, and why.
pub(crate) async fn postpone_scan(
    db: &impl ConnectionTrait,
    id: ArtefactId,
    due: Timestamp,
    why: Option<&str>,
) -> Result<(), Error> {
    use artefact::Column;
    artefact::Entity::update_many()
        .col_expr(Column::ScanDueAt, Expr::value(due.micros()))
        .col_expr(Column::ScanNote, Expr::value(why.map(ToOwned::to_owned)))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(State::Quarantined.name()))
        .exec(db)
        .await?;
    Ok(())
}

/// Says what became of an artefact that waited; whether it still did.
pub(crate) async fn decide_scan(
    tx: &impl ConnectionTrait,
    id: ArtefactId,
    state: State,
    scanned: bool,
    note: Option<&str>,
) -> Result<bool, Error> {
    use artefact::Column;
    let done = artefact::Entity::update_many()
        .col_expr(Column::State, Expr::value(state.name()))
        .col_expr(Column::Scanned, Expr::value(scanned))
        .col_expr(Column::ScanNote, Expr::value(note.map(ToOwned::to_owned)))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(State::Quarantined.name()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Every artefact with this content that is not in `state`, with its owner.
pub(crate) async fn with_content(
    tx: &impl ConnectionTrait,
    digest: &ContentDigest,
    state: State,
) -> Result<Vec<ArtefactId>, Error> {
    use artefact::Column;
    let rows = artefact::Entity::find()
        .filter(Column::Digest.eq(digest.as_str()))
        .filter(Column::State.ne(state.name()))
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| ArtefactId::new(row.id)).collect())
}

/// Refuses all artefacts with this content.
pub(crate) async fn refuse_content(tx: &impl ConnectionTrait, digest: &ContentDigest, note: &str) -> Result<(), Error> {
    use artefact::Column;
    artefact::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Refused.name()))
        .col_expr(Column::Scanned, Expr::value(true))
        .col_expr(Column::ScanNote, Expr::value(note))
        .filter(Column::Digest.eq(digest.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Puts what no scanner has seen back into quarantine; how many.
pub(crate) async fn requeue_unscanned(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64, Error> {
    use artefact::Column;
    let done = artefact::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Quarantined.name()))
        .col_expr(Column::ScanDueAt, Expr::value(now.micros()))
        .filter(Column::State.eq(State::Available.name()))
        .filter(Column::Scanned.eq(false))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// Whose artefact it is.
pub(crate) async fn owner(db: &impl ConnectionTrait, id: ArtefactId) -> Result<Option<OrganisationId>, Error> {
    let Some(row) = artefact::Entity::find_by_id(id.uuid()).one(db).await? else { return Ok(None) };
    let header = blueprint::Entity::find_by_id(row.blueprint).one(db).await?;
    let code = header.ok_or_else(|| inconsistent(row.blueprint))?.organisation;
    Ok(Some(OrganisationId::from_code(&code).map_err(|_| inconsistent(&code))?))
}

/// Takes the next content whose text is to be read; only content that somebody can have.
pub(crate) async fn claim_text(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Waiting>, Error> {
    use blob::Column;
    let available = Query::select()
        .column(artefact::Column::Digest)
        .from(artefact::Entity)
        .and_where(artefact::Column::State.eq(State::Available.name()))
        .take();
    let due = blob::Entity::find()
        .filter(Column::TextState.eq("PENDING"))
        .filter(Column::TextDueAt.lte(now.micros()))
        .filter(Column::Digest.in_subquery(available))
        .order_by_asc(Column::TextDueAt)
        .limit(1)
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(due) = due else { return Ok(None) };
    blob::Entity::update_many()
        .col_expr(Column::TextDueAt, Expr::value(until.micros()))
        .col_expr(Column::TextAttempts, Expr::col(Column::TextAttempts).add(1))
        .filter(Column::Digest.eq(due.digest.as_str()))
        .exec(tx)
        .await?;
    Ok(Some(Waiting { attempts: due.text_attempts, ..waiting(due)? }))
}

/// Keeps the text of a content, or that there is none.
pub(crate) async fn put_text(
    tx: &impl ConnectionTrait,
    digest: &ContentDigest,
    read: Option<String>,
) -> Result<(), Error> {
    use blob::Column;
    blob::Entity::update_many()
        .col_expr(Column::TextState, Expr::value(if read.is_some() { "READ" } else { "NONE" }))
        .filter(Column::Digest.eq(digest.as_str()))
        .exec(tx)
        .await?;
    if let Some(content) = read {
        let row = text::Model { digest: digest.as_str().to_owned(), content };
        let there = OnConflict::column(text::Column::Digest).update_column(text::Column::Content).to_owned();
        text::Entity::insert(row.into_active_model()).on_conflict(there).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Notes since when content is of no artefact, and forgets what has been so for longer than `horizon`; how many.
pub(crate) async fn sweep(tx: &impl ConnectionTrait, now: Timestamp, horizon: Timestamp) -> Result<u64, Error> {
    use blob::Column;
    let used = || Query::select().column(artefact::Column::Digest).from(artefact::Entity).take();
    blob::Entity::update_many()
        .col_expr(Column::UnreferencedAt, Expr::value(Some(now.micros())))
        .filter(Column::UnreferencedAt.is_null())
        .filter(Column::Digest.not_in_subquery(used()))
        .exec(tx)
        .await?;
    let gone = blob::Entity::find()
        .filter(Column::UnreferencedAt.lt(horizon.micros()))
        .limit(BATCH)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut swept = 0;
    for row in gone {
        // Locked, so that it is sure now whether somebody has it again.
        let again = artefact::Entity::find().filter(artefact::Column::Digest.eq(row.digest.as_str())).one(tx).await?;
        if again.is_none() {
            text::Entity::delete_by_id(row.digest.as_str()).exec(tx).await?;
            blob::Entity::delete_by_id(row.digest.as_str()).exec(tx).await?;
            delete_parts(tx, row.location).await?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Contents swept at a time.
const BATCH: u64 = 100;

/// The text of an artefact, for the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactText {
    /// Which artefact.
    pub artefact: ArtefactId,
    /// Its file name.
    pub file_name: String,
    /// What its owner says it is.
    pub description: String,
    /// Who may read it, as far as the blueprint itself lets them.
    pub visibility: crate::model::Visibility,
    /// What is in it; empty when there is no text in it, or none that could be read.
    pub text: String,
}

/// The texts of the artefacts that a blueprint's revision has and that can be had, by file name.
pub(crate) async fn artefact_texts(
    db: &impl ConnectionTrait,
    blueprint: crate::model::BlueprintId,
    revision: crate::model::RevisionNumber,
) -> Result<Vec<ArtefactText>, Error> {
    let mut artefacts = super::artefacts::of_revision(db, blueprint, revision).await?;
    artefacts.retain(|artefact| artefact.state == State::Available);
    let digests = artefacts.iter().map(|artefact| artefact.digest.as_str());
    let rows = text::Entity::find().filter(text::Column::Digest.is_in(digests)).all(db).await?;
    let read = |digest: &ContentDigest| rows.iter().find(|row| row.digest == digest.as_str());
    let with_text = artefacts.into_iter().map(|artefact| ArtefactText {
        artefact: artefact.id,
        text: read(&artefact.digest).map(|row| row.content.clone()).unwrap_or_default(),
        file_name: artefact.details.file_name,
        description: artefact.details.description,
        visibility: artefact.details.visibility,
    });
    Ok(with_text.collect())
}

fn waiting(row: blob::Model) -> Result<Waiting, Error> {
    Ok(Waiting {
        digest: ContentDigest::parse(&row.digest).map_err(inconsistent)?,
        location: row.location,
        size: u64::try_from(row.size).map_err(inconsistent)?,
        format: Format::from_name(&row.format).ok_or_else(|| inconsistent(&row.format))?,
        attempts: 0,
    })
}
