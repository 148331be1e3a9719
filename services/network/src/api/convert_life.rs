//! Agreements, milestones, check-ins and the picture in protobuf.

use exemplar_kernel::{OrganisationId, Violations};
use exemplar_proto::network::v1 as pb;

use super::convert;
use crate::{
    Agreement, CheckIn, Edge, Exchange, Happened, Health, HealthReport, Holder, Milestone, MilestoneState, Outcome,
    Pairing, PairingVerdict, Priority, RowOutcome, Side, View,
};

pub(super) fn side(side: Option<Side>) -> pb::PairingSide {
    match side {
        None => pb::PairingSide::Unspecified,
        Some(Side::Exemplar) => pb::PairingSide::Exemplar,
        Some(Side::Partner) => pb::PairingSide::Partner,
    }
}

pub(super) fn typed_side(violations: &mut Violations, field: &str, wire: i32) -> Option<Side> {
    let side = match pb::PairingSide::try_from(wire) {
        Ok(pb::PairingSide::Exemplar) => Ok(Side::Exemplar),
        Ok(pb::PairingSide::Partner) => Ok(Side::Partner),
        Ok(pb::PairingSide::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a side of a pairing"),
    };
    violations.take(field, side)
}

pub(super) fn outcome(outcome: Option<Outcome>) -> pb::PairingOutcome {
    match outcome {
        None => pb::PairingOutcome::Unspecified,
        Some(Outcome::Achieved) => pb::PairingOutcome::Achieved,
        Some(Outcome::PartlyAchieved) => pb::PairingOutcome::PartlyAchieved,
        Some(Outcome::NotAchieved) => pb::PairingOutcome::NotAchieved,
        Some(Outcome::Merged) => pb::PairingOutcome::Merged,
    }
}

pub(super) fn typed_outcome(violations: &mut Violations, field: &str, wire: i32) -> Option<Outcome> {
    let outcome = match pb::PairingOutcome::try_from(wire) {
        Ok(pb::PairingOutcome::Achieved) => Ok(Outcome::Achieved),
        Ok(pb::PairingOutcome::PartlyAchieved) => Ok(Outcome::PartlyAchieved),
        Ok(pb::PairingOutcome::NotAchieved) => Ok(Outcome::NotAchieved),
        Ok(pb::PairingOutcome::Merged) => Err("is for mergers, which follow from the directory"),
        Ok(pb::PairingOutcome::Unspecified) => Err("is missing"),
        Err(_) => Err("is not an outcome"),
    };
    violations.take(field, outcome)
}

pub(super) fn health(health: Option<Health>) -> pb::PairingHealth {
    match health {
        None => pb::PairingHealth::Unspecified,
        Some(Health::Green) => pb::PairingHealth::Green,
        Some(Health::Amber) => pb::PairingHealth::Amber,
        Some(Health::Red) => pb::PairingHealth::Red,
    }
}

/// The report as a caller sees it: the reasons are for those `inside`.
pub(super) fn health_report(report: Option<&HealthReport>, inside: bool) -> pb::HealthReport {
    let reasons = report.filter(|_| inside).map(|report| report.reasons.clone()).unwrap_or_default();
    pb::HealthReport { health: health(report.map(|report| report.health)).into(), reasons }
}

pub(super) fn holder(holder: Holder) -> pb::SideHolder {
    pb::SideHolder {
        side: side(Some(holder.side)).into(),
        organisation: holder.organisation.to_string(),
        start_time: holder.from.map(Into::into),
        end_time: holder.to.map(Into::into),
    }
}

pub(super) fn priority(priority: Priority) -> pb::Priority {
    pb::Priority {
        organisation: priority.organisation.to_string(),
        pairing: priority.pairing.to_string(),
        side: side(Some(priority.side)).into(),
        since_time: Some(priority.since.into()),
        reason: priority.reason,
    }
}

pub(super) fn step(happened: Happened) -> pb::PairingStep {
    pb::PairingStep {
        step: happened.step,
        record_time: Some(happened.at.into()),
        actor: happened.actor,
        organisation: happened.organisation,
        state: happened.state.map_or(pb::PairingState::Unspecified, convert::pairing_state).into(),
        note: happened.note,
        sequence: happened.sequence,
    }
}

pub(super) fn verdict(verdict: PairingVerdict) -> pb::PairingVerdict {
    use pb::pairing_verdict::Outcome;
    let outcome = match verdict.outcome {
        RowOutcome::Created => Outcome::Created,
        RowOutcome::Unchanged => Outcome::Unchanged,
        RowOutcome::Invalid => Outcome::Invalid,
    };
    let code = |organisation: Option<OrganisationId>| organisation.map(|code| code.to_string()).unwrap_or_default();
    pb::PairingVerdict {
        line: i32::try_from(verdict.line).unwrap_or(i32::MAX),
        outcome: outcome.into(),
        exemplar: code(verdict.exemplar),
        partner: code(verdict.partner),
        faults: verdict.faults,
    }
}

pub(super) fn agreement(agreement: Agreement, missing: Vec<OrganisationId>) -> pb::Agreement {
    let signature = |signature: crate::Signature| pb::Signature {
        organisation: signature.organisation.to_string(),
        person: signature.person.to_string(),
        sign_time: Some(signature.at.into()),
    };
    pb::Agreement {
        revision: agreement.revision,
        text: agreement.text,
        organisation: agreement.organisation.to_string(),
        draft_time: Some(agreement.drafted.into()),
        signatures: agreement.signatures.into_iter().map(signature).collect(),
        missing: missing.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn milestone(milestone: Milestone, pairing: &Pairing) -> pb::Milestone {
    let state = match milestone.state {
        MilestoneState::Open => pb::MilestoneState::Open,
        MilestoneState::Met => pb::MilestoneState::Met,
        MilestoneState::Dropped => pb::MilestoneState::Dropped,
    };
    let event = milestone
        .event
        .map(|event| pb::MilestoneEvent { verb: event.verb, resource: event.resource.unwrap_or_default() });
    pb::Milestone {
        number: milestone.number,
        title: milestone.title,
        owner: side(Some(milestone.owner)).into(),
        due_date: milestone.due.to_string(),
        event,
        state: state.into(),
        evidence: milestone.evidence,
        close_time: milestone.closed.map(Into::into),
        organisation: pairing.terms.side(milestone.owner).to_string(),
        event_sequence: milestone.sequence.unwrap_or(0),
    }
}

pub(super) fn check_in(said: CheckIn) -> pb::CheckIn {
    pb::CheckIn {
        number: said.number,
        organisation: said.organisation.to_string(),
        note: said.note,
        visits: said.visits,
        record_time: Some(said.at.into()),
        person: said.person.map(|person| person.to_string()).unwrap_or_default(),
    }
}

fn exchange(exchange: Exchange) -> pb::Exchange {
    pb::Exchange {
        questions: exchange.questions,
        visits: exchange.visits,
        blueprints: exchange.blueprints,
        adaptations: exchange.adaptations,
    }
}

pub(super) fn view(view: View) -> pb::GetNetworkResponse {
    let node =
        |(organisation, designations): (exemplar_directory::Organisation, Vec<crate::Designation>)| pb::NetworkNode {
            organisation: organisation.id.to_string(),
            display_name: organisation.display_name,
            region: organisation.profile.region,
            country: organisation.country,
            designations: designations.into_iter().map(convert::designation).collect(),
        };
    let edge = |edge: Edge| pb::NetworkEdge {
        pairing: Some(convert::pairing(edge.pairing)),
        health: health(edge.health).into(),
        from_exemplar: Some(exchange(edge.from_exemplar)),
        from_partner: Some(exchange(edge.from_partner)),
    };
    pb::GetNetworkResponse {
        nodes: view.nodes.into_iter().map(node).collect(),
        edges: view.edges.into_iter().map(edge).collect(),
        truncated: view.truncated,
    }
}
