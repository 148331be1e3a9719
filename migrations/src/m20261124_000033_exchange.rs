//! What blueprints that came from elsewhere keep of it: the row of an index, the source of a bundle.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date_null, text, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // where it was published before, and when
        let entry = [uuid("blueprint"), text("organisation"), text("title_key"), text("address"), date_null("date")];
        let rules = || [Rule::Key(&["blueprint"]), Rule::Refers("blueprint", "blueprint", "id")];
        table::create(manager, "index_entry", entry, rules()).await?;
        // one row is imported once, however many imports run at once
        let once = ["organisation", "title_key"];
        table::index(manager, "index_entry_once", "index_entry", &once, true, None).await?;
        // the source as the manifest has it, and the digest of the text that it came with
        let source = [uuid("blueprint"), text("source"), text("digest")];
        table::create(manager, "bundle_source", source, rules()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["bundle_source", "index_entry"]).await
    }
}
