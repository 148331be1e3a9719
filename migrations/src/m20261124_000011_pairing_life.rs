//! The whole life of a pairing: more states, who holds its sides, groups, agreements, milestones, check-ins.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, date, integer, integer_null, text, text_null, uuid, uuid_null,
};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ADDED: [&str; 6] = ["expires_at", "started_at", "group_id", "agreement", "outcome", "left_behind"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let added = [
            // none for pairings that were not made here: they wait for nobody
            big_integer_null("expires_at"),
            big_integer_null("started_at"),
            uuid_null("group_id"),
            // the revision that is in force
            integer_null("agreement"),
            text_null("outcome"),
            // the side that the other left
            text_null("left_behind"),
        ];
        for column in added {
            manager.alter_table(Table::alter().table("pairing").add_column(column).take()).await?;
        }
        manager.drop_index(Index::drop().name("pairing_one_live").table("pairing").to_owned()).await?;
        let live = "state IN ('PROPOSED', 'DUE_DILIGENCE', 'AGREED', 'ACTIVE', 'PAUSED')";
        table::index(manager, "pairing_one_live", "pairing", &["side_low", "side_high"], true, Some(live)).await?;
        let proposed = Some("state = 'PROPOSED'");
        table::index(manager, "pairing_expires_at", "pairing", &["expires_at"], false, proposed).await?;
        table::index(manager, "pairing_group_id", "pairing", &["group_id"], false, None).await?;
        sides(manager).await?;
        agreements(manager).await?;
        milestones(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let made = ["check_in", "milestone", "agreement_signature", "agreement", "pairing_group", "pairing_side"];
        table::drop(manager, &made).await?;
        for index in ["pairing_group_id", "pairing_expires_at", "pairing_one_live"] {
            manager.drop_index(Index::drop().name(index).table("pairing").to_owned()).await?;
        }
        for column in ADDED {
            manager.alter_table(Table::alter().table("pairing").drop_column(column).take()).await?;
        }
        let live = "state IN ('PROPOSED', 'DUE_DILIGENCE')";
        table::index(manager, "pairing_one_live", "pairing", &["side_low", "side_high"], true, Some(live)).await
    }
}

/// Who held which side of a pairing and when, so that an old code still finds it. Rows are added, and closed by a date.
async fn sides(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns =
        [uuid("pairing"), text("side"), text("organisation"), big_integer_null("from_at"), big_integer_null("to_at")];
    let rules = [
        Rule::Key(&["pairing", "side", "organisation"]),
        Rule::Refers("pairing", "pairing", "id"),
        Rule::Refers("organisation", "organisation", "code"),
    ];
    table::create(manager, "pairing_side", columns, rules).await?;
    table::index(manager, "pairing_side_organisation", "pairing_side", &["organisation"], false, None).await?;
    for (side, column) in [("EXEMPLAR", "exemplar"), ("PARTNER", "partner")] {
        let copy = format!(
            "INSERT INTO pairing_side (pairing, side, organisation) SELECT id, '{side}', {column} FROM pairing"
        );
        manager.get_connection().execute_unprepared(&copy).await?;
    }
    Ok(())
}

async fn agreements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let group = [uuid("id"), text("display_name"), text("source"), big_integer("created_at")];
    table::create(manager, "pairing_group", group, [Rule::Key(&["id"])]).await?;
    let agreement = [
        // the pairing, or its group
        uuid("scope"),
        integer("revision"),
        text("text"),
        text("organisation"),
        big_integer("drafted_at"),
    ];
    let rules = [Rule::Key(&["scope", "revision"]), Rule::Refers("organisation", "organisation", "code")];
    table::create(manager, "agreement", agreement, rules).await?;
    let signature =
        [uuid("scope"), integer("revision"), text("organisation"), uuid("person"), big_integer("signed_at")];
    let rules = [
        Rule::Key(&["scope", "revision", "organisation"]),
        Rule::RefersAll(&["scope", "revision"], "agreement", &["scope", "revision"]),
    ];
    table::create(manager, "agreement_signature", signature, rules).await
}

async fn milestones(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let milestone = [
        uuid("pairing"),
        integer("number"),
        text("title"),
        // a side, not an organisation: whoever carries on an organisation owns what it owned
        text("owner"),
        date("due"),
        text_null("event_verb"),
        text_null("event_resource"),
        text("state"),
        text("evidence"),
        big_integer("added_at"),
        big_integer_null("closed_at"),
        big_integer_null("event_sequence"),
    ];
    let rules = [
        Rule::Key(&["pairing", "number"]),
        Rule::Refers("pairing", "pairing", "id"),
        Rule::Check("state <> 'MET' OR evidence <> ''"),
    ];
    table::create(manager, "milestone", milestone, rules).await?;
    let waiting = Some("state = 'OPEN' AND event_verb IS NOT NULL");
    table::index(manager, "milestone_event", "milestone", &["event_verb"], false, waiting).await?;
    let check_in = [
        uuid("pairing"),
        integer("number"),
        text("organisation"),
        uuid_null("person"),
        text("note"),
        integer("visits"),
        big_integer("at"),
    ];
    let rules = [Rule::Key(&["pairing", "number"]), Rule::Refers("pairing", "pairing", "id")];
    table::create(manager, "check_in", check_in, rules).await
}
