//! What the cells of a sheet become: new entries, changed ones, none, or a verdict that says what is wrong where.

use std::collections::HashMap;

use exemplar_kernel::sheet::{Cell, Row, Sheet};
use exemplar_kernel::{PersonId, Timestamp, day};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::assessment::AssessmentPath;
use super::attendance::{self, AttendanceEntry, Presence};
use super::batch::BatchId;
use super::enrolment::Enrolment;
use super::result::{Attempt, Mark, RecordResult, ResultEntry, ResultId, counting};
use super::session::TeachingSession;
use super::standing::{LearnerRecord, Taught};

/// What becomes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CellOutcome {
    /// It is a new entry.
    New,
    /// It replaces an entry.
    Changed,
    /// It says what is recorded already.
    Unchanged,
    /// The learner is not known, or not in the cohort.
    UnknownPerson,
    /// It cannot be used.
    Invalid,
}

/// What becomes of one cell, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellVerdict {
    /// Its row as a spreadsheet counts; the header is row 1.
    pub row: u32,
    /// The name of its column.
    pub column: String,
    /// What becomes of it.
    pub outcome: CellOutcome,
    /// What is wrong, or what it replaces; empty where there is nothing to say.
    pub message: String,
}

/// Something to be recorded for one learner.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// A mark of an attempt; on the day that is given, else on the day of recording.
    Mark { path: AssessmentPath, attempt: Attempt, mark: Mark, date: Option<Date> },
    /// Whether they were at a session, by its code.
    Presence { session: String, presence: Presence },
}

/// An item with its place and its learner, as the sheet names them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    pub(crate) row: u32,
    pub(crate) column: String,
    pub(crate) learner: String,
    pub(crate) item: Item,
    pub(crate) reason: String,
}

/// An entry that a cell becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Result(Box<ResultEntry>),
    Attendance(AttendanceEntry),
}

/// What a cell becomes for a learner whose record is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    Unchanged,
    New(Entry),
    /// It replaces what the words say.
    Changed(Entry, String),
}

/// When, by whom and in which batch entries are recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) now: Timestamp,
    pub(crate) by: Option<PersonId>,
    pub(crate) batch: Option<BatchId>,
}

/// Columns that say who a row is about; the first there is counts.
const LEARNER: [&str; 3] = ["enrolment", "learner", "email"];
/// Columns that are for people to read.
const IGNORED: [&str; 3] = ["name", "organisation", "standing"];

/// What a column of a wide sheet holds.
#[derive(Clone, PartialEq)]
enum Column {
    Mark(AssessmentPath, Attempt),
    /// The days of the marks of the column with this header.
    DateOf(String),
    Session(String),
    Other,
}

