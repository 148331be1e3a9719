//! Blueprints to search in: made up, or cut from real texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use exemplar_blueprints::{Content, Kind, Level, SectionKind};
use serde::Deserialize;

use crate::measure::count;

/// Different words that made-up texts draw from.
const VOCABULARY: u32 = 20_000;
/// The sections that texts are put into.
const SECTIONS: [SectionKind; 5] = [
    SectionKind::Context,
    SectionKind::Problem,
    SectionKind::Approach,
    SectionKind::Benefits,
    SectionKind::WhatWentWrong,
];
/// Words in a made-up section.
const SECTION_WORDS: usize = 60;
/// Care settings and project types, to go round.
const CARE_SETTINGS: [&str; 4] = ["acute", "community", "mental-health", "primary-care"];
const PROJECT_TYPES: [&str; 4] = ["bed-management", "clinical-noting", "diagnostics", "e-observations"];
/// Letters that a word to search for has at least.
const WORD_MIN: usize = 4;

/// Numbers that look random and are the same in every run (xorshift64*).
pub struct Dice(u64);

impl Dice {
    /// From a seed that is not 0.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or_default() % bound.max(1)
    }

    /// A word; words are as unequally frequent as in languages (by Zipf's law: ranks are even on a logarithmic scale).
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the vocabulary's size")]
    fn word(&mut self) -> String {
        let even = count(self.below(1 << 30)) / count(1 << 30);
        let rank = f64::from(VOCABULARY).powf(even) as usize;
        let letter = |letters: &[u8], digit: usize| char::from(letters[digit % letters.len()]);
        let (consonants, vowels) = (b"bcdfghklmnprstvz", b"aeiou");
        // The digits of the rank: no two words are the same.
        let start = [letter(consonants, rank), letter(vowels, rank / 16), letter(consonants, rank / 80)];
        start.into_iter().chain([letter(vowels, rank / 1280), letter(b"bdgmnp", rank / 6400)]).collect()
    }

    fn words(&mut self, number: usize) -> String {
        (0..number).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// Made-up blueprints.
pub fn made_up(number: usize) -> Vec<Content> {
    let mut dice = Dice::new(20_180_806);
    let one = |at| {
        let sections = SECTIONS.map(|kind| (kind, dice.words(SECTION_WORDS)));
        content(at, dice.words(6), dice.words(20), sections.into())
    };
    (0..number).map(one).collect()
}

/// At most `number` blueprints from the texts in a file.
pub fn from_file(path: &Path, number: usize) -> anyhow::Result<Vec<Content>> {
    #[derive(Deserialize)]
    struct Text {
        title: String,
        body: String,
    }
    let output = Command::new("gzip").arg("-cdf").arg(path).output().context("gzip cannot be run")?;
    ensure!(output.status.success(), "gzip: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let one = |(at, line): (usize, &str)| {
        let Text { title, body } = serde_json::from_str(line)?;
        let words: Vec<&str> = body.split_whitespace().collect();
        let parts = words.chunks(words.len().div_ceil(SECTIONS.len()).max(1)).map(|words| words.join(" "));
        let summary = words.iter().take(25).copied().collect::<Vec<_>>().join(" ");
        Ok(content(at, title, summary, SECTIONS.into_iter().zip(parts).collect()))
    };
    text.lines().take(number).enumerate().map(one).collect()
}

fn content(at: usize, title: String, summary: String, sections: BTreeMap<SectionKind, String>) -> Content {
    Content {
        title,
        summary,
        level: Some(Level::OnAPage),
        kind: Some(Kind::Success),
        care_settings: vec![CARE_SETTINGS[at % CARE_SETTINGS.len()].to_owned()],
        project_types: vec![PROJECT_TYPES[at / 3 % PROJECT_TYPES.len()].to_owned()],
        sections,
        ..Content::default()
    }
}

/// Searches of two words that stand in one of the texts and in from 0.2 to 20 % of all.
pub fn queries(contents: &[Content], number: usize) -> Vec<String> {
    let words = |content: &Content| -> BTreeSet<String> {
        let sections = content.sections.values().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
        sections.filter(|word| word.chars().count() >= WORD_MIN).map(str::to_lowercase).collect()
    };
    let mut texts: HashMap<String, usize> = HashMap::new();
    for word in contents.iter().flat_map(words) {
        *texts.entry(word).or_default() += 1;
    }
    let telling = contents.len() / 500..=contents.len() / 5;
    let mut dice = Dice::new(20_170_906);
    let pair = |_| {
        let content = contents.get(dice.below(contents.len()))?;
        let mut words: Vec<String> = words(content).into_iter().filter(|word| telling.contains(&texts[word])).collect();
        let one = (!words.is_empty()).then(|| words.swap_remove(dice.below(words.len())))?;
        Some(format!("{one} {}", words.get(dice.below(words.len()))?))
    };
    (0..number).filter_map(pair).collect()
}
