//! What becomes of pairings when organisations merge; files in and out; the network as a picture.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named};
use exemplar_tests::{Actor, Database, World};

use crate::awards::{award_of, awards, create, plan, tranche};
use crate::pairings::told;
use crate::partnerships::{accept, draft, everything, get, named, propose, sign, until};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("mergers::luton_and_bedford", luton_and_bedford);
    suite.each("mergers::a_successor_carries_everything_on", a_successor_carries_everything_on);
    suite.each(
        "mergers::an_ended_designation_goes_over_for_what_it_holds",
        an_ended_designation_goes_over_for_what_it_holds,
    );
    suite.each("mergers::the_real_network_comes_from_its_file", the_real_network_comes_from_its_file);
    suite.each("mergers::files_are_judged_before_anything_is_written", files_are_judged_before_anything_is_written);
    suite.each("mergers::a_picture_costs_the_same_however_large", a_picture_costs_the_same_however_large);
    suite.each("mergers::a_region_as_a_picture", a_region_as_a_picture);
}

const REAL: &str = include_str!("../../services/server/demo/pairings.csv");

async fn succeed(programme: &Actor, predecessor: &str, successor: &str, date: &str) {
    let succession = directory::Succession {
        predecessor: named(predecessor),
        successor: named(successor),
        date: date.to_owned(),
        ..Default::default()
    };
    let request = directory::RecordSuccessionRequest { succession: Some(succession), ..Default::default() };
    told(programme.organisations().record_succession(request).await).unwrap();
}

async fn of(by: &Actor, code: &str) -> Vec<pb::Pairing> {
    let filter = format!("organisation = organisations/{code}");
    let request = pb::ListPairingsRequest { filter, ..Default::default() };
    told(by.pairings().list_pairings(request).await).unwrap().pairings
}

async fn places(by: &Actor, code: &str) -> (i32, i32) {
    let filter = format!("organisation = organisations/{code} AND kind = GLOBAL_EXEMPLAR");
    let request = pb::ListDesignationsRequest { filter, ..Default::default() };
    let found = told(by.designations().list_designations(request).await).unwrap().designations;
    found.first().map_or((0, 0), |found| (found.taken, found.capacity))
}

/// A pairing of these two that is agreed.
async fn agreed(exemplar: &Actor, of: &str, follower: &Actor, with: &str) -> String {
    let name = propose(follower, of, with, with).await.unwrap().name;
    accept(exemplar, &name).await.unwrap();
    draft(exemplar, &name, of, "We share.").await.unwrap();
    sign(exemplar, &name, of, 1).await.unwrap();
    sign(follower, &name, with, 1).await.unwrap();
    name
}

async fn luton_and_bedford(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RC9", "RC1", "RBL"]).await;
    world.designate("RC9", Named::GlobalExemplar, 2).await;
    let (luton, bedford) = (everything(&world, "RC9").await, everything(&world, "RC1").await);
    let programme = world.programme().await;
    let name = agreed(&luton, "RC9", &bedford, "RC1").await;
    create(&programme, award_of(&["RC1"], &name, 500_000_000)).await.unwrap();
    // Known beforehand, it changes nothing before its day.
    succeed(&programme, "RC1", "RC9", "2018-08-20").await;
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(get(&programme, &name).await.pairing.unwrap().state(), pb::PairingState::Agreed);
    world.clock.advance(Duration::from_hours(14 * 24));
    let anyone = world.anonymous().await;
    let ended = until(async || {
        let found = get(&anyone, &name).await.pairing.unwrap();
        (found.state() == pb::PairingState::Completed).then_some(found)
    })
    .await;
    let why =
        "organisations/RC1 became part of organisations/RC9 on 20 August 2018: the two sides are one organisation";
    assert_eq!((ended.outcome(), ended.reason.as_str()), (pb::PairingOutcome::Merged, why));
    assert_eq!((ended.exemplar.as_str(), ended.partner.as_str()), ("organisations/RC9", "organisations/RC1"));
    let held: Vec<_> = ended.holders.iter().map(|held| (held.side(), held.organisation.as_str())).collect();
    let (exemplar, partner) = (pb::PairingSide::Exemplar, pb::PairingSide::Partner);
    let expected = [(exemplar, "organisations/RC9"), (partner, "organisations/RC1"), (partner, "organisations/RC9")];
    assert_eq!(held, expected);
    assert_eq!(ended.holders[1].end_time, ended.holders[2].start_time);
    assert!(ended.holders[1].end_time.is_some());
    assert_eq!(places(&anyone, "RC9").await, (0, 2));
    for code in ["RC1", "RC9"] {
        assert_eq!(of(&anyone, code).await.iter().map(|pairing| &pairing.name).collect::<Vec<_>>(), [&name], "{code}");
        let found = awards(&anyone, &format!("organisation = organisations/{code}")).await;
        assert_eq!(found[0].organisations, ["organisations/RC9"], "{code}: the money follows");
    }
}

