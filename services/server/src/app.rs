//! `App::build`: the only place that knows every crate. Tests build the same app that `serve` does.

use std::fs::{self, File, TryLockError};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use exemplar_academy::{Academy, Issuing, Links};
use exemplar_blueprints::blob::Blobs;
use exemplar_blueprints::{Artefacts, Blueprints, Indexer, Surrounding};
use exemplar_directory::{Directory, Issuers, KeyRing, PersonalData, SessionSettings, SigningKeys};
use exemplar_inbox::Inbox;
use exemplar_kernel::notice::Notices;
use exemplar_kernel::personal::Personal;
use exemplar_kernel::{Chance, Clock, Db, journal};
use exemplar_migrations::Migrator;
use exemplar_network::Network;
use sea_orm::DbBackend;
use sea_orm_migration::MigratorTrait as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::config::{Config, redacted};
use crate::front::{Front, Longest};
use crate::links::{Named, Paired, Worked};
use crate::{listen, tasks};

/// The contexts, over one open database.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub db: Db,
    /// Who, and in which words.
    pub directory: Directory,
    /// Who is paired with whom.
    pub network: Network,
    /// Guidance, and finding it.
    pub blueprints: Blueprints,
    /// The record of training.
    pub academy: Academy,
    /// What waits for whom.
    pub inbox: Inbox,
    /// Copies, erasures and retention of what all of them hold about people.
    pub personal: PersonalData,
}

/// What each context tells people: another context's `NOTICES` are told by being put here.
const NOTICES: [Notices; 2] = [exemplar_blueprints::NOTICES, exemplar_network::NOTICES];

/// What each context holds of people, the directory last: the account is the last to go.
const PERSONAL: [Personal; 5] = [
    exemplar_academy::PERSONAL,
    exemplar_blueprints::PERSONAL,
    exemplar_network::PERSONAL,
    exemplar_inbox::PERSONAL,
    exemplar_directory::PERSONAL,
];

/// A server that is ready to run.
pub struct App {
    services: Services,
    indexer: Indexer,
    front: Front,
    health: tonic_health::server::HealthReporter,
    listener: TcpListener,
    config: Config,
    after: journal::Sequence,
    /// Held until the app is gone.
    _folder: File,
}

/// An open, migrated database and what the contexts need beside it.
pub struct Opened {
    /// The contexts.
    pub services: Services,
    /// The task that keeps the index up.
    pub indexer: Indexer,
    /// Held while the data folder is in use.
    pub folder: File,
}

impl App {
    /// Opens everything: the data folder, the database and its schema, the keys, the index, the listener.
    ///
    /// # Errors
    /// When something that it cannot do without cannot be had; the message is for the operator.
    pub async fn build(config: Config, clock: Clock, chance: Chance) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(config.server.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.server.listen))?;
        let Opened { services, indexer, folder } = open(&config, clock, chance, true).await?;
        let after = journal::head(services.db.read()).await?;
        let (grpc, health) = grpc(&config, &services).await?;
        let pages = exemplar_web::Pages {
            services: grpc.clone(),
            directory: services.directory.clone(),
            academy: services.academy.clone(),
            blueprints: services.blueprints.clone(),
            inbox: services.inbox.clone(),
            version: env!("CARGO_PKG_VERSION"),
        };
        let front = Front::new(
            grpc,
            cors(&config.server.cors_origins)?,
            exemplar_web::router(pages),
            services.directory.clone(),
            config.server.max_calls,
            Longest {
                call: Duration::from_secs(config.server.call_seconds),
                transfer: Duration::from_secs(config.server.transfer_seconds),
            },
        );
        Ok(Self { services, indexer, front, health, listener, config, after, _folder: folder })
    }

    /// Where it listens: the port that was given out when port 0 was asked for.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// The contexts, for loaders.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Serves until `stop` is ready, then drains: no new connections, calls under way end, tasks stop, files close.
    ///
    /// # Errors
    /// When the listener or the database breaks.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { services, indexer, front, health, listener, config, after, _folder } = self;
        let stopping = CancellationToken::new();
        let background = TaskTracker::new();
        background.spawn(indexer.run(stopping.clone()));
        background.spawn(tasks::sweep(services.clone(), config.retention.sweep, stopping.clone()));
        background.spawn(tasks::finish_erasures(services.personal.clone(), stopping.clone()));
        background.spawn(services.blueprints.clone().write_usage(stopping.clone()));
        background.spawn(services.blueprints.clone().count_searches(stopping.clone()));
        let (blueprints, token) = (services.blueprints.clone(), stopping.clone());
        background.spawn(async move { blueprints.keep_custody(token).await });
        let token = stopping.clone();
        background.spawn(services.network.clone().follow(async move { token.cancelled().await }));
        let (blueprints, token) = (services.blueprints.clone(), stopping.clone());
        background.spawn(blueprints.follow_for_people(async move { token.cancelled().await }));
        let token = stopping.clone();
        background.spawn(services.inbox.clone().follow(async move { token.cancelled().await }));
        if let Some(post) = config.post()? {
            background.spawn(services.inbox.clone().send_mail(post, stopping.clone()));
        }
        if services.db.backend() == DbBackend::Postgres {
            let (db, directory) = (services.db.clone(), services.directory.clone());
            background.spawn(tasks::follow_rights(db, directory, after, stopping.clone()));
        }
        let token = stopping.clone();
        background.spawn(async move {
            tokio::select! {
                () = stop => {
                    tracing::info!("stopping");
                    health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
                    token.cancel();
                }
                () = token.cancelled() => {}
            }
        });
        let drain = Duration::from_secs(config.server.drain_seconds);
        let served = listen::serve(listener, front, config.server.max_connections, drain, stopping.clone()).await;
        stopping.cancel();
        background.close();
        background.wait().await;
        let db = services.db.clone();
        drop(services);
        db.close().await?;
        tracing::info!("stopped");
        Ok(served?)
    }
}

