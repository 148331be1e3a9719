//! Searches counted: noted without waiting, joined while they are being typed, written without saying whose they were.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::error::chain;
use exemplar_kernel::{PersonId, Principal, Timestamp, Tx};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::Blueprints;
use super::search::Hit;
use crate::Error;
use crate::model::demand::{Look, OPENED, Sought, TopicId, told};
use crate::model::usage::RETENTION;
use crate::model::{BlueprintId, Visibility};
use crate::search::stems;
use crate::store::demand::{self as rows, Searches};

/// Searches that wait to be counted at the most; more are not counted, and the log says so.
const WAITING: usize = 8192;
/// People whose last search is remembered at the most.
const MAX_LOOKS: usize = 10_000;
/// How often it is looked whether searches are over.
const TICK: Duration = Duration::from_millis(500);
/// Rows that one statement writes at the most, well below what either database binds.
const BATCH: usize = 500;
/// Topics that are counted anew together.
const TOGETHER: u64 = 500;

/// What people did.
#[derive(Debug)]
enum Seen {
    Searched(PersonId, Look),
    Opened(PersonId, BlueprintId, Timestamp),
}

/// Where searches are noted: a bounded queue that no request waits for.
#[derive(Clone, Debug)]
pub(crate) struct Searched {
    sender: mpsc::Sender<Seen>,
    receiver: Arc<Mutex<mpsc::Receiver<Seen>>>,
}

impl Searched {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Arc::new(Mutex::new(receiver)) }
    }
}

/// The last search of each person, until it is over.
#[derive(Default)]
struct Looks {
    last: HashMap<PersonId, Look>,
    over: Vec<(PersonId, Look)>,
}

impl Looks {
    fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Searched(person, look) => {
                let before = self.last.insert(person, look);
                let Some(before) = before else { return };
                // What was opened was found by a search of its own, however it went on.
                if before.opened || !self.last[&person].goes_on(&before) {
                    self.over.push((person, before));
                }
            }
            Seen::Opened(person, blueprint, at) => {
                if let Some(look) = self.last.get_mut(&person)
                    && look.hits.contains(&blueprint)
                    && at.since(look.at) <= OPENED
                {
                    look.opened = true;
                }
            }
        }
    }

    /// Takes what is over by now; all of it when nothing of it can be waited for.
    fn take_over(&mut self, now: Option<Timestamp>) -> Vec<(PersonId, Look)> {
        let all = self.last.len() > MAX_LOOKS;
        let over = self.last.extract_if(|_, look| all || now.is_none_or(|now| now.since(look.at) > OPENED));
        self.over.extend(over);
        std::mem::take(&mut self.over)
    }
}

impl Blueprints {
    /// What a search by somebody who has signed in looks for.
    pub(super) fn sought(caller: &Principal, text: &str) -> Option<(PersonId, Sought)> {
        Some((caller.person?, Sought::new(text, stems(text))?))
    }

    /// Notes a search, unless what it found is not for the whole network: counts must not tell of that.
    pub(super) fn note_search(&self, (person, sought): (PersonId, Sought), missed: bool, hits: &[Hit]) {
        let of_all = |hit: &Hit| matches!(hit.blueprint.header.visibility, Visibility::Public | Visibility::Network);
        if !hits.iter().all(of_all) {
            return;
        }
        let hits = hits.iter().map(|hit| hit.blueprint.header.id).collect();
        let look = Look { sought, at: self.db.clock().now(), missed, hits, opened: false };
        if self.searched.sender.try_send(Seen::Searched(person, look)).is_err() {
            tracing::warn!("searches are made faster than they are counted; some are not");
        }
    }

    /// Notes that a blueprint was opened: it may be why somebody searched.
    pub(super) fn note_opened(&self, caller: &Principal, blueprint: BlueprintId) {
        if let Some(person) = caller.person {
            // Lost when the queue is full: the search itself counts.
            let _ = self.searched.sender.try_send(Seen::Opened(person, blueprint, self.db.clock().now()));
        }
    }

