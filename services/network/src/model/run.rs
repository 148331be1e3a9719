//! A matching run: the snapshot of its inputs, the lists that follow from it, and what the solver makes of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use exemplar_kernel::{OrganisationId, digest};
use serde::{Deserialize, Serialize};

use super::fit::{Features, Fit, Spread, Weights};
use super::matching::stable::Outcome;
use super::matching::total::Best;
use super::matching::{Market, Matching, stable, total};

/// Followers that take part at the most.
pub(crate) const MAX_FOLLOWERS: usize = 300;
/// Exemplars that take part at the most.
pub(crate) const MAX_EXEMPLARS: usize = 100;
/// Exclusions at the most.
pub(crate) const MAX_EXCLUSIONS: usize = 1000;
/// Pairs that must land together at the most.
pub(crate) const MAX_PAIRS: usize = 50;
/// Partners on a ranking at the most.
pub(crate) const MAX_RANKED: usize = 100;

exemplar_kernel::id!(
    /// One published matching run.
    MatchingId,
    "matchings"
);

exemplar_kernel::named!(
    /// How a run is solved.
    Solver {
        /// Followers propose, exemplars hold the best who came.
        Stable = "STABLE",
        /// The most fit in all.
        TotalFit = "TOTAL_FIT",
    }
);

/// What the programme asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The followers that take part.
    pub followers: Vec<OrganisationId>,
    /// The exemplars that take part.
    pub exemplars: Vec<OrganisationId>,
    /// How it is solved.
    pub solver: Solver,
    /// What breaks ties.
    pub seed: u64,
    /// How much each factor counts.
    pub weights: Weights,
    /// A follower and an exemplar that may not be paired.
    pub exclusions: Vec<[OrganisationId; 2]>,
    /// Followers that must land together.
    pub together: Vec<[OrganisationId; 2]>,
}

/// Somebody who takes part, as the run knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entrant {
    /// What is known of it.
    pub features: Features,
    /// The order that it handed in; none when it takes the suggestions' order.
    pub ranking: Option<Vec<OrganisationId>>,
    /// Whether its last partner left it behind: then it comes first where the suggestions' order is taken.
    pub priority: bool,
}

/// The snapshot of everything that a run depends on; parties by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// How it is solved.
    pub solver: Solver,
    /// What breaks ties; a text, because JSON's numbers lose digits.
    pub seed: String,
    /// How much each factor counts.
    pub weights: Weights,
    /// The followers.
    pub followers: Vec<Entrant>,
    /// The exemplars.
    pub exemplars: Vec<Entrant>,
    /// Who may not be paired: a follower and an exemplar.
    pub exclusions: Vec<[OrganisationId; 2]>,
    /// Who must land together.
    pub together: Vec<[OrganisationId; 2]>,
}

/// The lists of a run, by number, and how well everybody fits.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    /// Who would take whom.
    pub(crate) market: Market,
    /// How well each follower and each exemplar fit; none where either would not have the other.
    pub(crate) fits: Vec<Vec<Option<i32>>>,
}

/// What a solver found.
#[derive(Clone, Debug)]
pub(crate) enum Solved {
    Stable(Outcome),
    TotalFit(Best),
}

impl Solved {
    /// Where each follower lands.
    pub(crate) fn matching(&self) -> &Matching {
        match self {
            Self::Stable(outcome) => &outcome.matching,
            Self::TotalFit(best) => &best.matching,
        }
    }
}

impl Inputs {
    /// The snapshot in its one form: parties and pairs in order.
    pub(crate) fn ordered(mut self) -> Self {
        self.followers.sort_by(|one, other| one.features.organisation.cmp(&other.features.organisation));
        self.exemplars.sort_by(|one, other| one.features.organisation.cmp(&other.features.organisation));
        for pair in &mut self.together {
            pair.sort();
        }
        self.together.sort();
        self.exclusions.sort();
        self.exclusions.dedup();
        self
    }

    /// Whether every part is within its bounds: what nobody else may have written.
    pub(crate) fn is_sound(&self) -> bool {
        let distinct = |codes: Vec<&OrganisationId>| codes.iter().collect::<BTreeSet<_>>().len() == codes.len();
        let codes = |entrants: &'_ [Entrant]| distinct(entrants.iter().map(|one| &one.features.organisation).collect());
        let entrants = || self.followers.iter().chain(&self.exemplars);
        let ranked = |entrant: &Entrant| entrant.ranking.as_ref().is_none_or(|list| distinct(list.iter().collect()));
        self.followers.len() <= MAX_FOLLOWERS
            && self.exemplars.len() <= MAX_EXEMPLARS
            && self.seed.parse::<u64>().is_ok()
            && self.weights.are_sound()
            && codes(&self.followers)
            && codes(&self.exemplars)
            && entrants().all(|entrant| entrant.features.is_sound() && ranked(entrant))
            && distinct(self.together.iter().flatten().collect())
            && self.pairs().len() == self.together.len()
    }

