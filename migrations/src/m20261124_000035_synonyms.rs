//! Synonyms of searches, in versions, and the list to start from with source and licence of each.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, text, uuid};
use uuid::Uuid;

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// term, means, direction, source, licence; after a head line.
const START: &str = include_str!("synonyms.csv");
/// Rows of one statement; SQLite binds no more than 32,766 values.
const ROWS: usize = 100;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let synonym = [
            uuid("id"),
            text("term"),
            text("means"),
            boolean("both_ways"),
            text("source"),
            text("licence"),
            // the first version that has it
            big_integer("since"),
            // the first version that has it no more
            big_integer_null("until"),
        ];
        let rules = [Rule::Key(&["id"]), Rule::Check("until IS NULL OR until > since")];
        table::create(manager, "synonym", synonym, rules).await?;
        let today = Some("until IS NULL");
        table::index(manager, "synonym_pair", "synonym", &["term", "means"], true, today).await?;
        // one row: what is locked to make a version
        let version = [integer("id"), big_integer("version")];
        table::create(manager, "synonym_version", version, [Rule::Key(&["id"]), Rule::Check("id = 1")]).await?;
        let first = Query::insert()
            .into_table("synonym_version")
            .columns(["id", "version"])
            .values_panic([1.into(), 1_i64.into()])
            .take();
        manager.execute(first).await?;
        for rows in rows()?.chunks(ROWS) {
            let mut insert = Query::insert();
            insert.into_table("synonym").columns(["id", "term", "means", "both_ways", "source", "licence", "since"]);
            for (id, [term, means, direction, source, licence]) in rows {
                let both = direction == "two-way";
                insert.values_panic([
                    (*id).into(),
                    term.into(),
                    means.into(),
                    both.into(),
                    source.into(),
                    licence.into(),
                    1_i64.into(),
                ]);
            }
            manager.execute(insert).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["synonym_version", "synonym"]).await
    }
}

/// The list to start from, each under an id that is the same everywhere.
fn rows() -> Result<Vec<(Uuid, [String; 5])>, DbErr> {
    let mut reader = csv::Reader::from_reader(START.as_bytes());
    let rows = reader.deserialize().zip(1_u128..);
    rows.map(|(row, number)| Ok((Uuid::from_u128(number), row?)))
        .collect::<Result<_, csv::Error>>()
        .map_err(|error| DbErr::Migration(format!("synonyms.csv: {error}")))
}
