//! Days as the API writes them (2018-08-06) and as people read them (6 August 2018).

use exemplar_kernel::Violations;
use time::Date;
use time::macros::format_description;

/// Reads a day as YYYY-MM-DD.
pub(crate) fn parse(violations: &mut Violations, field: &str, text: &str) -> Option<Date> {
    if text.is_empty() {
        violations.add(field, "is missing");
        return None;
    }
    let parsed = Date::parse(text, format_description!("[year]-[month]-[day]"));
    violations.take(field, parsed.map_err(|_| "must be a day like 2018-08-06"))
}

/// A day in the words of the NHS service manual (research/domain.md, D22).
pub(crate) fn in_words(day: Date) -> String {
    format!("{} {} {}", day.day(), day.month(), day.year())
}
