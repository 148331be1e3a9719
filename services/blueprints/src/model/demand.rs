//! What people look for: searches with the same words are one topic, and nobody can be told from what they sought. Pure.

use std::time::Duration;

use exemplar_directory::TermId;
use exemplar_kernel::{OrganisationId, PersonId, Timestamp, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BlueprintId;
use super::usage::SMALLEST;

/// The length of what is counted and asked for, in characters; longer searches are texts, not topics.
pub(crate) const WORDS: std::ops::RangeInclusive<usize> = 2..=100;
/// A search that goes on with the words of the one before within this time is the same one, still being typed.
const TYPING: Duration = Duration::from_secs(30);
/// What is opened within this time after it was found was opened because of that.
pub(crate) const OPENED: Duration = Duration::from_mins(10);

exemplar_kernel::id!(
    /// What searches with the same words are about.
    TopicId,
    "wantedTopics"
);
exemplar_kernel::named!(
    /// How a wanted topic stands.
    TopicState {
        /// Nobody writes about it yet.
        Open = "OPEN",
        /// An organisation writes about it.
        Claimed = "CLAIMED",
        /// A blueprint answers it.
        Answered = "ANSWERED",
    }
);

/// What was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sought {
    /// What it is about.
    pub(crate) topic: TopicId,
    /// The words as typed, in small letters, with one space between.
    pub(crate) words: String,
    /// The stems of the words, each once, in order.
    pub(crate) stems: Vec<String>,
}

/// A search as its person may go on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// What for.
    pub(crate) sought: Sought,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether nothing has all the words.
    pub(crate) missed: bool,
    /// What was shown.
    pub(crate) hits: Vec<BlueprintId>,
    /// Whether any of that was opened.
    pub(crate) opened: bool,
}

/// Guidance that people want and do not find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedTopic {
    /// Which.
    pub id: TopicId,
    /// In the words of somebody who looked for it.
    pub words: String,
    /// Its stems, each between spaces.
    pub(crate) stems: String,
    /// Different people who found nothing; 0 or at least five.
    pub seekers: u32,
    /// People who asked for it.
    pub(crate) asks: u32,
    /// Organisations that stopped for want of it; 0 or at least five.
    pub stops: u32,
    /// What those had adopted.
    pub(crate) stopped: Option<BlueprintId>,
    /// Who writes about it.
    pub claimed_by: Option<OrganisationId>,
    /// Since when.
    pub claimed: Option<Timestamp>,
    /// What answers it.
    pub blueprint: Option<BlueprintId>,
    /// When it first was wanted.
    pub(crate) created: Timestamp,
    /// 1 at first, one more with every claim and answer.
    pub(crate) version: i64,
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A wanted topic.
    Topic(TopicId),
    /// A term that blueprints are found by.
    Term(TermId),
}

/// Searches that have their words in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoughtWords {
    /// The words of one of them.
    pub words: String,
    /// Different people.
    pub seekers: u64,
    /// Searches.
    pub searches: u64,
    /// Those that found nothing with all the words.
    pub misses: u64,
    /// Those after which something found was opened.
    pub opens: u64,
}

impl Sought {
    /// What a text looks for; none when it has no word that says something, or is no topic by its length.
    pub(crate) fn new(text: &str, mut stems: Vec<String>) -> Option<Self> {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        stems.sort();
        stems.dedup();
        let whole = WORDS.contains(&words.chars().count()) && !stems.is_empty();
        whole.then(|| Self { topic: TopicId::new(hashed(&[b"topic", stems.join(" ").as_bytes()])), words, stems })
    }

    /// The stems, each between spaces, for looking one up.
    pub(crate) fn spaced(&self) -> String {
        format!(" {} ", self.stems.join(" "))
    }

    /// A name for a person who looked for it that is another for each other topic, so that rows do not say what one
    /// person looks for.
    pub(crate) fn seeker(&self, person: PersonId) -> Uuid {
        hashed(&[b"seeker", self.topic.uuid().as_bytes(), person.uuid().as_bytes()])
    }
}

impl Look {
    /// Whether this is the search before, with more of its words or fewer.
    pub(crate) fn goes_on(&self, before: &Self) -> bool {
        let (this, other) = (&self.sought.words, &before.sought.words);
        self.at.since(before.at) <= TYPING && (this.starts_with(other) || other.starts_with(this))
    }
}

impl WantedTopic {
    /// How it stands for somebody who may read what answers it, or not.
    pub fn state(&self) -> TopicState {
        match (&self.claimed_by, self.blueprint) {
            (None, _) => TopicState::Open,
            (Some(_), None) => TopicState::Claimed,
            (Some(_), Some(_)) => TopicState::Answered,
        }
    }

    /// People who asked for it, if they are enough to be told.
    pub fn asks(&self) -> u32 {
        told(self.asks.into())
    }
}

/// A count that is told; 0 for one that would say who they are.
pub(crate) fn told(count: u64) -> u32 {
    if count < SMALLEST { 0 } else { u32::try_from(count).unwrap_or(u32::MAX) }
}

fn hashed(parts: &[&[u8]]) -> Uuid {
    let hash = digest::of(parts.iter().copied());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes)
}
