//! Finding: synonyms in versions, filters, facets, reasons and fit, what is offered and what is alike, bad input.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::{Duration, Instant};

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::Visibility::{Network, Organisation, Public};
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, World, refusal};

use crate::adoptions::adopting;
use crate::artefacts;
use crate::blueprints::{on_a_page, released};
use crate::searches::{search, seen, titles, words};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("finding::synonyms_are_kept_in_versions", synonyms_are_kept_in_versions);
    suite.each("finding::searches_say_how_they_read", searches_say_how_they_read);
    suite.each("finding::filters_and_facets_combine", filters_and_facets_combine);
    suite.each("finding::hits_say_why_and_what_fits", hits_say_why_and_what_fits);
    suite.each("finding::what_follows_a_blueprint_is_found", what_follows_a_blueprint_is_found);
    suite.each("finding::size_and_maturity_count_for_fit", size_and_maturity_count_for_fit);
    suite.each("finding::files_are_searched_and_named", files_are_searched_and_named);
    suite.each("finding::hidden_things_are_as_if_absent", hidden_things_are_as_if_absent);
    suite.on(Database::Sqlite, "finding::bad_input_gets_a_clear_answer", bad_input_gets_a_clear_answer);
    suite.on(Database::Sqlite, "finding::every_page_up_to_the_last", every_page_up_to_the_last);
}

/// The first words of the titles found.
fn firsts(found: &pb::SearchResponse) -> String {
    titles(found).iter().filter_map(|title| title.split(' ').next()).collect::<Vec<_>>().join(" ")
}

async fn library(database: Database, texts: &[(&str, &str)]) -> (World, Actor, i64) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let mut sequence = 0;
    for (title, approach) in texts {
        world.clock.advance(Duration::from_secs(1));
        sequence = released(&lead, "RGT", Public, on_a_page(title, approach)).await.sequence;
    }
    let anyone = world.anonymous().await;
    seen(&anyone, sequence).await;
    (world, anyone, sequence)
}

async fn synonyms_are_kept_in_versions(database: Database) {
    let texts = [
        ("One about the ward", "Electronic prescribing and medicines administration, at last."),
        ("Two about the ward", "The quokka system was bought."),
        ("Three about the ward", "A marsupial record for everybody."),
    ];
    let (world, anyone, _) = library(database, &texts).await;
    let programme = world.programme().await;
    // The list to start from is there, with its sources.
    let request = pb::ListSynonymsRequest { contains: "epma".into(), ..Default::default() };
    let start = anyone.synonyms().list_synonyms(request).await.unwrap().into_inner();
    assert!(start.version == 1 && start.synonyms.iter().all(|one| !one.source.is_empty() && !one.licence.is_empty()));
    assert_eq!(firsts(&search(&anyone, words("epma")).await.unwrap()), "One");

    let fact = |means: &str| pb::Synonym {
        term: "Quokka".into(),
        means: means.into(),
        direction: pb::SynonymDirection::OneWay.into(),
        source: "the tests".into(),
        licence: "fact".into(),
        ..Default::default()
    };
    let create = |means: &str| pb::CreateSynonymRequest { synonym: Some(fact(means)), ..Default::default() };
    assert_eq!(firsts(&search(&anyone, words("quokka")).await.unwrap()), "Two");
    let created = programme.synonyms().create_synonym(create("marsupial record")).await.unwrap().into_inner();
    assert_eq!(created.version, 2);
    let twice = programme.synonyms().create_synonym(create("marsupial record")).await.unwrap_err();
    assert_eq!(refusal(&twice), "AlreadyExists SYNONYM_EXISTS");
    let found = search(&anyone, words("quokka")).await.unwrap();
    assert_eq!(found.total_size, 2, "at once");
    assert_eq!(
        (found.read_as[0].typed.as_str(), found.read_as[0].ways[0].text.as_str()),
        ("quokka", "marsupial record")
    );
    assert_eq!(found.read_as[0].ways[0].origin(), pb::WayOrigin::Synonym);
    assert_eq!(firsts(&search(&anyone, words("\"marsupial record\"")).await.unwrap()), "Three", "one way");

    let name = created.synonym.unwrap().name;
    let delete = || pb::DeleteSynonymRequest { name: name.clone(), ..Default::default() };
    assert_eq!(programme.synonyms().delete_synonym(delete()).await.unwrap().into_inner().version, 3);
    let gone = programme.synonyms().delete_synonym(delete()).await.unwrap_err();
    assert_eq!(refusal(&gone), "NotFound SYNONYM_NOT_FOUND");
    assert_eq!(search(&anyone, words("quokka")).await.unwrap().total_size, 1);
    let restore = |version| pb::RestoreSynonymsRequest { version, ..Default::default() };
    assert_eq!(programme.synonyms().restore_synonyms(restore(2)).await.unwrap().into_inner().version, 4);
    assert_eq!(search(&anyone, words("quokka")).await.unwrap().total_size, 2);
    let never = programme.synonyms().restore_synonyms(restore(9)).await.unwrap_err();
    assert_eq!(refusal(&never), "NotFound SYNONYM_VERSION_NOT_FOUND");
    for (version, count) in [(1, 0), (2, 1), (3, 0), (4, 1), (0, 1)] {
        let request = pb::ListSynonymsRequest { version, contains: "QUOKKA".into(), ..Default::default() };
        assert_eq!(
            anyone.synonyms().list_synonyms(request).await.unwrap().into_inner().synonyms.len(),
            count,
            "{version}"
        );
    }
    let world = world.restart(|_| ()).await;
    assert_eq!(search(&world.anonymous().await, words("quokka")).await.unwrap().total_size, 2, "kept");
}

