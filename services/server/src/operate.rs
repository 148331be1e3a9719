//! What an operator does to a stopped server: migrate, check, reindex, invite the first person.

use std::io::Write as _;
use std::time::Duration;

use anyhow::bail;
use exemplar_directory::Invite;
use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::{Chance, Clock, NetworkRole, Principal};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret as _;

use crate::app::{self, Opened};
use crate::config::Config;

/// How long the first invitation can be taken up.
const FIRST_INVITATION: Duration = Duration::from_hours(24);

/// Tells the operator something, on standard error: standard output is for data.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Brings the schema up to this version.
///
/// # Errors
/// When the database cannot be opened or migrated.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.storage.data)?;
    let db = app::connect(config, Clock::System, Chance::System).await?;
    app::migrate_up(&db).await?;
    db.close().await?;
    say("the database has this version's schema");
    Ok(())
}

/// Checks what the database, the journal and the index say of themselves and of each other.
///
/// # Errors
/// When something is wrong; everything that is wrong is told first.
pub async fn check(config: &Config) -> anyhow::Result<()> {
    let Opened { services, indexer, folder: _folder } = app::open(config, Clock::System, Chance::System, false).await?;
    let mut wrong = 0;
    let mut told = |fine: bool, line: &str| {
        wrong += usize::from(!fine);
        say(&format!("{} {line}", if fine { "ok   " } else { "WRONG" }));
    };
    let faults = services.db.integrity().await?;
    told(
        faults.is_empty(),
        &format!("database: {}", if faults.is_empty() { "sound".into() } else { faults.join("; ") }),
    );
    let head = journal::head(services.db.read()).await?;
    let bar = progress(u64::try_from(head)?, "journal entries followed");
    let verdict =
        journal::verify(services.db.read(), |done| bar.set_position(u64::try_from(done).unwrap_or(0))).await?;
    bar.finish_and_clear();
    match verdict {
        Verdict::Whole { head, erased } => {
            let rest = if erased == 0 { String::new() } else { format!("; what {erased} of them changed was erased") };
            told(true, &format!("journal: {head} entries, each follows from the one before{rest}"));
        }
        Verdict::Broken { at } => told(false, &format!("journal: entry {at} was edited, removed or put in")),
    }
    if indexer.state().is_degraded() {
        told(false, "search index: damaged, absent or of another version; the next start rebuilds it");
    } else {
        let behind = head - indexer.index().sequence();
        let differences = indexer.differences().await?;
        let fine = behind > 0 || differences.is_empty();
        told(
            fine,
            &format!("search index: {behind} entries behind the journal, {} blueprints differ", differences.len()),
        );
    }
    drop(indexer);
    services.db.close().await?;
    if wrong > 0 {
        bail!("{wrong} of 3 checks found something wrong");
    }
    Ok(())
}

/// Builds the search index anew.
///
/// # Errors
/// When the database cannot be read or the index cannot be written.
pub async fn reindex(config: &Config) -> anyhow::Result<()> {
    let Opened { services, indexer, folder: _folder } = app::open(config, Clock::System, Chance::System, false).await?;
    let bar = progress(0, "blueprints indexed");
    indexer
        .rebuild(|done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
        .await?;
    bar.finish_and_clear();
    say(&format!("{} blueprints are indexed", indexer.index().document_count()));
    drop(indexer);
    services.db.close().await?;
    Ok(())
}

/// Invites the first person of the programme; the token goes to standard output.
///
/// # Errors
/// When the database cannot be opened, or the address is none.
pub async fn bootstrap(config: &Config, email: &str) -> anyhow::Result<()> {
    let Opened { services, indexer: _indexer, folder: _folder } =
        app::open(config, Clock::System, Chance::System, true).await?;
    let invite = Invite {
        email: exemplar_directory::email(email)?,
        membership: None,
        network: vec![NetworkRole::Programme],
        valid: FIRST_INVITATION,
    };
    let (_, token) = services.directory.invite(&Principal::system(), invite, None).await?;
    say(&format!("{email} is invited for 24 hours; once the server runs, they accept with: exemplar accept"));
    writeln!(std::io::stdout(), "{}", token.expose_secret())?;
    services.db.close().await?;
    Ok(())
}

/// A bar on standard error; none where standard error is no terminal.
pub(crate) fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}
