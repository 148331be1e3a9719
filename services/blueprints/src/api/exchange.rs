//! `ExchangeService`.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use exemplar_directory::Vocabularies;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::sheet::Format;
use exemplar_kernel::{OrganisationId, Principal, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::exchange_service_server::ExchangeService;
use exemplar_proto::blueprints::v1::import_index_response::Part;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::{Api, content, convert, words};
use crate::Error;
use crate::model::index::{Finding, Verdict};
use crate::model::{Content, Visibility};
use crate::service::bundles::{ImportBundle, ImportedBundle};
use crate::service::exchange::{Exported, ImportIndex, ImportedIndex, Progress};
use crate::service::{Blueprints, Interrupted};

/// Bytes of a file in one message.
const CHUNK: usize = 64 << 10;
/// Rows with findings in one message.
const ROWS: usize = 200;
/// Parts of an answer that wait for a slow reader at the most.
const WAITING: usize = 16;
/// How long an import may take when the caller does not say.
const LONGEST: Duration = Duration::from_mins(1);

type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl ExchangeService for Api {
    type ImportIndexStream = Parts<pb::ImportIndexResponse>;
    type ExportIndexStream = Parts<pb::ExportIndexResponse>;
    type ExportBlueprintStream = Parts<pb::ExportBlueprintResponse>;

    async fn import_index(
        &self,
        request: Request<pb::ImportIndexRequest>,
    ) -> Result<Response<Self::ImportIndexStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let import = typed_index(&mut violations, message);
        violations.check()?;
        let (parts, answer) = mpsc::channel(WAITING);
        let (id, deadline) = (request::id(), request::deadline(LONGEST));
        // A task of its own: it goes on to the end of its transaction whether or not somebody still listens.
        let work = import_in_parts(self.0.clone(), (*caller).clone(), import, key, parts);
        tokio::spawn(request::scope(request::Request { id, deadline }, work));
        Ok(Response::new(Box::pin(ReceiverStream::new(answer))))
    }

    async fn export_index(
        &self,
        request: Request<pb::ExportIndexRequest>,
    ) -> Result<Response<Self::ExportIndexStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let format = match pb::SheetFormat::try_from(message.format) {
            Ok(pb::SheetFormat::Csv | pb::SheetFormat::Unspecified) => Ok(Format::Csv),
            Ok(pb::SheetFormat::Xlsx) => Ok(Format::Xlsx),
            Err(_) => Err("is not a form that this version knows"),
        };
        let Some(format) = violations.take("format", format) else { return Err(violations.refuse().into()) };
        let file = self.0.export_index(&caller, format).await?;
        Ok(Response::new(chunks(file, |chunk| pb::ExportIndexResponse { chunk })))
    }

    async fn export_blueprint(
        &self,
        request: Request<pb::ExportBlueprintRequest>,
    ) -> Result<Response<Self::ExportBlueprintStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let name = violations.take("name", super::blueprint::typed_name(&message.name));
        let format = words::typed_export_format(&mut violations, message.format);
        let (Some((id, which)), Some(format)) = (name, format) else { return Err(violations.refuse().into()) };
        Ok(Response::new(match self.0.export(&caller, id, which, format).await? {
            Exported::Text(file) => chunks(file, |chunk| pb::ExportBlueprintResponse { chunk }),
            Exported::File(content) => Box::pin(content.map(|piece| match piece {
                Ok(chunk) => Ok(pb::ExportBlueprintResponse { chunk: chunk.into() }),
                Err(error) => Err(error.into()),
            })),
        }))
    }

    async fn import_bundle(
        &self,
        request: Request<Streaming<pb::ImportBundleRequest>>,
    ) -> Result<Response<pb::ImportBundleResponse>, Status> {
        let (caller, mut stream) = request::open(request);
        let mut message = stream.message().await?.unwrap_or_default();
        let mut violations = Violations::new();
        RequestKey::parse(&mut violations, &message.request_id, &message);
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let visibility = convert::typed_visibility(&mut violations, message.visibility);
        let (Some(organisation), Some(visibility), true) = (organisation, visibility, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let validate_only = message.validate_only;
        let import = ImportBundle { organisation, visibility, validate_only };
        let words = self.0.directory.vocabularies().await?;
        let check = |held| readable(&words, held);
        let first = Ok(Bytes::from(std::mem::take(&mut message.chunk)));
        let rest = stream.map(|part| part.map(|part| Bytes::from(part.chunk)).map_err(|_| Interrupted));
        // The same request is one with the same bundle: its digest stands for it.
        let key = |digest: &str| {
            message.chunk = digest.as_bytes().to_vec();
            RequestKey::parse(&mut Violations::new(), &message.request_id, &message)
        };
        let file = tokio_stream::once(first).chain(rest);
        let ImportedBundle { written, source, enclosed } =
            self.0.import_bundle(&caller, import, file, check, key).await?;
        let mut blueprint = convert::blueprint(&words, &caller, written.value);
        if validate_only {
            blueprint.name.clear();
        }
        Ok(Response::new(pb::ImportBundleResponse {
            blueprint: Some(blueprint),
            source_blueprint: source.blueprint,
            source_revision: words::count(source.revision),
            source_organisation: source.organisation,
            sequence: written.sequence,
            file_names: enclosed.into_iter().map(|file| file.file_name).collect(),
        }))
    }
}

