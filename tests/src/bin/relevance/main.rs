//! How well searches rank, on test collections in BEIR's form, beside plain BM25 over the same texts.
//!
//! `cargo run --release -p exemplar-tests --bin relevance -- FOLDER...`; each FOLDER has `corpus.jsonl`, `queries.jsonl`
//! and `qrels/test.tsv`. Every collection is published through the public API into a fresh server on a temporary folder
//! and asked through the public API as anybody would. `--keep FOLDER` keeps the servers' data there and loads nothing
//! twice; `--misses` says which queries found nothing that answers them.

mod collection;
mod figures;
mod load;
mod plain;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use crate::collection::Collection;
use crate::figures::{Figures, Row};
use crate::plain::Plain;

/// What the command line asks for.
struct Wanted {
    folders: Vec<PathBuf>,
    keep: Option<PathBuf>,
    misses: bool,
}

impl Wanted {
    fn read() -> anyhow::Result<Self> {
        let (mut folders, mut keep, mut misses) = (Vec::new(), None, false);
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--keep" => keep = Some(arguments.next().context("--keep needs a folder")?.into()),
                "--misses" => misses = true,
                _ => folders.push(argument.into()),
            }
        }
        ensure!(!folders.is_empty(), "name the folders of one or more collections");
        Ok(Self { folders, keep, misses })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = Wanted::read()?;
    let mut rows = Vec::new();
    for folder in &wanted.folders {
        let collection = Collection::read(folder).with_context(|| format!("the collection in {}", folder.display()))?;
        let start = Instant::now();
        let served = load::serve(&collection, wanted.keep.as_deref()).await?;
        let loaded = start.elapsed();
        let answers = served.ask(&collection).await?;
        let asked = start.elapsed().saturating_sub(loaded);
        served.stop().await?;
        note(&format!(
            "{}: {} documents ready in {:.1} s, {} queries in {:.1} s",
            collection.name,
            collection.documents.len(),
            loaded.as_secs_f64(),
            collection.queries.len(),
            asked.as_secs_f64(),
        ));
        let ours = Figures::of(&collection, &answers);
        let words = Figures::of(&collection, &Plain::new(&collection, "default")?.ask(&collection)?);
        let stems = Figures::of(&collection, &Plain::new(&collection, "en_stem")?.ask(&collection)?);
        if wanted.misses {
            for miss in figures::misses(&collection, &answers) {
                note(&miss);
            }
        }
        rows.push(Row { name: collection.name, ours, words, stems });
    }
    figures::print(&rows);
    Ok(())
}

/// Says something beside the figures.
#[expect(clippy::print_stderr, reason = "a tool tells its user")]
fn note(text: &str) {
    eprintln!("{text}");
}
