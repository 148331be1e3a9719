//! Credentials in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};

use super::tables::credential::{self, Column};
use super::{inconsistent, read, written};
use crate::model::credential::{Code, Credential, CredentialId};
use crate::model::qualification::QualificationId;

/// The credentials of some qualifications.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    qualifications: &[QualificationId],
) -> Result<HashMap<QualificationId, Credential>, Error> {
    let ids = qualifications.iter().map(|id| id.uuid());
    let rows = credential::Entity::find().filter(Column::Qualification.is_in(ids)).all(db).await?;
    let keyed = |row| model(row).map(|credential| (credential.qualification, credential));
    rows.into_iter().map(keyed).collect()
}

/// The credential with a code.
pub(crate) async fn by_code(db: &impl ConnectionTrait, code: &Code) -> Result<Option<Credential>, Error> {
    credential::Entity::find().filter(Column::Code.eq(code.as_str())).one(db).await?.map(model).transpose()
}

/// The credential with an id.
pub(crate) async fn by_id(db: &impl ConnectionTrait, id: CredentialId) -> Result<Option<Credential>, Error> {
    credential::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// Whether a place of the status list is given.
pub(crate) async fn is_taken(db: &impl ConnectionTrait, status_index: i32) -> Result<bool, Error> {
    let query = credential::Entity::find().filter(Column::StatusIndex.eq(status_index));
    let found: Option<i32> = query.select_only().column(Column::StatusIndex).into_tuple().one(db).await?;
    Ok(found.is_some())
}

/// The places of the credentials that were taken back: never more than the list has.
pub(crate) async fn revoked(db: &impl ConnectionTrait) -> Result<Vec<i32>, Error> {
    let query = credential::Entity::find().filter(Column::RevokedAt.is_not_null());
    Ok(query.select_only().column(Column::StatusIndex).into_tuple().all(db).await?)
}

/// Adds a credential.
pub(crate) async fn insert(db: &impl ConnectionTrait, credential: &Credential) -> Result<(), DbErr> {
    credential::Entity::insert(row(credential).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a credential whose qualification was locked.
pub(crate) async fn update(db: &impl ConnectionTrait, credential: &Credential) -> Result<(), DbErr> {
    row(credential).into_active_model().reset_all().update(db).await?;
    Ok(())
}

fn row(credential: &Credential) -> credential::Model {
    credential::Model {
        id: credential.id.uuid(),
        qualification: credential.qualification.uuid(),
        code: credential.code.as_str().to_owned(),
        status_index: credential.status_index,
        document: credential.document.clone(),
        issued_at: credential.issued.micros(),
        expires_at: credential.expires.map(Timestamp::micros),
        revoked_at: credential.revoked.map(Timestamp::micros),
        shown: written(&credential.shown),
        version: credential.version,
    }
}

fn model(row: credential::Model) -> Result<Credential, Error> {
    Ok(Credential {
        id: CredentialId::new(row.id),
        qualification: QualificationId::new(row.qualification),
        code: Code::parse(&row.code).ok_or_else(|| inconsistent("a credential's code"))?,
        status_index: row.status_index,
        document: row.document,
        issued: Timestamp::from_micros(row.issued_at),
        expires: row.expires_at.map(Timestamp::from_micros),
        revoked: row.revoked_at.map(Timestamp::from_micros),
        shown: read(&row.shown)?,
        version: row.version,
    })
}
