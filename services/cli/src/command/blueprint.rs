//! Guidance for doing it again elsewhere.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::blueprint_service_client::BlueprintServiceClient;
use exemplar_proto::blueprints::v1::{
    BlueprintKind, BlueprintLevel, CostBand, SectionKind, Severity, Visibility, Willing,
};
use prost_types::FieldMask;

use super::{decision, exchange, revision};
use crate::client::request_id;
use crate::draft::{self, Draft, Epr};
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, input, names, output};

/// Commands about blueprints.
#[derive(Subcommand, Clone, Debug)]
pub enum BlueprintCommand {
    /// Start a draft from options, from a file, or from both; options go before the file
    ///
    /// The file is TOML, with the fields `organisation, visibility, title, summary, level, kind, care_settings,
    /// project_types, user_groups, pillars, size_band, region, funders, questions, months_to_deliver` and the tables
    /// `[cost]`, `[[eprs]]`, `[[benefits]]`, `[[contacts]]` and `[sections]`; or Markdown, with the same fields and tables
    /// between two lines of `+++`, then each section under its heading, as in `## What went wrong`. `show --markdown`
    /// prints one.
    ///
    /// Example: `exemplar blueprint create --file draft.md --organisation RGT --visibility public`
    Create {
        /// The owning organisation
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: Option<String>,
        /// Who may read it once it is released
        #[arg(long, value_parser = parser::<Visibility>())]
        visibility: Option<Visibility>,
        /// What it says.
        #[command(flatten)]
        says: Says,
    },
    /// Change a draft; what is left out stays as it is, and a section with an empty text is removed
    ///
    /// Example: `exemplar blueprint edit BLUEPRINT --section cost="About 250,000 pounds"`
    Edit {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// What changes.
        #[command(flatten)]
        says: Says,
        /// Refuse unless the draft is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Say what a draft lacks, before a reviewer does
    ///
    /// Example: `exemplar blueprint check BLUEPRINT`
    Check {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
    },
    /// Release what was signed off and assured as the next revision
    ///
    /// Example: `exemplar blueprint publish BLUEPRINT`
    Publish {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// Refuse unless the draft is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Take a blueprint out of circulation; a tombstone that says why stays
    ///
    /// Example: `exemplar blueprint withdraw BLUEPRINT --reason "the product is no longer sold"`
    Withdraw {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// Why, in words that every reader is shown
        #[arg(long)]
        reason: String,
    },
    /// Say who may read the released revisions from now on
    ///
    /// Example: `exemplar blueprint set-visibility BLUEPRINT pair`
    SetVisibility {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// Who may read
        #[arg(value_parser = parser::<Visibility>())]
        visibility: Visibility,
    },
    /// List the revisions of a blueprint, newest first, and how to cite them
    ///
    /// Example: `exemplar blueprint revisions BLUEPRINT`
    Revisions {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show what differs between two revisions, section by section and word by word; 0 is the draft
    ///
    /// Removed words stand in [-brackets-], added ones in {+braces+}.
    ///
    /// Example: `exemplar blueprint diff BLUEPRINT 1 2`
    Diff {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// The earlier revision
        from: i32,
        /// The later revision
        to: i32,
    },
    /// Show one blueprint: its newest revision, another, or the draft
    ///
    /// Example: `exemplar blueprint show BLUEPRINT --draft --markdown > draft.md`
    Show {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint_or_part)]
        blueprint: String,
        /// This revision instead of the newest
        #[arg(long, value_name = "N", conflicts_with = "draft")]
        revision: Option<u32>,
        /// The draft instead of the newest revision
        #[arg(long)]
        draft: bool,
        /// Print the file in Markdown that `create` and `edit` read
        #[arg(long)]
        markdown: bool,
    },
    /// List released blueprints, newest first, or your own drafts
    ///
    /// Example: `exemplar blueprint list --organisation RGT --kind success`
    List(List),
    /// Show the decision card: questions answered, cost, outcome, evidence and adopters
    ///
    /// Example: `exemplar blueprint card BLUEPRINT`
    Card {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
    },
    /// Show two to four blueprints side by side
    ///
    /// Example: `exemplar blueprint compare BLUEPRINT BLUEPRINT`
    Compare {
        /// Their ids
        #[arg(value_parser = names::blueprint, num_args = 2..=4, required = true)]
        blueprints: Vec<String>,
    },
    /// Show who has read, downloaded and adopted a blueprint of your own
    ///
    /// Example: `exemplar blueprint usage BLUEPRINT`
    Usage {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
    },
    /// Write one blueprint to a file: a page, text, or a bundle that another Exemplar imports
    ///
    /// Example: `exemplar blueprint export BLUEPRINT --format bundle --output blueprint.zip`
    Export(exchange::Export),
    /// Write the index of released blueprints to a file
    ///
    /// Example: `exemplar blueprint export-index --format xlsx --output index.xlsx`
    ExportIndex(exchange::ExportIndex),
    /// Make drafts of the rows of an index, and say what is wrong with which
    ///
    /// The first row has the headings title, organisation, date, care setting, project type, users and address. A row
    /// with a finding is left out unless --accept names it.
    ///
    /// Example: `exemplar blueprint import-index library.xlsx --dry-run`
    ImportIndex(exchange::ImportIndex),
    /// Check a bundle of another Exemplar and make a draft of it
    ///
    /// Example: `exemplar blueprint import-bundle blueprint.zip --organisation RRV`
    ImportBundle(exchange::ImportBundle),
}

/// What a draft says.
#[derive(Args, Clone, Debug, Default)]
pub struct Says {
    /// A file in TOML or Markdown; - for stdin
    #[arg(long)]
    pub file: Option<PathBuf>,
    /// What, where and when
    #[arg(long)]
    pub title: Option<String>,
    /// One sentence
    #[arg(long)]
    pub summary: Option<String>,
    /// How much of the story it tells
    #[arg(long, value_parser = parser::<BlueprintLevel>())]
    pub level: Option<BlueprintLevel>,
    /// Whether it went well
    #[arg(long, value_parser = parser::<BlueprintKind>())]
    pub kind: Option<BlueprintKind>,
    /// A care setting that it is for; said again for each
    #[arg(long, value_name = "TERM")]
    pub care_setting: Option<Vec<String>>,
    /// A type of project that it is of; said again for each
    #[arg(long, value_name = "TERM")]
    pub project_type: Option<Vec<String>>,
    /// An electronic patient record that it was done with; said again for each
    #[arg(long, value_name = "SUPPLIER/PRODUCT")]
    pub epr: Option<Vec<String>>,
    /// A question that it answers; said again for each
    #[arg(long, value_name = "TEXT")]
    pub question: Option<Vec<String>>,
    /// A section and its text; said again for each
    #[arg(long, value_name = "SECTION=TEXT", value_parser = section)]
    pub section: Vec<(String, String)>,
}

/// Which blueprints are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those of this organisation
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Option<String>,
    /// Only those for this care setting
    #[arg(long, value_name = "TERM")]
    pub care_setting: Option<String>,
    /// Only those of this type of project
    #[arg(long, value_name = "TERM")]
    pub project_type: Option<String>,
    /// Only those that tell so much
    #[arg(long, value_parser = parser::<BlueprintLevel>())]
    pub level: Option<BlueprintLevel>,
    /// Only those that went so
    #[arg(long, value_parser = parser::<BlueprintKind>())]
    pub kind: Option<BlueprintKind>,
    /// The unreleased ones of your organisations instead
    #[arg(long)]
    pub drafts: bool,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

impl BlueprintCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Create { organisation, visibility, says } => {
                let visibility = visibility.map(|visibility| words::word::<Visibility>(visibility.into()));
                let over = Draft { organisation, visibility, ..Draft::default() };
                create(context, &says.draft()?.overlaid(over)).await
            }
            Self::Edit { blueprint, says, etag } => edit(context, blueprint, &says.draft()?, etag).await,
            Self::Check { blueprint } => check(context, blueprint).await,
            Self::Publish { blueprint, etag } => publish(context, blueprint, etag).await,
            Self::Withdraw { blueprint, reason } => revision::withdraw(context, blueprint, reason).await,
            Self::SetVisibility { blueprint, visibility } => {
                revision::set_visibility(context, blueprint, visibility).await
            }
            Self::Revisions { blueprint, limit } => revision::list(context, blueprint, limit).await,
            Self::Diff { blueprint, from, to } => revision::compare(context, blueprint, (from, to)).await,
            Self::Show { blueprint, revision, draft, markdown } => {
                show(context, part(&blueprint, revision, draft)?, markdown).await
            }
            Self::List(list) => list.run(context).await,
            Self::Card { blueprint } => decision::card(context, blueprint).await,
            Self::Compare { blueprints } => decision::compare(context, blueprints).await,
            Self::Usage { blueprint } => decision::usage(context, blueprint).await,
            Self::Export(export) => export.run(context).await,
            Self::ExportIndex(export) => export.run(context).await,
            Self::ImportIndex(import) => import.run(context).await,
            Self::ImportBundle(import) => import.run(context).await,
        }
    }
}

