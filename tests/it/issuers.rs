//! Tokens of configured OpenID issuers, made by a real provider: oidc-provider, which these tests start on free ports.
//!
//! Node.js runs it; its packages are installed once, by the lock file of `tests/oidc`. Where that cannot be done the
//! tests are ignored and say why, unless `EXEMPLAR_TEST_NODE=required`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exemplar_kernel::Role;
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::accept_invitation_request::Credential;
use exemplar_server::config::Issuer;
use exemplar_tests::{Actor, Database, World, refusal};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::suite::Suite;

const REFUSED: &str = "Unauthenticated TOKEN_INVALID";
const UNREACHABLE: &str = "Unavailable ISSUER_UNREACHABLE";
/// How soon keys may be asked for again.
const AGAIN: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_hours(1);
/// Longer than a call may be held up by an issuer.
const PATIENCE: Duration = Duration::from_secs(6);

pub(crate) fn tests(suite: &mut Suite) {
    let missing = missing();
    let (here, why) = (missing.is_none(), missing.unwrap_or_default());
    for database in Database::ALL {
        suite.on_if(database, here, why, "issuers::an_identity_is_an_account", an_identity_is_an_account);
    }
    let at = Database::Sqlite;
    suite.on_if(at, here, why, "issuers::only_good_tokens_accept", only_good_tokens_accept);
    suite.on_if(at, here, why, "issuers::keys_rotate", keys_rotate);
    suite.on_if(at, here, why, "issuers::a_withdrawn_key_ends_its_tokens", a_withdrawn_key_ends_its_tokens);
    suite.on_if(at, here, why, "issuers::no_forgery_is_accepted", no_forgery_is_accepted);
    suite.on_if(at, here, why, "issuers::times_count_by_our_clock", times_count_by_our_clock);
    suite.on_if(at, here, why, "issuers::unknown_keys_are_asked_for_once", unknown_keys_are_asked_for_once);
    suite.on_if(at, here, why, "issuers::keys_are_held_for_a_day", keys_are_held_for_a_day);
    suite.on_if(at, here, why, "issuers::a_silent_issuer_holds_nobody_up", a_silent_issuer_holds_nobody_up);
}

/// What this machine lacks to run the provider, if anything.
#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
#[expect(clippy::print_stderr, reason = "a test says why it cannot run")]
pub(crate) fn missing() -> Option<&'static str> {
    let missing = match node() {
        None => Some("node is not installed"),
        Some(..20) => Some("node is older than 20"),
        Some(_) => {
            install(folder()).inspect_err(|error| eprintln!("tests/oidc: {error:#}")).err().map(|_| "npm ci failed")
        }
    };
    let required = std::env::var("EXEMPLAR_TEST_NODE").is_ok_and(|value| value == "required");
    assert!(missing.is_none() || !required, "an OpenID provider is demanded: {}", missing.unwrap_or_default());
    missing
}

/// The major version of Node.js.
fn node() -> Option<u32> {
    let output = Command::new("node").arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the packages of a folder's lock file, unless they are there. Other processes may want to at the same time.
pub(crate) fn install(folder: &Path) -> anyhow::Result<()> {
    let wanted = folder.join("package-lock.json");
    let held = File::open(&wanted)?;
    held.lock()?;
    // The list of what npm installed is the last that it writes.
    let installed = folder.join("node_modules/.package-lock.json");
    if packages(&installed).ok() == Some(packages(&wanted)?) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
    ]);
    let output = npm.current_dir(folder).stdin(Stdio::null()).output().context("npm cannot be run")?;
    ensure!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/oidc"))
}

/// The packages of a lock file and their digests.
fn packages(lock: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    let lock: Value = serde_json::from_slice(&std::fs::read(lock)?)?;
    let packages = lock["packages"].as_object().context("a lock file without packages")?;
    let digests = packages.iter().filter(|(place, _)| !place.is_empty());
    Ok(digests.map(|(place, package)| (place.clone(), package["integrity"].clone())).collect())
}

/// A running provider. Its first keys, which all of them call alike, are known to the test, so that it can sign what a
/// provider never would.
struct Provider {
    issuer: String,
    key: EncodingKey,
    encryption: EncodingKey,
    line: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    child: Child,
    _folder: TempDir,
}

