//! Rounds: the call, expressions of interest, blind scores, moderation, decisions, publication at the declared level.

use std::collections::BTreeSet;
use std::time::Duration;

use exemplar_kernel::journal;
use exemplar_kernel::{Role, Timestamp};
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named, ExpressionState as State, RoundDisclosure};
use exemplar_tests::{Actor, Database, World};

use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("rounds::the_round_of_2016_replays", the_round_of_2016_replays);
    suite.each("rounds::scores_are_blind_and_moderated", scores_are_blind_and_moderated);
    suite.each("rounds::bad_input_changes_nothing", bad_input_changes_nothing);
    suite.each("rounds::as_much_is_public_as_was_declared", as_much_is_public_as_was_declared);
}

const DAY: Duration = Duration::from_hours(24);
const NO_ROUND: &str = "NotFound ROUND_NOT_FOUND";
const NONE: &str = "NotFound EXPRESSION_NOT_FOUND";
const ROLE: &str = "PermissionDenied ROLE_MISSING";
const ROUND_STATE: &str = "FailedPrecondition ROUND_STATE";

/// Invited in August 2016 (the trusts' own announcements; shared data `trusts.csv`).
const INVITED: [&str; 26] = [
    "RCF", "RBS", "RLN", "RJL", "RVW", "RQ6", "RM3", "RWJ", "RTD", "RBL", "RGT", "RTG", "RX1", "RL4", "RRK", "RGR",
    "RQM", "RJ1", "RQX", "RYJ", "RAL", "RTH", "RBA", "RA7", "RHM", "RYR",
];
/// Named in September 2016; the last, Luton and Dunstable, was not among the 26.
const FIRST: [&str; 12] = ["RLN", "RQ6", "RM3", "RBL", "RRK", "RGR", "RAL", "RTH", "RBA", "RA7", "RHM", "RC9"];
/// Four more acute trusts by March 2017.
const MORE: [&str; 4] = ["RBS", "RTD", "RGT", "RYJ"];
/// Mental health, April 2017.
const MENTAL: [&str; 7] = ["RWX", "RXT", "RW4", "RX4", "RNU", "RV5", "R1A"];
/// Ambulances, January 2018.
const AMBULANCE: [&str; 3] = ["RYE", "RYA", "RX6"];

fn named(code: &str) -> String {
    format!("organisations/{code}")
}

fn names(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| named(code)).collect()
}

fn criterion(code: &str, weight: i32) -> pb::RoundCriterion {
    pb::RoundCriterion { code: code.into(), title: code.into(), description: String::new(), weight }
}

/// A round that opens tomorrow and is open for a day; the three capabilities of 2016.
fn call(now: Timestamp, invited: &[&str]) -> pb::Round {
    let invitation = |code: &&str| pb::RoundInvitation { organisation: named(code), reason: String::new() };
    pb::Round {
        title: "Global digital exemplars".into(),
        designation: Named::GlobalExemplar.into(),
        criteria: vec![criterion("records", 3), criterion("sharing", 2), criterion("security", 1)],
        invitations: invited.iter().map(invitation).collect(),
        open_door: invited.is_empty(),
        open_time: Some(now.plus(DAY).into()),
        close_time: Some(now.plus(2 * DAY).into()),
        disclosure: RoundDisclosure::Scores.into(),
        score_max: 10,
        moderation_percent: 20,
        ..Default::default()
    }
}

async fn create(programme: &Actor, round: pb::Round) -> pb::Round {
    let request = pb::CreateRoundRequest { round: Some(round), ..Default::default() };
    programme.rounds().create_round(request).await.unwrap().into_inner().round.unwrap()
}

async fn round(by: &Actor, name: &str) -> pb::Round {
    let request = pb::GetRoundRequest { name: name.into() };
    by.rounds().get_round(request).await.unwrap().into_inner().round.unwrap()
}

fn expression(round: &str, codes: &[&str]) -> pb::SubmitExpressionRequest {
    let evidence =
        |code: &str| pb::CriterionEvidence { criterion: code.into(), text: format!("What we do on {code}.") };
    pb::SubmitExpressionRequest {
        round: round.into(),
        organisations: names(codes),
        statement: "We lead and would teach.".into(),
        evidence: ["records", "sharing", "security"].map(evidence).into(),
        ..Default::default()
    }
}