async fn searches_say_how_they_read(database: Database) {
    let texts = [
        ("One about the ward", "An information governance board, and prescribing."),
        ("Two about the ward", "An implementation guide **for** [nurses](https://nowhere.example/hidden)."),
        ("Three about the ward", "The governance of guides to information."),
    ];
    let (_world, anyone, _) = library(database, &texts).await;
    let found = search(&anyone, words("IG")).await.unwrap();
    assert_eq!(found.total_size, 2);
    let ways: Vec<String> = found.read_as[0].ways.iter().map(|way| way.text.to_lowercase()).collect();
    assert!(
        ways.contains(&"information governance".to_owned()) && ways.contains(&"implementation guide".to_owned()),
        "{ways:?}"
    );
    let marked: usize = found.hits.iter().flat_map(|hit| &hit.snippets).map(|snippet| snippet.highlights.len()).sum();
    assert_eq!(marked, 4, "both words of both meanings: {:?}", found.hits);

    let found = search(&anyone, words("prescirbing")).await.unwrap();
    assert_eq!((firsts(&found).as_str(), found.did_you_mean.as_str()), ("One", "prescribing"));
    assert_eq!(found.read_as[0].ways[0].origin(), pb::WayOrigin::Typo);
    assert_eq!(found.hits[0].snippets[0].highlights.len(), 1);
    for query in ["IGG", "EPRESCRIBING", "prescr1bing"] {
        let found = search(&anyone, words(query)).await.unwrap();
        assert_eq!((found.total_size, found.did_you_mean.as_str()), (0, ""), "{query}");
    }
    // Markdown is read as its reader reads it.
    assert_eq!(search(&anyone, words("nowhere")).await.unwrap().total_size, 0);
    let found = search(&anyone, words("guide for nurses")).await.unwrap();
    assert!(found.relaxed && firsts(&found).starts_with("Two"), "{found:?}");
    assert!(found.hits[0].snippets[0].text.contains("guide for nurses"), "{found:?}");
}

