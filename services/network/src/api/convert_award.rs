//! Money, awards and their parts in protobuf.

use exemplar_kernel::{Currency, Money, OrganisationId, Violations, day};
use exemplar_proto::network::v1 as pb;

use crate::model::award::{MAX_DAYS, RECEIVERS};
use crate::model::designation::MAX_SOURCE;
use crate::{
    Award, Error, Judged, Match, NewAward, NewTranche, Offer, PairingId, Part, Source, Track, Tranche, TrancheKind,
    TrancheState,
};

fn money(money: Money) -> pb::Money {
    pb::Money { minor_units: money.minor, currency: money.currency.code().to_owned() }
}

/// Reads an amount that is more than nothing.
fn typed_money(violations: &mut Violations, field: &str, wire: Option<&pb::Money>) -> Option<Money> {
    let Some(wire) = wire else {
        violations.add(field, "is missing");
        return None;
    };
    let currency = Currency::from_code(&wire.currency).ok_or("must be a code of ISO 4217, like GBP");
    let currency = violations.take(&format!("{field}.currency"), currency);
    if wire.minor_units <= 0 {
        violations.add(format!("{field}.minor_units"), "must be more than 0");
    }
    Some(Money::new(wire.minor_units, currency?))
}

fn source(source: Source) -> pb::Source {
    pb::Source { text: source.text, date: source.date.to_string() }
}

pub(super) fn typed_source(violations: &mut Violations, field: &str, wire: Option<&pb::Source>) -> Option<Source> {
    let wire = wire.cloned().unwrap_or_default();
    let text = violations.text(&format!("{field}.text"), &wire.text, 1..=MAX_SOURCE);
    let date = day::required(violations, &format!("{field}.date"), &wire.date);
    Some(Source { text, date: date? })
}

pub(super) fn typed_award(violations: &mut Violations, wire: &pb::Award) -> Option<NewAward> {
    let mut organisations = Vec::new();
    for (i, name) in wire.organisations.iter().take(*RECEIVERS.end()).enumerate() {
        organisations.extend(violations.take(&format!("award.organisations[{i}]"), OrganisationId::parse(name)));
    }
    if !RECEIVERS.contains(&wire.organisations.len()) {
        violations.add("award.organisations", format!("must be {} to {}", RECEIVERS.start(), RECEIVERS.end()));
    }
    let pairing = match wire.pairing.as_str() {
        "" => None,
        name => violations.take("award.pairing", PairingId::parse(name)),
    };
    let track = match pb::AwardTrack::try_from(wire.track) {
        Ok(pb::AwardTrack::Unspecified) => Ok(None),
        Ok(pb::AwardTrack::Months24) => Ok(Some(Track::Months24)),
        Ok(pb::AwardTrack::Months42) => Ok(Some(Track::Months42)),
        Err(_) => Err("is not a track"),
    };
    let track = violations.take("award.track", track).flatten();
    let cap = typed_money(violations, "award.cap", wire.cap.as_ref());
    let parts = match (&wire.capital, &wire.revenue) {
        (None, None) => None,
        (capital, revenue) => {
            let capital = typed_part(violations, "award.capital", capital.as_ref());
            let revenue = typed_part(violations, "award.revenue", revenue.as_ref());
            capital.zip(revenue)
        }
    };
    let source = typed_source(violations, "award.source", wire.source.as_ref());
    Some(NewAward { organisations, pairing, track, cap: cap?, parts, source: source? })
}

/// Reads a part, which may be nothing.
fn typed_part(violations: &mut Violations, field: &str, wire: Option<&pb::Money>) -> Option<Money> {
    match wire {
        Some(wire) if wire.minor_units == 0 => {
            let currency = Currency::from_code(&wire.currency).ok_or("must be a code of ISO 4217, like GBP");
            violations.take(&format!("{field}.currency"), currency).map(Money::zero)
        }
        wire => typed_money(violations, field, wire),
    }
}

