//! Tables for people, as wide as the terminal; without one, as wide as they need. Never coloured.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use prost_types::Timestamp;

/// Columns that are never broken into lines: what is in them is copied into the next command.
const WHOLE: [&str; 3] = ["Code", "Id", "Enrolment"];

/// A table with a header.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = blank();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.style_mut().row_separator = comfy_table::LineStyle::none();
    table.set_header(header);
    table.add_rows(rows);
    for (name, column) in header.into_iter().zip(table.column_iter_mut()) {
        if WHOLE.contains(&name) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

/// One thing's fields, a line each; those that hold nothing are left out.
pub(crate) fn fields<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = blank();
    table.load_style(presets::NOTHING);
    table.add_rows(fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| [name.into(), value]));
    table.trim_fmt()
}

fn blank() -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// An instant to the second; empty when there is none.
pub(crate) fn instant(time: Option<&Timestamp>) -> String {
    time.map(|time| Timestamp { seconds: time.seconds, nanos: 0 }.to_string()).unwrap_or_default()
}

/// A number; empty when it is zero.
pub(crate) fn count(number: impl Into<i64>) -> String {
    match number.into() {
        0 => String::new(),
        number => number.to_string(),
    }
}

/// Yes or no.
pub(crate) fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}
