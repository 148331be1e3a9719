//! Files of blueprints.

mod download;
mod upload;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::artefact_service_client::ArtefactServiceClient;
use exemplar_proto::blueprints::v1::{ArtefactKind, ArtefactState, Visibility};
use indicatif::{ProgressBar, ProgressStyle};
use prost_types::FieldMask;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::words::{self, parser};
use crate::{Context, names, output};

/// Commands about artefacts.
#[derive(Subcommand, Clone, Debug)]
pub enum ArtefactCommand {
    /// Add a file to a blueprint's draft; the same command again goes on where a broken one stopped
    ///
    /// Example: `exemplar artefact upload BLUEPRINT plan.pdf --kind plan --licence OGL-UK-3.0`
    Upload(Upload),
    /// List the files of a blueprint: of its newest revision, another, or the draft
    ///
    /// Example: `exemplar artefact list BLUEPRINT`
    List {
        /// The blueprint's id, which may end in `/draft` or `/revisions/{number}`
        #[arg(value_parser = names::blueprint_or_part)]
        blueprint: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show what is said of a file
    ///
    /// Example: `exemplar artefact show ARTEFACT`
    Show {
        /// The artefact's id
        #[arg(value_parser = names::artefact)]
        artefact: String,
    },
    /// Save a file, and check its SHA-256; the same command again goes on where a broken one stopped
    ///
    /// Example: `exemplar artefact download ARTEFACT --output plan.pdf`
    Download {
        /// The artefact's id
        #[arg(value_parser = names::artefact)]
        artefact: String,
        /// Where to save it; under its own name in this folder when not said
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Change what the draft says of a file; what is left out stays as it is
    ///
    /// Example: `exemplar artefact edit ARTEFACT --visibility network`
    Edit {
        /// The artefact's id
        #[arg(value_parser = names::artefact)]
        artefact: String,
        /// Its file name, with an extension of the same type
        #[arg(long, value_name = "NAME")]
        file_name: Option<String>,
        /// What changes.
        #[command(flatten)]
        says: Says,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Take a file out of the draft; revisions that have it keep it
    ///
    /// Example: `exemplar artefact remove ARTEFACT`
    Remove {
        /// The artefact's id
        #[arg(value_parser = names::artefact)]
        artefact: String,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
}

/// What is to be uploaded.
#[derive(Args, Clone, Debug)]
pub struct Upload {
    /// The blueprint's id
    #[arg(value_parser = names::blueprint)]
    pub blueprint: String,
    /// The file
    pub file: PathBuf,
    /// What it is called there; its own name when not said
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What is said of it.
    #[command(flatten)]
    pub says: Says,
}

/// What is said of an artefact.
#[derive(Args, Clone, Debug, Default)]
pub struct Says {
    /// What it is for
    #[arg(long, value_parser = parser::<ArtefactKind>())]
    pub kind: Option<ArtefactKind>,
    /// Under which licence others may use it, by its SPDX identifier, like OGL-UK-3.0
    #[arg(long, value_name = "SPDX")]
    pub licence: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Who may read it once it is released; never wider than the blueprint's
    #[arg(long, value_parser = parser::<Visibility>())]
    pub visibility: Option<Visibility>,
}

impl ArtefactCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Upload(upload) => upload.run(context).await,
            Self::List { blueprint, limit } => list(context, blueprint, limit).await,
            Self::Show { artefact } => show(context, artefact).await,
            Self::Download { artefact, output } => download::run(context, artefact, output).await,
            Self::Edit { artefact, file_name, says, etag } => edit(context, artefact, file_name, says, etag).await,
            Self::Remove { artefact, etag } => remove(context, artefact, etag).await,
        }
    }
}

async fn list(context: &Context, parent: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListArtefactsRequest { parent: parent.clone(), page_size, page_token };
        let send = async |channel, request| ArtefactServiceClient::new(channel).list_artefacts(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.artefacts, page.next_page_token))
    };
    let (artefacts, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListArtefactsResponse { artefacts, next_page_token };
    context.output.listed(&answer, (answer.artefacts.len(), &answer.next_page_token), |answer| {
        table(["File", "Kind", "Licence", "Visibility", "Size", "State", "Id"], answer.artefacts.iter().map(row))
    })
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let answer = get(context, name).await?;
    context.output.answer(&answer, |answer| artefact(answer.artefact.as_ref()))
}

