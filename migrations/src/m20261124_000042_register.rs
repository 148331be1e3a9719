//! The register of qualifications, and the credentials that prove them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date_null, integer, text, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let qualification = [
            uuid("id"),
            uuid("enrolment"),
            uuid("learner"),
            text("learner_name"),
            text("organisation"),
            text("curriculum"),
            integer("curriculum_revision"),
            text("title"),
            integer("credits"),
            date_null("valid_until"),
            text("state"),
            uuid_null("proposed_by"),
            big_integer("proposed_at"),
            uuid_null("decided_by"),
            big_integer_null("decided_at"),
            text("reason"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Refers("enrolment", "enrolment", "id"),
            Rule::Check("state <> 'AWARDED' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)"),
        ];
        table::create(manager, "qualification", qualification, rules).await?;
        let open = "state IN ('PROPOSED', 'AWARDED')";
        table::index(manager, "qualification_once", "qualification", &["enrolment"], true, Some(open)).await?;
        table::index(manager, "qualification_learner", "qualification", &["learner", "id"], false, None).await?;
        let credential = [
            uuid("id"),
            uuid("qualification"),
            text("code"),
            // its place in the status list
            integer("status_index"),
            text("document"),
            big_integer("issued_at"),
            big_integer_null("expires_at"),
            big_integer_null("revoked_at"),
            // what strangers may see, as JSON
            text("shown"),
            big_integer("version"),
        ];
        let rules = [
            Rule::Key(&["id"]),
            Rule::Unique("credential_once", &["qualification"]),
            Rule::Unique("credential_code", &["code"]),
            Rule::Unique("credential_place", &["status_index"]),
            Rule::Refers("qualification", "qualification", "id"),
        ];
        table::create(manager, "credential", credential, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["credential", "qualification"]).await
    }
}
