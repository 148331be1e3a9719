//! The words of the model in protobuf.

use exemplar_directory::Vocabularies;
use exemplar_kernel::{Etag, Principal, Violations};
use exemplar_proto::blueprints::v1 as pb;

use super::content::content;
use crate::model::{Blueprint, Finding, Severity, Visibility};

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

pub(super) fn finding(finding: Finding) -> pb::Finding {
    let severity = match finding.severity {
        Severity::Must => pb::Severity::Must,
        Severity::Should => pb::Severity::Should,
    };
    let Finding { field, problem, remedy, .. } = finding;
    pb::Finding { field, severity: severity.into(), problem, remedy: remedy.to_owned() }
}

pub(super) fn visibility(visibility: Visibility) -> pb::Visibility {
    match visibility {
        Visibility::Public => pb::Visibility::Public,
        Visibility::Network => pb::Visibility::Network,
        Visibility::Organisation => pb::Visibility::Organisation,
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
