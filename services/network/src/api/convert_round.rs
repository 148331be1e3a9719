//! Rounds and expressions in protobuf.

use exemplar_kernel::{Etag, OrganisationId, PersonId, Timestamp, Violations};
use exemplar_proto::network::v1 as pb;

use super::convert;
use crate::model::designation::MAX_SOURCE;
use crate::model::expression::{MAX_TOGETHER, SCORERS, STATEMENT};
use crate::model::round::{
    CRITERIA, MAX_CODE, MAX_DESCRIPTION, MAX_INVITED, MAX_SETTINGS, PERCENT, SCORE_MAX, TITLE, WEIGHT,
};
use crate::{Call, Criterion, Disclosure, Evidence, Expression, ExpressionState, Points, Round, RoundState, Sheet};

/// Instants are years 1 to 9999: so are the API's.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub(super) fn round(round: Round, now: Timestamp) -> pb::Round {
    let state = match round.state(now) {
        RoundState::Planned => pb::RoundState::Planned,
        RoundState::Open => pb::RoundState::Open,
        RoundState::Closed => pb::RoundState::Closed,
        RoundState::Published => pb::RoundState::Published,
    };
    let disclosure = match round.call.disclosure {
        Disclosure::Chosen => pb::RoundDisclosure::Chosen,
        Disclosure::Scores => pb::RoundDisclosure::Scores,
        Disclosure::Everything => pb::RoundDisclosure::Everything,
    };
    let criterion = |criterion: Criterion| {
        let Criterion { code, title, description, weight } = criterion;
        pb::RoundCriterion { code, title, description, weight }
    };
    let invitation = |invitation: crate::RoundInvitation| pb::RoundInvitation {
        organisation: invitation.organisation.to_string(),
        reason: invitation.reason,
    };
    let Round { id, call, invitations, published, version } = round;
    pb::Round {
        name: id.to_string(),
        title: call.title,
        designation: convert::designation_kind(call.designation).into(),
        criteria: call.criteria.into_iter().map(criterion).collect(),
        care_settings: call.care_settings,
        open_door: call.open_door,
        invitations: invitations.into_iter().map(invitation).collect(),
        open_time: Some(call.opens.into()),
        close_time: Some(call.closes.into()),
        disclosure: disclosure.into(),
        score_max: call.score_max,
        moderation_percent: call.moderation_percent,
        state: state.into(),
        publish_time: published.map(Into::into),
        source: call.source,
        etag: Etag::of(version).to_string(),
    }
}

pub(super) fn expression((expression, round): (Expression, Round)) -> pb::Expression {
    let state = match expression.state {
        ExpressionState::Submitted => pb::ExpressionState::Submitted,
        ExpressionState::Withdrawn => pb::ExpressionState::Withdrawn,
        ExpressionState::Chosen => pb::ExpressionState::Chosen,
        ExpressionState::NotChosen => pb::ExpressionState::NotChosen,
    };
    let evidence = |evidence: Evidence| pb::CriterionEvidence { criterion: evidence.criterion, text: evidence.text };
    let (reason, designated) = match expression.decision {
        Some(decision) => (decision.reason, decision.designated),
        None => (expression.withdrawal, Vec::new()),
    };
    pb::Expression {
        name: expression.id.to_string(),
        round: expression.round.to_string(),
        organisations: expression.organisations.iter().map(ToString::to_string).collect(),
        statement: expression.statement,
        evidence: expression.evidence.into_iter().map(evidence).collect(),
        state: state.into(),
        sheets: expression.sheets.into_iter().map(|own| sheet(&round.call, own)).collect(),
        moderation: expression.moderation.map(|own| sheet(&round.call, own)),
        reason,
        designated: designated.iter().map(ToString::to_string).collect(),
        submit_time: Some(expression.submitted.into()),
        etag: Etag::of(expression.version).to_string(),
    }
}

fn sheet(call: &Call, sheet: Sheet) -> pb::ScoreSheet {
    let total = call.total(&sheet.points);
    let points = |points: Points| pb::CriterionPoints { criterion: points.criterion, points: points.points };
    pb::ScoreSheet {
        scorer: sheet.scorer.map(|scorer| scorer.to_string()).unwrap_or_default(),
        total,
        maximum: call.maximum(),
        points: sheet.points.into_iter().map(points).collect(),
        comment: sheet.comment,
    }
}

