//! Money: what is payable and why something is not.

use exemplar_kernel::{Currency, Fault as _, Money};
use proptest::prelude::*;
use time::macros::date;

use super::{after, id, organisation, standing};
use crate::model::award::Grounds;
use crate::{
    Award, AwardId, Error, Milestone, NewAward, NewMilestone, NewTranche, Offer, Pairing, PairingState, Part, Side,
    Source, TrancheKind, TrancheState,
};

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::GBP)
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").unwrap())
}

fn source() -> Source {
    Source { text: "HSJ".to_owned(), date: date!(2017 - 09 - 01) }
}

fn award() -> Award {
    let new = NewAward {
        organisations: vec![organisation("REP")],
        pairing: Some(id()),
        track: None,
        cap: pounds(500),
        parts: Some((pounds(300), pounds(200))),
        source: source(),
    };
    Award::record(AwardId::new(id().uuid()), new, after(0)).unwrap()
}

fn tranche(kind: TrancheKind, amount: Money) -> NewTranche {
    let milestone = (kind == TrancheKind::Milestone).then_some(1);
    NewTranche { kind, amount, part: None, milestone, source: source() }
}

fn milestone(met: bool) -> Milestone {
    let (title, due) = ("Go live".to_owned(), date!(2018 - 01 - 01));
    let open = Milestone::add(id(), 1, NewMilestone { title, owner: Side::Partner, due, event: None }, after(0));
    if met { open.meet("minutes of the board".to_owned(), None, after(1)).unwrap() } else { open }
}

fn grounds(pairing: Pairing, met: bool) -> Grounds {
    Grounds { pairing: Some(pairing), milestones: vec![milestone(met)] }
}

fn approve(award: Award, grounds: &Grounds) -> Result<Award, &'static str> {
    award.approve(1, grounds, after(5)).map_err(|error| error.reason())
}

#[test]
fn nothing_flows_before_its_ground_is_there() {
    use PairingState::{Active, Agreed, Completed, DueDiligence, Ended, Withdrawn};
    use TrancheKind::{Final, Milestone, Upfront};
    for (kind, state, met, expected) in [
        (Upfront, DueDiligence, true, Err("AGREEMENT_UNSIGNED")),
        (Upfront, Agreed, false, Ok(())),
        (Upfront, Completed, false, Ok(())),
        (Upfront, Ended, false, Err("PAIRING_STATE")),
        (Upfront, Withdrawn, false, Err("PAIRING_STATE")),
        (Milestone, DueDiligence, true, Err("AGREEMENT_UNSIGNED")),
        (Milestone, Active, false, Err("MILESTONE_UNMET")),
        (Milestone, Active, true, Ok(())),
        (Final, Active, false, Err("MILESTONE_UNMET")),
        (Final, Active, true, Err("MATCH_MISSING")),
    ] {
        let grounds = grounds(standing(state), met);
        let planned = award().plan(tranche(kind, pounds(100)), &grounds, after(2)).unwrap();
        let found = approve(planned.clone(), &grounds);
        assert_eq!(found.as_ref().map(|_| ()).map_err(|reason| *reason), expected, "{kind} {state} {met}");
        let blocks = planned.blocks_in_words(&grounds).unwrap();
        assert_eq!(blocks.is_empty(), expected.is_ok(), "what is shown is what is done: {blocks:?}");
    }
    let unpaired = award().plan(tranche(Upfront, pounds(1)), &Grounds::default(), after(2)).unwrap();
    assert_eq!(approve(unpaired, &Grounds::default()).unwrap_err(), "AGREEMENT_UNSIGNED");
}

