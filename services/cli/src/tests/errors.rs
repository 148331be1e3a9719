//! How failures are said, and what a terminal is spared.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error::{Error, retry_delay};
use crate::output;

fn refused(status: Status) -> String {
    Error::of_call(status, "http://127.0.0.1:8080").report()
}

#[test]
fn every_fault_has_its_line() {
    let mut details = ErrorDetails::with_error_info("INVALID_REQUEST", "exemplar", []);
    details.add_bad_request_violation("title", "is shorter than 10 characters");
    details.add_bad_request_violation("care_settings[0]", "is no care setting");
    let message = "title is shorter than 10 characters; care_settings[0] is no care setting";
    let said = refused(Status::with_error_details(Code::InvalidArgument, message, details));
    let wanted = "error: the request cannot be accepted as it is\n  title: is shorter than 10 characters\n  \
                  care_settings[0]: is no care setting\n  reason: INVALID_REQUEST";
    assert_eq!(said, wanted);
}

#[test]
fn reason_delay_and_hint_are_told() {
    let details = ErrorDetails::with_error_info("NOT_SIGNED_IN", "exemplar", []);
    let said = refused(Status::with_error_details(Code::Unauthenticated, "sign in first", details));
    assert!(said.starts_with("error: sign in first\n  reason: NOT_SIGNED_IN\n  hint: exemplar sign-in"), "{said}");
    let mut details = ErrorDetails::with_error_info("TOO_MANY_ATTEMPTS", "exemplar", []);
    details.set_retry_info(Some(Duration::from_millis(29_500)));
    let status = Status::with_error_details(Code::ResourceExhausted, "too many wrong attempts", details);
    assert_eq!(retry_delay(&status), Some(Duration::from_millis(29_500)));
    assert!(refused(status).ends_with("try again in 30 s"));
}

#[test]
fn a_refusal_without_details_is_told_as_it_is() {
    assert_eq!(refused(Status::not_found("there is no pairing")), "error: there is no pairing");
    assert_eq!(refused(Status::new(Code::Unknown, "")), "error: the service answered Unknown without a word");
}

#[test]
fn exit_codes() {
    let code = |error: Error| format!("{:?}", error.exit_code());
    let is = |number: u8| format!("{:?}", std::process::ExitCode::from(number));
    assert_eq!(code(Error::of_call(Status::not_found("x"), "s")), is(1));
    assert_eq!(code(Error::Rows { refused: 1, rows: 2 }), is(1));
    assert_eq!(code(Error::usage("x")), is(2));
    let broken = Status::from_error(Box::new(std::io::Error::other("reset by peer")));
    assert_eq!(code(Error::of_call(broken, "s")), is(3));
    let gone = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    assert_eq!(code(Error::Output(gone)), is(0));
}

#[test]
fn a_terminal_is_not_told_what_to_do() {
    assert_eq!(output::plain("a\u{1b}[2Jb\u{9b}c\rd\u{202e}e\tf\ng"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\tf\ng");
}
