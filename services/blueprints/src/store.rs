//! Rows to model and back. The draft is revision 0 in the same tables as the revisions.

pub(crate) mod adoptions;
mod artefact_entity;
pub(crate) mod artefacts;
pub(crate) mod blobs;
pub(crate) mod comments;
mod content;
pub(crate) mod demand;
mod entity;
pub(crate) mod exchange;
pub(crate) mod follows;
pub(crate) mod introductions;
pub(crate) mod reminders;
pub(crate) mod reviews;
pub(crate) mod synonyms;
pub(crate) mod uploads;
pub(crate) mod usage;

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::model::{
    Blueprint, BlueprintId, Header, Kind, Level, Reader, RevisionNumber, Touched, Visibility, Withdrawal,
};
use content::{CARE_SETTING, PROJECT_TYPE};
use entity::{blueprint, content_term};

pub(crate) use content::{read, revisions, touched};
pub use reviews::WantedReviews;

/// The draft's number in rows.
pub(crate) const DRAFT: RevisionNumber = 0;

/// Which blueprints a list wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Written by this one.
    pub organisation: Option<OrganisationId>,
    /// With one of these care settings, by their slugs; any when there is none.
    pub care_settings: Vec<String>,
    /// With one of these project types, by their slugs; any when there is none.
    pub project_types: Vec<String>,
    /// Of this level.
    pub level: Option<Level>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// The unreleased ones of the caller's organisations instead of the released ones.
    pub drafts: bool,
}

/// One header.
pub(crate) async fn header(db: &impl ConnectionTrait, id: BlueprintId) -> Result<Option<Header>, Error> {
    blueprint::Entity::find_by_id(id.uuid()).one(db).await?.map(header_model).transpose()
}

/// One header, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: BlueprintId) -> Result<Option<Header>, Error> {
    blueprint::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(header_model).transpose()
}

