//! Solvers of a matching round, and what proves their results: pure functions over numbered followers and exemplars.
//!
//! [`stable::solve`] gives nobody a reason to leave, [`total::solve`] the most fit in all; [`verify`] holds the checks
//! that a stranger repeats in time linear in the size of the lists.

pub mod stable;
pub mod total;
pub mod verify;

#[cfg(test)]
mod tests;

/// Where each follower lands: an exemplar's number, or nowhere.
pub type Matching = Vec<Option<usize>>;

/// Who would take whom, in strict order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// Each follower's exemplars, best first; whoever is not listed is not acceptable.
    pub followers: Vec<Vec<usize>>,
    /// Each exemplar's followers, best first; whoever is not listed is not acceptable.
    pub exemplars: Vec<Vec<usize>>,
    /// How many followers each exemplar takes.
    pub places: Vec<usize>,
    /// Pairs of followers that land together or not at all; nobody is in two pairs.
    pub together: Vec<[usize; 2]>,
}

/// Draws that follow from a seed (`SplitMix64`, Steele et al. 2014), so that anybody can repeat them.
#[derive(Clone, Copy, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The draws of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`, which is not 0. (Its bias is below `end` in 2^64.)
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() % (end as u64)).unwrap_or(0)
    }

    /// Puts `items` into an order of chance (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}
