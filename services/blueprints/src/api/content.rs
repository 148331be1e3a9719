//! What blueprints say, in protobuf.

use std::collections::BTreeMap;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::Violations;
use exemplar_proto::blueprints::v1 as pb;

use super::parts;
use crate::model::{Content, ContentUpdate, Kind, Level, SectionKind};

/// Terms of one vocabulary at the most; also record systems.
pub(super) const MAX_TERMS: usize = 8;
/// A section's length at the most, in characters.
const MAX_SECTION: usize = 20_000;
/// Questions at the most.
const MAX_QUESTIONS: usize = 12;
/// A question's length at the most, in characters.
const QUESTION: usize = 200;
/// Months to deliver at the most.
const MAX_MONTHS: i32 = 240;

pub(super) fn content(words: &Vocabularies, content: Content) -> pb::Content {
    let section = |(kind, body)| pb::Section { kind: section_kind(kind).into(), body };
    pb::Content {
        title: content.title,
        summary: content.summary,
        level: content.level.map(level).unwrap_or_default().into(),
        kind: content.kind.map(kind).unwrap_or_default().into(),
        care_settings: words.labels(Vocabulary::CareSetting, &content.care_settings),
        project_types: words.labels(Vocabulary::ProjectType, &content.project_types),
        sections: content.sections.into_iter().map(section).collect(),
        user_groups: words.labels(Vocabulary::UserGroup, &content.user_groups),
        pillars: words.labels(Vocabulary::Pillar, &content.pillars),
        eprs: content.eprs.into_iter().map(|epr| parts::epr(words, epr)).collect(),
        size_band: words.label(Vocabulary::SizeBand, &content.size_band).to_owned(),
        region: words.label(Vocabulary::Region, &content.region).to_owned(),
        funders: words.labels(Vocabulary::Funder, &content.funders),
        questions: content.questions,
        cost: content.cost.map(parts::cost),
        months_to_deliver: content.months_to_deliver.map_or(0, i32::from),
        benefits: content.benefits.into_iter().map(parts::benefit).collect(),
        contacts: content.contacts.into_iter().map(parts::contact).collect(),
    }
}

fn level(level: Level) -> pb::BlueprintLevel {
    match level {
        Level::Full => pb::BlueprintLevel::Full,
        Level::OnAPage => pb::BlueprintLevel::OnAPage,
    }
}

fn kind(kind: Kind) -> pb::BlueprintKind {
    match kind {
        Kind::Success => pb::BlueprintKind::Success,
        Kind::Attempt => pb::BlueprintKind::Attempt,
    }
}

pub(super) fn section_kind(kind: SectionKind) -> pb::SectionKind {
    match kind {
        SectionKind::QuestionsAnswered => pb::SectionKind::QuestionsAnswered,
        SectionKind::Context => pb::SectionKind::Context,
        SectionKind::Problem => pb::SectionKind::Problem,
        SectionKind::Approach => pb::SectionKind::Approach,
        SectionKind::Team => pb::SectionKind::Team,
        SectionKind::Cost => pb::SectionKind::Cost,
        SectionKind::Benefits => pb::SectionKind::Benefits,
        SectionKind::WhatWentWrong => pb::SectionKind::WhatWentWrong,
        SectionKind::AdoptionConsiderations => pb::SectionKind::AdoptionConsiderations,
        SectionKind::SafetyAndGovernance => pb::SectionKind::SafetyAndGovernance,
        SectionKind::Contacts => pb::SectionKind::Contacts,
    }
}

fn typed_title(violations: &mut Violations, title: &str) -> String {
    violations.text("content.title", title, 10..=200)
}

fn typed_summary(violations: &mut Violations, summary: &str) -> String {
    violations.text("content.summary", summary, 0..=400)
}

fn typed_level(violations: &mut Violations, wire: i32) -> Option<Level> {
    match pb::BlueprintLevel::try_from(wire) {
        Ok(pb::BlueprintLevel::Full) => Some(Level::Full),
        Ok(pb::BlueprintLevel::OnAPage) => Some(Level::OnAPage),
        Ok(pb::BlueprintLevel::Unspecified) => None,
        Err(_) => violations.take("content.level", Err("is not a level")),
    }
}

fn typed_kind(violations: &mut Violations, wire: i32) -> Option<Kind> {
    match pb::BlueprintKind::try_from(wire) {
        Ok(pb::BlueprintKind::Success) => Some(Kind::Success),
        Ok(pb::BlueprintKind::Attempt) => Some(Kind::Attempt),
        Ok(pb::BlueprintKind::Unspecified) => None,
        Err(_) => violations.take("content.kind", Err("is not a kind")),
    }
}

/// A section's kind, which must be there.
pub(super) fn typed_section_kind(wire: i32) -> Result<SectionKind, &'static str> {
    let known = SectionKind::ALL.iter().copied().find(|kind| i32::from(section_kind(*kind)) == wire);
    known.ok_or("is not a kind of section")
}

