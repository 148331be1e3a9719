//! What a curriculum demands, a cohort's timetable, staff and applicants, and the states of an enrolment.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, date, date_null, integer, integer_null, text, text_null, uuid, uuid_null,
};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            table::add_column(manager, table, column).await?;
        }
        cohorts(manager).await?;
        applications(manager).await?;
        enrolments(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("enrolment_sponsor").table("enrolment").to_owned()).await?;
        manager.drop_index(Index::drop().name("enrolment_organisation").table("enrolment").to_owned()).await?;
        let made = ["enrolment_event", "application_score", "application", "teaching_session", "cohort_staff"];
        table::drop(manager, &made).await?;
        for (table, column) in columns() {
            table::drop_column(manager, table, &column.get_column_name()).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        // what a revision demands beside its modules, and a module's assessments: documents that never change
        ("curriculum", text("demands").default("").take()),
        ("module", text("demands").default("").take()),
        ("cohort", date_null("end_date")),
        ("cohort", date_null("applications_open")),
        ("cohort", date_null("applications_close")),
        // the score from which a place is offered at once
        ("cohort", integer("automatic_score").default(17).take()),
        ("cohort", boolean("network_first").default(false).take()),
        ("cohort", big_integer("version").default(1).take()),
        ("enrolment", text("state").default("ENROLLED").take()),
        ("enrolment", date_null("state_date")),
        ("enrolment", text("state_reason").default("").take()),
        ("enrolment", uuid_null("sponsor")),
        ("enrolment", uuid_null("continues")),
        // one more with every change of the learner's record: what was read at a version is still so
        ("enrolment", big_integer("version").default(1).take()),
    ]
}

async fn cohorts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let staff = [uuid("cohort"), uuid("person"), text("person_name"), text("role")];
    let rules = [
        Rule::Key(&["cohort", "person"]),
        Rule::Refers("cohort", "cohort", "id"),
        Rule::Refers("person", "person", "id"),
    ];
    table::create(manager, "cohort_staff", staff, rules).await?;
    table::index(manager, "cohort_staff_person", "cohort_staff", &["person"], false, None).await?;
    let session = [
        uuid("id"),
        uuid("cohort"),
        text("code"),
        text("title"),
        text("module"),
        text("kind"),
        date("date"),
        // after midnight
        integer("start_minute"),
        integer("minutes"),
        text("venue"),
        text("tutor"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("teaching_session_code", &["cohort", "code"]),
        Rule::Refers("cohort", "cohort", "id"),
    ];
    table::create(manager, "teaching_session", session, rules).await
}

async fn applications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let application = [
        uuid("id"),
        uuid("cohort"),
        uuid("applicant"),
        text("applicant_name"),
        text("organisation"),
        text("profession"),
        // four texts
        text("answers"),
        text("state"),
        big_integer("submitted_at"),
        // the sponsor's statement, a document
        text_null("sponsorship"),
        // the agreed score: both scorers', or the moderator's
        integer_null("score"),
        text_null("moderation"),
        // the place on the reserve list, from 1
        integer_null("reserve"),
        // by which rule it was decided, in words
        text("rule"),
        uuid_null("carried_from"),
        uuid_null("enrolment"),
        big_integer("version"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("application_once", &["cohort", "applicant"]),
        Rule::Refers("cohort", "cohort", "id"),
        Rule::Refers("applicant", "person", "id"),
        Rule::Refers("organisation", "organisation", "code"),
    ];
    table::create(manager, "application", application, rules).await?;
    let score = [
        uuid("application"),
        // 1 or 2: two score, and no third
        integer("place"),
        uuid("scorer"),
        text("scores"),
        integer("total"),
        big_integer("scored_at"),
    ];
    let rules = [
        Rule::Key(&["application", "place"]),
        Rule::Unique("application_score_once", &["application", "scorer"]),
        Rule::Refers("application", "application", "id"),
        Rule::Check("place >= 1 AND place <= 2"),
    ];
    table::create(manager, "application_score", score, rules).await
}

async fn enrolments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let event = [
        uuid("enrolment"),
        integer("number"),
        text("state"),
        date("date"),
        text("reason"),
        big_integer("recorded_at"),
        uuid_null("recorded_by"),
    ];
    let rules = [Rule::Key(&["enrolment", "number"]), Rule::Refers("enrolment", "enrolment", "id")];
    table::create(manager, "enrolment_event", event, rules).await?;
    table::index(manager, "enrolment_organisation", "enrolment", &["organisation"], false, None).await?;
    table::index(manager, "enrolment_sponsor", "enrolment", &["sponsor"], false, None).await
}
