//! The server under test, and how people come into its world.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use exemplar_directory::Roles;
use exemplar_kernel::{Chance, Clock, NetworkRole, OrganisationId, Principal, Role, Timestamp};
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::network::v1 as network;
use exemplar_server::{App, Config, Services};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::publishing::Backstage;
use crate::{Actor, Cluster, find_postgres};

/// The password of everybody in a world.
pub const PASSWORD: &str = "a password of the tests";

/// When every world begins: 6 August 2018, nine o'clock.
const BEGINNING: Timestamp = Timestamp::from_micros(1_533_546_000_000_000);

/// Which database a world is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the world's folder.
    Sqlite,
    /// A database of the shared cluster.
    Postgres,
}

/// A running server and everything it needs.
pub struct World {
    /// The server's clock; it stands until a test moves it.
    pub clock: Clock,
    /// The contexts, for what no client can do.
    pub services: Services,
    /// Where it listens.
    pub address: String,
    /// Its settings, to build it again.
    pub config: Config,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
    people: AtomicU64,
    /// What its people are lent: it ends with the server, and they may live longer.
    backstage: Arc<Services>,
}

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
static DATABASES: AtomicU64 = AtomicU64::new(0);

impl Database {
    /// Both, as far as this machine has them.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Whether it can be had here.
    ///
    /// # Panics
    /// When PostgreSQL is demanded by `EXEMPLAR_TEST_POSTGRES=required` and is not installed.
    #[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
    pub fn is_here(self) -> bool {
        let here = self == Self::Sqlite || find_postgres().is_some();
        let required = std::env::var("EXEMPLAR_TEST_POSTGRES").is_ok_and(|value| value == "required");
        assert!(here || !required, "PostgreSQL is demanded and not installed");
        here
    }
}

/// The cluster that the tests of this process share.
fn cluster() -> anyhow::Result<&'static Cluster> {
    let start = || find_postgres().and_then(|binaries| Cluster::start(binaries).inspect_err(eprintln).ok());
    CLUSTER.get_or_init(start).as_ref().context("PostgreSQL could not be started")
}

#[expect(clippy::print_stderr, reason = "a test says why it cannot run")]
fn eprintln(error: &anyhow::Error) {
    eprintln!("PostgreSQL: {error:#}");
}

/// Stops the shared cluster: statics are not dropped at a process's end.
pub fn stop_cluster() {
    if let Some(Some(cluster)) = CLUSTER.get() {
        cluster.stop();
    }
}

impl World {
    /// A fresh world.
    ///
    /// # Panics
    /// When the server cannot be built: nothing can be tested then.
    pub async fn new(database: Database) -> Self {
        Self::with(database, |_| ()).await
    }

    /// A fresh world with other settings.
    ///
    /// # Panics
    /// As [`World::new`].
    pub async fn with(database: Database, settings: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::default();
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.server.drain_seconds = 2;
        config.storage.data = folder.path().join("data");
        config.storage.connections = 8;
        if database == Database::Postgres {
            config.storage.database = Some(new_database().await.expect("a database").into());
        }
        settings(&mut config);
        let clock = Clock::manual(BEGINNING);
        // Boxed: it would be too large to lie in the futures of tests.
        Box::pin(Self::start(config, clock, folder)).await
    }

    async fn start(config: Config, clock: Clock, folder: TempDir) -> Self {
        // On the heap: building is large, and every test would carry it.
        let built = Box::pin(App::build(config.clone(), clock.clone(), Chance::System)).await;
        let app = built.expect("the server is built");
        let address = format!("http://{}", app.address().expect("an address"));
        let services = app.services().clone();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(app.run(async {
            let _ = stopped.await;
        }));
        let (people, backstage) = (AtomicU64::new(0), Arc::new(services.clone()));
        let (stop, running) = (Some(stop), Some(running));
        Self { clock, services, address, config, folder, stop, running, people, backstage }
    }

