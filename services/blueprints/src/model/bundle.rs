//! One blueprint as an archive that another Exemplar imports and checks: a manifest with checksums, the content, the
//! same as text for people, and its files. Pure: what is written and read is handed in.
//!
//! The same content from the same source is the same archive, byte for byte: entries are stored and not compressed, in
//! a fixed order, under one date. What is only true here (who has which account, who may read which file) is left out.
//!
//! A bundle is read as it comes, from its first byte to its last: the manifest says what must follow, in which order and
//! how long, so that what has no place in it is refused when it begins, and memory is bounded whatever comes.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};

use bytes::Bytes;
use exemplar_kernel::{Timestamp, digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::read::read_zipfile_from_stream;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::artefact::{ArtefactKind, ContentDigest, MAX_ARTEFACTS, MAX_DESCRIPTION, file_name, licence};
use super::{Content, RevisionNumber, citation, page};
use crate::Error;

/// The length of a bundle without its files at the most, in bytes.
pub const MAX_TEXT: u64 = 8 << 20;
/// The manifest's, the content's and the text's length unpacked at the most, in bytes.
const MAX_ENTRY: u64 = 4 << 20;
/// The length of the list of entries at a bundle's end at the most, in bytes; nothing of it is read.
const MAX_LIST: u64 = 256 << 10;
/// Bytes of a file that are handed on at a time.
const PIECE: usize = 256 << 10;

const MANIFEST: &str = "manifest.json";
const CONTENT: &str = "blueprint.json";
const TEXT: &str = "blueprint.md";
const FOLDER: &str = "artefacts/";
const FORMAT: &str = "exemplar-bundle";
const VERSION: u32 = 2;

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
    /// Where the revision is read for good; empty for a draft.
    #[serde(default)]
    pub address: String,
}

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enclosed {
    /// Its name, fit for one; once in a bundle.
    pub file_name: String,
    /// What it is for.
    pub kind: ArtefactKind,
    /// An SPDX identifier.
    pub licence: String,
    /// What it is.
    pub description: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub digest: ContentDigest,
}

/// What comes out of a bundle, in this order: the head once, then for each of its files the pieces and an end.
#[derive(Debug)]
pub enum Event {
    /// What is said, checked against the manifest.
    Head(Box<Head>),
    /// The next bytes of a file.
    Piece(Bytes),
    /// A file was whole, and is what the manifest says.
    End,
}

/// What a bundle says before its files come.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// Where it comes from.
    pub source: Source,
    /// The content.
    pub content: Content,
    /// The files that follow, in their order.
    pub enclosed: Vec<Enclosed>,
}

