//! Agreements, milestones, health, files.

use exemplar_kernel::journal::{Detail, Entry};
use exemplar_kernel::{Fault as _, PersonId, Violations};
use serde_json::json;
use time::Date;
use time::macros::date;

use super::{after, id, organisation, proposed, standing};
use crate::model::agreement::Scope;
use crate::model::health::health;
use crate::model::ledger::{self, Gift};
use crate::model::sheet;
use crate::{
    Agreement, Format, Health, Milestone, MilestoneEvent, MilestoneState, NewMilestone, PairingState, Side, Signature,
};

fn signature(code: &str) -> Signature {
    Signature { organisation: organisation(code), person: PersonId::new(id().uuid()), at: after(1) }
}

fn milestone(number: i32, due: Date) -> Milestone {
    let event = MilestoneEvent { verb: "blueprints.blueprint.publish".to_owned(), resource: None };
    let new = NewMilestone { title: "Publish".to_owned(), owner: Side::Partner, due, event: Some(event) };
    Milestone::add(id(), number, new, after(10))
}

#[test]
fn the_same_revision_or_it_is_not_signed() {
    let drafted = Agreement {
        revision: 2,
        text: "We share.".to_owned(),
        organisation: organisation("RQ6"),
        drafted: after(1),
        signatures: Vec::new(),
    };
    let both = [organisation("REP"), organisation("RQ6")];
    assert_eq!(drafted.missing(&both), both);
    for read in [1, 3] {
        assert_eq!(drafted.clone().sign(read, signature("RQ6")).unwrap_err().reason(), "AGREEMENT_SUPERSEDED");
    }
    let once = drafted.sign(2, signature("RQ6")).unwrap();
    assert_eq!(once.missing(&both), [organisation("REP")]);
    assert_eq!(once.clone().sign(2, signature("RQ6")).unwrap_err().reason(), "AGREEMENT_SIGNED");
    assert!(once.sign(2, signature("REP")).unwrap().missing(&both).is_empty());
}

#[test]
fn a_group_is_signed_by_all_who_go_on() {
    let pairing = |exemplar: &str, partner: &str, state| {
        let mut pairing = standing(state);
        (pairing.terms.exemplar, pairing.terms.partner) = (organisation(exemplar), organisation(partner));
        pairing
    };
    let due = PairingState::DueDiligence;
    let scope = Scope {
        asked: pairing("RX6", "RYA", due),
        pairings: vec![
            pairing("RX6", "RYA", due),
            pairing("RX6", "RYE", due),
            pairing("RYA", "RYE", due),
            pairing("RX6", "RBL", PairingState::Withdrawn),
        ],
    };
    assert_eq!(scope.signatories(), ["RX6", "RYA", "RYE"].map(organisation));
}

#[test]
fn a_change_of_the_agreement_is_signed_anew_and_moves_nothing_else() {
    let active = standing(PairingState::Active);
    let changed = active.clone().agree(2).unwrap();
    assert_eq!((changed.state, changed.agreement, changed.started), (PairingState::Active, 2, active.started));
    for state in [PairingState::Proposed, PairingState::Withdrawn, PairingState::Completed] {
        assert_eq!(standing(state).agree(1).unwrap_err().reason(), "PAIRING_STATE", "{state}");
    }
}

