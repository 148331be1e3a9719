//! The digital maturity of an organisation, assessment by assessment.

use clap::{Args, Subcommand};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::maturity_service_client::MaturityServiceClient;
use exemplar_proto::directory::v1::{MaturityFramework, MaturitySource};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about digital maturity.
#[derive(Subcommand, Clone, Debug)]
pub enum MaturityCommand {
    /// List the assessments of an organisation, newest first
    ///
    /// Example: `exemplar organisation maturity list RBL`
    List {
        /// Its code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show how an organisation came along by one framework
    ///
    /// Example: `exemplar organisation maturity trend RBL --framework emram`
    Trend {
        /// Its code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// The framework
        #[arg(long, value_parser = parser::<MaturityFramework>())]
        framework: MaturityFramework,
    },
    /// Show what a framework scores
    ///
    /// Example: `exemplar organisation maturity framework dma-2016`
    Framework {
        /// The framework
        #[arg(value_parser = parser::<MaturityFramework>())]
        framework: MaturityFramework,
    },
    /// Record an assessment, or correct one
    ///
    /// Example: `exemplar organisation maturity record RBL --framework emram --date 2017-05-01 --made-by accredited --score overall=6`
    Record(Record),
}

/// An assessment to be recorded.
#[derive(Args, Clone, Debug)]
pub struct Record {
    /// The organisation's code
    #[arg(value_parser = names::organisation)]
    pub organisation: String,
    /// The framework
    #[arg(long, value_parser = parser::<MaturityFramework>())]
    pub framework: MaturityFramework,
    /// The framework's version, when it says one
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub framework_version: String,
    /// The day of the assessment, as YYYY-MM-DD
    #[arg(long)]
    pub date: String,
    /// Who made it
    #[arg(long, value_parser = parser::<MaturitySource>())]
    pub made_by: MaturitySource,
    /// An area with its score or answer, as medicines=40 or medicines="Mostly agree"; said again for each
    #[arg(long = "score", value_name = "AREA=SCORE", required = true, value_parser = score)]
    pub scores: Vec<pb::MaturityScore>,
    /// Everybody may read it
    #[arg(long)]
    pub published: bool,
    /// Where this is known from
    #[arg(long, default_value = "", hide_default_value = true)]
    pub source: String,
    /// The assessment that it corrects
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true, requires = "reason")]
    pub corrects: String,
    /// Why that one was wrong
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// Reads an area with its score or answer.
fn score(typed: &str) -> Result<pb::MaturityScore, String> {
    let Some((area, value)) = typed.split_once('=') else {
        return Err("expects an area and a score, like medicines=40".to_owned());
    };
    let (area, value) = (area.trim().to_owned(), value.trim());
    Ok(match value.parse::<f64>() {
        Ok(score) => pb::MaturityScore { area, score, answer: String::new() },
        Err(_) => pb::MaturityScore { area, score: 0.0, answer: value.to_owned() },
    })
}

impl MaturityCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { organisation, limit } => list(context, organisation, limit).await,
            Self::Trend { organisation, framework } => trend(context, organisation, framework).await,
            Self::Framework { framework } => described(context, framework).await,
            Self::Record(record) => record.run(context).await,
        }
    }
}

async fn list(context: &Context, organisation: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListMaturityRequest { organisation: organisation.clone(), page_size, page_token };
        let send = async |channel, request| MaturityServiceClient::new(channel).list_maturity(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.maturity, page.next_page_token))
    };
    let (maturity, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListMaturityResponse { maturity, next_page_token };
    context.output.listed(&answer, (answer.maturity.len(), &answer.next_page_token), |answer| {
        table(
            ["Date", "Framework", "Made by", "Overall", "Published", "Corrected by", "Id"],
            answer.maturity.iter().map(|entry| {
                [
                    entry.date.clone(),
                    words::word::<MaturityFramework>(entry.framework),
                    words::word::<MaturitySource>(entry.made_by),
                    overall(entry),
                    if entry.published { "yes" } else { "no" }.to_owned(),
                    names::short(&entry.corrected_by).to_owned(),
                    names::short(&entry.name).to_owned(),
                ]
            }),
        )
    })
}

async fn trend(context: &Context, organisation: String, framework: MaturityFramework) -> Result<(), Error> {
    let message = pb::GetMaturityTrendRequest { organisation, framework: framework.into() };
    let send = async |channel, request| MaturityServiceClient::new(channel).get_maturity_trend(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let rows = answer.points.iter().flat_map(|point| {
            let entry = point.maturity.clone().unwrap_or_default();
            let made_by = words::word::<MaturitySource>(entry.made_by);
            entry.scores.into_iter().map(move |score| {
                let change = point.changes.iter().find(|change| change.area == score.area);
                let change = change.map(|change| format!("{:+}", change.change)).unwrap_or_default();
                [entry.date.clone(), made_by.clone(), score.area, score.score.to_string(), change]
            })
        });
        table(["Date", "Made by", "Area", "Score", "Since the last"], rows)
    })
}

async fn described(context: &Context, framework: MaturityFramework) -> Result<(), Error> {
    let message = pb::GetMaturityFrameworkRequest { framework: framework.into() };
    let send = async |channel, request| MaturityServiceClient::new(channel).get_maturity_framework(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let whole =
            ["overall".to_owned(), format!("The whole, from {} to {}", answer.lowest, answer.highest), String::new()];
        let areas =
            answer.areas.iter().map(|area| [area.area.clone(), area.display_name.clone(), area.part_of.clone()]);
        let areas = table(["Area", "What", "Part of"], std::iter::once(whole).chain(areas));
        let answers = answer.answers.iter().map(|answer| [answer.answer.clone(), answer.score.to_string()]);
        if answer.answers.is_empty() { areas } else { format!("{areas}\n\n{}", table(["Answer", "Score"], answers)) }
    })
}

impl Record {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let corrects = match self.corrects.as_str() {
            "" => String::new(),
            id => format!("maturity/{}", id.trim_start_matches("maturity/")),
        };
        let maturity = pb::Maturity {
            organisation: self.organisation,
            framework: self.framework.into(),
            framework_version: self.framework_version,
            date: self.date,
            made_by: self.made_by.into(),
            published: self.published,
            scores: self.scores,
            source: self.source,
            corrects,
            reason: self.reason,
            ..pb::Maturity::default()
        };
        let message = pb::RecordMaturityRequest { maturity: Some(maturity), request_id: request_id() };
        let send = async |channel, request| MaturityServiceClient::new(channel).record_maturity(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| {
            let entry = answer.maturity.clone().unwrap_or_default();
            let scores = entry.scores.iter().map(|score| format!("{} {}", score.area, score.score));
            fields([
                ("Organisation", names::short(&entry.organisation).to_owned()),
                ("Framework", words::word::<MaturityFramework>(entry.framework)),
                ("Date", entry.date.clone()),
                ("Made by", words::word::<MaturitySource>(entry.made_by)),
                ("Scores", scores.collect::<Vec<_>>().join("; ")),
                ("Published", if entry.published { "yes" } else { "no" }.to_owned()),
                ("Corrects", names::short(&entry.corrects).to_owned()),
                ("Id", names::short(&entry.name).to_owned()),
            ])
        })
    }
}

fn overall(entry: &pb::Maturity) -> String {
    let overall = entry.scores.iter().find(|score| score.area == "overall");
    overall.map(|score| score.score.to_string()).unwrap_or_default()
}
