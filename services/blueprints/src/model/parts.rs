//! The structured parts of a blueprint: what can be compared, counted and asked for by name.

use std::collections::BTreeSet;

use exemplar_kernel::{OrganisationId, PersonId};
use serde::{Deserialize, Serialize};
use time::Date;

time::serde::format_description!(iso_day, Date, "[year]-[month]-[day]");

exemplar_kernel::named!(
    /// An amount of money, roughly: whole units of a currency, the lower bound in and the upper one out.
    CostBand {
        /// Nothing.
        None = "NONE",
        /// Under 10,000.
        Under10k = "UNDER_10K",
        /// 10,000 to 50,000.
        From10k = "FROM_10K",
        /// 50,000 to 100,000.
        From50k = "FROM_50K",
        /// 100,000 to 250,000.
        From100k = "FROM_100K",
        /// 250,000 to 500,000.
        From250k = "FROM_250K",
        /// 500,000 to 1,000,000.
        From500k = "FROM_500K",
        /// 1,000,000 to 2,500,000.
        From1m = "FROM_1M",
        /// 2,500,000 to 5,000,000.
        From2500k = "FROM_2500K",
        /// 5,000,000 to 10,000,000.
        From5m = "FROM_5M",
        /// 10,000,000 or more.
        From10m = "FROM_10M",
    }
);
exemplar_kernel::named!(
    /// How far a contact is willing to go; each includes those before it.
    Willing {
        /// Not at all: named, and not to be asked.
        No = "NO",
        /// Answers a question in writing.
        Question = "QUESTION",
        /// Takes a call.
        Call = "CALL",
        /// Has visitors.
        Visit = "VISIT",
    }
);

/// An electronic patient record that it was done with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Epr {
    /// A slug of the supplier vocabulary; empty where only the product is known.
    pub supplier: String,
    /// A slug of the product vocabulary; empty where only the supplier is known.
    #[serde(default)]
    pub product: String,
    /// Its versions, in the author's order.
    #[serde(default)]
    pub versions: Vec<String>,
}

/// What it cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Spent once.
    pub capital: Option<CostBand>,
    /// Spent each year.
    pub revenue: Option<CostBand>,
    /// The organisation's own staff, in days of one person; none where nobody counted.
    pub staff_days: Option<u32>,
    /// ISO 4217, three capital letters.
    pub currency: String,
    /// The year whose prices these are.
    pub price_year: Option<u16>,
    /// What the figures rest on: invoices, the business case, an estimate.
    pub basis: String,
}

/// Something that it gave, measured or hoped for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Stable within the blueprint, through all its revisions: what adopters' outcomes refer to.
    #[serde(default)]
    pub id: String,
    /// What is measured.
    pub measure: String,
    /// In which unit.
    #[serde(default)]
    pub unit: String,
    /// The value before, a decimal number; empty when it was not measured.
    #[serde(default)]
    pub baseline: String,
    /// The value after, a decimal number; empty when it was not measured.
    #[serde(default)]
    pub result: String,
    /// The last day of the measurement.
    #[serde(default, with = "iso_day::option")]
    pub measured_on: Option<Date>,
    /// Who measured it.
    #[serde(default)]
    pub measured_by: String,
    /// Whether they were independent of the organisation that wrote it.
    #[serde(default)]
    pub independent: bool,
}

/// Somebody who has done it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The person, when they have an account here.
    pub person: Option<PersonId>,
    /// What they are called.
    pub name: String,
    /// What they did in it.
    pub role: String,
    /// Where they work; the owning organisation when none.
    pub organisation: Option<OrganisationId>,
    /// How far they are willing to go.
    pub willing: Willing,
}

/// Whether a text can be a benefit's id: 1 to 40 lower-case letters, digits and hyphens, a letter or digit first.
pub(crate) fn is_benefit_id(id: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=40).contains(&id.len()) && id.starts_with(good) && id.chars().all(|c| good(c) || c == '-')
}

/// Gives an id to each benefit without: the words of its measure, and a number when another has them.
///
/// The same measure gets the same id, so that one that was removed and is put back is the one that adopters know.
pub fn benefits_with_ids(mut benefits: Vec<Benefit>) -> Vec<Benefit> {
    let mut taken: BTreeSet<String> =
        benefits.iter().filter(|benefit| !benefit.id.is_empty()).map(|benefit| benefit.id.clone()).collect();
    for benefit in benefits.iter_mut().filter(|benefit| benefit.id.is_empty()) {
        let words = slug(&benefit.measure);
        let numbered = (2..).map(|number: usize| format!("{words}-{number}"));
        let free = std::iter::once(words.clone()).chain(numbered).find(|id| !taken.contains(id));
        benefit.id = free.unwrap_or(words);
        taken.insert(benefit.id.clone());
    }
    benefits
}

/// The first words of a text as an id, with room for a number.
fn slug(text: &str) -> String {
    const LENGTH: usize = 32;
    let mut slug = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > LENGTH {
            break;
        }
        if hyphen == 1 {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    if slug.is_empty() { "benefit".to_owned() } else { slug }
}