impl Says {
    /// What the file says, with what the options say in its place.
    fn draft(self) -> Result<Draft, Error> {
        let file = match &self.file {
            Some(path) => Draft::read(&input::text(path, draft::MAX_FILE)?)
                .map_err(|why| Error::usage(format!("{}: {why}", path.display())))?,
            None => Draft::default(),
        };
        Ok(file.overlaid(Draft {
            title: self.title,
            summary: self.summary,
            level: self.level.map(|level| words::word::<BlueprintLevel>(level.into())),
            kind: self.kind.map(|kind| words::word::<BlueprintKind>(kind.into())),
            care_settings: self.care_setting,
            project_types: self.project_type,
            eprs: self.epr.map(|typed| typed.iter().map(|typed| Epr::typed(typed)).collect()),
            questions: self.question,
            sections: self.section.into_iter().collect(),
            ..Draft::default()
        }))
    }
}

async fn create(context: &Context, draft: &Draft) -> Result<(), Error> {
    let organisation = match &draft.organisation {
        Some(organisation) => names::organisation(organisation).map_err(Error::Usage)?,
        None => return Err(Error::usage("say whose it is: --organisation CODE, or organisation in the file")),
    };
    let message = pb::CreateBlueprintRequest {
        organisation,
        visibility: draft.visibility().map_err(Error::Usage)?,
        content: Some(draft.content().map_err(Error::Usage)?),
        request_id: request_id(),
    };
    let send = async |channel, request| BlueprintServiceClient::new(channel).create_blueprint(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| blueprint(answer.blueprint.as_ref()))
}

