//! Who is told of what by e-mail, how often, and what was sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // when it is to be sent or tried again; null: it is not
        table::add_column(manager, "inbox_item", big_integer_null("mail_at")).await?;
        table::add_column(manager, "inbox_item", big_integer_null("mailed_at")).await?;
        table::add_column(manager, "inbox_item", integer("mail_tries").default(0).take()).await?;
        let due = "mail_at IS NOT NULL";
        table::index(manager, "inbox_item_mail", "inbox_item", &["mail_at"], false, Some(due)).await?;
        let choice = [
            uuid("person"),
            text("kind"),
            // null: as usual for the kind
            text_null("cadence"),
            // what ends e-mail of the kind with one click
            text("token"),
        ];
        let rules = [
            Rule::Key(&["person", "kind"]),
            Rule::Unique("mail_choice_token", &["token"]),
            Rule::Refers("person", "person", "id"),
        ];
        table::create(manager, "mail_choice", choice, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["mail_choice"]).await?;
        manager.drop_index(Index::drop().name("inbox_item_mail").table("inbox_item").to_owned()).await?;
        for column in ["mail_tries", "mailed_at", "mail_at"] {
            table::drop_column(manager, "inbox_item", column).await?;
        }
        Ok(())
    }
}
