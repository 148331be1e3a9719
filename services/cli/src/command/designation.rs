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
        /// How many pairings it has room for at a time
        #[arg(long, value_name = "N", default_value_t = 1)]
        capacity: i32,
        /// Where this is known from
        #[arg(long, default_value = "", hide_default_value = true)]
        source: String,
    },
}

impl DesignationCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { organisation, kind, limit } => list(context, organisation, kind, limit).await,
            Self::Record { organisation, kind, start_date, capacity, source } => {
                let kind = kind.into();
                let designation =
                    pb::Designation { organisation, kind, start_date, capacity, source, ..pb::Designation::default() };
                record(context, designation).await
            }
        }
    }
}

async fn list(
    context: &Context,
    organisation: Option<String>,
    kind: Option<DesignationKind>,
    limit: Limit,
) -> Result<(), Error> {
    let filter = filter([("organisation", organisation), ("kind", kind.map(words::constant))]);
    let fetch = async |page_size, page_token| {
        let message = pb::ListDesignationsRequest { page_size, page_token, filter: filter.clone() };
        let send = async |channel, request| DesignationServiceClient::new(channel).list_designations(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.designations, page.next_page_token))
    };
    let (designations, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListDesignationsResponse { designations, next_page_token };
    context.output.listed(&answer, (answer.designations.len(), &answer.next_page_token), |answer| {
        table(["Organisation", "Kind", "From", "Room for", "Taken", "Source"], answer.designations.iter().map(row))
    })
}

async fn record(context: &Context, designation: pb::Designation) -> Result<(), Error> {
    let message = pb::RecordDesignationRequest { designation: Some(designation), request_id: request_id() };
    let send = async |channel, request| DesignationServiceClient::new(channel).record_designation(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| {
        let designation = answer.designation.clone().unwrap_or_default();
        let names = ["Organisation", "Kind", "From", "Room for", "Taken", "Source"];
        fields(names.into_iter().zip(row(&designation)))
    })
}

fn row(designation: &pb::Designation) -> [String; 6] {
    [
        names::short(&designation.organisation).to_owned(),
        words::word::<DesignationKind>(designation.kind),
        designation.start_date.clone(),
        designation.capacity.to_string(),
        designation.taken.to_string(),
        designation.source.clone(),
    ]
}
