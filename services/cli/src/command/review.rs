//! The way from a draft to a revision: submitted, signed off, assured.

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::review_service_client::ReviewServiceClient;
use exemplar_proto::blueprints::v1::{ReviewPurpose, ReviewState, SectionKind};

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about reviews.
#[derive(Subcommand, Clone, Debug)]
pub enum ReviewCommand {
    /// Submit a draft for sign-off; it stands still until the review ends
    ///
    /// Example: `exemplar review submit BLUEPRINT --change-note "first release"`
    Submit(Submit),
    /// Sign a submission off for the trust
    ///
    /// Example: `exemplar review sign-off REVIEW`
    SignOff(Which),
    /// Name a reviewer: yourself, or, as the programme, anybody
    ///
    /// Example: `exemplar review assign REVIEW`
    Assign {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// The reviewer's id; yourself when left out
        #[arg(long, value_name = "PERSON", value_parser = names::person)]
        reviewer: Option<String>,
    },
    /// Say that it holds
    ///
    /// Example: `exemplar review assure REVIEW --note "tried on two wards"`
    Assure {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// What you say of it
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Send it back to its author
    ///
    /// Example: `exemplar review request-changes REVIEW --reason "say what went wrong"`
    RequestChanges(Reasoned),
    /// Refuse it
    ///
    /// Example: `exemplar review reject REVIEW --reason "it was never done"`
    Reject(Reasoned),
    /// Take a submission back
    ///
    /// Example: `exemplar review retract REVIEW --reason "the cost is wrong"`
    Retract(Reasoned),
    /// Declare that you cannot judge this blueprint impartially
    ///
    /// Example: `exemplar review conflict REVIEW --reason "I worked there"`
    Conflict(Reasoned),
    /// Show one review
    ///
    /// Example: `exemplar review show REVIEW`
    Show {
        /// The review's id
        #[arg(value_parser = names::review)]
        review: String,
    },
    /// List the reviews that you may know of, newest first
    ///
    /// Example: `exemplar review list --open`
    List(List),
    /// Comment on a draft, or on one of its sections
    ///
    /// Example: `exemplar review comment BLUEPRINT --section cost "Is this with tax?"`
    Comment {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// The section; the whole when left out
        #[arg(long, value_parser = parser::<SectionKind>())]
        section: Option<SectionKind>,
        /// What you say
        text: String,
    },
    /// Say that a comment is dealt with
    ///
    /// Example: `exemplar review resolve COMMENT`
    Resolve {
        /// The comment's id
        #[arg(value_parser = names::comment)]
        comment: String,
    },
    /// List the comments on a draft, newest first
    ///
    /// Example: `exemplar review comments BLUEPRINT`
    Comments {
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
}

/// A submission.
#[derive(Args, Clone, Debug)]
pub struct Submit {
    /// The blueprint's id
    #[arg(value_parser = names::blueprint)]
    pub blueprint: String,
    /// What changed since the revision before
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub change_note: String,
    /// The change is a small one
    #[arg(long)]
    pub minor: bool,
    /// Confirm the newest revision as it is
    #[arg(long)]
    pub renewal: bool,
    /// Refuse unless the draft is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// One review, and the version of it that is meant.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The review's id
    #[arg(value_parser = names::review)]
    pub review: String,
    /// Refuse unless it is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// One review, and a reason.
#[derive(Args, Clone, Debug)]
pub struct Reasoned {
    /// Which.
    #[command(flatten)]
    pub which: Which,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// Which reviews are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those of this organisation's blueprints
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Option<String>,
    /// Only those that stand so
    #[arg(long, value_parser = parser::<ReviewState>(), conflicts_with = "open")]
    pub state: Option<ReviewState>,
    /// Only those that can still be published
    #[arg(long)]
    pub open: bool,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

/// Makes the call of a step and prints the review that it answers with.
macro_rules! step {
    ($context:expr, $call:ident, $message:expr) => {{
        let send = async |channel, request| ReviewServiceClient::new(channel).$call(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| review(answer.review.as_ref()))
    }};
}

impl ReviewCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Submit(Submit { blueprint: name, change_note, minor, renewal, etag }) => {
                let message = pb::SubmitBlueprintRequest { name, change_note, minor, renewal, etag, request_id };
                step!(context, submit_blueprint, message)
            }
            Self::SignOff(Which { review: name, etag }) => {
                step!(context, sign_off_review, pb::SignOffReviewRequest { name, etag, request_id })
            }
            Self::Assign { which: Which { review: name, etag }, reviewer } => {
                let reviewer = reviewer.unwrap_or_default();
                step!(context, assign_reviewer, pb::AssignReviewerRequest { name, reviewer, etag, request_id })
            }
            Self::Assure { which: Which { review: name, etag }, note } => {
                step!(context, assure_review, pb::AssureReviewRequest { name, note, etag, request_id })
            }
            Self::RequestChanges(Reasoned { which: Which { review: name, etag }, reason }) => {
                step!(context, request_changes, pb::RequestChangesRequest { name, reason, etag, request_id })
            }
            Self::Reject(Reasoned { which: Which { review: name, etag }, reason }) => {
                step!(context, reject_review, pb::RejectReviewRequest { name, reason, etag, request_id })
            }
            Self::Retract(Reasoned { which: Which { review: name, etag }, reason }) => {
                step!(context, retract_review, pb::RetractReviewRequest { name, reason, etag, request_id })
            }
            Self::Conflict(Reasoned { which: Which { review: name, etag }, reason }) => {
                step!(context, declare_conflict, pb::DeclareConflictRequest { name, reason, etag, request_id })
            }
            Self::Show { review: name } => {
                let send = async |channel, request| ReviewServiceClient::new(channel).get_review(request).await;
                let answer = context.client.call(pb::GetReviewRequest { name }, send).await?;
                context.output.answer(&answer, |answer| review(answer.review.as_ref()))
            }
            Self::List(list) => list.run(context).await,
            Self::Comment { blueprint, section, text: body } => {
                let section = section.map(Into::into).unwrap_or_default();
                let message = pb::AddCommentRequest { blueprint, section, body, request_id };
                let send = async |channel, request| ReviewServiceClient::new(channel).add_comment(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| comments(answer.comment.iter()))
            }
            Self::Resolve { comment: name } => {
                let message = pb::ResolveCommentRequest { name, request_id };
                let send = async |channel, request| ReviewServiceClient::new(channel).resolve_comment(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| comments(answer.comment.iter()))
            }
            Self::Comments { blueprint, limit } => list_comments(context, blueprint, limit).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let state = self.state.map(words::constant).or_else(|| self.open.then(|| "OPEN".to_owned()));
        let filter = filter([("organisation", self.organisation), ("state", state)]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListReviewsRequest { page_size, page_token, filter: filter.clone() };
            let send = async |channel, request| ReviewServiceClient::new(channel).list_reviews(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.reviews, page.next_page_token))
        };
        let (reviews, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListReviewsResponse { reviews, next_page_token };
        context.output.listed(&answer, (answer.reviews.len(), &answer.next_page_token), |answer| {
            table(["Organisation", "Purpose", "State", "Due", "Blueprint", "Id"], answer.reviews.iter().map(row))
        })
    }
}

async fn list_comments(context: &Context, blueprint: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let (blueprint, filter) = (blueprint.clone(), String::new());
        let message = pb::ListCommentsRequest { blueprint, page_size, page_token, filter };
        let send = async |channel, request| ReviewServiceClient::new(channel).list_comments(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.comments, page.next_page_token))
    };
    let (found, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListCommentsResponse { comments: found, next_page_token };
    context
        .output
        .listed(&answer, (answer.comments.len(), &answer.next_page_token), |answer| comments(answer.comments.iter()))
}

fn comments<'a>(found: impl Iterator<Item = &'a pb::Comment>) -> String {
    let row = |comment: &pb::Comment| {
        [
            instant(comment.create_time.as_ref()),
            words::word::<SectionKind>(comment.section),
            comment.body.clone(),
            instant(comment.resolve_time.as_ref()),
            names::short(&comment.name).to_owned(),
        ]
    };
    table(["Written", "Section", "Comment", "Dealt with", "Id"], found.map(row))
}

