//! Drafts of blueprints as files, in TOML or in Markdown.
//!
//! TOML has the fields of a draft and a table of sections:
//!
//! ```toml
//! organisation = "RGT"
//! visibility = "public"            # public, network, organisation
//! title = "Barcode medicines administration on adult wards"
//! summary = "How to add scanning to a live EPMA, ward by ward."
//! level = "full"                   # full, on-a-page
//! kind = "success"                 # success, attempt
//! care_settings = ["Acute"]
//! project_types = ["Nursing"]
//! user_groups = ["Nurses"]
//! pillars = ["Safe practice"]
//! size_band = "Large"
//! region = "East of England"
//! funders = ["Own funds"]
//! questions = ["How many scanners does a ward need?"]
//! months_to_deliver = 9
//!
//! [cost]                           # bands: none, under-10k, from-10k, from-50k, from-100k, from-250k, from-500k,
//! capital = "from-250k"            # from-1m, from-2500k, from-5m, from-10m
//! revenue = "from-10k"             # a year
//! staff_days = 400
//! currency = "GBP"
//! price_year = 2018
//! basis = "invoices"
//!
//! [[eprs]]
//! supplier = "Epic"
//! product = "Hyperspace"
//! versions = ["2018"]
//!
//! [[benefits]]                     # an id is made of the measure where none is said
//! measure = "Doses scanned"
//! unit = "%"
//! baseline = "0"
//! result = "92"
//! measure_date = "2018-06-30"
//! measured_by = "the informatics team"
//! independent = false
//!
//! [[contacts]]                     # person (an id) or name
//! name = "Sample Lead"
//! role = "programme lead"
//! willing = "call"                 # no, question, call, visit
//!
//! [sections]
//! problem = "Administration errors did not fall."
//! approach = "Start with the wristband."
//! ```
//!
//! Markdown has the same fields between two lines of `+++`, and each section under a heading of the second level:
//!
//! ```markdown
//! +++
//! title = "Barcode medicines administration on adult wards"
//! +++
//!
//! ## Problem
//!
//! Administration errors did not fall.
//! ```
//!
//! Every field may be left out: the service says what is missing, at the latest when the draft is to be published.

mod parts;

use std::collections::BTreeMap;

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::{BlueprintKind, BlueprintLevel, SectionKind, Visibility};
use serde::{Deserialize, Serialize};

use crate::names;
use crate::words::{self, Word};
pub(crate) use parts::Epr;
use parts::{Benefit, Contact, Cost};

/// A draft's file at the most, in bytes: eleven sections of 20,000 characters.
pub(crate) const MAX_FILE: u64 = 1 << 20;

const FENCE: &str = "+++";

/// What a draft says, as far as it says anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organisation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) visibility: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) care_settings: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) project_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pillars: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size_band: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) funders: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) questions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) months_to_deliver: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) eprs: Option<Vec<Epr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) benefits: Option<Vec<Benefit>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contacts: Option<Vec<Contact>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) sections: BTreeMap<String, String>,
}

