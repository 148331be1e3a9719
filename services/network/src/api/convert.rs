//! The words of the model in protobuf.

use exemplar_kernel::{Etag, Violations};
use exemplar_proto::network::v1 as pb;

use super::convert_life;
use crate::{Designation, DesignationKind, Pairing, PairingKind, PairingMode, PairingState};

pub(super) fn designation_kind(kind: DesignationKind) -> pb::DesignationKind {
    match kind {
        DesignationKind::GlobalExemplar => pb::DesignationKind::GlobalExemplar,
        DesignationKind::NationalExemplar => pb::DesignationKind::NationalExemplar,
        DesignationKind::FastFollower => pb::DesignationKind::FastFollower,
        DesignationKind::InternationalPartner => pb::DesignationKind::InternationalPartner,
    }
}

pub(super) fn designation(designation: Designation) -> pb::Designation {
    let kind = designation_kind(designation.kind);
    pb::Designation {
        name: designation.id.to_string(),
        organisation: designation.organisation.to_string(),
        kind: kind.into(),
        start_date: designation.start_date.to_string(),
        capacity: designation.capacity,
        taken: designation.taken,
        source: designation.source,
        end_date: designation.end_date.map(|end| end.to_string()).unwrap_or_default(),
        end_reason: designation.end_reason,
    }
}

pub(super) fn pairing(pairing: Pairing) -> pb::Pairing {
    let state = pairing_state(pairing.state);
    let terms = &pairing.terms;
    pb::Pairing {
        name: pairing.id.to_string(),
        exemplar: terms.exemplar.to_string(),
        partner: terms.partner.to_string(),
        kind: pairing_kind(terms.kind).into(),
        mode: pairing_mode(terms.mode).into(),
        proposer: terms.proposer().to_string(),
        state: state.into(),
        propose_time: Some(pairing.proposed.into()),
        accept_time: pairing.accepted.map(Into::into),
        end_time: pairing.ended.map(Into::into),
        etag: Etag::of(pairing.version).to_string(),
        message: pairing.message,
        reason: pairing.reason,
        source: pairing.source,
        expire_time: pairing.expires.map(Into::into),
        group: pairing.group.map(|group| group.to_string()).unwrap_or_default(),
        agreement_revision: pairing.agreement,
        start_time: pairing.started.map(Into::into),
        outcome: convert_life::outcome(pairing.outcome).into(),
        left_behind: convert_life::side(pairing.left_behind).into(),
        holders: Vec::new(),
    }
}

pub(super) fn pairing_state(state: PairingState) -> pb::PairingState {
    match state {
        PairingState::Proposed => pb::PairingState::Proposed,
        PairingState::Declined => pb::PairingState::Declined,
        PairingState::Withdrawn => pb::PairingState::Withdrawn,
        PairingState::DueDiligence => pb::PairingState::DueDiligence,
        PairingState::Expired => pb::PairingState::Expired,
        PairingState::Agreed => pb::PairingState::Agreed,
        PairingState::Active => pb::PairingState::Active,
        PairingState::Paused => pb::PairingState::Paused,
        PairingState::Completed => pb::PairingState::Completed,
        PairingState::Ended => pb::PairingState::Ended,
    }
}

pub(super) fn typed_pairing_state(violations: &mut Violations, field: &str, wire: i32) -> Option<PairingState> {
    let state = match pb::PairingState::try_from(wire) {
        Ok(pb::PairingState::Unspecified) => Err("is missing"),
        Ok(known) => PairingState::ALL.iter().copied().find(|state| pairing_state(*state) == known).ok_or("is unknown"),
        Err(_) => Err("is not a state of a pairing"),
    };
    violations.take(field, state)
}

fn pairing_kind(kind: PairingKind) -> pb::PairingKind {
    match kind {
        PairingKind::ExemplarFollower => pb::PairingKind::ExemplarFollower,
        PairingKind::ExemplarPartner => pb::PairingKind::ExemplarPartner,
        PairingKind::ExemplarPeer => pb::PairingKind::ExemplarPeer,
    }
}

fn pairing_mode(mode: Option<PairingMode>) -> pb::PairingMode {
    match mode {
        None => pb::PairingMode::Unspecified,
        Some(PairingMode::SharedSoftware) => pb::PairingMode::SharedSoftware,
        Some(PairingMode::CommonTeam) => pb::PairingMode::CommonTeam,
        Some(PairingMode::StandardMethods) => pb::PairingMode::StandardMethods,
    }
}

pub(super) fn typed_designation_kind(violations: &mut Violations, field: &str, wire: i32) -> Option<DesignationKind> {
    let kind = match pb::DesignationKind::try_from(wire) {
        Ok(pb::DesignationKind::GlobalExemplar) => Ok(DesignationKind::GlobalExemplar),
        Ok(pb::DesignationKind::NationalExemplar) => Ok(DesignationKind::NationalExemplar),
        Ok(pb::DesignationKind::FastFollower) => Ok(DesignationKind::FastFollower),
        Ok(pb::DesignationKind::InternationalPartner) => Ok(DesignationKind::InternationalPartner),
        Ok(pb::DesignationKind::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a kind of designation"),
    };
    violations.take(field, kind)
}

pub(super) fn typed_pairing_kind(violations: &mut Violations, field: &str, wire: i32) -> Option<PairingKind> {
    let kind = match pb::PairingKind::try_from(wire) {
        Ok(pb::PairingKind::ExemplarFollower) => Ok(PairingKind::ExemplarFollower),
        Ok(pb::PairingKind::ExemplarPartner) => Ok(PairingKind::ExemplarPartner),
        Ok(pb::PairingKind::ExemplarPeer) => Ok(PairingKind::ExemplarPeer),
        Ok(pb::PairingKind::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a kind of pairing"),
    };
    violations.take(field, kind)
}

pub(super) fn typed_pairing_mode(violations: &mut Violations, field: &str, wire: i32) -> Option<PairingMode> {
    let mode = match pb::PairingMode::try_from(wire) {
        Ok(pb::PairingMode::Unspecified) => Ok(None),
        Ok(pb::PairingMode::SharedSoftware) => Ok(Some(PairingMode::SharedSoftware)),
        Ok(pb::PairingMode::CommonTeam) => Ok(Some(PairingMode::CommonTeam)),
        Ok(pb::PairingMode::StandardMethods) => Ok(Some(PairingMode::StandardMethods)),
        Err(_) => Err("is not a mode of pairing"),
    };
    violations.take(field, mode).flatten()
}

/// Takes the value that a filter's term names; a field is named once.
pub(super) fn filter_once<T>(violations: &mut Violations, slot: &mut Option<T>, field: &str, value: Result<T, String>) {
    if slot.is_some() {
        violations.add("filter", format!("names {field} twice"));
    }
    match value {
        Ok(value) => *slot = Some(value),
        Err(fault) => violations.add("filter", format!("{field} {fault}")),
    }
}

/// One of a closed set of words, as a filter names it.
pub(super) fn filter_word<T: Copy + std::fmt::Display + 'static>(
    all: &'static [T],
    found: Option<T>,
) -> Result<T, String> {
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(ToString::to_string).collect();
        format!("is one of {}", names.join(", "))
    })
}
