//! What drafts and revisions say, in rows: a row of fields, their terms, their sections.
//!
//! The structured parts (benefits, contacts, cost ...) lie in one column as JSON: they are written and read whole with
//! their revision, and nothing is ever looked up by them here; the search index is.

use std::collections::{BTreeMap, HashMap};

use exemplar_kernel::{Error, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entity::{content, content_term, section};
use super::{DRAFT, inconsistent, number};
use crate::model::{
    Benefit, Blueprint, BlueprintId, Contact, Content, Cost, Epr, Header, Kind, Level, Revision, RevisionNumber,
    SectionKind, Touched,
};

pub(super) const CARE_SETTING: &str = "CARE_SETTING";
pub(super) const PROJECT_TYPE: &str = "PROJECT_TYPE";
pub(super) const USER_GROUP: &str = "USER_GROUP";
const PILLAR: &str = "PILLAR";

/// A draft or a revision in rows: its blueprint and its number.
type Key = (Uuid, i32);

/// The structured parts as their column holds them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Parts {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    eprs: Vec<Epr>,
    #[serde(skip_serializing_if = "String::is_empty")]
    size_band: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    funders: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    questions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    months_to_deliver: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    benefits: Vec<Benefit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<Contact>,
}

/// The terms of one content, each vocabulary sorted.
#[derive(Default)]
struct Terms {
    care_settings: Vec<String>,
    project_types: Vec<String>,
    user_groups: Vec<String>,
    pillars: Vec<String>,
}

/// The revisions (0: the draft) of these blueprints, in the order given; those without that revision are left out.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    wanted: Vec<(RevisionNumber, Header)>,
    with_sections: bool,
) -> Result<Vec<Blueprint>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = wanted.iter().map(|(revision, header)| (header.id.uuid(), number(*revision))).collect();
    let rows = content::Entity::find()
        .filter(
            Expr::tuple([Expr::col(content::Column::Blueprint), Expr::col(content::Column::Revision)])
                .in_tuples(keys.clone()),
        )
        .all(db)
        .await?;
    let mut rows: HashMap<Key, content::Model> =
        rows.into_iter().map(|row| ((row.blueprint, row.revision), row)).collect();
    let mut terms = terms(db, &keys).await?;
    let mut sections = if with_sections { sections(db, &keys).await? } else { HashMap::new() };
    let mut blueprints = Vec::with_capacity(wanted.len());
    for (revision, header) in wanted {
        let key = (header.id.uuid(), number(revision));
        let Some(row) = rows.remove(&key) else { continue };
        let published = row.published_at.map(Timestamp::from_micros);
        let (change_note, minor) = (row.change_note.clone(), row.minor);
        let (terms, sections) = (terms.remove(&key).unwrap_or_default(), sections.remove(&key).unwrap_or_default());
        blueprints.push(Blueprint {
            header,
            revision,
            published,
            change_note,
            minor,
            content: said(row, terms, sections)?,
        });
    }
    Ok(blueprints)
}

fn said(row: content::Model, terms: Terms, sections: BTreeMap<SectionKind, String>) -> Result<Content, Error> {
    let read = |name: &str| inconsistent(format!("blueprint {}: {name:?}", row.blueprint));
    let parts: Parts =
        serde_json::from_str(&row.parts).map_err(|error| read(&format!("parts that cannot be read ({error})")))?;
    Ok(Content {
        level: row.level.as_deref().map(|name| Level::from_name(name).ok_or_else(|| read(name))).transpose()?,
        kind: row.kind.as_deref().map(|name| Kind::from_name(name).ok_or_else(|| read(name))).transpose()?,
        title: row.title,
        summary: row.summary,
        care_settings: terms.care_settings,
        project_types: terms.project_types,
        user_groups: terms.user_groups,
        pillars: terms.pillars,
        eprs: parts.eprs,
        size_band: parts.size_band,
        region: parts.region,
        funders: parts.funders,
        questions: parts.questions,
        cost: parts.cost,
        months_to_deliver: parts.months_to_deliver,
        benefits: parts.benefits,
        contacts: parts.contacts,
        sections,
    })
}

async fn terms(db: &impl ConnectionTrait, keys: &[Key]) -> Result<HashMap<Key, Terms>, Error> {
    use content_term::Column;
    let rows = content_term::Entity::find()
        .filter(Expr::tuple([Expr::col(Column::Blueprint), Expr::col(Column::Revision)]).in_tuples(keys.to_vec()))
        .order_by_asc(Column::Term)
        .all(db)
        .await?;
    let mut terms: HashMap<Key, Terms> = HashMap::new();
    for row in rows {
        let of = terms.entry((row.blueprint, row.revision)).or_default();
        match row.vocabulary.as_str() {
            CARE_SETTING => of.care_settings.push(row.term),
            PROJECT_TYPE => of.project_types.push(row.term),
            USER_GROUP => of.user_groups.push(row.term),
            PILLAR => of.pillars.push(row.term),
            other => return Err(inconsistent(format!("vocabulary {other:?}"))),
        }
    }
    Ok(terms)
}

