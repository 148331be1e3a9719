//! The record: enter results, tell where learners stand.

use std::collections::HashMap;
use std::slice;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Tx, Violations, Written, db::is_unique};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Academy, cohorts};
use crate::Error;
use crate::model::cohort::{Cohort, CohortId};
use crate::model::curriculum::{Curriculum, CurriculumName};
use crate::model::enrolment::{Enrolment, EnrolmentId};
use crate::model::result::{RecordResult, ResultEntry, ResultId, counting};
use crate::model::standing::{LearnerStanding, standing};
use crate::store::{curricula, enrolments, results as store};

/// Results that [`Academy::record_results`] takes at once.
pub const MAX_RESULTS: usize = 2000;

/// A learner and where they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    /// Who, and in which cohort.
    pub enrolment: Enrolment,
    /// Where they stand.
    pub standing: LearnerStanding,
}

/// An entry and what its module says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedResult {
    /// The entry.
    pub entry: ResultEntry,
    /// Whether its mark passes.
    pub passed: bool,
}

/// A result that was recorded, and where that leaves the learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The result.
    pub result: JudgedResult,
    /// The learner.
    pub learner: Learner,
}

/// The record of one learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The learner.
    pub learner: Learner,
    /// The entries that count, by the day of the work.
    pub results: Vec<JudgedResult>,
}

/// What results are recorded in and judged by: a cohort's curriculum and the entries of some of its learners.
struct Book {
    cohort: Cohort,
    curriculum: Curriculum,
    entries: HashMap<EnrolmentId, Vec<ResultEntry>>,
}

impl Academy {
    /// Records the result of one attempt at one module.
    pub async fn record_result(
        &self,
        caller: &Principal,
        record: RecordResult,
        key: Option<RequestKey>,
    ) -> Result<Written<Recorded>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.result.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let id = record.enrolment;
        let enrolment = enrolments::lock(&*tx, &[id]).await?.remove(&id).ok_or(Error::EnrolmentNotFound(id))?;
        let mut book = Book::open(&*tx, enrolment.cohort, &[id]).await?;
        let entry = book.enter(&mut tx, caller, "result", record)?;
        insert(&tx, slice::from_ref(&entry)).await?;
        let learner = book.learner(enrolment, tx.now().date());
        let recorded = Recorded { result: book.judged(entry), learner };
        Ok(tx.commit(recorded).await?)
    }

    /// Records results of one cohort's learners, all of them or none; how many they were.
    pub async fn record_results(
        &self,
        caller: &Principal,
        cohort: CohortId,
        records: Vec<RecordResult>,
    ) -> Result<Written<usize>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut violations = Violations::new();
        violations.at_most("results", &records, MAX_RESULTS);
        violations.check()?;
        if records.is_empty() {
            return Ok(Written { value: 0, sequence: 0 });
        }
        let mut tx = self.db.begin("academy.result.record_all", caller).await?;
        let ids: Vec<_> = records.iter().map(|record| record.enrolment).collect();
        let mut learners = enrolments::lock(&*tx, &ids).await?;
        learners.retain(|_, enrolment| enrolment.cohort == cohort);
        let ids: Vec<_> = learners.keys().copied().collect();
        let mut book = Book::open(&*tx, cohort, &ids).await?;
        let mut entries = Vec::with_capacity(records.len());
        for (i, record) in records.into_iter().enumerate() {
            if !learners.contains_key(&record.enrolment) {
                return Err(Error::EnrolmentNotFound(record.enrolment));
            }
            entries.push(book.enter(&mut tx, caller, &format!("results[{i}]"), record)?);
        }
        insert(&tx, &entries).await?;
        Ok(tx.commit(entries.len()).await?)
    }

    /// The record of one learner: anybody's for the academy, their own for others.
    pub async fn record(&self, caller: &Principal, id: EnrolmentId) -> Result<Record, Error> {
        let enrolment = self.enrolment(caller, id).await?;
        let book = Book::open(self.db.read(), enrolment.cohort, &[id]).await?;
        let mut results: Vec<_> = counting(book.of(id)).into_iter().cloned().collect();
        results.sort_by_key(|entry| (entry.date, entry.recorded));
        Ok(Record {
            learner: book.learner(enrolment, self.today()),
            results: results.into_iter().map(|entry| book.judged(entry)).collect(),
        })
    }

    /// Where the learners of a cohort stand, by name: all of them for the academy, themselves for others.
    pub async fn list_standings(
        &self,
        caller: &Principal,
        cohort: CohortId,
        paging: &Paging,
    ) -> Result<Page<Learner>, Error> {
        let page = self.list_enrolments(caller, cohort, paging).await?;
        let ids: Vec<_> = page.items.iter().map(|enrolment| enrolment.id).collect();
        let book = Book::open(self.db.read(), cohort, &ids).await?;
        Ok(page.map(|enrolment| book.learner(enrolment, self.today())))
    }

    fn today(&self) -> Date {
        self.db.clock().now().date()
    }
}

