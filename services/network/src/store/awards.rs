//! Awards, their receivers, tranches and matches in rows.

use std::collections::HashMap;

use exemplar_kernel::{Currency, Error, Money, OrganisationId, Paging, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity_award::{award, matched, receiver, tranche};
use super::pairings::{Sight, in_sight};
use super::{inconsistent, organisation_id, word};
use crate::model::award::{Match, Part, Source, Track, Tranche};
use crate::{Award, AwardId, PairingId, TrancheKind, TrancheState, WantedAwards};

/// One award, if it is in sight.
pub(crate) async fn find(db: &impl ConnectionTrait, id: AwardId, sight: &Sight) -> Result<Option<Award>, Error> {
    let row = award::Entity::find_by_id(id.uuid()).filter(seen(sight)).one(db).await?;
    Ok(whole(db, row.into_iter().collect()).await?.pop())
}

/// One award, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: AwardId) -> Result<Option<Award>, Error> {
    let row = award::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?;
    Ok(whole(tx, row.into_iter().collect()).await?.pop())
}

/// A page of the awards in sight, newest first, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &WantedAwards,
    sight: &Sight,
    paging: &Paging,
) -> Result<Vec<Award>, Error> {
    let mut filter = Condition::all()
        .add(seen(sight))
        .add_option(wanted.pairing.map(|pairing| award::Column::Pairing.eq(pairing.uuid())));
    if let Some(organisation) = &wanted.organisation {
        let received = Query::select()
            .column(receiver::Column::Award)
            .from(receiver::Entity)
            .and_where(receiver::Column::Organisation.eq(organisation.code()))
            .to_owned();
        filter = filter.add(award::Column::Id.in_subquery(received));
    }
    if let [created, id] = paging.after.as_slice() {
        let (created, id) = (created.parse().unwrap_or(i64::MIN), Uuid::try_parse(id).unwrap_or_default());
        let columns = Expr::tuple([Expr::col(award::Column::CreatedAt), Expr::col(award::Column::Id)]);
        filter = filter.add(columns.lt(Expr::tuple([Expr::val(created), Expr::val(id)])));
    }
    let rows = award::Entity::find()
        .filter(filter)
        .order_by_desc(award::Column::CreatedAt)
        .order_by_desc(award::Column::Id)
        .limit(paging.fetch())
        .all(db)
        .await?;
    whole(db, rows).await
}

/// The sort keys of an award.
pub(crate) fn keys(award: &Award) -> Vec<String> {
    vec![award.created.micros().to_string(), award.id.uuid().to_string()]
}

/// An award is seen by whoever may know of its pairing; one without a pairing by everybody.
fn seen(sight: &Sight) -> Condition {
    match sight {
        Sight::All => Condition::all(),
        Sight::PublicAnd(_) => Condition::any()
            .add(award::Column::Pairing.is_null())
            .add(award::Column::Pairing.in_subquery(in_sight(sight))),
    }
}

/// Adds an award without tranches.
pub(crate) async fn insert(tx: &impl ConnectionTrait, award: &Award) -> Result<(), Error> {
    let row = award::Model {
        id: award.id.uuid(),
        pairing: award.pairing.map(PairingId::uuid),
        track: award.track.map(|track| track.name().to_owned()),
        currency: award.cap.currency.code().to_owned(),
        cap: award.cap.minor,
        capital: award.parts.map(|(capital, _)| capital.minor),
        revenue: award.parts.map(|(_, revenue)| revenue.minor),
        source: award.source.text.clone(),
        source_date: award.source.date,
        created_at: award.created.micros(),
    };
    award::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    for organisation in &award.organisations {
        insert_receiver(tx, award.id.uuid(), organisation, None).await?;
    }
    Ok(())
}

async fn insert_receiver(
    tx: &impl ConnectionTrait,
    award: Uuid,
    organisation: &OrganisationId,
    from: Option<Timestamp>,
) -> Result<(), Error> {
    let row = receiver::ActiveModel {
        award: Set(award),
        organisation: Set(organisation.code().to_owned()),
        from_at: Set(from.map(Timestamp::micros)),
        to_at: Set(None),
    };
    let known = OnConflict::new().do_nothing().to_owned();
    receiver::Entity::insert(row).on_conflict(known).try_insert().exec_without_returning(tx).await?;
    Ok(())
}

/// Hands everything that an organisation receives to its successor; the awards that were handed over.
pub(crate) async fn hand_over(
    tx: &impl ConnectionTrait,
    from: &OrganisationId,
    to: &OrganisationId,
    at: Timestamp,
) -> Result<Vec<AwardId>, Error> {
    let of_it =
        || Condition::all().add(receiver::Column::Organisation.eq(from.code())).add(receiver::Column::ToAt.is_null());
    let held = receiver::Entity::find().filter(of_it()).all(tx).await?;
    receiver::Entity::update_many()
        .col_expr(receiver::Column::ToAt, Expr::value(at.micros()))
        .filter(of_it())
        .exec(tx)
        .await?;
    for row in &held {
        insert_receiver(tx, row.award, to, Some(at)).await?;
    }
    Ok(held.into_iter().map(|row| AwardId::new(row.award)).collect())
}

