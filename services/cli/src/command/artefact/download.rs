//! Getting a file: into a part first, which becomes the file when all of it is there and its SHA-256 is right.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::artefact_service_client::ArtefactServiceClient;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};
use tonic::Streaming;

use super::upload::hex;
use super::{artefact, bar, get};
use crate::error::Error;
use crate::{Context, output};

pub(super) async fn run(context: &Context, name: String, to: Option<PathBuf>) -> Result<(), Error> {
    let answer = get(context, name.clone()).await?;
    let found = answer.artefact.clone().unwrap_or_default();
    let own = found.details.clone().unwrap_or_default().file_name;
    let to = match to {
        Some(to) => to,
        None => PathBuf::from(&own).file_name().map(PathBuf::from).ok_or_else(|| Error::usage("say --output FILE"))?,
    };
    if to.exists() {
        return Err(Error::usage(format!("{} is there already; choose another with --output", to.display())));
    }
    // The digest is in the name, so that the part of another file is never gone on with.
    let part = to.with_added_extension(format!("{}.part", found.sha256.get(..12).unwrap_or_default()));
    let size = found.size_bytes.unsigned_abs();
    let have = fs::metadata(&part).map_or(0, |there| there.len()).min(size);
    let bar = bar(size);
    bar.set_position(have);
    if have < size || size == 0 {
        let offset = i64::try_from(have).unwrap_or(i64::MAX);
        let send = async |channel, request| ArtefactServiceClient::new(channel).download_artefact(request).await;
        let request = pb::DownloadArtefactRequest { name, offset, length: 0 };
        let pieces = context.client.call(request, send).await?;
        save(context, pieces, &part, &bar).await?;
    }
    bar.finish_and_clear();
    let sha256 = digest(&part)?;
    if sha256 != found.sha256 {
        fs::remove_file(&part).map_err(|error| failed(&part, error))?;
        return Err(Error::usage(format!("what came has the SHA-256 {sha256}, not that of the artefact; try again")));
    }
    fs::rename(&part, &to).map_err(|error| failed(&to, error))?;
    output::note(&format!("saved as {}", to.display()));
    context.output.answer(&answer, |answer| artefact(answer.artefact.as_ref()))
}

async fn save(
    context: &Context,
    mut pieces: Streaming<pb::DownloadArtefactResponse>,
    part: &Path,
    bar: &ProgressBar,
) -> Result<(), Error> {
    let mut file = OpenOptions::new().create(true).append(true).open(part).map_err(|error| failed(part, error))?;
    loop {
        let piece = pieces.message().await.map_err(|status| Error::of_call(status, context.client.origin()))?;
        let Some(piece) = piece else { return Ok(()) };
        file.write_all(&piece.data).map_err(|error| failed(part, error))?;
        bar.inc(piece.data.len() as u64);
    }
}

fn digest(path: &Path) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let mut file = File::open(path).map_err(|error| failed(path, error))?;
    io::copy(&mut file, &mut hash).map_err(|error| failed(path, error))?;
    Ok(hex(&hash.finalize()))
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::File(format!("cannot write {}", path.display()), error)
}