async fn submit(by: &Actor, request: pb::SubmitExpressionRequest) -> Result<pb::Expression, String> {
    told(by.rounds().submit_expression(request).await).map(|answer| answer.expression.unwrap())
}

async fn assign(by: &Actor, name: &str, scorers: &[&Actor]) -> Result<pb::Expression, String> {
    let scorers = scorers.iter().map(|scorer| scorer.id.to_string()).collect();
    let request = pb::AssignScorersRequest { name: name.into(), scorers, ..Default::default() };
    told(by.rounds().assign_scorers(request).await).map(|answer| answer.expression.unwrap())
}

fn points(given: [i32; 3]) -> Vec<pb::CriterionPoints> {
    let codes = ["records", "sharing", "security"];
    codes.into_iter().zip(given).map(|(code, points)| pb::CriterionPoints { criterion: code.into(), points }).collect()
}

async fn score(by: &Actor, name: &str, given: [i32; 3]) -> Result<pb::Expression, String> {
    let (name, points) = (name.into(), points(given));
    let request = pb::SubmitScoreRequest { name, points, comment: "I looked.".into(), ..Default::default() };
    told(by.rounds().submit_score(request).await).map(|answer| answer.expression.unwrap())
}

async fn moderate(by: &Actor, name: &str, given: [i32; 3]) -> Result<pb::Expression, String> {
    let (name, points, reason) = (name.into(), points(given), "One had misread it.".into());
    let request = pb::ModerateExpressionRequest { name, points, reason, ..Default::default() };
    told(by.rounds().moderate_expression(request).await).map(|answer| answer.expression.unwrap())
}

fn decision(name: &str, chosen: bool) -> pb::DecideExpressionRequest {
    let (name, reason) = (name.into(), if chosen { "It leads.".into() } else { "Others lead.".into() });
    pb::DecideExpressionRequest { name, chosen, reason, capacity: i32::from(chosen) * 2, ..Default::default() }
}

async fn decide(by: &Actor, request: pb::DecideExpressionRequest) -> Result<pb::Expression, String> {
    told(by.rounds().decide_expression(request).await).map(|answer| answer.expression.unwrap())
}

async fn publish(by: &Actor, name: &str, day: &str) -> Result<pb::PublishRoundResponse, String> {
    let request = pb::PublishRoundRequest { name: name.into(), start_date: day.into(), ..Default::default() };
    told(by.rounds().publish_round(request).await)
}

async fn get(by: &Actor, name: &str) -> Result<pb::Expression, String> {
    told(by.rounds().get_expression(pb::GetExpressionRequest { name: name.into() }).await)
        .map(|answer| answer.expression.unwrap())
}

async fn list(by: &Actor, round: &str) -> Vec<pb::Expression> {
    let request = pb::ListExpressionsRequest { round: round.into(), ..Default::default() };
    by.rounds().list_expressions(request).await.unwrap().into_inner().expressions
}

async fn head(world: &World) -> i64 {
    journal::head(world.services.db.read()).await.unwrap()
}

/// The organisations that have the designation.
async fn exemplars(by: &Actor) -> BTreeSet<String> {
    let filter = "kind = GLOBAL_EXEMPLAR".to_owned();
    let request = pb::ListDesignationsRequest { filter, page_size: 200, ..Default::default() };
    let found = by.designations().list_designations(request).await.unwrap().into_inner().designations;
    found.into_iter().map(|designation| designation.organisation).collect()
}

/// One round from its call to its publication: those of `expressions` that are in `chosen` are named.
async fn run(world: &World, name: &str, expressions: &[&[&str]], chosen: &[&str], day: &str) -> Vec<String> {
    let programme = world.programme().await;
    let scorers = [world.person(&[], &[]).await, world.person(&[], &[]).await];
    let leaders: Vec<_> = expressions.iter().map(|codes| (codes[0], Role::Lead)).collect();
    let lead = world.person(&leaders, &[]).await;
    let mut submitted = Vec::new();
    for codes in expressions {
        submitted.push((submit(&lead, expression(name, codes)).await.unwrap().name, chosen.contains(&codes[0])));
    }
    world.clock.advance(DAY);
    for (name, chosen) in &submitted {
        assign(&programme, name, &[&scorers[0], &scorers[1]]).await.unwrap();
        let given = if *chosen { [9, 8, 8] } else { [6, 6, 7] };
        for scorer in &scorers {
            score(scorer, name, given).await.unwrap();
        }
        decide(&programme, decision(name, *chosen)).await.unwrap();
    }
    let published = publish(&programme, name, day).await.unwrap();
    assert_eq!(published.round.unwrap().state(), pb::RoundState::Published);
    assert!(
        published.designations.iter().all(|made| made.start_date == day && made.capacity == 2 && made.source == name)
    );
    published.designations.into_iter().map(|made| made.organisation).collect()
}

