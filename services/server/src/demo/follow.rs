//! Samples of what follows blueprints: adoptions in every state, and introductions.

use std::collections::BTreeMap;

use anyhow::Context as _;
use exemplar_blueprints::{
    Adopt, AdoptionId, AdoptionState, Ask, Blueprint, BlueprintId, Decided, IntroductionKind, Move, NewOutcome,
    SectionDecision, SectionKind, StopReason, Wanted, WantedAdoptions, WantedIntroductions,
};
use exemplar_kernel::Principal;
use exemplar_kernel::etag::Expected;
use serde::Deserialize;
use time::{Date, Duration};

use super::reference::{organisation, whole_page};
use crate::app::Services;

const FOLLOW: &str = include_str!("../../demo/follow.toml");

#[derive(Deserialize)]
struct File {
    adoption: Vec<AdoptionRow>,
    introduction: Vec<IntroductionRow>,
}

#[derive(Deserialize)]
struct AdoptionRow {
    blueprint: String,
    organisation: String,
    state: String,
    weeks: i64,
    #[serde(default)]
    willing: bool,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    sections: BTreeMap<String, String>,
    #[serde(default)]
    outcomes: Vec<OutcomeRow>,
    #[serde(default)]
    why: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct OutcomeRow {
    measure: String,
    #[serde(default)]
    baseline: String,
    result: String,
    measured_by: Option<String>,
    #[serde(default)]
    measurer: String,
}

#[derive(Deserialize)]
struct IntroductionRow {
    blueprint: String,
    asker: String,
    asked: Option<String>,
    kind: String,
    question: String,
    hours: Option<i32>,
    outcome: Option<String>,
}

/// The name of a word in rows.
fn constant(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

pub(super) async fn follow(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    let file: File = toml::from_str(FOLLOW)?;
    let there = services.blueprints.list(caller, &Wanted::default(), &whole_page(200)).await?.items;
    let adopted = services.blueprints.adoptions(caller, &WantedAdoptions::default(), &whole_page(200)).await?.items;
    for row in file.adoption {
        let (blueprint, by) = (named(&there, &row.blueprint)?, organisation(&row.organisation)?);
        let same = |seen: &exemplar_blueprints::SeenAdoption| {
            seen.adoption.blueprint == blueprint && seen.adoption.organisation == by
        };
        if !adopted.iter().any(same) {
            adoption(services, caller, blueprint, row).await?;
        }
    }
    let asked = services.blueprints.introductions(caller, &WantedIntroductions::default(), &whole_page(200)).await?;
    for row in file.introduction {
        if !asked.items.iter().any(|seen| seen.introduction.question == row.question) {
            let blueprint = named(&there, &row.blueprint)?;
            introduction(services, caller, blueprint, row).await?;
        }
    }
    Ok(())
}

fn named(there: &[Blueprint], beginning: &str) -> anyhow::Result<BlueprintId> {
    let found = there.iter().find(|blueprint| blueprint.content.title.starts_with(beginning));
    Ok(found.with_context(|| format!("the blueprint {beginning:?}"))?.header.id)
}

async fn adoption(
    services: &Services,
    caller: &Principal,
    blueprint: BlueprintId,
    row: AdoptionRow,
) -> anyhow::Result<()> {
    let today = services.directory.clock().now().date();
    let state =
        AdoptionState::from_name(&constant(&row.state)).with_context(|| format!("the state {:?}", row.state))?;
    let date = today - Duration::weeks(row.weeks);
    let stops = state == AdoptionState::Stopped;
    let adopt = Adopt {
        blueprint,
        revision: None,
        organisation: organisation(&row.organisation)?,
        state: if stops { AdoptionState::Planned } else { state },
        date: if stops { date - Duration::weeks(4) } else { date },
        reason: String::new(),
        plan: row.plan,
        willing: row.willing,
    };
    let id = services.blueprints.adopt(caller, adopt, None).await?.value.adoption.id;
    let sections = row.sections.iter().map(decided).collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    if !sections.is_empty() {
        services.blueprints.decide_sections(caller, id, sections, Expected::Any, None).await?;
    }
    for outcome in row.outcomes {
        record(services, caller, id, outcome, date).await?;
    }
    if stops {
        let why = StopReason::from_name(&constant(&row.why)).with_context(|| format!("the reason {:?}", row.why))?;
        services.blueprints.stop_adoption(caller, id, (why, date, row.reason), Expected::Any, None).await?;
    }
    Ok(())
}

fn decided((section, decided): (&String, &String)) -> anyhow::Result<(SectionKind, Decided)> {
    let kind = SectionKind::from_name(&constant(section)).with_context(|| format!("the section {section:?}"))?;
    let (decision, why) = decided.split_once(':').unwrap_or((decided, ""));
    let decision = SectionDecision::from_name(&constant(decision)).with_context(|| format!("{decided:?}"))?;
    Ok((kind, Decided { decision, why: why.trim().to_owned() }))
}

async fn record(
    services: &Services,
    caller: &Principal,
    id: AdoptionId,
    row: OutcomeRow,
    date: Date,
) -> anyhow::Result<()> {
    let outcome = NewOutcome {
        benefit: String::new(),
        measure: row.measure,
        baseline: row.baseline,
        result: row.result,
        date,
        measured_by: row.measured_by.as_deref().map(organisation).transpose()?,
        measurer: row.measurer,
    };
    services.blueprints.record_outcome(caller, id, outcome, Expected::Any, None).await?;
    Ok(())
}

async fn introduction(
    services: &Services,
    caller: &Principal,
    blueprint: BlueprintId,
    row: IntroductionRow,
) -> anyhow::Result<()> {
    let ask = Ask {
        blueprint,
        asker: organisation(&row.asker)?,
        asked: row.asked.as_deref().map(organisation).transpose()?,
        expert: None,
        kind: IntroductionKind::from_name(&constant(&row.kind)).with_context(|| format!("the kind {:?}", row.kind))?,
        question: row.question,
    };
    let blueprints = &services.blueprints;
    let id = blueprints.request_introduction(caller, ask, None).await?.value.introduction.id;
    if row.hours.is_some() {
        blueprints.move_introduction(caller, id, Move::Accept(row.hours), Expected::Any, None).await?;
    }
    if let Some(outcome) = row.outcome {
        blueprints.move_introduction(caller, id, Move::Complete(outcome), Expected::Any, None).await?;
    }
    Ok(())
}
