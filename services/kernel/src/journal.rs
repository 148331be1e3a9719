//! The journal: every change of state, in commit order, chained by hashes; at once the feed that everything derived
//! tails and the audit that people read.
//!
//! Sequence and head hash live in the one row of `journal_head`. [`crate::Tx::commit`] takes it as its last lock, so
//! commit order is sequence order, there are no gaps, and nothing deadlocks. What changed (before, after) lies in
//! `journal_detail`, salted into the digest, so that a person's erasure leaves the chain whole.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, QueryOrder as _, QuerySelect as _, Statement};
use serde::Serialize;

use crate::digest::{self, Digest};
use crate::{Chance, Error, OrganisationId, Timestamp};

/// A place in the journal: 1 for the first change ever, one more for each that follows.
pub type Sequence = i64;

/// Rows that one read of the feed brings at the most.
pub const MAX_FEED: u64 = 500;

/// Rows that one statement inserts at the most: well below the parameters that either database binds.
const BATCH: usize = 500;

/// One change of state, to be appended when its transaction commits.
#[derive(Clone, Debug)]
pub struct Change {
    verb: &'static str,
    resource: String,
    on_behalf: Option<OrganisationId>,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

/// A row of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub sequence: Sequence,
    /// When it was committed.
    pub at: Timestamp,
    /// Who did it: a person's resource name, `system` or `anonymous`.
    pub actor: String,
    /// The organisation on whose behalf.
    pub on_behalf: Option<String>,
    /// What was done, `<context>.<noun>.<verb>`.
    pub verb: String,
    /// The resource it was done to.
    pub resource: String,
}

impl Change {
    /// A change of `resource` by `verb` (`<context>.<noun>.<verb>`, in lower case).
    pub fn new(verb: &'static str, resource: &impl ToString) -> Self {
        Self { verb, resource: resource.to_string(), on_behalf: None, before: None, after: None }
    }

    /// Says on whose behalf it was done.
    #[must_use]
    pub fn on_behalf(mut self, organisation: &OrganisationId) -> Self {
        self.on_behalf = Some(organisation.clone());
        self
    }

    /// Keeps what was there before. Never give it a secret.
    #[must_use]
    pub fn before(mut self, before: &impl Serialize) -> Self {
        self.before = serde_json::to_value(before).ok();
        self
    }

    /// Keeps what is there now. Never give it a secret.
    #[must_use]
    pub fn after(mut self, after: &impl Serialize) -> Self {
        self.after = serde_json::to_value(after).ok();
        self
    }
}

mod row {
    //! The journal's tables.
    pub(super) mod journal {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "journal")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub sequence: i64,
            pub at: i64,
            pub actor: String,
            pub on_behalf: Option<String>,
            pub verb: String,
            pub resource: String,
            pub digest: Vec<u8>,
            pub hash: Vec<u8>,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
    pub(super) mod detail {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "journal_detail")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub sequence: i64,
            pub salt: Vec<u8>,
            #[sea_orm(column_type = "Text", nullable)]
            pub before: Option<String>,
            #[sea_orm(column_type = "Text", nullable)]
            pub after: Option<String>,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}

/// Takes the head, appends `changes`, moves the head on. Called by commit and by nothing else.
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    actor: &str,
    at: Timestamp,
    changes: Vec<Change>,
    chance: &Chance,
) -> Result<Sequence, Error> {
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let (mut sequence, mut hash) = take_head(tx, count).await?;
    let mut rows = Vec::with_capacity(changes.len());
    let mut details = Vec::with_capacity(changes.len());
    for change in changes {
        sequence += 1;
        let salt = chance.bytes::<16>();
        let before = change.before.map(|value| value.to_string());
        let after = change.after.map(|value| value.to_string());
        let mut row = row::journal::Model {
            sequence,
            at: at.micros(),
            actor: actor.to_owned(),
            on_behalf: change.on_behalf.map(|organisation| organisation.to_string()),
            verb: change.verb.to_owned(),
            resource: change.resource,
            digest: detail_digest(&salt, before.as_deref(), after.as_deref()).to_vec(),
            hash: Vec::new(),
        };
        hash = chained(&hash, &row).to_vec();
        row.hash.clone_from(&hash);
        rows.push(row::journal::ActiveModel::from(row).reset_all());
        details.push(row::detail::ActiveModel {
            sequence: Set(sequence),
            salt: Set(salt.to_vec()),
            before: Set(before),
            after: Set(after),
        });
    }
    for rows in rows.chunks(BATCH) {
        row::journal::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    for details in details.chunks(BATCH) {
        row::detail::Entity::insert_many(details.to_vec()).exec_without_returning(tx).await?;
    }
    let head = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE journal_head SET hash = $1 WHERE id = 1",
        [hash.into()],
    );
    tx.execute_raw(head).await?;
    Ok(sequence)
}

