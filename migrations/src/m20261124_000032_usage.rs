//! Readings and downloads, a row for a reader's day, kept for as long as the model says.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, date, text, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let usage = [
            uuid("blueprint"),
            text("kind"),
            // a name for the reader that is another one for each blueprint; nil for those who had not signed in
            uuid("reader"),
            date("day"),
            // empty for those of none
            text("organisation"),
            big_integer("times"),
        ];
        let rules = [Rule::Key(&["blueprint", "kind", "reader", "day"]), Rule::Refers("blueprint", "blueprint", "id")];
        table::create(manager, "usage", usage, rules).await?;
        table::index(manager, "usage_day", "usage", &["day"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["usage"]).await
    }
}
