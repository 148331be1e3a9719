//! Pairings in rows.

use std::collections::BTreeSet;

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult,
};
use uuid::Uuid;

use super::entity::pairing::{self, Column};
use super::{inconsistent, organisation_id, word};
use crate::{PairKey, Pairing, PairingId, PairingKind, PairingMode, PairingState, Side, Terms, WantedPairings};

/// Of which pairings somebody may know.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// Of all.
    All,
    /// Of those that were accepted once, and those of these organisations.
    PublicAnd(Vec<OrganisationId>),
}

/// One pairing.
pub(crate) async fn find(db: &impl ConnectionTrait, id: PairingId) -> Result<Option<Pairing>, Error> {
    pairing::Entity::find_by_id(id.uuid()).one(db).await?.map(model).transpose()
}

/// One pairing, locked until the transaction ends, to be changed.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: PairingId) -> Result<Option<Pairing>, Error> {
    pairing::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.map(model).transpose()
}

/// The live pairing of two organisations, locked until the transaction ends.
pub(crate) async fn lock_live(tx: &impl ConnectionTrait, pair: &PairKey) -> Result<Option<Pairing>, Error> {
    let live = PairingState::ALL.iter().filter(|state| !state.is_ended()).map(|state| state.name());
    pairing::Entity::find()
        .filter(Column::SideLow.eq(pair.low().code()))
        .filter(Column::SideHigh.eq(pair.high().code()))
        .filter(Column::State.is_in(live))
        .lock_exclusive()
        .one(tx)
        .await?
        .map(model)
        .transpose()
}

/// A page of the pairings in sight, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &WantedPairings,
    sight: &Sight,
    paging: &Paging,
) -> Result<Vec<Pairing>, Error> {
    let mut filter = Condition::all()
        .add_option(wanted.state.map(|state| Column::State.eq(state.name())))
        .add_option(wanted.kind.map(|kind| Column::Kind.eq(kind.name())));
    for side in &wanted.sides {
        filter = filter.add(either_side(std::slice::from_ref(side)));
    }
    if let Sight::PublicAnd(own) = sight {
        filter = filter.add(either_side(own).add(Column::AcceptedAt.is_not_null()));
    }
    if let [proposed, id] = paging.after.as_slice() {
        let proposed = proposed.parse().unwrap_or(i64::MIN);
        let id = Uuid::try_parse(id).unwrap_or_default();
        let columns = Expr::tuple([Expr::col(Column::ProposedAt), Expr::col(Column::Id)]);
        filter = filter.add(columns.lt(Expr::tuple([Expr::val(proposed), Expr::val(id)])));
    }
    let rows = pairing::Entity::find()
        .filter(filter)
        .order_by_desc(Column::ProposedAt)
        .order_by_desc(Column::Id)
        .limit(paging.fetch())
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The other sides of the accepted pairings of these that have not ended.
pub(crate) async fn partners(
    db: &impl ConnectionTrait,
    of: &[OrganisationId],
) -> Result<BTreeSet<OrganisationId>, Error> {
    let live = PairingState::ALL.iter().filter(|state| !state.is_ended()).map(|state| state.name());
    let sides: Vec<(String, String)> = pairing::Entity::find()
        .select_only()
        .columns([Column::Exemplar, Column::Partner])
        .filter(either_side(of))
        .filter(Column::AcceptedAt.is_not_null())
        .filter(Column::State.is_in(live))
        .into_tuple()
        .all(db)
        .await?;
    let is_one = |code: &str| of.iter().any(|organisation| organisation.code() == code);
    let others = sides.into_iter().flat_map(|(exemplar, partner)| match (is_one(&exemplar), is_one(&partner)) {
        (true, true) => vec![exemplar, partner],
        (true, false) => vec![partner],
        (false, _) => vec![exemplar],
    });
    others.map(|code| organisation_id(&code)).collect()
}

/// The sort keys of a pairing.
pub(crate) fn keys(pairing: &Pairing) -> Vec<String> {
    vec![pairing.proposed.micros().to_string(), pairing.id.uuid().to_string()]
}

fn either_side(of: &[OrganisationId]) -> Condition {
    let codes = || of.iter().map(OrganisationId::code);
    Condition::any().add(Column::Exemplar.is_in(codes())).add(Column::Partner.is_in(codes()))
}

/// Adds a pairing, unless it would be live and the two have a live one, even one that another transaction is adding
/// just now; whether it was added.
pub(crate) async fn insert(tx: &impl ConnectionTrait, pairing: &Pairing, pair: &PairKey) -> Result<bool, Error> {
    let row = row(pairing, pair).into_active_model();
    let refused = OnConflict::new().do_nothing().to_owned();
    let inserted = pairing::Entity::insert(row).on_conflict(refused).try_insert().exec_without_returning(tx).await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// Writes where a pairing stands; its terms never change.
pub(crate) async fn update(tx: &impl ConnectionTrait, pairing: &Pairing) -> Result<(), Error> {
    let row = pairing::ActiveModel {
        id: Unchanged(pairing.id.uuid()),
        state: Set(pairing.state.name().to_owned()),
        reason: Set(pairing.reason.clone()),
        accepted_at: Set(pairing.accepted.map(Timestamp::micros)),
        ended_at: Set(pairing.ended.map(Timestamp::micros)),
        version: Set(pairing.version),
        ..Default::default()
    };
    Ok(row.update_without_returning(tx).await.map(|_| ())?)
}

fn row(pairing: &Pairing, pair: &PairKey) -> pairing::Model {
    let Pairing { id, terms, message, state, reason, proposed, accepted, ended, source, version } = pairing.clone();
    pairing::Model {
        id: id.uuid(),
        exemplar: terms.exemplar.code().to_owned(),
        partner: terms.partner.code().to_owned(),
        side_low: pair.low().code().to_owned(),
        side_high: pair.high().code().to_owned(),
        kind: terms.kind.name().to_owned(),
        mode: terms.mode.map(|mode| mode.name().to_owned()),
        proposer: terms.proposer().code().to_owned(),
        message,
        state: state.name().to_owned(),
        reason,
        proposed_at: proposed.micros(),
        accepted_at: accepted.map(Timestamp::micros),
        ended_at: ended.map(Timestamp::micros),
        source,
        version,
    }
}

fn model(row: pairing::Model) -> Result<Pairing, Error> {
    let (exemplar, partner) = (organisation_id(&row.exemplar)?, organisation_id(&row.partner)?);
    let proposer = Side::of(&organisation_id(&row.proposer)?, &exemplar, &partner)
        .ok_or_else(|| inconsistent(format!("{} proposes a pairing of others", row.proposer)))?;
    let kind = word(&row.kind, PairingKind::from_name)?;
    let mode = row.mode.map(|mode| word(&mode, PairingMode::from_name)).transpose()?;
    Ok(Pairing {
        id: PairingId::new(row.id),
        terms: Terms { exemplar, partner, kind, mode, proposer },
        message: row.message,
        state: word(&row.state, PairingState::from_name)?,
        reason: row.reason,
        proposed: Timestamp::from_micros(row.proposed_at),
        accepted: row.accepted_at.map(Timestamp::from_micros),
        ended: row.ended_at.map(Timestamp::from_micros),
        source: row.source,
        version: row.version,
    })
}
