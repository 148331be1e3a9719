//! What goes out and comes in: rows of an index, bundles, pages.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;

use proptest::prelude::*;
use time::macros::date;

use super::{complete, organisation};
use crate::Error;
use crate::model::artefact::{ArtefactKind, ContentDigest};
use crate::model::bundle::{Enclosed, Event, Head, Source, fingerprint, pack, portable, unpack};
use crate::model::index::{Entry, Finding, Organisations, Row, Terms, judge};
use crate::model::page;
use crate::{Content, SectionKind};

struct Words;

impl Terms for Words {
    fn care_setting(&self, typed: &str) -> Option<String> {
        (typed == "Acute").then(|| "acute".to_owned())
    }

    fn project_type(&self, typed: &str) -> Option<String> {
        (typed == "Process").then(|| "process".to_owned())
    }

    fn user_group(&self, typed: &str) -> Option<String> {
        (typed == "Nurses").then(|| "nurses".to_owned())
    }
}

fn row() -> Row {
    Row {
        line: 2,
        title: "A blueprint with a title".to_owned(),
        organisation: "Royal Berkshire".to_owned(),
        date: "2018-08-06".to_owned(),
        care_settings: vec!["Acute".to_owned()],
        project_types: vec!["Process".to_owned()],
        users: vec!["Nurses".to_owned()],
        address: "https://library.example/1".to_owned(),
    }
}

fn organisations() -> Organisations {
    let mut known = Organisations::default();
    known.add(&organisation("RHW"), "Royal Berkshire NHS Foundation Trust");
    known.add(&organisation("RGT"), "Cambridge University Hospitals NHS Foundation Trust");
    known.add(&organisation("RRV"), "Same Name Trust");
    known.add(&organisation("RBL"), "The Same Name NHS Trust");
    known
}

fn found(row: Row) -> (Vec<Finding>, Option<Entry>) {
    let judged = judge(&[row], &organisations(), &Words, &HashSet::new(), &[]);
    let (verdict, entry) = judged.into_iter().next().unwrap();
    (verdict.findings.into_iter().map(|(finding, _)| finding).collect(), entry)
}

#[test]
fn a_row_without_a_fault_becomes_an_entry() {
    let (findings, entry) = found(row());
    let expected = Entry {
        title: "A blueprint with a title".to_owned(),
        organisation: organisation("RHW"),
        date: Some(date!(2018 - 08 - 06)),
        care_settings: vec!["acute".to_owned()],
        project_types: vec!["process".to_owned()],
        users: vec!["nurses".to_owned()],
        address: "https://library.example/1".to_owned(),
    };
    assert_eq!((findings, entry), (vec![], Some(expected)));
}

#[test]
fn every_fault_of_a_row_is_found() {
    type Change = fn(&mut Row);
    let cases: [(Change, &[Finding]); 16] = [
        (|row| row.title = "Short".to_owned(), &[Finding::TitleUnfit]),
        (|row| row.title = "x".repeat(201), &[Finding::TitleUnfit]),
        (|row| row.title = "A title with a\u{7} bell".to_owned(), &[Finding::TitleUnfit]),
        (|row| row.organisation = String::new(), &[Finding::UnknownOrganisation]),
        (|row| row.organisation = "Nowhere".to_owned(), &[Finding::UnknownOrganisation]),
        (|row| row.organisation = "Same Name".to_owned(), &[Finding::UnknownOrganisation]),
        (|row| row.organisation = "rgt".to_owned(), &[]),
        (
            |row| row.organisation = "Royal Berkshire (Previously known as Reading \u{130}ts)".to_owned(),
            &[Finding::PreviouslyKnownAs],
        ),
        (
            |row| row.organisation = "Nowhere (formerly Royal Berkshire)".to_owned(),
            &[Finding::PreviouslyKnownAs, Finding::UnknownOrganisation],
        ),
        (|row| row.date = String::new(), &[Finding::MissingDate]),
        (|row| row.date = "6/8/2018".to_owned(), &[]),
        (|row| row.date = "31/02/2018".to_owned(), &[Finding::UnreadableDate]),
        (|row| row.address = String::new(), &[Finding::MissingAddress]),
        (|row| row.address = "ftp://x.example".to_owned(), &[Finding::UnreadableAddress]),
        (|row| row.address = "https://".to_owned(), &[Finding::UnreadableAddress]),
        (|row| row.care_settings.push("Moon base".to_owned()), &[Finding::UnknownTerm]),
    ];
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let mut changed = row();
        change(&mut changed);
        let (findings, entry) = found(changed);
        assert_eq!(findings, expected, "case {place}");
        // Nothing with a finding is stored silently.
        assert_eq!(entry.is_some(), expected.is_empty(), "case {place}");
    }
}

fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>().prop_filter("no control", |c| !c.is_control()), 0..most)
        .prop_map(|letters| letters.into_iter().collect())
}

fn content() -> impl Strategy<Value = Content> {
    let sections = prop::collection::btree_map(0..SectionKind::ALL.len(), text(200), 0..11);
    (text(60), text(80), sections, prop::collection::vec(text(40), 0..4)).prop_map(
        |(title, summary, sections, questions)| Content {
            title,
            summary,
            questions,
            sections: sections.into_iter().map(|(place, body)| (SectionKind::ALL[place], body)).collect(),
            ..complete()
        },
    )
}