pub(super) fn typed_round(violations: &mut Violations, round: &pb::Round) -> Option<(Call, Vec<OrganisationId>)> {
    let title = violations.text("round.title", &round.title, TITLE);
    let designation = convert::typed_designation_kind(violations, "round.designation", round.designation);
    let criteria = typed_criteria(violations, &round.criteria);
    violations.at_most("round.care_settings", &round.care_settings, MAX_SETTINGS);
    let setting =
        |(at, setting): (usize, &String)| violations.text(&format!("round.care_settings[{at}]"), setting, TITLE);
    let care_settings = round.care_settings.iter().enumerate().map(setting).collect();
    violations.at_most("round.invitations", &round.invitations, MAX_INVITED);
    if round.open_door && !round.invitations.is_empty() {
        violations.add("round.invitations", "must be empty when anybody eligible may take part");
    }
    let codes: Vec<_> = round.invitations.iter().map(|invitation| invitation.organisation.clone()).collect();
    let invited = typed_organisations(violations, "round.invitations", &codes);
    let opens = typed_instant(violations, "round.open_time", round.open_time.as_ref());
    let closes = typed_instant(violations, "round.close_time", round.close_time.as_ref());
    let disclosure = typed_disclosure(violations, round.disclosure);
    let score_max = violations.within("round.score_max", round.score_max, SCORE_MAX);
    let moderation_percent = violations.within("round.moderation_percent", round.moderation_percent, PERCENT);
    let source = violations.text("round.source", &round.source, 0..=MAX_SOURCE);
    let call = Call {
        title,
        designation: designation?,
        criteria,
        care_settings,
        open_door: round.open_door,
        opens: opens?,
        closes: closes?,
        disclosure: disclosure?,
        score_max,
        moderation_percent,
        source,
    };
    call.check(violations, "round");
    Some((call, invited))
}

fn typed_criteria(violations: &mut Violations, typed: &[pb::RoundCriterion]) -> Vec<Criterion> {
    if !CRITERIA.contains(&typed.len()) {
        violations.add("round.criteria", format!("must be {} to {} criteria", CRITERIA.start(), CRITERIA.end()));
    }
    let mut criteria = Vec::new();
    for (at, criterion) in typed.iter().enumerate() {
        let field = |name: &str| format!("round.criteria[{at}].{name}");
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let code = violations.text(&field("code"), &criterion.code, 1..=MAX_CODE);
        if !code.chars().all(good) {
            violations.add(field("code"), "must be lower-case letters, digits and hyphens");
        }
        criteria.push(Criterion {
            code,
            title: violations.text(&field("title"), &criterion.title, TITLE),
            description: violations.text(&field("description"), &criterion.description, 0..=MAX_DESCRIPTION),
            weight: violations.within(&field("weight"), criterion.weight, WEIGHT),
        });
    }
    criteria
}

fn typed_instant(
    violations: &mut Violations,
    field: &str,
    typed: Option<&prost_types::Timestamp>,
) -> Option<Timestamp> {
    let Some(typed) = typed else {
        violations.add(field, "is missing");
        return None;
    };
    if !SECONDS.contains(&typed.seconds) || !(0..1_000_000_000).contains(&typed.nanos) {
        violations.add(field, "is no instant of the years 1 to 9999");
        return None;
    }
    Some(Timestamp::from_micros(typed.seconds * 1_000_000 + i64::from(typed.nanos / 1000)))
}

fn typed_disclosure(violations: &mut Violations, wire: i32) -> Option<Disclosure> {
    let disclosure = match pb::RoundDisclosure::try_from(wire) {
        Ok(pb::RoundDisclosure::Chosen) => Ok(Disclosure::Chosen),
        Ok(pb::RoundDisclosure::Scores) => Ok(Disclosure::Scores),
        Ok(pb::RoundDisclosure::Everything) => Ok(Disclosure::Everything),
        Ok(pb::RoundDisclosure::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a level of disclosure"),
    };
    violations.take("round.disclosure", disclosure)
}

/// Organisations, each once.
pub(super) fn typed_organisations(violations: &mut Violations, field: &str, typed: &[String]) -> Vec<OrganisationId> {
    let mut organisations = Vec::new();
    for (at, typed) in typed.iter().enumerate() {
        let field = format!("{field}[{at}]");
        let Some(organisation) = violations.take(&field, OrganisationId::parse(typed)) else { continue };
        if organisations.contains(&organisation) {
            violations.add(field, "is there twice");
        }
        organisations.push(organisation);
    }
    organisations
}

pub(super) fn typed_parties(violations: &mut Violations, typed: &[String]) -> Vec<OrganisationId> {
    if typed.is_empty() {
        violations.add("organisations", "is missing");
    }
    violations.at_most("organisations", typed, MAX_TOGETHER);
    typed_organisations(violations, "organisations", typed)
}

pub(super) fn typed_evidence(violations: &mut Violations, typed: &[pb::CriterionEvidence]) -> Vec<Evidence> {
    violations.at_most("evidence", typed, *CRITERIA.end());
    let evidence = |(at, typed): (usize, &pb::CriterionEvidence)| Evidence {
        criterion: typed.criterion.clone(),
        text: violations.text(&format!("evidence[{at}].text"), &typed.text, STATEMENT),
    };
    typed.iter().take(*CRITERIA.end()).enumerate().map(evidence).collect()
}

pub(super) fn typed_points(violations: &mut Violations, typed: &[pb::CriterionPoints]) -> Vec<Points> {
    violations.at_most("points", typed, *CRITERIA.end());
    typed.iter().map(|typed| Points { criterion: typed.criterion.clone(), points: typed.points }).collect()
}

pub(super) fn typed_scorers(violations: &mut Violations, typed: &[String]) -> Option<[PersonId; SCORERS]> {
    let [one, other] = typed else {
        violations.add("scorers", "must be two people");
        return None;
    };
    let one = violations.take("scorers[0]", PersonId::parse(one))?;
    let other = violations.take("scorers[1]", PersonId::parse(other))?;
    if one == other {
        violations.add("scorers[1]", "is there twice");
    }
    Some([one, other])
}
