//! Tables as separated text.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::cell::{FORMULA, defused, fused};
use super::{Cell, Limits, Row, Sheet, within};

/// The mark with which some programs begin a text in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads text separated by commas, semicolons or tabs, whichever the first line has most of.
pub(super) fn read(file: &[u8], limits: &Limits) -> Result<Sheet, String> {
    let text = file.strip_prefix(MARK).unwrap_or(file);
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.contains(&0) {
        return Err("is not UTF-8 text; save it as CSV UTF-8".to_owned());
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator(text)).from_reader(text);
    let mut sheet = Sheet::default();
    let mut numbers = Numbers { text, last: 0 };
    let mut record = StringRecord::new();
    let mut first = true;
    while reader.read_record(&mut record).map_err(|_| "is not UTF-8 text; save it as CSV UTF-8".to_owned())? {
        let number = numbers.of(record.position());
        if first {
            sheet.header = record.iter().map(|name| fused(name.trim()).to_owned()).collect();
            while sheet.header.last().is_some_and(String::is_empty) {
                sheet.header.pop();
            }
            within(limits, 0, sheet.header.len())?;
            first = false;
            continue;
        }
        let mut cells: Vec<Cell> = record.iter().map(cell).collect();
        while cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        if !cells.is_empty() {
            within(limits, sheet.rows.len() + 1, cells.len())?;
            sheet.rows.push(Row { number, cells });
        }
    }
    Ok(sheet)
}

/// Writes a table with a header; texts that a spreadsheet would compute are defused.
pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let said = |error: csv::Error| error.to_string();
    writer.write_record(sheet.header.iter().map(|name| defused(name))).map_err(said)?;
    for row in &sheet.rows {
        let cells = (0..sheet.header.len()).map(|column| {
            let cell = row.cell(column);
            if let Cell::Text(text) = cell { defused(text) } else { cell.to_string() }
        });
        writer.write_record(cells).map_err(said)?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn cell(text: &str) -> Cell {
    let text = text.trim();
    if text.starts_with('=') { FORMULA } else { Cell::text(fused(text)) }
}

/// The separator that the first line has most of; a comma when it has none.
fn separator(text: &[u8]) -> u8 {
    let mut quoted = false;
    let mut found = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                for (separator, count) in &mut found {
                    *count += usize::from(byte == separator);
                }
            }
            _ => {}
        }
    }
    let [mut best, rest @ ..] = found;
    for other in rest {
        if other.1 > best.1 {
            best = other;
        }
    }
    best.0
}

/// Tells the number of a row: the reader skips blank lines, a spreadsheet counts them.
struct Numbers<'a> {
    text: &'a [u8],
    last: u32,
}

impl Numbers<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> u32 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(usize::MAX);
        let mut before = self.text.get(start..).unwrap_or_default();
        // The reader ends a row at the return, so the line feed after it stands before the next one.
        if start > 0 && self.text.get(start - 1) == Some(&b'\r') && before.first() == Some(&b'\n') {
            before = &before[1..];
        }
        let blank = before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
        self.last = self.last.saturating_add(1).saturating_add(u32::try_from(blank.count()).unwrap_or(u32::MAX));
        self.last
    }
}