async fn the_round_of_2016_replays(database: Database) {
    let world = World::with(database, |settings| settings.sessions.access_minutes = 60 * 24 * 30).await;
    let programme = world.programme().await;
    let all: Vec<&str> = INVITED.iter().chain(&FIRST[11..]).chain(&MENTAL).chain(&AMBULANCE).copied().collect();
    world.organisations(&all).await;
    let made = create(&programme, call(world.clock.now(), &INVITED)).await;
    assert_eq!((made.state(), made.invitations.len()), (pb::RoundState::Planned, 26));
    let early = world.at("RCF", Role::Lead).await;
    assert_eq!(submit(&early, expression(&made.name, &["RCF"])).await.unwrap_err(), ROUND_STATE, "it is not open yet");
    world.clock.advance(DAY);
    assert_eq!(round(&early, &made.name).await.state(), pb::RoundState::Open, "the clock opens it");

    // Luton is not among the 26: it takes an invitation of its own, with a reason that stays with the round.
    let luton = world.at("RC9", Role::Lead).await;
    let refused = submit(&luton, expression(&made.name, &["RC9"])).await.unwrap_err();
    assert_eq!(refused, "FailedPrecondition NOT_INVITED");
    let reason = "Named in September 2016 without having been among the 26.".to_owned();
    let invite = pb::InviteToRoundRequest {
        name: made.name.clone(),
        organisation: named("RC9"),
        reason: reason.clone(),
        ..Default::default()
    };
    let invited = programme.rounds().invite_to_round(invite).await.unwrap().into_inner().round.unwrap();
    assert_eq!(invited.invitations.len(), 27);
    let late: Vec<_> = invited.invitations.iter().filter(|invitation| !invitation.reason.is_empty()).collect();
    assert_eq!(late, [&pb::RoundInvitation { organisation: named("RC9"), reason }]);

    let entered: Vec<[&str; 1]> = INVITED.iter().chain(&FIRST[11..]).map(|code| [*code]).collect();
    let entered: Vec<&[&str]> = entered.iter().map(<[&str; 1]>::as_slice).collect();
    let twelve = run(&world, &made.name, &entered, &FIRST, "2016-09-07").await;
    assert_eq!(BTreeSet::from_iter(twelve), names(&FIRST).into_iter().collect());
    assert_eq!(list(&early, &made.name).await.len(), 13, "the twelve are public, and their own expression");
    assert_eq!(list(&world.anonymous().await, &made.name).await.len(), 12);

    // Four more acute trusts, Imperial together with Chelsea and Westminster, which itself is not designated.
    let again = create(&programme, call(world.clock.now(), &["RBS", "RTD", "RGT", "RYJ", "RQM"])).await.name;
    world.clock.advance(DAY);
    let imperial = world.at("RYJ", Role::Lead).await;
    let joint = submit(&imperial, expression(&again, &["RYJ", "RQM"])).await.unwrap();
    let lead = world.person(&[("RBS", Role::Lead), ("RTD", Role::Lead), ("RGT", Role::Lead)], &[]).await;
    let mut entered = vec![(joint.name, names(&["RYJ"]))];
    for code in ["RBS", "RTD", "RGT"] {
        entered.push((submit(&lead, expression(&again, &[code])).await.unwrap().name, vec![]));
    }
    world.clock.advance(DAY);
    let scorers = [world.person(&[], &[]).await, world.person(&[], &[]).await];
    for (name, designated) in entered {
        assign(&programme, &name, &[&scorers[0], &scorers[1]]).await.unwrap();
        for scorer in &scorers {
            score(scorer, &name, [8, 8, 8]).await.unwrap();
        }
        decide(&programme, pb::DecideExpressionRequest { designated, ..decision(&name, true) }).await.unwrap();
    }
    publish(&programme, &again, "2017-03-01").await.unwrap();
    let acute: BTreeSet<String> = names(&FIRST).into_iter().chain(names(&MORE)).collect();
    assert_eq!(acute.len(), 16);
    assert_eq!(exemplars(&programme).await, acute);

    for (codes, day) in [(&MENTAL[..], "2017-04-01"), (&AMBULANCE[..], "2018-01-26")] {
        let next = create(&programme, call(world.clock.now(), codes)).await.name;
        world.clock.advance(DAY);
        let entered: Vec<[&str; 1]> = codes.iter().map(|code| [*code]).collect();
        let entered: Vec<&[&str]> = entered.iter().map(<[&str; 1]>::as_slice).collect();
        assert_eq!(run(&world, &next, &entered, codes, day).await.len(), codes.len());
    }
    assert_eq!(exemplars(&programme).await.len(), 16 + 7 + 3);
}

