//! The decision card: one look at a blueprint before it is read. Computed, never typed. Pure.

use std::collections::HashMap;

use exemplar_kernel::OrganisationId;

use super::adoption::{Adoption, AdoptionId, AdoptionState, Outcome};
use super::evidence::{Evidence, Record, Setting};
use super::{Blueprint, RevisionNumber};

/// Adopters that a card names at the most.
pub const MAX_ADOPTERS: usize = 20;
/// Outcomes of adopters that a card tells at the most.
pub const MAX_CARD_OUTCOMES: usize = 10;
/// Cards that one call brings at the most.
pub const MAX_CARDS: usize = 50;
/// Blueprints that are compared at the most, and at the least.
pub const COMPARED: std::ops::RangeInclusive<usize> = 2..=4;

/// An organisation as a card needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What people call it.
    pub display_name: String,
    /// Where it works.
    pub setting: Setting,
}

/// An adopter on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopter {
    /// The adoption.
    pub adoption: AdoptionId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// What people call it.
    pub display_name: String,
    /// The revision that it follows.
    pub revision: RevisionNumber,
    /// How far it has come.
    pub state: AdoptionState,
    /// Whether it may be asked.
    pub willing: bool,
}

/// How it went at an adopter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The adopter.
    pub organisation: OrganisationId,
    /// How it went.
    pub outcome: Outcome,
    /// Whether somebody measured it who is neither adopter nor author.
    pub independent: bool,
}

/// One look at a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What it says; its sections are not part of the card.
    pub blueprint: Blueprint,
    /// What people call the authors' organisation.
    pub author: String,
    /// How far it has proved itself.
    pub evidence: Evidence,
    /// Who has adopted it, live ones first; empty for those who have not signed in.
    pub adopters: Vec<Adopter>,
    /// How many adoptions there are, stopped ones included.
    pub adoptions: usize,
    /// How it went at adopters, newest first; empty for those who have not signed in.
    pub outcomes: Vec<Told>,
}

impl Card {
    /// The card of a blueprint with all its adoptions; `named` says whether adopters are told.
    pub fn of(
        blueprint: Blueprint,
        reviewed: bool,
        adoptions: &[Adoption],
        organisations: &HashMap<OrganisationId, Known>,
        named: bool,
    ) -> Self {
        let author = blueprint.header.organisation.clone();
        let known = |id: &OrganisationId| organisations.get(id).cloned().unwrap_or_default();
        let records: Vec<_> = adoptions
            .iter()
            .map(|adoption| Record {
                organisation: adoption.organisation.clone(),
                state: adoption.state,
                setting: known(&adoption.organisation).setting,
                measured: adoption.outcomes.iter().any(|outcome| adoption.is_independent(outcome, &author)),
            })
            .collect();
        let evidence = Evidence::of(&author, reviewed, &records);
        let (adopters, outcomes) =
            if named { (adopters(adoptions, known), outcomes(adoptions, &author)) } else { (Vec::new(), Vec::new()) };
        let author = known(&author).display_name;
        Self { blueprint, author, evidence, adopters, adoptions: adoptions.len(), outcomes }
    }
}

fn adopters(adoptions: &[Adoption], known: impl Fn(&OrganisationId) -> Known) -> Vec<Adopter> {
    let mut sorted: Vec<_> = adoptions.iter().collect();
    // Live ones first, then those that come nearest to it; what was stopped is worth knowing and comes last.
    let place = |state: AdoptionState| match state {
        AdoptionState::Live => 0,
        AdoptionState::InProgress => 1,
        AdoptionState::Planned => 2,
        AdoptionState::Considering => 3,
        AdoptionState::Stopped => 4,
    };
    sorted.sort_by_key(|adoption| (place(adoption.state), std::cmp::Reverse(adoption.id)));
    let adopter = |adoption: &Adoption| Adopter {
        adoption: adoption.id,
        organisation: adoption.organisation.clone(),
        display_name: known(&adoption.organisation).display_name,
        revision: adoption.revision,
        state: adoption.state,
        willing: adoption.willing,
    };
    sorted.into_iter().take(MAX_ADOPTERS).map(adopter).collect()
}

fn outcomes(adoptions: &[Adoption], author: &OrganisationId) -> Vec<Told> {
    let of = |adoption: &Adoption| {
        let told = |outcome: &Outcome| Told {
            organisation: adoption.organisation.clone(),
            outcome: outcome.clone(),
            independent: adoption.is_independent(outcome, author),
        };
        adoption.outcomes.iter().map(told).collect::<Vec<_>>()
    };
    let mut outcomes: Vec<Told> = adoptions.iter().flat_map(of).collect();
    outcomes.sort_by_key(|told| std::cmp::Reverse(told.outcome.date));
    outcomes.truncate(MAX_CARD_OUTCOMES);
    outcomes
}
