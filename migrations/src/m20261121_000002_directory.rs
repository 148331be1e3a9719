//! Organisations, people, invitations and sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, boolean, date, date_null, text, text_null, uuid};

use crate::table::{self, Rule};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        organisations(manager).await?;
        people(manager).await?;
        sessions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "refresh_token",
            "session",
            "invitation",
            "network_role",
            "membership",
            "person",
            "succession",
            "organisation_care_setting",
            "organisation",
        ];
        table::drop(manager, &tables).await
    }
}

async fn organisations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let organisation = [
        // an ODS code, or an own id like US-STANFORD
        text("code"),
        text("display_name"),
        // ISO 3166-1 alpha-2
        text("country"),
        text("region"),
        text("epr_supplier"),
        text("epr_product"),
        text("epr_version"),
        date_null("open_date"),
        date_null("close_date"),
        text("source"),
        big_integer("version"),
        big_integer("updated_at"),
    ];
    table::create(manager, "organisation", organisation, [Rule::Key(&["code"])]).await?;
    table::index(manager, "organisation_display_name", "organisation", &["display_name", "code"], false, None).await?;
    let care_setting = [text("organisation"), text("term")];
    let rules = [Rule::Key(&["organisation", "term"]), Rule::Refers("organisation", "organisation", "code")];
    table::create(manager, "organisation_care_setting", care_setting, rules).await?;
    let succession = [text("predecessor"), text("successor"), date("date"), text("source")];
    let rules = [
        Rule::Key(&["predecessor", "successor"]),
        Rule::Refers("predecessor", "organisation", "code"),
        Rule::Refers("successor", "organisation", "code"),
        Rule::Check("predecessor <> successor"),
    ];
    table::create(manager, "succession", succession, rules).await?;
    table::index(manager, "succession_successor", "succession", &["successor"], false, None).await
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = [
        uuid("id"),
        text("display_name"),
        text("email"),
        // the address in lower case: one account per address
        text("email_key"),
        // argon2id in PHC form; none for people of OpenID issuers and for those who never sign in
        text_null("password_hash"),
        // identity at an OpenID issuer
        text_null("issuer"),
        text_null("subject"),
        boolean("active"),
        big_integer("version"),
        big_integer("created_at"),
    ];
    let rules = [
        Rule::Key(&["id"]),
        Rule::Unique("person_email_key", &["email_key"]),
        Rule::Unique("person_identity", &["issuer", "subject"]),
    ];
    table::create(manager, "person", person, rules).await?;
    table::index(manager, "person_display_name", "person", &["display_name", "id"], false, None).await?;
    let membership = [uuid("person"), text("organisation"), text("role")];
    let rules = [
        Rule::Key(&["person", "organisation", "role"]),
        Rule::Refers("person", "person", "id"),
        Rule::Refers("organisation", "organisation", "code"),
    ];
    table::create(manager, "membership", membership, rules).await?;
    table::index(manager, "membership_organisation", "membership", &["organisation", "role"], false, None).await?;
    let network_role = [uuid("person"), text("role")];
    let rules = [Rule::Key(&["person", "role"]), Rule::Refers("person", "person", "id")];
    table::create(manager, "network_role", network_role, rules).await?;
    let invitation = [
        uuid("id"),
        text("email"),
        text_null("organisation"),
        // role names, separated by spaces
        text("roles"),
        text("network_roles"),
        big_integer("created_at"),
        big_integer("expires_at"),
        big_integer_null("accepted_at"),
    ];
    let rules = [Rule::Key(&["id"]), Rule::Refers("organisation", "organisation", "code")];
    table::create(manager, "invitation", invitation, rules).await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let session = [
        uuid("id"),
        uuid("person"),
        big_integer("created_at"),
        big_integer("expires_at"),
        big_integer_null("ended_at"),
    ];
    let rules = [Rule::Key(&["id"]), Rule::Refers("person", "person", "id")];
    table::create(manager, "session", session, rules).await?;
    table::index(manager, "session_person", "session", &["person"], false, None).await?;
    table::index(manager, "session_expires_at", "session", &["expires_at"], false, None).await?;
    // A refresh token is only known by its SHA-256. Spent ones stay until their session goes, to tell when one comes back.
    let refresh_token = [blob("digest"), uuid("session"), big_integer("issued_at"), big_integer_null("spent_at")];
    let rules = [Rule::Key(&["digest"]), Rule::Refers("session", "session", "id")];
    table::create(manager, "refresh_token", refresh_token, rules).await?;
    table::index(manager, "refresh_token_session", "refresh_token", &["session"], false, None).await
}
