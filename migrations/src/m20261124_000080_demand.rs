//! What is searched for, found, opened and not found; and the topics that are wanted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date, integer, text, text_null, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sought = [
            uuid("topic"),
            // a name for the person under this topic alone
            uuid("seeker"),
            date("day"),
            text("words"),
            // the stems, each between spaces
            text("stems"),
            integer("times"),
            integer("missed"),
            integer("opened"),
        ];
        table::create(manager, "sought", sought, [Rule::Key(&["topic", "seeker", "day"])]).await?;
        table::index(manager, "sought_day", "sought", &["day"], false, None).await?;
        let wanted = [
            uuid("id"),
            text("words"),
            text("stems"),
            // different people who searched and found nothing; 0 while they are too few to be told
            integer("seekers"),
            // people who asked for it
            integer("asks"),
            // organisations that stopped for want of it; 0 while they are too few to be told
            integer("stops"),
            // what those had adopted
            uuid_null("stopped_blueprint"),
            // seekers, asks and stops together
            integer("weight"),
            text_null("claimed_by"),
            big_integer_null("claimed_at"),
            // what answers it
            uuid_null("blueprint"),
            big_integer_null("answered_at"),
            big_integer("created_at"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("stopped_blueprint", "blueprint", "id"),
            Rule::Refers("claimed_by", "organisation", "code"),
            Rule::Refers("blueprint", "blueprint", "id"),
            Rule::Check("weight = seekers + asks + stops"),
            Rule::Check("blueprint IS NULL OR claimed_by IS NOT NULL"),
        ];
        table::create(manager, "wanted_topic", wanted, rules).await?;
        table::index(manager, "wanted_topic_weight", "wanted_topic", &["weight", "id"], false, None).await?;
        let ask = [uuid("topic"), uuid("person"), uuid_null("follow"), big_integer("created_at")];
        let rules = [
            Rule::Key(&["topic", "person"]),
            Rule::Refers("topic", "wanted_topic", "id"),
            Rule::Refers("person", "person", "id"),
        ];
        table::create(manager, "topic_ask", ask, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["topic_ask", "wanted_topic", "sought"]).await
    }
}
