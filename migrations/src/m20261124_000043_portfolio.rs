//! What a learner writes: plans and projects that a sponsor agrees to, and a private journal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, integer, text, text_null, uuid, uuid_null,
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
        let document = [
            uuid("enrolment"),
            text("kind"),
            integer("revision"),
            text("title"),
            text("body"),
            // as JSON
            text("aims"),
            big_integer("written_at"),
            uuid_null("written_by"),
            big_integer_null("learner_agreed_at"),
            big_integer_null("sponsor_agreed_at"),
            // who agreed for the employer
            uuid_null("sponsor"),
        ];
        let rules = [Rule::Key(&["enrolment", "kind", "revision"]), Rule::Refers("enrolment", "enrolment", "id")];
        table::create(manager, "portfolio_document", document, rules).await?;
        let link = [uuid("enrolment"), text_null("adoption"), text_null("blueprint")];
        let rules = [Rule::Key(&["enrolment"]), Rule::Refers("enrolment", "enrolment", "id")];
        table::create(manager, "project_link", link, rules).await?;
        let entry = [
            uuid("id"),
            uuid("enrolment"),
            date("date"),
            text("title"),
            text("body"),
            // whether the sponsor and the academy may read it
            boolean("shared"),
            big_integer("written_at"),
            big_integer("version"),
        ];
        let rules = [Rule::Key(&["id"]), Rule::Refers("enrolment", "enrolment", "id")];
        table::create(manager, "journal_entry", entry, rules).await?;
        table::index(manager, "journal_entry_order", "journal_entry", &["enrolment", "id"], false, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["journal_entry", "project_link", "portfolio_document"]).await
    }
}