impl Book {
    async fn open(db: &impl ConnectionTrait, cohort: CohortId, enrolments: &[EnrolmentId]) -> Result<Self, Error> {
        let cohort = cohorts::find(db, cohort).await?;
        let name = CurriculumName::Revision(cohort.curriculum.clone());
        let curriculum = curricula::find(db, &name).await?;
        let curriculum = curriculum.ok_or_else(|| exemplar_kernel::Error::Inconsistent(format!("no {name}")))?;
        Ok(Self { cohort, curriculum, entries: store::of(db, enrolments).await? })
    }

    fn of(&self, enrolment: EnrolmentId) -> &[ResultEntry] {
        self.entries.get(&enrolment).map_or(&[], Vec::as_slice)
    }

    /// The entry that `record` becomes, with its place in the journal; the next one is judged with it.
    fn enter(
        &mut self,
        tx: &mut Tx,
        caller: &Principal,
        path: &str,
        record: RecordResult,
    ) -> Result<ResultEntry, Error> {
        let entries = self.entries.entry(record.enrolment).or_default();
        let today = tx.now().date();
        let entry = record.entry(path, &self.curriculum, self.cohort.start_date, entries, today)?;
        let RecordResult { enrolment, module, attempt, mark, date, correction } = record;
        let id = ResultId::new(tx.id());
        let (recorded, recorded_by) = (tx.now(), caller.person);
        let entry =
            ResultEntry { id, enrolment, module, attempt, entry, mark, date, correction, recorded, recorded_by };
        let mut change = Change::new("academy.result.record", &entry.id).after(&entry);
        let replaced = counting(entries).into_iter().find(|old| (&old.module, old.attempt) == (&entry.module, attempt));
        if let Some(replaced) = replaced {
            change = change.before(replaced);
        }
        tx.append(change);
        entries.push(entry.clone());
        Ok(entry)
    }

    fn learner(&self, enrolment: Enrolment, today: Date) -> Learner {
        let entries = self.of(enrolment.id);
        Learner { standing: standing(&self.curriculum, self.cohort.start_date, entries, today), enrolment }
    }

    fn judged(&self, entry: ResultEntry) -> JudgedResult {
        let module = self.curriculum.module(&entry.module);
        JudgedResult { passed: module.is_some_and(|module| module.is_passed_with(entry.mark)), entry }
    }
}

/// Adds entries. The learners are locked, so the unique index refuses only what was written past the lock; a retry
/// meets that entry and says so.
async fn insert(tx: &Tx, entries: &[ResultEntry]) -> Result<(), exemplar_kernel::Error> {
    store::insert_all(&**tx, entries)
        .await
        .map_err(|error| if is_unique(&error) { exemplar_kernel::Error::Busy } else { error.into() })
}
