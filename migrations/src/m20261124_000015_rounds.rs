//! Rounds, expressions of interest and their scores.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rounds(manager).await?;
        let expression = [
            uuid("id"),
            uuid("round"),
            text("statement"),
            // JSON: lists that are read and written whole
            text("evidence"),
            text("state"),
            text("withdrawal"),
            text_null("moderation"),
            text_null("decision"),
            big_integer("submitted_at"),
            big_integer("version"),
        ];
        let rules = [Rule::Key(&["id"]), Rule::Refers("round", "round", "id")];
        table::create(manager, "expression", expression, rules).await?;
        table::index(manager, "expression_of_round", "expression", &["round", "submitted_at", "id"], false, None)
            .await?;
        let party = [
            uuid("expression"),
            text("organisation"),
            uuid("round"),
            integer("position"),
            // false once the expression was withdrawn
            boolean("live"),
        ];
        let rules = [
            Rule::Key(&["expression", "organisation"]),
            Rule::Refers("expression", "expression", "id"),
            Rule::Refers("organisation", "organisation", "code"),
        ];
        table::create(manager, "expression_party", party, rules).await?;
        let once = ["round", "organisation"];
        table::index(manager, "expression_party_once", "expression_party", &once, true, Some("live")).await?;
        let score = [
            uuid("expression"),
            uuid("scorer"),
            integer("position"),
            // JSON; none until the sheet is in
            text_null("points"),
            text("comment"),
        ];
        let rules = [
            Rule::Key(&["expression", "scorer"]),
            Rule::Refers("expression", "expression", "id"),
            Rule::Refers("scorer", "person", "id"),
        ];
        table::create(manager, "score", score, rules).await?;
        table::index(manager, "score_scorer", "score", &["scorer"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["score", "expression_party", "expression", "round_invitation", "round"]).await
    }
}

async fn rounds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let round = [
        uuid("id"),
        text("title"),
        text("designation"),
        // JSON: lists that are read and written whole
        text("criteria"),
        text("care_settings"),
        boolean("open_door"),
        big_integer("opens_at"),
        big_integer("closes_at"),
        text("disclosure"),
        integer("score_max"),
        integer("moderation_percent"),
        text("source"),
        big_integer_null("published_at"),
        big_integer("version"),
    ];
    let rules = [Rule::Key(&["id"]), Rule::Check("opens_at < closes_at")];
    table::create(manager, "round", round, rules).await?;
    table::index(manager, "round_opens_at", "round", &["opens_at", "id"], false, None).await?;
    let invitation = [uuid("round"), text("organisation"), text("reason")];
    let rules = [
        Rule::Key(&["round", "organisation"]),
        Rule::Refers("round", "round", "id"),
        Rule::Refers("organisation", "organisation", "code"),
    ];
    table::create(manager, "round_invitation", invitation, rules).await
}