    /// Stops the server gracefully.
    ///
    /// # Panics
    /// When it does not end well.
    pub async fn stop(&mut self) {
        if let (Some(stop), Some(running)) = (self.stop.take(), self.running.take()) {
            let _ = stop.send(());
            running.await.expect("the server ends").expect("and ends well");
        }
    }

    /// Stops the server and starts it again on the same folder and database.
    ///
    /// # Panics
    /// When it does not come back.
    pub async fn restart(mut self, between: impl FnOnce(&Config)) -> Self {
        self.stop().await;
        let Self { clock, services, backstage, config, folder, .. } = self;
        drop((services, backstage));
        between(&config);
        Self::start(config, clock, folder).await
    }

    /// Somebody who has not signed in.
    pub async fn anonymous(&self) -> Actor {
        Actor::new(&self.address, None).await
    }

    /// Somebody who is signed in and has these roles.
    ///
    /// # Panics
    /// When they cannot be made.
    pub async fn person(&self, roles: &[(&str, Role)], network: &[NetworkRole]) -> Actor {
        let number = self.people.fetch_add(1, Ordering::SeqCst) + 1;
        let mut held = Roles { network: network.to_vec(), ..Roles::default() };
        for (code, role) in roles {
            let organisation = OrganisationId::from_code(code).expect("a code");
            held.memberships.entry(organisation).or_default().push(*role);
        }
        let email = format!("person-{number}@sample.example");
        let name = format!("Sample Person {number}");
        let person = self
            .services
            .directory
            .register_person(&Principal::system(), &name, &email, held, Some(PASSWORD.into()))
            .await
            .expect("a person");
        let mut actor = Actor::sign_in(&self.address, &email, PASSWORD, person.value.id).await.expect("a session");
        actor.backstage = self.lent();
        actor
    }

    pub(crate) fn lent(&self) -> Backstage {
        Backstage(Arc::downgrade(&self.backstage))
    }

    /// Somebody once more, after time has ended their tokens.
    ///
    /// # Panics
    /// When they cannot sign in.
    pub async fn again(&self, actor: &Actor) -> Actor {
        let person = self.services.directory.person(actor.id).await.expect("a person");
        let mut again = Actor::sign_in(&self.address, &person.email, PASSWORD, actor.id).await.expect("a session");
        again.backstage = self.lent();
        again
    }

    /// A person of the programme.
    pub async fn programme(&self) -> Actor {
        self.person(&[], &[NetworkRole::Programme]).await
    }

    /// A person of the academy's staff.
    pub async fn academy(&self) -> Actor {
        self.person(&[], &[NetworkRole::Academy]).await
    }

    /// A person with one role at one organisation.
    pub async fn at(&self, code: &str, role: Role) -> Actor {
        self.person(&[(code, role)], &[]).await
    }

    /// Registers organisations by their codes, as the programme does, from a file.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn organisations(&self, codes: &[&str]) {
        let mut csv = "code,name,region,care_setting\n".to_owned();
        for code in codes {
            csv.push_str(&format!("{code},Trust {code},London,acute\n"));
        }
        let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
        self.programme().await.organisations().import_organisations(request).await.expect("an import");
    }

    /// Designates an organisation.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn designate(&self, code: &str, kind: network::DesignationKind, capacity: i32) {
        let designation = network::Designation {
            organisation: format!("organisations/{code}"),
            kind: kind.into(),
            start_date: "2017-09-06".to_owned(),
            capacity,
            source: "the tests".to_owned(),
            ..Default::default()
        };
        let request = network::RecordDesignationRequest { designation: Some(designation), ..Default::default() };
        self.programme().await.designations().record_designation(request).await.expect("a designation");
    }
}

/// The address of a new, empty database of the shared cluster.
///
/// # Errors
/// When there is no PostgreSQL, or it refuses.
pub async fn new_database() -> anyhow::Result<String> {
    let cluster = tokio::task::spawn_blocking(cluster).await??;
    let name = format!("world_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::SeqCst));
    let admin = sea_orm::Database::connect(cluster.url("postgres")).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    admin.close().await?;
    Ok(cluster.url(&name))
}
