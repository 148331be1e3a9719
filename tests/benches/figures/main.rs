//! The figures that the README quotes: what the service costs beside the bare libraries that it stands on.
//!
//! `cargo bench -p exemplar-tests --bench figures` measures all of them; `-- calls search` some of them, of `calls`,
//! `search`, `library`, `writes`, `academy`, `start` and `files` (5 GB of disk; only when asked for); `-- --texts FILE` searches in real texts, one JSON object with `title` and `body` a
//! line, gzip or not. Whatever is compared is measured in turns in one run; quoted is the median of the rounds' ratios.
//! A machine that does something else meanwhile disturbs; the last column says how much.

mod academy;
mod calls;
mod files;
mod library;
mod measure;
mod scene;
mod search;
mod start;
mod table;
mod texts;
mod writes;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::table::Table;

/// What the command line asks for.
struct Wanted {
    figures: Vec<String>,
    texts: Option<PathBuf>,
}

const FIGURES: [&str; 7] = ["academy", "calls", "search", "library", "writes", "start", "files"];

impl Wanted {
    fn read() -> anyhow::Result<Self> {
        let (mut figures, mut texts) = (Vec::new(), None);
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // From cargo.
                "--bench" => {}
                "--texts" => texts = Some(arguments.next().context("--texts needs a file")?.into()),
                figure if FIGURES.contains(&figure) => figures.push(argument),
                _ => bail!("{argument} is none of {} and not --texts", FIGURES.join(", ")),
            }
        }
        Ok(Self { figures, texts })
    }

    fn has(&self, figure: &str) -> bool {
        self.figures.is_empty() || self.figures.iter().any(|wanted| wanted == figure)
    }
}

fn main() -> anyhow::Result<()> {
    let wanted = Wanted::read()?;
    let mut table = Table::new();
    let clients = scene::runtime("clients")?;
    if ["academy", "calls", "search", "library", "writes"].iter().any(|figure| wanted.has(figure)) {
        let front = scene::Front::start()?;
        if wanted.has("calls") {
            calls::measure(&clients, &front, &mut table)?;
        }
        if wanted.has("search") {
            search::measure(&clients, &front, wanted.texts.as_deref(), &mut table)?;
        }
        if wanted.has("library") {
            library::measure(&clients, &front, &mut table)?;
        }
        if wanted.has("writes") {
            writes::measure(&clients, &front, &mut table)?;
        }
        if wanted.has("academy") {
            academy::measure(&clients, &front, &mut table)?;
        }
        front.stop()?;
    }
    if wanted.has("start") {
        start::measure(&clients, &mut table)?;
    }
    if wanted.figures.iter().any(|figure| figure == "files") {
        files::measure(&clients, &mut table)?;
    }
    table.print();
    Ok(())
}
