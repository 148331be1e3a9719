//! Results, and where learners stand by them.

use clap::Args;
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::record_service_client::RecordServiceClient;
use exemplar_proto::academy::v1::{RequirementState, Standing};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::{Context, names, words};

/// One result.
#[derive(Args, Clone, Debug)]
pub struct Record {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// The module's code
    #[arg(long, value_name = "CODE")]
    pub module: String,
    /// The attempt, from 1
    #[arg(long, value_name = "N")]
    pub attempt: i32,
    /// The mark in percent
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub mark: i32,
    /// The day the work was done, as YYYY-MM-DD
    #[arg(long)]
    pub date: String,
    /// Why it replaces an earlier entry for the same attempt
    #[arg(long, value_name = "WHY", default_value = "", hide_default_value = true)]
    pub correction: String,
}

impl Record {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let result = pb::Result {
            enrolment: self.enrolment,
            module: self.module,
            attempt: self.attempt,
            mark: self.mark,
            date: self.date,
            correction: self.correction,
            ..pb::Result::default()
        };
        let answer = record(context, result, request_id()).await?;
        context.output.written(&answer, answer.sequence, |answer| {
            let results = table(RESULT, answer.result.iter().map(result_row));
            format!("{results}\n\n{}", standing(answer.standing.as_ref()))
        })
    }
}

/// Records one result.
pub(crate) async fn record(
    context: &Context,
    result: pb::Result,
    request_id: String,
) -> Result<pb::RecordResultResponse, Error> {
    let message = pb::RecordResultRequest { result: Some(result), request_id };
    let send = async |channel, request| RecordServiceClient::new(channel).record_result(request).await;
    context.client.call(message, send).await
}

pub(crate) async fn results(context: &Context, enrolment: String) -> Result<(), Error> {
    let send = async |channel, request| RecordServiceClient::new(channel).get_standing(request).await;
    let answer = context.client.call(pb::GetStandingRequest { enrolment }, send).await?;
    context.output.answer(&answer, |answer| {
        let standing = standing(answer.standing.as_ref());
        if answer.results.is_empty() {
            return standing;
        }
        format!("{standing}\n\n{}", table(RESULT, answer.results.iter().map(result_row)))
    })
}

pub(crate) async fn list(context: &Context, cohort: String, filter: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message =
            pb::ListStandingsRequest { cohort: cohort.clone(), page_size, page_token, filter: filter.clone() };
        let send = async |channel, request| RecordServiceClient::new(channel).list_standings(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.standings, page.next_page_token))
    };
    let (standings, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListStandingsResponse { standings, next_page_token };
    context
        .output
        .listed(&answer, (answer.standings.len(), &answer.next_page_token), |answer| table_of(&answer.standings))
}

/// Standings, a line each.
pub(crate) fn table_of(standings: &[pb::LearnerStanding]) -> String {
    let header = ["Learner", "Organisation", "Standing", "Credits", "Attendance", "Needs attention", "Enrolment"];
    table(header, standings.iter().map(row))
}

/// The results of an answer.
pub(crate) fn result_table(result: Option<&pb::Result>) -> String {
    table(RESULT, result.map(result_row))
}

const RESULT: [&str; 7] = ["Module", "Attempt", "Mark", "Passed", "Date", "Correction", "Recorded"];

fn result_row(result: &pb::Result) -> [String; 7] {
    [
        result.module.clone(),
        result.attempt.to_string(),
        result.mark.to_string(),
        yes(result.passed),
        result.date.clone(),
        result.correction.clone(),
        instant(result.record_time.as_ref()),
    ]
}

pub(crate) fn standing(standing: Option<&pb::LearnerStanding>) -> String {
    let Some(standing) = standing else { return String::new() };
    let head = fields([
        ("Learner", standing.learner_display_name.clone()),
        ("Organisation", names::short(&standing.organisation).to_owned()),
        ("Standing", words::word::<Standing>(standing.standing)),
        ("Credits", credits(standing)),
        ("Attendance to date / over all / at best (%)", attended(standing)),
        ("Enrolment", names::short(&standing.enrolment).to_owned()),
    ]);
    let header = ["Requirement", "State", "Best mark", "Attempts", "Due", "Why"];
    format!("{head}\n\n{}", table(header, standing.requirements.iter().map(requirement)))
}

fn requirement(requirement: &pb::Requirement) -> [String; 6] {
    let none = requirement.best_mark < 0;
    [
        requirement.module.clone(),
        words::word::<RequirementState>(requirement.state),
        if none { String::new() } else { requirement.best_mark.to_string() },
        requirement.attempts_made.to_string(),
        requirement.due_date.clone(),
        requirement.reason.clone(),
    ]
}

fn row(standing: &pb::LearnerStanding) -> [String; 7] {
    [
        standing.learner_display_name.clone(),
        names::short(&standing.organisation).to_owned(),
        words::word::<Standing>(standing.standing),
        credits(standing),
        attended(standing),
        attention(standing),
        names::short(&standing.enrolment).to_owned(),
    ]
}

/// The requirements that are neither met nor merely open.
fn attention(standing: &pb::LearnerStanding) -> String {
    let calm = [RequirementState::Met, RequirementState::Open];
    let wanting = standing.requirements.iter().filter(|requirement| !calm.contains(&requirement.state()));
    let named = wanting
        .map(|requirement| format!("{} {}", requirement.module, words::word::<RequirementState>(requirement.state)));
    named.collect::<Vec<_>>().join(", ")
}

/// The three figures of attendance in percent: to date, over all sessions, best still possible.
fn attended(standing: &pb::LearnerStanding) -> String {
    let figures = standing.attendance.unwrap_or_default();
    let percent = |figure: i32| if figure < 0 { "-".to_owned() } else { figure.to_string() };
    if figures.total == 0 {
        return String::new();
    }
    [figures.to_date_percent, figures.over_all_percent, figures.best_possible_percent].map(percent).join(" / ")
}

fn credits(standing: &pb::LearnerStanding) -> String {
    format!("{} of {}", standing.credits, standing.credits_total)
}
