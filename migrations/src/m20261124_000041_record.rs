//! The record of training: results by assessment with their markers, attendance, rulings, and the batches they came in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, integer_null, text, uuid, uuid_null,
};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The columns that results had before.
const OLD: [&str; 10] =
    ["id", "enrolment", "module", "attempt", "entry", "mark", "date", "correction", "recorded_at", "recorded_by"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Uniqueness cannot be changed in place on both databases: the rows move to a new table.
        rename(manager, "result", "result_before").await?;
        results(manager).await?;
        let mut columns = OLD.to_vec();
        columns.push("released_at");
        let mut found = Query::select();
        found.columns(OLD).column("recorded_at").from("result_before");
        let moved = Query::insert()
            .into_table("result")
            .columns(columns)
            .select_from(found)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .take();
        manager.execute(moved).await?;
        table::drop(manager, &["result_before"]).await?;
        attendance(manager).await?;
        rulings(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["ruling", "attendance", "batch"]).await?;
        rename(manager, "result", "result_after").await?;
        results_before(manager).await?;
        let mut found = Query::select();
        found
            .columns(OLD)
            .from("result_after")
            .and_where(Expr::col("assessment").eq(""))
            .and_where(Expr::col("void").eq(false));
        let moved = Query::insert()
            .into_table("result")
            .columns(OLD)
            .select_from(found)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .take();
        manager.execute(moved).await?;
        table::drop(manager, &["result_after"]).await
    }
}

async fn rename(manager: &SchemaManager<'_>, from: &'static str, to: &'static str) -> Result<(), DbErr> {
    manager.rename_table(Table::rename().table(from, to).take()).await
}

async fn results(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let result = [
        uuid("id"),
        uuid("enrolment"),
        text("module"),
        // empty for a module's only assessment
        text("assessment").default("").take(),
        integer("attempt"),
        // 1 for the first entry of an attempt, one more for each correction; the highest counts
        integer("entry"),
        // an entry that takes the ones before back
        boolean("void").default(false).take(),
        integer("mark"),
        date("date"),
        text("correction"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
        integer_null("second_mark"),
        uuid_null("second_marker"),
        integer_null("moderated_mark"),
        uuid_null("moderator"),
        text("moderation").default("").take(),
        // the learner sees it from then on, and it counts
        big_integer_null("released_at"),
        uuid_null("batch"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("result_entry_once", &["enrolment", "module", "assessment", "attempt", "entry"]),
        Rule::Refers("enrolment", "enrolment", "id"),
        Rule::Check("mark >= 0 AND mark <= 100"),
    ];
    table::create(manager, "result", result, rules).await?;
    table::index(manager, "result_batch", "result", &["batch"], false, Some("batch IS NOT NULL")).await
}

/// As `m20261121_000005` made it.
async fn results_before(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let result = [
        uuid("id"),
        uuid("enrolment"),
        text("module"),
        integer("attempt"),
        integer("entry"),
        integer("mark"),
        date("date"),
        text("correction"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("result_once", &["enrolment", "module", "attempt", "entry"]),
        Rule::Refers("enrolment", "enrolment", "id"),
        Rule::Check("mark >= 0 AND mark <= 100"),
    ];
    table::create(manager, "result", result, rules).await
}

async fn attendance(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let batch = [
        uuid("id"),
        // none for a file of many cohorts
        uuid_null("cohort"),
        text("what"),
        integer("entries"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
        uuid_null("undone_by"),
    ];
    table::create(manager, "batch", batch, [Rule::Key(&["id"])]).await?;
    table::index(manager, "batch_order", "batch", &["cohort", "id"], false, None).await?;
    let attendance = [
        uuid("enrolment"),
        uuid("session"),
        // 1 for the first, one more for each correction; the highest counts
        integer("entry"),
        // empty: the ones before are taken back
        text("status"),
        text("note"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
        uuid_null("batch"),
    ];
    let rules = [
        Rule::Key(&["enrolment", "session", "entry"]),
        Rule::Refers("enrolment", "enrolment", "id"),
        Rule::Refers("session", "teaching_session", "id"),
    ];
    table::create(manager, "attendance", attendance, rules).await?;
    table::index(manager, "attendance_batch", "attendance", &["batch"], false, Some("batch IS NOT NULL")).await
}

async fn rulings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let ruling = [
        uuid("enrolment"),
        text("kind"),
        // the requirement that it is about
        text("subject"),
        integer("entry"),
        boolean("void"),
        date_null("date"),
        integer_null("mark"),
        text("reason"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
        text("recorded_by_name"),
    ];
    let rules = [Rule::Key(&["enrolment", "kind", "subject", "entry"]), Rule::Refers("enrolment", "enrolment", "id")];
    table::create(manager, "ruling", ruling, rules).await
}
