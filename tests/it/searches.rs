//! Searches: what is found, what is shown of it and to whom, and an index that can be lost.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::Visibility::{Network, Organisation, Public};
use exemplar_proto::directory::v1 as directory;
use exemplar_server::Config;
use exemplar_tests::{Actor, Database, World, refusal};
use prost_types::FieldMask;
use tonic::Status;

use crate::blueprints::{create, on_a_page, publish, released, section, update};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("searches::what_is_released_is_found", what_is_released_is_found);
    suite.each("searches::words_are_read_leniently", words_are_read_leniently);
    suite.each("searches::snippets_show_why", snippets_show_why);
    suite.each("searches::facets_combine", facets_combine);
    suite.each("searches::hidden_documents_leave_no_trace", hidden_documents_leave_no_trace);
    suite.each("searches::hidden_documents_move_no_score", hidden_documents_move_no_score);
    suite.each("searches::pages_follow_the_order", pages_follow_the_order);
    suite.each("searches::everything_wrong_is_said_at_once", everything_wrong_is_said_at_once);
    suite.each("searches::a_renamed_organisation_is_found_anew", a_renamed_organisation_is_found_anew);
    suite.each("searches::a_restart_continues", a_restart_continues);
    suite.each("searches::a_lost_index_comes_back", a_lost_index_comes_back);
    suite.each("searches::an_index_behind_says_so", an_index_behind_says_so);
    suite.on(Database::Sqlite, "searches::a_restored_database_is_the_truth", a_restored_database_is_the_truth);
}

/// A page of everything, with its counts.
fn everything() -> pb::SearchRequest {
    pb::SearchRequest { page_size: 100, facets: true, ..Default::default() }
}

pub(crate) fn words(query: &str) -> pb::SearchRequest {
    pb::SearchRequest { query: query.to_owned(), ..everything() }
}

pub(crate) async fn search(reader: &Actor, request: pb::SearchRequest) -> Result<pb::SearchResponse, Status> {
    Ok(reader.searches().search(request).await?.into_inner())
}

/// The titles found, best first.
pub(crate) fn titles(found: &pb::SearchResponse) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.blueprint.as_ref().unwrap().content.as_ref().unwrap().title.as_str()).collect()
}

/// The first words of the titles that a query finds.
async fn found(reader: &Actor, query: &str) -> String {
    let answer = search(reader, words(query)).await.unwrap();
    titles(&answer).iter().filter_map(|title| title.split(' ').next()).collect::<Vec<_>>().join(" ")
}

/// The same person at the server's new address.
async fn again(world: &World, actor: &Actor) -> Actor {
    actor.at(world).await
}

/// Waits until searches see `sequence`.
pub(crate) async fn seen(reader: &Actor, sequence: i64) {
    search(reader, pb::SearchRequest { min_sequence: sequence, ..Default::default() }).await.unwrap();
}

async fn what_is_released_is_found(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let first = released(&lead, "RGT", Public, on_a_page("Sepsis alerts at the bedside", "Pagers for everybody")).await;
    let blueprint = first.blueprint.unwrap();
    let request = pb::SearchRequest { min_sequence: first.sequence, ..words("pagers") };
    let answer = search(&anyone, request.clone()).await.unwrap();
    assert!(answer.sequence >= first.sequence && !answer.degraded, "{answer:?}");
    assert_eq!((answer.total_size, answer.next_page_token.as_str(), answer.ignored.len()), (1, "", 0));
    let [hit] = answer.hits.as_slice() else { panic!("one hit: {answer:?}") };
    // The newest revision as everybody reads it, without sections; its organisation by name.
    let mut card = pb::Blueprint { etag: String::new(), ..blueprint.clone() };
    card.content.as_mut().unwrap().sections.clear();
    assert_eq!((hit.blueprint.as_ref(), hit.organisation_display_name.as_str()), (Some(&card), "Trust RGT"));
    assert!(hit.score > 0.0, "{hit:?}");
    let own = search(&lead, request).await.unwrap().hits.remove(0).blueprint.unwrap();
    assert_eq!(own, pb::Blueprint { etag: blueprint.etag.clone(), ..card });

    // A draft is not searched. A revision is, and then only the newest.
    let name = blueprint.name;
    let bells = on_a_page("Sepsis alerts at the bedside", "Bells for everybody");
    let drafted = lead.blueprints().update_draft(update(&name, &["sections"], bells)).await.unwrap().into_inner();
    for (query, count) in [("pagers", 1), ("bells", 0)] {
        let request = pb::SearchRequest { min_sequence: drafted.sequence, ..words(query) };
        assert_eq!(search(&lead, request).await.unwrap().total_size, count, "{query}");
    }
    let second = lead.publish(publish(&name)).await.unwrap().into_inner();
    for (query, count) in [("pagers", 0), ("bells", 1), ("sepsis", 1), ("", 1)] {
        let request = pb::SearchRequest { min_sequence: second.sequence, ..words(query) };
        let answer = search(&anyone, request).await.unwrap();
        assert_eq!((answer.total_size, answer.hits.len()), (count, usize::try_from(count).unwrap()), "{query}");
        assert!(answer.hits.iter().all(|hit| hit.blueprint.as_ref().unwrap().revision == 2), "{answer:?}");
    }
    let beyond = pb::SearchRequest { min_sequence: second.sequence + 1, ..Default::default() };
    let fault = format!("min_sequence: is beyond the journal, which ends at {}", second.sequence);
    assert_eq!(
        refusal(&search(&anyone, beyond).await.unwrap_err()),
        format!("InvalidArgument INVALID_REQUEST\n  {fault}")
    );
    let uncounted = search(&anyone, pb::SearchRequest::default()).await.unwrap();
    assert_eq!((uncounted.total_size, uncounted.care_settings.len(), uncounted.hits.len()), (0, 0, 1));
}

