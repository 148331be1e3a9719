//! What came from elsewhere, in rows: entries of an index, sources of bundles.

use std::collections::{HashMap, HashSet};

use exemplar_kernel::{Error, OrganisationId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::content::{CARE_SETTING, PROJECT_TYPE, USER_GROUP};
use super::entity::{blueprint, content, content_term};
use super::{DRAFT, inconsistent, number};
use crate::model::bundle::Source;
use crate::model::index::{Entry, title_key};
use crate::model::{Blueprint, BlueprintId, Level};

/// Rows that one statement inserts or looks up at the most, well below what either database binds.
pub(crate) const BATCH: usize = 500;

mod row {
    //! The tables of what came from elsewhere.
    pub(super) mod entry {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "index_entry")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub blueprint: Uuid,
            pub organisation: String,
            pub title_key: String,
            pub address: String,
            pub date: Option<TimeDate>,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod source {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "bundle_source")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub blueprint: Uuid,
            pub source: String,
            pub digest: String,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
use row::{entry, source};

/// The compared titles of what some organisations have, drafts, earlier revisions and earlier imports included.
pub(crate) async fn titles(
    db: &impl ConnectionTrait,
    organisations: &[OrganisationId],
) -> Result<HashSet<(OrganisationId, String)>, Error> {
    let mut there = HashSet::new();
    for organisations in organisations.chunks(BATCH) {
        let codes = || organisations.iter().map(OrganisationId::code);
        let blueprints: Vec<(Uuid, String)> = blueprint::Entity::find()
            .select_only()
            .columns([blueprint::Column::Id, blueprint::Column::Organisation])
            .filter(blueprint::Column::Organisation.is_in(codes()))
            .into_tuple()
            .all(db)
            .await?;
        let of: HashMap<Uuid, OrganisationId> = blueprints
            .into_iter()
            .map(|(id, code)| Ok((id, super::organisation_id(&code)?)))
            .collect::<Result<_, Error>>()?;
        let ids: Vec<Uuid> = of.keys().copied().collect();
        for ids in ids.chunks(BATCH) {
            let titles: Vec<(Uuid, String)> = content::Entity::find()
                .select_only()
                .columns([content::Column::Blueprint, content::Column::Title])
                .filter(content::Column::Blueprint.is_in(ids.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            let keys = titles.into_iter().filter_map(|(id, title)| Some((of.get(&id)?.clone(), title_key(&title))));
            there.extend(keys);
        }
        for row in entry::Entity::find().filter(entry::Column::Organisation.is_in(codes())).all(db).await? {
            there.insert((super::organisation_id(&row.organisation)?, row.title_key));
        }
    }
    Ok(there)
}

/// Adds drafts that say no more than a row of an index does: a title, a level and terms.
pub(crate) async fn insert_drafts(
    tx: &impl ConnectionTrait,
    drafts: &[Blueprint],
    now: Timestamp,
) -> Result<(), Error> {
    let headers = drafts.iter().map(|Blueprint { header, .. }| {
        blueprint::Model {
            id: header.id.uuid(),
            organisation: header.organisation.code().to_owned(),
            visibility: header.visibility.name().to_owned(),
            version: header.version,
            latest_revision: number(header.latest_revision),
            published_at: None,
            created_at: now.micros(),
            withdrawn_at: None,
            withdraw_reason: None,
            review_due_at: None,
            reminded_at: None,
        }
        .into_active_model()
    });
    blueprint::Entity::insert_many(headers).exec_without_returning(tx).await?;
    let contents = drafts.iter().map(|Blueprint { header, content: said, .. }| {
        content::Model {
            blueprint: header.id.uuid(),
            revision: number(DRAFT),
            title: said.title.clone(),
            summary: String::new(),
            level: said.level.map(|level: Level| level.name().to_owned()),
            kind: None,
            change_note: String::new(),
            minor: false,
            published_at: None,
            published_by: None,
            parts: "{}".to_owned(),
            touched: Some("{}".to_owned()),
        }
        .into_active_model()
    });
    content::Entity::insert_many(contents).exec_without_returning(tx).await?;
    let terms: Vec<_> = drafts
        .iter()
        .flat_map(|Blueprint { header, content: said, .. }| {
            let vocabularies = [
                (CARE_SETTING, &said.care_settings),
                (PROJECT_TYPE, &said.project_types),
                (USER_GROUP, &said.user_groups),
            ];
            let blueprint = header.id.uuid();
            vocabularies.into_iter().flat_map(move |(vocabulary, terms)| {
                terms.iter().map(move |term| {
                    let (vocabulary, term) = (vocabulary.to_owned(), term.clone());
                    content_term::Model { blueprint, revision: number(DRAFT), vocabulary, term }.into_active_model()
                })
            })
        })
        .collect();
    for terms in terms.chunks(BATCH) {
        content_term::Entity::insert_many(terms.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Notes where blueprints that came from an index were published before.
pub(crate) async fn insert_entries(
    tx: &impl ConnectionTrait,
    entries: &[(BlueprintId, Entry)],
) -> Result<(), sea_orm::DbErr> {
    let rows = entries.iter().map(|(id, entry)| {
        entry::Model {
            blueprint: id.uuid(),
            organisation: entry.organisation.code().to_owned(),
            title_key: title_key(&entry.title),
            address: entry.address.clone(),
            date: entry.date,
        }
        .into_active_model()
    });
    entry::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Where and when some blueprints were published before; those that did not come from an index are left out.
pub(crate) async fn entries(
    db: &impl ConnectionTrait,
    ids: &[BlueprintId],
) -> Result<HashMap<BlueprintId, (String, Option<time::Date>)>, Error> {
    let rows =
        entry::Entity::find().filter(entry::Column::Blueprint.is_in(ids.iter().map(|id| id.uuid()))).all(db).await?;
    Ok(rows.into_iter().map(|row| (BlueprintId::new(row.blueprint), (row.address, row.date))).collect())
}

/// Notes where a blueprint that came in a bundle comes from, and by which digest its text is known again.
pub(crate) async fn insert_source(
    tx: &impl ConnectionTrait,
    id: BlueprintId,
    from: &Source,
    digest: &str,
) -> Result<(), Error> {
    let source = serde_json::to_string(from).map_err(inconsistent)?;
    let row = source::Model { blueprint: id.uuid(), source, digest: digest.to_owned() };
    source::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Where a blueprint that came in a bundle comes from, and the digest of the text that it came with.
pub(crate) async fn source(db: &impl ConnectionTrait, id: BlueprintId) -> Result<Option<(Source, String)>, Error> {
    let row = source::Entity::find_by_id(id.uuid()).one(db).await?;
    let read = |row: source::Model| Ok((serde_json::from_str(&row.source).map_err(inconsistent)?, row.digest));
    row.map(read).transpose()
}
