//! Pairings as rows of a file: read with a verdict for each, written as CSV or as one JSON object a line.

use exemplar_kernel::{OrganisationId, Timestamp, Violations, day};
use serde::{Deserialize, Serialize};

use super::designation::MAX_SOURCE;
use super::pairing::Pairing;
use super::recorded::{RecordedPairing, RecordedState};
use super::terms::{PairingKind, PairingMode, PairingState, Side, Terms};

/// A file's size at the most, in bytes.
pub(crate) const MAX_BYTES: usize = 2 << 20;
/// Rows of a file at the most.
pub(crate) const MAX_ROWS: usize = 2000;
/// Columns that a file must have.
const NEEDED: [&str; 5] = ["exemplar", "partner", "kind", "proposed", "source"];
/// The columns that are written, in their order.
pub(crate) const COLUMNS: [&str; 15] = [
    "exemplar",
    "partner",
    "kind",
    "mode",
    "state",
    "proposed",
    "accepted",
    "started",
    "ended",
    "reason",
    "outcome",
    "agreement",
    "group",
    "source",
    "pairing",
];

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowOutcome {
    /// It is new.
    Created,
    /// The two are in a pairing of this kind already.
    Unchanged,
    /// It cannot be used.
    Invalid,
}

/// What becomes of one row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingVerdict {
    /// Its line; the header is line 1.
    pub line: u64,
    /// What becomes of it.
    pub outcome: RowOutcome,
    /// The exemplar, when its code could be read.
    pub exemplar: Option<OrganisationId>,
    /// The partner, when its code could be read.
    pub partner: Option<OrganisationId>,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// With a header; cells that a spreadsheet would take for a formula begin with an apostrophe.
    Csv,
    /// One object a line.
    JsonLines,
}

/// A row that was read.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) exemplar: Option<OrganisationId>,
    pub(crate) partner: Option<OrganisationId>,
    pub(crate) parsed: Result<RecordedPairing, Vec<String>>,
}

#[derive(Deserialize)]
struct Record {
    exemplar: String,
    partner: String,
    kind: String,
    #[serde(default)]
    mode: String,
    proposed: String,
    #[serde(default)]
    accepted: String,
    #[serde(default)]
    ended: String,
    #[serde(default)]
    reason: String,
    source: String,
}

/// Reads a file. Faults of the file as a whole are noted under `csv`; those of a row stay with the row.
pub(crate) fn read(violations: &mut Violations, csv: &[u8]) -> Vec<Row> {
    if csv.len() > MAX_BYTES {
        violations.add("csv", format!("is larger than {MAX_BYTES} bytes ({})", csv.len()));
        return Vec::new();
    }
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(csv);
    let Ok(headers) = reader.headers().cloned() else {
        violations.add("csv", "is not UTF-8 text");
        return Vec::new();
    };
    for wanted in NEEDED.iter().filter(|wanted| !headers.iter().any(|header| header == **wanted)) {
        violations.add("csv", format!("has no column {wanted} in its first line"));
    }
    if !violations.is_empty() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == MAX_ROWS {
            violations.add("csv", format!("has more than {MAX_ROWS} rows"));
            return Vec::new();
        }
        rows.push(match record {
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Row { line, exemplar: None, partner: None, parsed: Err(vec!["is not UTF-8 text".to_owned()]) }
            }
            Ok(record) => row(&record, &headers),
        });
    }
    rows
}

fn row(record: &csv::StringRecord, headers: &csv::StringRecord) -> Row {
    let line = record.position().map_or(0, csv::Position::line);
    let fields: Record = match record.deserialize(Some(headers)) {
        Ok(fields) => fields,
        Err(_) => {
            let fault = format!("has {} fields where the header has {}", record.len(), headers.len());
            return Row { line, exemplar: None, partner: None, parsed: Err(vec![fault]) };
        }
    };
    let mut faults = Violations::new();
    let exemplar = faults.take("exemplar", OrganisationId::from_code(&fields.exemplar));
    let partner = faults.take("partner", OrganisationId::from_code(&fields.partner));
    let parsed = fields.parse(&mut faults, exemplar.clone(), partner.clone());
    let said = || faults.iter().map(|fault| format!("{} {}", fault.field, fault.description)).collect();
    let parsed = parsed.filter(|_| faults.is_empty()).ok_or_else(said);
    Row { line, exemplar, partner, parsed }
}