/// Reads a sheet with a column for each session and each attempt at an assessment (`M1`, `M1#2`, `M1/ESSAY`, and
/// `M1 date` for the days). Cells that cannot be read, and columns that are nothing, have their verdict at once.
pub(crate) fn read_wide(
    sheet: &Sheet,
    taught: &Taught<'_>,
    date: Option<Date>,
    reason: &str,
) -> Result<(Vec<Wish>, Vec<CellVerdict>), String> {
    let who = LEARNER.iter().find_map(|name| sheet.column(name));
    let who = who.ok_or_else(|| format!("has no column {}", LEARNER.join(" or ")))?;
    let (mut wishes, mut verdicts, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for (place, name) in sheet.header.iter().enumerate() {
        let column = if place == who { Some(Column::Other) } else { column_of(name, taught) };
        if column.is_none() {
            let message = "is no session of the cohort and no assessment of its curriculum".to_owned();
            verdicts.push(CellVerdict { row: 1, column: name.clone(), outcome: CellOutcome::Invalid, message });
        }
        columns.push(column.unwrap_or(Column::Other));
    }
    for row in &sheet.rows {
        let learner = match row.cell(who).as_text() {
            Ok(text) if !text.is_empty() => text,
            Ok(_) => {
                verdicts.push(verdict(row, &sheet.header[who], CellOutcome::UnknownPerson, "is missing"));
                continue;
            }
            Err(fault) => {
                verdicts.push(verdict(row, &sheet.header[who], CellOutcome::Invalid, &fault));
                continue;
            }
        };
        for (place, column) in columns.iter().enumerate().filter(|(place, _)| !row.cell(*place).is_empty()) {
            let name = &sheet.header[place];
            let read = match column {
                Column::Mark(path, attempt) => mark(sheet, row, name, place, date).map(|(mark, date)| Item::Mark {
                    path: path.clone(),
                    attempt: *attempt,
                    mark,
                    date,
                }),
                Column::Session(session) => {
                    presence(row.cell(place)).map(|presence| Item::Presence { session: session.clone(), presence })
                }
                Column::DateOf(_) | Column::Other => continue,
            };
            match read {
                Ok(item) => {
                    let own = sheet.column("reason").map(|at| row.cell(at).to_string()).unwrap_or_default();
                    let reason = if own.is_empty() { reason.to_owned() } else { own };
                    wishes.push(Wish { row: row.number, column: name.clone(), learner: learner.clone(), item, reason });
                }
                Err(fault) => verdicts.push(verdict(row, name, CellOutcome::Invalid, &fault)),
            }
        }
    }
    Ok((wishes, verdicts))
}

/// Reads a sheet with a row for each entry: `enrolment, item, attempt, value, date, reason`; the item is a session's
/// code or an assessment. Of the rows that cannot be read, each has its verdict.
pub(crate) fn read_long(sheet: &Sheet) -> Result<(Vec<Wish>, Vec<CellVerdict>), String> {
    let at = |name: &str| sheet.column(name).ok_or_else(|| format!("has no column {name}"));
    let (who, item, value) = (at("enrolment")?, at("item")?, at("value")?);
    let (attempt, date, reason) = (sheet.column("attempt"), sheet.column("date"), sheet.column("reason"));
    let (mut wishes, mut verdicts) = (Vec::with_capacity(sheet.rows.len()), Vec::new());
    let optional = |row: &Row, at: Option<usize>| at.map_or(Cell::Empty, |at| row.cell(at).clone());
    for row in &sheet.rows {
        let read = || -> Result<Wish, (usize, String)> {
            let learner = row.cell(who).as_text().map_err(|fault| (who, fault))?;
            let name = row.cell(item).as_text().map_err(|fault| (item, fault))?;
            let number = optional(row, attempt).as_whole().map_err(|fault| (attempt.unwrap_or(0), fault))?;
            let day = optional(row, date).as_date().map_err(|fault| (date.unwrap_or(0), fault))?;
            let item = match row.cell(value).as_whole() {
                Ok(Some(mark)) => Item::Mark {
                    path: AssessmentPath::parse(&name),
                    attempt: Attempt::new(number.unwrap_or(1))
                        .map_err(|fault| (attempt.unwrap_or(0), fault.to_owned()))?,
                    mark: Mark::new(mark).map_err(|fault| (value, fault.to_owned()))?,
                    date: day,
                },
                Ok(None) => return Err((value, "is missing".to_owned())),
                Err(_) => {
                    let presence = presence(row.cell(value)).map_err(|fault| (value, fault))?;
                    Item::Presence { session: name, presence }
                }
            };
            let reason = optional(row, reason).to_string();
            Ok(Wish { row: row.number, column: sheet.header[value].clone(), learner, item, reason })
        };
        match read() {
            Ok(wish) => wishes.push(wish),
            Err((at, fault)) => verdicts.push(verdict(row, &sheet.header[at], CellOutcome::Invalid, &fault)),
        }
    }
    Ok((wishes, verdicts))
}

fn verdict(row: &Row, column: &str, outcome: CellOutcome, message: &str) -> CellVerdict {
    CellVerdict { row: row.number, column: column.to_owned(), outcome, message: message.to_owned() }
}

fn column_of(name: &str, taught: &Taught<'_>) -> Option<Column> {
    let plain = name.trim();
    if IGNORED.iter().chain(&LEARNER).chain(&["reason"]).any(|known| known.eq_ignore_ascii_case(plain)) {
        return Some(Column::Other);
    }
    if let Some(session) = taught.sessions.iter().find(|session| session.code.eq_ignore_ascii_case(plain)) {
        return Some(Column::Session(session.code.clone()));
    }
    if let Some(of) = plain.strip_suffix(" date") {
        return column_of(of, taught).map(|_| Column::DateOf(of.to_owned()));
    }
    let (path, attempt) = plain.split_once('#').unwrap_or((plain, "1"));
    let attempt = Attempt::new(attempt.parse().ok()?).ok()?;
    let path = AssessmentPath::parse(path);
    taught.curriculum.module(&path.module)?.part(&path.assessment)?;
    Some(Column::Mark(path, attempt))
}

/// The mark of a cell, and its day: of the column beside it, else the one for the whole sheet.
fn mark(sheet: &Sheet, row: &Row, name: &str, at: usize, date: Option<Date>) -> Result<(Mark, Option<Date>), String> {
    let mark = row.cell(at).as_whole()?.ok_or("is missing")?;
    let mark = Mark::new(mark)?;
    let own = match sheet.column(&format!("{name} date")) {
        Some(at) => row.cell(at).as_date().map_err(|fault| format!("has a date that {fault}"))?,
        None => None,
    };
    Ok((mark, own.or(date)))
}

fn presence(cell: &Cell) -> Result<Presence, String> {
    let text = cell.as_text()?;
    Presence::from_words(&text).ok_or_else(|| {
        let all: Vec<_> = Presence::ALL.iter().map(|presence| presence.name().to_lowercase()).collect();
        format!("{text:?} is no status; there are {}", all.join(", "))
    })
}

/// What an item becomes for a learner with this record. Nothing is changed by asking.
///
/// # Errors
/// What is wrong with it, in the user's words.
#[expect(clippy::too_many_arguments, reason = "each is one part of one cell")]
pub(crate) fn judge(
    item: &Item,
    reason: &str,
    taught: &Taught<'_>,
    by_code: &HashMap<String, &TeachingSession>,
    enrolment: &Enrolment,
    record: &LearnerRecord,
    stamp: Stamp,
    id: impl FnOnce() -> Uuid,
) -> Result<Judged, String> {
    if !enrolment.is_recordable() {
        let state = enrolment.state.name().to_lowercase();
        return Err(format!("{} is {state} in this cohort", enrolment.learner_name));
    }
    match item {
        Item::Mark { path, attempt, mark, date } => {
            judge_mark(path, *attempt, *mark, *date, reason, taught, enrolment, record, stamp, id)
        }
        Item::Presence { session, presence } => {
            let session = by_code.get(&session.to_uppercase());
            let session = session.ok_or_else(|| "there is no such session in the cohort".to_owned())?;
            judge_presence(session, *presence, reason, enrolment, record, stamp)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one part of one cell")]
fn judge_mark(
    path: &AssessmentPath,
    attempt: Attempt,
    mark: Mark,
    date: Option<Date>,
    reason: &str,
    taught: &Taught<'_>,
    enrolment: &Enrolment,
    record: &LearnerRecord,
    stamp: Stamp,
    id: impl FnOnce() -> Uuid,
) -> Result<Judged, String> {
    let same = |entry: &&&ResultEntry| {
        entry.attempt == attempt && entry.module == path.module && entry.assessment == path.assessment
    };
    let there = counting(&record.results);
    let there = there.iter().find(same).copied();
    if let Some(there) = there
        && there.mark == mark
        && date.is_none_or(|date| date == there.date)
    {
        return Ok(Judged::Unchanged);
    }
    if let Some(there) = there.filter(|_| reason.is_empty()) {
        let on = day::in_words(there.date);
        return Err(format!("the record has {} of {on}; give a reason to correct it", there.mark));
    }
    let wanted = RecordResult {
        enrolment: enrolment.id,
        module: path.module.clone(),
        assessment: path.assessment.clone(),
        attempt,
        mark,
        date: date.or(there.map(|there| there.date)).unwrap_or_else(|| stamp.now.date()),
        correction: there.map(|_| reason.to_owned()),
    };
    let today = stamp.now.date();
    let entry = wanted.entry("it", taught.curriculum, taught.start_date, &record.results, today);
    let number = entry.map_err(|error| error.to_string())?;
    let entry = Entry::Result(Box::new(wanted.into_entry(ResultId::new(id()), number, taught, stamp)));
    Ok(match there {
        Some(there) => Judged::Changed(entry, format!("was {} of {}", there.mark, day::in_words(there.date))),
        None => Judged::New(entry),
    })
}

fn judge_presence(
    session: &TeachingSession,
    presence: Presence,
    note: &str,
    enrolment: &Enrolment,
    record: &LearnerRecord,
    stamp: Stamp,
) -> Result<Judged, String> {
    let early = matches!(presence, Presence::Apologies | Presence::Excused);
    if session.date > stamp.now.date() && !early {
        return Err(format!("the session is on {}, in the future", day::in_words(session.date)));
    }
    let there = attendance::counting(&record.attendance).get(&session.id).copied();
    if there.is_some_and(|there| there.presence == Some(presence)) {
        return Ok(Judged::Unchanged);
    }
    let last = record.attendance.iter().filter(|entry| entry.session == session.id).map(|entry| entry.entry).max();
    let entry = Entry::Attendance(AttendanceEntry {
        enrolment: enrolment.id,
        session: session.id,
        entry: last.unwrap_or(0) + 1,
        presence: Some(presence),
        note: note.to_owned(),
        recorded: stamp.now,
        recorded_by: stamp.by,
        batch: stamp.batch,
    });
    Ok(match there.and_then(|there| there.presence) {
        Some(before) => Judged::Changed(entry, format!("was {}", before.name().to_lowercase())),
        None => Judged::New(entry),
    })
}

impl RecordResult {
    /// The entry that it becomes: at once released, unless a second person has to mark it.
    pub(crate) fn into_entry(self, id: ResultId, entry: i32, taught: &Taught<'_>, stamp: Stamp) -> ResultEntry {
        let module = taught.curriculum.module(&self.module);
        let second_marked =
            module.and_then(|module| module.part(&self.assessment)).is_some_and(|part| part.second_marked);
        let RecordResult { enrolment, module, assessment, attempt, mark, date, correction } = self;
        ResultEntry {
            id,
            enrolment,
            module,
            assessment,
            attempt,
            entry,
            void: false,
            mark,
            date,
            correction,
            recorded: stamp.now,
            recorded_by: stamp.by,
            second: None,
            moderated: None,
            released: (!second_marked).then_some(stamp.now),
            batch: stamp.batch,
        }
    }
}

impl LearnerRecord {
    /// Takes an entry in, so that the next is judged with it.
    pub(crate) fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Result(entry) => self.results.push((**entry).clone()),
            Entry::Attendance(entry) => self.attendance.push(entry.clone()),
        }
    }
}
