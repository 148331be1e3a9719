//! Evidence of competencies: earlier learning, what somebody did in the network, hours of continuing development.

use exemplar_kernel::journal::{Detail, Entry, Sequence};
use exemplar_kernel::{PersonId, Timestamp, Violations};
use serde::{Deserialize, Serialize};
use time::Date;

use super::competency::{self, Competency};
use crate::Error;

exemplar_kernel::id!(
    /// One piece of evidence.
    EvidenceId,
    "evidence"
);

exemplar_kernel::named! {
    /// Where evidence is from.
    EvidenceKind {
        /// Learning before the academy or elsewhere, which the academy accepts or not.
        PriorLearning = "PRIOR_LEARNING",
        /// Something that the network's own record says the person did, and the person has confirmed.
        Network = "NETWORK",
        /// Continuing professional development, in minutes, with the person's own proof.
        Cpd = "CPD",
    }
}

exemplar_kernel::named! {
    /// Whether evidence counts.
    EvidenceState {
        /// It waits for the academy.
        Claimed = "CLAIMED",
        /// It counts.
        Accepted = "ACCEPTED",
        /// It does not.
        Refused = "REFUSED",
    }
}

/// Competencies that one piece of evidence names at the most.
pub(crate) const MAX_COMPETENCIES: usize = 10;
/// Minutes of one piece of development at the most: ten days of eight hours.
pub(crate) const MAX_MINUTES: i32 = 4_800;

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which.
    pub id: EvidenceId,
    /// Whose.
    pub person: PersonId,
    /// Where it is from.
    pub kind: EvidenceKind,
    /// What it is.
    pub title: String,
    /// Codes of the competencies that it shows, sorted.
    pub competencies: Vec<String>,
    /// The day of it.
    pub date: Date,
    /// How long it took, in minutes; 0 unless it is continuing development.
    pub minutes: i32,
    /// The proof, in words or as an address.
    pub detail: String,
    /// The change in the journal that it is.
    pub source: Option<Sequence>,
    /// Whether it counts.
    pub state: EvidenceState,
    /// Who of the academy decided.
    pub decided_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// When it was written.
    pub written: Timestamp,
    /// Goes up with every change.
    pub version: i64,
}

/// What somebody adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddEvidence {
    /// Earlier learning, or continuing development; or what the journal says, by `source`.
    pub kind: EvidenceKind,
    /// What it is; the journal's words for what the journal says.
    pub title: String,
    /// Codes of the competencies that it shows.
    pub competencies: Vec<String>,
    /// The day of it; the journal's for what the journal says.
    pub date: Option<Date>,
    /// How long it took, in minutes.
    pub minutes: i32,
    /// The proof.
    pub detail: String,
    /// The change in the journal.
    pub source: Option<Sequence>,
}

/// Something of the network's own record that would be evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The change in the journal.
    pub source: Sequence,
    /// What the person did, in words.
    pub title: &'static str,
    /// About what.
    pub resource: String,
    /// On which day.
    pub date: Date,
}

/// The verbs of the journal that can be evidence, whoever's context writes them.
pub(crate) const VERBS: [&str; 5] = [
    "blueprints.review.assure",
    "blueprints.review.request_changes",
    "blueprints.review.reject",
    "blueprints.adoption.go_live",
    "blueprints.introduction.complete",
];

/// What a change says that its actor did, if it is evidence: a review done, a go-live led, a visit hosted.
pub(crate) fn recognised(entry: &Entry, detail: Option<&Detail>) -> Option<Suggestion> {
    let after = detail.and_then(|detail| detail.after.as_ref());
    let says =
        |at: &str, wanted: &str| after.and_then(|after| after.pointer(at)).is_some_and(|found| *found == *wanted);
    let title = match entry.verb.as_str() {
        "blueprints.review.assure" | "blueprints.review.request_changes" | "blueprints.review.reject" => {
            "Reviewed a blueprint"
        }
        "blueprints.adoption.go_live" => "Led a go-live",
        // Whoever was asked is the host.
        "blueprints.introduction.complete"
            if says("/kind", "VISIT") && entry.on_behalf.as_deref().is_some_and(|asked| says("/asked", asked)) =>
        {
            "Hosted a visit"
        }
        _ => return None,
    };
    Some(Suggestion { source: entry.sequence, title, resource: entry.resource.clone(), date: entry.at.date() })
}

