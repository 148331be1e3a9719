//! The pure parts: addresses, where forms come from, words, the picture.

use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::network::v1 as network;
use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::params::Params;
use crate::picture::Picture;
use crate::session::{cookie, is_ours, own_address};
use crate::words;

#[test]
fn a_query_keeps_order_repetition_and_every_letter() {
    let params = Params::parse("q=a%26b+c&x=1&x=%C3%A9&empty=".as_bytes());
    assert_eq!((params.text("q"), params.all("x")), ("a&b c", vec!["1".to_owned(), "é".to_owned()]));
    assert_eq!(params.query(), "?q=a%26b+c&x=1&x=%C3%A9");
    assert_eq!(params.without("x", Some("1")).with("y", "2").query(), "?q=a%26b+c&x=%C3%A9&y=2");
    assert_eq!(Params::default().query(), "");
}

#[test]
fn links_lead_back_to_ourselves_only() {
    for (typed, kept) in [
        ("/home?a=b", true),
        ("/", true),
        ("", false),
        ("//elsewhere.example", false),
        ("/\\elsewhere.example", false),
        ("https://elsewhere.example", false),
        ("/a\r\nSet-Cookie: b", false),
    ] {
        assert_eq!(own_address(typed), if kept { typed } else { "" });
    }
}

/// A request's method and headers, and whether it comes from our own pages.
type Case<'a> = (&'a Method, &'a [(HeaderName, &'a str)], bool);

#[test]
fn browsers_say_where_forms_come_from() {
    let site = HeaderName::from_static("sec-fetch-site");
    let cases: [Case<'_>; 9] = [
        (&Method::GET, &[], true),
        (&Method::POST, &[], false),
        (&Method::POST, &[(site.clone(), "same-origin")], true),
        (&Method::POST, &[(site.clone(), "same-site")], false),
        (&Method::POST, &[(site, "cross-site"), (ORIGIN, "http://us:1"), (HOST, "us:1")], false),
        (&Method::POST, &[(ORIGIN, "http://us:1"), (HOST, "us:1")], true),
        (&Method::POST, &[(ORIGIN, "https://us"), (HOST, "us")], true),
        (&Method::POST, &[(ORIGIN, "http://us:2"), (HOST, "us:1")], false),
        (&Method::DELETE, &[(ORIGIN, "null"), (HOST, "us")], false),
    ];
    for (method, said, ours) in cases {
        let headers: HeaderMap =
            said.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
        assert_eq!(is_ours(method, &headers), ours, "{method} {said:?}");
    }
}

#[test]
fn the_cookie_is_found_among_others() {
    let mut headers = HeaderMap::new();
    assert_eq!(cookie(&headers), None);
    headers.append(COOKIE, HeaderValue::from_static("a=b; __Host-exemplar2=no"));
    headers.append(COOKIE, HeaderValue::from_static("c=d; __Host-exemplar=yes"));
    assert_eq!(cookie(&headers), Some("yes"));
}

#[test]
fn the_api_reads_as_words() {
    let due = network::PairingState::DueDiligence.into();
    assert_eq!(words::title::<network::PairingState>(due), "Due diligence");
    assert_eq!(words::of_slug::<network::PairingState>("due-diligence"), Some(due));
    assert_eq!(words::word::<network::PairingState>(0), "");
    assert_eq!(words::of_slug::<network::PairingState>(""), None);
    assert_eq!(words::day_in_words("2018-08-06"), "6 August 2018");
    assert_eq!((words::size(999), words::size(1_250_000)), ("999 bytes".to_owned(), "1.2 MB".to_owned()));
    let cost = blueprints::Cost {
        capital: blueprints::CostBand::From1m.into(),
        staff_days: Some(1),
        currency: "GBP".to_owned(),
        price_year: 2018,
        ..Default::default()
    };
    assert_eq!(words::cost(Some(&cost)), "£1 million to £2.5 million once, 1 day of own staff (prices of 2018)");
}

#[test]
fn the_picture_has_a_dot_for_each_side_and_a_line_for_each_pairing() {
    let node = |code: &str, region: &str| network::NetworkNode {
        organisation: format!("organisations/{code}"),
        display_name: format!("{code} NHS Trust"),
        region: region.to_owned(),
        ..Default::default()
    };
    let edge = |one: &str, other: &str| network::NetworkEdge {
        pairing: Some(network::Pairing {
            exemplar: format!("organisations/{one}"),
            partner: format!("organisations/{other}"),
            ..Default::default()
        }),
        health: network::PairingHealth::Red.into(),
        ..Default::default()
    };
    let view = network::GetNetworkResponse {
        nodes: vec![node("A", "North"), node("B", "London"), node("C", "London"), node("ALONE", "London")],
        edges: vec![edge("A", "B"), edge("A", "C")],
        truncated: false,
    };
    let picture = Picture::of(&view);
    let codes: Vec<&str> = picture.dots.iter().map(|dot| dot.code.as_str()).collect();
    assert_eq!(codes, ["A", "B", "C"]);
    assert_eq!(picture.lines.len(), 2);
    assert!(picture.lines.iter().all(|line| line.colour == "red"));
    assert!(picture.dots.iter().all(|dot| (0..picture.height).contains(&dot.y) && (0..picture.width).contains(&dot.x)));
    assert_eq!(Picture::of(&network::GetNetworkResponse::default()).dots, []);
}
