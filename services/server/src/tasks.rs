//! What goes on in the background: following the journal for other replicas' changes, and housekeeping.

use std::time::Duration;

use exemplar_directory::Directory;
use exemplar_kernel::{Db, journal};
use tokio_util::sync::CancellationToken;

use crate::app::Services;

/// How often the journal is asked for what other replicas did.
const FOLLOW: Duration = Duration::from_millis(250);
/// How often what has expired is swept.
const SWEEP: Duration = Duration::from_hours(1);

/// Tells the directory of changes of rights that other replicas made.
pub(crate) async fn follow_rights(db: Db, directory: Directory, mut after: journal::Sequence, stop: CancellationToken) {
    loop {
        match journal::read(db.read(), after, journal::MAX_FEED).await {
            Ok(entries) => {
                for entry in &entries {
                    directory.notice(entry);
                    after = entry.sequence;
                }
                if !entries.is_empty() {
                    continue;
                }
            }
            Err(error) => {
                tracing::warn!(error = exemplar_kernel::error::chain(&error), "the journal cannot be followed")
            }
        }
        if sleep_or_stop(FOLLOW, &stop).await {
            return;
        }
    }
}

/// Sweeps what nobody can ask for any more.
pub(crate) async fn sweep(services: Services, stop: CancellationToken) {
    let Services { db, directory, blueprints, .. } = services;
    loop {
        if sleep_or_stop(SWEEP, &stop).await {
            return;
        }
        let requests = db.forget_requests().await;
        let sessions = directory.sweep_sessions().await;
        match blueprints.forget_usage().await {
            Ok(uses) => tracing::info!(uses, "forgotten"),
            Err(error) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "uses were not forgotten"),
        }
        match blueprints.forget_searches().await {
            Ok(searches) => tracing::info!(searches, "forgotten"),
            Err(error) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "searches were not forgotten"),
        }
        match (requests, sessions) {
            (Ok(requests), Ok(sessions)) => tracing::info!(requests, sessions, "swept"),
            (Err(error), _) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "requests were not swept"),
            (_, Err(error)) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "sessions were not swept"),
        }
        match blueprints.remind().await {
            Ok(0) => {}
            Ok(reminders) => tracing::info!(reminders, "reminded of what is overdue"),
            Err(error) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "nobody was reminded"),
        }
        match blueprints.sweep_artefacts().await {
            Ok(swept) => {
                tracing::info!(uploads = swept.uploads, contents = swept.contents, objects = swept.objects, "swept")
            }
            Err(error) => tracing::warn!(error = exemplar_kernel::error::chain(&error), "artefacts were not swept"),
        }
    }
}

async fn sleep_or_stop(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        () = stop.cancelled() => true,
    }
}
