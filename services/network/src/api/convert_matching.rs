//! Suggestions, rankings and matching runs in protobuf.

use exemplar_kernel::{Etag, OrganisationId, Violations};
use exemplar_proto::network::v1 as pb;

use super::convert_round::typed_organisations;
use crate::model::certificate::{Placed, Restless, document_digest};
use crate::model::fit::{Part, WEIGHT};
use crate::model::ranking::{Published, Ranking};
use crate::model::run::{MAX_EXCLUSIONS, MAX_EXEMPLARS, MAX_FOLLOWERS, MAX_PAIRS};
use crate::service::suggestions::Suggestions;
use crate::{Certificate, Check, Factor, Fit, Setup, Solver, Weights};

pub(super) fn suggestions(found: Suggestions, weights: &Weights) -> pb::SuggestPartnersResponse {
    let ineligible = |(organisation, why): (OrganisationId, &str)| pb::IneligiblePartner {
        organisation: organisation.to_string(),
        why: why.to_owned(),
    };
    let weight = |each: &Factor| pb::FitWeight { factor: factor(*each).into(), weight: weights.of(*each) };
    pb::SuggestPartnersResponse {
        suggestions: found.fits.into_iter().map(|(fit, left)| suggestion(&fit, left, weights)).collect(),
        ineligible: found.ineligible.into_iter().map(ineligible).collect(),
        weights: Factor::ALL.iter().map(weight).collect(),
    }
}

fn suggestion(fit: &Fit, places_left: i32, weights: &Weights) -> pb::PartnerSuggestion {
    let part = |part: &Part| pb::FitPart {
        factor: factor(part.factor).into(),
        weight: part.weight,
        value: part.value,
        points: part.points(),
        why: part.why.clone(),
        change: part.change.clone(),
        gain: part.gain(),
    };
    pb::PartnerSuggestion {
        organisation: fit.partner.to_string(),
        score: fit.score(),
        maximum: weights.maximum(),
        parts: fit.parts.iter().map(part).collect(),
        why: fit.why(),
        change: fit.change(),
        places_left,
    }
}

fn factor(factor: Factor) -> pb::FitFactor {
    match factor {
        Factor::Technology => pb::FitFactor::Technology,
        Factor::Geography => pb::FitFactor::Geography,
        Factor::CareSetting => pb::FitFactor::CareSetting,
        Factor::Size => pb::FitFactor::Size,
        Factor::Topics => pb::FitFactor::Topics,
        Factor::Maturity => pb::FitFactor::Maturity,
        Factor::Capacity => pb::FitFactor::Capacity,
    }
}

pub(super) fn typed_weights(violations: &mut Violations, field: &str, typed: &[pb::FitWeight]) -> Weights {
    let mut weights = Weights::default();
    let mut seen = Vec::new();
    for (at, typed) in typed.iter().enumerate().take(Factor::ALL.len() + 1) {
        let field = |name: &str| format!("{field}[{at}].{name}");
        let factor = match pb::FitFactor::try_from(typed.factor) {
            Ok(pb::FitFactor::Technology) => Ok(Factor::Technology),
            Ok(pb::FitFactor::Geography) => Ok(Factor::Geography),
            Ok(pb::FitFactor::CareSetting) => Ok(Factor::CareSetting),
            Ok(pb::FitFactor::Size) => Ok(Factor::Size),
            Ok(pb::FitFactor::Topics) => Ok(Factor::Topics),
            Ok(pb::FitFactor::Maturity) => Ok(Factor::Maturity),
            Ok(pb::FitFactor::Capacity) => Ok(Factor::Capacity),
            Ok(pb::FitFactor::Unspecified) => Err("is missing"),
            Err(_) => Err("is no factor of fit"),
        };
        let weight = violations.within(&field("weight"), typed.weight, WEIGHT);
        let Some(factor) = violations.take(&field("factor"), factor) else { continue };
        if seen.contains(&factor) {
            violations.add(field("factor"), "is there twice");
        }
        seen.push(factor);
        weights.set(factor, weight);
    }
    if weights.maximum() == 0 {
        violations.add(field, "must not all be 0");
    }
    weights
}