async fn edit(context: &Context, name: String, draft: &Draft, etag: String) -> Result<(), Error> {
    let paths = draft.mask();
    if paths.is_empty() {
        return Err(Error::usage("say what changes: --file FILE, --title, --section SECTION=TEXT, ..."));
    }
    if draft.organisation.is_some() || draft.visibility.is_some() {
        output::note("organisation and visibility of the file are not read: they stay as they were");
    }
    let message = pb::UpdateDraftRequest {
        name,
        content: Some(draft.content().map_err(Error::Usage)?),
        update_mask: Some(FieldMask { paths }),
        etag,
        request_id: request_id(),
    };
    let send = async |channel, request| BlueprintServiceClient::new(channel).update_draft(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| blueprint(answer.blueprint.as_ref()))
}

async fn check(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| BlueprintServiceClient::new(channel).check_draft(request).await;
    let answer = context.client.call(pb::CheckDraftRequest { name }, send).await?;
    let finding = |found: &pb::Finding| {
        [words::word::<Severity>(found.severity), found.field.clone(), found.problem.clone(), found.remedy.clone()]
    };
    if answer.findings.is_empty() {
        output::note("nothing is missing");
    }
    context.output.answer(&answer, |answer| match answer.findings.as_slice() {
        [] => String::new(),
        findings => table(["Severity", "Where", "What is wrong", "What to do"], findings.iter().map(finding)),
    })
}

