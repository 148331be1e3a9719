//! A walk along a ZIP archive as it streams by (APPNOTE 6.3.10): every entry is unpacked and thrown away, so that what the
//! archive says of itself need not be believed.
//!
//! Readers of ZIP files go by the directory at the end, so a walk from the beginning must see the same entries: what
//! is not one entry after the other, then the directory of exactly those, is refused. Archives inside are not
//! opened.

use std::collections::HashSet;

use flate2::{Decompress, FlushDecompress, Status};

use super::inspect::{Limits, is_program};
use crate::model::artefact::error::Refusal;
use crate::model::artefact::format::Format;

/// An entry's name at the most, in bytes.
const MAX_NAME: usize = 255;
/// Bytes of an entry by which it is known.
const HEAD: usize = 512;
/// Bytes unpacked at a time.
const UNPACKED: usize = 32 << 10;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// The kind of file in the upper half of an entry's attributes, where Unix made it; and that of a link.
const FILE_KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// Where a walk is.
pub(super) struct Walk {
    limits: Limits,
    /// The bytes of a record that is not whole yet.
    record: Vec<u8>,
    stage: Stage,
    names: HashSet<Box<[u8]>>,
    /// Entries that the directory has named.
    listed: usize,
    unpacked: u64,
    /// What the entry `mimetype` says; OpenDocument begins with it.
    mimetype: Vec<u8>,
    buffer: Vec<u8>,
}

enum Stage {
    /// Before a record of any kind.
    Record,
    /// In an entry's content.
    Data(Entry),
    /// After the content of an entry whose lengths follow it.
    Descriptor(Entry),
    /// After the end of the directory.
    End,
}

struct Entry {
    name: Box<[u8]>,
    packed: u64,
    packed_said: u64,
    unpacked: u64,
    unpacked_said: u64,
    /// The lengths follow the content.
    follows: bool,
    long: bool,
    inflate: Option<Box<Decompress>>,
    head: Vec<u8>,
}

