//! The rows of writing and reviewing blueprints.

use exemplar_proto::blueprints::v1 as pb;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let (draft, internal) = (|| scene.draft.clone(), || scene.internal.clone());
    let review = || scene.review.clone();
    let reason = || "because".to_owned();
    let stale = || "v999".to_owned();
    let visibility = pb::Visibility::Organisation.into();
    vec![
        ("blueprints.v1.BlueprintService/CheckDraft", pb::CheckDraftRequest { name: draft() }.encode_to_vec()),
        (
            "blueprints.v1.BlueprintService/WithdrawBlueprint",
            pb::WithdrawBlueprintRequest { name: internal(), reason: reason(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.BlueprintService/SetVisibility",
            pb::SetVisibilityRequest { name: internal(), visibility, etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.BlueprintService/ListRevisions",
            pb::ListRevisionsRequest { name: internal(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.BlueprintService/CompareRevisions",
            pb::CompareRevisionsRequest { name: internal(), from_revision: 1, to_revision: 1 }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/SubmitBlueprint",
            pb::SubmitBlueprintRequest { name: draft(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/SignOffReview",
            pb::SignOffReviewRequest { name: review(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/AssignReviewer",
            pb::AssignReviewerRequest { name: review(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/AssureReview",
            pb::AssureReviewRequest { name: review(), etag: stale(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/RequestChanges",
            pb::RequestChangesRequest { name: review(), reason: reason(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/RejectReview",
            pb::RejectReviewRequest { name: review(), reason: reason(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/RetractReview",
            pb::RetractReviewRequest { name: review(), reason: reason(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/DeclareConflict",
            pb::DeclareConflictRequest { name: review(), reason: reason(), etag: stale(), ..Default::default() }
                .encode_to_vec(),
        ),
        ("blueprints.v1.ReviewService/GetReview", pb::GetReviewRequest { name: review() }.encode_to_vec()),
        ("blueprints.v1.ReviewService/ListReviews", pb::ListReviewsRequest::default().encode_to_vec()),
        (
            "blueprints.v1.ReviewService/AddComment",
            pb::AddCommentRequest { blueprint: draft(), body: reason(), ..Default::default() }.encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/ResolveComment",
            pb::ResolveCommentRequest {
                name: "comments/01651234-5678-7abc-8def-0123456789ab".to_owned(),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
        (
            "blueprints.v1.ReviewService/ListComments",
            pb::ListCommentsRequest { blueprint: draft(), ..Default::default() }.encode_to_vec(),
        ),
    ]
}