async fn filters_and_facets_combine(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1"]).await;
    let anyone = world.anonymous().await;
    for (code, title, kind, epr) in [
        ("RGT", "One for sepsis", pb::BlueprintKind::Success, "Hyperspace"),
        ("RGT", "Two for sepsis", pb::BlueprintKind::Attempt, "Hyperspace"),
        ("RJ1", "Three for sepsis", pb::BlueprintKind::Success, "Sunrise"),
    ] {
        world.clock.advance(Duration::from_hours(24));
        let lead = world.at(code, Role::Lead).await;
        let content = with_epr(pb::Content { kind: kind.into(), ..on_a_page(title, "As above") }, epr);
        seen(&anyone, released(&lead, code, Public, content).await.sequence).await;
    }
    let newest = |filter: &str| pb::SearchRequest {
        filter: filter.to_owned(),
        order: pb::SearchOrder::Newest.into(),
        ..Default::default()
    };
    for (filter, expected) in [
        ("", "Three Two One"),
        ("kind = success", "Three One"),
        ("kind = SUCCESS AND organisation = rgt", "One"),
        ("organisation = RJ1 OR kind = ATTEMPT", "Three Two"),
        ("NOT (organisation = RJ1 OR kind = ATTEMPT)", "One"),
        ("epr_product = \"Hyperspace\" -kind:ATTEMPT", "One"),
        ("published >= 2018-08-08", "Three Two"),
        ("published > 2018-08-08T09:00:00Z care_setting = acute", "Three"),
        ("adoptions > 0", ""),
    ] {
        assert_eq!(firsts(&search(&anyone, newest(filter)).await.unwrap()), expected, "{filter}");
    }
    for (filter, fault) in [
        ("kind = SUCCESS AND", "filter: expects one of "),
        ("colour = red", "filter: expects one of "),
        ("kind > SUCCESS", "filter: cannot compare kind by > at character 6"),
        (
            "published = soon",
            "filter: expects a day like 2018-08-06 or an instant of RFC 3339 for published at character 13",
        ),
        ("care_setting = Hospital", "filter: knows no care_setting \"Hospital\" at character 16"),
        ("(kind = SUCCESS", "filter: expects ) at character 16"),
        ("((((((((((kind = SUCCESS))))))))))", "filter: has more than 8 brackets within brackets at character 9"),
    ] {
        let refused = refusal(&search(&anyone, newest(filter)).await.unwrap_err());
        assert!(refused.starts_with(&format!("InvalidArgument INVALID_REQUEST\n  {fault}")), "{filter}: {refused}");
    }
    let choice = |field: &str, terms: &[&str]| pb::FacetChoice {
        field: field.to_owned(),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
    };
    let request = pb::SearchRequest {
        facet_fields: ["kind", "organisation", "epr_product"].map(str::to_owned).to_vec(),
        choices: vec![choice("organisation", &["RGT"]), choice("kind", &["SUCCESS", "ATTEMPT"])],
        ..newest("")
    };
    let found = search(&anyone, request).await.unwrap();
    let counts: Vec<String> = found
        .facets
        .iter()
        .map(|facet| {
            let counts = facet.counts.iter().map(|count| format!("{}{}", count.term, count.count)).collect::<Vec<_>>();
            format!("{}: {}", facet.field, counts.join(" "))
        })
        .collect();
    assert_eq!((firsts(&found).as_str(), found.total_size), ("Two One", 2));
    assert_eq!(counts, ["kind: ATTEMPT1 SUCCESS1", "organisation: RGT2 RJ11", "epr_product: Epic2"]);
    let groups: Vec<_> =
        found.organisations.iter().map(|group| (group.organisation.as_str(), group.blueprints.len())).collect();
    assert_eq!(groups, [("organisations/RGT", 2)]);
}

/// The content with the record system that it was done with.
fn with_epr(content: pb::Content, product: &str) -> pb::Content {
    let epr = pb::Epr { product: product.to_owned(), ..Default::default() };
    pb::Content { eprs: vec![epr], ..content }
}

