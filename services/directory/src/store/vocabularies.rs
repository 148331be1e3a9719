//! Vocabularies in rows. Every spelling is a row of its own, so that the database holds it to one term.

use std::collections::{BTreeMap, HashSet};

use exemplar_kernel::{Error, Paging, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::{spelling, term, vocabulary, vocabulary_change};
use super::inconsistent;
use crate::model::vocabulary::change::{ChangeKind, VocabularyChange};
use crate::model::vocabulary::{Label, Merge, Term, TermId, Vocabulary, key};

/// A spelling that is the term's slug and none of its labels.
const SLUG: &str = "SLUG";
/// A spelling that is, was or will be the term's label.
const LABEL: &str = "LABEL";
/// Another spelling.
const SYNONYM: &str = "SYNONYM";

/// Every vocabulary's version, and every term.
pub(crate) async fn load(db: &impl ConnectionTrait) -> Result<(Vec<(Vocabulary, i64)>, Vec<Term>), Error> {
    let rows = vocabulary::Entity::find().all(db).await?;
    let versions = rows.into_iter().map(|row| Ok((parse(&row.id)?, row.version))).collect::<Result<Vec<_>, Error>>()?;
    let terms = term::Entity::find().all(db).await?;
    let spellings = spelling::Entity::find().all(db).await?;
    Ok((versions, models(terms, spellings)?))
}

/// Locks a vocabulary until the transaction ends, so that its changes come one after the other; its version.
pub(crate) async fn lock(tx: &impl ConnectionTrait, wanted: Vocabulary) -> Result<i64, Error> {
    let row = vocabulary::Entity::find_by_id(wanted.name()).lock_exclusive().one(tx).await?;
    row.map(|row| row.version).ok_or_else(|| inconsistent(format!("no vocabulary {wanted}")))
}

/// How many terms a vocabulary has.
pub(crate) async fn count(db: &impl ConnectionTrait, wanted: Vocabulary) -> Result<u64, Error> {
    Ok(term::Entity::find().filter(term::Column::Vocabulary.eq(wanted.name())).count(db).await?)
}

/// One term.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &TermId) -> Result<Option<Term>, Error> {
    let key = (id.vocabulary.name().to_owned(), id.slug.clone());
    let Some(row) = term::Entity::find_by_id(key).one(db).await? else { return Ok(None) };
    let own = Condition::all()
        .add(spelling::Column::Vocabulary.eq(id.vocabulary.name()))
        .add(spelling::Column::Term.eq(&id.slug));
    let spellings = spelling::Entity::find().filter(own).all(db).await?;
    Ok(models(vec![row], spellings)?.pop())
}

/// A spelling of the term that is another term's already: the text, and that term's slug.
pub(crate) async fn taken(db: &impl ConnectionTrait, term: &Term) -> Result<Option<(String, String)>, Error> {
    let keys: HashSet<String> = term.spellings().map(key).collect();
    let others = Condition::all()
        .add(spelling::Column::Vocabulary.eq(term.id.vocabulary.name()))
        .add(spelling::Column::Term.ne(&term.id.slug))
        .add(spelling::Column::Key.is_in(keys));
    let row = spelling::Entity::find().filter(others).order_by_asc(spelling::Column::Key).one(db).await?;
    Ok(row.map(|row| (row.text, row.term)))
}

/// Adds a term that is not there.
pub(crate) async fn insert(tx: &impl ConnectionTrait, term: &Term) -> Result<(), Error> {
    term::Entity::insert(row(term).into_active_model()).exec_without_returning(tx).await?;
    insert_spellings(tx, term).await
}

/// Writes a term over what is there.
pub(crate) async fn update(tx: &impl ConnectionTrait, term: &Term) -> Result<(), Error> {
    row(term).into_active_model().reset_all().update_without_returning(tx).await?;
    let own = Condition::all()
        .add(spelling::Column::Vocabulary.eq(term.id.vocabulary.name()))
        .add(spelling::Column::Term.eq(&term.id.slug));
    spelling::Entity::delete_many().filter(own).exec(tx).await?;
    insert_spellings(tx, term).await
}

