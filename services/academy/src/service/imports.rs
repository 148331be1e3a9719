//! Long files of back-dated entries, of any number of cohorts, written in batches with progress.
//!
//! Each batch is one transaction: after a kill every row is there whole or not at all, and the same file again writes
//! what is missing and nothing twice.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use exemplar_kernel::sheet::Limits;
use exemplar_kernel::{NetworkRole, Principal};
use tokio::sync::mpsc;

use super::Academy;
use super::book::CohortBook;
use super::sheets::{Entries, Source, judge_learner, read, write_batch};
use crate::Error;
use crate::model::batch::BatchId;
use crate::model::enrolment::EnrolmentId;
use crate::model::grid::{CellOutcome, CellVerdict, Stamp, Wish, read_long};
use crate::store::enrolments;

/// Rows of one transaction.
const STEP: usize = 10_000;
/// Verdicts on rows that cannot be used that one step of progress names; the others are counted.
pub const MAX_NAMED: usize = 200;

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the file.
    pub rows: usize,
    /// Rows that are done.
    pub done: usize,
    /// Rows that were new.
    pub new: usize,
    /// Rows that replaced what was recorded.
    pub changed: usize,
    /// Rows that said what was recorded already.
    pub unchanged: usize,
    /// Rows that cannot be used; nothing was written of them.
    pub unusable: usize,
    /// Why, since the last step, at most [`MAX_NAMED`].
    pub verdicts: Vec<CellVerdict>,
    /// The last change of the journal so far; 0 when nothing was written.
    pub sequence: i64,
}

impl Academy {
    /// Imports a long file. Progress is told after each transaction; the import goes on when nobody listens.
    ///
    /// # Errors
    /// When the file as a whole cannot be read; later failures come after the progress that was made.
    pub async fn import(
        &self,
        caller: &Principal,
        file: Vec<u8>,
        validate_only: bool,
    ) -> Result<mpsc::Receiver<Result<Progress, Error>>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let sheet = read(Source::File(file), Limits::BULK).await?;
        let rows = sheet.rows.len();
        let (wishes, verdicts) = read_long(&sheet).map_err(Error::SheetUnreadable)?;
        drop(sheet);
        let (sender, receiver) = mpsc::channel(64);
        let (academy, caller) = (self.clone(), caller.clone());
        tokio::spawn(async move {
            if let Err(error) = academy.import_all(&caller, rows, wishes, verdicts, validate_only, &sender).await {
                // Nobody may be listening any more.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }

    async fn import_all(
        &self,
        caller: &Principal,
        rows: usize,
        wishes: Vec<Wish>,
        unread: Vec<CellVerdict>,
        validate_only: bool,
        sender: &mpsc::Sender<Result<Progress, Error>>,
    ) -> Result<(), Error> {
        let mut progress = Progress { rows, ..Progress::default() };
        progress.count(unread);
        let mut wishes = wishes.into_iter().peekable();
        while wishes.peek().is_some() {
            let step: Vec<Wish> = wishes.by_ref().take(STEP).collect();
            self.import_step(caller, step, validate_only, &mut progress).await?;
            tell(&mut progress, sender).await;
        }
        if progress.done == 0 || !progress.verdicts.is_empty() {
            tell(&mut progress, sender).await;
        }
        Ok(())
    }

    async fn import_step(
        &self,
        caller: &Principal,
        wishes: Vec<Wish>,
        validate_only: bool,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let mut named: BTreeMap<EnrolmentId, Vec<Wish>> = BTreeMap::new();
        let mut verdicts = Vec::with_capacity(wishes.len());
        for wish in wishes {
            match enrolment(&wish.learner) {
                Some(id) => named.entry(id).or_default().push(wish),
                None => verdicts.push(unknown(wish)),
            }
        }
        let mut tx = self.db.begin("academy.record.import", caller).await?;
        let ids: Vec<_> = named.keys().copied().collect();
        let learners = enrolments::lock(&*tx, &ids).await?;
        let records = self.learner_records(&*tx, learners.values()).await?;
        let mut books: HashMap<_, Arc<CohortBook>> = HashMap::new();
        let id = BatchId::new(tx.id());
        let stamp = Stamp { now: tx.now(), by: caller.person, batch: Some(id) };
        let (mut entries, mut changed) = (Entries::default(), Vec::new());
        for (id, wishes) in named {
            let Some(learner) = learners.get(&id) else {
                verdicts.extend(wishes.into_iter().map(unknown));
                continue;
            };
            let book = match books.entry(learner.cohort) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.book(&*tx, learner.cohort).await?),
            };
            let mut record = records.get(&id).map(|record| (**record).clone()).unwrap_or_default();
            let before = entries.count();
            verdicts.extend(judge_learner(book, learner, &mut record, wishes, stamp, &mut entries, || tx.id()));
            if entries.count() > before {
                changed.push((id, learner.version, record));
            }
        }
        if !validate_only && entries.count() > 0 {
            // A file of one cohort is that cohort's batch.
            let mut cohorts = books.keys();
            let cohort = match (cohorts.next(), cohorts.next()) {
                (Some(only), None) => Some(*only),
                _ => None,
            };
            let what = "import of back-dated entries".to_owned();
            write_batch(&mut tx, caller, id, cohort, what, entries).await?;
            progress.sequence = tx.commit(()).await?.sequence;
            self.written(changed);
        }
        progress.count(verdicts);
        Ok(())
    }
}

async fn tell(progress: &mut Progress, sender: &mpsc::Sender<Result<Progress, Error>>) {
    let _ = sender.send(Ok(progress.clone())).await;
    progress.verdicts.clear();
}

fn enrolment(word: &str) -> Option<EnrolmentId> {
    EnrolmentId::parse(word).ok().or_else(|| EnrolmentId::parse(&format!("enrolments/{word}")).ok())
}

fn unknown(wish: Wish) -> CellVerdict {
    let message = format!("there is no enrolment {:?}", wish.learner);
    CellVerdict { row: wish.row, column: wish.column, outcome: CellOutcome::UnknownPerson, message }
}

impl Progress {
    fn count(&mut self, mut verdicts: Vec<CellVerdict>) {
        verdicts.sort_by_key(|verdict| verdict.row);
        self.done += verdicts.len();
        for verdict in verdicts {
            match verdict.outcome {
                CellOutcome::New => self.new += 1,
                CellOutcome::Changed => self.changed += 1,
                CellOutcome::Unchanged => self.unchanged += 1,
                CellOutcome::UnknownPerson | CellOutcome::Invalid => {
                    self.unusable += 1;
                    if self.verdicts.len() < MAX_NAMED {
                        self.verdicts.push(verdict);
                    }
                }
            }
        }
    }
}
