//! `request_id`: the same id again brings the first answer, and does nothing twice.

use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::{self, Digest};
use crate::journal::Sequence;
use crate::{Db, Error, Principal, Tx, Violations, Written};

/// How long a `request_id` is remembered.
pub const RETENTION: Duration = Duration::from_hours(7 * 24);
/// A `request_id`'s length at the most, in characters.
pub const MAX_REQUEST_ID: usize = 64;

/// What makes a request the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    id: String,
    digest: Digest,
}

/// What [`Db::once`] found.
#[derive(Debug)]
pub enum Once<T> {
    /// It is new: go on with this transaction.
    First(Tx),
    /// It was done before; this was the answer.
    Again(Written<T>),
}

/// The place where the answer of the present transaction will be kept.
#[derive(Debug)]
pub(crate) struct Slot {
    caller: String,
    id: String,
}

impl RequestKey {
    /// Reads a request's `request_id`; none when it is empty. `message` is the whole request, which must be the same
    /// when the id comes again.
    pub fn parse(violations: &mut Violations, request_id: &str, message: &impl prost::Message) -> Option<Self> {
        if request_id.is_empty() {
            return None;
        }
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if request_id.len() > MAX_REQUEST_ID || !request_id.chars().all(good) {
            violations.add(
                "request_id",
                format!("must be at most {MAX_REQUEST_ID} letters, digits, hyphens, dots or underscores"),
            );
        }
        Some(Self { id: request_id.to_owned(), digest: digest::of([message.encode_to_vec().as_slice()]) })
    }
}

mod row {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "replay")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub caller: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: String,
        pub verb: String,
        pub digest: Vec<u8>,
        pub at: i64,
        pub sequence: Option<i64>,
        #[sea_orm(column_type = "Text", nullable)]
        pub answer: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Db {
    /// Begins a transaction that is done once per caller and `request_id`; without a key it is a plain one.
    ///
    /// The row of the id is written first: of two requests at once the second waits for the first to commit and then
    /// finds its answer.
    ///
    /// # Errors
    /// [`Error::RequestReused`] when the id came with another request before.
    pub async fn once<T: DeserializeOwned>(
        &self,
        verb: &'static str,
        caller: &Principal,
        key: Option<&RequestKey>,
    ) -> Result<Once<T>, Error> {
        let mut tx = self.begin(verb, caller).await?;
        let Some(key) = key else { return Ok(Once::First(tx)) };
        let row = row::ActiveModel {
            caller: Set(caller.actor()),
            request_id: Set(key.id.clone()),
            verb: Set(verb.to_owned()),
            digest: Set(key.digest.to_vec()),
            at: Set(tx.now().micros()),
            sequence: Set(None),
            answer: Set(None),
        };
        let conflict = OnConflict::columns([row::Column::Caller, row::Column::RequestId]).do_nothing().to_owned();
        let inserted = row::Entity::insert(row).on_conflict(conflict).try_insert().exec_without_returning(&*tx).await?;
        if matches!(inserted, sea_orm::TryInsertResult::Inserted(1)) {
            tx.answers(Slot { caller: caller.actor(), id: key.id.clone() });
            return Ok(Once::First(tx));
        }
        let earlier = row::Entity::find_by_id((caller.actor(), key.id.clone())).one(&*tx).await?;
        earlier.map_or_else(|| Err(Error::Busy), |earlier| answer_of(earlier, verb, key).map(Once::Again))
    }

    /// Forgets the ids that are older than [`RETENTION`]; how many there were.
    pub async fn forget_requests(&self) -> Result<u64, Error> {
        let tx = self.begin("kernel.forget_requests", &Principal::system()).await?;
        let horizon = tx.now().minus(RETENTION).micros();
        let done = row::Entity::delete_many().filter(row::Column::At.lt(horizon)).exec(&*tx).await?;
        tx.commit_housekeeping().await?;
        Ok(done.rows_affected)
    }
}

fn answer_of<T: DeserializeOwned>(row: row::Model, verb: &str, key: &RequestKey) -> Result<Written<T>, Error> {
    if row.verb != verb || row.digest != key.digest {
        return Err(Error::RequestReused);
    }
    let (Some(sequence), Some(answer)) = (row.sequence, row.answer) else { return Err(Error::Busy) };
    let value =
        serde_json::from_str(&answer).map_err(|error| Error::Inconsistent(format!("answer of {verb}: {error}")))?;
    Ok(Written { value, sequence })
}

impl Slot {
    pub(crate) async fn fill<T: Serialize>(
        self,
        tx: &DatabaseTransaction,
        sequence: Sequence,
        value: &T,
    ) -> Result<(), Error> {
        let answer = serde_json::to_string(value)
            .map_err(|error| Error::Inconsistent(format!("an answer that cannot be kept: {error}")))?;
        row::Entity::update_many()
            .col_expr(row::Column::Sequence, Expr::value(sequence))
            .col_expr(row::Column::Answer, Expr::value(answer))
            .filter(row::Column::Caller.eq(self.caller))
            .filter(row::Column::RequestId.eq(self.id))
            .exec(tx)
            .await?;
        Ok(())
    }
}
