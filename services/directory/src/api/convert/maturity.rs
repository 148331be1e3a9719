//! Digital maturity in protobuf.

use std::collections::BTreeMap;

use exemplar_kernel::{OrganisationId, Violations, day};
use exemplar_proto::directory::v1 as pb;

use super::timestamp;
use crate::model::maturity::{
    Framework, Made, Maturity, MaturityId, NewMaturity, OVERALL, Step, TypedScore, parse_scores,
};

pub(in super::super) fn maturity(entry: Maturity) -> pb::Maturity {
    let name = |id: Option<MaturityId>| id.map(|id| id.to_string()).unwrap_or_default();
    pb::Maturity {
        name: entry.id.to_string(),
        organisation: entry.organisation.to_string(),
        framework: framework(entry.framework).into(),
        framework_version: entry.framework_version,
        date: entry.date.to_string(),
        made_by: made(entry.made).into(),
        published: entry.published,
        scores: scores(entry.framework, &entry.scores),
        source: entry.source,
        corrects: name(entry.corrects),
        reason: entry.reason,
        corrected_by: name(entry.corrected_by),
        record_time: Some(timestamp(entry.recorded)),
    }
}

pub(in super::super) fn step((entry, changes): Step) -> pb::MaturityPoint {
    let change = |(area, change): (String, i32)| pb::MaturityChange { area, change: points(change) };
    pb::MaturityPoint { maturity: Some(maturity(entry)), changes: changes.into_iter().map(change).collect() }
}

pub(in super::super) fn described(of: Framework) -> pb::GetMaturityFrameworkResponse {
    let area = |area: &crate::model::maturity::Area| pb::MaturityArea {
        area: area.id.to_owned(),
        display_name: area.label.to_owned(),
        part_of: if area.part_of == OVERALL { String::new() } else { area.part_of.to_owned() },
    };
    let answer =
        |(answer, score): &(&str, i32)| pb::MaturityAnswer { answer: (*answer).to_owned(), score: f64::from(*score) };
    pb::GetMaturityFrameworkResponse {
        framework: framework(of).into(),
        lowest: points(*of.scale().start()),
        highest: points(*of.scale().end()),
        areas: of.areas().iter().map(area).collect(),
        answers: of.answers().iter().map(answer).collect(),
        source: of.source().to_owned(),
    }
}

/// Overall first, then in the order of the framework.
fn scores(of: Framework, scores: &BTreeMap<String, i32>) -> Vec<pb::MaturityScore> {
    let order = std::iter::once(OVERALL).chain(of.areas().iter().map(|area| area.id));
    let score = |area: &str| {
        let score = points(*scores.get(area)?);
        Some(pb::MaturityScore { area: area.to_owned(), score, answer: String::new() })
    };
    order.filter_map(score).collect()
}

fn points(hundredths: i32) -> f64 {
    f64::from(hundredths) / 100.0
}

fn framework(framework: Framework) -> pb::MaturityFramework {
    match framework {
        Framework::Dma2016 => pb::MaturityFramework::Dma2016,
        Framework::Dma2023 => pb::MaturityFramework::Dma2023,
        Framework::Emram => pb::MaturityFramework::Emram,
    }
}

fn made(made: Made) -> pb::MaturitySource {
    match made {
        Made::BySelf => pb::MaturitySource::Self_,
        Made::PeerReviewed => pb::MaturitySource::PeerReviewed,
        Made::Accredited => pb::MaturitySource::Accredited,
    }
}

pub(in super::super) fn typed_framework(violations: &mut Violations, field: &str, wire: i32) -> Option<Framework> {
    let found = Framework::ALL.iter().copied().find(|known| i32::from(framework(*known)) == wire);
    violations.take(field, found.ok_or(if wire == 0 { "is missing" } else { "is not a framework" }))
}

pub(in super::super) fn typed_maturity(violations: &mut Violations, typed: pb::Maturity) -> Option<NewMaturity> {
    let organisation = violations.take("maturity.organisation", OrganisationId::parse(&typed.organisation));
    let framework = typed_framework(violations, "maturity.framework", typed.framework);
    let framework_version = violations.text("maturity.framework_version", &typed.framework_version, 0..=40);
    let date = day::required(violations, "maturity.date", &typed.date);
    let known = Made::ALL.iter().copied().find(|known| i32::from(made(*known)) == typed.made_by);
    let missing = if typed.made_by == 0 { "is missing" } else { "is not a source" };
    let made = violations.take("maturity.made_by", known.ok_or(missing));
    let score = |score: pb::MaturityScore| TypedScore { area: score.area, score: score.score, answer: score.answer };
    let scores: Vec<_> = typed.scores.into_iter().map(score).collect();
    let scores = framework.map(|framework| parse_scores(violations, framework, &scores));
    let source = violations.text("maturity.source", &typed.source, 0..=500);
    let corrects = match typed.corrects.as_str() {
        "" => None,
        name => violations.take("maturity.corrects", MaturityId::parse(name)),
    };
    let needed = usize::from(!typed.corrects.is_empty());
    let reason = violations.text("maturity.reason", &typed.reason, needed..=500);
    if needed == 0 && !reason.is_empty() {
        violations.add("maturity.reason", "is for corrections only");
    }
    Some(NewMaturity {
        organisation: organisation?,
        framework: framework?,
        framework_version,
        date: date?,
        made: made?,
        published: typed.published,
        scores: scores?,
        source,
        corrects,
        reason,
    })
}
