//! The words of the model in protobuf.

use exemplar_directory::Vocabularies;
use exemplar_kernel::{Etag, Principal, Violations};
use exemplar_proto::blueprints::v1 as pb;

use super::content::{content, section_kind};
use crate::model::{
    Blueprint, Edit, Finding, Part, PartDifference, Purpose, Review, Revision, RevisionState, Run, Severity, Visibility,
};

pub(super) fn blueprint(words: &Vocabularies, caller: &Principal, blueprint: Blueprint) -> pb::Blueprint {
    let Blueprint { header, revision, published, change_note, minor, content: said } = blueprint;
    let withdraw_time = header.withdrawn.as_ref().map(|withdrawal| withdrawal.at.into());
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
        minor,
        review_due_time: header.review_due.map(Into::into),
        withdraw_time,
        withdraw_reason: header.withdrawn.map(|withdrawal| withdrawal.reason).unwrap_or_default(),
    }
}

pub(super) fn revision(organisation: &str, address: &str, revision: Revision, reviews: &[Review]) -> pb::Revision {
    let state = match revision.state {
        RevisionState::Published => pb::RevisionState::Published,
        RevisionState::ReviewDue => pb::RevisionState::ReviewDue,
        RevisionState::Superseded => pb::RevisionState::Superseded,
        RevisionState::Withdrawn => pb::RevisionState::Withdrawn,
    };
    let of = |purpose: Purpose| reviews.iter().filter(move |review| review.purpose == purpose);
    let reviewers = of(Purpose::Release).map(|review| review.assurers().count()).sum::<usize>();
    let number = i32::try_from(revision.number).unwrap_or(i32::MAX);
    pb::Revision {
        name: format!("{}/revisions/{number}", revision.blueprint),
        number,
        citation: revision.citation(organisation, address),
        address: revision.place(address),
        title: revision.title,
        change_note: revision.change_note,
        minor: revision.minor,
        publish_time: revision.published.map(Into::into),
        state: state.into(),
        renew_time: of(Purpose::Renewal).filter_map(|review| review.closed.map(Into::into)).collect(),
        reviewers: i32::try_from(reviewers).unwrap_or(i32::MAX),
    }
}

pub(super) fn difference(difference: PartDifference) -> pb::PartDifference {
    let run = |run: Run| {
        let edit = match run.edit {
            Edit::Kept => pb::Edit::Kept,
            Edit::Added => pb::Edit::Added,
            Edit::Removed => pb::Edit::Removed,
        };
        pb::EditRun { edit: edit.into(), text: run.text }
    };
    let section = match difference.part {
        Part::Section(kind) => section_kind(kind),
        Part::Field(_) => pb::SectionKind::Unspecified,
    };
    pb::PartDifference {
        field: difference.part.to_string(),
        section: section.into(),
        runs: difference.runs.into_iter().map(run).collect(),
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
        Visibility::Pair => pb::Visibility::Pair,
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
        Ok(pb::Visibility::Pair) => Ok(Visibility::Pair),
        Ok(pb::Visibility::Organisation) => Ok(Visibility::Organisation),
        Ok(pb::Visibility::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a visibility"),
    };
    violations.take(field, read)
}
