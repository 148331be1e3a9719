//! The database: how it is opened, read and written. The only place with engine-specific settings and SQL.
//!
//! SQLite has one writer connection, which is the queue of all writes, and a read-only pool; every transaction is
//! `BEGIN IMMEDIATE` and every commit is flushed to the disk (`synchronous=FULL`, WAL). PostgreSQL has one pool, READ
//! COMMITTED, row locks and constraints. [`Tx::commit`] is the one place where durability is decided.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use crate::journal::{self, Change, Sequence};
use crate::{Chance, Clock, Error, Principal, Timestamp, replay};

/// How long a caller waits for a connection before it is told that the service is busy.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long SQLite waits for the lock of another process (a backup, the `sqlite3` shell).
const SQLITE_BUSY: &str = "5000";
/// Connections that read a SQLite file side by side.
const SQLITE_READERS: u32 = 4;
/// Pages after which a commit also checkpoints the write-ahead log: 4 MiB of 4 KiB pages.
const SQLITE_CHECKPOINT_PAGES: &str = "1000";
/// Bytes to which a checkpointed write-ahead log is cut back.
const SQLITE_JOURNAL_LIMIT: &str = "16777216";
/// The advisory lock that one migrating process holds on PostgreSQL.
const MIGRATION_LOCK: i64 = 0x6578_656d_706c_6172;

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    reads: Arc<AtomicU64>,
    clock: Clock,
    chance: Chance,
    hint: watch::Sender<Sequence>,
}

/// A named transaction. Dropped, it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    name: &'static str,
    actor: String,
    now: Timestamp,
    changes: Vec<Change>,
    replay: Option<replay::Slot>,
    chance: Chance,
    hint: watch::Sender<Sequence>,
}

/// The answer of a write: its value, and its place in the journal, which a search can ask to have reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// What was written.
    pub value: T,
    /// The sequence of the last change.
    pub sequence: Sequence,
}

impl Db {
    /// Opens `url`: `sqlite:PATH` (the file is made when it is not there; its folder must be) or `postgres://…`.
    ///
    /// # Errors
    /// When the address cannot be understood or the database cannot be reached.
    pub async fn connect(url: &str, connections: u32, clock: Clock, chance: Chance) -> Result<Self, DbErr> {
        let (writer, mut reader) = if url.starts_with("sqlite:") {
            let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
            let writer = Database::connect(sqlite(path, false)).await?;
            (writer, Database::connect(sqlite(path, true)).await?)
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(connections).acquire_timeout(ACQUIRE).sqlx_logging(false);
            options.set_application_name("exemplar");
            let pool = Database::connect(options).await?;
            (pool.clone(), pool)
        };
        let reads = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&reads);
        reader.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        Ok(Self { writer, reader, reads, clock, chance, hint: watch::channel(0).0 })
    }

    /// The connection for reads. On SQLite it refuses writes.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// How many statements [`Db::read`] has run in this process: what a call costs must not grow with what it answers.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// The connection for changes of the schema, which [`Tx`] does not make.
    pub fn schema(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which engine it is.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// The clock that transactions are dated by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of ids and secrets.
    pub fn chance(&self) -> &Chance {
        &self.chance
    }

    /// Begins a transaction by `caller` under a name for logs and support.
    pub async fn begin(&self, name: &'static str, caller: &Principal) -> Result<Tx, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let inner = self.writer.begin_with_options(options).await.map_err(busy)?;
        Ok(Tx {
            inner,
            name,
            actor: caller.actor(),
            now: self.clock.now(),
            changes: Vec::new(),
            replay: None,
            chance: self.chance.clone(),
            hint: self.hint.clone(),
        })
    }

    /// Wakes whenever this process commits, with the sequence of it. A hint: changes of other processes make no noise,
    /// so whoever tails the journal also polls.
    pub fn hint(&self) -> watch::Receiver<Sequence> {
        self.hint.subscribe()
    }

    /// The last commit of this process, where no other process can commit (SQLite, whose data folder is locked): what
    /// was read at this sequence is still so while it is the last. `None` on PostgreSQL, where replicas write, too.
    pub fn sole_writer_head(&self) -> Option<Sequence> {
        (self.backend() == DbBackend::Sqlite).then(|| *self.hint.borrow())
    }

    /// The id of this database's history; another one means that sequences no longer mean the same.
    pub async fn epoch(&self) -> Result<Uuid, Error> {
        let statement = Statement::from_string(self.backend(), "SELECT epoch FROM journal_head WHERE id = 1");
        let row = self.reader.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Inconsistent("no journal head".to_owned()))?;
        Ok(row.try_get("", "epoch")?)
    }

    /// Gives a new database its history: an empty journal under an epoch of its own. One that has a history keeps it.
    pub async fn initialise(&self) -> Result<(), Error> {
        let epoch = self.chance.id(self.clock.now());
        let statement = Statement::from_sql_and_values(
            self.backend(),
            "INSERT INTO journal_head (id, epoch, sequence, hash) VALUES (1, $1, 0, $2) ON CONFLICT (id) DO NOTHING",
            [epoch.into(), vec![0_u8; 32].into()],
        );
        self.writer.execute_raw(statement).await?;
        let head = journal::head(&self.reader).await?;
        self.hint.send_replace(head);
        Ok(())
    }

    /// Runs `migrate` while no other process does (PostgreSQL's advisory lock; SQLite's own lock).
    pub async fn exclusively<F: Future<Output = Result<(), DbErr>>>(&self, migrate: F) -> Result<(), DbErr> {
        if self.backend() != DbBackend::Postgres {
            return migrate.await;
        }
        // The lock lives in a transaction of its own, so that it goes with the connection whatever happens.
        let lock = self.writer.begin().await?;
        lock.execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [MIGRATION_LOCK.into()],
        ))
        .await?;
        migrate.await?;
        lock.commit().await
    }

    /// What the engine itself finds wrong with its files; nothing when all is well. PostgreSQL is not asked.
    pub async fn integrity(&self) -> Result<Vec<String>, Error> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for check in ["PRAGMA integrity_check(20)", "PRAGMA foreign_key_check"] {
            for row in self.reader.query_all_raw(Statement::from_string(DbBackend::Sqlite, check)).await? {
                let text: String = row.try_get_by_index(0)?;
                if text != "ok" {
                    found.push(text);
                }
            }
        }
        Ok(found)
    }

    /// Closes every connection, having written the log of SQLite back into its file.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        if self.writer.get_database_backend() == DbBackend::Sqlite {
            self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            self.writer.close().await?;
        }
        Ok(())
    }
}

