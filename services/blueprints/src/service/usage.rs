//! Usage: noted without waiting, written in batches, told to authors, forgotten in time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::error::chain;
use exemplar_kernel::{Db, NetworkRole, OrganisationId, Principal, Role};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Blueprints;
use crate::Error;
use crate::model::usage::{self, RETENTION, Told, Use};
use crate::model::{BlueprintId, Header};
use crate::store::usage::{self as rows, Key};
use crate::store::{adoptions, introductions};

/// Uses that wait to be written at the most; more are not counted, and the log says so.
const WAITING: usize = 8192;
/// Rows that one statement writes at the most, well below what either database binds.
const BATCH: usize = 500;
/// How long the first use of a batch waits for others.
const GATHER: Duration = Duration::from_millis(500);

/// Where uses are noted: a bounded queue that no request waits for.
#[derive(Clone, Debug)]
pub struct Noted {
    sender: mpsc::Sender<(Key, String)>,
    receiver: Arc<Mutex<mpsc::Receiver<(Key, String)>>>,
}

/// How a blueprint is used.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Who has read it.
    pub readers: Told,
    /// Who has downloaded a file or an export of it.
    pub downloads: Told,
    /// Adoptions by organisation, most first.
    pub adoptions: Vec<(OrganisationId, i64)>,
    /// Introductions by asking organisation, most first.
    pub introductions: Vec<(OrganisationId, i64)>,
}

impl Noted {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Arc::new(Mutex::new(receiver)) }
    }
}

impl Blueprints {
    /// Notes that the caller did something with a released blueprint. Its own organisation's people do not count, and
    /// nothing waits: a queue that is full loses the note.
    pub fn note(&self, caller: &Principal, header: &Header, kind: Use) {
        if caller.is_system() || caller.holds(Role::Member, &header.organisation) {
            return;
        }
        let day = self.db.clock().now().date();
        let reader = caller.person.map_or(Uuid::nil(), |person| usage::reader(header.id, person));
        let organisation = caller.organisations().next().map(|id| id.code().to_owned()).unwrap_or_default();
        // Those who are of no organisation cannot be told apart by it: they count as times, like the anonymous.
        let reader = if organisation.is_empty() { Uuid::nil() } else { reader };
        let key = Key { blueprint: header.id, kind, reader, day };
        if self.noted.sender.try_send((key, organisation)).is_err() {
            tracing::warn!("uses are noted faster than they are written; some are not counted");
        }
    }

    /// Writes what was noted until the server stops, and then the rest. Runs once a process.
    pub async fn write_usage(self, stop: CancellationToken) {
        let mut receiver = self.noted.receiver.lock().await;
        loop {
            let first = tokio::select! {
                first = receiver.recv() => first,
                () = stop.cancelled() => break,
            };
            let Some(first) = first else { return };
            let mut batch = vec![first];
            let until = tokio::time::Instant::now() + GATHER;
            while batch.len() < BATCH {
                tokio::select! {
                    more = receiver.recv() => batch.extend(more),
                    () = tokio::time::sleep_until(until) => break,
                    () = stop.cancelled() => break,
                }
            }
            flush(&self.db, batch).await;
        }
        let mut rest = Vec::new();
        while let Ok(noted) = receiver.try_recv() {
            rest.push(noted);
        }
        flush(&self.db, rest).await;
    }

    /// How a blueprint is used, for the people of the organisation that wrote it.
    pub async fn usage(&self, caller: &Principal, id: BlueprintId) -> Result<Usage, Error> {
        let header = self.known(caller, id).await?;
        if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Member, &header.organisation)?;
        }
        let db = self.db.read();
        Ok(Usage {
            readers: usage::told(rows::counted(db, id, Use::Read).await?),
            downloads: usage::told(rows::counted(db, id, Use::Download).await?),
            adoptions: adoptions::count_by_organisation(db, id).await?,
            introductions: introductions::count_by_asker(db, id).await?,
        })
    }

    /// Forgets uses that are older than they may be remembered; how many rows there were.
    pub async fn forget_usage(&self) -> Result<u64, Error> {
        let tx = self.db.begin("blueprints.usage.forget", &Principal::system()).await?;
        let forgotten = rows::forget_before(&*tx, tx.now().minus(RETENTION).date()).await?;
        tx.commit_housekeeping().await?;
        Ok(forgotten)
    }
}

/// Writes a batch in one transaction. One that fails is lost, and the log says so: counts are not worth a second try.
async fn flush(db: &Db, noted: Vec<(Key, String)>) {
    let mut sums: BTreeMap<Key, (String, i64)> = BTreeMap::new();
    for (key, organisation) in noted {
        sums.entry(key).or_insert((organisation, 0)).1 += 1;
    }
    let sums: Vec<_> = sums.into_iter().collect();
    for sums in sums.chunks(BATCH) {
        if let Err(error) = write(db, sums).await {
            tracing::warn!(error = chain(&error), lost = sums.len(), "uses could not be written");
        }
    }
}

async fn write(db: &Db, sums: &[(Key, (String, i64))]) -> Result<(), Error> {
    let tx = db.begin("blueprints.usage.count", &Principal::system()).await?;
    rows::add(&*tx, sums).await?;
    tx.commit_housekeeping().await?;
    Ok(())
}