impl Provider {
    async fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let pem = |kid: &str| std::fs::read(keys.path().join(format!("{kid}.pem"))).unwrap();
        let mut node = tokio::process::Command::new("node");
        node.arg(folder().join("provider.mjs")).arg("first").arg(keys.path()).kill_on_drop(true);
        let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = answers.next_line().await.unwrap().expect("the provider starts");
        let issuer = ready.strip_prefix("READY ").unwrap().to_owned();
        let key = EncodingKey::from_ed_pem(&pem("first")).unwrap();
        let encryption = EncodingKey::from_ec_pem(&pem("for-encryption")).unwrap();
        let line = Mutex::new((child.stdin.take().unwrap(), answers));
        Self { issuer, key, encryption, line, child, _folder: keys }
    }

    /// Has it do what `tests/oidc/provider.mjs` lists.
    async fn ask(&self, line: &str) -> String {
        let (input, answers) = &mut *self.line.lock().await;
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let answer = answers.next_line().await.unwrap().expect("the provider runs");
        assert!(!answer.starts_with("ERROR"), "{line}: {answer}");
        answer
    }

    async fn token(&self, client: &str) -> String {
        self.ask(&format!("token {client}")).await
    }

    async fn tokens<const N: usize>(&self, client: &str) -> [String; N] {
        let mut tokens = [const { String::new() }; N];
        for token in &mut tokens {
            *token = self.token(client).await;
        }
        tokens
    }

    /// How often its keys were asked for.
    async fn asked(&self) -> u32 {
        self.ask("count").await.parse().unwrap()
    }

    /// Its first key, as it publishes it.
    async fn public_key(&self) -> PublicKey {
        const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let published: Value = serde_json::from_str(&self.ask("keys").await).unwrap();
        let jwk = published["keys"].as_array().unwrap().iter().find(|key| key["kid"] == "first").unwrap().clone();
        let raw = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
        let der = [ED25519.as_slice(), &raw].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
        PublicKey { jwk, raw, der, pem }
    }

    async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }

    fn settings(&self) -> Issuer {
        Issuer {
            issuer: self.issuer.clone(),
            jwks: format!("{}/jwks", self.issuer).parse().unwrap(),
            audience: "exemplar".to_owned(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA],
            types: vec!["at+jwt".to_owned()],
        }
    }

    /// Any header and claims under the signature of its first key.
    fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(header, claims, &self.key, Algorithm::EdDSA)
    }
}

/// A public key in the forms in which anyone can have it.
struct PublicKey {
    jwk: Value,
    raw: Vec<u8>,
    der: Vec<u8>,
    pem: String,
}

fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn part(token: &str, which: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(which).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// `base` with some members set, or removed where the change is null.
fn changed(base: &Value, changes: Value) -> Value {
    let mut base = base.clone();
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(key)),
            value => base[key] = value.clone(),
        }
    }
    base
}

/// A world that trusts these providers, at the time at which the token was made.
async fn world(database: Database, providers: &[&Provider], token: &str) -> World {
    let settings = providers.iter().map(|provider| provider.settings()).collect::<Vec<_>>();
    let world = World::with(database, |config| config.issuers = settings).await;
    let made = part(token, 1)["iat"].as_i64().unwrap();
    world.clock.advance(Duration::from_secs(u64::try_from(made - world.clock.now().seconds()).unwrap()));
    world.organisations(&["RGT"]).await;
    world
}

/// The token of a fresh invitation to RGT.
async fn invitation(world: &World, email: &str) -> String {
    let request = pb::InvitePersonRequest {
        email: email.to_owned(),
        organisation: "organisations/RGT".to_owned(),
        roles: vec![pb::Role::Member.into()],
        ..Default::default()
    };
    let admin = world.at("RGT", Role::Admin).await;
    admin.people().invite_person(request).await.unwrap().into_inner().token
}

/// Takes up an invitation with a token of an issuer.
async fn accept(world: &World, invitation: &str, external: &str) -> Result<pb::Person, String> {
    let request = pb::AcceptInvitationRequest {
        token: invitation.to_owned(),
        display_name: "Sample Lead".to_owned(),
        credential: Some(Credential::ExternalToken(external.to_owned())),
    };
    let answer = world.anonymous().await.people().accept_invitation(request).await;
    Ok(answer.map_err(|status| refusal(&status))?.into_inner().person.unwrap())
}

