//! Matching: suggestions that explain themselves; runs that repeat, prove and explain; what publishing proposes.

use exemplar_kernel::Role;
use exemplar_kernel::journal;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1::{
    self as pb, DesignationKind as Named, FitFactor as Factor, MatchingSolver as Solver,
};
use exemplar_tests::{Actor, Database, World};

use crate::pairings::told;
use crate::partnerships::{WHY, accept, everything, propose};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("matchings::suggestions_explain_themselves", suggestions_explain_themselves);
    suite.each("matchings::a_preview_repeats_and_changes_nothing", a_preview_repeats_and_changes_nothing);
    suite.each("matchings::a_published_run_proposes_and_can_be_checked", a_published_run_proposes_and_can_be_checked);
    suite.each("matchings::pairs_that_must_land_together", pairs_that_must_land_together);
    suite.each("matchings::who_was_left_behind_is_placed_first", who_was_left_behind_is_placed_first);
    suite.each("matchings::bad_input_changes_nothing", bad_input_changes_nothing);
}

const ROLE: &str = "PermissionDenied ROLE_MISSING";

fn named(code: &str) -> String {
    format!("organisations/{code}")
}

fn names(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| named(code)).collect()
}

/// Organisations with their region, care setting, supplier and product.
async fn register(world: &World, rows: &[&str]) {
    let csv = format!("code,name,region,care_setting,epr_supplier,epr_product\n{}\n", rows.join("\n"));
    let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    world.programme().await.organisations().import_organisations(request).await.unwrap();
}

/// Three exemplars, two places each in two of them and one in the third, and four who would follow.
async fn scene(database: Database) -> (World, Actor) {
    let world = World::new(database).await;
    let rows = [
        "RGT,Cambridge,East of England,acute,Epic,Epic",
        "RBL,Wirral,North West,acute,Cerner,Millennium",
        "RW4,Mersey Care,North West,mental-health,RiO,RiO",
        "RRV,UCLH,London,acute,Epic,Epic",
        "REP,Liverpool Womens,North West,acute,Cerner,Millennium",
        "RW6,Pennine,North West,acute,Epic,Epic",
        "RLQ,Wye Valley,Midlands,acute,,",
    ];
    register(&world, &rows).await;
    for (code, capacity) in [("RGT", 2), ("RBL", 1), ("RW4", 2)] {
        world.designate(code, Named::GlobalExemplar, capacity).await;
    }
    let programme = world.programme().await;
    (world, programme)
}

fn setup(solver: Solver) -> pb::MatchingSetup {
    pb::MatchingSetup {
        followers: names(&["RW6", "RRV", "RLQ", "REP"]),
        exemplars: names(&["RGT", "RBL", "RW4"]),
        solver: solver.into(),
        seed: 2017,
        ..Default::default()
    }
}

async fn preview(by: &Actor, setup: pb::MatchingSetup) -> Result<pb::PreviewMatchingResponse, String> {
    told(by.matchings().preview_matching(pb::PreviewMatchingRequest { setup: Some(setup) }).await)
}

async fn publish(by: &Actor, setup: pb::MatchingSetup, digest: &str) -> Result<pb::PublishMatchingResponse, String> {
    let input_digest = digest.to_owned();
    let request = pb::PublishMatchingRequest { setup: Some(setup), input_digest, ..Default::default() };
    told(by.matchings().publish_matching(request).await)
}

async fn rank(by: &Actor, code: &str, partners: &[&str]) -> Result<pb::Ranking, String> {
    let (organisation, partners) = (named(code), names(partners));
    let request = pb::SubmitRankingRequest { organisation, partners, ..Default::default() };
    told(by.matchings().submit_ranking(request).await).map(|answer| answer.ranking.unwrap())
}

async fn verify(by: &Actor, certificate: &[u8]) -> pb::VerifyCertificateResponse {
    let request = pb::VerifyCertificateRequest { certificate: certificate.to_vec() };
    by.matchings().verify_certificate(request).await.unwrap().into_inner()
}

async fn suggest(by: &Actor, code: &str, wanted: Named, weights: &[(Factor, i32)]) -> pb::SuggestPartnersResponse {
    let weight = |(factor, weight): &(Factor, i32)| pb::FitWeight { factor: (*factor).into(), weight: *weight };
    let request = pb::SuggestPartnersRequest {
        organisation: named(code),
        wanted: wanted.into(),
        weights: weights.iter().map(weight).collect(),
        limit: 0,
    };
    by.matchings().suggest_partners(request).await.unwrap().into_inner()
}