/// Opens the database and the contexts over it.
///
/// # Errors
/// As [`App::build`]. Without `migrate`, a database whose schema is not this version's is refused.
pub async fn open(config: &Config, clock: Clock, chance: Chance, migrate: bool) -> anyhow::Result<Opened> {
    let data = &config.storage.data;
    let folder = lock(data)?;
    let db = connect(config, clock.clone(), chance).await?;
    if migrate {
        migrate_up(&db).await?;
    } else {
        check_schema(&db).await?;
    }
    let keys = SigningKeys::open(&config.keys_folder(), &config.sessions.issuer, &config.sessions.audience)
        .with_context(|| format!("the signing keys in {}", config.keys_folder().display()))?;
    let issuers = Issuers::new(config.issuer_settings())?;
    let sessions = SessionSettings {
        access: Duration::from_mins(config.sessions.access_minutes),
        refresh: Duration::from_hours(24 * config.sessions.refresh_days),
    };
    let directory = Directory::new(db.clone(), keys, issuers, sessions);
    let indexer = Indexer::open(db.clone(), directory.clone(), &data.join("index")).await?;
    let network = Network::new(db.clone(), directory.clone());
    let around = Surrounding {
        artefacts: Artefacts::new(Blobs::open(&config.artefacts_place())?, config.artefact_settings()?),
        partners: Arc::new(Paired(network.clone())),
        reviews: config.review_settings(),
        address: config.address(),
    };
    let blueprints = Blueprints::new(db.clone(), directory.clone(), indexer.index(), indexer.state(), around);
    let links = Links { designations: Arc::new(Named(network.clone())), works: Arc::new(Worked(blueprints.clone())) };
    let keys = KeyRing::open(&config.credential_keys_folder())
        .with_context(|| format!("the keys of credentials in {}", config.credential_keys_folder().display()))?;
    let issuing = Issuing { issuer: config.issuer(), keys };
    let services = Services {
        blueprints,
        academy: Academy::new(db.clone(), directory.clone(), links, issuing),
        personal: PersonalData::new(directory.clone(), PERSONAL, config.retention.days.clone())
            .context("the setting retention.days")?,
        inbox: Inbox::new(db.clone(), directory.clone(), NOTICES, config.mail.is_some()),
        network,
        directory,
        db,
    };
    Ok(Opened { services, indexer, folder })
}

