//! The API's words as people read them: dates, enums, names of resources.

use exemplar_kernel::day;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_proto::{academy::v1 as academy, network::v1 as network};
use time::{Date, OffsetDateTime};

/// An enum of the API whose values have names.
pub(crate) trait Word: TryFrom<i32> {
    /// What every name starts with.
    const PREFIX: &'static str;
    /// The name of the value in the API.
    fn name(&self) -> &'static str;
}

macro_rules! words {
    ($($package:ident::$word:ident = $prefix:literal),+ $(,)?) => {
        $(impl Word for $package::$word {
            const PREFIX: &'static str = $prefix;
            fn name(&self) -> &'static str {
                self.as_str_name()
            }
        })+
    };
}

words! {
    academy::RequirementState = "REQUIREMENT_STATE_",
    academy::RequirementKind = "REQUIREMENT_KIND_",
    academy::Standing = "STANDING_",
    blueprints::AdoptionState = "ADOPTION_STATE_",
    blueprints::ArtefactKind = "ARTEFACT_KIND_",
    blueprints::IntroductionKind = "INTRODUCTION_KIND_",
    blueprints::ReviewState = "REVIEW_STATE_",
    blueprints::RevisionState = "REVISION_STATE_",
    blueprints::Cadence = "CADENCE_",
    blueprints::IntroductionState = "INTRODUCTION_STATE_",
    blueprints::SectionKind = "SECTION_KIND_",
    blueprints::Visibility = "VISIBILITY_",
    directory::NetworkRole = "NETWORK_ROLE_",
    directory::Role = "ROLE_",
    network::DesignationKind = "DESIGNATION_KIND_",
    network::ExpressionState = "EXPRESSION_STATE_",
    network::FitFactor = "FIT_FACTOR_",
    network::MilestoneState = "MILESTONE_STATE_",
    network::PairingHealth = "PAIRING_HEALTH_",
    network::PairingKind = "PAIRING_KIND_",
    network::PairingMode = "PAIRING_MODE_",
    network::PairingOutcome = "PAIRING_OUTCOME_",
    network::PairingSide = "PAIRING_SIDE_",
    network::PairingState = "PAIRING_STATE_",
    network::AwardTrack = "AWARD_TRACK_",
    network::TrancheKind = "TRANCHE_KIND_",
    network::TrancheState = "TRANCHE_STATE_",
    network::RoundState = "ROUND_STATE_",
}

/// A value in words, such as `due diligence`; empty for the value that stands for none.
pub(crate) fn word<W: Word>(number: i32) -> String {
    let name = W::try_from(number).ok().filter(|_| number != 0).map(|word| word.name());
    name.and_then(|name| name.strip_prefix(W::PREFIX)).unwrap_or_default().to_lowercase().replace('_', " ")
}

/// A value in words, at the start of something.
pub(crate) fn title<W: Word>(number: i32) -> String {
    capital(&word::<W>(number))
}

/// A value as addresses have it, such as `due-diligence`.
pub(crate) fn slug<W: Word>(number: i32) -> String {
    word::<W>(number).replace(' ', "-")
}

/// The value that an address means.
pub(crate) fn of_slug<W: Word>(slug: &str) -> Option<i32> {
    (1..64).find(|number| !slug.is_empty() && self::slug::<W>(*number) == slug)
}

/// A text with a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A moment's day, such as `6 August 2018`; empty for none.
pub(crate) fn day_of(time: Option<&prost_types::Timestamp>) -> String {
    let at = time.and_then(|time| OffsetDateTime::from_unix_timestamp(time.seconds).ok());
    at.map(|at| day::in_words(at.date())).unwrap_or_default()
}

/// A day as the API writes it, in words; empty for none.
pub(crate) fn day_in_words(iso: &str) -> String {
    let parsed = Date::parse(iso, time::macros::format_description!("[year]-[month]-[day]"));
    parsed.map(day::in_words).unwrap_or_default()
}

/// The last part of a resource's name: `RGT` of `organisations/RGT`.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// A length, such as `1.2 MB`.
pub(crate) fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000.. => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A number of things, such as `1 person` and `2 people`.
pub(crate) fn count(number: impl Into<i64>, one: &str, many: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { many })
}

/// An exact amount, such as `£1,250,000`; pence only where there are any. Currencies without minor units are rare here
/// and are shown with their code and whole minor units.
pub(crate) fn money(amount: Option<&network::Money>) -> String {
    let Some(amount) = amount else { return String::new() };
    let sign = match amount.currency.as_str() {
        "GBP" => "£",
        "USD" => "US$",
        "EUR" => "€",
        other => return format!("{other} {} minor units", amount.minor_units),
    };
    let (whole, rest) = (amount.minor_units / 100, amount.minor_units % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest == 0 { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest:02}") }
}

/// What something cost, in words; empty when nobody said.
pub(crate) fn cost(cost: Option<&blueprints::Cost>) -> String {
    let Some(cost) = cost else { return String::new() };
    let sign = match cost.currency.as_str() {
        "GBP" | "" => "£".to_owned(),
        "USD" => "US$".to_owned(),
        "EUR" => "€".to_owned(),
        other => format!("{other} "),
    };
    let band = |number: i32, when: &str| band(&sign, number).map(|band| format!("{band} {when}"));
    let days = cost.staff_days.map(|days| count(i64::from(days), "day of own staff", "days of own staff"));
    let parts = [band(cost.capital, "once"), band(cost.revenue, "a year"), days];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if cost.price_year > 0 { format!("{text} (prices of {})", cost.price_year) } else { text }
}

fn band(sign: &str, number: i32) -> Option<String> {
    use blueprints::CostBand;
    let range = |from: &str, to: &str| Some(format!("{sign}{from} to {sign}{to}"));
    match CostBand::try_from(number).unwrap_or_default() {
        CostBand::Unspecified => None,
        CostBand::None => Some("nothing".to_owned()),
        CostBand::Under10k => Some(format!("under {sign}10,000")),
        CostBand::From10k => range("10,000", "50,000"),
        CostBand::From50k => range("50,000", "100,000"),
        CostBand::From100k => range("100,000", "250,000"),
        CostBand::From250k => range("250,000", "500,000"),
        CostBand::From500k => range("500,000", "1 million"),
        CostBand::From1m => range("1 million", "2.5 million"),
        CostBand::From2500k => range("2.5 million", "5 million"),
        CostBand::From5m => range("5 million", "10 million"),
        CostBand::From10m => Some(format!("{sign}10 million or more")),
    }
}

/// An electronic patient record in words.
pub(crate) fn epr(epr: &blueprints::Epr) -> String {
    let parts = [epr.supplier.clone(), epr.product.clone(), epr.versions.join(", ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
