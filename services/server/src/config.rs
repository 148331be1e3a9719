//! Settings: defaults, then a file, then the environment, then the command line. Unknown keys are refused.
//!
//! A file is TOML with the sections below. In the environment a key is `EXEMPLAR__SECTION__KEY`
//! (`EXEMPLAR__SERVER__REFLECTION=false`); `DATABASE_URL` is understood, too. Secrets are never shown by `Debug`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_blueprints::blob::{Clamd, Limits, Place};
use exemplar_blueprints::{ArtefactSettings, ReviewSettings};
use exemplar_directory::IssuerSettings;
use exemplar_inbox::{Post, PostSettings};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// Every setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Config {
    /// The listener and what it offers.
    pub server: Server,
    /// Where things are kept.
    pub storage: Storage,
    /// Files of blueprints.
    pub artefacts: Artefacts,
    /// How blueprints are reviewed.
    pub reviews: Reviews,
    /// Tokens of local accounts.
    pub sessions: Sessions,
    /// Credentials of qualifications.
    pub credentials: Credentials,
    /// How long records are kept.
    pub retention: Retention,
    /// OpenID issuers whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// E-mail; none is sent when not set.
    pub mail: Option<Mail>,
    /// Logs.
    pub log: Log,
}

/// The listener and what it offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// The address at which the world reaches this service: a host, and a port if it has one. Citations and exports name
    /// it. `http://` and `listen` when not set, which is good for trying things out alone.
    pub address: Option<url::Url>,
    /// Whether clients may ask for the API's description.
    pub reflection: bool,
    /// Origins of other sites whose pages may call through gRPC-Web.
    pub cors_origins: Vec<String>,
    /// Connections open at a time; more wait to be accepted.
    pub max_connections: usize,
    /// Calls worked on at a time; more are refused with `OVERLOADED`.
    pub max_calls: usize,
    /// How long a call may take, in seconds; a caller's shorter deadline counts.
    pub call_seconds: u64,
    /// How long a call that streams a file up may take, in seconds, as long as something comes every `call_seconds`.
    pub transfer_seconds: u64,
    /// How long calls may go on when the server stops, in seconds.
    pub drain_seconds: u64,
}

/// Where things are kept.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// The folder of the SQLite file, the search index and the signing keys.
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; SQLite in the data folder when not set.
    pub database: Option<SecretString>,
    /// Connections to PostgreSQL at the most.
    pub connections: u32,
}

/// Files of blueprints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Artefacts {
    /// The folder of their content, of this server alone; `artefacts` in the data folder when not set.
    pub folder: Option<PathBuf>,
    /// The bucket of an S3-compatible service instead of a folder; several servers may share it.
    pub s3: Option<S3>,
    /// Who looks at content before readers get it: clamd, at `tcp://HOST:PORT` or `unix:/PATH`. Not set, nobody looks, and
    /// every answer says `scanned: false`. Set clamd's `StreamMaxLength`, `MaxFileSize` and `MaxScanSize` to `max_bytes`
    /// or more, and `AlertExceedsMax` to yes: what is over its limits it would otherwise pass without looking.
    pub scanner: Option<String>,
    /// A file's length at the most, in bytes.
    pub max_bytes: u64,
    /// What an archive may hold when everything is unpacked, in bytes.
    pub max_unpacked_bytes: u64,
    /// Entries that an archive may have.
    pub max_entries: usize,
    /// How many files are sent at a time, in both directions together; more are told to wait (`BUSY`).
    pub transfers: usize,
    /// How long an upload that is not finished stays, in hours.
    pub upload_hours: u64,
    /// How long content stays that nothing refers to, in hours.
    pub grace_hours: u64,
}

/// How blueprints are reviewed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reviews {
    /// Reviewers who have to assure each submission, at least 1.
    pub reviewers: u32,
    /// Reviews that one reviewer may have open at a time.
    pub load: u32,
    /// Days that each step may take before it is overdue.
    pub due_days: u64,
    /// Months that a revision holds before it has to be looked at again.
    pub valid_months: u64,
}

/// A bucket of an S3-compatible service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Its address.
    pub endpoint: url::Url,
    /// Its region.
    #[serde(default = "default_region")]
    pub region: String,
    /// The bucket, which must be there.
    pub bucket: String,
    /// The id of the access key.
    pub access_key: String,
    /// The access key's secret.
    pub secret_key: SecretString,
}