/// Takes the data folder for this process.
fn lock(data: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(data).with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write in the data folder {}", data.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another exemplar is using the data folder {}", data.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Connects to the configured database.
pub(crate) async fn connect(config: &Config, clock: Clock, chance: Chance) -> anyhow::Result<Db> {
    let url = config.database_url();
    Db::connect(&url, config.storage.connections, clock, chance)
        .await
        .with_context(|| format!("cannot open the database {}", redacted(&url)))
}

/// Brings the schema up to this version, one process at a time.
pub(crate) async fn migrate_up(db: &Db) -> anyhow::Result<()> {
    db.exclusively(Migrator::up(db.schema(), None)).await.context("the database could not be migrated")?;
    db.initialise().await?;
    Ok(())
}

/// Refuses a schema that is not exactly this version's.
pub(crate) async fn check_schema(db: &Db) -> anyhow::Result<()> {
    let pending = Migrator::get_pending_migrations(db.schema()).await.context("the schema cannot be read")?;
    if let Some(first) = pending.first() {
        bail!("the database lacks {} migrations, the first is {}; run exemplar migrate", pending.len(), first.name());
    }
    Ok(())
}

/// Every gRPC service, health and, if set, reflection.
async fn grpc(config: &Config, services: &Services) -> anyhow::Result<(Routes, tonic_health::server::HealthReporter)> {
    let Services { directory, network, blueprints, academy, inbox, personal, .. } = services;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let mut routes = Routes::new(health);
    routes = routes
        .add_service(exemplar_directory::organisations(directory.clone()))
        .add_service(exemplar_directory::people(directory.clone()))
        .add_service(exemplar_directory::personal_data(personal.clone()))
        .add_service(exemplar_directory::sessions(directory.clone()))
        .add_service(exemplar_directory::vocabularies(directory.clone()))
        .add_service(exemplar_directory::profiles(directory.clone()))
        .add_service(exemplar_directory::maturity(directory.clone()))
        .add_service(exemplar_network::agreements(network.clone()))
        .add_service(exemplar_network::designations(network.clone()))
        .add_service(exemplar_network::funding(network.clone()))
        .add_service(exemplar_network::matchings(network.clone()))
        .add_service(exemplar_network::milestones(network.clone()))
        .add_service(exemplar_network::pairings(network.clone()))
        .add_service(exemplar_network::rounds(network.clone()))
        .add_service(exemplar_network::view(network.clone()))
        .add_service(exemplar_blueprints::artefacts(blueprints.clone()))
        .add_service(exemplar_blueprints::blueprints(blueprints.clone()))
        .add_service(exemplar_blueprints::reviews(blueprints.clone()))
        .add_service(exemplar_blueprints::searches(blueprints.clone()))
        .add_service(exemplar_blueprints::adoptions(blueprints.clone()))
        .add_service(exemplar_blueprints::decisions(blueprints.clone()))
        .add_service(exemplar_blueprints::demands(blueprints.clone()))
        .add_service(exemplar_blueprints::follows(blueprints.clone()))
        .add_service(exemplar_blueprints::introductions(blueprints.clone()))
        .add_service(exemplar_blueprints::usages(blueprints.clone()))
        .add_service(exemplar_blueprints::exchanges(blueprints.clone()))
        .add_service(exemplar_blueprints::synonyms(blueprints.clone()))
        .add_service(exemplar_academy::curricula(academy.clone()))
        .add_service(exemplar_academy::cohorts(academy.clone()))
        .add_service(exemplar_academy::applications(academy.clone()))
        .add_service(exemplar_academy::competencies(academy.clone()))
        .add_service(exemplar_academy::credentials(academy.clone()))
        .add_service(exemplar_academy::enrolments(academy.clone()))
        .add_service(exemplar_academy::portfolios(academy.clone()))
        .add_service(exemplar_academy::records(academy.clone()))
        .add_service(exemplar_academy::reports(academy.clone()))
        .add_service(exemplar_inbox::inbox(inbox.clone()));
    if config.server.reflection {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(exemplar_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        routes = routes.add_service(reflection);
    }
    Ok((routes.prepare(), reporter))
}

/// Which other sites' pages may call through gRPC-Web: those that the settings name.
fn cors(origins: &[String]) -> anyhow::Result<CorsLayer> {
    let origins = origins.iter().map(|origin| origin.parse()).collect::<Result<Vec<http::HeaderValue>, _>>()?;
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"];
    Ok(CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods(AllowMethods::list([http::Method::POST]))
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list(exposed.map(http::HeaderName::from_static)))
        .max_age(Duration::from_hours(1)))
}
