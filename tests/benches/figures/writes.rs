//! Durable writes through the whole service, beside the barest durable write of SQLite in the same file system.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use exemplar_proto::directory::v1 as pb;
use exemplar_tests::Actor;
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::measure::{Caller, ROUNDS, Rounds, Sample, TURN, drive, warm_up};
use crate::scene::Front;
use crate::table::{Table, Wish};

/// Callers at a time.
const CALLERS: [usize; 3] = [1, 8, 64];
/// Bytes of the row of the bare database.
const ROW: [u8; 200] = [b'x'; 200];

/// Measures it.
pub fn measure(clients: &Runtime, front: &Front, table: &mut Table) -> anyhow::Result<()> {
    table.group(
        "Durable writes: CreateOrganisation through gRPC, and one row into bare SQLite, each flushed to the disk",
    );
    let programme = clients.block_on(front.programme("writer"))?;
    let bare = open(front)?;
    let number = Arc::new(AtomicU64::new(0));
    let callers = |count| vec![Create { actor: programme.clone(), number: Arc::clone(&number) }; count];
    warm_up(clients, callers(8));
    let mut of_bare: [Rounds; 2] = Default::default();
    let mut of_ours: [[Rounds; 3]; CALLERS.len()] = Default::default();
    for _ in 0..ROUNDS {
        let bare = insert(&bare, TURN)?;
        of_bare[0].push(bare.rate());
        of_bare[1].push(bare.p50());
        for (ours, count) in of_ours.iter_mut().zip(CALLERS) {
            let sample = drive(clients, callers(count), TURN);
            ours[0].push(sample.rate());
            ours[1].push(sample.p50());
            ours[2].push(sample.rate() / bare.rate());
        }
    }
    table.add("bare SQLite, 1 caller, rate", "/s", &of_bare[0], Wish::Nothing);
    table.add("bare SQLite, 1 caller, p50", " us", &of_bare[1], Wish::Nothing);
    for ([rate, p50, ratio], count) in of_ours.iter().zip(CALLERS) {
        table.add(&format!("ours, {count} callers, rate"), "/s", rate, Wish::Nothing);
        table.add(&format!("ours, {count} callers, p50"), " us", p50, Wish::Nothing);
        table.add(&format!("ours / bare, {count} callers, rate"), "", ratio, Wish::Nothing);
    }
    Ok(())
}

/// Somebody who registers one organisation after another.
#[derive(Clone)]
struct Create {
    actor: Actor,
    number: Arc<AtomicU64>,
}

impl Caller for Create {
    async fn call(&mut self) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let request = pb::CreateOrganisationRequest {
            organisation_id: format!("US-W{number}"),
            organisation: Some(pb::Organisation { display_name: format!("Hospital {number}"), ..Default::default() }),
            ..Default::default()
        };
        self.actor.organisations().create_organisation(request).await.expect("an organisation");
    }
}

fn open(front: &Front) -> anyhow::Result<Connection> {
    let connection = Connection::open(front.folder.path().join("bare.sqlite"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
    Ok(connection)
}

/// One transaction after another.
fn insert(connection: &Connection, time: Duration) -> anyhow::Result<Sample> {
    let mut insert = connection.prepare("INSERT INTO row (body) VALUES (?1)")?;
    let (mut times, start) = (Vec::new(), Instant::now());
    while start.elapsed() < time {
        let start = Instant::now();
        insert.execute([ROW])?;
        times.push(start.elapsed());
    }
    Ok(Sample::new(times, start.elapsed()))
}
