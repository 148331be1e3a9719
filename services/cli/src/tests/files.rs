//! Files of results and curricula, and what tables make of snippets.

use exemplar_proto::blueprints::v1 as pb;

use crate::command::{curriculum, import_results, search};
use crate::table;

const ID: &str = "01990c7e-0000-7000-8000-00000000000a";

#[test]
fn rows_are_read_with_their_lines() {
    let csv = format!(
        "\u{feff}module,enrolment,attempt,mark,date,remark\nM1,{ID},1,64,2026-11-02,good\n\nM2, enrolments/{ID} ,2,50,2026-11-03,\n"
    );
    let rows = import_results::read(csv.as_bytes()).unwrap();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    let second = rows[1].parsed.as_ref().unwrap();
    assert_eq!(second.enrolment, format!("enrolments/{ID}"));
    assert_eq!((second.module.as_str(), second.attempt, second.mark), ("M2", 2, 50));
    assert_eq!(second.correction, "");
}

#[test]
fn a_row_that_cannot_be_read_says_which_column() {
    let csv =
        format!("enrolment,module,attempt,mark,date\n{ID},M1,one,64,2026-11-02\nRBL,M1,1,64,2026-11-02\n{ID},M1\n");
    let rows = import_results::read(csv.as_bytes()).unwrap();
    let faults: Vec<_> = rows.into_iter().map(|row| row.parsed.unwrap_err()).collect();
    assert!(faults[0].starts_with("attempt: "), "{faults:?}");
    assert!(faults[1].starts_with("enrolment expects"), "{faults:?}");
    assert!(faults[2].contains("fields"), "{faults:?}");
}

#[test]
fn a_missing_column_refuses_the_file() {
    let error = import_results::read(b"enrolment,module,attempt,date\n").unwrap_err();
    assert_eq!(error.to_string(), "the column mark is missing");
}

#[test]
fn the_same_row_makes_the_same_request() {
    let csv = format!("enrolment,module,attempt,mark,date\n{ID},M1,1,64,2026-11-02\n{ID},M1,1,65,2026-11-02\n");
    let ids = || -> Vec<_> {
        let rows = import_results::read(csv.as_bytes()).unwrap();
        rows.iter().map(|row| import_results::request_id(row.parsed.as_ref().unwrap())).collect()
    };
    let first = ids();
    assert_eq!(first, ids());
    assert_ne!(first[0], first[1]);
    assert!(first.iter().all(|id| id.len() == 64 && id.chars().all(|c| c.is_ascii_alphanumeric())));
}

#[test]
fn a_curriculum_is_read() {
    let text = "code = 'X'\ntitle = 'T'\nmerit_mark = 60\n[[module]]\ncode = 'M1'\ntitle = 'One'\ncredits = 10\n\
                pass_mark = 50\nattempts = 2\ndue_week = 8\n";
    let read = curriculum::read(text).unwrap();
    assert_eq!((read.code.as_str(), read.modules.len(), read.modules[0].due_week), ("X", 1, 8));
    let error = curriculum::read(&text.replace("due_week", "due")).unwrap_err().to_string();
    assert!(error.contains("due_week"), "{error}");
}

#[test]
fn tables_leave_out_what_is_empty_and_keep_ids_whole() {
    let fields = table::fields([("Name", "x".to_owned()), ("Nothing", String::new())]);
    assert_eq!(fields, " Name  x");
    let text = table::table(["Name", "Id"], [["two words ".repeat(50), ID.to_owned()]]);
    assert!(text.contains(ID), "{text}");
}

#[test]
fn matches_are_marked_by_characters() {
    let highlights = vec![pb::Highlight { start: 3, end: 7 }, pb::Highlight { start: 12, end: 17 }];
    let snippet = pb::Snippet { section: 0, text: "é, EPMA and wards".into(), highlights, file: String::new() };
    assert_eq!(search::marked(&snippet), "é, *EPMA* and *wards*");
}