#[test]
fn an_event_completes_what_waits_for_it() {
    let active = standing(PairingState::Active);
    let event = |on_behalf: &str, verb: &str, at| Entry {
        sequence: 7,
        at,
        actor: "system".to_owned(),
        on_behalf: Some(organisation(on_behalf).to_string()),
        verb: verb.to_owned(),
        resource: "blueprints/1".to_owned(),
    };
    let publish = "blueprints.blueprint.publish";
    let waiting = milestone(1, date!(2018 - 01 - 01));
    let of_one = |resource: &str| {
        let event = MilestoneEvent { verb: publish.to_owned(), resource: Some(resource.to_owned()) };
        Milestone { event: Some(event), ..waiting.clone() }
    };
    for (milestone, pairing, entry, expected) in [
        (waiting.clone(), &active, event("REP", publish, after(10)), true),
        (waiting.clone(), &active, event("REP", publish, after(9)), false),
        (waiting.clone(), &active, event("RQ6", publish, after(11)), false),
        (waiting.clone(), &active, event("REP", "blueprints.blueprint.create", after(11)), false),
        (of_one("blueprints/1"), &active, event("REP", publish, after(11)), true),
        (of_one("blueprints/2"), &active, event("REP", publish, after(11)), false),
        (waiting.clone(), &standing(PairingState::Ended), event("REP", publish, after(11)), false),
        (waiting.clone().drop("no".to_owned(), after(11)).unwrap(), &active, event("REP", publish, after(12)), false),
        (Milestone { event: None, ..waiting.clone() }, &active, event("REP", publish, after(11)), false),
    ] {
        assert_eq!(milestone.is_met_by(&entry, pairing), expected, "{milestone:?} {entry:?}");
    }
    let met = waiting.meet("seen".to_owned(), Some(7), after(12)).unwrap();
    assert_eq!((met.state, met.sequence, met.closed), (MilestoneState::Met, Some(7), Some(after(12))));
    assert_eq!(met.clone().meet("again".to_owned(), None, after(13)).unwrap_err().reason(), "MILESTONE_CLOSED");
    assert_eq!(met.drop("late".to_owned(), after(13)).unwrap_err().reason(), "MILESTONE_CLOSED");
}

#[test]
fn health_says_why() {
    let today = date!(2018 - 08 - 06);
    let heard = date!(2018 - 08 - 01);
    let due = |days: i64| milestone(1, today - time::Duration::days(days));
    let report = |milestones: &[Milestone], heard| health(PairingState::Active, milestones, heard, today).unwrap();
    for (milestones, heard, expected, reasons) in [
        (vec![], heard, Health::Green, vec![]),
        (vec![due(0)], heard, Health::Green, vec![]),
        (vec![due(1)], heard, Health::Amber, vec!["milestone 1 “Publish” was due on 5 August 2018, 1 day ago"]),
        (vec![due(28)], heard, Health::Amber, vec!["milestone 1 “Publish” was due on 9 July 2018, 28 days ago"]),
        (vec![due(29)], heard, Health::Red, vec!["milestone 1 “Publish” was due on 8 July 2018, 29 days ago"]),
        (vec![], date!(2018 - 06 - 07), Health::Green, vec![]),
        (vec![], date!(2018 - 06 - 06), Health::Amber, vec!["there was no word for 61 days, since 6 June 2018"]),
        (vec![], date!(2018 - 04 - 07), Health::Red, vec!["there was no word for 121 days, since 7 April 2018"]),
    ] {
        let found = report(&milestones, heard);
        assert_eq!((found.health, found.reasons), (expected, reasons.iter().map(ToString::to_string).collect()));
    }
    assert_eq!(report(&[due(1), due(2), due(3)], heard).health, Health::Red, "many things are overdue");
    let met = due(90).meet("seen".to_owned(), None, after(1)).unwrap();
    assert_eq!(report(&[met], heard).health, Health::Green);
    for state in PairingState::ALL.iter().filter(|state| **state != PairingState::Active) {
        assert_eq!(health(*state, &[due(90)], heard, today), None, "{state}");
    }
}

#[test]
fn files_are_judged_row_by_row() {
    let csv = "exemplar,partner,kind,mode,proposed,accepted,ended,reason,source\n\
               RBA,RXL,exemplar-follower,,2017-03-01,2017-09-01,2018-01-01,Dropped,https://example.org\n\
               rba,RXL,follower,telepathy,2017-13-01,,,,\n\
               RBA,RXL,exemplar-follower\n";
    let mut violations = Violations::new();
    let rows = sheet::read(&mut violations, csv.as_bytes());
    assert!(violations.is_empty());
    let dropped = rows[0].parsed.as_ref().unwrap();
    assert_eq!((rows[0].line, dropped.source.as_str()), (2, "Dropped. https://example.org"));
    let faults = rows[1].parsed.as_ref().unwrap_err();
    assert_eq!(faults.len(), 5, "{faults:?}");
    assert_eq!(rows[2].parsed.as_ref().unwrap_err(), &["has 3 fields where the header has 9"]);
    let mut violations = Violations::new();
    assert!(sheet::read(&mut violations, b"exemplar,partner\nRBA,RXL\n").is_empty());
    assert_eq!(violations.iter().count(), 3);
}

