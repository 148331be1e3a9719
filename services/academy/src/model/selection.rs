//! Who is offered a place, who waits and who is refused, each by a rule that is said.
//!
//! As the Academy did it (research/domain.md, C5-C6): a ring-fenced place is kept; from a score on a place is offered at
//! once; the remaining places go where they spread best over regions, roles and kinds of organisation; the others wait
//! in order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::application::ApplicationId;

/// What is known of an application when places are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub application: ApplicationId,
    /// The score that stands; none while it is not settled.
    pub score: Option<i32>,
    /// Whether the sponsor has confirmed.
    pub sponsored: bool,
    /// Whether a place was ring-fenced from an earlier cohort.
    pub ring_fenced: bool,
    /// Whether the employer is an exemplar or a follower.
    pub in_network: bool,
    /// The employer's region; empty when it has none.
    pub region: String,
    /// The applicant's role.
    pub profession: String,
    /// The kind of organisation: its first care setting; empty when it has none.
    pub organisation_type: String,
    /// The order in which they applied.
    pub order: i64,
}

/// How places are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectionRules {
    /// Places that are free.
    pub places: i32,
    /// The score from which a place is offered at once.
    pub automatic_score: i32,
    /// Whether staff of exemplars and followers come first.
    pub network_first: bool,
}

/// What becomes of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A place is offered.
    Offer,
    /// It waits, at this place of the reserve list from 1.
    Reserve(i32),
    /// It cannot be decided yet.
    Undecided,
}

/// What becomes of an application, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Which.
    pub application: ApplicationId,
    /// What becomes of it.
    pub outcome: Outcome,
    /// By which rule, in words.
    pub rule: String,
}

/// Gives the free places. `given` are those who have one already; with them the spread is counted. The order of
/// `candidates` does not matter.
pub fn select(rules: SelectionRules, given: &[Candidate], candidates: &[Candidate]) -> Vec<Decision> {
    let mut decisions = Vec::with_capacity(candidates.len());
    let mut waiting: Vec<&Candidate> = Vec::new();
    for candidate in candidates {
        match (candidate.sponsored, candidate.score) {
            (false, _) => decisions.push(undecided(candidate, "waits for the sponsor's statement")),
            (true, None) => decisions.push(undecided(candidate, "waits for two scores that agree, or a moderator")),
            (true, Some(_)) => waiting.push(candidate),
        }
    }
    waiting.sort_by_key(|candidate| rank(rules, candidate));
    let mut spread = Spread::default();
    for candidate in given {
        spread.add(candidate);
    }
    let mut places = rules.places.max(0);
    let mut offer = |candidate: &Candidate, spread: &mut Spread, rule: String| {
        spread.add(candidate);
        decisions.push(Decision { application: candidate.application, outcome: Outcome::Offer, rule });
    };
    // At once: ring-fenced places first, then by score.
    for at_once in [false, true] {
        let mut rest = Vec::new();
        for candidate in waiting {
            let score = candidate.score.unwrap_or(0);
            let due = if at_once { score >= rules.automatic_score } else { candidate.ring_fenced };
            if !due || places == 0 {
                rest.push(candidate);
                continue;
            }
            places -= 1;
            let rule = if at_once {
                format!(
                    "scored {score}: {} or more are offered a place at once{}",
                    rules.automatic_score,
                    first(rules, candidate)
                )
            } else {
                "has a place ring-fenced from an earlier cohort".to_owned()
            };
            offer(candidate, &mut spread, rule);
        }
        waiting = rest;
    }
    while places > 0 && !waiting.is_empty() {
        let best = spread.best(rules, &waiting);
        let candidate = waiting.remove(best);
        let rule = format!("{}{}", spread.words(candidate), first(rules, candidate));
        places -= 1;
        offer(candidate, &mut spread, rule);
    }
    for (place, candidate) in (1..).zip(waiting) {
        let score = candidate.score.unwrap_or(0);
        let rule = format!("all places are given; place {place} of the reserve list with a score of {score}");
        decisions.push(Decision { application: candidate.application, outcome: Outcome::Reserve(place), rule });
    }
    decisions.sort_by_key(|decision| decision.application);
    decisions
}

/// The order of a list: those with priority, then by score, then who applied first.
fn rank(rules: SelectionRules, candidate: &Candidate) -> (bool, i32, i64, ApplicationId) {
    let behind = rules.network_first && !candidate.in_network;
    (behind, -candidate.score.unwrap_or(0), candidate.order, candidate.application)
}

fn first(rules: SelectionRules, candidate: &Candidate) -> &'static str {
    if rules.network_first && candidate.in_network { "; staff of exemplars and followers come first" } else { "" }
}

fn undecided(candidate: &Candidate, rule: &str) -> Decision {
    Decision { application: candidate.application, outcome: Outcome::Undecided, rule: rule.to_owned() }
}

/// How many places each region, role and kind of organisation has.
#[derive(Default)]
struct Spread {
    regions: HashMap<String, i32>,
    professions: HashMap<String, i32>,
    types: HashMap<String, i32>,
}

impl Spread {
    fn add(&mut self, candidate: &Candidate) {
        *self.regions.entry(candidate.region.to_lowercase()).or_default() += 1;
        *self.professions.entry(candidate.profession.to_lowercase()).or_default() += 1;
        *self.types.entry(candidate.organisation_type.to_lowercase()).or_default() += 1;
    }

    fn counts(&self, candidate: &Candidate) -> (i32, i32, i32) {
        let of = |map: &HashMap<String, i32>, key: &str| map.get(&key.to_lowercase()).copied().unwrap_or(0);
        (
            of(&self.regions, &candidate.region),
            of(&self.professions, &candidate.profession),
            of(&self.types, &candidate.organisation_type),
        )
    }

    /// The place in `waiting` of the one whose region, then role, then kind of organisation has fewest places; among
    /// those alike, the first in the order of the list.
    fn best(&self, rules: SelectionRules, waiting: &[&Candidate]) -> usize {
        let key = |at: usize| {
            let candidate = waiting[at];
            (rules.network_first && !candidate.in_network, self.counts(candidate), rank(rules, candidate))
        };
        (0..waiting.len()).min_by_key(|at| key(*at)).unwrap_or(0)
    }

    fn words(&self, candidate: &Candidate) -> String {
        let (region, profession, kind) = self.counts(candidate);
        let name = |text: &str| if text.is_empty() { "not known".to_owned() } else { text.to_owned() };
        format!(
            "remaining places go where fewest are: region {} has {region}, role {} has {profession}, kind of \
             organisation {} has {kind}; score {}",
            name(&candidate.region),
            name(&candidate.profession),
            name(&candidate.organisation_type),
            candidate.score.unwrap_or(0)
        )
    }
}
