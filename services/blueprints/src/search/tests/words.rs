//! The pure parts: how words are read, and where passages are cut.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::super::parser::parse;
use super::super::snippet::{Highlighter, Marks};
use super::*;

/// What was understood, in short: `"..."` a phrase, `-` excluded; then what was not.
fn read(text: &str) -> (String, Vec<String>) {
    let parsed = parse(text);
    let show = |clause: &super::super::parser::Clause| {
        let sign = if clause.excluded { "-" } else { "" };
        let quote = if clause.phrase { "\"" } else { "" };
        format!("{sign}{quote}{}{quote}", clause.text)
    };
    (parsed.clauses.iter().map(show).collect::<Vec<_>>().join(" "), parsed.ignored)
}

#[test]
fn words_are_read_leniently() {
    let cases: [(&str, &str, &[&str]); 20] = [
        ("", "", &[]),
        (" \t\n ", "", &[]),
        ("two words", "two words", &[]),
        ("\"a phrase\" word", "\"a phrase\" word", &[]),
        ("“a phrase”word", "\"a phrase\" word", &[]),
        ("-word -\"a phrase\"", "-word -\"a phrase\"", &[]),
        ("--word", "-word", &[]),
        ("e-prescribing don't", "e-prescribing don't", &[]),
        ("open \"quote here", "open quote here", &["\""]),
        ("open -\"quote", "open quote", &["-\""]),
        ("\"\" word", "word", &["\"\""]),
        ("\"--\"", "", &["\"--\""]),
        ("- word -", "word", &["-", "-"]),
        ("a && b", "a b", &["&&"]),
        ("+word (other)", "+word (other)", &[]),
        ("a OR b", "a b", &["OR"]),
        ("OR", "OR", &[]),
        ("NOT AND word", "word", &["NOT", "AND"]),
        ("\"one\"\"two\"", "\"one\" \"two\"", &[]),
        ("5\" pipe", "5 pipe", &["\""]),
    ];
    for (text, understood, ignored) in cases {
        assert_eq!(read(text), (understood.to_owned(), keys(ignored)), "{text:?}");
    }
}

#[test]
fn what_is_beyond_the_bounds_is_handed_back() {
    let words = ["word"; 264].join(" ");
    let (understood, ignored) = read(&words);
    assert_eq!((understood.split(' ').count(), ignored), (256, vec![["word"; 8].join(" ")]));
    let (understood, ignored) = read(&format!("{} beyond the end", "é".repeat(1_995)));
    assert_eq!((understood.chars().count(), ignored), (1_995, keys(&["beyond the end"])));
    let (understood, ignored) = read(&"x".repeat(1_000_000));
    assert_eq!((understood.len(), ignored[0].chars().count()), (2_000, 61));
    assert_eq!(read(&"- ".repeat(100)).1.len(), 8);
    assert_eq!(read(&format!("a \"{}\"", "b ".repeat(256))).0, "a", "a phrase counts by its words");
}

proptest! {
    #![proptest_config(Config { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_is_read(text in r#"([ -"“”a-cA-C*é\u{0}\u{301}字]|AND|\PC){0,60}"#) {
        let parsed = parse(&text);
        prop_assert!(parsed.clauses.iter().all(|clause| clause.text.contains(char::is_alphanumeric)));
        prop_assert!(parsed.clauses.len() <= 32 && parsed.ignored.len() <= 8);
    }

    #[test]
    fn any_text_is_cut(text in r"([ \n.]|care|caring|sepsis|é|字|ß|İ|\PC){0,300}", summary in r"\PC{0,300}") {
        let marks = Marks {
            stems: HashMap::from([("sepsi".to_owned(), 0), ("care".to_owned(), 1)]),
            phrases: vec![(vec![(0, "sepsi".to_owned()), (2, "care".to_owned())], 2)],
            beginning: Some(("car".to_owned(), 1)),
            units: 3,
        };
        for snippet in Highlighter::new(&marks).snippets([summary.as_str(), "one", &text].into_iter()) {
            prop_assert!(text.contains(&snippet.text) || summary.contains(&snippet.text), "{snippet:?}");
            prop_assert!(snippet.text.trim() == snippet.text);
            let length = u32::try_from(snippet.text.chars().count()).unwrap();
            let ends = snippet.highlights.iter().flat_map(|&(from, to)| [from, to]).chain([length]).collect::<Vec<_>>();
            prop_assert!(ends.is_sorted() && snippet.highlights.iter().all(|(from, to)| from < to), "{snippet:?}");
            prop_assert!(snippet.section == "summary" || !snippet.highlights.is_empty(), "{snippet:?}");
        }
    }
}

/// The same word in other code points, with soft hyphens or under signs of direction is the same word.
#[test]
fn words_are_not_torn() {
    let (_folder, index) =
        index_of([document(1, "Ward", "cafe\u{301} pre\u{ad}scribing \u{202b}sepsis\u{202c} x\u{303}yz")]);
    for text in ["café", "cafe", "cafe\u{301}", "prescribing", "sepsis", "\u{200f}sepsis", "x\u{303}yz"] {
        let answer = index.search(&Query { snippets: true, ..query(text) }).unwrap();
        assert_eq!((answer.hits.len(), answer.hits[0].snippets[0].highlights.len()), (1, 1), "{text:?}");
    }
}

#[test]
fn short_forms_are_found_with_their_long_forms() {
    use super::super::meanings::explained;
    for (text, expected) in [
        ("the electronic patient record (EPR) of", &[("EPR", "electronic patient record")][..]),
        (
            "We met. Electronic Prescribing and Medicines Administration (EPMA)",
            &[("EPMA", "Electronic Prescribing and Medicines Administration")],
        ),
        ("the EPR (electronic patient record)", &[("EPR", "electronic patient record")]),
        ("early warning score (NEWS2)", &[]),
        ("paid in full (2018)", &[]),
        ("nothing (see below) and (AB", &[]),
    ] {
        let found: Vec<_> = explained(text).into_iter().collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(short, long)| (short.as_str(), long.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}

/// Searches themselves never fail either, whatever is typed.
#[test]
fn any_text_is_searched() {
    let (_folder, index) = index_of([document(1, "Ward", "İstanbul ward café naïve")]);
    for text in
        ["İ", "ǅ ß", "字字字", "ward\u{0}", "\u{10ffff}aaa", "e\u{301}e\u{301}e\u{301}", "“”", "ward-", "a-b-c-d"]
    {
        index.search(&Query { snippets: true, ..query(text) }).unwrap();
        index.search(&Query { snippets: true, ..query(&format!("\"{text}\" -{text}")) }).unwrap();
    }
    assert_eq!(found(&index, "istanbul"), [1]);
}