async fn publish(context: &Context, name: String, etag: String) -> Result<(), Error> {
    let message = pb::PublishBlueprintRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| BlueprintServiceClient::new(channel).publish_blueprint(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| summary(answer.blueprint.as_ref()))
}

async fn show(context: &Context, name: String, markdown: bool) -> Result<(), Error> {
    if markdown && context.output.is_json() {
        return Err(Error::usage("say --markdown or --json, not both"));
    }
    let send = async |channel, request| BlueprintServiceClient::new(channel).get_blueprint(request).await;
    let answer = context.client.call(pb::GetBlueprintRequest { name }, send).await?;
    context.output.answer(&answer, |answer| match &answer.blueprint {
        Some(found) if markdown => Draft::of(found).markdown(),
        found => blueprint(found.as_ref()),
    })
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("organisation", self.organisation),
            ("care_setting", self.care_setting),
            ("project_type", self.project_type),
            ("level", self.level.map(words::constant)),
            ("kind", self.kind.map(words::constant)),
            ("state", self.drafts.then(|| "DRAFT".to_owned())),
        ]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListBlueprintsRequest { page_size, page_token, filter: filter.clone() };
            let send = async |channel, request| BlueprintServiceClient::new(channel).list_blueprints(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.blueprints, page.next_page_token))
        };
        let (blueprints, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListBlueprintsResponse { blueprints, next_page_token };
        context.output.listed(&answer, (answer.blueprints.len(), &answer.next_page_token), |answer| {
            table(["Organisation", "Title", "Kind", "Revision", "Released", "Id"], answer.blueprints.iter().map(row))
        })
    }
}

/// The part of a blueprint that options and name ask for together.
fn part(name: &str, revision: Option<u32>, draft: bool) -> Result<String, Error> {
    let part = match revision {
        Some(number) => format!("/revisions/{number}"),
        None if draft => "/draft".to_owned(),
        None => return Ok(name.to_owned()),
    };
    if names::short(name).contains('/') {
        return Err(Error::usage("the name says already which revision; leave out --revision and --draft"));
    }
    Ok(format!("{name}{part}"))
}

fn section(typed: &str) -> Result<(String, String), String> {
    let (kind, text) = typed.split_once('=').ok_or("expects SECTION=TEXT")?;
    Ok((words::word::<SectionKind>(draft::section(kind)?.into()), text.to_owned()))
}

/// A blueprint with its sections.
fn blueprint(blueprint: Option<&pb::Blueprint>) -> String {
    let sections = blueprint.map(|blueprint| Draft::of(blueprint).sections()).unwrap_or_default();
    format!("{}\n{sections}", summary(blueprint))
}

