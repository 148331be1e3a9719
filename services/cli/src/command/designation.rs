//! What the programme named organisations to be, and how many pairings each has room for.

use clap::Subcommand;
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::DesignationKind;
use exemplar_proto::network::v1::designation_service_client::DesignationServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{fields, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about designations.
#[derive(Subcommand, Clone, Debug)]
pub enum DesignationCommand {
    /// List designations, newest first
    ///
    /// Example: `exemplar designation list --kind global-exemplar`
    List {
        /// Only those of this organisation
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: Option<String>,
        /// Only those of this kind
        #[arg(long, value_parser = parser::<DesignationKind>())]
        kind: Option<DesignationKind>,
        /// Only those that go on
        #[arg(long)]
        current: bool,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Record that an organisation was named to be something
    ///
    /// Example: `exemplar designation record RBL --kind global-exemplar --start-date 2016-09-07 --capacity 2`
    Record {
        /// The organisation
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// What it was named
        #[arg(long, value_parser = parser::<DesignationKind>())]
        kind: DesignationKind,
        /// From which day, as YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        start_date: String,
        /// Of one that is over already: the day from which it no longer held, as YYYY-MM-DD
        #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true, requires = "end_reason")]
        end_date: String,
        /// Why it ended
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        end_reason: String,
        /// How many pairings it has room for at a time
        #[arg(long, value_name = "N", default_value_t = 1)]
        capacity: i32,
        /// Where this is known from
        #[arg(long, default_value = "", hide_default_value = true)]
        source: String,
    },
    /// End a designation: it gives no new places, and stays in the lists with its dates
    ///
    /// Example: `exemplar designation end DESIGNATION --reason "The programme has ended" --date 2021-03-31`
    End {
        /// The designation, as its list with --json names it
        #[arg(value_parser = names::designation)]
        designation: String,
        /// The day from which it no longer holds, as YYYY-MM-DD; today when not given
        #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
        date: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl DesignationCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { organisation, kind, current, limit } => {
                let ended = current.then(|| "false".to_owned());
                let filter =
                    filter([("organisation", organisation), ("kind", kind.map(words::constant)), ("ended", ended)]);
                list(context, filter, limit).await
            }
            Self::Record { organisation, kind, start_date, end_date, end_reason, capacity, source } => {
                let (kind, name, taken) = (kind.into(), String::new(), 0);
                let designation = pb::Designation {
                    name,
                    organisation,
                    kind,
                    start_date,
                    capacity,
                    taken,
                    source,
                    end_date,
                    end_reason,
                };
                record(context, designation).await
            }
            Self::End { designation, date, reason } => end(context, designation, date, reason).await,
        }
    }
}

/// What is shown of a designation.
const COLUMNS: [&str; 7] = ["Organisation", "Kind", "From", "Until", "Room for", "Taken", "Source"];

async fn list(context: &Context, filter: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListDesignationsRequest { page_size, page_token, filter: filter.clone() };
        let send = async |channel, request| DesignationServiceClient::new(channel).list_designations(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.designations, page.next_page_token))
    };
    let (designations, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListDesignationsResponse { designations, next_page_token };
    context.output.listed(&answer, (answer.designations.len(), &answer.next_page_token), |answer| {
        table(COLUMNS, answer.designations.iter().map(row))
    })
}

async fn record(context: &Context, designation: pb::Designation) -> Result<(), Error> {
    let message = pb::RecordDesignationRequest { designation: Some(designation), request_id: request_id() };
    let send = async |channel, request| DesignationServiceClient::new(channel).record_designation(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.designation.as_ref()))
}

async fn end(context: &Context, name: String, end_date: String, reason: String) -> Result<(), Error> {
    let message = pb::EndDesignationRequest { name, end_date, reason, request_id: request_id() };
    let send = async |channel, request| DesignationServiceClient::new(channel).end_designation(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.designation.as_ref()))
}

fn shown(designation: Option<&pb::Designation>) -> String {
    let designation = designation.cloned().unwrap_or_default();
    let rows = COLUMNS.into_iter().zip(row(&designation));
    let more = [("Why it ended", designation.end_reason.clone()), ("Id", names::short(&designation.name).to_owned())];
    fields(rows.chain(more.into_iter().filter(|(_, text)| !text.is_empty())))
}

fn row(designation: &pb::Designation) -> [String; 7] {
    [
        names::short(&designation.organisation).to_owned(),
        words::word::<DesignationKind>(designation.kind),
        designation.start_date.clone(),
        designation.end_date.clone(),
        designation.capacity.to_string(),
        designation.taken.to_string(),
        designation.source.clone(),
    ]
}
