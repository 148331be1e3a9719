//! The record: enter results one by one, tell where learners stand.

use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Tx, Violations, Written, db::is_unique};
use serde::{Deserialize, Serialize};
use time::Date;

use super::book::{CohortBook, touched};
use super::{Academy, detail, visible, works_for};
use crate::Error;
use crate::model::attendance::AttendanceEntry;
use crate::model::cohort::CohortId;
use crate::model::enrolment::EnrolmentId;
use crate::model::enrolment::{Enrolment, EnrolmentEvent, EnrolmentState};
use crate::model::grid::Stamp;
use crate::model::result::{RecordResult, ResultEntry, ResultId, counting, released};
use crate::model::ruling::Ruling;
use crate::model::session::TeachingSession;
use crate::model::standing::{Detail, LearnerRecord, LearnerStanding, Standing, standing};
use crate::store::{enrolments, results as store};

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

/// An entry and what its assessment says of it.
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

/// The record of one learner, as much of it as the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The learner.
    pub learner: Learner,
    /// The entries that count, by the day of the work; none for a sponsor.
    pub results: Vec<JudgedResult>,
    /// The entries of attendance that count, with their sessions, by day.
    pub attendance: Vec<(TeachingSession, AttendanceEntry)>,
    /// The rulings, those that were taken back, too, oldest first.
    pub rulings: Vec<Ruling>,
    /// The states of the enrolment, oldest first.
    pub events: Vec<EnrolmentEvent>,
}

/// Which standings of a cohort are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedStandings {
    /// Only those who stand so.
    pub standing: Option<Standing>,
    /// Only those who work there.
    pub organisation: Option<exemplar_kernel::OrganisationId>,
    /// Only those in this state of their enrolment.
    pub state: Option<EnrolmentState>,
}

impl Academy {
    /// Records the result of one attempt at one assessment.
    pub async fn record_result(
        &self,
        caller: &Principal,
        wanted: RecordResult,
        key: Option<RequestKey>,
    ) -> Result<Written<Recorded>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.result.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (enrolment, book, mut record) = self.open(&tx, wanted.enrolment).await?;
        let entry = enter(&mut tx, caller, "result", wanted, &book, &enrolment, &mut record)?;
        insert(&tx, slice::from_ref(&entry)).await?;
        touched(&tx, [enrolment.id]).await?;
        let (id, version) = (enrolment.id, enrolment.version);
        let learner = learner(&book, enrolment, &record, tx.now().date(), Detail::Marks);
        let recorded = tx.commit(Recorded { result: judged(&book, entry), learner }).await?;
        self.written([(id, version, record)]);
        Ok(recorded)
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
        let book = self.book(&*tx, cohort).await?;
        let found = self.learner_records(&*tx, learners.values()).await?;
        let mut open: HashMap<_, LearnerRecord> =
            found.into_iter().map(|(id, record)| (id, (*record).clone())).collect();
        let mut entries = Vec::with_capacity(records.len());
        for (i, record) in records.into_iter().enumerate() {
            let id = record.enrolment;
            let enrolment = learners.get(&id).ok_or(Error::EnrolmentNotFound(id))?;
            let mine = open.entry(id).or_default();
            entries.push(enter(&mut tx, caller, &format!("results[{i}]"), record, &book, enrolment, mine)?);
        }
        insert(&tx, &entries).await?;
        touched(&tx, learners.into_keys()).await?;
        Ok(tx.commit(entries.len()).await?)
    }

    /// The record of one learner, as far as the caller may know of it.
    pub async fn record(&self, caller: &Principal, id: EnrolmentId) -> Result<Record, Error> {
        let db = self.db.read();
        let found = enrolments::find(db, visible(caller)?, id).await?;
        let enrolment = found.ok_or(Error::EnrolmentNotFound(id))?;
        let book = self.book(db, enrolment.cohort).await?;
        let record = self.learner_records(db, [&enrolment]).await?.remove(&id).unwrap_or_default();
        let learns = caller.person == Some(enrolment.learner);
        let staff = !learns && works_for(db, caller, enrolment.cohort).await?;
        let detail = detail(caller, staff, &enrolment);
        let events = enrolments::events(db, id).await?;
        let told: Vec<&ResultEntry> = match (detail, staff) {
            (Detail::Progress, _) => Vec::new(),
            (Detail::Marks, true) => counting(&record.results),
            (Detail::Marks, false) => released(&record.results),
        };
        let mut results: Vec<_> = told.into_iter().cloned().collect();
        results.sort_by_key(|entry| (entry.date, entry.recorded));
        // The learner is not told who marked what they do not see, and a sponsor reads no notes.
        let attendance = if detail == Detail::Marks { attended(&book, &record) } else { Vec::new() };
        let rulings = if detail == Detail::Marks { rulings(&record) } else { Vec::new() };
        Ok(Record {
            learner: learner(&book, enrolment, &record, self.today(), detail),
            results: results.into_iter().map(|entry| judged(&book, entry)).collect(),
            attendance,
            rulings,
            events,
        })
    }

    /// Where the learners of a cohort stand, by name, as far as the caller may know of them.
    pub async fn list_standings(
        &self,
        caller: &Principal,
        cohort: CohortId,
        wanted: &WantedStandings,
        paging: &Paging,
    ) -> Result<Page<Learner>, Error> {
        let all = self.standings(caller, cohort, wanted).await?;
        let key =
            |learner: &Learner| vec![learner.enrolment.learner_name.clone(), learner.enrolment.id.uuid().to_string()];
        // The database has ordered them, by its own idea of letters: the page goes on behind the row that was last.
        let behind = all.iter().position(|learner| key(learner) == paging.after).map_or(0, |last| last + 1);
        let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
        let rows: Vec<_> = all.into_iter().skip(behind).take(fetch).collect();
        Ok(paging.page(rows, key))
    }

    /// The same for all of them: a standing is known when it is computed, so filters look at every learner.
    pub(super) async fn standings(
        &self,
        caller: &Principal,
        cohort: CohortId,
        wanted: &WantedStandings,
    ) -> Result<Vec<Learner>, Error> {
        let visible = visible(caller)?;
        let db = self.db.read();
        let book = self.book(db, cohort).await?;
        let mut enrolments = enrolments::of_cohort(db, visible, cohort).await?;
        if let Some(organisation) = &wanted.organisation {
            let current = self.current(enrolments.iter().map(|enrolment| &enrolment.organisation)).await?;
            enrolments.retain(|enrolment| {
                enrolment.organisation == *organisation
                    || current.get(&enrolment.organisation).is_some_and(|now| now.contains(organisation))
            });
        }
        enrolments.retain(|enrolment| wanted.state.is_none_or(|state| enrolment.state == state));
        let staff = works_for(db, caller, cohort).await?;
        let records = self.learner_records(db, &enrolments).await?;
        let today = self.today();
        let none = Arc::default();
        let stand = |enrolment: Enrolment| {
            let record = records.get(&enrolment.id).unwrap_or(&none);
            let detail = detail(caller, staff, &enrolment);
            learner(&book, enrolment, record, today, detail)
        };
        let stands = |learner: &Learner| wanted.standing.is_none_or(|standing| learner.standing.standing == standing);
        Ok(enrolments.into_iter().map(stand).filter(stands).collect())
    }
}

