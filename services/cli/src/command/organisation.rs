//! Trusts, universities, partners and national bodies.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::organisation_service_client::OrganisationServiceClient;
use exemplar_proto::directory::v1::row_verdict::Outcome;
use prost_types::FieldMask;

use super::{maturity, profile};
use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{fields, instant, table};
use crate::{Context, input, names};

/// The size of a file of organisations at the most, in bytes; the service's own limit.
const MAX_CSV: u64 = 2 << 20;

/// Commands about organisations.
#[derive(Subcommand, Clone, Debug)]
pub enum OrganisationCommand {
    /// List organisations
    ///
    /// Example: `exemplar organisation list --region "North West" --epr-product Millennium --status open`
    List(List),
    /// Show one organisation; a code that was succeeded says by whom
    ///
    /// Example: `exemplar organisation show RBL`
    Show {
        /// Its code
        #[arg(value_parser = names::organisation)]
        code: String,
    },
    /// Register an organisation that has no ODS code
    ///
    /// Example: `exemplar organisation create US-STANFORD --name "Stanford Medicine" --source https://med.stanford.edu`
    Create {
        /// Its own id: the country, a hyphen, and capital letters, digits or hyphens
        id: String,
        /// What it is and where that is known from.
        #[command(flatten)]
        facts: Facts,
    },
    /// Change what is known of an organisation; what is left out stays as it is
    ///
    /// Example: `exemplar organisation update RBL --epr-supplier Oracle --epr-product Millennium`
    Update {
        /// Its code
        #[arg(value_parser = names::organisation)]
        code: String,
        /// What changes.
        #[command(flatten)]
        facts: Facts,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Create and update organisations from a CSV file, all or nothing
    ///
    /// Columns: `code, name, country, region, care_setting, epr_supplier, epr_product, opened, closed, source`.
    ///
    /// Example: `exemplar organisation import trusts.csv --validate-only`
    Import {
        /// The file; - for stdin
        file: PathBuf,
        /// Say what would become of each row and write nothing
        #[arg(long)]
        validate_only: bool,
    },
    /// Record that one organisation carries on another from a date
    ///
    /// Example: `exemplar organisation succeed RQ6 REM --date 2019-10-01`
    Succeed {
        /// The organisation that ended or was taken over
        #[arg(value_parser = names::organisation)]
        predecessor: String,
        /// The organisation that carries it on
        #[arg(value_parser = names::organisation)]
        successor: String,
        /// From which day, as YYYY-MM-DD
        #[arg(long)]
        date: String,
        /// Where this is known from
        #[arg(long, default_value = "", hide_default_value = true)]
        source: String,
    },
    /// Its record systems, each with its time
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Its digital maturity, assessment by assessment
    #[command(subcommand)]
    Maturity(maturity::MaturityCommand),
}

/// Which organisations are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those of this region
    #[arg(long)]
    pub region: Option<String>,
    /// Only those that give this kind of care
    #[arg(long, value_name = "TERM")]
    pub care_setting: Option<String>,
    /// Only those with a record system of this supplier
    #[arg(long, value_name = "SUPPLIER")]
    pub epr_supplier: Option<String>,
    /// Only those with this record system
    #[arg(long, value_name = "PRODUCT")]
    pub epr_product: Option<String>,
    /// Only those that offer this topic
    #[arg(long, value_name = "TOPIC")]
    pub offers: Option<String>,
    /// Only those that seek this topic
    #[arg(long, value_name = "TOPIC")]
    pub seeks: Option<String>,
    /// Only those of this country, as GB
    #[arg(long)]
    pub country: Option<String>,
    /// Only those that are open, or have closed
    #[arg(long)]
    pub status: Option<Status>,
    /// In which order
    #[arg(long, default_value = "name")]
    pub order: Order,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

/// Whether an organisation still is.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum Status {
    /// It is.
    Open,
    /// It was.
    Closed,
}

/// The order of a list of organisations.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum Order {
    /// By what they are called.
    Name,
    /// By their codes.
    Code,
}

