//! Plans, projects and what projects are linked to, in rows.

use exemplar_kernel::{Error, Paging, PersonId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::tables::portfolio_document::{self, Column};
use super::tables::project_link;
use super::{read, word, written};
use crate::model::enrolment::EnrolmentId;
use crate::model::portfolio::{Document, DocumentKind, ProjectLink};

/// The newest revision.
pub(crate) async fn newest(
    db: &impl ConnectionTrait,
    enrolment: EnrolmentId,
    kind: DocumentKind,
) -> Result<Option<Document>, Error> {
    let query = of(enrolment, kind).order_by_desc(Column::Revision).limit(1);
    query.one(db).await?.map(model).transpose()
}

/// The newest revision that both have agreed to.
pub(crate) async fn agreed(
    db: &impl ConnectionTrait,
    enrolment: EnrolmentId,
    kind: DocumentKind,
) -> Result<Option<Document>, Error> {
    let both =
        of(enrolment, kind).filter(Column::LearnerAgreedAt.is_not_null()).filter(Column::SponsorAgreedAt.is_not_null());
    both.order_by_desc(Column::Revision).limit(1).one(db).await?.map(model).transpose()
}

/// A page of the revisions, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    enrolment: EnrolmentId,
    kind: DocumentKind,
    paging: &Paging,
) -> Result<Vec<Document>, Error> {
    let mut query = of(enrolment, kind).order_by_desc(Column::Revision).limit(paging.fetch());
    if let [revision] = paging.after.as_slice() {
        query = query.filter(Column::Revision.lt(revision.parse().unwrap_or(0)));
    }
    query.all(db).await?.into_iter().map(model).collect()
}

/// Adds a revision.
pub(crate) async fn insert(db: &impl ConnectionTrait, document: &Document) -> Result<(), DbErr> {
    portfolio_document::Entity::insert(row(document).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a revision whose enrolment was locked.
pub(crate) async fn update(db: &impl ConnectionTrait, document: &Document) -> Result<(), DbErr> {
    row(document).into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// What the project is linked to.
pub(crate) async fn link(db: &impl ConnectionTrait, enrolment: EnrolmentId) -> Result<ProjectLink, Error> {
    let found = project_link::Entity::find_by_id(enrolment.uuid()).one(db).await?;
    Ok(found.map(|row| ProjectLink { adoption: row.adoption, blueprint: row.blueprint }).unwrap_or_default())
}

/// Writes what the project is linked to.
pub(crate) async fn set_link(
    db: &impl ConnectionTrait,
    enrolment: EnrolmentId,
    link: &ProjectLink,
) -> Result<(), DbErr> {
    use project_link::Column;
    let ProjectLink { adoption, blueprint } = link.clone();
    let row = project_link::Model { enrolment: enrolment.uuid(), adoption, blueprint };
    let again = OnConflict::column(Column::Enrolment).update_columns([Column::Adoption, Column::Blueprint]).to_owned();
    project_link::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

fn of(enrolment: EnrolmentId, kind: DocumentKind) -> Select<portfolio_document::Entity> {
    portfolio_document::Entity::find()
        .filter(Column::Enrolment.eq(enrolment.uuid()))
        .filter(Column::Kind.eq(kind.name()))
}

fn row(document: &Document) -> portfolio_document::Model {
    let document = document.clone();
    portfolio_document::Model {
        enrolment: document.enrolment.uuid(),
        kind: document.kind.name().to_owned(),
        revision: document.revision,
        title: document.title,
        body: document.body,
        aims: written(&document.aims),
        written_at: document.written.micros(),
        written_by: document.written_by.map(PersonId::uuid),
        learner_agreed_at: document.learner_agreed.map(Timestamp::micros),
        sponsor_agreed_at: document.sponsor_agreed.map(Timestamp::micros),
        sponsor: document.sponsor.map(PersonId::uuid),
    }
}

fn model(row: portfolio_document::Model) -> Result<Document, Error> {
    Ok(Document {
        enrolment: EnrolmentId::new(row.enrolment),
        kind: word(DocumentKind::from_name(&row.kind), &row.kind)?,
        revision: row.revision,
        title: row.title,
        body: row.body,
        aims: read(&row.aims)?,
        written: Timestamp::from_micros(row.written_at),
        written_by: row.written_by.map(PersonId::new),
        learner_agreed: row.learner_agreed_at.map(Timestamp::from_micros),
        sponsor_agreed: row.sponsor_agreed_at.map(Timestamp::from_micros),
        sponsor: row.sponsor.map(PersonId::new),
    })
}
