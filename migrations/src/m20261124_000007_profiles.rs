//! Profiles: record systems with their time, size, type, topics offered and sought. What an organisation's row said of its
//! record system becomes the first of its record systems.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date_null, integer, text, text_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OLD: [&str; 3] = ["epr_supplier", "epr_product", "epr_version"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let system = [
            text("organisation"),
            // 1 for the first of an organisation, one more for each that follows
            integer("number"),
            // a slug of project-type: what it is used for
            text("purpose"),
            // slugs of epr-supplier and epr-product, or words that the vocabularies do not have
            text("supplier"),
            text("product"),
            text("product_version"),
            date_null("start_date"),
            date_null("end_date"),
            text("source"),
        ];
        let rules = [
            Rule::Key(&["organisation", "number"]),
            Rule::Refers("organisation", "organisation", "code"),
            Rule::Check("end_date >= start_date"),
        ];
        table::create(manager, "record_system", system, rules).await?;
        table::index(manager, "record_system_product", "record_system", &["product"], false, None).await?;
        table::index(manager, "record_system_supplier", "record_system", &["supplier"], false, None).await?;
        let topic = [text("organisation"), text("side"), text("vocabulary"), text("term")];
        let rules = [
            Rule::Key(&["organisation", "side", "vocabulary", "term"]),
            Rule::Refers("organisation", "organisation", "code"),
            // what it offers to others, or seeks from them
            Rule::Check("side IN ('OFFERED', 'SOUGHT')"),
        ];
        table::create(manager, "organisation_topic", topic, rules).await?;
        table::index(manager, "organisation_topic_term", "organisation_topic", &["term", "side"], false, None).await?;
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "INSERT INTO record_system (organisation, number, purpose, supplier, product, product_version, source) \
             SELECT code, 1, 'electronic-patient-record-epr', {}, {}, epr_version, source FROM organisation \
             WHERE epr_supplier <> '' OR epr_product <> '' OR epr_version <> ''",
            slug("epr-supplier", "epr_supplier"),
            slug("epr-product", "epr_product"),
        ))
        .await?;
        db.execute_unprepared(&format!("UPDATE organisation SET region = {}", slug("region", "region"))).await?;
        for column in OLD {
            alter(manager, |table| table.drop_column(column)).await?;
        }
        // slugs of size-band and organisation-type
        alter(manager, |table| table.add_column(text_null("size_band"))).await?;
        alter(manager, |table| table.add_column(text_null("organisation_type"))).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["organisation_type", "size_band"] {
            alter(manager, |table| table.drop_column(column)).await?;
        }
        for column in OLD {
            let mut definition = text(column);
            alter(manager, |table| table.add_column(definition.default(""))).await?;
        }
        let db = manager.get_connection();
        let old = |column: &str| {
            format!(
                "coalesce((SELECT min(s.{column}) FROM record_system s WHERE s.organisation = organisation.code \
                 AND s.number = 1), '')"
            )
        };
        db.execute_unprepared(&format!(
            "UPDATE organisation SET epr_supplier = {}, epr_product = {}, epr_version = {}",
            old("supplier"),
            old("product"),
            old("product_version"),
        ))
        .await?;
        table::drop(manager, &["organisation_topic", "record_system"]).await
    }
}

/// The slug of a vocabulary's term that a column's words mean; the words where they mean none.
fn slug(vocabulary: &str, column: &str) -> String {
    format!(
        "coalesce((SELECT min(s.term) FROM term_spelling s WHERE s.vocabulary = '{vocabulary}' \
         AND lower(s.text) = lower({column})), {column})"
    )
}

async fn alter(
    manager: &SchemaManager<'_>,
    change: impl FnOnce(&mut TableAlterStatement) -> &mut TableAlterStatement,
) -> Result<(), DbErr> {
    let mut table = Table::alter();
    change(table.table("organisation"));
    manager.alter_table(table).await
}
