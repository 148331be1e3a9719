//! What a user's words mean to one caller: units of meaning, each with the ways in which a text may say it.

use tantivy::tokenizer::TextAnalyzer;

use super::analyser::{self, is_function_word};
use super::meanings;
use super::parser::{Clause, Parsed};
use super::sight::Sight;
use super::synonyms::Synonyms;
use super::typos;

/// The shortest half-typed word that is looked for, in letters.
const BEGINNING_MIN: usize = 3;
/// Meanings of one word or phrase at the most; further ones are left out.
const MEANINGS_MAX: usize = 8;
/// Words of a phrase that documents explain an acronym for, at the most.
const EXPLAINED_WORDS: usize = 10;
/// Terms of the dictionary that are looked at for the meanings of one word.
const LOOKED_AT: usize = 200;
/// A word in fewer documents is rare enough to ask whether another was meant; one in so many is usual.
const RARE: usize = 3;
const USUAL: usize = 20;
/// Documents counted to tell usual meanings from odd ones.
const COUNTED: usize = 100;

/// A query as it is understood.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// What is asked for.
    pub units: Vec<Unit>,
    /// What must not be there: a word, or several next to each other.
    pub excluded: Vec<Vec<String>>,
    /// Parts that were left out.
    pub ignored: Vec<String>,
}

/// One thing asked for.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// In the user's words.
    pub typed: String,
    /// How texts may say it; as typed comes first.
    pub ways: Vec<Way>,
    /// The beginning of a half-typed word.
    pub beginning: Option<String>,
    /// How many words after the unit before it came between.
    pub gap: usize,
    /// A usual word that was perhaps meant by a very rare one.
    pub perhaps: Option<String>,
}

/// One way to say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    /// Stems, each with its place among the words.
    pub stems: Vec<(usize, String)>,
    /// Whether they have to stand together.
    pub together: bool,
    /// Where it is from.
    pub origin: Origin,
}

/// Where a way of saying something is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The user.
    Typed,
    /// The synonyms that are kept, in these words.
    Synonym(String),
    /// Documents that explain it so.
    Explained(String),
    /// A word so many slips away.
    Typo(String, usize),
}

/// One clause with its words.
struct Token<'c> {
    clause: &'c Clause,
    stems: Vec<String>,
    function: bool,
}

/// Reads what was parsed for one caller.
pub(super) fn read(mut parsed: Parsed, sight: &Sight<'_>, synonyms: &Synonyms) -> tantivy::Result<Reading> {
    let clauses = std::mem::take(&mut parsed.clauses);
    let mut reader = Reader { sight, synonyms, words: analyser::words(), stems: analyser::stems(), units: Vec::new() };
    let (mut tokens, mut excluded) = (Vec::new(), Vec::new());
    for clause in &clauses {
        let stems = analyser::terms(&mut reader.stems, &clause.text);
        if stems.is_empty() {
            parsed.ignore(&clause.text);
        } else if clause.excluded {
            excluded.push(stems);
        } else {
            tokens.push(Token { function: !clause.phrase && is_function_word(&clause.text), clause, stems });
        }
    }
    let last_is_open = clauses.last().is_some_and(|last| !last.excluded && !last.phrase);
    reader.tokens(&tokens, last_is_open)?;
    Ok(Reading { units: reader.units, excluded, ignored: parsed.ignored })
}

impl Reading {
    /// Whether there is no part of it that could be had without the rest.
    pub(super) fn is_single(&self) -> bool {
        let whole = |unit: &Unit| unit.ways.first().is_none_or(|typed| typed.together || typed.stems.len() < 2);
        match self.units.as_slice() {
            [] => true,
            [only] => whole(only),
            _ => false,
        }
    }

    /// What was found in other words than the user's, by what was typed.
    pub(super) fn read_as(&self) -> Vec<ReadAs> {
        let others = |unit: &Unit| -> Vec<(String, Origin)> {
            let other = |way: &Way| match &way.origin {
                Origin::Typed => None,
                Origin::Synonym(text) | Origin::Explained(text) | Origin::Typo(text, _) => {
                    Some((text.clone(), way.origin.clone()))
                }
            };
            unit.ways.iter().filter_map(other).collect()
        };
        let units = self.units.iter().map(|unit| ReadAs { typed: unit.typed.clone(), ways: others(unit) });
        units.filter(|read| !read.ways.is_empty()).collect()
    }