/// The entry that a result becomes, with its place in the journal; the next one is judged with it.
fn enter(
    tx: &mut Tx,
    caller: &Principal,
    path: &str,
    wanted: RecordResult,
    book: &CohortBook,
    enrolment: &Enrolment,
    record: &mut LearnerRecord,
) -> Result<ResultEntry, Error> {
    if !enrolment.is_recordable() {
        return Err(Error::EnrolmentState { enrolment: enrolment.id, state: enrolment.state });
    }
    let today = tx.now().date();
    let number = wanted.entry(path, &book.curriculum, book.cohort.start_date, &record.results, today)?;
    let stamp = Stamp { now: tx.now(), by: caller.person, batch: None };
    let replaced =
        counting(&record.results).into_iter().find(|old| old.path() == wanted.path() && old.attempt == wanted.attempt);
    let replaced = replaced.cloned();
    let entry = wanted.into_entry(ResultId::new(tx.id()), number, &book.taught(), stamp);
    let mut change = Change::new("academy.result.record", &entry.id).after(&entry);
    if let Some(replaced) = &replaced {
        change = change.before(replaced);
    }
    tx.append(change);
    record.results.push(entry.clone());
    Ok(entry)
}

/// Where a learner stands.
pub(super) fn learner(
    book: &CohortBook,
    enrolment: Enrolment,
    record: &LearnerRecord,
    today: Date,
    detail: Detail,
) -> Learner {
    Learner { standing: standing(&book.taught(), record, today, detail), enrolment }
}

/// An entry with what its assessment says of it.
pub(super) fn judged(book: &CohortBook, entry: ResultEntry) -> JudgedResult {
    let part = book.curriculum.module(&entry.module).and_then(|module| module.part(&entry.assessment));
    JudgedResult { passed: part.is_some_and(|part| part.is_passed_with(entry.agreed())), entry }
}

fn attended(book: &CohortBook, record: &LearnerRecord) -> Vec<(TeachingSession, AttendanceEntry)> {
    let counting = crate::model::attendance::counting(&record.attendance);
    let entry = |session: &TeachingSession| counting.get(&session.id).map(|entry| (session.clone(), (*entry).clone()));
    book.sessions.iter().filter_map(entry).collect()
}

fn rulings(record: &LearnerRecord) -> Vec<Ruling> {
    let mut rulings = record.rulings.clone();
    rulings.sort_by(|a, b| (a.recorded, &a.subject, a.entry).cmp(&(b.recorded, &b.subject, b.entry)));
    rulings
}

/// Adds entries. The learners are locked, so the unique index refuses only what was written past the lock; a retry
/// meets that entry and says so.
pub(super) async fn insert(tx: &Tx, entries: &[ResultEntry]) -> Result<(), exemplar_kernel::Error> {
    store::insert_all(&**tx, entries)
        .await
        .map_err(|error| if is_unique(&error) { exemplar_kernel::Error::Busy } else { error.into() })
}
