//! All that is wrong with a request, collected before anything is refused.

use std::fmt;
use std::ops::RangeInclusive;

use crate::Error;

/// One fault of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field's path in the request, as the proto spells it (`sections[2].body`).
    pub field: String,
    /// What is wrong, in the user's words.
    pub description: String,
}

/// The faults found so far in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

/// How many faults one answer names; the rest are counted.
pub const MAX_VIOLATIONS: usize = 100;

impl Violations {
    /// No faults yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn add(&mut self, field: impl Into<String>, description: impl fmt::Display) {
        self.0.push(Violation { field: field.into(), description: description.to_string() });
    }

    /// Takes the value of a successful parse, or notes why it failed.
    pub fn take<T, E: fmt::Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error)).ok()
    }

    /// Trims a text and notes when its length in characters is out of `range` or it has control characters
    /// (line breaks and tabs are allowed where more than 500 characters are).
    pub fn text(&mut self, field: &str, text: &str, range: RangeInclusive<usize>) -> String {
        let text = text.trim();
        let length = text.chars().count();
        let (least, most) = (*range.start(), *range.end());
        if length < least {
            self.add(
                field,
                if length == 0 { "is missing".to_owned() } else { format!("is shorter than {least} characters") },
            );
        } else if length > most {
            self.add(field, format!("is longer than {most} characters ({length})"));
        }
        let long = most > 500;
        if text.chars().any(|c| c.is_control() && !(long && matches!(c, '\n' | '\r' | '\t'))) {
            self.add(field, "has control characters");
        }
        text.to_owned()
    }

    /// Notes a list that is too long.
    pub fn at_most<T>(&mut self, field: &str, list: &[T], most: usize) {
        if list.len() > most {
            self.add(field, format!("has more than {most} entries ({})", list.len()));
        }
    }

    /// Notes a number that is out of range.
    pub fn within<N: PartialOrd + fmt::Display>(&mut self, field: &str, number: N, range: RangeInclusive<N>) -> N {
        if !range.contains(&number) {
            self.add(field, format!("must be from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults, in the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Refuses when anything is wrong.
    pub fn check(self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }

    /// The refusal; for the arm where a value is missing because its parse failed.
    pub fn refuse(self) -> Error {
        Error::Invalid(self)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.0.iter().take(MAX_VIOLATIONS).enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", violation.field, violation.description)?;
        }
        match self.0.len().checked_sub(MAX_VIOLATIONS) {
            Some(more) if more > 0 => write!(f, "; and {more} more"),
            _ => Ok(()),
        }
    }
}