async fn sections(
    db: &impl ConnectionTrait,
    keys: &[Key],
) -> Result<HashMap<Key, BTreeMap<SectionKind, String>>, Error> {
    use section::Column;
    let rows = section::Entity::find()
        .filter(Expr::tuple([Expr::col(Column::Blueprint), Expr::col(Column::Revision)]).in_tuples(keys.to_vec()))
        .all(db)
        .await?;
    let mut sections: HashMap<Key, BTreeMap<SectionKind, String>> = HashMap::new();
    for row in rows {
        let kind = SectionKind::from_name(&row.kind).ok_or_else(|| inconsistent(format!("section {:?}", row.kind)))?;
        sections.entry((row.blueprint, row.revision)).or_default().insert(kind, row.body);
    }
    Ok(sections)
}

/// A page of a blueprint's released revisions, newest first, one more than wanted.
pub(crate) async fn revisions(
    db: &impl ConnectionTrait,
    header: &Header,
    now: Timestamp,
    paging: &Paging,
) -> Result<Vec<Revision>, Error> {
    use content::Column;
    let before = paging.after.first().and_then(|number| number.parse::<i32>().ok());
    let mut query = content::Entity::find()
        .filter(Column::Blueprint.eq(header.id.uuid()))
        .filter(Column::Revision.gt(number(DRAFT)));
    if let Some(before) = before {
        query = query.filter(Column::Revision.lt(before));
    }
    let rows = query.order_by_desc(Column::Revision).limit(paging.fetch()).all(db).await?;
    let one = |row: content::Model| {
        let number = RevisionNumber::try_from(row.revision).map_err(inconsistent)?;
        Ok::<_, Error>(Revision {
            blueprint: header.id,
            number,
            title: row.title,
            change_note: row.change_note,
            minor: row.minor,
            published: row.published_at.map(Timestamp::from_micros),
            state: header.state_of(number, now),
        })
    };
    rows.into_iter().map(one).collect()
}

/// When each part of a draft last changed.
pub(crate) async fn touched(db: &impl ConnectionTrait, id: BlueprintId) -> Result<Touched, Error> {
    let found: Option<Option<String>> = content::Entity::find_by_id((id.uuid(), number(DRAFT)))
        .select_only()
        .column(content::Column::Touched)
        .into_tuple()
        .one(db)
        .await?;
    let Some(text) = found.flatten() else { return Ok(Touched::default()) };
    serde_json::from_str(&text).map_err(|error| inconsistent(format!("{id}: parts touched: {error}")))
}

/// Takes the draft's rows away, to be written anew.
pub(super) async fn remove_draft(db: &impl ConnectionTrait, id: BlueprintId) -> Result<(), Error> {
    let id = id.uuid();
    section::Entity::delete_many()
        .filter(section::Column::Blueprint.eq(id))
        .filter(section::Column::Revision.eq(number(DRAFT)))
        .exec(db)
        .await?;
    content_term::Entity::delete_many()
        .filter(content_term::Column::Blueprint.eq(id))
        .filter(content_term::Column::Revision.eq(number(DRAFT)))
        .exec(db)
        .await?;
    content::Entity::delete_by_id((id, number(DRAFT))).exec(db).await?;
    Ok(())
}

/// Adds the rows of a draft or a revision.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    written: &Blueprint,
    by: Option<Uuid>,
    touched: &Touched,
) -> Result<(), Error> {
    let (id, revision, said) = (written.header.id.uuid(), number(written.revision), &written.content);
    let json = |error: serde_json::Error| inconsistent(format!("{}: cannot be kept: {error}", written.header.id));
    let row = content::Model {
        blueprint: id,
        revision,
        title: said.title.clone(),
        summary: said.summary.clone(),
        level: said.level.map(|level| level.name().to_owned()),
        kind: said.kind.map(|kind| kind.name().to_owned()),
        change_note: written.change_note.clone(),
        published_at: written.published.map(Timestamp::micros),
        published_by: by,
        parts: serde_json::to_string(&parts(said)).map_err(json)?,
        minor: written.minor,
        touched: if revision == number(DRAFT) { Some(serde_json::to_string(touched).map_err(json)?) } else { None },
    };
    content::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    let tag = |vocabulary: &'static str, term: &String| {
        let (vocabulary, term) = (vocabulary.to_owned(), term.clone());
        content_term::Model { blueprint: id, revision, vocabulary, term }.into_active_model()
    };
    let vocabularies = [
        (CARE_SETTING, &said.care_settings),
        (PROJECT_TYPE, &said.project_types),
        (USER_GROUP, &said.user_groups),
        (PILLAR, &said.pillars),
    ];
    let terms: Vec<_> =
        vocabularies.iter().flat_map(|(vocabulary, terms)| terms.iter().map(|term| tag(vocabulary, term))).collect();
    if !terms.is_empty() {
        content_term::Entity::insert_many(terms).exec_without_returning(db).await?;
    }
    let sections: Vec<_> = said
        .sections
        .iter()
        .map(|(kind, body)| {
            let (kind, body) = (kind.name().to_owned(), body.clone());
            section::Model { blueprint: id, revision, kind, body }.into_active_model()
        })
        .collect();
    if !sections.is_empty() {
        section::Entity::insert_many(sections).exec_without_returning(db).await?;
    }
    Ok(())
}

fn parts(said: &Content) -> Parts {
    Parts {
        eprs: said.eprs.clone(),
        size_band: said.size_band.clone(),
        region: said.region.clone(),
        funders: said.funders.clone(),
        questions: said.questions.clone(),
        cost: said.cost.clone(),
        months_to_deliver: said.months_to_deliver,
        benefits: said.benefits.clone(),
        contacts: said.contacts.clone(),
    }
}
