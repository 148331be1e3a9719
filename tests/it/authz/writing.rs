//! The rows of writing and reviewing blueprints.

use exemplar_proto::blueprints::v1 as pb;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let draft = || scene.draft.clone();
    vec![("blueprints.v1.BlueprintService/CheckDraft", pb::CheckDraftRequest { name: draft() }.encode_to_vec())]
}
