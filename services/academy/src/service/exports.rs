//! What staff take away: a module's sheet in the shape in which it is entered, and the standings that a table shows.

use exemplar_kernel::sheet::{Cell, Format, Row, Sheet};
use exemplar_kernel::{Principal, day};

use super::Academy;
use super::records::{Learner, WantedStandings};
use crate::Error;
use crate::model::assessment::AssessmentPath;
use crate::model::attendance;
use crate::model::cohort::CohortId;
use crate::model::result::counting;
use crate::model::standing::RequirementKind;
use crate::store::enrolments;

impl Academy {
    /// The sheet of a cohort's module, or of the whole cohort, in the shape in which it can be entered again.
    pub async fn export_sheet(
        &self,
        caller: &Principal,
        cohort: CohortId,
        module: Option<&str>,
        format: Format,
    ) -> Result<Vec<u8>, Error> {
        self.require_reader(caller, cohort).await?;
        let db = self.db.read();
        let book = self.book(db, cohort).await?;
        if let Some(module) = module.filter(|module| book.curriculum.module(module).is_none()) {
            let curriculum = book.curriculum.id.clone();
            return Err(Error::ModuleNotFound { curriculum, module: module.to_owned() });
        }
        let learners = enrolments::of_cohort(db, enrolments::Visible::All, cohort).await?;
        let records = self.learner_records(db, &learners).await?;
        let wanted = |code: &str| module.is_none_or(|module| module == code);
        let sessions: Vec<_> = book.sessions.iter().filter(|session| wanted(&session.module)).collect();
        let mut header: Vec<String> = ["enrolment", "name", "organisation"].map(str::to_owned).into();
        header.extend(sessions.iter().map(|session| session.code.clone()));
        let mut marks = Vec::new();
        for module in book.curriculum.modules.iter().filter(|module| wanted(&module.code)) {
            for part in module.parts().iter() {
                let path = AssessmentPath { module: module.code.clone(), assessment: part.code.clone() };
                for attempt in 1..=part.attempts {
                    let name = if attempt == 1 { path.to_string() } else { format!("{path}#{attempt}") };
                    header.extend([name.clone(), format!("{name} date")]);
                    marks.push((path.clone(), attempt));
                }
            }
        }
        let mut rows = Vec::with_capacity(learners.len());
        for (number, learner) in (2..).zip(learners) {
            let record = records.get(&learner.id).cloned().unwrap_or_default();
            let (there, present) = (counting(&record.results), attendance::counting(&record.attendance));
            let who = [learner.id.uuid().to_string(), learner.learner_name, learner.organisation.code().to_owned()];
            let mut cells: Vec<Cell> = who.into_iter().map(Cell::text).collect();
            cells.extend(sessions.iter().map(|session| {
                let presence = present.get(&session.id).and_then(|entry| entry.presence);
                presence.map_or(Cell::Empty, |presence| Cell::text(presence.name().to_lowercase()))
            }));
            for (path, attempt) in &marks {
                let found = there.iter().find(|entry| entry.path() == *path && entry.attempt.number() == *attempt);
                cells.push(found.map_or(Cell::Empty, |entry| Cell::whole(entry.mark.percent())));
                cells.push(found.map_or(Cell::Empty, |entry| Cell::Date(entry.date)));
            }
            rows.push(Row { number, cells });
        }
        write(Sheet { header, rows }, format).await
    }

    /// The standings that a table with these filters shows.
    pub async fn export_standings(
        &self,
        caller: &Principal,
        cohort: CohortId,
        wanted: &WantedStandings,
        format: Format,
    ) -> Result<Vec<u8>, Error> {
        let learners = self.standings(caller, cohort, wanted).await?;
        let first = ["enrolment", "name", "organisation", "state", "standing", "credits", "credits_total"];
        let figures = ["attended_to_date", "attended_over_all", "attended_best_possible"];
        let mut header: Vec<String> = first.iter().chain(&figures).map(|name| (*name).to_owned()).collect();
        if let Some(learner) = learners.first() {
            for requirement in &learner.standing.requirements {
                header.extend([requirement.subject.clone(), format!("{} why", requirement.subject)]);
                if requirement.kind == RequirementKind::Module {
                    header.push(format!("{} mark", requirement.subject));
                }
            }
        }
        let rows = (2..).zip(&learners).map(|(number, learner)| Row { number, cells: cells(learner) }).collect();
        write(Sheet { header, rows }, format).await
    }
}

fn cells(learner: &Learner) -> Vec<Cell> {
    let (enrolment, standing) = (&learner.enrolment, &learner.standing);
    let percent = |figure: Option<i32>| figure.map_or(Cell::Empty, Cell::whole);
    let mut cells = vec![
        Cell::text(enrolment.id.uuid().to_string()),
        Cell::text(&enrolment.learner_name),
        Cell::text(enrolment.organisation.code()),
        Cell::text(enrolment.state.name()),
        Cell::text(standing.standing.name()),
        Cell::whole(standing.credits),
        Cell::whole(standing.credits_total),
        percent(standing.attendance.to_date()),
        percent(standing.attendance.over_all()),
        percent(standing.attendance.best_possible()),
    ];
    for requirement in &standing.requirements {
        let due = requirement.due_date.map(|due| format!(" (due on {})", day::in_words(due))).unwrap_or_default();
        cells.push(Cell::text(requirement.state.name()));
        cells.push(Cell::text(format!("{}{due}", requirement.reason)));
        if requirement.kind == RequirementKind::Module {
            cells.push(requirement.best_mark.map_or(Cell::Empty, |mark| Cell::whole(mark.percent())));
        }
    }
    cells
}

/// Writes a sheet on a thread that may take its time.
async fn write(sheet: Sheet, format: Format) -> Result<Vec<u8>, Error> {
    let joined = tokio::task::spawn_blocking(move || sheet.write(format)).await;
    Ok(joined.map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a sheet: {error}")))??)
}