impl Source {
    fn citation(&self, content: &Content) -> String {
        citation(&self.organisation, &content.title, self.revision, self.published, &self.address)
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u32,
    source: Source,
    files: BTreeMap<String, Listed>,
    artefacts: BTreeMap<String, Said>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    size: u64,
    sha256: String,
}

/// What the manifest says of a file beside its length and checksum.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    kind: ArtefactKind,
    licence: String,
    description: String,
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

/// The digest by which a content with its files is known again.
pub fn fingerprint(content: &Content, enclosed: &[Enclosed]) -> Result<String, Error> {
    let mut bytes = json(&portable(content.clone()))?;
    if !enclosed.is_empty() {
        bytes.extend(json(&enclosed)?);
    }
    Ok(digest::hex(&Sha256::digest(bytes)))
}

/// Packs a content with its files, which `open` brings by their place in the list; they are in the order of their names.
pub fn pack<W: Write + Seek, R: Read>(
    to: W,
    source: &Source,
    content: &Content,
    enclosed: &[Enclosed],
    mut open: impl FnMut(usize) -> R,
) -> Result<W, Error> {
    let content = portable(content.clone());
    let texts = [(CONTENT, json(&content)?), (TEXT, page::markdown(&content, &source.citation(&content)).into_bytes())];
    let mut files: BTreeMap<_, _> = texts.iter().map(|(name, bytes)| ((*name).to_owned(), Listed::of(bytes))).collect();
    let mut artefacts = BTreeMap::new();
    for file in enclosed {
        let listed = Listed { size: file.size, sha256: file.digest.as_str().to_owned() };
        files.insert(format!("{FOLDER}{}", file.file_name), listed);
        let (kind, licence, description) = (file.kind, file.licence.clone(), file.description.clone());
        artefacts.insert(file.file_name.clone(), Said { kind, licence, description });
    }
    let manifest = Manifest { format: FORMAT.to_owned(), version: VERSION, source: source.clone(), files, artefacts };
    let manifest = json(&manifest)?;
    let mut archive = ZipWriter::new(to);
    let options = SimpleFileOptions::DEFAULT
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    for (name, bytes) in std::iter::once((MANIFEST, manifest)).chain(texts) {
        archive.start_file(name, options).map_err(unwritable)?;
        archive.write_all(&bytes).map_err(unwritable)?;
    }
    for (place, file) in enclosed.iter().enumerate() {
        archive.start_file(format!("{FOLDER}{}", file.file_name), options).map_err(unwritable)?;
        let written = io::copy(&mut open(place), &mut archive).map_err(unwritable)?;
        if written != file.size {
            return Err(unwritable(format!("{} has {written} bytes, not {}", file.digest.as_str(), file.size)));
        }
    }
    archive.finish().map_err(unwritable)
}

/// Reads a bundle as it comes, and hands on what is in order. `largest` is a file's length at the most, in bytes. No
/// entry is ever a path, and nothing is believed that is not counted.
///
/// # Errors
/// [`Error::BundleUnreadable`] when it is no such archive, [`Error::BundleWrong`] when it holds what it should not, and
/// whatever `take` answers.
pub fn unpack(
    from: &mut impl Read,
    largest: u64,
    mut take: impl FnMut(Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let manifest = text(from, MANIFEST, None)?;
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|error| wrong(format!("{MANIFEST}: {error}")))?;
    if (manifest.format.as_str(), manifest.version) != (FORMAT, VERSION) {
        return Err(wrong(format!("it is {} {}, not {FORMAT} {VERSION}", manifest.format, manifest.version)));
    }
    let enclosed = manifest.enclosed(largest)?;
    let content = text(from, CONTENT, manifest.files.get(CONTENT))?;
    let content: Content = serde_json::from_slice(&content).map_err(|error| wrong(format!("{CONTENT}: {error}")))?;
    if portable(content.clone()) != content {
        return Err(wrong("a contact has an account, which is of another place"));
    }
    text(from, TEXT, manifest.files.get(TEXT))?;
    let follow = enclosed.clone();
    take(Event::Head(Box::new(Head { source: manifest.source, content, enclosed })))?;
    for file in follow {
        enclosed_file(from, &file, &mut take)?;
        take(Event::End)?;
    }
    if let Some(more) = read_zipfile_from_stream(from).map_err(unreadable)? {
        return Err(wrong(format!("{:?} has no place in it", shown(&more.name().map_err(unreadable)?))));
    }
    let rest = io::copy(&mut from.take(MAX_LIST + 1), &mut io::sink()).map_err(unreadable)?;
    if rest > MAX_LIST { Err(wrong("something follows after its last entry")) } else { Ok(()) }
}

impl Manifest {
    /// The files that it lists, when they are such as could have been sent up here.
    fn enclosed(&self, largest: u64) -> Result<Vec<Enclosed>, Error> {
        if self.artefacts.len() as u64 > MAX_ARTEFACTS {
            return Err(wrong(format!("it has more than {MAX_ARTEFACTS} files ({})", self.artefacts.len())));
        }
        let known = |name: &String| {
            [CONTENT, TEXT].contains(&name.as_str())
                || name.strip_prefix(FOLDER).is_some_and(|name| self.artefacts.contains_key(name))
        };
        if let Some(stranger) = self.files.keys().find(|name| !known(name)) {
            return Err(wrong(format!("{:?} has no place in it", shown(stranger))));
        }
        let enclosed = |(name, said): (&String, &Said)| {
            let listed = self.files.get(&format!("{FOLDER}{name}"));
            let listed = listed.ok_or_else(|| wrong(format!("{:?} is not in the manifest", shown(name))))?;
            let fault = |what: &str| wrong(format!("{:?} {what}", shown(name)));
            if file_name(name).as_ref() != Ok(name) {
                return Err(fault("is no name that a file can have here"));
            }
            if licence(&said.licence).ok().as_ref() != Some(&said.licence) {
                return Err(fault("has a licence that is no SPDX identifier"));
            }
            if said.description.chars().count() > MAX_DESCRIPTION || said.description.trim() != said.description {
                return Err(fault("has a description that is too long or not in order"));
            }
            if !(1..=largest).contains(&listed.size) {
                return Err(fault(&format!("has not from 1 to {largest} bytes")));
            }
            Ok(Enclosed {
                file_name: name.clone(),
                kind: said.kind,
                licence: said.licence.clone(),
                description: said.description.clone(),
                size: listed.size,
                digest: ContentDigest::parse(&listed.sha256).map_err(|error| fault(&format!("SHA-256 {error}")))?,
            })
        };
        self.artefacts.iter().map(enclosed).collect()
    }
}

/// The next entry, which must be this one, and what the manifest lists of it.
fn text(from: &mut impl Read, name: &'static str, listed: Option<&Listed>) -> Result<Vec<u8>, Error> {
    if name != MANIFEST && listed.is_none() {
        return Err(wrong(format!("{name} is not in the manifest")));
    }
    let mut entry = entry(from, name)?;
    // The length that an entry claims is not believed: it is counted.
    let mut bytes = Vec::new();
    (&mut entry).take(MAX_ENTRY + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_ENTRY {
        return Err(wrong(format!("{name} is larger than {MAX_ENTRY} bytes")));
    }
    match listed {
        Some(listed) if *listed != Listed::of(&bytes) => Err(differs(name)),
        _ => Ok(bytes),
    }
}

fn enclosed_file<R: Read>(
    from: &mut R,
    file: &Enclosed,
    take: &mut impl FnMut(Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut entry = entry(from, &format!("{FOLDER}{}", file.file_name))?;
    let (mut hash, mut seen) = (Sha256::new(), 0);
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut entry).take(PIECE as u64).read_to_end(&mut piece).map_err(unreadable)?;
        if piece.is_empty() {
            break;
        }
        seen += piece.len() as u64;
        if seen > file.size {
            return Err(differs(&file.file_name));
        }
        hash.update(&piece);
        take(Event::Piece(piece.into()))?;
    }
    if seen != file.size || digest::hex(&hash.finalize()) != file.digest.as_str() {
        return Err(differs(&file.file_name));
    }
    Ok(())
}

/// The next entry, when it is the one of this name.
fn entry<'a, R: Read>(from: &'a mut R, name: &str) -> Result<zip::read::ZipFile<'a, R>, Error> {
    let found = read_zipfile_from_stream(from).map_err(unreadable)?;
    let found = found.ok_or_else(|| wrong(format!("{:?} is missing", shown(name))))?;
    let its = found.name().map_err(unreadable)?.into_owned();
    if its != name {
        return Err(wrong(format!("{:?} stands where {:?} should", shown(&its), shown(name))));
    }
    if !found.is_file() || found.encrypted() {
        return Err(wrong(format!("{:?} is a folder or encrypted", shown(name))));
    }
    Ok(found)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut text = serde_json::to_vec_pretty(value).map_err(unwritable)?;
    text.push(b'\n');
    Ok(text)
}

/// A name of a stranger's, as much of it as is told.
fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

fn wrong(what: impl Into<String>) -> Error {
    Error::BundleWrong(what.into())
}

fn differs(name: &str) -> Error {
    wrong(format!("{:?} is not what the manifest says: its size or SHA-256 differs", shown(name)))
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::BundleUnreadable(error.to_string())
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    exemplar_kernel::Error::Inconsistent(format!("a bundle that cannot be written: {error}")).into()
}