    /// `text` with the words that were probably meant in place of mistyped ones, and if `few` are found, of rare ones.
    pub(super) fn did_you_mean(&self, text: &str, few: bool) -> Option<String> {
        let mut better = text.to_owned();
        for unit in &self.units {
            let typo = unit.ways.iter().find_map(|way| match &way.origin {
                Origin::Typo(word, _) => Some(word),
                Origin::Typed | Origin::Synonym(_) | Origin::Explained(_) => None,
            });
            if let Some(word) = typo.or(unit.perhaps.as_ref().filter(|_| few)) {
                better = better.replacen(&unit.typed, word, 1);
            }
        }
        (better != text).then_some(better)
    }
}

/// What was typed, and what was looked for as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAs {
    /// In the user's words.
    pub typed: String,
    /// Other words, and where they are from.
    pub ways: Vec<(String, Origin)>,
}

struct Reader<'a> {
    sight: &'a Sight<'a>,
    synonyms: &'a Synonyms,
    words: TextAnalyzer,
    stems: TextAnalyzer,
    units: Vec<Unit>,
}

impl Reader<'_> {
    fn tokens(&mut self, tokens: &[Token<'_>], last_is_open: bool) -> tantivy::Result<()> {
        let telling = tokens.iter().any(|token| !token.function);
        let (mut at, mut gap) = (0, 0);
        while let Some(token) = tokens.get(at) {
            let rest = tokens.get(at..).unwrap_or_default();
            if token.clause.phrase {
                let unit = Self::unit(token.clause.text.clone(), &[token], true, gap);
                self.push(unit);
                (at, gap) = (at + 1, 0);
                continue;
            }
            if let Some((span, ways)) = self.span(rest)? {
                let typed = rest.get(..span).unwrap_or_default();
                let text = typed.iter().map(|token| token.clause.text.as_str()).collect::<Vec<_>>().join(" ");
                let refs: Vec<&Token<'_>> = typed.iter().collect();
                let mut unit = Self::unit(text, &refs, false, gap);
                unit.ways.extend(ways);
                at += span;
                if at == tokens.len() && last_is_open && span == 1 {
                    unit.beginning = self.beginning(&token.clause.text);
                }
                self.push(unit);
                gap = 0;
                continue;
            }
            at += 1;
            if telling && token.function {
                gap += 1;
                continue;
            }
            let mut unit = Self::unit(token.clause.text.clone(), &[token], false, gap);
            if at == tokens.len() && last_is_open {
                unit.beginning = self.beginning(&token.clause.text);
            }
            self.forgive(&mut unit)?;
            self.push(unit);
            gap = 0;
        }
        Ok(())
    }

    /// Notes a unit unless the same was asked for before.
    fn push(&mut self, unit: Unit) {
        if let Some(known) = self.units.iter_mut().find(|known| known.ways.first() == unit.ways.first()) {
            known.beginning = known.beginning.take().or(unit.beginning);
        } else {
            self.units.push(unit);
        }
    }

    /// A unit as typed: one token's words stand together, those of several may stand apart.
    fn unit(typed: String, tokens: &[&Token<'_>], phrase: bool, gap: usize) -> Unit {
        let many = tokens.len() > 1;
        let mut stems: Vec<(usize, String)> = Vec::new();
        for token in tokens {
            for stem in &token.stems {
                let known = many && (token.function || stems.iter().any(|(_, known)| known == stem));
                if !known {
                    stems.push((stems.len(), stem.clone()));
                }
            }
        }
        let together = stems.len() > 1 && (phrase || !many);
        Unit { typed, ways: vec![Way { stems, together, origin: Origin::Typed }], beginning: None, gap, perhaps: None }
    }

    fn beginning(&mut self, text: &str) -> Option<String> {
        let word = analyser::terms(&mut self.words, text).pop()?;
        (word.chars().count() >= BEGINNING_MIN).then_some(word)
    }

    /// The longest run of tokens from the first on that has other meanings, and what these are.
    fn span(&mut self, tokens: &[Token<'_>]) -> tantivy::Result<Option<(usize, Vec<Way>)>> {
        let plain = tokens.iter().take_while(|token| !token.clause.phrase).count();
        let longest = plain.min(self.synonyms.longest().max(EXPLAINED_WORDS));
        if tokens.first().is_some_and(|first| first.function) {
            return Ok(None);
        }
        for span in (1..=longest).rev() {
            let run = tokens.get(..span).unwrap_or_default();
            if run.last().is_some_and(|last| last.function) {
                continue;
            }
            let stems: Vec<String> = run.iter().flat_map(|token| token.stems.iter().cloned()).collect();
            let ways = self.meanings(run, &stems)?;
            if !ways.is_empty() {
                return Ok(Some((span, ways)));
            }
        }
        Ok(None)
    }

    /// What else a run of tokens is called: by the synonyms, and by documents that explain it.
    fn meanings(&mut self, run: &[Token<'_>], stems: &[String]) -> tantivy::Result<Vec<Way>> {
        let mut ways: Vec<Way> = Vec::new();
        for text in self.synonyms.of(stems) {
            self.add(&mut ways, stems, text, Origin::Synonym(text.clone()));
        }
        let field = self.sight.snapshot.fields.explained;
        let explained = match run {
            [one] => {
                let words = analyser::terms(&mut self.words, &one.clause.text);
                self.sight.beginning(field, &meanings::of_short(&words), LOOKED_AT, COUNTED)?
            }
            [] => Vec::new(),
            _ if run.len() > EXPLAINED_WORDS => Vec::new(),
            _ => self.sight.beginning(field, &meanings::of_long(stems), LOOKED_AT, COUNTED)?,
        };
        for (term, _) in explained {
            let text = meanings::other(&term).to_owned();
            self.add(&mut ways, stems, &text, Origin::Explained(text.clone()));
        }
        Ok(ways)
    }

    fn add(&mut self, ways: &mut Vec<Way>, typed: &[String], text: &str, origin: Origin) {
        let all = analyser::terms(&mut self.stems, text);
        if all.is_empty() || all == typed || ways.len() == MEANINGS_MAX {
            return;
        }
        let function = |word: &String| analyser::is_function_word(word);
        let telling = |(_, word): &(usize, String)| !function(word);
        let mut stems: Vec<(usize, String)> = all.into_iter().enumerate().filter(telling).collect();
        let first = stems.first().map_or(0, |(place, _)| *place);
        for (place, _) in &mut stems {
            *place -= first;
        }
        let together = stems.len() > 1;
        let way = Way { stems, together, origin };
        if !way.stems.is_empty() && ways.iter().all(|known| known.stems != way.stems) {
            ways.push(way);
        }
    }

    /// Adds the words that a word was probably meant to be, if nobody wrote it.
    fn forgive(&mut self, unit: &mut Unit) -> tantivy::Result<()> {
        let Some(Way { stems, .. }) = unit.ways.first() else { return Ok(()) };
        let [(_, stem)] = stems.as_slice() else { return Ok(()) };
        if !typos::is_forgiven(&unit.typed) {
            return Ok(());
        }
        let known = self.sight.count(self.sight.snapshot.fields.text, stem, RARE)?;
        if known > 0 {
            if known < RARE {
                let mut meant = typos::meant(self.sight, &mut self.words, &unit.typed)?.into_iter();
                unit.perhaps = meant.find(|meant| meant.count >= USUAL).map(|meant| meant.word);
            }
            return Ok(());
        }
        if let Some(beginning) = &unit.beginning
            && !self.sight.beginning(self.sight.snapshot.fields.words, beginning, LOOKED_AT, 1)?.is_empty()
        {
            return Ok(());
        }
        for meant in typos::meant(self.sight, &mut self.words, &unit.typed)? {
            let stem = analyser::terms(&mut self.stems, &meant.word).pop().unwrap_or_default();
            let way = Way { stems: vec![(0, stem)], together: false, origin: Origin::Typo(meant.word, meant.slips) };
            if unit.ways.iter().all(|known| known.stems != way.stems) {
                unit.ways.push(way);
            }
        }
        Ok(())
    }
}
