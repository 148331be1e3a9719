//! What waits for people; and which silent sides of pairings were reminded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let item = [
            uuid("id"),
            uuid("person"),
            // of the journal's entry that it was derived from
            big_integer("sequence"),
            text("kind"),
            boolean("task"),
            text("subject"),
            text_null("organisation"),
            text("text"),
            big_integer("at"),
            big_integer_null("read_at"),
            big_integer_null("done_at"),
            // whether the journal said that it is done, and not the person
            boolean("settled"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            // what makes telling twice impossible
            Rule::Unique("inbox_item_once", &["person", "sequence", "kind"]),
            Rule::Refers("person", "person", "id"),
        ];
        table::create(manager, "inbox_item", item, rules).await?;
        let open = "done_at IS NULL";
        table::index(manager, "inbox_item_subject", "inbox_item", &["subject"], false, Some(open)).await?;
        let reminder = [uuid("pairing"), text("organisation"), big_integer("at")];
        let rules = [Rule::Key(&["pairing", "organisation"]), Rule::Refers("pairing", "pairing", "id")];
        table::create(manager, "check_in_reminder", reminder, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["check_in_reminder", "inbox_item"]).await
    }
}
