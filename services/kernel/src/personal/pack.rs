//! A copy as one archive: for each list a JSON file and a CSV file, and a manifest that says what is in which.

use std::io::Write;

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Page;
use crate::Error;
use crate::sheet::{Cell, Format, Row, Sheet};

/// A part of a copy.
#[derive(Clone, Debug)]
pub enum Packed {
    /// Rows of a list: its name, without an ending, and what it is.
    Rows(String, &'static str, Page),
    /// What stands in the manifest beside the list of files; the last part.
    About(Value),
}

/// Packs parts as they come into an archive that is written from its beginning to its end; the thread may block.
///
/// # Errors
/// When `to` takes no more, or a part cannot be written.
pub fn pack(parts: impl Iterator<Item = Packed>, to: impl Write) -> Result<(), Error> {
    let mut archive = ZipWriter::new_stream(to);
    let mut files = Vec::new();
    for part in parts {
        match part {
            Packed::Rows(name, words, page) => {
                let records = page.len();
                file(&mut archive, &format!("{name}.csv"), &csv(&page)?)?;
                let text = serde_json::to_vec_pretty(&page).map_err(|error| failed(&error))?;
                file(&mut archive, &format!("{name}.json"), &text)?;
                files.push(json!({
                    "files": [format!("{name}.json"), format!("{name}.csv")], "what": words, "records": records
                }));
            }
            Packed::About(about) => {
                let manifest = json!({ "about": about, "contents": files });
                let text = serde_json::to_vec_pretty(&manifest).map_err(|error| failed(&error))?;
                file(&mut archive, "manifest.json", &text)?;
            }
        }
    }
    archive.finish().map_err(|error| failed(&error))?.flush().map_err(|error| failed(&error))
}

fn file(archive: &mut ZipWriter<impl Write + std::io::Seek>, name: &str, bytes: &[u8]) -> Result<(), Error> {
    archive.start_file(name, SimpleFileOptions::default()).map_err(|error| failed(&error))?;
    archive.write_all(bytes).map_err(|error| failed(&error))
}

/// The rows as a sheet; documents in cells are written as JSON, and no cell is a formula.
fn csv(page: &Page) -> Result<Vec<u8>, Error> {
    let header: Vec<String> = page.first().map(|row| row.keys().cloned().collect()).unwrap_or_default();
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Cell::text(""),
        Some(Value::String(text)) => Cell::text(text.as_str()),
        Some(other) => Cell::text(other.to_string()),
    };
    let row = |(number, row): (usize, &serde_json::Map<String, Value>)| Row {
        number: u32::try_from(number + 2).unwrap_or(u32::MAX),
        cells: header.iter().map(|column| cell(row.get(column))).collect(),
    };
    let rows = page.iter().enumerate().map(row).collect();
    Sheet { header: header.clone(), rows }.write(Format::Csv)
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Inconsistent(format!("a copy of personal data: {error}"))
}
