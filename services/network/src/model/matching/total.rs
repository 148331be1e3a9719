//! The most fit in all: a many-to-one assignment of maximum weight, by shortest augmenting paths (Jonker and Volgenant,
//! *Computing* 38, 1987; for rectangular problems Crouse, *IEEE Transactions on Aerospace and Electronic Systems* 52,
//! 2016), with places for several followers and with followers who may stay alone at a fit of 0.
//!
//! The crates at hand solve square or dense problems and keep the prices to themselves; the prices are the proof that
//! [`super::verify::bounded`] checks. Fits are whole numbers, so that the same input gives the same bytes.

use super::Matching;

/// The largest fit of a pair: sums of prices stay well inside of 32 bits.
pub const MAX_FIT: i32 = 1 << 26;
/// Partial choices for the pairs that land together that are looked at, at the most.
const NODES: usize = 1_000;
/// Followers whose fits are turned at a time.
const BLOCK: usize = 16;
/// Bids that are made at the most, for each row.
const BIDS: usize = 6;
/// The cost of what may not be.
const NEVER: i32 = i32::MAX / 2;

/// The best assignment, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// Where each follower lands.
    pub matching: Matching,
    /// The fits that were realised, added up.
    pub total: i64,
    /// What each follower gains, in the proof that no total is above [`Best::bound`].
    pub gains: Vec<i64>,
    /// The price of each exemplar's places, in the same proof.
    pub prices: Vec<i64>,
    /// What no total exceeds: the total itself, unless pairs must land together.
    pub bound: i64,
    /// Whether it is known that nothing is better: always, unless the search for the pairs' places was cut short.
    pub optimal: bool,
}

/// The assignment of the most fit. `fits[follower][exemplar]` is 0 to [`MAX_FIT`], or none where the two may not be
/// paired; nobody is paired for want of fit alone. The two of `together` land together or not at all.
pub fn solve(fits: &[Vec<Option<i32>>], places: &[usize], together: &[[usize; 2]]) -> Best {
    let root = relaxed(fits, places);
    if together.iter().all(|[one, other]| root.matching[*one] == root.matching[*other]) {
        return root;
    }
    let mut search = Search { fits, together, best: None, nodes: 0 };
    search.branch(&mut vec![Decided::Open; together.len()], places.to_vec());
    let (total, matching) = search.best.take().unwrap_or((0, vec![None; fits.len()]));
    let optimal = search.nodes <= NODES;
    Best { matching, total, optimal, ..root }
}

/// Where a pair lands, as far as the search has decided it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Decided {
    /// Not yet.
    Open,
    /// At this exemplar.
    At(usize),
    /// Nowhere.
    Nowhere,
}

/// Branch and bound over where the pairs land; the bound is the problem without the wish to be together.
struct Search<'a> {
    fits: &'a [Vec<Option<i32>>],
    together: &'a [[usize; 2]],
    best: Option<(i64, Matching)>,
    nodes: usize,
}

impl Search<'_> {
    /// `decided` says where pairs land; `left` are the places without theirs.
    fn branch(&mut self, decided: &mut Vec<Decided>, left: Vec<usize>) {
        self.nodes += 1;
        if self.nodes > NODES {
            return;
        }
        let (bound, matching) = self.bound(decided, &left);
        if self.best.as_ref().is_some_and(|(best, _)| bound <= *best) {
            return;
        }
        let apart = |(at, [one, other]): &(usize, &[usize; 2])| {
            decided[*at] == Decided::Open && matching[*one] != matching[*other]
        };
        let Some((at, pair)) = self.together.iter().enumerate().find(apart) else {
            self.best = Some((bound, matching));
            return;
        };
        let mut options = vec![(0, Decided::Nowhere)];
        for (exemplar, free) in left.iter().enumerate() {
            let fit = |member: usize| self.fits[member][exemplar].map(i64::from);
            if let (Some(one), Some(other), true) = (fit(pair[0]), fit(pair[1]), *free >= 2) {
                options.push((one + other, Decided::At(exemplar)));
            }
        }
        // The most promising first; equal ones in the order of the exemplars.
        options.sort_by_key(|(fit, option)| (std::cmp::Reverse(*fit), *option));
        for (_, option) in options {
            let mut left = left.clone();
            if let Decided::At(exemplar) = option {
                left[exemplar] -= 2;
            }
            decided[at] = option;
            self.branch(decided, left);
            decided[at] = Decided::Open;
        }
    }

    /// The best total when those who are decided stay where they are and the others need not be together.
    fn bound(&self, decided: &[Decided], left: &[usize]) -> (i64, Matching) {
        let mut fixed = vec![Decided::Open; self.fits.len()];
        for (pair, place) in self.together.iter().zip(decided) {
            for member in pair {
                fixed[*member] = *place;
            }
        }
        let nobody = vec![None; left.len()];
        let open = |(row, fixed): (&Vec<Option<i32>>, &Decided)| {
            if *fixed == Decided::Open { row.clone() } else { nobody.clone() }
        };
        let fits: Vec<_> = self.fits.iter().zip(&fixed).map(open).collect();
        let mut best = relaxed(&fits, left);
        for (follower, place) in fixed.iter().enumerate() {
            if let Decided::At(exemplar) = *place {
                best.matching[follower] = Some(exemplar);
                best.total += self.fits[follower][exemplar].map_or(0, i64::from);
            }
        }
        (best.total, best.matching)
    }
}

