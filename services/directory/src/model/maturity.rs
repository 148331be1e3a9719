//! Assessments of digital maturity: what the frameworks measure, and what follows from their scores.
//!
//! Scores are whole numbers of hundredths of the framework's scale. Frameworks and answers: "Digital Maturity Assessment
//! 2015/16" (data.england.nhs.uk) with its published maps from answers to scores, the assessment since 2023 by the seven
//! dimensions of What Good Looks Like, and HIMSS' EMRAM.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use exemplar_kernel::{OrganisationId, Timestamp, Violations};
use serde::{Deserialize, Serialize};
use time::Date;

use super::vocabulary::key;

exemplar_kernel::id!(
    /// One assessment of an organisation.
    MaturityId,
    "maturity"
);

exemplar_kernel::named!(
    /// A framework of digital maturity.
    Framework {
        /// The Digital Maturity Assessment of 2015/16.
        Dma2016 = "DMA_2016",
        /// The Digital Maturity Assessment since 2023.
        Dma2023 = "DMA_2023",
        /// The Electronic Medical Record Adoption Model.
        Emram = "EMRAM",
    }
);

exemplar_kernel::named!(
    /// Who made an assessment.
    Made {
        /// The organisation.
        BySelf = "SELF",
        /// The organisation, and others looked it through.
        PeerReviewed = "PEER_REVIEWED",
        /// Whoever gives the accreditation.
        Accredited = "ACCREDITED",
    }
);

/// The area that is the whole.
pub const OVERALL: &str = "overall";
/// Scores of one request at the most: every question of the largest assessment.
pub(crate) const MAX_SCORES: usize = 200;

/// An area that a framework scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    /// What it is part of; [`OVERALL`] for what is part of the whole.
    pub(crate) part_of: &'static str,
}

const fn area(id: &'static str, label: &'static str, part_of: &'static str) -> Area {
    Area { id, label, part_of }
}

/// The themes and sub-sections of 2015/16. The last four of capabilities are as remembered by people who filled it in.
const DMA_2016: [Area; 16] = [
    area("readiness", "Readiness", OVERALL),
    area("strategic-alignment", "Strategic alignment", "readiness"),
    area("leadership", "Leadership", "readiness"),
    area("resourcing", "Resourcing", "readiness"),
    area("governance", "Governance", "readiness"),
    area("information-governance", "Information governance", "readiness"),
    area("capabilities", "Capabilities", OVERALL),
    area("records", "Records, assessments and plans", "capabilities"),
    area("transfers", "Transfers of care", "capabilities"),
    area("orders", "Orders and results management", "capabilities"),
    area("medicines", "Medicines management", "capabilities"),
    area("decision-support", "Decision support", "capabilities"),
    area("remote-care", "Remote and assistive care", "capabilities"),
    area("resources", "Asset and resource optimisation", "capabilities"),
    area("standards", "Standards", "capabilities"),
    area("infrastructure", "Infrastructure", OVERALL),
];

/// The seven dimensions; the ids are the slugs of the pillars.
const DMA_2023: [Area; 7] = [
    area("well-led", "Well led", OVERALL),
    area("ensure-smart-foundations", "Ensure smart foundations", OVERALL),
    area("safe-practice", "Safe practice", OVERALL),
    area("support-people", "Support people", OVERALL),
    area("empower-citizens", "Empower citizens", OVERALL),
    area("improve-care", "Improve care", OVERALL),
    area("healthy-populations", "Healthy populations", OVERALL),
];

/// What the answers of 2015/16 count. The steps of the NHS number's uptake are published by their scores alone.
const ANSWERS_2016: [(&str, i32); 21] = [
    ("Disagree completely", 0),
    ("Mostly disagree", 25),
    ("Neither agree nor disagree", 50),
    ("Mostly agree", 75),
    ("Agree completely", 100),
    ("0%", 0),
    ("1-20%", 20),
    ("21-40%", 40),
    ("41-60%", 60),
    ("61-80%", 80),
    ("81-100%", 100),
    ("Unstructured", 0),
    ("Semi-structured", 50),
    ("Fully structured", 100),
    ("NHS number uptake step 1", 0),
    ("NHS number uptake step 2", 17),
    ("NHS number uptake step 3", 35),
    ("NHS number uptake step 4", 52),
    ("NHS number uptake step 5", 70),
    ("NHS number uptake step 6", 87),
    ("NHS number uptake step 7", 100),
];

