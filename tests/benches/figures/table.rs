//! The table that a run ends with.

use crate::measure::{Load, Rounds};

/// What is wanted of a value.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// At least this.
    Least(f64),
    /// At most this.
    Most(f64),
    /// Nothing; it is measured to be known.
    Nothing,
}

/// The rows so far.
pub struct Table {
    rows: Vec<[String; 5]>,
    before: Option<Load>,
}

impl Table {
    /// With the machine's facts.
    pub fn new() -> Self {
        let header = ["figure", "median", "rounds", "wanted", "others"].map(str::to_owned);
        Self { rows: vec![header], before: Load::now() }
    }

    /// Begins a group of figures: what others take of the machine is counted from here.
    pub fn group(&mut self, title: &str) {
        self.rows.push([title.to_owned(), String::new(), String::new(), String::new(), String::new()]);
        self.before = Load::now();
        note(title);
    }

    /// Adds a figure.
    pub fn add(&mut self, figure: &str, unit: &str, rounds: &Rounds, wish: Wish) {
        let median = rounds.median();
        let (least, most) = rounds.spread();
        let wanted = match wish {
            Wish::Least(least) => format!(">= {least}: {}", if median >= least { "reached" } else { "MISSED" }),
            Wish::Most(most) => format!("<= {most}: {}", if median <= most { "reached" } else { "MISSED" }),
            Wish::Nothing => String::new(),
        };
        let others = self.before.as_ref().zip(Load::now());
        let others =
            others.map_or_else(String::new, |(before, now)| format!("{:.0} %", 100.0 * now.others_since(before)));
        let value = format!("{}{unit}", short(median));
        self.rows.push([format!("  {figure}"), value, format!("{} to {}", short(least), short(most)), wanted, others]);
    }

    /// Says why there is no figure.
    pub fn skip(&mut self, why: &str) {
        self.rows.push([format!("  {why}"), String::new(), String::new(), String::new(), String::new()]);
    }

    /// Prints all of it.
    #[expect(clippy::print_stdout, reason = "it is what the benchmark is for")]
    pub fn print(&self) {
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        // Titles may be as long as they like.
        let first = self.rows.iter().filter(|row| !row[1].is_empty()).map(|row| row[0].chars().count()).max();
        let widths: Vec<usize> = [first].into_iter().chain((1..5).map(width)).map(Option::unwrap_or_default).collect();
        println!("{}", machine());
        for row in &self.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
}

/// Tells of progress.
#[expect(clippy::print_stderr, reason = "a run takes minutes")]
pub fn note(text: &str) {
    eprintln!("figures: {text}");
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| Some(line.split_once(':')?.1.trim())).unwrap_or("processor not known");
    format!(
        "{cores} cores ({model}), shared by servers and clients; \"others\": the machine's share that other processes took"
    )
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
