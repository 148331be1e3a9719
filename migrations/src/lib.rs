//! The schema: one append-only list for SQLite and PostgreSQL.
//!
//! A migration that has landed is never edited: what is wrong in it is mended by the next one. Each runs in a
//! transaction, names tables and columns by strings (never by today's entities), and has a `down` that works.
//! Instants are 64-bit microseconds since 1970, so that they sort and compare alike in both databases.

use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};

mod m20261121_000001_kernel;
mod m20261121_000002_directory;
mod m20261121_000003_network;
mod m20261121_000004_blueprints;
mod m20261121_000005_academy;
mod m20261124_000006_vocabularies;
mod m20261124_000007_profiles;
mod m20261124_000008_maturity;
mod m20261124_000010_journal_cursor;
mod m20261124_000011_pairing_life;
mod m20261124_000012_funding;
mod m20261124_000013_ledger;
mod m20261124_000015_rounds;
mod m20261124_000016_matching;
mod m20261124_000020_content;
mod m20261124_000021_reviews;
mod m20261124_000025_artefacts;
mod m20261124_000030_adoption;
mod m20261124_000031_introduction;
mod m20261124_000032_usage;
mod m20261124_000033_exchange;
mod m20261124_000035_synonyms;
mod m20261124_000040_teaching;
mod m20261124_000041_record;
mod m20261124_000042_register;
mod m20261124_000043_portfolio;
mod m20261124_000044_competency;
mod m20261124_000060_inbox;
mod m20261124_000061_follows;
mod m20261124_000070_browser;
mod m20261124_000071_erasures;
mod m20261124_000075_designation_end;
mod m20261124_000080_demand;
mod m20261124_000081_mail;
mod table;

/// Every migration, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_kernel::Migration),
            Box::new(m20261121_000002_directory::Migration),
            Box::new(m20261121_000003_network::Migration),
            Box::new(m20261121_000004_blueprints::Migration),
            Box::new(m20261121_000005_academy::Migration),
            Box::new(m20261124_000006_vocabularies::Migration),
            Box::new(m20261124_000007_profiles::Migration),
            Box::new(m20261124_000008_maturity::Migration),
            Box::new(m20261124_000010_journal_cursor::Migration),
            Box::new(m20261124_000011_pairing_life::Migration),
            Box::new(m20261124_000012_funding::Migration),
            Box::new(m20261124_000013_ledger::Migration),
            Box::new(m20261124_000015_rounds::Migration),
            Box::new(m20261124_000016_matching::Migration),
            Box::new(m20261124_000020_content::Migration),
            Box::new(m20261124_000021_reviews::Migration),
            Box::new(m20261124_000025_artefacts::Migration),
            Box::new(m20261124_000030_adoption::Migration),
            Box::new(m20261124_000031_introduction::Migration),
            Box::new(m20261124_000032_usage::Migration),
            Box::new(m20261124_000033_exchange::Migration),
            Box::new(m20261124_000035_synonyms::Migration),
            Box::new(m20261124_000040_teaching::Migration),
            Box::new(m20261124_000041_record::Migration),
            Box::new(m20261124_000042_register::Migration),
            Box::new(m20261124_000043_portfolio::Migration),
            Box::new(m20261124_000044_competency::Migration),
            Box::new(m20261124_000060_inbox::Migration),
            Box::new(m20261124_000061_follows::Migration),
            Box::new(m20261124_000070_browser::Migration),
            Box::new(m20261124_000071_erasures::Migration),
            Box::new(m20261124_000075_designation_end::Migration),
            Box::new(m20261124_000080_demand::Migration),
            Box::new(m20261124_000081_mail::Migration),
        ]
    }
}
