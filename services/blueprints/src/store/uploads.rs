//! Files that are being sent: rows to model and back.

use exemplar_kernel::{Error, PersonId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::artefact_entity::{part, upload};
use super::artefacts::{details, long};
use super::inconsistent;
use crate::blob::store::Part;
use crate::model::BlueprintId;
use crate::model::artefact::{ArtefactId, ContentDigest, Upload, UploadId};

/// Adds an upload.
pub(crate) async fn insert(db: &impl ConnectionTrait, new: &Upload) -> Result<(), Error> {
    let row = upload::Model {
        id: new.id.uuid(),
        blueprint: new.blueprint.uuid(),
        person: new.person.map(PersonId::uuid),
        file_name: new.details.file_name.clone(),
        kind: new.details.kind.name().to_owned(),
        licence: new.details.licence.clone(),
        description: new.details.description.clone(),
        visibility: new.details.visibility.name().to_owned(),
        size: long(new.size),
        digest: new.digest.as_str().to_owned(),
        received: long(new.received),
        writer: writer(new.writer),
        artefact: new.artefact.map(ArtefactId::uuid),
        expires_at: new.expires.micros(),
    };
    upload::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// One upload.
pub(crate) async fn find(db: &impl ConnectionTrait, id: UploadId) -> Result<Option<Upload>, Error> {
    upload::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// One upload, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: UploadId) -> Result<Option<Upload>, Error> {
    upload::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// How many uploads of a person are not finished.
pub(crate) async fn count_open(db: &impl ConnectionTrait, person: Option<PersonId>) -> Result<u64, Error> {
    use upload::Column;
    let theirs = Column::Person.eq(person.map(PersonId::uuid));
    Ok(upload::Entity::find().filter(theirs).filter(Column::Artefact.is_null()).count(db).await?)
}

/// Says how far an upload is, who sends to it, and what came of it.
pub(crate) async fn update(db: &impl ConnectionTrait, changed: &Upload) -> Result<(), Error> {
    use upload::Column;
    upload::Entity::update_many()
        .col_expr(Column::Received, Expr::value(long(changed.received)))
        .col_expr(Column::Writer, Expr::value(writer(changed.writer)))
        .col_expr(Column::Artefact, Expr::value(changed.artefact.map(ArtefactId::uuid)))
        .filter(Column::Id.eq(changed.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets an upload and, unless its content became a blob, its parts.
pub(crate) async fn delete(db: &impl ConnectionTrait, gone: &Upload) -> Result<(), Error> {
    upload::Entity::delete_by_id(gone.id.uuid()).exec(db).await?;
    if gone.artefact.is_none() {
        delete_parts(db, gone.id.uuid()).await?;
    }
    Ok(())
}

/// Some uploads that have expired, locked.
pub(crate) async fn expired(tx: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Upload>, Error> {
    use upload::Column;
    let rows = upload::Entity::find()
        .filter(Column::ExpiresAt.lte(now.micros()))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Notes that parts are in the store.
pub(crate) async fn insert_parts(db: &impl ConnectionTrait, parts: &[Part]) -> Result<(), Error> {
    if parts.is_empty() {
        return Ok(());
    }
    let rows = parts.iter().map(|new| {
        let (start, length) = (long(new.start), i32::try_from(new.length).unwrap_or(i32::MAX));
        part::Model { location: new.location, start, writer: writer(new.writer), length }.into_active_model()
    });
    part::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// The parts of one content, in order.
pub(crate) async fn parts(db: &impl ConnectionTrait, location: Uuid) -> Result<Vec<Part>, Error> {
    let rows = part::Entity::find().filter(part::Column::Location.eq(location)).order_by_asc(part::Column::Start);
    rows.all(db).await?.into_iter().map(part_model).collect()
}

/// The parts of some contents, each content's in order.
pub(crate) async fn parts_of(db: &impl ConnectionTrait, locations: &[Uuid]) -> Result<Vec<Part>, Error> {
    let rows = part::Entity::find().filter(part::Column::Location.is_in(locations.iter().copied()));
    let rows = rows.order_by_asc(part::Column::Location).order_by_asc(part::Column::Start).all(db).await?;
    rows.into_iter().map(part_model).collect()
}

/// Those of some parts that belong to something.
pub(crate) async fn known(db: &impl ConnectionTrait, parts: &[Part]) -> Result<Vec<Part>, Error> {
    let mut locations: Vec<Uuid> = parts.iter().map(|part| part.location).collect();
    locations.sort();
    locations.dedup();
    let rows = part::Entity::find().filter(part::Column::Location.is_in(locations)).all(db).await?;
    rows.into_iter().map(part_model).collect()
}

/// Forgets the parts of one content.
pub(crate) async fn delete_parts(db: &impl ConnectionTrait, location: Uuid) -> Result<(), Error> {
    part::Entity::delete_many().filter(part::Column::Location.eq(location)).exec(db).await?;
    Ok(())
}

fn part_model(row: part::Model) -> Result<Part, Error> {
    Ok(Part {
        location: row.location,
        start: u64::try_from(row.start).map_err(inconsistent)?,
        writer: u32::try_from(row.writer).map_err(inconsistent)?,
        length: u64::try_from(row.length).map_err(inconsistent)?,
    })
}

fn model(row: upload::Model) -> Result<Upload, Error> {
    Ok(Upload {
        id: UploadId::new(row.id),
        blueprint: BlueprintId::new(row.blueprint),
        person: row.person.map(PersonId::new),
        details: details(row.file_name, &row.kind, row.licence, row.description, &row.visibility)?,
        size: u64::try_from(row.size).map_err(inconsistent)?,
        digest: ContentDigest::parse(&row.digest).map_err(inconsistent)?,
        received: u64::try_from(row.received).map_err(inconsistent)?,
        writer: u32::try_from(row.writer).map_err(inconsistent)?,
        artefact: row.artefact.map(ArtefactId::new),
        expires: Timestamp::from_micros(row.expires_at),
    })
}

/// There are never as many senders as an `i32` has numbers.
fn writer(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
