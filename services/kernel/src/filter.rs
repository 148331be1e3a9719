//! The filter language of lists, a part of AIP-160: `field = "value"` terms joined by `AND`.

use crate::{OrganisationId, Violations};

pub mod expression;

/// A filter's length at the most, in characters.
pub const MAX_FILTER: usize = 1000;
/// Terms of a filter at the most.
pub const MAX_TERMS: usize = 20;

/// One condition: the field equals the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// One of the list's documented fields.
    pub field: &'static str,
    /// The value it must have, unquoted.
    pub value: String,
}

/// Reads a `filter` over the given fields; every fault is noted with its position. An empty filter has no terms.
pub fn parse(violations: &mut Violations, filter: &str, fields: &[&'static str]) -> Vec<Term> {
    match read(filter, fields) {
        Ok(terms) => terms,
        Err(fault) => {
            violations.add("filter", fault);
            Vec::new()
        }
    }
}

/// Reads a `filter` of which every field may be given once, because a thing has one value of it.
pub fn parse_once(violations: &mut Violations, filter: &str, fields: &[&'static str]) -> Vec<Term> {
    let terms = parse(violations, filter, fields);
    for (i, term) in terms.iter().enumerate() {
        if terms[..i].iter().any(|earlier| earlier.field == term.field) {
            violations.add("filter", format!("has {} twice", term.field));
        }
    }
    terms
}

/// Reads a `filter` of which every field may be given once; `take` puts each value where it belongs, and says whether the
/// field can be that.
pub fn take_once(
    violations: &mut Violations,
    filter: &str,
    fields: &[&'static str],
    mut take: impl FnMut(&'static str, &str) -> bool,
) {
    for Term { field, value } in parse_once(violations, filter, fields) {
        if !take(field, &value) {
            violations.add("filter", format!("{field} cannot be {value:?}"));
        }
    }
}

/// Puts what was read of a value in its place; whether it could be read.
pub fn put<T>(place: &mut Option<T>, read: Option<T>) -> bool {
    *place = read;
    place.is_some()
}

/// An organisation as a filter names it: by its resource name or by its bare code.
///
/// # Errors
/// What it should be, when it is neither.
pub fn organisation(value: &str) -> Result<OrganisationId, &'static str> {
    let read = OrganisationId::parse(value).or_else(|_| OrganisationId::from_code(value));
    read.map_err(|_| "must look like organisations/{code} or be a code")
}

fn read(filter: &str, fields: &[&'static str]) -> Result<Vec<Term>, String> {
    if filter.chars().count() > MAX_FILTER {
        return Err(format!("is longer than {MAX_FILTER} characters"));
    }
    let mut reader = Reader { text: filter, at: 0 };
    let mut terms = Vec::new();
    reader.space();
    while !reader.done() {
        if !terms.is_empty() {
            reader.and()?;
        }
        terms.push(reader.term(fields)?);
        if terms.len() > MAX_TERMS {
            return Err(format!("has more than {MAX_TERMS} terms"));
        }
        reader.space();
    }
    Ok(terms)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn done(&self) -> bool {
        self.rest().is_empty()
    }

    fn fault(&self, wanted: &str) -> String {
        format!("expects {wanted} at character {}", self.text[..self.at].chars().count() + 1)
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let end = self.rest().find(|c: char| !is_part(c)).unwrap_or(self.rest().len());
        let word = self.rest()[..end].to_owned();
        self.at += end;
        word
    }

    fn and(&mut self) -> Result<(), String> {
        match self.rest().strip_prefix("AND") {
            Some(rest) if rest.starts_with(char::is_whitespace) => {
                self.at += 3;
                self.space();
                Ok(())
            }
            _ => Err(self.fault("AND")),
        }
    }

    fn term(&mut self, fields: &[&'static str]) -> Result<Term, String> {
        let start = self.at;
        let name = self.word(|c| c.is_ascii_alphanumeric() || c == '_');
        let Some(field) = fields.iter().find(|field| **field == name) else {
            self.at = start;
            return Err(self.fault(&format!("one of {}", fields.join(", "))));
        };
        self.space();
        if !self.rest().starts_with('=') {
            return Err(self.fault("="));
        }
        self.at += 1;
        self.space();
        Ok(Term { field, value: self.value()? })
    }

    fn value(&mut self) -> Result<String, String> {
        if !self.rest().starts_with('"') {
            let value = self.word(|c| !c.is_whitespace() && c != '"' && c != '=');
            return if value.is_empty() { Err(self.fault("a value")) } else { Ok(value) };
        }
        let mut value = String::new();
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => {
                    value.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                _ => value.push(c),
            }
        }
        self.at = self.text.len();
        Err(self.fault("a closing quotation mark"))
    }
}
