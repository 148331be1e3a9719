//! Introductions, and the hours that organisations give.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, date, date_null, integer, text, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let introduction = [
            uuid("id"),
            uuid("blueprint"),
            text("asker"),
            uuid_null("asked_by"),
            text("asked"),
            // null: the leads of the asked organisation
            uuid_null("expert"),
            text("kind"),
            text("question"),
            text("state"),
            // promised; 0 before
            integer("hours"),
            // the month that the hours are of, its first day
            date_null("month"),
            text("answer"),
            text("outcome"),
            text("reason"),
            big_integer("requested_at"),
            big_integer("moved_at"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("blueprint", "blueprint", "id"),
            Rule::Refers("asker", "organisation", "code"),
            Rule::Refers("asked", "organisation", "code"),
            Rule::Refers("asked_by", "person", "id"),
            Rule::Refers("expert", "person", "id"),
            Rule::Check("asker <> asked"),
        ];
        table::create(manager, "introduction", introduction, rules).await?;
        let waiting = "state = 'REQUESTED'";
        let once = ["blueprint", "asker", "asked"];
        table::index(manager, "introduction_one_waiting", "introduction", &once, true, Some(waiting)).await?;
        table::index(manager, "introduction_asker", "introduction", &["asker"], false, None).await?;
        table::index(manager, "introduction_asked", "introduction", &["asked"], false, None).await?;
        let budget = [text("organisation"), integer("hours")];
        let rules = [Rule::Key(&["organisation"]), Rule::Refers("organisation", "organisation", "code")];
        table::create(manager, "hour_budget", budget, rules).await?;
        // the check is what keeps racing promises within the budget
        let month = [text("organisation"), date("month"), integer("budget"), integer("promised")];
        let rules = [
            Rule::Key(&["organisation", "month"]),
            Rule::Refers("organisation", "organisation", "code"),
            Rule::Check("promised >= 0 AND promised <= budget"),
        ];
        table::create(manager, "hour_month", month, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["hour_month", "hour_budget", "introduction"]).await
    }
}
