//! How well two organisations fit each other: the method of the NHS Trust Peer Finder (differences in units of the
//! pool's standard deviation, each with a weight that the caller sees and changes), turned round into points, so that
//! more is better and every part is shown. Whole numbers throughout: the same input gives the same bytes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use exemplar_kernel::OrganisationId;
use serde::{Deserialize, Serialize};

/// How much a factor counts.
pub(crate) const WEIGHT: RangeInclusive<i32> = 0..=100;
/// The value of a factor in which two could not fit better.
const BEST: i32 = 1000;
/// Standard deviations apart at which nothing is left of a value.
const APART: i64 = 2;

/// A size or a level of maturity at the most.
const MAX_LEVEL: i64 = 1_000_000;
/// Places of one designation at the most.
const MAX_PLACES: i32 = 100;

exemplar_kernel::named!(
    /// What makes two organisations fit each other.
    Factor {
        /// They run the same record system.
        Technology = "TECHNOLOGY",
        /// They are near each other.
        Geography = "GEOGRAPHY",
        /// They give the same kinds of care.
        CareSetting = "CARE_SETTING",
        /// They are of like size.
        Size = "SIZE",
        /// Each offers what the other seeks.
        Topics = "TOPICS",
        /// They are equally far in their digital maturity.
        Maturity = "MATURITY",
        /// The partner has places left.
        Capacity = "CAPACITY",
    }
);

/// What is known of an organisation that matters for how it fits another; what is not known is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Who.
    pub organisation: OrganisationId,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The region.
    pub region: String,
    /// Who supplies its electronic patient record.
    pub supplier: String,
    /// The product.
    pub product: String,
    /// The kinds of care that it gives.
    pub care_settings: Vec<String>,
    /// Its size band, from the smallest up.
    pub size: Option<i64>,
    /// The topics on which it can help.
    pub offered: Vec<String>,
    /// The topics on which it wants help.
    pub sought: Vec<String>,
    /// Its newest level in each framework of digital maturity, in hundredths of the framework's scale.
    pub maturity: BTreeMap<String, i64>,
    /// Places that its designation has left, of so many; none where it is not designated.
    pub places: Option<(i32, i32)>,
}

/// How much each factor counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights(BTreeMap<Factor, i32>);

/// One factor's part of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The factor.
    pub factor: Factor,
    /// How much it counts.
    pub weight: i32,
    /// How well the two fit in it: 0 to 1,000.
    pub value: i32,
    /// Why, in words.
    pub why: String,
    /// What would change it; empty when nothing could add to it.
    pub change: String,
}

/// How well a partner fits: the points of the parts, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The partner.
    pub partner: OrganisationId,
    /// Each factor's part.
    pub parts: Vec<Part>,
}

/// The spread of the pool, in which differences are measured; in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    size: i64,
    maturity: BTreeMap<String, i64>,
}

impl Default for Weights {
    fn default() -> Self {
        let weights = [
            (Factor::Technology, 30),
            (Factor::Geography, 15),
            (Factor::CareSetting, 20),
            (Factor::Size, 10),
            (Factor::Topics, 15),
            (Factor::Maturity, 5),
            (Factor::Capacity, 5),
        ];
        Self(weights.into_iter().collect())
    }
}

impl Weights {
    /// The same weights but for one.
    pub(crate) fn set(&mut self, factor: Factor, weight: i32) {
        self.0.insert(factor, weight);
    }

    /// How much a factor counts.
    pub fn of(&self, factor: Factor) -> i32 {
        self.0.get(&factor).copied().unwrap_or(0)
    }

    /// Whether every weight is one that may be set.
    pub(crate) fn are_sound(&self) -> bool {
        self.0.values().all(|weight| WEIGHT.contains(weight))
    }

    /// The most points that these weights allow.
    pub fn maximum(&self) -> i32 {
        self.0.values().sum::<i32>() * BEST
    }
}

impl Features {
    /// Whether its numbers are such that nothing overflows.
    pub(crate) fn is_sound(&self) -> bool {
        let level = |level: &i64| (-MAX_LEVEL..=MAX_LEVEL).contains(level);
        let places = |(left, all): (i32, i32)| (0..=MAX_PLACES).contains(&left) && (left..=MAX_PLACES).contains(&all);
        self.size.iter().chain(self.maturity.values()).all(level) && self.places.is_none_or(places)
    }
}

impl Spread {
    /// The spread of a pool: the standard deviation of what is known in it.
    pub fn of(pool: &[Features]) -> Self {
        let mut levels: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (framework, level) in pool.iter().flat_map(|features| &features.maturity) {
            levels.entry(framework.clone()).or_default().push(*level);
        }
        let sizes: Vec<i64> = pool.iter().filter_map(|features| features.size).collect();
        let maturity = levels.into_iter().map(|(framework, levels)| (framework, deviation(&levels))).collect();
        Self { size: deviation(&sizes), maturity }
    }
}

