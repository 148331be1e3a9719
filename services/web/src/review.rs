//! Reviews: from a submission by sign-off and assurance to a revision; each step for those whose turn it is, and what is
//! said beside the sections.

use askama::Template;
use axum::extract::Path;
use exemplar_kernel::{NetworkRole, OrganisationId, Role};
use exemplar_proto::blueprints::v1 as pb;

use crate::comment::{self, Comment, Names};
use crate::fault::{Answer, Fault, seen};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::steps::steps;
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "reviews.html")]
struct List {
    frame: Frame,
    all: bool,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    address: String,
    code: String,
    about: String,
    state: String,
    colour: &'static str,
    due: String,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Shown {
    frame: Frame,
    id: String,
    blueprint: String,
    title: String,
    code: String,
    state: String,
    colour: &'static str,
    change_note: String,
    reason: String,
    due: String,
    steps: Vec<String>,
    turn: Turn,
    sections: Vec<Section>,
    whole: Vec<Comment>,
    reads: bool,
    revision: i32,
    etag: String,
    draft_etag: String,
    form_id: String,
    typed: String,
    errors: Vec<(String, String)>,
}

/// What the reader can do now.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Turn {
    signs_off: bool,
    takes_on: bool,
    assures: bool,
    sends_back: bool,
    declares: bool,
    retracts: bool,
    publishes: bool,
}

struct Section {
    slug: String,
    title: String,
    html: String,
    comments: Vec<Comment>,
}

/// `GET /reviews?all=yes`: those that can still be published, or all.
pub(crate) async fn list(visit: Visit) -> Answer {
    visit.signed_in()?;
    let all = visit.params.text("all") == "yes";
    let request = pb::ListReviewsRequest {
        filter: if all { String::new() } else { "state = OPEN".to_owned() },
        page_size: 50,
        page_token: visit.params.text("after").to_owned(),
    };
    let listed = visit.api.reviews().list_reviews(request).await?.into_inner();
    let row = |review: pb::Review| {
        let what = if review.purpose() == pb::ReviewPurpose::Renewal { "Renewal" } else { "New revision" };
        let note = if review.change_note.is_empty() { String::new() } else { format!(": {}", review.change_note) };
        let (state, colour) = state(&review);
        Row {
            address: format!("/{}", review.name),
            code: words::last(&review.organisation).to_owned(),
            about: format!("{what} submitted on {}{note}", words::day_of(review.submit_time.as_ref())),
            due: if review.close_time.is_none() { words::day_of(review.due_time.as_ref()) } else { String::new() },
            state,
            colour,
        }
    };
    Ok(page(&List {
        frame: visit.frame("Reviews", Area::Mine),
        rows: listed.reviews.into_iter().map(row).collect(),
        next: visit.next("/reviews", &listed.next_page_token),
        all,
    }))
}

/// Where it stands, in words and as the colour of a tag.
pub(crate) fn state(review: &pb::Review) -> (String, &'static str) {
    let colour = match review.state() {
        pb::ReviewState::Submitted | pb::ReviewState::SignedOff => "yellow",
        pb::ReviewState::Assured | pb::ReviewState::Published => "green",
        pb::ReviewState::ChangesRequested | pb::ReviewState::Rejected => "red",
        pb::ReviewState::Retracted | pb::ReviewState::Unspecified => "grey",
    };
    let text = match review.state() {
        pb::ReviewState::Submitted => "With the approver".to_owned(),
        pb::ReviewState::SignedOff => "With reviewers".to_owned(),
        pb::ReviewState::Assured => "Can be published".to_owned(),
        pb::ReviewState::Published
        | pb::ReviewState::ChangesRequested
        | pb::ReviewState::Rejected
        | pb::ReviewState::Retracted
        | pb::ReviewState::Unspecified => words::title::<pb::ReviewState>(review.state),
    };
    (text, colour)
}

/// `GET /reviews/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    Ok(page(&shown(&visit, &id, &Params::default(), Vec::new()).await?))
}

