//! The words of artefacts in protobuf.

use exemplar_kernel::{Etag, Violations};
use exemplar_proto::blueprints::v1 as pb;

use super::convert;
use crate::model::artefact::{
    Artefact, ArtefactId, ArtefactKind, Details, DetailsUpdate, MAX_DESCRIPTION, State, Upload, file_name, licence,
};

/// An artefact; only its `own`ers are told what the scanner said, and the version.
pub(super) fn artefact(artefact: Artefact, own: bool) -> pb::Artefact {
    let told = |text: String| if own { text } else { String::new() };
    pb::Artefact {
        name: artefact.id.to_string(),
        blueprint: artefact.blueprint.to_string(),
        revision: i32::try_from(artefact.revision).unwrap_or(i32::MAX),
        details: Some(details(artefact.details)),
        media_type: artefact.format.media_type().to_owned(),
        size_bytes: signed(artefact.size),
        sha256: artefact.digest.as_str().to_owned(),
        state: state(artefact.state).into(),
        scanned: artefact.scanned,
        scan_note: told(artefact.scan_note.unwrap_or_default()),
        create_time: Some(artefact.added.into()),
        etag: told(Etag::of(artefact.version).to_string()),
    }
}

pub(super) fn upload(upload: Upload) -> pb::Upload {
    pb::Upload {
        name: upload.id.to_string(),
        blueprint: upload.blueprint.to_string(),
        details: Some(details(upload.details)),
        size_bytes: signed(upload.size),
        sha256: upload.digest.as_str().to_owned(),
        received_bytes: signed(upload.received),
        artefact: upload.artefact.as_ref().map(ArtefactId::to_string).unwrap_or_default(),
        expire_time: Some(upload.expires.into()),
    }
}

fn details(details: Details) -> pb::ArtefactDetails {
    pb::ArtefactDetails {
        file_name: details.file_name,
        kind: kind(details.kind).into(),
        licence: details.licence,
        description: details.description,
        visibility: convert::visibility(details.visibility).into(),
    }
}

fn kind(kind: ArtefactKind) -> pb::ArtefactKind {
    match kind {
        ArtefactKind::JobDescription => pb::ArtefactKind::JobDescription,
        ArtefactKind::Plan => pb::ArtefactKind::Plan,
        ArtefactKind::Training => pb::ArtefactKind::Training,
        ArtefactKind::BusinessCase => pb::ArtefactKind::BusinessCase,
        ArtefactKind::Configuration => pb::ArtefactKind::Configuration,
        ArtefactKind::SafetyCase => pb::ArtefactKind::SafetyCase,
        ArtefactKind::Presentation => pb::ArtefactKind::Presentation,
        ArtefactKind::Other => pb::ArtefactKind::Other,
    }
}

fn state(state: State) -> pb::ArtefactState {
    match state {
        State::Quarantined => pb::ArtefactState::Quarantined,
        State::Available => pb::ArtefactState::Available,
        State::Refused => pb::ArtefactState::Refused,
    }
}

fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

pub(super) fn typed_details(violations: &mut Violations, typed: pb::ArtefactDetails) -> Option<Details> {
    let name = typed_file_name(violations, &typed.file_name);
    let kind = typed_kind(violations, typed.kind);
    let licence = typed_licence(violations, &typed.licence);
    let description = typed_description(violations, &typed.description);
    let visibility = typed_visibility(violations, typed.visibility);
    Some(Details { file_name: name?, kind: kind?, licence: licence?, description, visibility: visibility? })
}

pub(super) fn typed_update(violations: &mut Violations, paths: &[String], typed: pb::ArtefactDetails) -> DetailsUpdate {
    let mut update = DetailsUpdate::default();
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in paths {
        match path.as_str() {
            "file_name" => update.file_name = typed_file_name(violations, &typed.file_name),
            "kind" => update.kind = typed_kind(violations, typed.kind),
            "licence" => update.licence = typed_licence(violations, &typed.licence),
            "description" => update.description = Some(typed_description(violations, &typed.description)),
            "visibility" => update.visibility = typed_visibility(violations, typed.visibility),
            unknown => violations.add("update_mask", format!("names {unknown:?}, which is no field of the details")),
        }
    }
    update
}

fn typed_file_name(violations: &mut Violations, typed: &str) -> Option<String> {
    violations.take("details.file_name", file_name(typed))
}

fn typed_licence(violations: &mut Violations, typed: &str) -> Option<String> {
    violations.take("details.licence", licence(typed))
}

fn typed_description(violations: &mut Violations, typed: &str) -> String {
    violations.text("details.description", typed, 0..=MAX_DESCRIPTION)
}

fn typed_kind(violations: &mut Violations, wire: i32) -> Option<ArtefactKind> {
    let known = ArtefactKind::ALL.iter().copied().find(|word| i32::from(kind(*word)) == wire);
    let missing = if wire == 0 { "is missing" } else { "is not a kind of artefact" };
    violations.take("details.kind", known.ok_or(missing))
}

fn typed_visibility(violations: &mut Violations, wire: i32) -> Option<crate::model::Visibility> {
    convert::typed_visibility_of(violations, "details.visibility", wire)
}
