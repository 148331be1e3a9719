//! Rankings and published matching runs in rows.

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{matching, ranking};
use super::{json, of_json, organisation_id, word};
use crate::model::ranking::{Published, Ranking};
use crate::{MatchingId, Solver};

/// The rankings that these organisations handed in.
pub(crate) async fn rankings(db: &impl ConnectionTrait, of: &[OrganisationId]) -> Result<Vec<Ranking>, Error> {
    let codes = of.iter().map(OrganisationId::code);
    let rows = ranking::Entity::find().filter(ranking::Column::Organisation.is_in(codes)).all(db).await?;
    rows.into_iter().map(ranking_model).collect()
}

/// The ranking of one organisation, locked until the transaction ends.
pub(crate) async fn lock_ranking(tx: &impl ConnectionTrait, of: &OrganisationId) -> Result<Option<Ranking>, Error> {
    let row = ranking::Entity::find_by_id(of.code()).lock_exclusive().one(tx).await?;
    row.map(ranking_model).transpose()
}

/// Writes a ranking over the one before.
pub(crate) async fn save_ranking(tx: &impl ConnectionTrait, ranking: &Ranking) -> Result<(), Error> {
    use ranking::Column;
    let row = ranking::Model {
        organisation: ranking.organisation.code().to_owned(),
        partners: json(&ranking.partners)?,
        updated_at: ranking.updated.micros(),
        version: ranking.version,
    };
    let over = [Column::Partners, Column::UpdatedAt, Column::Version];
    let over = OnConflict::column(Column::Organisation).update_columns(over).to_owned();
    ranking::Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(tx).await?;
    Ok(())
}

fn ranking_model(row: ranking::Model) -> Result<Ranking, Error> {
    Ok(Ranking {
        organisation: organisation_id(&row.organisation)?,
        partners: of_json(&row.partners)?,
        updated: Timestamp::from_micros(row.updated_at),
        version: row.version,
    })
}

/// One published run with its certificate.
pub(crate) async fn find(db: &impl ConnectionTrait, id: MatchingId) -> Result<Option<(Published, String)>, Error> {
    let Some(row) = matching::Entity::find_by_id(id.uuid()).one(db).await? else { return Ok(None) };
    let certificate = row.certificate.clone();
    Ok(Some((published(row.id, &row.solver, row.input_digest, row.certificate_digest, row.published_at)?, certificate)))
}

/// Whether a run with a certificate of this digest was published.
pub(crate) async fn is_published(db: &impl ConnectionTrait, certificate_digest: &str) -> Result<bool, Error> {
    let found = matching::Entity::find()
        .select_only()
        .column(matching::Column::Id)
        .filter(matching::Column::CertificateDigest.eq(certificate_digest))
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// A page of published runs without their certificates, newest first, one more than wanted.
pub(crate) async fn list(db: &impl ConnectionTrait, paging: &Paging) -> Result<Vec<Published>, Error> {
    use matching::Column;
    let columns = [Column::Id, Column::Solver, Column::InputDigest, Column::CertificateDigest, Column::PublishedAt];
    let mut query = matching::Entity::find().select_only().columns(columns);
    if let [at, id] = paging.after.as_slice() {
        let at: i64 = at.parse().unwrap_or(i64::MIN);
        let columns = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
        let last = [Expr::val(at), Expr::val(Uuid::try_parse(id).unwrap_or_default())];
        query = query.filter(columns.lt(Expr::tuple(last)));
    }
    let query = query.order_by_desc(Column::PublishedAt).order_by_desc(Column::Id).limit(paging.fetch());
    let rows = query.into_tuple::<(Uuid, String, String, String, i64)>().all(db).await?;
    rows.into_iter()
        .map(|(id, solver, inputs, certificate, at)| published(id, &solver, inputs, certificate, at))
        .collect()
}

/// The sort keys of a published run.
pub(crate) fn keys(run: &Published) -> Vec<String> {
    vec![run.at.micros().to_string(), run.id.uuid().to_string()]
}

/// Adds a published run.
pub(crate) async fn insert(tx: &impl ConnectionTrait, run: &Published, certificate: String) -> Result<(), Error> {
    let row = matching::Model {
        id: run.id.uuid(),
        solver: run.solver.name().to_owned(),
        input_digest: run.input_digest.clone(),
        certificate_digest: run.certificate_digest.clone(),
        certificate,
        published_at: run.at.micros(),
    };
    matching::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

fn published(
    id: Uuid,
    solver: &str,
    input_digest: String,
    certificate_digest: String,
    at: i64,
) -> Result<Published, Error> {
    let (id, solver) = (MatchingId::new(id), word(solver, Solver::from_name)?);
    Ok(Published { id, solver, input_digest, certificate_digest, at: Timestamp::from_micros(at) })
}
