//! E-mail: tasks at once, news in a weekly letter, one click ends a kind, and an SMTP server that was away misses nothing.
//!
//! The letters go to a real SMTP server, which Node.js runs; see `issuers.rs` for what is needed.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::process::Stdio;
use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::inbox::v1 as pb;
use exemplar_proto::network::v1 as network;
use exemplar_server::config::Mail;
use exemplar_tests::{Actor, Database, World};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::adoptions::{adopt, adopting};
use crate::artefacts::http;
use crate::blueprints::{on_a_page, released};
use crate::inbox::wait_for;
use crate::issuers;
use crate::pairings::told;
use crate::partnerships::propose;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    let missing = issuers::missing();
    let (here, why) = (missing.is_none(), missing.unwrap_or_default());
    for database in Database::ALL {
        suite.on_if(database, here, why, "mail::tasks_at_once_and_news_weekly", tasks_at_once_and_news_weekly);
        suite.on_if(database, here, why, "mail::one_click_ends_a_kind", one_click_ends_a_kind);
        suite.on_if(database, here, why, "mail::what_was_not_taken_is_sent_later", what_was_not_taken_is_sent_later);
        suite.on(database, "mail::a_silent_server_holds_nobody_up", a_silent_server_holds_nobody_up);
    }
    suite.on_if(
        Database::Sqlite,
        here,
        why,
        "mail::who_has_no_mailbox_is_asked_once",
        who_has_no_mailbox_is_asked_once,
    );
}

/// A running SMTP server.
struct Smtp {
    port: u16,
    letters: Lines<BufReader<ChildStdout>>,
    told: ChildStdin,
    _child: Child,
}

/// A letter as it came.
#[derive(Debug)]
struct Letter {
    to: String,
    headers: String,
    body: String,
}

impl Smtp {
    async fn start(port: u16) -> Self {
        let mut node = tokio::process::Command::new("node");
        node.arg(issuers::folder().join("smtp.mjs")).arg(port.to_string()).kill_on_drop(true);
        let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let told = child.stdin.take().unwrap();
        let mut letters = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = letters.next_line().await.unwrap().unwrap().parse().unwrap();
        Self { port, letters, told, _child: child }
    }

    /// What it says next.
    async fn line(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(30), self.letters.next_line()).await;
        serde_json::from_str(&line.expect("a line").unwrap().unwrap()).unwrap()
    }

    /// Has it know no mailbox of an address from now on.
    async fn forget(&mut self, address: &str) {
        self.told.write_all(format!("{address}\n").as_bytes()).await.unwrap();
        assert_eq!(self.line().await["unknown"], address);
    }

    /// The next letter, with its soft line breaks undone.
    async fn letter(&mut self) -> Letter {
        let letter = self.line().await;
        let text = letter["text"].as_str().unwrap().replace("\r\n", "\n");
        let (headers, body) = text.split_once("\n\n").unwrap();
        let to = letter["to"][0].as_str().unwrap().to_owned();
        Letter {
            to,
            headers: headers.replace("\n ", " "),
            body: body.replace("=\n", "").replace("=3D", "=").replace("=20", " "),
        }
    }
}

impl Letter {
    fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.headers.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
    }

    /// The path of the page that ends its kind.
    fn unsubscribe(&self) -> String {
        let link = self.header("List-Unsubscribe").trim_matches(['<', '>']);
        format!("/unsubscribe/{}", link.rsplit_once('/').unwrap().1)
    }
}

async fn world(database: Database, port: u16) -> World {
    let world = World::with(database, |config| {
        let from = "Exemplar <exemplar@trust.example>".to_owned();
        config.mail = Some(Mail { smtp: format!("smtp://127.0.0.1:{port}").into(), from });
        config.server.address = Some("https://exemplar.example/".parse().unwrap());
    })
    .await;
    world.organisations(&["RGT", "RRV", "RBL", "REP"]).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 5).await;
    world
}

async fn email(by: &Actor) -> String {
    let answer = by.sessions().who_am_i(exemplar_proto::directory::v1::WhoAmIRequest {}).await.unwrap();
    answer.into_inner().person.unwrap().email
}

async fn choose(by: &Actor, kind: &str, cadence: pb::MailCadence) -> Result<pb::MailChoice, String> {
    let request = pb::ChooseMailRequest { kind: kind.to_owned(), cadence: cadence.into(), ..Default::default() };
    told(by.inbox().choose_mail(request).await).map(|answer| answer.choice.unwrap())
}

