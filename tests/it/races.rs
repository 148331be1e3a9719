//! Thousands of acceptances that race for too few places, over real connections, on both databases.
//!
//! `EXEMPLAR_TEST_RACES` says how many (2,000 for each database unless set); `EXEMPLAR_TEST_SEED` repeats an order.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::{Duration, Instant};

use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::{Chance, Principal, Role};
use exemplar_network::{PairingKind, Side, Terms};
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named};
use exemplar_tests::{Actor, Database, World};

use crate::pairings::{at_once, told};
use crate::partnerships::accept;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("races::capacity_is_never_exceeded", capacity_is_never_exceeded);
}

const RACERS: usize = 8;
const PLACES: i32 = 2;
/// Acceptances on each database unless the environment says otherwise.
const RACES: usize = 2000;
/// No new round begins after this; a slow machine races less, and says so.
const LONGEST: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[expect(clippy::print_stderr, reason = "the seed repeats the order")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// Proposes the pairing of a round, as the server itself may.
async fn propose(world: &World, follower: &str) -> String {
    let code = |code: &str| exemplar_kernel::OrganisationId::from_code(code).unwrap();
    let terms = Terms {
        exemplar: code("RQ6"),
        partner: code(follower),
        kind: PairingKind::ExemplarFollower,
        mode: None,
        proposer: Side::Exemplar,
    };
    let made = world.services.network.propose(&Principal::system(), terms, String::new(), None).await;
    made.unwrap().value.id.to_string()
}

async fn withdraw(by: &Actor, name: &str) {
    let request = pb::WithdrawPairingRequest { name: name.to_owned(), reason: "Again.".into(), ..Default::default() };
    told(by.pairings().withdraw_pairing(request).await).unwrap();
}

async fn taken(by: &Actor) -> i32 {
    let request = pb::ListDesignationsRequest::default();
    told(by.designations().list_designations(request).await).unwrap().designations[0].taken
}

async fn capacity_is_never_exceeded(database: Database) {
    let seed: u64 = setting("EXEMPLAR_TEST_SEED").unwrap_or_else(|| u64::from_be_bytes(Chance::System.bytes()));
    let wanted = setting("EXEMPLAR_TEST_RACES").unwrap_or(RACES);
    let chance = Chance::seeded(seed);
    let world = World::new(database).await;
    let codes: Vec<_> = (0..RACERS).map(|number| format!("RF{number}")).collect();
    world.organisations(&codes.iter().map(String::as_str).chain(["RQ6"]).collect::<Vec<_>>()).await;
    world.designate("RQ6", Named::GlobalExemplar, PLACES).await;
    let mut racers = Vec::new();
    for code in &codes {
        // A connection each.
        racers.push((world.at(code, Role::Lead).await, propose(&world, code).await));
    }
    let watcher = world.anonymous().await;
    let began = Instant::now();
    let mut count = 0;
    while count < wanted && began.elapsed() < LONGEST {
        let order: [u8; RACERS] = chance.bytes();
        let mut started: Vec<usize> = (0..RACERS).collect();
        started.sort_by_key(|racer| order[*racer]);
        let calls = started.iter().map(|racer| {
            let (by, name) = racers[*racer].clone();
            let yields = order[*racer] % 4;
            async move {
                for _ in 0..yields {
                    tokio::task::yield_now().await;
                }
                accept(&by, &name).await.map(|pairing| pairing.state())
            }
        });
        let answers = at_once(calls.collect()).await;
        count += RACERS;
        let winners: Vec<_> = started.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
        assert_eq!(winners.len(), usize::try_from(PLACES).unwrap(), "seed {seed}, after {count}: {answers:?}");
        let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(refused.into_iter().all(|refused| refused == "FailedPrecondition CAPACITY_FULL"), "{answers:?}");
        assert_eq!(taken(&watcher).await, PLACES, "seed {seed}, after {count}");
        let winners: Vec<usize> = winners.into_iter().map(|(racer, _)| *racer).collect();
        for racer in winners {
            withdraw(&racers[racer].0, &racers[racer].1).await;
            racers[racer].1 = propose(&world, &codes[racer]).await;
        }
    }
    say(&format!("{database:?}: {count} acceptances raced in {:.1?}, seed {seed}", began.elapsed()));
    assert_eq!(taken(&watcher).await, 0);
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
}
