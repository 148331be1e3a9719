//! Files in and out: one blueprint, the index, bundles.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::exchange_service_client::ExchangeServiceClient;
use exemplar_proto::blueprints::v1::import_index_response::Part;
use exemplar_proto::blueprints::v1::{ExportFormat, IndexFinding, SheetFormat, Visibility};
use indicatif::ProgressBar;

use crate::client::request_id;
use crate::error::Error;
use crate::table::table;
use crate::words::{self, parser};
use crate::{Context, input, names, output};

/// An index at the most, in bytes.
const MAX_INDEX: u64 = 3_500_000;
/// A bundle at the most, in bytes; the server may take less.
const MAX_BUNDLE: u64 = 2 << 30;
/// Bytes of a bundle in one message.
const CHUNK: usize = 64 << 10;

/// One blueprint as a file.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// The blueprint's id; add /revisions/N or /draft
    #[arg(value_parser = names::blueprint_or_part)]
    pub blueprint: String,
    /// In which form
    #[arg(long, value_parser = parser::<ExportFormat>(), default_value = "html")]
    pub format: ExportFormat,
    /// The file to write; stdout when left out
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// The index as a file.
#[derive(Args, Clone, Debug)]
pub struct ExportIndex {
    /// In which form
    #[arg(long, value_parser = parser::<SheetFormat>(), default_value = "csv")]
    pub format: SheetFormat,
    /// The file to write; stdout when left out
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// An index to be imported.
#[derive(Args, Clone, Debug)]
pub struct ImportIndex {
    /// A CSV or XLSX file; - for stdin
    pub file: PathBuf,
    /// Only judge the rows, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Let rows in that have this; said again for each
    #[arg(long, value_parser = parser::<IndexFinding>())]
    pub accept: Vec<IndexFinding>,
    /// Who may read what becomes of the drafts once they are released
    #[arg(long, value_parser = parser::<Visibility>(), default_value = "network")]
    pub visibility: Visibility,
}

/// A bundle to be imported.
#[derive(Args, Clone, Debug)]
pub struct ImportBundle {
    /// The bundle; - for stdin
    pub file: PathBuf,
    /// The organisation that the draft is for
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: String,
    /// Who may read it once it is released
    #[arg(long, value_parser = parser::<Visibility>(), default_value = "network")]
    pub visibility: Visibility,
    /// Only check it, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::ExportBlueprintRequest { name: self.blueprint, format: self.format.into() };
        let send = async |channel, request| ExchangeServiceClient::new(channel).export_blueprint(request).await;
        let mut stream = context.client.call(message, send).await?;
        let mut file = Vec::new();
        while let Some(part) = stream.message().await.map_err(|status| broken(context, status))? {
            file.extend(part.chunk);
        }
        write(self.output.as_deref(), &file)
    }
}

impl ExportIndex {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::ExportIndexRequest { format: self.format.into() };
        let send = async |channel, request| ExchangeServiceClient::new(channel).export_index(request).await;
        let mut stream = context.client.call(message, send).await?;
        let mut file = Vec::new();
        while let Some(part) = stream.message().await.map_err(|status| broken(context, status))? {
            file.extend(part.chunk);
        }
        write(self.output.as_deref(), &file)
    }
}

impl ImportIndex {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::ImportIndexRequest {
            file: input::bytes(&self.file, MAX_INDEX)?,
            validate_only: self.dry_run,
            accept: words::numbers(self.accept),
            visibility: self.visibility.into(),
            request_id: request_id(),
        };
        let send = async |channel, request| ExchangeServiceClient::new(channel).import_index(request).await;
        let mut stream = context.client.call(message, send).await?;
        let bar = ProgressBar::new(0);
        let (mut rows, mut summary) = (Vec::new(), pb::ImportSummary::default());
        while let Some(answer) = stream.message().await.map_err(|status| broken(context, status))? {
            match answer.part {
                Some(Part::Progress(progress)) => {
                    bar.set_length(u64::try_from(progress.total_row_count).unwrap_or(0));
                    bar.set_position(u64::try_from(progress.row_count).unwrap_or(0));
                }
                Some(Part::Rows(more)) => rows.extend(more.rows),
                Some(Part::Summary(end)) => summary = end,
                None => {}
            }
        }
        bar.finish_and_clear();
        context.output.answer(&pb::IndexRows { rows }, |answer| {
            let row = |row: &pb::IndexRow| {
                let words = |found: &pb::RowFinding| {
                    format!("{}: {}", words::word::<IndexFinding>(found.finding), found.description)
                };
                let found = row.findings.iter().map(words).collect::<Vec<_>>().join("\n");
                [row.line.to_string(), row.title.clone(), found, crate::table::yes(row.imported)]
            };
            table(["Line", "Title", "Found", "Let in"], answer.rows.iter().map(row))
        })?;
        let would = if self.dry_run { "would be " } else { "" };
        output::note(&format!(
            "{} of {} rows {would}imported, {} left out",
            summary.imported_count, summary.total_row_count, summary.left_out_count
        ));
        if summary.sequence > 0 {
            output::note(&format!("change {} of the journal", summary.sequence));
        }
        Ok(())
    }
}

impl ImportBundle {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let file = input::bytes(&self.file, MAX_BUNDLE)?;
        if file.is_empty() {
            return Err(Error::usage(format!("{} is empty", self.file.display())));
        }
        let pieces = file.len().div_ceil(CHUNK);
        let file = Arc::new(file);
        let head = pb::ImportBundleRequest {
            organisation: self.organisation,
            visibility: self.visibility.into(),
            validate_only: self.dry_run,
            chunk: Vec::new(),
            request_id: request_id(),
        };
        let send = async |channel, request: tonic::Request<pb::ImportBundleRequest>| {
            let file = Arc::clone(&file);
            let chunk = move |start: usize| {
                let end = (start + CHUNK).min(file.len());
                pb::ImportBundleRequest { chunk: file[start..end].to_vec(), ..Default::default() }
            };
            let starts = (0..).step_by(CHUNK).take(pieces);
            let request = request.map(|head| tokio_stream::iter(std::iter::once(head).chain(starts.map(chunk))));
            ExchangeServiceClient::new(channel).import_bundle(request).await
        };
        let answer = context.client.call(head, send).await?;
        context.output.written(&answer, answer.sequence, |answer| {
            let blueprint = answer.blueprint.clone().unwrap_or_default();
            crate::table::fields([
                ("Title", blueprint.content.map(|content| content.title).unwrap_or_default()),
                ("From", answer.source_organisation.clone()),
                ("Was there", answer.source_blueprint.clone()),
                ("Revision there", answer.source_revision.to_string()),
                ("Files", answer.file_names.join(", ")),
                ("Id", names::short(&blueprint.name).to_owned()),
            ])
        })
    }
}

pub(super) fn broken(context: &Context, status: tonic::Status) -> Error {
    Error::of_call(status, context.client.origin())
}

/// Writes a file, or stdout as it is.
pub(super) fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), Error> {
    let Some(path) = path else {
        let mut stdout = io::stdout().lock();
        return stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Error::Output);
    };
    fs::write(path, bytes).map_err(|error| Error::File(format!("cannot write {}", path.display()), error))?;
    output::note(&format!("{} bytes in {}", bytes.len(), path.display()));
    Ok(())
}