async fn hits_say_why_and_what_fits(database: Database) {
    let texts = [
        ("Sepsis alerts on wards", "Alerts for sepsis, ward by ward."),
        ("Beds on wards", "Sepsis was not the matter."),
    ];
    let (_world, anyone, _) = library(database, &texts).await;
    let request = pb::SearchRequest { explain: true, fit_for: "organisations/RJ1".into(), ..words("sepsis alerts") };
    let found = search(&anyone, request.clone()).await.unwrap();
    assert_eq!(firsts(&found), "Sepsis Beds");
    for hit in &found.hits {
        let why = hit.explanation.clone().unwrap();
        let sum: f64 = why.parts.iter().map(|part| part.points).sum();
        assert!((sum - why.total).abs() < 0.000_5 && (why.total - f64::from(hit.score)).abs() < 0.01, "{hit:?}");
    }
    let why = found.hits[1].explanation.clone().unwrap();
    assert_eq!(why.sentence, "“sepsis” is in the text; “alerts” is missing.");
    let fit = found.hits[0].fit.clone().unwrap();
    let traits: Vec<_> = fit.traits.iter().map(|of| (of.field.as_str(), of.shared, of.weight)).collect();
    assert_eq!((fit.percent, traits), (100, vec![("care_setting", true, 20), ("region", true, 10)]));
    let must = |names: &[&str]| pb::SearchRequest {
        must_share: names.iter().map(|name| (*name).to_owned()).collect(),
        order: pb::SearchOrder::Fit.into(),
        ..request.clone()
    };
    assert_eq!(
        search(&anyone, must(&["region"])).await.unwrap().total_size,
        1,
        "in another order all words must be there"
    );
    assert_eq!(search(&anyone, must(&["epr_product"])).await.unwrap().total_size, 0, "nobody knows it of RJ1");
    let fault = refusal(
        &search(&anyone, pb::SearchRequest { fit_for: "organisations/NONE".into(), ..request }).await.unwrap_err(),
    );
    assert_eq!(fault, "InvalidArgument INVALID_REQUEST\n  fit_for: there is no organisations/NONE");
}

/// Adopts a blueprint for `code` and has it live at once; the journal's place.
async fn live_at(world: &World, code: &str, blueprint: &str, willing: bool) -> (Actor, String, i64) {
    let lead = world.at(code, Role::Lead).await;
    let adopt = pb::AdoptBlueprintRequest { willing, ..adopting(blueprint, code, pb::AdoptionState::Live) };
    let answer = lead.adoptions().adopt_blueprint(adopt).await.unwrap().into_inner();
    (lead, answer.adoption.unwrap().name, answer.sequence)
}

async fn what_follows_a_blueprint_is_found(database: Database) {
    let texts = [("One about the ward", "As above."), ("Two about the ward", "As above."), ("Three about it", "Ward.")];
    let (world, anyone, _) = library(database, &texts).await;
    world.organisations(&["RRV", "RBL"]).await;
    let sorted = async |order: pb::SearchOrder, filter: &str| {
        let request = pb::SearchRequest { order: order.into(), filter: filter.to_owned(), ..Default::default() };
        firsts(&search(&anyone, request).await.unwrap())
    };
    let (adopted, reviewed) = (pb::SearchOrder::MostAdopted, pb::SearchOrder::ReviewDate);
    assert_eq!(sorted(adopted, "").await, "Three Two One", "adopted by nobody, the newest first");
    assert_eq!(sorted(reviewed, "").await, "Three Two One");
    let everything = search(&anyone, pb::SearchRequest::default()).await.unwrap();
    let name = |first: &str| {
        let of = |hit: &&pb::Hit| hit.blueprint.clone().unwrap().content.unwrap().title.starts_with(first);
        everything.hits.iter().find(of).unwrap().blueprint.clone().unwrap().name
    };
    let (one, two) = (name("One"), name("Two"));
    live_at(&world, "RRV", &one, true).await;
    live_at(&world, "RRV", &two, false).await;
    let (lead, adoption, sequence) = live_at(&world, "RBL", &two, true).await;
    seen(&anyone, sequence).await;
    assert_eq!(sorted(adopted, "").await, "Two One Three");
    assert_eq!(sorted(adopted, "adoptions >= 2").await, "Two");
    // Who has signed in sees whom to ask; nobody else does.
    let found = search(&lead, words("ward")).await.unwrap();
    // The clock stands still: of what was adopted in one millisecond, any may come first.
    let sorted_names = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let groups: Vec<_> = found
        .organisations
        .iter()
        .map(|group| {
            let adopted = sorted_names(group.adopted.clone());
            (group.organisation.as_str(), group.blueprints.len(), adopted, group.willing)
        })
        .collect();
    let expected = [
        ("organisations/RGT", 3, Vec::new(), false),
        ("organisations/RRV", 0, sorted_names(vec![one.clone(), two.clone()]), true),
        ("organisations/RBL", 0, vec![two.clone()], true),
    ];
    assert_eq!(groups, expected);
    assert_eq!(search(&anyone, words("ward")).await.unwrap().organisations.len(), 1);
    // What stops counts no more.
    let stop = pb::StopAdoptionRequest {
        name: adoption,
        stop_reason: pb::StopReason::Replaced.into(),
        reason: "A merger.".to_owned(),
        ..Default::default()
    };
    seen(&anyone, lead.adoptions().stop_adoption(stop).await.unwrap().into_inner().sequence).await;
    assert_eq!(sorted(adopted, "adoptions >= 1").await, "Two One");
    assert_eq!(sorted(adopted, "adoptions >= 2").await, "");
}