/// A closed round with one expression, its two scorers assigned.
struct Scored {
    world: World,
    programme: Actor,
    lead: Actor,
    scorers: [Actor; 2],
    round: String,
    name: String,
}

async fn scored(database: Database, disclosure: RoundDisclosure) -> Scored {
    let world = World::with(database, |settings| settings.sessions.access_minutes = 60 * 24 * 30).await;
    world.organisations(&["RQ6", "REP", "RBL"]).await;
    let programme = world.programme().await;
    let call = pb::Round { disclosure: disclosure.into(), ..call(world.clock.now(), &["RQ6", "REP", "RBL"]) };
    let round = create(&programme, call).await.name;
    world.clock.advance(DAY);
    let lead = world.at("RQ6", Role::Lead).await;
    let name = submit(&lead, expression(&round, &["RQ6", "REP"])).await.unwrap().name;
    world.clock.advance(DAY);
    let scorers = [world.person(&[], &[]).await, world.at("RBL", Role::Lead).await];
    assign(&programme, &name, &[&scorers[0], &scorers[1]]).await.unwrap();
    Scored { world, programme, lead, scorers, round, name }
}

async fn scores_are_blind_and_moderated(database: Database) {
    let Scored { world, programme, lead, scorers, round, name } = scored(database, RoundDisclosure::Scores).await;
    let sheets = |expression: &pb::Expression| -> Vec<(String, i64)> {
        expression.sheets.iter().map(|sheet| (sheet.scorer.clone(), sheet.total)).collect()
    };
    let [one, other] = scorers.each_ref().map(|scorer| scorer.id.to_string());
    let first = score(&scorers[0], &name, [10, 5, 0]).await.unwrap();
    assert_eq!(sheets(&first), [(one.clone(), 40)], "3 x 10 + 2 x 5 + 1 x 0");
    assert_eq!(first.sheets[0].maximum, 60);
    assert_eq!(sheets(&get(&scorers[1], &name).await.unwrap()), [(other.clone(), 0)], "the other sees its own only");
    assert_eq!(score(&scorers[0], &name, [1, 1, 1]).await.unwrap_err(), "AlreadyExists SCORE_EXISTS");
    let missing = "FailedPrecondition SCORES_MISSING";
    assert_eq!(decide(&programme, decision(&name, true)).await.unwrap_err(), missing);
    assert_eq!(moderate(&programme, &name, [5, 5, 5]).await.unwrap_err(), missing);
    let second = score(&scorers[1], &name, [5, 5, 2]).await.unwrap();
    assert_eq!(sheets(&second), [(one.clone(), 40), (other.clone(), 27)], "both are in, both are seen");
    assert_eq!(sheets(&get(&lead, &name).await.unwrap()), [], "nothing is told before the round is published");

    // 13 of 60 points apart is more than the round's 20 %.
    assert_eq!(decide(&programme, decision(&name, true)).await.unwrap_err(), "FailedPrecondition MODERATION_NEEDED");
    let moderated = moderate(&programme, &name, [8, 5, 1]).await.unwrap();
    assert_eq!(moderated.moderation.unwrap().total, 35);
    decide(&programme, decision(&name, false)).await.unwrap();
    let decided = decide(&programme, decision(&name, true)).await.unwrap();
    assert_eq!((decided.state(), decided.designated.clone()), (State::Chosen, names(&["RQ6", "REP"])));
    let own = get(&lead, &name).await.unwrap();
    assert_eq!((own.state(), own.reason.as_str(), own.moderation), (State::Submitted, "", None));
    assert_eq!(get(&world.anonymous().await, &name).await.unwrap_err(), NONE);
    assert_eq!(list(&world.at("RBL", Role::Member).await, &round).await, []);

    let late = assign(&programme, &name, &[&scorers[0], &lead]).await.unwrap_err();
    assert_eq!(late, "FailedPrecondition CONFLICT_OF_INTEREST");
    let published = publish(&programme, &round, "").await.unwrap();
    let dates: Vec<_> = published.designations.iter().map(|made| made.start_date.as_str()).collect();
    assert_eq!(dates, ["2018-08-08"; 2], "from the day of the publication on");
    assert_eq!(publish(&programme, &round, "").await.unwrap_err(), ROUND_STATE);
    let own = get(&lead, &name).await.unwrap();
    assert_eq!((own.state(), own.reason.as_str(), own.moderation.unwrap().total), (State::Chosen, "It leads.", 35));
    assert!(own.sheets.iter().all(|sheet| sheet.scorer.is_empty() && sheet.comment.is_empty()));

    let entries = journal::read(world.services.db.read(), 0, 500).await.unwrap();
    let of: Vec<_> = entries.iter().filter(|entry| entry.resource == name).map(|entry| entry.verb.as_str()).collect();
    let verbs = ["submit", "assign_scorers", "score", "score", "moderate", "decide", "decide"];
    assert_eq!(of, verbs.map(|verb| format!("network.expression.{verb}")));
}

