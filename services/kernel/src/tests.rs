//! The vocabulary, by table and by property.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use crate::etag::Expected;
use crate::filter::Term;
use crate::principal::{NetworkRole, Principal, Role};
use crate::{
    Chance, Clock, Currency, Error, Etag, Money, MoneyError, OrganisationId, Paging, PersonId, Timestamp, Violations,
    digest, filter,
};

fn organisation(code: &str) -> OrganisationId {
    OrganisationId::from_code(code).unwrap()
}

#[test]
fn organisation_codes_are_opaque_but_bounded() {
    for good in ["RBL", "R0B", "TAH", "G6V2S", "ABCDEFGHIJ", "US-STANFORD", "GB-UCL", "NL-AMSTERDAM-UMC"] {
        let id = organisation(good);
        assert_eq!(OrganisationId::parse(&id.to_string()).unwrap(), id, "{good}");
    }
    for bad in [
        "",
        "RB",
        "rbl",
        "ABCDEFGHIJK",
        "R B",
        "US-",
        "US--X",
        "us-stanford",
        "USA-STANFORD",
        "US-X",
        "RBL/..",
        "ＲＢＬ",
    ] {
        assert!(OrganisationId::from_code(bad).is_err(), "{bad}");
    }
    assert!(OrganisationId::parse("RBL").is_err());
    assert!(OrganisationId::parse("people/RBL").is_err());
}