async fn size_and_maturity_count_for_fit(database: Database) {
    let (world, anyone, _) = library(database, &[("One about the ward", "As above.")]).await;
    let mut sequence = 0;
    for code in ["RGT", "RJ1"] {
        let lead = world.at(code, Role::Lead).await;
        let request = directory::UpdateOrganisationRequest {
            organisation: Some(directory::Organisation {
                name: format!("organisations/{code}"),
                profile: Some(directory::Profile { size_band: "Under 500 beds".to_owned(), ..Default::default() }),
                ..Default::default()
            }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["profile.size_band".to_owned()] }),
            ..Default::default()
        };
        lead.organisations().update_organisation(request).await.unwrap();
        let score = directory::MaturityScore { area: "overall".to_owned(), score: 5.0, ..Default::default() };
        let request = directory::RecordMaturityRequest {
            maturity: Some(directory::Maturity {
                organisation: format!("organisations/{code}"),
                framework: directory::MaturityFramework::Emram.into(),
                date: "2018-01-01".to_owned(),
                made_by: directory::MaturitySource::Accredited.into(),
                scores: vec![score],
                source: "the tests".to_owned(),
                published: true,
                ..Default::default()
            }),
            ..Default::default()
        };
        sequence = lead.maturity().record_maturity(request).await.unwrap().into_inner().sequence;
    }
    seen(&anyone, sequence).await;
    let fit = pb::SearchRequest {
        fit_for: "organisations/RJ1".into(),
        must_share: ["size_band", "maturity"].map(str::to_owned).to_vec(),
        filter: "maturity = \"EMRAM 5\"".to_owned(),
        ..Default::default()
    };
    let found = search(&anyone, fit).await.unwrap();
    let fit = found.hits[0].fit.clone().unwrap();
    let traits: Vec<_> =
        fit.traits.iter().map(|of| (of.field.as_str(), of.theirs.join(" "), of.shared, of.weight)).collect();
    let expected = [
        ("care_setting", "Acute".to_owned(), true, 20),
        ("region", String::new(), false, 10),
        ("size_band", "Under 500 beds".to_owned(), true, 10),
        ("maturity", "EMRAM 5".to_owned(), true, 10),
    ];
    assert_eq!(traits[2..], expected[2..]);
    assert_eq!(traits[0], expected[0]);
}

