//! `ReviewService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::filter::{self, put};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Etag, Paging, PersonId, Violations, Written, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::review_service_server::ReviewService;
use tonic::{Request, Response, Status};

use super::Api;
use super::content::{section_kind, typed_section_kind};
use crate::model::{Assignment, BlueprintId, Comment, CommentId, Purpose, Review, ReviewId, ReviewState};
use crate::service::comments::AddComment;
use crate::service::reviews::{Step, Submit};
use crate::store::WantedReviews;

/// A reason's, a note's or a comment's length at the most, in characters.
const MAX_WORDS: usize = 2_000;
/// The fields that a list of reviews can be filtered by.
const FILTERS: [&str; 4] = ["blueprint", "organisation", "state", "reviewer"];

#[tonic::async_trait]
impl ReviewService for Api {
    async fn submit_blueprint(
        &self,
        request: Request<pb::SubmitBlueprintRequest>,
    ) -> Result<Response<pb::SubmitBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let change_note = violations.text("change_note", &message.change_note, 0..=500);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let purpose = if message.renewal { Purpose::Renewal } else { Purpose::Release };
        let submit = Submit { id, change_note, minor: message.minor, purpose, expected };
        let Written { value, sequence } = self.0.submit(&caller, submit, key).await?;
        Ok(Response::new(pb::SubmitBlueprintResponse { review: Some(review(value)), sequence }))
    }

    async fn sign_off_review(
        &self,
        request: Request<pb::SignOffReviewRequest>,
    ) -> Result<Response<pb::SignOffReviewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.sign_off(&caller, step, key).await?;
        Ok(Response::new(pb::SignOffReviewResponse { review: Some(review(value)), sequence }))
    }

    async fn assign_reviewer(
        &self,
        request: Request<pb::AssignReviewerRequest>,
    ) -> Result<Response<pb::AssignReviewerResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let named = Some(&message.reviewer).filter(|name| !name.is_empty());
        let reviewer = named.and_then(|name| violations.take("reviewer", PersonId::parse(name)));
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.assign(&caller, step, reviewer, key).await?;
        Ok(Response::new(pb::AssignReviewerResponse { review: Some(review(value)), sequence }))
    }

    async fn assure_review(
        &self,
        request: Request<pb::AssureReviewRequest>,
    ) -> Result<Response<pb::AssureReviewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let note = violations.text("note", &message.note, 0..=MAX_WORDS);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.assure(&caller, step, note, key).await?;
        Ok(Response::new(pb::AssureReviewResponse { review: Some(review(value)), sequence }))
    }

    async fn request_changes(
        &self,
        request: Request<pb::RequestChangesRequest>,
    ) -> Result<Response<pb::RequestChangesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=MAX_WORDS);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } =
            self.0.judge(&caller, step, (ReviewState::ChangesRequested, reason), key).await?;
        Ok(Response::new(pb::RequestChangesResponse { review: Some(review(value)), sequence }))
    }

    async fn reject_review(
        &self,
        request: Request<pb::RejectReviewRequest>,
    ) -> Result<Response<pb::RejectReviewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=MAX_WORDS);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.judge(&caller, step, (ReviewState::Rejected, reason), key).await?;
        Ok(Response::new(pb::RejectReviewResponse { review: Some(review(value)), sequence }))
    }

    async fn retract_review(
        &self,
        request: Request<pb::RetractReviewRequest>,
    ) -> Result<Response<pb::RetractReviewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=MAX_WORDS);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.retract(&caller, step, reason, key).await?;
        Ok(Response::new(pb::RetractReviewResponse { review: Some(review(value)), sequence }))
    }

    async fn declare_conflict(
        &self,
        request: Request<pb::DeclareConflictRequest>,
    ) -> Result<Response<pb::DeclareConflictResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=MAX_WORDS);
        let step = typed_step(violations, &message.name, &message.etag)?;
        let Written { value, sequence } = self.0.declare_conflict(&caller, step, reason, key).await?;
        Ok(Response::new(pb::DeclareConflictResponse { review: Some(review(value)), sequence }))
    }

    async fn get_review(
        &self,
        request: Request<pb::GetReviewRequest>,
    ) -> Result<Response<pb::GetReviewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let Some(id) = violations.take("name", ReviewId::parse(&message.name)) else {
            return Err(violations.refuse().into());
        };
        Ok(Response::new(pb::GetReviewResponse { review: Some(review(self.0.review(&caller, id).await?)) }))
    }

    async fn list_reviews(
        &self,
        request: Request<pb::ListReviewsRequest>,
    ) -> Result<Response<pb::ListReviewsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = typed_filter(&mut violations, &message.filter);
        let query = ["reviews", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_reviews(&caller, &wanted, &paging).await?.map(review);
        Ok(Response::new(pb::ListReviewsResponse { reviews: page.items, next_page_token: page.next }))
    }

    async fn add_comment(
        &self,
        request: Request<pb::AddCommentRequest>,
    ) -> Result<Response<pb::AddCommentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let blueprint = violations.take("blueprint", BlueprintId::parse(&message.blueprint));
        let section = Some(message.section).filter(|section| *section != 0);
        let section = section.and_then(|section| violations.take("section", typed_section_kind(section)));
        let body = violations.text("body", &message.body, 1..=MAX_WORDS);
        let Some(blueprint) = blueprint.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.add_comment(&caller, AddComment { blueprint, section, body }, key).await?;
        let (comment, sequence) = (Some(comment(written.value)), written.sequence);
        Ok(Response::new(pb::AddCommentResponse { comment, sequence }))
    }

    async fn resolve_comment(
        &self,
        request: Request<pb::ResolveCommentRequest>,
    ) -> Result<Response<pb::ResolveCommentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", CommentId::parse(&message.name));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.resolve_comment(&caller, id, key).await?;
        let (comment, sequence) = (Some(comment(written.value)), written.sequence);
        Ok(Response::new(pb::ResolveCommentResponse { comment, sequence }))
    }

    async fn list_comments(
        &self,
        request: Request<pb::ListCommentsRequest>,
    ) -> Result<Response<pb::ListCommentsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let blueprint = violations.take("blueprint", BlueprintId::parse(&message.blueprint));
        let mut resolved = None;
        for condition in filter::parse_once(&mut violations, &message.filter, &["state"]) {
            match condition.value.as_str() {
                "OPEN" => resolved = Some(false),
                "RESOLVED" => resolved = Some(true),
                other => violations.add("filter", format!("state cannot be {other:?}")),
            }
        }
        let query = ["comments", &message.blueprint, &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(blueprint) = blueprint.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let page = self.0.list_comments(&caller, blueprint, resolved, &paging).await?.map(comment);
        Ok(Response::new(pb::ListCommentsResponse { comments: page.items, next_page_token: page.next }))
    }
}