/// Somebody of RGT whom the token's issuer knows, with that token.
async fn member(world: &World, token: &str) -> Actor {
    let invitation = invitation(world, "lead@sample.example").await;
    accept(world, &invitation, token).await.unwrap();
    Actor::new(&world.address, Some(token)).await
}

async fn who(actor: &Actor) -> Result<pb::Person, String> {
    let answer = actor.sessions().who_am_i(pb::WhoAmIRequest {}).await;
    Ok(answer.map_err(|status| refusal(&status))?.into_inner().person.unwrap())
}

/// Calls with each of the tokens at the same time; what each call came to, and none may take long.
async fn who_all(actor: &Actor, tokens: impl IntoIterator<Item = String>) -> Vec<Result<(), String>> {
    let mut calls = JoinSet::new();
    for token in tokens {
        let actor = actor.with_token(&token);
        calls.spawn(async move {
            let call = tokio::time::timeout(PATIENCE, who(&actor));
            call.await.expect("an answer in time").map(|_| ())
        });
    }
    calls.join_all().await
}

async fn an_identity_is_an_account(database: Database) {
    let provider = Provider::start().await;
    let elsewhere = Provider::start().await;
    let [token, next, last] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider, &elsewhere], &token).await;
    let anyone = world.anonymous().await;
    assert_eq!(who(&anyone.with_token(&token)).await.unwrap_err(), REFUSED, "there is no account yet");

    let person = accept(&world, &invitation(&world, "lead@sample.example").await, &token).await.unwrap();
    assert_eq!(person.display_name, "Sample Lead");
    assert_eq!(person.memberships[0].organisation, "organisations/RGT");
    let lead = anyone.with_token(&token);
    assert_eq!(who(&lead).await.unwrap(), person);
    assert_eq!(who(&anyone.with_token(&next)).await.unwrap(), person, "whichever token it is");
    let request = pb::ListPeopleRequest { organisation: "organisations/RGT".to_owned(), ..Default::default() };
    lead.people().list_people(request).await.expect("the roles are those of the invitation");

    // One identity is one account, which takes up further invitations signed in.
    let second = invitation(&world, "another@sample.example").await;
    assert_eq!(accept(&world, &second, &next).await.unwrap_err(), "AlreadyExists ACCOUNT_EXISTS");
    let bare = pb::AcceptInvitationRequest { token: second, ..Default::default() };
    let again = lead.people().accept_invitation(bare).await.unwrap().into_inner().person.unwrap();
    assert_eq!(again.name, person.name);
    let refused = lead.sessions().sign_out(pb::SignOutRequest {}).await.unwrap_err();
    assert_eq!(refusal(&refused), "FailedPrecondition SESSION_FOREIGN");
    who(&lead).await.expect("nothing has ended");

    // Nobody else is let in: another subject, or the same one of another issuer.
    for stranger in [provider.token("sample-stranger").await, elsewhere.token("sample-lead").await] {
        assert_eq!(who(&anyone.with_token(&stranger)).await.unwrap_err(), REFUSED);
    }
    let third = invitation(&world, "namesake@sample.example").await;
    let namesake = accept(&world, &third, &elsewhere.token("sample-lead").await).await.unwrap();
    assert_ne!(namesake.name, person.name);

    let end = pb::DeactivatePersonRequest { person: person.name, ..Default::default() };
    world.programme().await.people().deactivate_person(end).await.unwrap();
    assert_eq!(who(&lead).await.unwrap_err(), REFUSED, "the token dies with the account");
    assert_eq!(who(&anyone.with_token(&last)).await.unwrap_err(), REFUSED, "and so does one that was never used");
}

