//! Rankings that were handed in, and published matching runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ranking = [
            text("organisation"),
            // JSON: a list that is read and written whole
            text("partners"),
            big_integer("updated_at"),
            big_integer("version"),
        ];
        let rules = [Rule::Key(&["organisation"]), Rule::Refers("organisation", "organisation", "code")];
        table::create(manager, "ranking", ranking, rules).await?;
        let matching = [
            uuid("id"),
            text("solver"),
            text("input_digest"),
            text("certificate_digest"),
            // the bytes that were published: a later version of the words must not change them
            text("certificate"),
            big_integer("published_at"),
        ];
        table::create(manager, "matching", matching, [Rule::Key(&["id"])]).await?;
        table::index(manager, "matching_published_at", "matching", &["published_at", "id"], false, None).await?;
        table::index(manager, "matching_certificate", "matching", &["certificate_digest"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["matching", "ranking"]).await
    }
}
