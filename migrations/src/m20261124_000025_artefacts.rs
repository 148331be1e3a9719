//! Artefacts: what drafts and revisions say of files, the files' content by digest, and files that are being sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, text, text_null, uuid, uuid_null};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        content(manager).await?;
        artefact(manager).await?;
        upload(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::drop(manager, &["upload", "artefact_entry", "artefact", "blob_text", "blob_part", "blob"]).await
    }
}

async fn content(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let blob = [
        // SHA-256 in hexadecimal digits
        text("digest"),
        // of its parts
        uuid("location"),
        big_integer("size"),
        text("format"),
        // PENDING, READ or NONE
        text("text_state"),
        // when to read it next
        big_integer("text_due_at"),
        integer("text_attempts"),
        // since when no artefact has it
        big_integer_null("unreferenced_at"),
        big_integer("created_at"),
    ];
    let rules = [
        Rule::Key(&["digest"]),
        Rule::Unique("blob_location", &["location"]),
        Rule::Check("text_state IN ('PENDING', 'READ', 'NONE')"),
    ];
    table::create(manager, "blob", blob, rules).await?;
    table::index(manager, "blob_text_due", "blob", &["text_due_at"], false, Some("text_state = 'PENDING'")).await?;
    // An object in the store; of an upload, too, whose content is not whole yet.
    let part = [uuid("location"), big_integer("start"), integer("writer"), integer("length")];
    table::create(manager, "blob_part", part, [Rule::Key(&["location", "start"])]).await?;
    let read = [text("digest"), text("content")];
    table::create(manager, "blob_text", read, [Rule::Key(&["digest"]), Rule::Refers("digest", "blob", "digest")]).await
}

async fn artefact(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let artefact = [
        uuid("id"),
        uuid("blueprint"),
        text("digest"),
        // QUARANTINED, AVAILABLE or REFUSED
        text("state"),
        boolean("scanned"),
        // what the scanner found, or why it could not look
        text_null("scan_note"),
        integer("scan_attempts"),
        // when to scan it next
        big_integer("scan_due_at"),
        big_integer("created_at"),
        uuid_null("created_by"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Refers("blueprint", "blueprint", "id"),
        Rule::Refers("digest", "blob", "digest"),
        Rule::Check("state IN ('QUARANTINED', 'AVAILABLE', 'REFUSED')"),
    ];
    table::create(manager, "artefact", artefact, rules).await?;
    table::index(manager, "artefact_digest", "artefact", &["digest"], false, None).await?;
    table::index(manager, "artefact_scan_due", "artefact", &["scan_due_at"], false, Some("state = 'QUARANTINED'"))
        .await?;
    // What the draft (revision 0) and each revision say of it.
    let entry = [
        uuid("artefact"),
        integer("revision"),
        uuid("blueprint"),
        text("file_name"),
        text("kind"),
        text("licence"),
        text("description"),
        text("visibility"),
        big_integer("version"),
    ];
    let rules = [
        Rule::Key(&["artefact", "revision"]),
        Rule::Refers("artefact", "artefact", "id"),
        Rule::Refers("blueprint", "blueprint", "id"),
        Rule::Unique("artefact_entry_file_name", &["blueprint", "revision", "file_name"]),
    ];
    table::create(manager, "artefact_entry", entry, rules).await
}

async fn upload(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let upload = [
        uuid("id"),
        uuid("blueprint"),
        uuid_null("person"),
        text("file_name"),
        text("kind"),
        text("licence"),
        text("description"),
        text("visibility"),
        big_integer("size"),
        text("digest"),
        big_integer("received"),
        // how many have begun to send
        integer("writer"),
        // what came of it
        uuid_null("artefact"),
        big_integer("expires_at"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Refers("blueprint", "blueprint", "id"),
        Rule::Check("received >= 0 AND received <= size"),
    ];
    table::create(manager, "upload", upload, rules).await?;
    table::index(manager, "upload_person", "upload", &["person"], false, None).await?;
    table::index(manager, "upload_expires_at", "upload", &["expires_at"], false, None).await
}
