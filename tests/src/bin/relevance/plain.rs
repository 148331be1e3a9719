//! Plain BM25: tantivy's own, over title and text in one field, any word counts.

use std::collections::HashMap;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _};
use tantivy::{IndexWriter, Searcher, TantivyDocument, Term};

use crate::collection::Collection;
use crate::figures::{Answers, DEPTH};

/// Memory of the indexing thread, in bytes.
const WRITER_BYTES: usize = 100_000_000;

/// An index of a collection in memory.
pub struct Plain {
    searcher: Searcher,
    id: Field,
    text: Field,
    index: tantivy::Index,
    tokenizer: &'static str,
}

impl Plain {
    /// Indexes the collection with one of tantivy's own tokenizers.
    pub fn new(collection: &Collection, tokenizer: &'static str) -> anyhow::Result<Self> {
        let mut schema = Schema::builder();
        let indexing =
            TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(IndexRecordOption::WithFreqs);
        let id = schema.add_text_field("id", STRING | STORED);
        let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for document in &collection.documents {
            let mut row = TantivyDocument::default();
            row.add_text(id, &document.id);
            row.add_text(text, format!("{}\n{}", document.title, document.text));
            writer.add_document(row)?;
        }
        writer.commit()?;
        let searcher = index.reader()?.searcher();
        Ok(Self { searcher, id, text, index, tokenizer })
    }

    /// The best documents for every query.
    pub fn ask(&self, collection: &Collection) -> anyhow::Result<Answers> {
        let mut analyser = self.index.tokenizers().get(self.tokenizer).expect("one of tantivy's own");
        let mut answers = HashMap::new();
        for query in &collection.queries {
            let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
            analyser.token_stream(&query.text).process(&mut |token| {
                let term = Term::from_field_text(self.text, &token.text);
                clauses.push((Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
            });
            let best = TopDocs::with_limit(DEPTH).order_by_score();
            let best = self.searcher.search(&BooleanQuery::new(clauses), &best)?;
            let ids = best.into_iter().map(|(_, address)| {
                let document: TantivyDocument = self.searcher.doc(address)?;
                let id = document.get_first(self.id).and_then(|id| id.as_str().map(str::to_owned));
                Ok(id.unwrap_or_default())
            });
            answers.insert(query.id.clone(), ids.collect::<tantivy::Result<_>>()?);
        }
        Ok(answers)
    }
}