pub(super) fn typed_tranche(violations: &mut Violations, wire: &pb::Tranche) -> Option<NewTranche> {
    let kind = match pb::TrancheKind::try_from(wire.kind) {
        Ok(pb::TrancheKind::Upfront) => Ok(TrancheKind::Upfront),
        Ok(pb::TrancheKind::Milestone) => Ok(TrancheKind::Milestone),
        Ok(pb::TrancheKind::Final) => Ok(TrancheKind::Final),
        Ok(pb::TrancheKind::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a kind of tranche"),
    };
    let kind = violations.take("tranche.kind", kind);
    let part = match pb::AwardPart::try_from(wire.part) {
        Ok(pb::AwardPart::Unspecified) => Ok(None),
        Ok(pb::AwardPart::Capital) => Ok(Some(Part::Capital)),
        Ok(pb::AwardPart::Revenue) => Ok(Some(Part::Revenue)),
        Err(_) => Err("is not a part of an award"),
    };
    let part = violations.take("tranche.part", part).flatten();
    let amount = typed_money(violations, "tranche.amount", wire.amount.as_ref());
    let milestone = (wire.milestone != 0).then_some(wire.milestone);
    match (kind, milestone) {
        (Some(TrancheKind::Milestone), None) => violations.add("tranche.milestone", "is missing"),
        (Some(TrancheKind::Upfront | TrancheKind::Final), Some(_)) => {
            violations.add("tranche.milestone", "is for a tranche that waits for a milestone only");
        }
        _ => {}
    }
    let source = typed_source(violations, "tranche.source", wire.source.as_ref());
    Some(NewTranche { kind: kind?, amount: amount?, part, milestone, source: source? })
}

pub(super) fn typed_offer(violations: &mut Violations, wire: &pb::Match) -> Option<Offer> {
    if wire.staff_days == 0 {
        if wire.day_rate.is_some() {
            violations.add("match.day_rate", "is for staff days only");
        }
        return typed_money(violations, "match.amount", wire.amount.as_ref()).map(Offer::Cash);
    }
    if wire.amount.is_some() {
        violations.add("match.amount", "follows from the staff days; leave it out");
    }
    let days = violations.within("match.staff_days", wire.staff_days, 1..=MAX_DAYS);
    let rate = typed_money(violations, "match.day_rate", wire.day_rate.as_ref());
    Some(Offer::Staff { days, rate: rate? })
}

pub(super) fn award(judged: Judged) -> Result<pb::Award, Error> {
    let Judged { award, mut blocks } = judged;
    let (match_total, match_met, paid_total) = (award.match_total()?, award.match_met()?, award.paid_total()?);
    let Award { id, organisations, pairing, track, cap, parts, source: known, created, tranches, matches } = award;
    let track = match track {
        None => pb::AwardTrack::Unspecified,
        Some(Track::Months24) => pb::AwardTrack::Months24,
        Some(Track::Months42) => pb::AwardTrack::Months42,
    };
    let blocked = |tranche: Tranche| {
        let blocked_by = blocks.remove(&tranche.number).unwrap_or_default();
        self::tranche(tranche, blocked_by)
    };
    Ok(pb::Award {
        name: id.to_string(),
        organisations: organisations.iter().map(ToString::to_string).collect(),
        pairing: pairing.map(|pairing| pairing.to_string()).unwrap_or_default(),
        track: track.into(),
        cap: Some(money(cap)),
        capital: parts.map(|(capital, _)| money(capital)),
        revenue: parts.map(|(_, revenue)| money(revenue)),
        source: Some(source(known)),
        tranches: tranches.into_iter().map(blocked).collect(),
        matches: matches.into_iter().map(matched).collect(),
        match_total: Some(money(match_total)),
        match_met,
        paid_total: Some(money(paid_total)),
        create_time: Some(created.into()),
    })
}

fn tranche(tranche: Tranche, blocked_by: Vec<String>) -> pb::Tranche {
    let kind = match tranche.kind {
        TrancheKind::Upfront => pb::TrancheKind::Upfront,
        TrancheKind::Milestone => pb::TrancheKind::Milestone,
        TrancheKind::Final => pb::TrancheKind::Final,
    };
    let part = match tranche.part {
        None => pb::AwardPart::Unspecified,
        Some(Part::Capital) => pb::AwardPart::Capital,
        Some(Part::Revenue) => pb::AwardPart::Revenue,
    };
    let state = match tranche.state {
        TrancheState::Planned => pb::TrancheState::Planned,
        TrancheState::Approved => pb::TrancheState::Approved,
        TrancheState::Paid => pb::TrancheState::Paid,
        TrancheState::Cancelled => pb::TrancheState::Cancelled,
    };
    pb::Tranche {
        number: tranche.number,
        kind: kind.into(),
        amount: Some(money(tranche.amount)),
        part: part.into(),
        milestone: tranche.milestone.unwrap_or(0),
        source: Some(source(tranche.source)),
        state: state.into(),
        blocked_by,
        note: tranche.note,
        state_time: Some(tranche.at.into()),
    }
}

fn matched(known: Match) -> pb::Match {
    pb::Match {
        number: known.number,
        organisation: known.organisation.to_string(),
        amount: Some(money(known.amount)),
        staff_days: known.staff.map_or(0, |(days, _)| days),
        day_rate: known.staff.map(|(_, rate)| money(rate)),
        source: Some(source(known.source)),
    }
}
