//! Sheets, their verdicts and batches in protobuf.

use exemplar_kernel::sheet::{Cell, Format, Limits, Row, Sheet};
use exemplar_kernel::{Violations, day, filter};
use exemplar_proto::academy::v1 as pb;

use crate::model::batch::Batch;
use crate::model::cohort::CohortId;
use crate::model::enrolment::EnrolmentState;
use crate::model::grid::CellVerdict;
use crate::model::standing::Standing;
use crate::service::imports::Progress;
use crate::service::records::WantedStandings;
use crate::service::sheets::{EnterSheet, Source};

pub(super) fn typed_enter(violations: &mut Violations, message: pb::EnterSheetRequest) -> Option<EnterSheet> {
    let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
    let date = day::parse(violations, "date", &message.date);
    let reason = violations.text("reason", &message.reason, 0..=500);
    let source = match message.source {
        Some(pb::enter_sheet_request::Source::File(file)) => Some(Source::File(file)),
        Some(pb::enter_sheet_request::Source::Grid(grid)) => Some(Source::Grid(typed_grid(violations, grid))),
        None => {
            violations.add("file", "is missing, and so is a grid");
            None
        }
    };
    let validate_only = message.validate_only;
    Some(EnterSheet { cohort: cohort?, source: source?, date, reason, validate_only })
}

fn typed_grid(violations: &mut Violations, grid: pb::Grid) -> Sheet {
    violations.at_most("grid.rows", &grid.rows, Limits::PAGE.rows);
    violations.at_most("grid.header", &grid.header, Limits::PAGE.columns);
    let cells = |row: pb::GridRow| row.cells.iter().map(|cell| Cell::text(cell.trim())).collect();
    let rows = (2..).zip(grid.rows).map(|(number, row)| Row { number, cells: cells(row) }).collect();
    let sheet = Sheet { header: grid.header, rows };
    // A grid is held to what a file is held to.
    violations.take("grid", sheet.check(&Limits::PAGE));
    sheet
}

pub(super) fn typed_format(violations: &mut Violations, format: i32) -> Format {
    match pb::SheetFormat::try_from(format) {
        Ok(pb::SheetFormat::Unspecified | pb::SheetFormat::Csv) => Format::Csv,
        Ok(pb::SheetFormat::Xlsx) => Format::Xlsx,
        Err(_) => {
            violations.add("format", "is not a word of this version");
            Format::Csv
        }
    }
}

pub(super) fn typed_filter(violations: &mut Violations, text: &str) -> WantedStandings {
    let mut wanted = WantedStandings::default();
    for term in filter::parse_once(violations, text, &["standing", "state", "organisation"]) {
        let value = term.value.as_str();
        match term.field {
            "standing" => {
                wanted.standing = Standing::ALL.into_iter().find(|standing| standing.name() == value);
                if wanted.standing.is_none() {
                    violations.add("filter", format!("knows no standing {value}"));
                }
            }
            "state" => {
                wanted.state = EnrolmentState::from_name(value);
                if wanted.state.is_none() {
                    violations.add("filter", format!("knows no state {value}"));
                }
            }
            _ => {
                let organisation = filter::organisation(value).map_err(|fault| format!("organisation {fault}"));
                wanted.organisation = violations.take("filter", organisation);
            }
        }
    }
    wanted
}

pub(super) fn verdict(verdict: CellVerdict) -> pb::CellVerdict {
    let CellVerdict { row, column, outcome, message } = verdict;
    let row = i32::try_from(row).unwrap_or(i32::MAX);
    pb::CellVerdict { row, column, outcome: pb::CellOutcome::from(outcome).into(), message }
}

pub(super) fn batch(batch: Batch) -> pb::Batch {
    pb::Batch {
        name: batch.id.to_string(),
        cohort: batch.cohort.map(|cohort| cohort.to_string()).unwrap_or_default(),
        description: batch.what,
        entries: batch.entries,
        record_time: Some(batch.recorded.into()),
        undone_by: batch.undone_by.map(|by| by.to_string()).unwrap_or_default(),
    }
}

pub(super) fn progress(progress: Progress) -> pb::ImportEntriesResponse {
    pb::ImportEntriesResponse {
        rows: count(progress.rows),
        done: count(progress.done),
        created: count(progress.new),
        changed: count(progress.changed),
        unchanged: count(progress.unchanged),
        unusable: count(progress.unusable),
        verdicts: progress.verdicts.into_iter().map(verdict).collect(),
        sequence: progress.sequence,
    }
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