#[test]
fn documents_hold_no_formulas() {
    let mut pairing = proposed(Side::Exemplar);
    pairing.source = "=HYPERLINK(\"http://evil.example\")".to_owned();
    let text = String::from_utf8(sheet::write(Format::Csv, &[pairing.clone()], true)).unwrap();
    let mut lines = text.split("\r\n");
    assert_eq!(lines.next().unwrap(), sheet::COLUMNS.join(","));
    assert!(lines.next().unwrap().contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "{text}");
    let json = String::from_utf8(sheet::write(Format::JsonLines, &[pairing], false)).unwrap();
    let object: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!(
        (&object["state"], &object["source"]),
        (&"proposed".into(), &"=HYPERLINK(\"http://evil.example\")".into())
    );
}

#[test]
fn events_are_verbs_of_the_journal() {
    let read = |verb: &str| MilestoneEvent::parse(&mut Violations::new(), "event", verb, "");
    assert!(read("blueprints.blueprint.publish").is_some());
    for bad in ["", "publish", "a.b", "a.b.c.d", "A.b.c", "a..c", "a.b.c "] {
        assert!(read(bad).is_none(), "{bad}");
    }
}

#[test]
fn gifts_are_counted_from_what_other_contexts_leave_behind() {
    let told = |verb: &str, old: serde_json::Value, new: serde_json::Value| {
        let entry = Entry {
            sequence: 1,
            at: after(0),
            actor: "system".to_owned(),
            on_behalf: None,
            verb: verb.to_owned(),
            resource: String::new(),
        };
        let detail = Detail { before: Some(old), after: Some(new) };
        let found = ledger::given(&entry, Some(&detail));
        found.into_iter().map(|given| (given.gift, given.giver.code().to_owned(), given.count)).collect::<Vec<_>>()
    };
    let adoption = |kept: &str, other: &str| {
        let decided = |decision: &str| json!({ "decision": decision, "why": "" });
        let decisions = json!({ "TEAM": decided(kept), "APPROACH": decided(other) });
        let (author, adopter) = ("organisations/RQ6", "organisations/REP");
        json!({ "adoption": { "decisions": decisions }, "author": author, "adopter": adopter })
    };
    let asked = |kind: &str| json!({ "asked": "organisations/RQ6", "asker": "organisations/REP", "kind": kind });
    let none = || json!(null);
    let one = |gift, count| vec![(gift, "RQ6".to_owned(), count)];
    assert_eq!(told("blueprints.adoption.adopt", none(), adoption("KEPT", "KEPT")), one(Gift::Blueprint, 1));
    let decide = "blueprints.adoption.decide";
    assert_eq!(told(decide, adoption("KEPT", "KEPT"), adoption("ADAPTED", "ADAPTED")), one(Gift::Adaptation, 2));
    assert_eq!(told(decide, adoption("ADAPTED", "KEPT"), adoption("KEPT", "ADAPTED")), []);
    assert_eq!(told("blueprints.introduction.answer", none(), asked("QUESTION")), one(Gift::Question, 1));
    assert_eq!(told("blueprints.introduction.complete", none(), asked("VISIT")), one(Gift::Visit, 1));
    assert_eq!(told("blueprints.introduction.complete", none(), asked("CALL")), one(Gift::Question, 1));
    assert_eq!(told("blueprints.introduction.complete", none(), asked("QUESTION")), []);
    assert_eq!(told("blueprints.blueprint.publish", none(), asked("VISIT")), []);
}
