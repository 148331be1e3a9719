//! Calls a second of the cheapest authenticated call, beside those of a bare tonic server that does the same work.

use exemplar_tests::Actor;
use tokio::runtime::Runtime;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::measure::{Caller, ROUNDS, Rounds, TURN, drive, warm_up};
use crate::scene::{self, Front};
use crate::table::{Table, Wish};

/// Calls under way at a time, and the share of the bare server's calls that is wanted.
const IN_FLIGHT: [(usize, Wish); 3] = [(1, Wish::Least(0.7)), (8, Wish::Least(0.7)), (64, Wish::Least(0.7))];

/// Asks for the health of a server: it needs no database, and passes the whole front door.
#[derive(Clone)]
pub struct Check(Actor);

impl Check {
    /// By somebody with a connection.
    pub fn new(actor: &Actor) -> Self {
        Self(actor.clone())
    }
}

impl Caller for Check {
    async fn call(&mut self) {
        let mut client = HealthClient::new(self.0.line());
        client.check(HealthCheckRequest::default()).await.expect("health");
    }
}

/// Measures it.
pub fn measure(clients: &Runtime, front: &Front, table: &mut Table) -> anyhow::Result<()> {
    table.group("The front door: an authenticated gRPC call without a database, over one connection; calls a second");
    let (_bare, address) = scene::bare()?;
    let ours = clients.block_on(front.programme("caller"))?;
    let bare = clients.block_on(Actor::new(&address, None));
    for (in_flight, wish) in IN_FLIGHT {
        let callers = |actor: &Actor| vec![Check::new(actor); in_flight];
        warm_up(clients, callers(&ours));
        warm_up(clients, callers(&bare));
        let (mut of_ours, mut of_bare, mut ratios) = (Rounds::default(), Rounds::default(), Rounds::default());
        for _ in 0..ROUNDS {
            let ours = drive(clients, callers(&ours), TURN).rate();
            let bare = drive(clients, callers(&bare), TURN).rate();
            of_ours.push(ours);
            of_bare.push(bare);
            ratios.push(ours / bare);
        }
        table.add(&format!("ours, {in_flight} in flight"), "/s", &of_ours, Wish::Nothing);
        table.add(&format!("bare tonic, {in_flight} in flight"), "/s", &of_bare, Wish::Nothing);
        table.add(&format!("ours / bare, {in_flight} in flight"), "", &ratios, wish);
    }
    Ok(())
}
