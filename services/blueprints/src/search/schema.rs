//! What the index holds of a document, field by field, and why.

use std::collections::BTreeSet;

use tantivy::schema::{
    BytesOptions, FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexSettings, TantivyDocument, Term};
use uuid::Uuid;

use super::facet::Facet;
use super::{Document, PUBLIC, analyser, meanings};

/// Counts up whenever documents have to be written again for another reason than the analyser.
pub(super) const VERSION: u32 = 4;

/// Size of a block of the document store in bytes. Small, because a hit list reads single documents: a block of many
/// would be unpacked for one.
const STORE_BLOCK_BYTES: usize = 2_048;

/// Parts two texts in one term.
pub(super) const BREAK: char = '\u{1f}';

/// The names of the fast columns.
pub(super) mod column {
    pub(in super::super) const ID_HIGH: &str = "id_high";
    pub(in super::super) const ID_LOW: &str = "id_low";
    pub(in super::super) const REVISION: &str = "revision";
    pub(in super::super) const WORDS: &str = "length";
    pub(in super::super) const PUBLISHED: &str = "published";
    pub(in super::super) const REVISED: &str = "revised";
    pub(in super::super) const REVIEW: &str = "review";
    pub(in super::super) const ADOPTIONS: &str = "adoptions";
}

/// The fields of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The id as a term, to delete by.
    pub id: Field,
    /// The two halves of the id as columns: what a hit costs is one read of each.
    pub id_high: Field,
    pub id_low: Field,
    pub revision: Field,
    pub published: Field,
    /// The revision's number, for filters.
    pub revised: Field,
    /// When it is to be reviewed; the least number when nobody said.
    pub review: Field,
    /// How many have adopted it.
    pub adoptions: Field,
    /// How many words the text has.
    pub length: Field,
    /// All words of the document with positions: whether a word is anywhere in it is one posting list, and phrases
    /// are found wherever they stand. Title, summary and organisation are weighed on top by the fields below.
    pub text: Field,
    pub title: Field,
    pub summary: Field,
    pub organisation_name: Field,
    /// The words of the whole document and those of its title as they are, to find half-typed ones.
    pub words: Field,
    pub title_words: Field,
    /// The words of documents that are not public: `text` without them tells how rare a word is among public ones.
    pub hidden_words: Field,
    /// Acronyms and their long forms, as the document explains them itself.
    pub explained: Field,
    pub audience: Field,
    /// Keys, by the facet's place.
    pub facets: [Field; Facet::ALL.len()],
    /// Name and code of the organisation, parted by [`BREAK`], to be suggested.
    pub organisation_named: Field,
    /// The title as it is shown.
    pub shown_title: Field,
    /// What snippets are cut from: the summary, then name and text of each section in turn.
    pub extract: Field,
}

/// The schema and its fields.
pub(super) fn build() -> (Schema, Fields) {
    let text = |analyser: &str, option: IndexRecordOption, norms: bool| {
        let indexing =
            TextFieldIndexing::default().set_tokenizer(analyser).set_index_option(option).set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let key = || text("raw", IndexRecordOption::Basic, false);
    let stems = || text(analyser::STEMS, IndexRecordOption::WithFreqs, true);
    let words = || text(analyser::WORDS, IndexRecordOption::Basic, false);

    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_bytes_field("id", BytesOptions::from(INDEXED)),
        id_high: schema.add_u64_field(column::ID_HIGH, FAST),
        id_low: schema.add_u64_field(column::ID_LOW, FAST),
        revision: schema.add_u64_field(column::REVISION, FAST),
        published: schema.add_i64_field(column::PUBLISHED, FAST),
        revised: schema.add_i64_field(column::REVISED, FAST),
        review: schema.add_i64_field(column::REVIEW, FAST),
        adoptions: schema.add_i64_field(column::ADOPTIONS, FAST),
        length: schema.add_u64_field(column::WORDS, FAST),
        text: schema.add_text_field("text", text(analyser::STEMS, IndexRecordOption::WithFreqsAndPositions, true)),
        title: schema.add_text_field("title", stems()),
        summary: schema.add_text_field("summary", stems()),
        organisation_name: schema.add_text_field("organisation_name", stems()),
        words: schema.add_text_field("words", words()),
        title_words: schema.add_text_field("title_words", words()),
        hidden_words: schema.add_text_field("hidden_words", text(analyser::STEMS, IndexRecordOption::Basic, false)),
        explained: schema.add_text_field("explained", key()),
        audience: schema.add_text_field("audience", key()),
        facets: Facet::ALL.map(|facet| schema.add_text_field(facet.name(), key().set_fast("raw"))),
        organisation_named: schema.add_text_field("organisation_named", key()),
        shown_title: schema.add_text_field("shown_title", STORED),
        extract: schema.add_text_field("extract", STORED),
    };
    (schema.build(), fields)
}