async fn words_are_read_leniently(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    for (title, approach) in [
        ("Alerts for sepsis", "The nurses were trained on every ward; the café paid."),
        ("Beds for winter", "An alert nurse found the bed. Sepsis was never the matter."),
        ("Cots on wheels", "E-prescribing came first, and training of midwives."),
    ] {
        world.clock.advance(Duration::from_secs(1));
        let answer = released(&lead, "RGT", Public, on_a_page(title, approach)).await;
        seen(&anyone, answer.sequence).await;
    }
    for (query, expected) in [
        ("", "Cots Beds Alerts"),
        ("sepsis", "Alerts Beds"),
        ("SEPSIS nursing", "Alerts Beds"),
        ("train", "Cots Alerts"),
        ("cafe", "Alerts"),
        ("\"sepsis alerts\"", ""),
        ("\"alerts for sepsis\"", "Alerts"),
        ("“alert nurse”", "Beds"),
        ("sepsis -cafe", "Beds"),
        ("sepsis -\"never the matter\"", "Alerts"),
        ("-sepsis", "Cots"),
        ("midw", "Cots"),
        ("midw train", "Cots Alerts"),
        ("e-presc", "Cots"),
        ("how are the beds", "Beds"),
        ("trust RGT cots", "Cots Alerts Beds"),
        ("zebra", ""),
    ] {
        assert_eq!(found(&anyone, query).await, expected, "{query}");
    }
    for (query, expected, ignored) in [
        ("sepsis AND cafe", "Alerts Beds", &["AND"][..]),
        ("NOT \"midwives", "Cots", &["\"", "NOT"]),
        ("-- !? \"\" cots", "Cots", &["--", "!?", "\"\""]),
        ("???", "Cots Beds Alerts", &["???"]),
    ] {
        let answer = search(&anyone, words(query)).await.unwrap();
        assert_eq!(
            (found(&anyone, query).await.as_str(), answer.ignored),
            (expected, ignored.iter().map(|part| (*part).to_owned()).collect())
        );
    }
    // 2,000 characters are read, however many bytes they are; what is no word is handed back, cut short.
    let answer = search(&anyone, words(&format!("sepsis {}", "é".repeat(393)))).await.unwrap();
    assert_eq!((answer.total_size, answer.ignored), (2, vec![format!("{}…", "é".repeat(60))]));
}

