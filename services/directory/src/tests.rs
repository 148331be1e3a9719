//! The pure model, by table and by property.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use exemplar_kernel::{NetworkRole, OrganisationId, Role, Timestamp, Violations};
use proptest::prelude::*;
use time::macros::date;

use crate::model::import::{self, Outcome};
use crate::model::maturity::{Framework, OVERALL, TypedScore, parse_scores};
use crate::model::organisation::{Draft, Organisation, Succession, current};
use crate::model::person::{Roles, email, email_key};
use crate::model::profile::{EPR, Profile, ProfileUpdate, RecordSystem};
use crate::model::vocabulary::change::{NewTerm, TermUpdate};
use crate::model::vocabulary::words::Book;
use crate::model::vocabulary::{NotATerm, Term, TermId, TermState, Vocabularies, Vocabulary, key};

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

fn term(vocabulary: Vocabulary, label: &str) -> Term {
    let id = TermId { vocabulary, slug: key(label) };
    Term::create(NewTerm { id, label: label.to_owned(), synonyms: vec![], supplier: None, source: String::new() })
}

fn words(terms: impl IntoIterator<Item = Term>) -> Vocabularies {
    Vocabularies::new(Arc::new(Book::new(&[], terms)), date!(2026 - 11 - 24))
}

fn care_settings() -> Vocabularies {
    let mut service = term(Vocabulary::CareSetting, "Ambulance Service");
    service = service.merged_into(&term(Vocabulary::CareSetting, "Ambulance"), date!(2000 - 01 - 01)).unwrap();
    words(
        ["Acute", "Ambulance", "Mental Health"]
            .map(|label| term(Vocabulary::CareSetting, label))
            .into_iter()
            .chain([service]),
    )
}

#[test]
fn terms_are_found_however_they_are_typed() {
    let words = care_settings();
    for (typed, found) in [
        ("acute", Some("acute")),
        (" MENTAL health ", Some("mental-health")),
        ("mental-health", Some("mental-health")),
        ("mental / health", Some("mental-health")),
        ("Ambulance Service", Some("ambulance")),
        ("hospital", None),
        ("", None),
        ("-", None),
    ] {
        let chosen = words.choose(Vocabulary::CareSetting, typed);
        assert_eq!(chosen.ok().map(|term| term.id.slug.as_str()), found, "{typed:?}");
    }
    assert!(words.choose(Vocabulary::Pillar, "acute").is_err(), "another vocabulary");
    assert!(words.resolve(Vocabulary::CareSetting, "ambulance-service").unwrap().followed());
    assert_eq!(words.wanted(Vocabulary::CareSetting, "ambulance").unwrap(), ["ambulance", "ambulance-service"]);
    let stored = ["ambulance-service", "ambulance", "gone"].map(str::to_owned);
    assert_eq!(words.labels(Vocabulary::CareSetting, &stored), ["Ambulance", "gone"]);
}

#[test]
fn labels_merges_and_retirements_have_their_day() {
    let day = date!(2022 - 06 - 08);
    let (before, after) = (date!(2022 - 06 - 07), date!(2022 - 06 - 09));
    let oracle = term(Vocabulary::EprSupplier, "Oracle Health");
    let cerner = term(Vocabulary::EprSupplier, "Cerner").merged_into(&oracle, day).unwrap();
    let label = Some(("Support workforce".to_owned(), day));
    let pillar = term(Vocabulary::Pillar, "Support people").updated(TermUpdate { label, ..TermUpdate::default() });
    let gone = term(Vocabulary::UserGroup, "Typists").retired_from(day).unwrap();
    let words = words([oracle, cerner, pillar, gone]);
    let shown = |day| words.on(day).label(Vocabulary::EprSupplier, "cerner").to_owned();
    assert_eq!([before, day, after].map(shown), ["Cerner", "Oracle Health", "Oracle Health"]);
    let shown = |day| words.on(day).label(Vocabulary::Pillar, "support-people").to_owned();
    assert_eq!([before, day].map(shown), ["Support people", "Support workforce"]);
    for spelling in ["Support people", "support workforce"] {
        assert_eq!(words.choose(Vocabulary::Pillar, spelling).unwrap().id.slug, "support-people");
    }
    let state = |on| words.get(Vocabulary::UserGroup, "typists").unwrap().state(on);
    assert_eq!([before, day].map(state), [TermState::Current, TermState::Retired]);
    assert_eq!(words.choose(Vocabulary::UserGroup, "typists"), Err(NotATerm::Retired(day)));
    assert!(words.on(before).choose(Vocabulary::UserGroup, "typists").is_ok());
    assert_eq!(words.wanted(Vocabulary::UserGroup, "typists").unwrap(), ["typists"], "what has it is found");
}

