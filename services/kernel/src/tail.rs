//! Tailing the journal with a durable cursor: every change is met once by each named consumer, whatever stops between.
//!
//! A consumer's place is one row. [`Tail::begin`] locks it, so that of several replicas one works and the others wait;
//! the effect and the new place are committed in one transaction ([`Batch::commit`]), so that what was read at least once
//! has its effect exactly once. What does not concern the consumer is passed over in memory and costs no write.

use std::pin::pin;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QuerySelect as _};
use tokio::sync::watch;

use crate::journal::{self, Entry, Sequence};
use crate::{Db, Error, Principal, Timestamp, Tx};

/// How often the journal is asked for what other processes did.
pub const POLL: Duration = Duration::from_millis(250);
/// How long to wait after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Entries passed over after which the cursor moves although nothing concerned the consumer: a restart reads no more.
const LEEWAY: Sequence = 10_000;

mod row {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_cursor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub consumer: String,
        pub sequence: i64,
        pub moved_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A named reader of the journal.
#[derive(Debug)]
pub struct Tail {
    db: Db,
    consumer: &'static str,
    /// What was passed over since the cursor moved last.
    passed: Sequence,
    hint: watch::Receiver<Sequence>,
}

/// Entries to act on, with the transaction in which that is done.
#[derive(Debug)]
pub struct Batch {
    /// The transaction. Dropped, nothing has happened and the entries come again.
    pub tx: Tx,
    /// What was committed since the cursor moved last, in order; never empty.
    pub entries: Vec<Entry>,
    consumer: &'static str,
}

/// What a consumer does with the journal.
pub trait Follower: Send {
    /// Why it may fail.
    type Error: std::error::Error + Send;

    /// One look at the journal and, when there is nothing in it, at the clock; whether there was anything to read.
    fn look(&mut self, tail: &mut Tail) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// Lets a follower look until `stop` is ready. It stops between two looks, never inside one.
pub async fn follow<F: Follower>(mut tail: Tail, mut follower: F, stop: impl Future<Output = ()> + Send) {
    let mut stop = pin!(stop);
    loop {
        let next = match follower.look(&mut tail).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => POLL,
            Err(error) => {
                let error = crate::error::chain(&error);
                tracing::warn!(consumer = tail.consumer, error, "the journal cannot be followed");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tail.wait(next) => {}
        }
    }
}

impl Tail {
    /// The tail of a consumer; its first ever reading begins with the first entry of the journal.
    pub fn new(db: Db, consumer: &'static str) -> Self {
        let hint = db.hint();
        Self { db, consumer, passed: 0, hint }
    }

    /// What follows the place of this consumer, at most [`journal::MAX_FEED`] entries, without taking the place.
    pub async fn peek(&mut self) -> Result<Vec<Entry>, Error> {
        self.hint.borrow_and_update();
        let kept = row::Entity::find_by_id(self.consumer).one(self.db.read()).await?;
        let after = kept.map_or(0, |row| row.sequence);
        let from = after.max(self.passed);
        let entries = journal::read(self.db.read(), from, journal::MAX_FEED).await?;
        if from - after > LEEWAY {
            self.keep(from).await?;
        }
        Ok(entries)
    }

    /// Passes over what [`Tail::peek`] brought: nothing of it concerns this consumer.
    pub fn pass(&mut self, entries: &[Entry]) {
        self.passed = entries.last().map_or(self.passed, |last| last.sequence.max(self.passed));
    }

    /// Takes the place and reads what follows it; none when another replica was faster. Everything that the transaction
    /// writes is done by the server itself.
    pub async fn begin(&mut self, name: &'static str) -> Result<Option<Batch>, Error> {
        let tx = self.db.begin(name, &Principal::system()).await?;
        let kept = lock(&tx, self.consumer).await?;
        let entries = journal::read(&*tx, kept.max(self.passed), journal::MAX_FEED).await?;
        if entries.is_empty() {
            return Ok(None);
        }
        Ok(Some(Batch { tx, entries, consumer: self.consumer }))
    }

    /// Waits until there may be more: this process committed, or `most` has passed ([`POLL`]: others may have).
    pub async fn wait(&mut self, most: Duration) {
        // A closed channel means that the database is being closed: then the time alone bounds the loop.
        if let Ok(Err(_)) = tokio::time::timeout(most, self.hint.changed()).await {
            tokio::time::sleep(most).await;
        }
    }

    async fn keep(&self, sequence: Sequence) -> Result<(), Error> {
        let tx = self.db.begin("kernel.tail.keep", &Principal::system()).await?;
        if lock(&tx, self.consumer).await? < sequence {
            moved(&tx, self.consumer, sequence, tx.now()).await?;
        }
        tx.commit_housekeeping().await
    }
}

impl Batch {
    /// Makes the effect and the new place durable together; the sequence of the effect, if it changed any state.
    pub async fn commit(self) -> Result<Option<Sequence>, Error> {
        let Self { tx, entries, consumer } = self;
        if let Some(last) = entries.last() {
            moved(&tx, consumer, last.sequence, tx.now()).await?;
        }
        if tx.is_silent() {
            tx.commit_housekeeping().await?;
            return Ok(None);
        }
        Ok(Some(tx.commit(()).await?.sequence))
    }
}

/// The place of a consumer, locked until the transaction ends.
async fn lock(tx: &Tx, consumer: &'static str) -> Result<Sequence, Error> {
    let first = row::ActiveModel { consumer: Set(consumer.to_owned()), sequence: Set(0), moved_at: Set(0) };
    let there = OnConflict::column(row::Column::Consumer).do_nothing().to_owned();
    row::Entity::insert(first).on_conflict(there).try_insert().exec_without_returning(&**tx).await?;
    let row = row::Entity::find_by_id(consumer).lock_exclusive().one(&**tx).await?;
    row.map(|row| row.sequence).ok_or_else(|| Error::Inconsistent(format!("no cursor of {consumer}")))
}

async fn moved(tx: &Tx, consumer: &'static str, sequence: Sequence, at: Timestamp) -> Result<(), Error> {
    row::Entity::update_many()
        .col_expr(row::Column::Sequence, Expr::value(sequence))
        .col_expr(row::Column::MovedAt, Expr::value(at.micros()))
        .filter(row::Column::Consumer.eq(consumer))
        .exec(&**tx)
        .await?;
    Ok(())
}
