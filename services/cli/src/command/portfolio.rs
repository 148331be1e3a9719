//! A learner's plan, project and journal.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::DocumentKind;
use exemplar_proto::academy::v1::portfolio_service_client::PortfolioServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::{Context, input, names, words};

/// A text at the most, in bytes.
const MAX_TEXT: u64 = 80_000;

/// Commands about plans, projects and journals.
#[derive(Subcommand, Clone, Debug)]
pub enum PortfolioCommand {
    /// Write a new revision of a plan or a project; you agree to it with that
    ///
    /// Example: `exemplar portfolio write ENROLMENT --kind project --title "Barcodes at the bedside" project.md --aim "Fewer errors=Wrong doses a month"`
    Write(Write),
    /// Agree to the newest revision, as the learner or the sponsor
    ///
    /// Example: `exemplar portfolio agree ENROLMENT --kind development-plan --revision 2`
    Agree {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// Which of the two
        #[arg(long, value_parser = words::parser::<DocumentKind>())]
        kind: DocumentKind,
        /// The revision that you read
        #[arg(long, value_name = "N")]
        revision: i32,
    },
    /// List the revisions of a plan or a project, newest first
    ///
    /// Example: `exemplar portfolio list ENROLMENT --kind development-plan`
    List {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// Which of the two
        #[arg(long, value_parser = words::parser::<DocumentKind>())]
        kind: DocumentKind,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show what the project is linked to; with --adoption, link it
    ///
    /// Example: `exemplar portfolio link ENROLMENT --adoption ADOPTION`
    Link {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// The adoption that the project is
        #[arg(long, value_parser = names::adoption)]
        adoption: Option<String>,
    },
    /// Make the draft of a blueprint of your trust from the agreed project
    ///
    /// Example: `exemplar portfolio draft ENROLMENT`
    Draft {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
    },
    /// The journal, which nobody else reads unless you share an entry
    #[command(subcommand)]
    Journal(JournalCommand),
}

/// Commands about a journal.
#[derive(Subcommand, Clone, Debug)]
pub enum JournalCommand {
    /// Write an entry; it is private
    ///
    /// Example: `exemplar portfolio journal write ENROLMENT --date 2026-11-02 --title "The first week" entry.md`
    Write(Entry),
    /// Share an entry with your sponsor and the academy, or take that back
    ///
    /// Example: `exemplar portfolio journal share ENTRY`
    Share {
        /// The entry's id
        #[arg(value_parser = names::journal_entry)]
        entry: String,
        /// Take it back
        #[arg(long)]
        stop: bool,
    },
    /// Show one entry
    ///
    /// Example: `exemplar portfolio journal show ENTRY`
    Show {
        /// The entry's id
        #[arg(value_parser = names::journal_entry)]
        entry: String,
    },
    /// List the entries that you may read, newest first
    ///
    /// Example: `exemplar portfolio journal list ENROLMENT`
    List {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Take an entry away for good
    ///
    /// Example: `exemplar portfolio journal delete ENTRY`
    Delete {
        /// The entry's id
        #[arg(value_parser = names::journal_entry)]
        entry: String,
    },
}

/// A revision.
#[derive(Args, Clone, Debug)]
pub struct Write {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// Which of the two
    #[arg(long, value_parser = words::parser::<DocumentKind>())]
    pub kind: DocumentKind,
    /// What it is called
    #[arg(long)]
    pub title: String,
    /// An aim and the measure that tells whether it is reached: `Fewer errors=Wrong doses a month`
    #[arg(long = "aim", id = "aim", value_name = "AIM=MEASURE", value_parser = names::text_of)]
    pub aims: Vec<(String, String)>,
    /// The file of its text; - for stdin
    pub file: PathBuf,
}

/// An entry.
#[derive(Args, Clone, Debug)]
pub struct Entry {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// The day that it is about, as YYYY-MM-DD
    #[arg(long)]
    pub date: String,
    /// What it is called
    #[arg(long)]
    pub title: String,
    /// The file of its text; - for stdin
    pub file: PathBuf,
}

/// Calls a verb and shows what it answers in one field.
macro_rules! verb {
    ($context:ident, $verb:ident, $message:expr, $field:ident) => {{
        let send = async |channel, request| PortfolioServiceClient::new(channel).$verb(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| $field(answer.$field.as_ref()))
    }};
}

impl PortfolioCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Write(Write { enrolment, kind, title, aims, file }) => {
                let body = input::text(&file, MAX_TEXT)?;
                let aim = |(aim, measure)| pb::Aim { aim, measure, ..pb::Aim::default() };
                let aims = aims.into_iter().map(aim).collect();
                let kind = kind.into();
                let written = pb::PortfolioDocument { enrolment, kind, title, body, aims, ..Default::default() };
                verb!(
                    context,
                    write_document,
                    pb::WriteDocumentRequest { document: Some(written), request_id },
                    document
                )
            }
            Self::Agree { enrolment, kind, revision } => {
                let message = pb::AgreeDocumentRequest { enrolment, kind: kind.into(), revision, request_id };
                verb!(context, agree_document, message, document)
            }
            Self::List { enrolment, kind, limit } => list(context, enrolment, kind.into(), limit).await,
            Self::Link { enrolment, adoption: Some(adoption) } => {
                verb!(context, link_project, pb::LinkProjectRequest { enrolment, adoption, request_id }, link)
            }
            Self::Link { enrolment, adoption: None } => {
                let send =
                    async |channel, request| PortfolioServiceClient::new(channel).get_project_link(request).await;
                let answer = context.client.call(pb::GetProjectLinkRequest { enrolment }, send).await?;
                context.output.answer(&answer, |answer| link(answer.link.as_ref()))
            }
            Self::Draft { enrolment } => {
                verb!(context, draft_project, pb::DraftProjectRequest { enrolment, request_id }, link)
            }
            Self::Journal(command) => command.run(context).await,
        }
    }
}

