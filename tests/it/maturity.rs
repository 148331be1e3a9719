//! Digital maturity: entry by entry, organisation by organisation, and never a league table.

use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Actor, Database, World, refusal};
use prost::Message as _;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("maturity::answers_become_scores", answers_become_scores);
    suite.each("maturity::trends_follow_corrections", trends_follow_corrections);
    suite.each("maturity::only_published_entries_are_public", only_published_entries_are_public);
    suite.each("maturity::bad_entries_are_refused", bad_entries_are_refused);
    suite.each("maturity::one_of_two_corrections_wins", one_of_two_corrections_wins);
    suite.plain("maturity::no_call_ranks_organisations", no_call_ranks_organisations);
}

const RGT: &str = "organisations/RGT";

fn entry(framework: pb::MaturityFramework, date: &str, scores: &[(&str, f64)]) -> pb::Maturity {
    let score =
        |(area, score): &(&str, f64)| pb::MaturityScore { area: (*area).into(), score: *score, ..Default::default() };
    pb::Maturity {
        organisation: RGT.into(),
        framework: framework.into(),
        date: date.into(),
        made_by: pb::MaturitySource::Self_.into(),
        scores: scores.iter().map(score).collect(),
        source: "the tests".into(),
        ..Default::default()
    }
}

async fn record(actor: &Actor, maturity: pb::Maturity) -> Result<pb::Maturity, tonic::Status> {
    let request = pb::RecordMaturityRequest { maturity: Some(maturity), ..Default::default() };
    Ok(actor.maturity().record_maturity(request).await?.into_inner().maturity.unwrap())
}

async fn list(actor: &Actor) -> Vec<pb::Maturity> {
    let request = pb::ListMaturityRequest { organisation: RGT.into(), ..Default::default() };
    actor.maturity().list_maturity(request).await.unwrap().into_inner().maturity
}

async fn trend(actor: &Actor, framework: pb::MaturityFramework) -> Vec<(String, f64, Option<f64>)> {
    let request = pb::GetMaturityTrendRequest { organisation: RGT.into(), framework: framework.into() };
    let answer = actor.maturity().get_maturity_trend(request).await.unwrap().into_inner();
    let point = |point: pb::MaturityPoint| {
        let change = point.changes.iter().find(|change| change.area == "overall").map(|change| change.change);
        let entry = point.maturity.unwrap();
        (entry.date.clone(), score(&entry, "overall"), change)
    };
    answer.points.into_iter().map(point).collect()
}

fn score(entry: &pb::Maturity, area: &str) -> f64 {
    entry.scores.iter().find(|score| score.area == area).map_or(f64::NAN, |score| score.score)
}

async fn answers_become_scores(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let answer =
        |area: &str, answer: &str| pb::MaturityScore { area: area.into(), answer: answer.into(), ..Default::default() };
    let mut dma =
        entry(pb::MaturityFramework::Dma2016, "2016-01-15", &[("infrastructure", 68.0), ("leadership", 70.5)]);
    dma.scores.extend([
        answer("governance", "Mostly agree"),
        answer("medicines", "61-80%"),
        answer("medicines", "21–40 %"),
        answer("standards", "NHS number uptake step 3"),
        answer("records", "fully structured"),
    ]);
    let recorded = record(&lead, dma).await.unwrap();
    let found: Vec<_> = recorded.scores.iter().map(|score| (score.area.as_str(), score.score)).collect();
    // "Mostly agree" is 75, "61-80%" is 80; two answers of a sub-section are their mean, as are themes and the whole.
    assert_eq!(
        found,
        [
            ("overall", 68.58),
            ("readiness", 72.75),
            ("leadership", 70.5),
            ("governance", 75.0),
            ("capabilities", 65.0),
            ("records", 100.0),
            ("medicines", 60.0),
            ("standards", 35.0),
            ("infrastructure", 68.0),
        ]
    );
    let dimensions =
        ["well-led", "ensure-smart-foundations", "safe-practice", "support-people", "empower-citizens", "improve-care"];
    let mut scores: Vec<_> =
        dimensions.iter().zip([2.0, 3.0, 2.5, 2.0, 1.0, 4.0]).map(|(area, score)| (*area, score)).collect();
    let partly = record(&lead, entry(pb::MaturityFramework::Dma2023, "2018-01-01", &scores)).await.unwrap();
    assert!(score(&partly, "overall").is_nan(), "six of seven dimensions are no whole");
    scores.push(("healthy-populations", 2.3));
    let whole = record(&lead, entry(pb::MaturityFramework::Dma2023, "2018-01-02", &scores)).await.unwrap();
    assert!((score(&whole, "overall") - 2.4).abs() < 1e-9, "the mean of seven");
    let request = pb::GetMaturityFrameworkRequest { framework: pb::MaturityFramework::Dma2016.into() };
    let described = world.anonymous().await.maturity().get_maturity_framework(request).await.unwrap().into_inner();
    assert_eq!(
        (described.lowest, described.highest, described.areas.len(), described.answers.len()),
        (0.0, 100.0, 16, 21)
    );
}

