//! Cookies of browsers: which session an opaque cookie stands for. A cookie is only known by its SHA-256.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cookie = [blob("digest"), uuid("session"), big_integer("issued_at")];
        let rules = [Rule::Key(&["digest"]), Rule::Refers("session", "session", "id")];
        table::create(manager, "session_cookie", cookie, rules).await?;
        table::index(manager, "session_cookie_session", "session_cookie", &["session"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["session_cookie"]).await
    }
}
