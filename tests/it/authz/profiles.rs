//! Rows of the directory's vocabularies and profiles.

use exemplar_proto::directory::v1 as directory;
use prost::Message as _;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    let acute = || "vocabularies/care-setting/terms/acute".to_owned();
    let stale = || "v999".to_owned();
    let vocabulary = || "vocabularies/care-setting".to_owned();
    let label = |label: &str| directory::Term { label: label.into(), ..Default::default() };
    let rgt = || "organisations/RGT".to_owned();
    let system = directory::RecordSystem {
        name: "organisations/RGT/record-systems/1".into(),
        product: "Epic".into(),
        ..Default::default()
    };
    // Each is refused for something else once the caller may call: nothing is left behind for the next caller.
    let maturity = directory::Maturity {
        organisation: rgt(),
        framework: directory::MaturityFramework::Emram.into(),
        date: "2017-05-01".into(),
        made_by: directory::MaturitySource::Accredited.into(),
        scores: vec![directory::MaturityScore { score: 6.0, ..Default::default() }],
        corrects: "maturity/00000000-0000-7000-8000-000000000000".into(),
        reason: "because".into(),
        ..Default::default()
    };
    vec![
        (
            "directory.v1.ProfileService/ListRecordSystems",
            directory::ListRecordSystemsRequest { organisation: rgt(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "directory.v1.ProfileService/AddRecordSystem",
            directory::AddRecordSystemRequest {
                organisation: rgt(),
                record_system: Some(system.clone()),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "directory.v1.ProfileService/UpdateRecordSystem",
            directory::UpdateRecordSystemRequest {
                record_system: Some(system),
                update_mask: Some(prost_types::FieldMask { paths: vec!["product".into()] }),
                etag: stale(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "directory.v1.MaturityService/GetMaturityFramework",
            directory::GetMaturityFrameworkRequest { framework: directory::MaturityFramework::Dma2016.into() }
                .encode_to_vec(),
        ),
        (
            "directory.v1.MaturityService/RecordMaturity",
            directory::RecordMaturityRequest { maturity: Some(maturity), ..Default::default() }.encode_to_vec(),
        ),
        (
            "directory.v1.MaturityService/ListMaturity",
            directory::ListMaturityRequest { organisation: rgt(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "directory.v1.MaturityService/GetMaturityTrend",
            directory::GetMaturityTrendRequest {
                organisation: rgt(),
                framework: directory::MaturityFramework::Emram.into(),
            }
            .encode_to_vec(),
        ),
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