#[test]
fn a_term_ends_once_and_keeps_its_labels() {
    let (acute, general) = (term(Vocabulary::CareSetting, "Acute"), term(Vocabulary::CareSetting, "General"));
    let day = date!(2030 - 01 - 01);
    let merged = acute.merged_into(&general, day).unwrap();
    assert!(general.merged_into(&merged, day).is_none(), "not into one that has ended, be it on a day to come");
    assert!(merged.merged_into(&general, day).is_none() && merged.retired_from(day).is_none());
    assert!(acute.merged_into(&acute, day).is_none());
    assert!(acute.merged_into(&term(Vocabulary::Pillar, "Acute"), day).is_none());
    let renamed = |term: &Term, label: &str, day| {
        term.updated(TermUpdate { label: Some((label.to_owned(), day)), ..TermUpdate::default() })
    };
    let twice = renamed(&renamed(&acute, "Hospital", date!(2020 - 01 - 01)), "Acute", date!(2021 - 01 - 01));
    assert_eq!(twice.spellings().collect::<HashSet<_>>(), HashSet::from(["acute", "Hospital", "Acute"]));
    assert_eq!(twice.label(date!(2020 - 06 - 01)), "Hospital");
    assert_eq!((twice.label(date!(2021 - 01 - 01)), twice.version), ("Acute", 3));
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
    let rows = import::read(&mut violations, &care_settings(), csv.as_bytes());
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
    let (_, made) =
        import::judge(import::read(&mut violations, &care_settings(), csv.as_bytes()), &HashMap::new(), NOW);
    let there: HashMap<_, _> = made.into_iter().map(|made| (made.id.clone(), made)).collect();
    assert_eq!(outcomes("code,name\nRGT,Cambridge\n", &there), [(2, Outcome::Unchanged)]);
    assert_eq!(outcomes("code,name,region\r\n\r\nRGT,Cambridge,London\r\n", &there), [(3, Outcome::Updated)]);
    assert_eq!(
        outcomes("code,name,region,opened\n\n\nRBL,Wirral,,x\nR,,,\n", &there),
        [(4, Outcome::Invalid), (5, Outcome::Invalid)]
    );
}

#[test]
fn the_record_system_in_use_is_the_one_that_began_last() {
    let system = |number, product: &str, start, end| RecordSystem {
        number,
        purpose: EPR.to_owned(),
        product: product.to_owned(),
        start,
        end,
        ..RecordSystem::default()
    };
    let (swap, plan) = (Some(date!(2014 - 10 - 26)), Some(date!(2030 - 01 - 01)));
    let ward =
        RecordSystem { purpose: "order-comms".to_owned(), ..system(2, "ward", Some(date!(2018 - 01 - 01)), None) };
    let record_systems =
        vec![system(1, "old", None, swap), ward, system(3, "new", swap, None), system(4, "next", plan, None)];
    let profile = Profile { record_systems, ..Profile::default() };
    let used = |day| profile.in_use(day).iter().map(|system| system.product.clone()).collect::<Vec<_>>();
    assert_eq!(used(date!(2014 - 10 - 25)), ["old"]);
    assert_eq!(used(date!(2018 - 08 - 06)), ["new", "ward"]);
    assert_eq!(used(date!(2030 - 01 - 01)), ["next", "new", "ward"]);
    let release = ProfileUpdate { epr_version: Some("2".to_owned()), ..ProfileUpdate::default() };
    let changed = profile.updated(release, date!(2018 - 08 - 06), "");
    assert_eq!(
        changed.epr(date!(2018 - 08 - 06)).map(|system| (system.number, system.version.as_str())),
        Some((3, "2"))
    );
    let none = || Some(String::new());
    let gone =
        ProfileUpdate { epr_product: none(), epr_supplier: none(), epr_version: none(), ..ProfileUpdate::default() };
    assert_eq!(
        changed.updated(gone, date!(2018 - 08 - 06), "").record_systems.len(),
        3,
        "nothing said is no record system"
    );
}

#[test]
fn answers_of_2016_count_what_was_published() {
    for (answer, points) in [
        ("Disagree completely", 0),
        ("mostly disagree", 25),
        ("Neither agree nor disagree", 50),
        ("Mostly agree", 75),
        ("AGREE COMPLETELY", 100),
        ("0%", 0),
        ("1-20%", 20),
        ("21 - 40 %", 40),
        ("41-60%", 60),
        ("61-80%", 80),
        ("81-100%", 100),
        ("semi structured", 50),
        ("NHS number uptake step 6", 87),
    ] {
        assert_eq!(Framework::Dma2016.answer(answer), Some(points * 100), "{answer}");
    }
    assert_eq!(Framework::Dma2016.answer("Perhaps"), None);
    assert_eq!(Framework::Emram.answer("Mostly agree"), None);
}

