//! What is missing or weak in a draft, before a reviewer says so.

use exemplar_kernel::Violations;

use super::{Content, Kind, Level, SectionKind};

/// Without these a full blueprint leaves its reader alone: where, how, what went wrong.
const NEEDED_IN_FULL: [SectionKind; 3] = [SectionKind::Context, SectionKind::Approach, SectionKind::WhatWentWrong];
/// A summary that is longer than this, in characters, is no sentence any more.
const LONG_SUMMARY: usize = 250;
/// A section that is longer than this, in characters, is read by few.
const LONG_SECTION: usize = 6_000;
/// All sections of a blueprint on a page together, in characters.
const LONG_PAGE: usize = 4_000;
/// How titles begin that say nothing; readers of the national library met 30 of the first of them.
const EMPTY_BEGINNINGS: [&str; 6] = [
    "an initiative to",
    "a project to",
    "an implementation of",
    "the implementation of",
    "implementation of",
    "blueprint",
];

exemplar_kernel::named!(
    /// How much it matters.
    Severity {
        /// It cannot be submitted so.
        Must = "MUST",
        /// Readers will miss it.
        Should = "SHOULD",
    }
);

/// One thing that is missing or weak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field or section.
    pub field: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: &'static str,
}

/// What a check knows beside the draft itself.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The places of contacts whose account has ended.
    pub left: Vec<usize>,
    /// Whether another blueprint that the author may see has the same title.
    pub title_taken: bool,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn must(&mut self, field: impl Into<String>, problem: impl Into<String>, remedy: &'static str) {
        self.0.push(Finding { field: field.into(), severity: Severity::Must, problem: problem.into(), remedy });
    }

    fn should(&mut self, is_so: bool, field: impl Into<String>, problem: impl Into<String>, remedy: &'static str) {
        if is_so {
            let (field, problem) = (field.into(), problem.into());
            self.0.push(Finding { field, severity: Severity::Should, problem, remedy });
        }
    }
}

impl Content {
    /// Everything that keeps it from being submitted.
    pub fn missing(&self) -> Violations {
        let mut missing = Violations::new();
        for finding in self.musts().0 {
            missing.add(finding.field, finding.problem);
        }
        missing
    }

    /// Everything that is missing or weak, what must be mended first.
    pub fn check(&self, around: &Surroundings) -> Vec<Finding> {
        let mut findings = self.musts();
        self.weak_head(&mut findings, around);
        self.weak_parts(&mut findings, around);
        self.weak_sections(&mut findings);
        findings.0
    }

    fn musts(&self) -> Findings {
        let mut findings = Findings::default();
        if self.summary.is_empty() {
            findings.must("content.summary", "is missing", "say in one sentence what a reader can do with it");
        }
        if self.level.is_none() {
            findings.must("content.level", "is missing", "say whether it is the whole project or the main insights");
        }
        if self.kind.is_none() {
            findings.must("content.kind", "is missing", "say whether it worked; an attempt is worth as much");
        }
        for (field, terms) in
            [("content.care_settings", &self.care_settings), ("content.project_types", &self.project_types)]
        {
            if terms.is_empty() {
                findings.must(field, "needs at least one", "choose from the vocabulary: readers filter by it");
            }
        }
        if self.sections.is_empty() {
            findings.must("content.sections", "needs at least one", "begin with what was done");
        }
        if self.level == Some(Level::Full) {
            for kind in NEEDED_IN_FULL.iter().filter(|kind| !self.sections.contains_key(kind)) {
                let problem = format!("a full blueprint needs {}", kind.name());
                findings.must("content.sections", problem, "write it, or make it a blueprint on a page");
            }
            if self.contacts.is_empty() && !self.sections.contains_key(&SectionKind::Contacts) {
                let problem = "a full blueprint needs somebody to ask";
                findings.must("content.contacts", problem, "name somebody who has done it");
            }
        }
        findings
    }

