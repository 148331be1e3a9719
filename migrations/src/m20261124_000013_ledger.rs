//! What organisations gave each other, counted; and successions that the network has yet to follow.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date, text};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ledger = [text("giver"), text("receiver"), text("gift"), big_integer("given")];
        table::create(manager, "ledger", ledger, [Rule::Key(&["giver", "receiver", "gift"])]).await?;
        // Known from the journal; followed on its day.
        let due =
            [text("predecessor"), text("successor"), date("date"), text("source"), big_integer_null("followed_at")];
        table::create(manager, "network_succession", due, [Rule::Key(&["predecessor", "successor"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["network_succession", "ledger"]).await
    }
}