/// The best assignment when nobody must land together.
fn relaxed(fits: &[Vec<Option<i32>>], places: &[usize]) -> Best {
    let cost = |fit: Option<i32>| fit.map_or(NEVER, |fit| -fit.clamp(0, MAX_FIT));
    let (rows, columns) = (fits.len(), places.len());
    let all: usize = places.iter().fold(0, |all, places| all.saturating_add((*places).min(rows)));
    let (matching, prices) = if rows <= all {
        let costs = fits.iter().flatten().map(|fit| cost(*fit)).collect();
        let mut paths = Paths::new(costs, [rows, columns], places.iter().map(|places| (*places).min(rows)).collect());
        paths.run();
        (paths.place_of, paths.potentials.iter().map(|price| -i64::from(*price)).collect())
    } else {
        // Fewer places than followers: the places choose.
        let owners: Vec<usize> =
            places.iter().enumerate().flat_map(|(exemplar, places)| vec![exemplar; (*places).min(rows)]).collect();
        let costs = turned(fits, &owners, cost);
        let mut paths = Paths::new(costs, [owners.len(), rows], vec![1; rows]);
        paths.run();
        let mut matching = vec![None; rows];
        for (place, follower) in paths.place_of.iter().enumerate() {
            if let Some(follower) = follower {
                matching[*follower] = Some(owners[place]);
            }
        }
        let gains: Vec<i64> = paths.potentials.iter().map(|gain| -i64::from(*gain)).collect();
        (matching, prices(fits, places, &gains))
    };
    let gains: Vec<i64> = fits.iter().map(|row| worth(row.iter().zip(&prices))).collect();
    let of = |(row, place): (&Vec<Option<i32>>, &Option<usize>)| i64::from(place.and_then(|at| row[at]).unwrap_or(0));
    let total = fits.iter().zip(&matching).map(of).sum();
    let bound = super::verify::bound(places, &gains, &prices);
    Best { matching, total, gains, prices, bound, optimal: true }
}

/// The costs with a row for each place, some rows at a time: a column on its own would miss the cache with every number.
fn turned(fits: &[Vec<Option<i32>>], owners: &[usize], cost: impl Fn(Option<i32>) -> i32) -> Vec<i32> {
    let mut costs = vec![0; owners.len() * fits.len()];
    for (block, rows) in fits.chunks(BLOCK).enumerate() {
        for (place, owner) in owners.iter().enumerate() {
            let into = &mut costs[place * fits.len() + block * BLOCK..][..rows.len()];
            for (into, row) in into.iter_mut().zip(rows) {
                *into = cost(row[*owner]);
            }
        }
    }
    costs
}

/// The least prices that leave nobody a better exemplar, by what the followers gain.
fn prices(fits: &[Vec<Option<i32>>], places: &[usize], gains: &[i64]) -> Vec<i64> {
    let mut prices = vec![0; places.len()];
    for (row, gain) in fits.iter().zip(gains) {
        for (price, fit) in prices.iter_mut().zip(row) {
            *price = fit.map_or(*price, |fit| (i64::from(fit) - gain).max(*price));
        }
    }
    prices
}

/// The most that a fit is above its price; 0 when none is.
fn worth<'a>(fits: impl Iterator<Item = (&'a Option<i32>, &'a i64)>) -> i64 {
    fits.filter_map(|(fit, price)| Some(i64::from((*fit)?) - price)).max().unwrap_or(0).max(0)
}

/// Rows that each take one place of a column, or none at cost 0, at the least cost; costs are at most 0.
struct Paths {
    costs: Vec<i32>,
    columns: usize,
    room: Vec<usize>,
    /// The column of each row.
    place_of: Vec<Option<usize>>,
    /// The rows of each column.
    rows_of: Vec<Vec<usize>>,
    /// Of the rows: their least reduced cost is 0.
    duals: Vec<i32>,
    /// Of the columns: never above 0, and 0 where there is room.
    potentials: Vec<i32>,
    /// Of the present search: the distance of each column, and the row before it.
    distance: Vec<i32>,
    before: Vec<u32>,
    /// The distances of the columns that are not settled.
    open: Vec<i32>,
    settled: Vec<(usize, i32)>,
}

/// Where a path ends.
enum End {
    /// At a column with room.
    Column(usize),
    /// At a row that is better left alone.
    Alone(usize),
}

/// What came of a bid.
enum Bid {
    /// The row has its column, or is better left alone.
    Done,
    /// The row has its column, and this one lost it.
    Outbid(usize),
    /// The column is full.
    Full,
}