impl Draft {
    /// Reads a file: Markdown when it begins with a line of `+++` or a heading, else TOML.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let start = text.trim_start();
        if start.starts_with(FENCE) || start.starts_with("## ") { read_markdown(start) } else { read_toml(text) }
    }

    /// This draft, with what `over` says in place of what it says itself.
    pub(crate) fn overlaid(mut self, over: Self) -> Self {
        self.sections.extend(over.sections);
        Self {
            organisation: over.organisation.or(self.organisation),
            visibility: over.visibility.or(self.visibility),
            title: over.title.or(self.title),
            summary: over.summary.or(self.summary),
            level: over.level.or(self.level),
            kind: over.kind.or(self.kind),
            care_settings: over.care_settings.or(self.care_settings),
            project_types: over.project_types.or(self.project_types),
            user_groups: over.user_groups.or(self.user_groups),
            pillars: over.pillars.or(self.pillars),
            size_band: over.size_band.or(self.size_band),
            region: over.region.or(self.region),
            funders: over.funders.or(self.funders),
            questions: over.questions.or(self.questions),
            months_to_deliver: over.months_to_deliver.or(self.months_to_deliver),
            cost: over.cost.or(self.cost),
            eprs: over.eprs.or(self.eprs),
            benefits: over.benefits.or(self.benefits),
            contacts: over.contacts.or(self.contacts),
            sections: self.sections,
        }
    }

    /// The fields that it says something of, as an update mask has them.
    pub(crate) fn mask(&self) -> Vec<String> {
        let given = [
            ("title", self.title.is_some()),
            ("summary", self.summary.is_some()),
            ("level", self.level.is_some()),
            ("kind", self.kind.is_some()),
            ("care_settings", self.care_settings.is_some()),
            ("project_types", self.project_types.is_some()),
            ("user_groups", self.user_groups.is_some()),
            ("pillars", self.pillars.is_some()),
            ("eprs", self.eprs.is_some()),
            ("size_band", self.size_band.is_some()),
            ("region", self.region.is_some()),
            ("funders", self.funders.is_some()),
            ("questions", self.questions.is_some()),
            ("cost", self.cost.is_some()),
            ("months_to_deliver", self.months_to_deliver.is_some()),
            ("benefits", self.benefits.is_some()),
            ("contacts", self.contacts.is_some()),
            ("sections", !self.sections.is_empty()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| path.to_owned()).collect()
    }

    /// What it says, as a message; what it does not say is left empty.
    pub(crate) fn content(&self) -> Result<pb::Content, String> {
        let mut sections = Vec::new();
        for (kind, body) in &self.sections {
            sections.push(pb::Section { kind: section(kind)?.into(), body: body.trim().to_owned() });
        }
        sections.sort_by_key(|section| section.kind);
        Ok(pb::Content {
            title: self.title.clone().unwrap_or_default(),
            summary: self.summary.clone().unwrap_or_default(),
            level: number::<BlueprintLevel>("level", self.level.as_deref())?,
            kind: number::<BlueprintKind>("kind", self.kind.as_deref())?,
            care_settings: self.care_settings.clone().unwrap_or_default(),
            project_types: self.project_types.clone().unwrap_or_default(),
            sections,
            user_groups: self.user_groups.clone().unwrap_or_default(),
            pillars: self.pillars.clone().unwrap_or_default(),
            eprs: self.eprs.iter().flatten().map(Epr::message).collect(),
            size_band: self.size_band.clone().unwrap_or_default(),
            region: self.region.clone().unwrap_or_default(),
            funders: self.funders.clone().unwrap_or_default(),
            questions: self.questions.clone().unwrap_or_default(),
            cost: self.cost.as_ref().map(Cost::message).transpose()?,
            months_to_deliver: self.months_to_deliver.unwrap_or_default(),
            benefits: self.benefits.iter().flatten().map(Benefit::message).collect(),
            contacts: self.contacts.iter().flatten().map(Contact::message).collect::<Result<_, _>>()?,
        })
    }

    /// Who may read it once it is released, as messages number it.
    pub(crate) fn visibility(&self) -> Result<i32, String> {
        number::<Visibility>("visibility", self.visibility.as_deref())
    }

    /// What a blueprint says.
    pub(crate) fn of(blueprint: &pb::Blueprint) -> Self {
        let content = blueprint.content.clone().unwrap_or_default();
        let section = |section: pb::Section| (words::word::<SectionKind>(section.kind), section.body);
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            organisation: some(names::short(&blueprint.organisation).to_owned()),
            visibility: some(words::word::<Visibility>(blueprint.visibility)),
            title: some(content.title),
            summary: some(content.summary),
            level: some(words::word::<BlueprintLevel>(content.level)),
            kind: some(words::word::<BlueprintKind>(content.kind)),
            care_settings: Some(content.care_settings),
            project_types: Some(content.project_types),
            user_groups: list(content.user_groups),
            pillars: list(content.pillars),
            eprs: list(content.eprs.into_iter().map(Epr::of).collect()),
            size_band: some(content.size_band),
            region: some(content.region),
            funders: list(content.funders),
            questions: list(content.questions),
            cost: content.cost.map(Cost::of),
            months_to_deliver: Some(content.months_to_deliver).filter(|months| *months != 0),
            benefits: list(content.benefits.into_iter().map(Benefit::of).collect()),
            contacts: list(content.contacts.into_iter().map(Contact::of).collect()),
            sections: content.sections.into_iter().map(section).collect(),
        }
    }

    /// The file in Markdown that says the same.
    pub(crate) fn markdown(&self) -> String {
        let fields = Self { sections: BTreeMap::new(), ..self.clone() };
        let fields = toml::to_string(&fields).expect("texts and lists of texts are TOML");
        format!("{FENCE}\n{fields}{FENCE}\n{}", self.sections())
    }

    /// The sections in Markdown, in the order of the API.
    pub(crate) fn sections(&self) -> String {
        let mut sections: Vec<_> = self.sections.iter().collect();
        sections.sort_by_key(|(kind, _)| section(kind).map(i32::from).unwrap_or_default());
        let mut text = String::new();
        for (kind, body) in sections {
            text.extend(["\n## ", &heading(kind), "\n\n", body.trim(), "\n"]);
        }
        text
    }
}

