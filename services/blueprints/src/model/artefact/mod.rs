//! What an artefact is, who may have it, and what an upload of one goes through. Pure.

pub(crate) mod error;
pub(crate) mod format;

use std::ops::Range;

use exemplar_kernel::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BlueprintId, Header, Reader, RevisionNumber, Visibility};
use format::Format;

exemplar_kernel::id!(
    /// One artefact.
    ArtefactId,
    "artefacts"
);
exemplar_kernel::id!(
    /// One file that is being sent.
    UploadId,
    "uploads"
);

/// Artefacts in a draft at the most.
pub const MAX_ARTEFACTS: u64 = 100;
/// Uploads of one person that are open at a time at the most.
pub const MAX_UPLOADS: u64 = 20;
/// A description's length at the most, in characters.
pub const MAX_DESCRIPTION: usize = 500;
/// A file name's length at the most, in characters.
const MAX_FILE_NAME: usize = 150;

exemplar_kernel::named!(
    /// What an artefact is for.
    ArtefactKind {
        /// Whom to hire, to do what.
        JobDescription = "JOB_DESCRIPTION",
        /// A project's or a go-live's plan.
        Plan = "PLAN",
        /// Material to teach with.
        Training = "TRAINING",
        /// Why it was worth the money.
        BusinessCase = "BUSINESS_CASE",
        /// How systems were set up.
        Configuration = "CONFIGURATION",
        /// A clinical safety case or hazard log.
        SafetyCase = "SAFETY_CASE",
        /// Slides.
        Presentation = "PRESENTATION",
        /// Anything else.
        Other = "OTHER",
    }
);
exemplar_kernel::named!(
    /// Whether the content can be had.
    State {
        /// It waits for the scanner.
        Quarantined = "QUARANTINED",
        /// It can be downloaded.
        Available = "AVAILABLE",
        /// The scanner found something.
        Refused = "REFUSED",
    }
);

/// A SHA-256 as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentDigest(String);

/// What its owner says of an artefact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The name of the file, fit for one; once in a draft.
    pub file_name: String,
    /// What it is for.
    pub kind: ArtefactKind,
    /// An SPDX identifier.
    pub licence: String,
    /// What it is.
    pub description: String,
    /// Who may read it once it is released.
    pub visibility: Visibility,
}

/// What is to be changed of the details.
#[derive(Clone, Debug, Default)]
pub struct DetailsUpdate {
    /// See [`Details::file_name`].
    pub file_name: Option<String>,
    /// See [`Details::kind`].
    pub kind: Option<ArtefactKind>,
    /// See [`Details::licence`].
    pub licence: Option<String>,
    /// See [`Details::description`].
    pub description: Option<String>,
    /// See [`Details::visibility`].
    pub visibility: Option<Visibility>,
}

/// A file of a blueprint, as its draft or one of its revisions has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// Which.
    pub id: ArtefactId,
    /// Whose.
    pub blueprint: BlueprintId,
    /// Whose details these are; 0 for the draft's.
    pub revision: RevisionNumber,
    /// What its owner says of it.
    pub details: Details,
    /// What it is.
    pub format: Format,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub digest: ContentDigest,
    /// Whether its content can be had.
    pub state: State,
    /// Whether a scanner passed it.
    pub scanned: bool,
    /// What the scanner found, or why it could not look yet.
    pub scan_note: Option<String>,
    /// When it was added.
    pub added: Timestamp,
    /// The version of its details in the draft.
    pub version: i64,
}

/// A file that is being sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Which.
    pub id: UploadId,
    /// Whose draft gets it.
    pub blueprint: BlueprintId,
    /// Who sends it; none for the system itself.
    pub person: Option<PersonId>,
    /// What its owner says of it.
    pub details: Details,
    /// The length that was declared, in bytes.
    pub size: u64,
    /// The SHA-256 that was declared.
    pub digest: ContentDigest,
    /// How much of it is stored, in bytes.
    pub received: u64,
    /// How many have begun to send; the last of them goes on.
    pub writer: u32,
    /// What came of it.
    pub artefact: Option<ArtefactId>,
    /// When it is forgotten.
    pub expires: Timestamp,
}

