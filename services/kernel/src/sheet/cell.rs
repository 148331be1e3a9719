//! One cell: what a program put into it, and what a reader may take it for.

use std::fmt;

use time::Date;
use time::macros::format_description;

/// The value of one cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// A text, without spaces around it.
    Text(String),
    /// A number.
    Number(f64),
    /// A day; a time of day that a spreadsheet kept with it is left out.
    Date(Date),
    /// Something that is computed or broken there and has no value here; what it is.
    Foreign(&'static str),
}

impl Cell {
    /// A text; an empty one is an empty cell.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A whole number.
    pub fn whole(number: impl Into<i32>) -> Self {
        Self::Number(number.into().into())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// The cell as a text: numbers and days in the form in which the API writes them.
    ///
    /// # Errors
    /// What is wrong with it, for a formula and for a spreadsheet's own error value.
    pub fn as_text(&self) -> Result<String, String> {
        match self {
            Self::Foreign(what) => Err(format!("is {what}; put in its value")),
            Self::Empty | Self::Text(_) | Self::Number(_) | Self::Date(_) => Ok(self.to_string()),
        }
    }

    /// The cell as a whole number; none when it is empty.
    ///
    /// # Errors
    /// What it is instead, in the user's words.
    pub fn as_whole(&self) -> Result<Option<i32>, String> {
        let text = self.as_text()?;
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| format!("must be a whole number, not {text:?}"))
    }

    /// The cell as a day; none when it is empty.
    ///
    /// # Errors
    /// What it is instead, in the user's words. A number is never taken for a day: which day it stands for depends on
    /// the program that wrote it.
    pub fn as_date(&self) -> Result<Option<Date>, String> {
        match self {
            Self::Empty => Ok(None),
            Self::Date(date) => Ok(Some(*date)),
            Self::Number(number) => {
                Err(format!("is the number {number} and not a day; give the cell a date format, or write 2018-08-06"))
            }
            Self::Text(text) => Date::parse(text, format_description!("[year]-[month]-[day]"))
                .map(Some)
                .map_err(|_| format!("must be a day like 2018-08-06, not {text:?}")),
            Self::Foreign(what) => Err(format!("is {what}; put in its value")),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Foreign(what) => f.write_str(what),
        }
    }
}

/// What a formula is called where a value is wanted.
pub(super) const FORMULA: Cell = Cell::Foreign("a formula");

/// Whether a spreadsheet would compute a text that begins like this (OWASP, "CSV Injection"; full-width signs are
/// taken for plain ones by some versions).
fn computes(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// Whether a text is one that would be computed, or such a one behind apostrophes.
fn is_dangerous(text: &str) -> bool {
    computes(text.trim_start_matches('\''))
}

/// The text as a spreadsheet shows it and does not compute it: behind an apostrophe, as people write it by hand.
pub(super) fn defused(text: &str) -> String {
    if is_dangerous(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text that [`defused`] was given.
pub(super) fn fused(text: &str) -> &str {
    text.strip_prefix('\'').filter(|_| is_dangerous(text)).unwrap_or(text)
}
