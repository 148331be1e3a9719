//! Rows of finding: suggestions, relations, synonyms.

use exemplar_proto::blueprints::v1 as blueprints;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let synonym = blueprints::Synonym {
        term: "EPMA".into(),
        means: "what nobody says".into(),
        direction: blueprints::SynonymDirection::OneWay.into(),
        source: "the tests".into(),
        licence: "fact".into(),
        ..Default::default()
    };
    let unknown = "synonyms/01920000-0000-7000-8000-000000000000".to_owned();
    vec![
        (
            "blueprints.v1.SearchService/Suggest",
            blueprints::SuggestRequest { text: "sep".into(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.SearchService/Related",
            blueprints::RelatedRequest { name: scene.internal.clone(), ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.SynonymService/ListSynonyms", blueprints::ListSynonymsRequest::default().encode_to_vec()),
        (
            "blueprints.v1.SynonymService/CreateSynonym",
            blueprints::CreateSynonymRequest { synonym: Some(synonym), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.SynonymService/DeleteSynonym",
            blueprints::DeleteSynonymRequest { name: unknown, ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.SynonymService/RestoreSynonyms",
            blueprints::RestoreSynonymsRequest { version: 999, ..Default::default() }.encode_to_vec(),
        ),
    ]
}