impl ContentDigest {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("must be a SHA-256 of 64 hexadecimal digits")
        }
    }

    /// The digest of this content.
    pub fn of_content(content: &[u8]) -> Self {
        use sha2::Digest as _;
        Self::of(&sha2::Sha256::digest(content))
    }

    /// The digest of these 32 bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(exemplar_kernel::digest::hex(bytes))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Details {
    /// These details with some of them changed.
    #[must_use]
    pub fn updated(&self, update: DetailsUpdate) -> Self {
        Self {
            file_name: update.file_name.unwrap_or_else(|| self.file_name.clone()),
            kind: update.kind.unwrap_or(self.kind),
            licence: update.licence.unwrap_or_else(|| self.licence.clone()),
            description: update.description.unwrap_or_else(|| self.description.clone()),
            visibility: update.visibility.unwrap_or(self.visibility),
        }
    }
}

/// Reads a file name: one that every file system takes, that hides nothing, and whose extension says a type that is
/// accepted.
pub fn file_name(typed: &str) -> Result<String, String> {
    let name = typed.trim();
    // Direction marks make `exe.fdp` look like `pdf.exe` and the other way round.
    let hides = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if name.is_empty() {
        return Err("is missing".to_owned());
    }
    if name.chars().count() > MAX_FILE_NAME {
        return Err(format!("is longer than {MAX_FILE_NAME} characters"));
    }
    if name.chars().any(|c| hides(c) || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')) {
        return Err("has characters that a file name cannot have".to_owned());
    }
    if name.starts_with('.') || name.ends_with('.') {
        return Err("must not begin or end with a dot".to_owned());
    }
    match Format::of_name(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(format!("must end in the extension of an accepted type: {}", Format::extensions().join(", "))),
    }
}

/// Reads a licence: the identifier of one in the SPDX list that is not deprecated, in any mixture of capitals.
pub fn licence(typed: &str) -> Result<String, &'static str> {
    const WANTED: &str = "must be an SPDX licence identifier, like OGL-UK-3.0 or CC-BY-4.0";
    let typed = typed.trim();
    let found = spdx::identifiers::LICENSES.iter().find(|licence| licence.name.eq_ignore_ascii_case(typed));
    let found = found.and_then(|licence| spdx::license_id(licence.name)).filter(|licence| !licence.is_deprecated());
    found.map(|licence| licence.name.to_owned()).ok_or(WANTED)
}

impl Header {
    /// Whether something of this blueprint's with this visibility may be read by the caller; the blueprint's own
    /// visibility is another question.
    pub fn admits(&self, visibility: Visibility, reader: &Reader<'_>) -> bool {
        let reads = match visibility {
            Visibility::Public => true,
            Visibility::Network => reader.caller.person.is_some(),
            Visibility::Pair => reader.owners.contains(&self.organisation),
            Visibility::Organisation => false,
        };
        reads || self.shows_draft_to(reader.caller)
    }

    /// The visibilities of artefacts that the caller may read in released revisions; none when not even those.
    pub(crate) fn admitted(&self, reader: &Reader<'_>) -> Vec<Visibility> {
        if self.withdrawn.is_some() || !self.shows_revisions_to(reader) {
            return Vec::new();
        }
        Visibility::ALL.iter().copied().filter(|visibility| self.admits(*visibility, reader)).collect()
    }
}

impl Visibility {
    /// Whether nobody can read by this visibility who cannot by `outer`.
    pub fn is_within(self, outer: Self) -> bool {
        // They are declared from wide to narrow.
        self >= outer
    }
}

/// The bytes from `offset`, `length` of them, or all that follow when it is 0, of a content of `size`; none when it has
/// no such part.
pub fn range(offset: u64, length: u64, size: u64) -> Option<Range<u64>> {
    let end = if length == 0 { size } else { offset.checked_add(length)?.min(size) };
    (offset < size || (offset == 0 && size == 0)).then_some(offset..end)
}