#[test]
fn days_of_staff_are_a_match_when_they_are_worth_it() {
    let grounds = grounds(standing(PairingState::Active), true);
    let planned = award().plan(tranche(TrancheKind::Final, pounds(500)), &grounds, after(2)).unwrap();
    let of = |offer| planned.clone().matched(organisation("REP"), offer, source());
    let staff = |days, rate| Offer::Staff { days, rate: pounds(rate) };
    assert!(!of(staff(49, 10)).unwrap().match_met().unwrap());
    let met = of(staff(50, 10)).unwrap();
    assert!(met.match_met().unwrap());
    let paid = met.approve(1, &grounds, after(3)).unwrap().pay(1, "BACS 1".to_owned(), &grounds, after(4)).unwrap();
    assert_eq!((paid.paid_total().unwrap(), paid.tranches[0].state), (pounds(500), TrancheState::Paid));
    let both = of(staff(25, 10)).unwrap().matched(organisation("REP"), Offer::Cash(pounds(250)), source()).unwrap();
    assert!(both.match_met().unwrap(), "cash and days add up");
    assert_eq!(of(Offer::Cash(euros(500))).unwrap_err().reason(), "MIXED_CURRENCIES");
    assert_eq!(of(Offer::Staff { days: 1, rate: euros(1) }).unwrap_err().reason(), "MIXED_CURRENCIES");
    assert_eq!(of(staff(2, i64::MAX)).unwrap_err().reason(), "MONEY_TOO_LARGE");
}

#[test]
fn an_award_is_of_one_currency_and_its_parts_are_the_cap() {
    let new = |cap, parts| NewAward {
        organisations: vec![organisation("REP")],
        pairing: None,
        track: None,
        cap,
        parts,
        source: source(),
    };
    let record = |cap, parts| Award::record(AwardId::new(id().uuid()), new(cap, parts), after(0));
    for (cap, parts, expected) in [
        (pounds(10), Some((pounds(5), pounds(4))), "AWARD_PARTS"),
        (pounds(10), Some((pounds(5), euros(5))), "MIXED_CURRENCIES"),
        (pounds(10), Some((euros(5), euros(5))), "MIXED_CURRENCIES"),
        (pounds(i64::MAX), Some((pounds(i64::MAX), pounds(1))), "MONEY_TOO_LARGE"),
    ] {
        assert_eq!(record(cap, parts).unwrap_err().reason(), expected);
    }
    let grounds = grounds(standing(PairingState::Active), true);
    let plan = |award: Award, amount, part| {
        let new = NewTranche { part, ..tranche(TrancheKind::Upfront, amount) };
        award.plan(new, &grounds, after(2))
    };
    assert_eq!(plan(award(), euros(1), None).unwrap_err().reason(), "MIXED_CURRENCIES");
    assert_eq!(plan(award(), pounds(501), None).unwrap_err().reason(), "AWARD_EXCEEDED");
    assert_eq!(plan(award(), pounds(301), Some(Part::Capital)).unwrap_err().reason(), "AWARD_EXCEEDED");
    let full = plan(award(), pounds(300), Some(Part::Capital)).unwrap();
    let full = plan(full, pounds(200), Some(Part::Revenue)).unwrap();
    assert_eq!(plan(full.clone(), pounds(1), None).unwrap_err().reason(), "AWARD_EXCEEDED");
    let freed = full.cancel(2, "not needed".to_owned(), after(3)).unwrap();
    assert_eq!(plan(freed, pounds(200), None).unwrap().tranches.len(), 3);
    let unknown = NewTranche { milestone: Some(9), ..tranche(TrancheKind::Milestone, pounds(1)) };
    assert_eq!(award().plan(unknown, &grounds, after(2)).unwrap_err().reason(), "MILESTONE_NOT_FOUND");
}

proptest! {
    #[test]
    fn whatever_is_tried_no_more_than_the_cap_is_paid_and_nothing_twice(
        tries in prop::collection::vec((0..5_u8, 1..200_i64, 1..6_i32), 0..60),
    ) {
        let grounds = grounds(standing(PairingState::Active), true);
        let mut award = award();
        for (what, amount, number) in tries {
            let now = after(2);
            let before = award.clone();
            let next: Result<Award, Error> = match what {
                0 | 1 => award.plan(tranche(TrancheKind::Upfront, pounds(amount)), &grounds, now),
                2 => award.approve(number, &grounds, now),
                3 => award.pay(number, "paid".to_owned(), &grounds, now),
                _ => award.cancel(number, "no".to_owned(), now),
            };
            award = next.unwrap_or(before.clone());
            let paid = |award: &Award| award.paid_total().unwrap().minor;
            prop_assert!(paid(&before) <= paid(&award), "what is paid stays paid");
            prop_assert!(paid(&award) <= award.cap.minor);
            let standing = award.tranches.iter().filter(|tranche| tranche.state != TrancheState::Cancelled);
            prop_assert!(standing.map(|tranche| tranche.amount.minor).sum::<i64>() <= award.cap.minor);
        }
    }
}
