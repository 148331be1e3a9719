//! Sheets: a whole module for a cohort in one call, pasted, typed into a grid, or from a file.

use std::collections::{BTreeMap, HashMap};

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::sheet::{Limits, Sheet};
use exemplar_kernel::{Change, NetworkRole, Once, Principal, Tx, Violations, Written, digest};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::book::{CohortBook, touched};
use super::records::insert;
use super::{Academy, works_for};
use crate::Error;
use crate::model::batch::{Batch, BatchId};
use crate::model::cohort::CohortId;
use crate::model::enrolment::{Enrolment, EnrolmentId};
use crate::model::grid::{CellOutcome, CellVerdict, Entry, Judged, Stamp, Wish, judge, read_wide};
use crate::model::standing::LearnerRecord;
use crate::store::{attendance, batches, enrolments};

/// A sheet to be entered.
#[derive(Clone, Debug)]
pub struct EnterSheet {
    /// Whose.
    pub cohort: CohortId,
    /// What was pasted or uploaded.
    pub source: Source,
    /// The day of marks that have none of their own; today when none is given.
    pub date: Option<Date>,
    /// Why marks are corrected, where a row does not say.
    pub reason: String,
    /// Only tells what would become of each cell.
    pub validate_only: bool,
}

/// Where a sheet comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file or a paste: CSV, tabs, or XLSX.
    File(Vec<u8>),
    /// A grid that was typed.
    Grid(Sheet),
}

/// What became of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Every cell, by row and column.
    pub verdicts: Vec<CellVerdict>,
    /// The batch that was written; none when nothing was.
    pub batch: Option<Batch>,
}

/// The entries that a batch writes, and the journal's account of them.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) results: Vec<crate::model::result::ResultEntry>,
    pub(super) attendance: Vec<crate::model::attendance::AttendanceEntry>,
}

/// A learner, the version that their record was read at, and the record as the sheet leaves it.
type Changed = (EnrolmentId, i64, LearnerRecord);

/// Of whom a sheet speaks, by each of the ways in which it may.
struct Roll {
    learners: HashMap<EnrolmentId, Enrolment>,
    by_word: HashMap<String, Option<EnrolmentId>>,
}

