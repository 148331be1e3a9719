//! How text becomes terms: words, their English stems, and the beginnings of words.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer, Token,
    TokenFilter, TokenStream, Tokenizer, TokenizerManager,
};

/// Counts up whenever the same text would give other terms; an index of another version is rebuilt.
pub(super) const VERSION: u32 = 1;

/// The name of [`stems`] in the schema.
pub(super) const STEMS: &str = "exemplar_stems";

/// The name of [`beginnings`] in the schema.
pub(super) const BEGINNINGS: &str = "exemplar_beginnings";

/// The longest word that is indexed, in bytes; longer ones are no words.
const WORD_MAX: usize = 80;

/// The shortest beginning of a word that finds it, in letters.
pub(super) const BEGINNING_MIN: usize = 3;

/// The longest indexed beginning of a word, in letters; what is typed beyond it narrows no further.
pub(super) const BEGINNING_MAX: usize = 10;

/// The analysers under the names that the schema uses.
pub(super) fn manager() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(STEMS, stems());
    manager.register(BEGINNINGS, beginnings());
    manager
}

/// Words in lower case without accents: what a person would call the words of the text.
pub(super) fn words() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_MAX + 1))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// The English stems of [`words`], one for one.
pub(super) fn stems() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_MAX + 1))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// Every beginning of every one of [`words`], from [`BEGINNING_MIN`] to [`BEGINNING_MAX`] letters.
///
/// Indexed, so that a half-typed word is one posting list: no expansion to bound, and no choice among expansions that
/// words of hidden documents could sway.
fn beginnings() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_MAX + 1))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Beginnings)
        .build()
}

/// The indexed beginning that stands for a half-typed word; `None` when it is too short to look for.
pub(super) fn beginning(word: &str) -> Option<&str> {
    word.char_indices().nth(BEGINNING_MIN - 1)?;
    let end = word.char_indices().nth(BEGINNING_MAX).map_or(word.len(), |(at, _)| at);
    word.get(..end)
}

/// The terms of `text`, in order.
pub(super) fn terms(analyser: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    analyser.token_stream(text).process(&mut |token| terms.push(token.text.clone()));
    terms
}

/// The filter behind [`beginnings`].
#[derive(Clone)]
struct Beginnings;

impl TokenFilter for Beginnings {
    type Tokenizer<T: Tokenizer> = BeginningsOf<T>;

    fn transform<T: Tokenizer>(self, tokenizer: T) -> BeginningsOf<T> {
        BeginningsOf(tokenizer)
    }
}

#[derive(Clone)]
struct BeginningsOf<T>(T);

impl<T: Tokenizer> Tokenizer for BeginningsOf<T> {
    type TokenStream<'a> = BeginningsStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        BeginningsStream {
            words: self.0.token_stream(text),
            token: Token::default(),
            word: String::new(),
            ends: Vec::new(),
        }
    }
}

struct BeginningsStream<T> {
    words: T,
    token: Token,
    word: String,
    /// Where the beginnings of `word` that are still to come end, in bytes, longest first.
    ends: Vec<usize>,
}

impl<T: TokenStream> TokenStream for BeginningsStream<T> {
    fn advance(&mut self) -> bool {
        while self.ends.is_empty() {
            if !self.words.advance() {
                return false;
            }
            let token = self.words.token();
            self.word.clear();
            self.word.push_str(&token.text);
            self.token.position = token.position;
            let ends = self.word.char_indices().map(|(at, letter)| at + letter.len_utf8());
            self.ends.extend(ends.take(BEGINNING_MAX).skip(BEGINNING_MIN - 1));
            self.ends.reverse();
        }
        let Some(word) = self.ends.pop().and_then(|end| self.word.get(..end)) else { return false };
        self.token.text.clear();
        self.token.text.push_str(word);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