/// Locks the head and moves its sequence by `count`; the sequence and the hash from before.
async fn take_head(tx: &DatabaseTransaction, count: i64) -> Result<(Sequence, Vec<u8>), Error> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE journal_head SET sequence = sequence + $1 WHERE id = 1 RETURNING sequence, hash",
        [count.into()],
    );
    let row = tx.query_one_raw(statement).await?.ok_or_else(|| Error::Inconsistent("no journal head".to_owned()))?;
    let sequence: i64 = row.try_get("", "sequence")?;
    Ok((sequence - count, row.try_get("", "hash")?))
}

fn detail_digest(salt: &[u8], before: Option<&str>, after: Option<&str>) -> Digest {
    let mark = |text: Option<&str>| text.map_or_else(|| b"0".to_vec(), |text| [b"1", text.as_bytes()].concat());
    digest::of([salt, mark(before).as_slice(), mark(after).as_slice()])
}

fn chained(previous: &[u8], row: &row::journal::Model) -> Digest {
    digest::of([
        previous,
        &row.sequence.to_be_bytes(),
        &row.at.to_be_bytes(),
        row.actor.as_bytes(),
        row.on_behalf.as_deref().unwrap_or_default().as_bytes(),
        row.verb.as_bytes(),
        row.resource.as_bytes(),
        &row.digest,
    ])
}

/// The last sequence that is committed; 0 when there is none.
pub async fn head(db: &impl ConnectionTrait) -> Result<Sequence, Error> {
    let statement = Statement::from_string(db.get_database_backend(), "SELECT sequence FROM journal_head WHERE id = 1");
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Error::Inconsistent("no journal head".to_owned()))?;
    Ok(row.try_get("", "sequence")?)
}

/// The entries after `after`, in order, at most `limit` of them (and [`MAX_FEED`]).
pub async fn read(db: &impl ConnectionTrait, after: Sequence, limit: u64) -> Result<Vec<Entry>, Error> {
    let rows = row::journal::Entity::find()
        .filter(row::journal::Column::Sequence.gt(after))
        .order_by_asc(row::journal::Column::Sequence)
        .limit(limit.min(MAX_FEED))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// What a change made of its resource, as far as it was kept and not erased since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The resource before.
    pub before: Option<serde_json::Value>,
    /// The resource after.
    pub after: Option<serde_json::Value>,
}