async fn bad_input_changes_nothing(database: Database) {
    let Scored { world, programme, lead, scorers, round: closed, name } =
        scored(database, RoundDisclosure::Chosen).await;
    let anyone = world.anonymous().await;
    let open = create(&programme, call(world.clock.now(), &[])).await.name;
    let mental = pb::Round { care_settings: vec!["mental health".into()], ..call(world.clock.now(), &[]) };
    let mental = create(&programme, mental).await.name;
    world.clock.advance(DAY);
    let other = world.person(&[("REP", Role::Lead), ("RBL", Role::Member)], &[]).await;
    let taking_part = submit(&other, expression(&open, &["REP"])).await.unwrap();
    let stranger = world.at("RBL", Role::Lead).await;
    let before = head(&world).await;

    let mut twice = expression(&open, &["RQ6"]);
    twice.evidence[1].criterion = "records".into();
    let faults = "InvalidArgument INVALID_REQUEST\n  evidence[1].criterion: is there twice\n  evidence: lacks the criterion sharing";
    for (by, request, expected) in [
        (&lead, expression(&closed, &["RQ6"]), ROUND_STATE),
        (&lead, expression(&open, &["RQ6", "REP"]), "AlreadyExists EXPRESSION_EXISTS"),
        (&lead, expression(&open, &["RQ6", "RZZ"]), "NotFound ORGANISATION_NOT_FOUND"),
        (&lead, expression(&open, &["RBL"]), ROLE),
        (&anyone, expression(&open, &["RQ6"]), "Unauthenticated NOT_SIGNED_IN"),
        (&lead, expression(&mental, &["RQ6"]), "FailedPrecondition NOT_ELIGIBLE"),
        (&lead, expression("rounds/01a200c6-0d7c-7fd5-99aa-6132283c91eb", &["RQ6"]), NO_ROUND),
        (&lead, twice, faults),
    ] {
        let context = format!("{request:?}");
        assert_eq!(submit(by, request).await.unwrap_err(), expected, "{context}");
    }
    assert_eq!(score(&scorers[0], &name, [11, 0, 0]).await.unwrap_err(), "InvalidArgument SCORE_OUT_OF_SCALE");
    assert_eq!(score(&scorers[0], &name, [0, 0, -1]).await.unwrap_err(), "InvalidArgument SCORE_OUT_OF_SCALE");
    assert_eq!(score(&lead, &name, [1, 1, 1]).await.unwrap_err(), ROLE);
    assert_eq!(score(&other, &name, [1, 1, 1]).await.unwrap_err(), ROLE);
    assert_eq!(score(&stranger, &name, [1, 1, 1]).await.unwrap_err(), NONE);
    assert_eq!(assign(&lead, &name, &[&scorers[0], &scorers[1]]).await.unwrap_err(), ROLE);
    let twice = assign(&programme, &name, &[&scorers[0], &scorers[0]]).await.unwrap_err();
    assert_eq!(twice, "InvalidArgument INVALID_REQUEST\n  scorers[1]: is there twice");
    let conflict = assign(&programme, &name, &[&scorers[0], &other]).await.unwrap_err();
    assert_eq!(conflict, "FailedPrecondition CONFLICT_OF_INTEREST", "{:?}", other.id);
    assert_eq!(publish(&programme, &closed, "").await.unwrap_err(), "FailedPrecondition DECISIONS_MISSING");
    assert_eq!(publish(&programme, &open, "").await.unwrap_err(), ROUND_STATE);
    assert_eq!(publish(&lead, &closed, "").await.unwrap_err(), ROLE);
    let withdraw = |name: &str| pb::WithdrawExpressionRequest {
        name: name.into(),
        reason: "We merge.".into(),
        ..Default::default()
    };
    let late = told(lead.rounds().withdraw_expression(withdraw(&name)).await).unwrap_err();
    assert_eq!(late, ROUND_STATE, "the round has closed");
    let foreign = told(lead.rounds().withdraw_expression(withdraw(&taking_part.name)).await).unwrap_err();
    assert_eq!(foreign, NONE, "what is not known cannot be withdrawn");
    let upside_down = pb::Round {
        close_time: Some(world.clock.now().into()),
        criteria: vec![criterion("records", 0), criterion("records", 1)],
        score_max: 0,
        ..call(world.clock.now(), &["RQ6"])
    };
    let request = pb::CreateRoundRequest { round: Some(upside_down), ..Default::default() };
    let faults = "InvalidArgument INVALID_REQUEST\n  round.criteria[0].weight: must be from 1 to 100\n  \
                  round.score_max: must be from 1 to 100\n  round.close_time: must be after the round opens\n  \
                  round.criteria[1].code: is there twice";
    assert_eq!(told(programme.rounds().create_round(request).await).unwrap_err(), faults);
    assert_eq!(head(&world).await, before, "no refusal leaves a trace");

    // Taken back, it frees its organisation for another, together or alone.
    let gone = told(other.rounds().withdraw_expression(withdraw(&taking_part.name)).await).unwrap();
    assert_eq!(gone.expression.unwrap().state(), State::Withdrawn);
    submit(&lead, expression(&open, &["RQ6", "REP"])).await.unwrap();
}

