//! What matters when one organisation compares itself with another.

use exemplar_kernel::{OrganisationId, Violations};
use serde::{Deserialize, Serialize};
use time::Date;

use super::vocabulary::{NotATerm, TermId, Vocabularies, Vocabulary};

/// What a record system is used for when nothing else is said: the slug of a project type.
pub(crate) const EPR: &str = "electronic-patient-record-epr";
/// Record systems of one organisation at the most, those of the past included.
pub(crate) const MAX_SYSTEMS: usize = 50;
/// Care settings of one organisation at the most.
const MAX_SETTINGS: usize = 10;
/// Slugs of the size bands that came with the service, from the smallest up.
const SIZES: [&str; 5] = ["no-beds", "small", "medium", "large", "very-large"];
/// Topics that one organisation offers, or seeks, at the most.
const MAX_TOPICS: usize = 20;

/// What matters when one organisation compares itself with another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// A slug of `region`, or whatever a country calls its parts.
    pub region: String,
    /// Slugs of `care-setting`, sorted.
    pub care_settings: Vec<String>,
    /// A slug of `size-band`; empty when not known.
    #[serde(default)]
    pub size_band: String,
    /// A slug of `organisation-type`; empty when not known.
    #[serde(default)]
    pub organisation_type: String,
    /// What it offers to others: terms of `strategic-topic` and `project-type`, sorted.
    #[serde(default)]
    pub topics_offered: Vec<TermId>,
    /// What it seeks from others, likewise.
    #[serde(default)]
    pub topics_sought: Vec<TermId>,
    /// Its record systems by number, those of the past and of a day to come included.
    #[serde(default)]
    pub record_systems: Vec<RecordSystem>,
}

/// A system that an organisation keeps records with, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSystem {
    /// Its number within the organisation.
    pub number: i32,
    /// What it is used for: a slug of `project-type`.
    pub purpose: String,
    /// A slug of `epr-supplier`, or words that it does not have; may be empty.
    pub supplier: String,
    /// A slug of `epr-product`, or words that it does not have; may be empty.
    pub product: String,
    /// The product's version.
    pub version: String,
    /// From which day, when that is known.
    pub start: Option<Date>,
    /// The first day on which it was not used any more.
    pub end: Option<Date>,
    /// Where this is known from.
    pub source: String,
}

/// What is to be changed of a profile.
#[derive(Clone, Debug, Default)]
pub struct ProfileUpdate {
    /// See [`Profile::region`].
    pub region: Option<String>,
    /// See [`Profile::care_settings`].
    pub care_settings: Option<Vec<String>>,
    /// See [`Profile::size_band`].
    pub size_band: Option<String>,
    /// See [`Profile::organisation_type`].
    pub organisation_type: Option<String>,
    /// See [`Profile::topics_offered`].
    pub topics_offered: Option<Vec<TermId>>,
    /// See [`Profile::topics_sought`].
    pub topics_sought: Option<Vec<TermId>>,
    /// Of the electronic patient record in use.
    pub epr_supplier: Option<String>,
    /// Of the electronic patient record in use.
    pub epr_product: Option<String>,
    /// Of the electronic patient record in use.
    pub epr_version: Option<String>,
}

/// What is to be changed of a record system.
#[derive(Clone, Debug, Default)]
#[expect(clippy::option_option, reason = "a day may be left as it is, set, or taken away")]
pub(crate) struct SystemUpdate {
    pub(crate) purpose: Option<String>,
    pub(crate) supplier: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) start: Option<Option<Date>>,
    pub(crate) end: Option<Option<Date>>,
    pub(crate) source: Option<String>,
}

/// A profile for comparing: every term is the one that it means today, and only what is in use today is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparable {
    /// Whose.
    pub organisation: OrganisationId,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// See [`Profile::region`].
    pub region: String,
    /// See [`Profile::care_settings`].
    pub care_settings: Vec<String>,
    /// See [`Profile::size_band`].
    pub size_band: String,
    /// See [`Profile::organisation_type`].
    pub organisation_type: String,
    /// See [`Profile::topics_offered`].
    pub topics_offered: Vec<TermId>,
    /// See [`Profile::topics_sought`].
    pub topics_sought: Vec<TermId>,
    /// What is in use today, the main electronic patient record first.
    pub record_systems: Vec<RecordSystem>,
}

