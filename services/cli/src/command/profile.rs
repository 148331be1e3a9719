//! The record systems of an organisation, each with its time.

use clap::{Args, Subcommand};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::profile_service_client::ProfileServiceClient;
use prost_types::FieldMask;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, table};
use crate::{Context, names};

/// Commands about record systems.
#[derive(Subcommand, Clone, Debug)]
pub enum ProfileCommand {
    /// List the record systems of an organisation, those of the past included
    ///
    /// Example: `exemplar organisation profile systems RBL`
    Systems {
        /// Its code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Add a record system
    ///
    /// Example: `exemplar organisation profile add-system RBL --product Millennium --start-date 2014-11-01`
    AddSystem {
        /// The organisation's code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// What is known of it.
        #[command(flatten)]
        facts: Facts,
    },
    /// Change a record system; what is left out stays as it is, and an end date ends it
    ///
    /// Example: `exemplar organisation profile update-system RBL 1 --end-date 2026-03-31`
    UpdateSystem {
        /// The organisation's code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// Its number
        number: u32,
        /// What changes.
        #[command(flatten)]
        facts: Facts,
    },
}

/// What is known of a record system.
#[derive(Args, Clone, Debug, Default)]
pub struct Facts {
    /// The product: a term of epr-product
    #[arg(long)]
    pub product: Option<String>,
    /// Who supplies it: a term of epr-supplier; that of the product without
    #[arg(long)]
    pub supplier: Option<String>,
    /// The product's version
    #[arg(long = "product-version", value_name = "VERSION")]
    pub version: Option<String>,
    /// What it is used for: a term of project-type; the electronic patient record without
    #[arg(long, value_name = "TERM")]
    pub purpose: Option<String>,
    /// From which day, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub start_date: Option<String>,
    /// The first day on which it is not used any more, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub end_date: Option<String>,
    /// Where this is known from
    #[arg(long)]
    pub source: Option<String>,
}

impl ProfileCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Systems { organisation, limit } => systems(context, organisation, limit).await,
            Self::AddSystem { organisation, facts } => add(context, organisation, facts).await,
            Self::UpdateSystem { organisation, number, facts } => {
                update(context, format!("{organisation}/record-systems/{number}"), facts).await
            }
        }
    }
}

async fn systems(context: &Context, organisation: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListRecordSystemsRequest { organisation: organisation.clone(), page_size, page_token };
        let send = async |channel, request| ProfileServiceClient::new(channel).list_record_systems(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.record_systems, page.next_page_token))
    };
    let (record_systems, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListRecordSystemsResponse { record_systems, next_page_token };
    context.output.listed(&answer, (answer.record_systems.len(), &answer.next_page_token), |answer| {
        let columns = ["Number", "Supplier", "Product", "Version", "Used for", "From", "Until", "Source"];
        table(columns, answer.record_systems.iter().map(row))
    })
}

async fn add(context: &Context, organisation: String, facts: Facts) -> Result<(), Error> {
    let (system, _) = facts.system();
    let message = pb::AddRecordSystemRequest {
        organisation,
        record_system: Some(system),
        etag: String::new(),
        request_id: request_id(),
    };
    let send = async |channel, request| ProfileServiceClient::new(channel).add_record_system(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.record_system.as_ref()))
}

async fn update(context: &Context, name: String, facts: Facts) -> Result<(), Error> {
    let (system, paths) = facts.system();
    if paths.is_empty() {
        return Err(Error::usage("say what changes: --product, --version, --end-date, ..."));
    }
    let message = pb::UpdateRecordSystemRequest {
        record_system: Some(pb::RecordSystem { name, ..system }),
        update_mask: Some(FieldMask { paths }),
        etag: String::new(),
        request_id: request_id(),
    };
    let send = async |channel, request| ProfileServiceClient::new(channel).update_record_system(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.record_system.as_ref()))
}

impl Facts {
    /// The record system with these facts, and the mask of those that were given.
    fn system(self) -> (pb::RecordSystem, Vec<String>) {
        let given = [
            ("product", self.product.is_some()),
            ("supplier", self.supplier.is_some()),
            ("version", self.version.is_some()),
            ("purpose", self.purpose.is_some()),
            ("start_date", self.start_date.is_some()),
            ("end_date", self.end_date.is_some()),
            ("source", self.source.is_some()),
        ];
        let paths = given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| path.to_owned()).collect();
        let system = pb::RecordSystem {
            name: String::new(),
            product: self.product.unwrap_or_default(),
            supplier: self.supplier.unwrap_or_default(),
            version: self.version.unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
            start_date: self.start_date.unwrap_or_default(),
            end_date: self.end_date.unwrap_or_default(),
            source: self.source.unwrap_or_default(),
        };
        (system, paths)
    }
}

fn shown(system: Option<&pb::RecordSystem>) -> String {
    let Some(system) = system else { return String::new() };
    let names = ["Number", "Supplier", "Product", "Version", "Used for", "From", "Until", "Source"];
    fields(names.into_iter().zip(row(system)))
}

fn row(system: &pb::RecordSystem) -> [String; 8] {
    [
        system.name.rsplit('/').next().unwrap_or_default().to_owned(),
        system.supplier.clone(),
        system.product.clone(),
        system.version.clone(),
        system.purpose.clone(),
        system.start_date.clone(),
        system.end_date.clone(),
        system.source.clone(),
    ]
}