impl Paths {
    fn new(costs: Vec<i32>, [rows, columns]: [usize; 2], room: Vec<usize>) -> Self {
        Self {
            costs,
            columns,
            room,
            place_of: vec![None; rows],
            rows_of: vec![Vec::new(); columns],
            duals: vec![0; rows],
            potentials: vec![0; columns],
            distance: vec![0; columns],
            before: vec![0; columns],
            open: vec![0; columns],
            settled: Vec::with_capacity(columns),
        }
    }

    fn run(&mut self) {
        let mut waiting = Vec::new();
        let mut bidding: Vec<usize> = (0..self.place_of.len()).rev().collect();
        let mut bids = BIDS * bidding.len();
        while let Some(row) = bidding.pop() {
            match self.bid(row, bids > 0) {
                Bid::Done => {}
                Bid::Outbid(other) => bidding.push(other),
                Bid::Full => waiting.push(row),
            }
            bids = bids.saturating_sub(1);
        }
        for row in waiting {
            self.augment(row);
        }
    }

    /// Takes the cheapest column for a row, if there is room (the row reduction of Jonker and Volgenant). From a full
    /// one with a single place it takes the place of the row that is there, when it may: at the price at which the
    /// second cheapest is as good (their augmenting row reduction).
    fn bid(&mut self, row: usize, outbids: bool) -> Bid {
        let costs = &self.costs[row * self.columns..][..self.columns];
        for ((reduced, cost), potential) in self.open.iter_mut().zip(costs).zip(&self.potentials) {
            *reduced = cost - potential;
        }
        let (column, least) = minimum(&self.open);
        self.duals[row] = least.min(0);
        if least > 0 || self.columns == 0 {
            return Bid::Done;
        }
        if self.rows_of[column].len() < self.room[column] {
            self.take(row, column);
            return Bid::Done;
        }
        self.open[column] = i32::MAX;
        let (_, second) = minimum(&self.open);
        let dearer = second.min(0) - least;
        let [held] = self.rows_of[column][..] else { return Bid::Full };
        if dearer == 0 || !outbids || self.room[column] != 1 {
            return Bid::Full;
        }
        self.potentials[column] -= dearer;
        self.duals[row] += dearer;
        self.leave(held);
        self.take(row, column);
        Bid::Outbid(held)
    }

    fn take(&mut self, row: usize, column: usize) {
        self.place_of[row] = Some(column);
        self.rows_of[column].push(row);
    }

    /// Finds the cheapest way to give one more row its place, and changes places along it.
    fn augment(&mut self, start: usize) {
        self.distance.fill(i32::MAX);
        self.open.fill(i32::MAX);
        self.settled.clear();
        let mut alone = (-self.duals[start], start);
        self.relax(start, 0);
        let (end, length) = loop {
            let (column, reached) = minimum(&self.open);
            if alone.0 < reached {
                break (End::Alone(alone.1), alone.0);
            }
            if self.rows_of[column].len() < self.room[column] {
                break (End::Column(column), reached);
            }
            self.open[column] = i32::MAX;
            self.settled.push((column, reached));
            for at in 0..self.rows_of[column].len() {
                let row = self.rows_of[column][at];
                alone = alone.min((reached - self.duals[row], row));
                self.relax(row, reached);
            }
        };
        self.duals[start] += length;
        for (column, reached) in &self.settled {
            let slack = length - reached;
            self.potentials[*column] -= slack;
            for row in &self.rows_of[*column] {
                self.duals[*row] += slack;
            }
        }
        self.change(start, end);
    }

    /// Looks from a row at the end of a way of length `reached` at all columns.
    fn relax(&mut self, row: usize, reached: i32) {
        let base = reached - self.duals[row];
        let number = u32::try_from(row).unwrap_or(u32::MAX);
        let costs = &self.costs[row * self.columns..][..self.columns];
        let potentials = &self.potentials[..self.columns];
        let (distance, open) = (&mut self.distance[..self.columns], &mut self.open[..self.columns]);
        let before = &mut self.before[..self.columns];
        for column in 0..self.columns {
            let length = base + costs[column] - potentials[column];
            let nearer = length < distance[column];
            distance[column] = if nearer { length } else { distance[column] };
            open[column] = if nearer { length } else { open[column] };
            before[column] = if nearer { number } else { before[column] };
        }
    }

    fn change(&mut self, start: usize, end: End) {
        let mut column = match end {
            End::Column(column) => Some(column),
            End::Alone(row) => self.leave(row),
        };
        while let Some(into) = column {
            let row = self.before[into] as usize;
            column = self.leave(row);
            self.take(row, into);
            if row == start {
                break;
            }
        }
    }

    /// Takes a row out of its column.
    fn leave(&mut self, row: usize) -> Option<usize> {
        let column = self.place_of[row].take()?;
        self.rows_of[column].retain(|held| *held != row);
        Some(column)
    }
}

/// The least of some numbers, and where it is first; (0, the largest number) of none.
fn minimum(numbers: &[i32]) -> (usize, i32) {
    let least = numbers.iter().copied().fold(i32::MAX, i32::min);
    (numbers.iter().position(|number| *number == least).unwrap_or(0), least)
}