/// The standard deviation, in thousandths, rounded down.
fn deviation(values: &[i64]) -> i64 {
    let Ok(count) = i64::try_from(values.len()) else { return 0 };
    if count == 0 {
        return 0;
    }
    // n * sum of squares - square of the sum = n^2 * variance
    let sum: i64 = values.iter().sum();
    let squares: i64 = values.iter().map(|value| value * value).sum();
    let scaled = (count * squares - sum * sum).max(0).saturating_mul(1_000_000);
    scaled.isqrt() / count
}

/// What is left of a value at a difference: all at none, nothing at [`APART`] standard deviations.
fn nearness(one: i64, other: i64, deviation: i64) -> i32 {
    let difference = (one - other).abs() * 1000;
    let lost = if difference == 0 { 0 } else { difference * i64::from(BEST) / (APART * deviation).max(1) };
    i32::try_from(i64::from(BEST) - lost.min(i64::from(BEST))).unwrap_or(0)
}

/// The share of `wanted` that is in `there`, in thousandths; none when nothing is wanted.
fn share(wanted: &[String], there: &[String]) -> Option<i32> {
    let found = wanted.iter().filter(|word| there.contains(word)).count();
    thousandths(found, wanted.len())
}

fn thousandths(part: usize, whole: usize) -> Option<i32> {
    i32::try_from((part * 1000).checked_div(whole)?).ok()
}

/// A value with its words: why it is so, and what would change it.
type Judged = (i32, String, String);

impl Fit {
    /// How well `partner` fits `own`.
    pub fn judge(own: &Features, partner: &Features, weights: &Weights, spread: &Spread) -> Self {
        let part = |factor: &Factor| {
            let (value, why, change) = match factor {
                Factor::Technology => technology(own, partner),
                Factor::Geography => geography(own, partner),
                Factor::CareSetting => care_setting(own, partner),
                Factor::Size => size(own, partner, spread),
                Factor::Topics => topics(own, partner),
                Factor::Maturity => maturity(own, partner, spread),
                Factor::Capacity => capacity(partner),
            };
            Part { factor: *factor, weight: weights.of(*factor), value, why, change }
        };
        Self { partner: partner.organisation.clone(), parts: Factor::ALL.iter().map(part).collect() }
    }

    /// The points in all.
    pub fn score(&self) -> i32 {
        self.parts.iter().map(Part::points).sum()
    }

    /// Why it fits, in a sentence: the parts that count most.
    pub fn why(&self) -> String {
        let mut parts: Vec<&Part> = self.parts.iter().filter(|part| part.points() > 0).collect();
        parts.sort_by_key(|part| Reverse(part.points()));
        let words: Vec<&str> = parts.iter().take(3).map(|part| part.why.as_str()).collect();
        if words.is_empty() { "nothing that counts speaks for it".to_owned() } else { words.join("; ") }
    }

    /// What would change it most, in a sentence.
    pub fn change(&self) -> String {
        let most =
            self.parts.iter().filter(|part| part.gain() > 0).max_by_key(|part| (part.gain(), Reverse(part.factor)));
        most.map_or_else(
            || "nothing could add to it".to_owned(),
            |part| format!("{} points more if {}", part.gain(), part.change),
        )
    }
}

impl Part {
    /// Weight times value.
    pub fn points(&self) -> i32 {
        self.weight * self.value
    }

    /// The points that [`Part::change`] would add.
    pub fn gain(&self) -> i32 {
        if self.change.is_empty() { 0 } else { self.weight * (BEST - self.value) }
    }
}

fn judged(value: i32, why: impl Into<String>, change: &str) -> Judged {
    (value, why.into(), if value == BEST { String::new() } else { change.to_owned() })
}

fn technology(own: &Features, partner: &Features) -> Judged {
    let same = "both ran the same record system";
    let known = |features: &Features| !features.supplier.is_empty() || !features.product.is_empty();
    if !known(own) || !known(partner) {
        return judged(
            0,
            "the record system of one of the two is not known",
            "both profiles named the same record system",
        );
    }
    let supplier = !own.supplier.is_empty() && own.supplier == partner.supplier;
    if own.product == partner.product && (supplier || (own.supplier.is_empty() || partner.supplier.is_empty())) {
        let name = if own.product.is_empty() { &own.supplier } else { &own.product };
        return judged(BEST, format!("both run {name}"), "");
    }
    if supplier {
        return judged(600, format!("both have record systems of {}, though different ones", own.supplier), same);
    }
    let name = |features: &Features| {
        if features.product.is_empty() { features.supplier.clone() } else { features.product.clone() }
    };
    judged(0, format!("they run different record systems ({} and {})", name(own), name(partner)), same)
}

