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
    /// Stems of the words that were asked for, each once.
    pub stems: Vec<String>,
    /// The beginning of the half-typed word, whose own stem is the last of `stems` or an equal one before it.
    pub beginning: Option<String>,
}

/// Cuts passages for one search. Linear in the text; each different word is analysed once.
pub(super) struct Highlighter<'a> {
    marks: &'a Marks,
    /// Whether a mark begins with this ASCII letter or digit.
    initials: [bool; 128],
    words: TextAnalyzer,
    stems: TextAnalyzer,
    /// Which mark a word carries, by the word as it stands in texts.
    known: HashMap<String, Option<usize>>,
}

/// A marked word: its place in bytes, and which mark it carries.
#[derive(Debug, Clone, Copy)]
struct Mark {
    start: usize,
    end: usize,
    /// Index into [`Marks::stems`].
    kind: usize,
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
        for mark in marks.stems.iter().chain(&marks.beginning) {
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
        if passages.is_empty() && !summary.trim().is_empty() {
            let (start, end) = cut(summary, 0, 0);
            let text = summary.get(start..end).unwrap_or_default().to_owned();
            return vec![Snippet { section: SUMMARY.to_owned(), text, highlights: Vec::new() }];
        }
        passages.iter().map(Passage::snippet).collect()
    }

    fn passage<'t>(&mut self, section: &'t str, text: &'t str) -> Option<Passage<'t>> {
        let marks = self.marks_of(text);
        let (window, worth) = best_window(&marks, self.marks.stems.len())?;
        Some(Passage { section, text, marks, window, worth })
    }

    fn marks_of(&mut self, text: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        if self.marks.stems.is_empty() {
            return marks;
        }
        let mut start = 0;
        for piece in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
            let word = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            if let Some(kind) = self.mark_of(word) {
                marks.push(Mark { start, end: start + word.len(), kind });
            }
            start += piece.len();
        }
        marks
    }

    fn mark_of(&mut self, word: &str) -> Option<usize> {
        if !self.may_be_marked(word) {
            return None;
        }
        if let Some(mark) = self.known.get(word) {
            return *mark;
        }
        let stem = analyser::terms(&mut self.stems, word).pop();
        let mut mark = stem.and_then(|stem| self.marks.stems.iter().position(|marked| *marked == stem));
        if let (None, Some(beginning)) = (mark, &self.marks.beginning) {
            let begins = analyser::terms(&mut self.words, word).pop().is_some_and(|word| word.starts_with(beginning));
            mark = begins.then_some(self.marks.stems.len() - 1);
        }
        self.known.insert(word.to_owned(), mark);
        mark
    }

    /// Rules most words out by their first letter, which no stemming changes.
    fn may_be_marked(&self, word: &str) -> bool {
        word.bytes().next().is_some_and(|first| {
            !first.is_ascii() || self.initials.get(usize::from(first.to_ascii_lowercase())).is_some_and(|any| *any)
        })
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
