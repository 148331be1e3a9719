//! Sample files of the sample blueprints.

use anyhow::Context as _;
use bytes::Bytes;
use exemplar_blueprints::{
    ArtefactError, ArtefactKind, BlueprintId, ContentDigest, Details, Error, StartUpload, Visibility,
};
use exemplar_kernel::Principal;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::app::Services;

const ARTEFACTS: &str = include_str!("../../demo/artefacts.toml");

#[derive(Deserialize)]
struct File {
    artefact: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    organisation: String,
    blueprint: String,
    file_name: String,
    kind: String,
    licence: String,
    description: String,
    visibility: String,
    text: String,
}

/// Gives a draft the sample files that belong to it, and has them looked at, so that it can be released with them.
pub(super) async fn attach(
    services: &Services,
    caller: &Principal,
    blueprint: BlueprintId,
    organisation: &str,
    title: &str,
) -> anyhow::Result<()> {
    let rows = toml::from_str::<File>(ARTEFACTS)?.artefact;
    for row in rows.into_iter().filter(|row| row.organisation == organisation && row.blueprint == title) {
        let bytes = Bytes::from(row.text.trim_start().to_owned());
        let start = StartUpload {
            blueprint,
            details: Details {
                file_name: row.file_name,
                kind: ArtefactKind::from_name(&row.kind).context("a kind of artefact")?,
                licence: row.licence,
                description: row.description,
                visibility: Visibility::from_name(&row.visibility).context("a visibility")?,
            },
            size: bytes.len() as u64,
            digest: ContentDigest::of_content(&bytes),
        };
        let upload = match services.blueprints.start_upload(caller, start, None).await {
            Ok(upload) => upload.value.id,
            // An earlier start was ended between this and the release.
            Err(Error::Artefact(ArtefactError::NameTaken)) => continue,
            Err(error) => return Err(error.into()),
        };
        services.blueprints.write_chunks(caller, upload, 0, tokio_stream::once(Ok(bytes))).await?;
    }
    services.blueprints.look_at_quarantine(&CancellationToken::new()).await?;
    Ok(())
}
