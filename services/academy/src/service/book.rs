//! What records are judged by, read once and remembered by version.
//!
//! A curriculum's revision never changes; a cohort and each enrolment carry a version that goes up, in the same
//! transaction, with every change of what hangs on them. What was read beside a version is used again while the row
//! still says the same version, so that a cohort's standing costs two queries and no entry is read twice. Whoever writes
//! entries under the lock has the record in hand as it will be, and hands it over with the commit ([`Academy::written`]):
//! else a sheet for a whole cohort would have all of its entries read again by whoever looks next.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use exemplar_kernel::Tx;
use moka::sync::Cache;
use sea_orm::ConnectionTrait;

use super::Academy;
use crate::Error;
use crate::model::cohort::{Cohort, CohortId};
use crate::model::curriculum::{Curriculum, CurriculumName, RevisionId};
use crate::model::enrolment::{Enrolment, EnrolmentId};
use crate::model::session::TeachingSession;
use crate::model::standing::{LearnerRecord, Taught};
use crate::store::{attendance, cohorts, curricula, enrolments, results, rulings, sessions};

/// Records remembered at the most; each is some 10 KB.
const RECORDS: u64 = 20_000;
/// Cohorts and revisions remembered at the most.
const COHORTS: u64 = 1_000;

/// How long a record is remembered that nobody looks at: what was deleted by age, years after, is gone here as well.
const IDLE: std::time::Duration = std::time::Duration::from_hours(1);

/// What a cohort is taught, and when.
#[derive(Debug)]
pub(super) struct CohortBook {
    pub(super) cohort: Cohort,
    pub(super) curriculum: Arc<Curriculum>,
    pub(super) sessions: Vec<TeachingSession>,
}

/// What was read, with the version that it was read beside.
pub(super) struct Remembered {
    revisions: Cache<RevisionId, Arc<Curriculum>>,
    cohorts: Cache<CohortId, Arc<CohortBook>>,
    records: Cache<EnrolmentId, (i64, Arc<LearnerRecord>)>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            revisions: Cache::new(COHORTS),
            cohorts: Cache::new(COHORTS),
            records: Cache::builder().max_capacity(RECORDS).time_to_idle(IDLE).build(),
        }
    }
}

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl CohortBook {
    pub(super) fn taught(&self) -> Taught<'_> {
        Taught { curriculum: &self.curriculum, start_date: self.cohort.start_date, sessions: &self.sessions }
    }

    /// The sessions by their codes in capitals.
    pub(super) fn by_code(&self) -> HashMap<String, &TeachingSession> {
        self.sessions.iter().map(|session| (session.code.to_uppercase(), session)).collect()
    }
}

impl Academy {
    /// What a cohort is taught, and when.
    pub(super) async fn book(&self, db: &impl ConnectionTrait, id: CohortId) -> Result<Arc<CohortBook>, Error> {
        let cohort = cohorts::find(db, id).await?.ok_or(Error::CohortNotFound(id))?;
        self.book_of(db, cohort).await
    }

    /// The same for a cohort that was just read.
    pub(super) async fn book_of(&self, db: &impl ConnectionTrait, cohort: Cohort) -> Result<Arc<CohortBook>, Error> {
        if let Some(book) = self.remembered.cohorts.get(&cohort.id).filter(|book| book.cohort.version == cohort.version)
        {
            return Ok(book);
        }
        let curriculum = self.revision(db, &cohort.curriculum).await?;
        let sessions = sessions::of(db, &[cohort.id]).await?;
        let book = Arc::new(CohortBook { cohort, curriculum, sessions });
        self.remembered.cohorts.insert(book.cohort.id, Arc::clone(&book));
        Ok(book)
    }

    async fn revision(&self, db: &impl ConnectionTrait, id: &RevisionId) -> Result<Arc<Curriculum>, Error> {
        if let Some(found) = self.remembered.revisions.get(id) {
            return Ok(found);
        }
        let name = CurriculumName::Revision(id.clone());
        let found = curricula::find(db, &name).await?;
        let found = Arc::new(found.ok_or_else(|| exemplar_kernel::Error::Inconsistent(format!("no {name}")))?);
        self.remembered.revisions.insert(id.clone(), Arc::clone(&found));
        Ok(found)
    }

    /// Everything recorded about these learners, as it is at their versions or a little later.
    pub(super) async fn learner_records<'a>(
        &self,
        db: &impl ConnectionTrait,
        learners: impl IntoIterator<Item = &'a Enrolment>,
    ) -> Result<HashMap<EnrolmentId, Arc<LearnerRecord>>, Error> {
        let mut records = HashMap::new();
        let mut wanted = HashMap::new();
        for enrolment in learners {
            match self.remembered.records.get(&enrolment.id) {
                Some((version, record)) if version == enrolment.version => {
                    records.insert(enrolment.id, record);
                }
                _ => {
                    wanted.insert(enrolment.id, enrolment.version);
                }
            }
        }
        if wanted.is_empty() {
            return Ok(records);
        }
        let ids: Vec<_> = wanted.keys().copied().collect();
        let (mut results, mut attendance, mut rulings) =
            tokio::try_join!(results::of(db, &ids), attendance::of(db, &ids), rulings::of(db, &ids))?;
        for (id, version) in wanted {
            let record = Arc::new(LearnerRecord {
                results: results.remove(&id).unwrap_or_default(),
                attendance: attendance.remove(&id).unwrap_or_default(),
                rulings: rulings.remove(&id).unwrap_or_default(),
            });
            self.remembered.records.insert(id, (version, Arc::clone(&record)));
            records.insert(id, record);
        }
        Ok(records)
    }

    /// Remembers records as a committed transaction left them, each beside the version that it was read at under the
    /// lock: the transaction moved it on by one.
    pub(super) fn written(&self, records: impl IntoIterator<Item = (EnrolmentId, i64, LearnerRecord)>) {
        for (id, version, record) in records {
            self.remembered.records.insert(id, (version + 1, Arc::new(record)));
        }
    }

    /// One learner, locked until the transaction ends, with what their record is judged by.
    pub(super) async fn open(
        &self,
        tx: &Tx,
        id: EnrolmentId,
    ) -> Result<(Enrolment, Arc<CohortBook>, LearnerRecord), Error> {
        let enrolment = enrolments::lock(&**tx, &[id]).await?.remove(&id).ok_or(Error::EnrolmentNotFound(id))?;
        let book = self.book(&**tx, enrolment.cohort).await?;
        let mut records = self.learner_records(&**tx, [&enrolment]).await?;
        let record = records.remove(&id).unwrap_or_default();
        Ok((enrolment, book, (*record).clone()))
    }
}

/// Moves the versions on of those whose records a transaction changed.
pub(super) async fn touched(tx: &Tx, ids: impl IntoIterator<Item = EnrolmentId>) -> Result<(), Error> {
    let mut ids: Vec<_> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
    // Always in the same order, as they are locked.
    ids.sort_unstable();
    Ok(enrolments::touch(&**tx, &ids).await?)
}
