//! Rows of follows.

use exemplar_proto::blueprints::v1 as pb;
use prost::Message as _;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    let unknown = || "follows/01920000-0000-7000-8000-000000000000".to_owned();
    let watched = Some(pb::follow::Watched::Organisation("organisations/RGT".to_owned()));
    let follow = pb::Follow { display_name: "Ours".to_owned(), watched, ..Default::default() };
    let update = pb::UpdateFollowRequest {
        follow: Some(pb::Follow { name: unknown(), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["cadence".to_owned()] }),
        ..Default::default()
    };
    vec![
        (
            "blueprints.v1.FollowService/CreateFollow",
            pb::CreateFollowRequest { follow: Some(follow), ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.FollowService/UpdateFollow", update.encode_to_vec()),
        (
            "blueprints.v1.FollowService/DeleteFollow",
            pb::DeleteFollowRequest { name: unknown(), ..Default::default() }.encode_to_vec(),
        ),
        ("blueprints.v1.FollowService/GetFollow", pb::GetFollowRequest { name: unknown() }.encode_to_vec()),
        ("blueprints.v1.FollowService/ListFollows", pb::ListFollowsRequest::default().encode_to_vec()),
    ]
}