fn geography(own: &Features, partner: &Features) -> Judged {
    let change = "both were in one region";
    if own.region.is_empty() || partner.region.is_empty() {
        let same = !own.country.is_empty() && own.country == partner.country;
        let value = if same { 400 } else { 0 };
        return judged(value, "the region of one of the two is not known", "both profiles named the same region");
    }
    if own.country != partner.country {
        return judged(0, "they are in different countries", change);
    }
    if own.region != partner.region {
        let why = format!("they are in different regions ({} and {})", own.region, partner.region);
        return judged(400, why, change);
    }
    judged(BEST, format!("both are in {}", own.region), "")
}

fn care_setting(own: &Features, partner: &Features) -> Judged {
    let both = own.care_settings.iter().filter(|setting| partner.care_settings.contains(setting)).count();
    let either = own.care_settings.len() + partner.care_settings.len() - both;
    if own.care_settings.is_empty() || partner.care_settings.is_empty() {
        return judged(
            0,
            "the care settings of one of the two are not known",
            "both profiles named the same care settings",
        );
    }
    let shared: Vec<&str> =
        own.care_settings.iter().filter(|own| partner.care_settings.contains(own)).map(String::as_str).collect();
    let why = match both {
        0 => "they have no care setting in common".to_owned(),
        _ if both == either => format!("both give {} care", shared.join(" and ")),
        _ => format!("they have {both} of {either} care settings in common ({})", shared.join(", ")),
    };
    judged(thousandths(both, either).unwrap_or(0), why, "they had all their care settings in common")
}

fn size(own: &Features, partner: &Features, spread: &Spread) -> Judged {
    let (Some(one), Some(other)) = (own.size, partner.size) else {
        return judged(0, "the size of one of the two is not known", "both profiles named the same size band");
    };
    let value = nearness(one, other, spread.size);
    let why = match (one - other).abs() {
        0 => "both are of the same size band".to_owned(),
        1 => "they are one size band apart".to_owned(),
        bands => format!("they are {bands} size bands apart"),
    };
    judged(value, why, "both were of the same size band")
}

fn topics(own: &Features, partner: &Features) -> Judged {
    let shares = [share(&own.sought, &partner.offered), share(&partner.sought, &own.offered)];
    let known: Vec<i32> = shares.into_iter().flatten().collect();
    let Ok(count @ 1..) = i32::try_from(known.len()) else {
        return judged(0, "neither says what it seeks", "either named a topic that it seeks and the other offers");
    };
    let met = |seeker: &Features, other: &Features| {
        let met = seeker.sought.iter().filter(|topic| other.offered.contains(topic));
        met.cloned().collect::<Vec<_>>().join(", ")
    };
    let mut words = Vec::new();
    for (topics, whose) in
        [(met(own, partner), "it offers what you seek"), (met(partner, own), "it seeks what you offer")]
    {
        if !topics.is_empty() {
            words.push(format!("{whose} ({topics})"));
        }
    }
    let why = if words.is_empty() { "neither offers what the other seeks".to_owned() } else { words.join(" and ") };
    judged(known.iter().sum::<i32>() / count, why, "each offered all that the other seeks")
}

fn maturity(own: &Features, partner: &Features, spread: &Spread) -> Judged {
    let both = own.maturity.iter().filter_map(|(framework, level)| {
        let other = partner.maturity.get(framework)?;
        let deviation = spread.maturity.get(framework).copied().unwrap_or(0);
        Some((framework, nearness(*level, *other, deviation), *level, *other))
    });
    let both: Vec<_> = both.collect();
    let Ok(count @ 1..) = i32::try_from(both.len()) else {
        return judged(0, "they have no maturity record in one framework", "both had a record in one framework");
    };
    let words: Vec<String> = both
        .iter()
        .map(|(framework, _, own, other)| format!("{framework}: {} and {}", scale(*own), scale(*other)))
        .collect();
    let value = both.iter().map(|(_, value, ..)| value).sum::<i32>() / count;
    judged(value, format!("their maturity is {}", words.join(", ")), "both were at the same level of maturity")
}

/// Hundredths as people read them: 5, or 5.25.
fn scale(hundredths: i64) -> String {
    let (whole, rest) = (hundredths.div_euclid(100), hundredths.rem_euclid(100));
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") }
}

fn capacity(partner: &Features) -> Judged {
    match partner.places {
        Some((left, all)) if left > 0 => {
            let value = thousandths(usize::try_from(left).unwrap_or(0), usize::try_from(all).unwrap_or(0)).unwrap_or(0);
            judged(value, format!("{left} of its {all} places are left"), "all its places were left")
        }
        Some(_) | None => judged(0, "it has no place left", "it had places left"),
    }
}
