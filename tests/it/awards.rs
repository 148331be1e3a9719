//! Money: awards, tranches that wait for their ground, matches; one clear reason for whatever is wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use exemplar_kernel::{Role, journal};
use exemplar_proto::network::v1 as pb;
use exemplar_tests::{Actor, Database};

use crate::pairings::told;
use crate::partnerships::{ROLE, STATE, activate, add, agree, end, milestone, named, pair, reach};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("awards::money_waits_for_its_ground", money_waits_for_its_ground);
    suite.each("awards::bad_money_has_one_clear_reason", bad_money_has_one_clear_reason);
    suite.each("awards::who_may_not_know_of_a_pairing_sees_no_money", who_may_not_know_of_a_pairing_sees_no_money);
}

const UNSIGNED: &str = "FailedPrecondition AGREEMENT_UNSIGNED";
const UNMET: &str = "FailedPrecondition MILESTONE_UNMET";

#[expect(clippy::unnecessary_wraps, reason = "messages hold it so")]
pub(crate) fn pounds(minor_units: i64) -> Option<pb::Money> {
    Some(pb::Money { minor_units, currency: "GBP".into() })
}

#[expect(clippy::unnecessary_wraps, reason = "messages hold it so")]
pub(crate) fn source() -> Option<pb::Source> {
    Some(pb::Source { text: "HSJ".into(), date: "2017-09-01".into() })
}

pub(crate) fn award_of(codes: &[&str], pairing: &str, cap: i64) -> pb::Award {
    pb::Award {
        organisations: codes.iter().map(|code| named(code)).collect(),
        pairing: pairing.to_owned(),
        cap: pounds(cap),
        source: source(),
        ..Default::default()
    }
}

pub(crate) async fn create(by: &Actor, award: pb::Award) -> Result<pb::Award, String> {
    let request = pb::CreateAwardRequest { award: Some(award), ..Default::default() };
    told(by.funding().create_award(request).await).map(|answer| answer.award.unwrap())
}

pub(crate) async fn plan(by: &Actor, award: &str, tranche: pb::Tranche) -> Result<pb::Award, String> {
    let request = pb::PlanTrancheRequest { award: award.into(), tranche: Some(tranche), ..Default::default() };
    told(by.funding().plan_tranche(request).await).map(|answer| answer.award.unwrap())
}

pub(crate) fn tranche(kind: pb::TrancheKind, minor: i64, milestone: i32) -> pb::Tranche {
    pb::Tranche { kind: kind.into(), amount: pounds(minor), milestone, source: source(), ..Default::default() }
}

async fn approve(by: &Actor, award: &str, number: i32) -> Result<pb::Award, String> {
    let request = pb::ApproveTrancheRequest { award: award.into(), number, ..Default::default() };
    told(by.funding().approve_tranche(request).await).map(|answer| answer.award.unwrap())
}

async fn pay(by: &Actor, award: &str, number: i32) -> Result<pb::Award, String> {
    let request =
        pb::PayTrancheRequest { award: award.into(), number, reference: "BACS 1".into(), ..Default::default() };
    told(by.funding().pay_tranche(request).await).map(|answer| answer.award.unwrap())
}