/// Adds a tranche.
pub(crate) async fn insert_tranche(tx: &impl ConnectionTrait, award: AwardId, new: &Tranche) -> Result<(), Error> {
    tranche::Entity::insert(tranche_row(award, new).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes a tranche over what is there.
pub(crate) async fn update_tranche(tx: &impl ConnectionTrait, award: AwardId, new: &Tranche) -> Result<(), Error> {
    tranche_row(award, new).into_active_model().reset_all().update_without_returning(tx).await?;
    Ok(())
}

/// Adds a match.
pub(crate) async fn insert_match(tx: &impl ConnectionTrait, award: AwardId, new: &Match) -> Result<(), Error> {
    let row = matched::Model {
        award: award.uuid(),
        number: new.number,
        organisation: new.organisation.code().to_owned(),
        amount: new.amount.minor,
        staff_days: new.staff.map(|(days, _)| days),
        day_rate: new.staff.map(|(_, rate)| rate.minor),
        source: new.source.text.clone(),
        source_date: new.source.date,
    };
    matched::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

fn tranche_row(award: AwardId, tranche: &Tranche) -> tranche::Model {
    tranche::Model {
        award: award.uuid(),
        number: tranche.number,
        kind: tranche.kind.name().to_owned(),
        amount: tranche.amount.minor,
        part: tranche.part.map(|part| part.name().to_owned()),
        milestone: tranche.milestone,
        source: tranche.source.text.clone(),
        source_date: tranche.source.date,
        state: tranche.state.name().to_owned(),
        note: tranche.note.clone(),
        state_at: tranche.at.micros(),
    }
}

/// Awards with all that belongs to them: three statements, however many there are.
async fn whole(db: &impl ConnectionTrait, rows: Vec<award::Model>) -> Result<Vec<Award>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || rows.iter().map(|row| row.id);
    let mut receivers: HashMap<Uuid, Vec<OrganisationId>> = HashMap::new();
    let found = receiver::Entity::find()
        .filter(receiver::Column::Award.is_in(ids()))
        .filter(receiver::Column::ToAt.is_null())
        .order_by_asc(receiver::Column::Organisation)
        .all(db)
        .await?;
    for row in found {
        receivers.entry(row.award).or_default().push(organisation_id(&row.organisation)?);
    }
    let mut tranches: HashMap<Uuid, Vec<tranche::Model>> = HashMap::new();
    let query = tranche::Entity::find().filter(tranche::Column::Award.is_in(ids()));
    for row in query.order_by_asc(tranche::Column::Number).all(db).await? {
        tranches.entry(row.award).or_default().push(row);
    }
    let mut matches: HashMap<Uuid, Vec<matched::Model>> = HashMap::new();
    let query = matched::Entity::find().filter(matched::Column::Award.is_in(ids()));
    for row in query.order_by_asc(matched::Column::Number).all(db).await? {
        matches.entry(row.award).or_default().push(row);
    }
    rows.into_iter()
        .map(|row| {
            let receivers = receivers.remove(&row.id).unwrap_or_default();
            let (tranches, matches) = (tranches.remove(&row.id), matches.remove(&row.id));
            model(row, receivers, tranches.unwrap_or_default(), matches.unwrap_or_default())
        })
        .collect()
}

fn model(
    row: award::Model,
    organisations: Vec<OrganisationId>,
    tranches: Vec<tranche::Model>,
    matches: Vec<matched::Model>,
) -> Result<Award, Error> {
    let currency =
        Currency::from_code(&row.currency).ok_or_else(|| inconsistent(format!("the currency {:?}", row.currency)))?;
    let money = |minor| Money::new(minor, currency);
    let tranche = |row: tranche::Model| {
        Ok(Tranche {
            number: row.number,
            kind: word(&row.kind, TrancheKind::from_name)?,
            amount: money(row.amount),
            part: row.part.map(|part| word(&part, Part::from_name)).transpose()?,
            milestone: row.milestone,
            source: Source { text: row.source, date: row.source_date },
            state: word(&row.state, TrancheState::from_name)?,
            note: row.note,
            at: Timestamp::from_micros(row.state_at),
        })
    };
    let beside = |row: matched::Model| {
        Ok(Match {
            number: row.number,
            organisation: organisation_id(&row.organisation)?,
            amount: money(row.amount),
            staff: row.staff_days.zip(row.day_rate).map(|(days, rate)| (days, money(rate))),
            source: Source { text: row.source, date: row.source_date },
        })
    };
    Ok(Award {
        id: AwardId::new(row.id),
        organisations,
        pairing: row.pairing.map(PairingId::new),
        track: row.track.map(|track| word(&track, Track::from_name)).transpose()?,
        cap: money(row.cap),
        parts: row.capital.zip(row.revenue).map(|(capital, revenue)| (money(capital), money(revenue))),
        source: Source { text: row.source, date: row.source_date },
        created: Timestamp::from_micros(row.created_at),
        tranches: tranches.into_iter().map(tranche).collect::<Result<_, Error>>()?,
        matches: matches.into_iter().map(beside).collect::<Result<_, Error>>()?,
    })
}