async fn tasks_at_once_and_news_weekly(database: Database) {
    let mut smtp = Smtp::start(0).await;
    let world = world(database, smtp.port).await;
    let exemplar = world.at("RGT", Role::Lead).await;
    let (first, second) = (world.at("RRV", Role::Lead).await, world.at("RBL", Role::Lead).await);
    let blueprint =
        released(&exemplar, "RGT", blueprints::Visibility::Public, on_a_page("Zebrafinch wards", "So.")).await;
    let blueprint = blueprint.blueprint.unwrap().name;
    // News waits for Monday: it is Monday morning.
    adopt(&first, adopting(&blueprint, "RRV", blueprints::AdoptionState::Planned)).await.unwrap();
    adopt(&second, adopting(&blueprint, "RBL", blueprints::AdoptionState::Planned)).await.unwrap();
    wait_for(&exemplar, "kind = ADOPTED", 2).await;
    propose(&first, "RGT", "RRV", "RRV").await.unwrap();
    let letter = smtp.letter().await;
    assert_eq!(letter.to, email(&exemplar).await);
    assert_eq!(letter.header("Subject"), "Proposals of pairings to answer");
    assert_eq!(letter.header("From"), "Exemplar <exemplar@trust.example>");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert_eq!(letter.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let item = wait_for(&exemplar, "kind = PAIRING_PROPOSAL", 1).await.remove(0);
    let end = format!("https://exemplar.example{}", letter.unsubscribe());
    let expected = format!(
        "Proposals of pairings to answer\n\n- {}\n\nSign in to read and to answer: https://exemplar.example/\n\n-- \nNo more e-mail of \
         this kind: {end}\n",
        item.text
    );
    assert_eq!(letter.body.trim_end(), expected.trim_end());
    // A week on: one letter of both adoptions, and none of the proposal again.
    let address = letter.to;
    world.clock.advance(Duration::from_hours(7 * 24));
    let letter = smtp.letter().await;
    assert_eq!((letter.header("Subject"), &letter.to), ("Adoptions of what you wrote (2)", &address));
    assert_eq!(letter.body.matches("\n- ").count(), 2, "{}", letter.body);
    // Who has chosen otherwise is told otherwise.
    let exemplar = exemplar.signed_in_again(&world).await;
    assert_eq!(choose(&exemplar, "NOTHING", pb::MailCadence::Daily).await.unwrap_err(), "NotFound KIND_NOT_FOUND");
    let chosen = choose(&exemplar, "ADOPTED", pb::MailCadence::AtOnce).await.unwrap();
    let listed = told(exemplar.inbox().get_mail_choices(pb::GetMailChoicesRequest {}).await).unwrap().choices;
    assert!(listed.contains(&chosen));
    let usual = |choice: &pb::MailChoice| {
        choice.cadence == i32::from(pb::MailCadence::AtOnce) || choice.cadence == i32::from(pb::MailCadence::Weekly)
    };
    assert!(listed.iter().all(usual) && listed.iter().filter(|choice| choice.chosen).count() == 1, "{listed:?}");
    let third = world.at("REP", Role::Lead).await;
    adopt(&third, adopting(&blueprint, "REP", blueprints::AdoptionState::Planned)).await.unwrap();
    assert_eq!(smtp.letter().await.header("Subject"), "Adoptions of what you wrote");
}

async fn one_click_ends_a_kind(database: Database) {
    let mut smtp = Smtp::start(0).await;
    let world = world(database, smtp.port).await;
    let exemplar = world.at("RGT", Role::Lead).await;
    let (first, second) = (world.at("RRV", Role::Lead).await, world.at("RBL", Role::Lead).await);
    propose(&first, "RGT", "RRV", "RRV").await.unwrap();
    let path = smtp.letter().await.unsubscribe();
    for method in ["GET", "POST"] {
        assert_eq!(http(&world, method, "/unsubscribe/0123456789abcdef", "").await.status, 404);
    }
    // Programs that read mail look at links: that ends nothing.
    let page = http(&world, "GET", &path, "").await;
    assert!(page.text().contains("You get e-mail about: Proposals of pairings to answer."), "{}", page.text());
    let choices = async || told(exemplar.inbox().get_mail_choices(pb::GetMailChoicesRequest {}).await).unwrap().choices;
    assert!(choices().await.iter().all(|choice| !choice.chosen));
    let click = http(&world, "POST", &path, "content-length: 0\r\n").await;
    assert_eq!(click.status, 200);
    let said = "You will get no more e-mail about: Proposals of pairings to answer.";
    assert!(click.text().contains(said), "{}", click.text());
    let ended: Vec<_> = choices().await.into_iter().filter(|choice| choice.chosen).collect();
    let [ended] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!((ended.kind.as_str(), ended.cadence), ("PAIRING_PROPOSAL", pb::MailCadence::Never.into()));
    // Of this kind nothing comes any more, of others it does.
    let name = propose(&second, "RGT", "RBL", "RBL").await.unwrap().name;
    wait_for(&exemplar, "kind = PAIRING_PROPOSAL", 2).await;
    let accept = network::AcceptPairingRequest { name, ..Default::default() };
    told(exemplar.pairings().accept_pairing(accept).await).unwrap();
    wait_for(&second, "kind = PAIRING_NEWS", 1).await;
    choose(&second, "PAIRING_NEWS", pb::MailCadence::AtOnce).await.unwrap();
    let other = smtp.letter_after(&world).await;
    assert_ne!(other.header("Subject"), "Proposals of pairings to answer", "{other:?}");
}

async fn what_was_not_taken_is_sent_later(database: Database) {
    let smtp = Smtp::start(0).await;
    let port = smtp.port;
    drop(smtp);
    let world = world(database, port).await;
    let exemplar = world.at("RGT", Role::Lead).await;
    let (first, second) = (world.at("RRV", Role::Lead).await, world.at("RBL", Role::Lead).await);
    propose(&first, "RGT", "RRV", "RRV").await.unwrap();
    let withdrawn = propose(&second, "RGT", "RBL", "RBL").await.unwrap().name;
    wait_for(&exemplar, "kind = PAIRING_PROPOSAL", 2).await;
    // What is settled before it can be sent is not sent.
    let withdraw =
        network::WithdrawPairingRequest { name: withdrawn, reason: "Too soon.".to_owned(), ..Default::default() };
    told(second.pairings().withdraw_pairing(withdraw).await).unwrap();
    wait_for(&exemplar, "kind = PAIRING_PROPOSAL AND done = false", 1).await;
    let mut smtp = Smtp::start(port).await;
    let letter = smtp.letter_after(&world).await;
    assert_eq!((letter.header("Subject"), letter.body.matches("\n- ").count()), ("Proposals of pairings to answer", 1));
}

impl Smtp {
    /// The next letter, while the clock goes on a minute at a time, as letters are tried again.
    async fn letter_after(&mut self, world: &World) -> Letter {
        for _ in 0..20 {
            tokio::select! {
                letter = self.letter() => return letter,
                () = tokio::time::sleep(Duration::from_millis(1500)) => world.clock.advance(Duration::from_mins(1)),
            }
        }
        panic!("no letter came");
    }
}

async fn who_has_no_mailbox_is_asked_once(database: Database) {
    let mut smtp = Smtp::start(0).await;
    let world = world(database, smtp.port).await;
    let (gone, colleague) = (world.at("RGT", Role::Lead).await, world.at("RGT", Role::Lead).await);
    let (gone, address) = (email(&gone).await, email(&colleague).await);
    smtp.forget(&gone).await;
    let follower = world.at("RRV", Role::Lead).await;
    let page = on_a_page("Zebrafinch wards", "So.");
    let blueprint = released(&colleague, "RGT", blueprints::Visibility::Public, page).await.blueprint.unwrap().name;
    choose(&colleague, "ADOPTED", pb::MailCadence::AtOnce).await.unwrap();
    propose(&follower, "RGT", "RRV", "RRV").await.unwrap();
    let said = [smtp.line().await, smtp.line().await];
    assert!(
        said.iter().any(|line| line["refused"] == gone) && said.iter().any(|line| line["to"][0] == address),
        "{said:?}"
    );
    // A day on it would have been tried again before what is new.
    world.clock.advance(Duration::from_hours(24));
    let follower = follower.signed_in_again(&world).await;
    adopt(&follower, adopting(&blueprint, "RRV", blueprints::AdoptionState::Planned)).await.unwrap();
    let letter = smtp.letter().await;
    assert_eq!((letter.header("Subject"), &letter.to), ("Adoptions of what you wrote", &address));
}

async fn a_silent_server_holds_nobody_up(database: Database) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut world = world(database, silent.local_addr().unwrap().port()).await;
    let exemplar = world.at("RGT", Role::Lead).await;
    propose(&world.at("RRV", Role::Lead).await, "RGT", "RRV", "RRV").await.unwrap();
    wait_for(&exemplar, "kind = PAIRING_PROPOSAL", 1).await;
    let _line = silent.accept().await.unwrap();
    // It waits for a greeting now; the server ends all the same, long before it would give up.
    tokio::time::timeout(Duration::from_secs(20), world.stop()).await.expect("an end");
}
