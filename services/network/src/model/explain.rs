//! Why this partner, why not that one: for each party of a run, in words that follow from lists and result.

use exemplar_kernel::OrganisationId;
use serde::{Deserialize, Serialize};

use super::certificate::codes;
use super::matching::Matching;
use super::run::{Inputs, Lists, Solver};

/// Partners of whom it is said why not, for each party at the most.
const MAX_WHY_NOT: usize = 20;

/// Why a party got whom it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The party.
    pub organisation: OrganisationId,
    /// Its partners.
    pub partners: Vec<OrganisationId>,
    /// Why these.
    pub why: String,
    /// Why not those that it would rather have had.
    pub why_not: Vec<WhyNot>,
}

/// Why not a certain partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyNot {
    /// The partner.
    pub organisation: OrganisationId,
    /// Why not.
    pub because: String,
}

struct View<'a> {
    lists: &'a Lists,
    solver: Solver,
    matching: &'a Matching,
    followers: Vec<OrganisationId>,
    exemplars: Vec<OrganisationId>,
    /// Each exemplar's rank of each follower, from 1; none when it is not listed.
    ranks: Vec<Vec<Option<usize>>>,
    /// Whom each exemplar has.
    held: Vec<Vec<usize>>,
}

/// Everybody's explanation, followers first.
pub(crate) fn all(inputs: &Inputs, lists: &Lists, matching: &Matching) -> Vec<Explanation> {
    let [followers, exemplars] = codes(inputs);
    let mut ranks = vec![vec![None; followers.len()]; exemplars.len()];
    for (exemplar, list) in lists.market.exemplars.iter().enumerate() {
        for (at, follower) in list.iter().enumerate() {
            ranks[exemplar][*follower] = Some(at + 1);
        }
    }
    let mut held = vec![Vec::new(); exemplars.len()];
    for (follower, place) in matching.iter().enumerate() {
        if let Some(exemplar) = place {
            held[*exemplar].push(follower);
        }
    }
    let view = View { lists, solver: inputs.solver, matching, followers, exemplars, ranks, held };
    let of_followers = (0..view.followers.len()).map(|follower| view.follower(follower));
    of_followers.chain((0..view.exemplars.len()).map(|exemplar| view.exemplar(exemplar))).collect()
}

impl View<'_> {
    fn follower(&self, follower: usize) -> Explanation {
        let list = &self.lists.market.followers[follower];
        let place = self.matching[follower];
        let rank = place.and_then(|place| list.iter().position(|listed| *listed == place));
        let why = match (self.solver, place, rank) {
            (_, None, _) if list.is_empty() => "it lists nobody who takes part".to_owned(),
            (Solver::Stable, None, _) => format!("none of the {} that it lists has a place for it", list.len()),
            (Solver::TotalFit, None, _) => "the places bring more fit elsewhere".to_owned(),
            (Solver::Stable, Some(_), rank) => {
                let rank = rank.map_or(0, |rank| rank + 1);
                format!("choice {rank} of {}: the best that had a place for it", list.len())
            }
            (Solver::TotalFit, Some(place), _) => {
                let fit = self.lists.fits[follower][place].unwrap_or(0);
                format!("they fit with {fit} points, which is part of the most points in all")
            }
        };
        let better: Vec<usize> = match self.solver {
            Solver::Stable => list[..rank.unwrap_or(list.len())].to_vec(),
            Solver::TotalFit => {
                let own = place.and_then(|place| self.lists.fits[follower][place]).unwrap_or(0);
                let more = |exemplar: &usize| self.lists.fits[follower][*exemplar].is_none_or(|fit| fit > own);
                list.iter().copied().filter(|exemplar| Some(*exemplar) != place && more(exemplar)).collect()
            }
        };
        let why_not = better.into_iter().take(MAX_WHY_NOT).map(|exemplar| WhyNot {
            organisation: self.exemplars[exemplar].clone(),
            because: self.why_not_exemplar(follower, exemplar),
        });
        Explanation {
            organisation: self.followers[follower].clone(),
            partners: place.map(|place| self.exemplars[place].clone()).into_iter().collect(),
            why,
            why_not: why_not.collect(),
        }
    }

    fn why_not_exemplar(&self, follower: usize, exemplar: usize) -> String {
        let Some(rank) = self.ranks[exemplar][follower] else { return "it does not list you".to_owned() };
        let places = self.lists.market.places[exemplar];
        let held = &self.held[exemplar];
        if self.solver == Solver::TotalFit {
            return format!("its {places} places bring more fit in all with others");
        }
        let last = held.iter().filter_map(|other| Some((self.ranks[exemplar][*other]?, *other))).max();
        let partner = self.lists.market.together.iter().find(|pair| pair.contains(&follower));
        match (places, last, partner) {
            (0, ..) => "it has no place".to_owned(),
            (_, Some((last, other)), _) if last < rank && held.len() >= places => format!(
                "its {places} places went to followers that it ranks higher: the last is {} (rank {last}, you are {rank})",
                self.followers[other].code()
            ),
            (.., Some(pair)) => {
                let other = if pair[0] == follower { pair[1] } else { pair[0] };
                format!("it has no room for you and {}, who land together", self.followers[other].code())
            }
            _ => "you would rather be there and it would have you: this is left blocking".to_owned(),
        }
    }

    fn exemplar(&self, exemplar: usize) -> Explanation {
        let (list, held) = (&self.lists.market.exemplars[exemplar], &self.held[exemplar]);
        let places = self.lists.market.places[exemplar];
        let mut partners = held.clone();
        partners.sort_by_key(|follower| self.ranks[exemplar][*follower]);
        let lowest = held.iter().filter_map(|follower| self.ranks[exemplar][*follower]).max();
        let until = if held.len() < places { list.len() } else { lowest.unwrap_or(0) };
        let missed = list[..until].iter().filter(|follower| !held.contains(follower)).take(MAX_WHY_NOT);
        let why = match (self.solver, held.len()) {
            (_, 0) => format!("none of its {places} places is taken"),
            (Solver::Stable, taken) => format!("{taken} of its {places} places are taken by the best who came"),
            (Solver::TotalFit, taken) => format!("{taken} of its {places} places are part of the most points in all"),
        };
        let why_not = missed.map(|follower| WhyNot {
            organisation: self.followers[*follower].clone(),
            because: self.why_not_follower(*follower, exemplar),
        });
        Explanation {
            organisation: self.exemplars[exemplar].clone(),
            partners: partners.into_iter().map(|follower| self.followers[follower].clone()).collect(),
            why,
            why_not: why_not.collect(),
        }
    }

    fn why_not_follower(&self, follower: usize, exemplar: usize) -> String {
        let list = &self.lists.market.followers[follower];
        let choice = |wanted: usize| list.iter().position(|listed| *listed == wanted).map(|at| at + 1);
        let Some(own) = choice(exemplar) else { return "it does not list you".to_owned() };
        match self.matching[follower].and_then(|place| Some((place, choice(place)?))) {
            Some((place, other)) if other < own => {
                format!("it is with {}, its choice {other} (you are {own})", self.exemplars[place].code())
            }
            Some((place, other)) if self.solver == Solver::TotalFit => format!(
                "with {}, its choice {other} (you are {own}), it brings more fit in all",
                self.exemplars[place].code()
            ),
            None if self.solver == Solver::TotalFit => "your places bring more fit in all with others".to_owned(),
            _ => "it must land together with another, or this is left blocking".to_owned(),
        }
    }
}
