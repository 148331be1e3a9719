//! Keyset pages: a page continues after the last row that was seen, so that rows coming and going move nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Violations, digest};

/// Rows on a page when the caller does not say.
pub const DEFAULT_PAGE_SIZE: u64 = 50;
/// Rows on a page at the most; larger wishes get this many.
pub const MAX_PAGE_SIZE: u64 = 200;

/// Which page is wanted of which query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Rows wanted.
    pub size: u64,
    /// The sort keys of the last row of the page before; empty for the first page.
    pub after: Vec<String>,
    query: digest::Digest,
}

/// Some rows, and the token of what follows.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The token of the next page; empty when this is the last.
    pub next: String,
}

impl Paging {
    /// Reads `page_size` and `page_token`. `query` is everything else that the list depends on (method, filter,
    /// order, parent): a token is bound to it and refused for another.
    pub fn parse(violations: &mut Violations, page_size: i32, page_token: &str, query: &[&str]) -> Self {
        let size = match u64::try_from(page_size) {
            Ok(0) => DEFAULT_PAGE_SIZE,
            Ok(size) => size.min(MAX_PAGE_SIZE),
            Err(_) => {
                violations.add("page_size", "must not be negative");
                DEFAULT_PAGE_SIZE
            }
        };
        let query = digest::of(query.iter().map(|part| part.as_bytes()));
        let after = if page_token.is_empty() {
            Vec::new()
        } else {
            decode(page_token, &query).unwrap_or_else(|| {
                violations.add("page_token", "is not a token of this query; start again without one");
                Vec::new()
            })
        };
        Self { size, after, query }
    }

    /// How many rows to ask the store for: one more than wanted, to know whether more follow.
    pub fn fetch(&self) -> u64 {
        self.size + 1
    }

    /// The token of what follows a row with these sort keys.
    pub fn token(&self, keys: &[String]) -> String {
        encode(keys, &self.query)
    }

    /// Makes a page of the rows that [`Paging::fetch`] brought; `keys` are the sort keys of a row.
    pub fn page<T>(&self, mut rows: Vec<T>, keys: impl Fn(&T) -> Vec<String>) -> Page<T> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = match rows.last() {
            Some(last) if more => self.token(&keys(last)),
            _ => String::new(),
        };
        Page { items: rows, next }
    }
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

const SEAL: usize = 12;

fn seal(keys: &[u8], query: &digest::Digest) -> digest::Digest {
    digest::of([keys, query.as_slice()])
}

fn encode(keys: &[String], query: &digest::Digest) -> String {
    let keys = serde_json::to_vec(keys).unwrap_or_default();
    let mut token = seal(&keys, query)[..SEAL].to_vec();
    token.extend(keys);
    URL_SAFE_NO_PAD.encode(token)
}

fn decode(token: &str, query: &digest::Digest) -> Option<Vec<String>> {
    let token = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (sealed, keys) = token.split_at_checked(SEAL)?;
    if sealed != &seal(keys, query)[..SEAL] {
        return None;
    }
    serde_json::from_slice(keys).ok()
}
