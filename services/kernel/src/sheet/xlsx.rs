//! Tables as workbooks of Office Open XML.

use std::io::{self, Cursor, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx};
use rust_xlsxwriter::{ExcelDateTime as DateOut, Format, Workbook};
use time::{Date, Month};
use zip::ZipArchive;

use super::cell::{FORMULA, defused};
use super::{Cell, Limits, Row, Sheet, within};

/// Parts of a workbook at the most; a plain one has about a dozen.
const MAX_PARTS: usize = 1_000;

/// Whether a file is an archive, as every workbook is.
pub(super) fn is_one(file: &[u8]) -> bool {
    file.starts_with(b"PK\x03\x04")
}

/// Reads the first sheet of a workbook, cell by cell, so that one far away makes no large table.
pub(super) fn read(file: &[u8], limits: &Limits) -> Result<Sheet, String> {
    check_unpacked(file, limits.unpacked)?;
    let unreadable = |_| "is not a workbook that can be read; save it as XLSX or as CSV UTF-8".to_owned();
    let mut workbook = Xlsx::new(Cursor::new(file)).map_err(unreadable)?;
    let name = workbook.sheet_names().first().cloned().ok_or("has no sheet")?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut sheet = Sheet::default();
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(unreadable)? {
        let (row, column) = found.pos;
        let value = if found.formula.is_some() { FORMULA } else { cell(&found.value) };
        if value.is_empty() {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        within(limits, sheet.rows.len(), column.saturating_add(1))?;
        if row == 0 {
            sheet.header.resize(sheet.header.len().max(column + 1), String::new());
            sheet.header[column] = value.as_text().map_err(|fault| format!("has a header that {fault}"))?;
            continue;
        }
        let number = row.saturating_add(1);
        if sheet.rows.last().is_none_or(|last| last.number != number) {
            within(limits, sheet.rows.len() + 1, 0)?;
            sheet.rows.push(Row { number, cells: Vec::with_capacity(sheet.header.len()) });
        }
        if let Some(row) = sheet.rows.last_mut() {
            row.cells.resize(row.cells.len().max(column + 1), Cell::Empty);
            row.cells[column] = value;
        }
    }
    Ok(sheet)
}

/// Unpacks everything once into nowhere: what an archive says of its sizes need not be true.
fn check_unpacked(file: &[u8], most: u64) -> Result<(), String> {
    let broken = |_| "is not a workbook that can be read".to_owned();
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(format!("has more than {MAX_PARTS} parts"));
    }
    let mut left = most;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(broken)?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink());
        let read = read.map_err(|_| "is not a workbook that can be read".to_owned())?;
        left = left.checked_sub(read).ok_or_else(|| format!("is larger than {most} bytes when unpacked"))?;
    }
    Ok(())
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        #[expect(clippy::cast_precision_loss, reason = "a workbook holds every number as a float")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) => Cell::text(text.trim()),
        DataRef::SharedString(text) => Cell::text(text.trim()),
        DataRef::Bool(yes) => Cell::text(if *yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(at) if at.is_datetime() => day(*at).map_or(Cell::Foreign("no day of a calendar"), Cell::Date),
        DataRef::DateTime(_) | DataRef::DurationIso(_) => Cell::Foreign("a length of time"),
        DataRef::DateTimeIso(text) => Cell::text(text.split('T').next().unwrap_or_default()),
        DataRef::Error(_) => Cell::Foreign("an error of the spreadsheet"),
    }
}

fn day(at: ExcelDateTime) -> Option<Date> {
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    Date::from_calendar_date(year.into(), Month::try_from(month).ok()?, day).ok()
}

/// Writes a workbook with one sheet: a header that stays in sight, days as days, and texts that are never formulas.
pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let mut workbook = Workbook::new();
    let said = |error: rust_xlsxwriter::XlsxError| error.to_string();
    let (bold, date) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
    // Shows the apostrophe to nobody and keeps the text a text when the cell is edited.
    let inert = Format::new().set_quote_prefix();
    let page = workbook.add_worksheet();
    page.set_freeze_panes(1, 0).map_err(said)?;
    let place = |column: usize| u16::try_from(column).map_err(|_| "too many columns".to_owned());
    for (column, name) in sheet.header.iter().enumerate() {
        page.write_string_with_format(0, place(column)?, name, &bold).map_err(said)?;
    }
    for (number, row) in (1..).zip(&sheet.rows) {
        for column in 0..sheet.header.len() {
            let at = place(column)?;
            match row.cell(column) {
                Cell::Empty => continue,
                Cell::Text(text) if defused(text) != *text => page.write_string_with_format(number, at, text, &inert),
                Cell::Text(text) => page.write_string(number, at, text),
                Cell::Foreign(what) => page.write_string(number, at, *what),
                Cell::Number(value) => page.write_number(number, at, *value),
                Cell::Date(day) => {
                    let year = u16::try_from(day.year()).unwrap_or(0);
                    let day = DateOut::from_ymd(year, day.month().into(), day.day()).map_err(said)?;
                    page.write_datetime_with_format(number, at, &day, &date)
                }
            }
            .map_err(said)?;
        }
    }
    workbook.save_to_buffer().map_err(said)
}
