//! Pairings in rows.

use std::collections::BTreeSet;

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult,
};
use uuid::Uuid;

use super::entity::pairing::{self, Column};
use super::{inconsistent, organisation_id, sides, word};
use crate::{
    GroupId, Outcome, PairKey, Pairing, PairingId, PairingKind, PairingMode, PairingState, Side, Terms, WantedPairings,
};

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

/// Some pairings, locked until the transaction ends, in the order of their ids, so that no two wait for each other.
pub(crate) async fn lock_where(tx: &impl ConnectionTrait, filter: Condition) -> Result<Vec<Pairing>, Error> {
    let rows = pairing::Entity::find().filter(filter).order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
    rows.into_iter().map(model).collect()
}

/// The pairings of a group, locked in the order of their ids.
pub(crate) async fn lock_group(tx: &impl ConnectionTrait, group: GroupId) -> Result<Vec<Pairing>, Error> {
    lock_where(tx, Condition::all().add(Column::GroupId.eq(group.uuid()))).await
}

/// Some pairings by their ids, locked in their order.
pub(crate) async fn lock_all(tx: &impl ConnectionTrait, ids: &[PairingId]) -> Result<Vec<Pairing>, Error> {
    lock_where(tx, Condition::all().add(Column::Id.is_in(ids.iter().map(|id| id.uuid())))).await
}

/// The live pairings of which one of some organisations holds a side, locked in the order of their ids.
pub(crate) async fn lock_live_of(tx: &impl ConnectionTrait, of: &[&OrganisationId]) -> Result<Vec<Pairing>, Error> {
    let codes = || of.iter().map(|organisation| organisation.code());
    let holds = Condition::any().add(Column::Exemplar.is_in(codes())).add(Column::Partner.is_in(codes()));
    lock_where(tx, holds_live().add(holds)).await
}

/// The live pairing of two organisations, locked until the transaction ends.
pub(crate) async fn lock_live(tx: &impl ConnectionTrait, pair: &PairKey) -> Result<Option<Pairing>, Error> {
    let of_both = holds_live().add(Column::SideLow.eq(pair.low().code())).add(Column::SideHigh.eq(pair.high().code()));
    Ok(lock_where(tx, of_both).await?.pop())
}

/// The pairings of a group.
pub(crate) async fn of_group(db: &impl ConnectionTrait, group: GroupId) -> Result<Vec<Pairing>, Error> {
    let rows =
        pairing::Entity::find().filter(Column::GroupId.eq(group.uuid())).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Proposals that nobody answered in time, oldest first.
pub(crate) async fn lapsed(db: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<PairingId>, Error> {
    let rows = pairing::Entity::find()
        .filter(Column::State.eq(PairingState::Proposed.name()))
        .filter(Column::ExpiresAt.lte(now.micros()))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| PairingId::new(row.id)).collect())
}

/// The pairings whose work goes on, in the order of their ids, after one of them.
pub(crate) async fn active(
    db: &impl ConnectionTrait,
    after: Option<PairingId>,
    limit: u64,
) -> Result<Vec<Pairing>, Error> {
    let rows = pairing::Entity::find()
        .filter(Column::State.eq(PairingState::Active.name()))
        .filter(Condition::all().add_option(after.map(|after| Column::Id.gt(after.uuid()))))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Some pairings by their ids, in no order.
pub(crate) async fn find_all(db: &impl ConnectionTrait, ids: &[PairingId]) -> Result<Vec<Pairing>, Error> {
    let rows = pairing::Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).all(db).await?;
    rows.into_iter().map(model).collect()
}

