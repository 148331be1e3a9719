//! The competencies that modules cover, as data with their source.
//!
//! Only what was found is here. The Faculty of Clinical Informatics' framework has 6 domains, 36 sub-domains and 111
//! competencies; of its sub-domains three names were found, and the names of domains 2 to 6 are recalled, not found.

/// A framework of competencies or of levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Competency {
    /// Its code here; the framework's number behind the framework's initials.
    pub code: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The framework that it is of.
    pub framework: &'static str,
    /// Whether the name was found in the source; else it is recalled and to be checked.
    pub confirmed: bool,
    /// Where it is known from.
    pub source: &'static str,
}

const FCI: &str = "Faculty of Clinical Informatics, Core Competency Framework";
const FCI_SOURCE: &str = "BMJ Health & Care Informatics 2021;28:e100356";
const FEDIP: &str = "Federation for Informatics Professionals, levels of registration";
const FEDIP_SOURCE: &str = "https://www.bcs.org";

const fn fci(code: &'static str, title: &'static str, confirmed: bool) -> Competency {
    Competency { code, title, framework: FCI, confirmed, source: FCI_SOURCE }
}

const fn fedip(code: &'static str, title: &'static str) -> Competency {
    Competency { code, title, framework: FEDIP, confirmed: true, source: FEDIP_SOURCE }
}

/// All of them, in the frameworks' order.
pub const COMPETENCIES: [Competency; 13] = [
    fci("FCI-1", "Health and Wellbeing in practice", true),
    fci("FCI-1.1", "Clinical concepts and language", true),
    fci("FCI-1.2", "Clinical Governance", true),
    fci("FCI-1.3", "Models of care delivery", true),
    fci("FCI-2", "Information technologies and systems", false),
    fci("FCI-3", "Working with data and analytical methods", false),
    fci("FCI-4", "Enabling human and organisational change", false),
    fci("FCI-5", "Decision making", false),
    fci("FCI-6", "Leading informatics teams and projects", false),
    fedip("FEDIP-1", "Practitioner"),
    fedip("FEDIP-2", "Senior Practitioner"),
    fedip("FEDIP-3", "Advanced Practitioner"),
    fedip("FEDIP-4", "Leading Practitioner"),
];

/// The competency with a code.
pub(crate) fn find(code: &str) -> Option<&'static Competency> {
    COMPETENCIES.iter().find(|competency| competency.code == code)
}
