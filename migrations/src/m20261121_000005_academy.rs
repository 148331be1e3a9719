//! Curricula, cohorts, enrolments and the record of results.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, date, integer, text, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        curricula(manager).await?;
        cohorts(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["result", "enrolment", "cohort", "module", "curriculum"]).await
    }
}

async fn curricula(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let curriculum = [text("code"), integer("revision"), text("title"), text("source"), big_integer("created_at")];
    table::create(manager, "curriculum", curriculum, [Rule::Key(&["code", "revision"])]).await?;
    let module = [
        text("curriculum"),
        integer("revision"),
        text("code"),
        integer("position"),
        text("title"),
        // ECTS
        integer("credits"),
        // percent
        integer("pass_mark"),
        integer("attempts"),
        // weeks after the cohort's start
        integer("due_week"),
    ];
    let rules = [
        Rule::Key(&["curriculum", "revision", "code"]),
        Rule::RefersAll(&["curriculum", "revision"], "curriculum", &["code", "revision"]),
    ];
    table::create(manager, "module", module, rules).await
}

async fn cohorts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let cohort = [
        uuid("id"),
        text("title"),
        text("curriculum"),
        integer("revision"),
        date("start_date"),
        integer("places"),
        // the check keeps racing enrolments within the places
        integer("enrolled"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("cohort_title", &["title"]),
        Rule::RefersAll(&["curriculum", "revision"], "curriculum", &["code", "revision"]),
        Rule::Check("enrolled >= 0 AND enrolled <= places"),
    ];
    table::create(manager, "cohort", cohort, rules).await?;
    let enrolment = [
        uuid("id"),
        uuid("cohort"),
        uuid("learner"),
        // the name at enrolment, by which lists are ordered
        text("learner_name"),
        text("organisation"),
        big_integer("enrolled_at"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("enrolment_once", &["cohort", "learner"]),
        Rule::Refers("cohort", "cohort", "id"),
        Rule::Refers("learner", "person", "id"),
        Rule::Refers("organisation", "organisation", "code"),
    ];
    table::create(manager, "enrolment", enrolment, rules).await?;
    table::index(manager, "enrolment_order", "enrolment", &["cohort", "learner_name", "id"], false, None).await?;
    table::index(manager, "enrolment_learner", "enrolment", &["learner"], false, None).await?;
    let result = [
        uuid("id"),
        uuid("enrolment"),
        text("module"),
        integer("attempt"),
        // 1 for the first entry of an attempt, one more for each correction; the highest counts
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