fn typed_step(mut violations: Violations, name: &str, etag: &str) -> Result<Step, Status> {
    let id = violations.take("name", ReviewId::parse(name));
    let expected = Expected::parse(&mut violations, etag);
    let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
    Ok(Step { id, expected })
}

fn typed_filter(violations: &mut Violations, text: &str) -> WantedReviews {
    let mut wanted = WantedReviews::default();
    filter::take_once(violations, text, &FILTERS, |field, value| match field {
        "blueprint" => put(&mut wanted.blueprint, BlueprintId::parse(value).ok()),
        "organisation" => put(&mut wanted.organisation, filter::organisation(value).ok()),
        "reviewer" => put(&mut wanted.reviewer, PersonId::parse(value).ok()),
        _ => {
            wanted.open = value == "OPEN";
            put(&mut wanted.state, ReviewState::from_name(value)) || wanted.open
        }
    });
    wanted
}

fn review(review: Review) -> pb::Review {
    let state = match review.state {
        ReviewState::Submitted => pb::ReviewState::Submitted,
        ReviewState::SignedOff => pb::ReviewState::SignedOff,
        ReviewState::Assured => pb::ReviewState::Assured,
        ReviewState::Published => pb::ReviewState::Published,
        ReviewState::ChangesRequested => pb::ReviewState::ChangesRequested,
        ReviewState::Rejected => pb::ReviewState::Rejected,
        ReviewState::Retracted => pb::ReviewState::Retracted,
    };
    let purpose = match review.purpose {
        Purpose::Release => pb::ReviewPurpose::Release,
        Purpose::Renewal => pb::ReviewPurpose::Renewal,
    };
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    pb::Review {
        name: review.id.to_string(),
        blueprint: review.blueprint.to_string(),
        organisation: review.organisation.to_string(),
        purpose: purpose.into(),
        change_note: review.change_note,
        minor: review.minor,
        state: state.into(),
        submitter: review.submitted_by.to_string(),
        submit_time: Some(review.submitted.into()),
        approver: review.signed_off_by.map(|person| person.to_string()).unwrap_or_default(),
        sign_off_time: review.signed_off.map(Into::into),
        reviewers_needed: number(review.needed),
        due_time: Some(review.due.into()),
        assignments: review.assignments.into_iter().map(assignment).collect(),
        reason: review.reason,
        close_time: review.closed.map(Into::into),
        revision: review.revision.map_or(0, number),
        etag: Etag::of(review.version).to_string(),
    }
}

fn assignment(part: Assignment) -> pb::ReviewAssignment {
    pb::ReviewAssignment {
        reviewer: part.reviewer.to_string(),
        assign_time: Some(part.assigned.into()),
        due_time: Some(part.due.into()),
        assure_time: part.assured.map(Into::into),
        end_time: part.ended.map(Into::into),
        note: part.note,
    }
}

fn comment(comment: Comment) -> pb::Comment {
    pb::Comment {
        name: comment.id.to_string(),
        blueprint: comment.blueprint.to_string(),
        section: comment.section.map(section_kind).unwrap_or_default().into(),
        body: comment.body,
        author: comment.author.to_string(),
        create_time: Some(comment.created.into()),
        resolver: comment.resolved_by.map(|person| person.to_string()).unwrap_or_default(),
        resolve_time: comment.resolved.map(Into::into),
    }
}