    /// Counts what was searched for until the server stops, and then the rest. Runs once a process; a crash loses the
    /// searches of the last minutes.
    pub async fn count_searches(self, stop: CancellationToken) {
        let mut receiver = self.searched.receiver.lock().await;
        let mut looks = Looks::default();
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                seen = receiver.recv() => match seen {
                    Some(seen) => looks.see(seen),
                    None => return,
                },
                _ = tick.tick() => self.count(looks.take_over(Some(self.db.clock().now()))).await,
                () = stop.cancelled() => break,
            }
        }
        while let Ok(seen) = receiver.try_recv() {
            looks.see(seen);
        }
        self.count(looks.take_over(None)).await;
    }

    /// Writes searches that are over. Those that cannot be written are lost, and the log says so.
    async fn count(&self, over: Vec<(PersonId, Look)>) {
        let mut sums: BTreeMap<_, Searches> = BTreeMap::new();
        for (person, Look { sought, at, missed, opened, .. }) in over {
            let (seeker, day) = (sought.seeker(person), at.date());
            let sum = sums.entry((sought.topic, seeker, day)).or_insert_with(|| {
                let (times, missed, opened) = (0, 0, 0);
                Searches { sought, seeker, day, times, missed, opened }
            });
            sum.times += 1;
            sum.missed += i32::from(missed);
            sum.opened += i32::from(opened);
        }
        let sums: Vec<_> = sums.into_values().collect();
        for sums in sums.chunks(BATCH) {
            if let Err(error) = self.write_searches(sums).await {
                tracing::warn!(error = chain(&error), lost = sums.len(), "searches could not be counted");
            }
        }
    }

    async fn write_searches(&self, sums: &[Searches]) -> Result<(), Error> {
        let tx = self.db.begin("blueprints.demand.count", &Principal::system()).await?;
        rows::add(&*tx, sums).await?;
        let mut missed: Vec<&Sought> = sums.iter().filter(|sum| sum.missed > 0).map(|sum| &sum.sought).collect();
        missed.dedup_by_key(|sought| sought.topic);
        let topics: Vec<TopicId> = missed.iter().map(|sought| sought.topic).collect();
        for (topic, seekers) in rows::seekers(&*tx, &topics).await? {
            let sought = missed.iter().find(|sought| sought.topic == topic);
            if let Some(sought) = sought
                && told(seekers) > 0
            {
                rows::want(&*tx, sought, tx.now()).await?;
                rows::set_seekers(&*tx, topic, told(seekers)).await?;
            }
        }
        tx.commit_housekeeping().await?;
        Ok(())
    }

    /// Forgets what was searched for longer ago than it may be remembered, and topics that are wanted no more; how many
    /// rows there were.
    pub async fn forget_searches(&self) -> Result<u64, Error> {
        let tx = self.db.begin("blueprints.demand.forget", &Principal::system()).await?;
        let forgotten = rows::forget_before(&*tx, tx.now().minus(RETENTION).date()).await?;
        if forgotten > 0 {
            recount(&tx).await?;
        }
        let unwanted = rows::forget_unwanted(&*tx).await?;
        tx.commit_housekeeping().await?;
        Ok(forgotten + unwanted)
    }
}

/// Counts anew who seeks each wanted topic.
async fn recount(tx: &Tx) -> Result<(), Error> {
    let mut after = None;
    loop {
        let topics = rows::sought_topics(&**tx, after, TOGETHER).await?;
        let Some(last) = topics.last() else { return Ok(()) };
        after = Some(*last);
        let seekers: HashMap<_, _> = rows::seekers(&**tx, &topics).await?.into_iter().collect();
        for topic in topics {
            rows::set_seekers(&**tx, topic, told(seekers.get(&topic).copied().unwrap_or(0))).await?;
        }
    }
}
