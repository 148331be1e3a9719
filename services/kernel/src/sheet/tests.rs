//! Tables in and out, by table and by property.

use std::io::Write as _;

use proptest::prelude::*;
use time::macros::date;

use super::{Cell, Format, Limits, Row, Sheet, letters};
use crate::Violations;

fn read(file: &[u8]) -> Result<Sheet, String> {
    read_within(file, &Limits::PAGE)
}

fn read_within(file: &[u8], limits: &Limits) -> Result<Sheet, String> {
    let mut violations = Violations::new();
    Sheet::read(&mut violations, "file", file, limits).ok_or_else(|| violations.to_string())
}

fn text(text: &str) -> Cell {
    Cell::text(text)
}

fn sheet(header: &[&str], rows: Vec<(u32, Vec<Cell>)>) -> Sheet {
    let rows = rows.into_iter().map(|(number, cells)| Row { number, cells }).collect();
    Sheet { header: header.iter().map(|name| (*name).to_owned()).collect(), rows }
}

#[test]
fn csv_is_read_however_a_spreadsheet_saved_it() {
    let plain = sheet(&["learner", "mark"], vec![(2, vec![text("Ann"), text("64")])]);
    for file in [
        "learner,mark\nAnn,64\n",
        "\u{feff}learner,mark\r\nAnn,64\r\n",
        "learner;mark\r\nAnn;64",
        "learner\tmark\nAnn\t64\n",
        " learner , mark ,,\n Ann , 64 ,,\n,,\n",
        "\"learner\",\"mark\"\n\"Ann\",\"64\"\n",
    ] {
        assert_eq!(read(file.as_bytes()).as_ref(), Ok(&plain), "{file:?}");
    }
    // Blank rows and breaks inside of quotes are counted as a spreadsheet counts them.
    let found = read(b"a,b\n\n\"one\ntwo\",\"x,\"\"y\"\"\"\n\r\n=1+1,'=1+1\n").unwrap();
    let expected =
        vec![(3, vec![text("one\ntwo"), text("x,\"y\"")]), (5, vec![Cell::Foreign("a formula"), text("=1+1")])];
    assert_eq!(found, sheet(&["a", "b"], expected));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let small = Limits { bytes: 200, unpacked: 10_000, rows: 2, columns: 3, cell: 5 };
    for (file, expected) in [
        (&b""[..], "file has no header in its first row"),
        (b",,\n1,2,3\n", "file has no header in its first row"),
        (b"a,A\n1,2\n", "file has the column A twice"),
        (b"a,b\n1,2,3\n", "file has a value without a header in row 2, column C"),
        (b"a,b\n1,2\n\n1,sixsix\n", "file has more than 5 characters in row 4, column b"),
        (b"a\n1\n2\n3\n", "file has more than 2 rows"),
        (b"a,b,c,d\n", "file has more than 3 columns"),
        (&[b'a'; 201], "file is larger than 200 bytes (201)"),
        (b"\xff\xfea\0", "file is not UTF-8 text; save it as CSV UTF-8"),
        (b"a\n\xe9\n", "file is not UTF-8 text; save it as CSV UTF-8"),
        (b"PK\x03\x04rubbish", "file is not a workbook that can be read"),
    ] {
        assert_eq!(read_within(file, &small).unwrap_err(), expected, "{file:?}");
    }
}

#[test]
fn a_small_archive_with_a_lot_in_it_is_refused() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&vec![b'x'; 3 << 20]).unwrap();
    let file = archive.finish().unwrap().into_inner();
    assert!(file.len() < 10_000);
    let limits = Limits { unpacked: 1 << 20, ..Limits::PAGE };
    assert_eq!(read_within(&file, &limits).unwrap_err(), "file is larger than 1048576 bytes when unpacked");
}

