//! The ledger: what one organisation gave another, counted from the journal.

use exemplar_kernel::OrganisationId;
use exemplar_kernel::journal::{Detail, Entry};
use serde_json::Value;

exemplar_kernel::named!(
    /// What can be given.
    Gift {
        /// A question was answered.
        Question = "QUESTION",
        /// A visit was received.
        Visit = "VISIT",
        /// A blueprint was adopted by the other.
        Blueprint = "BLUEPRINT",
        /// An adaptation of a blueprint was recorded by the other.
        Adaptation = "ADAPTATION",
    }
);

/// Something that one organisation gave another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// Who gave.
    pub(crate) giver: OrganisationId,
    /// Who received.
    pub(crate) receiver: OrganisationId,
    /// What.
    pub(crate) gift: Gift,
    /// How many.
    pub(crate) count: i64,
}

/// What one organisation gave another, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Questions answered.
    pub questions: i64,
    /// Visits received.
    pub visits: i64,
    /// Blueprints that the other adopted.
    pub blueprints: i64,
    /// Adaptations that the other recorded.
    pub adaptations: i64,
}

/// How an entry of another context tells of a gift: the verb, where in what it left behind the two organisations are, and
/// how often it was given.
struct Rule {
    verb: &'static str,
    gift: Gift,
    giver: &'static str,
    receiver: &'static str,
    counts: Counts,
}

/// How often something was given.
enum Counts {
    /// Once.
    Once,
    /// Once, when this word is there.
    When(&'static str, &'static str),
    /// As often as there are more of these than before.
    More(fn(&Value) -> i64),
}

/// The entries that tell of gifts. Both contexts name the organisations in what they leave behind for this purpose.
const RULES: &[Rule] = &[
    Rule {
        verb: "blueprints.adoption.adopt",
        gift: Gift::Blueprint,
        giver: "/author",
        receiver: "/adopter",
        counts: Counts::Once,
    },
    Rule {
        verb: "blueprints.adoption.decide",
        gift: Gift::Adaptation,
        giver: "/author",
        receiver: "/adopter",
        counts: Counts::More(adapted),
    },
    Rule {
        verb: "blueprints.introduction.answer",
        gift: Gift::Question,
        giver: "/asked",
        receiver: "/asker",
        counts: Counts::Once,
    },
    Rule {
        verb: "blueprints.introduction.complete",
        gift: Gift::Question,
        giver: "/asked",
        receiver: "/asker",
        counts: Counts::When("/kind", "CALL"),
    },
    Rule {
        verb: "blueprints.introduction.complete",
        gift: Gift::Visit,
        giver: "/asked",
        receiver: "/asker",
        counts: Counts::When("/kind", "VISIT"),
    },
];

/// How many sections of a blueprint an adoption has adapted.
fn adapted(adoption: &Value) -> i64 {
    let decisions = adoption.pointer("/adoption/decisions").and_then(Value::as_object);
    let is_adapted = |decided: &&Value| decided.pointer("/decision").and_then(Value::as_str) == Some("ADAPTED");
    let count = decisions.map_or(0, |decisions| decisions.values().filter(is_adapted).count());
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Whether entries of this verb may tell of a gift.
pub(crate) fn concerns(verb: &str) -> bool {
    RULES.iter().any(|rule| rule.verb == verb)
}

/// What an entry tells that was given. An entry that does not name two organisations tells of nothing.
pub(crate) fn given(entry: &Entry, detail: Option<&Detail>) -> Vec<Given> {
    let Some(after) = detail.and_then(|detail| detail.after.as_ref()) else { return Vec::new() };
    let before = detail.and_then(|detail| detail.before.as_ref());
    let named = |pointer: &str| after.pointer(pointer).and_then(Value::as_str).and_then(organisation);
    let of = |rule: &Rule| {
        let (giver, receiver) = (named(rule.giver)?, named(rule.receiver)?);
        let count = match rule.counts {
            Counts::Once => 1,
            Counts::When(pointer, word) => i64::from(after.pointer(pointer).and_then(Value::as_str) == Some(word)),
            Counts::More(count) => count(after) - before.map_or(0, count),
        };
        (giver != receiver && count > 0).then_some(Given { giver, receiver, gift: rule.gift, count })
    };
    RULES.iter().filter(|rule| rule.verb == entry.verb).filter_map(of).collect()
}

fn organisation(text: &str) -> Option<OrganisationId> {
    OrganisationId::parse(text).or_else(|_| OrganisationId::from_code(text)).ok()
}

impl Exchange {
    /// Both together.
    #[must_use]
    pub(crate) fn and(self, more: &Self) -> Self {
        Self {
            questions: self.questions + more.questions,
            visits: self.visits + more.visits,
            blueprints: self.blueprints + more.blueprints,
            adaptations: self.adaptations + more.adaptations,
        }
    }

    /// This with `count` more of a gift.
    #[must_use]
    pub(crate) fn with(mut self, gift: Gift, count: i64) -> Self {
        let slot = match gift {
            Gift::Question => &mut self.questions,
            Gift::Visit => &mut self.visits,
            Gift::Blueprint => &mut self.blueprints,
            Gift::Adaptation => &mut self.adaptations,
        };
        *slot += count;
        self
    }
}
