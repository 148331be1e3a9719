//! Days as the API writes them (2018-08-06) and as people read them (6 August 2018).

use time::Date;
use time::macros::format_description;

use crate::Violations;

/// Reads a day as YYYY-MM-DD; an empty text is none.
pub fn parse(violations: &mut Violations, field: &str, text: &str) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let parsed = Date::parse(text, format_description!("[year]-[month]-[day]"));
    violations.take(field, parsed.map_err(|_| "must be a day like 2018-08-06"))
}

/// Reads a day that must be there.
pub fn required(violations: &mut Violations, field: &str, text: &str) -> Option<Date> {
    if text.is_empty() {
        violations.add(field, "is missing");
    }
    parse(violations, field, text)
}

/// A day in the words of the NHS service manual ("Dates": 6 August 2018).
pub fn in_words(day: Date) -> String {
    format!("{} {} {}", day.day(), day.month(), day.year())
}
