//! The record of training: attendance, sheets, imports, marking, rulings.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::record_service_client::RecordServiceClient;
use exemplar_proto::academy::v1::{CellOutcome, Presence, RulingKind};

use super::standing;
use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, instant, table};
use crate::{Context, input, names, output, words};

/// A sheet at the most, in bytes.
const MAX_SHEET: u64 = 4 << 20;
/// A file of entries at the most, in bytes.
const MAX_IMPORT: u64 = 32 << 20;

/// Commands about the record of training.
#[derive(Subcommand, Clone, Debug)]
pub enum RecordCommand {
    /// Record whether a learner was at a session
    ///
    /// Example: `exemplar record attendance ENROLMENT --at S11 --presence late`
    Attendance {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// The session's code
        #[arg(long = "at", id = "at", value_name = "CODE")]
        session: String,
        /// Whether they were there
        #[arg(long, value_parser = words::parser::<Presence>())]
        presence: Presence,
        /// Why, where there is something to say
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Say before a session that you will not come
    ///
    /// Example: `exemplar record apologise ENROLMENT --at S11 --reason "On call"`
    Apologise {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// The session's code
        #[arg(long = "at", id = "at", value_name = "CODE")]
        session: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Enter a sheet of a cohort: CSV, a paste with tabs, or XLSX; the shape is what `download` gives
    ///
    /// Either everything that is new or changed is written, as one batch, or, when a cell cannot be used, nothing is.
    ///
    /// Example: `exemplar record enter COHORT module-1.xlsx --validate-only`
    Enter(Enter),
    /// Download the sheet of a module, or of a whole cohort
    ///
    /// Example: `exemplar record download COHORT --module M1 --xlsx module-1.xlsx`
    Download(Download),
    /// Import a long file of back-dated entries: `enrolment, item, attempt, value, date, reason`
    ///
    /// The same file again writes what is missing and nothing twice.
    ///
    /// Example: `exemplar record import entries.csv`
    Import {
        /// The file; - for stdin
        file: PathBuf,
        /// Only tell what would become of each row
        #[arg(long)]
        validate_only: bool,
    },
    /// List the batches of a cohort, newest first
    ///
    /// Example: `exemplar record batches COHORT`
    Batches {
        /// The cohort's id; files of several cohorts when left out
        #[arg(value_parser = names::cohort)]
        cohort: Option<String>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Undo a batch as one
    ///
    /// Example: `exemplar record undo BATCH --reason "The wrong cohort's file"`
    Undo {
        /// The batch's id
        #[arg(value_parser = names::batch)]
        batch: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Give a second mark to a result
    ///
    /// Example: `exemplar record second-mark RESULT --mark 58`
    SecondMark {
        /// The result's id
        #[arg(value_parser = names::result)]
        result: String,
        /// The mark in percent
        #[arg(long, value_name = "PERCENT")]
        mark: i32,
    },
    /// Decide where two marks differ
    ///
    /// Example: `exemplar record moderate RESULT --mark 60 --note "Agreed on the method"`
    Moderate {
        /// The result's id
        #[arg(value_parser = names::result)]
        result: String,
        /// The mark in percent
        #[arg(long, value_name = "PERCENT")]
        mark: i32,
        /// Why
        #[arg(long)]
        note: String,
    },
    /// Release the results of a module to a cohort's learners
    ///
    /// Example: `exemplar record release COHORT --module M1`
    Release {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// The module's code
        #[arg(long, value_name = "CODE")]
        module: String,
    },
    /// Rule on a requirement: an override, an extension, an artefact handed in
    ///
    /// Example: `exemplar record rule ENROLMENT --kind extension --subject M1 --date 2026-12-01 --reason "Illness"`
    Rule(Rule),
}

/// A sheet to be entered.
#[derive(Args, Clone, Debug)]
pub struct Enter {
    /// The cohort's id
    #[arg(value_parser = names::cohort)]
    pub cohort: String,
    /// The file; - for stdin
    pub file: PathBuf,
    /// The day of marks that have none of their own, as YYYY-MM-DD; today when left out
    #[arg(long, default_value = "", hide_default_value = true)]
    pub date: String,
    /// Why marks are corrected, where a row does not say
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// Only tell what would become of each cell
    #[arg(long)]
    pub validate_only: bool,
}

/// A sheet to be downloaded.
#[derive(Args, Clone, Debug)]
pub struct Download {
    /// The cohort's id
    #[arg(value_parser = names::cohort)]
    pub cohort: String,
    /// The module's code; the whole cohort when left out
    #[arg(long, value_name = "CODE", default_value = "", hide_default_value = true)]
    pub module: String,
    /// Where learners stand, instead of the sheet of entries
    #[arg(long, conflicts_with = "module")]
    pub standings: bool,
    /// Write a workbook to this file; CSV goes to stdout
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
}

/// A ruling.
#[derive(Args, Clone, Debug)]
pub struct Rule {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// What it does
    #[arg(long, value_parser = words::parser::<RulingKind>())]
    pub kind: RulingKind,
    /// The requirement: a module's code, `M1/ESSAY`, attendance, residentials, journal, development-plan, project
    #[arg(long)]
    pub subject: String,
    /// The new due date, or the day of handing in, as YYYY-MM-DD
    #[arg(long, default_value = "", hide_default_value = true)]
    pub date: String,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Take back the last one
    #[arg(long)]
    pub withdraw: bool,
}

impl RecordCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Attendance { enrolment, session, presence, note } => {
                let presence = presence.into();
                let message = pb::RecordAttendanceRequest { enrolment, session, presence, note, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).record_attendance(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| standing::standing(answer.standing.as_ref()))
            }
            Self::Apologise { enrolment, session, reason } => {
                let message = pb::SendApologiesRequest { enrolment, session, reason, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).send_apologies(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| standing::standing(answer.standing.as_ref()))
            }
            Self::Enter(enter) => enter.run(context).await,
            Self::Download(download) => download.run(context).await,
            Self::Import { file, validate_only } => import(context, file, validate_only).await,
            Self::Batches { cohort, limit } => batches(context, cohort.unwrap_or_default(), limit).await,
            Self::Undo { batch: name, reason } => {
                let message = pb::UndoBatchRequest { name, reason, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).undo_batch(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| table(BATCH, answer.batch.iter().map(batch)))
            }
            Self::SecondMark { result: name, mark } => {
                let message = pb::SecondMarkResultRequest { name, mark, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).second_mark_result(request).await;
                let answer = context.client.call(message, send).await?;
                context
                    .output
                    .written(&answer, answer.sequence, |answer| standing::result_table(answer.result.as_ref()))
            }
            Self::Moderate { result: name, mark, note } => {
                let message = pb::ModerateResultRequest { name, mark, note, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).moderate_result(request).await;
                let answer = context.client.call(message, send).await?;
                context
                    .output
                    .written(&answer, answer.sequence, |answer| standing::result_table(answer.result.as_ref()))
            }
            Self::Release { cohort, module } => {
                let message = pb::ReleaseResultsRequest { cohort, module, request_id };
                let send = async |channel, request| RecordServiceClient::new(channel).release_results(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| format!("{} released", answer.results))
            }
            Self::Rule(rule) => rule.run(context, request_id).await,
        }
    }
}

impl Rule {
    async fn run(self, context: &Context, request_id: String) -> Result<(), Error> {
        let Self { enrolment, kind, subject, date, reason, withdraw: withdrawn } = self;
        let ruling = pb::Ruling { kind: kind.into(), subject, withdrawn, date, reason, ..pb::Ruling::default() };
        let message = pb::MakeRulingRequest { enrolment, ruling: Some(ruling), request_id };
        let send = async |channel, request| RecordServiceClient::new(channel).make_ruling(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| standing::standing(answer.standing.as_ref()))
    }
}

impl Enter {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let file = input::bytes(&self.file, MAX_SHEET)?;
        let source = Some(pb::enter_sheet_request::Source::File(file));
        let Self { cohort, date, reason, validate_only, .. } = self;
        let message = pb::EnterSheetRequest { cohort, date, reason, validate_only, source, request_id: request_id() };
        let send = async |channel, request| RecordServiceClient::new(channel).enter_sheet(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| {
            // What is as it was needs nobody's eye.
            let told = answer.verdicts.iter().filter(|verdict| verdict.outcome() != CellOutcome::Unchanged);
            let verdicts = table(["Row", "Column", "Verdict", "Why"], told.map(verdict));
            let batch = table(BATCH, answer.batch.iter().map(batch));
            if answer.batch.is_some() { format!("{verdicts}\n\n{batch}") } else { verdicts }
        })?;
        let unusable =
            |verdict: &&pb::CellVerdict| matches!(verdict.outcome(), CellOutcome::Invalid | CellOutcome::UnknownPerson);
        match answer.verdicts.iter().filter(unusable).count() {
            0 => Ok(()),
            refused => Err(Error::Rows { refused, rows: answer.verdicts.len() }),
        }
    }
}

