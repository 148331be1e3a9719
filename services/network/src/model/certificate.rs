//! The certificate of a run: criteria, weights, seed, inputs, lists, result, proof and reasons, in one canonical JSON
//! document that a stranger can check without solving anything.

use exemplar_kernel::{OrganisationId, digest};
use serde::{Deserialize, Serialize};

use super::explain::{self, Explanation};
use super::matching::Matching;
use super::matching::verify::{self, Blocking};
use super::run::{Inputs, Lists, Solved, Solver};

/// The format's name and version.
const FORMAT: &str = "exemplar-matching-certificate/1";
/// What the lists follow from, in words.
const CRITERIA: &str = "An order that was handed in counts as it is. Else partners are ordered by points: the sum of \
                        weight times value over technology, geography, care setting, size, topics, maturity and \
                        capacity; those whose partner left them come first; between equals SHA-256 of seed and codes \
                        decides.";

/// Somebody's list, best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Whose.
    pub organisation: OrganisationId,
    /// Whom it would have.
    pub list: Vec<OrganisationId>,
}

/// Where a follower lands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The follower.
    pub follower: OrganisationId,
    /// Its exemplar.
    pub exemplar: Option<OrganisationId>,
}

/// Somebody who would rather move, and would be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restless {
    /// The follower, or the two who land together.
    pub followers: Vec<OrganisationId>,
    /// Where to.
    pub exemplar: OrganisationId,
}

/// What proves the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Proof {
    /// Nobody would rather move, but for these.
    Stable {
        /// Who is left blocking.
        blocking: Vec<Restless>,
    },
    /// No total is above the bound, by these prices.
    TotalFit {
        /// How well each follower fits each exemplar; none where either would not have the other.
        fits: Vec<Vec<Option<i32>>>,
        /// What each follower gains.
        gains: Vec<i64>,
        /// The price of each exemplar's places.
        prices: Vec<i64>,
        /// The fits that were realised.
        total: i64,
        /// What no total exceeds.
        bound: i64,
        /// Whether the search found that nothing is better.
        optimal: bool,
    },
}

/// The certificate of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The format's name and version.
    pub format: String,
    /// What the lists follow from, in words.
    pub criteria: String,
    /// SHA-256 of the inputs.
    pub input_digest: String,
    /// Everything that the run depends on.
    pub inputs: Inputs,
    /// The followers' lists.
    pub follower_lists: Vec<List>,
    /// The exemplars' lists.
    pub exemplar_lists: Vec<List>,
    /// Where each follower lands.
    pub result: Vec<Placed>,
    /// What proves it.
    pub proof: Proof,
    /// For each party: why this partner, why not that one.
    pub explanations: Vec<Explanation>,
}

/// One check of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub check: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub detail: String,
}

/// Somebody's code, by number.
pub(crate) fn codes(inputs: &Inputs) -> [Vec<OrganisationId>; 2] {
    let codes =
        |entrants: &[super::run::Entrant]| entrants.iter().map(|one| one.features.organisation.clone()).collect();
    [codes(&inputs.followers), codes(&inputs.exemplars)]
}

impl Certificate {
    /// Runs the solver over a snapshot. The same snapshot makes the same certificate, byte by byte.
    pub fn issue(inputs: Inputs) -> Self {
        let inputs = inputs.ordered();
        let lists = inputs.lists();
        let solved = inputs.solve(&lists);
        let [followers, exemplars] = codes(&inputs);
        let placed = |(follower, place): (&OrganisationId, &Option<usize>)| Placed {
            follower: follower.clone(),
            exemplar: place.map(|at| exemplars[at].clone()),
        };
        Self {
            format: FORMAT.to_owned(),
            criteria: CRITERIA.to_owned(),
            input_digest: inputs.digest(),
            follower_lists: named(&followers, &lists.market.followers, &exemplars),
            exemplar_lists: named(&exemplars, &lists.market.exemplars, &followers),
            result: followers.iter().zip(solved.matching()).map(placed).collect(),
            explanations: explain::all(&inputs, &lists, solved.matching()),
            proof: proof(&inputs, &lists, solved),
            inputs,
        }
    }

    /// The document: JSON without spaces, fields in their order.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether the result is what its solver promises.
    pub fn proven(&self) -> bool {
        match &self.proof {
            Proof::Stable { blocking } => blocking.is_empty(),
            Proof::TotalFit { optimal, .. } => *optimal,
        }
    }

    /// Who would rather move.
    pub fn blocking(&self) -> &[Restless] {
        match &self.proof {
            Proof::Stable { blocking } => blocking,
            Proof::TotalFit { .. } => &[],
        }
    }
}

/// SHA-256 of a document, in hexadecimal digits.
pub fn document_digest(bytes: &[u8]) -> String {
    digest::hex(&digest::of([bytes]))
}

fn named(owners: &[OrganisationId], lists: &[Vec<usize>], others: &[OrganisationId]) -> Vec<List> {
    let list = |(owner, list): (&OrganisationId, &Vec<usize>)| List {
        organisation: owner.clone(),
        list: list.iter().map(|other| others[*other].clone()).collect(),
    };
    owners.iter().zip(lists).map(list).collect()
}