/// Who lands where, as `FOLLOWER EXEMPLAR`.
fn pairs(run: &pb::MatchingRun) -> Vec<String> {
    let short = |name: &str| name.trim_start_matches("organisations/").to_owned();
    run.pairs.iter().map(|pair| format!("{} {}", short(&pair.follower), short(&pair.exemplar))).collect()
}

async fn head(world: &World) -> i64 {
    journal::head(world.services.db.read()).await.unwrap()
}

async fn suggestions_explain_themselves(database: Database) {
    let (world, programme) = scene(database).await;
    let member = world.at("RW6", Role::Member).await;
    let found = suggest(&member, "RW6", Named::GlobalExemplar, &[]).await;
    let order: Vec<_> = found.suggestions.iter().map(|found| found.organisation.as_str()).collect();
    assert_eq!(order, names(&["RGT", "RBL", "RW4"]), "the record system counts most");
    for suggestion in &found.suggestions {
        assert_eq!(suggestion.parts.len(), 7, "every factor shows its part");
        assert_eq!(suggestion.parts.iter().map(|part| part.points).sum::<i32>(), suggestion.score, "exactly");
        assert!(suggestion.parts.iter().all(|part| part.points == part.weight * part.value && !part.why.is_empty()));
        assert_eq!(suggestion.maximum, 100_000);
    }
    let best = &found.suggestions[0];
    let technology = best.parts.iter().find(|part| part.factor() == Factor::Technology).unwrap();
    assert_eq!(
        (technology.points, technology.why.to_lowercase().as_str(), technology.gain),
        (30_000, "both run epic", 0)
    );
    let geography = best.parts.iter().find(|part| part.factor() == Factor::Geography).unwrap();
    assert_eq!((geography.value, geography.change.as_str(), geography.gain), (400, "both were in one region", 9_000));
    assert!(best.why.to_lowercase().starts_with("both run epic; "), "{}", best.why);
    assert!(best.change.contains("points more if"), "{}", best.change);

    // Weights are the caller's: without the record system nearness decides, and a weight may be nothing.
    let near =
        suggest(&member, "RW6", Named::GlobalExemplar, &[(Factor::Technology, 0), (Factor::Geography, 100)]).await;
    assert_eq!(near.suggestions[0].organisation, named("RBL"));
    assert_eq!(near.weights.iter().map(|weight| weight.weight).sum::<i32>(), 155);
    let technology = near.suggestions[0].parts.iter().find(|part| part.factor() == Factor::Technology).unwrap();
    assert_eq!((technology.points, technology.gain), (0, 0));

    // Ineligible ones say why not.
    let lead = world.at("REP", Role::Lead).await;
    let propose = pb::ProposePairingRequest {
        exemplar: named("RBL"),
        partner: named("REP"),
        proposer: named("REP"),
        kind: pb::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    };
    lead.pairings().propose_pairing(propose).await.unwrap();
    world.designate("RRV", Named::GlobalExemplar, 0).await;
    let why_not = |found: &pb::SuggestPartnersResponse| -> Vec<_> {
        found.ineligible.iter().map(|one| (one.organisation.clone(), one.why.clone())).collect()
    };
    let found = suggest(&programme, "REP", Named::GlobalExemplar, &[]).await;
    let expected = [("RBL", "the two have a live pairing"), ("RRV", "it has no place left")];
    assert_eq!(why_not(&found), expected.map(|(code, why)| (named(code), why.to_owned())));
    let found = suggest(&programme, "RRV", Named::GlobalExemplar, &[]).await;
    assert_eq!(why_not(&found), [(named("RRV"), "it is the organisation itself".to_owned())]);

    let request = pb::SuggestPartnersRequest {
        organisation: named("REP"),
        wanted: 0,
        weights: vec![
            pb::FitWeight { factor: 1, weight: 101 },
            pb::FitWeight { factor: 1, weight: 1 },
            pb::FitWeight { factor: 99, weight: 1 },
        ],
        limit: 51,
    };
    let faults = "InvalidArgument INVALID_REQUEST\n  wanted: is missing\n  weights[0].weight: must be from 0 to 100\n  \
                  weights[1].factor: is there twice\n  weights[2].factor: is no factor of fit\n  limit: must be from 0 to 50";
    assert_eq!(told(programme.matchings().suggest_partners(request).await).unwrap_err(), faults);
}