/// Tokens of local accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// The `iss` of our tokens: the service's own address is a good one.
    pub issuer: String,
    /// The `aud` of our tokens.
    pub audience: String,
    /// How long an access token lasts, in minutes.
    pub access_minutes: u64,
    /// How long a refresh token lasts that is not used, in days.
    pub refresh_days: u64,
    /// The folder of the signing keys; `keys` in the data folder when not set.
    pub keys: Option<PathBuf>,
}

/// Credentials of qualifications.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// The address that what others verify names for good: a host, and a port if it has one. `server.address` when not
    /// set.
    pub address: Option<url::Url>,
    /// What the issuer is called on credentials and certificates.
    pub issuer: String,
    /// The folder of the keys that sign credentials; `credential-keys` in the data folder when not set. Several servers
    /// share it, and no key of it is taken away while something that it signed is to be verified.
    pub keys: Option<PathBuf>,
}

/// How long records are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Whether records go by themselves, every hour, when their time is over. Else somebody of the programme applies it.
    pub sweep: bool,
    /// Days by the names of classes (`exemplar personal classes` lists them), instead of their own.
    pub days: BTreeMap<String, u32>,
}

/// E-mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The SMTP server: `smtp://HOST:PORT`, with `?tls=required` for STARTTLS, or `smtps://USER:PASSWORD@HOST`.
    pub smtp: SecretString,
    /// The sender, like `Exemplar <exemplar@trust.example>`. Letters lead to `server.address`.
    pub from: String,
}

/// One OpenID issuer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The address of its keys: https, or http on this machine.
    pub jwks: url::Url,
    /// The `aud` that its tokens for us have.
    pub audience: String,
    /// What it signs with.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<jsonwebtoken::Algorithm>,
    /// The `typ` of its access tokens.
    #[serde(default = "default_types")]
    pub types: Vec<String>,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Which events, in the form of `RUST_LOG`.
    pub filter: String,
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

fn default_algorithms() -> Vec<jsonwebtoken::Algorithm> {
    vec![jsonwebtoken::Algorithm::RS256, jsonwebtoken::Algorithm::ES256, jsonwebtoken::Algorithm::EdDSA]
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

fn default_types() -> Vec<String> {
    vec!["at+jwt".to_owned()]
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            address: None,
            reflection: true,
            cors_origins: Vec::new(),
            max_connections: 4096,
            max_calls: 1024,
            call_seconds: 30,
            transfer_seconds: 3600,
            drain_seconds: 10,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self { data: PathBuf::from("exemplar-data"), database: None, connections: 16 }
    }
}

impl Default for Artefacts {
    fn default() -> Self {
        Self {
            folder: None,
            s3: None,
            scanner: None,
            max_bytes: 1 << 30,
            max_unpacked_bytes: 4 << 30,
            max_entries: 10_000,
            transfers: 32,
            upload_hours: 72,
            grace_hours: 24,
        }
    }
}

impl Default for Reviews {
    fn default() -> Self {
        Self { reviewers: 1, load: 5, due_days: 21, valid_months: 24 }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            issuer: "exemplar".to_owned(),
            audience: "exemplar".to_owned(),
            access_minutes: 10,
            refresh_days: 14,
            keys: None,
        }
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self { address: None, issuer: "A sample academy".to_owned(), keys: None }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { sweep: true, days: BTreeMap::new() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,sea_orm_migration=warn".to_owned(), format: LogFormat::Text }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("data", &self.data)
            .field("database", &self.database.as_ref().map(|url| redacted(url.expose_secret())))
            .field("connections", &self.connections)
            .finish()
    }
}

/// A database address without its password.
pub fn redacted(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            let _ = url.set_password(Some("REDACTED"));
            url.to_string()
        }
        _ => address.to_owned(),
    }
}

