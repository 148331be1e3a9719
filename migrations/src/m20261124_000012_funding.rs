//! Money: awards, who receives them, their tranches, what is put beside them. Amounts are whole minor units of the
//! award's one currency.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, date, integer, integer_null, text, text_null, uuid, uuid_null,
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
        let award = [
            uuid("id"),
            uuid_null("pairing"),
            text_null("track"),
            text("currency"),
            big_integer("cap"),
            big_integer_null("capital"),
            big_integer_null("revenue"),
            text("source"),
            date("source_date"),
            big_integer("created_at"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("pairing", "pairing", "id"),
            Rule::Check("cap > 0"),
            Rule::Check("capital + revenue = cap"),
        ];
        table::create(manager, "award", award, rules).await?;
        table::index(manager, "award_created_at", "award", &["created_at", "id"], false, None).await?;
        table::index(manager, "award_pairing", "award", &["pairing"], false, None).await?;
        let receiver = [uuid("award"), text("organisation"), big_integer_null("from_at"), big_integer_null("to_at")];
        let rules = [
            Rule::Key(&["award", "organisation"]),
            Rule::Refers("award", "award", "id"),
            Rule::Refers("organisation", "organisation", "code"),
        ];
        table::create(manager, "award_receiver", receiver, rules).await?;
        table::index(manager, "award_receiver_organisation", "award_receiver", &["organisation"], false, None).await?;
        let tranche = [
            uuid("award"),
            integer("number"),
            text("kind"),
            big_integer("amount"),
            text_null("part"),
            integer_null("milestone"),
            text("source"),
            date("source_date"),
            text("state"),
            text("note"),
            big_integer("state_at"),
        ];
        let rules = [Rule::Key(&["award", "number"]), Rule::Refers("award", "award", "id"), Rule::Check("amount > 0")];
        table::create(manager, "tranche", tranche, rules).await?;
        let matched = [
            uuid("award"),
            integer("number"),
            text("organisation"),
            big_integer("amount"),
            integer_null("staff_days"),
            big_integer_null("day_rate"),
            text("source"),
            date("source_date"),
        ];
        let rules = [
            Rule::Key(&["award", "number"]),
            Rule::Refers("award", "award", "id"),
            Rule::Refers("organisation", "organisation", "code"),
            Rule::Check("amount > 0"),
        ];
        table::create(manager, "award_match", matched, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["award_match", "tranche", "award_receiver", "award"]).await
    }
}
