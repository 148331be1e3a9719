//! What blueprints say in structured parts: questions, cost, benefits, contacts, record systems, context.
//!
//! The one record system that a content could name becomes the first of several, and the versions at which parts of a
//! draft last changed are kept beside it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, text("parts").default("{}").take()).await?;
        // JSON: the version of the draft at which each part last changed; null for revisions
        add(manager, text_null("touched")).await?;
        let db = manager.get_connection();
        let named = "SELECT DISTINCT epr_product AS old FROM content WHERE epr_product <> ''";
        for product in texts(db, named).await? {
            let epr = serde_json::json!({ "supplier": "", "product": product, "versions": [] });
            let parts = serde_json::json!({ "eprs": [epr] }).to_string();
            replace(db, "UPDATE content SET parts = $1 WHERE epr_product = $2", parts, product).await?;
        }
        manager.alter_table(Table::alter().table("content").drop_column("epr_product").take()).await?;
        table::index(manager, "content_title", "content", &["title"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("content_title").table("content").to_owned()).await?;
        add(manager, text("epr_product").default("").take()).await?;
        let db = manager.get_connection();
        for parts in texts(db, "SELECT DISTINCT parts AS old FROM content").await? {
            let read: serde_json::Value = serde_json::from_str(&parts).unwrap_or_default();
            let product = read.pointer("/eprs/0/product").and_then(serde_json::Value::as_str).unwrap_or_default();
            replace(db, "UPDATE content SET epr_product = $1 WHERE parts = $2", product.to_owned(), parts).await?;
        }
        for column in ["parts", "touched"] {
            manager.alter_table(Table::alter().table("content").drop_column(column).take()).await?;
        }
        Ok(())
    }
}

/// Adds a column: SQLite takes one at a time.
async fn add(manager: &SchemaManager<'_>, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table("content").add_column(column).take()).await
}

async fn texts(db: &impl ConnectionTrait, query: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query)).await?;
    rows.iter().map(|row| row.try_get("", "old")).collect()
}

async fn replace(db: &impl ConnectionTrait, query: &str, new: String, old: String) -> Result<(), DbErr> {
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), query, [new.into(), old.into()])).await?;
    Ok(())
}