async fn only_good_tokens_accept(database: Database) {
    let provider = Provider::start().await;
    let unknown = Provider::start().await;
    let token = provider.token("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let invitation = invitation(&world, "lead@sample.example").await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let now = world.clock.now().seconds();
    let bad = [
        ("rubbish", "rubbish".to_owned()),
        ("nothing", String::new()),
        ("our own", world.at("RGT", Role::Member).await.tokens.unwrap().access_token),
        ("the invitation", invitation.clone()),
        ("an issuer that is not configured", unknown.token("sample-lead").await),
        ("another audience", provider.ask("token sample-lead another").await),
        ("another signature", unknown.sign(&header, &claims)),
        ("expired", provider.sign(&header, &changed(&claims, json!({"exp": now - 30})))),
        ("not valid yet", provider.sign(&header, &changed(&claims, json!({"nbf": now + 31})))),
    ];
    for (name, bad) in bad {
        assert_eq!(accept(&world, &invitation, &bad).await.map(|_| ()), Err(REFUSED.to_owned()), "{name}");
    }
    accept(&world, &invitation, &token).await.expect("the invitation is still good");
}

async fn keys_rotate(database: Database) {
    let provider = Provider::start().await;
    let [token, first, early, late] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let lead = member(&world, &token).await;
    who(&lead).await.unwrap();

    provider.ask("rotate second ES256").await;
    let [second, second_late] = provider.tokens("sample-lead").await;
    assert_eq!(part(&second, 0)["kid"], "second");
    world.clock.advance(AGAIN - Duration::from_secs(1));
    assert_eq!(who(&lead.with_token(&second)).await.unwrap_err(), REFUSED, "too soon to ask again");
    world.clock.advance(Duration::from_secs(1));
    who(&lead.with_token(&second)).await.expect("a key that was asked for again");
    who(&lead.with_token(&first)).await.expect("a key that is still published");
    provider.ask("rotate third RS256").await;
    world.clock.advance(AGAIN);
    who(&lead.with_token(&provider.token("sample-lead").await)).await.expect("an RSA key that names no algorithm");
    assert_eq!(provider.asked().await, 3, "once for each key");

    provider.ask("retire").await;
    world.clock.advance(HOUR - Duration::from_secs(1));
    who(&lead.with_token(&early)).await.expect("keys are good for an hour");
    assert_eq!(provider.asked().await, 3);
    world.clock.advance(Duration::from_secs(1));
    who(&lead.with_token(&provider.token("sample-lead").await)).await.unwrap();
    for withdrawn in [late, second_late] {
        assert_eq!(who(&lead.with_token(&withdrawn)).await.unwrap_err(), REFUSED);
    }
    assert_eq!(provider.asked().await, 4);
}

async fn a_withdrawn_key_ends_its_tokens(database: Database) {
    let provider = Provider::start().await;
    let [token, unused] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let lead = member(&world, &token).await;
    who(&lead).await.unwrap();
    provider.ask("rotate second EdDSA").await;
    provider.ask("retire").await;
    world.clock.advance(AGAIN);
    who(&lead.with_token(&provider.token("sample-lead").await)).await.expect("the keys are fetched again");
    assert_eq!(who(&lead.with_token(&unused)).await.unwrap_err(), REFUSED);
    assert_eq!(who(&lead).await.unwrap_err(), REFUSED, "a token that was remembered, too");
}

async fn no_forgery_is_accepted(database: Database) {
    let provider = Provider::start().await;
    let other = Provider::start().await;
    let [token, good] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider, &other], &token).await;
    let lead = member(&world, &token).await;
    who(&lead.with_token(&other.token("sample-lead").await)).await.expect_err("the other's keys are held, too");
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let heading = |changes| provider.sign(&changed(&header, changes), &claims);
    let claiming = |changes| provider.sign(&header, &changed(&claims, changes));
    let unsigned = |alg: &str| format!("{}.{}.", encode(&changed(&header, json!({"alg": alg}))), encode(&claims));
    let PublicKey { jwk, raw, der, pem } = provider.public_key().await;
    let hmac = |secret: &[u8]| {
        signed(&changed(&header, json!({"alg": "HS256"})), &claims, &EncodingKey::from_secret(secret), Algorithm::HS256)
    };
    let theirs = changed(&part(&other.token("sample-lead").await, 1), json!({"iss": provider.issuer}));
    let encrypting = changed(&header, json!({"alg": "ES256", "kid": "for-encryption"}));
    let encrypting = signed(&encrypting, &claims, &provider.encryption, Algorithm::ES256);
    let embedded =
        changed(&header, json!({"jwk": other.public_key().await.jwk, "jku": format!("{}/jwks", other.issuer)}));
    let forgeries = [
        ("another issuer's signature", other.sign(&header, &claims)),
        ("another issuer's claims", other.sign(&header, &theirs)),
        ("another issuer's key in the header", other.sign(&embedded, &claims)),
        ("another issuer as the author", provider.sign(&header, &changed(&claims, json!({"iss": other.issuer})))),
        ("an issuer that is not configured", claiming(json!({"iss": "https://elsewhere.example"}))),
        ("an issuer with a slash", claiming(json!({"iss": format!("{}/", provider.issuer)}))),
        ("no issuer", claiming(json!({"iss": null}))),
        ("foreign audience of the provider", provider.ask("token sample-lead another").await),
        ("foreign audiences", claiming(json!({"aud": ["another", "a third"]}))),
        ("no audience", claiming(json!({"aud": null}))),
        ("alg none", unsigned("none")),
        ("alg NONE", unsigned("NONE")),
        ("signature cut off", unsigned("EdDSA")),
        ("HMAC with the raw public key", hmac(&raw)),
        ("HMAC with the DER public key", hmac(&der)),
        ("HMAC with the PEM public key", hmac(pem.as_bytes())),
        ("HMAC with the JSON public key", hmac(jwk.to_string().as_bytes())),
        ("alg of another family", heading(json!({"alg": "RS256"}))),
        ("no kid", heading(json!({"kid": null}))),
        ("empty kid", heading(json!({"kid": ""}))),
        ("unknown kid", heading(json!({"kid": "second"}))),
        ("a key that is for encryption", encrypting),
        ("typ JWT", heading(json!({"typ": "JWT"}))),
        ("no typ", heading(json!({"typ": null}))),
        ("critical extensions", heading(json!({"crit": ["b64"], "b64": true}))),
        ("no critical extensions", heading(json!({"crit": []}))),
        ("no subject", claiming(json!({"sub": null}))),
        ("another subject", claiming(json!({"sub": "sample-stranger"}))),
        ("subject of a local account", claiming(json!({"sub": "people/00000000-0000-7000-8000-000000000000"}))),
        ("no exp", claiming(json!({"exp": null}))),
        ("exp a text", claiming(json!({"exp": claims["exp"].to_string()}))),
        ("exp without end", claiming(json!({"exp": 1e300}))),
        ("nbf a text", claiming(json!({"nbf": claims["iat"].to_string()}))),
        ("too long", claiming(json!({"more": "x".repeat(8 << 10)}))),
    ];
    for (name, forgery) in forgeries {
        assert_eq!(who(&lead.with_token(&forgery)).await.map(|_| ()), Err(REFUSED.to_owned()), "{name}");
    }
    who(&lead.with_token(&good)).await.expect("a real one");
    who(&lead.with_token(&heading(json!({"typ": "AT+JWT"})))).await.expect("types have no case");
    who(&lead.with_token(&claiming(json!({"aud": ["another", "exemplar"]})))).await.expect("one audience of several");
}