impl Framework {
    /// Its scale, in hundredths.
    pub const fn scale(self) -> RangeInclusive<i32> {
        match self {
            Self::Dma2016 => 0..=10_000,
            Self::Dma2023 => 100..=500,
            Self::Emram => 0..=700,
        }
    }

    /// What it scores beside the whole.
    pub(crate) const fn areas(self) -> &'static [Area] {
        match self {
            Self::Dma2016 => &DMA_2016,
            Self::Dma2023 => &DMA_2023,
            Self::Emram => &[],
        }
    }

    /// The answers that it turns into scores (in whole points).
    pub(crate) const fn answers(self) -> &'static [(&'static str, i32)] {
        match self {
            Self::Dma2016 => &ANSWERS_2016,
            Self::Dma2023 | Self::Emram => &[],
        }
    }

    /// Where it is known from.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::Dma2016 => "https://data.england.nhs.uk/dataset/digital-maturity-assessment-2015-2016",
            Self::Dma2023 => {
                "https://www.england.nhs.uk/digitaltechnology/connecteddigitalsystems/digital-maturity-assessment/"
            }
            Self::Emram => "HIMSS Analytics, Electronic Medical Record Adoption Model",
        }
    }

    /// The score of an answer, in hundredths.
    pub(crate) fn answer(self, typed: &str) -> Option<i32> {
        let wanted = key(typed);
        self.answers().iter().find(|(answer, _)| key(answer) == wanted).map(|(_, points)| points * 100)
    }

    /// The scores with those of themes and of the whole that follow from their parts: the mean, where every part is
    /// known; of a theme's sub-sections, where any is.
    pub(crate) fn completed(self, mut scores: BTreeMap<String, i32>) -> BTreeMap<String, i32> {
        let parts = |whole: &str| self.areas().iter().filter(move |area| area.part_of == whole).collect::<Vec<_>>();
        for theme in parts(OVERALL) {
            let known: Vec<i32> = parts(theme.id).iter().filter_map(|area| scores.get(area.id).copied()).collect();
            if let (false, Some(mean)) = (scores.contains_key(theme.id), mean(&known)) {
                scores.insert(theme.id.to_owned(), mean);
            }
        }
        let themes = parts(OVERALL);
        let known: Vec<i32> = themes.iter().filter_map(|area| scores.get(area.id).copied()).collect();
        if let (false, true, Some(mean)) = (scores.contains_key(OVERALL), known.len() == themes.len(), mean(&known)) {
            scores.insert(OVERALL.to_owned(), mean);
        }
        scores
    }
}

/// An assessment to be recorded.
#[derive(Clone, Debug)]
pub struct NewMaturity {
    /// Whose.
    pub organisation: OrganisationId,
    /// By which framework.
    pub framework: Framework,
    /// The framework's version, when it says one.
    pub framework_version: String,
    /// The day of the assessment.
    pub date: Date,
    /// Who made it.
    pub made: Made,
    /// Whether everybody may read it.
    pub published: bool,
    /// Scores by area, in hundredths.
    pub scores: BTreeMap<String, i32>,
    /// Where it is known from.
    pub source: String,
    /// The entry that it stands in the place of.
    pub corrects: Option<MaturityId>,
    /// Why that one was wrong.
    pub reason: String,
}