async fn a_preview_repeats_and_changes_nothing(database: Database) {
    let (world, programme) = scene(database).await;
    let lead = world.person(&[("RLQ", Role::Lead), ("RGT", Role::Lead)], &[]).await;
    rank(&lead, "RLQ", &["RBL"]).await.unwrap();
    rank(&lead, "RGT", &["RRV", "RLQ"]).await.unwrap();
    let before = head(&world).await;
    for solver in [Solver::Stable, Solver::TotalFit] {
        let first = preview(&programme, setup(solver)).await.unwrap();
        let mut other_order = setup(solver);
        other_order.followers.reverse();
        other_order.exemplars.reverse();
        assert_eq!(preview(&programme, other_order).await.unwrap(), first, "the same bytes again, however it is asked");
        let run = first.run.clone().unwrap();
        assert!(run.proven && run.blocking.is_empty());
        let checked = verify(&world.anonymous().await, &first.certificate).await;
        assert!(checked.valid, "{checked:?}");
        assert_eq!((checked.certificate_digest, checked.published_here), (run.certificate_digest.clone(), false));
        let names: Vec<_> = checked.checks.iter().map(|check| check.check.as_str()).collect();
        let proof = if solver == Solver::Stable { "stability" } else { "total" };
        assert_eq!(names, ["form", "inputs", "lists", "result", proof, "reasons"]);

        // RGT lists RRV and RLQ only, RLQ only RBL: what is not listed is not acceptable.
        let found = pairs(&run);
        assert!(found.contains(&"RRV RGT".to_owned()), "{found:?}");
        assert!(!found.contains(&"RW6 RGT".to_owned()) && !found.contains(&"RLQ RGT".to_owned()), "{found:?}");
        let text = String::from_utf8(first.certificate.clone()).unwrap();
        let certificate: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&certificate["inputs"]["seed"], &certificate["input_digest"]),
            (&"2017".into(), &run.input_digest.into())
        );
        assert_eq!(certificate["inputs"]["weights"]["TECHNOLOGY"], 30);
        let why = &certificate["explanations"];
        assert_eq!(why.as_array().unwrap().len(), 7, "everybody is told why, and why not");

        // Whatever is changed in it, the check says so.
        for (from, to) in [("\"2017\"", "\"2018\""), ("RRV", "RRX"), ("\"exemplar\":\"RGT\"", "\"exemplar\":null")] {
            assert!(!verify(&programme, text.replacen(from, to, 1).as_bytes()).await.valid, "{from} for {to}");
        }
        assert!(!verify(&programme, b"{}").await.valid);
        let spaced = format!("{text} ");
        assert!(!verify(&programme, spaced.as_bytes()).await.valid, "one canonical form");
    }
    assert_eq!(head(&world).await, before, "a preview leaves no trace");
    assert_eq!(
        told(programme.matchings().list_matchings(pb::ListMatchingsRequest::default()).await).unwrap().matchings,
        []
    );
}

async fn a_published_run_proposes_and_can_be_checked(database: Database) {
    let (world, programme) = scene(database).await;
    let seen = preview(&programme, setup(Solver::Stable)).await.unwrap();
    let digest = seen.run.clone().unwrap().input_digest;
    let lead = world.at("REP", Role::Lead).await;
    rank(&lead, "REP", &["RBL", "RGT"]).await.unwrap();
    assert_eq!(publish(&programme, setup(Solver::Stable), &digest).await.unwrap_err(), "Aborted MATCHING_CHANGED");
    let digest = preview(&programme, setup(Solver::Stable)).await.unwrap().run.unwrap().input_digest;
    let before = head(&world).await;
    let request = pb::PublishMatchingRequest {
        setup: Some(setup(Solver::Stable)),
        input_digest: digest.clone(),
        request_id: "the-matching".into(),
        ..Default::default()
    };
    let published = told(programme.matchings().publish_matching(request.clone()).await).unwrap();
    assert_eq!(told(programme.matchings().publish_matching(request).await).unwrap(), published, "once");
    let run = published.run.clone().unwrap();
    assert_eq!((run.input_digest.as_str(), run.proven), (digest.as_str(), true));
    let placed: Vec<_> = run.pairs.iter().filter(|pair| !pair.exemplar.is_empty()).collect();
    assert_eq!(placed.len(), published.pairings.len());
    assert!(!placed.is_empty());
    for (pair, name) in placed.iter().zip(&published.pairings) {
        let request = pb::GetPairingRequest { name: name.clone() };
        let pairing = programme.pairings().get_pairing(request).await.unwrap().into_inner().pairing.unwrap();
        assert_eq!((&pairing.exemplar, &pairing.partner), (&pair.exemplar, &pair.follower));
        assert_eq!((&pairing.proposer, pairing.state()), (&pair.follower, pb::PairingState::Proposed));
        assert!(pairing.message.contains(&run.name));
    }
    let verbs: Vec<_> = journal::read(world.services.db.read(), before, 100).await.unwrap();
    let verbs: Vec<_> = verbs.iter().map(|entry| entry.verb.as_str()).collect();
    assert_eq!(verbs[0], "network.matching.publish");
    assert!(verbs[1..].iter().all(|verb| *verb == "network.pairing.propose") && verbs.len() == 1 + placed.len());

    let anyone = world.anonymous().await;
    let get = || pb::GetCertificateRequest { name: run.name.clone() };
    let kept = told(anyone.matchings().get_certificate(get()).await).unwrap();
    assert_eq!(kept.run.unwrap(), run);
    let checked = verify(&anyone, &kept.certificate).await;
    assert!(checked.valid && checked.published_here, "{checked:?}");
    // What it was run over is in it, and makes the same bytes again.
    let certificate: exemplar_network::Certificate = serde_json::from_slice(&kept.certificate).unwrap();
    assert_eq!(exemplar_network::Certificate::issue(certificate.inputs.clone()).bytes(), kept.certificate);
    let listed = told(anyone.matchings().list_matchings(pb::ListMatchingsRequest::default()).await).unwrap().matchings;
    assert_eq!(listed.iter().map(|listed| &listed.name).collect::<Vec<_>>(), [&run.name]);

    // Those who have a live pairing now are no longer for each other.
    let next = preview(&programme, setup(Solver::Stable)).await.unwrap().run.unwrap();
    assert!(placed.iter().all(|pair| !next.pairs.contains(pair)), "{next:?}");
}