proptest! {
    #[test]
    fn no_file_breaks_the_import(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut violations = Violations::new();
        let rows = import::read(&mut violations, &care_settings(), &bytes);
        import::judge(rows, &HashMap::new(), NOW);
        let mut csv = b"code,name,closed\n".to_vec();
        csv.extend(&bytes);
        let rows = import::read(&mut violations, &care_settings(), &csv);
        let (verdicts, _) = import::judge(rows, &HashMap::new(), NOW);
        prop_assert!(verdicts.windows(2).all(|pair| pair[0].line <= pair[1].line));
    }

    #[test]
    fn every_row_has_its_verdict_and_a_second_import_changes_nothing(codes in proptest::collection::vec("[A-Z0-9]{2,5}", 0..20)) {
        let csv = codes.iter().fold("code,name\n".to_owned(), |csv, code| csv + &format!("{code},Trust {code}\n"));
        let mut violations = Violations::new();
        let (verdicts, made) = import::judge(import::read(&mut violations, &care_settings(), csv.as_bytes()), &HashMap::new(), NOW);
        prop_assert_eq!(verdicts.len(), codes.len());
        let there: HashMap<_, _> = made.into_iter().map(|made| (made.id.clone(), made)).collect();
        let (_, changed) = import::judge(import::read(&mut violations, &care_settings(), csv.as_bytes()), &there, NOW);
        prop_assert!(changed.is_empty());
    }

    /// Whatever is merged into whatever, on whichever days: every term means one living term on every day, and the
    /// terms that mean the same are just those that a filter for it wants.
    #[test]
    fn merges_never_go_in_a_ring(merges in proptest::collection::vec((0..12_usize, 0..12_usize, 0..6_u8), 0..60)) {
        let day = |number: u8| date!(2020 - 01 - 01) + time::Duration::days(i64::from(number));
        let mut terms: Vec<Term> = (0..12).map(|n| term(Vocabulary::Funder, &format!("funder {n}"))).collect();
        for (one, other, from) in merges {
            if let Some(merged) = terms[one].merged_into(&terms[other], day(from)) {
                terms[one] = merged;
            }
        }
        for today in (0..7).map(day) {
            let words = words(terms.clone()).on(today);
            for term in &terms {
                let found = words.resolve(Vocabulary::Funder, &term.id.slug).unwrap();
                prop_assert_eq!(found.term.state(today), TermState::Current);
                prop_assert!(words.wanted(Vocabulary::Funder, &found.term.id.slug).unwrap().contains(&term.id.slug));
            }
            let ends = terms.iter().filter(|term| term.state(today) == TermState::Current);
            let wanted: Vec<_> = ends.flat_map(|end| words.wanted(Vocabulary::Funder, &end.id.slug).unwrap()).collect();
            prop_assert_eq!(wanted.len(), terms.len());
        }
    }

    #[test]
    fn every_spelling_of_a_term_is_found(label in "[A-Za-z0-9 /()-]{1,40}", synonym in "\\PC{1,40}") {
        prop_assume!(!key(&label).is_empty() && !key(&synonym).is_empty());
        let id = TermId { vocabulary: Vocabulary::Funder, slug: key(&label) };
        let synonyms = vec![synonym.clone()];
        let term = Term::create(NewTerm { id, label: label.clone(), synonyms, supplier: None, source: String::new() });
        let words = words([term]);
        for typed in [label.to_uppercase(), format!(" {synonym}"), key(&label)] {
            if key(&typed) == key(&typed.to_lowercase()) {
                prop_assert!(words.resolve(Vocabulary::Funder, &typed).is_ok(), "{}", typed);
            }
        }
    }

    /// Whatever is scored, in whatever order: nothing leaves the scale, and the whole is there when its parts are.
    #[test]
    fn maturity_stays_on_its_scale(
        framework in proptest::sample::select(Framework::ALL),
        mut typed in proptest::collection::vec((0..20_usize, -1.0..101.0_f64), 1..40),
    ) {
        let score = |(at, score): &(usize, f64)| TypedScore {
            area: framework.areas().get(*at).map_or(OVERALL, |area| area.id).to_owned(),
            score: score.round(),
            answer: String::new(),
        };
        let read = |typed: &[(usize, f64)]| {
            let mut violations = Violations::new();
            let scores = parse_scores(&mut violations, framework, &typed.iter().map(score).collect::<Vec<_>>());
            (scores, violations.iter().count())
        };
        let (scores, faults) = read(&typed);
        prop_assert!(scores.values().all(|score| framework.scale().contains(score)));
        let themes: Vec<_> = framework.areas().iter().filter(|area| area.part_of == OVERALL).collect();
        if !themes.is_empty() && themes.iter().all(|area| scores.contains_key(area.id)) {
            prop_assert!(scores.contains_key(OVERALL));
        }
        typed.reverse();
        prop_assert_eq!((scores, faults), read(&typed));
    }
}
