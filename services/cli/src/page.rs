//! Lists: all pages up to a limit, and the filters that narrow them.

use clap::Args;

use crate::error::Error;

/// Rows that the service gives in one answer at the most.
const PAGE_SIZE: u32 = 200;
/// Rows of a list at the most.
const MAX_ROWS: i64 = 100_000;

/// How much of a list is wanted.
#[derive(Args, Clone, Copy, Debug)]
pub struct Limit {
    /// How many rows to show at the most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=MAX_ROWS))]
    pub limit: u32,
}

impl Limit {
    /// The rows of as many pages as it takes, and the token of what follows; empty when nothing does.
    ///
    /// `fetch` asks for one page by its size and token.
    pub(crate) async fn gather<T>(
        self,
        fetch: impl AsyncFn(i32, String) -> Result<(Vec<T>, String), Error>,
    ) -> Result<(Vec<T>, String), Error> {
        gather(self.limit, PAGE_SIZE, fetch).await
    }
}

/// As [`Limit::gather`], for a list with pages of its own size.
pub(crate) async fn gather<T>(
    limit: u32,
    page_size: u32,
    fetch: impl AsyncFn(i32, String) -> Result<(Vec<T>, String), Error>,
) -> Result<(Vec<T>, String), Error> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    let mut token = String::new();
    loop {
        let missing = u32::try_from(wanted.saturating_sub(rows.len())).unwrap_or(page_size);
        let size = i32::try_from(missing.min(page_size)).unwrap_or(i32::MAX);
        let (page, next) = fetch(size, token).await?;
        rows.extend(page);
        if next.is_empty() || rows.len() >= wanted {
            return Ok((rows, next));
        }
        token = next;
    }
}

/// The filter of a list: those of its terms that were given, joined by AND.
pub(crate) fn filter<const N: usize>(terms: [(&str, Option<String>); N]) -> String {
    let given = terms.into_iter().filter_map(|(field, value)| value.map(|value| term(field, &value)));
    given.collect::<Vec<_>>().join(" AND ")
}

fn term(field: &str, value: &str) -> String {
    let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
    format!("{field} = \"{quoted}\"")
}