    /// SHA-256 of the snapshot's canonical JSON, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        digest::hex(&digest::of([json.as_slice()]))
    }

    /// The seed as a number; 0 when it is none.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.parse().unwrap_or(0)
    }

    /// The lists that follow from the snapshot: those handed in, without who does not take part or is excluded; else the
    /// suggestions' order, in which those left behind come first and the seed decides between equals.
    pub(crate) fn lists(&self) -> Lists {
        let pool: Vec<Features> =
            self.followers.iter().chain(&self.exemplars).map(|entrant| entrant.features.clone()).collect();
        let spread = Spread::of(&pool);
        let excluded = |follower: usize, exemplar: usize| {
            let pair = [code(&self.followers, follower).clone(), code(&self.exemplars, exemplar).clone()];
            self.exclusions.binary_search(&pair).is_ok()
        };
        let list = |own: &Entrant, others: &[Entrant], open: &dyn Fn(usize) -> bool| {
            let all: Vec<usize> = (0..others.len()).filter(|other| open(*other)).collect();
            self.list(own, others, all, &spread)
        };
        let followers: Vec<Vec<usize>> = (self.followers.iter().enumerate())
            .map(|(at, own)| list(own, &self.exemplars, &|exemplar| !excluded(at, exemplar)))
            .collect();
        let exemplars: Vec<Vec<usize>> = (self.exemplars.iter().enumerate())
            .map(|(at, own)| list(own, &self.followers, &|follower| !excluded(follower, at)))
            .collect();
        let place =
            |entrant: &Entrant| entrant.features.places.map_or(0, |(left, _)| usize::try_from(left).unwrap_or(0));
        let market =
            Market { followers, exemplars, places: self.exemplars.iter().map(place).collect(), together: self.pairs() };
        let fits = self.fits(&market, &spread);
        Lists { market, fits }
    }

    fn list(&self, own: &Entrant, others: &[Entrant], open: Vec<usize>, spread: &Spread) -> Vec<usize> {
        if let Some(ranking) = &own.ranking {
            let at: BTreeMap<&OrganisationId, usize> =
                open.iter().map(|other| (code(others, *other), *other)).collect();
            return ranking.iter().filter_map(|code| at.get(code).copied()).collect();
        }
        let seed = self.seed().to_be_bytes();
        let key = |other: &usize| {
            let Entrant { features, priority, .. } = &others[*other];
            let score = Fit::judge(&own.features, features, &self.weights, spread).score();
            let names = [own.features.organisation.code().as_bytes(), features.organisation.code().as_bytes()];
            (!*priority, Reverse(score), digest::of([seed.as_slice(), names[0], names[1]]))
        };
        let mut open = open;
        open.sort_by_cached_key(key);
        open
    }

    /// How well those fit who would have each other. Who was left behind gets so much more that it is left last.
    fn fits(&self, market: &Market, spread: &Spread) -> Vec<Vec<Option<i32>>> {
        let takes: Vec<Vec<bool>> = market.exemplars.iter().map(|list| among(list, market.followers.len())).collect();
        let row = |(follower, list): (usize, &Vec<usize>)| {
            let wants = among(list, market.exemplars.len());
            let Entrant { features, priority, .. } = &self.followers[follower];
            let bonus = if *priority { self.weights.maximum() + 1 } else { 0 };
            let fit = |exemplar: usize| {
                let partner = &self.exemplars[exemplar].features;
                (wants[exemplar] && takes[exemplar][follower])
                    .then(|| Fit::judge(features, partner, &self.weights, spread).score() + bonus)
            };
            (0..market.exemplars.len()).map(fit).collect()
        };
        market.followers.iter().enumerate().map(row).collect()
    }

    fn pairs(&self) -> Vec<[usize; 2]> {
        let at: BTreeMap<&OrganisationId, usize> =
            self.followers.iter().enumerate().map(|(at, entrant)| (&entrant.features.organisation, at)).collect();
        let pair = |[one, other]: &[OrganisationId; 2]| Some([*at.get(one)?, *at.get(other)?]);
        self.together.iter().filter_map(pair).collect()
    }

    /// Solves it.
    pub(crate) fn solve(&self, lists: &Lists) -> Solved {
        match self.solver {
            Solver::Stable => Solved::Stable(stable::solve(&lists.market, self.seed())),
            Solver::TotalFit => {
                Solved::TotalFit(total::solve(&lists.fits, &lists.market.places, &lists.market.together))
            }
        }
    }
}

fn code(entrants: &[Entrant], at: usize) -> &OrganisationId {
    &entrants[at].features.organisation
}

fn among(list: &[usize], count: usize) -> Vec<bool> {
    let mut there = vec![false; count];
    for at in list {
        there[*at] = true;
    }
    there
}
