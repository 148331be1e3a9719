//! Counts of those who learn and have learnt.

use clap::Subcommand;
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::report_service_client::ReportServiceClient;

use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, table};
use crate::{Context, names};

/// Commands about counts.
#[derive(Subcommand, Clone, Debug)]
pub enum ReportCommand {
    /// Count an organisation's learners by state; small numbers are held back
    ///
    /// Example: `exemplar report employer RGT`
    Employer {
        /// The organisation's code
        #[arg(value_parser = names::organisation)]
        organisation: String,
    },
    /// Show how many were trained, by region, care setting, designation and year
    ///
    /// Example: `exemplar report national`
    National,
    /// List the open organisations at which nobody who completed works
    ///
    /// Example: `exemplar report without --limit 20`
    Without {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
}

impl ReportCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Employer { organisation } => {
                let send =
                    async |channel, request| ReportServiceClient::new(channel).get_employer_counts(request).await;
                let answer = context.client.call(pb::GetEmployerCountsRequest { organisation }, send).await?;
                context.output.answer(&answer, |answer| {
                    let number = |one: &pb::StateCount| {
                        if one.suppressed { "1 to 4".to_owned() } else { one.count.to_string() }
                    };
                    let row = |one: &pb::StateCount| [one.state.to_lowercase(), number(one)];
                    table(["State", "Learners"], answer.counts.iter().map(row))
                })
            }
            Self::National => {
                let send =
                    async |channel, request| ReportServiceClient::new(channel).get_national_picture(request).await;
                let answer = context.client.call(pb::GetNationalPictureRequest {}, send).await?;
                context.output.answer(&answer, picture)
            }
            Self::Without { limit } => without(context, limit).await,
        }
    }
}

async fn without(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListOrganisationsWithoutRequest { page_size, page_token };
        let send = async |channel, request| ReportServiceClient::new(channel).list_organisations_without(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.organisations, page.next_page_token))
    };
    let (organisations, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListOrganisationsWithoutResponse { organisations, next_page_token };
    context.output.listed(&answer, (answer.organisations.len(), &answer.next_page_token), |answer| {
        let row = |one: &pb::OrganisationWithout| {
            [names::short(&one.organisation).to_owned(), one.display_name.clone(), one.region.clone()]
        };
        table(["Code", "Organisation", "Region"], answer.organisations.iter().map(row))
    })
}

fn picture(answer: &pb::GetNationalPictureResponse) -> String {
    let parts = [
        ("region", &answer.regions),
        ("care setting", &answer.care_settings),
        ("designation", &answer.designations),
        ("year", &answer.years),
    ];
    let row = |what: &str, one: &pb::TrainedCount| {
        [what.to_owned(), one.group.clone(), count(one.completed), count(one.learning)]
    };
    let mut rows: Vec<_> = answer.total.iter().map(|total| row("all", total)).collect();
    for (what, counts) in parts {
        rows.extend(counts.iter().map(|one| row(what, one)));
    }
    table(["By", "Group", "Completed", "Learning"], rows)
}
