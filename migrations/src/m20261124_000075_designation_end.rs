//! Designations end, with a reason, and may be given again; what was is kept.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date, date_null, integer, text, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The columns that designations had before.
const OLD: [&str; 7] = ["id", "organisation", "kind", "start_date", "capacity", "taken", "source"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Uniqueness cannot be changed in place on both databases: the rows move to a new table.
        rename(manager, "designation", "designation_before").await?;
        let designation = [
            uuid("id"),
            text("organisation"),
            text("kind"),
            date("start_date"),
            // the day from which it no longer holds; null while it goes on
            date_null("end_date"),
            text("end_reason").default("").take(),
            integer("capacity"),
            // accepted pairings that hold a place; the check is what keeps racing accepts within capacity
            integer("taken"),
            text("source"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("organisation", "organisation", "code"),
            Rule::Check("taken >= 0 AND taken <= capacity"),
            Rule::Check("end_date IS NULL OR end_date >= start_date"),
        ];
        table::create(manager, "designation", designation, rules).await?;
        copy(manager, "designation_before", Expr::cust("1 = 1")).await?;
        table::drop(manager, &["designation_before"]).await?;
        let goes_on = Some("end_date IS NULL");
        table::index(manager, "designation_current", "designation", &["organisation", "kind"], true, goes_on).await?;
        table::index(manager, "designation_organisation", "designation", &["organisation"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rename(manager, "designation", "designation_after").await?;
        let designation = [
            uuid("id"),
            text("organisation"),
            text("kind"),
            date("start_date"),
            integer("capacity"),
            integer("taken"),
            text("source"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Unique("designation_once", &["organisation", "kind"]),
            Rule::Refers("organisation", "organisation", "code"),
            Rule::Check("taken >= 0 AND taken <= capacity"),
        ];
        table::create(manager, "designation", designation, rules).await?;
        copy(manager, "designation_after", Expr::col("end_date").is_null()).await?;
        table::drop(manager, &["designation_after"]).await
    }
}

/// Copies the rows that are wanted into the new table.
async fn copy(manager: &SchemaManager<'_>, from: &'static str, wanted: Expr) -> Result<(), DbErr> {
    let mut found = Query::select();
    found.columns(OLD).from(from).and_where(wanted);
    let moved = Query::insert()
        .into_table("designation")
        .columns(OLD)
        .select_from(found)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .take();
    manager.execute(moved).await
}

async fn rename(manager: &SchemaManager<'_>, from: &'static str, to: &'static str) -> Result<(), DbErr> {
    manager.rename_table(Table::rename().table(from, to).take()).await
}
