//! The library's index as a table: what a row says, what can be wrong with it, and what becomes of it. Pure.
//!
//! Today's national library is an Excel file of some 300 rows in which titles come twice, dates and addresses are
//! missing and organisations stand under names that they no longer have. None of that is stored silently.

use std::collections::{BTreeMap, HashMap, HashSet};

use exemplar_kernel::OrganisationId;
use exemplar_kernel::sheet::{self, Cell, Limits, Sheet};
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

/// How large an index may be.
pub const LIMITS: Limits = Limits { bytes: 3_500_000, unpacked: 64 << 20, rows: 10_000, columns: 60, cell: 2_000 };
/// An address's length at the most, in characters.
const MAX_ADDRESS: usize = 500;
/// A title's length, in characters.
const TITLE: std::ops::RangeInclusive<usize> = 10..=200;
/// Terms of one vocabulary in a row at the most.
const MAX_TERMS: usize = 8;

exemplar_kernel::named!(
    /// What can be found in a row.
    Finding {
        /// An earlier row says the same.
        DuplicateRow = "DUPLICATE_ROW",
        /// The organisation has a blueprint of this title.
        AlreadyThere = "ALREADY_THERE",
        /// The title is missing, too short or too long.
        TitleUnfit = "TITLE_UNFIT",
        /// No open organisation has this name or code, or several have.
        UnknownOrganisation = "UNKNOWN_ORGANISATION",
        /// The organisation's name says how it was called before.
        PreviouslyKnownAs = "PREVIOUSLY_KNOWN_AS",
        /// No date.
        MissingDate = "MISSING_DATE",
        /// A date that cannot be read.
        UnreadableDate = "UNREADABLE_DATE",
        /// No address.
        MissingAddress = "MISSING_ADDRESS",
        /// An address that is none.
        UnreadableAddress = "UNREADABLE_ADDRESS",
        /// A term that is in no vocabulary.
        UnknownTerm = "UNKNOWN_TERM",
    }
);

impl Finding {
    /// Whether a row with it can be let in by one who says so.
    pub const fn can_be_accepted(self) -> bool {
        matches!(self, Self::PreviouslyKnownAs | Self::MissingDate | Self::MissingAddress | Self::UnknownTerm)
    }
}

/// A row as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its line; the headings are line 1.
    pub line: u32,
    /// What, where and when.
    pub title: String,
    /// A name or a code.
    pub organisation: String,
    /// When it was published.
    pub date: String,
    /// Terms, as typed.
    pub care_settings: Vec<String>,
    /// Terms, as typed.
    pub project_types: Vec<String>,
    /// Terms, as typed.
    pub users: Vec<String>,
    /// Where it can be read.
    pub address: String,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What, where and when.
    pub title: String,
    /// Whose.
    pub organisation: OrganisationId,
    /// When it was published.
    pub date: Option<Date>,
    /// Terms of the vocabulary, sorted.
    pub care_settings: Vec<String>,
    /// Terms of the vocabulary, sorted.
    pub project_types: Vec<String>,
    /// Terms of the vocabulary, sorted.
    pub users: Vec<String>,
    /// Where it can be read; may be empty.
    pub address: String,
}

/// A row after judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its line.
    pub line: u32,
    /// Its title.
    pub title: String,
    /// What was found, and in words.
    pub findings: Vec<(Finding, String)>,
    /// Whether it is, or would be, written.
    pub imported: bool,
}

/// The vocabularies as the judge asks them: the spelling that counts of a term as typed.
pub trait Terms {
    /// Of a care setting.
    fn care_setting(&self, typed: &str) -> Option<String>;
    /// Of a project type.
    fn project_type(&self, typed: &str) -> Option<String>;
    /// Of a user group.
    fn user_group(&self, typed: &str) -> Option<String>;
}

/// Who there is: open organisations by their code and by every name, in lower case.
#[derive(Clone, Debug, Default)]
pub struct Organisations {
    by_name: HashMap<String, Vec<OrganisationId>>,
}

