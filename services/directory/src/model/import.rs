//! Organisations from a CSV file: a verdict for every row before anything is written.

use std::collections::{HashMap, HashSet};

use exemplar_kernel::{OrganisationId, Timestamp, Violations, day};
use serde::{Deserialize, Serialize};
use time::Date;

use super::organisation::{Draft, Organisation};
use super::profile::{Profile, ProfileUpdate, parse_settings, parse_words};
use super::vocabulary::{Vocabularies, Vocabulary};

/// A file's size at the most, in bytes.
pub const MAX_BYTES: usize = 2 << 20;
/// Rows of a file at the most.
pub const MAX_ROWS: usize = 10_000;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It changes what is there.
    Updated,
    /// It says what is there already.
    Unchanged,
    /// It cannot be used.
    Invalid,
}

/// What becomes of one row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowVerdict {
    /// Its line; the header is line 1.
    pub line: u64,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The organisation, when its code could be read.
    pub organisation: Option<OrganisationId>,
    /// What is wrong with it, column by column.
    pub faults: Vec<String>,
}

/// A row that could be read, or why it could not.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) id: Option<OrganisationId>,
    pub(crate) parsed: Result<Draft, Vec<String>>,
}

#[derive(Deserialize)]
struct Record {
    code: String,
    name: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    care_setting: String,
    #[serde(default)]
    epr_supplier: String,
    #[serde(default)]
    epr_product: String,
    #[serde(default)]
    opened: String,
    #[serde(default)]
    closed: String,
    #[serde(default)]
    source: String,
}

/// Reads a file. Faults of the file as a whole are noted under `csv`; those of a row stay with the row.
pub(crate) fn read(violations: &mut Violations, words: &Vocabularies, csv: &[u8]) -> Vec<Row> {
    if csv.len() > MAX_BYTES {
        violations.add("csv", format!("is larger than {MAX_BYTES} bytes ({})", csv.len()));
        return Vec::new();
    }
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(csv);
    match reader.headers() {
        Err(_) => violations.add("csv", "is not UTF-8 text"),
        Ok(headers) => {
            for wanted in ["code", "name"] {
                if !headers.iter().any(|header| header == wanted) {
                    violations.add("csv", format!("has no column {wanted} in its first line"));
                }
            }
        }
    }
    if !violations.is_empty() {
        return Vec::new();
    }
    let Ok(headers) = reader.headers().cloned() else { return Vec::new() };
    let mut seen = HashSet::new();
    let mut lines = Lines { csv, at: 0, line: 1 };
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == MAX_ROWS {
            violations.add("csv", format!("has more than {MAX_ROWS} rows"));
            return Vec::new();
        }
        let row = match record {
            Err(error) => {
                let line = lines.of(error.position());
                Row { line, id: None, parsed: Err(vec!["is not UTF-8 text".to_owned()]) }
            }
            Ok(record) => parse_row(words, lines.of(record.position()), &record, (&headers, &mut seen)),
        };
        rows.push(row);
    }
    rows
}

/// Tells the line on which a record begins: the reader's own count stands before the blank lines that it skips.
struct Lines<'a> {
    csv: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let byte = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.at);
        let begins = (byte..self.csv.len()).find(|at| !matches!(self.csv[*at], b'\r' | b'\n')).unwrap_or(byte);
        let passed = self.csv.get(self.at..begins).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').skip(1).count() as u64;
        self.at = begins;
        self.line
    }
}

fn parse_row(
    words: &Vocabularies,
    line: u64,
    record: &csv::StringRecord,
    (headers, seen): (&csv::StringRecord, &mut HashSet<OrganisationId>),
) -> Row {
    let fields: Record = match record.deserialize(Some(headers)) {
        Ok(fields) => fields,
        Err(_) => {
            let fault = format!("has {} fields where the header has {}", record.len(), headers.len());
            return Row { line, id: None, parsed: Err(vec![fault]) };
        }
    };
    let mut faults = Violations::new();
    let id = faults.take("code", OrganisationId::from_code(&fields.code));
    if let Some(id) = &id
        && !seen.insert(id.clone())
    {
        faults.add("code", "is in the file more than once");
    }
    let draft = fields.parse(&mut faults, words, id.as_ref());
    let parsed = if faults.is_empty() {
        Ok(draft)
    } else {
        Err(faults.iter().map(|fault| format!("{} {}", fault.field, fault.description)).collect())
    };
    Row { line, id, parsed }
}

