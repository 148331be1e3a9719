//! Rows from and to files of a spreadsheet: CSV, text pasted from a spreadsheet (tabs), and XLSX, in one typed shape.
//!
//! What comes in is bounded in bytes, unpacked bytes, rows, columns and characters of a cell, and every fault names its
//! row and column as the spreadsheet counts them. What goes out can do nothing in the program that opens it: a text
//! that would be a formula is written as a text.

mod cell;
mod csv;
#[cfg(test)]
mod tests;
mod xlsx;

pub use cell::Cell;

use crate::{Error, Violations};

/// How large a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Bytes of everything in an XLSX file once unpacked: it is an archive, and a small one can hold a lot.
    pub unpacked: u64,
    /// Rows without the header.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Characters of one cell.
    pub cell: usize,
}

impl Limits {
    /// A table that one person looks at: 4 MiB, 2,000 rows, 400 columns.
    pub const PAGE: Self = Self { bytes: 4 << 20, unpacked: 64 << 20, rows: 2_000, columns: 400, cell: 2_000 };
    /// A file that a system has written: 32 MiB, 200,000 rows, 60 columns.
    pub const BULK: Self = Self { bytes: 32 << 20, unpacked: 256 << 20, rows: 200_000, columns: 60, cell: 2_000 };
}

/// A table with a header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows that are not blank.
    pub rows: Vec<Row>,
}

/// A row and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number as a spreadsheet counts: the header of a file is row 1, blank rows count.
    pub number: u32,
    /// Its cells; those beyond the last one filled may be left out.
    pub cells: Vec<Cell>,
}

/// The forms that a file can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated text in UTF-8 (RFC 4180).
    Csv,
    /// An Office Open XML workbook with one sheet.
    Xlsx,
}

impl Sheet {
    /// Reads a file of either form; which one is plain from its first bytes. Faults of the file are noted under
    /// `field`.
    ///
    /// CSV may begin with a byte-order mark and be separated by commas, semicolons or tabs. Of a workbook the first
    /// sheet is read. It takes as long as the file is large: not on a thread of the runtime.
    pub fn read(violations: &mut Violations, field: &str, file: &[u8], limits: &Limits) -> Option<Self> {
        let read = || {
            if file.len() > limits.bytes {
                return Err(format!("is larger than {} bytes ({})", limits.bytes, file.len()));
            }
            let sheet = if xlsx::is_one(file) { xlsx::read(file, limits) } else { csv::read(file, limits) }?;
            sheet.check(limits)?;
            Ok(sheet)
        };
        violations.take(field, read())
    }

    /// The table as a file.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when it has more rows or columns than the form can hold.
    pub fn write(&self, format: Format) -> Result<Vec<u8>, Error> {
        let written = match format {
            Format::Csv => csv::write(self),
            Format::Xlsx => xlsx::write(self),
        };
        written.map_err(|fault| Error::Inconsistent(format!("a table that cannot be written: {fault}")))
    }

    /// The place of the column with this name, in any mixture of capitals.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|header| header.eq_ignore_ascii_case(name))
    }

    /// Whether header and cells are as a file's must be: a header, no column twice, no value without one, no long text.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        if self.header.iter().all(String::is_empty) {
            return Err("has no header in its first row".to_owned());
        }
        for (i, name) in self.header.iter().enumerate() {
            if !name.is_empty() && self.header[..i].iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(format!("has the column {name} twice"));
            }
        }
        for row in &self.rows {
            for (i, cell) in row.cells.iter().enumerate() {
                if i >= self.header.len() || self.header[i].is_empty() {
                    if *cell != Cell::Empty {
                        return Err(format!(
                            "has a value without a header in row {}, column {}",
                            row.number,
                            letters(i)
                        ));
                    }
                } else if matches!(cell, Cell::Text(text) if text.chars().count() > limits.cell) {
                    let place = format!("row {}, column {}", row.number, self.header[i]);
                    return Err(format!("has more than {} characters in {place}", limits.cell));
                }
            }
        }
        Ok(())
    }
}

impl Row {
    /// The cell of a column; empty where the row has none.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }
}

/// A column as spreadsheets name it: A, B … Z, AA.
pub fn letters(column: usize) -> String {
    let mut name = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        name.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0));
        rest = (rest - 1) / 26;
    }
    name.reverse();
    String::from_utf8(name).unwrap_or_default()
}

/// Refuses a row or a column beyond what is allowed.
fn within(limits: &Limits, rows: usize, columns: usize) -> Result<(), String> {
    if rows > limits.rows {
        return Err(format!("has more than {} rows", limits.rows));
    }
    if columns > limits.columns {
        return Err(format!("has more than {} columns", limits.columns));
    }
    Ok(())
}