impl Organisations {
    /// Notes an organisation under its code and its name.
    pub fn add(&mut self, id: &OrganisationId, name: &str) {
        for key in [name_key(id.code()), name_key(name)] {
            let ids = self.by_name.entry(key).or_default();
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
    }

    fn find(&self, typed: &str) -> Result<OrganisationId, String> {
        match self.by_name.get(&name_key(typed)).map(Vec::as_slice) {
            _ if typed.is_empty() => Err("no organisation is named".to_owned()),
            Some([one]) => Ok(one.clone()),
            Some(several) => Err(format!("{} organisations are called {typed:?}", several.len())),
            None => Err(format!("no open organisation is called {typed:?}")),
        }
    }
}

/// A name as it is compared: in lower case, one space between words, "and" for "&", without what every trust's name has.
fn name_key(name: &str) -> String {
    let lower = name.to_lowercase().replace('&', " and ").replace(['.', ',', '\'', '\u{2019}'], "");
    let words: Vec<_> = lower
        .split_whitespace()
        .filter(|word| !matches!(*word, "nhs" | "foundation" | "trust" | "ft" | "the"))
        .collect();
    words.join(" ")
}

/// A title as it is compared.
pub fn title_key(title: &str) -> String {
    title.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the rows of a table by its headings.
///
/// # Errors
/// When a heading is missing or a cell cannot be read as text; says it in words.
pub fn rows(sheet: &Sheet) -> Result<Vec<Row>, String> {
    let columns = Columns::of(&sheet.header)?;
    sheet.rows.iter().map(|row| columns.read(row)).collect()
}

/// The released blueprints of an index as a table.
pub fn sheet(entries: impl Iterator<Item = Entry>) -> Sheet {
    let row = |(number, entry): (u32, Entry)| {
        let date = entry.date.map(Cell::Date).unwrap_or_default();
        let words = |terms: Vec<String>| Cell::text(terms.join("; "));
        let cells = vec![
            Cell::text(entry.title),
            Cell::text(entry.organisation.code()),
            date,
            words(entry.care_settings),
            words(entry.project_types),
            words(entry.users),
            Cell::text(entry.address),
        ];
        sheet::Row { number, cells }
    };
    let header = HEADINGS.iter().map(|(name, _)| (*name).to_owned()).collect();
    Sheet { header, rows: (2..).zip(entries).map(row).collect() }
}

/// The columns of an index by their headings, as people write them.
const HEADINGS: [(&str, &[&str]); 7] = [
    ("title", &["title", "blueprint", "blueprint title", "name"]),
    ("organisation", &["organisation", "organization", "trust", "organisation name", "organisation code", "ods code"]),
    ("date", &["date", "date published", "published", "publication date"]),
    ("care setting", &["care setting", "care settings"]),
    ("project type", &["project type", "project types", "type"]),
    ("users", &["users", "user group", "user groups", "who"]),
    ("address", &["address", "url", "link", "web address"]),
];

struct Columns([usize; HEADINGS.len()]);

impl Columns {
    fn of(header: &[String]) -> Result<Self, String> {
        let header: Vec<String> = header.iter().map(|cell| title_key(cell.trim_start_matches('\u{feff}'))).collect();
        let mut places = [0; HEADINGS.len()];
        let mut missing = Vec::new();
        for (place, (name, spellings)) in places.iter_mut().zip(HEADINGS) {
            match header.iter().position(|cell| spellings.contains(&cell.as_str())) {
                Some(column) => *place = column,
                None => missing.push(name),
            }
        }
        if missing.is_empty() {
            Ok(Self(places))
        } else {
            Err(format!("its first row lacks the headings {}", missing.join(", ")))
        }
    }

    fn read(&self, row: &sheet::Row) -> Result<Row, String> {
        let Self([title, organisation, date, care_setting, project_type, users, address]) = *self;
        let cell = |column: usize| {
            let text = row.cell(column).as_text().map_err(|fault| format!("{fault} in row {}", row.number))?;
            Ok::<_, String>(text.trim().to_owned())
        };
        Ok(Row {
            line: row.number,
            title: cell(title)?,
            organisation: cell(organisation)?,
            date: cell(date)?,
            care_settings: several(&cell(care_setting)?),
            project_types: several(&cell(project_type)?),
            users: several(&cell(users)?),
            address: cell(address)?,
        })
    }
}

/// The values of one cell: a line or a semicolon each.
fn several(cell: &str) -> Vec<String> {
    cell.split([';', '\n', '|']).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Judges every row: what was found, and what becomes of those that nothing keeps out.
///
/// `there` has the organisation and the compared title of what is there already.
pub fn judge(
    rows: &[Row],
    organisations: &Organisations,
    terms: &impl Terms,
    there: &HashSet<(OrganisationId, String)>,
    accept: &[Finding],
) -> Vec<(Verdict, Option<Entry>)> {
    let mut earlier: BTreeMap<(OrganisationId, String), u32> = BTreeMap::new();
    let mut judged = Vec::with_capacity(rows.len());
    for row in rows {
        let (mut findings, entry) = read(row, organisations, terms);
        if let Some(entry) = &entry {
            let key = (entry.organisation.clone(), title_key(&entry.title));
            if there.contains(&key) {
                findings.push((Finding::AlreadyThere, format!("{} has it already", entry.organisation.code())));
            }
            match earlier.get(&key) {
                Some(line) => findings.push((Finding::DuplicateRow, format!("says what line {line} says"))),
                None => {
                    earlier.insert(key, row.line);
                }
            }
        }
        let kept_out = findings.iter().any(|(finding, _)| !accept.contains(finding) || !finding.can_be_accepted());
        let entry = entry.filter(|_| !kept_out);
        let imported = entry.is_some();
        judged.push((Verdict { line: row.line, title: row.title.clone(), findings, imported }, entry));
    }
    judged
}

fn read(row: &Row, organisations: &Organisations, terms: &impl Terms) -> (Vec<(Finding, String)>, Option<Entry>) {
    let mut findings = Vec::new();
    let length = row.title.chars().count();
    let title_fits = TITLE.contains(&length) && !row.title.chars().any(char::is_control);
    if !title_fits {
        findings.push((Finding::TitleUnfit, format!("a title has 10 to 200 characters, not {length}")));
    }
    let (present, before) = known_as(&row.organisation);
    if let Some(before) = before {
        findings.push((Finding::PreviouslyKnownAs, format!("{present:?} was known as {before:?} before")));
    }
    let organisation = organisations.find(present).map_err(|why| findings.push((Finding::UnknownOrganisation, why)));
    let date = date(&row.date).map_err(|finding| findings.push(finding)).ok();
    let address = address(&row.address).map_err(|finding| findings.push(finding)).unwrap_or_default();
    let mut known = |what: &str, typed: &[String], term: &dyn Fn(&str) -> Option<String>| {
        let mut known = Vec::new();
        for (place, typed) in typed.iter().enumerate() {
            match term(typed) {
                Some(_) if place >= MAX_TERMS => {
                    findings.push((Finding::UnknownTerm, format!("{typed:?} is one {what} too many")));
                }
                Some(term) => known.push(term),
                None => findings.push((Finding::UnknownTerm, format!("{typed:?} is no {what} of the vocabulary"))),
            }
        }
        known.sort();
        known.dedup();
        known
    };
    let care_settings = known("care setting", &row.care_settings, &|typed| terms.care_setting(typed));
    let project_types = known("project type", &row.project_types, &|typed| terms.project_type(typed));
    let users = known("user group", &row.users, &|typed| terms.user_group(typed));
    let entry = match organisation {
        Ok(organisation) if title_fits => {
            let (title, date) = (row.title.clone(), date);
            Some(Entry { title, organisation, date, care_settings, project_types, users, address })
        }
        _ => None,
    };
    (findings, entry)
}

/// A name without its "(previously known as ...)", and what stood there.
fn known_as(name: &str) -> (&str, Option<&str>) {
    const WORDS: [&str; 3] = ["(previously known as", "(formerly known as", "(formerly"];
    // Letters of one byte only are changed, so that places in the one are places in the other.
    let lower = name.to_ascii_lowercase();
    for words in WORDS {
        if let Some(start) = lower.find(words) {
            let inside = name.get(start + words.len()..).unwrap_or_default();
            let before = inside.split(')').next().unwrap_or_default().trim();
            return (name.get(..start).unwrap_or_default().trim(), Some(before));
        }
    }
    (name, None)
}

fn date(typed: &str) -> Result<Date, (Finding, String)> {
    if typed.is_empty() {
        return Err((Finding::MissingDate, "has no date".to_owned()));
    }
    let day = typed.split(['T', ' ']).next().unwrap_or_default();
    Date::parse(day, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(day, format_description!("[day padding:none]/[month padding:none]/[year]")))
        .map_err(|_| (Finding::UnreadableDate, format!("{typed:?} is no day like 2018-08-06 or 06/08/2018")))
}

fn address(typed: &str) -> Result<String, (Finding, String)> {
    if typed.is_empty() {
        return Err((Finding::MissingAddress, "has no address".to_owned()));
    }
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\');
    if host.is_empty() || typed.chars().count() > MAX_ADDRESS || typed.contains(strange) {
        let shown: String = typed.chars().take(80).collect();
        return Err((Finding::UnreadableAddress, format!("{shown:?} is no address of http or https")));
    }
    Ok(typed.to_owned())
}