async fn trends_follow_corrections(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let emram = |date: &str, stage: f64| entry(pb::MaturityFramework::Emram, date, &[("overall", stage)]);
    let late = record(&lead, emram("2018-05-01", 6.0)).await.unwrap();
    let early = record(&lead, emram("2016-05-01", 3.0)).await.unwrap();
    record(&lead, emram("2017-05-01", 4.0)).await.unwrap();
    record(&lead, entry(pb::MaturityFramework::Dma2016, "2016-06-01", &[("overall", 60.0)])).await.unwrap();
    let point = |date: &str, score: f64, change: Option<f64>| (date.to_owned(), score, change);
    assert_eq!(
        trend(&lead, pb::MaturityFramework::Emram).await,
        [point("2016-05-01", 3.0, None), point("2017-05-01", 4.0, Some(1.0)), point("2018-05-01", 6.0, Some(2.0))]
    );
    let reason = "counted before the visit".to_owned();
    let right = pb::Maturity { corrects: early.name.clone(), reason, ..emram("2016-05-01", 2.0) };
    let right = record(&lead, right).await.unwrap();
    assert_eq!(
        trend(&lead, pb::MaturityFramework::Emram).await[..2],
        [point("2016-05-01", 2.0, None), point("2017-05-01", 4.0, Some(2.0))]
    );
    // Both stay, and each names the other.
    let all = list(&lead).await;
    assert_eq!((all.len(), all[0].name.as_str()), (5, late.name.as_str()));
    let old = all.iter().find(|entry| entry.name == early.name).unwrap();
    assert_eq!((old.corrected_by.as_str(), score(old, "overall")), (right.name.as_str(), 3.0));
    let id = OrganisationId::from_code("RGT").unwrap();
    let levels = world.services.directory.maturity_levels(std::slice::from_ref(&id)).await.unwrap();
    let levels: Vec<_> = levels[&id].iter().map(|level| (level.framework.name(), level.overall)).collect();
    assert_eq!(levels, [("DMA_2016", 6_000), ("EMRAM", 600)]);
}

async fn only_published_entries_are_public(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let dma = |date: &str, score: f64| entry(pb::MaturityFramework::Dma2016, date, &[("overall", score)]);
    let open = record(&lead, pb::Maturity { published: true, ..dma("2016-06-01", 60.0) }).await.unwrap();
    record(&lead, dma("2017-06-01", 55.0)).await.unwrap();
    let names: Vec<_> = list(&anyone).await.into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, std::slice::from_ref(&open.name));
    assert_eq!(trend(&anyone, pb::MaturityFramework::Dma2016).await.len(), 1);
    assert_eq!(list(&world.at("RRV", Role::Member).await).await.len(), 2, "the network sees the whole way");
    // What everybody has read stays open when it is corrected.
    let right =
        pb::Maturity { corrects: open.name.clone(), reason: "a typing error".into(), ..dma("2016-06-01", 61.0) };
    assert!(record(&lead, right).await.unwrap().published);
    assert_eq!(trend(&anyone, pb::MaturityFramework::Dma2016).await, [("2016-06-01".to_owned(), 61.0, None)]);
    let request = pb::ListMaturityRequest { organisation: "organisations/RZZ".into(), ..Default::default() };
    let refused = anyone.maturity().list_maturity(request).await.unwrap_err();
    assert_eq!(refusal(&refused), "NotFound ORGANISATION_NOT_FOUND");
}