async fn snippets_show_why(database: Database) {
    use pb::SectionKind::{Approach, Benefits, Context, Unspecified, WhatWentWrong};
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let long = "Nothing of note was seen on the ward that day, nor the next. ".repeat(40);
    let content = pb::Content {
        sections: vec![
            section(Context, "A trust of a thousand beds."),
            section(Approach, &format!("{long}Überall — naïve “alarms” Alarming nurses, then an ALARM. {long}")),
            section(WhatWentWrong, "Too many alarms, and nurses who nursed them."),
            section(Benefits, "One alarm less."),
        ],
        ..on_a_page("A study of loudness", "")
    };
    let answer = released(&lead, "RGT", Public, content).await;
    let snippets = async |query: &str| {
        let request = pb::SearchRequest { min_sequence: answer.sequence, ..words(query) };
        let mut found = search(&anyone, request).await.unwrap();
        assert_eq!(found.hits.len(), 1, "{query}");
        found.hits.remove(0).snippets
    };
    let shown = |snippet: &pb::Snippet| {
        let letters: Vec<char> = snippet.text.chars().collect();
        let mut last = 0;
        let range = |highlight: &pb::Highlight| {
            let (start, end) = (usize::try_from(highlight.start).unwrap(), usize::try_from(highlight.end).unwrap());
            assert!(last <= start && start < end && end <= letters.len(), "{snippet:?}");
            last = end;
            letters[start..end].iter().collect::<String>()
        };
        (snippet.section(), snippet.highlights.iter().map(range).collect::<Vec<_>>().join(" "))
    };
    let both = snippets("alarm nurse").await;
    assert_eq!(
        both.iter().map(shown).collect::<Vec<_>>(),
        [(Approach, "alarms Alarming nurses ALARM".to_owned()), (WhatWentWrong, "alarms nurses nursed".to_owned())],
        "the words in all their forms, of the two sections that have most"
    );
    assert!(both[0].text.chars().count() < 300 && both[0].text.contains("Überall — naïve"), "{both:?}");
    let half = snippets("thous").await;
    assert_eq!(half.iter().map(shown).collect::<Vec<_>>(), [(Context, "thousand".to_owned())]);
    for query in ["", "loudness"] {
        let summary = snippets(query).await;
        let shown: Vec<_> = summary.iter().map(|snippet| (snippet.section(), snippet.text.as_str())).collect();
        assert_eq!(shown, [(Unspecified, "What we did, in one sentence.")], "{query:?} is in no section");
    }
}

fn counted(counts: &[pb::FacetCount]) -> Vec<(&str, i64)> {
    counts.iter().map(|count| (count.term.as_str(), count.count)).collect()
}

async fn facets_combine(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let (ours, theirs) = (world.at("RGT", Role::Lead).await, world.at("RJ1", Role::Lead).await);
    let anyone = world.anonymous().await;
    let list = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>();
    for (lead, code, title, settings, types) in [
        (&ours, "RGT", "One for sepsis", &["Acute"][..], &["Nursing"][..]),
        (&ours, "RGT", "Two for sepsis", &["Acute", "Community"], &["Nursing", "Portal Functionality"]),
        (&theirs, "RJ1", "Three for sepsis", &["Maternity"], &["Portal Functionality"]),
        (&theirs, "RJ1", "Four for beds", &["Community"], &["Bed Management"]),
    ] {
        world.clock.advance(Duration::from_secs(1));
        let content =
            pb::Content { care_settings: list(settings), project_types: list(types), ..on_a_page(title, "As above") };
        seen(&anyone, released(lead, code, Public, content).await.sequence).await;
    }
    let all_settings = [("Acute", 2), ("Community", 1), ("Maternity", 1)];
    for (settings, types, organisations, expected, by_setting, by_type) in [
        (
            &[][..],
            &[][..],
            &[][..],
            "Three Two One",
            &all_settings[..],
            &[("Nursing", 2), ("Portal Functionality", 2)][..],
        ),
        // Any of these; the settings themselves are counted as if none were chosen.
        (
            &["acute", "Maternity"],
            &[],
            &[],
            "Three Two One",
            &all_settings,
            &[("Nursing", 2), ("Portal Functionality", 2)],
        ),
        (&["Community"], &[], &[], "Two", &all_settings, &[("Nursing", 1), ("Portal Functionality", 1)]),
        // Both facets, and the organisation, must hold.
        (
            &["Community"],
            &["portal functionality"],
            &[],
            "Two",
            &[("Acute", 1), ("Community", 1), ("Maternity", 1)],
            &[("Nursing", 1), ("Portal Functionality", 1)],
        ),
        (&["Maternity"], &["Nursing"], &[], "", &[("Acute", 2), ("Community", 1)], &[("Portal Functionality", 1)]),
        (&[], &[], &["RJ1"], "Three", &[("Maternity", 1)], &[("Portal Functionality", 1)]),
        (&["Acute"], &[], &["RJ1", "RGT"], "Two One", &all_settings, &[("Nursing", 2), ("Portal Functionality", 1)]),
        (&[], &[], &["RZZ"], "", &[], &[]),
    ] {
        let request = pb::SearchRequest {
            care_settings: list(settings),
            project_types: list(types),
            organisations: organisations.iter().map(|code| format!("organisations/{code}")).collect(),
            order: pb::SearchOrder::Newest.into(),
            ..words("sepsis")
        };
        let answer = search(&anyone, request).await.unwrap();
        let firsts: Vec<_> = titles(&answer).iter().filter_map(|title| title.split(' ').next()).collect();
        let asked = format!("{settings:?} {types:?} {organisations:?}");
        assert_eq!(firsts.join(" "), expected, "{asked}");
        assert_eq!(usize::try_from(answer.total_size).unwrap(), firsts.len(), "{asked}");
        assert_eq!(counted(&answer.care_settings), by_setting, "{asked}");
        assert_eq!(counted(&answer.project_types), by_type, "{asked}");
    }
}

