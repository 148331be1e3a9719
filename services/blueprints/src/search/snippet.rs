//! Cuts the passages out of a document that show why it was found.

use std::collections::HashMap;

use tantivy::tokenizer::TextAnalyzer;

use super::analyser;

/// The most passages of one hit, each from another section.
const SNIPPETS_MAX: usize = 2;

/// About how long a passage is, in bytes: as many letters in English, fewer in other scripts.
const PASSAGE_BYTES: usize = 200;

/// What [`Snippet::section`] says when the passage is the beginning of the summary.
const SUMMARY: &str = "summary";

/// A passage of a hit, as plain text: whoever shows it escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The section that it is from; `summary` when no section has any of the words.
    pub section: String,
    /// About 200 letters, cut between words.
    pub text: String,
    /// What was found: ranges of Unicode scalar values of `text`, end exclusive, sorted, not overlapping.
    pub highlights: Vec<(u32, u32)>,
}

/// What to mark in passages.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// What is marked wherever it stands, by stem: the number of its unit of meaning.
    pub stems: HashMap<String, usize>,
    /// What is marked where all of it stands together: stems with their places, and the number of the unit.
    pub phrases: Vec<(Vec<(usize, String)>, usize)>,
    /// The beginning of the half-typed word, and its unit.
    pub beginning: Option<(String, usize)>,
    /// How many units there are.
    pub units: usize,
}

/// Cuts passages for one search. Linear in the text; each different word is analysed once.
pub(super) struct Highlighter<'a> {
    marks: &'a Marks,
    /// Whether a mark begins with this ASCII letter or digit.
    initials: [bool; 128],
    words: TextAnalyzer,
    stems: TextAnalyzer,
    /// What a word carries, by the word as it stands in texts.
    known: HashMap<String, Known>,
}

/// What a word carries.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The unit that it is marked for by itself.
    alone: Option<usize>,
    /// Its stem, if a phrase has it.
    in_phrase: Option<String>,
}

/// A marked word: its place in bytes, and the unit that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    start: usize,
    end: usize,
    kind: usize,
}

/// A word that may be part of a phrase.
struct Piece {
    /// Its number among the words of the text.
    number: usize,
    start: usize,
    end: usize,
    stem: String,
}

/// The part of a text that has most: different marks first, then marks in all.
struct Passage<'a> {
    section: &'a str,
    text: &'a str,
    marks: Vec<Mark>,
    /// Indices of the first and last mark to show.
    window: (usize, usize),
    worth: (usize, usize),
}

impl<'a> Highlighter<'a> {
    pub(super) fn new(marks: &'a Marks) -> Self {
        let mut initials = [false; 128];
        let in_phrases = marks.phrases.iter().flat_map(|(stems, _)| stems.iter().map(|(_, stem)| stem));
        let beginning = marks.beginning.iter().map(|(beginning, _)| beginning);
        for mark in marks.stems.keys().chain(in_phrases).chain(beginning) {
            if let Some(initial) = mark.bytes().next().and_then(|first| initials.get_mut(usize::from(first))) {
                *initial = true;
            }
        }
        Self { marks, initials, words: analyser::words(), stems: analyser::stems(), known: HashMap::new() }
    }

    /// The best passages of `extract`: the summary, then name and text of each section in turn.
    pub(super) fn snippets<'t>(&mut self, mut extract: impl Iterator<Item = &'t str>) -> Vec<Snippet> {
        let summary = extract.next().unwrap_or_default();
        let mut passages = Vec::new();
        while let (Some(section), Some(text)) = (extract.next(), extract.next()) {
            passages.extend(self.passage(section, text));
        }
        // Stable: the earlier section wins a tie.
        passages.sort_by_key(|passage| std::cmp::Reverse(passage.worth));
        passages.truncate(SNIPPETS_MAX);
        if passages.is_empty() {
            passages.extend(self.passage(SUMMARY, summary));
        }
        if passages.is_empty() && !summary.trim().is_empty() {
            let (start, end) = cut(summary, 0, 0);
            let text = summary.get(start..end).unwrap_or_default().to_owned();
            return vec![Snippet { section: SUMMARY.to_owned(), text, highlights: Vec::new() }];
        }
        passages.iter().map(Passage::snippet).collect()
    }

    fn passage<'t>(&mut self, section: &'t str, text: &'t str) -> Option<Passage<'t>> {
        let marks = self.marks_of(text);
        let (window, worth) = best_window(&marks, self.marks.units)?;
        Some(Passage { section, text, marks, window, worth })
    }

    fn marks_of(&mut self, text: &str) -> Vec<Mark> {
        let (mut marks, mut pieces) = (Vec::new(), Vec::new());
        if self.marks.units == 0 {
            return marks;
        }
        let (mut start, mut number) = (0, 0);
        for piece in text.split_inclusive(|letter: char| !is_part(letter)) {
            let word = piece.trim_end_matches(|letter: char| !is_part(letter));
            let end = start + word.len();
            if let Some(known) = self.known_of(word) {
                marks.extend(known.alone.map(|kind| Mark { start, end, kind }));
                pieces.extend(known.in_phrase.map(|stem| Piece { number, start, end, stem }));
            }
            number += usize::from(!word.is_empty());
            start += piece.len();
        }
        for (stems, kind) in &self.marks.phrases {
            mark_phrase(stems, *kind, &pieces, &mut marks);
        }
        marks.sort_unstable();
        marks.dedup_by_key(|mark| mark.start);
        marks
    }

    fn known_of(&mut self, word: &str) -> Option<Known> {
        if !self.may_be_marked(word) {
            return None;
        }
        if let Some(known) = self.known.get(word) {
            return Some(known.clone());
        }
        let stem = analyser::terms(&mut self.stems, word).pop();
        let mut alone = stem.as_ref().and_then(|stem| self.marks.stems.get(stem)).copied();
        if let (None, Some((beginning, unit))) = (alone, &self.marks.beginning) {
            let begins = analyser::terms(&mut self.words, word).pop().is_some_and(|word| word.starts_with(beginning));
            alone = begins.then_some(*unit);
        }
        let has = |stem: &String| self.marks.phrases.iter().any(|(stems, _)| stems.iter().any(|(_, one)| one == stem));
        let known = Known { alone, in_phrase: stem.filter(has) };
        self.known.insert(word.to_owned(), known.clone());
        Some(known)
    }

    /// Rules most words out by their first letter, which no stemming changes.
    fn may_be_marked(&self, word: &str) -> bool {
        word.bytes().next().is_some_and(|first| {
            !first.is_ascii() || self.initials.get(usize::from(first.to_ascii_lowercase())).is_some_and(|any| *any)
        })
    }
}

