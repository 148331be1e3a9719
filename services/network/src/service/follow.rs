//! What the journal tells the network: milestones that an event completes, gifts for the ledger, successions to follow.

use exemplar_kernel::journal::{self, Detail, Entry};
use exemplar_kernel::tail::{self, Follower};
use exemplar_kernel::{Change, Principal, Tail, Tx};
use time::Date;

use super::Network;
use super::succession::succeed;
use crate::model::ledger;
use crate::store::ledger::{self as book, Due};
use crate::store::{milestones, pairings};
use crate::{Error, Milestone};

/// The name under which the network's place in the journal is kept.
const CONSUMER: &str = "network";
/// What the directory writes when one organisation carries on another.
const SUCCESSION: &str = "directory.organisation.record_succession";

/// The network as it follows the journal.
struct Following {
    network: Network,
    /// The day for which silent sides were reminded.
    reminded: Option<Date>,
}

impl Follower for Following {
    type Error = Error;

    async fn look(&mut self, tail: &mut Tail) -> Result<bool, Error> {
        if self.network.follow_once(tail).await? {
            return Ok(true);
        }
        let today = self.network.db.clock().now().date();
        if self.reminded != Some(today) {
            self.network.remind().await?;
            self.reminded = Some(today);
        }
        Ok(false)
    }
}

impl Network {
    /// Follows the journal and the clock until `stop` is ready: completes milestones, counts gifts, follows successions,
    /// lets proposals expire, reminds the silent. It stops between transactions, never inside one.
    pub async fn follow(self, stop: impl Future<Output = ()> + Send) {
        let tail = Tail::new(self.db.clone(), CONSUMER);
        tail::follow(tail, Following { network: self, reminded: None }, stop).await;
    }

    /// One look at the journal and, when there is nothing in it, at the clock; whether there was anything to read.
    async fn follow_once(&self, tail: &mut Tail) -> Result<bool, Error> {
        let entries = tail.peek().await?;
        if entries.is_empty() {
            self.succeed_due().await?;
            self.expire().await?;
            return Ok(false);
        }
        if !self.concerns(&entries).await? {
            tail.pass(&entries);
            return Ok(true);
        }
        let Some(mut batch) = tail.begin("network.follow").await? else { return Ok(true) };
        let told: Vec<_> =
            batch.entries.iter().filter(|entry| tells(&entry.verb)).map(|entry| entry.sequence).collect();
        let details = journal::details(&*batch.tx, &told).await?;
        for entry in batch.entries.clone() {
            self.heard(&mut batch.tx, &entry, details.get(&entry.sequence)).await?;
        }
        complete(&mut batch.tx, &batch.entries).await?;
        batch.commit().await?;
        Ok(true)
    }

    async fn concerns(&self, entries: &[Entry]) -> Result<bool, Error> {
        if entries.iter().any(|entry| tells(&entry.verb)) {
            return Ok(true);
        }
        Ok(!milestones::waiting(self.db.read(), &verbs(entries)).await?.is_empty())
    }

    async fn heard(&self, tx: &mut Tx, entry: &Entry, detail: Option<&Detail>) -> Result<(), Error> {
        for given in ledger::given(entry, detail) {
            book::add(&**tx, &given).await?;
        }
        if entry.verb == SUCCESSION
            && let Some(due) = succession(detail)
        {
            book::note(&**tx, &due).await?;
        }
        Ok(())
    }

    /// Follows every succession whose day has come, one transaction each.
    async fn succeed_due(&self) -> Result<(), Error> {
        let today = self.db.clock().now().date();
        for due in book::due(self.db.read(), today).await? {
            let mut tx = self.db.begin("network.succession.follow", &Principal::system()).await?;
            if book::followed(&*tx, &due, tx.now()).await? {
                succeed(&mut tx, &due).await?;
                tx.commit(()).await?;
            }
        }
        Ok(())
    }
}

/// Whether an entry of this verb may concern the network, whatever its milestones.
fn tells(verb: &str) -> bool {
    verb == SUCCESSION || ledger::concerns(verb)
}

fn verbs(entries: &[Entry]) -> Vec<String> {
    let mut verbs: Vec<_> = entries.iter().map(|entry| entry.verb.clone()).collect();
    verbs.sort();
    verbs.dedup();
    verbs
}

fn succession(detail: Option<&Detail>) -> Option<Due> {
    let told: exemplar_directory::Succession = serde_json::from_value(detail?.after.clone()?).ok()?;
    let exemplar_directory::Succession { predecessor, successor, date, source } = told;
    Some(Due { predecessor, successor, date, source })
}

/// Completes the milestones that waited for one of these entries.
async fn complete(tx: &mut Tx, entries: &[Entry]) -> Result<(), Error> {
    let waiting = milestones::waiting(&**tx, &verbs(entries)).await?;
    let mut ids: Vec<_> = waiting.iter().map(|milestone| milestone.pairing).collect();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let standing = pairings::lock_all(&**tx, &ids).await?;
    // Read again under the lock: somebody may have closed one by hand.
    for milestone in milestones::waiting(&**tx, &verbs(entries)).await? {
        let Some(pairing) = standing.iter().find(|pairing| pairing.id == milestone.pairing) else { continue };
        let Some(entry) = entries.iter().find(|entry| milestone.is_met_by(entry, pairing)) else { continue };
        let met = met(milestone, entry)?;
        milestones::update(&**tx, &met).await?;
        let owner = pairing.terms.side(met.owner);
        tx.append(Change::new("network.milestone.complete", &pairing.id).on_behalf(owner).after(&met));
    }
    Ok(())
}

fn met(milestone: Milestone, entry: &Entry) -> Result<Milestone, Error> {
    let evidence = format!("{} of {}, change {} of the journal", entry.verb, entry.resource, entry.sequence);
    milestone.meet(evidence, Some(entry.sequence), entry.at)
}
