//! Cohorts: the list, and the board of where every learner stands.

use askama::Template;
use axum::extract::Path;
use exemplar_proto::academy::v1 as pb;

use crate::fault::{Answer, seen};
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

/// Learners on a page of the board.
const LEARNERS: i32 = 100;

#[derive(Template)]
#[template(path = "cohorts.html")]
struct List {
    frame: Frame,
    rows: Vec<(String, String, String, String)>,
    next: String,
}

#[derive(Template)]
#[template(path = "cohort.html")]
struct Board {
    frame: Frame,
    id: String,
    title: String,
    start: String,
    places: String,
    modules: Vec<(String, String)>,
    tally: Vec<(String, usize)>,
    learners: Vec<Learner>,
    batches: Vec<(String, String)>,
    form_id: String,
    next: String,
    staff: bool,
}

struct Learner {
    name: String,
    organisation: String,
    standing: String,
    colour: &'static str,
    credits: String,
    address: String,
    cells: Vec<Cell>,
}

struct Cell {
    class: String,
    text: String,
    reason: String,
}

/// `GET /cohorts`.
pub(crate) async fn list(visit: Visit) -> Answer {
    visit.signed_in()?;
    let request = pb::ListCohortsRequest { page_size: 50, page_token: visit.params.text("after").to_owned() };
    let listed = visit.api.cohorts().list_cohorts(request).await?.into_inner();
    let row = |cohort: pb::Cohort| {
        let enrolled = format!("{} of {}", cohort.enrolled, cohort.places);
        (format!("/{}", cohort.name), cohort.title, words::day_in_words(&cohort.start_date), enrolled)
    };
    let next = match listed.next_page_token.as_str() {
        "" => String::new(),
        token => format!("/cohorts{}", visit.params.without("after", None).with("after", token).query()),
    };
    let rows = listed.cohorts.into_iter().map(row).collect();
    Ok(page(&List { frame: visit.frame("Cohorts", Area::Academy), rows, next }))
}

/// `GET /cohorts/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.signed_in()?;
    let name = format!("cohorts/{id}");
    let request = pb::ListStandingsRequest {
        cohort: name.clone(),
        page_size: LEARNERS,
        page_token: visit.params.text("after").to_owned(),
        ..Default::default()
    };
    let listed = visit.api.records().list_standings(request).await?.into_inner();
    let cohort = visit.api.cohorts().get_cohort(pb::GetCohortRequest { name }).await?.into_inner();
    let cohort = cohort.cohort.unwrap_or_default();
    let request = pb::GetCurriculumRequest { name: cohort.curriculum.clone() };
    let curriculum = visit.api.curricula().get_curriculum(request).await?.into_inner().curriculum.unwrap_or_default();
    let modules: Vec<(String, String)> =
        curriculum.modules.into_iter().map(|module| (module.code, module.title)).collect();
    let request = pb::ListBatchesRequest { cohort: format!("cohorts/{id}"), page_size: 5, ..Default::default() };
    // Learners see their own line of the board, and no batches.
    let batches = seen(visit.api.records().list_batches(request).await)?;
    let staff = batches.is_some();
    let batches = batches.unwrap_or_default().batches;
    let next = match listed.next_page_token.as_str() {
        "" => String::new(),
        token => format!("/cohorts/{id}{}", visit.params.without("after", None).with("after", token).query()),
    };
    let learners: Vec<Learner> = listed.standings.into_iter().map(|one| learner(one, &modules)).collect();
    Ok(page(&Board {
        frame: visit.frame(&cohort.title, Area::Academy),
        id,
        title: cohort.title,
        start: words::day_in_words(&cohort.start_date),
        places: format!("{} of {} places taken", cohort.enrolled, cohort.places),
        tally: tally(&learners),
        batches: batches.into_iter().filter(|batch| batch.undone_by.is_empty()).map(batch).collect(),
        form_id: visit.form_id(),
        staff,
        modules,
        learners,
        next,
    }))
}

fn batch(batch: pb::Batch) -> (String, String) {
    let entries = words::count(batch.entries, "entry", "entries");
    let day = words::day_of(batch.record_time.as_ref());
    (words::last(&batch.name).to_owned(), format!("{}, {entries}, {day}", words::capital(&batch.description)))
}

/// How many stand where, of this page.
fn tally(learners: &[Learner]) -> Vec<(String, usize)> {
    let mut tally: Vec<(String, usize)> = Vec::new();
    for learner in learners {
        match tally.iter_mut().find(|(standing, _)| *standing == learner.standing) {
            Some((_, count)) => *count += 1,
            None => tally.push((learner.standing.clone(), 1)),
        }
    }
    tally.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    tally
}

/// Whether it is the module itself that is met, not its sessions.
pub(crate) fn is_of_module(requirement: &pb::Requirement) -> bool {
    let (module, none): (i32, i32) = (pb::RequirementKind::Module.into(), pb::RequirementKind::Unspecified.into());
    requirement.kind == module || requirement.kind == none
}

fn learner(one: pb::LearnerStanding, modules: &[(String, String)]) -> Learner {
    let colour = match pb::Standing::try_from(one.standing).unwrap_or_default() {
        pb::Standing::Complete | pb::Standing::OnTrack => "green",
        pb::Standing::AtRisk => "yellow",
        pb::Standing::Behind | pb::Standing::CannotComplete => "red",
        pb::Standing::Unspecified => "grey",
    };
    let cell = |(module, _): &(String, String)| {
        let Some(requirement) = one.requirements.iter().find(|one| one.module == *module && is_of_module(one)) else {
            return Cell { class: "open".to_owned(), text: String::new(), reason: String::new() };
        };
        let state = words::word::<pb::RequirementState>(requirement.state);
        let met = requirement.state == i32::from(pb::RequirementState::Met);
        let text = if met { format!("✓ {}", requirement.best_mark) } else { state.clone() };
        Cell { class: state.replace(' ', "-"), text, reason: requirement.reason.clone() }
    };
    Learner {
        cells: modules.iter().map(cell).collect(),
        standing: words::title::<pb::Standing>(one.standing),
        colour,
        address: format!("/{}", one.enrolment),
        credits: format!("{} of {}", one.credits, one.credits_total),
        organisation: words::last(&one.organisation).to_owned(),
        name: one.learner_display_name,
    }
}
