//! One blueprint as an archive that another Exemplar imports and checks: a manifest with checksums, the content, and
//! the same as text for people. Pure: bytes in, bytes out.
//!
//! The same content from the same source is the same archive, byte for byte: entries are stored and not compressed, in
//! a fixed order, under one date. What is only true here (who has which account) is left out.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use exemplar_kernel::{Timestamp, digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::{Content, RevisionNumber, page};
use crate::Error;

/// A bundle's length at the most, in bytes.
pub const MAX_BUNDLE: usize = 8 << 20;
/// A bundle's entries at the most.
const MAX_ENTRIES: usize = 16;
/// An entry's length unpacked at the most, in bytes.
const MAX_ENTRY: u64 = 4 << 20;

const MANIFEST: &str = "manifest.json";
const CONTENT: &str = "blueprint.json";
const TEXT: &str = "blueprint.md";
const FORMAT: &str = "exemplar-bundle";
const VERSION: u32 = 1;

/// Where a bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The blueprint's name there.
    pub blueprint: String,
    /// The revision there; 0 for a draft.
    pub revision: RevisionNumber,
    /// The code of the organisation that wrote it.
    pub organisation: String,
    /// When the revision was released.
    pub published: Option<Timestamp>,
    /// What changed in the revision.
    pub change_note: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u32,
    source: Source,
    files: BTreeMap<String, Listed>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    size: u64,
    sha256: String,
}

impl Listed {
    fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: digest::hex(&Sha256::digest(bytes)) }
    }
}

/// What of a content is true everywhere: without the accounts that contacts have here.
pub fn portable(mut content: Content) -> Content {
    for contact in &mut content.contacts {
        contact.person = None;
    }
    content
}

/// The digest by which a content is known again.
pub fn fingerprint(content: &Content) -> Result<String, Error> {
    Ok(digest::hex(&Sha256::digest(json(&portable(content.clone()))?)))
}

/// Packs a content.
pub fn pack(source: &Source, content: &Content) -> Result<Vec<u8>, Error> {
    let content = portable(content.clone());
    let files = [
        (CONTENT, json(&content)?),
        (TEXT, page::markdown(&content, &source.organisation, source.revision, source.published).into_bytes()),
    ];
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        source: source.clone(),
        files: files.iter().map(|(name, bytes)| ((*name).to_owned(), Listed::of(bytes))).collect(),
    };
    let manifest = json(&manifest)?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::DEFAULT
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    for (name, bytes) in std::iter::once((MANIFEST, manifest)).chain(files) {
        archive.start_file(name, options).map_err(unwritable)?;
        archive.write_all(&bytes).map_err(unwritable)?;
    }
    Ok(archive.finish().map_err(unwritable)?.into_inner())
}

/// Checks a bundle and reads what it holds. Nothing is read beyond the limits, and no entry is ever a path.
///
/// # Errors
/// [`Error::BundleUnreadable`] when it is no such archive, [`Error::BundleWrong`] when it holds what it should not.
pub fn unpack(bytes: &[u8]) -> Result<(Source, Content), Error> {
    if bytes.len() > MAX_BUNDLE {
        return Err(wrong(format!("it is larger than {MAX_BUNDLE} bytes")));
    }
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::BundleUnreadable(error.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(wrong(format!("it has more than {MAX_ENTRIES} entries ({})", archive.len())));
    }
    let mut files = BTreeMap::new();
    for place in 0..archive.len() {
        let (name, bytes) = entry(&mut archive, place)?;
        if files.insert(name.clone(), bytes).is_some() {
            return Err(wrong(format!("{name} is there twice")));
        }
    }
    let manifest = files.remove(MANIFEST).ok_or_else(|| wrong(format!("it has no {MANIFEST}")))?;
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|error| wrong(format!("{MANIFEST}: {error}")))?;
    if (manifest.format.as_str(), manifest.version) != (FORMAT, VERSION) {
        return Err(wrong(format!("it is {} {}, not {FORMAT} {VERSION}", manifest.format, manifest.version)));
    }
    check(&manifest, &files)?;
    let content = files.get(CONTENT).ok_or_else(|| wrong(format!("it has no {CONTENT}")))?;
    let content: Content = serde_json::from_slice(content).map_err(|error| wrong(format!("{CONTENT}: {error}")))?;
    if portable(content.clone()) != content {
        return Err(wrong("a contact has an account, which is of another place"));
    }
    Ok((manifest.source, content))
}

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, place: usize) -> Result<(String, Vec<u8>), Error> {
    let unreadable = |error: &dyn std::fmt::Display| Error::BundleUnreadable(error.to_string());
    let file = archive.by_index(place).map_err(|error| unreadable(&error))?;
    let name = file.name().map_err(|error| unreadable(&error))?.into_owned();
    let shown: String = name.chars().take(80).collect();
    if ![MANIFEST, CONTENT, TEXT].contains(&name.as_str()) {
        return Err(wrong(format!("{shown:?} has no place in a bundle")));
    }
    if file.is_symlink() || !file.is_file() || file.encrypted() {
        return Err(wrong(format!("{shown} is a link, a folder or encrypted")));
    }
    // The length that an entry claims is not believed: it is counted.
    let mut bytes = Vec::new();
    file.take(MAX_ENTRY + 1).read_to_end(&mut bytes).map_err(|error| wrong(format!("{shown}: {error}")))?;
    if bytes.len() as u64 > MAX_ENTRY {
        return Err(wrong(format!("{shown} is larger than {MAX_ENTRY} bytes")));
    }
    Ok((name, bytes))
}

fn check(manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    if let Some(missing) = manifest.files.keys().find(|name| !files.contains_key(*name)) {
        let shown: String = missing.chars().take(80).collect();
        return Err(wrong(format!("{shown:?} is missing")));
    }
    for (name, bytes) in files {
        let listed = manifest.files.get(name).ok_or_else(|| wrong(format!("{name} is not in the manifest")))?;
        if *listed != Listed::of(bytes) {
            return Err(wrong(format!("{name} is not what the manifest says: its size or SHA-256 differs")));
        }
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut text = serde_json::to_vec_pretty(value).map_err(unwritable)?;
    text.push(b'\n');
    Ok(text)
}

fn wrong(what: impl Into<String>) -> Error {
    Error::BundleWrong(what.into())
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    exemplar_kernel::Error::Inconsistent(format!("a bundle that cannot be written: {error}")).into()
}