/// A term, by its slug; empty when there is none.
pub(super) fn typed_term(
    words: &Vocabularies,
    violations: &mut Violations,
    field: &str,
    vocabulary: Vocabulary,
    typed: &str,
) -> String {
    if typed.is_empty() {
        return String::new();
    }
    let chosen = violations.take(field, words.choose(vocabulary, typed));
    chosen.map(|term| term.id.slug.clone()).unwrap_or_default()
}

/// A list of short texts, in the author's order.
fn typed_texts(
    violations: &mut Violations,
    field: &str,
    typed: &[String],
    (most, length): (usize, usize),
) -> Vec<String> {
    violations.at_most(field, typed, most);
    let each = typed.iter().take(most).enumerate();
    each.map(|(i, text)| violations.text(&format!("{field}[{i}]"), text, 1..=length)).collect()
}

fn typed_months(violations: &mut Violations, months: i32) -> Option<u16> {
    let months = violations.within("content.months_to_deliver", months, 0..=MAX_MONTHS);
    u16::try_from(months).ok().filter(|months| *months > 0)
}

fn typed_sections(violations: &mut Violations, typed: Vec<pb::Section>) -> BTreeMap<SectionKind, String> {
    violations.at_most("content.sections", &typed, SectionKind::ALL.len());
    let mut sections = BTreeMap::new();
    for (i, section) in typed.into_iter().take(SectionKind::ALL.len()).enumerate() {
        let body = violations.text(&format!("content.sections[{i}].body"), &section.body, 0..=MAX_SECTION);
        let kind = violations.take(&format!("content.sections[{i}].kind"), typed_section_kind(section.kind));
        if let Some(kind) = kind
            && sections.insert(kind, body).is_some()
        {
            violations.add(format!("content.sections[{i}].kind"), "is there twice");
        }
    }
    sections
}

/// Everything that a new draft says.
pub(super) fn typed_content(words: &Vocabularies, violations: &mut Violations, typed: pb::Content) -> Content {
    // The title is needed from the beginning; all else can be empty.
    let mut update = ContentUpdate::default();
    for field in FIELDS {
        typed_field(words, violations, &mut update, field, &typed);
    }
    Content::default().updated(update)
}

/// The fields that a mask names.
pub(super) fn typed_update(
    words: &Vocabularies,
    violations: &mut Violations,
    paths: &[String],
    typed: &pb::Content,
) -> ContentUpdate {
    let mut update = ContentUpdate::default();
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in paths {
        if !typed_field(words, violations, &mut update, path, typed) {
            violations.add("update_mask", format!("names {path:?}, which is no field of a draft"));
        }
    }
    update
}

/// The fields of a content, in the order in which faults are told.
const FIELDS: [&str; 18] = [
    "title",
    "summary",
    "level",
    "kind",
    "care_settings",
    "project_types",
    "user_groups",
    "pillars",
    "eprs",
    "size_band",
    "region",
    "funders",
    "questions",
    "cost",
    "months_to_deliver",
    "benefits",
    "contacts",
    "sections",
];

/// Reads one field; whether there is one of this name.
fn typed_field(
    words: &Vocabularies,
    violations: &mut Violations,
    update: &mut ContentUpdate,
    field: &str,
    typed: &pb::Content,
) -> bool {
    let v = violations;
    let place = format!("content.{field}");
    let terms = |v: &mut Violations, vocabulary: Vocabulary, typed: &[String]| {
        Some(words.take(v, &place, vocabulary, typed, MAX_TERMS))
    };
    match field {
        "title" => update.title = Some(typed_title(v, &typed.title)),
        "summary" => update.summary = Some(typed_summary(v, &typed.summary)),
        "level" => update.level = Some(typed_level(v, typed.level)),
        "kind" => update.kind = Some(typed_kind(v, typed.kind)),
        "care_settings" => update.care_settings = terms(v, Vocabulary::CareSetting, &typed.care_settings),
        "project_types" => update.project_types = terms(v, Vocabulary::ProjectType, &typed.project_types),
        "user_groups" => update.user_groups = terms(v, Vocabulary::UserGroup, &typed.user_groups),
        "pillars" => update.pillars = terms(v, Vocabulary::Pillar, &typed.pillars),
        "eprs" => update.eprs = Some(parts::typed_eprs(words, v, &typed.eprs)),
        "size_band" => update.size_band = Some(typed_term(words, v, &place, Vocabulary::SizeBand, &typed.size_band)),
        "region" => update.region = Some(typed_term(words, v, &place, Vocabulary::Region, &typed.region)),
        "funders" => update.funders = terms(v, Vocabulary::Funder, &typed.funders),
        "questions" => {
            update.questions = Some(typed_texts(v, &place, &typed.questions, (MAX_QUESTIONS, QUESTION)));
        }
        "cost" => update.cost = Some(typed.cost.as_ref().map(|cost| parts::typed_cost(v, cost))),
        "months_to_deliver" => update.months_to_deliver = Some(typed_months(v, typed.months_to_deliver)),
        "benefits" => update.benefits = Some(parts::typed_benefits(v, &typed.benefits)),
        "contacts" => update.contacts = Some(parts::typed_contacts(v, &typed.contacts)),
        "sections" => update.sections = typed_sections(v, typed.sections.clone()),
        _ => return false,
    }
    true
}
