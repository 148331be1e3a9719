//! The words of the model in protobuf.

use std::collections::BTreeMap;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::{Etag, Principal, Violations};
use exemplar_proto::blueprints::v1 as pb;

use crate::model::{Blueprint, Content, Kind, Level, SectionKind, Visibility};

/// Terms of one vocabulary at the most.
pub(super) const MAX_TERMS: usize = 8;
/// A section's length at the most, in characters.
const MAX_SECTION: usize = 20_000;

pub(super) fn blueprint(words: &Vocabularies, caller: &Principal, blueprint: Blueprint) -> pb::Blueprint {
    let Blueprint { header, revision, published, change_note, content: said } = blueprint;
    let etag = header.shows_draft_to(caller).then(|| Etag::of(header.version).to_string());
    pb::Blueprint {
        name: header.id.to_string(),
        organisation: header.organisation.to_string(),
        visibility: visibility(header.visibility).into(),
        content: Some(content(words, said)),
        revision: i32::try_from(revision).unwrap_or(i32::MAX),
        latest_revision: i32::try_from(header.latest_revision).unwrap_or(i32::MAX),
        publish_time: published.map(Into::into),
        change_note,
        etag: etag.unwrap_or_default(),
    }
}

fn content(words: &Vocabularies, content: Content) -> pb::Content {
    let section = |(kind, body)| pb::Section { kind: section_kind(kind).into(), body };
    pb::Content {
        title: content.title,
        summary: content.summary,
        level: content.level.map(level).unwrap_or_default().into(),
        kind: content.kind.map(kind).unwrap_or_default().into(),
        care_settings: words.labels(Vocabulary::CareSetting, &content.care_settings),
        project_types: words.labels(Vocabulary::ProjectType, &content.project_types),
        epr_product: content.epr_product,
        sections: content.sections.into_iter().map(section).collect(),
    }
}

pub(super) fn visibility(visibility: Visibility) -> pb::Visibility {
    match visibility {
        Visibility::Public => pb::Visibility::Public,
        Visibility::Network => pb::Visibility::Network,
        Visibility::Organisation => pb::Visibility::Organisation,
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

pub(super) fn typed_visibility(violations: &mut Violations, wire: i32) -> Option<Visibility> {
    typed_visibility_of(violations, "visibility", wire)
}

pub(super) fn typed_visibility_of(violations: &mut Violations, field: &str, wire: i32) -> Option<Visibility> {
    let read = match pb::Visibility::try_from(wire) {
        Ok(pb::Visibility::Public) => Ok(Visibility::Public),
        Ok(pb::Visibility::Network) => Ok(Visibility::Network),
        Ok(pb::Visibility::Organisation) => Ok(Visibility::Organisation),
        Ok(pb::Visibility::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a visibility"),
    };
    violations.take(field, read)
}

pub(super) fn typed_level(violations: &mut Violations, wire: i32) -> Option<Level> {
    match pb::BlueprintLevel::try_from(wire) {
        Ok(pb::BlueprintLevel::Full) => Some(Level::Full),
        Ok(pb::BlueprintLevel::OnAPage) => Some(Level::OnAPage),
        Ok(pb::BlueprintLevel::Unspecified) => None,
        Err(_) => violations.take("content.level", Err("is not a level")),
    }
}

pub(super) fn typed_kind(violations: &mut Violations, wire: i32) -> Option<Kind> {
    match pb::BlueprintKind::try_from(wire) {
        Ok(pb::BlueprintKind::Success) => Some(Kind::Success),
        Ok(pb::BlueprintKind::Attempt) => Some(Kind::Attempt),
        Ok(pb::BlueprintKind::Unspecified) => None,
        Err(_) => violations.take("content.kind", Err("is not a kind")),
    }
}

fn typed_section_kind(wire: i32) -> Result<SectionKind, &'static str> {
    let known = SectionKind::ALL.iter().copied().find(|kind| i32::from(section_kind(*kind)) == wire);
    known.ok_or("is not a kind of section")
}

pub(super) fn typed_title(violations: &mut Violations, title: &str) -> String {
    violations.text("content.title", title, 10..=200)
}

pub(super) fn typed_summary(violations: &mut Violations, summary: &str) -> String {
    violations.text("content.summary", summary, 0..=400)
}

pub(super) fn typed_epr_product(violations: &mut Violations, product: &str) -> String {
    violations.text("content.epr_product", product, 0..=80)
}

pub(super) fn typed_care_settings(words: &Vocabularies, violations: &mut Violations, typed: &[String]) -> Vec<String> {
    words.take(violations, "content.care_settings", Vocabulary::CareSetting, typed, MAX_TERMS)
}

pub(super) fn typed_project_types(words: &Vocabularies, violations: &mut Violations, typed: &[String]) -> Vec<String> {
    words.take(violations, "content.project_types", Vocabulary::ProjectType, typed, MAX_TERMS)
}

pub(super) fn typed_sections(violations: &mut Violations, typed: Vec<pb::Section>) -> BTreeMap<SectionKind, String> {
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

pub(super) fn typed_content(words: &Vocabularies, violations: &mut Violations, typed: pb::Content) -> Content {
    let mut sections = typed_sections(violations, typed.sections);
    sections.retain(|_, body| !body.is_empty());
    Content {
        title: typed_title(violations, &typed.title),
        summary: typed_summary(violations, &typed.summary),
        level: typed_level(violations, typed.level),
        kind: typed_kind(violations, typed.kind),
        care_settings: typed_care_settings(words, violations, &typed.care_settings),
        project_types: typed_project_types(words, violations, &typed.project_types),
        epr_product: typed_epr_product(violations, &typed.epr_product),
        sections,
    }
}