/// One assessment as recorded; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maturity {
    /// Which.
    pub id: MaturityId,
    /// Whose.
    pub organisation: OrganisationId,
    /// By which framework.
    pub framework: Framework,
    /// The framework's version, when it says one.
    pub framework_version: String,
    /// The day of the assessment.
    pub date: Date,
    /// Who made it.
    pub made: Made,
    /// Whether everybody may read it.
    pub published: bool,
    /// Scores by area, in hundredths.
    pub scores: BTreeMap<String, i32>,
    /// Where it is known from.
    pub source: String,
    /// The entry that it stands in the place of.
    pub corrects: Option<MaturityId>,
    /// Why that one was wrong.
    pub reason: String,
    /// The entry that stands in the place of this one.
    pub corrected_by: Option<MaturityId>,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// What an assessment says on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// By which framework.
    pub framework: Framework,
    /// The day of the assessment.
    pub date: Date,
    /// In hundredths of the framework's scale.
    pub overall: i32,
}

/// A score as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct TypedScore {
    pub(crate) area: String,
    pub(crate) score: f64,
    pub(crate) answer: String,
}

/// Reads scores and answers; of several entries of one area the mean counts.
pub(crate) fn parse_scores(
    violations: &mut Violations,
    framework: Framework,
    typed: &[TypedScore],
) -> BTreeMap<String, i32> {
    violations.at_most("maturity.scores", typed, MAX_SCORES);
    if typed.is_empty() {
        violations.add("maturity.scores", "needs at least one");
    }
    let mut of_areas: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (i, typed) in typed.iter().take(MAX_SCORES).enumerate() {
        let at = |field: &str| format!("maturity.scores[{i}].{field}");
        let area = if typed.area.is_empty() { OVERALL } else { typed.area.as_str() };
        if area != OVERALL && !framework.areas().iter().any(|known| known.id == area) {
            violations.add(at("area"), format!("is no area of {framework}"));
        }
        let score = if typed.answer.is_empty() {
            violations.take(&at("score"), hundredths(framework, typed.score))
        } else {
            violations.take(&at("answer"), framework.answer(&typed.answer).ok_or("is not an answer of the framework"))
        };
        of_areas.entry(area.to_owned()).or_default().extend(score);
    }
    let means = of_areas.into_iter().filter_map(|(area, scores)| Some((area, mean(&scores)?)));
    framework.completed(means.collect())
}

/// A score on the framework's scale, in hundredths.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn hundredths(framework: Framework, score: f64) -> Result<i32, String> {
    let (least, most) = (framework.scale().start() / 100, framework.scale().end() / 100);
    if !(f64::from(least)..=f64::from(most)).contains(&score) {
        return Err(format!("must be from {least} to {most}"));
    }
    let exact = score * 100.0;
    let whole = exact.round();
    if framework == Framework::Emram && score.fract() != 0.0 {
        return Err("is a stage and has no decimals".to_owned());
    }
    if (exact - whole).abs() > 1e-6 { Err("has more than two decimals".to_owned()) } else { Ok(whole as i32) }
}

/// The mean, rounded half up to a whole number; none of no scores.
fn mean(scores: &[i32]) -> Option<i32> {
    let count = i64::try_from(scores.len()).ok().filter(|count| *count > 0)?;
    let sum: i64 = scores.iter().copied().map(i64::from).sum();
    i32::try_from((2 * sum + count).div_euclid(2 * count)).ok()
}

/// One step of a trend: the assessment, and by how much each area came along since it was last scored.
pub(crate) type Step = (Maturity, Vec<(String, i32)>);

/// How the areas came along, assessment by assessment; `entries` are oldest first.
pub(crate) fn trend(entries: Vec<Maturity>) -> Vec<Step> {
    let mut last: HashMap<String, i32> = HashMap::new();
    let mut steps = Vec::new();
    for entry in entries.into_iter().filter(|entry| entry.corrected_by.is_none()) {
        let mut changes = Vec::new();
        for (area, score) in &entry.scores {
            if let Some(before) = last.insert(area.clone(), *score) {
                changes.push((area.clone(), score - before));
            }
        }
        steps.push((entry, changes));
    }
    steps
}