impl Walk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            record: Vec::new(),
            stage: Stage::Record,
            names: HashSet::new(),
            listed: 0,
            unpacked: 0,
            mimetype: Vec::new(),
            buffer: vec![0; UNPACKED],
        }
    }

    /// Goes on through the next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            let stage = std::mem::replace(&mut self.stage, Stage::Record);
            (self.stage, bytes) = match stage {
                Stage::Record => self.record(bytes)?,
                Stage::Data(entry) => self.data(entry, bytes)?,
                Stage::Descriptor(entry) => self.descriptor(entry, bytes)?,
                Stage::End => return Err(broken("something follows its end")),
            };
        }
        // An entry without content ends where the bytes do, too.
        Ok(())
    }

    /// Ends the walk.
    pub(super) fn finish(self, format: Format) -> Result<(), Refusal> {
        if !matches!(self.stage, Stage::End) {
            return Err(broken("it ends too early"));
        }
        if self.names.is_empty() {
            return Err(broken("it holds nothing"));
        }
        if self.listed != self.names.len() {
            return Err(Refusal::ArchiveUnsafe("its directory does not list what it holds".to_owned()));
        }
        let wrong = || Refusal::NotItsType(format!("it is an archive, and not {}", format.name()));
        if format.main_entry().is_some_and(|entry| !self.names.contains(entry.as_bytes())) {
            return Err(wrong());
        }
        if format.is_open_document() && self.mimetype != format.media_type().as_bytes() {
            return Err(wrong());
        }
        Ok(())
    }

    /// Gathers a record; what remains of the bytes when it is whole, or nothing.
    fn gather<'a>(&mut self, bytes: &'a [u8], wanted: usize) -> Option<&'a [u8]> {
        let missing = wanted.saturating_sub(self.record.len());
        let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
        self.record.extend_from_slice(taken);
        (self.record.len() >= wanted).then_some(rest)
    }

    fn record<'a>(&mut self, bytes: &'a [u8]) -> Result<(Stage, &'a [u8]), Refusal> {
        const NOTHING: &[u8] = &[];
        let Some(bytes) = self.gather(bytes, 4) else { return Ok((Stage::Record, NOTHING)) };
        let fixed = match &self.record[..4] {
            b"PK\x03\x04" => 30,
            b"PK\x01\x02" => 46,
            b"PK\x05\x06" => 22,
            b"PK\x06\x06" => 56,
            b"PK\x06\x07" => 20,
            _ => return Err(broken("it has something that belongs to no entry")),
        };
        let Some(bytes) = self.gather(bytes, fixed) else { return Ok((Stage::Record, NOTHING)) };
        let variable = match fixed {
            30 => self.short(26) + self.short(28),
            46 => self.short(28) + self.short(30) + self.short(32),
            22 => self.short(20),
            _ => 0,
        };
        let Some(bytes) = self.gather(bytes, fixed + variable) else { return Ok((Stage::Record, NOTHING)) };
        let stage = match fixed {
            30 => self.entry()?,
            46 => {
                self.list()?;
                Stage::Record
            }
            22 => Stage::End,
            _ => Stage::Record,
        };
        self.record.clear();
        Ok((stage, bytes))
    }

    /// The header before an entry's content.
    fn entry(&mut self) -> Result<Stage, Refusal> {
        if self.listed > 0 {
            return Err(broken("an entry follows its directory"));
        }
        let (flags, method) = (self.short(6), self.word(8));
        if flags & 1 != 0 {
            return Err(Refusal::ArchiveUnsafe("it is encrypted, so that nobody can look into it".to_owned()));
        }
        let name: Box<[u8]> = self.record[30..30 + self.short(26)].into();
        safe(&name)?;
        let (mut packed_said, mut unpacked_said) = (self.long(18), self.long(22));
        let long = packed_said == u64::from(u32::MAX) || unpacked_said == u64::from(u32::MAX);
        if let Some([unpacked, packed]) = long_lengths(&self.record[30 + name.len()..]).filter(|_| long) {
            (packed_said, unpacked_said) = (packed, unpacked);
        }
        let follows = flags & 8 != 0;
        let inflate = match method {
            STORED if follows && packed_said != unpacked_said => {
                return Err(broken("it has an entry whose end cannot be found"));
            }
            STORED => None,
            DEFLATED => Some(Box::new(Decompress::new(false))),
            other => return Err(broken(&format!("it is packed by method {other}, which is not taken"))),
        };
        if !self.names.insert(name.clone()) {
            return Err(Refusal::ArchiveUnsafe("it has two entries of one name".to_owned()));
        }
        if self.names.len() > self.limits.entries {
            return Err(Refusal::ArchiveTooLarge(format!("more than {} entries", self.limits.entries)));
        }
        let entry = Entry {
            name,
            packed: 0,
            packed_said,
            unpacked: 0,
            unpacked_said,
            follows,
            long,
            inflate,
            head: Vec::new(),
        };
        if entry.inflate.is_none() && entry.packed_said == 0 { self.ended(entry) } else { Ok(Stage::Data(entry)) }
    }

    fn data<'a>(&mut self, mut entry: Entry, bytes: &'a [u8]) -> Result<(Stage, &'a [u8]), Refusal> {
        let Some(inflate) = &mut entry.inflate else {
            let missing = usize::try_from(entry.packed_said - entry.packed).unwrap_or(usize::MAX);
            let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
            entry.packed += taken.len() as u64;
            self.count(&mut entry, taken.len(), taken)?;
            let stage = if entry.packed == entry.packed_said { self.ended(entry)? } else { Stage::Data(entry) };
            return Ok((stage, rest));
        };
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = inflate
            .decompress(bytes, &mut buffer, FlushDecompress::None)
            .map_err(|_| broken("an entry cannot be unpacked"))?;
        let read = usize::try_from(inflate.total_in() - read).unwrap_or_default();
        let written = usize::try_from(inflate.total_out() - written).unwrap_or_default();
        if read == 0 && written == 0 && done != Status::StreamEnd {
            return Err(broken("an entry cannot be unpacked"));
        }
        entry.packed += read as u64;
        let counted = self.count(&mut entry, written, &buffer[..written]);
        self.buffer = buffer;
        counted?;
        let stage = if done == Status::StreamEnd { self.ended(entry)? } else { Stage::Data(entry) };
        Ok((stage, &bytes[read..]))
    }

    /// Counts what came out of an entry, and keeps its beginning.
    fn count(&mut self, entry: &mut Entry, written: usize, bytes: &[u8]) -> Result<(), Refusal> {
        entry.unpacked += written as u64;
        self.unpacked += written as u64;
        if self.unpacked > self.limits.unpacked {
            return Err(Refusal::ArchiveTooLarge(format!("more than {} bytes when unpacked", self.limits.unpacked)));
        }
        let room = HEAD.saturating_sub(entry.head.len()).min(bytes.len());
        entry.head.extend_from_slice(&bytes[..room]);
        Ok(())
    }

    /// After an entry's content.
    fn ended(&mut self, entry: Entry) -> Result<Stage, Refusal> {
        if is_program(&entry.head) {
            return Err(Refusal::Executable);
        }
        if &*entry.name == b"mimetype" {
            self.mimetype.clone_from(&entry.head);
        }
        if entry.follows {
            return Ok(Stage::Descriptor(entry));
        }
        matches_said(&entry, entry.packed_said, entry.unpacked_said)?;
        Ok(Stage::Record)
    }

    /// The lengths that follow an entry's content.
    fn descriptor<'a>(&mut self, entry: Entry, bytes: &'a [u8]) -> Result<(Stage, &'a [u8]), Refusal> {
        let wanted = if entry.long { 24 } else { 16 };
        let Some(bytes) = self.gather(bytes, wanted) else { return Ok((Stage::Descriptor(entry), &[])) };
        if !self.record.starts_with(b"PK\x07\x08") {
            return Err(broken("the lengths of an entry do not follow it"));
        }
        let (packed, unpacked) =
            if entry.long { (self.very_long(8), self.very_long(16)) } else { (self.long(8), self.long(12)) };
        matches_said(&entry, packed, unpacked)?;
        self.record.clear();
        Ok((Stage::Record, bytes))
    }

    /// An entry of the directory.
    fn list(&mut self) -> Result<(), Refusal> {
        let name = &self.record[46..46 + self.short(28)];
        if !self.names.contains(name) {
            return Err(Refusal::ArchiveUnsafe("its directory lists what it does not hold".to_owned()));
        }
        let attributes = u32::try_from(self.long(38)).unwrap_or_default();
        if (attributes >> 16) & FILE_KIND == LINK {
            return Err(Refusal::ArchiveUnsafe(format!("{} is a link", shown(name))));
        }
        self.listed += 1;
        Ok(())
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.record[at], self.record[at + 1]])
    }

    fn short(&self, at: usize) -> usize {
        usize::from(self.word(at))
    }

    fn long(&self, at: usize) -> u64 {
        u64::from(self.word(at)) | u64::from(self.word(at + 2)) << 16
    }

    fn very_long(&self, at: usize) -> u64 {
        self.long(at) | self.long(at + 4) << 32
    }
}