async fn as_much_is_public_as_was_declared(database: Database) {
    for disclosure in [RoundDisclosure::Chosen, RoundDisclosure::Scores, RoundDisclosure::Everything] {
        let world = World::with(database, |settings| settings.sessions.access_minutes = 60 * 24 * 30).await;
        world.organisations(&["RQ6", "REP"]).await;
        let programme = world.programme().await;
        let call = pb::Round { disclosure: disclosure.into(), ..call(world.clock.now(), &["RQ6", "REP"]) };
        let round = create(&programme, call).await.name;
        world.clock.advance(DAY);
        run(&world, &round, &[&["RQ6"], &["REP"]], &["RQ6"], "2018-09-01").await;
        let public = list(&world.anonymous().await, &round).await;
        let mut seen: Vec<_> = public
            .iter()
            .map(|seen| (seen.organisations[0].as_str(), seen.state(), seen.reason.as_str(), seen.sheets.len()))
            .collect();
        // Both were entered in one millisecond: either may be the newest.
        seen.sort_by_key(|(organisation, ..)| std::cmp::Reverse(*organisation));
        let chosen = |sheets| ("organisations/RQ6", State::Chosen, "It leads.", sheets);
        let expected = match disclosure {
            RoundDisclosure::Chosen => vec![chosen(0)],
            RoundDisclosure::Scores => vec![chosen(2)],
            _ => vec![chosen(2), ("organisations/REP", State::NotChosen, "Others lead.", 2)],
        };
        assert_eq!(seen, expected);
        for expression in &public {
            assert_eq!(
                (expression.statement.as_str(), expression.evidence.len()),
                ("", 0),
                "what was handed in is theirs"
            );
            assert!(expression.sheets.iter().all(|sheet| sheet.scorer.is_empty() && sheet.comment.is_empty()));
            assert_eq!(get(&world.anonymous().await, &expression.name).await.unwrap(), *expression);
        }
    }
}
