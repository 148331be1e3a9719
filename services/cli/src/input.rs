//! What a command reads: files, and secrets that must not be seen.

use std::fs::File;
use std::io::{self, BufRead as _, Read};
use std::path::Path;

use secrecy::SecretString;

use crate::error::Error;

/// A secret's length at the most, in bytes; tokens are the longest.
const MAX_SECRET: u64 = 16 << 10;

/// Reads a file of at most `most` bytes; `-` is stdin.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::File(format!("cannot read {}", path.display()), error);
    if path.as_os_str() == "-" {
        return limited(io::stdin().lock(), path, most);
    }
    limited(File::open(path).map_err(failed)?, path, most)
}

/// Reads a file of text; `-` is stdin.
pub(crate) fn text(path: &Path, most: u64) -> Result<String, Error> {
    let text = String::from_utf8(bytes(path, most)?)
        .map_err(|_| Error::usage(format!("{} is not text in UTF-8", path.display())))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A secret typed without being shown.
pub(crate) fn prompt(what: &str, instead: &str) -> Result<SecretString, Error> {
    let typed = rpassword::prompt_password(format!("{what}: "))
        .map_err(|error| Error::File(format!("there is no terminal to ask for the {what}; use {instead}"), error))?;
    some(typed, what)
}

/// A secret typed twice without being shown, for one that is new.
pub(crate) fn prompt_twice(what: &str, instead: &str) -> Result<SecretString, Error> {
    use secrecy::ExposeSecret as _;
    let first = prompt(what, instead)?;
    let second = prompt("the same again", instead)?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Error::usage("the two were not the same"))
    }
}

/// The next line of stdin.
pub(crate) fn line(what: &str) -> Result<SecretString, Error> {
    let mut line = String::new();
    let read = io::stdin().lock().take(MAX_SECRET).read_line(&mut line);
    read.map_err(|error| Error::File(format!("cannot read the {what} from stdin"), error))?;
    some(line.trim_end_matches(['\r', '\n']).to_owned(), what)
}

fn some(secret: String, what: &str) -> Result<SecretString, Error> {
    if secret.is_empty() { Err(Error::usage(format!("the {what} is missing"))) } else { Ok(secret.into()) }
}

fn limited(source: impl Read, path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    source
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::File(format!("cannot read {}", path.display()), error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Error::usage(format!("{} is larger than {most} bytes", path.display())));
    }
    Ok(bytes)
}