/// A library of public blueprints with others in between that not everybody sees; if `revised`, two of the public ones
/// get a second revision in the end.
async fn library(database: Database, between: &[pb::Visibility], revised: bool) -> (World, i64) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let (mut sequence, mut later) = (0, Vec::new());
    for (title, approach) in [
        ("Sepsis alerts for nurses", "Alerts on every ward, and nurses who answer them."),
        ("Beds and sepsis", "Nobody was told of sepsis in time; alerts came late."),
        ("Wards without paper", "The nurses write nothing twice."),
        ("Alerts for alerts", "Sepsis alerts, sepsis alerts and again sepsis alerts on the ward."),
    ] {
        world.clock.advance(Duration::from_secs(1));
        let answer = released(&lead, "RGT", Public, on_a_page(title, approach)).await;
        sequence = answer.sequence;
        seen(&lead, sequence).await;
        if revised && (title.starts_with("Beds") || title.starts_with("Alerts")) {
            later.push((answer.blueprint.unwrap().name, approach));
        }
        for (i, visibility) in between.iter().cycle().take(3 * between.len()).enumerate() {
            let hidden = pb::Content {
                summary: "Sepsis sepsis alerts of the zebra".to_owned(),
                care_settings: ["Acute", "Ambulance"].map(str::to_owned).to_vec(),
                project_types: ["Nursing", "Virtual Wards"].map(str::to_owned).to_vec(),
                ..on_a_page(&format!("Sepsis alerts of zebras {i}"), "The zebra ward: sepsis alerts, nurses, zebra.")
            };
            sequence = released(&lead, "RGT", *visibility, hidden).await.sequence;
            seen(&lead, sequence).await;
        }
    }
    for (name, approach) in later {
        world.clock.advance(Duration::from_secs(1));
        let longer = on_a_page("", &format!("{approach} And that is all of it."));
        lead.blueprints().update_draft(update(&name, &["sections"], longer)).await.unwrap();
        sequence = lead.publish(publish(&name)).await.unwrap().into_inner().sequence;
        seen(&lead, sequence).await;
    }
    (world, sequence)
}

/// Everything that searches tell somebody of the library, but for ids and the journal's place.
async fn told(reader: &Actor, sequence: i64) -> Vec<(String, pb::SearchResponse)> {
    let mut told = Vec::new();
    let queries = [
        "",
        "sepsis",
        "aler",
        "zebra",
        "zeb",
        "\"sepsis alerts\"",
        "alerts -zebra",
        "nurses ward sepsis",
        "rgt nobody",
    ];
    for query in queries {
        for order in [pb::SearchOrder::Relevance, pb::SearchOrder::Newest] {
            for settings in [&[][..], &["Acute"], &["Ambulance"]] {
                let mut request = pb::SearchRequest {
                    order: order.into(),
                    care_settings: settings.iter().map(|term| (*term).to_owned()).collect(),
                    page_size: 2,
                    min_sequence: sequence,
                    ..words(query)
                };
                loop {
                    let mut answer = search(reader, request.clone()).await.unwrap();
                    answer.sequence = 0;
                    answer.organisations.iter_mut().for_each(|group| group.blueprints.clear());
                    for blueprint in answer.hits.iter_mut().filter_map(|hit| hit.blueprint.as_mut()) {
                        blueprint.name.clear();
                    }
                    request.page_token.clone_from(&answer.next_page_token);
                    told.push((format!("{query} {order:?} {settings:?}"), answer));
                    if request.page_token.is_empty() {
                        break;
                    }
                }
            }
        }
    }
    told
}