/// The lengths, unpacked and packed, of an entry of more than 4 GiB: the extra field 1.
fn long_lengths(mut extra: &[u8]) -> Option<[u64; 2]> {
    loop {
        let (head, rest) = extra.split_at_checked(4)?;
        let (field, after) = rest.split_at_checked(usize::from(u16::from_le_bytes([head[2], head[3]])))?;
        if head[..2] == [1, 0] {
            let number = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
            return Some([number(field.get(..8)?)?, number(field.get(8..16)?)?]);
        }
        extra = after;
    }
}

fn matches_said(entry: &Entry, packed: u64, unpacked: u64) -> Result<(), Refusal> {
    if (entry.packed, entry.unpacked) == (packed, unpacked) {
        return Ok(());
    }
    Err(broken("an entry is not as long as it says"))
}

/// Refuses the name of an entry that would be unpacked elsewhere than below where the archive is.
fn safe(name: &[u8]) -> Result<(), Refusal> {
    let unsafe_ = |why: &str| Refusal::ArchiveUnsafe(format!("{} {why}", shown(name)));
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(Refusal::ArchiveUnsafe(format!("an entry's name is empty or longer than {MAX_NAME} bytes")));
    }
    if name.iter().any(|byte| *byte < 0x20) {
        return Err(unsafe_("has control characters"));
    }
    let drive = name.get(1) == Some(&b':');
    if drive || name.starts_with(b"/") || name.starts_with(b"\\") {
        return Err(unsafe_("does not say a place inside"));
    }
    if name.split(|byte| matches!(byte, b'/' | b'\\')).any(|step| step == b"..") {
        return Err(unsafe_("leads out of the archive"));
    }
    Ok(())
}

fn shown(name: &[u8]) -> String {
    format!("the entry {:?}", String::from_utf8_lossy(&name[..name.len().min(80)]))
}

fn broken(why: &str) -> Refusal {
    Refusal::ArchiveBroken(why.to_owned())
}