/// A blueprint without its sections.
pub(super) fn summary(blueprint: Option<&pb::Blueprint>) -> String {
    let Some(blueprint) = blueprint else { return String::new() };
    let content = blueprint.content.clone().unwrap_or_default();
    fields([
        ("Title", content.title),
        ("Summary", content.summary),
        ("Organisation", names::short(&blueprint.organisation).to_owned()),
        ("Level", words::word::<BlueprintLevel>(content.level)),
        ("Kind", words::word::<BlueprintKind>(content.kind)),
        ("Care settings", content.care_settings.join(", ")),
        ("Project types", content.project_types.join(", ")),
        ("Users", content.user_groups.join(", ")),
        ("Pillars", content.pillars.join(", ")),
        ("Record systems", content.eprs.iter().map(epr).collect::<Vec<_>>().join("\n")),
        ("Size", content.size_band),
        ("Region", content.region),
        ("Funders", content.funders.join(", ")),
        ("Questions", content.questions.join("\n")),
        ("Cost", content.cost.as_ref().map(cost).unwrap_or_default()),
        ("Months to deliver", count(content.months_to_deliver)),
        ("Benefits", content.benefits.iter().map(benefit).collect::<Vec<_>>().join("\n")),
        ("Contacts", content.contacts.iter().map(contact).collect::<Vec<_>>().join("\n")),
        ("Visibility", words::word::<Visibility>(blueprint.visibility)),
        ("Revision", revision(blueprint)),
        ("Newest revision", count(blueprint.latest_revision)),
        ("Released", instant(blueprint.publish_time.as_ref())),
        ("What changed", blueprint.change_note.clone()),
        ("Id", names::short(&blueprint.name).to_owned()),
        ("Look again", instant(blueprint.review_due_time.as_ref())),
        ("Withdrawn", instant(blueprint.withdraw_time.as_ref())),
        ("Why withdrawn", blueprint.withdraw_reason.clone()),
        ("Etag", blueprint.etag.clone()),
    ])
}

/// `Epic Hyperspace (2018, 2019)`.
fn epr(epr: &pb::Epr) -> String {
    let versions = if epr.versions.is_empty() { String::new() } else { format!(" ({})", epr.versions.join(", ")) };
    format!("{} {}{versions}", epr.supplier, epr.product).trim().to_owned()
}

/// `capital from-250k, revenue from-10k a year, 400 staff days; GBP of 2018, invoices`.
fn cost(cost: &pb::Cost) -> String {
    let mut said = Vec::new();
    for (name, band, each) in [("capital", cost.capital, ""), ("revenue", cost.revenue, " a year")] {
        if band != 0 {
            said.push(format!("{name} {}{each}", words::word::<CostBand>(band)));
        }
    }
    said.extend(cost.staff_days.map(|days| format!("{days} staff days")));
    let year = if cost.price_year == 0 { String::new() } else { format!(" of {}", cost.price_year) };
    let basis = if cost.basis.is_empty() { String::new() } else { format!(", {}", cost.basis) };
    format!("{}; {}{year}{basis}", said.join(", "), cost.currency)
}

/// `doses-scanned: Doses scanned, 0 to 92 %, measured by the informatics team until 2018-06-30`.
fn benefit(benefit: &pb::Benefit) -> String {
    let mut text = format!("{}: {}", benefit.id, benefit.measure);
    match (benefit.baseline.as_str(), benefit.result.as_str()) {
        ("", "") => {}
        (before, "") => text.push_str(&format!(", {before} {} before", benefit.unit)),
        ("", after) => text.push_str(&format!(", {after} {} after", benefit.unit)),
        (before, after) => text.push_str(&format!(", {before} to {after} {}", benefit.unit)),
    }
    if !benefit.measured_by.is_empty() {
        let whose = if benefit.independent { ", independently" } else { "" };
        text.push_str(&format!(", measured by {}{whose}", benefit.measured_by));
    }
    if !benefit.measure_date.is_empty() {
        text.push_str(&format!(" until {}", benefit.measure_date));
    }
    text
}

/// `Sample Lead, programme lead, RGT (call)`.
fn contact(contact: &pb::Contact) -> String {
    let known = [contact.display_name.as_str(), &contact.role, names::short(&contact.organisation)];
    let known: Vec<_> = known.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} ({})", known.join(", "), words::word::<Willing>(contact.willing))
}

fn row(blueprint: &pb::Blueprint) -> [String; 6] {
    let content = blueprint.content.clone().unwrap_or_default();
    [
        names::short(&blueprint.organisation).to_owned(),
        content.title,
        words::word::<BlueprintKind>(content.kind),
        revision(blueprint),
        instant(blueprint.publish_time.as_ref()),
        names::short(&blueprint.name).to_owned(),
    ]
}

fn revision(blueprint: &pb::Blueprint) -> String {
    match blueprint.revision {
        0 => "draft".to_owned(),
        number => number.to_string(),
    }
}