async fn hidden_documents_leave_no_trace(database: Database) {
    let (plain, at) = library(database, &[], false).await;
    let expected = told(&plain.anonymous().await, at).await;
    assert!(expected.iter().map(|(_, answer)| answer.hits.len()).sum::<usize>() > 50);
    same(&told(&plain.at("RJ1", Role::Lead).await, at).await, &expected);

    let (world, at) = library(database, &[Organisation], false).await;
    for reader in [world.anonymous().await, world.at("RJ1", Role::Lead).await, world.programme().await] {
        same(&told(&reader, at).await, &expected);
    }
    let found = search(&world.at("RGT", Role::Member).await, words("zebra")).await.unwrap();
    assert_eq!((found.total_size, counted(&found.care_settings)), (12, vec![("Acute", 12), ("Ambulance", 12)]));

    let (world, at) = library(database, &[Organisation, Network], false).await;
    same(&told(&world.anonymous().await, at).await, &expected);
    for (reader, sees) in [(world.at("RJ1", Role::Member).await, 12), (world.at("RGT", Role::Admin).await, 24)] {
        assert_eq!(search(&reader, words("zebra")).await.unwrap().total_size, sees);
    }
}

/// Where a replaced revision lies in the index, and how long, also depends on the hidden documents around it.
async fn hidden_documents_move_no_score(database: Database) {
    let (plain, at) = library(database, &[], true).await;
    let expected = told(&plain.anonymous().await, at).await;
    let (world, at) = library(database, &[Organisation; 2], true).await;
    same(&told(&world.anonymous().await, at).await, &expected);
}

fn same(told: &[(String, pb::SearchResponse)], expected: &[(String, pb::SearchResponse)]) {
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told, expected);
    }
    assert_eq!(told.len(), expected.len());
}

async fn pages_follow_the_order(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let mut newest = Vec::new();
    for i in 0..13_u64 {
        // Some are released at the same instant; the oldest match best.
        world.clock.advance(Duration::from_secs(i % 2));
        let title = format!("Number {i:02} of many");
        let approach = format!("{} and the rest of it.", "Sepsis ".repeat(14 - usize::try_from(i).unwrap()));
        seen(&anyone, released(&lead, "RGT", Public, on_a_page(&title, &approach)).await.sequence).await;
        newest.insert(0, title);
    }
    let pages = async |request: pb::SearchRequest| {
        let (mut all, mut sizes, mut request) = (Vec::new(), Vec::new(), request);
        loop {
            let answer = search(&anyone, request.clone()).await.unwrap();
            all.extend(titles(&answer).into_iter().map(str::to_owned));
            sizes.push(answer.hits.len());
            request.page_token = answer.next_page_token;
            if request.page_token.is_empty() {
                return (all, sizes);
            }
        }
    };
    let by = |query: &str, order: pb::SearchOrder, page_size: i32| pb::SearchRequest {
        query: query.to_owned(),
        order: order.into(),
        page_size,
        ..Default::default()
    };
    for (query, order) in [
        ("sepsis", pb::SearchOrder::Unspecified),
        ("sepsis", pb::SearchOrder::Relevance),
        ("sepsis", pb::SearchOrder::Newest),
        ("", pb::SearchOrder::Unspecified),
        ("", pb::SearchOrder::Relevance),
        ("", pb::SearchOrder::Newest),
    ] {
        let (all, sizes) = pages(by(query, order, 1_000)).await;
        assert_eq!(sizes, [13]);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 13, "none is there twice");
        if query.is_empty() || order == pb::SearchOrder::Newest {
            // Of two of the same instant either may come first.
            let instants = |titles: &[String]| {
                let pairs = titles[..12].chunks(2).map(|pair| pair.iter().cloned().collect::<BTreeSet<_>>());
                pairs.collect::<Vec<_>>()
            };
            assert_eq!(instants(&all), instants(&newest));
        } else {
            assert_eq!((all[0].as_str(), all[12].as_str()), ("Number 00 of many", "Number 12 of many"));
        }
        for (page_size, expected) in [(0, vec![10, 3]), (5, vec![5, 5, 3]), (13, vec![13]), (1, vec![1; 13])] {
            assert_eq!(pages(by(query, order, page_size)).await, (all.clone(), expected));
        }
    }
    let request = by("sepsis", pb::SearchOrder::Newest, 5);
    let page_token = search(&anyone, request.clone()).await.unwrap().next_page_token;
    let request = pb::SearchRequest { page_token, ..request };
    let fault = "InvalidArgument INVALID_REQUEST\n  page_token: is not a token of this query; start again without one";
    for other in [
        pb::SearchRequest { query: "sepsi".to_owned(), ..request.clone() },
        pb::SearchRequest { order: pb::SearchOrder::Relevance.into(), ..request.clone() },
        pb::SearchRequest { care_settings: vec!["Acute".to_owned()], ..request.clone() },
        pb::SearchRequest { project_types: vec!["Nursing".to_owned()], ..request.clone() },
        pb::SearchRequest { organisations: vec!["organisations/RGT".to_owned()], ..request.clone() },
        pb::SearchRequest { page_token: "rubbish".to_owned(), ..request.clone() },
    ] {
        assert_eq!(refusal(&search(&anyone, other).await.unwrap_err()), fault);
    }
    // How many are wanted, and whether they are counted, may change from page to page.
    let wider = pb::SearchRequest { page_size: 100, facets: true, ..request };
    let rest = search(&anyone, wider).await.unwrap();
    assert_eq!((rest.hits.len(), rest.total_size), (8, 13));
}