/// A list that says something; an empty one is left out.
fn list<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// A section's name as a heading: `Questions answered`.
pub(crate) fn heading(kind: &str) -> String {
    let words = kind.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Reads a section's name.
pub(crate) fn section(typed: &str) -> Result<SectionKind, String> {
    words::parse(typed).map_err(|wanted| format!("there is no section {typed:?}: a section {wanted}"))
}

fn number<W: Word>(field: &str, typed: Option<&str>) -> Result<i32, String> {
    match typed {
        None | Some("") => Ok(0),
        Some(typed) => words::parse::<W>(typed).map(Into::into).map_err(|wanted| format!("{field} {wanted}")),
    }
}

fn read_toml(text: &str) -> Result<Draft, String> {
    let mut draft: Draft = toml::from_str(text).map_err(|error| error.to_string())?;
    for (typed, body) in std::mem::take(&mut draft.sections) {
        add(&mut draft.sections, &typed, body)?;
    }
    Ok(draft)
}

/// Adds a section under the one spelling of its name, which is given back.
fn add(sections: &mut BTreeMap<String, String>, typed: &str, body: String) -> Result<String, String> {
    let kind = words::word::<SectionKind>(section(typed)?.into());
    match sections.insert(kind.clone(), body) {
        None => Ok(kind),
        Some(_) => Err(format!("the section {kind} is there twice")),
    }
}

fn read_markdown(text: &str) -> Result<Draft, String> {
    let mut lines = text.lines().peekable();
    let mut draft = Draft::default();
    if lines.next_if(|line| line.trim_end() == FENCE).is_some() {
        let mut fields = String::new();
        loop {
            match lines.next() {
                Some(line) if line.trim_end() == FENCE => break,
                Some(line) => fields.extend([line, "\n"]),
                None => return Err(format!("the second line of {FENCE} is missing")),
            }
        }
        draft = read_toml(&fields)?;
    }
    read_sections(lines, &mut draft.sections)?;
    Ok(draft)
}

fn read_sections<'a>(
    lines: impl Iterator<Item = &'a str>,
    sections: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    let mut present: Option<String> = None;
    let mut is_code = false;
    for line in lines {
        is_code ^= line.trim_start().starts_with("```");
        if let Some(heading) = line.strip_prefix("## ").filter(|_| !is_code) {
            present = Some(add(sections, heading, String::new())?);
        } else if let Some(body) = present.as_ref().and_then(|kind| sections.get_mut(kind)) {
            body.extend([line, "\n"]);
        } else if !line.trim().is_empty() {
            return Err(format!("this is before the first section's heading: {line}"));
        }
    }
    for body in sections.values_mut() {
        *body = body.trim().to_owned();
    }
    Ok(())
}
