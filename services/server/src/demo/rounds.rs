//! A sample round that is open, with two expressions of interest.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use exemplar_kernel::Principal;
use exemplar_network::{Call, Criterion, DesignationKind, Disclosure, Evidence, NewExpression};
use serde::Deserialize;

use super::reference::{organisation, whole_page};
use crate::app::Services;

const ROUND: &str = include_str!("../../demo/rounds.toml");

#[derive(Deserialize)]
struct File {
    title: String,
    source: String,
    designation: DesignationKind,
    disclosure: Disclosure,
    days: u64,
    criterion: Vec<Criterion>,
    expression: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    organisation: String,
    statement: String,
    evidence: BTreeMap<String, String>,
}

/// Loads it unless a round of its title is there.
pub(super) async fn load(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    let file: File = toml::from_str(ROUND)?;
    let there = services.network.rounds(&whole_page(200)).await?.items;
    if there.iter().any(|round| round.call.title == file.title) {
        return Ok(());
    }
    let now = services.db.clock().now();
    let call = Call {
        title: file.title,
        designation: file.designation,
        criteria: file.criterion,
        care_settings: Vec::new(),
        open_door: true,
        opens: now,
        closes: now.plus(Duration::from_hours(24 * file.days)),
        disclosure: file.disclosure,
        score_max: 10,
        moderation_percent: 20,
        source: file.source,
    };
    let round = services.network.create_round(caller, call, Vec::new(), None).await?.value.id;
    for row in file.expression {
        let evidence = row.evidence.into_iter().map(|(criterion, text)| Evidence { criterion, text }).collect();
        let organisations = vec![organisation(&row.organisation)?];
        let new = NewExpression { round, organisations, statement: row.statement, evidence };
        services.network.submit_expression(caller, new, None).await.with_context(|| row.organisation)?;
    }
    Ok(())
}
