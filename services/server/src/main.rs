//! The `exemplar` binary: the server's commands, and beside them those of the client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use exemplar_kernel::{Chance, Clock};
use exemplar_server::{App, Config, demo, operate, telemetry};
use secrecy::SecretString;

/// A knowledge-sharing network for digital hospitals.
#[derive(Parser)]
#[command(name = "exemplar", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    client: exemplar_cli::Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until Ctrl-C or SIGTERM
    #[command(next_help_heading = "Server")]
    Serve {
        #[command(flatten)]
        settings: Settings,
    },
    /// Serve with the real network of 2016-18 and samples to try everything on
    Demo {
        #[command(flatten)]
        settings: Settings,
        /// The password of the sample people; needed on an address that other machines can reach
        #[arg(long, value_name = "PASSWORD")]
        password: Option<SecretString>,
    },
    /// Bring the database's schema up to this version
    Migrate {
        #[command(flatten)]
        settings: Settings,
    },
    /// Check the database, the journal's chain and the search index of a stopped server
    Check {
        #[command(flatten)]
        settings: Settings,
    },
    /// Build the search index of a stopped server anew
    Reindex {
        #[command(flatten)]
        settings: Settings,
    },
    /// Invite the first person of the programme to a new, stopped server
    Bootstrap {
        #[command(flatten)]
        settings: Settings,
        /// Their e-mail address
        #[arg(long)]
        email: String,
    },
    /// Read the text of one file from standard input; the server starts itself so
    #[command(name = exemplar_blueprints::blob::EXTRACT, hide = true)]
    ExtractText {
        /// The file's format
        format: String,
    },
    #[command(flatten)]
    Client(Box<exemplar_cli::Command>),
}

/// Where the server's settings come from; what is given here goes before the file and the environment.
#[derive(Args)]
struct Settings {
    /// A settings file in TOML
    #[arg(long, value_name = "FILE", env = "EXEMPLAR_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Folder of the SQLite file, the search index and the keys [default: exemplar-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// sqlite:PATH or postgres://… [default: SQLite in the data folder]
    #[arg(long, value_name = "URL")]
    database: Option<SecretString>,
}

impl Settings {
    fn load(self) -> anyhow::Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        config.server.listen = self.listen.unwrap_or(config.server.listen);
        config.storage.data = self.data.unwrap_or(config.storage.data);
        config.storage.database = self.database.or(config.storage.database);
        telemetry::start(&config.log)?;
        Ok(config)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Client(command) => return exemplar_cli::run(*command, cli.client).await,
        Command::ExtractText { format } => return exemplar_blueprints::blob::extract_text(&format),
        Command::Serve { settings } => serve(settings).await,
        Command::Demo { settings, password } => serve_demo(settings, password).await,
        Command::Migrate { settings } => operated(settings, Operation::Migrate).await,
        Command::Check { settings } => operated(settings, Operation::Check).await,
        Command::Reindex { settings } => operated(settings, Operation::Reindex).await,
        Command::Bootstrap { settings, email } => operated(settings, Operation::Bootstrap(email)).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            operate::say(&format!("exemplar: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let app = App::build(settings.load()?, Clock::System, Chance::System).await?;
    operate::say(&format!("exemplar listens on http://{}", app.address()?));
    app.run(stopped()).await
}

async fn serve_demo(settings: Settings, password: Option<SecretString>) -> anyhow::Result<()> {
    let config = settings.load()?;
    let password = demo::password(config.server.listen, password)?;
    let app = App::build(config, Clock::System, Chance::System).await?;
    let cohort = demo::load(app.services(), &password).await?;
    demo::greet(app.address()?, &password, cohort);
    app.run(stopped()).await
}

enum Operation {
    Migrate,
    Check,
    Reindex,
    Bootstrap(String),
}

async fn operated(settings: Settings, operation: Operation) -> anyhow::Result<()> {
    let config = settings.load()?;
    match operation {
        Operation::Migrate => operate::migrate(&config).await,
        Operation::Check => operate::check(&config).await,
        Operation::Reindex => operate::reindex(&config).await,
        Operation::Bootstrap(email) => operate::bootstrap(&config, &email).await,
    }
}

/// Ready when the operator or the system wants the process to end.
async fn stopped() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return interrupted.await;
        };
        tokio::select! {
            () = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
