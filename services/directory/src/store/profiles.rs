//! The parts of profiles that are rows of their own: care settings, topics, record systems.

use std::collections::HashMap;

use exemplar_kernel::Error;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use super::entity::{care_setting, record_system, topic};
use super::inconsistent;
use super::organisations::{BATCH, Wanted};
use crate::model::organisation::Organisation;
use crate::model::profile::{Profile, RecordSystem};
use crate::model::vocabulary::{TermId, Vocabulary};

const OFFERED: &str = "OFFERED";
const SOUGHT: &str = "SOUGHT";

/// Care settings, topics and record systems of some organisations, by their codes; three queries, however many they are.
pub(super) async fn load(db: &impl ConnectionTrait, codes: &[&str]) -> Result<HashMap<String, Profile>, Error> {
    let mut profiles: HashMap<String, Profile> = HashMap::with_capacity(codes.len());
    if codes.is_empty() {
        return Ok(profiles);
    }
    let of = |column: care_setting::Column| column.is_in(codes.iter().copied());
    let settings = care_setting::Entity::find().filter(of(care_setting::Column::Organisation));
    for row in settings.order_by_asc(care_setting::Column::Term).all(db).await? {
        profiles.entry(row.organisation).or_default().care_settings.push(row.term);
    }
    let topics = topic::Entity::find().filter(topic::Column::Organisation.is_in(codes.iter().copied()));
    for row in topics.all(db).await? {
        let vocabulary = Vocabulary::from_name(&row.vocabulary);
        let vocabulary = vocabulary.ok_or_else(|| inconsistent(format!("vocabulary {:?}", row.vocabulary)))?;
        let profile = profiles.entry(row.organisation).or_default();
        let side = if row.side == OFFERED { &mut profile.topics_offered } else { &mut profile.topics_sought };
        side.push(TermId { vocabulary, slug: row.term });
    }
    let systems =
        record_system::Entity::find().filter(record_system::Column::Organisation.is_in(codes.iter().copied()));
    for row in systems.order_by_asc(record_system::Column::Number).all(db).await? {
        profiles.entry(row.organisation).or_default().record_systems.push(RecordSystem {
            number: row.number,
            purpose: row.purpose,
            supplier: row.supplier,
            product: row.product,
            version: row.product_version,
            start: row.start_date,
            end: row.end_date,
            source: row.source,
        });
    }
    for profile in profiles.values_mut() {
        profile.topics_offered.sort();
        profile.topics_sought.sort();
    }
    Ok(profiles)
}

/// The codes of the organisations that have what is wanted of profiles, a query for each wish.
pub(super) fn having(wanted: &Wanted) -> Vec<SelectStatement> {
    let mut queries = Vec::new();
    if !wanted.care_settings.is_empty() {
        let column = care_setting::Column::Term;
        let query = care_setting::Entity::find().select_only().column(care_setting::Column::Organisation);
        queries.push(query.filter(column.is_in(&wanted.care_settings)).into_query());
    }
    for (side, slugs) in [(OFFERED, &wanted.offers), (SOUGHT, &wanted.seeks)] {
        if !slugs.is_empty() {
            let query = topic::Entity::find().select_only().column(topic::Column::Organisation);
            let filter = Condition::all().add(topic::Column::Side.eq(side)).add(topic::Column::Term.is_in(slugs));
            queries.push(query.filter(filter).into_query());
        }
    }
    for (column, slugs) in
        [(record_system::Column::Supplier, &wanted.suppliers), (record_system::Column::Product, &wanted.products)]
    {
        if let (false, Some(day)) = (slugs.is_empty(), wanted.day) {
            use record_system::Column;
            let begun = Condition::any().add(Column::StartDate.is_null()).add(Column::StartDate.lte(day));
            let not_over = Condition::any().add(Column::EndDate.is_null()).add(Column::EndDate.gt(day));
            let used = Condition::all().add(column.is_in(slugs)).add(begun).add(not_over);
            let query = record_system::Entity::find().select_only().column(Column::Organisation);
            queries.push(query.filter(used).into_query());
        }
    }
    queries
}

/// Takes away what an organisation has of these rows.
pub(super) async fn clear(db: &impl ConnectionTrait, code: &str) -> Result<(), Error> {
    care_setting::Entity::delete_many().filter(care_setting::Column::Organisation.eq(code)).exec(db).await?;
    topic::Entity::delete_many().filter(topic::Column::Organisation.eq(code)).exec(db).await?;
    record_system::Entity::delete_many().filter(record_system::Column::Organisation.eq(code)).exec(db).await?;
    Ok(())
}

/// Adds what organisations have of these rows.
pub(super) async fn insert(db: &impl ConnectionTrait, organisations: &[Organisation]) -> Result<(), Error> {
    let (mut settings, mut topics, mut systems) = (Vec::new(), Vec::new(), Vec::new());
    for Organisation { id, profile, .. } in organisations {
        let organisation = || id.code().to_owned();
        for term in &profile.care_settings {
            settings.push(care_setting::Model { organisation: organisation(), term: term.clone() }.into_active_model());
        }
        for (side, terms) in [(OFFERED, &profile.topics_offered), (SOUGHT, &profile.topics_sought)] {
            for term in terms {
                let (vocabulary, term) = (term.vocabulary.name().to_owned(), term.slug.clone());
                let row = topic::Model { organisation: organisation(), side: side.to_owned(), vocabulary, term };
                topics.push(row.into_active_model());
            }
        }
        for system in &profile.record_systems {
            systems.push(system_row(organisation(), system.clone()).into_active_model());
        }
    }
    for rows in settings.chunks(BATCH) {
        care_setting::Entity::insert_many(rows.to_vec()).exec_without_returning(db).await?;
    }
    for rows in topics.chunks(BATCH) {
        topic::Entity::insert_many(rows.to_vec()).exec_without_returning(db).await?;
    }
    for rows in systems.chunks(BATCH) {
        record_system::Entity::insert_many(rows.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

fn system_row(organisation: String, system: RecordSystem) -> record_system::Model {
    record_system::Model {
        organisation,
        number: system.number,
        purpose: system.purpose,
        supplier: system.supplier,
        product: system.product,
        product_version: system.version,
        start_date: system.start,
        end_date: system.end,
        source: system.source,
    }
}