async fn times_count_by_our_clock(database: Database) {
    let provider = Provider::start().await;
    let [token, unused] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let lead = member(&world, &token).await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let now = world.clock.now().seconds();
    let made = |changes| lead.with_token(&provider.sign(&header, &changed(&claims, changes)));
    who(&made(json!({"exp": now - 29}))).await.expect("clocks may be apart by half a minute");
    assert_eq!(who(&made(json!({"exp": now - 30}))).await.unwrap_err(), REFUSED);
    assert_eq!(who(&made(json!({"exp": -1}))).await.unwrap_err(), REFUSED);
    let early = made(json!({"nbf": now + 31}));
    who(&made(json!({"nbf": now + 30}))).await.expect("clocks may be apart by half a minute");
    assert_eq!(who(&early).await.unwrap_err(), REFUSED);
    world.clock.advance(Duration::from_secs(1));
    who(&early).await.expect("its time has come");

    // The provider's own tokens, to the last second, whether or not they were used before.
    let ends =
        Duration::from_secs(u64::try_from(claims["exp"].as_i64().unwrap() - world.clock.now().seconds()).unwrap());
    who(&lead).await.unwrap();
    world.clock.advance(ends + Duration::from_secs(29));
    who(&lead).await.unwrap();
    who(&lead.with_token(&unused)).await.unwrap();
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(who(&lead).await.unwrap_err(), REFUSED);
    assert_eq!(who(&lead.with_token(&unused)).await.unwrap_err(), REFUSED);
}

