//! Results from a CSV file: one call per row, in the order of the file, and a verdict for each.
//!
//! The id of each request is made from its row, so that the service takes a row that comes again for the one that it
//! knows: an import that broke off is simply run again.

use std::fmt::Write as _;
use std::path::Path;

use exemplar_proto::academy::v1 as pb;
use indicatif::{ProgressBar, ProgressStyle};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use super::standing;
use crate::error::{self, Error};
use crate::table::table;
use crate::{Context, input, names, output};

/// A file of results at the most, in bytes.
const MAX_CSV: u64 = 2 << 20;
/// Rows of a file at the most.
const MAX_ROWS: usize = 10_000;

/// A row as it stands in the file.
#[derive(Debug, Deserialize)]
struct Record {
    enrolment: String,
    module: String,
    attempt: i32,
    mark: i32,
    date: String,
    #[serde(default)]
    correction: String,
}

/// A row that can be sent, or why it cannot be read.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) parsed: Result<pb::Result, String>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Outcome {
    /// It is in the record, from now on or from an earlier run.
    Recorded,
    /// The service refused it.
    Refused,
    /// It cannot be read, so nothing was sent.
    Unreadable,
    /// It was not sent: an earlier row stopped the import.
    NotSent,
}

/// What became of each row, as `--json` has it.
#[derive(Debug, Serialize)]
struct Verdicts {
    verdicts: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
struct Verdict {
    line: u64,
    enrolment: String,
    module: String,
    attempt: i32,
    outcome: Outcome,
    /// The entry of the record.
    result: String,
    /// Why it was refused, as the API names it.
    reason: String,
    /// Why it was refused, in words.
    message: String,
}

/// Records the results of a file.
pub(crate) async fn run(context: &Context, path: &Path) -> Result<(), Error> {
    let rows = read(&input::bytes(path, MAX_CSV)?)?;
    let unreadable = rows.iter().filter(|row| row.parsed.is_err()).count();
    if unreadable > 0 {
        let verdicts = rows.iter().map(Verdict::not_sent).collect();
        print(context, &Verdicts { verdicts })?;
        let lines = if unreadable == 1 { "row" } else { "rows" };
        return Err(Error::usage(format!("{unreadable} {lines} cannot be read; nothing was recorded")));
    }
    let (verdicts, stopped) = record_all(context, &rows).await;
    print(context, &verdicts)?;
    if let Some(error) = stopped {
        output::note("the import stopped; run it again when it can go on: nothing is recorded twice");
        return Err(error);
    }
    match verdicts.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Recorded).count() {
        0 => Ok(()),
        refused => Err(Error::Rows { refused, rows: rows.len() }),
    }
}

/// Sends the rows one by one; stops at an error that the next row would meet, too.
async fn record_all(context: &Context, rows: &[Row]) -> (Verdicts, Option<Error>) {
    let bar = ProgressBar::new(u64::try_from(rows.len()).unwrap_or(u64::MAX)).with_style(style());
    let mut verdicts = Vec::new();
    let mut stopped = None;
    for row in rows {
        let mut verdict = Verdict::not_sent(row);
        if let (Ok(result), None) = (&row.parsed, &stopped) {
            match standing::record(context, result.clone(), request_id(result)).await {
                Ok(answer) => verdict.accept(answer),
                Err(error) => {
                    verdict.refuse(&error);
                    stopped = Some(error).filter(is_final);
                }
            }
            bar.inc(1);
        }
        verdicts.push(verdict);
    }
    bar.finish_and_clear();
    (Verdicts { verdicts }, stopped)
}

/// Whether further rows need not be tried.
fn is_final(error: &Error) -> bool {
    let of_caller = [Code::Unauthenticated, Code::PermissionDenied, Code::Unavailable, Code::Unimplemented];
    error.code().is_none_or(|code| of_caller.contains(&code))
}