pub(super) fn ranking(ranking: Ranking) -> pb::Ranking {
    pb::Ranking {
        organisation: ranking.organisation.to_string(),
        partners: ranking.partners.iter().map(ToString::to_string).collect(),
        update_time: Some(ranking.updated.into()),
        etag: Etag::of(ranking.version).to_string(),
    }
}

pub(super) fn typed_setup(violations: &mut Violations, typed: &pb::MatchingSetup) -> Option<Setup> {
    for (field, list, most) in
        [("setup.followers", &typed.followers, MAX_FOLLOWERS), ("setup.exemplars", &typed.exemplars, MAX_EXEMPLARS)]
    {
        violations.at_most(field, list, most);
        if list.is_empty() {
            violations.add(field, "is missing");
        }
    }
    violations.at_most("setup.exclusions", &typed.exclusions, MAX_EXCLUSIONS);
    violations.at_most("setup.together", &typed.together, MAX_PAIRS);
    if !violations.is_empty() {
        return None;
    }
    let solver = match pb::MatchingSolver::try_from(typed.solver) {
        Ok(pb::MatchingSolver::Stable) => Ok(Solver::Stable),
        Ok(pb::MatchingSolver::TotalFit) => Ok(Solver::TotalFit),
        Ok(pb::MatchingSolver::Unspecified) => Err("is missing"),
        Err(_) => Err("is not a solver"),
    };
    let setup = Setup {
        followers: typed_organisations(violations, "setup.followers", &typed.followers),
        exemplars: typed_organisations(violations, "setup.exemplars", &typed.exemplars),
        seed: typed.seed,
        weights: typed_weights(violations, "setup.weights", &typed.weights),
        exclusions: typed_pairs(violations, "setup.exclusions", &typed.exclusions),
        together: typed_pairs(violations, "setup.together", &typed.together),
        solver: violations.take("setup.solver", solver)?,
    };
    if violations.is_empty() {
        setup.check(violations);
    }
    Some(setup)
}

fn typed_pairs(violations: &mut Violations, field: &str, typed: &[pb::OrganisationPair]) -> Vec<[OrganisationId; 2]> {
    let mut pairs = Vec::new();
    for (at, pair) in typed.iter().enumerate() {
        let one = violations.take(&format!("{field}[{at}].one"), OrganisationId::parse(&pair.one));
        let other = violations.take(&format!("{field}[{at}].other"), OrganisationId::parse(&pair.other));
        if let (Some(one), Some(other)) = (one, other) {
            pairs.push([one, other]);
        }
    }
    pairs
}

pub(super) fn run(certificate: &Certificate, document: &[u8], published: Option<&Published>) -> pb::MatchingRun {
    let placed = |placed: &Placed| pb::MatchedPair {
        follower: placed.follower.to_string(),
        exemplar: placed.exemplar.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let restless = |restless: &Restless| pb::BlockingPair {
        followers: restless.followers.iter().map(ToString::to_string).collect(),
        exemplar: restless.exemplar.to_string(),
    };
    pb::MatchingRun {
        name: published.map(|run| run.id.to_string()).unwrap_or_default(),
        solver: solver(certificate.inputs.solver).into(),
        pairs: certificate.result.iter().map(placed).collect(),
        blocking: certificate.blocking().iter().map(restless).collect(),
        proven: certificate.proven(),
        input_digest: certificate.input_digest.clone(),
        certificate_digest: document_digest(document),
        publish_time: published.map(|run| run.at.into()),
    }
}

pub(super) fn summary(run: Published) -> pb::MatchingSummary {
    pb::MatchingSummary {
        name: run.id.to_string(),
        solver: solver(run.solver).into(),
        input_digest: run.input_digest,
        certificate_digest: run.certificate_digest,
        publish_time: Some(run.at.into()),
    }
}

fn solver(solver: Solver) -> pb::MatchingSolver {
    match solver {
        Solver::Stable => pb::MatchingSolver::Stable,
        Solver::TotalFit => pb::MatchingSolver::TotalFit,
    }
}

pub(super) fn check(check: Check) -> pb::CertificateCheck {
    pb::CertificateCheck { check: check.check.to_owned(), holds: check.holds, detail: check.detail }
}
