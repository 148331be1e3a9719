//! What a draft or a revision says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Benefit, Contact, Cost, Epr};

exemplar_kernel::named!(
    /// How much of the story it tells.
    Level {
        /// The whole project.
        Full = "FULL",
        /// The main insights.
        OnAPage = "ON_A_PAGE",
    }
);
exemplar_kernel::named!(
    /// Whether it went well.
    Kind {
        /// It worked.
        Success = "SUCCESS",
        /// It was tried, and this is what happened.
        Attempt = "ATTEMPT",
    }
);
exemplar_kernel::named!(
    /// The kinds of section, in reading order.
    SectionKind {
        /// Which questions it answers.
        QuestionsAnswered = "QUESTIONS_ANSWERED",
        /// Where it was done.
        Context = "CONTEXT",
        /// What was wrong before.
        Problem = "PROBLEM",
        /// What was done.
        Approach = "APPROACH",
        /// Who did it.
        Team = "TEAM",
        /// What it cost.
        Cost = "COST",
        /// What it gave.
        Benefits = "BENEFITS",
        /// What went wrong.
        WhatWentWrong = "WHAT_WENT_WRONG",
        /// What others should think of first.
        AdoptionConsiderations = "ADOPTION_CONSIDERATIONS",
        /// Clinical safety and information governance.
        SafetyAndGovernance = "SAFETY_AND_GOVERNANCE",
        /// Whom to ask.
        Contacts = "CONTACTS",
    }
);

/// What a draft or a revision says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// What, where and when.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// How much of the story it tells.
    pub level: Option<Level>,
    /// Whether it went well.
    pub kind: Option<Kind>,
    /// Slugs of the care setting vocabulary, sorted.
    pub care_settings: Vec<String>,
    /// Slugs of the project type vocabulary, sorted.
    pub project_types: Vec<String>,
    /// Who uses what was made: slugs of the user group vocabulary, sorted.
    pub user_groups: Vec<String>,
    /// Slugs of the pillar vocabulary, sorted.
    pub pillars: Vec<String>,
    /// The electronic patient records it was done with, in the author's order.
    pub eprs: Vec<Epr>,
    /// How big the organisation was: a slug of the size band vocabulary, or empty.
    pub size_band: String,
    /// A slug of the region vocabulary, or empty.
    pub region: String,
    /// Who paid: slugs of the funder vocabulary, sorted.
    pub funders: Vec<String>,
    /// The questions that it answers, in the author's order.
    pub questions: Vec<String>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// Months from the decision to routine use.
    pub months_to_deliver: Option<u16>,
    /// What it gave, in the author's order.
    pub benefits: Vec<Benefit>,
    /// Whom to ask, in the author's order.
    pub contacts: Vec<Contact>,
    /// The sections that are there.
    pub sections: BTreeMap<SectionKind, String>,
}