async fn everything_wrong_is_said_at_once(database: Database) {
    let world = World::new(database).await;
    let mut organisations = vec!["organisations/RGT".to_owned(); 51];
    organisations[1].replace_range(.., "RGT");
    let request = pb::SearchRequest {
        query: "é".repeat(2_001),
        care_settings: vec!["Hospital".to_owned(); 2],
        project_types: vec!["Nursing".to_owned(); 9],
        organisations,
        order: 9,
        page_size: -1,
        page_token: "rubbish".to_owned(),
        min_sequence: -1,
        facets: true,
        ..Default::default()
    };
    let faults = [
        "query: is longer than 2000 characters (2001)",
        "organisations: has more than 50 entries (51)",
        "care_settings[0]: is not a term of the vocabulary",
        "care_settings[1]: is not a term of the vocabulary",
        "project_types: has more than 8 entries (9)",
        "organisations[1]: must look like organisations/{code}",
        "order: is not an order",
        "min_sequence: must not be negative",
        "page_size: must not be negative",
        "page_token: is not a token of this query; start again without one",
    ];
    let refused = search(&world.anonymous().await, request).await.unwrap_err();
    assert_eq!(refusal(&refused), format!("InvalidArgument INVALID_REQUEST\n  {}", faults.join("\n  ")));
    // An empty library is found to be empty.
    let nothing = search(&world.anonymous().await, everything()).await.unwrap();
    let facet = |field: &str| pb::Facet { field: field.to_owned(), counts: vec![] };
    let facets = vec![facet("care_setting"), facet("project_type")];
    assert_eq!(nothing, pb::SearchResponse { facets, ..Default::default() });
}

