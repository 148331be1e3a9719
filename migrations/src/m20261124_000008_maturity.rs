//! Assessments of digital maturity.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, date, integer, text, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let assessment = [
            uuid("id"),
            text("organisation"),
            text("framework"),
            // of the framework, when it says one
            text("framework_version"),
            date("date"),
            // who made it: SELF, PEER_REVIEWED or ACCREDITED
            text("made"),
            // whether it is published, so that everybody may read it
            boolean("published"),
            text("source"),
            // the entry that this one stands in the place of
            uuid_null("corrects"),
            text("reason"),
            big_integer("recorded_at"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("organisation", "organisation", "code"),
            // an entry is corrected once; the correction can be corrected in its turn
            Rule::Unique("maturity_corrected_once", &["corrects"]),
            Rule::Refers("corrects", "maturity", "id"),
        ];
        table::create(manager, "maturity", assessment, rules).await?;
        let columns = &["organisation", "framework", "date"];
        table::index(manager, "maturity_organisation", "maturity", columns, false, None).await?;
        // In hundredths of the framework's scale.
        let score = [uuid("assessment"), text("area"), integer("score")];
        let rules = [Rule::Key(&["assessment", "area"]), Rule::Refers("assessment", "maturity", "id")];
        table::create(manager, "maturity_score", score, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["maturity_score", "maturity"]).await
    }
}
