//! Writing: the sections as a list of tasks, one section at a time, what the check says, and publishing.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;
use prost_types::FieldMask;

use crate::comment::{self, Comment, Names};
use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::review;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

/// The task that is no section: what the blueprint is called.
const ABOUT: &str = "about";

#[derive(Template)]
#[template(path = "draft.html")]
struct Overview {
    frame: Frame,
    id: String,
    title: String,
    revision: i32,
    tasks: Vec<Task>,
    done: usize,
    findings: Vec<(bool, String)>,
    must: bool,
    can_write: bool,
    review: Option<Open>,
    comments: Vec<Comment>,
    note: String,
    etag: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

/// The review that the draft is in.
struct Open {
    address: String,
    state: String,
    colour: &'static str,
}

struct Task {
    slug: String,
    title: String,
    state: &'static str,
    colour: &'static str,
    said: String,
}

#[derive(Template)]
#[template(path = "section.html")]
struct Section {
    frame: Frame,
    id: String,
    slug: String,
    title: String,
    about: bool,
    name: String,
    body: String,
    theirs: Option<String>,
    preview: String,
    findings: Vec<String>,
    comments: Vec<Comment>,
    etag: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct Begin {
    frame: Frame,
    organisations: Vec<String>,
    title: String,
    summary: String,
    form_id: String,
    errors: Vec<(String, String)>,
}

/// `GET /drafts`.
pub(crate) async fn begin(visit: Visit) -> Answer {
    visit.signed_in()?;
    Ok(page(&beginning(&visit, "", "", Vec::new())))
}

fn beginning(visit: &Visit, title: &str, summary: &str, errors: Vec<(String, String)>) -> Begin {
    let organisations = visit.organisations(Role::Contributor);
    Begin {
        frame: visit.frame("Write a blueprint", Area::Mine),
        organisations: organisations.iter().map(|one| one.code().to_owned()).collect(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        form_id: visit.form_id(),
        errors,
    }
}

/// `POST /drafts`.
pub(crate) async fn create(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let (title, summary) = (typed.text("title").to_owned(), typed.text("summary").to_owned());
    let content = pb::Content {
        title: title.clone(),
        summary: summary.clone(),
        level: pb::BlueprintLevel::Full.into(),
        kind: pb::BlueprintKind::Success.into(),
        ..Default::default()
    };
    let request = pb::CreateBlueprintRequest {
        organisation: format!("organisations/{}", typed.text("organisation")),
        visibility: pb::Visibility::Public.into(),
        content: Some(content),
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.blueprints().create_blueprint(request).await.map_err(Fault::from) {
        Ok(made) => {
            let id = made.into_inner().blueprint.unwrap_or_default().name;
            Ok(see_other(&format!("/blueprints/{}/draft?done=created", id_of(&id))))
        }
        Err(fault) if fault.is_of_form() => {
            let begin = beginning(&visit, &title, &summary, fault.lines());
            Ok((StatusCode::BAD_REQUEST, page(&begin)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// The id in `blueprints/{id}` and in what lies below it.
fn id_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}

/// The draft and what the check says of it.
async fn read(visit: &Visit, id: &str) -> Result<(pb::Blueprint, Vec<pb::Finding>), Fault> {
    visit.signed_in()?;
    let request = pb::GetBlueprintRequest { name: format!("blueprints/{id}/draft") };
    let draft = visit.api.blueprints().get_blueprint(request).await?.into_inner().blueprint.unwrap_or_default();
    let request = pb::CheckDraftRequest { name: format!("blueprints/{id}") };
    let findings = visit.api.blueprints().check_draft(request).await?.into_inner().findings;
    Ok((draft, findings))
}

/// The kinds of section in reading order, by their word in addresses.
fn kinds() -> impl Iterator<Item = (i32, String)> {
    (1..=pb::SectionKind::Contacts.into()).map(|kind| (kind, words::slug::<pb::SectionKind>(kind)))
}

/// `GET /blueprints/{id}/draft`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(page(&overview(&visit, &id, "", Vec::new()).await?))
}

/// The review that is open, if one is.
async fn open(visit: &Visit, id: &str) -> Result<Option<Open>, Fault> {
    let filter = format!("blueprint = \"blueprints/{id}\" AND state = OPEN");
    let request = pb::ListReviewsRequest { filter, page_size: 1, ..Default::default() };
    let reviews = visit.api.reviews().list_reviews(request).await?.into_inner().reviews;
    Ok(reviews.first().map(|one| {
        let (state, colour) = review::state(one);
        Open { address: format!("/{}", one.name), state, colour }
    }))
}

async fn overview(visit: &Visit, id: &str, note: &str, errors: Vec<(String, String)>) -> Result<Overview, Fault> {
    let (draft, findings) = read(visit, id).await?;
    let review = open(visit, id).await?;
    let names = Names::of(visit, &draft.organisation).await?;
    let mut comments = comment::of(visit, id, &draft.organisation, &names).await?;
    let content = draft.content.unwrap_or_default();
    let concerns = |slug: &str| findings.iter().any(|finding| is_about(finding, slug));
    let said = |kind: i32| {
        let open = comments.iter().filter(|comment| comment.section == kind && !comment.resolved).count();
        if open == 0 {
            String::new()
        } else {
            words::count(i64::try_from(open).unwrap_or(i64::MAX), "comment", "comments")
        }
    };
    let task = |slug: String, title: String, written: bool, said: String| {
        let (state, colour) = match (written, concerns(&slug)) {
            (true, false) => ("Written", "green"),
            (true, true) => ("Look again", "yellow"),
            (false, true) => ("Missing", "red"),
            (false, false) => ("Not started", "grey"),
        };
        Task { slug, title, state, colour, said }
    };
    let about = task(ABOUT.to_owned(), "What it is called".to_owned(), !content.summary.is_empty(), String::new());
    let sections = kinds().map(|(kind, slug)| {
        let written = content.sections.iter().any(|section| section.kind == kind && !section.body.is_empty());
        task(slug, words::title::<pb::SectionKind>(kind), written, said(kind))
    });
    let tasks: Vec<Task> = std::iter::once(about).chain(sections).collect();
    let must = |finding: &pb::Finding| finding.severity == i32::from(pb::Severity::Must);
    let owner = words::last(&draft.organisation);
    comments.retain(|comment| comment.section == 0);
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(Overview {
        frame: visit.frame(&format!("{mark}{}", content.title), Area::Mine),
        done: tasks.iter().filter(|task| task.state == "Written").count(),
        tasks,
        must: findings.iter().any(must),
        can_write: visit.organisations(Role::Contributor).iter().any(|one| one.code() == owner),
        findings: findings.iter().map(|finding| (must(finding), told(finding))).collect(),
        title: content.title,
        revision: draft.latest_revision,
        etag: draft.etag,
        form_id: visit.form_id(),
        id: id.to_owned(),
        note: note.to_owned(),
        review,
        comments,
        errors,
    })
}

fn told(finding: &pb::Finding) -> String {
    let field = finding.field.trim_start_matches("content.").trim_start_matches("sections.").replace('_', " ");
    format!("{} {}: {}.", words::capital(&field), finding.problem, finding.remedy)
}

fn is_about(finding: &pb::Finding, slug: &str) -> bool {
    match finding.field.strip_prefix("content.sections.") {
        Some(section) => section.replace('_', "-") == slug,
        None => slug == ABOUT && ["content.title", "content.summary"].contains(&finding.field.as_str()),
    }
}

/// What a task's form holds: the title, where it is that of the blueprint, and the text.
fn held(content: &pb::Content, slug: &str) -> (String, String) {
    if slug == ABOUT {
        return (content.title.clone(), content.summary.clone());
    }
    let kind = words::of_slug::<pb::SectionKind>(slug);
    let section = content.sections.iter().find(|section| Some(section.kind) == kind);
    (String::new(), section.map(|section| section.body.clone()).unwrap_or_default())
}

fn heading(slug: &str) -> Result<String, Fault> {
    let kind = words::of_slug::<pb::SectionKind>(slug);
    match kind {
        _ if slug == ABOUT => Ok("What it is called".to_owned()),
        Some(kind) => Ok(words::title::<pb::SectionKind>(kind)),
        None => Err(Fault::nothing_here()),
    }
}

/// `GET /blueprints/{id}/draft/{section}`.
pub(crate) async fn section(visit: Visit, Path((id, slug)): Path<(String, String)>) -> Answer {
    let (draft, findings) = read(&visit, &id).await?;
    let title = heading(&slug)?;
    let comments = beside(&visit, &id, &slug, &draft.organisation).await?;
    let (name, body) = held(&draft.content.unwrap_or_default(), &slug);
    Ok(page(&Section {
        frame: visit.frame(&title, Area::Mine),
        about: slug == ABOUT,
        preview: exemplar_blueprints::markdown_as_html(&body),
        findings: findings.iter().filter(|finding| is_about(finding, &slug)).map(told).collect(),
        theirs: None,
        comments,
        etag: draft.etag,
        form_id: visit.form_id(),
        errors: Vec::new(),
        id,
        slug,
        title,
        name,
        body,
    }))
}

/// What is said of a section.
async fn beside(visit: &Visit, id: &str, slug: &str, owner: &str) -> Result<Vec<Comment>, Fault> {
    let names = Names::of(visit, owner).await?;
    let kind = words::of_slug::<pb::SectionKind>(slug).unwrap_or_default();
    let comments = comment::of(visit, id, owner, &names).await?;
    Ok(comments.into_iter().filter(|comment| comment.section == kind).collect())
}

/// `POST /blueprints/{id}/draft/{section}`. When somebody else saved first, both texts are shown and none is lost.
pub(crate) async fn save(visit: Visit, Path((id, slug)): Path<(String, String)>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let title = heading(&slug)?;
    // Browsers send lines with CR LF.
    let body = typed.text("body").replace("\r\n", "\n");
    let content = match words::of_slug::<pb::SectionKind>(&slug) {
        Some(kind) => pb::Content { sections: vec![pb::Section { kind, body: body.clone() }], ..Default::default() },
        None => pb::Content { title: typed.text("title").to_owned(), summary: body.clone(), ..Default::default() },
    };
    let paths: &[&str] = if slug == ABOUT { &["title", "summary"] } else { &["sections"] };
    let request = pb::UpdateDraftRequest {
        name: format!("blueprints/{id}"),
        content: Some(content),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.blueprints().update_draft(request).await.map_err(Fault::from) {
        Ok(_) => Ok(see_other(&format!("/blueprints/{id}/draft?done=saved"))),
        Err(fault) if fault.is_of_form() => {
            unsaved(
                &visit,
                Section {
                    frame: visit.frame(&format!("Error: {title}"), Area::Mine),
                    about: slug == ABOUT,
                    name: typed.text("title").to_owned(),
                    preview: exemplar_blueprints::markdown_as_html(&body),
                    findings: Vec::new(),
                    theirs: None,
                    comments: Vec::new(),
                    etag: typed.text("etag").to_owned(),
                    form_id: visit.form_id(),
                    errors: fault.lines(),
                    id,
                    slug,
                    title,
                    body,
                },
                &fault,
            )
            .await
        }
        Err(fault) => Err(fault),
    }
}

/// What was typed, with why it is not saved; beside what is there now, when that is why.
async fn unsaved(visit: &Visit, mut form: Section, fault: &Fault) -> Result<Response, Fault> {
    let (draft, _) = read(visit, &form.id).await?;
    form.comments = beside(visit, &form.id, &form.slug, &draft.organisation).await?;
    if fault.stale {
        let (name, body) = held(&draft.content.unwrap_or_default(), &form.slug);
        form.theirs = Some(if name.is_empty() { body } else { format!("{name}\n\n{body}") });
        form.etag = draft.etag;
        form.errors = vec![(
            "body".to_owned(),
            "Somebody saved this draft while you wrote. Your text is kept below, theirs is beside it. Save again to \
             replace theirs, after you have taken over what you want to keep"
                .to_owned(),
        )];
    }
    Ok((fault.code, page(&form)).into_response())
}

/// `POST /blueprints/{id}/submit`.
pub(crate) async fn submit(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::SubmitBlueprintRequest {
        name: format!("blueprints/{id}"),
        change_note: typed.text("note").to_owned(),
        minor: typed.text("minor") == "yes",
        renewal: typed.text("renewal") == "yes",
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    match visit.api.reviews().submit_blueprint(request).await.map_err(Fault::from) {
        Ok(made) => {
            let review = made.into_inner().review.unwrap_or_default().name;
            Ok(see_other(&format!("/{review}?done=submitted")))
        }
        Err(fault) if fault.is_of_form() => {
            let again = overview(&visit, &id, typed.text("note"), fault.lines()).await?;
            Ok((fault.code, page(&again)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// `POST /blueprints/{id}/publish`: after the review.
pub(crate) async fn publish(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::PublishBlueprintRequest {
        name: format!("blueprints/{id}"),
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.blueprints().publish_blueprint(request).await?;
    Ok(see_other(&format!("/blueprints/{id}?done=published")))
}