async fn who_was_left_behind_is_placed_first(database: Database) {
    let (world, programme) = scene(database).await;
    let for_one_place = |solver: Solver| pb::MatchingSetup {
        followers: names(&["RW6", "REP"]),
        exemplars: names(&["RBL"]),
        solver: solver.into(),
        seed: 2017,
        ..Default::default()
    };
    let placed = async |solver: Solver| pairs(&preview(&programme, for_one_place(solver)).await.unwrap().run.unwrap());
    for solver in [Solver::Stable, Solver::TotalFit] {
        assert_eq!(placed(solver).await, ["REP RBL", "RW6 "], "the same record system, and the same region");
    }
    let (exemplar, follower) = (everything(&world, "RGT").await, everything(&world, "RW6").await);
    let pairing = propose(&follower, "RGT", "RW6", "RW6").await.unwrap().name;
    accept(&exemplar, &pairing).await.unwrap();
    let withdraw = pb::WithdrawPairingRequest { name: pairing, reason: WHY.to_owned(), ..Default::default() };
    told(exemplar.pairings().withdraw_pairing(withdraw).await).unwrap();
    for solver in [Solver::Stable, Solver::TotalFit] {
        assert_eq!(placed(solver).await, ["REP ", "RW6 RBL"], "whoever was left behind comes first");
        let document = preview(&programme, for_one_place(solver)).await.unwrap().certificate;
        assert!(verify(&programme, &document).await.valid);
    }
}

async fn pairs_that_must_land_together(database: Database) {
    let (world, programme) = scene(database).await;
    let together = vec![pb::OrganisationPair { one: named("RW6"), other: named("RRV") }];
    let exclusions = vec![pb::OrganisationPair { one: named("RLQ"), other: named("RW4") }];
    for solver in [Solver::Stable, Solver::TotalFit] {
        let setup = pb::MatchingSetup { together: together.clone(), exclusions: exclusions.clone(), ..setup(solver) };
        let found = preview(&programme, setup).await.unwrap();
        let run = found.run.unwrap();
        let place = |code: &str| run.pairs.iter().find(|pair| pair.follower == named(code)).unwrap().exemplar.clone();
        assert_eq!((place("RW6"), place("RRV")), (named("RGT"), named("RGT")), "both run Epic");
        assert_ne!(place("RLQ"), named("RW4"));
        assert!(verify(&programme, &found.certificate).await.valid);
    }

    // Cambridge holds the pair: Liverpool Women's drives one of them out, so both go, and Wye Valley takes the free place
    // from Wirral, which Liverpool Women's likes better: then Cambridge has room for the pair again. Nothing is stable.
    let lead = world.person(&["RGT", "RBL", "RW6", "RRV", "REP", "RLQ"].map(|code| (code, Role::Lead)), &[]).await;
    for (code, partners) in [
        ("RGT", &["RW6", "REP", "RRV", "RLQ"][..]),
        ("RBL", &["RLQ", "REP"]),
        ("RW6", &["RGT"]),
        ("RRV", &["RGT"]),
        ("REP", &["RBL", "RGT"]),
        ("RLQ", &["RGT", "RBL"]),
    ] {
        rank(&lead, code, partners).await.unwrap();
    }
    let unstable =
        pb::MatchingSetup { exemplars: names(&["RGT", "RBL"]), together: together.clone(), ..setup(Solver::Stable) };
    let found = preview(&programme, unstable.clone()).await.unwrap();
    let run = found.run.unwrap();
    assert!(!run.proven && !run.blocking.is_empty(), "{run:?}");
    let checked = verify(&programme, &found.certificate).await;
    assert!(checked.valid, "it says who is left blocking, and that is so: {checked:?}");
    assert_eq!(publish(&programme, unstable.clone(), "").await.unwrap_err(), "FailedPrecondition MATCHING_UNPROVEN");
    let request =
        pb::PublishMatchingRequest { setup: Some(unstable.clone()), accept_unproven: true, ..Default::default() };
    told(programme.matchings().publish_matching(request).await).unwrap();
    // Without the wish to be together there is a stable outcome again.
    let apart = pb::MatchingSetup { together: vec![], ..unstable };
    assert!(preview(&programme, apart).await.unwrap().run.unwrap().proven);
}

