//! The solvers by property, against slower ways to the same result.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::verify::{self, Flaw};
use super::{Draws, Market, Matching, stable, total};

/// Each permutation of some of `items`, cut anywhere: every list that somebody could hand in.
fn every_list(items: &[usize]) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new()];
    let mut from = 0;
    while from < lists.len() {
        let list = lists[from].clone();
        let longer = items.iter().copied().filter(|item| !list.contains(item));
        lists.extend(longer.map(|item| [list.as_slice(), &[item]].concat()));
        from += 1;
    }
    lists
}

/// A strict list over some of `among` others, drawn as sort keys so that it shrinks.
fn list(among: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec((any::<u16>(), prop::bool::weighted(0.8)), among).prop_map(|keys| {
        let mut order: Vec<usize> = (0..keys.len()).filter(|at| keys[*at].1).collect();
        order.sort_by_key(|at| (keys[*at].0, *at));
        order
    })
}

fn market(followers: usize, exemplars: usize, places: usize) -> impl Strategy<Value = Market> {
    (0..=followers, 0..=exemplars).prop_flat_map(move |(followers, exemplars)| {
        let followers_lists = prop::collection::vec(list(exemplars), followers);
        let exemplars_lists = prop::collection::vec(list(followers), exemplars);
        let places = prop::collection::vec(0..=places, exemplars);
        (followers_lists, exemplars_lists, places).prop_map(|(followers, exemplars, places)| Market {
            followers,
            exemplars,
            places,
            together: Vec::new(),
        })
    })
}

/// A market in which the followers 0 and 1, and perhaps 2 and 3, land together.
fn market_with_pairs() -> impl Strategy<Value = Market> {
    (market(6, 3, 3), 1..=2_usize).prop_map(|(market, pairs)| {
        let together = (0..pairs).map(|pair| [2 * pair, 2 * pair + 1]);
        let there = |pair: &[usize; 2]| pair[1] < market.followers.len();
        Market { together: together.filter(there).collect(), ..market.clone() }
    })
}

/// Every matching that has no flaws.
fn every_matching(market: &Market) -> Vec<Matching> {
    let options = |list: &Vec<usize>| list.iter().copied().map(Some).chain([None]).collect::<Vec<_>>();
    let mut all = vec![Vec::new()];
    for list in &market.followers {
        let add = |begun: Matching| options(list).into_iter().map(move |place| [begun.as_slice(), &[place]].concat());
        all = all.into_iter().flat_map(add).collect();
    }
    all.retain(|matching| verify::flaws(market, matching).is_empty());
    all
}

/// Stability in its own words: quadratic, and apart from what it checks.
fn is_stable(market: &Market, matching: &Matching) -> bool {
    market.followers.iter().enumerate().all(|(follower, list)| {
        let better = list.iter().take_while(|exemplar| matching[follower] != Some(**exemplar));
        better.into_iter().all(|exemplar| {
            let ranked = &market.exemplars[*exemplar];
            let rank = |wanted: usize| ranked.iter().position(|ranked| *ranked == wanted);
            let has: Vec<_> = (0..matching.len()).filter(|other| matching[*other] == Some(*exemplar)).collect();
            let Some(own) = rank(follower) else { return true };
            has.len() >= market.places[*exemplar] && has.iter().all(|other| rank(*other).unwrap() < own)
        })
    })
}

/// Deferred acceptance from the other side: the stable outcome that is best for every exemplar.
fn exemplars_propose(market: &Market) -> Matching {
    let mut matching: Matching = vec![None; market.followers.len()];
    loop {
        let mut moved = false;
        for (exemplar, list) in market.exemplars.iter().enumerate() {
            let mut has = matching.iter().filter(|place| **place == Some(exemplar)).count();
            for follower in list {
                let ranked = &market.followers[*follower];
                let rank = |wanted: usize| ranked.iter().position(|ranked| *ranked == wanted);
                let better = rank(exemplar)
                    .is_some_and(|own| matching[*follower].is_none_or(|place| own < rank(place).unwrap()));
                if has < market.places[exemplar] && better {
                    matching[*follower] = Some(exemplar);
                    (has, moved) = (has + 1, true);
                }
            }
        }
        if !moved {
            return matching;
        }
    }
}

fn matched(matching: &Matching) -> BTreeSet<usize> {
    (0..matching.len()).filter(|follower| matching[*follower].is_some()).collect()
}

