//! Reviews, the way from a draft to a revision: sign-off by the trust, assurance by reviewers, comments.
//!
//! What was released before there were reviews stays released, without a review.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, text, text_null, uuid, uuid_null,
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
        let withdrawal = [text_null("withdraw_reason"), big_integer_null("withdrawn_at")];
        // when the newest revision has to be looked at again, and when that was last told
        let renewal = [big_integer_null("review_due_at"), big_integer_null("reminded_at")];
        for column in withdrawal.into_iter().chain(renewal) {
            add(manager, "blueprint", column).await?;
        }
        add(manager, "content", boolean("minor").default(false).take()).await?;
        table::index(manager, "blueprint_review_due_at", "blueprint", &["review_due_at"], false, None).await?;
        review(manager).await?;
        comment(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["comment", "conflict", "reviewer_load", "review_assignment", "review"]).await?;
        manager.drop_index(Index::drop().name("blueprint_review_due_at").table("blueprint").to_owned()).await?;
        for column in ["withdraw_reason", "withdrawn_at", "review_due_at", "reminded_at"] {
            manager.alter_table(Table::alter().table("blueprint").drop_column(column).take()).await?;
        }
        manager.alter_table(Table::alter().table("content").drop_column("minor").take()).await
    }
}

async fn add(manager: &SchemaManager<'_>, to: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(to).add_column(column).take()).await
}

async fn review(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let review = [
        uuid("id"),
        uuid("blueprint"),
        text("purpose"),
        text("change_note"),
        boolean("minor"),
        text("state"),
        uuid("submitted_by"),
        big_integer("submitted_at"),
        uuid_null("signed_off_by"),
        big_integer_null("signed_off_at"),
        integer("needed"),
        big_integer("due_at"),
        big_integer_null("reminded_at"),
        text("reason"),
        big_integer_null("closed_at"),
        integer_null("revision"),
        big_integer("version"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Refers("blueprint", "blueprint", "id"),
        // Whatever the code does, nothing is published that nobody, or the author alone, has signed off.
        Rule::Check(
            "state IN ('SUBMITTED', 'RETRACTED', 'REJECTED', 'CHANGES_REQUESTED') OR signed_off_by IS NOT NULL",
        ),
        Rule::Check("signed_off_by IS NULL OR signed_off_by <> submitted_by"),
        Rule::Check("(state = 'PUBLISHED') = (revision IS NOT NULL)"),
    ];
    table::create(manager, "review", review, rules).await?;
    let open = Some("closed_at IS NULL");
    table::index(manager, "review_open", "review", &["blueprint"], true, open).await?;
    table::index(manager, "review_state", "review", &["state", "id"], false, None).await?;
    table::index(manager, "review_blueprint", "review", &["blueprint"], false, None).await?;
    let assignment = [
        uuid("review"),
        uuid("reviewer"),
        big_integer("assigned_at"),
        big_integer("due_at"),
        big_integer_null("assured_at"),
        big_integer_null("ended_at"),
        big_integer_null("reminded_at"),
        text("note"),
    ];
    let rules = [Rule::Key(&["review", "reviewer"]), Rule::Refers("review", "review", "id")];
    table::create(manager, "review_assignment", assignment, rules).await?;
    let open = Some("ended_at IS NULL");
    table::index(manager, "review_assignment_open", "review_assignment", &["reviewer"], false, open).await?;
    // How many reviews a reviewer has open: counted up only while there is room, so that the database decides.
    let load = [uuid("reviewer"), integer("open")];
    let rules = [Rule::Key(&["reviewer"]), Rule::Check("open >= 0")];
    table::create(manager, "reviewer_load", load, rules).await?;
    let conflict = [uuid("blueprint"), uuid("person"), text("reason"), big_integer("declared_at")];
    let rules = [Rule::Key(&["blueprint", "person"]), Rule::Refers("blueprint", "blueprint", "id")];
    table::create(manager, "conflict", conflict, rules).await
}

async fn comment(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let comment = [
        uuid("id"),
        uuid("blueprint"),
        text_null("section"),
        text("body"),
        uuid("author"),
        big_integer("created_at"),
        uuid_null("resolved_by"),
        big_integer_null("resolved_at"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Refers("blueprint", "blueprint", "id"),
        Rule::Check("(resolved_by IS NULL) = (resolved_at IS NULL)"),
    ];
    table::create(manager, "comment", comment, rules).await?;
    table::index(manager, "comment_blueprint", "comment", &["blueprint", "id"], false, None).await
}