impl Academy {
    /// Enters a sheet: every cell has its verdict, and either all that is new or changed is written, as one batch, or,
    /// when a single cell cannot be used, nothing is.
    pub async fn enter_sheet(
        &self,
        caller: &Principal,
        enter: EnterSheet,
        key: Option<RequestKey>,
    ) -> Result<Written<Entered>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let EnterSheet { cohort, source, date, reason, validate_only } = enter;
        let sheet = read(source, Limits::PAGE).await?;
        let db = self.db.read();
        let book = self.book(db, cohort).await?;
        let learners = enrolments::of_cohort(db, enrolments::Visible::All, cohort).await?;
        let people: Vec<_> = learners.iter().map(|enrolment| enrolment.learner).collect();
        let people = self.directory.people_by_id(&people).await?;
        let emails = people.into_iter().map(|person| (person.id, person.email)).collect();
        let roll = Roll::of(learners, &emails);
        let (wishes, verdicts) = read_wide(&sheet, &book.taught(), date, &reason).map_err(Error::SheetUnreadable)?;
        if validate_only {
            let tx = self.db.begin("academy.sheet.validate", caller).await?;
            // Dropped and not committed: nothing was written, and what was judged was judged under the locks.
            let (verdicts, ..) = self.judge_all(&tx, &book, &roll, wishes, verdicts, None, caller).await?;
            return Ok(Written { value: Entered { verdicts, batch: None }, sequence: 0 });
        }
        let mut tx = match self.db.once("academy.sheet.enter", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let id = BatchId::new(tx.id());
        let (verdicts, entries, records) =
            self.judge_all(&tx, &book, &roll, wishes, verdicts, Some(id), caller).await?;
        let unusable =
            |verdict: &CellVerdict| matches!(verdict.outcome, CellOutcome::Invalid | CellOutcome::UnknownPerson);
        if entries.count() == 0 || verdicts.iter().any(unusable) {
            return Ok(Written { value: Entered { verdicts, batch: None }, sequence: 0 });
        }
        let what = format!("sheet of {}", book.cohort.title);
        let batch = write_batch(&mut tx, caller, id, Some(cohort), what, entries).await?;
        let entered = tx.commit(Entered { verdicts, batch: Some(batch) }).await?;
        self.written(records);
        Ok(entered)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one part of one sheet")]
    async fn judge_all(
        &self,
        tx: &Tx,
        book: &CohortBook,
        roll: &Roll,
        wishes: Vec<Wish>,
        mut verdicts: Vec<CellVerdict>,
        batch: Option<BatchId>,
        caller: &Principal,
    ) -> Result<(Vec<CellVerdict>, Entries, Vec<Changed>), Error> {
        let mut named: BTreeMap<EnrolmentId, Vec<Wish>> = BTreeMap::new();
        for wish in wishes {
            match roll.find(&wish.learner) {
                Ok(id) => named.entry(id).or_default().push(wish),
                Err(fault) => verdicts.push(CellVerdict {
                    row: wish.row,
                    column: wish.column,
                    outcome: CellOutcome::UnknownPerson,
                    message: fault,
                }),
            }
        }
        let ids: Vec<_> = named.keys().copied().collect();
        let learners = enrolments::lock(&**tx, &ids).await?;
        let records = self.learner_records(&**tx, learners.values()).await?;
        let stamp = Stamp { now: tx.now(), by: caller.person, batch };
        let (mut entries, mut changed) = (Entries::default(), Vec::new());
        for (id, wishes) in named {
            let Some(enrolment) = learners.get(&id) else { continue };
            let mut record = records.get(&id).map(|record| (**record).clone()).unwrap_or_default();
            let before = entries.count();
            verdicts.extend(judge_learner(book, enrolment, &mut record, wishes, stamp, &mut entries, || tx.id()));
            if entries.count() > before {
                changed.push((id, enrolment.version, record));
            }
        }
        verdicts.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
        Ok((verdicts, entries, changed))
    }

    /// Whether the caller may read a cohort's sheets; for others the cohort's records do not exist.
    pub(super) async fn require_reader(&self, caller: &Principal, cohort: CohortId) -> Result<(), Error> {
        let may = works_for(self.db.read(), caller, cohort).await?;
        Ok(caller.granted(may, NetworkRole::Academy.name())?)
    }
}

/// Reads a sheet on a thread that may take its time.
pub(super) async fn read(source: Source, limits: Limits) -> Result<Sheet, Error> {
    let file = match source {
        Source::Grid(sheet) => return Ok(sheet),
        Source::File(file) => file,
    };
    let read = move || {
        let mut violations = Violations::new();
        let sheet = Sheet::read(&mut violations, "file", &file, &limits);
        sheet.ok_or_else(|| violations.refuse())
    };
    let joined = tokio::task::spawn_blocking(read).await;
    Ok(joined.map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a sheet: {error}")))??)
}

/// Judges what a sheet says of one learner; each cell with those before it.
pub(super) fn judge_learner(
    book: &CohortBook,
    enrolment: &Enrolment,
    record: &mut LearnerRecord,
    mut wishes: Vec<Wish>,
    stamp: Stamp,
    entries: &mut Entries,
    id: impl Fn() -> Uuid,
) -> Vec<CellVerdict> {
    // An earlier attempt is judged before a later one, wherever the sheet has it.
    wishes.sort_by_key(|wish| match &wish.item {
        crate::model::grid::Item::Mark { attempt, .. } => (attempt.number(), wish.row),
        crate::model::grid::Item::Presence { .. } => (0, wish.row),
    });
    let sessions = book.by_code();
    let mut verdicts = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let judged = judge(&wish.item, &wish.reason, &book.taught(), &sessions, enrolment, record, stamp, &id);
        let (outcome, message, entry) = match judged {
            Ok(Judged::Unchanged) => (CellOutcome::Unchanged, String::new(), None),
            Ok(Judged::New(entry)) => (CellOutcome::New, String::new(), Some(entry)),
            Ok(Judged::Changed(entry, before)) => (CellOutcome::Changed, before, Some(entry)),
            Err(fault) => (CellOutcome::Invalid, fault, None),
        };
        if let Some(entry) = entry {
            record.add(&entry);
            entries.add(entry);
        }
        verdicts.push(CellVerdict { row: wish.row, column: wish.column, outcome, message });
    }
    verdicts
}

/// Writes a batch. Its entries have one place in the journal together, with the digest of all of them.
pub(super) async fn write_batch(
    tx: &mut Tx,
    caller: &Principal,
    id: BatchId,
    cohort: Option<CohortId>,
    what: String,
    entries: Entries,
) -> Result<Batch, Error> {
    /// What the journal keeps of a batch: the entries themselves are never changed.
    #[derive(Serialize)]
    struct Account<'a> {
        batch: &'a Batch,
        sha256: String,
    }
    let count = i32::try_from(entries.count()).unwrap_or(i32::MAX);
    let (recorded, recorded_by) = (tx.now(), caller.person);
    let batch = Batch { id, cohort, what, entries: count, recorded, recorded_by, undone_by: None };
    batches::insert(&**tx, &batch).await?;
    insert(tx, &entries.results).await?;
    attendance::insert_all(&**tx, &entries.attendance).await?;
    touched(tx, entries.learners()).await?;
    let sha256 = digest::hex(&entries.digest());
    tx.append(Change::new("academy.batch.record", &batch.id).after(&Account { batch: &batch, sha256 }));
    Ok(batch)
}