/// Pairings that once were accepted, newest first, at most `limit`.
pub(crate) async fn public(db: &impl ConnectionTrait, ended: bool, limit: u64) -> Result<Vec<Pairing>, Error> {
    let mut filter = Condition::all().add(Column::AcceptedAt.is_not_null());
    if !ended {
        filter = filter.add(holds_live());
    }
    let rows = pairing::Entity::find()
        .filter(filter)
        .order_by_desc(Column::ProposedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// That a side was left behind, and found no other since.
fn waits() -> Condition {
    let later = Query::select()
        .expr(Expr::val(1))
        .from_as(pairing::Entity, "later")
        .and_where(Expr::col(("later", Column::State)).is_in(accepted_names()))
        .and_where(Expr::col(("later", Column::AcceptedAt)).gte(Expr::col((pairing::Entity, Column::EndedAt))))
        .cond_where(
            Condition::any().add(left(Side::Exemplar, Column::Exemplar)).add(left(Side::Partner, Column::Partner)),
        )
        .to_owned();
    Condition::all().add(Column::LeftBehind.is_not_null()).add(Expr::not_exists(later))
}

/// Which of some organisations were left behind, and found no other since.
pub(crate) async fn left_among(
    db: &impl ConnectionTrait,
    organisations: &[OrganisationId],
) -> Result<BTreeSet<OrganisationId>, Error> {
    let codes: Vec<&str> = organisations.iter().map(OrganisationId::code).collect();
    let on = |side: Side, column: Column| Column::LeftBehind.eq(side.name()).and(column.is_in(codes.iter().copied()));
    let among = Condition::any().add(on(Side::Exemplar, Column::Exemplar)).add(on(Side::Partner, Column::Partner));
    let rows = pairing::Entity::find().filter(waits()).filter(among).all(db).await?;
    let pairings: Vec<Pairing> = rows.into_iter().map(model).collect::<Result<_, _>>()?;
    Ok(pairings.iter().filter_map(|one| Some(one.terms.side(one.left_behind?).clone())).collect())
}

/// Pairings that left a side behind, longest ago first, one more than wanted.
pub(crate) async fn left_behind(db: &impl ConnectionTrait, paging: &Paging) -> Result<Vec<Pairing>, Error> {
    let mut filter = waits();
    if let [ended, id] = paging.after.as_slice() {
        let (ended, id) = (ended.parse().unwrap_or(i64::MIN), Uuid::try_parse(id).unwrap_or_default());
        let columns = Expr::tuple([Expr::col(Column::EndedAt), Expr::col(Column::Id)]);
        filter = filter.add(columns.gt(Expr::tuple([Expr::val(ended), Expr::val(id)])));
    }
    let rows = pairing::Entity::find()
        .filter(filter)
        .order_by_asc(Column::EndedAt)
        .order_by_asc(Column::Id)
        .limit(paging.fetch())
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// Whether the later pairing has, on either side, whom this one left behind on `side`.
fn left(side: Side, column: Column) -> Condition {
    let who = || Expr::col((pairing::Entity, column));
    let found = Condition::any()
        .add(Expr::col(("later", Column::Exemplar)).eq(who()))
        .add(Expr::col(("later", Column::Partner)).eq(who()));
    Condition::all().add(Expr::col((pairing::Entity, Column::LeftBehind)).eq(side.name())).add(found)
}

/// The sort keys of one who was left behind.
pub(crate) fn left_keys(pairing: &Pairing) -> Vec<String> {
    vec![pairing.ended.map_or(0, Timestamp::micros).to_string(), pairing.id.uuid().to_string()]
}

fn accepted_names() -> impl Iterator<Item = &'static str> {
    PairingState::ALL.iter().filter(|state| state.takes_place()).map(|state| state.name())
}

fn holds_live() -> Condition {
    Condition::all().add(Column::State.is_in(PairingState::LIVE.map(PairingState::name)))
}

/// Whether two organisations are, or were, in a pairing of a kind, each on its side or before it was carried on.
pub(crate) async fn known(db: &impl ConnectionTrait, terms: &Terms) -> Result<bool, Error> {
    let found = pairing::Entity::find()
        .filter(Column::Kind.eq(terms.kind.name()))
        .filter(Column::Id.in_subquery(sides::held_by(&terms.exemplar)))
        .filter(Column::Id.in_subquery(sides::held_by(&terms.partner)))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// A page of the pairings in sight, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &WantedPairings,
    sight: &Sight,
    now: Timestamp,
    paging: &Paging,
) -> Result<Vec<Pairing>, Error> {
    let mut filter = Condition::all()
        .add_option(wanted.state.map(|state| standing(state, now)))
        .add_option(wanted.kind.map(|kind| Column::Kind.eq(kind.name())));
    for side in &wanted.sides {
        filter = filter.add(Column::Id.in_subquery(sides::held_by(side)));
    }
    filter = filter.add(sight.condition());
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

/// The live pairings that have a side among these organisations and the other, too.
pub(crate) async fn live_among(db: &impl ConnectionTrait, of: &[OrganisationId]) -> Result<Vec<Pairing>, Error> {
    let live = PairingState::ALL.iter().filter(|state| !state.is_ended()).map(|state| state.name());
    let codes = || of.iter().map(OrganisationId::code);
    let rows = pairing::Entity::find()
        .filter(Column::State.is_in(live))
        .filter(Column::Exemplar.is_in(codes()))
        .filter(Column::Partner.is_in(codes()))
        .all(db)
        .await?;
    rows.into_iter().map(model).collect()
}

/// The other sides of the pairings of these that were accepted and have not ended.
pub(crate) async fn partners(
    db: &impl ConnectionTrait,
    of: &[OrganisationId],
) -> Result<BTreeSet<OrganisationId>, Error> {
    let accepted = PairingState::ALL.iter().filter(|state| state.takes_place()).map(|state| state.name());
    let sides: Vec<(String, String)> = pairing::Entity::find()
        .select_only()
        .columns([Column::Exemplar, Column::Partner])
        .filter(either_side(of))
        .filter(Column::State.is_in(accepted))
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

/// With whom an organisation has a live pairing.
pub(crate) async fn live_partners(
    db: &impl ConnectionTrait,
    of: &OrganisationId,
) -> Result<Vec<OrganisationId>, Error> {
    let live = PairingState::ALL.iter().filter(|state| !state.is_ended()).map(|state| state.name());
    let rows = pairing::Entity::find()
        .select_only()
        .columns([Column::Exemplar, Column::Partner])
        .filter(Column::State.is_in(live))
        .filter(either_side(std::slice::from_ref(of)))
        .into_tuple::<(String, String)>()
        .all(db)
        .await?;
    let other = |(one, other): (String, String)| organisation_id(if one == of.code() { &other } else { &one });
    rows.into_iter().map(other).collect()
}

/// The sort keys of a pairing.
pub(crate) fn keys(pairing: &Pairing) -> Vec<String> {
    vec![pairing.proposed.micros().to_string(), pairing.id.uuid().to_string()]
}

/// Where pairings stand at `now`: a proposal that nobody answered in time has expired, written down or not.
fn standing(state: PairingState, now: Timestamp) -> Condition {
    let lapsed = || {
        Condition::all().add(Column::State.eq(PairingState::Proposed.name())).add(Column::ExpiresAt.lte(now.micros()))
    };
    let named = Condition::any().add(Column::State.eq(state.name()));
    match state {
        PairingState::Expired => named.add(lapsed()),
        PairingState::Proposed => Condition::all()
            .add(named)
            .add(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now.micros()))),
        PairingState::Declined
        | PairingState::Withdrawn
        | PairingState::DueDiligence
        | PairingState::Agreed
        | PairingState::Active
        | PairingState::Paused
        | PairingState::Completed
        | PairingState::Ended => named,
    }
}

impl Sight {
    /// What holds of the pairings in sight.
    pub(super) fn condition(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::PublicAnd(own) => either_side(own).add(Column::AcceptedAt.is_not_null()),
        }
    }
}

/// The ids of the pairings in sight.
pub(super) fn in_sight(sight: &Sight) -> SelectStatement {
    Query::select().column(Column::Id).from(pairing::Entity).cond_where(sight.condition()).to_owned()
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
    let new = matches!(inserted, TryInsertResult::Inserted(1));
    if new {
        for side in Side::ALL {
            sides::insert(tx, pairing.id, *side, pairing.terms.side(*side), None).await?;
        }
    }
    Ok(new)
}

/// Writes a pairing over what is there.
pub(crate) async fn update(tx: &impl ConnectionTrait, pairing: &Pairing) -> Result<(), DbErr> {
    let pair = pairing.terms.sides();
    let row = row(pairing, &pair).into_active_model().reset_all();
    row.update_without_returning(tx).await.map(|_| ())
}

fn row(pairing: &Pairing, pair: &PairKey) -> pairing::Model {
    let Pairing { id, terms, message, state, reason, source, version, .. } = pairing.clone();
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
        proposed_at: pairing.proposed.micros(),
        accepted_at: pairing.accepted.map(Timestamp::micros),
        ended_at: pairing.ended.map(Timestamp::micros),
        source,
        version,
        expires_at: pairing.expires.map(Timestamp::micros),
        started_at: pairing.started.map(Timestamp::micros),
        group_id: pairing.group.map(GroupId::uuid),
        agreement: (pairing.agreement > 0).then_some(pairing.agreement),
        outcome: pairing.outcome.map(|outcome| outcome.name().to_owned()),
        left_behind: pairing.left_behind.map(|side| side.name().to_owned()),
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
        expires: row.expires_at.map(Timestamp::from_micros),
        started: row.started_at.map(Timestamp::from_micros),
        group: row.group_id.map(GroupId::new),
        agreement: row.agreement.unwrap_or(0),
        outcome: row.outcome.map(|outcome| word(&outcome, Outcome::from_name)).transpose()?,
        left_behind: row.left_behind.map(|side| word(&side, Side::from_name)).transpose()?,
    })
}