async fn files_are_searched_and_named(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, name) = artefacts::draft(&world, Public).await;
    let anyone = world.anonymous().await;
    for (file, visibility, text) in [
        ("rota.txt", Public, "The rota of the wombats, ward by ward."),
        ("pay.txt", Organisation, "What the numbats are paid."),
    ] {
        let says = pb::ArtefactDetails { visibility: visibility.into(), ..artefacts::details(file) };
        let artefact = artefacts::add(&lead, &name, says, text.as_bytes()).await.unwrap();
        assert_eq!(artefacts::decided(&lead, &artefact.name).await.state(), pb::ArtefactState::Available);
    }
    artefacts::publish(&lead, &name).await.unwrap();
    let poll = async {
        loop {
            let found = search(&anyone, words("wombat")).await.unwrap();
            if !found.hits.is_empty() {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), poll).await.expect("its text is read");
    let snippet = &found.hits[0].snippets[0];
    assert_eq!(
        (snippet.file.as_str(), snippet.section(), snippet.highlights.len()),
        ("rota.txt", pb::SectionKind::Unspecified, 1)
    );
    assert!(snippet.text.contains("The rota of the wombats"), "{snippet:?}");
    // A file that fewer may read than the blueprint is not searched, not even for them.
    assert_eq!(search(&lead, words("numbat")).await.unwrap().total_size, 0);
}

/// Everything that finding tells somebody about a library, but for ids and the journal's place.
async fn told(reader: &Actor, sequence: i64) -> Vec<String> {
    let mut told = Vec::new();
    seen(reader, sequence).await;
    let mut known = Vec::new();
    for query in
        ["", "sepsis", "quokka", "quokkas", "sepsys", "QKA", "quality care agency", "seps", "sepsis quokka ward"]
    {
        let request = pb::SearchRequest {
            explain: true,
            fit_for: "organisations/RJ1".into(),
            facet_fields: ["level", "organisation", "project_type", "region"].map(str::to_owned).to_vec(),
            ..words(query)
        };
        let mut found = search(reader, request).await.unwrap();
        found.sequence = 0;
        for group in &mut found.organisations {
            group.blueprints.clear();
        }
        for blueprint in found.hits.iter_mut().filter_map(|hit| hit.blueprint.as_mut()) {
            known.push(std::mem::take(&mut blueprint.name));
            (blueprint.publish_time, blueprint.review_due_time) = (None, None);
        }
        told.push(format!("{query}: {found:?}"));
        let request = pb::SuggestRequest { text: query.to_owned(), limit: 10 };
        let mut offered = reader.searches().suggest(request).await.unwrap().into_inner();
        for suggestion in offered.suggestions.iter_mut().filter(|one| one.target.starts_with("blueprints/")) {
            suggestion.target.clear();
        }
        told.push(format!("{query}: {offered:?}"));
    }
    for name in known {
        let related = reader.searches().related(pb::RelatedRequest { name, limit: 0 }).await.unwrap().into_inner();
        let related = related
            .related
            .into_iter()
            .map(|one| (one.blueprint.unwrap().content.unwrap().title, one.terms, one.words));
        told.push(format!("{:?}", related.collect::<Vec<_>>()));
    }
    told
}

async fn hidden_things_are_as_if_absent(database: Database) {
    let build = async |hidden: &[pb::Visibility]| {
        let world = World::new(database).await;
        world.organisations(&["RGT", "RJ1"]).await;
        let lead = world.at("RGT", Role::Lead).await;
        let (mut sequence, mut names) = (0, Vec::new());
        for (title, approach) in [
            ("Sepsis alerts for nurses", "Alerts on every ward; the quality of care was seen by an agency."),
            ("Beds and sepsis", "Sepsis late, quality care agency called."),
            ("Wards without paper", "The nurses write nothing twice, and quote nobody."),
        ] {
            world.clock.advance(Duration::from_secs(1));
            sequence = released(&lead, "RGT", Public, on_a_page(title, approach)).await.sequence;
            for visibility in hidden {
                world.clock.advance(Duration::from_millis(1));
                let secret = pb::Content {
                    project_types: vec!["Virtual Wards".to_owned()],
                    ..on_a_page(
                        &format!("Quokkas of sepsis, sepsys {title}"),
                        "The Quality Care Agency (QKA) and quokka wards.",
                    )
                };
                let answer = released(&lead, "RGT", *visibility, secret).await;
                sequence = answer.sequence;
                names.push(answer.blueprint.unwrap().name);
            }
        }
        (world, sequence, names)
    };
    let (plain, at, _) = build(&[]).await;
    let expected = told(&plain.anonymous().await, at).await;
    let (world, at, names) = build(&[Organisation, Network]).await;
    let outsider = world.anonymous().await;
    assert_eq!(told(&outsider, at).await, expected);
    // What is hidden and what is not there: the same answer.
    let related = |name: &str| pb::RelatedRequest { name: name.to_owned(), limit: 0 };
    let hidden = outsider.searches().related(related(&names[0])).await.unwrap_err();
    let absent =
        outsider.searches().related(related("blueprints/01920000-0000-7000-8000-000000000000")).await.unwrap_err();
    assert_eq!((refusal(&hidden), hidden.code()), (refusal(&absent), absent.code()));
    // One who may read some of it is told of that and no more.
    let (some, at_some, _) = build(&[Network]).await;
    let expected = told(&some.at("RJ1", Role::Member).await, at_some).await;
    assert_eq!(told(&world.at("RJ1", Role::Member).await, at).await, expected);
    let own = told(&world.at("RGT", Role::Member).await, at).await;
    assert!(own != expected && own.iter().any(|told| told.contains("Quokkas")), "who may see it does");
}