/// The content of a bundle, when it is one that this Exemplar could have written: the same rules as for a draft.
fn readable(words: &Vocabularies, held: Content) -> Result<Content, Error> {
    let mut violations = Violations::new();
    let read = content::typed_content(words, &mut violations, content::content(words, held.clone()));
    violations.check()?;
    if read == held {
        Ok(held)
    } else {
        Err(Error::BundleWrong("its text is not in the form in which bundles are written".to_owned()))
    }
}

fn typed_index(violations: &mut Violations, message: pb::ImportIndexRequest) -> ImportIndex {
    violations.at_most("accept", &message.accept, Finding::ALL.len());
    let mut accept = Vec::new();
    for (i, wire) in message.accept.iter().take(Finding::ALL.len()).enumerate() {
        let field = format!("accept[{i}]");
        match words::typed_finding(violations, &field, *wire) {
            Some(finding) if !finding.can_be_accepted() => violations.add(field, "cannot be accepted"),
            finding => accept.extend(finding),
        }
    }
    let visibility = match message.visibility {
        0 => Some(Visibility::Network),
        wire => convert::typed_visibility(violations, wire),
    };
    if message.file.is_empty() {
        violations.add("file", "is missing");
    }
    ImportIndex {
        file: message.file,
        validate_only: message.validate_only,
        accept,
        visibility: visibility.unwrap_or(Visibility::Network),
    }
}

async fn import_in_parts(
    blueprints: Blueprints,
    caller: Principal,
    import: ImportIndex,
    key: Option<RequestKey>,
    parts: mpsc::Sender<Result<pb::ImportIndexResponse, Status>>,
) {
    let (progress, mut heard) = mpsc::channel(WAITING);
    let told = parts.clone();
    let teller = tokio::spawn(async move {
        while let Some(progress) = heard.recv().await {
            // Somebody who no longer listens, or listens slowly, misses a step.
            let _ = told.try_send(Ok(part(Part::Progress(progress_of(progress)))));
        }
    });
    let done = blueprints.import_index(&caller, import, key, &progress).await;
    drop(progress);
    let _ = teller.await;
    let answer = match done {
        Ok(written) => written,
        Err(error) => {
            let _ = parts.send(Err(error.into())).await;
            return;
        }
    };
    let ImportedIndex { total, imported, verdicts } = answer.value;
    for verdicts in verdicts.chunks(ROWS) {
        let rows = verdicts.iter().map(row).collect();
        if parts.send(Ok(part(Part::Rows(pb::IndexRows { rows })))).await.is_err() {
            return;
        }
    }
    let summary = pb::ImportSummary {
        total_row_count: words::count(total),
        imported_count: words::count(imported),
        left_out_count: words::count(total - imported),
        sequence: answer.sequence,
    };
    let _ = parts.send(Ok(part(Part::Summary(summary)))).await;
}

fn part(part: Part) -> pb::ImportIndexResponse {
    pb::ImportIndexResponse { part: Some(part) }
}

fn progress_of((stage, done, total): Progress) -> pb::ImportProgress {
    let (row_count, total_row_count) = (words::count(done), words::count(total));
    pb::ImportProgress { stage: stage.to_owned(), row_count, total_row_count }
}

fn row(verdict: &Verdict) -> pb::IndexRow {
    let found = |(finding, description): &(Finding, String)| pb::RowFinding {
        finding: words::finding(*finding).into(),
        description: description.clone(),
    };
    pb::IndexRow {
        line: words::count(verdict.line),
        title: verdict.title.clone(),
        findings: verdict.findings.iter().map(found).collect(),
        imported: verdict.imported,
    }
}

/// A file in messages.
fn chunks<T: Send + 'static>(file: Vec<u8>, message: impl Fn(Vec<u8>) -> T) -> Parts<T> {
    let messages: Vec<_> = file.chunks(CHUNK).map(|chunk| Ok(message(chunk.to_vec()))).collect();
    Box::pin(tokio_stream::iter(messages))
}
