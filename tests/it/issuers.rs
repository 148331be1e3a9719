//! Tokens of configured OpenID issuers, made by a real provider: oidc-provider, which these tests start on free ports.
//!
//! Node.js runs it; its packages are installed once, by the lock file of `tests/oidc`. Where there is no Node.js the
//! tests are ignored, unless `EXEMPLAR_TEST_NODE=required`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    let missing = missing();
    let mut on = |database, name, test| suite.on_if(database, missing.is_none(), missing.unwrap_or_default(), name, test);
    for database in Database::ALL {
        on(database, "issuers::an_identity_is_an_account", |database| Box::pin(an_identity_is_an_account(database)) as Scene);
    }
    let tests: [(&str, fn(Database) -> Scene); 8] = [
        ("issuers::what_proves_no_identity_accepts_nothing", |at| Box::pin(what_proves_no_identity_accepts_nothing(at))),
        ("issuers::keys_rotate", |at| Box::pin(keys_rotate(at))),
        ("issuers::a_withdrawn_key_ends_its_tokens", |at| Box::pin(a_withdrawn_key_ends_its_tokens(at))),
        ("issuers::no_forgery_is_accepted", |at| Box::pin(no_forgery_is_accepted(at))),
        ("issuers::times_count_by_our_clock", |at| Box::pin(times_count_by_our_clock(at))),
        ("issuers::unknown_keys_are_asked_for_once", |at| Box::pin(unknown_keys_are_asked_for_once(at))),
        ("issuers::keys_are_held_for_a_day", |at| Box::pin(keys_are_held_for_a_day(at))),
        ("issuers::a_silent_issuer_holds_nobody_up", |at| Box::pin(a_silent_issuer_holds_nobody_up(at))),
    ];
    for (name, test) in tests {
        on(Database::Sqlite, name, test);
    }
}