/// Moves a vocabulary on by one version, and keeps what changed.
pub(crate) async fn record(
    tx: &impl ConnectionTrait,
    changed: Vocabulary,
    change: &VocabularyChange,
) -> Result<(), Error> {
    let row = vocabulary::Model { id: changed.name().to_owned(), version: change.version };
    row.into_active_model().reset_all().update_without_returning(tx).await?;
    let row = vocabulary_change::Model {
        vocabulary: changed.name().to_owned(),
        version: change.version,
        at: change.at.map(Timestamp::micros),
        kind: change.kind.name().to_owned(),
        term: change.term.clone(),
        note: change.note.clone(),
    };
    vocabulary_change::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of a vocabulary's changes, newest first, one more than wanted.
pub(crate) async fn changes(
    db: &impl ConnectionTrait,
    wanted: Vocabulary,
    paging: &Paging,
) -> Result<Vec<VocabularyChange>, Error> {
    use vocabulary_change::Column;
    let before = paging.after.first().and_then(|version| version.parse::<i64>().ok());
    let filter = Condition::all()
        .add(Column::Vocabulary.eq(wanted.name()))
        .add_option(before.map(|version| Column::Version.lt(version)));
    let query = vocabulary_change::Entity::find().filter(filter).order_by_desc(Column::Version);
    let rows = query.limit(paging.fetch()).all(db).await?;
    let model = |row: vocabulary_change::Model| {
        let kind = ChangeKind::from_name(&row.kind);
        Ok(VocabularyChange {
            version: row.version,
            at: row.at.map(Timestamp::from_micros),
            kind: kind.ok_or_else(|| inconsistent(format!("change of a vocabulary {:?}", row.kind)))?,
            term: row.term,
            note: row.note,
        })
    };
    rows.into_iter().map(model).collect()
}

fn parse(name: &str) -> Result<Vocabulary, Error> {
    Vocabulary::from_name(name).ok_or_else(|| inconsistent(format!("vocabulary {name:?}")))
}

fn models(terms: Vec<term::Model>, spellings: Vec<spelling::Model>) -> Result<Vec<Term>, Error> {
    let mut of_terms: BTreeMap<(String, String), Vec<spelling::Model>> = BTreeMap::new();
    for row in spellings {
        of_terms.entry((row.vocabulary.clone(), row.term.clone())).or_default().push(row);
    }
    let model = |row: term::Model| {
        let id = TermId { vocabulary: parse(&row.vocabulary)?, slug: row.slug.clone() };
        let (mut labels, mut synonyms) = (Vec::new(), Vec::new());
        for spelling in of_terms.remove(&(row.vocabulary, row.slug)).unwrap_or_default() {
            match spelling.kind.as_str() {
                LABEL => labels.push(Label { text: spelling.text, from: spelling.start_date }),
                SYNONYM => synonyms.push(spelling.text),
                _ => {}
            }
        }
        labels.sort_by_key(|label| label.from);
        synonyms.sort();
        let merge = |(into, from)| Merge { into, from };
        let merged = row.merged_into.zip(row.merged_from).map(merge);
        let (supplier, source, version) = (row.supplier, row.source, row.version);
        Ok(Term { id, labels, synonyms, supplier, merged, retired: row.retired_from, source, version })
    };
    terms.into_iter().map(model).collect()
}

fn row(term: &Term) -> term::Model {
    let (merged_into, merged_from) = term.merged.clone().map(|merge| (merge.into, merge.from)).unzip();
    term::Model {
        vocabulary: term.id.vocabulary.name().to_owned(),
        slug: term.id.slug.clone(),
        supplier: term.supplier.clone(),
        merged_into,
        merged_from,
        retired_from: term.retired,
        source: term.source.clone(),
        version: term.version,
    }
}

async fn insert_spellings(tx: &impl ConnectionTrait, term: &Term) -> Result<(), Error> {
    let labels = term.labels.iter().map(|label| (label.text.as_str(), LABEL, label.from));
    let synonyms = term.synonyms.iter().map(|synonym| (synonym.as_str(), SYNONYM, None));
    let slug = std::iter::once((term.id.slug.as_str(), SLUG, None));
    let mut said = HashSet::new();
    let rows =
        labels.chain(synonyms).chain(slug).filter(|(text, ..)| said.insert(key(text))).map(|(text, kind, from)| {
            let model = spelling::Model {
                vocabulary: term.id.vocabulary.name().to_owned(),
                key: key(text),
                term: term.id.slug.clone(),
                text: text.to_owned(),
                kind: kind.to_owned(),
                start_date: from,
            };
            model.into_active_model()
        });
    let rows: Vec<_> = rows.collect();
    spelling::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
