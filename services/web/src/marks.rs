//! The mark grid: a field for each learner, or a paste from a spreadsheet; what would change is shown before it is saved,
//! and what was saved can be undone as one.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use exemplar_proto::academy::v1 as pb;
use http::StatusCode;

use crate::cohort::is_of_module;
use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

/// Learners of a grid at the most: the largest page that the record gives.
const LEARNERS: i32 = 200;
/// Attempts that a grid offers.
const ATTEMPTS: [&str; 3] = ["1", "2", "3"];
/// What the first column of a sheet may be called.
const WHO: [&str; 3] = ["enrolment", "learner", "email"];

#[derive(Template)]
#[template(path = "marks.html")]
struct Grid {
    frame: Frame,
    id: String,
    modules: Vec<(String, bool)>,
    module: String,
    attempts: Vec<(&'static str, bool)>,
    date: String,
    paste: String,
    rows: Vec<Row>,
    form_id: String,
    errors: Vec<(String, String)>,
}

struct Row {
    enrolment: String,
    name: String,
    organisation: String,
    best: String,
    made: i32,
    typed: String,
}

#[derive(Template)]
#[template(path = "marks-check.html")]
struct Check {
    frame: Frame,
    id: String,
    module: String,
    date: String,
    sheet: String,
    changes: Vec<Change>,
    unchanged: usize,
    form_id: String,
}

/// A cell that would be recorded.
struct Change {
    who: String,
    column: String,
    cell: String,
    outcome: &'static str,
    message: String,
}

/// `GET /cohorts/{id}/marks?module=…`.
pub(crate) async fn ask(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let day = visit.today().to_string();
    let typed = Params::default().with("module", visit.params.text("module")).with("date", &day);
    Ok(page(&grid(&visit, &id, &typed, Vec::new()).await?))
}

/// `POST /cohorts/{id}/marks`: shows what would change, and records it when that was shown.
pub(crate) async fn record(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let save = typed.text("step") == "save";
    let sheet = if save { typed.text("sheet").to_owned() } else { sheet(&typed) };
    if sheet.is_empty() {
        return again(&visit, &id, &typed, vec![("paste".to_owned(), "Type or paste at least one mark".to_owned())])
            .await;
    }
    let request = pb::EnterSheetRequest {
        cohort: format!("cohorts/{id}"),
        source: Some(pb::enter_sheet_request::Source::File(sheet.clone().into_bytes())),
        date: typed.text("date").to_owned(),
        reason: typed.text("reason").to_owned(),
        validate_only: !save,
        request_id: if save { typed.text("form").to_owned() } else { String::new() },
    };
    let entered = match visit.api.records().enter_sheet(request).await.map_err(Fault::from) {
        Ok(entered) => entered.into_inner(),
        Err(fault) if fault.is_of_form() => return again(&visit, &id, &typed, fault.lines()).await,
        Err(fault) => return Err(fault),
    };
    let errors: Vec<_> = entered.verdicts.iter().filter_map(fault_of).collect();
    if !errors.is_empty() {
        return again(&visit, &id, &typed, errors).await;
    }
    if save {
        return Ok(see_other(&format!("/cohorts/{id}?done=recorded")));
    }
    let changes: Vec<Change> = entered.verdicts.iter().filter_map(|verdict| change(verdict, &sheet)).collect();
    Ok(page(&Check {
        frame: visit.frame("Check before you save", Area::Academy),
        unchanged: entered.verdicts.len() - changes.len(),
        module: typed.text("module").to_owned(),
        date: typed.text("date").to_owned(),
        form_id: visit.form_id(),
        id,
        sheet,
        changes,
    }))
}

/// `POST /cohorts/{id}/undo`: takes a batch back as one.
pub(crate) async fn undo(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::UndoBatchRequest {
        name: format!("batches/{}", typed.text("batch")),
        reason: typed.text("reason").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.records().undo_batch(request).await?;
    Ok(see_other(&format!("/cohorts/{id}?done=undone")))
}

/// What was typed as a sheet: a paste as it is, with the header that it lacks; else the fields. Empty when nothing was.
fn sheet(typed: &Params) -> String {
    let module = typed.text("module");
    let column = match typed.text("attempt") {
        "" | "1" => module.to_owned(),
        attempt => format!("{module}#{attempt}"),
    };
    let paste = typed.text("paste").replace("\r\n", "\n");
    if !paste.is_empty() {
        let first = cells(paste.lines().next().unwrap_or_default()).first().map(|cell| cell.to_lowercase());
        let headed = first.is_some_and(|first| WHO.contains(&first.as_str()));
        let mark = ['\t', ';', ','].into_iter().find(|mark| paste.contains(*mark)).unwrap_or('\t');
        return if headed { paste } else { format!("learner{mark}{column}\n{paste}") };
    }
    let mut rows = String::new();
    for (name, mark) in typed.iter().filter(|(_, mark)| !mark.trim().is_empty()) {
        if let Some(enrolment) = name.strip_prefix("mark-") {
            rows.push_str(&format!("{enrolment}\t{}\n", mark.trim()));
        }
    }
    if rows.is_empty() { rows } else { format!("enrolment\t{column}\n{rows}") }
}

/// The cells of a line, as a page shows them.
fn cells(line: &str) -> Vec<String> {
    let mark = ['\t', ';', ','].into_iter().find(|mark| line.contains(*mark)).unwrap_or('\t');
    line.split(mark).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
}

fn fault_of(verdict: &pb::CellVerdict) -> Option<(String, String)> {
    use pb::CellOutcome::{Invalid, UnknownPerson};
    let outcome = verdict.outcome;
    let bad = outcome == i32::from(Invalid) || outcome == i32::from(UnknownPerson);
    bad.then(|| ("paste".to_owned(), format!("Line {}, {}: {}", verdict.row - 1, verdict.column, verdict.message)))
}

fn change(verdict: &pb::CellVerdict, sheet: &str) -> Option<Change> {
    let outcome = match pb::CellOutcome::try_from(verdict.outcome).unwrap_or_default() {
        pb::CellOutcome::New => "New",
        pb::CellOutcome::Changed => "Changed",
        pb::CellOutcome::Unspecified
        | pb::CellOutcome::Unchanged
        | pb::CellOutcome::UnknownPerson
        | pb::CellOutcome::Invalid => return None,
    };
    let header = cells(sheet.lines().next().unwrap_or_default());
    let line = sheet.lines().nth(usize::try_from(verdict.row - 1).unwrap_or(usize::MAX)).unwrap_or_default();
    let cells = cells(line);
    let place = header.iter().position(|name| *name == verdict.column);
    Some(Change {
        who: cells.first().cloned().unwrap_or_default(),
        cell: place.and_then(|place| cells.get(place)).cloned().unwrap_or_default(),
        column: verdict.column.clone(),
        message: verdict.message.clone(),
        outcome,
    })
}

async fn again(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Answer {
    let shown: Response = page(&grid(visit, id, typed, errors).await?);
    Ok((StatusCode::BAD_REQUEST, shown).into_response())
}

async fn grid(visit: &Visit, id: &str, typed: &Params, errors: Vec<(String, String)>) -> Result<Grid, Fault> {
    let cohort = format!("cohorts/{id}");
    // Others would be shown their own line, with fields that they may not fill in: only staff read what was entered.
    let request = pb::ListBatchesRequest { cohort: cohort.clone(), page_size: 1, ..Default::default() };
    visit.api.records().list_batches(request).await?;
    let request = pb::ListStandingsRequest { cohort, page_size: LEARNERS, ..Default::default() };
    let learners = visit.api.records().list_standings(request).await?.into_inner().standings;
    let modules: BTreeSet<&str> =
        learners.iter().flat_map(|one| &one.requirements).filter(|one| is_of_module(one)).map(name_of).collect();
    let wanted = typed.text("module");
    let module = modules.iter().find(|module| **module == wanted).or(modules.iter().next());
    let module = module.copied().unwrap_or_default().to_owned();
    let row = |learner: &pb::LearnerStanding| {
        let enrolment = words::last(&learner.enrolment).to_owned();
        let requirement = learner.requirements.iter().find(|one| is_of_module(one) && one.module == module);
        let best = requirement.map_or(-1, |requirement| requirement.best_mark);
        Row {
            name: learner.learner_display_name.clone(),
            organisation: words::last(&learner.organisation).to_owned(),
            best: if best < 0 { String::new() } else { format!("{best} %") },
            made: requirement.map_or(0, |requirement| requirement.attempts_made),
            typed: typed.text(&format!("mark-{enrolment}")).to_owned(),
            enrolment,
        }
    };
    let mark = if errors.is_empty() { "" } else { "Error: " };
    Ok(Grid {
        frame: visit.frame(&format!("{mark}Marks of {module}"), Area::Academy),
        id: id.to_owned(),
        rows: learners.iter().map(row).collect(),
        modules: modules.iter().map(|one| ((*one).to_owned(), **one == module)).collect(),
        attempts: ATTEMPTS.map(|attempt| (attempt, typed.text("attempt") == attempt)).to_vec(),
        date: typed.text("date").to_owned(),
        paste: typed.text("paste").to_owned(),
        form_id: visit.form_id(),
        module,
        errors,
    })
}

fn name_of(requirement: &pb::Requirement) -> &str {
    &requirement.module
}
