//! Evidence of competencies, and finding what one person did in the journal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date, integer, text, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let evidence = [
            uuid("id"),
            uuid("person"),
            text("kind"),
            text("title"),
            // codes, as JSON
            text("competencies"),
            date("date"),
            integer("minutes"),
            text("detail"),
            // the change in the journal that it is
            big_integer_null("source"),
            text("state"),
            uuid_null("decided_by"),
            text("reason"),
            big_integer("written_at"),
            big_integer("version"),
        ];
        let rules =
            [Rule::Key(&["id"]), Rule::Unique("evidence_source", &["person", "source"]), Rule::Check("minutes >= 0")];
        table::create(manager, "evidence", evidence, rules).await?;
        table::index(manager, "evidence_order", "evidence", &["person", "id"], false, None).await?;
        table::index(manager, "evidence_claimed", "evidence", &["id"], false, Some("state = 'CLAIMED'")).await?;
        table::index(manager, "journal_actor", "journal", &["actor", "sequence"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("journal_actor").table("journal").to_owned()).await?;
        table::drop(manager, &["evidence"]).await
    }
}
