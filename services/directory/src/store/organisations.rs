//! Organisations and successions in rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use exemplar_kernel::{Error, OrganisationId, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use time::Date;

use super::entity::{organisation, succession};
use super::{inconsistent, profiles};
use crate::model::organisation::{MAX_CHAIN, Organisation, Succession};
use crate::model::profile::Profile;

/// Rows that one statement inserts or looks up at the most, well below what either database binds.
pub(super) const BATCH: usize = 500;

/// Which organisations a list wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) country: Option<String>,
    /// Any of these slugs; all when there is none. So with the others.
    pub(crate) regions: Vec<String>,
    pub(crate) care_settings: Vec<String>,
    pub(crate) size_bands: Vec<String>,
    pub(crate) types: Vec<String>,
    /// Of a record system in use on `day`.
    pub(crate) suppliers: Vec<String>,
    pub(crate) products: Vec<String>,
    pub(crate) offers: Vec<String>,
    pub(crate) seeks: Vec<String>,
    pub(crate) day: Option<Date>,
    /// Open (or closed) on this day.
    pub(crate) open: Option<(bool, Date)>,
    pub(crate) by_code: bool,
}

/// One organisation.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &OrganisationId) -> Result<Option<Organisation>, Error> {
    Ok(find_all(db, std::slice::from_ref(id)).await?.remove(id))
}

/// Locks organisations until the transaction ends, in the order of their codes, so that no two wait for each other.
pub(crate) async fn lock(tx: &impl ConnectionTrait, ids: &[OrganisationId]) -> Result<(), Error> {
    for ids in ids.chunks(BATCH) {
        let codes = ids.iter().map(OrganisationId::code);
        organisation::Entity::find()
            .filter(organisation::Column::Code.is_in(codes))
            .order_by_asc(organisation::Column::Code)
            .lock_exclusive()
            .all(tx)
            .await?;
    }
    Ok(())
}

/// Some organisations by their codes.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    ids: &[OrganisationId],
) -> Result<HashMap<OrganisationId, Organisation>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let codes = ids.iter().map(OrganisationId::code);
        let rows = organisation::Entity::find().filter(organisation::Column::Code.is_in(codes)).all(db).await?;
        found.extend(models(db, rows).await?.into_iter().map(|organisation| (organisation.id.clone(), organisation)));
    }
    Ok(found)
}

/// The codes and names of those that are open on a day.
pub(crate) async fn open_names(db: &impl ConnectionTrait, day: Date) -> Result<Vec<(OrganisationId, String)>, Error> {
    use organisation::Column;
    let rows: Vec<(String, String)> = organisation::Entity::find()
        .select_only()
        .columns([Column::Code, Column::DisplayName])
        .filter(Condition::any().add(Column::CloseDate.is_null()).add(Column::CloseDate.gt(day)))
        .order_by_asc(Column::Code)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(code, name)| Ok((organisation_id(&code)?, name))).collect()
}

/// A page of organisations, one more than wanted.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &Wanted,
    paging: &Paging,
) -> Result<Vec<Organisation>, Error> {
    use organisation::Column;
    let any = |column: Column, slugs: &Vec<String>| (!slugs.is_empty()).then(|| column.is_in(slugs));
    let mut filter = Condition::all()
        .add_option(wanted.country.as_ref().map(|country| Column::Country.eq(country)))
        .add_option(any(Column::Region, &wanted.regions))
        .add_option(any(Column::SizeBand, &wanted.size_bands))
        .add_option(any(Column::OrganisationType, &wanted.types));
    for of_profile in profiles::having(wanted) {
        filter = filter.add(Column::Code.in_subquery(of_profile));
    }
    if let Some((open, day)) = wanted.open {
        filter = filter.add(if open {
            Condition::any().add(Column::CloseDate.is_null()).add(Column::CloseDate.gt(day))
        } else {
            Condition::all().add(Column::CloseDate.lte(day))
        });
    }
    let mut query = organisation::Entity::find().filter(filter).limit(paging.fetch());
    query = match (wanted.by_code, paging.after.as_slice()) {
        (true, [code]) => query.filter(Column::Code.gt(code)),
        (false, [name, code]) => query.filter(
            Expr::tuple([Expr::col(Column::DisplayName), Expr::col(Column::Code)])
                .gt(Expr::tuple([Expr::val(name), Expr::val(code)])),
        ),
        _ => query,
    };
    if !wanted.by_code {
        query = query.order_by_asc(Column::DisplayName);
    }
    let rows = query.order_by_asc(Column::Code).all(db).await?;
    models(db, rows).await
}