async fn a_successor_carries_everything_on(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REM", "REP", "RVW", "RBL"]).await;
    world.designate("RQ6", Named::GlobalExemplar, 2).await;
    world.designate("REM", Named::GlobalExemplar, 1).await;
    let (royal, aintree) = (everything(&world, "RQ6").await, everything(&world, "REM").await);
    let (womens, tees) = (everything(&world, "REP").await, everything(&world, "RVW").await);
    let programme = world.programme().await;
    let first = agreed(&royal, "RQ6", &womens, "REP").await;
    let twin = agreed(&aintree, "REM", &tees, "RVW").await;
    let second = propose(&royal, "RQ6", "RVW", "RQ6").await.unwrap().name;
    accept(&tees, &second).await.unwrap();
    let open = propose(&royal, "RQ6", "RBL", "RQ6").await;
    assert_eq!(open.unwrap_err(), "FailedPrecondition CAPACITY_FULL");
    let award = create(&programme, award_of(&["RQ6"], &first, 1000)).await.unwrap().name;
    plan(&programme, &award, tranche(pb::TrancheKind::Upfront, 1000, 0)).await.unwrap();
    succeed(&programme, "RQ6", "REM", "2018-08-01").await;
    let anyone = world.anonymous().await;
    let carried = until(async || {
        let found = get(&anyone, &first).await.pairing.unwrap();
        (found.exemplar == "organisations/REM").then_some(found)
    })
    .await;
    assert_eq!((carried.state(), carried.agreement_revision), (pb::PairingState::Agreed, 1), "what is signed holds");
    // The two with the same third one are one: the older keeps on, the other ends with the reason.
    let merged = get(&anyone, &second).await.pairing.unwrap();
    let why = format!("carried on in {twin}: organisations/REM took over organisations/RQ6");
    assert_eq!((merged.state(), merged.reason), (pb::PairingState::Completed, why));
    assert_eq!(places(&anyone, "RQ6").await, (0, 2), "what was stays as it was");
    assert_eq!(places(&anyone, "REM").await, (2, 3), "with the places of both");
    let names = async |code: &str| {
        let mut found: Vec<_> = of(&anyone, code).await.into_iter().map(|pairing| pairing.name).collect();
        found.sort();
        found
    };
    let mut royals = vec![first.clone(), second.clone()];
    royals.sort();
    assert_eq!(names("RQ6").await, royals, "the old code resolves to its own");
    let mut all = vec![first.clone(), second, twin];
    all.sort();
    assert_eq!(names("REM").await, all);
    // The successor's people act; the predecessor's do no longer.
    let activate = async |by: &Actor| crate::partnerships::activate(by, &first).await;
    assert_eq!(activate(&royal).await.unwrap_err(), crate::partnerships::ROLE);
    activate(&aintree).await.unwrap();
    let steps = crate::partnerships::steps(&programme, &first).await;
    assert!(steps.iter().any(|step| step.step == "succeed" && step.organisation == "organisations/REM"), "{steps:?}");
    // What is recorded later of the time before is carried on, too.
    let csv = "exemplar,partner,kind,proposed,accepted,source\nRQ6,RBL,exemplar-follower,2017-09-01,2017-09-01,HSJ\n";
    let request = pb::ImportPairingsRequest { csv: csv.into(), ..Default::default() };
    told(programme.pairings().import_pairings(request).await).unwrap();
    let late = of(&anyone, "RBL").await.swap_remove(0);
    assert_eq!(late.exemplar, "organisations/REM");
    assert_eq!(places(&anyone, "REM").await, (3, 3));
    let verdict = exemplar_kernel::journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, exemplar_kernel::journal::Verdict::Whole { .. }));
}

