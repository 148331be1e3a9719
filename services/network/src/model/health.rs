//! How well a pairing goes: a pure function of its overdue milestones and of its silence.

use exemplar_kernel::{OrganisationId, Timestamp, day};
use time::Date;

use super::milestone::Milestone;
use super::pairing::{Pairing, PairingId};
use super::terms::PairingState;

/// Days overdue after which one milestone is enough for red.
pub(crate) const LONG_OVERDUE: i64 = 28;
/// Overdue milestones that are enough for red, however short.
pub(crate) const MANY_OVERDUE: usize = 3;
/// Days without a word after which a side is reminded, well before it is amber.
const REMIND: i64 = 30;
/// Days without a word after which it is amber.
pub(crate) const SILENT: i64 = 60;
/// Days without a word after which it is red.
pub(crate) const LONG_SILENT: i64 = 120;

exemplar_kernel::named!(
    /// How well a pairing goes.
    Health {
        /// Nothing is overdue and there is word of it.
        Green = "GREEN",
        /// Something is overdue, or it is silent.
        Amber = "AMBER",
        /// Something is long overdue, or many things are, or it is long silent.
        Red = "RED",
    }
);

/// The health of a pairing, and why it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    /// How well it goes.
    pub health: Health,
    /// Why, in words; empty when all is well.
    pub reasons: Vec<String>,
}

/// The health of a pairing on `today`: only one that is active has any. `heard` is the day of the last word: a check-in,
/// a milestone that was closed, or the beginning of the work.
pub(crate) fn health(state: PairingState, milestones: &[Milestone], heard: Date, today: Date) -> Option<HealthReport> {
    if state != PairingState::Active {
        return None;
    }
    let mut reasons = Vec::new();
    let mut worst = Health::Green;
    let overdue: Vec<_> =
        milestones.iter().filter_map(|milestone| Some((milestone, milestone.overdue(today)?))).collect();
    for (milestone, days) in &overdue {
        let due = day::in_words(milestone.due);
        reasons.push(format!(
            "milestone {} \u{201c}{}\u{201d} was due on {due}, {} ago",
            milestone.number,
            milestone.title,
            in_days(*days)
        ));
        worst = worst.max(if *days > LONG_OVERDUE { Health::Red } else { Health::Amber });
    }
    if overdue.len() >= MANY_OVERDUE {
        worst = Health::Red;
    }
    let silence = (today - heard).whole_days();
    if silence > SILENT {
        reasons.push(format!("there was no word for {}, since {}", in_days(silence), day::in_words(heard)));
        worst = worst.max(if silence > LONG_SILENT { Health::Red } else { Health::Amber });
    }
    Some(HealthReport { health: worst, reasons })
}

/// An instant that is known of a side of a pairing: of its last word, or of the reminder after it.
pub(crate) type At = (PairingId, OrganisationId, Timestamp);

/// The sides of an active pairing that have said nothing for long, and were not reminded since their last word.
pub(crate) fn silent_sides(pairing: &Pairing, words: &[At], reminders: &[At], now: Timestamp) -> Vec<OrganisationId> {
    let Some(started) = pairing.started.filter(|_| pairing.state == PairingState::Active) else { return Vec::new() };
    let of = |known: &[At], side: &OrganisationId| {
        known.iter().find(|(id, by, _)| *id == pairing.id && by == side).map(|(_, _, at)| *at)
    };
    let is_silent = |side: &&OrganisationId| {
        let word = of(words, side).unwrap_or(started).max(started);
        let days = (now.date() - word.date()).whole_days();
        days > REMIND && of(reminders, side).is_none_or(|reminded| reminded <= word)
    };
    [&pairing.terms.exemplar, &pairing.terms.partner].into_iter().filter(is_silent).cloned().collect()
}

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
