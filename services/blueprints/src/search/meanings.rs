//! Acronyms that documents explain themselves: "electronic prescribing and medicines administration (EPMA)".
//!
//! Found as by Schwartz and Hearst, *A simple algorithm for identifying abbreviation definitions in biomedical text*
//! (Pacific Symposium on Biocomputing, 2003): the letters of the short form, from the last to the first, in the words
//! before the bracket, the first of them at the start of a word.

use std::collections::BTreeSet;

use super::analyser;

/// The longest short form, in letters, and the shortest.
const SHORT: std::ops::RangeInclusive<usize> = 2..=10;
/// Explanations kept of one document at the most.
const EXPLAINED_MAX: usize = 50;
/// Parts the two forms in a term of the index.
const BREAK: char = '\u{1f}';

/// The pairs of short and long form that `text` explains, each once.
pub(super) fn explained(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices('(') {
        let Some(inside) = text.get(at + 1..).and_then(|rest| rest.split(')').next()) else { continue };
        let before = text.get(..at).unwrap_or_default();
        let short = inside.split([',', ';']).next().unwrap_or_default().trim();
        if is_short_form(short)
            && let Some(long) = long_form(short, before)
        {
            found.insert((short.to_owned(), long.to_owned()));
        } else if let Some(short) = before.split_whitespace().next_back()
            && is_short_form(short)
            && long_form(short, inside).is_some_and(|long| long.len() == inside.trim_start().len())
        {
            found.insert((short.to_owned(), inside.trim().to_owned()));
        }
        if found.len() == EXPLAINED_MAX {
            break;
        }
    }
    found
}

/// Two to ten letters and digits, most of them capitals.
pub(super) fn is_short_form(word: &str) -> bool {
    let letters = word.chars().filter(|letter| letter.is_alphanumeric()).count();
    let capitals = word.chars().filter(|letter| letter.is_uppercase()).count();
    SHORT.contains(&letters)
        && capitals >= 2
        && 2 * capitals >= letters
        && word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '&' | '/' | '.'))
        && word.chars().next().is_some_and(char::is_alphanumeric)
}

/// The words at the end of `before` that `short` is made of.
fn long_form<'a>(short: &str, before: &'a str) -> Option<&'a str> {
    let letters: Vec<char> =
        short.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let words = (letters.len() + 5).min(letters.len() * 2);
    let start = before
        .char_indices()
        .rev()
        .filter(|(at, letter)| {
            letter.is_whitespace()
                && before
                    .get(at + letter.len_utf8()..)
                    .is_some_and(|rest| rest.starts_with(|next: char| !next.is_whitespace()))
        })
        .nth(words)
        .map_or(0, |(at, _)| at);
    let window = before.get(start..)?.trim_end();
    let sentence = window.rfind(['.', '!', '?', ';', '\n', '(', ')']).map_or(window, |end| &window[end + 1..]);
    let places: Vec<(usize, char)> = sentence.char_indices().collect();
    let mut at = places.len();
    for (number, letter) in letters.iter().enumerate().rev() {
        loop {
            at = at.checked_sub(1)?;
            let (_, here) = places.get(at)?;
            let begins = at == 0 || places.get(at - 1).is_some_and(|(_, before)| !before.is_alphanumeric());
            if here.to_lowercase().eq([*letter]) && (number > 0 || begins) {
                break;
            }
        }
    }
    let long = sentence.get(places.get(at)?.0..)?.trim();
    let count = long.split_whitespace().count();
    (count >= 2 && count <= words && long.chars().count() > letters.len()).then_some(long)
}

/// The terms of the index that lead from one form to the other.
pub(super) fn terms(short: &str, long: &str) -> [String; 2] {
    let (mut words, mut stems) = (analyser::words(), analyser::stems());
    let short = analyser::terms(&mut words, short).concat();
    let spoken = analyser::terms(&mut words, long).join(" ");
    let key = analyser::terms(&mut stems, long).join(" ");
    [format!(">{short}{BREAK}{spoken}"), format!("<{key}{BREAK}{short}")]
}

/// Where the meanings of a short form begin in the dictionary.
pub(super) fn of_short(words: &[String]) -> String {
    format!(">{}{BREAK}", words.concat())
}

/// Where the short forms of a long form begin in the dictionary.
pub(super) fn of_long(stems: &[String]) -> String {
    format!("<{}{BREAK}", stems.join(" "))
}

/// The other form in such a term.
pub(super) fn other(term: &str) -> &str {
    term.split_once(BREAK).map_or("", |(_, other)| other)
}
