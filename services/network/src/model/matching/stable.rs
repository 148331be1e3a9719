//! Deferred acceptance: followers propose, exemplars hold the best who came (Gale and Shapley 1962; many to one as in
//! Gusfield and Irving, *The Stable Marriage Problem*, 1989, 1.6).
//!
//! Pairs that must land together make a stable outcome uncertain. They enter one by one after the others, and whoever
//! prefers a place that they left free moves there (Roth and Peranson, *American Economic Review* 89, 1999). The search
//! is bounded; an outcome that is left with somebody who would rather move is returned as the best that was found, and
//! [`super::verify::blocking`] names them.

use std::collections::BinaryHeap;

use super::verify::{self, Blocking};
use super::{Draws, Market, Matching};

/// Orders of the pairs that are tried at the most.
const ATTEMPTS: usize = 16;
/// Moves that one attempt makes at the most, for each follower and pair.
const MOVES: usize = 64;
/// An exemplar's rank of somebody whom it does not list.
const UNLISTED: u32 = u32::MAX;
/// Longest list, and most parties on a side: numbers are kept in 32 bits.
const MOST: usize = u32::MAX as usize - 1;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where each follower lands.
    pub matching: Matching,
    /// Who would rather move; nobody when the outcome is stable.
    pub blocking: Vec<Blocking>,
}

/// A follower, or two that land together, with what it would take.
struct Party {
    members: [usize; 2],
    pair: bool,
    choices: Vec<Choice>,
    /// The choice where it is held, or that it tries next; the length of `choices` when it has tried them all.
    at: usize,
}

#[derive(Clone, Copy)]
struct Choice {
    exemplar: u32,
    /// The exemplar's ranks of the members, the better one first.
    ranks: [u32; 2],
}

struct Run<'a> {
    places: &'a [usize],
    parties: Vec<Party>,
    /// Whom each exemplar holds, the worst on top: its rank of them, and the party.
    held: Vec<BinaryHeap<(u32, usize)>>,
    /// The parties that list each exemplar, with the choice that it is; only where pairs can leave places free.
    wanting: Vec<Vec<(usize, usize)>>,
    free: Vec<usize>,
    reopened: Vec<usize>,
    moves: usize,
}

/// A stable outcome that is best for every follower, when nobody must land together: there is one then, and it does not
/// depend on `seed`. Else the stable outcome that was found, or the one with the fewest who would rather move.
///
/// # Panics
/// When a list names somebody who is not there.
pub fn solve(market: &Market, seed: u64) -> Outcome {
    let mut draws = Draws::new(seed);
    let mut order: Vec<usize> = (0..market.together.len()).collect();
    let attempts = if order.is_empty() { 1 } else { ATTEMPTS };
    let mut best: Option<Outcome> = None;
    for _ in 0..attempts {
        let matching = attempt(market, &order);
        let blocking = if order.is_empty() { Vec::new() } else { verify::blocking(market, &matching) };
        let done = blocking.is_empty();
        if best.as_ref().is_none_or(|best| blocking.len() < best.blocking.len()) {
            best = Some(Outcome { matching, blocking });
        }
        if done {
            break;
        }
        draws.shuffle(&mut order);
    }
    best.unwrap_or_else(|| Outcome { matching: vec![None; market.followers.len()], blocking: Vec::new() })
}

fn attempt(market: &Market, order: &[usize]) -> Matching {
    let parties = parties(market, order);
    let mut run = Run {
        places: &market.places,
        held: vec![BinaryHeap::new(); market.exemplars.len()],
        wanting: Vec::new(),
        free: Vec::new(),
        reopened: Vec::new(),
        moves: MOVES * (parties.len() + 1),
        parties,
    };
    if !order.is_empty() {
        run.wanting = run.who_lists_whom();
    }
    // Those alone first, then one pair after the other, each with all that follows from it.
    for party in 0..run.parties.len() {
        run.free.push(party);
        if run.parties.get(party + 1).is_none_or(|next| next.pair) {
            run.settle();
        }
    }
    let mut matching = vec![None; market.followers.len()];
    for party in &run.parties {
        let place = party.choices.get(party.at).map(|choice| choice.exemplar as usize);
        for member in party.members {
            matching[member] = place;
        }
    }
    matching
}

/// The parties, pairs last and in this order, with the exemplar's ranks beside each choice.
fn parties(market: &Market, order: &[usize]) -> Vec<Party> {
    let ranks = ranks(market);
    let mut alone = vec![true; market.followers.len()];
    for member in market.together.iter().flatten() {
        alone[*member] = false;
    }
    let mut parties = Vec::with_capacity(market.followers.len());
    for (follower, (list, ranks)) in market.followers.iter().zip(&ranks).enumerate() {
        if alone[follower] {
            let choice = |(exemplar, rank): (&usize, &u32)| Choice { exemplar: short(*exemplar), ranks: [*rank; 2] };
            let choices = list.iter().zip(ranks).filter(|(_, rank)| **rank != UNLISTED).map(choice).collect();
            parties.push(Party { members: [follower; 2], pair: false, choices, at: 0 });
        }
    }
    for pair in order {
        let members = market.together[*pair];
        let rank = |member: usize, exemplar: usize| {
            let at = market.followers[member].iter().position(|listed| *listed == exemplar)?;
            Some(ranks[member][at]).filter(|rank| *rank != UNLISTED)
        };
        let choice = |exemplar: usize| {
            let both = [rank(members[0], exemplar)?, rank(members[1], exemplar)?];
            let ranks = [both[0].min(both[1]), both[0].max(both[1])];
            Some(Choice { exemplar: short(exemplar), ranks })
        };
        let choices = pair_list(market, members).into_iter().filter_map(choice).collect();
        parties.push(Party { members, pair: true, choices, at: 0 });
    }
    parties
}