#[test]
fn ids_are_read_only_in_the_form_they_are_written() {
    let id = PersonId::new(Chance::seeded(1).id(Timestamp::from_micros(1_500_000_000_000_000)));
    assert_eq!(PersonId::parse(&id.to_string()).unwrap(), id);
    let upper = format!("people/{}", id.uuid().as_hyphenated().to_string().to_uppercase());
    for bad in [
        upper.as_str(),
        &format!("people/{}", id.uuid().as_simple()),
        &format!("sessions/{}", id.uuid()),
        "people/",
        "",
    ] {
        assert!(PersonId::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn chance_repeats_with_its_seed_and_ids_sort_by_time() {
    let (a, b) = (Chance::seeded(7), Chance::seeded(7));
    assert_eq!(a.bytes::<40>(), b.bytes::<40>());
    assert_ne!(a.bytes::<16>(), a.bytes::<16>());
    let clock = Clock::manual(Timestamp::from_micros(1_500_000_000_000_000));
    let first = a.id(clock.now());
    clock.advance(Duration::from_millis(1));
    assert!(first < a.id(clock.now()));
}

#[test]
fn timestamps_write_themselves_as_rfc3339() {
    let at = Timestamp::from_micros(1_504_656_000_000_001);
    assert_eq!(at.to_string(), "2017-09-06T00:00:00.000001Z");
    let json = serde_json::to_string(&at).unwrap();
    assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
    assert_eq!(Timestamp::start_of(at.date()).micros(), 1_504_656_000_000_000);
}

#[test]
fn roles_include_what_the_design_says_and_nothing_more() {
    let org = organisation("RBL");
    for held in Role::ALL {
        let caller = Principal::person(
            PersonId::new(uuid::Uuid::nil()),
            None,
            BTreeMap::from([(org.clone(), vec![held])]),
            vec![],
        );
        for wanted in Role::ALL {
            let expected =
                wanted == held || wanted == Role::Member || (held, wanted) == (Role::Lead, Role::Contributor);
            assert_eq!(caller.holds(wanted, &org), expected, "{held} as {wanted}");
            assert!(!caller.holds(wanted, &organisation("RGT")));
        }
        assert!(NetworkRole::ALL.iter().all(|role| !caller.holds_network(*role)));
        assert!(matches!(caller.require_network(NetworkRole::Programme), Err(Error::Denied { needs: "PROGRAMME" })));
    }
    assert!(matches!(Principal::anonymous().require(Role::Member, &org), Err(Error::NotSignedIn)));
}

#[test]
fn texts_are_trimmed_and_every_fault_is_named() {
    let mut violations = Violations::new();
    assert_eq!(violations.text("title", "  a title ", 1..=20), "a title");
    violations.text("title", " ", 1..=20);
    violations.text("summary", "abcdef", 1..=5);
    violations.text("name", "a\u{7}b", 1..=20);
    violations.text("body", "two\nlines", 1..=1000);
    violations.text("title", "two\nlines", 1..=20);
    assert_eq!(
        violations.to_string(),
        "title is missing; summary is longer than 5 characters (6); name has control characters; title has control characters"
    );
}

#[test]
fn etags_match_or_refuse() {
    let mut violations = Violations::new();
    assert!(Expected::parse(&mut violations, "").check(7).is_ok());
    assert!(Expected::parse(&mut violations, &Etag::of(7).to_string()).check(7).is_ok());
    assert!(matches!(Expected::parse(&mut violations, "v6").check(7), Err(Error::Stale)));
    assert!(violations.is_empty());
    Expected::parse(&mut violations, "7");
    assert!(!violations.is_empty());
}

#[test]
fn filters_put_values_where_they_belong() {
    let read = |text: &str| {
        let (mut violations, mut asked, mut number) = (Violations::new(), None, None);
        filter::take_once(&mut violations, text, &["asked", "number"], |field, value| match field {
            "asked" => filter::put(&mut asked, filter::organisation(value).ok()),
            _ => filter::put(&mut number, value.parse::<u8>().ok()),
        });
        let faults: Vec<_> = violations.iter().map(|fault| fault.description.clone()).collect();
        (asked.map(|asked| asked.code().to_owned()), number, faults.join("; "))
    };
    for asked in ["asked = RGT", "asked = organisations/RGT", "asked = \"RGT\""] {
        assert_eq!(read(asked), (Some("RGT".to_owned()), None, String::new()), "{asked}");
    }
    assert_eq!(read("number = 7 AND asked = RGT").1, Some(7));
    assert_eq!(read("number = 300").2, "number cannot be \"300\"");
    assert_eq!(read("asked = rgt").2, "asked cannot be \"rgt\"");
    assert_eq!(read("number = 1 AND number = 2").2, "has number twice");
}

#[test]
fn filters_say_where_they_went_wrong() {
    let fields = ["region", "kind"];
    let read = |text: &str| {
        let mut violations = Violations::new();
        let terms = filter::parse(&mut violations, text, &fields);
        (terms, violations.to_string())
    };
    let term = |field, value: &str| Term { field, value: value.to_owned() };
    assert_eq!(read("").0, []);
    assert_eq!(
        read(r#"region = "North \"West\"" AND kind=acute"#).0,
        [term("region", r#"North "West""#), term("kind", "acute")]
    );
    for (text, fault) in [
        ("colour = 1", "filter expects one of region, kind at character 1"),
        ("region : x", "filter expects = at character 8"),
        ("region = ", "filter expects a value at character 10"),
        ("region = \"x", "filter expects a closing quotation mark at character 12"),
        ("region = x kind = y", "filter expects AND at character 12"),
        ("region = x AND ", "filter expects one of region, kind at character 16"),
    ] {
        assert_eq!(read(text), (vec![], fault.to_owned()), "{text}");
    }
}

#[test]
fn page_tokens_are_bound_to_their_query() {
    let rows: Vec<u32> = (0..3).collect();
    let paging = Paging::parse(&mut Violations::new(), 2, "", &["list", "a"]);
    let page = paging.page(rows, |row| vec![row.to_string()]);
    assert_eq!(page.items, [0, 1]);
    let read = |token: &str, query: &[&str]| {
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, 2, token, query);
        (paging.after, violations.is_empty())
    };
    assert_eq!(read(&page.next, &["list", "a"]), (vec!["1".to_owned()], true));
    assert_eq!(read(&page.next, &["list", "b"]), (vec![], false));
    assert_eq!(read(&page.next, &["lista"]), (vec![], false));
    assert_eq!(read("rubbish", &["list", "a"]), (vec![], false));
    assert!(paging.page(vec![0, 1], |row| vec![row.to_string()]).next.is_empty());
}

#[test]
fn money_is_exact_and_never_mixed() {
    let pounds = |minor| Money::new(minor, Currency::GBP);
    let yen = |minor| Money::new(minor, Currency::from_code("JPY").unwrap());
    for (money, text) in [
        (pounds(0), "GBP 0.00"),
        (pounds(500_000_000), "GBP 5,000,000.00"),
        (pounds(-1_234), "GBP -12.34"),
        (pounds(i64::MIN), "GBP -92,233,720,368,547,758.08"),
        (yen(1_000), "JPY 1,000"),
        (Money::new(1_005, Currency::from_code("KWD").unwrap()), "KWD 1.005"),
    ] {
        assert_eq!(money.to_string(), text);
        assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&money).unwrap()).unwrap(), money);
    }
    let mixed = MoneyError::Mixed(Currency::GBP, yen(0).currency);
    assert_eq!(pounds(1).plus(yen(1)), Err(mixed));
    assert_eq!(pounds(1).covers(yen(1)), Err(mixed));
    assert_eq!(Money::sum(Currency::GBP, [pounds(1), yen(1)]), Err(mixed));
    assert_eq!(pounds(i64::MAX).plus(pounds(1)), Err(MoneyError::TooLarge));
    assert_eq!(pounds(i64::MIN).minus(pounds(1)), Err(MoneyError::TooLarge));
    assert_eq!(pounds(i64::MAX).times(2), Err(MoneyError::TooLarge));
    for unknown in ["", "gbp", "GB", "POUND", "XXX"] {
        assert_eq!(Currency::from_code(unknown), None);
    }
    assert!(serde_json::from_str::<Money>(r#"{"minor":1,"currency":"XXX"}"#).is_err());
}

proptest! {
    #[test]
    fn sums_of_money_are_sums(amounts in prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 0..20)) {
        let sum = Money::sum(Currency::GBP, amounts.iter().map(|minor| Money::new(*minor, Currency::GBP)));
        prop_assert_eq!(sum, Ok(Money::new(amounts.iter().sum(), Currency::GBP)));
    }

    #[test]
    fn no_text_breaks_the_parsers(text in ".{0,200}") {
        let mut violations = Violations::new();
        filter::parse(&mut violations, &text, &["region"]);
        Paging::parse(&mut violations, 0, &text, &[]);
        Expected::parse(&mut violations, &text);
        let _ = OrganisationId::parse(&text);
        let _ = PersonId::parse(&text);
    }

    #[test]
    fn any_value_can_be_filtered_for(value in ".{1,50}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let mut violations = Violations::new();
        let terms = filter::parse(&mut violations, &format!("region = \"{quoted}\""), &["region"]);
        prop_assert_eq!(terms, vec![Term { field: "region", value }]);
    }

    #[test]
    fn digests_keep_the_borders_of_fields(a in ".{0,10}", b in ".{0,10}") {
        let joined = format!("{a}{b}");
        prop_assert_ne!(digest::of([a.as_bytes(), b.as_bytes()]), digest::of([joined.as_bytes()]));
    }
}

#[test]
fn expressions_are_typed_and_say_where() {
    use filter::expression::{Expression, Field, Kind, parse};
    fn show(expression: &Expression) -> String {
        let list =
            |list: &[Expression], sign: &str| format!("({})", list.iter().map(show).collect::<Vec<_>>().join(sign));
        match expression {
            Expression::All(all) => list(all, "&"),
            Expression::Any(any) => list(any, "|"),
            Expression::Not(one) => format!("!{}", show(one)),
            Expression::Compare { field, comparator, value, .. } => format!("{field} {comparator:?} {value:?}"),
        }
    }
    let fields = [
        Field { name: "kind", kind: Kind::Key },
        Field { name: "count", kind: Kind::Number },
        Field { name: "published", kind: Kind::Time },
    ];
    let read = |text: &str| {
        let mut violations = Violations::new();
        let found = parse(&mut violations, text, &fields);
        found.map_or_else(|| violations.to_string(), |found| show(&found))
    };
    for (text, expected) in [
        ("", ""),
        ("kind = a", "kind Equal Key(\"a\")"),
        ("kind : 'a b'", "kind Equal Key(\"a b\")"),
        ("kind=a count>=-3", "(kind Equal Key(\"a\")&count AtLeast Number(-3))"),
        ("kind=a AND kind=b OR kind=c", "(kind Equal Key(\"a\")&(kind Equal Key(\"b\")|kind Equal Key(\"c\")))"),
        ("NOT (kind=a OR -kind!=b)", "!(kind Equal Key(\"a\")|!kind NotEqual Key(\"b\"))"),
        ("published < 1970-01-02", "published Less Number(86400000000)"),
        ("kind = \"\\\"\\\\\"", "kind Equal Key(\"\\\"\\\\\")"),
        ("kind = a AND", "filter expects one of kind, count, published at character 13"),
        ("kind = a)", "filter expects AND, OR or the end at character 9"),
        (
            "count = x published = y",
            "filter expects a whole number for count at character 9; filter expects a day like 2018-08-06 or an instant of RFC 3339 for published at character 23",
        ),
        ("NOT NOT kind = a", "filter expects one of kind, count, published at character 5"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert!(read(&"(".repeat(999)).contains("has more than 8 brackets within brackets at character 9"));
    assert!(read(&["kind = a"; 21].join(" ")).contains("has more than 20 comparisons"));
}

proptest! {
    #[test]
    fn any_text_is_an_expression_or_a_fault(
        text in r#"(kind|count|published|=|!=|<=|:|\(|\)|AND|OR|NOT|-|"|'|\\| |3|2018-08-06|a|é|\PC){0,60}"#
    ) {
        use filter::expression::{Field, Kind, parse};
        let fields = [Field { name: "kind", kind: Kind::Key }, Field { name: "count", kind: Kind::Number }];
        let mut violations = Violations::new();
        let found = parse(&mut violations, &text, &fields);
        prop_assert!(found.is_some() == (violations.is_empty() && !text.trim().is_empty()), "{text:?}");
    }
}