/// What some changes made of their resources, by sequence; those that kept nothing are left out.
pub async fn details(db: &impl ConnectionTrait, sequences: &[Sequence]) -> Result<HashMap<Sequence, Detail>, Error> {
    let mut found = HashMap::with_capacity(sequences.len());
    for sequences in sequences.chunks(BATCH) {
        let rows = row::detail::Entity::find()
            .filter(row::detail::Column::Sequence.is_in(sequences.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let read = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
            found.insert(row.sequence, Detail { before: read(row.before), after: read(row.after) });
        }
    }
    Ok(found)
}

/// The changes that one actor made with some verbs, before `before`, newest first, at most `limit` of them.
pub async fn by_actor(
    db: &impl ConnectionTrait,
    actor: &str,
    verbs: &[&str],
    before: Option<Sequence>,
    limit: u64,
) -> Result<Vec<Entry>, Error> {
    use row::journal::Column;
    let mut query = row::journal::Entity::find()
        .filter(Column::Actor.eq(actor))
        .filter(Column::Verb.is_in(verbs.iter().copied()))
        .limit(limit.min(MAX_FEED));
    if let Some(before) = before {
        query = query.filter(Column::Sequence.lt(before));
    }
    let rows = query.order_by_desc(Column::Sequence).all(db).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The changes of one resource by verbs that begin so, after `after`, in order, at most `limit` of them.
pub async fn history(
    db: &impl ConnectionTrait,
    resource: &str,
    verbs: &str,
    after: Sequence,
    limit: u64,
) -> Result<Vec<Entry>, Error> {
    let rows = row::journal::Entity::find()
        .filter(row::journal::Column::Resource.eq(resource))
        .filter(row::journal::Column::Verb.starts_with(verbs))
        .filter(row::journal::Column::Sequence.gt(after))
        .order_by_asc(row::journal::Column::Sequence)
        .limit(limit.min(MAX_FEED))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Every change of some resources, in order.
pub async fn about(db: &impl ConnectionTrait, resources: &[String]) -> Result<Vec<Entry>, Error> {
    let query = row::journal::Entity::find().filter(row::journal::Column::Resource.is_in(resources));
    let rows = query.order_by_asc(row::journal::Column::Sequence).all(db).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Follows the chain from its beginning and says the first place where it is broken.
///
/// # Errors
/// When the database fails; a broken chain is not an error but an answer.
pub async fn verify(db: &impl ConnectionTrait, mut progress: impl FnMut(Sequence)) -> Result<Verdict, Error> {
    let (mut sequence, mut hash, mut erased) = (0, vec![0_u8; 32], 0);
    loop {
        let rows = row::journal::Entity::find()
            .filter(row::journal::Column::Sequence.gt(sequence))
            .order_by_asc(row::journal::Column::Sequence)
            .limit(MAX_FEED)
            .all(db)
            .await?;
        let Some(last) = rows.last() else { break };
        let mut details: HashMap<Sequence, row::detail::Model> = row::detail::Entity::find()
            .filter(row::detail::Column::Sequence.gt(sequence))
            .filter(row::detail::Column::Sequence.lte(last.sequence))
            .all(db)
            .await?
            .into_iter()
            .map(|detail| (detail.sequence, detail))
            .collect();
        erased += rows.len().saturating_sub(details.len());
        for row in rows {
            let whole = row.sequence == sequence + 1
                && chained(&hash, &row).as_slice() == row.hash
                && details.remove(&row.sequence).is_none_or(|detail| {
                    detail_digest(&detail.salt, detail.before.as_deref(), detail.after.as_deref()).as_slice()
                        == row.digest
                });
            if !whole {
                return Ok(Verdict::Broken { at: sequence + 1 });
            }
            (sequence, hash) = (row.sequence, row.hash);
        }
        progress(sequence);
    }
    let statement =
        Statement::from_string(db.get_database_backend(), "SELECT sequence, hash FROM journal_head WHERE id = 1");
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Error::Inconsistent("no journal head".to_owned()))?;
    let (head, head_hash): (i64, Vec<u8>) = (row.try_get("", "sequence")?, row.try_get("", "hash")?);
    Ok(if (head, &head_hash) == (sequence, &hash) {
        Verdict::Whole { head, erased }
    } else {
        Verdict::Broken { at: sequence + 1 }
    })
}

/// What [`verify`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry follows from the one before.
    Whole {
        /// The last sequence.
        head: Sequence,
        /// Entries whose change was erased since: the chain holds, and of these it does not say any more what changed.
        erased: usize,
    },
    /// The first place that was edited, removed or put in.
    Broken {
        /// That place.
        at: Sequence,
    },
}

impl From<row::journal::Model> for Entry {
    fn from(row: row::journal::Model) -> Self {
        Self {
            sequence: row.sequence,
            at: Timestamp::from_micros(row.at),
            actor: row.actor,
            on_behalf: row.on_behalf,
            verb: row.verb,
            resource: row.resource,
        }
    }
}
