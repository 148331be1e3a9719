//! The two servers, each on a runtime of its own: ours, and a bare one of tonic.

use anyhow::Context as _;
use exemplar_directory::Roles;
use exemplar_kernel::{Chance, Clock, NetworkRole, Principal};
use exemplar_server::{App, Config, Services, telemetry};
use exemplar_tests::{Actor, PASSWORD};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// Threads of each runtime: as many as tokio takes on a machine of two cores.
const THREADS: usize = 2;

/// A runtime for one of the parties.
pub fn runtime(name: &str) -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(THREADS).thread_name(name).enable_all().build()?)
}

/// Our server, as `exemplar serve` runs it, over SQLite in a temporary folder.
pub struct Front {
    /// Where its tasks run.
    pub runtime: Runtime,
    /// Its contexts.
    pub services: Services,
    /// Where it listens.
    pub address: String,
    /// Where it keeps its data.
    pub folder: TempDir,
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Front {
    /// Starts it.
    pub fn start() -> anyhow::Result<Self> {
        let runtime = runtime("front")?;
        let folder = tempfile::tempdir()?;
        let mut config = Config::default();
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.storage.data = folder.path().join("data");
        config.sessions.access_minutes = 60;
        "warn".clone_into(&mut config.log.filter);
        telemetry::start(&config.log)?;
        let app = runtime.block_on(App::build(config, Clock::System, Chance::System))?;
        let (services, address) = (app.services().clone(), format!("http://{}", app.address()?));
        let (stop, stopped) = oneshot::channel();
        let running = runtime.spawn(app.run(async {
            let _ = stopped.await;
        }));
        Ok(Self { runtime, services, address, folder, stop, running })
    }

    /// Stops it as a signal would.
    pub fn stop(self) -> anyhow::Result<()> {
        let Self { runtime, services, stop, running, .. } = self;
        drop(services);
        let _ = stop.send(());
        runtime.block_on(running)?
    }

    /// Somebody of the programme, signed in.
    pub async fn programme(&self, name: &str) -> anyhow::Result<Actor> {
        self.somebody(name, NetworkRole::Programme).await
    }

    /// Somebody with a role on the network, signed in.
    pub async fn somebody(&self, name: &str, role: NetworkRole) -> anyhow::Result<Actor> {
        let roles = Roles { network: vec![role], ..Roles::default() };
        let email = format!("{name}@sample.example");
        let directory = &self.services.directory;
        let person =
            directory.register_person(&Principal::system(), name, &email, roles, Some(PASSWORD.into())).await?;
        Ok(Actor::sign_in(&self.address, &email, PASSWORD, person.value.id).await?)
    }
}

/// tonic's own server with nothing but its health service; the runtime and where it listens.
pub fn bare() -> anyhow::Result<(Runtime, String)> {
    let runtime = runtime("bare")?;
    let address = runtime.block_on(async {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into())?.with_nodelay(Some(true));
        let address = incoming.local_addr()?;
        tokio::spawn(Server::builder().add_service(health).serve_with_incoming(incoming));
        std::io::Result::Ok(address)
    });
    Ok((runtime, format!("http://{}", address.context("the bare server cannot listen")?)))
}
