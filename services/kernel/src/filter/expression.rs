//! The whole filter language of AIP-160, typed: comparisons joined by `AND`, `OR`, `NOT` and brackets.
//!
//! `care_setting = "Acute" AND (published >= 2018-01-01 OR adoptions > 3) AND NOT level = ON_A_PAGE`. As AIP-160 has it,
//! `OR` binds closer than `AND`, terms side by side are joined by `AND`, and `-` is short for `NOT`. What is bound: length,
//! comparisons, nesting. Every fault says at which character.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::{MAX_FILTER, MAX_TERMS};
use crate::{Timestamp, Violations};

/// Brackets within brackets at the most.
const MAX_NESTING: usize = 8;

/// A field that can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in filters.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Texts that are equal or not; `:` asks whether one of several is equal.
    Key,
    /// Whole numbers.
    Number,
    /// Instants: a day (2018-08-06, its beginning in UTC) or RFC 3339.
    Time,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// `=` and, of keys, `:`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    More,
    /// `>=`.
    AtLeast,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a [`Kind::Key`].
    Key(String),
    /// Of a [`Kind::Number`], and in microseconds since 1970 of a [`Kind::Time`].
    Number(i64),
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// All of these.
    All(Vec<Expression>),
    /// Any of these.
    Any(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// One comparison.
    Compare {
        /// The field's name.
        field: &'static str,
        /// How.
        comparator: Comparator,
        /// With what.
        value: Value,
        /// At which character of the filter the value begins, from 1.
        position: usize,
    },
}

/// Reads a filter over the given fields; `None` when it is empty or at fault. Every fault is noted under `filter`.
pub fn parse(violations: &mut Violations, text: &str, fields: &[Field]) -> Option<Expression> {
    let length = text.chars().count();
    if length > MAX_FILTER {
        violations.add("filter", format!("is longer than {MAX_FILTER} characters ({length})"));
        return None;
    }
    if text.trim().is_empty() {
        return None;
    }
    let mut reader = Reader { text, at: 0, fields, terms: 0, depth: 0, faults: Vec::new() };
    let read = reader.all().and_then(|all| {
        reader.space();
        if reader.rest().is_empty() { Ok(all) } else { Err(reader.fault("AND, OR or the end")) }
    });
    let mut faults = reader.faults;
    let read = read.map_err(|fault| faults.push(fault)).ok();
    for fault in &faults {
        violations.add("filter", fault);
    }
    read.filter(|_| faults.is_empty())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    fields: &'a [Field],
    terms: usize,
    depth: usize,
    /// Faults of meaning, after which reading goes on.
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn place(&self) -> usize {
        self.text.get(..self.at).map_or(0, |read| read.chars().count()) + 1
    }

    fn fault(&self, wanted: &str) -> String {
        format!("expects {wanted} at character {}", self.place())
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a sign or, with white space or a bracket after it, a word.
    fn take(&mut self, sign: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(sign) else { return false };
        let is_word = sign.starts_with(char::is_alphabetic);
        if is_word && after.starts_with(|next: char| !next.is_whitespace() && next != '(') {
            return false;
        }
        self.at += sign.len();
        true
    }

    fn all(&mut self) -> Result<Expression, String> {
        let mut all = vec![self.any()?];
        loop {
            self.space();
            let joined = self.take("AND");
            self.space();
            if !joined && (self.rest().is_empty() || self.rest().starts_with(')')) {
                return Ok(one_or(all, Expression::All));
            }
            all.push(self.any()?);
        }
    }

    fn any(&mut self) -> Result<Expression, String> {
        let mut any = vec![self.not()?];
        loop {
            self.space();
            if !self.take("OR") {
                return Ok(one_or(any, Expression::Any));
            }
            any.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Expression, String> {
        self.space();
        if self.take("NOT") || self.take("-") {
            self.space();
            return Ok(Expression::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Expression, String> {
        self.space();
        if !self.take("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(format!(
                "has more than {MAX_NESTING} brackets within brackets at character {}",
                self.place() - 1
            ));
        }
        let inside = self.all()?;
        self.space();
        if !self.take(")") {
            return Err(self.fault(")"));
        }
        self.depth -= 1;
        Ok(inside)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(format!("has more than {MAX_TERMS} comparisons"));
        }
        let start = self.at;
        let name = self.word(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.');
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            self.at = start;
            let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
            return Err(self.fault(&format!("one of {}", names.join(", "))));
        };
        self.space();
        let (sign, comparator) = self.comparator()?;
        if field.kind == Kind::Key && !matches!(comparator, Comparator::Equal | Comparator::NotEqual) {
            self.faults.push(format!(
                "cannot compare {} by {sign} at character {}",
                field.name,
                self.place() - sign.len()
            ));
        }
        self.space();
        let position = self.place();
        let text = self.value()?;
        let value = self.typed(field, text, position);
        Ok(Expression::Compare { field: field.name, comparator, value, position })
    }

    fn comparator(&mut self) -> Result<(&'static str, Comparator), String> {
        const SIGNS: [(&str, Comparator); 7] = [
            ("!=", Comparator::NotEqual),
            ("<=", Comparator::AtMost),
            (">=", Comparator::AtLeast),
            ("<", Comparator::Less),
            (">", Comparator::More),
            ("=", Comparator::Equal),
            (":", Comparator::Equal),
        ];
        let found = SIGNS.into_iter().find(|(sign, _)| self.take(sign));
        found.ok_or_else(|| self.fault("one of = != < <= > >= :"))
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let word = rest.split(|letter: char| !is_part(letter)).next().unwrap_or_default();
        self.at += word.len();
        word
    }

    fn value(&mut self) -> Result<String, String> {
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else {
            let value = self.word(|letter| !letter.is_whitespace() && !matches!(letter, '(' | ')' | '"' | '\'' | '='));
            return if value.is_empty() { Err(self.fault("a value")) } else { Ok(value.to_owned()) };
        };
        let (mut value, mut escaped) = (String::new(), false);
        for (offset, letter) in self.rest().char_indices().skip(1) {
            match letter {
                _ if escaped => {
                    value.push(letter);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if letter == quote => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                _ => value.push(letter),
            }
        }
        self.at = self.text.len();
        Err(self.fault("a closing quotation mark"))
    }

    fn typed(&mut self, field: &Field, text: String, position: usize) -> Value {
        let (read, wanted) = match field.kind {
            Kind::Key => return Value::Key(text),
            Kind::Number => (text.parse().ok(), "a whole number"),
            Kind::Time => (instant(&text), "a day like 2018-08-06 or an instant of RFC 3339"),
        };
        if read.is_none() {
            self.faults.push(format!("expects {wanted} for {} at character {position}", field.name));
        }
        Value::Number(read.unwrap_or_default())
    }
}

fn one_or(mut list: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    if list.len() == 1 { list.remove(0) } else { join(list) }
}

fn instant(text: &str) -> Option<i64> {
    let day = || Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let instant = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| Some(day()?.midnight().assume_utc()))?;
    Some(Timestamp::from(instant).micros())
}