/// The rows of a file; it is only refused as a whole when it is no CSV with the right columns.
pub(crate) fn read(csv: &[u8]) -> Result<Vec<Row>, Error> {
    // Left in, the mark would be no part of the positions that rows are found by.
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
    let header = reader.headers().map_err(|error| Error::usage(format!("the file is not CSV: {error}")))?.clone();
    for column in ["enrolment", "module", "attempt", "mark", "date"] {
        if !header.iter().any(|name| name == column) {
            return Err(Error::usage(format!("the column {column} is missing")));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == MAX_ROWS {
            return Err(Error::usage(format!("the file has more than {MAX_ROWS} rows")));
        }
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = position.map(|position| line(csv, position)).unwrap_or_default();
        let parsed = record.map_err(|error| error.to_string()).and_then(|record| parse(&record, &header));
        rows.push(Row { line, parsed });
    }
    Ok(rows)
}

/// The line of a row. Its position is where the row before ended, with the empty lines in between yet to come.
fn line(csv: &[u8], position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = csv.get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.map(|byte| u64::from(*byte == b'\n')).sum::<u64>()
}

fn parse(record: &csv::StringRecord, header: &csv::StringRecord) -> Result<pb::Result, String> {
    let record: Record = record.deserialize(Some(header)).map_err(|error| fault(&error, header))?;
    Ok(pb::Result {
        enrolment: names::enrolment(&record.enrolment).map_err(|wanted| format!("enrolment {wanted}"))?,
        module: record.module,
        attempt: record.attempt,
        mark: record.mark,
        date: record.date,
        correction: record.correction,
        ..pb::Result::default()
    })
}

/// What is wrong with a row, by the name of its column.
fn fault(error: &csv::Error, header: &csv::StringRecord) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else { return error.to_string() };
    let column = err.field().and_then(|at| header.get(usize::try_from(at).ok()?));
    column.map_or_else(|| err.kind().to_string(), |column| format!("{column}: {}", err.kind()))
}

/// The same for the same row, another for any other: a digest of what it says.
pub(crate) fn request_id(result: &pb::Result) -> String {
    let digest = Sha256::digest(result.encode_to_vec());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Verdict {
    /// The verdict on a row before it is sent.
    fn not_sent(row: &Row) -> Self {
        let (result, outcome, message) = match &row.parsed {
            Ok(result) => (result.clone(), Outcome::NotSent, String::new()),
            Err(fault) => (pb::Result::default(), Outcome::Unreadable, fault.clone()),
        };
        let (enrolment, module, attempt) = (result.enrolment, result.module, result.attempt);
        let (result, reason) = (String::new(), String::new());
        Self { line: row.line, enrolment, module, attempt, outcome, result, reason, message }
    }

    fn accept(&mut self, answer: pb::RecordResultResponse) {
        self.outcome = Outcome::Recorded;
        self.result = answer.result.unwrap_or_default().name;
    }

    fn refuse(&mut self, error: &Error) {
        // Without an answer nobody knows; the row can be sent again.
        if let Some(status) = error.status() {
            self.outcome = Outcome::Refused;
            self.reason = error::reason(status);
        }
        self.message = error.to_string();
    }

    fn row(&self) -> [String; 6] {
        let outcome = match self.outcome {
            Outcome::Recorded => "recorded",
            Outcome::Refused => "refused",
            Outcome::Unreadable => "unreadable",
            Outcome::NotSent => "not sent",
        };
        [
            self.line.to_string(),
            names::short(&self.enrolment).to_owned(),
            self.module.clone(),
            self.attempt.to_string(),
            outcome.to_owned(),
            self.message.clone(),
        ]
    }
}

fn print(context: &Context, verdicts: &Verdicts) -> Result<(), Error> {
    context.output.document(verdicts, |verdicts| {
        let header = ["Line", "Enrolment", "Module", "Attempt", "Verdict", "Why"];
        table(header, verdicts.verdicts.iter().map(Verdict::row))
    })
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} rows, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
