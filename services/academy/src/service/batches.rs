//! Batches: list them, undo one as one.

use std::collections::BTreeSet;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{NetworkRole, Once, Page, Paging, Principal, Written};

use super::Academy;
use super::sheets::{Entries, write_batch};
use crate::Error;
use crate::model::attendance::AttendanceEntry;
use crate::model::batch::{Batch, BatchId};
use crate::model::cohort::CohortId;
use crate::model::result::{ResultEntry, ResultId};
use crate::store::{attendance, batches as store, enrolments, results};

impl Academy {
    /// The batches of a cohort, or of files of several, newest first.
    pub async fn list_batches(
        &self,
        caller: &Principal,
        cohort: Option<CohortId>,
        paging: &Paging,
    ) -> Result<Page<Batch>, Error> {
        match cohort {
            Some(cohort) => self.require_reader(caller, cohort).await?,
            None => caller.require_network(NetworkRole::Academy)?,
        }
        let rows = store::list(self.db.read(), cohort, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }

    /// Takes a batch back as one: what it added is taken back, what it replaced counts again. Its entries stay in the
    /// record; further entries say so.
    ///
    /// # Errors
    /// [`Error::BatchOverwritten`] when later entries stand on those of the batch: nothing is undone then.
    pub async fn undo_batch(
        &self,
        caller: &Principal,
        id: BatchId,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Batch>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.batch.undo", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let batch = store::lock(&*tx, id).await?.ok_or(Error::BatchNotFound(id))?;
        if batch.undone_by.is_some() {
            return Err(Error::BatchUndone(id));
        }
        let (marked, present) = (results::of_batch(&*tx, id).await?, attendance::of_batch(&*tx, id).await?);
        let ids = marked.iter().map(|entry| entry.enrolment).chain(present.iter().map(|entry| entry.enrolment));
        let ids: Vec<_> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        let learners = enrolments::lock(&*tx, &ids).await?;
        let records = self.learner_records(&*tx, learners.values()).await?;
        let by = BatchId::new(tx.id());
        let (mut entries, mut overwritten) = (Entries::default(), 0);
        for entry in marked {
            let all = records.get(&entry.enrolment).map_or(&[][..], |record| &record.results);
            let same = |other: &&ResultEntry| other.path() == entry.path() && other.attempt == entry.attempt;
            if all.iter().filter(same).any(|other| other.entry > entry.entry) {
                overwritten += 1;
                continue;
            }
            let before =
                all.iter().filter(same).filter(|other| other.entry < entry.entry).max_by_key(|other| other.entry);
            let back = before.cloned().unwrap_or_else(|| ResultEntry { void: true, ..entry.clone() });
            let (correction, recorded, recorded_by) = (Some(reason.clone()), tx.now(), caller.person);
            let (id, batch, entry) = (ResultId::new(tx.id()), Some(by), entry.entry + 1);
            entries.results.push(ResultEntry { id, entry, correction, recorded, recorded_by, batch, ..back });
        }
        for entry in present {
            let all = records.get(&entry.enrolment).map_or(&[][..], |record| &record.attendance);
            let same = |other: &&AttendanceEntry| other.session == entry.session;
            if all.iter().filter(same).any(|other| other.entry > entry.entry) {
                overwritten += 1;
                continue;
            }
            let before =
                all.iter().filter(same).filter(|other| other.entry < entry.entry).max_by_key(|other| other.entry);
            let presence = before.and_then(|before| before.presence);
            let (note, recorded, recorded_by) = (reason.clone(), tx.now(), caller.person);
            let (number, batch) = (entry.entry + 1, Some(by));
            entries.attendance.push(AttendanceEntry {
                entry: number,
                presence,
                note,
                recorded,
                recorded_by,
                batch,
                ..entry
            });
        }
        if overwritten > 0 {
            return Err(Error::BatchOverwritten(overwritten, id));
        }
        let undoing = write_batch(&mut tx, caller, by, batch.cohort, format!("undoes {id}"), entries).await?;
        store::undone(&*tx, id, by).await?;
        Ok(tx.commit(undoing).await?)
    }
}
