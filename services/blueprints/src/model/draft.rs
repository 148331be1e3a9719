//! How a draft changes: part by part, so that two people who write different parts never meet.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Benefit, Contact, Content, Cost, Epr, Kind, Level, SectionKind};

/// What is to be changed of a draft; an empty section is removed.
#[derive(Clone, Debug, Default)]
pub struct ContentUpdate {
    /// See [`Content::title`].
    pub title: Option<String>,
    /// See [`Content::summary`].
    pub summary: Option<String>,
    /// See [`Content::level`].
    pub level: Option<Option<Level>>,
    /// See [`Content::kind`].
    pub kind: Option<Option<Kind>>,
    /// See [`Content::care_settings`].
    pub care_settings: Option<Vec<String>>,
    /// See [`Content::project_types`].
    pub project_types: Option<Vec<String>>,
    /// See [`Content::user_groups`].
    pub user_groups: Option<Vec<String>>,
    /// See [`Content::pillars`].
    pub pillars: Option<Vec<String>>,
    /// See [`Content::eprs`].
    pub eprs: Option<Vec<Epr>>,
    /// See [`Content::size_band`].
    pub size_band: Option<String>,
    /// See [`Content::region`].
    pub region: Option<String>,
    /// See [`Content::funders`].
    pub funders: Option<Vec<String>>,
    /// See [`Content::questions`].
    pub questions: Option<Vec<String>>,
    /// See [`Content::cost`].
    pub cost: Option<Option<Cost>>,
    /// See [`Content::months_to_deliver`].
    pub months_to_deliver: Option<Option<u16>>,
    /// See [`Content::benefits`].
    pub benefits: Option<Vec<Benefit>>,
    /// See [`Content::contacts`].
    pub contacts: Option<Vec<Contact>>,
    /// Sections to put or, empty, to remove.
    pub sections: BTreeMap<SectionKind, String>,
}

/// A part of a draft that is written, guarded and compared by itself: a field, or one section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A field of [`Content`], by its name.
    Field(&'static str),
    /// One section.
    Section(SectionKind),
}

/// The version of the draft at which each part last changed; a part that is not there never did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Touched(BTreeMap<String, i64>);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "content.{name}"),
            Self::Section(kind) => write!(f, "content.sections.{}", kind.name().to_lowercase()),
        }
    }
}

impl Touched {
    /// Those of `parts` that changed after `version`: what somebody else wrote since the caller read.
    pub fn since(&self, version: i64, parts: &[Part]) -> Vec<Part> {
        let newer = |part: &&Part| self.0.get(&part.to_string()).is_some_and(|at| *at > version);
        parts.iter().filter(newer).copied().collect()
    }

    /// Notes that `parts` changed at `version`.
    #[must_use]
    pub fn at(mut self, version: i64, parts: &[Part]) -> Self {
        self.0.extend(parts.iter().map(|part| (part.to_string(), version)));
        self
    }
}

/// Takes each field that the update names, and the name of it.
macro_rules! fields {
    ($($field:ident),+ $(,)?) => {
        impl ContentUpdate {
            /// The parts that it changes.
            pub fn parts(&self) -> Vec<Part> {
                let mut parts = Vec::new();
                $(if self.$field.is_some() {
                    parts.push(Part::Field(stringify!($field)));
                })+
                parts.extend(self.sections.keys().map(|kind| Part::Section(*kind)));
                parts
            }
        }

        impl Content {
            /// This content with some of it changed.
            #[must_use]
            pub fn updated(&self, update: ContentUpdate) -> Self {
                let mut sections = self.sections.clone();
                for (kind, body) in update.sections {
                    if body.is_empty() {
                        sections.remove(&kind);
                    } else {
                        sections.insert(kind, body);
                    }
                }
                Self { $($field: update.$field.unwrap_or_else(|| self.$field.clone()),)+ sections }
            }
        }
    };
}

fields! {
    title, summary, level, kind, care_settings, project_types, user_groups, pillars, eprs, size_band, region, funders,
    questions, cost, months_to_deliver, benefits, contacts,
}
