//! The pure model, by table and by property.

use std::collections::{BTreeMap, HashMap};

use exemplar_kernel::{NetworkRole, OrganisationId, Role, Timestamp, Violations};
use proptest::prelude::*;
use time::macros::date;

use crate::model::import::{self, Outcome};
use crate::model::organisation::{Draft, Organisation, Profile, Succession, current};
use crate::model::person::{Roles, email, email_key};
use crate::model::vocabulary::{CARE_SETTINGS, PROJECT_TYPES, term};

const NOW: Timestamp = Timestamp::from_micros(1_533_546_000_000_000);

fn id(code: &str) -> OrganisationId {
    OrganisationId::from_code(code).unwrap()
}

fn succession(predecessor: &str, successor: &str) -> Succession {
    Succession {
        predecessor: id(predecessor),
        successor: id(successor),
        date: date!(2019 - 04 - 01),
        source: String::new(),
    }
}

fn draft(name: &str) -> Draft {
    Draft {
        display_name: name.to_owned(),
        country: "GB".to_owned(),
        profile: Profile::default(),
        open_date: None,
        close_date: None,
        source: String::new(),
    }
}

#[test]
fn successions_are_followed_to_their_ends() {
    // A merger of two, a chain, a split, and a ring that no verb can make but a restored row could.
    let known = [
        succession("RLN", "R0B"),
        succession("RE9", "R0B"),
        succession("R0B", "RZ1"),
        succession("RSP", "RS1"),
        succession("RSP", "RS2"),
        succession("RX1", "RX2"),
        succession("RX2", "RX1"),
    ];
    let ends = |code: &str| current(&id(code), &known).iter().map(|end| end.code().to_owned()).collect::<Vec<_>>();
    assert_eq!(ends("RLN"), ["RZ1"]);
    assert_eq!(ends("RSP"), ["RS1", "RS2"]);
    assert_eq!(ends("RGT"), ["RGT"]);
    assert_eq!(ends("RX1"), Vec::<String>::new());
}

#[test]
fn an_organisation_closes_at_the_start_of_its_last_day() {
    let open = Organisation::register(id("RC1"), draft("Bedford"), NOW);
    let closed = open.closed_by_succession(date!(2020 - 04 - 01), NOW).unwrap();
    assert!(open.is_open(date!(2099 - 01 - 01)));
    assert!(closed.is_open(date!(2020 - 03 - 31)));
    assert!(!closed.is_open(date!(2020 - 04 - 01)));
    assert_eq!(closed.version, open.version + 1);
    assert!(closed.closed_by_succession(date!(2021 - 04 - 01), NOW).is_none(), "it had closed before");
    assert!(open.revised(open.draft(), NOW).is_none(), "nothing new is no change");
}

#[test]
fn terms_are_found_however_they_are_typed() {
    for (typed, found) in [
        ("acute", Some("Acute")),
        (" MENTAL health ", Some("Mental Health")),
        ("mental-health", Some("Mental Health")),
        ("hospital", None),
        ("", None),
    ] {
        assert_eq!(term(&CARE_SETTINGS, typed), found, "{typed:?}");
    }
    assert_eq!(term(&PROJECT_TYPES, "electronic patient record (epr)"), Some("Electronic Patient Record (EPR)"));
    assert_eq!(PROJECT_TYPES.len(), 41);
}

#[test]
fn roles_are_added_replaced_and_removed() {
    let lead = Roles { memberships: BTreeMap::from([(id("RGT"), vec![Role::Lead])]), network: vec![] };
    let more = Roles {
        memberships: BTreeMap::from([(id("RGT"), vec![Role::Member, Role::Lead]), (id("RBL"), vec![Role::Member])]),
        network: vec![NetworkRole::Reviewer, NetworkRole::Reviewer],
    };
    let both = lead.clone().with(&more);
    assert_eq!(both.memberships[&id("RGT")], [Role::Member, Role::Lead]);
    assert_eq!(both.network, [NetworkRole::Reviewer]);
    assert_eq!(both.clone().at(&id("RGT"), vec![]).memberships.len(), 1);
    assert_eq!(lead.at(&id("RGT"), vec![Role::Admin, Role::Admin]).memberships[&id("RGT")], [Role::Admin]);
}

#[test]
fn addresses_of_any_case_are_one_account() {
    assert_eq!(email_key(" Lead@Trust.Example "), "lead@trust.example");
    for bad in ["", "lead", "lead@", "@trust", "a b@trust.example"] {
        assert!(email(bad).is_err(), "{bad:?}");
    }
}

fn outcomes(csv: &str, there: &HashMap<OrganisationId, Organisation>) -> Vec<(u64, Outcome)> {
    let mut violations = Violations::new();
    let rows = import::read(&mut violations, csv.as_bytes());
    assert!(violations.is_empty(), "{violations}");
    let (verdicts, changed) = import::judge(rows, there, NOW);
    let writes = verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Created | Outcome::Updated));
    assert_eq!(writes.count(), changed.len());
    verdicts.into_iter().map(|verdict| (verdict.line, verdict.outcome)).collect()
}

#[test]
fn empty_cells_leave_what_is_there() {
    let csv = "code,name,region,epr_supplier,epr_product\nRGT,Cambridge,East of England,Epic,Hyperspace\n";
    let mut violations = Violations::new();
    let (_, made) = import::judge(import::read(&mut violations, csv.as_bytes()), &HashMap::new(), NOW);
    let there: HashMap<_, _> = made.into_iter().map(|made| (made.id.clone(), made)).collect();
    assert_eq!(outcomes("code,name\nRGT,Cambridge\n", &there), [(2, Outcome::Unchanged)]);
    assert_eq!(outcomes("code,name,region\r\n\r\nRGT,Cambridge,London\r\n", &there), [(3, Outcome::Updated)]);
    assert_eq!(
        outcomes("code,name,region,opened\n\n\nRBL,Wirral,,x\nR,,,\n", &there),
        [(4, Outcome::Invalid), (5, Outcome::Invalid)]
    );
}

proptest! {
    #[test]
    fn no_file_breaks_the_import(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut violations = Violations::new();
        let rows = import::read(&mut violations, &bytes);
        import::judge(rows, &HashMap::new(), NOW);
        let mut csv = b"code,name,closed\n".to_vec();
        csv.extend(&bytes);
        let rows = import::read(&mut violations, &csv);
        let (verdicts, _) = import::judge(rows, &HashMap::new(), NOW);
        prop_assert!(verdicts.windows(2).all(|pair| pair[0].line <= pair[1].line));
    }

    #[test]
    fn every_row_has_its_verdict_and_a_second_import_changes_nothing(codes in proptest::collection::vec("[A-Z0-9]{2,5}", 0..20)) {
        let csv = codes.iter().fold("code,name\n".to_owned(), |csv, code| csv + &format!("{code},Trust {code}\n"));
        let mut violations = Violations::new();
        let (verdicts, made) = import::judge(import::read(&mut violations, csv.as_bytes()), &HashMap::new(), NOW);
        prop_assert_eq!(verdicts.len(), codes.len());
        let there: HashMap<_, _> = made.into_iter().map(|made| (made.id.clone(), made)).collect();
        let (_, changed) = import::judge(import::read(&mut violations, csv.as_bytes()), &there, NOW);
        prop_assert!(changed.is_empty());
    }
}