/// The list of two who land together: the exemplars that both list, by the sum of their two places on the lists; where
/// the sums are equal the first member's order decides.
pub(super) fn pair_list(market: &Market, members: [usize; 2]) -> Vec<usize> {
    let [first, second] = members.map(|member| &market.followers[member]);
    let place = |exemplar: &usize| second.iter().position(|listed| listed == exemplar);
    let both = first.iter().enumerate().filter_map(|(at, exemplar)| Some((at + place(exemplar)?, at, *exemplar)));
    let mut both: Vec<_> = both.collect();
    both.sort_unstable();
    both.into_iter().map(|(.., exemplar)| exemplar).collect()
}

/// The exemplars' ranks of the followers, in the shape of the followers' lists; linear in the length of all lists.
fn ranks(market: &Market) -> Vec<Vec<u32>> {
    let mut ranks: Vec<Vec<u32>> = market.followers.iter().map(|list| vec![UNLISTED; list.len()]).collect();
    let mut listed_by: Vec<Vec<(u32, u32)>> = vec![Vec::new(); market.exemplars.len()];
    for (follower, list) in market.followers.iter().enumerate() {
        for (at, exemplar) in list.iter().enumerate() {
            listed_by[*exemplar].push((short(follower), short(at)));
        }
    }
    let mut rank_of = vec![UNLISTED; market.followers.len()];
    for (list, listed_by) in market.exemplars.iter().zip(&listed_by) {
        for (rank, follower) in list.iter().enumerate() {
            rank_of[*follower] = short(rank);
        }
        for (follower, at) in listed_by {
            ranks[*follower as usize][*at as usize] = rank_of[*follower as usize];
        }
        for follower in list {
            rank_of[*follower] = UNLISTED;
        }
    }
    ranks
}

fn short(number: usize) -> u32 {
    u32::try_from(number.min(MOST)).unwrap_or(UNLISTED)
}

impl Run<'_> {
    fn who_lists_whom(&self) -> Vec<Vec<(usize, usize)>> {
        let mut wanting = vec![Vec::new(); self.held.len()];
        for (party, Party { choices, .. }) in self.parties.iter().enumerate() {
            for (at, choice) in choices.iter().enumerate() {
                wanting[choice.exemplar as usize].push((party, at));
            }
        }
        wanting
    }

    /// Lets the free propose until nobody is free, then those who prefer a place that was left; within the bound.
    fn settle(&mut self) {
        while self.moves > 0 {
            if let Some(party) = self.free.pop() {
                self.propose(party);
            } else if let Some(exemplar) = self.reopened.pop() {
                self.refill(exemplar);
            } else {
                return;
            }
        }
        // Out of moves: whoever is still free is held by nobody.
        for party in std::mem::take(&mut self.free) {
            self.parties[party].at = self.parties[party].choices.len();
        }
        self.reopened.clear();
    }

    /// Proposes down the list until somebody holds the party.
    fn propose(&mut self, party: usize) {
        while let Some(choice) = self.parties[party].choices.get(self.parties[party].at).copied() {
            if self.would_hold(party, choice) {
                return self.hold(party, choice);
            }
            self.parties[party].at += 1;
        }
    }

    /// Whether the party is among the best whom the exemplar has places for.
    fn would_hold(&self, party: usize, choice: Choice) -> bool {
        let exemplar = choice.exemplar as usize;
        let (held, places) = (&self.held[exemplar], self.places[exemplar]);
        if !self.parties[party].pair {
            return held.len() < places || held.peek().is_some_and(|(worst, _)| choice.ranks[0] < *worst);
        }
        let better = held.iter().filter(|(rank, _)| *rank < choice.ranks[1]).count();
        better + 2 <= places
    }

    fn hold(&mut self, party: usize, choice: Choice) {
        let exemplar = choice.exemplar as usize;
        self.held[exemplar].push((choice.ranks[0], party));
        if self.parties[party].pair {
            self.moves -= 1;
            self.held[exemplar].push((choice.ranks[1], party));
        }
        while self.held[exemplar].len() > self.places[exemplar] {
            let Some((_, out)) = self.held[exemplar].pop() else { return };
            if self.parties[out].pair {
                self.held[exemplar].retain(|(_, held)| *held != out);
                self.reopened.push(exemplar);
            }
            self.parties[out].at += 1;
            self.free.push(out);
        }
    }

    /// Frees the party that the exemplar ranks best of those who would rather have the place that was left there.
    fn refill(&mut self, exemplar: usize) {
        let would = |(party, at): &&(usize, usize)| {
            *at < self.parties[*party].at && self.would_hold(*party, self.parties[*party].choices[*at])
        };
        let rank = |(party, at): &&(usize, usize)| self.parties[*party].choices[*at].ranks;
        let Some((party, at)) = self.wanting[exemplar].iter().filter(would).min_by_key(rank).copied() else { return };
        self.moves -= 1;
        let left = self.parties[party].choices.get(self.parties[party].at).map(|choice| choice.exemplar as usize);
        if let Some(left) = left {
            self.held[left].retain(|(_, held)| *held != party);
            self.reopened.push(left);
        }
        self.parties[party].at = at;
        self.free.push(party);
        self.reopened.push(exemplar);
    }
}
