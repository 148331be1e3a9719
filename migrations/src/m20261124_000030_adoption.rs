//! Adoptions: their steps, what was decided about sections, and how it went.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, date, integer, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let adoption = [
            uuid("id"),
            uuid("blueprint"),
            // the revision that is followed
            integer("revision"),
            text("organisation"),
            text("state"),
            // whether others may ask
            boolean("willing"),
            text("plan"),
            big_integer("created_at"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::RefersAll(&["blueprint", "revision"], "content", &["blueprint", "revision"]),
            Rule::Refers("organisation", "organisation", "code"),
        ];
        table::create(manager, "adoption", adoption, rules).await?;
        let running = "state <> 'STOPPED'";
        let once = ["blueprint", "organisation"];
        table::index(manager, "adoption_one_running", "adoption", &once, true, Some(running)).await?;
        table::index(manager, "adoption_blueprint", "adoption", &["blueprint"], false, None).await?;
        table::index(manager, "adoption_organisation", "adoption", &["organisation"], false, None).await?;
        let of_adoption = || Rule::Refers("adoption", "adoption", "id");
        // in the order in which they were taken, from 1
        let step =
            [uuid("adoption"), integer("number"), text("state"), date("date"), text_null("stop"), text("reason")];
        table::create(manager, "adoption_step", step, [Rule::Key(&["adoption", "number"]), of_adoption()]).await?;
        let decision = [uuid("adoption"), text("section"), text("decision"), text("why")];
        let rules = [Rule::Key(&["adoption", "section"]), of_adoption()];
        table::create(manager, "adoption_decision", decision, rules).await?;
        let outcome = [
            uuid("adoption"),
            // in the order in which they were recorded, from 1
            integer("number"),
            // empty for what nobody expected
            text("benefit"),
            text("measure"),
            text("baseline"),
            text("result"),
            date("date"),
            text("measured_by"),
            text("measurer"),
        ];
        let rules =
            [Rule::Key(&["adoption", "number"]), of_adoption(), Rule::Refers("measured_by", "organisation", "code")];
        table::create(manager, "adoption_outcome", outcome, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["adoption_outcome", "adoption_decision", "adoption_step", "adoption"]).await
    }
}
