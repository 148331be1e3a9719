//! The session file, and what may be sent where.

use exemplar_proto::directory::v1 as pb;
use secrecy::ExposeSecret as _;

use crate::server::Server;
use crate::session::{Session, Sessions};

const HERE: &str = "http://127.0.0.1:8080";
const THERE: &str = "https://exemplar.example.org:443";

fn session(number: u32) -> Session {
    let tokens = pb::Tokens {
        access_token: format!("access-{number}"),
        refresh_token: format!("refresh-{number}"),
        ..pb::Tokens::default()
    };
    Session::of(tokens, "ada@trust.example".into())
}

fn access(sessions: &Sessions, origin: &str) -> Option<String> {
    sessions.find(origin).unwrap().map(|session| session.access.expose_secret().to_owned())
}

#[tokio::test]
async fn a_session_per_server_is_kept_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = Sessions::at(folder.path().join("deep").join("session.json"));
    assert_eq!(access(&sessions, HERE), None);
    let locked = sessions.lock().await.unwrap();
    locked.keep(HERE, &session(1)).unwrap();
    locked.keep(THERE, &session(2)).unwrap();
    locked.keep(HERE, &session(3)).unwrap();
    assert_eq!(access(&sessions, HERE).as_deref(), Some("access-3"));
    assert_eq!(access(&sessions, THERE).as_deref(), Some("access-2"));
    locked.forget(HERE).unwrap();
    assert_eq!(access(&sessions, HERE), None);
    let kept = locked.find(THERE).unwrap().unwrap();
    assert_eq!((kept.refresh.expose_secret(), kept.email.as_str()), ("refresh-2", "ada@trust.example"));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exemplar").join("session.json");
    Sessions::at(path.clone()).lock().await.unwrap().keep(HERE, &session(1)).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let left: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
}

#[tokio::test]
async fn who_holds_the_lock_changes_the_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = Sessions::at(folder.path().join("session.json"));
    let first = sessions.lock().await.unwrap();
    let waiting = sessions.clone();
    let second = tokio::spawn(async move {
        let locked = waiting.lock().await.unwrap();
        locked.find(HERE).unwrap().map(|session| session.access.expose_secret().to_owned())
    });
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    first.keep(HERE, &session(7)).unwrap();
    drop(first);
    assert_eq!(second.await.unwrap().as_deref(), Some("access-7"));
}

#[test]
fn a_damaged_file_is_named_and_its_secrets_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    std::fs::write(&path, "{\"sessions\": {\"x\": \"secret-token\"").unwrap();
    let error = Sessions::at(path).find(HERE).unwrap_err().report();
    assert!(error.contains("session.json") && !error.contains("secret-token"), "{error}");
}

#[test]
fn sessions_do_not_show_their_tokens() {
    let shown = format!("{:?}", session(1));
    assert!(!shown.contains("access-1") && !shown.contains("refresh-1"), "{shown}");
}

#[test]
fn addresses_have_one_form() {
    let cases = [
        ("http://LOCALHOST:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", HERE),
        ("https://Exemplar.example.org", THERE),
        ("http://[::1]", "http://[::1]:80"),
    ];
    for (typed, wanted) in cases {
        assert_eq!(Server::parse(typed).unwrap().origin(), wanted);
    }
    let wrong = ["", "127.0.0.1:8080", "ftp://x", "http://", "https://x/path", "http://127.0.0.1@evil.example", "/x"];
    for typed in wrong {
        assert!(Server::parse(typed).is_err(), "{typed}");
    }
}

#[test]
fn secrets_go_in_the_clear_to_this_machine_only() {
    let private = ["https://x.example", "http://localhost", "http://127.1.2.3:9", "http://[::1]:8080"];
    for typed in private {
        assert!(Server::parse(typed).unwrap().is_private(), "{typed}");
    }
    for typed in
        ["http://x.example", "http://10.0.0.1", "http://localhost.evil.example", "http://[::2]", "http://0.0.0.0"]
    {
        assert!(!Server::parse(typed).unwrap().is_private(), "{typed}");
    }
}
