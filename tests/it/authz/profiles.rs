//! Rows of the directory's vocabularies and profiles.

use exemplar_proto::directory::v1 as directory;
use prost::Message as _;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    let acute = || "vocabularies/care-setting/terms/acute".to_owned();
    let stale = || "v999".to_owned();
    let vocabulary = || "vocabularies/care-setting".to_owned();
    let label = |label: &str| directory::Term { label: label.into(), ..Default::default() };
    vec![
        (
            "directory.v1.VocabularyService/ListVocabularies",
            directory::ListVocabulariesRequest::default().encode_to_vec(),
        ),
        (
            "directory.v1.VocabularyService/ListTerms",
            directory::ListTermsRequest { vocabulary: vocabulary(), ..Default::default() }.encode_to_vec(),
        ),
        ("directory.v1.VocabularyService/GetTerm", directory::GetTermRequest { name: acute() }.encode_to_vec()),
        (
            "directory.v1.VocabularyService/ListVocabularyChanges",
            directory::ListVocabularyChangesRequest { vocabulary: vocabulary(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "directory.v1.VocabularyService/CreateTerm",
            directory::CreateTermRequest { vocabulary: vocabulary(), term: Some(label("Acute")), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "directory.v1.VocabularyService/UpdateTerm",
            directory::UpdateTermRequest {
                term: Some(directory::Term { name: acute(), etag: stale(), ..label("Hospital") }),
                update_mask: Some(prost_types::FieldMask { paths: vec!["label".into()] }),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "directory.v1.VocabularyService/MergeTerms",
            directory::MergeTermsRequest {
                name: acute(),
                into: "vocabularies/care-setting/terms/specialist".into(),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "directory.v1.VocabularyService/RetireTerm",
            directory::RetireTermRequest {
                name: acute(),
                reason: "because".into(),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
    ]
}
