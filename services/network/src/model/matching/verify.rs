//! The checks of a result, apart from whatever found it: in time linear in the size of what they are given.

use std::collections::HashMap;

use super::stable::pair_list;
use super::{Market, Matching};

/// Why a matching is none of this market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not one entry a follower.
    Length,
    /// One of the two does not list the other.
    Unlisted {
        /// The follower.
        follower: usize,
        /// The exemplar.
        exemplar: usize,
    },
    /// An exemplar has more followers than places.
    Over {
        /// The exemplar.
        exemplar: usize,
        /// How many it has.
        has: usize,
    },
    /// Two who must land together do not.
    Apart([usize; 2]),
}

/// Somebody who would rather be elsewhere, where they would rather be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocking {
    /// The follower, twice; or the two who land together.
    pub followers: [usize; 2],
    /// The exemplar.
    pub exemplar: usize,
}

/// The exemplars' ranks of followers.
type Ranks = HashMap<(usize, usize), usize>;

/// What no matching may have: places that are not there, partners who are not listed, pairs that are apart.
pub fn flaws(market: &Market, matching: &Matching) -> Vec<Flaw> {
    if matching.len() != market.followers.len() {
        return vec![Flaw::Length];
    }
    let ranks = ranks(market);
    let mut flaws = Vec::new();
    let mut has = vec![0; market.exemplars.len()];
    for (follower, place) in matching.iter().enumerate() {
        let Some(exemplar) = *place else { continue };
        if !market.followers[follower].contains(&exemplar) || !ranks.contains_key(&(exemplar, follower)) {
            flaws.push(Flaw::Unlisted { follower, exemplar });
        }
        if let Some(has) = has.get_mut(exemplar) {
            *has += 1;
        }
    }
    let over = has.into_iter().enumerate().filter(|(exemplar, has)| *has > market.places[*exemplar]);
    flaws.extend(over.map(|(exemplar, has)| Flaw::Over { exemplar, has }));
    let apart = market.together.iter().filter(|pair| matching[pair[0]] != matching[pair[1]]);
    flaws.extend(apart.map(|pair| Flaw::Apart(*pair)));
    flaws
}

/// Who would rather move. A follower and an exemplar block when the follower prefers it and it has a place free or
/// prefers the follower to somebody it has; two who land together, when both would be among the best whom the exemplar
/// has places for. A matching without [`flaws`] and without these is stable.
///
/// # Panics
/// When the matching has flaws.
pub fn blocking(market: &Market, matching: &Matching) -> Vec<Blocking> {
    let ranks = ranks(market);
    let mut held: Vec<Vec<usize>> = vec![Vec::new(); market.exemplars.len()];
    for (follower, place) in matching.iter().enumerate() {
        if let Some(exemplar) = *place {
            held[exemplar].push(ranks[&(exemplar, follower)]);
        }
    }
    // What somebody's rank must be below to be taken at an exemplar: alone, and the worse of two.
    let limits: Vec<[usize; 2]> = held
        .iter_mut()
        .zip(&market.places)
        .map(|(held, places)| [limit(held, *places, 1), limit(held, *places, 2)])
        .collect();
    let mut blocking = Vec::new();
    let mut alone = vec![true; market.followers.len()];
    for members in &market.together {
        for exemplar in preferred(&pair_list(market, *members), matching[members[0]]) {
            let of = |member: &usize| ranks.get(&(exemplar, *member)).copied();
            if let (Some(one), Some(other)) = (of(&members[0]), of(&members[1]))
                && one.max(other) < limits[exemplar][1]
            {
                blocking.push(Blocking { followers: *members, exemplar });
            }
        }
        for member in members {
            alone[*member] = false;
        }
    }
    for (follower, list) in market.followers.iter().enumerate().filter(|(follower, _)| alone[*follower]) {
        for exemplar in preferred(list, matching[follower]) {
            if ranks.get(&(exemplar, follower)).is_some_and(|rank| *rank < limits[exemplar][0]) {
                blocking.push(Blocking { followers: [follower; 2], exemplar });
            }
        }
    }
    blocking
}

/// What is listed before a place.
fn preferred(list: &[usize], place: Option<usize>) -> impl Iterator<Item = usize> {
    list.iter().copied().take_while(move |exemplar| Some(*exemplar) != place)
}

/// The rank that the worst of `newcomers` must be below, so that all of them are among the best `places`.
fn limit(held: &mut [usize], places: usize, newcomers: usize) -> usize {
    let Some(kept) = places.checked_sub(newcomers) else { return 0 };
    if held.len() <= kept {
        return usize::MAX;
    }
    let (_, limit, _) = held.select_nth_unstable(kept);
    *limit
}

fn ranks(market: &Market) -> Ranks {
    let ranks = |(exemplar, list): (usize, &Vec<usize>)| {
        list.iter().enumerate().map(move |(rank, follower)| ((exemplar, *follower), rank)).collect::<Vec<_>>()
    };
    market.exemplars.iter().enumerate().flat_map(ranks).collect()
}

/// The total that no matching exceeds, by these prices and gains.
pub fn bound(places: &[usize], gains: &[i64], prices: &[i64]) -> i64 {
    let worth = |(places, price): (&usize, &i64)| i64::try_from(*places).unwrap_or(i64::MAX).saturating_mul(*price);
    gains.iter().copied().chain(places.iter().zip(prices).map(worth)).fold(0, i64::saturating_add)
}

/// What the fits of a matching add up to, and what no matching's do, as prices of the exemplars' places and gains of the
/// followers prove it (the dual of the transportation problem); nothing when they prove nothing. They do when
///
/// - no price and no gain is below 0,
/// - and nobody would gain more elsewhere: gain + price >= fit, for every pair that may be.
///
/// Where the two are equal, the matching has the most fit in all.
pub fn bounded(
    fits: &[Vec<Option<i32>>],
    places: &[usize],
    matching: &Matching,
    gains: &[i64],
    prices: &[i64],
) -> Option<(i64, i64)> {
    let size = gains.len() == fits.len() && prices.len() == places.len() && matching.len() == fits.len();
    if !size || gains.iter().chain(prices).any(|value| *value < 0) {
        return None;
    }
    let covers = |(row, gain): (&Vec<Option<i32>>, &i64)| {
        row.iter().zip(prices).all(|(fit, price)| fit.is_none_or(|fit| gain.saturating_add(*price) >= i64::from(fit)))
    };
    if !fits.iter().zip(gains).all(covers) {
        return None;
    }
    let of = |(row, place): (&Vec<Option<i32>>, &Option<usize>)| {
        place.and_then(|at| row.get(at).copied().flatten()).map_or(0, i64::from)
    };
    Some((fits.iter().zip(matching).map(of).sum(), bound(places, gains, prices)))
}