async fn a_renamed_organisation_is_found_anew(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let (programme, anyone) = (world.programme().await, world.anonymous().await);
    for (code, title) in
        [("RGT", "One of ours, released"), ("RGT", "Two of ours, released"), ("RJ1", "Theirs, released")]
    {
        let lead = world.at(code, Role::Lead).await;
        world.clock.advance(Duration::from_secs(1));
        seen(&anyone, released(&lead, code, Public, on_a_page(title, "As the title says")).await.sequence).await;
    }
    assert_eq!(
        (found(&anyone, "trust").await.as_str(), found(&anyone, "lantern").await.as_str()),
        ("Theirs, Two One", "")
    );
    let organisation = directory::Organisation {
        name: "organisations/RGT".to_owned(),
        display_name: "Royal Lantern Hospital".to_owned(),
        ..Default::default()
    };
    let request = directory::UpdateOrganisationRequest {
        organisation: Some(organisation),
        update_mask: Some(FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    let renamed = programme.organisations().update_organisation(request).await.unwrap().into_inner();
    let request = pb::SearchRequest { min_sequence: renamed.sequence, ..words("lantern") };
    let answer = search(&anyone, request).await.unwrap();
    assert_eq!(titles(&answer), ["Two of ours, released", "One of ours, released"]);
    assert!(answer.hits.iter().all(|hit| hit.organisation_display_name == "Royal Lantern Hospital"), "{answer:?}");
    assert_eq!(found(&anyone, "trust").await, "Theirs,");
    let all = search(&anyone, words("")).await.unwrap();
    let names: Vec<_> = all.hits.iter().map(|hit| hit.organisation_display_name.as_str()).collect();
    assert_eq!(names, ["Trust RJ1", "Royal Lantern Hospital", "Royal Lantern Hospital"]);
}

fn index(config: &Config) -> PathBuf {
    config.storage.data.join("index")
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut found): (BTreeSet<_>, BTreeSet<_>) = entries.partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found
}

/// Three blueprints, one of them in its second revision, all of them in the index; and their lead.
async fn three(world: &World) -> (Actor, i64) {
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let mut sequence = 0;
    for (title, visibility) in
        [("One for sepsis", Public), ("Two for sepsis", Network), ("Three for sepsis", Organisation)]
    {
        world.clock.advance(Duration::from_secs(1));
        let answer = released(&lead, "RGT", visibility, on_a_page(title, "Alerts on every ward")).await;
        let name = answer.blueprint.unwrap().name;
        sequence = answer.sequence;
        if title.starts_with("One") {
            let louder = on_a_page("", "Alarms on every ward");
            lead.blueprints().update_draft(update(&name, &["sections"], louder)).await.unwrap();
            sequence = lead.publish(publish(&name)).await.unwrap().into_inner().sequence;
        }
        seen(&lead, sequence).await;
    }
    (lead, sequence)
}

/// What a search finds, without its scores: how rare a word is also depends on what was deleted.
async fn unscored(reader: &Actor, request: pb::SearchRequest) -> pb::SearchResponse {
    let mut answer = search(reader, request).await.unwrap();
    for hit in &mut answer.hits {
        hit.score = 0.0;
    }
    answer
}

/// Waits until the index is as it should be.
async fn settled(reader: &Actor) {
    while search(reader, everything()).await.unwrap().degraded {
        tokio::task::yield_now().await;
    }
}

async fn a_restart_continues(database: Database) {
    let world = World::new(database).await;
    let (lead, sequence) = three(&world).await;
    let request = pb::SearchRequest { min_sequence: sequence, ..words("sepsis") };
    let before = search(&lead, request.clone()).await.unwrap();
    let generation = fs::read_to_string(index(&world.config).join("current")).unwrap();
    let world = world.restart(|_| ()).await;
    let lead = again(&world, &lead).await;
    let after = search(&lead, words("sepsis")).await.unwrap();
    assert_eq!(after, before, "at once, and to the last score");
    assert_eq!((after.sequence, after.degraded), (sequence, false));
    let answer = released(&lead, "RGT", Public, on_a_page("Four for sepsis", "Nothing new")).await;
    // Created, submitted, signed off, a reviewer made and named, assured, published.
    assert_eq!(answer.sequence, sequence + 7);
    seen(&lead, answer.sequence).await;
    assert_eq!(search(&lead, words("sepsis")).await.unwrap().total_size, 4);
    assert_eq!(fs::read_to_string(index(&world.config).join("current")).unwrap(), generation, "it was not built anew");
}

/// What happens to the folder of an index, or to a file of it.
type Damage<'a> = &'a dyn Fn(&Path);

async fn a_lost_index_comes_back(database: Database) {
    let mut world = World::new(database).await;
    let (lead, sequence) = three(&world).await;
    let request = pb::SearchRequest { order: pb::SearchOrder::Newest.into(), ..words("every ward") };
    let before = unscored(&lead, request.clone()).await;
    assert_eq!((before.total_size, before.sequence), (3, sequence));
    // Another database's index, which must never be taken for ours.
    let mut other = World::new(database).await;
    three(&other).await;
    other.stop().await;
    let theirs = index(&other.config);

    let emptied = |file: &Path| fs::write(file, "").unwrap();
    let halved = |file: &Path| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    };
    let scribbled = |file: &Path| fs::write(file, "neither JSON nor tantivy ".repeat(40)).unwrap();
    let flipped = |file: &Path| {
        let bytes: Vec<u8> = fs::read(file).unwrap().iter().map(|byte| !byte).collect();
        fs::write(file, bytes).unwrap();
    };
    let each = |damage: Damage<'_>, folder: &Path| files(folder).iter().for_each(|file| damage(file));
    let damages: [(&str, Damage<'_>); 9] = [
        ("deleted", &|folder| fs::remove_dir_all(folder).unwrap()),
        ("emptied", &|folder| each(&emptied, folder)),
        ("halved", &|folder| each(&halved, folder)),
        ("scribbled over", &|folder| each(&scribbled, folder)),
        ("flipped", &|folder| each(&flipped, folder)),
        ("without its files", &|folder| each(&|file| fs::remove_file(file).unwrap(), folder)),
        ("without its current generation", &|folder| fs::write(folder.join("current"), "generation-999\n").unwrap()),
        ("with half of its segments", &|folder| {
            let segments = files(folder).into_iter().filter(|file| file.extension().is_some_and(|end| end != "json"));
            segments.step_by(2).for_each(|file| fs::remove_file(file).unwrap());
        }),
        ("another database's", &|folder| {
            fs::remove_dir_all(folder).unwrap();
            for file in files(&theirs) {
                let to = folder.join(file.strip_prefix(&theirs).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(file, to).unwrap();
            }
        }),
    ];
    for (what, damage) in damages {
        world = world.restart(|config| damage(&index(config))).await;
        let lead = again(&world, &lead).await;
        // It answers at once, what it knows; and in the end as before.
        let first = search(&lead, request.clone()).await.unwrap_or_else(|status| panic!("{what}: {status:?}"));
        assert!(first.degraded || first.total_size == 3, "{what}: {first:?}");
        settled(&lead).await;
        assert_eq!(unscored(&lead, request.clone()).await, before, "{what}");
    }
    let outsider = search(&world.anonymous().await, everything()).await.unwrap();
    assert_eq!(titles(&outsider), ["One for sepsis"]);
}

async fn an_index_behind_says_so(database: Database) {
    let world = World::with(database, |config| config.server.call_seconds = 3).await;
    let (lead, _) = three(&world).await;
    // What the index cannot write, it cannot see; it goes on with what it has.
    let (folder, away) = (index(&world.config), world.config.storage.data.join("away"));
    fs::rename(&folder, &away).unwrap();
    let answer = released(&lead, "RGT", Public, on_a_page("Four for sepsis", "Alerts on every ward")).await;
    let request = pb::SearchRequest { min_sequence: answer.sequence, ..words("sepsis") };
    let refused = loop {
        let refused = refusal(&search(&lead, request.clone()).await.unwrap_err());
        if refused != "DeadlineExceeded DEADLINE_EXCEEDED" {
            break refused;
        }
    };
    assert_eq!(refused, "DeadlineExceeded SEARCH_BEHIND");
    let behind = search(&lead, words("sepsis")).await.unwrap();
    assert_eq!(behind.total_size, 3);
    assert!(behind.degraded, "an answer that lacks the newest says so: {behind:?}");
    fs::rename(&away, &folder).unwrap();
    while search(&lead, request.clone()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(search(&lead, request).await.unwrap().total_size, 4);
}

async fn a_restored_database_is_the_truth(database: Database) {
    let world = World::new(database).await;
    let (lead, sequence) = three(&world).await;
    let before = unscored(&lead, words("sepsis")).await;
    let file = |config: &Config, end: &str| config.storage.data.join(format!("exemplar.sqlite{end}"));
    let aside = world.config.storage.data.join("aside");
    let world = world.restart(|config| assert!(fs::copy(file(config, ""), &aside).unwrap() > 0)).await;
    // What is then written is lost with the database that it is in: a revision, and a whole blueprint.
    let author = again(&world, &lead).await;
    let name = before.hits[0].blueprint.as_ref().unwrap().name.clone();
    author.blueprints().update_draft(update(&name, &["title"], on_a_page("One for zebras", ""))).await.unwrap();
    author.publish(publish(&name)).await.unwrap();
    let last = released(&author, "RGT", Public, on_a_page("Four for sepsis", "Alerts for zebras")).await.sequence;
    seen(&author, last).await;
    assert_eq!(search(&author, words("zebras")).await.unwrap().total_size, 2);
    let world = world
        .restart(|config| {
            for end in ["-wal", "-shm"] {
                let _ = fs::remove_file(file(config, end));
            }
            fs::copy(&aside, file(config, "")).unwrap();
        })
        .await;
    let lead = again(&world, &lead).await;
    search(&lead, words("sepsis")).await.expect("it answers at once");
    settled(&lead).await;
    assert_eq!(unscored(&lead, words("sepsis")).await, before);
    assert_eq!(search(&lead, words("zebras")).await.unwrap().total_size, 0);
    // And what comes next is found, though the lost index was further on.
    let answer =
        lead.blueprints().create_blueprint(create("RGT", Public, on_a_page("Five for lions", "x"))).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.sequence, sequence + 1);
    let published = lead.publish(publish(&answer.blueprint.unwrap().name)).await.unwrap();
    let request = pb::SearchRequest { min_sequence: published.into_inner().sequence, ..words("lions") };
    assert_eq!(titles(&search(&lead, request).await.unwrap()), ["Five for lions"]);
}
