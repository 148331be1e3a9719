//! One learner's record: where they stand, requirement by requirement, to be read and to be printed as a transcript.

use askama::Template;
use axum::extract::Path;
use axum::response::IntoResponse as _;
use exemplar_kernel::day;
use exemplar_proto::academy::v1 as pb;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

/// Qualifications of the reader that are looked through at the most.
const QUALIFICATIONS: i32 = 50;

#[derive(Template)]
#[template(path = "record.html")]
struct Record {
    frame: Frame,
    name: String,
    organisation: String,
    standing: String,
    credits: String,
    attended: String,
    today: String,
    rows: Vec<Row>,
    certificates: Vec<(String, String)>,
}

struct Row {
    module: String,
    kind: String,
    state: String,
    mark: String,
    due: String,
    reason: String,
}

/// `GET /enrolments/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let request = pb::GetStandingRequest { enrolment: format!("enrolments/{id}") };
    let standing = visit.api.records().get_standing(request).await?.into_inner().standing.unwrap_or_default();
    let request = pb::ListQualificationsRequest { page_size: QUALIFICATIONS, ..Default::default() };
    let awarded = visit.api.credentials().list_qualifications(request).await?.into_inner().qualifications;
    let awarded = awarded.into_iter().filter(|one| one.enrolment == standing.enrolment && one.credential.is_some());
    let attendance = standing.attendance.unwrap_or_default();
    Ok(page(&Record {
        frame: visit.frame(&format!("Record of {}", standing.learner_display_name), Area::Academy),
        organisation: words::last(&standing.organisation).to_owned(),
        standing: words::title::<pb::Standing>(standing.standing),
        credits: format!("{} of {}", standing.credits, standing.credits_total),
        attended: if attendance.attended > 0 {
            words::count(attendance.attended, "session", "sessions")
        } else {
            String::new()
        },
        today: day::in_words(visit.today()),
        rows: standing.requirements.into_iter().map(row).collect(),
        certificates: awarded
            .map(|one| (one.title, format!("/qualifications/{}/certificate", words::last(&one.name))))
            .collect(),
        name: standing.learner_display_name,
    }))
}

fn row(requirement: pb::Requirement) -> Row {
    let kind = words::word::<pb::RequirementKind>(requirement.kind);
    Row {
        module: requirement.module,
        kind: if kind.is_empty() { "module".to_owned() } else { kind },
        state: words::title::<pb::RequirementState>(requirement.state),
        mark: if requirement.best_mark < 0 { String::new() } else { format!("{} %", requirement.best_mark) },
        due: words::day_in_words(&requirement.due_date),
        reason: requirement.reason,
    }
}

/// `GET /qualifications/{id}/certificate`: a file to be kept and printed; it needs nothing else, and runs nothing here.
pub(crate) async fn certificate(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let request = pb::DownloadCertificateRequest { name: format!("qualifications/{id}") };
    let html = visit.api.credentials().download_certificate(request).await?.into_inner().html;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"certificate.html\""),
    ];
    Ok((headers, html).into_response())
}