#[test]
fn a_workbook_keeps_days_numbers_and_formulas_apart() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let page = workbook.add_worksheet();
    let iso = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (column, name) in (0..).zip(["day", "mark", "computed", "far"]) {
        page.write_string(0, column, name).unwrap();
    }
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2018, 8, 6).unwrap();
    page.write_datetime_with_format(2, 0, &day, &iso).unwrap();
    page.write_number(2, 1, 64.0).unwrap();
    page.write_formula(2, 2, "=B3+1").unwrap();
    page.write_number(2, 3, 43318.0).unwrap();
    let file = workbook.save_to_buffer().unwrap();
    let found = read(&file).unwrap();
    let cells =
        vec![Cell::Date(date!(2018 - 08 - 06)), Cell::Number(64.0), Cell::Foreign("a formula"), Cell::Number(43318.0)];
    assert_eq!(found, sheet(&["day", "mark", "computed", "far"], vec![(3, cells)]));
    let row = &found.rows[0];
    assert_eq!(row.cell(0).as_date(), Ok(Some(date!(2018 - 08 - 06))));
    assert_eq!(row.cell(1).as_whole(), Ok(Some(64)));
    assert_eq!(row.cell(2).as_whole().unwrap_err(), "is a formula; put in its value");
    assert_eq!(
        row.cell(3).as_date().unwrap_err(),
        "is the number 43318 and not a day; give the cell a date format, or write 2018-08-06"
    );
    assert_eq!(row.cell(9).as_date(), Ok(None));
    assert_eq!(text("06/08/2018").as_date().unwrap_err(), "must be a day like 2018-08-06, not \"06/08/2018\"");
    assert_eq!(Cell::Number(64.5).as_whole().unwrap_err(), "must be a whole number, not \"64.5\"");
    // A cell far to the right makes no wide table.
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_string(1_048_575, 16_383, "x").unwrap();
    let file = workbook.save_to_buffer().unwrap();
    assert_eq!(read(&file).unwrap_err(), "file has more than 400 columns");
}

#[test]
fn nothing_that_goes_out_computes() {
    let dangerous = ["=1+1", "+1", "-1", "@sum", "\t=1", "'=1", "''-x", "＝1", "=cmd|' /C calc'!A0"];
    let rows = dangerous.iter().enumerate().map(|(i, it)| (u32::try_from(i).unwrap() + 2, vec![text(it)])).collect();
    let out = sheet(&["=name"], rows);
    let csv = String::from_utf8(out.write(Format::Csv).unwrap()).unwrap();
    for line in csv.lines() {
        assert!(line.trim_start_matches('"').starts_with('\''), "{line:?}");
    }
    let back = read(&out.write(Format::Xlsx).unwrap()).unwrap();
    assert_eq!(back.rows[0].cell(0), &text("=1+1"), "a text, and no formula");
}

#[test]
fn columns_are_lettered_as_spreadsheets_do() {
    let found: Vec<_> = [0, 25, 26, 27, 701, 702].map(letters).into();
    assert_eq!(found, ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
}

fn cells() -> impl Strategy<Value = Cell> {
    prop_oneof![
        "[a-zé=+@'\"\\-,; \n]{0,12}".prop_map(|text| Cell::text(text.trim())),
        (-1000..1000_i32).prop_map(Cell::whole),
        (0..20_000_i64).prop_map(|days| Cell::Date(date!(1990 - 01 - 01) + time::Duration::days(days))),
    ]
}

proptest! {
    /// What goes out comes back: in a workbook as it was, in text with numbers and days as their text.
    #[test]
    fn tables_come_back_as_they_went(rows in prop::collection::vec(prop::collection::vec(cells(), 2), 0..12)) {
        let kept = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty()));
        let numbered: Vec<_> = (2..).zip(kept).collect();
        let out = sheet(&["one", "two"], numbered);
        for format in [Format::Csv, Format::Xlsx] {
            let back = read(&out.write(format).unwrap()).unwrap();
            prop_assert_eq!(back.rows.len(), out.rows.len());
            for (back, out) in back.rows.iter().zip(&out.rows) {
                prop_assert_eq!(back.number, out.number);
                for column in 0..2 {
                    match format {
                        Format::Csv => prop_assert_eq!(back.cell(column).to_string(), out.cell(column).to_string()),
                        Format::Xlsx => prop_assert_eq!(back.cell(column), out.cell(column)),
                    }
                }
            }
        }
    }
}
