//! The journal and the memory of requests.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, integer, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One row. Its update is the last lock of every transaction that changes anything.
        let head = [
            integer("id"),
            // a new history (a new database) has a new epoch; derived data of another epoch is not of this history
            uuid("epoch"),
            big_integer("sequence"),
            blob("hash"),
        ];
        table::create(manager, "journal_head", head, [Rule::Key(&["id"]), Rule::Check("id = 1")]).await?;
        let journal = [
            big_integer("sequence"),
            big_integer("at"),
            text("actor"),
            text_null("on_behalf"),
            text("verb"),
            text("resource"),
            // SHA-256 over the salted detail
            blob("digest"),
            // SHA-256 over the row before and this one
            blob("hash"),
        ];
        table::create(manager, "journal", journal, [Rule::Key(&["sequence"])]).await?;
        table::index(manager, "journal_resource", "journal", &["resource", "sequence"], false, None).await?;
        // What changed, beside the chain: erasing a row here leaves the chain whole.
        let detail = [big_integer("sequence"), blob("salt"), text_null("before"), text_null("after")];
        let rules = [Rule::Key(&["sequence"]), Rule::Refers("sequence", "journal", "sequence")];
        table::create(manager, "journal_detail", detail, rules).await?;
        // The first answer to each request_id.
        let replay = [
            text("caller"),
            text("request_id"),
            text("verb"),
            blob("digest"),
            big_integer("at"),
            big_integer_null("sequence"),
            text_null("answer"),
        ];
        table::create(manager, "replay", replay, [Rule::Key(&["caller", "request_id"])]).await?;
        table::index(manager, "replay_at", "replay", &["at"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["replay", "journal_detail", "journal", "journal_head"]).await
    }
}
