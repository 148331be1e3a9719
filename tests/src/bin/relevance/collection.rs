//! A collection in BEIR's form.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// One document.
#[derive(Deserialize)]
pub struct Document {
    /// Its name in the judgements.
    #[serde(rename = "_id")]
    pub id: String,
    /// What it is called; may be empty.
    #[serde(default)]
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub text: String,
}

/// One query that somebody has judged documents for.
#[derive(Deserialize)]
pub struct Query {
    /// Its name in the judgements.
    #[serde(rename = "_id")]
    pub id: String,
    /// What is typed.
    pub text: String,
}

/// Documents, queries and which documents answer them.
pub struct Collection {
    /// The name of its folder, and of the one above it.
    pub name: String,
    /// What can be found.
    pub documents: Vec<Document>,
    /// What is asked.
    pub queries: Vec<Query>,
    /// By query, how well documents answer it; those that are not there do not.
    pub judgements: HashMap<String, HashMap<String, u32>>,
}

impl Collection {
    /// Reads a folder; queries without a positive judgement are left out.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut judgements: HashMap<String, HashMap<String, u32>> = HashMap::new();
        let table = fs::read_to_string(folder.join("qrels/test.tsv")).context("qrels/test.tsv")?;
        for line in table.lines() {
            let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
            // Three columns, or the four of TREC; a head line has no number.
            let ([query, document, score] | [query, _, document, score]) = columns.as_slice() else { continue };
            if let Ok(score) = score.parse::<f64>()
                && score > 0.0
            {
                judgements.entry((*query).to_owned()).or_default().insert((*document).to_owned(), grade(score));
            }
        }
        let documents: Vec<Document> = lines(&folder.join("corpus.jsonl"))?;
        let mut queries: Vec<Query> = lines(&folder.join("queries.jsonl"))?;
        queries.retain(|query| judgements.contains_key(&query.id));
        ensure!(!documents.is_empty() && !queries.is_empty(), "nothing is asked or nothing can be found");
        let part =
            |path: Option<&Path>| path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{}/{}", part(folder.parent()), part(Some(folder)));
        Ok(Self { name, documents, queries, judgements })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "grades are small whole numbers")]
fn grade(score: f64) -> u32 {
    score.ceil() as u32
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let read = BufReader::new(file).lines();
    read.filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()))
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect()
}
