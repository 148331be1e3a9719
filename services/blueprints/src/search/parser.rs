//! The words of a user, read leniently: nothing is an error, and what is not understood is handed back.
//!
//! Words, `"quoted phrases"` and `-exclusions` (of either); every word counts, in any order. Pure.

/// The longest text that is read, in characters.
const TEXT_MAX: usize = 2_000;

/// The most words that are read, those in phrases included.
const WORDS_MAX: usize = 256;

/// The most parts that are handed back as not understood.
const IGNORED_MAX: usize = 8;

/// The longest part that is handed back, in characters; the rest of it becomes an ellipsis.
const IGNORED_CHARS: usize = 60;

/// Words that other search boxes take for operators; here all words have to match anyway.
const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];

/// A text as it was understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub clauses: Vec<Clause>,
    /// The parts that were not understood, in the user's words.
    pub ignored: Vec<String>,
}

/// One condition on documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// A word as typed (`e-prescribing` is one), or what stood between quotes. At least one letter or digit.
    pub text: String,
    pub phrase: bool,
    /// Whether it must not be found.
    pub excluded: bool,
}

impl Parsed {
    /// Notes a part that was not understood, within bounds.
    pub(super) fn ignore(&mut self, part: &str) {
        let part = part.trim();
        if part.is_empty() || self.ignored.len() == IGNORED_MAX {
            return;
        }
        let cut = part.char_indices().nth(IGNORED_CHARS).and_then(|(at, _)| part.get(..at));
        self.ignored.push(cut.map_or_else(|| part.to_owned(), |cut| format!("{cut}…")));
    }
}

/// Reads `text`. Linear in what is read of it.
pub(super) fn parse(text: &str) -> Parsed {
    let (mut rest, beyond) = text.split_at(end_of_text(text));
    let mut parsed = Parsed::default();
    let mut operators = Vec::new();
    let mut words = 0;
    loop {
        rest = rest.trim_start();
        let before = rest;
        let Some(part) = Part::next(&mut rest) else { break };
        let clause = match part {
            Part::Noise(noise) => {
                parsed.ignore(noise);
                continue;
            }
            Part::Operator(operator) => {
                operators.push(operator);
                continue;
            }
            Part::Clause(clause) => clause,
        };
        words += word_count(&clause.text);
        if words > WORDS_MAX {
            parsed.ignore(before);
            break;
        }
        parsed.clauses.push(clause);
    }
    for operator in operators {
        // Alone, "OR" is a word: the operating room.
        if parsed.clauses.is_empty() {
            parsed.clauses.push(Clause { text: operator.to_owned(), phrase: false, excluded: false });
        } else {
            parsed.ignore(operator);
        }
    }
    parsed.ignore(beyond);
    parsed
}

/// Where the text that is read ends: at its bound, and there between words if there is a gap.
fn end_of_text(text: &str) -> usize {
    let Some((bound, first_beyond)) = text.char_indices().nth(TEXT_MAX) else { return text.len() };
    if first_beyond.is_whitespace() {
        return bound;
    }
    text.get(..bound).and_then(|kept| kept.rfind(char::is_whitespace)).unwrap_or(bound)
}

/// How many words the index would see in `text`.
fn word_count(text: &str) -> usize {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).count()
}

enum Part<'a> {
    Clause(Clause),
    Operator(&'a str),
    Noise(&'a str),
}

impl<'a> Part<'a> {
    /// Takes the next part off `rest`, which starts with no white space; `None` at its end.
    fn next(rest: &mut &'a str) -> Option<Self> {
        let text = *rest;
        let unsigned = text.trim_start_matches('-');
        let excluded = unsigned.len() < text.len();
        let first = unsigned.chars().next();
        let length = match first {
            None if text.is_empty() => return None,
            Some(quote) if is_quote(quote) => return Some(Self::quoted(rest, unsigned, quote, excluded)),
            _ => unsigned.find(|letter: char| letter.is_whitespace() || is_quote(letter)).unwrap_or(unsigned.len()),
        };
        let (word, after) = unsigned.split_at(length);
        *rest = after;
        if !word.contains(char::is_alphanumeric) {
            return Some(Self::Noise(text.get(..text.len() - after.len()).unwrap_or(text)));
        }
        if OPERATORS.contains(&word) && !excluded {
            return Some(Self::Operator(word));
        }
        Some(Self::Clause(Clause { text: word.to_owned(), phrase: false, excluded }))
    }

    /// What follows an opening quote: a phrase if it is closed, else only the quote is dropped.
    fn quoted(rest: &mut &'a str, unsigned: &'a str, quote: char, excluded: bool) -> Self {
        let text = *rest;
        let inside = unsigned.get(quote.len_utf8()..).unwrap_or_default();
        let upto = |after: &str| text.get(..text.len() - after.len()).unwrap_or(text);
        let Some(end) = inside.find(is_quote) else {
            *rest = inside;
            return Self::Noise(upto(inside));
        };
        let (phrase, closing) = inside.split_at(end);
        let after = closing.strip_prefix(is_quote).unwrap_or(closing);
        *rest = after;
        if phrase.contains(char::is_alphanumeric) {
            Self::Clause(Clause { text: phrase.trim().to_owned(), phrase: true, excluded })
        } else {
            Self::Noise(upto(after))
        }
    }
}

/// Straight and curly double quotes; apostrophes belong to words.
fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '„' | '«' | '»')
}