impl AddEvidence {
    /// The violations of what is added.
    pub(crate) fn check(&self, violations: &mut Violations, today: Date) {
        violations.at_most("evidence.competencies", &self.competencies, MAX_COMPETENCIES);
        if self.competencies.is_empty() {
            violations.add("evidence.competencies", "is missing");
        }
        for (i, code) in self.competencies.iter().take(MAX_COMPETENCIES).enumerate() {
            if competency::find(code).is_none() {
                violations.add(format!("evidence.competencies[{i}]"), "is no code of a competency");
            }
        }
        if self.date.is_some_and(|date| date > today) {
            violations.add("evidence.date", "is in the future");
        }
        let from_journal = self.kind == EvidenceKind::Network;
        if from_journal != self.source.is_some() {
            violations.add("evidence.source_sequence", "belongs to the network's own record, and only to it");
        }
        if !from_journal && (self.title.is_empty() || self.date.is_none()) {
            violations.add("evidence.title", "and date must be given");
        }
        let minutes = if self.kind == EvidenceKind::Cpd { 1..=MAX_MINUTES } else { 0..=0 };
        violations.within("evidence.duration_minutes", self.minutes, minutes);
        if !from_journal && self.detail.is_empty() {
            violations.add("evidence.detail", "is missing: say what proves it");
        }
    }
}

impl Evidence {
    /// Accepted or refused by the academy.
    ///
    /// # Errors
    /// [`Error::EvidenceState`] unless it waits for that; [`Error::EvidenceOwn`] for the person's own.
    pub(crate) fn decided(self, by: Option<PersonId>, accepted: bool, reason: String) -> Result<Self, Error> {
        if self.state != EvidenceState::Claimed {
            return Err(Error::EvidenceState(self.id));
        }
        if by == Some(self.person) {
            return Err(Error::EvidenceOwn(self.id));
        }
        let state = if accepted { EvidenceState::Accepted } else { EvidenceState::Refused };
        Ok(Self { state, decided_by: by, reason, version: self.version + 1, ..self })
    }
}

/// One line of the view by competency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shows {
    /// Where it is from; none for a module that was passed.
    pub kind: Option<EvidenceKind>,
    /// What it is.
    pub title: String,
    /// The day of it; none for a module.
    pub date: Option<Date>,
    /// How long it took, in minutes.
    pub minutes: i32,
}

/// What somebody can show of one competency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub competency: &'static Competency,
    /// All of it that counts, modules first, then by day.
    pub evidence: Vec<Shows>,
}

/// The view by competency, of all of them in the frameworks' order: from passed modules (title, codes) and from what
/// counts of the evidence.
pub(crate) fn by_competency(modules: &[(String, Vec<String>)], evidence: &[Evidence]) -> Vec<Shown> {
    let shown = |competency: &'static Competency| {
        let has = |codes: &[String]| codes.iter().any(|code| code == competency.code);
        let passed = modules.iter().filter(|(_, codes)| has(codes)).map(|(title, _)| Shows {
            kind: None,
            title: title.clone(),
            date: None,
            minutes: 0,
        });
        let counts = evidence.iter().filter(|one| one.state == EvidenceState::Accepted && has(&one.competencies));
        let more = counts.map(|one| Shows {
            kind: Some(one.kind),
            title: one.title.clone(),
            date: Some(one.date),
            minutes: one.minutes,
        });
        let mut evidence: Vec<_> = passed.chain(more).collect();
        evidence.sort_by(|a, b| (a.date, a.kind, &a.title).cmp(&(b.date, b.kind, &b.title)));
        Shown { competency, evidence }
    };
    competency::COMPETENCIES.iter().map(shown).collect()
}