/// Whether a letter belongs to a word as the index sees words.
fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || analyser::is_silent(letter)
}

/// Marks the words of a phrase wherever all of it stands together.
fn mark_phrase(stems: &[(usize, String)], kind: usize, pieces: &[Piece], marks: &mut Vec<Mark>) {
    let last = stems.last().map_or(0, |(place, _)| *place);
    let slack = (last + 1).saturating_sub(stems.len());
    for (at, first) in pieces.iter().enumerate() {
        if stems.first().is_none_or(|(_, stem)| *stem != first.stem) {
            continue;
        }
        let after = pieces.get(at..).unwrap_or_default();
        let near = |(place, stem): &(usize, String)| {
            let wanted = first.number + place;
            let reach = after.iter().take_while(|piece| piece.number <= wanted + slack);
            reach.filter(|piece| piece.number + slack >= wanted).find(|piece| piece.stem == *stem)
        };
        let found: Vec<&Piece> = stems.iter().filter_map(near).collect();
        if found.len() == stems.len() {
            marks.extend(found.into_iter().map(|piece| Mark { start: piece.start, end: piece.end, kind }));
        }
    }
}

/// The run of marks within [`PASSAGE_BYTES`] that has most different ones, then most; its first and last index.
fn best_window(marks: &[Mark], kinds: usize) -> Option<((usize, usize), (usize, usize))> {
    let mut counts = vec![0_usize; kinds];
    let (mut first, mut different) = (0, 0);
    let mut best: Option<((usize, usize), (usize, usize))> = None;
    for (last, mark) in marks.iter().enumerate() {
        let count = counts.get_mut(mark.kind)?;
        different += usize::from(*count == 0);
        *count += 1;
        while let Some(gone) = marks.get(first).filter(|gone| first < last && mark.end - gone.start > PASSAGE_BYTES) {
            let count = counts.get_mut(gone.kind)?;
            *count -= 1;
            different -= usize::from(*count == 0);
            first += 1;
        }
        let worth = (different, last - first + 1);
        if best.is_none_or(|(_, known)| worth > known) {
            best = Some(((first, last), worth));
        }
    }
    best
}

impl Passage<'_> {
    fn snippet(&self) -> Snippet {
        let place = |at: usize| self.marks.get(at).map_or((0, 0), |mark| (mark.start, mark.end));
        let (start, end) = cut(self.text, place(self.window.0).0, place(self.window.1).1);
        let letters = |from: usize, to: usize| self.text.get(from..to).map_or(0, |part| part.chars().count());
        let mut highlights = Vec::new();
        let (mut at, mut position) = (start, 0);
        for mark in self.marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
            let from = position + letters(at, mark.start);
            let to = from + letters(mark.start, mark.end);
            (at, position) = (mark.end, to);
            highlights.extend(u32::try_from(from).ok().zip(u32::try_from(to).ok()));
        }
        let text = self.text.get(start..end).unwrap_or_default().to_owned();
        Snippet { section: self.section.to_owned(), text, highlights }
    }
}

/// Where to cut a passage around `start..end`, in bytes: at white space if there is any near, and without any at its
/// ends. What must be shown comes in the middle.
fn cut(text: &str, start: usize, end: usize) -> (usize, usize) {
    let spare = PASSAGE_BYTES.saturating_sub(end - start);
    let mut from = text.floor_char_boundary(start.saturating_sub(spare / 2));
    if from > 0 {
        // Into the next word, unless that is beyond what must be shown.
        let lead = text.get(from..start).unwrap_or_default();
        from += lead.find(char::is_whitespace).unwrap_or(0);
    }
    let mut to = text.floor_char_boundary((from + PASSAGE_BYTES).max(end).min(text.len()));
    if to < text.len() {
        let tail = text.get(end..to).unwrap_or_default();
        to = tail.rfind(char::is_whitespace).map_or(to, |at| end + at);
    }
    let part = text.get(from..to).unwrap_or_default();
    let blank = part.len() - part.trim_start().len();
    (from + blank, from + part.trim_end().len().max(blank))
}
