//! Rows of personal data.

use exemplar_proto::directory::v1 as directory;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let another = || scene.member.clone();
    let erase = |person: String| directory::ErasePersonRequest {
        person,
        confirm_email: "x@sample.example".into(),
        ..Default::default()
    };
    vec![
        (
            "directory.v1.PersonalDataService/DownloadPersonalData of one's own",
            directory::DownloadPersonalDataRequest::default().encode_to_vec(),
        ),
        (
            "directory.v1.PersonalDataService/DownloadPersonalData of another",
            directory::DownloadPersonalDataRequest { person: another() }.encode_to_vec(),
        ),
        ("directory.v1.PersonalDataService/ErasePerson oneself", erase(String::new()).encode_to_vec()),
        ("directory.v1.PersonalDataService/ErasePerson another", erase(another()).encode_to_vec()),
        (
            "directory.v1.PersonalDataService/ListRecordClasses",
            directory::ListRecordClassesRequest::default().encode_to_vec(),
        ),
        (
            "directory.v1.PersonalDataService/ApplyRetention",
            directory::ApplyRetentionRequest { record_class: "recordClasses/no-such".into(), ..Default::default() }
                .encode_to_vec(),
        ),
    ]
}