#[test]
fn what_is_not_there_breaks_nothing() {
    let empty = Market::default();
    assert_eq!(stable::solve(&empty, 1).matching, Vec::new());
    let nobody_wants = Market {
        followers: vec![vec![0], vec![]],
        exemplars: vec![vec![], vec![1]],
        places: vec![3, 0],
        together: vec![[0, 1]],
    };
    assert_eq!(stable::solve(&nobody_wants, 1).matching, [None, None]);
    assert_eq!(total::solve(&[], &[], &[]).total, 0);
    assert_eq!(total::solve(&[vec![], vec![]], &[], &[]).matching, [None, None]);
    assert_eq!(total::solve(&[vec![Some(5)]], &[0], &[]).matching, [None]);
    assert_eq!(total::solve(&[vec![Some(0)]], &[1], &[]).matching, [Some(0)], "a fit of nothing is better than none");
}

#[test]
fn flaws_are_named() {
    let market =
        Market { followers: vec![vec![0], vec![0]], exemplars: vec![vec![0]], places: vec![1], together: vec![[0, 1]] };
    assert_eq!(verify::flaws(&market, &vec![None]), [Flaw::Length]);
    let unlisted = Flaw::Unlisted { follower: 1, exemplar: 0 };
    assert_eq!(verify::flaws(&market, &vec![Some(0), Some(0)]), [unlisted, Flaw::Over { exemplar: 0, has: 2 }]);
    assert_eq!(verify::flaws(&market, &vec![Some(0), None]), [Flaw::Apart([0, 1])]);
}

/// The pair (0, 1) is at exemplar 0: 2 drives one of them out, so both go; 3 takes the free place and leaves exemplar 1,
/// to which 2 goes; then exemplar 0 has room for the pair, which drives out 3, who drives 2 out of exemplar 1.
#[test]
fn where_nothing_is_stable_the_rest_is_shown() {
    let market = Market {
        followers: vec![vec![0], vec![0], vec![1, 0], vec![0, 1]],
        exemplars: vec![vec![0, 2, 1, 3], vec![3, 2]],
        places: vec![2, 1],
        together: vec![[0, 1]],
    };
    assert!(every_matching(&market).iter().all(|matching| !verify::blocking(&market, matching).is_empty()));
    let found = stable::solve(&market, 7);
    assert!(!found.blocking.is_empty());
    assert_eq!(found.blocking, verify::blocking(&market, &found.matching));
    assert!(verify::flaws(&market, &found.matching).is_empty());
}

fn random_fits(draws: &mut Draws, followers: usize, exemplars: usize) -> Vec<Vec<Option<i32>>> {
    let fit = |draws: &mut Draws| (draws.below(5) > 0).then(|| i32::try_from(draws.below(12)).unwrap());
    (0..followers).map(|_| (0..exemplars).map(|_| fit(draws)).collect()).collect()
}

/// The best total by looking at every matching.
fn best_by_force(fits: &[Vec<Option<i32>>], left: &mut [usize], together: &[[usize; 2]], chosen: &mut Matching) -> i64 {
    let follower = chosen.len();
    if follower == fits.len() {
        let apart = together.iter().any(|[one, other]| chosen[*one] != chosen[*other]);
        return if apart { i64::MIN } else { 0 };
    }
    let mut best = i64::MIN;
    for place in (0..left.len()).map(Some).chain([None]) {
        let fit = match place {
            Some(exemplar) if left[exemplar] > 0 => fits[follower][exemplar],
            Some(_) => None,
            None => Some(0),
        };
        let Some(fit) = fit else { continue };
        chosen.push(place);
        if let Some(exemplar) = place {
            left[exemplar] -= 1;
        }
        best = best.max(best_by_force(fits, left, together, chosen).saturating_add(i64::from(fit)));
        if let Some(exemplar) = place {
            left[exemplar] += 1;
        }
        chosen.pop();
    }
    best
}

#[test]
fn ten_thousand_small_cases_have_the_best_total() {
    let mut draws = Draws::new(20_160_907);
    for case in 0..10_000 {
        let (followers, exemplars) = (draws.below(6), draws.below(5));
        let fits = random_fits(&mut draws, followers, exemplars);
        let places: Vec<usize> = (0..exemplars).map(|_| draws.below(4)).collect();
        let together: Vec<[usize; 2]> = if case % 2 == 1 && followers >= 4 { vec![[0, 1], [2, 3]] } else { Vec::new() };
        let best = total::solve(&fits, &places, &together);
        let expected = best_by_force(&fits, &mut places.clone(), &together, &mut Vec::new());
        assert_eq!(best.total, expected, "case {case}: {fits:?} {places:?} {together:?}");
        assert!(best.optimal);
        let realised = |(row, place): (&Vec<Option<i32>>, &Option<usize>)| place.map_or(0, |at| row[at].unwrap());
        assert_eq!(fits.iter().zip(&best.matching).map(realised).map(i64::from).sum::<i64>(), best.total);
        let proof = verify::bounded(&fits, &places, &best.matching, &best.gains, &best.prices);
        assert_eq!(proof, Some((best.total, best.bound)), "case {case}");
        assert!(best.total <= best.bound && (best.total == best.bound || !together.is_empty()));
    }
}