impl Entries {
    pub(super) fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Result(entry) => self.results.push(*entry),
            Entry::Attendance(entry) => self.attendance.push(entry),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.results.len() + self.attendance.len()
    }

    fn learners(&self) -> impl Iterator<Item = EnrolmentId> {
        let marked = self.results.iter().map(|entry| entry.enrolment);
        marked.chain(self.attendance.iter().map(|entry| entry.enrolment)).collect::<Vec<_>>().into_iter()
    }

    fn digest(&self) -> digest::Digest {
        let results = self.results.iter().map(|entry| {
            format!(
                "{} {} {} {} {} {}",
                entry.enrolment,
                entry.path(),
                entry.attempt,
                entry.entry,
                entry.mark,
                entry.date
            )
        });
        let attendance = self.attendance.iter().map(|entry| {
            let presence = entry.presence.map_or("", crate::model::attendance::Presence::name);
            format!("{} {} {} {presence}", entry.enrolment, entry.session, entry.entry)
        });
        let lines: Vec<String> = results.chain(attendance).collect();
        digest::of(lines.iter().map(String::as_bytes))
    }
}

impl Roll {
    fn of(learners: Vec<Enrolment>, emails: &HashMap<exemplar_kernel::PersonId, String>) -> Self {
        let mut by_word: HashMap<String, Option<EnrolmentId>> = HashMap::new();
        for enrolment in &learners {
            let words = [
                Some(enrolment.id.to_string()),
                Some(enrolment.id.uuid().to_string()),
                emails.get(&enrolment.learner).map(|email| email.to_lowercase()),
                Some(enrolment.learner_name.to_lowercase()),
            ];
            for word in words.into_iter().flatten() {
                // A name that two have names neither.
                by_word.entry(word).and_modify(|id| *id = None).or_insert(Some(enrolment.id));
            }
        }
        Self { learners: learners.into_iter().map(|enrolment| (enrolment.id, enrolment)).collect(), by_word }
    }

    fn find(&self, word: &str) -> Result<EnrolmentId, String> {
        match self.by_word.get(&word.trim().to_lowercase()) {
            Some(Some(id)) if self.learners.contains_key(id) => Ok(*id),
            Some(_) => Err(format!("{word:?} names more than one learner; put in the enrolment's id")),
            None => Err(format!("{word:?} is no learner of this cohort")),
        }
    }
}