/// How the index is kept, beyond its fields.
pub(super) fn settings() -> IndexSettings {
    IndexSettings { docstore_blocksize: STORE_BLOCK_BYTES, ..IndexSettings::default() }
}

impl Fields {
    /// The field of a facet.
    pub(super) fn facet(&self, facet: Facet) -> Field {
        self.facets[facet.place()]
    }

    /// The term that finds a document by its id.
    pub(super) fn id_term(&self, id: Uuid) -> Term {
        Term::from_field_bytes(self.id, id.as_bytes())
    }

    /// The document in tantivy's form.
    pub(super) fn document(&self, document: &Document) -> TantivyDocument {
        let mut to = TantivyDocument::default();
        to.add_bytes(self.id, document.id.as_bytes());
        let (high, low) = document.id.as_u64_pair();
        to.add_u64(self.id_high, high);
        to.add_u64(self.id_low, low);
        to.add_u64(self.revision, u64::from(document.revision));
        to.add_i64(self.published, document.published);
        to.add_i64(self.revised, i64::from(document.revision));
        to.add_i64(self.review, document.review.unwrap_or(i64::MIN));
        to.add_i64(self.adoptions, i64::from(document.adoptions));

        let public = document.audience.iter().any(|audience| audience == PUBLIC);
        let texts = [document.title.as_str(), &document.summary, &document.organisation_name];
        let texts = texts.into_iter().chain(document.sections.iter().map(|(_, text)| text.as_str()));
        let (mut length, mut analyser) = (0, analyser::words());
        let mut explained = BTreeSet::new();
        for text in texts.map(analyser::plain) {
            length += analyser::terms(&mut analyser, &text).len();
            to.add_text(self.text, &text);
            to.add_text(self.words, &text);
            if !public {
                to.add_text(self.hidden_words, &text);
            }
            explained.extend(meanings::explained(&text));
        }
        to.add_u64(self.length, u64::try_from(length).unwrap_or(u64::MAX));
        for (short, long) in explained {
            for term in meanings::terms(&short, &long) {
                to.add_text(self.explained, term);
            }
        }
        let title = analyser::plain(&document.title);
        to.add_text(self.title, &title);
        to.add_text(self.title_words, &title);
        to.add_text(self.summary, analyser::plain(&document.summary));
        to.add_text(self.organisation_name, analyser::plain(&document.organisation_name));

        for audience in &document.audience {
            to.add_text(self.audience, audience);
        }
        for (facet, keys) in &document.keys {
            // Each key once, or facets would count a document twice.
            for key in keys.iter().filter(|key| !key.is_empty()).collect::<BTreeSet<_>>() {
                to.add_text(self.facet(*facet), key);
            }
        }
        for code in document.keys.get(&Facet::Organisation).into_iter().flatten() {
            to.add_text(self.organisation_named, format!("{}{BREAK}{code}", document.organisation_name));
        }
        to.add_text(self.shown_title, &document.title);
        to.add_text(self.extract, analyser::composed(&document.summary));
        for (name, text) in &document.sections {
            to.add_text(self.extract, name);
            to.add_text(self.extract, analyser::composed(text));
        }
        to
    }
}
