//! Names from what people type, filters, and the words of enums.

use exemplar_proto::blueprints::v1::SectionKind;
use exemplar_proto::network::v1::{DesignationKind, PairingState};

use crate::{names, page, words};

const ID: &str = "01990c7e-0000-7000-8000-00000000000a";

#[test]
fn organisations() {
    for typed in ["RBL", "rbl", " organisations/RBL ", "organisations/rbl"] {
        assert_eq!(names::organisation(typed).unwrap(), "organisations/RBL");
    }
    assert_eq!(names::organisation("us-stanford").unwrap(), "organisations/US-STANFORD");
    for typed in ["", "organisations/", "R BL", "people/RBL", "R/BL"] {
        assert!(names::organisation(typed).is_err(), "{typed}");
    }
}

#[test]
fn ids() {
    for typed in [ID.to_owned(), ID.to_uppercase(), ID.replace('-', ""), format!("pairings/{ID}")] {
        assert_eq!(names::pairing(&typed).unwrap(), format!("pairings/{ID}"));
    }
    for typed in ["", "RBL", &format!("cohorts/{ID}"), &format!("{ID}/draft")] {
        assert!(names::pairing(typed).is_err(), "{typed}");
    }
    assert_eq!(names::person(ID).unwrap(), format!("people/{ID}"));
    assert_eq!(names::cohort(ID).unwrap(), format!("cohorts/{ID}"));
    assert_eq!(names::enrolment(ID).unwrap(), format!("enrolments/{ID}"));
}

#[test]
fn parts_of_blueprints_and_curricula() {
    let cases = [("", ""), ("/draft", "/draft"), ("/revisions/3", "/revisions/3")];
    for (typed, wanted) in cases {
        assert_eq!(names::blueprint_or_part(&format!("{ID}{typed}")).unwrap(), format!("blueprints/{ID}{wanted}"));
    }
    for typed in ["/revisions/x", "/revisions", "/other"] {
        assert!(names::blueprint_or_part(&format!("{ID}{typed}")).is_err(), "{typed}");
    }
    assert_eq!(names::curriculum("pgdip-dhl").unwrap(), "curricula/PGDIP-DHL");
    assert_eq!(names::curriculum("curricula/PGDIP-DHL/revisions/2").unwrap(), "curricula/PGDIP-DHL/revisions/2");
    assert!(names::curriculum("PGDIP-DHL/draft").is_err());
}

#[test]
fn what_tables_show_can_be_typed_again() {
    for name in [format!("blueprints/{ID}/revisions/3"), format!("blueprints/{ID}")] {
        assert_eq!(names::blueprint_or_part(names::short(&name)).unwrap(), name);
    }
}

#[test]
fn filters_join_what_was_given_and_quote_it() {
    let filter =
        page::filter([("region", Some(r#"a "b" \c"#.to_owned())), ("country", None), ("kind", Some("X".into()))]);
    assert_eq!(filter, r#"region = "a \"b\" \\c" AND kind = "X""#);
    assert_eq!(page::filter([("region", None)]), "");
}

#[test]
fn words_are_read_and_shown() {
    for typed in ["due-diligence", "DUE_DILIGENCE", "Due diligence"] {
        assert_eq!(words::parse::<PairingState>(typed).unwrap(), PairingState::DueDiligence);
    }
    assert!(words::parse::<PairingState>("unspecified").is_err());
    assert_eq!(words::word::<PairingState>(4), "due-diligence");
    assert_eq!(words::word::<PairingState>(0), "");
    assert_eq!(words::word::<PairingState>(99), "99");
    assert_eq!(words::constant(DesignationKind::GlobalExemplar), "GLOBAL_EXEMPLAR");
    assert_eq!(words::list::<SectionKind>(&[6, 7]), "cost, benefits");
}

#[tokio::test]
async fn pages_are_gathered_up_to_the_limit() {
    let asked = std::cell::RefCell::new(Vec::new());
    let fetch = async |size: i32, token: String| {
        asked.borrow_mut().push((size, token.clone()));
        let start: i32 = token.parse().unwrap_or(0);
        let end = (start + size).min(450);
        Ok(((start..end).collect::<Vec<_>>(), if end < 450 { end.to_string() } else { String::new() }))
    };
    let (rows, more) = page::gather(300, 200, fetch).await.unwrap();
    assert_eq!((rows.len(), more.as_str()), (300, "300"));
    assert_eq!(*asked.borrow(), [(200, String::new()), (100, "200".to_owned())]);
    let (rows, more) = page::gather(1000, 200, fetch).await.unwrap();
    assert_eq!((rows.len(), more.as_str()), (450, ""));
}

#[test]
fn amounts_are_exact_or_refused() {
    use exemplar_proto::network::v1::Money;

    use crate::command::funding::{minor_units, money};
    for (typed, currency, expected) in [
        ("5000000", "GBP", Some(500_000_000)),
        ("0.1", "GBP", Some(10)),
        ("12.34", "GBP", Some(1234)),
        ("12", "JPY", Some(12)),
        ("1.005", "KWD", Some(1005)),
        ("12.345", "GBP", None),
        ("12.5", "JPY", None),
        ("-1", "GBP", None),
        ("1,000", "GBP", None),
        ("1.", "GBP", None),
        (".5", "GBP", None),
        ("", "GBP", None),
        ("92233720368547758.08", "GBP", None),
    ] {
        assert_eq!(minor_units(typed, currency), expected, "{typed} {currency}");
    }
    for (minor_units, currency, expected) in [
        (500_000_000, "GBP", "GBP 5,000,000.00"),
        (5, "GBP", "GBP 0.05"),
        (-1234, "GBP", "GBP -12.34"),
        (1234, "JPY", "JPY 1,234"),
    ] {
        assert_eq!(money(Some(&Money { minor_units, currency: currency.to_owned() })), expected);
    }
}