impl Record {
    fn parse(
        self,
        faults: &mut Violations,
        exemplar: Option<OrganisationId>,
        partner: Option<OrganisationId>,
    ) -> Option<RecordedPairing> {
        let kind = PairingKind::from_name(&constant(&self.kind));
        let kind = faults.take("kind", kind.ok_or("is exemplar-follower, exemplar-partner or exemplar-peer"));
        let mode = match self.mode.as_str() {
            "" => None,
            mode => {
                let known = PairingMode::from_name(&constant(mode));
                faults.take("mode", known.ok_or("is shared-software, common-team or standard-methods"))
            }
        };
        let proposed = day::required(faults, "proposed", &self.proposed).map(Timestamp::start_of);
        let accepted = day::parse(faults, "accepted", &self.accepted).map(Timestamp::start_of);
        let ended = day::parse(faults, "ended", &self.ended).map(Timestamp::start_of);
        let state = match (accepted, ended) {
            (None, None) => RecordedState::Proposed,
            (Some(accepted), None) => RecordedState::DueDiligence { accepted },
            (accepted, Some(ended)) => RecordedState::Withdrawn { accepted, ended, reason: self.reason.clone() },
        };
        let both = [self.reason.as_str(), &self.source].into_iter().filter(|text| !text.is_empty());
        let source = faults.text("source", &both.collect::<Vec<_>>().join(". "), 1..=MAX_SOURCE);
        // Exemplars nominated their followers and chose their partners.
        let terms = Terms { exemplar: exemplar?, partner: partner?, kind: kind?, mode, proposer: Side::Exemplar };
        Some(RecordedPairing { terms, proposed: proposed?, state, source })
    }
}

/// `fast-follower` as rows of the database spell it.
fn constant(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

/// Pairings as a part of a document; the first part of CSV has the header.
pub(crate) fn write(format: Format, pairings: &[Pairing], first: bool) -> Vec<u8> {
    match format {
        Format::Csv => {
            let mut text = if first { line(&COLUMNS.map(str::to_owned)) } else { String::new() };
            for pairing in pairings {
                text.push_str(&line(&cells(pairing).map(defused)));
            }
            text.into_bytes()
        }
        Format::JsonLines => {
            let mut text = String::new();
            for pairing in pairings {
                let pairs = COLUMNS.into_iter().zip(cells(pairing)).map(|(name, cell)| (name.to_owned(), cell.into()));
                text.push_str(&serde_json::Value::Object(pairs.collect()).to_string());
                text.push('\n');
            }
            text.into_bytes()
        }
    }
}

fn cells(pairing: &Pairing) -> [String; 15] {
    let word = |name: &str| name.to_lowercase().replace('_', "-");
    let date = |at: Option<Timestamp>| at.map(|at| at.date().to_string()).unwrap_or_default();
    let dropped = pairing.state == PairingState::Withdrawn && pairing.accepted.is_some();
    [
        pairing.terms.exemplar.code().to_owned(),
        pairing.terms.partner.code().to_owned(),
        word(pairing.terms.kind.name()),
        pairing.terms.mode.map(|mode| word(mode.name())).unwrap_or_default(),
        if dropped { "dropped".to_owned() } else { word(pairing.state.name()) },
        date(Some(pairing.proposed)),
        date(pairing.accepted),
        date(pairing.started),
        date(pairing.ended),
        pairing.reason.clone(),
        pairing.outcome.map(|outcome| word(outcome.name())).unwrap_or_default(),
        if pairing.agreement > 0 { pairing.agreement.to_string() } else { String::new() },
        pairing.group.map(|group| group.to_string()).unwrap_or_default(),
        pairing.source.clone(),
        pairing.id.to_string(),
    ]
}

/// A cell that no spreadsheet takes for a formula.
fn defused(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// One line of CSV (RFC 4180).
fn line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let mut text = cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    text
}