impl Download {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let format = if self.xlsx.is_some() { pb::SheetFormat::Xlsx } else { pb::SheetFormat::Csv }.into();
        let cohort = self.cohort;
        let file = if self.standings {
            let message = pb::DownloadStandingsRequest { cohort, filter: String::new(), format };
            let send = async |channel, request| RecordServiceClient::new(channel).download_standings(request).await;
            context.client.call(message, send).await?.file
        } else {
            let message = pb::DownloadSheetRequest { cohort, module: self.module, format };
            let send = async |channel, request| RecordServiceClient::new(channel).download_sheet(request).await;
            context.client.call(message, send).await?.file
        };
        match self.xlsx {
            Some(path) => {
                let failed = |error| Error::File(format!("cannot write {}", path.display()), error);
                std::fs::write(&path, file).map_err(failed)?;
                output::note(&format!("written to {}", path.display()));
                Ok(())
            }
            None => context.output.document(&String::from_utf8_lossy(&file), ToString::to_string),
        }
    }
}

async fn import(context: &Context, path: PathBuf, validate_only: bool) -> Result<(), Error> {
    let file = input::bytes(&path, MAX_IMPORT)?;
    let message = pb::ImportEntriesRequest { file, validate_only };
    let send = async |channel, request| {
        RecordServiceClient::new(channel).max_encoding_message_size(64 << 20).import_entries(request).await
    };
    let mut answers = context.client.call(message, send).await?;
    let (mut last, mut unusable) = (pb::ImportEntriesResponse::default(), Vec::new());
    while let Some(answer) =
        answers.message().await.map_err(|status| Error::of_call(status, context.client.origin()))?
    {
        output::note(&format!("{} of {} rows", answer.done, answer.rows));
        unusable.extend(answer.verdicts.clone());
        last = answer;
    }
    last.verdicts = unusable;
    context.output.written(&last, last.sequence, |last| {
        let counts = [last.created, last.changed, last.unchanged, last.unusable].map(|count| count.to_string());
        let counts = table(["New", "Changed", "Unchanged", "Unusable"], [counts]);
        if last.verdicts.is_empty() {
            return counts;
        }
        format!("{counts}\n\n{}", table(["Row", "Column", "Verdict", "Why"], last.verdicts.iter().map(verdict)))
    })?;
    match usize::try_from(last.unusable) {
        Ok(0) | Err(_) => Ok(()),
        Ok(refused) => Err(Error::Rows { refused, rows: usize::try_from(last.rows).unwrap_or(refused) }),
    }
}

async fn batches(context: &Context, cohort: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListBatchesRequest { cohort: cohort.clone(), page_size, page_token };
        let send = async |channel, request| RecordServiceClient::new(channel).list_batches(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.batches, page.next_page_token))
    };
    let (batches, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListBatchesResponse { batches, next_page_token };
    context.output.listed(&answer, (answer.batches.len(), &answer.next_page_token), |answer| {
        table(BATCH, answer.batches.iter().map(batch))
    })
}

const BATCH: [&str; 5] = ["What", "Entries", "Recorded", "Undone by", "Id"];

fn batch(batch: &pb::Batch) -> [String; 5] {
    [
        batch.description.clone(),
        count(batch.entries),
        instant(batch.record_time.as_ref()),
        names::short(&batch.undone_by).to_owned(),
        names::short(&batch.name).to_owned(),
    ]
}

fn verdict(verdict: &pb::CellVerdict) -> [String; 4] {
    let outcome = words::word::<CellOutcome>(verdict.outcome);
    [verdict.row.to_string(), verdict.column.clone(), outcome, verdict.message.clone()]
}