/// What is known of an organisation.
#[derive(Args, Clone, Debug, Default)]
pub struct Facts {
    /// What people call it
    #[arg(long)]
    pub name: Option<String>,
    /// The NHS region, or whatever its country calls its parts
    #[arg(long)]
    pub region: Option<String>,
    /// What kinds of care it gives; said again for each
    #[arg(long, value_name = "TERM")]
    pub care_setting: Option<Vec<String>>,
    /// Who supplies its electronic patient record
    #[arg(long, value_name = "SUPPLIER")]
    pub epr_supplier: Option<String>,
    /// The product
    #[arg(long, value_name = "PRODUCT")]
    pub epr_product: Option<String>,
    /// The product's version
    #[arg(long, value_name = "VERSION")]
    pub epr_version: Option<String>,
    /// How large it is: a term of size-band
    #[arg(long, value_name = "TERM")]
    pub size_band: Option<String>,
    /// What kind of organisation it is: a term of organisation-type
    #[arg(long = "type", value_name = "TERM")]
    pub organisation_type: Option<String>,
    /// A topic that it offers to others; said again for each
    #[arg(long, value_name = "TOPIC")]
    pub offers: Option<Vec<String>>,
    /// A topic that it seeks from others; said again for each
    #[arg(long, value_name = "TOPIC")]
    pub seeks: Option<Vec<String>>,
    /// Where these facts come from
    #[arg(long)]
    pub source: Option<String>,
}

impl OrganisationCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show { code } => show(context, code).await,
            Self::Create { id, facts } => create(context, id, facts).await,
            Self::Update { code, facts, etag } => update(context, code, facts, etag).await,
            Self::Import { file, validate_only } => import(context, input::bytes(&file, MAX_CSV)?, validate_only).await,
            Self::Profile(command) => command.run(context).await,
            Self::Maturity(command) => command.run(context).await,
            Self::Succeed { predecessor, successor, date, source } => {
                succeed(context, pb::Succession { predecessor, successor, date, source }).await
            }
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("region", self.region),
            ("care_setting", self.care_setting),
            ("epr_supplier", self.epr_supplier),
            ("epr_product", self.epr_product),
            ("offers", self.offers),
            ("seeks", self.seeks),
            ("country", self.country),
            ("status", self.status.map(|status| if matches!(status, Status::Open) { "open" } else { "closed" }.into())),
        ]);
        let order_by = if matches!(self.order, Order::Code) { "code" } else { "display_name" };
        let fetch = async |page_size, page_token| {
            let (filter, order_by) = (filter.clone(), order_by.to_owned());
            let message = pb::ListOrganisationsRequest { page_size, page_token, filter, order_by };
            let send =
                async |channel, request| OrganisationServiceClient::new(channel).list_organisations(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.organisations, page.next_page_token))
        };
        let (organisations, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListOrganisationsResponse { organisations, next_page_token };
        context.output.listed(&answer, (answer.organisations.len(), &answer.next_page_token), |answer| {
            table(["Code", "Name", "Region", "Care", "Record system", "Closed"], answer.organisations.iter().map(row))
        })
    }
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| OrganisationServiceClient::new(channel).get_organisation(request).await;
    let answer = context.client.call(pb::GetOrganisationRequest { name }, send).await?;
    context.output.answer(&answer, |answer| organisation(answer.organisation.as_ref()))
}

async fn create(context: &Context, id: String, facts: Facts) -> Result<(), Error> {
    let (organisation, _) = facts.organisation();
    let message = pb::CreateOrganisationRequest {
        organisation_id: names::short(&id).to_ascii_uppercase(),
        organisation: Some(organisation),
        request_id: request_id(),
    };
    let send = async |channel, request| OrganisationServiceClient::new(channel).create_organisation(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| self::organisation(answer.organisation.as_ref()))
}

async fn update(context: &Context, name: String, facts: Facts, etag: String) -> Result<(), Error> {
    let (organisation, paths) = facts.organisation();
    if paths.is_empty() {
        return Err(Error::usage("say what changes: --name, --region, --care-setting, --epr-product, ..."));
    }
    let message = pb::UpdateOrganisationRequest {
        organisation: Some(pb::Organisation { name, etag, ..organisation }),
        update_mask: Some(FieldMask { paths }),
        request_id: request_id(),
    };
    let send = async |channel, request| OrganisationServiceClient::new(channel).update_organisation(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| self::organisation(answer.organisation.as_ref()))
}

async fn import(context: &Context, csv: Vec<u8>, validate_only: bool) -> Result<(), Error> {
    let message = pb::ImportOrganisationsRequest { csv, validate_only, request_id: request_id() };
    let send = async |channel, request| OrganisationServiceClient::new(channel).import_organisations(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| {
        table(["Line", "Organisation", "Verdict", "Faults"], answer.verdicts.iter().map(verdict))
    })?;
    let rows = answer.verdicts.len();
    match answer.verdicts.iter().filter(|verdict| verdict.outcome() == Outcome::Invalid).count() {
        0 => Ok(()),
        refused => Err(Error::Rows { refused, rows }),
    }
}