/// Adds an organisation that is not there.
pub(crate) async fn insert_all(db: &impl ConnectionTrait, organisations: &[Organisation]) -> Result<(), Error> {
    for organisations in organisations.chunks(BATCH) {
        let rows = organisations.iter().map(|organisation| row(organisation).into_active_model());
        organisation::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    profiles::insert(db, organisations).await
}

/// Writes an organisation over what is there.
pub(crate) async fn update(db: &impl ConnectionTrait, organisation: &Organisation) -> Result<(), Error> {
    row(organisation).into_active_model().reset_all().update_without_returning(db).await?;
    profiles::clear(db, organisation.id.code()).await?;
    profiles::insert(db, std::slice::from_ref(organisation)).await
}

/// Adds a succession.
pub(crate) async fn insert_succession(
    db: &impl ConnectionTrait,
    succession: &Succession,
) -> Result<(), sea_orm::DbErr> {
    let row = succession::Model {
        predecessor: succession.predecessor.code().to_owned(),
        successor: succession.successor.code().to_owned(),
        date: succession.date,
        source: succession.source.clone(),
    };
    succession::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Every succession that `ids` take part in, and all that follow from those; oldest first.
pub(crate) async fn successions(db: &impl ConnectionTrait, ids: &[OrganisationId]) -> Result<Vec<Succession>, Error> {
    use succession::Column;
    let mut known: HashMap<(String, String), succession::Model> = HashMap::new();
    let mut frontier: Vec<String> = ids.iter().map(|id| id.code().to_owned()).collect();
    for step in 0..MAX_CHAIN {
        let mut filter = Condition::any().add(Column::Predecessor.is_in(frontier.clone()));
        if step == 0 {
            filter = filter.add(Column::Successor.is_in(frontier.clone()));
        }
        let rows = succession::Entity::find().filter(filter).all(db).await?;
        frontier.clear();
        for row in rows {
            let key = (row.predecessor.clone(), row.successor.clone());
            if let Entry::Vacant(place) = known.entry(key) {
                frontier.push(row.successor.clone());
                place.insert(row);
            }
        }
        if frontier.is_empty() {
            break;
        }
    }
    let mut successions = known.into_values().map(succession_model).collect::<Result<Vec<_>, _>>()?;
    successions.sort_by(|a, b| (a.date, &a.predecessor, &a.successor).cmp(&(b.date, &b.predecessor, &b.successor)));
    Ok(successions)
}

/// Who carries on some organisations by a day (`onwards`), or whom they carry on; one step of each chain.
pub(crate) async fn related(
    db: &impl ConnectionTrait,
    ids: &[OrganisationId],
    onwards: bool,
    today: Date,
) -> Result<Vec<OrganisationId>, Error> {
    use succession::Column;
    let from = if onwards { Column::Predecessor } else { Column::Successor };
    let rows = succession::Entity::find()
        .filter(from.is_in(ids.iter().map(OrganisationId::code)))
        .filter(Column::Date.lte(today))
        .all(db)
        .await?;
    rows.iter().map(|row| organisation_id(if onwards { &row.successor } else { &row.predecessor })).collect()
}

async fn models(db: &impl ConnectionTrait, rows: Vec<organisation::Model>) -> Result<Vec<Organisation>, Error> {
    let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
    let mut profiles = profiles::load(db, &codes).await?;
    rows.into_iter()
        .map(|row| {
            let rest = profiles.remove(&row.code).unwrap_or_default();
            Ok(Organisation {
                id: organisation_id(&row.code)?,
                display_name: row.display_name,
                country: row.country,
                profile: Profile {
                    region: row.region,
                    size_band: row.size_band.unwrap_or_default(),
                    organisation_type: row.organisation_type.unwrap_or_default(),
                    ..rest
                },
                open_date: row.open_date,
                close_date: row.close_date,
                source: row.source,
                version: row.version,
                updated: Timestamp::from_micros(row.updated_at),
            })
        })
        .collect()
}

fn row(organisation: &Organisation) -> organisation::Model {
    let organisation = organisation.clone();
    organisation::Model {
        code: organisation.id.code().to_owned(),
        display_name: organisation.display_name,
        country: organisation.country,
        region: organisation.profile.region,
        open_date: organisation.open_date,
        close_date: organisation.close_date,
        source: organisation.source,
        version: organisation.version,
        updated_at: organisation.updated.micros(),
        size_band: some(organisation.profile.size_band),
        organisation_type: some(organisation.profile.organisation_type),
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn succession_model(row: succession::Model) -> Result<Succession, Error> {
    Ok(Succession {
        predecessor: organisation_id(&row.predecessor)?,
        successor: organisation_id(&row.successor)?,
        date: row.date,
        source: row.source,
    })
}

/// A code as a row holds it.
pub(super) fn organisation_id(code: &str) -> Result<OrganisationId, Error> {
    OrganisationId::from_code(code).map_err(|_| inconsistent(format!("organisation code {code:?}")))
}