#[test]
fn a_proof_that_does_not_hold_is_refused() {
    let fits = vec![vec![Some(3), Some(2)], vec![Some(3), None]];
    let places = [1, 1];
    let best = total::solve(&fits, &places, &[]);
    assert_eq!((best.matching.clone(), best.total), (vec![Some(1), Some(0)], 5));
    let proof =
        |matching: &Matching, gains: &[i64], prices: &[i64]| verify::bounded(&fits, &places, matching, gains, prices);
    assert_eq!(proof(&best.matching, &best.gains, &best.prices), Some((5, 5)));
    assert_eq!(proof(&vec![Some(0), None], &best.gains, &best.prices), Some((3, 5)), "another matching has less");
    assert_eq!(proof(&best.matching, &[5, 0], &[0, 0]), None, "the second would gain more");
    assert_eq!(proof(&best.matching, &[-1, 3], &[4, 3]), None, "a gain is below 0");
    assert_eq!(proof(&best.matching, &[2], &best.prices), None, "a gain is missing");
}

proptest! {
    #[test]
    fn nobody_would_rather_move(market in market(8, 6, 3)) {
        let found = stable::solve(&market, 1).matching;
        prop_assert_eq!(verify::flaws(&market, &found), vec![]);
        prop_assert_eq!(verify::blocking(&market, &found), vec![]);
        prop_assert!(is_stable(&market, &found));
    }

    #[test]
    fn the_check_finds_what_stability_means(market in market(4, 3, 2)) {
        for matching in every_matching(&market) {
            prop_assert_eq!(verify::blocking(&market, &matching).is_empty(), is_stable(&market, &matching), "{:?}", matching);
        }
    }

    #[test]
    fn the_same_followers_are_matched_in_every_stable_outcome(market in market(5, 4, 2)) {
        let found = stable::solve(&market, 1).matching;
        let from_the_other_side = exemplars_propose(&market);
        prop_assert!(is_stable(&market, &from_the_other_side));
        prop_assert_eq!(matched(&found), matched(&from_the_other_side));
        let rank = |follower: usize, place: Option<usize>| {
            let list = &market.followers[follower];
            place.map_or(list.len(), |place| list.iter().position(|listed| *listed == place).unwrap())
        };
        for other in every_matching(&market).iter().filter(|matching| is_stable(&market, matching)) {
            prop_assert_eq!(matched(&found), matched(other));
            for follower in 0..found.len() {
                prop_assert!(rank(follower, found[follower]) <= rank(follower, other[follower]), "best for followers");
            }
        }
    }

    #[test]
    fn no_follower_gains_by_misreporting(market in market(4, 3, 2)) {
        let honest = stable::solve(&market, 1).matching;
        for (follower, truth) in market.followers.iter().enumerate() {
            let worth = |place: Option<usize>| place.map_or(truth.len(), |place| {
                truth.iter().position(|listed| *listed == place).unwrap_or(usize::MAX)
            });
            let all: Vec<usize> = (0..market.exemplars.len()).collect();
            for lie in every_list(&all) {
                let mut told = market.clone();
                told.followers[follower] = lie;
                let got = stable::solve(&told, 1).matching[follower];
                prop_assert!(worth(honest[follower]) <= worth(got), "{follower} by {told:?}");
            }
        }
    }

    #[test]
    fn pairs_land_together_and_what_is_called_stable_is(market in market_with_pairs(), seed in any::<u64>()) {
        let found = stable::solve(&market, seed);
        prop_assert_eq!(verify::flaws(&market, &found.matching), vec![]);
        prop_assert_eq!(&found.blocking, &verify::blocking(&market, &found.matching));
        prop_assert_eq!(&found, &stable::solve(&market, seed), "the same again");
        let exists = every_matching(&market).iter().any(|matching| verify::blocking(&market, matching).is_empty());
        prop_assert!(exists || !found.blocking.is_empty());
    }

    #[test]
    fn shuffles_keep_what_they_shuffle(seed in any::<u64>(), length in 0..50_usize) {
        let mut items: Vec<usize> = (0..length).collect();
        Draws::new(seed).shuffle(&mut items);
        items.sort_unstable();
        prop_assert_eq!(items, (0..length).collect::<Vec<_>>());
    }
}