    fn weak_head(&self, findings: &mut Findings, around: &Surroundings) {
        let title = self.title.to_lowercase();
        let empty = EMPTY_BEGINNINGS.iter().find(|beginning| title.starts_with(*beginning));
        let (field, remedy) =
            ("content.title", "begin with what was done, then where: the first words are what is read");
        findings.should(empty.is_some(), field, format!("begins with {:?}", empty.unwrap_or(&"")), remedy);
        let shouts = self.title.chars().any(char::is_alphabetic) && !self.title.chars().any(char::is_lowercase);
        findings.should(shouts, field, "is all in capitals", "write it as a sentence");
        let remedy = "tell the two apart, or write another revision of the one that is there";
        findings.should(around.title_taken, field, "is the title of another blueprint, too", remedy);
        let long = self.summary.chars().count() > LONG_SUMMARY;
        let problem = format!("is longer than {LONG_SUMMARY} characters");
        findings.should(long, "content.summary", problem, "say it in one sentence and move the rest to a section");
        let same = !self.summary.is_empty() && self.summary.eq_ignore_ascii_case(&self.title);
        findings.should(same, "content.summary", "says what the title says", "say what a reader can do with it");
    }

    fn weak_parts(&self, findings: &mut Findings, around: &Surroundings) {
        let unasked = self.questions.is_empty() && !self.sections.contains_key(&SectionKind::QuestionsAnswered);
        let remedy = "list the questions that a reader comes with";
        findings.should(unasked, "content.questions", "there are none", remedy);
        for (i, question) in self.questions.iter().enumerate().filter(|(_, question)| !question.ends_with('?')) {
            let problem = format!("{question:?} is no question");
            findings.should(true, format!("content.questions[{i}]"), problem, "end it with a question mark");
        }
        let remedy = "a band, its year and its basis are enough";
        findings.should(self.cost.is_none(), "content.cost", "there is none", remedy);
        if let Some(cost) = &self.cost {
            findings.should(cost.price_year.is_none(), "content.cost.price_year", "is missing", "say of which year");
            let remedy = "say what the figures rest on: invoices, the business case, an estimate";
            findings.should(cost.basis.is_empty(), "content.cost.basis", "is missing", remedy);
        }
        let months = self.months_to_deliver.is_none();
        findings.should(months, "content.months_to_deliver", "is missing", "say how long it took");
        let remedy = "name what was measured, before and after; what was not measured cannot be compared";
        findings.should(self.benefits.is_empty(), "content.benefits", "no measure is named", remedy);
        for (i, benefit) in self.benefits.iter().enumerate() {
            let field = format!("content.benefits[{i}]");
            let remedy = "say the value before: without it nobody can tell what it gave";
            let measured = !benefit.result.is_empty();
            findings.should(measured && benefit.baseline.is_empty(), &field, "has a result and no baseline", remedy);
            let remedy = "say who measured it, and whether they were independent";
            findings.should(measured && benefit.measured_by.is_empty(), &field, "nobody says who measured it", remedy);
        }
        findings.should(
            self.contacts.is_empty(),
            "content.contacts",
            "there are none",
            "name somebody who has done it",
        );
        let nobody = !self.contacts.is_empty() && self.contacts.iter().all(|one| one.willing == super::Willing::No);
        let remedy = "ask one of them whether they would answer a question";
        findings.should(nobody, "content.contacts", "nobody is willing to talk", remedy);
        for i in &around.left {
            let remedy = "name who carries on, or mark them as not to be asked";
            findings.should(true, format!("content.contacts[{i}]"), "has left", remedy);
        }
        let remedy = "say with which product and version it was done: readers look for their own";
        findings.should(self.eprs.is_empty(), "content.eprs", "there are none", remedy);
    }

    fn weak_sections(&self, findings: &mut Findings) {
        let wrong = SectionKind::WhatWentWrong;
        let untold = self.level != Some(Level::Full) && !self.sections.contains_key(&wrong);
        let remedy = match self.kind {
            Some(Kind::Attempt) => "an attempt without it helps nobody: say what you would do otherwise",
            Some(Kind::Success) | None => "say what you would do otherwise: readers do not trust a story without it",
        };
        findings.should(untold, "content.sections.what_went_wrong", "is missing", remedy);
        for (kind, body) in &self.sections {
            let length = body.chars().count();
            let problem = format!("is longer than {LONG_SECTION} characters ({length})");
            let field = format!("content.sections.{}", kind.name().to_lowercase());
            findings.should(length > LONG_SECTION, field, problem, "shorten it, or put the detail into an artefact");
        }
        let all: usize = self.sections.values().map(|body| body.chars().count()).sum();
        let long = self.level == Some(Level::OnAPage) && all > LONG_PAGE;
        let problem = format!("is more than a page ({all} characters; a page has {LONG_PAGE})");
        findings.should(long, "content.level", problem, "shorten it, or make it a full blueprint");
    }
}