impl Comparable {
    /// The main electronic patient record.
    pub fn epr(&self) -> Option<&RecordSystem> {
        self.record_systems.iter().find(|system| system.purpose == EPR)
    }

    /// Where its size stands among the size bands that came with the service, from the smallest up.
    pub fn size_rank(&self) -> Option<i64> {
        (0..).zip(SIZES).find(|(_, slug)| *slug == self.size_band).map(|(rank, _)| rank)
    }
}

impl RecordSystem {
    /// Whether it is used on `day`.
    pub fn is_used(&self, day: Date) -> bool {
        self.start.is_none_or(|start| start <= day) && self.end.is_none_or(|end| day < end)
    }

    /// The record system with what changed of it.
    pub(crate) fn updated(self, update: SystemUpdate) -> Self {
        let purpose = update.purpose.unwrap_or(self.purpose);
        Self {
            number: self.number,
            purpose: if purpose.is_empty() { EPR.to_owned() } else { purpose },
            supplier: update.supplier.unwrap_or(self.supplier),
            product: update.product.unwrap_or(self.product),
            version: update.version.unwrap_or(self.version),
            start: update.start.unwrap_or(self.start),
            end: update.end.unwrap_or(self.end),
            source: update.source.unwrap_or(self.source),
        }
    }

    /// Says what is wrong with it.
    pub(crate) fn check(&self, violations: &mut Violations) {
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            violations.add("record_system.end_date", "is before start_date");
        }
        if self.supplier.is_empty() && self.product.is_empty() {
            violations.add("record_system.product", "is missing, and so is the supplier");
        }
    }
}

impl Profile {
    /// The record systems in use on `day`: the main electronic patient record first, which is the one that began last.
    pub fn in_use(&self, day: Date) -> Vec<&RecordSystem> {
        let mut used: Vec<_> = self.record_systems.iter().filter(|system| system.is_used(day)).collect();
        used.sort_by_key(|system| (system.purpose != EPR, std::cmp::Reverse((system.start, system.number))));
        used
    }

    /// The electronic patient record in use on `day`.
    pub fn epr(&self, day: Date) -> Option<&RecordSystem> {
        self.in_use(day).into_iter().find(|system| system.purpose == EPR)
    }

    /// The profile with what changed of it; `day` says which electronic patient record is in use.
    pub(crate) fn updated(&self, update: ProfileUpdate, day: Date, source: &str) -> Self {
        let mut profile = self.clone();
        let put = |place: &mut String, new: Option<String>| new.into_iter().for_each(|new| *place = new);
        put(&mut profile.region, update.region);
        put(&mut profile.size_band, update.size_band);
        put(&mut profile.organisation_type, update.organisation_type);
        profile.care_settings = update.care_settings.unwrap_or(profile.care_settings);
        profile.topics_offered = update.topics_offered.unwrap_or(profile.topics_offered);
        profile.topics_sought = update.topics_sought.unwrap_or(profile.topics_sought);
        if update.epr_supplier.is_some() || update.epr_product.is_some() || update.epr_version.is_some() {
            let mut system = profile.epr(day).cloned().unwrap_or_else(|| RecordSystem {
                number: profile.next_number(),
                purpose: EPR.to_owned(),
                source: source.to_owned(),
                ..RecordSystem::default()
            });
            put(&mut system.supplier, update.epr_supplier);
            put(&mut system.product, update.epr_product);
            put(&mut system.version, update.epr_version);
            profile.put(system);
        }
        profile
    }

    /// Puts a record system in the place of the one of its number; one of which nothing is said is taken away.
    pub(crate) fn put(&mut self, system: RecordSystem) {
        self.record_systems.retain(|there| there.number != system.number);
        if !(system.supplier.is_empty() && system.product.is_empty() && system.version.is_empty()) {
            self.record_systems.push(system);
            self.record_systems.sort_by_key(|system| system.number);
        }
    }

    /// The number of the next record system.
    pub(crate) fn next_number(&self) -> i32 {
        self.record_systems.last().map_or(0, |system| system.number) + 1
    }