fn source() -> Source {
    Source {
        blueprint: "blueprints/01a200c6-0d7c-7fd5-99aa-6132283c91eb".to_owned(),
        revision: 3,
        organisation: "RGT".to_owned(),
        published: None,
        change_note: "Why".to_owned(),
        address: "https://exemplar.example/blueprints/01a200c6-0d7c-7fd5-99aa-6132283c91eb/revisions/3".to_owned(),
    }
}

/// Files of a bundle with their content, in the order of their names.
fn files() -> impl Strategy<Value = Vec<(Enclosed, Vec<u8>)>> {
    let file = (text(60), prop::collection::vec(any::<u8>(), 1..600));
    prop::collection::btree_map("[a-zA-Z0-9 _\u{e4}-]{1,12}", file, 0..5).prop_map(|files| {
        let file = |(name, (description, bytes)): (String, (String, Vec<u8>))| {
            let enclosed = Enclosed {
                file_name: format!("f{}.txt", name.trim()),
                kind: ArtefactKind::Plan,
                licence: "OGL-UK-3.0".to_owned(),
                description: description.trim().to_owned(),
                size: bytes.len() as u64,
                digest: ContentDigest::of_content(&bytes),
            };
            (enclosed.file_name.clone(), (enclosed, bytes))
        };
        files.into_iter().map(file).collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

fn packed(source: &Source, content: &Content, files: &[(Enclosed, Vec<u8>)]) -> Vec<u8> {
    let enclosed: Vec<_> = files.iter().map(|(file, _)| file.clone()).collect();
    let to = Cursor::new(Vec::new());
    pack(to, source, content, &enclosed, |place| files[place].1.as_slice()).unwrap().into_inner()
}

/// What a bundle says, and the content of its files.
fn unpacked(bundle: &[u8]) -> Result<(Head, Vec<Vec<u8>>), Error> {
    let (mut head, mut files, mut file) = (None, Vec::new(), Vec::new());
    unpack(&mut &*bundle, 500, |event| {
        match event {
            Event::Head(found) => head = Some(*found),
            Event::Piece(piece) => file.extend(piece),
            Event::End => files.push(std::mem::take(&mut file)),
        }
        Ok(())
    })?;
    Ok((head.unwrap(), files))
}

proptest! {
    #[test]
    fn a_bundle_is_the_same_when_it_is_packed_again(content in content(), files in files()) {
        let bundle = packed(&source(), &content, &files);
        let small = files.iter().all(|(file, _)| file.size <= 500);
        match unpacked(&bundle) {
            Err(error) => prop_assert!(!small && matches!(error, Error::BundleWrong(_)), "{error}"),
            Ok((head, held)) => {
                prop_assert!(small);
                prop_assert_eq!(&head.source, &source());
                prop_assert_eq!(&head.content, &portable(content.clone()));
                let enclosed: Vec<_> = files.iter().map(|(file, _)| file.clone()).collect();
                prop_assert_eq!(&head.enclosed, &enclosed);
                let again: Vec<_> = head.enclosed.clone().into_iter().zip(held).collect();
                prop_assert_eq!(packed(&head.source, &head.content, &again), bundle);
                let known = fingerprint(&content, &enclosed).unwrap();
                prop_assert_eq!(fingerprint(&head.content, &head.enclosed).unwrap(), known.clone());
                // Another set of files is another thing.
                if !enclosed.is_empty() {
                    prop_assert_ne!(fingerprint(&content, &enclosed[1..]).unwrap(), known);
                }
            }
        }
    }

    #[test]
    fn no_change_of_a_byte_goes_unnoticed(
        content in content(),
        files in files(),
        place: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let bundle = packed(&source(), &content, &files);
        let mut changed = bundle.clone();
        let at = place.index(changed.len());
        changed[at] ^= 1 << bit;
        // Either it is refused, or the bit was of the archive's own dress (a date, a mode) and what it holds is the same.
        match unpacked(&changed) {
            Ok(held) => prop_assert_eq!(held, unpacked(&bundle).unwrap()),
            Err(error) => prop_assert!(matches!(error, Error::BundleWrong(_) | Error::BundleUnreadable(_)), "{error}"),
        }
    }

    #[test]
    fn no_bytes_are_read_as_a_bundle_by_chance(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(unpacked(&bytes).is_err());
    }

    #[test]
    fn a_page_holds_no_script_whatever_it_says(body in "[a-z<>&\"'\\[\\]()!:/ =\n#*_`]{0,200}") {
        let mut content = complete();
        content.title.clone_from(&body);
        content.sections.insert(SectionKind::Approach, format!("<script>{body}</script>\n\n[x](javascript:{body})"));
        let html = page::html(&content, &body, &body).unwrap();
        prop_assert!(!html.contains("<script"));
        prop_assert!(!html.contains("<img"));
        let good = |(place, _): (usize, &str)| {
            let rest = &html[place + "href=\"".len()..];
            ["#", "https://", "http://", "mailto:", "\""].iter().any(|start| rest.starts_with(start))
        };
        prop_assert!(html.match_indices("href=\"").all(good), "{}", html);
    }
}
