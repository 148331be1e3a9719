//! Profiles and record systems in protobuf.

use exemplar_kernel::id::BadName;
use exemplar_kernel::{OrganisationId, Violations, day};
use exemplar_proto::directory::v1 as pb;

use crate::model::profile::{
    Profile, ProfileUpdate, RecordSystem, SystemUpdate, parse_settings, parse_term, parse_topics, parse_words,
};
use crate::model::vocabulary::{TermId, Vocabularies, Vocabulary};

pub(in super::super) fn profile(words: &Vocabularies, id: &OrganisationId, profile: &Profile) -> pb::Profile {
    let in_use = profile.in_use(words.today());
    let main = profile.epr(words.today()).cloned().unwrap_or_default();
    let label = |vocabulary: Vocabulary, slug: &str| words.label(vocabulary, slug).to_owned();
    let topics = |topics: &[TermId]| topics.iter().map(|topic| label(topic.vocabulary, &topic.slug)).collect();
    pb::Profile {
        region: label(Vocabulary::Region, &profile.region),
        care_settings: words.labels(Vocabulary::CareSetting, &profile.care_settings),
        epr_supplier: label(Vocabulary::EprSupplier, &main.supplier),
        epr_product: label(Vocabulary::EprProduct, &main.product),
        epr_version: main.version,
        size_band: label(Vocabulary::SizeBand, &profile.size_band),
        organisation_type: label(Vocabulary::OrganisationType, &profile.organisation_type),
        topics_offered: topics(&profile.topics_offered),
        topics_sought: topics(&profile.topics_sought),
        record_systems: in_use.into_iter().map(|system| record_system(words, id, system)).collect(),
    }
}

pub(in super::super) fn record_system(
    words: &Vocabularies,
    organisation: &OrganisationId,
    system: &RecordSystem,
) -> pb::RecordSystem {
    let label = |vocabulary: Vocabulary, slug: &str| words.label(vocabulary, slug).to_owned();
    let date = |date: Option<time::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    pb::RecordSystem {
        name: format!("{organisation}/record-systems/{}", system.number),
        purpose: label(Vocabulary::ProjectType, &system.purpose),
        supplier: label(Vocabulary::EprSupplier, &system.supplier),
        product: label(Vocabulary::EprProduct, &system.product),
        version: system.version.clone(),
        start_date: date(system.start),
        end_date: date(system.end),
        source: system.source.clone(),
    }
}

/// Reads the fields of a profile that `takes` names.
pub(in super::super) fn typed_profile(
    violations: &mut Violations,
    words: &Vocabularies,
    typed: &pb::Profile,
    takes: impl Fn(&str) -> bool,
) -> ProfileUpdate {
    let at = |field: &str| format!("organisation.profile.{field}");
    let mut update = ProfileUpdate::default();
    for (field, place, vocabulary, text) in [
        ("region", &mut update.region, Vocabulary::Region, &typed.region),
        ("epr_supplier", &mut update.epr_supplier, Vocabulary::EprSupplier, &typed.epr_supplier),
        ("epr_product", &mut update.epr_product, Vocabulary::EprProduct, &typed.epr_product),
    ] {
        if takes(field) {
            *place = Some(parse_words(violations, words, &at(field), (vocabulary, text)));
        }
    }
    for (field, place, vocabulary, text) in [
        ("size_band", &mut update.size_band, Vocabulary::SizeBand, &typed.size_band),
        ("organisation_type", &mut update.organisation_type, Vocabulary::OrganisationType, &typed.organisation_type),
    ] {
        if takes(field) {
            *place = Some(parse_term(violations, words, &at(field), (vocabulary, text)));
        }
    }
    for (field, place, topics) in [
        ("topics_offered", &mut update.topics_offered, &typed.topics_offered),
        ("topics_sought", &mut update.topics_sought, &typed.topics_sought),
    ] {
        if takes(field) {
            *place = Some(parse_topics(violations, words, &at(field), topics));
        }
    }
    if takes("care_settings") {
        update.care_settings = Some(parse_settings(violations, words, &at("care_settings"), &typed.care_settings));
    }
    if takes("epr_version") {
        update.epr_version = Some(violations.text(&at("epr_version"), &typed.epr_version, 0..=40));
    }
    update
}

/// Reads the fields of a record system that `takes` names.
pub(in super::super) fn typed_system(
    violations: &mut Violations,
    words: &Vocabularies,
    typed: &pb::RecordSystem,
    takes: impl Fn(&str) -> bool,
) -> SystemUpdate {
    let at = |field: &str| format!("record_system.{field}");
    let mut term = |field: &str, vocabulary: Vocabulary, text: &str| {
        takes(field).then(|| parse_term(violations, words, &at(field), (vocabulary, text)))
    };
    let purpose = term("purpose", Vocabulary::ProjectType, &typed.purpose);
    let mut supplier = term("supplier", Vocabulary::EprSupplier, &typed.supplier);
    let product = term("product", Vocabulary::EprProduct, &typed.product);
    if let (Some(product), None | Some("")) = (&product, supplier.as_deref()) {
        supplier = words.supplier_of(product).map(|supplier| supplier.id.slug.clone()).or(supplier);
    }
    SystemUpdate {
        purpose,
        supplier,
        product,
        version: takes("version").then(|| violations.text(&at("version"), &typed.version, 0..=40)),
        start: takes("start_date").then(|| day::parse(violations, &at("start_date"), &typed.start_date)),
        end: takes("end_date").then(|| day::parse(violations, &at("end_date"), &typed.end_date)),
        source: takes("source").then(|| violations.text(&at("source"), &typed.source, 0..=500)),
    }
}

/// `organisations/{code}/record-systems/{number}`.
pub(in super::super) fn typed_system_name(name: &str) -> Result<(OrganisationId, i32), BadName> {
    const WANTED: BadName = BadName("organisations/{code}/record-systems/{number}");
    let (organisation, number) = name.split_once("/record-systems/").ok_or(WANTED)?;
    let parsed: i32 = number.parse().map_err(|_| WANTED)?;
    let organisation = OrganisationId::parse(organisation).map_err(|_| WANTED)?;
    if parsed > 0 && parsed.to_string() == number { Ok((organisation, parsed)) } else { Err(WANTED) }
}
