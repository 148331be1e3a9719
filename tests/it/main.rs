//! The end-to-end tests: features through the real server, and the matrices of what must never be forgotten.
//!
//! Tests are made at run time, so that each feature runs on both databases, and one that cannot run here counts as
//! ignored and says so. `cargo test --workspace -- NAME` runs those whose name contains NAME.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by ending")]
#![expect(clippy::too_many_lines, reason = "a table of cases is read row by row, however long it is")]
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::unchecked_time_subtraction,
    reason = "what is surprising fails the test"
)]

mod suite;

mod layout;
mod mail;
mod protos;
mod schema;

mod academy;
mod adoptions;
mod artefacts;
mod authz;
mod awards;
mod blueprints;
mod competencies;
mod crash;
mod credentials;
mod demand;
mod designations;
mod exchange;
mod finding;
mod follows;
mod inbox;
mod introductions;
mod issuers;
mod matchings;
mod maturity;
mod mergers;
mod organisations;
mod pages;
mod pairings;
mod partnerships;
mod people;
mod personal;
mod portfolios;
mod profiles;
mod races;
mod records;
mod reviews;
mod rounds;
mod searches;
mod sessions;
mod tokens;
mod usage;
mod vocabularies;
mod wire;

use std::process::ExitCode;

use exemplar_tests::stop_cluster;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_default();
    if first == crash::CHILD {
        crash::child(arguments);
        return ExitCode::SUCCESS;
    }
    // The server in this process starts its own program to read texts, which is this one.
    if first == exemplar_blueprints::blob::EXTRACT {
        return exemplar_blueprints::blob::extract_text(&arguments.next().unwrap_or_default());
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut suite = suite::Suite::new();
    for tests in [
        layout::tests,
        mail::tests,
        protos::tests,
        schema::tests,
        academy::tests,
        adoptions::tests,
        artefacts::tests,
        authz::tests,
        awards::tests,
        blueprints::tests,
        competencies::tests,
        crash::tests,
        credentials::tests,
        designations::tests,
        demand::tests,
        exchange::tests,
        introductions::tests,
        finding::tests,
        follows::tests,
        inbox::tests,
        issuers::tests,
        matchings::tests,
        maturity::tests,
        mergers::tests,
        organisations::tests,
        pages::tests,
        pairings::tests,
        partnerships::tests,
        people::tests,
        personal::tests,
        portfolios::tests,
        profiles::tests,
        races::tests,
        records::tests,
        reviews::tests,
        rounds::tests,
        searches::tests,
        sessions::tests,
        tokens::tests,
        usage::tests,
        vocabularies::tests,
        wire::tests,
    ] {
        tests(&mut suite);
    }
    let conclusion = libtest_mimic::run(&arguments, suite.into_trials());
    stop_cluster();
    conclusion.exit_code()
}
