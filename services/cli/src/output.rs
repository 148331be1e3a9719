//! The two streams: data to stdout, all else to stderr.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Error;
use crate::json::{self, Document};

/// Where answers go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read the answers.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints an answer of the service: for people as `human` has it, else as JSON.
    pub(crate) fn answer<M: Document>(self, message: &M, human: impl FnOnce(&M) -> String) -> Result<(), Error> {
        let text = if self.json { json::of_message(message) } else { plain(&human(message)) };
        write(&text)
    }

    /// Prints a document of the client's own.
    pub(crate) fn document<T: Serialize>(self, document: &T, human: impl FnOnce(&T) -> String) -> Result<(), Error> {
        let text = if self.json { json::of_document(document) } else { plain(&human(document)) };
        write(&text)
    }

    /// Passes a document of the service on, byte by byte: its digest is known.
    pub(crate) fn exactly(document: &[u8]) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(document).and_then(|()| stdout.flush()).map_err(Error::Output)
    }

    /// Prints an answer that changed something, and its place in the journal.
    pub(crate) fn written<M: Document>(
        self,
        message: &M,
        sequence: i64,
        human: impl FnOnce(&M) -> String,
    ) -> Result<(), Error> {
        self.answer(message, human)?;
        if sequence > 0 {
            note(&format!("change {sequence} of the journal"));
        }
        Ok(())
    }

    /// Prints a page of an answer that may have further ones; `more` is the token of the next.
    pub(crate) fn listed<M: Document>(
        self,
        message: &M,
        (rows, more): (usize, &str),
        human: impl FnOnce(&M) -> String,
    ) -> Result<(), Error> {
        if rows > 0 || self.json {
            self.answer(message, human)?;
        } else {
            note("nothing found");
        }
        if !more.is_empty() {
            note(&format!("there is more after these {rows}; say --limit N for more"));
        }
        Ok(())
    }
}

/// Prints a part of a document as it is.
pub(crate) fn raw(part: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(part).and_then(|()| stdout.flush()).map_err(Error::Output)
}

/// Says something beside the answer.
pub(crate) fn note(text: &str) {
    say(&text);
}

/// Says why a command failed; nothing when its reader has gone.
pub(crate) fn error(error: &Error) {
    if !matches!(error, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        say(&error.report());
    }
}

fn say(text: &dyn Display) {
    // There is nobody left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{}", plain(&text.to_string()));
}

fn write(text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()).map_err(Error::Output)
}

/// The text without what a terminal would obey: somebody else wrote it.
pub(crate) fn plain(text: &str) -> String {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}