async fn bad_input_changes_nothing(database: Database) {
    let (world, programme) = scene(database).await;
    let lead = world.at("REP", Role::Lead).await;
    let anyone = world.anonymous().await;
    let before = head(&world).await;
    let with = |change: &dyn Fn(&mut pb::MatchingSetup)| {
        let mut setup = setup(Solver::Stable);
        change(&mut setup);
        setup
    };
    let pair = |one: &str, other: &str| pb::OrganisationPair { one: named(one), other: named(other) };
    let nothing = pb::MatchingSetup::default();
    for (by, setup, expected) in [
        (&lead, with(&|_| ()), ROLE),
        (&anyone, with(&|_| ()), "Unauthenticated NOT_SIGNED_IN"),
        (&programme, with(&|setup| setup.followers.push(named("RZZ"))), "NotFound ORGANISATION_NOT_FOUND"),
        (
            &programme,
            with(&|setup| {
                setup.exemplars = names(&["RGT", "RBL", "RW4"])[..1].iter().cloned().chain([named("RX1")]).collect()
            }),
            "NotFound ORGANISATION_NOT_FOUND",
        ),
        (
            &programme,
            with(&|setup| {
                setup.followers.retain(|follower| *follower != named("REP"));
                setup.exemplars.push(named("REP"));
            }),
            "FailedPrecondition NOT_DESIGNATED",
        ),
        (
            &programme,
            nothing,
            "InvalidArgument INVALID_REQUEST\n  setup.followers: is missing\n  setup.exemplars: is missing",
        ),
        (
            &programme,
            with(&|setup| {
                setup.followers.push(named("RGT"));
                setup.exclusions.push(pair("RGT", "REP"));
                setup.together.extend([pair("REP", "RW4"), pair("RW6", "RRV"), pair("RRV", "RLQ")]);
            }),
            "InvalidArgument INVALID_REQUEST\n  setup.exemplars[0]: RGT takes part already\n  setup.exclusions[0]: must \
             be a follower and an exemplar of this run\n  setup.together[0]: must be two followers of this run\n  \
             setup.together[2]: names somebody a second time",
        ),
    ] {
        let context = format!("{setup:?}");
        assert_eq!(preview(by, setup.clone()).await.unwrap_err(), expected, "{context}");
        assert_eq!(publish(by, setup, "").await.unwrap_err(), expected, "{context}");
    }
    assert_eq!(rank(&lead, "RGT", &["REP"]).await.unwrap_err(), ROLE);
    let faults =
        "InvalidArgument INVALID_REQUEST\n  partners[0]: is the organisation itself\n  partners[1]: is not registered";
    assert_eq!(rank(&lead, "REP", &["REP", "RZZ"]).await.unwrap_err(), faults);
    let get = |code: &str| pb::GetRankingRequest { organisation: named(code) };
    assert_eq!(told(lead.matchings().get_ranking(get("REP")).await).unwrap_err(), "NotFound RANKING_NOT_FOUND");
    assert_eq!(told(programme.matchings().get_ranking(get("REP")).await).unwrap_err(), ROLE, "rankings are private");
    let name = "matchings/01a200c6-0d7c-7fd5-99aa-6132283c91eb".to_owned();
    let missing = told(anyone.matchings().get_certificate(pb::GetCertificateRequest { name }).await).unwrap_err();
    assert_eq!(missing, "NotFound MATCHING_NOT_FOUND");
    assert_eq!(head(&world).await, before, "no refusal leaves a trace");
}