async fn an_ended_designation_goes_over_for_what_it_holds(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REM", "REP", "RBL"]).await;
    world.designate("REM", Named::GlobalExemplar, 3).await;
    let lead = world.person(&["RQ6", "REM", "REP", "RBL"].map(|code| (code, Role::Lead)), &[]).await;
    let programme = world.programme().await;
    let name = propose(&lead, "REM", "REP", "REP").await.unwrap().name;
    accept(&lead, &name).await.unwrap();
    let list = async || {
        let request = pb::ListDesignationsRequest { filter: "kind = GLOBAL_EXEMPLAR".into(), ..Default::default() };
        told(world.anonymous().await.designations().list_designations(request).await).unwrap().designations
    };
    let end = pb::EndDesignationRequest {
        name: list().await[0].name.clone(),
        end_date: "2018-06-01".into(),
        reason: "over".into(),
        ..Default::default()
    };
    told(programme.designations().end_designation(end).await).unwrap();
    succeed(&programme, "REM", "RQ6", "2018-08-20").await;
    world.clock.advance(Duration::from_hours(15 * 24));
    let anyone = world.anonymous().await;
    let holder = async || get(&anyone, &name).await.pairing.unwrap().exemplar;
    until(async || (holder().await == named("RQ6")).then_some(())).await;
    let mut held: Vec<_> = list().await.into_iter().map(|of| (of.organisation, of.end_date, of.taken)).collect();
    held.sort();
    let ended = || "2018-06-01".to_owned();
    assert_eq!(held, [(named("REM"), ended(), 0), (named("RQ6"), ended(), 1)]);
    // It gives no place there, and frees the one that it holds.
    let lead = world.again(&lead).await;
    assert_eq!(propose(&lead, "RQ6", "RBL", "RBL").await.unwrap_err(), "FailedPrecondition NOT_DESIGNATED");
    let withdraw = pb::WithdrawPairingRequest { name: name.clone(), reason: "No.".into(), ..Default::default() };
    told(lead.pairings().withdraw_pairing(withdraw).await).unwrap();
    assert!(list().await.iter().all(|of| of.taken == 0));
}