fn sqlite(path: &str, read_only: bool) -> ConnectOptions {
    // Mode `rwc` for the readers, too: a read-only connection could not recover the log of a killed process.
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
    options.max_connections(if read_only { SQLITE_READERS } else { 1 }).acquire_timeout(ACQUIRE).sqlx_logging(false);
    options.min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    // One process owns these connections and nothing between can cut them: asking before each use buys nothing.
    options.test_before_acquire(false);
    options.map_sqlx_sqlite_opts(move |options| {
        // The time-out comes first: switching the journal mode needs a lock, too.
        let options = options
            .pragma("busy_timeout", SQLITE_BUSY)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("foreign_keys", "ON")
            .pragma("mmap_size", "0")
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
            .pragma("journal_size_limit", SQLITE_JOURNAL_LIMIT);
        if read_only { options.pragma("query_only", "ON") } else { options }
    });
    options
}

/// Whether `path` could be the file of a SQLite database: its folder is there.
pub fn sqlite_folder_exists(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}

fn busy(error: DbErr) -> Error {
    if matches!(error, DbErr::ConnectionAcquire(_)) { Error::Busy } else { Error::Database(error) }
}

/// Whether the database refused because a value is there already.
pub fn is_unique(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the database refused because a `CHECK` failed.
pub fn is_check(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    error
        .as_database_error()
        .is_some_and(|error| matches!(error.kind(), sea_orm::sqlx::error::ErrorKind::CheckViolation))
}

impl Tx {
    /// The instant that everything in this transaction is dated by.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new time-ordered id.
    pub fn id(&self) -> Uuid {
        self.chance.id(self.now)
    }

    /// Has `change` written to the journal when the transaction commits.
    pub fn append(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Whether nothing has been appended: the transaction changes no state so far.
    pub fn is_silent(&self) -> bool {
        self.changes.is_empty()
    }

    /// Makes everything durable, the journal's entries and the answer to a repeated `request_id` included.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when nothing was appended to the journal: no change of state goes unrecorded.
    pub async fn commit<T: Serialize>(self, value: T) -> Result<Written<T>, Error> {
        if self.changes.is_empty() {
            return Err(Error::Inconsistent(format!("{} would change state without a journal entry", self.name)));
        }
        let sequence = journal::append(&self.inner, &self.actor, self.now, self.changes, &self.chance).await?;
        if let Some(slot) = self.replay {
            slot.fill(&self.inner, sequence, &value).await?;
        }
        self.inner.commit().await?;
        tracing::debug!(tx = self.name, sequence, "committed");
        self.hint.send_replace(sequence);
        Ok(Written { value, sequence })
    }

    /// Makes housekeeping durable that is no change of state: expired tokens swept, a counter of attempts.
    pub async fn commit_housekeeping(self) -> Result<(), Error> {
        if !self.changes.is_empty() {
            return Err(Error::Inconsistent(format!(
                "{} has journal entries and calls itself housekeeping",
                self.name
            )));
        }
        Ok(self.inner.commit().await?)
    }

    pub(crate) fn answers(&mut self, slot: replay::Slot) {
        self.replay = Some(slot);
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl<T> Written<T> {
    /// The same place in the journal with another value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: make(self.value), sequence: self.sequence }
    }
}