impl Config {
    /// Reads the settings of a file, if one is named, and of the environment.
    ///
    /// # Errors
    /// When the file cannot be read, a key is unknown or a value of the wrong kind; says which.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment = config::Environment::with_prefix("EXEMPLAR").prefix_separator("__").separator("__");
        let mut config: Self = builder.add_source(environment.try_parsing(true)).build()?.try_deserialize()?;
        let url = config::Environment::with_prefix("DATABASE").prefix_separator("_");
        let url = config::Config::builder().add_source(url).build()?.get_string("url");
        if let (None, Ok(url)) = (&config.storage.database, url) {
            config.storage.database = Some(url.into());
        }
        config.check()?;
        Ok(config)
    }

    /// What cannot work, whatever the types say.
    fn check(&self) -> anyhow::Result<()> {
        for issuer in &self.issuers {
            let local = matches!(issuer.jwks.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            anyhow::ensure!(
                issuer.jwks.scheme() == "https" || (issuer.jwks.scheme() == "http" && local),
                "issuers.jwks {} is neither https nor on this machine",
                issuer.jwks
            );
            let same = self.issuers.iter().filter(|other| other.issuer == issuer.issuer).count();
            anyhow::ensure!(same == 1, "issuers.issuer {} is there {same} times", issuer.issuer);
            anyhow::ensure!(issuer.issuer != self.sessions.issuer, "issuers.issuer {} is our own", issuer.issuer);
            anyhow::ensure!(!issuer.algorithms.is_empty(), "issuers.algorithms of {} is empty", issuer.issuer);
            let symmetric =
                |algorithm: &jsonwebtoken::Algorithm| algorithm.family() == jsonwebtoken::AlgorithmFamily::Hmac;
            anyhow::ensure!(
                !issuer.algorithms.iter().any(symmetric),
                "issuers.algorithms of {} has one that needs a shared secret",
                issuer.issuer
            );
        }
        let artefacts = &self.artefacts;
        anyhow::ensure!(
            artefacts.folder.is_none() || artefacts.s3.is_none(),
            "artefacts.folder and artefacts.s3 are both set; choose one"
        );
        if let Some(scanner) = &artefacts.scanner {
            Clamd::parse(scanner).map_err(|error| anyhow::anyhow!("artefacts.scanner {error}"))?;
        }
        anyhow::ensure!(artefacts.max_bytes > 0 && artefacts.transfers > 0, "artefacts limits must not be 0");
        for (field, address) in
            [("server.address", &self.server.address), ("credentials.address", &self.credentials.address)]
        {
            let Some(address) = address else { continue };
            anyhow::ensure!(
                address.has_host() && address.path() == "/" && address.query().is_none(),
                "{field} {address} is not a host alone"
            );
        }
        self.post()?;
        let Reviews { reviewers, load, .. } = self.reviews;
        anyhow::ensure!(
            (1..=10).contains(&reviewers) && load > 0,
            "reviews.reviewers must be from 1 to 10, load not 0"
        );
        let minutes = self.sessions.access_minutes;
        anyhow::ensure!((1..=60).contains(&minutes), "sessions.access_minutes must be from 1 to 60, not {minutes}");
        anyhow::ensure!(self.server.max_calls > 0 && self.server.max_connections > 0, "server limits must not be 0");
        Ok(())
    }

    /// The database's address: as set, or SQLite in the data folder.
    pub fn database_url(&self) -> String {
        match &self.storage.database {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite:{}", self.storage.data.join("exemplar.sqlite").display()),
        }
    }

    /// Where the content of artefacts is kept.
    pub fn artefacts_place(&self) -> Place {
        match &self.artefacts.s3 {
            Some(s3) => Place::S3(exemplar_blueprints::blob::S3 {
                endpoint: s3.endpoint.as_str().trim_end_matches('/').to_owned(),
                region: s3.region.clone(),
                bucket: s3.bucket.clone(),
                access_key: s3.access_key.clone(),
                secret_key: s3.secret_key.clone(),
            }),
            None => Place::Folder(self.artefacts.folder.clone().unwrap_or_else(|| self.storage.data.join("artefacts"))),
        }
    }

    /// How blueprints are reviewed, as their context wants it; a month is 30 days.
    pub fn review_settings(&self) -> ReviewSettings {
        let Reviews { reviewers, load, due_days, valid_months } = self.reviews;
        let days = |days: u64| Duration::from_hours(24 * days);
        ReviewSettings { reviewers, load, due: days(due_days), valid: days(30 * valid_months) }
    }

    /// How artefacts are kept, as their context wants it.
    ///
    /// # Errors
    /// When the scanner's address cannot be understood.
    pub fn artefact_settings(&self) -> anyhow::Result<ArtefactSettings> {
        let artefacts = &self.artefacts;
        let scanner = artefacts.scanner.as_deref().map(Clamd::parse).transpose().map_err(anyhow::Error::msg)?;
        Ok(ArtefactSettings {
            max_bytes: artefacts.max_bytes,
            limits: Limits { unpacked: artefacts.max_unpacked_bytes, entries: artefacts.max_entries },
            scanner,
            upload_life: Duration::from_hours(artefacts.upload_hours),
            grace: Duration::from_hours(artefacts.grace_hours),
            transfers: artefacts.transfers,
        })
    }

    /// The folder of the signing keys.
    pub fn keys_folder(&self) -> PathBuf {
        self.sessions.keys.clone().unwrap_or_else(|| self.storage.data.join("keys"))
    }

    /// The folder of the keys that sign credentials.
    pub fn credential_keys_folder(&self) -> PathBuf {
        self.credentials.keys.clone().unwrap_or_else(|| self.storage.data.join("credential-keys"))
    }

    /// Who issues credentials.
    pub fn issuer(&self) -> exemplar_academy::Issuer {
        let own = self.credentials.address.as_ref();
        let address = own.map_or_else(|| self.address(), |address| address.as_str().trim_end_matches('/').to_owned());
        exemplar_academy::Issuer { address, name: self.credentials.issuer.clone() }
    }

    /// The address at which the world reaches this service, without a slash at its end.
    pub fn address(&self) -> String {
        match &self.server.address {
            Some(address) => address.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.server.listen),
        }
    }

    /// The way to send letters, if one is set.
    ///
    /// # Errors
    /// When the server's address or the sender cannot be understood.
    pub fn post(&self) -> anyhow::Result<Option<Post>> {
        let Some(Mail { smtp, from }) = &self.mail else { return Ok(None) };
        let settings = PostSettings { smtp: smtp.clone(), from: from.clone(), site: self.address() };
        Ok(Some(Post::new(&settings).map_err(|fault| anyhow::anyhow!("mail.{fault}"))?))
    }

    /// The issuers as the directory wants them.
    pub fn issuer_settings(&self) -> Vec<IssuerSettings> {
        let settings = |issuer: &Issuer| IssuerSettings {
            issuer: issuer.issuer.clone(),
            jwks: issuer.jwks.clone(),
            audience: issuer.audience.clone(),
            algorithms: issuer.algorithms.clone(),
            types: issuer.types.clone(),
        };
        self.issuers.iter().map(settings).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> anyhow::Result<Config> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        Config::load(Some(file.path()))
    }

    #[test]
    fn defaults_are_those_of_the_readme() {
        let config = load("").unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.storage.data, Path::new("exemplar-data"));
        assert_eq!(config.database_url(), "sqlite:exemplar-data/exemplar.sqlite");
    }

    #[test]
    fn unknown_keys_and_wrong_values_stop_the_start() {
        for (text, fault) in [
            ("[server]\nlisten_on = \"x\"", "unknown field `listen_on`"),
            ("[colours]\nblue = 1", "unknown field `colours`"),
            ("[server]\nlisten = \"nowhere\"", "invalid socket address"),
            ("[server]\nmax_calls = 0", "server limits must not be 0"),
            ("[sessions]\naccess_minutes = 61", "sessions.access_minutes must be from 1 to 60, not 61"),
            (
                "[artefacts]\nscanner = \"clamd\"",
                "artefacts.scanner \"clamd\" is neither tcp://HOST:PORT nor unix:/PATH",
            ),
            (
                "[artefacts]\nfolder = \"f\"\n[artefacts.s3]\nendpoint = \"http://h:1\"\nbucket = \"b\"\naccess_key = \"a\"\nsecret_key = \"s\"",
                "artefacts.folder and artefacts.s3 are both set",
            ),
            (
                "[[issuers]]\nissuer = \"a\"\njwks = \"http://elsewhere/jwks\"\naudience = \"x\"",
                "neither https nor on this machine",
            ),
            ("[[issuers]]\nissuer = \"exemplar\"\njwks = \"https://e/jwks\"\naudience = \"x\"", "is our own"),
            (
                "[[issuers]]\nissuer = \"a\"\njwks = \"https://e/jwks\"\naudience = \"x\"\nalgorithms = [\"HS256\"]",
                "needs a shared secret",
            ),
        ] {
            let error = format!("{:#}", load(text).unwrap_err());
            assert!(error.contains(fault), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = load("[storage]\ndatabase = \"postgres://exemplar:hunter2@db/exemplar\"").unwrap();
        let shown = format!("{config:?}");
        assert!(shown.contains("postgres://exemplar:REDACTED@db/exemplar") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(config.database_url(), "postgres://exemplar:hunter2@db/exemplar");
    }
}
