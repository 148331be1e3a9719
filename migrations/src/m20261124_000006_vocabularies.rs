//! Vocabularies, with the terms that every database begins with; rows that held labels hold slugs from now on.
//!
//! The terms are in `reference/terms.csv`, each with its source. They are the state before the journal's first entry.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, date_null, text, text_null};
use time::Date;
use time::macros::format_description;

use crate::table::{self, Rule};

const TERMS: &str = include_str!("../reference/terms.csv");

const VOCABULARIES: [&str; 11] = [
    "care-setting",
    "epr-product",
    "epr-supplier",
    "funder",
    "organisation-type",
    "pillar",
    "project-type",
    "region",
    "size-band",
    "strategic-topic",
    "user-group",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables(manager).await?;
        seed(manager).await?;
        rewrite(manager, "term", "text").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rewrite(manager, "text", "term").await?;
        table::drop(manager, &["vocabulary_change", "term_spelling", "term", "vocabulary"]).await
    }
}

async fn tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Its row is the lock of every change of its terms.
    let vocabulary = [text("id"), big_integer("version")];
    table::create(manager, "vocabulary", vocabulary, [Rule::Key(&["id"])]).await?;
    let term = [
        text("vocabulary"),
        // never changes: what other tables hold
        text("slug"),
        // the slug of a product's supplier
        text_null("supplier"),
        text_null("merged_into"),
        date_null("merged_from"),
        date_null("retired_from"),
        text("source"),
        big_integer("version"),
    ];
    let rules = [
        Rule::Key(&["vocabulary", "slug"]),
        Rule::Refers("vocabulary", "vocabulary", "id"),
        Rule::Check("merged_into <> slug"),
    ];
    table::create(manager, "term", term, rules).await?;
    let spelling = [
        text("vocabulary"),
        // its words in small letters with hyphens between: two spellings of one key are one
        text("key"),
        text("term"),
        text("text"),
        // SLUG, LABEL or SYNONYM
        text("kind"),
        // of labels: from which day; none for the first
        date_null("start_date"),
    ];
    let rules =
        [Rule::Key(&["vocabulary", "key"]), Rule::RefersAll(&["vocabulary", "term"], "term", &["vocabulary", "slug"])];
    table::create(manager, "term_spelling", spelling, rules).await?;
    table::index(manager, "term_spelling_term", "term_spelling", &["vocabulary", "term"], false, None).await?;
    let change = [
        text("vocabulary"),
        big_integer("version"),
        // none for what came with the service
        big_integer_null("at"),
        text("kind"),
        text("term"),
        text("note"),
    ];
    let rules = [Rule::Key(&["vocabulary", "version"]), Rule::Refers("vocabulary", "vocabulary", "id")];
    table::create(manager, "vocabulary_change", change, rules).await
}

/// A line of the file.
struct Row {
    vocabulary: String,
    term: String,
    label: String,
    renamed: String,
    renamed_from: Option<Date>,
    synonyms: Vec<String>,
    supplier: Option<String>,
    merged_into: Option<String>,
    merged_from: Option<Date>,
    source: String,
}

fn rows() -> Result<Vec<Row>, DbErr> {
    let fault = |fault: String| DbErr::Migration(format!("reference/terms.csv: {fault}"));
    let day = |text: &str| match text {
        "" => Ok(None),
        text => Date::parse(text, format_description!("[year]-[month]-[day]")).map(Some),
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(TERMS.as_bytes()).records() {
        let record = record.map_err(|error| fault(error.to_string()))?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        rows.push(Row {
            vocabulary: field(0).to_owned(),
            term: field(1).to_owned(),
            label: field(2).to_owned(),
            renamed: field(3).to_owned(),
            renamed_from: day(field(4)).map_err(|error| fault(error.to_string()))?,
            synonyms: field(5).split(';').filter_map(some).collect(),
            supplier: some(field(6)),
            merged_into: some(field(7)),
            merged_from: day(field(8)).map_err(|error| fault(error.to_string()))?,
            source: field(9).to_owned(),
        });
    }
    Ok(rows)
}

/// Writes the vocabularies, their terms and spellings, a statement for each table.
async fn seed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut vocabularies = into("vocabulary", ["id", "version"]);
    let mut changes = into("vocabulary_change", ["vocabulary", "version", "kind", "term", "note"]);
    for vocabulary in VOCABULARIES {
        vocabularies.values_panic([vocabulary.into(), 1_i64.into()]);
        let note = "the terms that came with the service";
        changes.values_panic([vocabulary.into(), 1_i64.into(), "SHIPPED".into(), "".into(), note.into()]);
    }
    let columns = ["vocabulary", "slug", "supplier", "merged_into", "merged_from", "source", "version"];
    let mut terms = into("term", columns);
    let columns = ["vocabulary", "key", "term", "text", "kind", "start_date"];
    let mut spellings = into("term_spelling", columns);
    for row in rows()? {
        for (text, kind, from) in row.spellings() {
            let term = [row.vocabulary.as_str(), &key(text), &row.term, text, kind].map(Expr::val);
            spellings.values_panic(term.into_iter().chain([Expr::val(from)]));
        }
        terms.values_panic([
            row.vocabulary.into(),
            row.term.into(),
            row.supplier.into(),
            row.merged_into.into(),
            row.merged_from.into(),
            row.source.into(),
            1_i64.into(),
        ]);
    }
    for statement in [vocabularies, changes, terms, spellings] {
        manager.execute(statement).await?;
    }
    Ok(())
}

fn into<const N: usize>(table: &'static str, columns: [&'static str; N]) -> InsertStatement {
    Query::insert().into_table(table).columns(columns).take()
}

impl Row {
    /// Every spelling once: its text, its kind, and from when it is the label.
    fn spellings(&self) -> Vec<(&str, &'static str, Option<Date>)> {
        let mut spellings = vec![(self.label.as_str(), "LABEL", None)];
        if !self.renamed.is_empty() {
            spellings.push((self.renamed.as_str(), "LABEL", self.renamed_from));
        }
        spellings.extend(self.synonyms.iter().map(|synonym| (synonym.as_str(), "SYNONYM", None)));
        spellings.push((self.term.as_str(), "SLUG", None));
        let mut keys = Vec::new();
        spellings.retain(|(text, ..)| {
            let new = !keys.contains(&key(text));
            keys.push(key(text));
            new
        });
        spellings
    }
}

/// The words of a spelling in small letters with hyphens between them.
fn key(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// Has the rows of other tables hold a term's slug (`term`) in the place of its label (`text`), or the other way round.
async fn rewrite(manager: &SchemaManager<'_>, to: &str, from: &str) -> Result<(), DbErr> {
    for (table, vocabulary, only) in [
        ("organisation_care_setting", "care-setting", ""),
        ("content_term", "care-setting", "vocabulary = 'CARE_SETTING' AND "),
        ("content_term", "project-type", "vocabulary = 'PROJECT_TYPE' AND "),
    ] {
        let found = format!(
            "FROM term_spelling s WHERE s.vocabulary = '{vocabulary}' AND s.kind = 'LABEL' AND s.{from} = {table}.term"
        );
        let update =
            format!("UPDATE {table} SET term = (SELECT min(s.{to}) {found}) WHERE {only}EXISTS (SELECT 1 {found})");
        manager.get_connection().execute_unprepared(&update).await?;
    }
    Ok(())
}
