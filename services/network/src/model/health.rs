//! How well a pairing goes: a pure function of its overdue milestones and of its silence.

use exemplar_kernel::day;
use time::Date;

use super::milestone::Milestone;
use super::terms::PairingState;

/// Days overdue after which one milestone is enough for red.
pub(crate) const LONG_OVERDUE: i64 = 28;
/// Overdue milestones that are enough for red, however short.
pub(crate) const MANY_OVERDUE: usize = 3;
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

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
