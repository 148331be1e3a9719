//! Who asked to be erased, and how far it is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let erasure = [
            uuid("id"),
            uuid("person"),
            uuid_null("asked_by"),
            big_integer("asked_at"),
            // contexts that are done
            integer("step"),
            // the entry of the journal up to which what changes left behind was looked through
            big_integer("scanned"),
            big_integer("rows"),
            big_integer("changes"),
            big_integer_null("done_at"),
        ];
        let rules =
            [Rule::Key(&["id"]), Rule::Unique("erasure_once", &["person"]), Rule::Refers("person", "person", "id")];
        table::create(manager, "erasure", erasure, rules).await?;
        table::index(manager, "erasure_open", "erasure", &["id"], false, Some("done_at IS NULL")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["erasure"]).await
    }
}