impl Record {
    fn parse(&self, faults: &mut Violations, words: &Vocabularies, id: Option<&OrganisationId>) -> Draft {
        let own = id.filter(|id| id.is_own()).map(|id| id.code()[..2].to_owned());
        let country = match (self.country.as_str(), own) {
            ("", own) => own.unwrap_or_else(|| "GB".to_owned()),
            (country, own) => {
                if own.is_some_and(|own| own != country) {
                    faults.add("country", "is not the country that the code begins with");
                }
                parse_country(faults, "country", country)
            }
        };
        let settings: Vec<String> =
            self.care_setting.split(';').filter(|term| !term.trim().is_empty()).map(str::to_owned).collect();
        let mut read = |field: &str, vocabulary: Vocabulary, typed: &str| {
            Some(parse_words(faults, words, field, (vocabulary, typed)))
        };
        let update = ProfileUpdate {
            region: read("region", Vocabulary::Region, &self.region),
            epr_supplier: read("epr_supplier", Vocabulary::EprSupplier, &self.epr_supplier),
            epr_product: read("epr_product", Vocabulary::EprProduct, &self.epr_product),
            care_settings: Some(parse_settings(faults, words, "care_setting", &settings)),
            ..ProfileUpdate::default()
        };
        let source = faults.text("source", &self.source, 0..=500);
        let profile = Profile::default().updated(update, words.today(), &source);
        let open_date = day::parse(faults, "opened", &self.opened);
        let close_date = day::parse(faults, "closed", &self.closed);
        if let (Some(opened), Some(closed)) = (open_date, close_date)
            && closed < opened
        {
            faults.add("closed", "is before opened");
        }
        Draft {
            display_name: faults.text("name", &self.name, 1..=200),
            country,
            profile,
            open_date,
            close_date,
            source,
        }
    }
}

/// Reads a two-letter country.
pub(crate) fn parse_country(violations: &mut Violations, field: &str, country: &str) -> String {
    if country.len() != 2 || !country.chars().all(|c| c.is_ascii_uppercase()) {
        violations.add(field, "must be two capital letters (ISO 3166-1 alpha-2)");
    }
    country.to_owned()
}

/// What becomes of each row, given what is registered; and the organisations to be written.
pub(crate) fn judge(
    rows: Vec<Row>,
    registered: &HashMap<OrganisationId, Organisation>,
    now: Timestamp,
) -> (Vec<RowVerdict>, Vec<Organisation>) {
    let mut verdicts = Vec::with_capacity(rows.len());
    let mut changed = Vec::new();
    for Row { line, id, parsed } in rows {
        let verdict = |outcome, faults| RowVerdict { line, outcome, organisation: id.clone(), faults };
        let (draft, id) = match (parsed, &id) {
            (Ok(draft), Some(id)) => (draft, id),
            (Err(faults), _) => {
                verdicts.push(verdict(Outcome::Invalid, faults));
                continue;
            }
            (Ok(_), None) => continue,
        };
        let outcome = match registered.get(id) {
            None => {
                changed.push(Organisation::register(id.clone(), draft, now));
                Outcome::Created
            }
            Some(there) => match there.revised(there.completed_by(draft, now.date()), now) {
                Some(revised) => {
                    changed.push(revised);
                    Outcome::Updated
                }
                None => Outcome::Unchanged,
            },
        };
        verdicts.push(verdict(outcome, Vec::new()));
    }
    (verdicts, changed)
}

impl Organisation {
    /// An imported row over what is registered: empty cells leave what is there, and a product's version, for which
    /// the file has no column, stays while the product does.
    fn completed_by(&self, draft: Draft, day: Date) -> Draft {
        let given = |new: String| (!new.is_empty()).then_some(new);
        let new = draft.profile.record_systems.into_iter().next().unwrap_or_default();
        let old = self.profile.epr(day).map(|system| system.product.clone()).unwrap_or_default();
        let epr_product = given(new.product);
        let update = ProfileUpdate {
            region: given(draft.profile.region),
            care_settings: Some(draft.profile.care_settings).filter(|settings| !settings.is_empty()),
            epr_supplier: given(new.supplier),
            epr_version: epr_product.as_ref().filter(|new| **new != old).map(|_| String::new()),
            epr_product,
            ..ProfileUpdate::default()
        };
        Draft {
            profile: self.profile.updated(update, day, &draft.source),
            open_date: draft.open_date.or(self.open_date),
            close_date: draft.close_date.or(self.close_date),
            source: given(draft.source.clone()).unwrap_or_else(|| self.source.clone()),
            display_name: draft.display_name,
            country: draft.country,
        }
    }
}
