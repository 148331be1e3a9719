//! The decision card: one look at a blueprint. Used on hits, on the blueprint's page and in comparisons.

use exemplar_proto::blueprints::v1 as pb;

use crate::words;

/// The rungs of evidence in order, in words.
pub(crate) const RUNGS: [&str; 5] =
    ["Claimed", "Peer reviewed", "Live at one other", "Live at several", "Independently measured"];

/// A card in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Card {
    /// The blueprint's address.
    pub(crate) address: String,
    /// Its title.
    pub(crate) title: String,
    /// Who wrote it.
    pub(crate) organisation: String,
    /// The code of who wrote it.
    pub(crate) code: String,
    /// Whether it went well.
    pub(crate) attempt: bool,
    /// The rung, from 1; 0 when unknown.
    pub(crate) rung: usize,
    /// What the rung rests on.
    pub(crate) reason: String,
    /// Questions that it answers.
    pub(crate) questions: Vec<String>,
    /// What it cost.
    pub(crate) cost: String,
    /// How long it took.
    pub(crate) months: String,
    /// What it gave.
    pub(crate) benefits: Vec<String>,
    /// The record system that it was done with.
    pub(crate) eprs: String,
    /// Where it was done.
    pub(crate) settings: String,
    /// What kind of project it was.
    pub(crate) projects: String,
    /// Who uses it.
    pub(crate) users: String,
    /// How big the organisation was.
    pub(crate) size: String,
    /// How many adoptions there are.
    pub(crate) adoptions: String,
    /// Who adopted it.
    pub(crate) adopters: Vec<Adopter>,
    /// How it went elsewhere.
    pub(crate) outcomes: Vec<String>,
}

/// An adopter in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adopter {
    /// Its name.
    pub(crate) name: String,
    /// Its code.
    pub(crate) code: String,
    /// How far it has come.
    pub(crate) state: String,
    /// The revision that it follows.
    pub(crate) revision: i32,
    /// Whether it may be asked.
    pub(crate) willing: bool,
}

impl Card {
    /// The name of the rung.
    pub(crate) fn rung_name(&self) -> &'static str {
        self.rung.checked_sub(1).and_then(|place| RUNGS.get(place)).copied().unwrap_or_default()
    }

    /// The rungs with whether they are reached and whether it stands there.
    pub(crate) fn ladder(&self) -> Vec<(&'static str, bool, bool)> {
        RUNGS.into_iter().enumerate().map(|(i, name)| (name, i < self.rung, i + 1 == self.rung)).collect()
    }
}

impl From<pb::DecisionCard> for Card {
    fn from(card: pb::DecisionCard) -> Self {
        let evidence = card.evidence.unwrap_or_default();
        let adopter = |adopter: pb::Adopter| Adopter {
            name: adopter.organisation_display_name,
            code: words::last(&adopter.organisation).to_owned(),
            state: words::word::<pb::AdoptionState>(adopter.state),
            revision: adopter.revision,
            willing: adopter.willing,
        };
        let outcome = |told: pb::AdopterOutcome| {
            let Some(outcome) = told.outcome else { return String::new() };
            let whom = words::last(&told.organisation);
            let by = if outcome.independent { ", measured independently" } else { "" };
            format!("{whom}: {} {}{by}", outcome.measure, values(&outcome.baseline, &outcome.result))
        };
        Self {
            address: format!("/{}", card.blueprint),
            title: card.title,
            organisation: card.organisation_display_name,
            code: words::last(&card.organisation).to_owned(),
            attempt: card.kind == i32::from(pb::BlueprintKind::Attempt),
            rung: usize::try_from(evidence.rung).unwrap_or_default(),
            reason: evidence.reason,
            questions: card.questions,
            cost: words::cost(card.cost.as_ref()),
            months: months(card.months_to_deliver),
            benefits: card.benefits.iter().map(benefit).collect(),
            eprs: card.eprs.iter().map(words::epr).collect::<Vec<_>>().join("; "),
            settings: card.care_settings.join("; "),
            projects: card.project_types.join("; "),
            users: card.user_groups.join("; "),
            size: card.size_band,
            adoptions: match card.adoption_count {
                0 => "Nobody yet".to_owned(),
                number => words::count(number, "adoption", "adoptions"),
            },
            adopters: card.adopters.into_iter().map(adopter).collect(),
            outcomes: card.outcomes.into_iter().map(outcome).collect(),
        }
    }
}

fn months(months: i32) -> String {
    if months > 0 { words::count(months, "month", "months") } else { String::new() }
}

fn benefit(benefit: &pb::Benefit) -> String {
    let unit = if benefit.unit.is_empty() { String::new() } else { format!(" ({})", benefit.unit) };
    let by = if benefit.independent { ", measured independently" } else { "" };
    format!("{}{unit} {}{by}", benefit.measure, values(&benefit.baseline, &benefit.result))
}

fn values(baseline: &str, result: &str) -> String {
    match (baseline, result) {
        ("", "") => String::new(),
        ("", result) => format!("{result} after"),
        (baseline, "") => format!("{baseline} before"),
        (baseline, result) => format!("from {baseline} to {result}"),
    }
}
