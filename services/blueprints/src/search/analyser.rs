//! How text becomes terms: words and their English stems.

use std::borrow::Cow;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
    TokenStream as _, TokenizerManager,
};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Counts up whenever the same text would give other terms; an index of another version is rebuilt.
pub(super) const VERSION: u32 = 2;

/// The name of [`stems`] in the schema.
pub(super) const STEMS: &str = "exemplar_stems";

/// The name of [`words`] in the schema.
pub(super) const WORDS: &str = "exemplar_words";

/// The longest word that is indexed, in bytes; longer ones are no words.
const WORD_MAX: usize = 80;

/// Words that say nothing about what a text is about. Unquoted and next to other words they are left out, unless
/// written in capitals: "IT" and "WHO" mean something here.
const FUNCTION_WORDS: [&str; 62] = [
    "a", "about", "after", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "during", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
    "its", "may", "of", "on", "or", "should", "such", "than", "that", "the", "their", "there", "these", "this",
    "those", "to", "was", "we", "were", "what", "when", "where", "whether", "which", "who", "why", "will", "with",
    "would", "you",
];

/// The analysers under the names that the schema uses.
pub(super) fn manager() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(STEMS, stems());
    manager.register(WORDS, words());
    manager
}

/// Words in lower case without accents: what a person would call the words of the text. Accents go first, because some
/// capitals with one have no small letter without.
pub(super) fn words() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_MAX + 1))
        .filter(AsciiFoldingFilter)
        .filter(LowerCaser)
        .build()
}

/// The English stems of [`words`], one for one.
pub(super) fn stems() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_MAX + 1))
        .filter(AsciiFoldingFilter)
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The terms of `text`, in order.
pub(super) fn terms(analyser: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let text = plain(text);
    let mut terms = Vec::new();
    analyser.token_stream(&text).process(&mut |token| terms.push(token.text.clone()));
    terms
}

/// The text with every letter in its composed form, as it is shown: the same word typed on another system has other
/// code points.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// The text as it is analysed: composed, and without the marks that would tear words apart.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    match composed(text) {
        whole if !whole.contains(is_silent) => whole,
        torn => Cow::Owned(torn.chars().filter(|letter| !is_silent(*letter)).collect()),
    }
}

/// Marks upon letters that have no composed form, soft hyphens, and signs of direction and joining.
pub(super) fn is_silent(letter: char) -> bool {
    !letter.is_ascii()
        && (is_combining_mark(letter)
            || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
}

/// Whether a word as typed says nothing by itself.
pub(super) fn is_function_word(word: &str) -> bool {
    word.contains(char::is_lowercase) && FUNCTION_WORDS.contains(&word.to_lowercase().as_str())
}