impl JournalCommand {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Write(Entry { enrolment, date, title, file }) => {
                let body = input::text(&file, MAX_TEXT)?;
                let written = pb::JournalEntry { enrolment, date, title, body, ..Default::default() };
                let message = pb::CreateJournalEntryRequest { entry: Some(written), request_id };
                verb!(context, create_journal_entry, message, entry)
            }
            Self::Share { entry: name, stop } => {
                let message = pb::ShareJournalEntryRequest { name, shared: !stop, request_id };
                verb!(context, share_journal_entry, message, entry)
            }
            Self::Show { entry: name } => {
                let send =
                    async |channel, request| PortfolioServiceClient::new(channel).get_journal_entry(request).await;
                let answer = context.client.call(pb::GetJournalEntryRequest { name }, send).await?;
                context.output.answer(&answer, |answer| {
                    let body = answer.entry.as_ref().map(|entry| entry.body.as_str()).unwrap_or_default();
                    format!("{}\n\n{body}", entry(answer.entry.as_ref()))
                })
            }
            Self::List { enrolment, limit } => entries(context, enrolment, limit).await,
            Self::Delete { entry: name } => {
                let message = pb::DeleteJournalEntryRequest { name, request_id };
                let send =
                    async |channel, request| PortfolioServiceClient::new(channel).delete_journal_entry(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |_| "It is gone.".to_owned())
            }
        }
    }
}

async fn list(context: &Context, enrolment: String, kind: i32, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListDocumentsRequest { enrolment: enrolment.clone(), kind, page_size, page_token };
        let send = async |channel, request| PortfolioServiceClient::new(channel).list_documents(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.documents, page.next_page_token))
    };
    let (documents, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListDocumentsResponse { documents, next_page_token };
    context.output.listed(&answer, (answer.documents.len(), &answer.next_page_token), |answer| {
        let row = |one: &pb::PortfolioDocument| {
            [one.revision.to_string(), one.title.clone(), instant(one.write_time.as_ref()), yes(one.agreed)]
        };
        table(["Revision", "Title", "Written", "Agreed by both"], answer.documents.iter().map(row))
    })
}

async fn entries(context: &Context, enrolment: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListJournalEntriesRequest { enrolment: enrolment.clone(), page_size, page_token };
        let send = async |channel, request| PortfolioServiceClient::new(channel).list_journal_entries(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.entries, page.next_page_token))
    };
    let (entries, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListJournalEntriesResponse { entries, next_page_token };
    context.output.listed(&answer, (answer.entries.len(), &answer.next_page_token), |answer| {
        let row = |one: &pb::JournalEntry| {
            [one.date.clone(), one.title.clone(), yes(one.shared), names::short(&one.name).to_owned()]
        };
        table(["Date", "Title", "Shared", "Id"], answer.entries.iter().map(row))
    })
}

fn document(document: Option<&pb::PortfolioDocument>) -> String {
    let Some(document) = document else { return String::new() };
    let head = fields([
        ("Kind", words::word::<DocumentKind>(document.kind)),
        ("Revision", document.revision.to_string()),
        ("Title", document.title.clone()),
        ("Learner agreed", instant(document.learner_agree_time.as_ref())),
        ("Sponsor agreed", instant(document.sponsor_agree_time.as_ref())),
    ]);
    let row = |aim: &pb::Aim| {
        [aim.aim.clone(), aim.measure.clone(), aim.baseline.clone(), aim.target.clone(), aim.due_date.clone()]
    };
    format!("{head}\n\n{}", table(["Aim", "Measure", "Before", "Target", "Due"], document.aims.iter().map(row)))
}

fn link(link: Option<&pb::ProjectLink>) -> String {
    let link = link.cloned().unwrap_or_default();
    fields([
        ("Adoption", names::short(&link.adoption).to_owned()),
        ("Blueprint", names::short(&link.blueprint).to_owned()),
    ])
}

fn entry(entry: Option<&pb::JournalEntry>) -> String {
    let Some(entry) = entry else { return String::new() };
    fields([
        ("Date", entry.date.clone()),
        ("Title", entry.title.clone()),
        ("Shared", yes(entry.shared)),
        ("Id", names::short(&entry.name).to_owned()),
    ])
}