async fn succeed(context: &Context, succession: pb::Succession) -> Result<(), Error> {
    let message = pb::RecordSuccessionRequest { succession: Some(succession), request_id: request_id() };
    let send = async |channel, request| OrganisationServiceClient::new(channel).record_succession(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| organisation(answer.predecessor.as_ref()))
}

impl Facts {
    /// The organisation with these facts, and the mask of those that were given.
    fn organisation(self) -> (pb::Organisation, Vec<String>) {
        let given = [
            ("display_name", self.name.is_some()),
            ("source", self.source.is_some()),
            ("profile.region", self.region.is_some()),
            ("profile.care_settings", self.care_setting.is_some()),
            ("profile.epr_supplier", self.epr_supplier.is_some()),
            ("profile.epr_product", self.epr_product.is_some()),
            ("profile.epr_version", self.epr_version.is_some()),
            ("profile.size_band", self.size_band.is_some()),
            ("profile.organisation_type", self.organisation_type.is_some()),
            ("profile.topics_offered", self.offers.is_some()),
            ("profile.topics_sought", self.seeks.is_some()),
        ];
        let paths = given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| path.to_owned()).collect();
        // An empty word alone takes everything away.
        let said = |terms: Option<Vec<String>>| {
            let mut terms = terms.unwrap_or_default();
            terms.retain(|term| !term.is_empty());
            terms
        };
        let profile = pb::Profile {
            region: self.region.unwrap_or_default(),
            care_settings: said(self.care_setting),
            epr_supplier: self.epr_supplier.unwrap_or_default(),
            epr_product: self.epr_product.unwrap_or_default(),
            epr_version: self.epr_version.unwrap_or_default(),
            size_band: self.size_band.unwrap_or_default(),
            organisation_type: self.organisation_type.unwrap_or_default(),
            topics_offered: said(self.offers),
            topics_sought: said(self.seeks),
            record_systems: Vec::new(),
        };
        let organisation = pb::Organisation {
            display_name: self.name.unwrap_or_default(),
            source: self.source.unwrap_or_default(),
            profile: Some(profile),
            ..pb::Organisation::default()
        };
        (organisation, paths)
    }
}

fn organisation(organisation: Option<&pb::Organisation>) -> String {
    let Some(organisation) = organisation else { return String::new() };
    let profile = organisation.profile.clone().unwrap_or_default();
    fields([
        ("Code", names::short(&organisation.name).to_owned()),
        ("Name", organisation.display_name.clone()),
        ("Country", organisation.country.clone()),
        ("Region", profile.region.clone()),
        ("Care", profile.care_settings.join(", ")),
        ("Type", profile.organisation_type.clone()),
        ("Size", profile.size_band.clone()),
        ("Record system", record_system(&profile)),
        ("Offers", profile.topics_offered.join("; ")),
        ("Seeks", profile.topics_sought.join("; ")),
        ("Opened", organisation.open_date.clone()),
        ("Closed", organisation.close_date.clone()),
        ("Carried on by", dated(&organisation.successors, |succession| &succession.successor)),
        ("Carries on", dated(&organisation.predecessors, |succession| &succession.predecessor)),
        ("Today", names::shorts(&organisation.current)),
        ("Source", organisation.source.clone()),
        ("Changed", instant(organisation.update_time.as_ref())),
        ("Etag", organisation.etag.clone()),
    ])
}

fn dated(successions: &[pb::Succession], side: impl Fn(&pb::Succession) -> &str) -> String {
    let one = |succession: &pb::Succession| format!("{} from {}", names::short(side(succession)), succession.date);
    successions.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn row(organisation: &pb::Organisation) -> [String; 6] {
    let profile = organisation.profile.clone().unwrap_or_default();
    [
        names::short(&organisation.name).to_owned(),
        organisation.display_name.clone(),
        profile.region.clone(),
        profile.care_settings.join(", "),
        record_system(&profile),
        organisation.close_date.clone(),
    ]
}

fn record_system(profile: &pb::Profile) -> String {
    let parts = [&profile.epr_supplier, &profile.epr_product, &profile.epr_version];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

fn verdict(verdict: &pb::RowVerdict) -> [String; 4] {
    let outcome = match verdict.outcome() {
        Outcome::Unspecified => "",
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Invalid => "invalid",
    };
    let organisation = names::short(&verdict.organisation).to_owned();
    [verdict.line.to_string(), organisation, outcome.to_owned(), verdict.faults.join("\n")]
}
