//! Sending a file up, as often as it takes.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::artefact_service_client::ArtefactServiceClient;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use super::{Upload, artefact, bar, beside, get};
use crate::Context;
use crate::client::request_id;
use crate::error::{Error, reason};

/// Bytes of a chunk.
const CHUNK: usize = 512 << 10;
/// Calls that bring nothing further before the command gives up.
const MAX_IDLE: u32 = 3;

impl Upload {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (size, sha256) = digest(&self.file)?;
        let message = self.message(size, &sha256)?;
        let mut upload = start(context, message.clone()).await?;
        // The first answer may tell of an upload that has been forgotten since.
        upload = match ask(context, &upload.name).await {
            Err(error) if error.code() == Some(Code::NotFound) => {
                start(context, pb::StartUploadRequest { request_id: request_id(), ..message }).await?
            }
            asked => asked?,
        };
        let bar = bar(size);
        let mut idle = 0;
        while upload.artefact.is_empty() {
            let before = upload.received_bytes;
            match self.send(context, &upload, &bar).await {
                Ok(answer) => upload = answer.upload.unwrap_or_default(),
                Err(error) if goes_on(&error) => {
                    beside(&bar, &format!("{}; going on", error.report()));
                    upload = ask(context, &upload.name).await?;
                    idle = if upload.received_bytes > before { 0 } else { idle + 1 };
                    if idle > MAX_IDLE {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        bar.finish_and_clear();
        let answer = get(context, upload.artefact).await?;
        context.output.answer(&answer, |answer| artefact(answer.artefact.as_ref()))
    }

    fn message(&self, size: u64, sha256: &str) -> Result<pb::StartUploadRequest, Error> {
        let own = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let file_name = self.name.clone().or(own).unwrap_or_default();
        let details = pb::ArtefactDetails {
            file_name,
            kind: self.says.kind.unwrap_or(pb::ArtefactKind::Other).into(),
            licence: self
                .says
                .licence
                .clone()
                .ok_or_else(|| Error::usage("say under which licence others may use it: --licence OGL-UK-3.0"))?,
            description: self.says.description.clone().unwrap_or_default(),
            visibility: self.says.visibility.unwrap_or(pb::Visibility::Organisation).into(),
        };
        let mut message = pb::StartUploadRequest {
            blueprint: self.blueprint.clone(),
            details: Some(details),
            size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
            sha256: sha256.to_owned(),
            request_id: String::new(),
        };
        // The same file with the same words is the same upload: a command that broke off is simply run again.
        message.request_id = hex(&Sha256::digest(prost::Message::encode_to_vec(&message)));
        Ok(message)
    }

    async fn send(
        &self,
        context: &Context,
        upload: &pb::Upload,
        bar: &ProgressBar,
    ) -> Result<pb::WriteChunksResponse, Error> {
        let offset = upload.received_bytes.unsigned_abs();
        bar.set_position(offset);
        let send = async |channel, request: tonic::Request<(String, u64)>| {
            let chunks = |(name, offset): (String, u64)| {
                let (sender, receiver) = mpsc::channel(2);
                let (file, bar) = (self.file.clone(), bar.clone());
                tokio::task::spawn_blocking(move || feed(&file, name, offset, &sender, &bar));
                ReceiverStream::new(receiver)
            };
            ArtefactServiceClient::new(channel).write_chunks(request.map(chunks)).await
        };
        context.client.call((upload.name.clone(), offset), send).await
    }
}

async fn start(context: &Context, message: pb::StartUploadRequest) -> Result<pb::Upload, Error> {
    let send = async |channel, request| ArtefactServiceClient::new(channel).start_upload(request).await;
    Ok(context.client.call(message, send).await?.upload.unwrap_or_default())
}

async fn ask(context: &Context, name: &str) -> Result<pb::Upload, Error> {
    let send = async |channel, request| ArtefactServiceClient::new(channel).get_upload(request).await;
    let answer = context.client.call(pb::GetUploadRequest { name: name.to_owned() }, send).await?;
    Ok(answer.upload.unwrap_or_default())
}

/// Whether the upload can go on after this.
fn goes_on(error: &Error) -> bool {
    let broken = matches!(error, Error::Lost(..));
    let moved = error.status().is_some_and(|status| reason(status) == "UPLOAD_OFFSET");
    broken || moved || error.code() == Some(Code::Unavailable)
}

/// Reads the file from an offset, chunk by chunk, as long as somebody takes them. A file that cannot be read ends the
/// stream early, which the service answers with how far it is.
fn feed(path: &Path, name: String, offset: u64, sender: &mpsc::Sender<pb::WriteChunksRequest>, bar: &ProgressBar) {
    let Ok(mut file) = File::open(path) else { return };
    if file.seek(SeekFrom::Start(offset)).is_err() {
        return;
    }
    let mut first = Some((name, i64::try_from(offset).unwrap_or(i64::MAX)));
    loop {
        let mut data = Vec::with_capacity(CHUNK);
        let Ok(read) = file.by_ref().take(CHUNK as u64).read_to_end(&mut data) else { return };
        if read == 0 && first.is_none() {
            return;
        }
        let (upload, offset) = first.take().unwrap_or_default();
        if sender.blocking_send(pb::WriteChunksRequest { upload, offset, data: data.into() }).is_err() {
            return;
        }
        bar.inc(read as u64);
    }
}

/// The length of a file and its SHA-256.
fn digest(path: &Path) -> Result<(u64, String), Error> {
    let failed = |error| Error::File(format!("cannot read {}", path.display()), error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let size = io::copy(&mut file, &mut hash).map_err(failed)?;
    Ok((size, hex(&hash.finalize())))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
