//! One look at blueprints before they are read, and how they are used.

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::decision_service_client::DecisionServiceClient;
use exemplar_proto::blueprints::v1::usage_service_client::UsageServiceClient;
use exemplar_proto::blueprints::v1::{AdoptionState, BlueprintKind, CostBand, EvidenceRung};

use crate::error::Error;
use crate::table::{fields, table, yes};
use crate::{Context, names, words};

/// Shows the decision card of one blueprint.
pub(crate) async fn card(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| DecisionServiceClient::new(channel).get_decision_card(request).await;
    let answer = context.client.call(pb::GetDecisionCardRequest { name }, send).await?;
    context.output.answer(&answer, |answer| answer.card.as_ref().map(whole).unwrap_or_default())
}

/// Shows two to four blueprints side by side.
pub(crate) async fn compare(context: &Context, names: Vec<String>) -> Result<(), Error> {
    let send = async |channel, request| DecisionServiceClient::new(channel).compare_blueprints(request).await;
    let answer = context.client.call(pb::CompareBlueprintsRequest { names }, send).await?;
    context.output.answer(&answer, |answer| match answer.cards.as_slice() {
        [a, b] => side_by_side([a, b]),
        [a, b, c] => side_by_side([a, b, c]),
        [a, b, c, d] => side_by_side([a, b, c, d]),
        cards => cards.iter().map(whole).collect::<Vec<_>>().join("\n\n"),
    })
}

/// Shows how a blueprint of one's own is used.
pub(crate) async fn usage(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| UsageServiceClient::new(channel).get_usage(request).await;
    let answer = context.client.call(pb::GetUsageRequest { name }, send).await?;
    context.output.answer(&answer, |answer| {
        let acts = |title: &str, counts: &[pb::OrganisationCount]| {
            let row = |count: &pb::OrganisationCount| {
                [names::short(&count.organisation).to_owned(), count.act_count.to_string()]
            };
            table([title, "Count"], counts.iter().map(row))
        };
        [
            people("Readers of", answer.readers.as_ref()),
            people("Downloads by", answer.downloads.as_ref()),
            acts("Adoptions by", &answer.adoptions),
            acts("Introductions for", &answer.introductions),
            format!("Readers and downloads are remembered for {} days.", answer.retention_days),
        ]
        .join("\n\n")
    })
}

fn people(title: &str, told: Option<&pb::PeopleUsage>) -> String {
    let Some(told) = told else { return String::new() };
    let row = |count: &pb::PeopleCount| {
        [names::short(&count.organisation).to_owned(), count.people_count.to_string(), count.use_count.to_string()]
    };
    let mut rows: Vec<_> = told.organisations.iter().map(row).collect();
    if told.smaller_organisation_count > 0 {
        let people = told.smaller_people_count.map_or_else(|| "too few to tell".to_owned(), |count| count.to_string());
        rows.push([format!("{} others with few", told.smaller_organisation_count), people, String::new()]);
    }
    if told.anonymous_use_count > 0 {
        rows.push(["not signed in".to_owned(), String::new(), told.anonymous_use_count.to_string()]);
    }
    table([title, "People", "Times"], rows)
}

/// What a card says, a line each.
fn lines(card: &pb::DecisionCard) -> [(&'static str, String); 13] {
    let evidence = card.evidence.clone().unwrap_or_default();
    let epr = |epr: &pb::Epr| format!("{} {}", epr.supplier, epr.product).trim().to_owned();
    let months = Some(card.months_to_deliver).filter(|months| *months > 0);
    [
        ("Title", card.title.clone()),
        ("Organisation", card.organisation_display_name.clone()),
        ("How it went", words::word::<BlueprintKind>(card.kind)),
        ("Answers", card.questions.join("\n")),
        ("Cost", card.cost.as_ref().map(cost).unwrap_or_default()),
        ("Time", months.map(|months| format!("{months} months")).unwrap_or_default()),
        ("It gave", card.benefits.iter().map(benefit).collect::<Vec<_>>().join("\n")),
        ("Evidence", words::word::<EvidenceRung>(evidence.rung)),
        ("Because", evidence.reason),
        ("Suits", card.care_settings.iter().chain(&card.project_types).cloned().collect::<Vec<_>>().join("; ")),
        ("Record system", card.eprs.iter().map(epr).collect::<Vec<_>>().join("; ")),
        ("Adoptions", card.adoption_count.to_string()),
        ("Id", names::short(&card.blueprint).to_owned()),
    ]
}

fn whole(card: &pb::DecisionCard) -> String {
    let mut text = fields(lines(card));
    if !card.adopters.is_empty() {
        let row = |adopter: &pb::Adopter| {
            [
                adopter.organisation_display_name.clone(),
                words::word::<AdoptionState>(adopter.state),
                adopter.revision.to_string(),
                yes(adopter.willing),
            ]
        };
        text.push_str("\n\n");
        text.push_str(&table(["Adopter", "State", "Revision", "May be asked"], card.adopters.iter().map(row)));
    }
    if !card.outcomes.is_empty() {
        let row = |told: &pb::AdopterOutcome| {
            let outcome = told.outcome.clone().unwrap_or_default();
            let by = if outcome.independent { "others" } else { "the adopter" };
            [names::short(&told.organisation).to_owned(), outcome.measure, outcome.result, by.to_owned()]
        };
        text.push_str("\n\n");
        text.push_str(&table(["At", "Measure", "Result", "Measured by"], card.outcomes.iter().map(row)));
    }
    text
}

fn side_by_side<const N: usize>(cards: [&pb::DecisionCard; N]) -> String {
    let lines = cards.map(lines);
    let titles = cards.map(|card| card.title.clone());
    let mut text = String::new();
    for (place, (name, _)) in lines.first().into_iter().flatten().enumerate().skip(1) {
        let values = lines.iter().zip(&titles).filter_map(|(lines, title)| Some((title, &lines.get(place)?.1)));
        let values: Vec<_> = values.map(|(title, value)| [title.clone(), value.clone()]).collect();
        text.push_str(&format!("{}\n\n", table([*name, ""], values)));
    }
    text
}

fn cost(cost: &pb::Cost) -> String {
    let band = |band: i32, what: &str| match words::word::<CostBand>(band) {
        word if word.is_empty() => None,
        word => Some(format!("{} {word} {what}", cost.currency)),
    };
    let days = cost.staff_days.map(|days| format!("{days} days of staff"));
    let parts = [band(cost.capital, "once"), band(cost.revenue, "a year"), days];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn benefit(benefit: &pb::Benefit) -> String {
    let values = match (benefit.baseline.as_str(), benefit.result.as_str()) {
        ("", "") => String::new(),
        ("", result) => format!(": {result}"),
        (baseline, result) => format!(": {baseline} -> {result}"),
    };
    format!("{}{values} [{}]", benefit.measure, benefit.id)
}