async fn the_real_network_comes_from_its_file(database: Database) {
    let world = World::new(database).await;
    let mut codes: Vec<&str> = Vec::new();
    let mut exemplars: Vec<&str> = Vec::new();
    for line in REAL.lines().skip(1) {
        let mut cells = line.split(',');
        let (exemplar, partner) = (cells.next().unwrap(), cells.next().unwrap());
        exemplars.push(exemplar);
        codes.extend([exemplar, partner]);
    }
    for list in [&mut codes, &mut exemplars] {
        list.sort_unstable();
        list.dedup();
    }
    world.organisations(&codes).await;
    for code in exemplars.into_iter().chain(["RYE"]) {
        world.designate(code, Named::GlobalExemplar, 2).await;
    }
    world.designate("US-STANFORD", Named::InternationalPartner, 2).await;
    let (programme, anyone) = (world.programme().await, world.anonymous().await);
    let import = async |validate_only| {
        let request = pb::ImportPairingsRequest { csv: REAL.into(), validate_only, ..Default::default() };
        told(programme.pairings().import_pairings(request).await).unwrap()
    };
    let judged = import(true).await;
    assert_eq!((judged.sequence, of(&programme, "RBA").await.len()), (0, 0), "a dry run writes nothing");
    let done = import(false).await;
    assert_eq!(done.verdicts, judged.verdicts, "what was judged is what was done");
    assert!(done.verdicts.iter().all(|verdict| verdict.outcome() == pb::pairing_verdict::Outcome::Created));
    assert_eq!(done.verdicts.len(), 24);
    let again = import(false).await;
    assert!(again.verdicts.iter().all(|verdict| verdict.outcome() == pb::pairing_verdict::Outcome::Unchanged));
    assert_eq!(again.sequence, 0);
    // Blackpool was dropped before an agreement was signed: everybody sees it, and nothing is payable.
    let blackpool = of(&anyone, "RXL").await.swap_remove(0);
    assert_eq!(blackpool.state(), pb::PairingState::Withdrawn);
    assert!(blackpool.source.contains("digitalhealth.net"), "{blackpool:?}");
    let award = create(&programme, award_of(&["RXL"], &blackpool.name, 500_000_000)).await.unwrap().name;
    plan(&programme, &award, tranche(pb::TrancheKind::Upfront, 1, 0)).await.unwrap();
    let shown = awards(&anyone, "organisation = organisations/RXL").await.swap_remove(0);
    let unsigned = format!("no revision of the agreement of {} is signed by all", blackpool.name);
    assert_eq!(shown.tranches[0].blocked_by, [format!("{} is WITHDRAWN", blackpool.name), unsigned]);
    // And out again, page by page: the parts together are the document.
    let whole = async |by: &Actor, format: pb::DocumentFormat| {
        let (mut text, mut page_token) = (Vec::new(), String::new());
        loop {
            let request =
                pb::DownloadPairingsRequest { format: format.into(), page_size: 4, page_token, ..Default::default() };
            let part = told(by.pairings().download_pairings(request).await).unwrap();
            text.extend(part.content);
            page_token = part.next_page_token;
            if page_token.is_empty() {
                return String::from_utf8(text).unwrap();
            }
        }
    };
    let csv = whole(&programme, pb::DocumentFormat::Csv).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 24);
    assert!(rows.iter().all(|row| row[13].contains("http")), "each row has its source");
    assert!(rows.iter().any(|row| &row[1] == "RXL" && &row[4] == "dropped"));
    let json = whole(&anyone, pb::DocumentFormat::JsonLines).await;
    assert_eq!(json.lines().count(), 20, "what was never accepted is not everybody's");
    let again = pb::ImportPairingsRequest { csv: csv.into(), validate_only: true, ..Default::default() };
    let again = told(programme.pairings().import_pairings(again).await).unwrap();
    assert!(again.verdicts.iter().all(|verdict| verdict.outcome() == pb::pairing_verdict::Outcome::Unchanged));
}

async fn files_are_judged_before_anything_is_written(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    world.designate("RQ6", Named::GlobalExemplar, 1).await;
    let (programme, lead) = (world.programme().await, world.at("RQ6", Role::Lead).await);
    let csv = "exemplar,partner,kind,proposed,accepted,source\n\
               RQ6,REP,exemplar-follower,2017-09-01,2017-09-01,HSJ\n\
               RQ6,RBL,exemplar-follower,2017-09-01,2017-09-01,HSJ\n\
               RQ6,RQ6,exemplar-follower,2017-09-01,,HSJ\n\
               RQ6,RZZ,exemplar-follower,2017-09-01,,HSJ\n\
               RQ6,REP,exemplar-follower,2019-09-01,,\n";
    let import = async |by: &Actor, validate_only| {
        let request = pb::ImportPairingsRequest { csv: csv.into(), validate_only, ..Default::default() };
        told(by.pairings().import_pairings(request).await)
    };
    assert_eq!(import(&lead, true).await.unwrap_err(), crate::partnerships::ROLE);
    let judged = import(&programme, true).await.unwrap().verdicts;
    let faults: Vec<_> = judged.iter().map(|verdict| verdict.faults.join("; ")).collect();
    let expected = [
        "",
        "organisations/RQ6 has no place left as GLOBAL_EXEMPLAR",
        "organisations/RQ6 cannot be paired with itself",
        "organisations/RZZ is not registered",
        "source is missing",
    ];
    assert_eq!(faults[..3], expected[..3]);
    assert!(faults[3].contains("RZZ"), "{faults:?}");
    assert_eq!(faults[4], expected[4]);
    let refused = import(&programme, false).await.unwrap_err();
    assert!(
        refused.starts_with("InvalidArgument INVALID_REQUEST\n  csv line 3: organisations/RQ6 has no place"),
        "{refused}"
    );
    assert_eq!(refused.lines().count(), 5, "everything that is wrong with every row");
    assert_eq!(of(&programme, "RQ6").await, [], "all or nothing");
}

