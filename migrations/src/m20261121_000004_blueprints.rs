//! Blueprints: their draft and their revisions in the same tables, the draft as revision 0.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, text, text_null, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blueprint = [
            uuid("id"),
            text("organisation"),
            text("visibility"),
            // of the draft
            big_integer("version"),
            // 0 before the first
            integer("latest_revision"),
            // when the newest revision was released
            big_integer_null("published_at"),
            big_integer("created_at"),
        ];
        let rules = [Rule::Key(&["id"]), Rule::Refers("organisation", "organisation", "code")];
        table::create(manager, "blueprint", blueprint, rules).await?;
        table::index(manager, "blueprint_published_at", "blueprint", &["published_at", "id"], false, None).await?;
        table::index(manager, "blueprint_organisation", "blueprint", &["organisation"], false, None).await?;
        let content = [
            uuid("blueprint"),
            integer("revision"),
            text("title"),
            text("summary"),
            text_null("level"),
            text_null("kind"),
            text("epr_product"),
            text("change_note"),
            big_integer_null("published_at"),
            uuid_null("published_by"),
        ];
        let rules = [Rule::Key(&["blueprint", "revision"]), Rule::Refers("blueprint", "blueprint", "id")];
        table::create(manager, "content", content, rules).await?;
        let of_content = || Rule::RefersAll(&["blueprint", "revision"], "content", &["blueprint", "revision"]);
        let term = [uuid("blueprint"), integer("revision"), text("vocabulary"), text("term")];
        let rules = [Rule::Key(&["blueprint", "revision", "vocabulary", "term"]), of_content()];
        table::create(manager, "content_term", term, rules).await?;
        table::index(manager, "content_term_term", "content_term", &["vocabulary", "term"], false, None).await?;
        let section = [uuid("blueprint"), integer("revision"), text("kind"), text("body")];
        let rules = [Rule::Key(&["blueprint", "revision", "kind"]), of_content()];
        table::create(manager, "section", section, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["section", "content_term", "content", "blueprint"]).await
    }
}