async fn bad_input_gets_a_clear_answer(database: Database) {
    let (_world, anyone, _) = library(database, &[("One about the ward", "Sepsis on the ward.")]).await;
    let ask = async |request: pb::SearchRequest| {
        let mut best = Duration::MAX;
        let mut said = String::new();
        // The best of three: what it costs, not what else the machine does.
        for _ in 0..3 {
            let start = Instant::now();
            said = match search(&anyone, request.clone()).await {
                Ok(found) => format!("{} {:?}", found.total_size, found.ignored),
                Err(status) => refusal(&status),
            };
            best = best.min(start.elapsed());
        }
        assert!(best < Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 10 }), "{best:?}: {said}");
        said
    };
    let filter = |text: &str| pb::SearchRequest { filter: text.to_owned(), ..Default::default() };
    let long = "InvalidArgument INVALID_REQUEST\n  query: is longer than 2000 characters";
    assert!(ask(words(&"(".repeat(10_000))).await.starts_with(long));
    assert!(ask(words(&"x".repeat(1_000_000))).await.starts_with(long));
    assert!(ask(words(&"(".repeat(2_000))).await.starts_with("1 [\"((("), "brackets say nothing");
    assert_eq!(ask(words("\u{0}\u{1}\u{7} sepsis")).await, "1 [\"\\0\\u{1}\\u{7}\"]");
    assert_eq!(ask(words("\u{202b}\u{200f}sepsis\u{202c}")).await, "1 []");
    assert!(ask(words(&"a\"-".repeat(600))).await.starts_with('0'));
    assert!(ask(filter(&"(".repeat(10_000))).await.contains("filter: is longer than 1000 characters (10000)"));
    assert!(ask(filter(&"NOT ".repeat(250))).await.contains("filter: expects one of"));
    assert!(ask(filter("adoptions = many")).await.contains("expects a whole number for adoptions at character 13"));
    assert!(
        ask(filter("care_setting = \"nowhere\"")).await.contains("knows no care_setting \"nowhere\" at character 16")
    );
    let foreign = pb::SearchRequest { page_token: "bm90IG91cnM".into(), ..words("sepsis") };
    assert!(ask(foreign).await.contains("page_token: is not a token of this query"));
}

async fn every_page_up_to_the_last(database: Database) {
    let titles: Vec<String> = (0..25).map(|number| format!("Number {number:02} about wards")).collect();
    let texts: Vec<(&str, &str)> = titles.iter().map(|title| (title.as_str(), "The ward.")).collect();
    let (_world, anyone, _) = library(database, &texts).await;
    for page_size in [3, 7, 10, 24, 25, 26] {
        let (mut request, mut all) = (pb::SearchRequest { page_size, ..Default::default() }, 0);
        loop {
            let page = search(&anyone, request.clone()).await.unwrap();
            all += page.hits.len();
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(all, 25, "pages of {page_size}");
    }
}
