//! The words that organisations and blueprints are described with.
//!
//! The terms are those of the national blueprint library as its users met them, less its duplicates
//! (design history of the What Good Looks Like service, NHS South, Central and West, 2025-26).

/// Kinds of care.
pub const CARE_SETTINGS: [&str; 8] = [
    "Acute",
    "Ambulance",
    "Community",
    "Maternity",
    "Mental Health",
    "Multiple/Shared Care",
    "Primary Care",
    "Specialist",
];

/// Kinds of project.
pub const PROJECT_TYPES: [&str; 41] = [
    "Application",
    "Asset Administration and Tracking",
    "Bed Management",
    "Business Intelligence",
    "Child Health and Maternity",
    "Clinical Noting",
    "Cyber Security",
    "Data Sharing",
    "Departmental Systems",
    "Diagnostics",
    "e-Communications",
    "e-Observations",
    "e-Referrals",
    "e-Rostering",
    "Electronic Document Record Management Solutions (EDRMS)",
    "Electronic Patient Record (EPR)",
    "Electronic Prescribing and Medication Administration (ePMA)",
    "Implementing - New",
    "Implementing - Optimising",
    "Implementing - Shared",
    "Infrastructure",
    "Integration / Interoperability",
    "Kiosks / Self Check-in",
    "Nursing",
    "Optimisation",
    "Order Comms",
    "Outpatients",
    "Pathways (clinical & patient mgt)",
    "Portal Functionality",
    "Process",
    "Remote / Mobile Working",
    "Remote Monitoring",
    "Robotic Process Automation (RPA)",
    "Service Management",
    "Single Sign-On",
    "Sustainability",
    "Telephony",
    "Training/Education",
    "Virtual Reality",
    "Virtual Wards",
    "Voice Recognition",
];

/// The vocabulary's spelling of a term that a person typed in any mixture of capitals; hyphens stand for spaces, too.
pub fn term(vocabulary: &'static [&'static str], typed: &str) -> Option<&'static str> {
    let key = |text: &str| text.trim().to_lowercase().replace(' ', "-");
    let typed = key(typed);
    vocabulary.iter().find(|term| key(term) == typed).copied()
}