async fn bad_entries_are_refused(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let programme = world.person(&[("RRV", Role::Lead)], &[exemplar_kernel::NetworkRole::Programme]).await;
    let emram = |date: &str, stage: f64| entry(pb::MaturityFramework::Emram, date, &[("overall", stage)]);
    let other = pb::Maturity { organisation: "organisations/RRV".into(), ..emram("2017-05-01", 5.0) };
    let other = record(&programme, other).await.unwrap();
    let correcting =
        |name: &str| pb::Maturity { corrects: name.to_owned(), reason: "because".into(), ..emram("2017-05-01", 5.0) };
    let answer = pb::MaturityScore { area: "medicines".into(), answer: "Perhaps".into(), ..Default::default() };
    for (maturity, expected) in [
        (emram("2018-08-07", 5.0), "InvalidArgument INVALID_REQUEST\n  maturity.date: is a day to come"),
        (emram("2017-05-01", 8.0), "InvalidArgument INVALID_REQUEST\n  maturity.scores[0].score: must be from 0 to 7"),
        (
            emram("2017-05-01", f64::NAN),
            "InvalidArgument INVALID_REQUEST\n  maturity.scores[0].score: must be from 0 to 7",
        ),
        (
            emram("2017-05-01", 5.5),
            "InvalidArgument INVALID_REQUEST\n  maturity.scores[0].score: is a stage and has no decimals",
        ),
        (
            entry(pb::MaturityFramework::Dma2023, "", &[("medicines", 0.5), ("overall", 2.345)]),
            "InvalidArgument INVALID_REQUEST\n  maturity.date: is missing\n  maturity.scores[0].area: is no area of DMA_2023\n  \
             maturity.scores[0].score: must be from 1 to 5\n  maturity.scores[1].score: has more than two decimals",
        ),
        (
            pb::Maturity {
                scores: vec![answer],
                reason: "because".into(),
                ..entry(pb::MaturityFramework::Dma2016, "2016-01-01", &[])
            },
            "InvalidArgument INVALID_REQUEST\n  maturity.scores[0].answer: is not an answer of the framework\n  \
             maturity.reason: is for corrections only",
        ),
        (
            pb::Maturity { organisation: "RGT".into(), corrects: "x".into(), ..Default::default() },
            "InvalidArgument INVALID_REQUEST\n  maturity.organisation: must look like organisations/{code}\n  \
             maturity.framework: is missing\n  maturity.date: is missing\n  maturity.made_by: is missing\n  \
             maturity.corrects: must look like maturity/{id}\n  maturity.reason: is missing",
        ),
        (
            pb::Maturity { organisation: "organisations/RZZ".into(), ..emram("2017-05-01", 5.0) },
            "NotFound ORGANISATION_NOT_FOUND",
        ),
        // An entry of another organisation is none to correct here.
        (correcting(&other.name), "NotFound MATURITY_NOT_FOUND"),
        (correcting("maturity/00000000-0000-7000-8000-000000000000"), "NotFound MATURITY_NOT_FOUND"),
    ] {
        assert_eq!(refusal(&record(&programme, maturity).await.unwrap_err()), expected);
    }
    let member = world.at("RGT", Role::Contributor).await;
    assert_eq!(refusal(&record(&member, emram("2017-05-01", 5.0)).await.unwrap_err()), "PermissionDenied ROLE_MISSING");
    assert_eq!(list(&programme).await, []);
}

async fn one_of_two_corrections_wins(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let emram = |stage: f64| entry(pb::MaturityFramework::Emram, "2017-05-01", &[("overall", stage)]);
    let wrong = record(&lead, emram(5.0)).await.unwrap();
    let races = (0..6).map(|stage| {
        let right = pb::Maturity { corrects: wrong.name.clone(), reason: "because".into(), ..emram(f64::from(stage)) };
        let lead = lead.clone();
        tokio::spawn(async move { record(&lead, right).await })
    });
    let mut won = 0;
    for race in races.collect::<Vec<_>>() {
        match race.await.unwrap() {
            Ok(_) => won += 1,
            Err(lost) => assert_eq!(refusal(&lost), "FailedPrecondition MATURITY_CORRECTED"),
        }
    }
    assert_eq!((won, list(&lead).await.len()), (1, 2));
}

/// Every call that tells of scores is about one organisation, which its request names, and nothing else holds a score.
fn no_call_ranks_organisations() {
    let set = prost_types::FileDescriptorSet::decode(exemplar_proto::DESCRIPTORS).unwrap();
    let holds = |message: &prost_types::DescriptorProto, name: &str| {
        message.field.iter().any(|field| field.type_name() == format!(".exemplar.directory.v1.{name}"))
    };
    for file in set.file.iter().filter(|file| file.package().starts_with("exemplar.")) {
        let scored: Vec<_> = file
            .message_type
            .iter()
            .filter(|message| ["Maturity", "MaturityScore", "MaturityPoint"].iter().any(|name| holds(message, name)))
            .map(prost_types::DescriptorProto::name)
            .collect();
        let known = [
            "Maturity",
            "MaturityPoint",
            "RecordMaturityRequest",
            "RecordMaturityResponse",
            "ListMaturityResponse",
            "GetMaturityTrendResponse",
        ];
        assert!(scored.iter().all(|name| known.contains(name)), "{scored:?}");
        for request in file
            .message_type
            .iter()
            .filter(|message| ["ListMaturityRequest", "GetMaturityTrendRequest"].contains(&message.name()))
        {
            let fields: Vec<_> = request.field.iter().map(prost_types::FieldDescriptorProto::name).collect();
            assert!(fields.contains(&"organisation") && !fields.contains(&"order_by"), "{fields:?}");
        }
    }
}
