//! How text becomes terms: words and their English stems.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
    TokenStream as _, TokenizerManager,
};

/// Counts up whenever the same text would give other terms; an index of another version is rebuilt.
pub(super) const VERSION: u32 = 1;

/// The name of [`stems`] in the schema.
pub(super) const STEMS: &str = "exemplar_stems";

/// The name of [`words`] in the schema.
pub(super) const WORDS: &str = "exemplar_words";

/// The longest word that is indexed, in bytes; longer ones are no words.
const WORD_MAX: usize = 80;

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
    let mut terms = Vec::new();
    analyser.token_stream(text).process(&mut |token| terms.push(token.text.clone()));
    terms
}