async fn offer(by: &Actor, award: &str, matched: pb::Match) -> Result<pb::Award, String> {
    let request = pb::RecordMatchRequest { award: award.into(), r#match: Some(matched), ..Default::default() };
    told(by.funding().record_match(request).await).map(|answer| answer.award.unwrap())
}

pub(crate) async fn awards(by: &Actor, filter: &str) -> Vec<pb::Award> {
    let request = pb::ListAwardsRequest { filter: filter.to_owned(), ..Default::default() };
    told(by.funding().list_awards(request).await).unwrap().awards
}

async fn money_waits_for_its_ground(database: Database) {
    let pair = pair(database).await;
    let (programme, follower, name) = (&pair.programme, &pair.follower, &pair.name);
    let anyone = pair.world.anonymous().await;
    let wanted = pb::Award {
        capital: pounds(400_000_000),
        revenue: pounds(100_000_000),
        track: pb::AwardTrack::Months42.into(),
        ..award_of(&["REP"], name, 500_000_000)
    };
    let made = create(programme, wanted.clone()).await.unwrap();
    assert_eq!((made.track(), &made.cap, &made.capital), (pb::AwardTrack::Months42, &wanted.cap, &wanted.capital));
    assert_eq!((&made.revenue, &made.source), (&wanted.revenue, &wanted.source));
    let award = made.name;
    add(follower, name, milestone("Go live", pb::PairingSide::Partner, "2018-12-31", "")).await.unwrap();
    for wanted in [
        tranche(pb::TrancheKind::Upfront, 100_000_000, 0),
        tranche(pb::TrancheKind::Milestone, 300_000_000, 1),
        tranche(pb::TrancheKind::Final, 100_000_000, 0),
    ] {
        plan(programme, &award, wanted).await.unwrap();
    }
    let shown = awards(&anyone, &format!("pairing = {name}")).await.swap_remove(0);
    assert_eq!(shown.track(), pb::AwardTrack::Months42, "everybody can read on which track");
    let blocked: Vec<_> = shown.tranches.iter().map(|tranche| tranche.blocked_by.join("; ")).collect();
    let unsigned = format!("no revision of the agreement of {name} is signed by all");
    let unmet = "milestone 1 is not reached with evidence";
    let missing = "the match is GBP 0.00, less than the award of GBP 5,000,000.00";
    let expected = [unsigned.clone(), format!("{unsigned}; {unmet}"), format!("{unsigned}; {unmet}; {missing}")];
    assert_eq!(blocked, expected);
    for number in [1, 2, 3] {
        assert_eq!(approve(programme, &award, number).await.unwrap_err(), UNSIGNED, "{number}");
    }
    agree(&pair).await;
    activate(follower, name).await.unwrap();
    assert_eq!(pay(programme, &award, 1).await.unwrap_err(), "FailedPrecondition TRANCHE_STATE", "not approved");
    approve(programme, &award, 1).await.unwrap();
    let settled = pay(programme, &award, 1).await.unwrap();
    assert_eq!((settled.paid_total, settled.tranches[0].note.as_str()), (pounds(100_000_000), "BACS 1"));
    assert_eq!(pay(programme, &award, 1).await.unwrap_err(), "FailedPrecondition TRANCHE_STATE", "not twice");
    for number in [2, 3] {
        assert_eq!(approve(programme, &award, number).await.unwrap_err(), UNMET);
    }
    reach(follower, name, 1).await.unwrap();
    approve(programme, &award, 2).await.unwrap();
    assert_eq!(approve(programme, &award, 3).await.unwrap_err(), "FailedPrecondition MATCH_MISSING");
    // Days of staff are a match when they are worth it.
    let days = |staff_days| pb::Match {
        organisation: named("REP"),
        staff_days,
        day_rate: pounds(50_000),
        source: source(),
        ..Default::default()
    };
    let half = offer(follower, &award, days(9_999)).await.unwrap();
    assert_eq!((half.match_met, half.match_total), (false, pounds(499_950_000)));
    let whole = offer(follower, &award, days(1)).await.unwrap();
    assert_eq!((whole.match_met, whole.matches[0].amount.clone()), (true, pounds(499_950_000)));
    approve(programme, &award, 3).await.unwrap();
    // A pairing that comes to nothing takes the money with it, even what is approved.
    end(follower, name).await.unwrap();
    for number in [2, 3] {
        assert_eq!(pay(programme, &award, number).await.unwrap_err(), STATE);
    }
    let shown = awards(&anyone, "organisation = organisations/REP").await.swap_remove(0);
    assert_eq!(shown.tranches[2].blocked_by, [format!("{name} is ENDED")]);
    assert_eq!(shown.paid_total, pounds(100_000_000));
}

async fn bad_money_has_one_clear_reason(database: Database) {
    let pair = pair(database).await;
    let (programme, exemplar, follower, name) = (&pair.programme, &pair.exemplar, &pair.follower, &pair.name);
    let euros = |minor_units| Some(pb::Money { minor_units, currency: "EUR".into() });
    let good = || award_of(&["REP"], name, 1000);
    let award = create(programme, good()).await.unwrap().name;
    let before = journal::head(pair.world.services.db.read()).await.unwrap();
    let unknown = format!("pairings/{}", uuid::Uuid::nil());
    for (by, wanted, expected) in [
        (follower, good(), ROLE),
        (programme, award_of(&["RZZ"], name, 1000), "NotFound ORGANISATION_NOT_FOUND"),
        (programme, award_of(&["REP"], &unknown, 1000), "NotFound PAIRING_NOT_FOUND"),
        (
            programme,
            pb::Award { capital: pounds(500), revenue: euros(500), ..good() },
            "InvalidArgument MIXED_CURRENCIES",
        ),
        (programme, pb::Award { capital: pounds(500), revenue: pounds(499), ..good() }, "InvalidArgument AWARD_PARTS"),
        (
            programme,
            pb::Award { cap: Some(pb::Money { minor_units: 0, currency: "gbp".into() }), source: None, ..good() },
            "InvalidArgument INVALID_REQUEST\n  award.cap.currency: must be a code of ISO 4217, like GBP\n  \
             award.cap.minor_units: must be more than 0\n  award.source.text: is missing\n  award.source.date: is missing",
        ),
    ] {
        assert_eq!(create(by, wanted).await.unwrap_err(), expected);
    }
    let upfront = || tranche(pb::TrancheKind::Upfront, 1000, 0);
    for (by, wanted, expected) in [
        (exemplar, upfront(), ROLE),
        (programme, pb::Tranche { amount: euros(1), ..upfront() }, "InvalidArgument MIXED_CURRENCIES"),
        (programme, tranche(pb::TrancheKind::Upfront, 1001, 0), "FailedPrecondition AWARD_EXCEEDED"),
        (programme, tranche(pb::TrancheKind::Milestone, 1, 9), "NotFound MILESTONE_NOT_FOUND"),
        (
            programme,
            tranche(pb::TrancheKind::Final, -1, 9),
            "InvalidArgument INVALID_REQUEST\n  tranche.amount.minor_units: must be more than 0\n  tranche.milestone: is \
             for a tranche that waits for a milestone only",
        ),
    ] {
        assert_eq!(plan(by, &award, wanted).await.unwrap_err(), expected);
    }
    let cash =
        |code: &str, amount| pb::Match { organisation: named(code), amount, source: source(), ..Default::default() };
    for (by, wanted, expected) in [
        (exemplar, cash("RQ6", pounds(1)), ROLE),
        (
            programme,
            cash("RQ6", pounds(1)),
            "InvalidArgument INVALID_REQUEST\n  match.organisation: does not receive this award",
        ),
        (follower, cash("REP", euros(1)), "InvalidArgument MIXED_CURRENCIES"),
        (
            follower,
            pb::Match { staff_days: 1, ..cash("REP", pounds(1)) },
            "InvalidArgument INVALID_REQUEST\n  match.amount: follows from the staff days; leave it out\n  \
             match.day_rate: is missing",
        ),
    ] {
        assert_eq!(offer(by, &award, wanted).await.unwrap_err(), expected);
    }
    let nothing = format!("awards/{}", uuid::Uuid::nil());
    assert_eq!(plan(programme, &nothing, upfront()).await.unwrap_err(), "NotFound AWARD_NOT_FOUND");
    assert_eq!(approve(programme, &award, 1).await.unwrap_err(), "NotFound TRANCHE_NOT_FOUND");
    assert_eq!(journal::head(pair.world.services.db.read()).await.unwrap(), before, "a refusal leaves no trace");
}

async fn who_may_not_know_of_a_pairing_sees_no_money(database: Database) {
    let pair = pair(database).await;
    let lead = pair.world.at("RBL", Role::Lead).await;
    let hidden = crate::partnerships::propose(&pair.exemplar, "RQ6", "RBL", "RQ6").await.unwrap().name;
    let secret = create(&pair.programme, award_of(&["RBL"], &hidden, 1)).await.unwrap();
    let public = create(&pair.programme, award_of(&["RBL"], "", 1)).await.unwrap();
    let names = async |by: &Actor| awards(by, "").await.into_iter().map(|award| award.name).collect::<Vec<_>>();
    for by in [&pair.programme, &pair.exemplar, &lead] {
        assert_eq!(names(by).await.len(), 2);
    }
    for by in [&pair.follower, &pair.world.anonymous().await] {
        assert_eq!(names(by).await, std::slice::from_ref(&public.name));
        let get = async |name: &str| told(by.funding().get_award(pb::GetAwardRequest { name: name.into() }).await);
        let unknown = format!("awards/{}", uuid::Uuid::nil());
        let none = "NotFound AWARD_NOT_FOUND";
        assert_eq!(
            (get(&secret.name).await.unwrap_err(), get(&unknown).await.unwrap_err()),
            (none.into(), none.into())
        );
    }
}