/// Some headers by their ids, in no order.
pub(crate) async fn headers(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Header>, Error> {
    let rows = blueprint::Entity::find().filter(blueprint::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    rows.into_iter().map(header_model).collect()
}

/// Released blueprints after one id, in the order of ids, for a rebuild of the index.
pub(crate) async fn released_after(db: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Header>, Error> {
    let rows = blueprint::Entity::find()
        .filter(blueprint::Column::LatestRevision.gt(0))
        .filter(blueprint::Column::WithdrawnAt.is_null())
        .filter(blueprint::Column::Id.gt(after))
        .order_by_asc(blueprint::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(header_model).collect()
}

/// How many blueprints are released.
pub(crate) async fn count_released(db: &impl ConnectionTrait) -> Result<u64, Error> {
    Ok(blueprint::Entity::find()
        .filter(blueprint::Column::LatestRevision.gt(0))
        .filter(blueprint::Column::WithdrawnAt.is_null())
        .count(db)
        .await?)
}

/// The ids of an organisation's released blueprints.
pub(crate) async fn released_of(db: &impl ConnectionTrait, organisation: &str) -> Result<Vec<Uuid>, Error> {
    let rows = blueprint::Entity::find()
        .filter(blueprint::Column::LatestRevision.gt(0))
        .filter(blueprint::Column::WithdrawnAt.is_null())
        .filter(blueprint::Column::Organisation.eq(organisation))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A page of what the caller may see, newest first, one more than wanted; without sections.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    wanted: &Wanted,
    paging: &Paging,
) -> Result<Vec<Blueprint>, Error> {
    use blueprint::Column;
    let mut filter = Condition::all().add(visible(reader, wanted.drafts));
    filter = filter.add_option(wanted.organisation.as_ref().map(|id| Column::Organisation.eq(id.code())));
    for (vocabulary, terms) in [(CARE_SETTING, &wanted.care_settings), (PROJECT_TYPE, &wanted.project_types)] {
        filter = filter.add_option((!terms.is_empty()).then(|| Expr::exists(tagged(vocabulary, terms))));
    }
    for (column, value) in [
        (entity::content::Column::Level, wanted.level.map(Level::name)),
        (entity::content::Column::Kind, wanted.kind.map(Kind::name)),
    ] {
        filter = filter.add_option(value.map(|value| Expr::exists(saying(column, value))));
    }
    let mut query = blueprint::Entity::find().filter(filter).limit(paging.fetch());
    // Drafts have no date of release; their ids are in the order of time.
    match paging.after.as_slice() {
        [at, id] => {
            let (at, id) = (at.parse::<i64>().unwrap_or_default(), Uuid::try_parse(id).unwrap_or_default());
            let place = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
            query = query.filter(place.lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
        }
        [id] => query = query.filter(Column::Id.lt(Uuid::try_parse(id).unwrap_or_default())),
        _ => {}
    }
    if !wanted.drafts {
        query = query.order_by_desc(Column::PublishedAt);
    }
    let rows = query.order_by_desc(Column::Id).all(db).await?;
    let headers = rows.into_iter().map(header_model).collect::<Result<Vec<_>, _>>()?;
    let wanted = headers.into_iter().map(|header| (header.latest_revision, header)).collect();
    read(db, wanted, false).await
}

/// Whether another released blueprint that the caller may see has the draft's title.
pub(crate) async fn title_taken(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    draft: &Blueprint,
) -> Result<bool, Error> {
    let same = saying(entity::content::Column::Title, &draft.content.title);
    let found = blueprint::Entity::find()
        .filter(visible(reader, false))
        .filter(blueprint::Column::Id.ne(draft.header.id.uuid()))
        .filter(Expr::exists(same))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// What the reader may see: permission is part of the query. Withdrawn blueprints are in no list.
fn visible(reader: &Reader<'_>, drafts: bool) -> Condition {
    use blueprint::Column;
    let caller = reader.caller;
    let stage = if drafts { Column::LatestRevision.eq(0) } else { Column::LatestRevision.gt(0) };
    let stage = Condition::all().add(stage).add(Column::WithdrawnAt.is_null());
    if caller.is_system() {
        return stage;
    }
    let own = Column::Organisation.is_in(caller.organisations().map(OrganisationId::code));
    if drafts {
        return stage.add(own);
    }
    let mut readers = Condition::any().add(Column::Visibility.eq(Visibility::Public.name()));
    if caller.person.is_some() {
        readers = readers.add(Column::Visibility.eq(Visibility::Network.name())).add(own);
    }
    if !reader.owners.is_empty() {
        let owned = Column::Organisation.is_in(reader.owners.iter().map(OrganisationId::code));
        readers = readers.add(Condition::all().add(Column::Visibility.eq(Visibility::Pair.name())).add(owned));
    }
    stage.add(readers)
}

/// The ids of the released blueprints that a reader may read.
fn readable(reader: &Reader<'_>) -> SelectStatement {
    Query::select().column(blueprint::Column::Id).from(blueprint::Entity).cond_where(visible(reader, false)).take()
}

/// The newest revision, or the draft of one without, has one of these terms.
fn tagged(vocabulary: &str, terms: &[String]) -> SelectStatement {
    use content_term::Column;
    newest(content_term::Entity.into_iden(), Column::Blueprint.into_iden(), Column::Revision.into_iden())
        .and_where(Column::Vocabulary.eq(vocabulary))
        .and_where(Column::Term.is_in(terms))
        .take()
}

/// The newest revision, or the draft of one without, has this value in a column.
fn saying(column: entity::content::Column, value: &str) -> SelectStatement {
    use entity::content::Column;
    newest(entity::content::Entity.into_iden(), Column::Blueprint.into_iden(), Column::Revision.into_iden())
        .and_where(column.eq(value))
        .take()
}

fn newest(table: sea_orm::DynIden, id: sea_orm::DynIden, revision: sea_orm::DynIden) -> SelectStatement {
    let outer = |column: blueprint::Column| (blueprint::Entity, column);
    Query::select()
        .expr(Expr::val(1))
        .from(table.clone())
        .and_where(Expr::col((table.clone(), id)).equals(outer(blueprint::Column::Id)))
        .and_where(Expr::col((table, revision)).equals(outer(blueprint::Column::LatestRevision)))
        .take()
}

/// Adds a blueprint with its draft.
pub(crate) async fn insert(db: &impl ConnectionTrait, draft: &Blueprint, now: Timestamp) -> Result<(), Error> {
    let header = &draft.header;
    let row = blueprint::Model {
        id: header.id.uuid(),
        organisation: header.organisation.code().to_owned(),
        visibility: header.visibility.name().to_owned(),
        version: header.version,
        latest_revision: number(header.latest_revision),
        published_at: header.published.map(Timestamp::micros),
        created_at: now.micros(),
        withdraw_reason: None,
        withdrawn_at: None,
        review_due_at: None,
        reminded_at: None,
    };
    blueprint::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    content::insert(db, draft, None, &Touched::default()).await
}

/// Writes a draft over the one that is there.
pub(crate) async fn update_draft(db: &impl ConnectionTrait, draft: &Blueprint, touched: &Touched) -> Result<(), Error> {
    content::remove_draft(db, draft.header.id).await?;
    content::insert(db, draft, None, touched).await?;
    update_header(db, &draft.header).await
}

/// Adds a revision, and says in the header that it is the newest.
pub(crate) async fn insert_revision(
    db: &impl ConnectionTrait,
    revision: &Blueprint,
    by: Option<Uuid>,
) -> Result<(), Error> {
    content::insert(db, revision, by, &Touched::default()).await?;
    update_header(db, &revision.header).await
}

/// Writes what is true of all revisions.
pub(crate) async fn update_header(db: &impl ConnectionTrait, header: &Header) -> Result<(), Error> {
    use blueprint::Column;
    let reason = header.withdrawn.as_ref().map(|withdrawal| withdrawal.reason.clone());
    blueprint::Entity::update_many()
        .col_expr(Column::Visibility, Expr::value(header.visibility.name()))
        .col_expr(Column::Version, Expr::value(header.version))
        .col_expr(Column::LatestRevision, Expr::value(number(header.latest_revision)))
        .col_expr(Column::PublishedAt, Expr::value(header.published.map(Timestamp::micros)))
        .col_expr(Column::ReviewDueAt, Expr::value(header.review_due.map(Timestamp::micros)))
        .col_expr(Column::WithdrawReason, Expr::value(reason))
        .col_expr(Column::WithdrawnAt, Expr::value(header.withdrawn.as_ref().map(|withdrawal| withdrawal.at.micros())))
        .filter(Column::Id.eq(header.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

fn header_model(row: blueprint::Model) -> Result<Header, Error> {
    Ok(Header {
        id: BlueprintId::new(row.id),
        organisation: OrganisationId::from_code(&row.organisation).map_err(|_| inconsistent(&row.organisation))?,
        visibility: Visibility::from_name(&row.visibility).ok_or_else(|| inconsistent(&row.visibility))?,
        version: row.version,
        latest_revision: RevisionNumber::try_from(row.latest_revision).map_err(inconsistent)?,
        published: row.published_at.map(Timestamp::from_micros),
        review_due: row.review_due_at.map(Timestamp::from_micros),
        withdrawn: row
            .withdrawn_at
            .map(|at| Withdrawal { at: Timestamp::from_micros(at), reason: row.withdraw_reason.unwrap_or_default() }),
    })
}

/// A revision's number as rows hold it. There are never as many revisions as an `i32` has numbers.
fn number(revision: RevisionNumber) -> i32 {
    i32::try_from(revision).unwrap_or(i32::MAX)
}

/// A code as a row holds it.
fn organisation_id(code: &str) -> Result<OrganisationId, Error> {
    OrganisationId::from_code(code).map_err(|_| inconsistent(format!("organisation code {code:?}")))
}

/// Counts by organisation, most first.
fn most_first(rows: Vec<(String, i64)>) -> Result<Vec<(OrganisationId, i64)>, Error> {
    let mut counts = rows
        .into_iter()
        .map(|(code, count)| Ok((organisation_id(&code)?, count)))
        .collect::<Result<Vec<_>, Error>>()?;
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counts)
}

fn inconsistent(what: impl ToString) -> Error {
    Error::Inconsistent(what.to_string())
}
