//! The rows of `ArtefactService`.

use exemplar_proto::blueprints::v1 as pb;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let details = || {
        Some(pb::ArtefactDetails {
            file_name: "a.txt".into(),
            kind: pb::ArtefactKind::Plan.into(),
            licence: "OGL-UK-3.0".into(),
            visibility: pb::Visibility::Organisation.into(),
            ..Default::default()
        })
    };
    let stale = || "v999".to_owned();
    let start = |blueprint: &str| {
        let (blueprint, sha256) = (blueprint.to_owned(), "0".repeat(64));
        pb::StartUploadRequest { blueprint, details: details(), size_bytes: 1, sha256, ..Default::default() }
    };
    let name = || scene.artefact.clone();
    let update = pb::UpdateArtefactRequest {
        name: name(),
        details: details(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["kind".into()] }),
        etag: stale(),
        ..Default::default()
    };
    let chunk = pb::WriteChunksRequest { upload: scene.upload.clone(), ..Default::default() };
    let list = |parent: String| pb::ListArtefactsRequest { parent, ..Default::default() }.encode_to_vec();
    vec![
        ("blueprints.v1.ArtefactService/StartUpload to a draft", start(&scene.draft).encode_to_vec()),
        ("blueprints.v1.ArtefactService/StartUpload to an internal one", start(&scene.internal).encode_to_vec()),
        ("blueprints.v1.ArtefactService/WriteChunks of another's upload", chunk.encode_to_vec()),
        (
            "blueprints.v1.ArtefactService/GetUpload of another's",
            pb::GetUploadRequest { name: scene.upload.clone() }.encode_to_vec(),
        ),
        ("blueprints.v1.ArtefactService/UpdateArtefact", update.encode_to_vec()),
        (
            "blueprints.v1.ArtefactService/RemoveArtefact",
            pb::RemoveArtefactRequest { name: name(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.ArtefactService/GetArtefact", pb::GetArtefactRequest { name: name() }.encode_to_vec()),
        ("blueprints.v1.ArtefactService/ListArtefacts of a draft", list(format!("{}/draft", scene.draft))),
        ("blueprints.v1.ArtefactService/ListArtefacts of an internal one", list(scene.internal.clone())),
        (
            "blueprints.v1.ArtefactService/DownloadArtefact",
            pb::DownloadArtefactRequest { name: name(), offset: 1 << 40, length: 0 }.encode_to_vec(),
        ),
    ]
}