fn proof(inputs: &Inputs, lists: &Lists, solved: Solved) -> Proof {
    match solved {
        Solved::Stable(outcome) => Proof::Stable { blocking: restless(inputs, &outcome.blocking) },
        Solved::TotalFit(best) => Proof::TotalFit {
            fits: lists.fits.clone(),
            gains: best.gains,
            prices: best.prices,
            total: best.total,
            bound: best.bound,
            optimal: best.optimal,
        },
    }
}

fn restless(inputs: &Inputs, blocking: &[Blocking]) -> Vec<Restless> {
    let [followers, exemplars] = codes(inputs);
    let restless = |blocking: &Blocking| {
        let [one, other] = blocking.followers;
        let members = if one == other { vec![one] } else { vec![one, other] };
        Restless {
            followers: members.into_iter().map(|member| followers[member].clone()).collect(),
            exemplar: exemplars[blocking.exemplar].clone(),
        }
    };
    blocking.iter().map(restless).collect()
}

/// Checks a document: its form, that digest, lists and reasons follow from the inputs, and that the result is as good as
/// the proof says. Nothing is solved; the time is linear in the size of the document but for its lists, whose order is
/// made again.
pub fn check(bytes: &[u8]) -> Vec<Check> {
    let read: Result<Certificate, _> = serde_json::from_slice(bytes);
    let certificate = match read {
        Ok(certificate) => certificate,
        Err(error) => return vec![told("form", false, format!("it is no certificate: {error}"))],
    };
    let canonical = certificate.format == FORMAT
        && certificate.criteria == CRITERIA
        && certificate.bytes() == bytes
        && certificate.inputs.clone().ordered() == certificate.inputs
        && certificate.inputs.is_sound();
    let mut checks = vec![told("form", canonical, "it is in the one canonical form".to_owned())];
    if !canonical {
        return checks;
    }
    let digest = certificate.inputs.digest();
    checks.push(told("inputs", digest == certificate.input_digest, format!("the inputs have the digest {digest}")));
    let Some(matching) = matching(&certificate) else {
        checks.push(told("result", false, "the result is not one line for each follower".to_owned()));
        return checks;
    };
    let lists = certificate.inputs.lists();
    let [followers, exemplars] = codes(&certificate.inputs);
    let same = certificate.follower_lists == named(&followers, &lists.market.followers, &exemplars)
        && certificate.exemplar_lists == named(&exemplars, &lists.market.exemplars, &followers);
    checks.push(told("lists", same, "the lists follow from the inputs".to_owned()));
    let flaws = verify::flaws(&lists.market, &matching);
    let detail = "no exemplar has more followers than places, everybody lists their partner, pairs are together";
    checks.push(told("result", flaws.is_empty(), detail.to_owned()));
    if flaws.is_empty() {
        checks.push(proof_holds(&certificate, &lists, &matching));
    }
    let same = certificate.explanations == explain::all(&certificate.inputs, &lists, &matching);
    checks.push(told("reasons", same, "the reasons follow from the lists and the result".to_owned()));
    checks
}

fn told(check: &'static str, holds: bool, detail: String) -> Check {
    Check { check, holds, detail }
}

fn matching(certificate: &Certificate) -> Option<Matching> {
    let [followers, exemplars] = codes(&certificate.inputs);
    let place = |placed: &Placed| match &placed.exemplar {
        None => Some(None),
        Some(code) => exemplars.binary_search(code).ok().map(Some),
    };
    let same = certificate.result.iter().map(|placed| &placed.follower).eq(&followers);
    if same { certificate.result.iter().map(place).collect() } else { None }
}

fn proof_holds(certificate: &Certificate, lists: &Lists, matching: &Matching) -> Check {
    match (&certificate.proof, certificate.inputs.solver) {
        (Proof::Stable { blocking }, Solver::Stable) => {
            let found = restless(&certificate.inputs, &verify::blocking(&lists.market, matching));
            let detail = match found.len() {
                0 => "nobody would rather move where they would be taken".to_owned(),
                count => format!("{count} would rather move; the certificate says so"),
            };
            told("stability", found == *blocking, detail)
        }
        (Proof::TotalFit { fits, gains, prices, total, bound, optimal }, Solver::TotalFit) => {
            let shown = verify::bounded(fits, &lists.market.places, matching, gains, prices);
            // Pairs that must land together may cost more than the prices prove.
            let holds = *fits == lists.fits
                && shown == Some((*total, *bound))
                && (total == bound || !lists.market.together.is_empty());
            let searched = if *optimal { "; by its search nothing is better" } else { "; its search was cut short" };
            let detail = match (holds, total == bound) {
                (true, true) => format!("the total is {total}, and no total is above it"),
                (true, false) => format!("the total is {total}, and no total is above {bound}{searched}"),
                (false, _) => "the proof does not hold".to_owned(),
            };
            told("total", holds, detail)
        }
        _ => told("proof", false, "the proof is of another solver".to_owned()),
    }
}
