//! The look at content while it streams by: its digest, its type by signature, and what an archive holds.
//!
//! Memory is bounded whatever comes: the first and the last bytes are kept, and of an archive the names of its entries.

use aws_lc_rs::digest::{Context, SHA256};

use super::zip::Walk;
use crate::model::artefact::ContentDigest;
use crate::model::artefact::error::Refusal;
use crate::model::artefact::format::{Format, Signature};

/// Bytes from the beginning by which content is known.
const HEAD: usize = 4 << 10;
/// Bytes at the end in which a PDF says that it ends (ISO 32000-1, annex H: readers look at the last 1,024).
const TAIL: usize = 1 << 10;

/// How a ZIP archive begins that holds something.
const ZIP: &[u8] = b"PK\x03\x04";

/// What archives may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes when everything is unpacked.
    pub unpacked: u64,
    /// Entries.
    pub entries: usize,
}

/// The look at one content.
pub(crate) struct Inspection {
    format: Format,
    digest: Context,
    seen: u64,
    head: Vec<u8>,
    /// Whether the head has been looked at.
    known: bool,
    tail: Vec<u8>,
    kind: Kind,
}

enum Kind {
    Zip(Box<Walk>),
    Text {
        /// The beginning of a character whose rest is to come.
        rest: Vec<u8>,
        /// It is no text; whether it is a program is known when the head is.
        spoilt: bool,
    },
    Other,
}

impl Inspection {
    pub(crate) fn new(format: Format, limits: Limits) -> Self {
        let kind = match format.signature() {
            Signature::Zip => Kind::Zip(Box::new(Walk::new(limits))),
            Signature::Text => Kind::Text { rest: Vec::new(), spoilt: false },
            Signature::Pdf | Signature::Png | Signature::Jpeg | Signature::Mp4 => Kind::Other,
        };
        let digest = Context::new(&SHA256);
        Self { format, digest, seen: 0, head: Vec::with_capacity(HEAD), known: false, tail: Vec::new(), kind }
    }

    /// How many bytes have been looked at.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Looks at the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.digest.update(bytes);
        self.seen += bytes.len() as u64;
        let before = self.head.len();
        if !self.known {
            let room = (HEAD - self.head.len()).min(bytes.len());
            self.head.extend_from_slice(&bytes[..room]);
            if self.head.len() == HEAD {
                self.look_at_head()?;
            }
        }
        self.keep_tail(bytes);
        match &mut self.kind {
            // What does not begin like an archive is said to be of the wrong type, not to be a broken archive.
            Kind::Zip(walk) if is(Signature::Zip, &self.head) => {
                if before < ZIP.len() {
                    walk.push(&self.head[..before])?;
                }
                walk.push(bytes)
            }
            // A program that calls itself a text is told that it is a program, wherever the pieces are cut.
            Kind::Text { rest, spoilt } => {
                *spoilt = *spoilt || text(rest, bytes).is_err();
                if *spoilt && self.known { Err(not_text()) } else { Ok(()) }
            }
            Kind::Zip(_) | Kind::Other => Ok(()),
        }
    }

    /// Ends the look; the digest of all.
    pub(crate) fn finish(mut self) -> Result<ContentDigest, Refusal> {
        if !self.known {
            self.look_at_head()?;
        }
        let digest = ContentDigest::of(self.digest.finish().as_ref());
        match self.kind {
            Kind::Zip(walk) => walk.finish(self.format)?,
            Kind::Text { rest, spoilt } if spoilt || !rest.is_empty() => return Err(not_text()),
            Kind::Text { .. } | Kind::Other => {}
        }
        let says = |mark: &[u8]| self.tail.windows(mark.len()).any(|window| window == mark);
        if self.format == Format::Pdf && !(says(b"%%EOF") && says(b"startxref")) {
            return Err(Refusal::NotItsType("it begins like a PDF and does not end like one".to_owned()));
        }
        Ok(digest)
    }

    fn look_at_head(&mut self) -> Result<(), Refusal> {
        self.known = true;
        if is_program(&self.head) {
            return Err(Refusal::Executable);
        }
        let wanted = self.format.signature();
        if wanted == Signature::Text || is(wanted, &self.head) {
            return Ok(());
        }
        let name = self.format.name();
        Err(Refusal::NotItsType(match infer::get(&self.head) {
            Some(found) => format!("it is {}, not {name}", found.mime_type()),
            None => format!("it does not begin like {name}"),
        }))
    }

    fn keep_tail(&mut self, bytes: &[u8]) {
        if self.format != Format::Pdf {
            return;
        }
        let from = bytes.len().saturating_sub(TAIL);
        self.tail.extend_from_slice(&bytes[from..]);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
    }
}

fn is(signature: Signature, head: &[u8]) -> bool {
    match signature {
        Signature::Pdf => head.starts_with(b"%PDF-"),
        Signature::Zip => head.starts_with(ZIP),
        Signature::Png => infer::image::is_png(head),
        Signature::Jpeg => infer::image::is_jpeg(head),
        Signature::Mp4 => infer::video::is_mp4(head),
        Signature::Text => true,
    }
}

/// Whether content begins like something that a machine would run.
pub(crate) fn is_program(head: &[u8]) -> bool {
    // `MZ` alone could begin a text; the header that follows in a program has zeros.
    let dos = infer::app::is_exe(head) && head.iter().take(64).any(|byte| *byte == 0);
    let scripts: [&[u8]; 2] = [b"#!", b"\xef\xbb\xbf#!"];
    dos || infer::app::is_elf(head)
        || infer::app::is_java(head)
        || infer::app::is_mach(head)
        || infer::app::is_dex(head)
        || infer::app::is_dey(head)
        // The library takes any `BC` for LLVM's bitcode.
        || head.starts_with(b"BC\xc0\xde")
        || infer::app::is_wasm(head)
        || scripts.iter().any(|script| head.starts_with(script))
}

/// UTF-8 without control characters other than those of lines and tabs.
fn text(rest: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c)) {
        return Err(not_text());
    }
    let mut bytes = bytes;
    // A character that began in the bytes before ends here, or was none.
    while !rest.is_empty() {
        let Some((next, others)) = bytes.split_first() else { return Ok(()) };
        rest.push(*next);
        bytes = others;
        match std::str::from_utf8(rest) {
            Ok(_) => rest.clear(),
            Err(error) if error.error_len().is_some() => return Err(not_text()),
            Err(_) => {}
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) if error.error_len().is_some() => Err(not_text()),
        Err(error) => {
            rest.extend_from_slice(&bytes[error.valid_up_to()..]);
            Ok(())
        }
    }
}

fn not_text() -> Refusal {
    Refusal::NotItsType("it is not a text in UTF-8".to_owned())
}