async fn get(context: &Context, name: String) -> Result<pb::GetArtefactResponse, Error> {
    let send = async |channel, request| ArtefactServiceClient::new(channel).get_artefact(request).await;
    context.client.call(pb::GetArtefactRequest { name }, send).await
}

async fn edit(
    context: &Context,
    name: String,
    file_name: Option<String>,
    says: Says,
    etag: String,
) -> Result<(), Error> {
    let named = [
        ("file_name", file_name.is_some()),
        ("kind", says.kind.is_some()),
        ("licence", says.licence.is_some()),
        ("description", says.description.is_some()),
        ("visibility", says.visibility.is_some()),
    ];
    let paths: Vec<String> = named.into_iter().filter(|(_, named)| *named).map(|(field, _)| field.to_owned()).collect();
    if paths.is_empty() {
        return Err(Error::usage("say what changes: --kind, --licence, --description, --visibility or --file-name"));
    }
    let details = pb::ArtefactDetails {
        file_name: file_name.unwrap_or_default(),
        kind: says.kind.unwrap_or_default().into(),
        licence: says.licence.unwrap_or_default(),
        description: says.description.unwrap_or_default(),
        visibility: says.visibility.unwrap_or_default().into(),
    };
    let message = pb::UpdateArtefactRequest {
        name,
        details: Some(details),
        update_mask: Some(FieldMask { paths }),
        etag,
        request_id: request_id(),
    };
    let send = async |channel, request| ArtefactServiceClient::new(channel).update_artefact(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| artefact(answer.artefact.as_ref()))
}

async fn remove(context: &Context, name: String, etag: String) -> Result<(), Error> {
    let message = pb::RemoveArtefactRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| ArtefactServiceClient::new(channel).remove_artefact(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |_| "It is no longer in the draft.".to_owned())
}

/// A bar for bytes on their way.
fn bar(length: u64) -> ProgressBar {
    let template = "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

fn artefact(artefact: Option<&pb::Artefact>) -> String {
    let Some(artefact) = artefact else { return String::new() };
    let details = artefact.details.clone().unwrap_or_default();
    fields([
        ("File", details.file_name),
        ("Kind", words::word::<ArtefactKind>(details.kind)),
        ("Description", details.description),
        ("Licence", details.licence),
        ("Visibility", words::word::<Visibility>(details.visibility)),
        ("Type", artefact.media_type.clone()),
        ("Bytes", artefact.size_bytes.to_string()),
        ("SHA-256", artefact.sha256.clone()),
        ("State", words::word::<ArtefactState>(artefact.state)),
        ("Scanned", yes(artefact.scanned)),
        ("Scanner", artefact.scan_note.clone()),
        ("Added", instant(artefact.create_time.as_ref())),
        ("Blueprint", names::short(&artefact.blueprint).to_owned()),
        ("Revision", if artefact.revision == 0 { "draft".to_owned() } else { artefact.revision.to_string() }),
        ("Id", names::short(&artefact.name).to_owned()),
        ("Etag", artefact.etag.clone()),
    ])
}

fn row(artefact: &pb::Artefact) -> [String; 7] {
    let details = artefact.details.clone().unwrap_or_default();
    [
        details.file_name,
        words::word::<ArtefactKind>(details.kind),
        details.licence,
        words::word::<Visibility>(details.visibility),
        artefact.size_bytes.to_string(),
        words::word::<ArtefactState>(artefact.state),
        names::short(&artefact.name).to_owned(),
    ]
}

/// Says something that a bar must not overwrite.
fn beside(bar: &ProgressBar, text: &str) {
    bar.suspend(|| output::note(text));
}