fn review(review: Option<&pb::Review>) -> String {
    let Some(review) = review else { return String::new() };
    let part = |part: &pb::ReviewAssignment| {
        let stands = match (part.assure_time.as_ref(), part.end_time.as_ref()) {
            (Some(at), _) => format!("assured {}", instant(Some(at))),
            (None, Some(at)) => format!("ended {}", instant(Some(at))),
            (None, None) => format!("due {}", instant(part.due_time.as_ref())),
        };
        format!("{} {stands} {}", names::short(&part.reviewer), part.note).trim().to_owned()
    };
    fields([
        ("Blueprint", names::short(&review.blueprint).to_owned()),
        ("Organisation", names::short(&review.organisation).to_owned()),
        ("Purpose", words::word::<ReviewPurpose>(review.purpose)),
        ("State", words::word::<ReviewState>(review.state)),
        ("What changed", review.change_note.clone()),
        ("Submitted", instant(review.submit_time.as_ref())),
        ("Signed off", instant(review.sign_off_time.as_ref())),
        ("Reviewers needed", count(review.reviewers_needed)),
        ("Reviewers", review.assignments.iter().map(part).collect::<Vec<_>>().join("\n")),
        ("Due", instant(review.due_time.as_ref())),
        ("Reason", review.reason.clone()),
        ("Ended", instant(review.close_time.as_ref())),
        ("Revision", count(review.revision)),
        ("Id", names::short(&review.name).to_owned()),
        ("Etag", review.etag.clone()),
    ])
}

fn row(review: &pb::Review) -> [String; 6] {
    [
        names::short(&review.organisation).to_owned(),
        words::word::<ReviewPurpose>(review.purpose),
        words::word::<ReviewState>(review.state),
        instant(review.due_time.as_ref()),
        names::short(&review.blueprint).to_owned(),
        names::short(&review.name).to_owned(),
    ]
}