async fn unknown_keys_are_asked_for_once(database: Database) {
    let provider = Provider::start().await;
    let [token, unused] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let anyone = world.anonymous().await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let flood: Vec<_> = (0..200)
        .map(|number| provider.sign(&changed(&header, json!({"kid": format!("unknown-{number}")})), &claims))
        .collect();
    let all_refused = vec![Err(REFUSED.to_owned()); flood.len()];
    assert_eq!(who_all(&anyone, flood.clone()).await, all_refused);
    assert_eq!(provider.asked().await, 1, "the first fetch");
    let lead = member(&world, &token).await;
    world.clock.advance(AGAIN - Duration::from_secs(1));
    assert_eq!(who_all(&lead, flood.clone()).await, all_refused);
    assert_eq!(provider.asked().await, 1, "too soon");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(who_all(&lead, flood.clone()).await, all_refused);
    assert_eq!(provider.asked().await, 2, "once more");
    // Other issuers' names, and tokens that no key could verify, do not make us ask at all.
    world.clock.advance(AGAIN);
    let bad = |header: Value, claims: Value| {
        provider.sign(&changed(&part(&token, 0), header), &changed(&part(&token, 1), claims))
    };
    let idle = [
        bad(json!({"kid": "unknown", "typ": "JWT"}), json!({})),
        bad(json!({"kid": "unknown", "crit": ["exp"]}), json!({})),
        bad(json!({"kid": "unknown"}), json!({"iss": "https://elsewhere.example"})),
        bad(json!({"kid": null}), json!({})),
    ];
    assert_eq!(who_all(&lead, idle).await, vec![Err(REFUSED.to_owned()); 4]);
    assert_eq!(provider.asked().await, 2);
    who(&lead.with_token(&unused)).await.expect("the keys that are held serve on");
}

async fn keys_are_held_for_a_day(database: Database) {
    let provider = Provider::start().await;
    let [token, soon, late, too_late] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider], &token).await;
    let lead = member(&world, &token).await;
    provider.ask("rotate second ES256").await;
    let [new, newer] = provider.tokens("sample-lead").await;
    provider.stop().await;

    world.clock.advance(HOUR);
    who(&lead.with_token(&soon)).await.expect("a key that is held");
    assert_eq!(who(&lead.with_token(&new)).await.unwrap_err(), REFUSED, "a key that never came");
    world.clock.advance(HOUR * 23 - Duration::from_secs(1));
    who(&lead.with_token(&late)).await.expect("a key that is held");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(who(&lead.with_token(&too_late)).await.unwrap_err(), UNREACHABLE, "a day is enough");
    assert_eq!(who(&lead.with_token(&newer)).await.unwrap_err(), UNREACHABLE);
    who(&world.at("RGT", Role::Member).await).await.expect("local accounts go on");
}

async fn a_silent_issuer_holds_nobody_up(database: Database) {
    let provider = Provider::start().await;
    let never = Provider::start().await;
    let token = provider.token("sample-lead").await;
    let held: [String; 4] = provider.tokens("sample-lead").await;
    let world = world(database, &[&provider, &never], &token).await;
    let lead = member(&world, &token).await;
    provider.ask("rotate second EdDSA").await;
    let new: [String; 4] = provider.tokens("sample-lead").await;
    let strange: [String; 4] = never.tokens("sample-stranger").await;
    for provider in [&provider, &never] {
        provider.ask("hang").await;
    }
    world.clock.advance(HOUR);
    let (held, refused, strange) =
        tokio::join!(who_all(&lead, held), who_all(&lead, new.clone()), who_all(&lead, strange));
    assert_eq!(held, vec![Ok(()); 4]);
    assert_eq!(refused, vec![Err(REFUSED.to_owned()); 4]);
    assert_eq!(strange, vec![Err(UNREACHABLE.to_owned()); 4], "of an issuer that never answered");
    assert_eq!((provider.asked().await, never.asked().await), (2, 1), "all wait for one answer");

    for provider in [&provider, &never] {
        provider.ask("answer").await;
    }
    world.clock.advance(AGAIN);
    assert_eq!(who_all(&lead, new).await, vec![Ok(()); 4], "all is well again");
    let invitation = invitation(&world, "other@sample.example").await;
    accept(&world, &invitation, &never.token("sample-lead").await).await.expect("here, too");
}
