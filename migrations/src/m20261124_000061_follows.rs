//! Saved searches and other follows, and what was found for them and not told yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, text, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let follow = [
            uuid("id"),
            uuid("person"),
            text("name"),
            text("note"),
            text("kind"),
            // the resource; empty for a search
            text("target"),
            text("query"),
            text("filter"),
            // SHA-256 of what is followed: one person follows a thing once
            text("key"),
            text("cadence"),
            big_integer("from_sequence"),
            big_integer("created_at"),
            big_integer_null("told_at"),
            // when the person is to be told of what was found; null: nothing was
            big_integer_null("due_at"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Unique("follow_once", &["person", "key"]),
            Rule::Refers("person", "person", "id"),
        ];
        table::create(manager, "follow", follow, rules).await?;
        table::index(manager, "follow_due", "follow", &["due_at"], false, Some("due_at IS NOT NULL")).await?;
        let found = [uuid("follow"), uuid("blueprint"), integer("revision")];
        let rules = [
            Rule::Key(&["follow", "blueprint"]),
            Rule::Refers("follow", "follow", "id"),
            Rule::Refers("blueprint", "blueprint", "id"),
        ];
        table::create(manager, "follow_found", found, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["follow_found", "follow"]).await
    }
}
