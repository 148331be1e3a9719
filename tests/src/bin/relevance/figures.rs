//! The figures of information retrieval, as `trec_eval` computes them, and their table.

use std::collections::HashMap;

use crate::collection::Collection;

/// How deep answers are looked into for recall.
pub const DEPTH: usize = 100;
/// How deep for nDCG.
const TOP: usize = 10;

/// What came back, by query: ids of documents, best first.
pub type Answers = HashMap<String, Vec<String>>;

/// Means over the queries of a collection.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    ndcg: f64,
    map: f64,
    recall: f64,
}

/// One collection's figures.
pub struct Row {
    /// The collection.
    pub name: String,
    /// Of our searches.
    pub ours: Figures,
    /// Of plain BM25 over words as they are.
    pub words: Figures,
    /// Of plain BM25 over English stems.
    pub stems: Figures,
}

impl Figures {
    /// Judges answers.
    pub fn of(collection: &Collection, answers: &Answers) -> Self {
        let mut sum = Self::default();
        for (query, grades) in &collection.judgements {
            let found = answers.get(query).map(Vec::as_slice).unwrap_or_default();
            let one = of_query(grades, found);
            sum.ndcg += one.ndcg;
            sum.map += one.map;
            sum.recall += one.recall;
        }
        let queries = number(collection.queries.len());
        Self { ndcg: sum.ndcg / queries, map: sum.map / queries, recall: sum.recall / queries }
    }
}

fn of_query(grades: &HashMap<String, u32>, found: &[String]) -> Figures {
    let gain = |grade: u32, place: usize| f64::from(grade) / number(place + 2).log2();
    let grade = |id: &String| grades.get(id).copied().unwrap_or_default();
    let found = found.get(..found.len().min(DEPTH)).unwrap_or_default();
    let mut ideal: Vec<u32> = grades.values().copied().collect();
    ideal.sort_unstable_by(|one, other| other.cmp(one));
    let best: f64 = ideal.iter().take(TOP).enumerate().map(|(place, grade)| gain(*grade, place)).sum();
    let got: f64 = found.iter().take(TOP).enumerate().map(|(place, id)| gain(grade(id), place)).sum();
    let mut hits = 0;
    let mut precisions = 0.0;
    for (place, id) in found.iter().enumerate() {
        if grade(id) > 0 {
            hits += 1;
            precisions += number(hits) / number(place + 1);
        }
    }
    let relevant = number(grades.len());
    Figures { ndcg: got / best, map: precisions / relevant, recall: number(hits) / relevant }
}

/// Queries of which nothing that answers them came back.
pub fn misses(collection: &Collection, answers: &Answers) -> Vec<String> {
    let missed = |id: &String| {
        let found = answers.get(id).map(Vec::as_slice).unwrap_or_default();
        let grades = collection.judgements.get(id);
        !found.iter().take(TOP).any(|document| grades.is_some_and(|grades| grades.contains_key(document)))
    };
    let missing = collection.queries.iter().filter(|query| missed(&query.id));
    missing
        .map(|query| format!("  missed: {} ({} found)", query.text, answers.get(&query.id).map_or(0, Vec::len)))
        .collect()
}

/// Prints the table, with the means over all collections last.
#[expect(clippy::print_stdout, reason = "this is what the tool is for")]
pub fn print(rows: &[Row]) {
    println!(
        "{:28} {:^23} {:^23} {:^23} {:>7} {:>7}",
        "", "Exemplar", "BM25, words", "BM25, stems", "beyond", "beyond"
    );
    let three = "nDCG@10     MAP   R@100";
    println!("{:28} {three} {three} {three} {:>7} {:>7}", "collection", "words", "stems");
    let mean = |of: fn(&Row) -> Figures| {
        let sum = rows.iter().map(of).fold(Figures::default(), |sum, one| Figures {
            ndcg: sum.ndcg + one.ndcg,
            map: sum.map + one.map,
            recall: sum.recall + one.recall,
        });
        let count = number(rows.len());
        Figures { ndcg: sum.ndcg / count, map: sum.map / count, recall: sum.recall / count }
    };
    let all = Row {
        name: "mean".to_owned(),
        ours: mean(|row| row.ours),
        words: mean(|row| row.words),
        stems: mean(|row| row.stems),
    };
    let three = |of: Figures| format!("  {:.4}  {:.4}  {:.4}", of.ndcg, of.map, of.recall);
    for row in rows.iter().chain([&all]) {
        println!(
            "{:27} {}{}{} {:+.4} {:+.4}",
            row.name,
            three(row.ours),
            three(row.words),
            three(row.stems),
            row.ours.ndcg - row.words.ndcg,
            row.ours.ndcg - row.stems.ndcg,
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}
