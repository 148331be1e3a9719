//! How far each named consumer has read the journal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cursor = [
            text("consumer"),
            // the last entry whose effect is committed; locked while the next ones have theirs
            big_integer("sequence"),
            big_integer("moved_at"),
        ];
        table::create(manager, "journal_cursor", cursor, [Rule::Key(&["consumer"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["journal_cursor"]).await
    }
}