    /// The profile for comparing it with others.
    pub(crate) fn comparable(
        self,
        words: &Vocabularies,
        (organisation, country): (OrganisationId, String),
    ) -> Comparable {
        let today = |vocabulary: Vocabulary, slug: &str| words.canonical(vocabulary, slug).to_owned();
        let topics = |topics: Vec<TermId>| {
            let mut topics: Vec<_> = topics
                .into_iter()
                .map(|topic| TermId { slug: today(topic.vocabulary, &topic.slug), vocabulary: topic.vocabulary })
                .collect();
            topics.sort();
            topics.dedup();
            topics
        };
        let system = |system: &RecordSystem| RecordSystem {
            purpose: today(Vocabulary::ProjectType, &system.purpose),
            supplier: today(Vocabulary::EprSupplier, &system.supplier),
            product: today(Vocabulary::EprProduct, &system.product),
            ..system.clone()
        };
        let mut care_settings: Vec<_> =
            self.care_settings.iter().map(|slug| today(Vocabulary::CareSetting, slug)).collect();
        care_settings.sort();
        care_settings.dedup();
        Comparable {
            organisation,
            country,
            region: today(Vocabulary::Region, &self.region),
            care_settings,
            size_band: today(Vocabulary::SizeBand, &self.size_band),
            organisation_type: today(Vocabulary::OrganisationType, &self.organisation_type),
            record_systems: self.in_use(words.today()).into_iter().map(system).collect(),
            topics_offered: topics(self.topics_offered),
            topics_sought: topics(self.topics_sought),
        }
    }
}

/// Reads words that a vocabulary may have: the slug, or the words as they are.
pub(crate) fn parse_words(
    violations: &mut Violations,
    words: &Vocabularies,
    field: &str,
    (vocabulary, typed): (Vocabulary, &str),
) -> String {
    let text = violations.text(field, typed, 0..=80);
    words.resolve(vocabulary, &text).map_or(text, |found| found.term.id.slug.clone())
}

/// Reads a term that may be left out.
pub(crate) fn parse_term(
    violations: &mut Violations,
    words: &Vocabularies,
    field: &str,
    (vocabulary, typed): (Vocabulary, &str),
) -> String {
    if typed.trim().is_empty() {
        return String::new();
    }
    match words.choose(vocabulary, typed) {
        Ok(term) => term.id.slug.clone(),
        Err(NotATerm::Unknown) => {
            let choices = words.choices(vocabulary);
            let few = if choices.len() <= 20 { format!("; there are {}", choices.join("; ")) } else { String::new() };
            violations.add(field, format!("is not a {}{few}", vocabulary.noun()));
            String::new()
        }
        Err(retired) => {
            violations.add(field, retired);
            String::new()
        }
    }
}

/// Reads care settings.
pub(crate) fn parse_settings(
    violations: &mut Violations,
    words: &Vocabularies,
    field: &str,
    typed: &[String],
) -> Vec<String> {
    violations.at_most(field, typed, MAX_SETTINGS);
    let mut settings = Vec::new();
    for (i, typed) in typed.iter().take(MAX_SETTINGS).enumerate() {
        match words.choose(Vocabulary::CareSetting, typed) {
            Ok(term) => settings.push(term.id.slug.clone()),
            Err(NotATerm::Unknown) => violations.add(
                format!("{field}[{i}]"),
                format!("is not a care setting; there are {}", words.choices(Vocabulary::CareSetting).join(", ")),
            ),
            Err(retired) => violations.add(format!("{field}[{i}]"), retired),
        }
    }
    settings.sort();
    settings.dedup();
    settings
}

/// Reads topics, strategic ones first: a spelling of both vocabularies is a strategic one.
pub(crate) fn parse_topics(
    violations: &mut Violations,
    words: &Vocabularies,
    field: &str,
    typed: &[String],
) -> Vec<TermId> {
    violations.at_most(field, typed, MAX_TOPICS);
    let mut topics = Vec::new();
    for (i, typed) in typed.iter().take(MAX_TOPICS).enumerate() {
        let strategic = words.choose(Vocabulary::StrategicTopic, typed);
        let chosen =
            if strategic == Err(NotATerm::Unknown) { words.choose(Vocabulary::ProjectType, typed) } else { strategic };
        let said = chosen.map_err(|fault| match fault {
            NotATerm::Unknown => "is neither a strategic topic nor a project type".to_owned(),
            retired @ NotATerm::Retired(_) => retired.to_string(),
        });
        topics.extend(violations.take(&format!("{field}[{i}]"), said).map(|term| term.id.clone()));
    }
    topics.sort();
    topics.dedup();
    topics
}
