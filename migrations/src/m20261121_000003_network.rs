//! Designations with their capacity, and pairings.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date, integer, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let designation = [
            uuid("id"),
            text("organisation"),
            text("kind"),
            date("start_date"),
            integer("capacity"),
            // accepted pairings that hold a place; the check is what keeps racing accepts within capacity
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
        let pairing = [
            uuid("id"),
            text("exemplar"),
            text("partner"),
            // the two sides in the order of their codes, so that a pair is one pair whoever proposes
            text("side_low"),
            text("side_high"),
            text("kind"),
            text_null("mode"),
            text("proposer"),
            text("message"),
            text("state"),
            text("reason"),
            big_integer("proposed_at"),
            big_integer_null("accepted_at"),
            big_integer_null("ended_at"),
            text("source"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("exemplar", "organisation", "code"),
            Rule::Refers("partner", "organisation", "code"),
            Rule::Check("side_low <> side_high"),
        ];
        table::create(manager, "pairing", pairing, rules).await?;
        let live = "state IN ('PROPOSED', 'DUE_DILIGENCE')";
        table::index(manager, "pairing_one_live", "pairing", &["side_low", "side_high"], true, Some(live)).await?;
        table::index(manager, "pairing_proposed_at", "pairing", &["proposed_at", "id"], false, None).await?;
        table::index(manager, "pairing_exemplar", "pairing", &["exemplar"], false, None).await?;
        table::index(manager, "pairing_partner", "pairing", &["partner"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["pairing", "designation"]).await
    }
}