async fn shown(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Result<Shown, Fault> {
    let request = pb::GetReviewRequest { name: format!("reviews/{id}") };
    let review = visit.api.reviews().get_review(request).await?.into_inner().review.unwrap_or_default();
    // Readers of the draft see its text; those who no longer do see what became of the review.
    let request = pb::GetBlueprintRequest { name: format!("{}/draft", review.blueprint) };
    let draft = seen(visit.api.blueprints().get_blueprint(request).await)?.and_then(|answer| answer.blueprint);
    let names = Names::of(visit, &review.organisation).await?;
    let blueprint = words::last(&review.blueprint).to_owned();
    let mut comments = match draft {
        Some(_) => comment::of(visit, &blueprint, &review.organisation, &names).await?,
        None => Vec::new(),
    };
    let (reads, draft) = (draft.is_some(), draft.unwrap_or_default());
    let content = draft.content.unwrap_or_default();
    let section = |one: &pb::Section| Section {
        slug: words::slug::<pb::SectionKind>(one.kind),
        title: words::title::<pb::SectionKind>(one.kind),
        html: exemplar_blueprints::markdown_as_html(&one.body),
        comments: comments.extract_if(.., |comment| comment.section == one.kind).collect(),
    };
    let sections = content.sections.iter().map(section).collect();
    let code = words::last(&review.organisation).to_owned();
    let title = if content.title.is_empty() { format!("A blueprint of {code}") } else { content.title };
    let (state, colour) = state(&review);
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(Shown {
        frame: visit.frame(&format!("{mark}Review: {title}"), Area::Mine),
        id: id.to_owned(),
        steps: steps(&review, &names),
        turn: turn(visit, &review),
        due: if review.close_time.is_none() { words::day_of(review.due_time.as_ref()) } else { String::new() },
        change_note: review.change_note,
        reason: review.reason,
        revision: review.revision,
        etag: review.etag,
        draft_etag: draft.etag,
        form_id: visit.form_id(),
        typed: [typed.text("reason"), typed.text("note")].concat(),
        whole: comments,
        reads,
        blueprint,
        title,
        code,
        state,
        colour,
        sections,
        errors,
    })
}

/// What was done so far, by whom.
fn steps(review: &pb::Review, names: &Names) -> Vec<String> {
    let on = |time: &Option<prost_types::Timestamp>| words::day_of(time.as_ref());
    let mut steps =
        vec![format!("Submitted by {} on {}", names.call(&review.submitter, "its author"), on(&review.submit_time))];
    if review.sign_off_time.is_some() {
        let by = names.call(&review.approver, "the trust’s approver");
        steps.push(format!("Signed off by {by} on {}", on(&review.sign_off_time)));
    }
    for part in &review.assignments {
        let who = words::capital(&names.call(&part.reviewer, "a reviewer of another organisation"));
        let note = if part.note.is_empty() { String::new() } else { format!(": {}", part.note) };
        steps.push(match (&part.assure_time, &part.end_time) {
            (Some(_), _) => format!("{who} assured it on {}{note}", on(&part.assure_time)),
            (None, Some(_)) => format!("{who} ended their part on {}{note}", on(&part.end_time)),
            (None, None) => format!("{who} reviews it until {}", on(&part.due_time)),
        });
    }
    if review.close_time.is_some() {
        steps.push(format!("{} on {}", words::title::<pb::ReviewState>(review.state), on(&review.close_time)));
    }
    steps
}

fn turn(visit: &Visit, review: &pb::Review) -> Turn {
    let owner = OrganisationId::parse(&review.organisation).ok();
    let holds = |role: Role| owner.as_ref().is_some_and(|owner| visit.caller.holds(role, owner));
    let me = visit.caller.person.map(|person| person.to_string()).unwrap_or_default();
    let (submitted, signed_off, assured) = match review.state() {
        pb::ReviewState::Submitted => (true, false, false),
        pb::ReviewState::SignedOff => (false, true, false),
        pb::ReviewState::Assured => (false, false, true),
        pb::ReviewState::Published
        | pb::ReviewState::ChangesRequested
        | pb::ReviewState::Rejected
        | pb::ReviewState::Retracted
        | pb::ReviewState::Unspecified => return Turn::default(),
    };
    let approves = submitted && holds(Role::Approver) && review.submitter != me;
    let reviews = visit.caller.holds_network(NetworkRole::Reviewer) && !holds(Role::Member) && !submitted;
    let mine = review.assignments.iter().rfind(|part| part.reviewer == me);
    let open = reviews && mine.is_some_and(|part| part.end_time.is_none());
    Turn {
        signs_off: approves,
        takes_on: reviews && signed_off && mine.is_none(),
        assures: open && signed_off && mine.is_some_and(|part| part.assure_time.is_none()),
        sends_back: approves || open,
        declares: reviews && (mine.is_none() || open),
        retracts: holds(Role::Contributor),
        publishes: assured && holds(Role::Lead),
    }
}

steps! {
    reviews of "reviews" else shown;
    /// `POST /reviews/{id}/sign-off`.
    sign_off: SignOffReviewRequest {} sign_off_review "signed-off";
    /// `POST /reviews/{id}/assign`: the reader takes it on.
    assign: AssignReviewerRequest { reviewer: "reviewer" } assign_reviewer "taken-on";
    /// `POST /reviews/{id}/assure`.
    assure: AssureReviewRequest { note: "note" } assure_review "assured";
    /// `POST /reviews/{id}/return`.
    send_back: RequestChangesRequest { reason: "reason" } request_changes "sent-back";
    /// `POST /reviews/{id}/reject`.
    reject: RejectReviewRequest { reason: "reason" } reject_review "rejected";
    /// `POST /reviews/{id}/retract`.
    retract: RetractReviewRequest { reason: "reason" } retract_review "retracted";
    /// `POST /reviews/{id}/conflict`.
    conflict: DeclareConflictRequest { reason: "reason" } declare_conflict "declared";
}
