//! Rounds and their invitations in rows.

use exemplar_kernel::{Error, Paging, Timestamp};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::round::{self, Column};
use super::entity::round_invitation as invitation;
use super::{json, of_json, organisation_id, word};
use crate::model::round::MAX_INVITED;
use crate::{Call, DesignationKind, Disclosure, Round, RoundId, RoundInvitation};

/// One round with its invitations.
pub(crate) async fn find(db: &impl ConnectionTrait, id: RoundId) -> Result<Option<Round>, Error> {
    let Some(row) = round::Entity::find_by_id(id.uuid()).one(db).await? else { return Ok(None) };
    Ok(Some(with_invitations(db, model(row)?).await?))
}

/// One round with its invitations, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: RoundId) -> Result<Option<Round>, Error> {
    let row = round::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(with_invitations(tx, model(row)?).await?))
}

async fn with_invitations(db: &impl ConnectionTrait, round: Round) -> Result<Round, Error> {
    let rows = invitation::Entity::find()
        .filter(invitation::Column::Round.eq(round.id.uuid()))
        .order_by_asc(invitation::Column::Organisation)
        .limit(MAX_INVITED as u64)
        .all(db)
        .await?;
    let invitation = |row: invitation::Model| {
        Ok(RoundInvitation { organisation: organisation_id(&row.organisation)?, reason: row.reason })
    };
    let invitations = rows.into_iter().map(invitation).collect::<Result<_, Error>>()?;
    Ok(Round { invitations, ..round })
}

/// A page of rounds without their invitations, newest first, one more than wanted.
pub(crate) async fn list(db: &impl ConnectionTrait, paging: &Paging) -> Result<Vec<Round>, Error> {
    let mut query = round::Entity::find();
    if let [opens, id] = paging.after.as_slice() {
        let opens: i64 = opens.parse().unwrap_or(i64::MIN);
        let columns = Expr::tuple([Expr::col(Column::OpensAt), Expr::col(Column::Id)]);
        let last = [Expr::val(opens), Expr::val(Uuid::try_parse(id).unwrap_or_default())];
        query = query.filter(columns.lt(Expr::tuple(last)));
    }
    let query = query.order_by_desc(Column::OpensAt).order_by_desc(Column::Id).limit(paging.fetch());
    query.all(db).await?.into_iter().map(model).collect()
}

/// The sort keys of a round.
pub(crate) fn keys(round: &Round) -> Vec<String> {
    vec![round.call.opens.micros().to_string(), round.id.uuid().to_string()]
}

/// Adds a round with its invitations.
pub(crate) async fn insert(tx: &impl ConnectionTrait, round: &Round) -> Result<(), Error> {
    let Round { id, call, invitations, published, version } = round;
    let row = round::Model {
        id: id.uuid(),
        title: call.title.clone(),
        designation: call.designation.name().to_owned(),
        criteria: json(&call.criteria)?,
        care_settings: json(&call.care_settings)?,
        open_door: call.open_door,
        opens_at: call.opens.micros(),
        closes_at: call.closes.micros(),
        disclosure: call.disclosure.name().to_owned(),
        score_max: call.score_max,
        moderation_percent: call.moderation_percent,
        source: call.source.clone(),
        published_at: published.map(Timestamp::micros),
        version: *version,
    };
    round::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    if !invitations.is_empty() {
        let rows = invitations.iter().map(|invitation| invited(*id, invitation).into_active_model());
        invitation::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn invited(round: RoundId, invitation: &RoundInvitation) -> invitation::Model {
    let RoundInvitation { organisation, reason } = invitation.clone();
    invitation::Model { round: round.uuid(), organisation: organisation.code().to_owned(), reason }
}

/// Adds an invitation; who is invited already stays so.
pub(crate) async fn invite(
    tx: &impl ConnectionTrait,
    round: RoundId,
    invitation: &RoundInvitation,
) -> Result<(), Error> {
    let kept =
        OnConflict::columns([invitation::Column::Round, invitation::Column::Organisation]).do_nothing().to_owned();
    let row = invited(round, invitation).into_active_model();
    invitation::Entity::insert(row).on_conflict(kept).try_insert().exec_without_returning(tx).await?;
    Ok(())
}

/// Writes when it was published, and its version; what was announced never changes.
pub(crate) async fn update(tx: &impl ConnectionTrait, round: &Round) -> Result<(), Error> {
    let row = round::ActiveModel {
        id: Unchanged(round.id.uuid()),
        published_at: Set(round.published.map(Timestamp::micros)),
        version: Set(round.version),
        ..Default::default()
    };
    Ok(row.update_without_returning(tx).await.map(|_| ())?)
}

fn model(row: round::Model) -> Result<Round, Error> {
    let call = Call {
        title: row.title,
        designation: word(&row.designation, DesignationKind::from_name)?,
        criteria: of_json(&row.criteria)?,
        care_settings: of_json(&row.care_settings)?,
        open_door: row.open_door,
        opens: Timestamp::from_micros(row.opens_at),
        closes: Timestamp::from_micros(row.closes_at),
        disclosure: word(&row.disclosure, Disclosure::from_name)?,
        score_max: row.score_max,
        moderation_percent: row.moderation_percent,
        source: row.source,
    };
    let published = row.published_at.map(Timestamp::from_micros);
    Ok(Round { id: RoundId::new(row.id), call, invitations: Vec::new(), published, version: row.version })
}
