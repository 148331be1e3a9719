//! How long the solvers of matching take.
//!
//! `cargo bench -p exemplar-tests --bench matching` times stable matchings of 10,000 followers and 1,000 exemplars.
//! With `--assignment ROWS COLUMNS REPEATS` it solves the whole numbers that come as rows of little-endian 32-bit
//! integers on stdin, and prints milliseconds a line and then the total; `tests/benches/assignment.py` compares them.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark reports, and ends when it cannot")]

use std::io::Read as _;
use std::time::Instant;

use exemplar_network::matching::{Draws, Market, stable, total, verify};

const FOLLOWERS: usize = 10_000;
const EXEMPLARS: usize = 1_000;
const LIST: usize = 50;
const REPEATS: usize = 21;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--assignment") {
        Some(at) => assignment(&arguments[at + 1..]),
        None => stable_matchings(),
    }
}

/// Everybody lists 50 by chance and is listed by them in an order of chance.
fn market(places: usize) -> Market {
    let mut draws = Draws::new(2016);
    let mut exemplars = vec![Vec::new(); EXEMPLARS];
    let mut followers = Vec::new();
    for follower in 0..FOLLOWERS {
        let mut all: Vec<usize> = (0..EXEMPLARS).collect();
        draws.shuffle(&mut all);
        all.truncate(LIST);
        for exemplar in &all {
            exemplars[*exemplar].push(follower);
        }
        followers.push(all);
    }
    for list in &mut exemplars {
        draws.shuffle(list);
    }
    Market { followers, exemplars, places: vec![places; EXEMPLARS], together: Vec::new() }
}

fn stable_matchings() {
    println!("stable matching, {FOLLOWERS} followers, {EXEMPLARS} exemplars, lists of {LIST}, one thread");
    for places in [8, 10, 12] {
        let market = market(places);
        let mut times = Vec::new();
        for _ in 0..REPEATS {
            let start = Instant::now();
            let found = stable::solve(&market, 1);
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            assert!(verify::flaws(&market, &found.matching).is_empty());
            assert!(verify::blocking(&market, &found.matching).is_empty());
        }
        times.sort_by(f64::total_cmp);
        let (median, most) = (times[REPEATS / 2], times[REPEATS - 1]);
        println!("  {places:>2} places each: median {median:.1} ms, slowest of {REPEATS} {most:.1} ms");
    }
}

fn assignment(arguments: &[String]) {
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let [rows, columns, repeats] = numbers[..] else { panic!("--assignment ROWS COLUMNS REPEATS") };
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), rows * columns * 4, "the numbers on stdin");
    let number = |four: &[u8]| Some(i32::from_le_bytes(four.try_into().unwrap()));
    let fits: Vec<Vec<Option<i32>>> =
        bytes.chunks(columns * 4).map(|row| row.chunks(4).map(number).collect()).collect();
    let places = vec![1; columns];
    let mut best = None;
    for _ in 0..repeats {
        let start = Instant::now();
        best = Some(total::solve(&fits, &places, &[]));
        println!("{:.3}", start.elapsed().as_secs_f64() * 1000.0);
    }
    let best = best.unwrap();
    let proof = verify::bounded(&fits, &places, &best.matching, &best.gains, &best.prices);
    assert_eq!(proof, Some((best.total, best.total)));
    println!("{}", best.total);
}
