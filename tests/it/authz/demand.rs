//! Rows of what is wanted.

use exemplar_proto::blueprints::v1 as pb;
use prost::Message as _;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    let unknown = || "wantedTopics/01920000-0000-7000-8000-000000000000".to_owned();
    let claim =
        pb::ClaimTopicRequest { name: unknown(), organisation: "organisations/RGT".to_owned(), ..Default::default() };
    let blueprint = "blueprints/01920000-0000-7000-8000-000000000000".to_owned();
    let subject = "vocabularies/care-setting/terms/acute".to_owned();
    vec![
        (
            "blueprints.v1.DemandService/AskForTopic",
            pb::AskForTopicRequest { words: "zebrafinch wards".to_owned(), ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.DemandService/GetWantedTopic", pb::GetWantedTopicRequest { name: unknown() }.encode_to_vec()),
        ("blueprints.v1.DemandService/ListWantedTopics", pb::ListWantedTopicsRequest::default().encode_to_vec()),
        ("blueprints.v1.DemandService/ClaimTopic", claim.encode_to_vec()),
        (
            "blueprints.v1.DemandService/ReleaseTopic",
            pb::ReleaseTopicRequest { name: unknown(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.DemandService/AnswerTopic",
            pb::AnswerTopicRequest { name: unknown(), blueprint, ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.DemandService/GetSearchReport", pb::GetSearchReportRequest { subject }.encode_to_vec()),
    ]
}