async fn a_picture_costs_the_same_however_large(database: Database) {
    let world = World::new(database).await;
    let followers = ["REP", "RVW", "RBL", "RRV", "RXL", "REN", "RE9", "RC1"];
    let exemplars = ["RQ6", "RTD"];
    world.organisations(&[followers.as_slice(), &exemplars].concat()).await;
    for code in exemplars {
        world.designate(code, Named::GlobalExemplar, 8).await;
    }
    let everybody = followers.iter().chain(&exemplars).map(|code| (*code, Role::Lead)).collect::<Vec<_>>();
    let lead = world.person(&everybody, &[]).await;
    let pair = async |exemplar: &str, partner: &str| {
        let name = propose(&lead, exemplar, partner, partner).await.unwrap().name;
        accept(&lead, &name).await.unwrap();
    };
    let anyone = world.anonymous().await;
    let look = async || {
        let found = anyone.network().get_network(pb::GetNetworkRequest::default()).await;
        told(found).unwrap().edges.len()
    };
    pair("RQ6", "REP").await;
    let (few, least) = crate::blueprints::cost(&world, look).await;
    for follower in &followers[1..] {
        pair("RQ6", follower).await;
        pair("RTD", follower).await;
    }
    let (many, most) = crate::blueprints::cost(&world, look).await;
    assert_eq!((few, many), (1, 15));
    assert!(least > 0 && least == most, "one pairing is drawn with {least} statements, fifteen with {most}");
}

async fn a_region_as_a_picture(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    let programme = world.programme().await;
    let csv = "code,name,region\nRTD,Newcastle,North East\nRR7,Gateshead,North East\n";
    let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    told(programme.organisations().import_organisations(request).await).unwrap();
    for code in ["RQ6", "RTD"] {
        world.designate(code, Named::GlobalExemplar, 3).await;
    }
    let lead = world.person(&["RQ6", "RTD", "REP", "RR7", "RBL"].map(|code| (code, Role::Lead)), &[]).await;
    let mut names = Vec::new();
    for (exemplar, partner) in [("RQ6", "REP"), ("RTD", "RR7"), ("RQ6", "RBL")] {
        world.clock.advance(Duration::from_secs(1));
        names.push(propose(&lead, exemplar, partner, partner).await.unwrap().name);
    }
    accept(&lead, &names[0]).await.unwrap();
    accept(&lead, &names[1]).await.unwrap();
    let look = async |region: &str, include_ended| {
        let request = pb::GetNetworkRequest { region: region.into(), include_ended, ..Default::default() };
        told(world.anonymous().await.network().get_network(request).await).unwrap()
    };
    let all = look("", false).await;
    let edges = |view: &pb::GetNetworkResponse| {
        view.edges.iter().map(|edge| edge.pairing.clone().unwrap().name).collect::<Vec<_>>()
    };
    assert_eq!(edges(&all), [names[1].clone(), names[0].clone()], "proposals are between the two");
    let nodes: Vec<_> = all.nodes.iter().map(|node| node.organisation.trim_start_matches("organisations/")).collect();
    assert_eq!(nodes, ["REP", "RQ6", "RR7", "RTD"]);
    let left = all.nodes[1].designations[0].capacity - all.nodes[1].designations[0].taken;
    assert_eq!((left, all.truncated), (2, false));
    assert_eq!(edges(&look("North East", false).await), [names[1].clone()]);
    assert_eq!(edges(&look("Nowhere", false).await), [""; 0]);
    let withdraw = pb::WithdrawPairingRequest { name: names[1].clone(), reason: "No.".into(), ..Default::default() };
    told(lead.pairings().withdraw_pairing(withdraw).await).unwrap();
    assert_eq!(edges(&look("North East", false).await), [""; 0]);
    assert_eq!(edges(&look("North East", true).await), [names[1].clone()]);
}
