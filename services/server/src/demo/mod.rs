//! The demonstration: the real network of 2016-18, and samples that say they are samples.
//!
//! Loading again loads nothing twice: every part looks for what it would make. Facts and samples lie in
//! `services/server/demo/`, each row of fact with its source.

mod artefacts;
mod awards;
mod blueprints;
mod follow;
mod follows;
mod graduates;
mod profiles;
mod reference;
mod rounds;
mod samples;

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::bail;
use exemplar_academy::CohortId;
use exemplar_kernel::Principal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::Services;
use crate::operate::{progress, say};

/// The password of the sample people where nobody but this machine can reach them.
const PASSWORD: &str = "sample password";

/// The sign-ins that the greeting names: one for each of the three users.
const USERS: [(&str, &str); 3] = [
    ("lead.rgt@sample.example", "a digital lead who publishes blueprints"),
    ("lead.rrv@sample.example", "a follower who looks for guidance and partners"),
    ("academy.registrar@sample.example", "academy staff who record progress"),
];

/// The password that the sample people get.
///
/// # Errors
/// When none is given for an address that other machines can reach: the usual one is known to everybody.
pub fn password(listen: SocketAddr, given: Option<SecretString>) -> anyhow::Result<SecretString> {
    match given {
        Some(password) if password.expose_secret().chars().count() < 12 => bail!("--password needs 12 characters"),
        Some(password) => Ok(password),
        None if listen.ip().is_loopback() => Ok(PASSWORD.into()),
        None => bail!("{listen} can be reached by others: choose the samples' password with --password"),
    }
}

/// Loads what is not there yet; the sample cohort.
///
/// # Errors
/// When the data does not fit its own rules, or the database fails.
pub async fn load(services: &Services, password: &SecretString) -> anyhow::Result<CohortId> {
    let caller = Principal::system();
    let bar = progress(9, "parts of the demonstration loaded");
    reference::organisations(services, &caller).await?;
    bar.inc(1);
    profiles::record_systems(services, &caller).await?;
    profiles::maturity(services, &caller).await?;
    bar.inc(1);
    reference::network(services, &caller).await?;
    bar.inc(1);
    awards::load(services, &caller).await?;
    bar.inc(1);
    reference::successions(services, &caller).await?;
    bar.inc(1);
    reference::curriculum(services, &caller).await?;
    bar.inc(1);
    samples::people(services, &caller, password).await?;
    follows::load(services).await?;
    bar.inc(1);
    blueprints::load(services, &caller).await?;
    bar.inc(1);
    follow::follow(services, &caller).await?;
    bar.inc(1);
    rounds::load(services, &caller).await?;
    bar.inc(1);
    let cohort = samples::cohort(services, &caller).await?;
    bar.inc(1);
    graduates::load(services, &caller).await?;
    bar.finish_and_clear();
    Ok(cohort)
}

/// Tells where the demonstration is and what to try.
pub fn greet(address: SocketAddr, password: &SecretString, cohort: CohortId) {
    let shown = if password.expose_secret() == PASSWORD { PASSWORD } else { "(the one you chose)" };
    let mut text =
        format!("Exemplar listens on http://{address}\n\nSign in as one of its three users, password: {shown}\n");
    for (email, who) in USERS {
        text.push_str(&format!("  {email:<34} {who}\n"));
    }
    text.push_str(&format!(
        "\nTry, in another terminal:\n  \
         exemplar search EPMA --facets\n  \
         exemplar pairing list\n  \
         exemplar network show\n  \
         exemplar organisation show RLN\n  \
         exemplar sign-in --email academy.registrar@sample.example\n  \
         exemplar cohort standings {}\n\
         \nWithout an installed exemplar: cargo run --release -- search EPMA\nCtrl-C stops it.\n",
        cohort.uuid()
    ));
    if std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err() {
        say("nobody listens to standard output");
    }
}
